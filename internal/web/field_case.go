package web

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/verify"
	"github.com/huzheng/huzheng/internal/verify/verifydesk"
)

// stageTone is the tone of a matter's stage.
func stageTone(stage string) string {
	switch stage {
	case verify.StageClosed, verify.StageConsistent, verify.StageCarriedOut, verify.StageApproved, verify.StageClean:
		return "done"
	case verify.StageProved:
		return "stop"
	case verify.StageObjected, verify.StageReturned, verify.StageRefused, verify.StageReversed, verify.StageOpen, verify.StageDifferences:
		return "late"
	}
	return "info"
}

// stepBody decodes a step; what a node signed is well formed, or it is as if it were empty.
func stepBody[T any](st verifydesk.ShownStep) (body T) {
	if json.Unmarshal(st.Body, &body) != nil {
		var none T
		return none
	}
	return body
}

// casesPage is the work list of cases.
type casesPage struct {
	Tabs   []tab
	Kinds  []tab
	List   table
	Record *record // beside the list
	Open   bool    // the operator may open one
}

var caseTabs = []struct{ key, what string }{{"mine", "waiting"}, {"late", "late"}, {"open", "cases"}, {"all", "cases"}}

const caseLimit = 1000

func (s *Server) cases(c *call) error {
	q := c.r.URL.Query()
	show := q.Get("show")
	if show == "" {
		show = "mine"
	}
	p := casesPage{Open: c.may("verify.open_case")}
	var all []verifydesk.Listed
	seen := make(map[string]bool)
	for _, one := range caseTabs {
		p.Tabs = append(p.Tabs, tab{Href: "/cases?show=" + one.key, Label: c.t("clean.cases." + one.key), Here: one.key == show})
		if one.key != show {
			continue
		}
		found, err := ask[[]verifydesk.Listed](c, "verify.list", fields{"purpose": c.purposeOf("case"), "what": one.what, "limit": caseLimit})
		if err != nil {
			return err
		}
		for _, l := range found {
			open := l.Stage != verify.StageClosed && l.Stage != verify.StageReversed
			if seen[l.ID] { // another side of the same case
				continue
			}
			seen[l.ID] = true
			if (l.Class == verify.ClassCase || l.Class == verify.ClassProposal) && (show != "open" || open) {
				all = append(all, l)
			}
		}
	}
	p.kinds(c, show, q.Get("kind"), all)
	if kind := q.Get("kind"); kind != "" {
		all = slices.DeleteFunc(all, func(l verifydesk.Listed) bool { return l.Kind != kind })
	}
	p.List = c.caseTable(all)
	var err error
	if p.Record, err = c.beside(&p.List, []int{0, 1, 5, 7}, c.caseRecord); err != nil {
		return err
	}
	return c.page(http.StatusOK, "case-list", p)
}

// kinds counts the list by kind of case.
func (p *casesPage) kinds(c *call, show, here string, all []verifydesk.Listed) {
	count := make(map[string]int)
	for _, l := range all {
		count[l.Kind]++
	}
	if len(count) < 2 && here == "" {
		return
	}
	p.Kinds = append(p.Kinds, tab{Href: "/cases?show=" + show, Label: c.t("clean.cases.every"), Count: len(all), Here: here == ""})
	for _, kind := range slices.Sorted(maps.Keys(count)) {
		p.Kinds = append(p.Kinds, tab{Href: "/cases?show=" + show + "&kind=" + url.QueryEscape(kind), Label: c.caseKind(kind), Count: count[kind], Here: here == kind})
	}
}

// caseKind is the kind of a case in words; a proposal's row names none.
func (c *call) caseKind(kind string) string {
	if text, ok := verify.CaseKinds[kind]; ok {
		return Titled(text.In(c.lang))
	}
	return c.t("clean.case")
}

func (c *call) caseTable(all []verifydesk.Listed) table {
	t := c.mattersListed("clean.cases.list", "/case/", all)
	t.Columns = slices.Insert(t.Columns, 0, column{Key: "kind", Label: c.t("clean.col.kind")})
	t.Columns = append(t.Columns, column{Key: "who", Label: c.t("clean.col.who")})
	for i := range all {
		r := &t.Rows[i]
		r.Key, r.Cells = all[i].ID, slices.Insert(r.Cells, 0, cell{Text: c.caseKind(all[i].Kind)})
		who := cell{}
		if all[i].Who != "" {
			who.Text = c.s.units.name(all[i].Who)
		}
		r.Cells = append(r.Cells, who)
		if all[i].Stage == verify.StageProved {
			r.Tone = "stop"
		}
	}
	return t
}

// casePage is one case: what it waits for, its sides beside each other, and what was done.
type casePage struct {
	ID, Title   string
	HouseholdNo string
	Birth       string // of an unregistered child: where the birth is registered
	Clue        string
	Decider     event.Unit
	Stage       string
	Due         citizen.Date
	Late        bool
	Sides       []caseSide
	Others      []event.Unit // sides that are not shown here
	Waits       []caseTurn   // what is missing before the next step
	Acts        []caseTurn   // that this operator can do now
	Steps       []caseStep
	Proposal    *caseDecision
	Decision    *caseDecision
	Done        *notice
	Urgent      []caseTurn // a proof of life: the registration is given back within a day
	Papers      []paperLink
	OwnAttempt  bool // the operator proposed, so another person decides
}

type caseSide struct {
	Unit    event.Unit
	Stage   string
	Persons []casePerson
}

type casePerson struct {
	Tenure  string
	At      verifydesk.ShownPerson
	Facts   []fact
	History []caseStep
	Said    []caseStep
	Found   []caseStep
}

type caseTurn struct {
	Do, Label, Href, Who, Name string
	Until                      citizen.Date
	Primary                    bool
}

type caseStep struct {
	At, Who, Unit, Text, Words string
}

type caseDecision struct {
	By, At, Ground string
	Orders         []string
	Days           int
}

type paperLink struct{ Href, Label string }

func (s *Server) showCase(c *call) error {
	p, shown, err := c.casePage()
	if base := matterPages[classOf(shown)]; base != "" { // lists of all matters lead here
		return c.redirect(base + url.PathEscape(c.r.PathValue("matter")))
	}
	if err != nil {
		return err
	}
	if done := c.r.URL.Query().Get("done"); done != "" {
		if a, ok := c.s.Office.Action("verify." + done); ok {
			p.Done = &notice{Tone: "done", Title: c.t("clean.case.done", a.Text.In(c.lang))}
		}
	}
	return c.page(http.StatusOK, "case", p)
}

// matterPages are the pages of what is no case.
var matterPages = map[string]string{verify.ClassCorrection: "/correction/", verify.ClassComparison: "/comparison/"}

func classOf(shown verifydesk.Shown) string {
	if len(shown.Sides) == 0 {
		return ""
	}
	return shown.Sides[0].Class
}

// casePage reads a case and puts it into words.
func (c *call) casePage() (*casePage, verifydesk.Shown, error) {
	shown, err := c.clearMatter(c.purposeOf("case"))
	if err != nil {
		return nil, shown, err
	}
	p := &casePage{ID: c.r.PathValue("matter")}
	named := make(map[event.Unit]bool)
	for _, side := range shown.Sides {
		opened, _, ok := lastStep[verify.CaseOpened](side, verify.KindCaseOpened)
		if side.Class != verify.ClassCase || !ok {
			continue
		}
		p.Title, p.Clue, p.Decider, p.HouseholdNo = c.caseKind(opened.Kind), opened.Clue, side.Decider, opened.HouseholdNo
		if opened.Kind == verify.CaseChild && side.Stage != verify.StageClosed && side.Unit == c.by.Unit && c.may("register.birth") {
			p.Birth = "/register/birth?household_no=" + url.QueryEscape(opened.HouseholdNo)
		}
		p.stage(side, c.businessDay())
		p.Sides = append(p.Sides, c.caseSide(shown, side, opened))
		named[side.Unit] = true
		for _, other := range opened.Others {
			if _, known := named[other]; !known {
				named[other] = false
			}
		}
	}
	if len(p.Sides) == 0 {
		return nil, shown, verify.NotFound()
	}
	for _, unit := range slices.Sorted(maps.Keys(named)) {
		if !named[unit] {
			p.Others = append(p.Others, unit)
		}
	}
	p.turns(c, shown)
	if err := p.decisions(c, shown); err != nil {
		return nil, shown, err
	}
	return p, shown, p.steps(c, shown)
}

// stage shows the side that is furthest behind, or a proof of life before everything.
func (p *casePage) stage(side verifydesk.ShownSide, today citizen.Date) {
	if p.Stage == verify.StageProved {
		return
	}
	if p.Stage == "" || side.Stage == verify.StageProved || !side.Due.IsZero() && (p.Due.IsZero() || side.Due.Before(p.Due)) {
		p.Stage, p.Due = side.Stage, side.Due
		p.Late = !side.Due.IsZero() && today.After(side.Due)
	}
}

func (c *call) caseSide(shown verifydesk.Shown, side verifydesk.ShownSide, opened verify.CaseOpened) caseSide {
	one := caseSide{Unit: side.Unit, Stage: side.Stage}
	parties := opened.Own
	if len(parties) == 0 {
		parties = []verify.Party{{Unit: side.Unit}}
	}
	for _, party := range parties {
		person := c.casePerson(shown, side, party.Tenure)
		if party.Tenure == "" {
			person.Facts = []fact{{Label: label(c.lang)("household_no"), Text: opened.HouseholdNo}}
		}
		one.Persons = append(one.Persons, person)
	}
	return one
}

// casePerson is one registration of the case: as it stands, what became of it, what the person said and what was found.
func (c *call) casePerson(shown verifydesk.Shown, side verifydesk.ShownSide, tenure string) (p casePerson) {
	p.Tenure = tenure
	if tenure != "" {
		p.At = personIn(shown, tenure)
		p.Facts = c.sideFacts(p.At)
		for _, change := range p.At.History {
			p.History = append(p.History, caseStep{At: instant(change.At), Text: c.s.Office.Words(change.Kind).In(c.lang), Words: c.altered(change.Altered)})
		}
	}
	for _, st := range side.Steps {
		told := stepBody[struct {
			Tenure    string       `json:"tenure"`
			On        citizen.Date `json:"on"`
			Words     string       `json:"words"`
			Absent    bool         `json:"absent"`
			LivesHere bool         `json:"lives_here"`
			HasCard   bool         `json:"has_card"`
		}](st)
		if told.Tenure != tenure {
			continue
		}
		line := caseStep{At: shownDate(told.On), Words: told.Words, Text: st.Words.In(c.lang)}
		switch st.Kind {
		case verify.KindPersonHeard, verify.KindObjected, verify.KindLifeProved:
			if told.Absent {
				line.Text = c.t("clean.case.absent")
			}
			p.Said = append(p.Said, line)
		case verify.KindFindingRecorded:
			line.Text = c.foundWords(told.LivesHere, told.HasCard)
			p.Found = append(p.Found, line)
		}
	}
	return p
}

func (c *call) foundWords(lives, card bool) string {
	key := func(name string, yes bool) string {
		return c.t("clean.case." + name + "." + map[bool]string{true: "yes", false: "no"}[yes])
	}
	return key("lives", lives) + c.t("list.comma") + key("card", card)
}

func (c *call) sideFacts(at verifydesk.ShownPerson) []fact {
	r := &at.Record
	state := fact{Label: label(c.lang)("state"), Text: codeWords("register.Past.state", at.State).In(c.lang)}
	facts := []fact{{Label: label(c.lang)("name"), Text: r.Name, Href: c.residentHref(at.Tenure)}, {Label: label(c.lang)("number"), Text: r.Number, Tone: "number"},
		{Label: label(c.lang)("sex"), Text: c.itemWords("sex", r.Sex)}, {Label: label(c.lang)("birth_date"), Text: shownDate(r.BirthDate)},
		{Label: label(c.lang)("ethnic_group"), Text: c.itemWords("ethnic_group", r.EthnicGroup)}, {Label: label(c.lang)("household_no"), Text: r.HouseholdNo},
		{Label: label(c.lang)("address"), Text: r.Address, Tone: "wide"}, state}
	return facts
}

func (c *call) altered(all []register.Altered) string {
	parts := make([]string, len(all))
	for i, a := range all {
		parts[i] = label(c.lang)(a.Item) + " " + c.itemWords(a.Item, a.Before) + " → " + c.itemWords(a.Item, a.After)
	}
	return strings.Join(parts, c.t("list.comma"))
}

// turns says what the case waits for, and what of it this operator can do.
func (p *casePage) turns(c *call, shown verifydesk.Shown) {
	seen := make(map[string]bool)
	for _, side := range shown.Sides {
		for _, turn := range side.Turns {
			one := c.caseTurn(p, turn)
			key := turn.Do + string(turn.Who) + turn.Tenure
			if seen[key] {
				continue
			}
			seen[key] = true
			if turn.Needed {
				p.Waits = append(p.Waits, one)
			}
			if turn.Who != c.by.Unit || !c.may(turn.Do) {
				continue
			}
			one.Primary = turn.Needed
			if turn.Do == "verify.prove_life" || turn.Do == "verify.reverse" && turn.Needed {
				p.Urgent = append(p.Urgent, one)
				continue
			}
			p.Acts = append(p.Acts, one)
		}
	}
	slices.SortStableFunc(p.Acts, func(a, b caseTurn) int {
		switch {
		case a.Primary == b.Primary:
			return 0
		case a.Primary:
			return -1
		}
		return 1
	})
}

func (c *call) caseTurn(p *casePage, turn verify.Turn) caseTurn {
	one := caseTurn{Do: turn.Do, Who: c.s.units.name(turn.Who), Until: turn.Until, Name: p.name(turn.Tenure)}
	act, isAct := strings.CutPrefix(turn.Do, "verify.")
	if !isAct {
		one.Label = c.t("clean.wait." + turn.Do)
		if !turn.Until.IsZero() {
			one.Label = c.t("clean.wait."+turn.Do, shownDate(turn.Until))
		}
		return one
	}
	one.Label = c.s.actionText(turn.Do, c.lang)
	one.Href = "/case/" + url.PathEscape(p.ID) + "/" + act
	if turn.Tenure != "" {
		one.Href += "?tenure=" + url.QueryEscape(turn.Tenure)
	}
	return one
}

// name is the name of a person of the case, where it has more than one.
func (p *casePage) name(tenure string) string {
	for _, side := range p.Sides {
		for _, person := range side.Persons {
			if person.Tenure == tenure {
				return person.At.Record.Name
			}
		}
	}
	return ""
}

// person finds a registration of the case.
func (p *casePage) person(tenure string) (casePerson, event.Unit, bool) {
	for _, side := range p.Sides {
		for _, person := range side.Persons {
			if person.Tenure == tenure {
				return person, side.Unit, true
			}
		}
	}
	return casePerson{}, "", false
}

// decisions puts the proposal that waits and the decision in force into words.
func (p *casePage) decisions(c *call, shown verifydesk.Shown) error {
	var orders []verify.CaseOrder
	var decided verify.Decided
	var by verifydesk.ShownStep
	for _, side := range shown.Sides {
		if body, st, ok := lastStep[verify.Proposed](side, verify.KindProposed); ok && side.Stage == verify.StageProposed && !p.answered(shown, body.Round) {
			one, err := p.decision(c, st, body.Orders, body.Ground)
			if err != nil {
				return err
			}
			if p.Proposal, p.OwnAttempt = one, st.Operator == c.by.ID; p.Stage == verify.StageHeard {
				p.Stage = verify.StageProposed
			}
		}
		if body, st, ok := lastStep[verify.Decided](side, verify.KindDecided); ok && side.Class == verify.ClassCase {
			orders, decided, by = append(orders, body.Orders...), body, st
			if c.may("verify.serve_notice") || side.Decider == c.by.Unit {
				p.papers(c, side.Unit, body)
			}
		}
	}
	if orders == nil {
		return nil
	}
	one, err := p.decision(c, by, orders, decided.Ground)
	if err != nil {
		return err
	}
	one.Days, p.Decision = decided.Objection, one
	return nil
}

// answered tells whether a round of proposals has been decided.
func (p *casePage) answered(shown verifydesk.Shown, round int) bool {
	return slices.ContainsFunc(shown.Sides, func(s verifydesk.ShownSide) bool { return s.Class == verify.ClassCase && s.Round >= round })
}

func (p *casePage) papers(c *call, unit event.Unit, body verify.Decided) {
	base := "/case/" + url.PathEscape(p.ID)
	p.Papers = append(p.Papers, paperLink{base + "/decision/" + url.PathEscape(string(unit)), c.t("clean.paper.decision", c.s.units.name(unit))})
	for _, o := range body.Orders {
		p.Papers = append(p.Papers, paperLink{base + "/notice/" + url.PathEscape(o.Tenure), c.t("clean.paper.notice", p.name(o.Tenure))})
	}
}

func (p *casePage) decision(c *call, st verifydesk.ShownStep, orders []verify.CaseOrder, ground string) (*caseDecision, error) {
	name, err := c.operatorName(st.Operator)
	d := &caseDecision{By: name, At: instant(st.At), Ground: ground}
	for _, o := range orders {
		d.Orders = append(d.Orders, c.orderWords(p, o))
	}
	return d, err
}

// orderWords says what a decision orders of one registration.
func (c *call) orderWords(p *casePage, o verify.CaseOrder) string {
	person, unit, _ := p.person(o.Tenure)
	r := &person.At.Record
	return c.t("clean.order."+o.Do, c.s.units.name(unit), r.Name, r.Number, r.HouseholdNo)
}

// steps says what was done, when and by whom, on every side that may be seen.
func (p *casePage) steps(c *call, shown verifydesk.Shown) error {
	type stepAt struct {
		caseStep
		at int64
	}
	var all []stepAt
	for _, side := range shown.Sides {
		for _, st := range side.Steps {
			name, err := c.operatorName(st.Operator)
			if err != nil {
				return err
			}
			all = append(all, stepAt{caseStep{At: instant(st.At), Who: name, Unit: c.s.units.name(st.Unit), Text: st.Words.In(c.lang), Words: c.caseStepWords(p, st)}, st.At})
		}
	}
	slices.SortStableFunc(all, func(a, b stepAt) int { return int(min(max(a.at-b.at, -1), 1)) })
	for _, one := range all {
		if n := len(p.Steps); n > 0 && p.Steps[n-1] == one.caseStep {
			continue // told to each side
		}
		p.Steps = append(p.Steps, one.caseStep)
	}
	return nil
}

// caseStepWords is what a step says besides its kind.
func (c *call) caseStepWords(p *casePage, st verifydesk.ShownStep) string {
	body := stepBody[struct {
		Tenure string       `json:"tenure"`
		Words  string       `json:"words"`
		Ground string       `json:"ground"`
		Clue   string       `json:"clue"`
		Number string       `json:"number"`
		To     string       `json:"to"`
		How    string       `json:"how"`
		On     citizen.Date `json:"on"`
	}](st)
	var parts []string
	for _, text := range []string{p.name(body.Tenure), body.Clue, body.Words, body.Ground, body.Number} {
		if text != "" {
			parts = append(parts, text)
		}
	}
	if body.To != "" {
		parts = append(parts, fmt.Sprintf("%s %s %s", codeWords("verify.serve_notice.how", body.How).In(c.lang), body.To, shownDate(body.On)))
	}
	return strings.Join(parts, c.t("list.comma"))
}
