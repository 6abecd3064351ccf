package web

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/fund"
	"github.com/huzheng/huzheng/internal/fund/funddb"
	"github.com/huzheng/huzheng/internal/fund/funddesk"
	"github.com/huzheng/huzheng/internal/store"
)

// tillPage is a cashier's day: what was taken, receipt by receipt, and its closing.
type tillPage struct {
	funddesk.Till
	Figures []figure
	Fees    table
	Voids   string
	Form    *form
	Fields  []field
	Open    table // days before that are not closed
	Acts    []link
	Name    string
	Closed  *closedDay
	Said    string
}

// figure is the part "figure".
type figure struct{ Label, Value, Unit, Target, Trend, Tone, Word, Act, Href string }

// closedDay is a closing in words.
type closedDay struct {
	By, Second, Difference string
	Tone                   string
	Sheet                  string
}

// tillInput names the day and cashier of the page.
func (c *call) tillInput() fields {
	query := c.r.URL.Query()
	in := fields{}
	if day, ok := parseDate(query.Get("day")); ok {
		in["day"] = day
	}
	if cashier := query.Get("cashier"); cashier != "" {
		in["cashier"] = cashier
	}
	return in
}

func (s *Server) showTill(c *call) error {
	f, err := c.newForm("")
	if err != nil {
		return err
	}
	return c.showTillWith(f)
}

func (c *call) showTillWith(f *form) error {
	till, err := ask[funddesk.Till](c, "fund.till", c.tillInput())
	if err != nil {
		return err
	}
	p := &tillPage{Till: till, Form: f, Figures: c.tillFigures(&till), Fees: c.feeTable(&till), Said: c.said("window.till.remitted", "receipts", "yuan")}
	if p.Name, err = c.operatorName(till.Cashier); err != nil {
		return err
	}
	if p.Closed, err = c.closedWords(&till); err != nil {
		return err
	}
	if p.Fields, err = c.controlsOf(f, "fund.close_day", "counted_fen", "second"); err != nil {
		return err
	}
	p.Fields[0].Required, p.Fields[0].Focus, p.Fields[1].Hint = true, f.starts("counted_fen"), c.t("window.second.hint")
	voids := make([]string, len(till.Voided))
	for i, r := range till.Voided {
		voids[i] = fmt.Sprintf("%s%d", r.Prefix, r.Number)
	}
	p.Voids = strings.Join(voids, c.t("list.comma"))
	p.Open = c.openDays(till.OpenDays)
	for _, action := range []string{"fund.void_receipt", "fund.refund", "fund.lose_receipts", "fund.return_receipts", "fund.receipt_report", "fund.income"} {
		if c.may(action) {
			p.Acts = append(p.Acts, link{Href: actionPath(action, url.Values{}), Label: c.s.actionText(action, c.lang)})
		}
	}
	return c.page(f.status(), "window-till", p)
}

func (c *call) tillFigures(t *funddesk.Till) []figure {
	next := c.t("window.till.no_book")
	if t.Next != nil {
		next = fmt.Sprintf("%s%d", t.Next.Prefix, t.Next.Number)
	}
	tone := ""
	if t.Left < fewReceipts {
		tone = "late"
	}
	return []figure{
		{Label: c.t("window.till.expected"), Value: yuan(t.ExpectedFen), Unit: c.t("window.yuan")},
		{Label: c.t("window.till.taken"), Value: yuan(t.TakenFen), Unit: c.t("window.yuan"), Target: c.t("window.till.receipts", t.Receipts)},
		{Label: c.t("window.till.refunded"), Value: yuan(t.RefundedFen), Unit: c.t("window.yuan"), Target: c.t("window.till.refunds", t.Refunds)},
		{Label: c.t("window.till.next"), Value: next, Target: c.t("window.till.left", t.Left), Tone: tone, Word: map[bool]string{true: c.t("window.till.few")}[tone != ""]},
	}
}

// fewReceipts is from how many unused receipts on the county should be asked for a new book.
const fewReceipts = 50

// feeTable lists the day's fees with their receipts; between two numbers of a book none is missing without a line that says why.
func (c *call) feeTable(t *funddesk.Till) table {
	out := table{Caption: c.t("window.till.fees", shownDate(t.Day)), Columns: c.columns("receipt", "fee_kind", "due_yuan", "waived_yuan", "amount_yuan", "at"), Total: len(t.Fees)}
	for i := range out.Columns {
		out.Columns[i].Num = i >= 2 && i <= 4
	}
	for i := range t.Fees {
		f := &t.Fees[i]
		one := row{Cells: []cell{{Text: feeReceipt(f)}, {Text: codeWords("card.Kind", string(feeKind(f))).In(c.lang)}, {Text: yuan(f.DueFen), Num: true}, {Text: yuan(f.WaivedFen), Num: true},
			{Text: yuan(f.AmountFen), Num: true}, {Text: instant(f.At)}}}
		if f.What == fund.ForApplication {
			one.Href = applicationPath(f.Application, "")
		}
		if one.Cells[0].Text == "" {
			one.Cells[0].Text = c.t("window.fee.waived")
		}
		out.Rows = append(out.Rows, one)
	}
	return out
}

func feeReceipt(f *funddb.Fee) string {
	if f.Book == "" {
		return ""
	}
	return fmt.Sprintf("%s%d", f.Prefix, f.ReceiptNo)
}

func feeKind(f *funddb.Fee) card.Kind {
	if f.What != fund.ForApplication {
		return card.Kind(f.What)
	}
	return f.Kind
}

func (c *call) closedWords(t *funddesk.Till) (*closedDay, error) {
	if t.Closed == nil {
		return nil, nil
	}
	d := &closedDay{Second: t.Closed.Second, Tone: "done", Difference: c.t("window.till.agrees"), Sheet: "/till/sheet?" + url.Values{"day": {t.Day.String()}, "cashier": {t.Cashier}, "print": {"1"}}.Encode()}
	switch diff := t.Closed.Difference; {
	case diff > 0:
		d.Tone, d.Difference = "warn", c.t("window.till.over", yuan(diff))
	case diff < 0:
		d.Tone, d.Difference = "warn", c.t("window.till.short", yuan(-diff))
	}
	var err error
	if d.By, err = c.operatorName(t.Closed.ClosedBy); err != nil || d.Second == "" {
		return d, err
	}
	d.Second, err = c.nameOfLogin(d.Second)
	return d, err
}

// nameOfLogin is the name of the operator who signs in as a login; the login where nobody does any more.
func (c *call) nameOfLogin(login string) (string, error) {
	var id string
	err := c.s.Office.DB.Read(c.ctx(), func(tx *store.Tx) error {
		op, ok, err := c.s.Office.Directory.Operator(c.ctx(), tx, login)
		if ok {
			id = op.ID
		}
		return err
	})
	if err != nil || id == "" {
		return login, err
	}
	return c.operatorName(id)
}

func (c *call) openDays(days []funddb.OpenDay) table {
	t := table{Caption: c.t("window.till.open_days"), Columns: c.columns("day", "receipts", "amount_yuan"), Total: len(days)}
	for _, d := range days {
		t.Rows = append(t.Rows, row{Tone: "late", Href: "/till?" + url.Values{"day": {d.Day.String()}, "cashier": {d.Cashier}}.Encode(),
			Cells: []cell{{Text: shownDate(d.Day)}, {Text: fmt.Sprint(d.Receipts), Num: true}, {Text: yuan(d.Fen), Num: true}}})
	}
	return t
}

// closeTill closes the day with the cash as counted; over and short are booked as they are, under two names.
func (s *Server) closeTill(c *call) error {
	f, err := c.readForm()
	if err != nil {
		return err
	}
	for name, value := range c.tillInput() {
		f.Values.Set(name, fmt.Sprint(value))
	}
	if f.Value("counted_fen") == "" {
		f.wrong("counted_fen", c.t("window.no_count"), c.t("window.no_count.mend"))
	}
	out, ok, err := act[funddesk.CloseResult](c, f, "fund.close_day", c.bindTo(f, "fund.close_day"))
	if err != nil {
		return err
	}
	if !ok {
		return c.showTillWith(f)
	}
	return c.redirect("/till?" + url.Values{"day": {out.Day.String()}, "cashier": {out.Cashier}}.Encode())
}

// remitTill takes every closed day that has not gone to the treasury there.
func (s *Server) remitTill(c *call) error {
	f, err := c.readForm()
	if err != nil {
		return err
	}
	out, ok, err := act[fund.Remittance](c, f, "fund.remit", struct{}{})
	if err != nil {
		return err
	}
	if !ok {
		return c.showTillWith(f)
	}
	return c.redirect(fmt.Sprintf("/till?receipts=%d&yuan=%d", out.Receipts, out.AmountFen/100))
}

// sheetLine is one kind of fee on the closing sheet.
type sheetLine struct {
	Kind            card.Kind
	Count           int
	Waived, Receipt int64
}

// closingSheet is the paper of a closing.
type closingSheet struct {
	funddesk.Till
	Unit, Name string
	Closed     *closedDay
	Lines      []sheetLine
	First      string
	Last       string
	Counted    int64
}

func (s *Server) tillSheet(c *call) error {
	till, err := ask[funddesk.Till](c, "fund.till", c.tillInput())
	if err != nil {
		return err
	}
	sheet := &closingSheet{Till: till, Unit: c.s.units.name(c.by.Unit), Lines: byKind(till.Fees)}
	if sheet.Name, err = c.operatorName(till.Cashier); err != nil {
		return err
	}
	if sheet.Closed, err = c.closedWords(&till); err != nil {
		return err
	}
	if till.Closed != nil {
		sheet.Counted = till.ExpectedFen + till.Closed.Difference
	}
	for i := range till.Fees {
		if no := feeReceipt(&till.Fees[i]); no != "" {
			if sheet.First == "" {
				sheet.First = no
			}
			sheet.Last = no
		}
	}
	return c.paper("window-closing", sheet)
}

func byKind(fees []funddb.Fee) (lines []sheetLine) {
	at := make(map[card.Kind]int)
	for i := range fees {
		kind := feeKind(&fees[i])
		n, ok := at[kind]
		if !ok {
			n = len(lines)
			at[kind] = n
			lines = append(lines, sheetLine{Kind: kind})
		}
		lines[n].Count++
		lines[n].Waived += fees[i].WaivedFen
		lines[n].Receipt += fees[i].AmountFen
	}
	return lines
}
