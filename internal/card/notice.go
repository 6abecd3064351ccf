package card

import (
	"slices"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// KindNotified is the kind of a notice to apply (办理二代证通知单): its subject is the notice, for there is no application yet.
const KindNotified = "card.notified"

// NoticeWay is how a resident was told that the turn has come.
type NoticeWay string

// The ways.
const (
	NoticeSlip      NoticeWay = "slip"      // a slip was handed out
	NoticeTelephone NoticeWay = "telephone" // by telephone
	NoticePublic    NoticeWay = "public"    // by a public notice
)

// Notified is the body of a notice. The slip's own text is not kept.
type Notified struct {
	Home     event.Unit   `json:"home"` // the station that gave it
	Notice   string       `json:"notice"`
	Resident string       `json:"resident"`
	Tenure   string       `json:"tenure"`
	Name     string       `json:"name"`               // as registered on that day
	Guardian string       `json:"guardian,omitempty"` // who was told in place of a child
	TurnOn   citizen.Date `json:"turn_on"`            // the day on which the resident is asked to come
	Way      NoticeWay    `json:"way"`
}

// CallCommand tells a resident that the turn has come.
type CallCommand struct {
	By       Actor
	ID       string // of the new notice
	TurnOn   citizen.Date
	Way      NoticeWay
	Guardian string
	Today    citizen.Date
}

// CallFacts is what is known when a resident is called in.
type CallFacts struct {
	Person Person
	Others []Application // of the same resident or number, as far as this node knows
	Last   citizen.Date  // when this station notified the resident last; zero: never
	Limits Limits
}

// CallIn notifies a resident to apply, as the station plans by quota: a person registered here who has neither a valid card of the second generation nor an
// application under way, and who was not notified a short time ago. For one who will be under 16 on the day, the guardian is told
// (居民身份证法 (2003) art. 7).
func CallIn(cmd CallCommand, facts CallFacts) (event.Event, error) {
	person := facts.Person
	err := firstError(registeredHere(person, cmd.By), alive(person.Dead), onlyOne(ofResident(facts.Others, person.Resident)), withoutCard(ofResident(facts.Others, person.Resident), cmd.Today), turn(cmd),
		tellsGuardian(cmd, person), notAgain(cmd, facts))
	if err != nil {
		return event.Event{}, err
	}
	body := Notified{Home: cmd.By.Unit, Notice: cmd.ID, Resident: person.Resident, Tenure: person.Tenure, Name: person.Record.Name,
		Guardian: cmd.Guardian, TurnOn: cmd.TurnOn, Way: cmd.Way}
	return event.Event{Stream: event.Up(cmd.By.Unit), Kind: KindNotified, V: 1, Subject: cmd.ID, Body: body}, nil
}

func withoutCard(others []Application, today citizen.Date) error {
	if len(Valid(others, today)) == 0 {
		return nil
	}
	return refuse("card.has_card", lawExchange, "本人持有有效的居民身份证", "the person holds a valid card",
		"无需通知；确需换领、补领的，由本人到窗口申领", "no notice is due; the person may apply at the window for an exchange or a replacement")
}

func turn(cmd CallCommand) error {
	switch {
	case cmd.TurnOn.IsZero() || cmd.TurnOn.Before(cmd.Today):
		return refuse("card.turn_on", "", "办理日期未填或已过", "the day on which to come is missing or past", "填写今日或以后的日期", "give today or a later day")
	case !slices.Contains([]NoticeWay{NoticeSlip, NoticeTelephone, NoticePublic}, cmd.Way):
		return refuse("card.notice_way", "", "通知方式不明", "it is not clear how the resident was told", "用 slip、telephone 或 public", "use slip, telephone or public")
	}
	return nil
}

func tellsGuardian(cmd CallCommand, p Person) error {
	if cmd.Guardian != "" || !under16(p.Record.BirthDate, cmd.TurnOn) {
		return nil
	}
	return refuse("card.guardian_told", lawWhere, "届时未满十六周岁，由监护人代为申领，须通知监护人", "the person will be under 16 on that day; a guardian applies and has to be told",
		"填写已通知的监护人", "name the guardian who was told")
}

func notAgain(cmd CallCommand, facts CallFacts) error {
	if facts.Last.IsZero() || !cmd.Today.Before(facts.Last.AddDays(facts.Limits.NoticeDays)) {
		return nil
	}
	return refuse("card.notified_already", "", "已于 "+facts.Last.String()+" 通知过本人", "the person was notified on "+facts.Last.String(),
		facts.Last.AddDays(facts.Limits.NoticeDays).String()+" 起可再次通知", "notify again from "+facts.Last.AddDays(facts.Limits.NoticeDays).String()+" on")
}
