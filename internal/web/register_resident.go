package web

import (
	"cmp"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddesk"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdesk"
	"github.com/huzheng/huzheng/internal/verify"
	"github.com/huzheng/huzheng/internal/verify/verifydesk"
)

// residentPage is a person as the window sees one.
type residentPage struct {
	registerdesk.ResidentShown
	Acts           []registerLink
	Prints         []registerLink
	Notes          []notice
	ResidentFacts  []fact
	HouseholdFacts []fact
	People         table
	Cards          *table
	Requests       *table // applications
	Photo          string // path of the newest picture
	Verified       string
	Findings       []verify.Finding
	Bring          *form // papers may be taken in here
	Cases          *table
	Matters        *table
}

// showResident shows a person in the order of the registration form (公通字〔1995〕91号).
func (s *Server) showResident(c *call) error {
	one, err := c.resident(c.r.PathValue("tenure"))
	if err != nil {
		return err
	}
	p := residentPage{ResidentShown: one}
	p.ResidentFacts, p.HouseholdFacts = c.formFacts(&one)
	p.People = c.members(one.Members)
	p.Acts, p.Prints = c.residentActs(&one)
	c.residentNotes(&p)
	if err := c.cardsOf(&p); err != nil {
		return err
	}
	if err := c.verifiedOf(&p); err != nil {
		return err
	}
	if len(one.Missing) > 0 && one.Unit == c.by.Unit && c.may("register.bring_papers") {
		p.Bring = &form{Once: random()}
	}
	if len(one.Pending) > 0 {
		matters := c.matters(one.Pending)
		p.Matters = &matters
	}
	return c.page(http.StatusOK, "resident", p)
}

// bringPapers takes in the papers that were ticked, each list by an act of its own.
func (s *Server) bringPapers(c *call) error {
	tenure := c.r.PathValue("tenure")
	f, err := c.readForm()
	if err != nil {
		return err
	}
	lists := make(map[string][]register.Paper)
	for _, value := range f.Values["bring"] {
		list, paper, _ := strings.Cut(value, "/")
		lists[list] = append(lists[list], register.Paper{Kind: paper})
	}
	once := cmp.Or(f.Once, random()) // or the list's name alone would be the token, of every form
	for list, papers := range lists {
		in := fields{"papers": papers, "tenure": tenure}
		if list != "" {
			in = fields{"papers": papers, "list": list}
		}
		if _, err := c.do("register.bring_papers", in, office.Guard{Once: once + list}); err != nil {
			return err
		}
	}
	c.react()
	return c.redirect(residentPath(tenure))
}

// formFacts lists the items in the order of the form: the household's, then the person's.
func (c *call) formFacts(one *registerdesk.ResidentShown) (person, house []fact) {
	r, h := &one.Record, &one.Household
	item := func(name, text string) fact {
		return fact{Label: c.label("register.resident", name), Text: text}
	}
	house = []fact{
		{Label: c.t("register.item.household_kind"), Text: c.householdKind(h.Kind)},
		{Label: c.t("register.item.no"), Text: r.HouseholdNo, Href: householdPath(one.Unit, r.HouseholdNo)},
		{Label: c.t("register.item.head"), Text: headName(one)},
		{Label: c.t("register.item.relation"), Text: codeWords("relation", r.Relation).In(c.lang)},
	}
	number := item("number", r.Number)
	number.Tone = "number"
	address := item("address", r.Address)
	address.Tone = "wide"
	person = []fact{item("name", r.Name), item("former_name", r.FormerName), item("sex", codeWords("sex", r.Sex).In(c.lang)),
		item("ethnic_group", codeWords("ethnic_group", r.EthnicGroup).In(c.lang)), item("birth_date", shownDate(r.BirthDate)), number,
		item("birthplace", r.Birthplace), item("native_place", r.NativePlace), item("hukou_class", c.hukouClass(r.HukouClass)), address,
		item("education", codeWords("education", r.Education).In(c.lang)),
		item("marital_status", codeWords("marital_status", r.MaritalStatus).In(c.lang)), item("occupation", r.Occupation), item("workplace", r.Workplace)}
	for _, one := range []struct{ name, number string }{{"father", r.FatherNumber}, {"mother", r.MotherNumber}, {"spouse", r.SpouseNumber}} {
		parent := fact{Label: c.t("register.item." + one.name), Text: one.number}
		if one.number != "" {
			parent.Tone = "number"
		}
		person = append(person, parent)
	}
	arrived := fact{Label: c.t("register.item.entered"), Text: strings.TrimSpace(shownDate(one.EnteredOn) + " " + c.s.Office.Words(one.EnteredKind).In(c.lang))}
	if one.EnteredKind == "" {
		arrived.Text = c.t("register.item.imported")
	}
	if one.FromUnit != "" {
		arrived.Text += " " + c.s.units.name(one.FromUnit)
	}
	person = append(person, arrived)
	if one.ExitedKind != "" {
		end := fact{Label: c.t("register.item.exited"), Text: shownDate(one.ExitedOn) + " " + c.s.Office.Words(one.ExitedKind).In(c.lang), Tone: "stop"}
		if one.MovedTo != "" {
			end.Text += " " + c.s.units.name(one.MovedTo)
		}
		person = append(person, end)
	}
	return person, house
}

func (c *call) householdKind(code string) string {
	row, _ := citizen.HouseholdKinds.ByCode(code)
	return row.Text().In(c.lang)
}

func (c *call) hukouClass(code string) string {
	row, _ := citizen.HukouClasses.ByCode(code)
	return row.Text().In(c.lang)
}

// state says a registration's state in words.
func (c *call) state(code string) string {
	return codeWords("registerdesk.Found.state", code).In(c.lang)
}

func (c *call) validTo(text string) string {
	if text == card.LongTerm {
		return c.t("register.long_term")
	}
	return text
}

// members lists who is registered in a household, in the order of the booklet.
func (c *call) members(all []registerdesk.Found) table {
	t := table{Caption: c.t("register.members"), Total: len(all)}
	for _, name := range []string{"name", "relation", "number", "sex", "birth_date", "marital_status"} {
		label := c.label("register.household", name)
		if name == "relation" {
			label = c.t("register.item.relation")
		}
		t.Columns = append(t.Columns, column{Label: label})
	}
	for _, m := range all {
		t.Rows = append(t.Rows, row{Href: residentPath(m.Tenure), Cells: []cell{{Text: m.Record.Name}, {Text: codeWords("relation", m.Record.Relation).In(c.lang)}, {Text: m.Record.Number, Number: true},
			{Text: codeWords("sex", m.Record.Sex).In(c.lang)}, {Text: shownDate(m.Record.BirthDate)}, {Text: codeWords("marital_status", m.Record.MaritalStatus).In(c.lang)}}})
	}
	return t
}

func headName(one *registerdesk.ResidentShown) string {
	for _, m := range one.Members {
		if m.Tenure == one.Household.Householder {
			return m.Record.Name
		}
	}
	return ""
}

// residentActs are what the operator may do about the person, and what may be printed.
func (c *call) residentActs(one *registerdesk.ResidentShown) (acts, prints []registerLink) {
	q := "?tenure=" + url.QueryEscape(one.Tenure)
	var all []offered
	switch {
	case one.Unit == c.by.Unit && one.State == register.StateOpen:
		all = []offered{{"card", "card.open", "/accept/" + url.PathEscape(one.Tenure), true}, {"correct", "register.correct", "/register/correct" + q, false}, {"move-out", "register.move_out", "/register/move-out" + q, false},
			{"death", "register.death", "/register/death" + q, false}, {"child", "register.birth", "/register/birth" + parentQuery(one), false},
			{"loss", "card.report_lost", "/loss/" + url.PathEscape(one.Tenure), false},
			{"change-class", "register.change_class", "/register/change-class" + q, false}, {"cancel", "register.cancel", "/register/cancel" + q, false},
			{"remove", "register.remove", "/register/remove" + q, false}, {"ask-papers", "register.ask_papers", "/do/register.ask_papers" + q, false}}
	case one.Unit == c.by.Unit && one.State != register.StateMovedOut:
		all = []offered{{"restore", "register.restore", "/register/restore" + q, true}}
	}
	if len(one.Missing) > 0 {
		prints = append(prints, registerLink{Href: "/register/print/missing/" + url.PathEscape(one.Tenure), Label: c.t("register.print.missing")})
	}
	if one.State == register.StateMovedOut && c.may("register.move_paper") {
		prints = append(prints, registerLink{Href: "/register/print/move/" + url.PathEscape(one.Tenure), Label: c.t("register.print.move")})
	}
	if one.State == register.StateDead {
		prints = append(prints, registerLink{Href: "/register/print/death/" + url.PathEscape(one.Tenure), Label: c.t("register.print.death")})
	}
	if one.State == register.StateOpen {
		prints = append(prints, registerLink{Href: "/register/print/booklet/" + url.PathEscape(string(one.Unit)) + "/" + url.PathEscape(one.Record.HouseholdNo) + "?tenure=" + url.QueryEscape(one.Tenure), Label: c.t("register.print.page")})
	}
	return c.offer(all), prints
}

// parentQuery names a person as the parent of a child to be registered.
func parentQuery(one *registerdesk.ResidentShown) string {
	if citizen.Sex(one.Record.Sex) == citizen.Male {
		return "?father_tenure=" + url.QueryEscape(one.Tenure)
	}
	return "?mother_tenure=" + url.QueryEscape(one.Tenure)
}

// residentNotes says what must not be overlooked.
func (c *call) residentNotes(p *residentPage) {
	switch {
	case p.InTransit:
		p.Notes = append(p.Notes, notice{Tone: "warn", Title: c.t("register.in_transit"), Text: c.t("register.in_transit.text", c.s.units.name(p.MovedTo))})
	case p.Provisional:
		p.Notes = append(p.Notes, notice{Tone: "warn", Title: c.t("register.provisional"), Text: c.t("register.provisional.text")})
	case p.State != register.StateOpen:
		p.Notes = append(p.Notes, notice{Tone: "stop", Title: Titled(c.state(p.State)), Text: c.t("register.ended")})
	}
}

// cardsOf adds the cards, the applications and the newest picture, where the operator may see them.
func (c *call) cardsOf(p *residentPage) error {
	if !c.may("card.which_card") {
		return nil
	}
	which, err := ask[carddesk.Which](c, "card.which_card", fields{"tenure": p.Tenure, "purpose": windowPurpose()})
	if _, refused := event.AsRefusal(err); refused {
		return nil // the cards of somebody who moved away belong to the new station
	}
	if err != nil {
		return err
	}
	cards := table{Caption: c.t("register.cards"), Total: len(which.Cards), Columns: []column{{Label: c.t("register.card.generation")}, {Label: c.t("register.card.term")}, {Label: c.t("register.card.standing")}}}
	for _, one := range which.Cards {
		tone := "late"
		if one.Valid {
			tone = "done"
		}
		cards.Rows = append(cards.Rows, row{Cells: []cell{{Text: codeWords("card.Standing.generation", one.Generation).In(c.lang)},
			{Text: strings.Trim(shownDate(one.ValidFrom)+" – "+c.validTo(one.ValidTo), " –")}, {Text: one.Why.In(c.lang), Tag: tone}}})
	}
	if len(which.Cards) > 0 {
		p.Cards = &cards
	}
	if len(which.Applications) == 0 {
		return nil
	}
	requests := table{Caption: c.t("register.applications"), Total: len(which.Applications),
		Columns: []column{{Label: c.label("card.list", "acceptance_no")}, {Label: c.label("card.list", "stage")}, {Label: c.label("card.list", "since")}}}
	for _, a := range which.Applications {
		requests.Rows = append(requests.Rows, row{Href: "/application/" + url.PathEscape(a.Application), Cells: []cell{{Text: a.AcceptanceNo}, {Text: a.Stage.Text().In(c.lang)}, {Text: instant(a.Since)}}})
		if p.Photo == "" && a.Stage != card.StageOpened && a.Stage != card.StageIncomplete {
			p.Photo = "/photo/" + url.PathEscape(a.Application)
		}
	}
	p.Requests = &requests
	return nil
}

// verifiedOf adds who has found the record right, what the item rules say, and the cases and corrections that wait.
func (c *call) verifiedOf(p *residentPage) error {
	if !c.may("verify.of_person") {
		return nil
	}
	known, err := ask[verifydesk.PersonOutput](c, "verify.of_person", fields{"tenure": p.Tenure, "purpose": windowPurpose()})
	if err != nil {
		return err
	}
	if p.State == register.StateOpen {
		p.Findings = known.Findings
	}
	if known.Verified != nil {
		who, err := c.operatorName(known.Verified.By)
		if err != nil {
			return err
		}
		p.Verified = c.t("register.verified", who, instant(known.Verified.At))
	}
	if len(known.Open) == 0 {
		return nil
	}
	cases := table{Caption: c.t("register.cases"), Total: len(known.Open),
		Columns: []column{{Label: c.label("verify.list", "class")}, {Label: c.label("verify.list", "stage")}, {Label: c.label("verify.list", "since")}}}
	for _, m := range known.Open {
		class, tone := codeWords("verify.Matter.class", m.Class).In(c.lang), "info"
		if m.Kind != "" {
			class += " " + codeWords("verify.Matter.kind", m.Kind).In(c.lang)
		}
		if m.Holds {
			tone = "late"
		}
		page := "/case/"
		if m.Class == verify.ClassCorrection {
			page = "/correction/"
		}
		cases.Rows = append(cases.Rows, row{Href: page + url.PathEscape(m.ID), Cells: []cell{{Text: class}, {Text: codeWords("verify.Matter.stage", m.Stage).In(c.lang), Tag: tone}, {Text: instant(m.Since)}}})
	}
	p.Cases = &cases
	return nil
}

// historyPage is who wrote what about a person, and what was registered on a day.
type historyPage struct {
	residentPage
	Lines   []historyLine
	From    string // where the registration before this one lies
	Form    *form
	Date    field
	AsOf    *registerdesk.AsOfOutput
	Columns [][3]string // item, as registered today, as registered then
}

type historyLine struct {
	Kind, Registered, Effective, Who, Paper string
	Correction                              bool
	Altered                                 []change
}

// showHistory shows the history of a registration in words, the newest first.
func (s *Server) showHistory(c *call) error {
	tenure := c.r.PathValue("tenure")
	one, err := c.resident(tenure)
	if err != nil {
		return err
	}
	history, err := ask[registerdesk.HistoryOutput](c, "register.history", fields{"tenure": tenure, "purpose": windowPurpose()})
	if err != nil {
		return err
	}
	p := historyPage{residentPage: residentPage{ResidentShown: one}, Form: &form{Values: c.r.URL.Query()}}
	if history.FromTenure != "" && c.by.Unit.Contains(history.FromUnit) {
		p.From = residentPath(history.FromTenure) + "/history"
	}
	for i := len(history.Lines) - 1; i >= 0; i-- {
		line, err := c.historyLine(&history.Lines[i])
		if err != nil {
			return err
		}
		p.Lines = append(p.Lines, line)
	}
	if err := c.asOf(&p, tenure); err != nil {
		return err
	}
	p.Date, err = c.control(p.Form, "register.as_of", "date")
	if err != nil {
		return err
	}
	return c.page(p.Form.status(), "resident-history", p)
}

func (c *call) historyLine(l *registerdesk.HistoryLine) (line historyLine, err error) {
	line = historyLine{Kind: l.Text.In(c.lang), Registered: shownDate(l.RegisteredOn), Effective: shownDate(l.EffectiveOn), Correction: l.Correction}
	if l.Paper != nil {
		line.Paper = strings.Join([]string{register.PaperText(l.Paper.Kind).In(c.lang), l.Paper.Number}, " ")
	}
	for _, a := range l.Altered {
		line.Altered = append(line.Altered, change{c.label("register.history", a.Item), codeWords(a.Item, a.Before).In(c.lang), codeWords(a.Item, a.After).In(c.lang)})
	}
	if l.Operator != "" {
		line.Who, err = c.operatorName(l.Operator)
	}
	return line, err
}

// asOf adds what was registered on the day that the page asks for.
func (c *call) asOf(p *historyPage, tenure string) error {
	if p.Form.Value("date") == "" {
		return nil
	}
	day, ok := parseDate(strings.TrimSpace(p.Form.Value("date")))
	if !ok {
		p.Form.wrong("date", c.t("form.date"), c.t("form.date.mend"))
		return nil
	}
	out, err := ask[registerdesk.AsOfOutput](c, "register.as_of", fields{"tenure": tenure, "date": day, "purpose": windowPurpose()})
	if refusal, ok := event.AsRefusal(err); ok {
		p.Form.refuse(refusal, c.lang)
		return nil
	}
	if err != nil {
		return err
	}
	p.AsOf = &out
	today, then := c.pastFacts(&out.Today), c.pastFacts(out.Then)
	for i := range today {
		if today[i].Text == "" && then[i].Text == "" {
			continue
		}
		p.Columns = append(p.Columns, [3]string{today[i].Label, today[i].Text, then[i].Text})
	}
	return nil
}

// pastFacts are the items of what was registered, in the order of the form; empty ones where nothing was.
func (c *call) pastFacts(past *register.Past) []fact {
	one := registerdesk.ResidentShown{}
	state := c.t("register.unregistered")
	if past != nil && past.Record != nil {
		one.Record = *past.Record
	}
	if past != nil && past.State != "" {
		state = c.state(past.State)
	}
	person, _ := c.formFacts(&one)
	facts := []fact{{Label: c.label("register.as_of", "state"), Text: state}}
	facts = append(facts, person[:len(person)-1]...) // without how it began, which no record holds
	return append(facts, fact{Label: c.label("register.as_of", "household_no"), Text: one.Record.HouseholdNo})
}

// matters lists matters that wait, as every list of them shows them.
func (c *call) matters(all []registerdesk.Pending) table {
	t := table{Caption: c.t("register.pending.caption"), Total: len(all)}
	for _, name := range []string{"name", "text", "waits_for", "decided_by", "days", "missing", "until"} {
		t.Columns = append(t.Columns, column{Key: name, Label: c.label("register.pending", name), Num: name == "days"})
	}
	for _, p := range all {
		tone := "wait"
		if p.Late {
			tone = "late"
		}
		var lacking []string
		for _, code := range p.Missing {
			lacking = append(lacking, register.PaperText(code).In(c.lang))
		}
		t.Rows = append(t.Rows, row{Href: "/register/pending/" + url.PathEscape(p.Submission), Cells: []cell{{Text: p.Name}, {Text: p.Text.In(c.lang)}, {Text: codeWords("waits_for", p.WaitsFor).In(c.lang), Tag: tone},
			{Text: c.s.units.name(p.DecidedBy)}, {Text: strconv.Itoa(p.Days), Num: true}, {Text: strings.Join(lacking, c.t("list.comma"))}, {Text: shownDate(p.Until)}}})
	}
	return t
}
