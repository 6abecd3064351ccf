package card

import (
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// call is a notice by slip for tomorrow to a man of 35, with nothing in the way.
func call() (CallCommand, CallFacts) {
	return CallCommand{By: Actor{station, "officer"}, ID: "n1", TurnOn: today.AddDays(1), Way: NoticeSlip, Today: today},
		CallFacts{Person: someone(station), Limits: DefaultLimits()}
}

func TestWalk1_ANoticeStandsInTheStationsStream(t *testing.T) {
	cmd, facts := call()
	e, err := CallIn(cmd, facts)
	if err != nil {
		t.Fatal(err)
	}
	want := Notified{Home: station, Notice: "n1", Resident: "r1", Tenure: "t1", Name: "王建国", TurnOn: today.AddDays(1), Way: NoticeSlip}
	if e.Stream != event.Up(station) || e.Kind != KindNotified || e.Subject != "n1" || e.Body != want {
		t.Errorf("%+v", e)
	}
}

// application is one of the person's whose card was handed over today; cut takes the last steps of its road away.
func application(t *testing.T, cut int) Application {
	t.Helper()
	w := newWorld()
	id := mustOpen(t, w, First)
	steps := road(today, alone)
	w.walk(t, id, steps[:len(steps)-cut])
	return w.app(id)
}

func TestCallIn_WhoIsNotified(t *testing.T) {
	dayOf16 := citizen.MustDate("1989-09-06") // 16 on the day of the turn, 15 today
	for name, c := range map[string]struct {
		change func(*CallCommand, *CallFacts)
		want   string // empty: notified
	}{
		"RegLaw art. 8: the dead are not":              {func(_ *CallCommand, f *CallFacts) { f.Person.Open, f.Person.Dead = false, true }, "card.dead"},
		"CardLaw art. 6: who died elsewhere":           {func(_ *CallCommand, f *CallFacts) { f.Person.Unit, f.Person.Open, f.Person.Dead = second, false, true }, "card.not_registered_here"},
		"CardLaw art. 7: who is registered elsewhere":  {func(_ *CallCommand, f *CallFacts) { f.Person.Unit = second }, "card.not_registered_here"},
		"CardLaw art. 7: whose registration has ended": {func(_ *CallCommand, f *CallFacts) { f.Person.Open = false }, "card.not_registered_here"},
		"CardLaw art. 10: who has applied":             {func(_ *CallCommand, f *CallFacts) { f.Others = []Application{application(t, 1)} }, "card.already_open"},
		"CardLaw art. 11: who holds a valid card":      {func(_ *CallCommand, f *CallFacts) { f.Others = []Application{application(t, 0)} }, "card.has_card"},
		"CardLaw art. 5: whose card has expired":       {expiredCard(t), ""},
		"CardLaw art. 7: a child, by itself":           {func(_ *CallCommand, f *CallFacts) { f.Person.Record.BirthDate = dayOf16.AddDays(1) }, "card.guardian_told"},
		"CardLaw art. 7: a child, by the guardian": {func(c *CallCommand, f *CallFacts) {
			f.Person.Record.BirthDate, c.Guardian = dayOf16.AddDays(1), "王强"
		}, ""},
		"CardLaw art. 7: who is 16 on the day of the turn":  {func(_ *CallCommand, f *CallFacts) { f.Person.Record.BirthDate = dayOf16 }, ""},
		"C1 step 1: for today":                              {func(c *CallCommand, _ *CallFacts) { c.TurnOn = today }, ""},
		"C1 step 1: for yesterday":                          {func(c *CallCommand, _ *CallFacts) { c.TurnOn = today.AddDays(-1) }, "card.turn_on"},
		"C1 step 1: for no day":                             {func(c *CallCommand, _ *CallFacts) { c.TurnOn = citizen.Date{} }, "card.turn_on"},
		"C1 step 1: by telephone":                           {func(c *CallCommand, _ *CallFacts) { c.Way = NoticeTelephone }, ""},
		"C1 step 1: by public notice":                       {func(c *CallCommand, _ *CallFacts) { c.Way = NoticePublic }, ""},
		"C1 step 1: by hearsay":                             {func(c *CallCommand, _ *CallFacts) { c.Way = "hearsay" }, "card.notice_way"},
		"default of 30 days: again on the same day":         {func(_ *CallCommand, f *CallFacts) { f.Last = today }, "card.notified_already"},
		"default of 30 days: again on the 29th day":         {func(_ *CallCommand, f *CallFacts) { f.Last = today.AddDays(-29) }, "card.notified_already"},
		"default of 30 days: again on the 30th day":         {func(_ *CallCommand, f *CallFacts) { f.Last = today.AddDays(-30) }, ""},
		"the office's own 3 days: again on the third day":   {func(_ *CallCommand, f *CallFacts) { f.Last, f.Limits.NoticeDays = today.AddDays(-3), 3 }, ""},
		"the office's own 3 days: again on the second day":  {func(_ *CallCommand, f *CallFacts) { f.Last, f.Limits.NoticeDays = today.AddDays(-2), 3 }, "card.notified_already"},
		"the office's own 0 days: as often as it is wanted": {func(_ *CallCommand, f *CallFacts) { f.Last, f.Limits.NoticeDays = today, 0 }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			cmd, facts := call()
			c.change(&cmd, &facts)
			_, err := CallIn(cmd, facts)
			if c.want == "" && err != nil || c.want != "" && code(err) != c.want {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

// expiredCard moves the notice to the day after the end of the card that the person holds.
func expiredCard(t *testing.T) func(*CallCommand, *CallFacts) {
	held := application(t, 0)
	return func(c *CallCommand, f *CallFacts) {
		f.Others = []Application{held}
		c.Today = citizen.MustDate(held.Issue.ValidTo).AddDays(1)
		c.TurnOn = c.Today
	}
}

func TestCallIn_TheRefusalNamesTheFirstNotice(t *testing.T) {
	cmd, facts := call()
	facts.Last = today.AddDays(-1)
	_, err := CallIn(cmd, facts)
	r, ok := event.AsRefusal(err)
	if !ok || r.Text.EN != "the person was notified on 2005-09-04" || r.Mend.EN != "notify again from 2005-10-04 on" {
		t.Errorf("%+v", r)
	}
}
