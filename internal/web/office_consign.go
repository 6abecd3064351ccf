package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddb"
	"github.com/huzheng/huzheng/internal/card/carddesk"
	"github.com/huzheng/huzheng/internal/words"
)

func consignmentHref(id string) string { return "/consignment?" + url.Values{"id": {id}}.Encode() }

// consignTabs are the lists of cards on their way.
func (c *call) consignTabs() []tab {
	paths := []string{"/consignments"}
	if c.may("card.consign") {
		paths = append(paths, "/consignments/send")
	}
	if c.may("card.kept") {
		paths = append(paths, "/consignments/kept")
	}
	return c.officeTabs("tab.", paths...)
}

// consignments lists what comes and what went: first what is to be counted.
func (s *Server) consignments(c *call) error {
	all, err := ask[[]carddb.Sent](c, "card.consignments", fields{"limit": queueLimit})
	if err != nil {
		return err
	}
	state := func(x *carddb.Sent) (order int, tone, word string) {
		switch {
		case x.CountedAt == 0 && x.To == c.by.Unit:
			return 0, "late", "to_count"
		case x.CountedAt == 0:
			return 1, "info", "on_the_way"
		case x.Missing+x.Surplus+x.Wrong > 0:
			return 2, "stop", "differs"
		}
		return 3, "done", "agrees"
	}
	slices.SortStableFunc(all, func(a, b carddb.Sent) int {
		x, _, _ := state(&a)
		y, _, _ := state(&b)
		return x - y
	})
	t := table{Caption: c.t("consignments.list"), Total: len(all), Columns: []column{{Key: "sent_at", Label: c.t("consignments.sent")}, {Key: "from", Label: c.t("consignments.from")},
		{Key: "to", Label: c.t("consignments.to")}, {Key: "listed", Label: c.t("consignments.listed"), Num: true}, {Key: "state", Label: c.cardLabel("state")}, {Key: "found", Label: c.verdict("found"), Num: true},
		{Key: "odd", Label: c.t("consignments.odd")}, {Key: "counted_at", Label: c.t("consignments.counted")}}}
	for i := range all {
		x := &all[i]
		_, tone, word := state(x)
		from := c.s.units.name(x.From)
		if x.From == x.To {
			from = c.t("consignments.maker")
		}
		r := row{Href: consignmentHref(x.Consignment), Cells: []cell{{Text: instant(x.SentAt)}, {Text: from}, {Text: c.s.units.name(x.To)}, numberCell(x.Listed), {Text: c.t("consignments." + word), Tag: tone}}}
		if x.CountedAt == 0 {
			r.Cells = append(r.Cells, cell{Num: true}, cell{}, cell{})
		} else {
			r.Cells = append(r.Cells, numberCell(x.Found), cell{Text: c.oddCount(x)}, cell{Text: instant(x.CountedAt)})
		}
		t.Rows = append(t.Rows, r)
	}
	return c.officeList(&officeList{Title: c.t("consignments.title"), Hint: c.t("consignments.hint"), Tabs: c.consignTabs(), Tables: []table{t}}, "office-list")
}

// verdict says what a count found of a card.
func (c *call) verdict(code string) string { return codeWords("card.Verdict", code).In(c.lang) }

// oddCount says what a count found otherwise than listed.
func (c *call) oddCount(x *carddb.Sent) string {
	var parts []string
	for _, v := range oddOf(x) {
		parts = append(parts, c.verdict(v.name)+" "+strconv.FormatInt(v.n, 10))
	}
	return strings.Join(parts, c.t("list.comma"))
}

// odd is how many cards a count found otherwise than listed, in one way.
type odd struct {
	name string
	n    int64
}

// oddOf are a count's differences, those that are none left out.
func oddOf(x *carddb.Sent) []odd {
	all := []odd{{"missing", x.Missing}, {"surplus", x.Surplus}, {"wrong", x.Wrong}}
	return slices.DeleteFunc(all, func(v odd) bool { return v.n == 0 })
}

// consignmentPage is one consignment card by card.
type consignmentPage struct {
	carddesk.ConsignmentShown
	Facts   []fact
	Cards   table
	Odd     []carddb.SentCard
	Form    *form
	Words   field
	ToCount bool
	Counted bool // it has just been counted
	Sent    bool // it has just been sent
	Units   table
	Barred  bool // its number can be printed as bars
}

// barred tells whether a text can be printed as bars: the maker names its packages as it likes.
func barred(text string) bool {
	return text != "" && len(text) <= 80 && strings.IndexFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) < 0
}

func (c *call) findConsignment() (*consignmentPage, error) {
	query := c.r.URL.Query()
	shown, err := ask[carddesk.ConsignmentShown](c, "card.consignment", fields{"consignment": query.Get("id")})
	if err != nil {
		return nil, err
	}
	p := &consignmentPage{ConsignmentShown: shown, Barred: barred(shown.Consignment), Counted: query.Has("counted"), Sent: query.Has("sent"), ToCount: shown.CountedAt == 0 && shown.To == c.by.Unit && c.may("card.count")}
	from := c.s.units.name(shown.From)
	if shown.From == shown.To {
		from = c.t("consignments.maker")
	}
	p.Facts = []fact{{Label: c.t("consignments.no"), Text: shown.Consignment, Tone: "wide"}, {Label: c.t("consignments.from"), Text: from}, {Label: c.t("consignments.to"), Text: c.s.units.name(shown.To)},
		{Label: c.t("consignments.sent"), Text: instant(shown.SentAt) + " " + shown.Sender}, {Label: c.t("consignments.listed"), Text: strconv.FormatInt(shown.Listed, 10)}}
	if shown.CountedAt != 0 {
		p.Facts = append(p.Facts, fact{Label: c.t("consignments.counted"), Text: instant(shown.CountedAt) + " " + shown.Counter}, fact{Label: c.verdict("found"), Text: strconv.FormatInt(shown.Found, 10)})
		for _, v := range oddOf(&shown.Sent) {
			p.Facts = append(p.Facts, fact{Label: c.verdict(v.name), Text: strconv.FormatInt(v.n, 10), Tone: "stop"})
		}
	}
	p.Cards = c.cardTable(shown.Cards, shown.CountedAt != 0)
	for _, x := range shown.Cards {
		if x.Verdict != "" && x.Verdict != card.CountFound {
			p.Odd = append(p.Odd, x)
		}
	}
	homes := make(map[string]int64)
	for _, x := range shown.Cards {
		homes[string(x.Home)]++
	}
	p.Units = table{Caption: c.t("consignments.by_station"), Columns: []column{{Label: c.cardLabel("unit")}, {Label: c.t("list.count"), Num: true}}}
	for _, x := range shown.Cards {
		if n := homes[string(x.Home)]; n > 0 {
			p.Units.Rows = append(p.Units.Rows, row{Cells: []cell{{Text: c.s.units.name(x.Home)}, numberCell(n)}})
			homes[string(x.Home)] = 0
		}
	}
	p.Units.Total = len(p.Units.Rows)
	return p, nil
}

func (c *call) cardTable(cards []carddb.SentCard, counted bool) table {
	t := table{Caption: c.t("consignments.cards"), Total: len(cards), Columns: c.officeColumns("acceptance_no", "card_no", "unit")}
	if counted {
		t.Columns = append(t.Columns, column{Key: "verdict", Label: c.t("consignments.verdict")})
	}
	for _, x := range cards {
		r := row{Cells: []cell{{Text: x.AcceptanceNo}, {Text: x.CardNo}, {Text: c.s.units.name(x.Home)}}}
		if counted {
			tone := "done"
			if x.Verdict != card.CountFound {
				tone, r.Tone = "stop", "stop"
			}
			r.Cells = append(r.Cells, cell{Text: c.verdict(string(x.Verdict)), Tag: tone})
		}
		t.Rows = append(t.Rows, r)
	}
	return t
}

func (s *Server) consignment(c *call) error { return c.consignmentPage(nil) }

func (c *call) consignmentPage(failed *form) error {
	p, err := c.findConsignment()
	if err != nil {
		return err
	}
	p.Cards.Export = "1"
	status := http.StatusOK
	if p.ToCount {
		if p.Form = failed; failed == nil {
			if p.Form, err = c.newForm(p.Consignment); err != nil {
				return err
			}
		}
		status = p.Form.status()
		if p.Words, err = c.control(p.Form, "card.count", "cards"); err != nil {
			return err
		}
		p.Words.Label, p.Words.Hint, p.Words.Rows, p.Words.Focus = c.t("count.cards"), c.t("count.cards.hint"), 8, true
	}
	return c.page(status, "office-consignment", p)
}

// countConsignment records what came: everything that is listed, or what was scanned, each by its acceptance number or its card's.
func (s *Server) countConsignment(c *call) error {
	f, err := c.readForm()
	if err != nil {
		return err
	}
	p, err := c.findConsignment()
	if err != nil {
		return err
	}
	var cards []string
	if f.Value("do") == "all" {
		for _, x := range p.ConsignmentShown.Cards {
			cards = append(cards, x.CardNo)
		}
	} else {
		for _, typed := range strings.FieldsFunc(f.Value("cards"), func(r rune) bool { return listBreak(r) || r == ' ' || r == '\t' || r == '\u3000' }) {
			cards = append(cards, cardNumber(p.ConsignmentShown.Cards, typed))
		}
		if len(cards) == 0 {
			f.wrong("cards", c.t("count.none"), c.t("count.none.mend"))
		}
		if slices.Equal(cards, []string{noCards}) {
			cards = []string{}
		}
		c.countTwice(f, p.ConsignmentShown.Cards, cards)
	}
	_, ok, err := act[any](c, f, "card.count", fields{"consignment": p.Consignment, "cards": cards})
	if err != nil {
		return err
	}
	if !ok {
		return c.consignmentPage(f)
	}
	return c.redirect(consignmentHref(p.Consignment) + "&counted=1")
}

// noCards is what is typed where no card came at all.
const noCards = "0"

// countTwice shows a difference before it is recorded, for a count is made once: the second press with the same difference records it.
func (c *call) countTwice(f *form, listed []carddb.SentCard, cards []string) {
	var missing, other []string
	for _, x := range listed {
		if !slices.Contains(cards, x.CardNo) {
			missing = append(missing, x.AcceptanceNo)
		}
	}
	for _, no := range cards {
		if !slices.ContainsFunc(listed, func(x carddb.SentCard) bool { return x.CardNo == no }) {
			other = append(other, no)
		}
	}
	var says []string
	if len(missing) > 0 {
		says = append(says, c.t("count.odd.missing", len(missing), strings.Join(missing, c.t("list.comma"))))
	}
	if len(other) > 0 {
		says = append(says, c.t("count.odd.other", len(other), strings.Join(other, c.t("list.comma"))))
	}
	if odd := strings.Join(says, c.t("list.semicolon")); odd != "" && f.Value("seen") != odd && len(f.Errors) == 0 {
		f.Values.Set("seen", odd)
		f.wrong("cards", odd, c.t("count.odd.mend"))
	}
}

// cardNumber gives the number of a card that was named by its acceptance number.
func cardNumber(cards []carddb.SentCard, typed string) string {
	for _, x := range cards {
		if x.AcceptanceNo == typed {
			return x.CardNo
		}
	}
	return typed
}

func (s *Server) packingList(c *call) error {
	p, err := c.findConsignment()
	if err != nil {
		return err
	}
	return c.paper("office-packing", p)
}

// sendPage chooses where cards go, and shows which before they go.
type sendPage struct {
	Title string
	Tabs  []tab
	To    string
	Name  string
	Draft carddesk.ConsignDraft
	Units []keyed
	Cards table
	Form  *form
}

func (s *Server) sendForm(c *call) error { return c.sendPage(nil) }

func (c *call) sendPage(failed *form) error {
	to := c.r.URL.Query().Get("to")
	in := fields{}
	if to != "" {
		in["to"] = to
	}
	draft, err := ask[carddesk.ConsignDraft](c, "card.consign_draft", in)
	if err != nil {
		return err
	}
	p := &sendPage{Title: c.t("consignments.title"), Tabs: c.consignTabs(), To: to, Draft: draft, Form: failed}
	for _, x := range draft.Units {
		p.Units = append(p.Units, keyed{Value: string(x.Unit), Label: c.s.units.name(x.Unit), Key: strconv.FormatInt(x.N, 10), Selected: string(x.Unit) == to})
		if string(x.Unit) == to {
			p.Name = c.s.units.name(x.Unit)
		}
	}
	if p.Form == nil {
		p.Form = &form{Once: random(), Values: url.Values{}}
	}
	p.Cards = table{Caption: c.t("send.cards", p.Name), Total: len(draft.Cards), Columns: c.officeColumns("card_no", "unit")}
	for _, x := range draft.Cards {
		p.Cards.Rows = append(p.Cards.Rows, row{Cells: []cell{{Text: x.CardNo}, {Text: c.s.units.name(x.Home)}}})
	}
	return c.page(p.Form.status(), "office-send", p)
}

// send sends the cards that the page has shown, and no other.
func (s *Server) send(c *call) error {
	f, err := c.readForm()
	if err != nil {
		return err
	}
	in := fields{"to": f.Value("to")}
	if cards := f.Values["card"]; len(cards) > 0 {
		in["cards"] = cards
	} else {
		f.wrong("", c.t("send.none"), c.t("send.none.mend"))
	}
	sent, ok, err := act[carddesk.ConsignResult](c, f, "card.consign", in)
	if err != nil {
		return err
	}
	if !ok {
		return c.sendPage(f)
	}
	return c.redirect(consignmentHref(sent.Consignment) + "&sent=1")
}

// keptPage is what lies in the safe to be destroyed, and the forms about it.
type keptPage struct {
	Title  string
	Tabs   []tab
	Spoilt []keyed
	Other  []fact
	Form   *form
	Second field
	Find   *form
	Card   field
	Code   field
	Words  field
	Done   string
}

func (s *Server) kept(c *call) error { return c.keptPage(nil) }

func (c *call) keptPage(failed *form) error {
	kept, err := ask[carddesk.Kept](c, "card.kept", fields{"purpose": officePurpose("kept")})
	if err != nil {
		return err
	}
	p := &keptPage{Title: c.t("consignments.title"), Tabs: c.consignTabs(), Done: c.r.URL.Query().Get("done")}
	for i, x := range kept.Spoilt {
		p.Spoilt = append(p.Spoilt, keyed{ID: "n-" + strconv.Itoa(i), Value: x.Number, Label: x.Number})
	}
	p.Other = []fact{{Label: c.t("kept.old"), Text: strconv.Itoa(len(kept.Old))}, {Label: c.t("kept.temporary"), Text: strconv.Itoa(len(kept.Temporary))},
		{Label: c.t("kept.held"), Text: strconv.Itoa(len(kept.Held)), Href: "/do/card.kept"}}
	blank := func() *form { return &form{Once: random(), Values: url.Values{}} }
	p.Form, p.Find = blank(), blank()
	status := http.StatusOK
	if failed != nil {
		status = failed.status()
		if failed.Value("do") == "find" {
			p.Find = failed
		} else {
			p.Form = failed
		}
	}
	for _, one := range []struct {
		to           *field
		f            *form
		action, path string
	}{{&p.Second, p.Form, "card.destroy_spoilt", "second"}, {&p.Card, p.Find, "card.find_defect", "card_no"}, {&p.Code, p.Find, "card.find_defect", "code"}, {&p.Words, p.Find, "card.find_defect", "words"}} {
		if *one.to, err = c.control(one.f, one.action, one.path); err != nil {
			return err
		}
	}
	p.Words.Part, p.Card.Required = "line", true
	return c.page(status, "office-kept", p)
}

// destroyKept records a spoilt card that was found, or the destruction of those that were ticked, under two names.
func (s *Server) destroyKept(c *call) error {
	f, err := c.readForm()
	if err != nil {
		return err
	}
	action, in := "card.destroy_spoilt", fields{"numbers": f.Values["numbers"], "second": strings.TrimSpace(f.Value("second"))}
	if f.Value("do") == "find" {
		number := strings.TrimSpace(f.Value("card_no"))
		action, in = "card.find_defect", fields{"card_no": number, "code": f.Value("code"), "words": f.Value("words")}
		if len(number) == card.AcceptanceDigits && digits(number) {
			in = fields{"application": number, "code": f.Value("code"), "words": f.Value("words")}
		}
	} else if len(f.Values["numbers"]) == 0 {
		f.wrong("", c.t("kept.none"), c.t("kept.none.mend"))
	}
	_, ok, err := act[any](c, f, action, in)
	if err != nil {
		return err
	}
	if !ok {
		return c.keptPage(f)
	}
	return c.sentTo("/consignments/kept", url.Values{"done": {f.Value("do")}})
}

// exception says in words why a line of a feedback file was not taken.
func (c *call) exception(code string) string {
	text, ok := words.Find("exception." + code)
	if !ok {
		return c.t("feedback.other")
	}
	return text.In(c.lang)
}
