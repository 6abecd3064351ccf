package web

import (
	"net/url"
	"slices"
	"strings"

	"github.com/huzheng/huzheng/internal/card/carddesk"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/fund"
	"github.com/huzheng/huzheng/internal/fund/funddb"
	"github.com/huzheng/huzheng/internal/fund/funddesk"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdesk"
)

// The rarer acts, as roads with the same three steps as the changes of the register: what is typed, the answers checked, the receipt.

// lawTemporary is what temporary cards rest on from 2005-10-01 (registerAct.lawOn).
const lawTemporary = "临时居民身份证管理办法（公安部令第78号）"

// rareActs are the register's own.
var rareActs = []registerAct{
	{name: "move-out-together", action: "register.move_out_together", law: "户口登记条例（1958）第10条", begin: membersOf("household_no", true), input: moversInput, papers: &actPaper{"paper", register.PaperMoveGround},
		next: []string{"papers_each", "head"}, groups: []actGroup{
			{"home", []actField{{path: "household_no"}}},
			{"where", []actField{{path: "to_unit"}, {path: "destination"}, {path: "reason", codes: codesOf(citizen.ChangeReasons, "move-out")}, {path: "on"}}},
			{"document", []actField{{path: "paper.number"}, {path: "paper.issued_on"}, {path: "paper.issuer"}}}}},
	{name: "move-in-together", action: "register.move_in_together", law: "户口登记条例（1958）第13条", begin: beginArrivals, input: arrivalsInput, next: []string{"taken", "booklet"}, groups: []actGroup{
		{"home", []actField{{path: "household_no"}, {path: "address", must: true}, {path: "on"}}}}},
	{name: "request-move-in", action: "register.request_move_in", law: "户口登记条例（1958）第13条", next: []string{"asked"}, groups: []actGroup{
		{"person", []actField{{path: "from_unit"}, {path: "number"}, {path: "name"}}},
		{"home", []actField{{path: "household_no"}, {path: "address"}, {path: "relation"}, {path: "on"}}}}},
	{name: "late-entry", action: "register.late_entry", law: "户口登记条例（1958）第7条；公通字〔1998〕65号", next: []string{"decided", "told"}, groups: []actGroup{
		{"person", []actField{{path: "name"}, {path: "sex"}, {path: "birth_date"}, {path: "ethnic_group"}, {path: "birthplace"}, {path: "native_place"}, {path: "father_number"}, {path: "mother_number"}}},
		{"home", []actField{{path: "household_no"}, {path: "address"}, {path: "relation"}}},
		{"application", []actField{{path: "applicant"}, {path: "on"}}},
		{"document", paperAt("0")}, {"document_more", paperAt("1")}}},
	{name: "change-class", action: "register.change_class", law: "户口登记条例（1958）第17条", begin: aboutTenure, person: true, next: []string{"decided", "told"}, groups: []actGroup{
		{"change", []actField{{path: "class", codes: codesOf(citizen.HukouClasses, "")}, {path: "ground"}}},
		{"application", []actField{{path: "applicant"}, {path: "on"}}},
		{"document", paperAt("0")}, {"document_more", paperAt("1")}}},
	{name: "cancel", action: "register.cancel", law: "户口登记条例（1958）第8、10条", begin: aboutTenure, person: true, next: []string{"decided", "notice", "told"}, groups: []actGroup{
		{"change", []actField{{path: "reason", codes: codesOf(citizen.ChangeReasons, "move-out")}, {path: "ground"}}},
		{"application", []actField{{path: "applicant"}, {path: "on"}}},
		{"document", paperAt("0")}, {"document_more", paperAt("1")}}},
	{name: "remove", action: "register.remove", law: "户口登记条例（1958）第17条", begin: aboutTenure, person: true, next: []string{"decided", "notice", "told"}, groups: []actGroup{
		{"change", []actField{{path: "ground"}}},
		{"application", []actField{{path: "applicant"}, {path: "on"}}},
		{"document", paperAt("0")}, {"document_more", paperAt("1")}}},
	{name: "restore", action: "register.restore", law: "户口登记条例（1958）第17条", begin: aboutTenure, person: true, ended: true, next: []string{"decided", "told"}, groups: []actGroup{
		{"change", []actField{{path: "ground"}}},
		{"application", []actField{{path: "applicant"}, {path: "on"}}},
		{"document", paperAt("0")}, {"document_more", paperAt("1")}}},
}

// roadActs are those of the window and the till.
var roadActs = []registerAct{
	{name: "hold", action: "card.hold", home: "/waiting/held", begin: aboutApplication, next: []string{"hold.told", "hold.temporary"}, groups: []actGroup{
		{"application", []actField{{path: "application", must: true}}},
		{"hold", []actField{{path: "reason"}, {path: "characters"}, {path: "promised_on"}, {path: "words"}}}}},
	{name: "release", action: "card.release", home: "/waiting/held", begin: aboutApplication, next: []string{"release.on"}, groups: []actGroup{
		{"application", []actField{{path: "application", must: true}}},
		{"settled", []actField{{path: "words"}}}}},
	{name: "make-temporary", action: "card.make_temporary", law: lawTemporary, home: "/temporary", begin: aboutTemporary, next: []string{"temporary.send"}, groups: []actGroup{
		{"sheet", []actField{{path: "temporary"}, {path: "sheet"}, {path: "undecided"}}}}},
	{name: "hand-out-temporary", action: "card.hand_out_temporary", law: lawTemporary, home: "/temporary", begin: aboutTemporary, next: []string{"temporary.back"}, groups: []actGroup{
		{"receiver", []actField{{path: "temporary"}, {path: "signature"}}}}},
	{name: "end-temporary", action: "card.end_temporary", law: lawTemporary, home: "/temporary", begin: aboutTemporary, next: []string{"temporary.destroy"}, groups: []actGroup{
		{"temporary", []actField{{path: "temporary"}, {path: "end"}}}}},
	{name: "open-session", action: "card.open_session", home: "/appointments", next: []string{"session.book"}, groups: []actGroup{
		{"session", []actField{{path: "day"}, {path: "place"}, {path: "name"}}},
		{"slots", slotsAt("0", "1", "2", "3", "4", "5")}}},
	{name: "book", action: "card.book", home: "/appointments", begin: beginBook, input: bookInput, next: []string{"book.told"}, groups: []actGroup{
		{"person", []actField{{path: "tenure", who: "applicant", must: true}}},
		{"session", []actField{{path: "day", must: true}, {path: slotField, must: true}}}}},
	{name: "end-appointment", action: "card.end_appointment", home: "/appointments", begin: aboutAppointment, groups: []actGroup{
		{"session", []actField{{path: "appointment"}, {path: "state"}}}}},
	{name: "void-receipt", action: "fund.void_receipt", home: "/till", begin: aboutReceipt, next: []string{"void.keep"}, groups: []actGroup{
		{"receipt", []actField{{path: "words"}, {path: "second"}}}}},
	{name: "refund", action: "fund.refund", home: "/till", begin: aboutApplication, next: []string{"refund.sign"}, groups: []actGroup{
		{"application", []actField{{path: "application", must: true}}},
		{"refund", []actField{{path: "amount_fen"}, {path: "ground"}, {path: "words"}, {path: "second"}}}}},
	{name: "lose-receipts", action: "fund.lose_receipts", home: "/till", begin: aboutBooks, next: []string{"lost.county"}, groups: []actGroup{
		{"receipt", []actField{{path: "book"}, {path: "to"}, {path: "words"}, {path: "second"}}}}},
	{name: "return-receipts", action: "fund.return_receipts", home: "/till", begin: aboutBooks, next: []string{"returned.county"}, groups: []actGroup{
		{"receipt", []actField{{path: "book"}, {path: "to"}, {path: "words"}, {path: "second"}}}}},
}

// roadPaths are the roads by their action: where another page offers the action, and in the list of everything, it leads here.
var roadPaths = func() map[string]string {
	all := make(map[string]string)
	for _, acts := range [][]registerAct{registerActs, rareActs, roadActs} {
		for i := range acts {
			all[acts[i].action] = acts[i].path()
		}
	}
	return all
}()

var rareRoad = road{routes: func(s *Server) {
	for _, acts := range [][]registerAct{rareActs, roadActs} {
		for i := range acts {
			a := &acts[i]
			s.get(a.path(), s.showAct(a))
			s.post(a.path(), s.doAct(a))
		}
	}
	s.get("/road/receipt/{token}", s.registerReceipt)
}}

// roadOf finds a road by its action.
func roadOf(action string) *registerAct {
	for _, acts := range [][]registerAct{rareActs, roadActs} {
		if i := slices.IndexFunc(acts, func(a registerAct) bool { return a.action == action }); i >= 0 {
			return &acts[i]
		}
	}
	return nil
}

// paperAt are the fields of a paper that an application rests on; two are asked for, what is missing is told once.
func paperAt(n string) (all []actField) {
	for _, part := range []string{"kind", "number", "issued_on", "issuer"} {
		all = append(all, actField{path: "papers." + n + "." + part, spare: true})
	}
	return all
}

// slotsAt are the fields of some of a session's times.
func slotsAt(numbers ...string) (all []actField) {
	for _, i := range numbers {
		all = append(all, actField{path: "slots." + i + ".slot", spare: true}, actField{path: "slots." + i + ".capacity", spare: true})
	}
	return all
}

// moversInput takes the members that were picked.
func moversInput(c *call, p *actPage) (string, any) {
	var picked []string
	for i := range p.Members {
		if tenure := p.Form.Value(p.Members[i].Field); tenure != "" {
			picked = append(picked, tenure)
		}
	}
	if len(p.Members) > 0 && len(picked) == 0 {
		p.Form.wrong("", c.t("road.nobody"), c.t("road.nobody.mend"))
	}
	values := url.Values{}
	for name, typed := range p.Form.Values {
		if !strings.HasPrefix(name, "members.") {
			values[name] = typed
		}
	}
	values["tenures"] = picked
	typed := &form{Values: values}
	in := c.bindTo(typed, p.act.action)
	p.Form.Errors = append(p.Form.Errors, typed.Errors...)
	return p.act.action, in
}

// beginArrivals lists who is on the way here, to be picked with the relation that each will have.
func beginArrivals(c *call, p *actPage) error {
	moves, err := ask[registerdesk.MovesOutput](c, "register.moves", fields{"purpose": windowPurpose()})
	if err != nil {
		return err
	}
	for i, m := range slices.DeleteFunc(moves.Moves, func(m registerdesk.InTransit) bool { return m.ToUnit != c.by.Unit }) {
		line := p.member(c, i, registerdesk.Found{Tenure: m.ToTenure, Record: register.Record{Name: m.Name, Number: m.Number}}, true)
		line.Now = c.s.units.name(m.FromUnit) + " " + shownDate(m.On)
		p.Members = append(p.Members, line)
	}
	p.Pick = true
	if len(p.Members) == 0 {
		p.Notes = append(p.Notes, notice{Tone: "info", Title: c.t("road.no_arrivals"), Text: c.t("road.no_arrivals.text"), Href: "/register/move-in", Link: c.t("register.do.move-in")})
	}
	return nil
}

// arrivalsInput takes those who were picked; their address is the household's where none was typed.
func arrivalsInput(c *call, p *actPage) (string, any) {
	in := fields{"household_no": strings.TrimSpace(p.Form.Value("household_no")), "address": strings.TrimSpace(p.Form.Value("address"))}
	if in["address"] == "" && in["household_no"] != "" {
		if house, err := c.household(c.by.Unit, strings.TrimSpace(p.Form.Value("household_no"))); err == nil {
			in["address"] = house.Address
			p.Form.Values.Set("address", house.Address)
		}
	}
	if day, ok := parseDate(strings.TrimSpace(p.Form.Value("on"))); ok {
		in["on"] = day
	} else if p.Form.Value("on") != "" {
		p.Form.wrong("on", c.t("form.date"), c.t("form.date.mend"))
	}
	var members []fields
	for _, m := range p.Members {
		if p.Form.Value(m.Field) == "" {
			p.Form.Values.Del(m.Relation.Name)
			continue
		}
		if m.Relation.Value == "" {
			p.Form.wrong(m.Relation.Name, c.t("register.empty", m.Relation.Label), c.t("register.empty.mend"))
		}
		members = append(members, fields{"to_tenure": m.Tenure, "relation": m.Relation.Value})
	}
	if len(members) == 0 {
		p.Form.wrong("", c.t("road.nobody"), c.t("road.nobody.mend"))
	}
	in["members"] = members
	return p.act.action, in
}

// about tells what an act is about: the field that names it goes along unseen, and the form counts what is written about it.
func (p *actPage) about(c *call, name, id string, facts []fact) error {
	p.Form.Values.Set(name, id)
	p.About, p.Carried = facts, []hidden{{name, id}}
	if p.Form.Subject == "" {
		p.Form.Subject = id
		return c.look(p.Form)
	}
	return nil
}

// aboutApplication reads the application that an act is about, by identifier or acceptance number; without one the page asks for it.
func aboutApplication(c *call, p *actPage) error {
	typed := strings.TrimSpace(p.Form.Value("application"))
	if typed == "" {
		return nil
	}
	a, err := c.applicationOf(typed)
	if err != nil {
		return p.unknown(c, "application", err)
	}
	p.Back = applicationPath(a.ID, "")
	facts := []fact{{Label: c.t("window.item.name"), Text: a.Face.Name, Href: p.Back}, {Label: c.t("window.col.acceptance_no"), Text: a.AcceptanceNo}, {Label: c.t("window.col.stage"), Text: a.Stage.Text().In(c.lang)}}
	if a.Fee != nil && a.Fee.Settled {
		facts = append(facts, fact{Label: c.t("road.paid"), Text: c.feeWords(a.Fee)})
	}
	if a.Hold != nil {
		facts = append(facts, fact{Label: c.t("window.col.hold_until"), Text: shownDate(a.Hold.PromisedOn), Tone: "late"})
	}
	return p.about(c, "application", a.ID, facts)
}

// aboutTemporary reads the temporary card that an act is about.
func aboutTemporary(c *call, p *actPage) error {
	id := p.Form.Value("temporary")
	if id == "" {
		return nil
	}
	all, err := ask[[]carddesk.TempListed](c, "card.temporaries", fields{"purpose": windowPurpose(), "limit": longList})
	if err != nil {
		return err
	}
	at := slices.IndexFunc(all, func(t carddesk.TempListed) bool { return t.ID == id })
	if at < 0 {
		return nil // the desk says why not
	}
	t := &all[at]
	facts := []fact{{Label: c.t("window.col.name"), Text: t.Name, Href: applicationPath(t.Application, "")}, {Label: c.t("window.col.due_on"), Text: shownDate(t.DueOn)},
		{Label: c.t("window.col.sheet"), Text: t.Sheet}, {Label: c.t("window.col.valid_to"), Text: shownDate(t.ValidTo)}}
	return p.about(c, "temporary", t.ID, slices.DeleteFunc(facts, func(f fact) bool { return f.Text == "" }))
}

// slotField is a session and a time of it, as one choice.
const slotField = "session_slot"

// beginBook lists the times of the day that have room.
func beginBook(c *call, p *actPage) error {
	if p.Form.Value("day") == "" {
		p.Form.Values.Set("day", c.businessDay().Compact())
	}
	day, ok := parseDate(p.Form.Value("day"))
	if !ok {
		return nil
	}
	sessions, err := c.sessionsOn(citizen.MustDate(day))
	if err != nil {
		return err
	}
	p.Times = []option{{Label: c.t("form.choose")}}
	for i := range sessions {
		s := &sessions[i]
		for _, slot := range s.Free {
			value := s.Session.Session + " " + slot
			p.Times = append(p.Times, option{value, clock(slot) + " " + codeWords("card.Place", string(s.Place)).In(c.lang) + " " + s.Name, p.Form.Value(slotField) == value})
		}
	}
	p.Back = "/appointments?day=" + url.QueryEscape(day)
	return nil
}

func bookInput(c *call, p *actPage) (string, any) {
	session, slot, ok := strings.Cut(p.Form.Value(slotField), " ")
	if !ok {
		p.Form.wrong(slotField, c.t("road.no_time"), c.t("road.no_time.mend"))
	}
	if p.Form.Value("tenure") == "" && p.Form.Error(whoPrefix+"applicant") == "" {
		p.Form.wrong(whoPrefix+"applicant", c.t("register.empty", c.t("register.who.applicant")), c.t("register.empty.mend"))
	}
	return p.act.action, fields{"tenure": p.Form.Value("tenure"), "session": session, "slot": slot}
}

// aboutAppointment tells who has booked, where the link says on which day.
func aboutAppointment(c *call, p *actPage) error {
	id := p.Form.Value("appointment")
	day, ok := parseDate(c.r.URL.Query().Get("day"))
	if id == "" || !ok {
		return nil
	}
	p.Back = "/appointments?day=" + url.QueryEscape(day)
	sessions, err := c.sessionsOn(citizen.MustDate(day))
	for i := range sessions {
		for _, a := range sessions[i].Appointments {
			if a.Appointment == id {
				return p.about(c, "appointment", id, []fact{{Label: c.t("window.col.name"), Text: a.Name, Href: c.personHref(a.Tenure)}, {Label: c.t("window.col.slot"), Text: day + " " + clock(a.Slot)}})
			}
		}
	}
	return err
}

// aboutReceipt tells which receipt is voided: the next of the book in hand. It goes along, so that no other one is voided when a colleague uses the book meanwhile.
func aboutReceipt(c *call, p *actPage) error {
	till, err := ask[funddesk.Till](c, "fund.till", fields{})
	if err != nil {
		return p.unknown(c, "", err)
	}
	if till.Next == nil {
		p.Notes = append(p.Notes, notice{Tone: "stop", Title: c.t("window.till.no_book")})
		return nil
	}
	if p.Form.Value(stepField) != "do" {
		p.Form.Values.Set("receipt", till.Next.String())
	}
	p.Carried = []hidden{{"receipt", p.Form.Value("receipt")}}
	p.About = []fact{{Label: c.t("window.till.next"), Text: till.Next.String()}, {Label: c.t("road.left"), Text: numberCell(till.Left).Text}}
	return nil
}

// aboutBooks lists the station's books of receipts with what is unused of each.
func aboutBooks(c *call, p *actPage) error {
	if !c.may("fund.receipt_report") {
		return nil
	}
	books, err := ask[[]funddb.BookReport](c, "fund.receipt_report", fields{})
	if err != nil {
		return err
	}
	for i := range books {
		b := &books[i]
		if b.Station != c.by.Unit || b.Unused == 0 {
			continue
		}
		label := fund.Receipt{Prefix: b.Prefix, Number: b.First}.String() + " – " + fund.Receipt{Prefix: b.Prefix, Number: b.Last}.String()
		p.Books = append(p.Books, option{b.Book.Book, label, p.Form.Value("book") == b.Book.Book})
		p.About = append(p.About, fact{Label: c.t("road.book"), Text: c.t("road.book.unused", label, b.Unused), Tone: "wide"})
	}
	return nil
}

// roadReceipt says what happens next after one of these acts.
func (c *call) roadReceipt(p *registerReceipt, a *registerAct, done *office.Done) error {
	for _, key := range a.next {
		p.Next = append(p.Next, c.t("road.next."+key))
	}
	if a.home != "" {
		p.Again, p.AgainHref = c.t("road.again"), a.home
	}
	switch a.action {
	case "register.move_out_together":
		out, err := result[registerdesk.MoveOutTogetherOutput](done)
		for _, one := range out.Moved {
			p.Print = append(p.Print, registerLink{Href: "/register/print/move/" + url.PathEscape(one.Tenure), Label: c.t("register.print.move")})
		}
		return err
	case "card.hand_out_temporary":
		return c.temporaryNote(p, done)
	case "register.late_entry", "register.change_class", "register.cancel", "register.remove", "register.restore":
		out, err := result[registerdesk.SubmitOutput](done)
		p.Missing, p.Complaint = out.Missing, register.DefaultLimits().Complaint.In(c.lang)
		p.Again, p.AgainHref = c.t("register.do.pending"), "/register/pending/"+url.PathEscape(out.Submission)
		return err
	}
	return nil
}

// temporaryNote offers the note that goes with a temporary card.
func (c *call) temporaryNote(p *registerReceipt, done *office.Done) error {
	out, err := result[carddesk.TempReached](done)
	if err != nil {
		return err
	}
	all, err := ask[[]carddesk.TempListed](c, "card.temporaries", fields{"purpose": windowPurpose(), "limit": longList})
	for i := range all {
		if all[i].ID == out.Temporary {
			p.Print = append(p.Print, registerLink{Href: applicationPath(all[i].Application, "temporary/note?print=1"), Label: c.t("window.paper.temporary"), Main: true})
		}
	}
	return err
}
