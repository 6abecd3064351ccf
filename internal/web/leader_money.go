package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/fund"
	"github.com/huzheng/huzheng/internal/fund/funddb"
	"github.com/huzheng/huzheng/internal/fund/funddesk"
)

// moneyTabs are the two lines, which never meet: fees that come in, and money that is spent.
func (c *call) moneyTabs(path string, unit event.Unit) []tab {
	var tabs []tab
	for _, one := range []struct{ path, action string }{{"/money", "fund.income"}, {"/money/spending", "fund.spending"}} {
		if c.may(one.action) {
			tabs = append(tabs, tab{Href: unitHref(one.path, unit), Label: c.t("leader.tab." + strings.ReplaceAll(one.path[1:], "/", ".")), Here: one.path == path})
		}
	}
	return tabs
}

// leadMoney is the fees: income by day or month, what waits for somebody, receipts, waivers.
func (s *Server) leadMoney(c *call) error {
	p, err := c.newLeaderPage("/money", "leader.income")
	if err != nil {
		return err
	}
	unit := p.Area.Unit
	p.Tabs = c.moneyTabs("/money", unit)
	f := c.queryForm(nil)
	f.Values.Set("area", string(unit))
	f.Values.Del("unit")
	out, ok, err := look[funddesk.IncomeResult](c, f, "fund.income")
	if err != nil {
		return err
	}
	if p.Filter, err = c.filterOf(f, "fund.income", map[string]string{"unit": string(unit)}, "by", "from", "to"); err != nil {
		return err
	}
	p.Filter.Fields[0].Options = p.Filter.Fields[0].Options[1:] // by day, unless it is said
	if ok {
		p.Sections = append(p.Sections, leaderSection{Figures: c.incomeFigures(&out)}, leaderSection{Title: c.t("field.rows"), Tables: []table{c.incomeTable(out.Rows)}})
	}
	for _, more := range []func(*call, event.Unit) (leaderSection, error){openSection, receiptSection, waiverSection, oddSection} {
		section, err := more(c, unit)
		if err != nil {
			return err
		}
		if section.Title != "" {
			p.Sections = append(p.Sections, section)
		}
	}
	return c.leader(p)
}

func (c *call) incomeFigures(out *funddesk.IncomeResult) []figurePart {
	figures := []figurePart{
		{Label: c.t("leader.figure.collected"), Value: yuan(out.Collected), Unit: c.t("leader.yuan"), Target: c.t("leader.refunded", yuan(out.Refunded))},
		{Label: c.t("leader.figure.on_hand"), Value: yuan(out.OnHand), Unit: c.t("leader.yuan")},
		{Label: c.t("leader.figure.in_transit"), Value: yuan(out.InTransit), Unit: c.t("leader.yuan")},
		{Label: c.t("leader.figure.confirmed"), Value: yuan(out.Confirmed), Unit: c.t("leader.yuan")},
		{Label: c.t("leader.figure.tie_out"), Value: yuan(out.TieOut), Unit: c.t("leader.yuan"), Target: c.t("leader.tie_out")},
	}
	behind(&figures[4], out.TieOut != 0, c.t("leader.look_at"), c.t("leader.tie_out.act"), c.t("leader.balanced"))
	return figures
}

func (c *call) incomeTable(rows []funddb.Income) table {
	t := c.listOf(c.t("leader.income"), "fund.income", "period", "unit", "#collected_fen", "#refunded_fen", "#waived_fen", "#over_short_fen", "#remitted_fen", "#confirmed_fen")
	var sum funddb.Income
	for i := range rows {
		r := &rows[i]
		t.put(textCell(r.Period), c.unitCell(r.Unit, "/money"), moneyCell(r.Collected), moneyCell(r.Refunded), moneyCell(r.Waived), moneyCell(r.OverShort), moneyCell(r.Remitted), moneyCell(r.Confirmed))
		sum.Collected, sum.Refunded, sum.Waived = sum.Collected+r.Collected, sum.Refunded+r.Refunded, sum.Waived+r.Waived
		sum.OverShort, sum.Remitted, sum.Confirmed = sum.OverShort+r.OverShort, sum.Remitted+r.Remitted, sum.Confirmed+r.Confirmed
	}
	t.put(textCell(c.t("leader.total")), textCell(""), moneyCell(sum.Collected), moneyCell(sum.Refunded), moneyCell(sum.Waived), moneyCell(sum.OverShort), moneyCell(sum.Remitted), moneyCell(sum.Confirmed)).Tone = "selected"
	t.Total = len(rows)
	return t
}

// openSection is what waits for somebody, with the act that settles it.
func openSection(c *call, unit event.Unit) (leaderSection, error) {
	items, err := ask[funddesk.OpenItems](c, "fund.open_items", fields{"station": unit})
	if err != nil {
		return leaderSection{}, err
	}
	t := c.listOf(c.t("leader.open_items"), "fund.open_items", "what", "unit", "since", "#fen", "words")
	days := func(key string, all []funddb.OpenDay) {
		for i := range all {
			d := &all[i]
			amount := d.Fen
			if key == "differences" {
				amount = d.Difference
			}
			row := t.put(textCell(c.t("leader.open."+key)), c.unitCell(d.Unit, ""), dateCell(d.Day), moneyCell(amount), textCell(c.t("leader.receipts", d.Receipts)))
			if key == "open_days" || key == "differences" {
				row.Tone = "late"
			}
		}
	}
	days("open_days", items.OpenDays)
	days("late_days", items.LateDays)
	days("differences", items.Differences)
	days("unremitted", items.Unremitted)
	for i := range items.InTransit {
		w := &items.InTransit[i]
		row := t.put(textCell(c.t("leader.open.in_transit")), c.unitCell(w.Unit, ""), dateCell(w.Since), moneyCell(w.Fen), textCell(""))
		if c.may("fund.confirm_remittance") {
			row.Href = "/money/confirm?" + url.Values{"remittance": {w.Remittance}, "amount_fen": {yuan(w.Fen)}}.Encode()
		}
	}
	for i := range items.Transfers {
		w := &items.Transfers[i]
		row := t.put(textCell(c.t("leader.open.transfer")), c.unitCell(w.Unit, ""), textCell(""), moneyCell(w.Fen), textCell(w.Words))
		if c.may("fund.answer_transfer") {
			row.Href = "/money/transfer/answer?transfer=" + url.QueryEscape(w.Transfer)
		}
	}
	for i := range items.Granted {
		w := &items.Granted[i]
		row := t.put(textCell(c.t("leader.open.granted")), c.unitCell(w.Unit, ""), dateCell(w.Since), moneyCell(w.Fen), textCell(c.codeWord("fund.Item", string(w.Item))))
		if c.may("fund.receive") {
			row.Href = "/money/receive?" + url.Values{"appropriation": {w.Appropriation}, "amount_fen": {yuan(w.Fen)}}.Encode()
		}
	}
	return leaderSection{ID: "open", Title: c.t("leader.open_items"), Tables: []table{t}}, nil
}

func receiptSection(c *call, unit event.Unit) (leaderSection, error) {
	books, err := ask[[]funddb.BookReport](c, "fund.receipt_report", fields{"station": unit})
	if err != nil {
		return leaderSection{}, err
	}
	t := c.listOf(c.t("leader.books"), "fund.receipt_report", "unit", "first", "last", "#used", "#void", "#lost", "#returned", "#unused", "#gaps")
	for i := range books {
		b := &books[i]
		row := t.put(c.unitCell(b.Station, ""), numberCell(b.First), numberCell(b.Last), numberCell(b.Used), numberCell(b.Void), numberCell(b.Lost), numberCell(b.Returned), numberCell(b.Unused), numberCell(int64(len(b.Gaps))))
		if len(b.Gaps) > 0 {
			row.Tone = "stop"
		}
	}
	return leaderSection{Title: c.t("leader.books"), Tables: []table{t}, Acts: c.actLink(nil, "fund.issue_receipts", "/money/receipts", "leader.issue_receipts")}, nil
}

func waiverSection(c *call, unit event.Unit) (leaderSection, error) {
	if !c.may("fund.waiver_forecast") {
		return leaderSection{}, nil
	}
	all, err := ask[[]funddesk.Forecast](c, "fund.waiver_forecast", fields{"station": unit})
	t := c.listOf(c.t("leader.waivers"), "fund.waiver_forecast", "unit", "#listed", "#waived", "#waived_fen", "#to_come_fen")
	for i := range all {
		w := &all[i]
		t.put(c.unitCell(w.Unit, ""), numberCell(int64(w.Listed)), numberCell(int64(w.Waived)), moneyCell(w.WaivedFen), moneyCell(w.ToComeFen))
	}
	return leaderSection{Title: c.t("leader.waivers"), Half: true, Tables: []table{t}}, err
}

func oddSection(c *call, unit event.Unit) (leaderSection, error) {
	if !c.may("fund.odd_waivers") {
		return leaderSection{}, nil
	}
	all, err := ask[[]fund.Odd](c, "fund.odd_waivers", fields{"station": unit})
	t := c.listOf(c.t("leader.odd"), "fund.odd_waivers", "pattern", "unit", "what", "#count")
	for i := range all {
		o := &all[i]
		t.put(textCell(c.codeWord("fund.odd_waivers.pattern", o.Pattern)), c.unitCell(o.Unit, ""), textCell(o.What), numberCell(int64(len(o.Applications)))).Tone = "late"
	}
	return leaderSection{Title: c.t("leader.odd"), Half: true, Tables: []table{t}}, err
}

// leadSpending is budgets, appropriations and payments by item.
func (s *Server) leadSpending(c *call) error {
	p, err := c.newLeaderPage("/money/spending", "leader.spending")
	if err != nil {
		return err
	}
	unit := p.Area.Unit
	p.Tabs = c.moneyTabs("/money/spending", unit)
	f := c.queryForm(nil)
	f.Values.Set("area", string(unit))
	out, ok, err := look[funddesk.SpendingResult](c, f, "fund.spending")
	if err != nil {
		return err
	}
	if p.Filter, err = c.filterOf(f, "fund.spending", map[string]string{"unit": string(unit)}, "year"); err != nil {
		return err
	}
	for _, one := range []struct{ action, href, label string }{{"fund.draft_budget", "/money/budget", "leader.draft"}, {"fund.submit_budget", "/money/submit", "leader.submit"},
		{"fund.pay", "/money/pay", "leader.pay"}, {"fund.ask_transfer", "/money/transfer", "leader.transfer"}} {
		p.Acts = c.actLink(p.Acts, one.action, one.href, one.label)
	}
	if !ok {
		return c.leader(p)
	}
	purses, err := ask[[]funddb.Purse](c, "fund.purses", fields{"area": unit})
	if err != nil {
		return err
	}
	p.Sections = []leaderSection{{Title: c.t("field.rows"), Tables: []table{c.spendingTable(out.Items)}}, {Title: c.t("leader.purses"), Hint: c.t("leader.purses.hint"), Tables: []table{c.purseTable(purses)}},
		{Title: c.t("leader.gaps"), Tables: []table{c.gapTable(out.Gaps)}}}
	return c.leader(p)
}

func (c *call) spendingTable(items []funddb.ItemMoney) table {
	t := c.listOf(c.t("leader.spending"), "fund.spending", "unit", "#year", "item", "budget_state", "#drafted_fen", "#approved_fen", "#received_fen", "#paid_fen", "#left_fen", "#unfunded_fen")
	for i := range items {
		m := &items[i]
		row := t.put(c.unitCell(m.Unit, "/money/spending"), numberCell(int64(m.Year)), textCell(c.codeWord("fund.Item", string(m.Item))), textCell(c.t("leader.budget."+m.State)), moneyCell(m.Drafted),
			moneyCell(m.Approved), moneyCell(m.Received), moneyCell(m.Paid), moneyCell(m.Left), moneyCell(m.Unfunded))
		switch {
		case m.State == "submitted" && c.may("fund.review_budget"):
			row.Cells[3].Href = "/money/review?budget=" + url.QueryEscape(m.Budget)
		case m.State == "reviewed" && c.may("fund.appropriate"):
			row.Cells[3].Href = "/money/appropriate?" + url.Values{"budget": {m.Budget}, "item": {string(m.Item)}}.Encode()
		}
		if m.State == "reviewed" && m.Unfunded > 0 {
			row.Tone = "late"
		}
	}
	return t
}

func (c *call) purseTable(purses []funddb.Purse) table {
	t := c.listOf(c.t("leader.purses"), "fund.purses", "item", "unit", "level", "#fen", "#left_fen", "state")
	for i := range purses {
		m := &purses[i]
		row := t.put(textCell(c.codeWord("fund.Item", string(m.Item))), c.unitCell(m.Unit, ""), textCell(c.purseLevel(m)), moneyCell(m.Fen), moneyCell(m.Left), tagCell("done", c.t("leader.received")))
		if !m.Received {
			row.Cells[5] = tagCell("wait", c.t("leader.open.granted"))
		} else if m.Unit == c.by.Unit && c.may("fund.pay") {
			row.Href = "/money/pay?" + url.Values{"appropriation": {m.Purse}, "item": {string(m.Item)}}.Encode()
		}
	}
	return t
}

func (c *call) purseLevel(m *funddb.Purse) string {
	if m.Level == "" {
		return c.t("leader.by_transfer")
	}
	return c.codeWord("fund.appropriate.level", m.Level)
}

func (c *call) gapTable(gaps []funddesk.Gap) table {
	t := c.listOf(c.t("leader.gaps"), "fund.spending", "unit", "item", "level", "#gap_fen", "answerable")
	for i := range gaps {
		g := &gaps[i]
		t.put(c.unitCell(g.Unit, ""), textCell(c.codeWord("fund.Item", string(g.Item))), textCell(c.codeWord("fund.appropriate.level", g.Level)), moneyCell(g.Fen), textCell(g.Answerable)).Tone = "late"
	}
	return t
}

// purseOptions offers the money that the operator's unit can pay from.
func purseOptions(c *call, _ *form) ([]option, error) {
	purses, err := ask[[]funddb.Purse](c, "fund.purses", fields{"area": c.by.Unit})
	var options []option
	for i := range purses {
		if m := &purses[i]; m.Unit == c.by.Unit && m.Received {
			options = append(options, option{Value: m.Purse, Label: c.codeWord("fund.Item", string(m.Item)) + " " + c.purseLevel(m) + c.t("list.comma") + c.t("leader.left", yuan(m.Left))})
		}
	}
	return options, err
}

// openEvidence shows above the form that confirms it what is on its way: from whom, since when, how much.
func openEvidence(c *call, f *form) ([]leaderSection, error) {
	items, err := ask[funddesk.OpenItems](c, "fund.open_items", fields{"station": c.by.Unit})
	if refusal, refused := event.AsRefusal(err); refused && refusedStatus(refusal) == http.StatusForbidden {
		return nil, nil
	}
	t := c.listOf(c.t("leader.open_items"), "fund.open_items", "what", "unit", "since", "#fen")
	for i := range items.InTransit {
		if w := &items.InTransit[i]; w.Remittance == f.Value("remittance") {
			t.put(textCell(c.t("leader.open.in_transit")), c.unitCell(w.Unit, ""), dateCell(w.Since), moneyCell(w.Fen))
		}
	}
	for i := range items.Granted {
		if w := &items.Granted[i]; w.Appropriation == f.Value("appropriation") {
			t.put(textCell(c.codeWord("fund.Item", string(w.Item))), c.unitCell(w.Unit, ""), dateCell(w.Since), moneyCell(w.Fen))
		}
	}
	if err != nil || len(t.Rows) == 0 {
		return nil, err
	}
	return []leaderSection{{Title: c.t("leader.open_items"), Tables: []table{t}}}, nil
}

// budgetEvidence shows a budget by item above its review, or above an appropriation to it.
func budgetEvidence(c *call, f *form) ([]leaderSection, error) {
	out, err := ask[funddesk.SpendingResult](c, "fund.spending", fields{})
	if refusal, refused := event.AsRefusal(err); refused && refusedStatus(refusal) == http.StatusForbidden {
		return nil, nil
	}
	items := slices.DeleteFunc(out.Items, func(m funddb.ItemMoney) bool { return m.Budget != f.Value("budget") })
	if err != nil || len(items) == 0 {
		return nil, err
	}
	// Beside the form there is room for what the decision rests on: one budget of one unit.
	t := c.listOf(c.t("leader.spending"), "fund.spending", "item", "#drafted_fen", "#approved_fen", "#received_fen", "#unfunded_fen")
	for i := range items {
		m := &items[i]
		t.put(textCell(c.codeWord("fund.Item", string(m.Item))), moneyCell(m.Drafted), moneyCell(m.Approved), moneyCell(m.Received), moneyCell(m.Unfunded))
	}
	return []leaderSection{{Title: fmt.Sprintf("%s %s %d", c.t("leader.spending"), c.s.units.name(items[0].Unit), items[0].Year), Tables: []table{t}}}, nil
}
