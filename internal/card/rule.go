package card

import (
	"slices"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/register"
)

// Articles that refusals name.
const (
	lawAge      = "居民身份证法（2003）第2条"
	lawWhere    = "居民身份证法（2003）第7条"
	lawIssuer   = "居民身份证法（2003）第8条"
	lawForm     = "居民身份证法（2003）第10条"
	lawExchange = "居民身份证法（2003）第11条"
	lawSixty    = "居民身份证法（2003）第12条"
	lawFee      = "居民身份证法（2003）第20条"
	lawDeath    = "户口登记条例（1958）第8条"
	stdReason   = "GA 214.5-2004"
	stdPhoto    = "GA 461-2004"
	stdText     = "GA 490-2004"
	stdNumber   = "GB 11643-1999"
)

func refuse(code, source, zh, en, mendZH, mendEN string) *event.Refusal {
	r := event.Refuse(code, source, citizen.Text{ZH: zh, EN: en}, citizen.Text{ZH: mendZH, EN: mendEN})
	r.Field = fieldOf[code]
	return r
}

// fieldOf names the field of an action's form that a refusal is about, so that the page takes the cursor there.
var fieldOf = map[string]string{
	"card.reason": "reason", "card.kind": "kind", "card.lost_kind": "kind", "card.old_lost": "old_lost", "card.no_proof": "old_proof",
	"card.photo_fails": "photo", "card.override_by": "override.by", "card.override_words": "override.words",
	"card.no_form": "form", "card.guardian": "guardian_name", "card.guardian_papers": "guardian_number", "card.abbreviation": "abbreviation_reason",
	"card.chip_differs": "chip_number", "card.no_signature": "signature", "card.receiver": "proxy_name", "card.proxy_number": "proxy_number", "card.proxy_age": "proxy_number",
	"card.proxy_relation": "proxy_relation", "card.proxy_authority": "authority", "card.old_number": "old.number", "card.old_missing": "old.number", "card.second_card": "old.number",
	"card.temporary_out": "temporary", "card.temporary_reason": "reason", "card.no_sheet": "sheet",
	"card.hold_reason": "reason", "card.hold_characters": "characters", "card.hold_promise": "promised_on", "card.release_words": "words", "card.withdraw_reason": "reason",
}

// Actor is who acts.
type Actor struct {
	Unit     event.Unit
	Operator string
}

// Person is what the register, as this node knows it, says of a resident.
type Person struct {
	Resident string
	Tenure   string
	Unit     event.Unit // the station of the tenure
	Open     bool       // the tenure is open
	Dead     bool
	Record   register.Record
}

var errNone = refuse("card.no_application", "", "没有此申领", "there is no such application", "核对申领标识或受理号", "check the identifier or the acceptance number")

// NotFound is the refusal for an application that this node does not know.
func NotFound() error { return errNone }

// in refuses an application that is not at one of the stages.
func (a *Application) in(stages ...Stage) error {
	if slices.Contains(stages, a.Stage) {
		return nil
	}
	if a.ID == "" {
		return errNone
	}
	word := a.Stage.Text()
	return refuse("card.stage", "", "该申领处于“"+word.ZH+"”环节，不能办理此步", "the application is "+word.EN+"; this step is not due",
		"先看该申领的经过", "look at its history")
}

// of refuses an actor that is not the unit that the step belongs to.
func (a *Application) of(unit event.Unit, by Actor) error {
	if unit == by.Unit {
		return nil
	}
	return refuse("card.other_unit", lawIssuer, "此步由单位 "+string(unit)+" 办理", "this step belongs to unit "+string(unit),
		"由该单位办理", "that unit does it").About(unit)
}

func (a *Application) city() event.Unit { return a.Home.Parent().Parent() }

// body starts the body of a step in the current round.
func (a *Application) body() Body {
	return Body{Home: a.Home, Application: a.ID, Round: a.Round, Resident: a.Resident, Tenure: a.Tenure, After: leafOf(a.root)}
}

// made starts the body of a step of the current attempt at making.
func (a *Application) made() Body {
	b := a.body()
	b.After, b.Attempt = "", a.Attempt
	return b
}

// station makes a station's step about the application.
func (a *Application) station(kind string, cause *event.Ref, body Body, blobs ...string) event.Event {
	return event.Event{Stream: event.Up(a.Home), Kind: kind, V: 1, Subject: a.ID, Cause: cause, Blobs: blobs, Body: body}
}

// answer makes a superior's step, which goes to the station besides the superiors.
func (a *Application) answer(by event.Unit, kind string, cause *event.Ref, body Body) event.Event {
	body.After = ""
	return event.Event{Stream: event.To(by, a.Home), Kind: kind, V: 1, Subject: a.ID, Cause: cause, Body: body}
}

// alive refuses a person who is known to have died.
func alive(dead bool) error {
	if !dead {
		return nil
	}
	return refuse("card.dead", lawDeath, "本人已死亡，不再办理居民身份证", "the person has died; no card is made",
		"由受理单位终止该申领", "the accepting unit withdraws the application")
}

// stands refuses to make a card of a registration that a decision ended: the person is registered elsewhere, or not any more.
func stands(ended bool) error {
	if !ended {
		return nil
	}
	return refuse("card.registration_ended", lawWhere, "本人的户口已注销", "the person's registration has been cancelled",
		"由受理单位终止该申领；户口在他处的，向该处派出所申领", "the accepting unit withdraws the application; who is registered elsewhere applies there")
}

// separate refuses an operator who would approve what he entered.
func separate(by Actor, others ...string) error {
	if !slices.Contains(others, by.Operator) {
		return nil
	}
	return refuse("card.own_work", "", "不能审批自己录入或审核的申领", "nobody approves what he entered",
		"由另一名有权人员办理", "another authorised person does it")
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
