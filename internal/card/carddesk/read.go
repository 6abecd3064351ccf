package carddesk

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddb"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
)

// Shown is an application with its history.
type Shown struct {
	card.Application
	StageText citizen.Text `json:"stage_text"`
	Steps     []card.Step  `json:"steps"`
	Lies      *Lies        `json:"lies,omitempty"` // where the card is found, while it is kept at the station
}

// Lies is a card's place: the consignment by which it came, and how manieth card of it by number, as they are kept.
type Lies struct {
	Consignment string `json:"consignment"`
	Place       int    `json:"place,omitempty"`
	Of          int    `json:"of,omitempty"`
}

// ShowInput names an application, by its identifier or acceptance number. Above the station that accepted it a purpose is needed, which is
// recorded.
type ShowInput struct {
	Application string `json:"application"`
	Purpose     string `json:"purpose,omitempty"`
}

func show(ctx context.Context, w *office.Work, in ShowInput) (Shown, error) {
	a, steps, ok, err := carddb.LoadSteps(ctx, w.Tx, in.Application)
	if err != nil {
		return Shown{}, err
	}
	if !ok {
		return Shown{}, card.NotFound()
	}
	if err := w.Below(a.Home); err != nil {
		return Shown{}, err
	}
	if in.Purpose != "" || w.By.Unit != a.Home {
		if err := record(w, card.LookedUp{Purpose: in.Purpose, How: card.LookUpApplication, Application: a.ID}); err != nil {
			return Shown{}, err
		}
	}
	out := Shown{Application: a, StageText: a.Stage.Text(), Steps: steps}
	out.Lies, err = lies(ctx, w, a, steps)
	return out, err
}

// lies finds a card that waits at the station in the consignment by which it came.
func lies(ctx context.Context, w *office.Work, a card.Application, steps []card.Step) (*Lies, error) {
	if a.Stage != card.StageArrived && a.Stage != card.StageNotified {
		return nil, nil
	}
	var place *Lies
	for i := range steps {
		if arrival := steps[i].Body.Arrival; arrival != nil && arrival.CardNo == a.CardNo {
			place = &Lies{Consignment: arrival.Consignment}
		}
	}
	if place == nil {
		return nil, nil
	}
	cards, _, err := carddb.Listing(ctx, w.Tx, a.Home, place.Consignment)
	place.Place, place.Of = slices.IndexFunc(cards, func(p card.Packed) bool { return p.CardNo == a.CardNo })+1, len(cards)
	return place, err
}

// PersonInput names a person. One of Tenure, Resident and Number; and what it is needed for.
type PersonInput struct {
	Tenure   string `json:"tenure,omitempty"`
	Resident string `json:"resident,omitempty"`
	Number   string `json:"number,omitempty"`
	Purpose  string `json:"purpose"`
}

// ofPerson lists a person's applications in the operator's area, the newest first.
func ofPerson(ctx context.Context, w *office.Work, in PersonInput) ([]carddb.Listed, error) {
	t, err := findTenure(ctx, w, whom{in.Tenure, in.Resident, in.Number})
	if err != nil {
		return nil, err
	}
	if err := w.Below(t.Unit); err != nil {
		return nil, err
	}
	if err := record(w, card.LookedUp{Purpose: in.Purpose, How: card.LookUpPerson, Resident: t.Resident}); err != nil {
		return nil, err
	}
	all, err := carddb.OthersOf(ctx, w.Tx, "", t.Resident, "")
	out := []carddb.Listed{}
	for _, a := range all {
		if w.By.Unit.Contains(a.Home) {
			out = append(out, carddb.Listed{Unit: a.Home, Application: a.ID, AcceptanceNo: a.AcceptanceNo, Name: a.Face.Name, Number: citizen.Number(a.Face.Number).Masked(),
				Kind: a.Kind, Stage: a.Stage, Round: a.Round, Since: a.Since, PromisedOn: a.PromisedOn, CardNo: a.CardNo})
		}
	}
	slices.SortFunc(out, func(a, b carddb.Listed) int { return strings.Compare(b.AcceptanceNo, a.AcceptanceNo) })
	return out, err
}

func record(w *office.Work, l card.LookedUp) error {
	id, err := newID()
	if err != nil {
		return err
	}
	e, err := card.LookUp(actor(w), id, l)
	if err != nil {
		return err
	}
	w.Emit(e)
	return nil
}

// ListInput asks for the applications at a stage in the operator's area, page by page.
type ListInput struct {
	Purpose string     `json:"purpose"`         // what it is needed for; it is recorded
	Stage   card.Stage `json:"stage,omitempty"` // left out: any
	After   string     `json:"after,omitempty"` // the last application of the page before
	Limit   int        `json:"limit,omitempty"` // left out: 100; at most 1000
}

const (
	defaultPage = 100
	maxPage     = 1000
)

// noStage refuses a stage that no application can be at: an empty list would say that nobody waits.
func noStage() *event.Refusal {
	var zh, en []string
	for _, s := range card.Stages {
		zh = append(zh, fmt.Sprintf("%s（%s）", s, s.Text().ZH))
		en = append(en, fmt.Sprintf("%s (%s)", s, s.Text().EN))
	}
	return event.Refuse("card.no_stage", "", citizen.Text{ZH: "没有这个环节", EN: "there is no such stage"},
		citizen.Text{ZH: "可用：" + strings.Join(zh, "、"), EN: "use one of " + strings.Join(en, ", ")})
}

// list answers after it has recorded who asked and why. A list shows no whole citizen number; card.show does.
func list(ctx context.Context, w *office.Work, in ListInput) ([]carddb.Listed, error) {
	if in.Stage != "" && !slices.Contains(card.Stages, in.Stage) {
		return nil, noStage()
	}
	if err := record(w, card.LookedUp{Purpose: in.Purpose, How: card.LookUpList, Wide: true}); err != nil {
		return nil, err
	}
	all, err := carddb.List(ctx, w.Tx, w.By.Unit, in.Stage, in.After, page(in.Limit))
	if all == nil {
		all = []carddb.Listed{}
	}
	for i := range all {
		all[i].Number = citizen.Number(all[i].Number).Masked()
	}
	return all, err
}
