package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddesk"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/site/sitedesk"
	"github.com/huzheng/huzheng/internal/store"
)

// bulkAct is one action done to many alike: rows are picked, tried without being done, and done, each by itself through the one write path. What a person has to decide one
// by one (review, signing, check, cases) is none.
type bulkAct struct {
	name   string   // of its page, /bulk/NAME, and of its texts
	action string   // done to each
	key    string   // the field of the action's input that names the row
	fields []string // the fields that all rows share
	from   string   // the page that leads here
	rows   func(c *call) (table, error)
}

// bulkActs lists them in the order of their page.
var bulkActs = []bulkAct{
	{name: "notify", action: "card.notify", key: "application", fields: []string{"way"}, from: "/hand-over", rows: bulkArrived},
	{name: "remind", action: "card.remind", key: "application", fields: []string{"way"}, from: "/hand-over", rows: bulkUnclaimed},
	{name: "call-in", action: "card.call_in", key: "tenure", fields: []string{"turn_on", "way"}, from: "/appointments", rows: bulkDuty},
	{name: "renew", action: "card.call_in", key: "tenure", fields: []string{"turn_on", "way"}, from: "/appointments", rows: bulkExpiring},
	{name: "release", action: "card.release", key: "application", fields: []string{"words"}, from: "/held", rows: bulkHeld},
	{name: "explain", action: "card.explain_late", key: "application", fields: []string{"reason", "words"}, from: "/late", rows: bulkLate},
	{name: "activate", action: "site.activate", key: "login", fields: []string{"ground"}, from: "/training", rows: bulkTrained},
}

// maxBulk is how many rows are done at once: some seconds of the node's time.
const maxBulk = 200

var bulkRoad = road{
	routes: func(s *Server) {
		s.get("/bulk", s.bulkList)
		s.get("/bulk/receipt/{token}", s.bulkReceipt)
		for i := range bulkActs {
			b := &bulkActs[i]
			s.get("/bulk/"+b.name, b.show)
			s.post("/bulk/"+b.name, b.take)
		}
	},
	menu: []entry{{Label: "bulk.title", Href: "/bulk", When: func(c *call) bool { return len(c.bulkLinks()) > 0 }}},
}

// bulkLinks are the bulk acts that the operator may do.
func (c *call) bulkLinks() (all []link) {
	for i := range bulkActs {
		if b := &bulkActs[i]; c.may(b.action) {
			all = append(all, link{Href: "/bulk/" + b.name, Label: c.t("bulk." + b.name), Key: c.t("bulk." + b.name + ".help")})
		}
	}
	return all
}

// bulkFrom are those of them that a page leads to.
func (c *call) bulkFrom(page string) (all []link) {
	for i := range bulkActs {
		if b := &bulkActs[i]; b.from == page && c.may(b.action) {
			all = append(all, link{Href: "/bulk/" + b.name, Label: c.t("bulk." + b.name)})
		}
	}
	return all
}

func (s *Server) bulkList(c *call) error {
	return c.page(http.StatusOK, "bulk-list", map[string]any{"Acts": c.bulkLinks()})
}

// bulkPage picks rows, and shows what was tried.
type bulkPage struct {
	Name, Title, Help, Back string
	Form                    *form
	Fields                  []field
	List                    table
	Tried                   bool
	Good, Bad               int // how many would be done, and refused
	PickAll                 string
}

func (b *bulkAct) show(c *call) error {
	if !c.may(b.action) {
		return notYours(b.action, c)
	}
	f, err := c.newForm("")
	if err != nil {
		return err
	}
	if _, _, done, err := c.findBulk(f.Once); err != nil {
		return err
	} else if done { // its draft came late: its token would open the old receipt for whatever is picked next
		if err := c.dropDraft(); err != nil {
			return err
		}
		f = &form{Once: random(), Values: url.Values{}, secret: c.s.secret}
	}
	return b.page(c, f, nil)
}

// page shows the rows; tried are the refusals of those that were tried, nil for a good one.
func (b *bulkAct) page(c *call, f *form, tried map[string]*event.Refusal) error {
	p := &bulkPage{Name: b.name, Title: c.t("bulk." + b.name), Help: c.t("bulk." + b.name + ".help"), Back: "/bulk", Form: f, Tried: tried != nil, PickAll: c.addressWith("all", "1")}
	for _, name := range b.fields {
		one, err := c.control(f, b.action, name)
		if err != nil {
			return err
		}
		p.Fields = append(p.Fields, one)
	}
	list, err := b.rows(c)
	if err != nil {
		return err
	}
	p.List = list
	p.List.Caption, p.List.Pick = c.t("bulk.rows", shownDate(c.businessDay())), "bulk"
	p.List.Total = len(p.List.Rows)
	if p.Tried {
		b.verdicts(c, p, tried)
	} else {
		all := c.r.URL.Query().Has("all")
		for i := range p.List.Rows {
			p.List.Rows[i].Picked = all || slices.Contains(f.Values["pick"], p.List.Rows[i].Key)
		}
	}
	return c.page(f.status(), "bulk", p)
}

// verdicts leaves the rows that were tried, each with what would become of it: those that would be refused cannot be picked any more.
func (b *bulkAct) verdicts(c *call, p *bulkPage, tried map[string]*event.Refusal) {
	p.List.Columns = append(p.List.Columns, column{Key: "verdict", Label: c.t("bulk.verdict")}, column{Key: "why", Label: c.t("bulk.why")})
	var rows []row
	for _, r := range p.List.Rows {
		refusal, was := tried[r.Key]
		if !was {
			continue
		}
		if refusal == nil {
			p.Good++
			r.Picked = true
			r.Cells = append(r.Cells, cell{Text: c.t("bulk.would"), Tag: "done"}, cell{})
		} else {
			p.Bad++
			r.Key, r.Tone = "", "stop"
			r.Cells = append(r.Cells, cell{Text: c.t("bulk.would_not"), Tag: "stop"}, cell{Text: c.whyNot(refusal)})
		}
		rows = append(rows, r)
	}
	p.List.Rows, p.List.Total = rows, len(rows)
}

// whyNot is a refusal in one line: what is wrong and what to do.
func (c *call) whyNot(r *event.Refusal) string {
	text := c.s.plain(r.Text.In(c.lang), c.lang)
	if mend := r.Mend.In(c.lang); mend != "" {
		text += c.t("bulk.and") + c.s.plain(mend, c.lang)
	}
	return text
}

// take tries what was picked, or does it.
func (b *bulkAct) take(c *call) error {
	if !c.may(b.action) {
		return notYours(b.action, c)
	}
	f, err := c.readForm()
	if err != nil {
		return err
	}
	if f.Value(stepField) == "back" {
		return b.page(c, f, nil)
	}
	shared := b.shared(c, f)
	picked := slices.Compact(slices.Sorted(slices.Values(f.Values["pick"])))
	switch {
	case len(picked) == 0:
		f.wrong("", c.t("bulk.none"), c.t("bulk.none.mend"))
	case len(picked) > maxBulk:
		f.wrong("", c.t("bulk.many", maxBulk), c.t("bulk.many.mend"))
	}
	if len(f.Errors) > 0 {
		return b.page(c, f, nil)
	}
	if f.Value(stepField) == "do" {
		return b.do(c, f, shared, picked)
	}
	tried := make(map[string]*event.Refusal, len(picked))
	for _, key := range picked {
		if _, tried[key], err = b.one(c, shared, key, office.Guard{Dry: true}); err != nil {
			return err
		}
	}
	return b.page(c, f, tried)
}

// shared reads the fields that all rows share.
func (b *bulkAct) shared(c *call, f *form) fields {
	var typed fields
	if json.Unmarshal(c.bindTo(&form{Values: b.values(f)}, b.action), &typed) != nil || typed == nil {
		typed = fields{}
	}
	for _, name := range b.fields {
		one, err := c.control(f, b.action, name)
		if err == nil && one.Required && typed[name] == nil {
			f.wrong(name, c.t("register.empty", one.Label), c.t("register.empty.mend"))
		}
	}
	return typed
}

func (b *bulkAct) values(f *form) url.Values {
	values := url.Values{}
	for _, name := range b.fields {
		values[name] = f.Values[name]
	}
	return values
}

// one does the action to one row.
func (b *bulkAct) one(c *call, shared fields, key string, guard office.Guard) (*office.Done, *event.Refusal, error) {
	in := fields{b.key: key}
	for name, value := range shared {
		in[name] = value
	}
	done, err := c.do(b.action, in, guard)
	if refusal, ok := event.AsRefusal(err); ok {
		return nil, refusal, nil
	}
	return done, nil, err
}

// bulkRow is what became of a row. Code is the refusal's, and empty where it was done. Where the person was erased, nothing else is kept (Forget).
type bulkRow struct {
	Key  string        `json:"key"`
	Says []string      `json:"says"` // its first cells, as they were shown
	Code string        `json:"code,omitempty"`
	Why  *citizen.Text `json:"why,omitempty"`
	Mend *citizen.Text `json:"mend,omitempty"`
}

// saidCells is how many cells of a row its receipt repeats.
const saidCells = 4

// do does the action to each row, keeps the receipt and opens it. Each row has a token of its own made from the form's: pressed twice, it is done once.
func (b *bulkAct) do(c *call, f *form, shared fields, picked []string) error {
	if _, _, ok, err := c.findBulk(f.Once); err != nil || ok {
		if err != nil {
			return err
		}
		return c.redirect("/bulk/receipt/" + url.PathEscape(f.Once))
	}
	list, err := b.rows(c)
	if err != nil {
		return err
	}
	says := make(map[string][]string)
	for _, r := range list.Rows {
		for _, one := range r.Cells[:min(len(r.Cells), saidCells)] {
			says[r.Key] = append(says[r.Key], one.Text)
		}
	}
	var rows []bulkRow
	for _, key := range picked {
		_, refusal, err := b.one(c, shared, key, office.Guard{Once: f.Once + "." + key})
		if err != nil {
			return err // what was done stays done: the form sent again goes on behind it
		}
		one := bulkRow{Key: key, Says: says[key]}
		if refusal != nil {
			one.Code, one.Why, one.Mend = refusal.Code, &refusal.Text, &refusal.Mend
		}
		rows = append(rows, one)
	}
	c.react()
	if err := c.keepBulk(f.Once, b.name, rows); err != nil {
		return err
	}
	if err := c.dropDraft(); err != nil {
		c.s.Log.Error("draft", "error", err) // the acts are committed
	}
	return c.redirect("/bulk/receipt/" + url.PathEscape(f.Once))
}

func (c *call) keepBulk(token, name string, rows []bulkRow) error {
	text, err := json.Marshal(rows)
	if err != nil {
		return err
	}
	now := c.s.Office.Clock()
	return c.s.Office.DB.Write(c.ctx(), func(tx *store.Tx) error {
		if _, err := tx.Exec(c.ctx(), "delete from web_bulk where at < $1", now.Add(-draftKept).UnixMilli()); err != nil {
			return err
		}
		_, err := tx.Exec(c.ctx(), "insert into web_bulk(token, operator, name, rows, at) values($1, $2, $3, $4, $5) on conflict do nothing", token, c.by.ID, name, string(text), now.UnixMilli())
		return err
	})
}

func (c *call) findBulk(token string) (name string, rows []bulkRow, ok bool, err error) {
	var text string
	err = c.s.Office.DB.Read(c.ctx(), func(tx *store.Tx) (err error) {
		ok, err = tx.Find(c.ctx(), "select name, rows from web_bulk where token = $1 and operator = $2", []any{token, c.by.ID}, &name, &text)
		return err
	})
	if err != nil || !ok {
		return "", nil, false, err
	}
	return name, rows, true, json.Unmarshal([]byte(text), &rows)
}

// bulkReceiptPage is what was done, and what was refused with its reason: each a list to be taken along.
type bulkReceiptPage struct {
	Title, Text, Again string
	Refused, Done      table
}

func (s *Server) bulkReceipt(c *call) error {
	name, rows, ok, err := c.findBulk(c.r.PathValue("token"))
	if err != nil {
		return err
	}
	if !ok {
		return c.notFound()
	}
	p := &bulkReceiptPage{Title: c.t("bulk." + name), Again: "/bulk/" + name}
	for i := range bulkActs {
		if bulkActs[i].name == name {
			p.heads(c, &bulkActs[i])
		}
	}
	for _, one := range rows {
		r := row{}
		if one.Key == "" {
			one.Says = []string{c.t("bulk.erased")}
		}
		for _, text := range one.Says {
			r.Cells = append(r.Cells, cell{Text: text})
		}
		for len(r.Cells) < len(p.Done.Columns) {
			r.Cells = append(r.Cells, cell{})
		}
		if one.Code == "" {
			p.Done.Rows = append(p.Done.Rows, r)
			continue
		}
		r.Tone = "stop"
		if one.Why != nil {
			r.Cells = append(r.Cells, cell{Text: c.whyNot(&event.Refusal{Text: *one.Why, Mend: *one.Mend})})
		}
		p.Refused.Rows = append(p.Refused.Rows, r)
	}
	p.Done.Total, p.Refused.Total = len(p.Done.Rows), len(p.Refused.Rows)
	p.Text = c.t("bulk.done", p.Done.Total, p.Refused.Total)
	return c.page(http.StatusOK, "bulk-receipt", p)
}

// heads makes the lists with the heads that the rows had.
func (p *bulkReceiptPage) heads(c *call, b *bulkAct) {
	columns := b.columns(c)
	columns = columns[:min(len(columns), saidCells)]
	p.Done = table{Caption: c.t("bulk.list.done"), Columns: columns, Export: "1"}
	p.Refused = table{Caption: c.t("bulk.list.refused"), Columns: append(slices.Clone(columns), column{Key: "why", Label: c.t("bulk.why")}), Export: "1"}
}

// bulkColumns are the heads of each act's rows.
var bulkColumns = map[string][]string{
	"notify": {"name", "number", "acceptance_no", "since"}, "remind": {"name", "card", "told", "reminders", "remind_from"}, "release": {"name", "stage", "hold_until"},
	"call-in": {"name", "number", "birth", "address", "valid_to"}, "renew": {"name", "number", "birth", "address", "valid_to"},
	"explain": {"name", "acceptance_no", "stage", "due"}, "activate": {"name", "login", "unit", "posts"},
}

func (b *bulkAct) columns(c *call) []column {
	all := make([]column, len(bulkColumns[b.name]))
	for i, name := range bulkColumns[b.name] {
		all[i] = column{Key: name, Label: c.t("bulk.col." + name)}
	}
	return all
}

// bulkTable begins the rows of an act.
func (c *call) bulkTable(name string) table { return table{Columns: (&bulkAct{name: name}).columns(c)} }

func bulkArrived(c *call) (table, error) {
	t := c.bulkTable("notify")
	all, err := c.listed(card.StageArrived)
	for i := range all {
		a := &all[i]
		t.Rows = append(t.Rows, row{Key: a.Application, Href: "/hand-over/" + url.PathEscape(a.Application), Cells: []cell{{Text: a.Name}, {Text: a.Number}, {Text: a.AcceptanceNo}, {Text: instant(a.Since)}}})
	}
	return t, err
}

func bulkUnclaimed(c *call) (table, error) {
	t := c.bulkTable("remind")
	all, err := ask[[]carddesk.UncollectedCard](c, "card.unclaimed", fields{"purpose": windowPurpose(), "limit": longList})
	for i := range all {
		if a := &all[i]; a.Stage == card.StageNotified && a.Unit == c.by.Unit {
			t.Rows = append(t.Rows, row{Key: a.Application, Href: "/hand-over/" + url.PathEscape(a.Application),
				Cells: []cell{{Text: a.Name}, {Text: a.CardNo}, {Text: instant(a.Since)}, numberCell(int64(a.Reminders)), {Text: shownDate(a.RemindFrom)}}})
		}
	}
	return t, err
}

func bulkHeld(c *call) (table, error) {
	t := c.bulkTable("release")
	all, err := ask[[]carddesk.HeldListed](c, "card.held", fields{"purpose": windowPurpose(), "limit": longList})
	for i := range all {
		if a := &all[i]; a.Unit == c.by.Unit {
			t.Rows = append(t.Rows, row{Key: a.Application, Href: applicationPath(a.Application, ""), Cells: []cell{{Text: a.Name}, {Text: a.Stage.Text().In(c.lang)}, {Text: a.HoldUntil}}})
		}
	}
	return t, err
}

// bulkSpan is how far ahead people are called whose turn comes, or whose card ends.
const bulkSpan = 90

// bulkDuty lists who must apply and has not: those who turn sixteen soon, and everybody else without a second-generation card.
func bulkDuty(c *call) (table, error) {
	return c.bulkPeople("call-in", "card.duty_list", fields{"from": c.businessDay(), "to": c.businessDay().AddDays(bulkSpan), "open": true})
}

func bulkExpiring(c *call) (table, error) {
	return c.bulkPeople("renew", "card.expiring", fields{"from": c.businessDay().AddDays(-bulkSpan), "to": c.businessDay().AddDays(bulkSpan)})
}

func (c *call) bulkPeople(name, action string, in fields) (table, error) {
	t := c.bulkTable(name)
	in["purpose"], in["limit"] = windowPurpose(), longList
	all, err := ask[[]carddesk.DutyListed](c, action, in)
	for i := range all {
		a := &all[i]
		if a.Applied {
			continue
		}
		end := a.CardTo
		if end == "" {
			end = a.FirstTo
		}
		t.Rows = append(t.Rows, row{Key: a.Tenure, Href: c.residentHref(a.Tenure), Cells: []cell{{Text: a.Name}, {Text: a.Number}, {Text: shownDate(a.Birth)}, {Text: a.Address}, {Text: c.validTo(end)}}})
	}
	return t, err
}

// bulkLate lists what is late on the desks of the operator's unit and has no reason yet.
func bulkLate(c *call) (table, error) {
	t := c.bulkTable("explain")
	list, err := ask[carddesk.Late](c, "card.late", fields{"purpose": officePurpose("late"), "unit": c.by.Unit, "limit": queueLimit})
	for i := range list.Rows {
		if l := &list.Rows[i]; l.Desk.Unit == c.by.Unit && l.Reason == nil {
			t.Rows = append(t.Rows, row{Key: l.Application, Href: "/late?show=" + url.QueryEscape(l.Application),
				Cells: []cell{{Text: l.Name}, {Text: l.AcceptanceNo}, {Text: codeWords("card.Stage", string(l.Stage)).In(c.lang)}, {Text: shownDate(l.Due)}}})
		}
	}
	return t, err
}

// bulkTrained lists who holds a certificate for a post and has not been activated for it.
func bulkTrained(c *call) (table, error) {
	t := c.bulkTable("activate")
	list, err := ask[sitedesk.TrainingList](c, "site.training", fields{})
	for i := range list.People {
		one := &list.People[i]
		text := ""
		for _, right := range one.Rights {
			if right.Certified && !right.May() {
				if text != "" {
					text += c.t("list.comma")
				}
				text += c.codeWord("site.Post", string(right.Post))
			}
		}
		if text != "" {
			t.Rows = append(t.Rows, row{Key: one.Login, Href: "/training/activate?login=" + url.QueryEscape(one.Login), Cells: []cell{{Text: one.Name}, {Text: one.Login}, {Text: c.s.units.name(one.Unit)}, {Text: text}}})
		}
	}
	return t, err
}
