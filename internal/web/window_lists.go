package web

import (
	"net/http"
	"net/url"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddb"
	"github.com/huzheng/huzheng/internal/card/carddesk"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/fund/funddesk"
)

// listPage is a list of the window: what waits, and what to do with it.
type listPage struct {
	Title, Help string
	Tables      []table
	Record      *record // beside the list
	Acts        []link
	Export      string
	Said        string // what has just been done
}

// waitingList lists what waits at one desk.
func (s *Server) waitingList(c *call) error {
	name := c.r.PathValue("list")
	lists := map[string]func(*call) ([]table, error){
		"opened": stageList(card.StageOpened), "photographed": stageList(card.StagePhotographed), "fee": unpaidList, "returned": returnedList, "held": heldList,
	}
	list := lists[name]
	if list == nil {
		return c.notFound()
	}
	tables, err := list(c)
	if err != nil {
		return err
	}
	p := &listPage{Title: c.t("window.list." + name), Help: c.t("window.list." + name + ".help"), Tables: tables}
	if c.may("card.show") {
		if p.Record, err = c.beside(&p.Tables[0], besideWaiting[name], c.applicationRecord); err != nil {
			return err
		}
	}
	p.Said = c.said("window.photo.saved", "shot")
	if name == "held" {
		p.Acts = c.bulkFrom("/held")
	}
	p.Export = c.addressWith("export", "all")
	return c.page(http.StatusOK, "window-list", p)
}

// besideWaiting are the columns of the waiting lists for which there is room beside a record.
var besideWaiting = map[string][]int{"opened": {0, 2, 4, 5}, "photographed": {0, 2, 4, 5}, "returned": {0, 1, 3, 4}, "fee": {0, 1, 2}, "held": {0, 1, 2, 3}}

// columns makes a list's columns from their names.
func (c *call) columns(names ...string) (all []column) {
	for _, name := range names {
		all = append(all, column{Key: name, Label: c.t("window.col." + name)})
	}
	return all
}

// stageList lists the applications at a stage; each leads to its next step.
func stageList(stages ...card.Stage) func(*call) ([]table, error) {
	return func(c *call) ([]table, error) {
		t := table{Caption: c.t("window.now", shownDate(c.businessDay())), Columns: c.columns("name", "number", "acceptance_no", "kind", "stage", "since")}
		for _, stage := range stages {
			all, err := c.listed(stage)
			if err != nil {
				return nil, err
			}
			for i := range all {
				t.Rows = append(t.Rows, c.listedRow(&all[i]))
			}
		}
		t.Total = len(t.Rows)
		return []table{t}, nil
	}
}

func (c *call) listedRow(a *carddb.Listed) row {
	return row{Key: a.Application, Href: applicationPath(a.Application, "next"), Cells: []cell{{Text: a.Name}, {Text: a.Number}, {Text: a.AcceptanceNo}, {Text: codeWords("card.Kind", string(a.Kind)).In(c.lang)},
		{Text: a.Stage.Text().In(c.lang)}, {Text: instant(a.Since)}}}
}

// returnedList lists what came back, with the reason and what to do.
func returnedList(c *call) ([]table, error) {
	t := table{Caption: c.t("window.now", shownDate(c.businessDay())), Columns: c.columns("name", "acceptance_no", "stage", "reason", "mend", "since")}
	for _, stage := range []card.Stage{card.StageReturned, card.StageRejected, card.StageDefective} {
		all, err := c.listed(stage)
		if err != nil {
			return nil, err
		}
		for i := range all {
			a, err := c.applicationOf(all[i].Application)
			if err != nil {
				return nil, err
			}
			t.Rows = append(t.Rows, c.returnedRow(a))
		}
	}
	t.Total = len(t.Rows)
	return []table{t}, nil
}

func (c *call) returnedRow(a *application) row {
	reason := a.Return.Words
	if a.Return.Reason != "" {
		reason = codeWords("card.ReturnReason", string(a.Return.Reason)).In(c.lang) + " " + reason
	}
	if reason == "" {
		reason = codeWords("card.RejectClass", string(a.Class)).In(c.lang)
	}
	mend := c.t("window.holds.city")
	if step := a.nextStep(); step != "" {
		mend = c.t("window.go." + step)
	}
	return row{Key: a.ID, Href: applicationPath(a.ID, "next"), Cells: []cell{{Text: a.Face.Name}, {Text: a.AcceptanceNo}, {Text: a.Stage.Text().In(c.lang)}, {Text: reason}, {Text: mend}, {Text: instant(a.Since)}}}
}

func unpaidList(c *call) ([]table, error) {
	all, err := ask[[]funddesk.Unpaid](c, "fund.unpaid", fields{"purpose": windowPurpose()})
	t := table{Caption: c.t("window.now", shownDate(c.businessDay())), Columns: c.columns("name", "acceptance_no", "since"), Total: len(all)}
	for _, a := range all {
		t.Rows = append(t.Rows, row{Key: a.Application, Href: applicationPath(a.Application, "fee"), Cells: []cell{{Text: a.Name}, {Text: a.AcceptanceNo}, {Text: instant(a.Since)}}})
	}
	return []table{t}, err
}

func heldList(c *call) ([]table, error) {
	all, err := ask[[]carddesk.HeldListed](c, "card.held", fields{"purpose": windowPurpose()})
	t := table{Caption: c.t("window.now", shownDate(c.businessDay())), Columns: c.columns("name", "stage", "hold_until", "act"), Total: len(all)}
	for _, a := range all {
		one := row{Key: a.Application, Href: applicationPath(a.Application, ""), Cells: []cell{{Text: a.Name}, {Text: a.Stage.Text().In(c.lang)}, {Text: a.HoldUntil},
			{Text: c.s.actionText("card.release", c.lang), Href: actionPath("card.release", url.Values{"application": {a.Application}})}}}
		if a.Broken {
			one.Tone = "late"
		}
		t.Rows = append(t.Rows, one)
	}
	return []table{t}, err
}

// temporaries lists the temporary cards that are not ended, with the next act of each.
func (s *Server) temporaries(c *call) error {
	p := &listPage{Title: c.t("window.temporary"), Help: c.t("window.temporary.help")}
	for _, state := range []card.TempState{card.TempAsked, card.TempReady, card.TempOut} {
		all, err := ask[[]carddesk.TempListed](c, "card.temporaries", fields{"state": state, "purpose": windowPurpose(), "limit": longList})
		if err != nil {
			return err
		}
		t := table{Caption: c.t("window.temporary." + string(state)), Columns: c.columns("name", "due_on", "sheet", "valid_to", "act", "print"), Total: len(all)}
		for i := range all {
			t.Rows = append(t.Rows, c.temporaryRow(&all[i]))
		}
		if t.Total > 0 {
			p.Tables = append(p.Tables, t)
		}
	}
	return c.page(http.StatusOK, "window-list", p)
}

func (c *call) temporaryRow(t *carddesk.TempListed) row {
	known := url.Values{"temporary": {t.ID}}
	if t.State == card.TempAsked && c.may("card.make_temporary") {
		return c.temporaryLine(t, link{Href: actionPath("card.make_temporary", known), Label: c.s.actionText("card.make_temporary", c.lang)})
	}
	next := link{Href: actionPath("fund.collect", url.Values{"what": {"temporary"}, "reference": {t.ID}, "application": {t.Application}, subjectField: {t.ID}}), Label: c.t("window.temporary.fee")}
	switch t.State {
	case card.TempReady:
		next = link{Href: actionPath("card.hand_out_temporary", known), Label: c.s.actionText("card.hand_out_temporary", c.lang)}
	case card.TempOut:
		next = link{Href: actionPath("card.end_temporary", known), Label: c.s.actionText("card.end_temporary", c.lang)}
	}
	if c.by.Unit != t.Home {
		next = link{}
	}
	return c.temporaryLine(t, next)
}

func (c *call) temporaryLine(t *carddesk.TempListed, next link) row {
	one := row{Href: applicationPath(t.Application, ""), Cells: []cell{{Text: t.Name}, {Text: shownDate(t.DueOn)}, {Text: t.Sheet}, {Text: shownDate(t.ValidTo)}, {Text: next.Label, Href: next.Href}, {}}}
	if t.State != card.TempAsked {
		one.Cells[5] = cell{Text: c.t("window.paper.temporary"), Href: applicationPath(t.Application, "temporary/note?print=1")}
	}
	if t.Late || t.Over {
		one.Tone = "late"
	}
	return one
}

// appointmentsPage is a day's sessions with who comes.
type appointmentsPage struct {
	Day                citizen.Date
	Before, After      string
	Tables             []table
	Free               []string
	Open, Book, Missed string
	Bulk               []link
}

// appointments lists a day's sessions; each person leads to the window's road.
func (s *Server) appointments(c *call) error {
	day := c.businessDay()
	if typed, ok := parseDate(c.r.URL.Query().Get("day")); ok {
		day = citizen.MustDate(typed)
	}
	p := &appointmentsPage{Day: day, Bulk: c.bulkFrom("/appointments"), Before: "/appointments?day=" + day.AddDays(-1).String(), After: "/appointments?day=" + day.AddDays(1).String()}
	for href, action := range map[*string]string{&p.Open: "card.open_session", &p.Book: "card.book", &p.Missed: "card.close_sessions"} {
		if c.may(action) {
			*href = actionPath(action, url.Values{"day": {day.String()}})
		}
	}
	sessions, err := c.sessionsOn(day)
	if err != nil {
		return err
	}
	for i := range sessions {
		t, free := c.sessionTable(&sessions[i])
		p.Tables, p.Free = append(p.Tables, t), append(p.Free, free)
	}
	return c.page(http.StatusOK, "window-appointments", p)
}

func (c *call) sessionsOn(day citizen.Date) ([]carddesk.DaySession, error) {
	return ask[[]carddesk.DaySession](c, "card.appointments", fields{"day": day, "purpose": purposeOf("window.purpose.appointments")})
}

// sessionTable lists a session's people by their slots, and the slots that have room.
func (c *call) sessionTable(s *carddesk.DaySession) (table, string) {
	t := table{Caption: Titled(codeWords("card.Place", string(s.Place)).In(c.lang)) + " " + s.Name, Columns: c.columns("slot", "name", "state", "act"), Total: len(s.Appointments)}
	for _, a := range s.Appointments {
		one := row{Cells: []cell{{Text: clock(a.Slot)}, {Text: a.Name, Href: c.personHref(a.Tenure)}, {Text: codeWords("card.AppointmentState", string(a.State)).In(c.lang)}, {}}}
		if a.State == card.AppointmentBooked {
			one.Cells[3] = cell{Text: c.s.actionText("card.end_appointment", c.lang), Href: actionPath("card.end_appointment", url.Values{"appointment": {a.Appointment}, "day": {s.Day.String()}})}
		} else {
			one.Tone = "done"
		}
		t.Rows = append(t.Rows, one)
	}
	free := ""
	for _, slot := range s.Free {
		free += " " + clock(slot)
	}
	return t, free
}

// personHref is where a person who comes is taken on: the window's road for who accepts, else the registration.
func (c *call) personHref(tenure string) string {
	switch {
	case c.may("card.open"):
		return acceptPath(tenure, "")
	case c.may("register.resident"):
		return "/resident/" + url.PathEscape(tenure)
	}
	return ""
}

// clock writes 0930 as 09:30.
func clock(slot string) string {
	if len(slot) != 4 {
		return slot
	}
	return slot[:2] + ":" + slot[2:]
}

// bookedOn lists who is still to come on a day; nil: nobody has booked.
func (c *call) bookedOn(day citizen.Date) (*table, error) {
	sessions, err := c.sessionsOn(day)
	if err != nil {
		return nil, err
	}
	t := table{Caption: c.t("window.booked_today"), Columns: c.columns("slot", "name")}
	for i := range sessions {
		for _, a := range sessions[i].Appointments {
			if a.State == card.AppointmentBooked {
				t.Rows = append(t.Rows, row{Cells: []cell{{Text: clock(a.Slot)}, {Text: a.Name, Href: c.personHref(a.Tenure)}}})
			}
		}
	}
	if t.Total = len(t.Rows); t.Total == 0 {
		return nil, nil
	}
	return &t, nil
}

// keptCards lists what is kept to be destroyed under two names.
func (s *Server) keptCards(c *call) error {
	kept, err := ask[carddesk.Kept](c, "card.kept", fields{"purpose": windowPurpose()})
	if err != nil {
		return err
	}
	p := &listPage{Title: c.t("window.kept"), Help: c.t("window.kept.help"), Acts: []link{
		{Href: actionPath("card.destroy_old", url.Values{"waste": {string(card.WasteOld)}}), Label: c.t("window.kept.destroy.old")},
		{Href: actionPath("card.destroy_old", url.Values{"waste": {string(card.WasteTemporary)}}), Label: c.t("window.kept.destroy.temporary")},
		{Href: actionPath("card.destroy_spoilt", url.Values{}), Label: c.t("window.kept.destroy.spoilt")}}}
	for _, one := range []struct {
		name  string
		cards []card.Scrap
	}{{"old", kept.Old}, {"temporary", kept.Temporary}, {"spoilt", kept.Spoilt}, {"held", kept.Held}} {
		if len(one.cards) > 0 {
			p.Tables = append(p.Tables, c.scrapTable(one.name, one.cards))
		}
	}
	return c.page(http.StatusOK, "window-list", p)
}

func (c *call) scrapTable(name string, cards []card.Scrap) table {
	t := table{Caption: c.t("window.kept." + name), Columns: c.columns("card", "application"), Total: len(cards)}
	for _, one := range cards {
		line := row{Cells: []cell{{Text: one.Number, Number: len(one.Number) == 18 || len(one.Number) == 15}, {}}}
		if one.Application != "" {
			line.Cells[1] = cell{Text: shortID(one.Application), Href: applicationPath(one.Application, "")}
		}
		t.Rows = append(t.Rows, line)
	}
	return t
}
