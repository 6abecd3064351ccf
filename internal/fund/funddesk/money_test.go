package funddesk_test

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/fund"
	"github.com/huzheng/huzheng/internal/fund/funddb"
	"github.com/huzheng/huzheng/internal/fund/funddesk"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/officetest"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
	"pgregory.net/rapid"
)

var (
	leader     = office.Operator{ID: "leader", Login: "leader", Unit: station, Roles: []office.Role{office.Leader}}
	stationFin = office.Operator{ID: "sfin", Login: "sfin", Unit: station, Roles: []office.Role{office.Finance}}
	second2    = office.Operator{ID: "finance2", Login: "finance2", Unit: county, Roles: []office.Role{office.Finance}}
	cityFin    = office.Operator{ID: "cfin", Login: "cfin", Unit: city, Roles: []office.Role{office.Finance}}
	elsewhere  = office.Operator{ID: "efin", Login: "efin", Unit: otherCounty, Roles: []office.Role{office.Finance}}
	auditor    = office.Operator{ID: "auditor", Login: "auditor", Unit: county, Roles: []office.Role{office.Auditor}}
)

const (
	poorNumber = "220102195506079417"
	poorName   = "王一"
)

func (n *node) openFor(id, resident, name, number string, kind card.Kind) string {
	n.t.Helper()
	n.Must(clerk, "test.open", m{"id": id, "kind": kind, "resident": resident, "name": name, "number": number}, nil)
	return id
}

func line(item fund.Item, quantity, price int64) m {
	return m{"item": item, "what": "一批", "quantity": quantity, "price_fen": price, "reason": "换证所需"}
}

// money is what story leaves for a test to ask about.
type money struct {
	book, budget, network, transfer string
}

// story plays each kind of entry once: days at the till and a budget to its payment.
func story(n *node) (x money) {
	n.t.Helper()
	var book funddesk.IssueResult
	n.Must(finance, "fund.issue_receipts", m{"station": station, "from": 1, "to": 20}, &book)
	x.book = book.Book
	n.Must(finance, "fund.list_poor", m{"lines": []m{{"number": poorNumber, "name": poorName, "ground": "hardship", "certificate": "DB-1", "office": "民康街道", "station": station}}}, nil)
	poor := n.openFor("p1", "rp", poorName, poorNumber, card.First)
	n.Must(cashier, "fund.waiver_due", m{"application": poor}, nil)
	n.Must(cashier, "fund.waive", m{"application": poor, "receipt_no": 1}, nil)
	n.Must(cashier, "fund.collect", m{"application": n.open(card.First)}, nil)
	n.Must(cashier, "fund.collect", m{"what": "temporary", "reference": "T-1", "application": poor}, nil)
	gone := n.open(card.ReplaceLost)
	n.Must(cashier, "fund.collect", m{"application": gone}, nil)
	n.Must(clerk, "test.withdraw", m{"id": gone, "kind": card.First}, nil)
	n.Must(cashier, "fund.refund", m{"application": gone, "amount_fen": 4000, "ground": "withdrawn", "words": "申请终止", "second": "chief"}, nil)
	n.Must(cashier, "fund.void_receipt", m{"words": "卡纸", "second": "chief"}, nil)
	n.Must(cashier, "fund.lose_receipts", m{"book": x.book, "to": 7, "words": "遗失", "second": "chief"}, nil)
	n.Must(other, "fund.collect", m{"application": n.open(card.First)}, nil)
	n.Must(cashier, "fund.return_receipts", m{"book": x.book, "words": "换本", "second": "chief"}, nil)
	n.Must(cashier, "fund.close_day", m{"counted_fen": 3900, "second": "chief"}, nil)
	n.Now = n.Now.Add(23 * time.Hour)
	n.Must(leader, "fund.close_day", m{"day": "2005-09-05", "cashier": "other", "counted_fen": 2000, "second": "cashier"}, nil)
	var r fund.Remittance
	n.Must(cashier, "fund.remit", m{}, &r)
	n.Must(finance, "fund.confirm_remittance", m{"remittance": r.Remittance, "amount_fen": r.AmountFen, "treasury_slip": "GK-1"}, nil)

	var b fund.Budget
	n.Must(stationFin, "fund.draft_budget", m{"year": 2005, "lines": []m{line(fund.Network, 1, 1)}}, nil)
	n.Must(stationFin, "fund.draft_budget", m{"year": 2005, "lines": []m{line(fund.Network, 10, 100_00), line(fund.Training, 5, 200_00)}}, &b)
	x.budget = b.Budget
	n.Must(stationFin, "fund.submit_budget", m{"year": 2005}, nil)
	n.Must(finance, "fund.review_budget", m{"budget": x.budget, "answerable_city": "市局财务", "answerable_county": "分局财务",
		"cuts": []m{{"item": "training", "approved_fen": 500_00, "remark": "减少人数"}}}, nil)
	var a fund.Appropriation
	n.Must(finance, "fund.appropriate", m{"budget": x.budget, "item": "network", "amount_fen": 700_00}, &a)
	x.network = a.Appropriation
	var open funddesk.OpenItems
	n.Must(stationFin, "fund.open_items", m{}, &open)
	if len(open.Granted) != 1 || open.Granted[0].Appropriation != x.network || open.Granted[0].Fen != 700_00 {
		n.t.Fatalf("the station is not told what is on its way: %+v", open.Granted)
	}
	n.Must(stationFin, "fund.receive", m{"appropriation": x.network, "amount_fen": 700_00}, nil)
	open = funddesk.OpenItems{}
	if n.Must(stationFin, "fund.open_items", m{}, &open); len(open.Granted) != 0 {
		n.t.Errorf("it has come: %+v", open.Granted)
	}
	var purses []funddb.Purse
	n.Must(stationFin, "fund.purses", m{}, &purses)
	at := slices.IndexFunc(purses, func(p funddb.Purse) bool { return p.Purse == x.network })
	if at < 0 || purses[at].Item != fund.Network || purses[at].Left > purses[at].Fen {
		n.t.Errorf("%+v", purses)
	}
	n.Must(stationFin, "fund.pay", m{"appropriation": x.network, "item": "network", "amount_fen": 300_00, "payee": "网通公司", "paper": "FP-1", "procured": true}, nil)
	n.Must(cityFin, "fund.appropriate", m{"budget": x.budget, "item": "network", "amount_fen": 300_00}, nil)
	var moved funddesk.TransferResult
	n.Must(stationFin, "fund.ask_transfer", m{"appropriation": x.network, "to": "office", "amount_fen": 100_00, "words": "纸张不足"}, &moved)
	n.Must(finance, "fund.answer_transfer", m{"transfer": moved.Transfer, "approved": true, "words": "同意"}, nil)
	x.transfer = moved.Transfer
	n.Must(stationFin, "fund.pay", m{"appropriation": x.transfer, "item": "office", "amount_fen": 60_00, "payee": "文具店", "paper": "FP-2"}, nil)
	return x
}

func TestMoney_BothLinesFromEndToEnd(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config)
		x := story(n)
		s := n.standing()
		if s.Collected != 10000 || s.Refunded != 4000 || s.Confirmed != 6000 || s.OnHand != 0 || s.InTransit != 0 || s.OverShort != -100 || s.Waived != 1000 || s.TieOut != 0 {
			t.Errorf("%+v", s)
		}
		var books []funddb.BookReport
		n.Must(cashier, "fund.receipt_report", m{}, &books)
		if b := books[0]; b.Used != 5 || b.Void != 1 || b.Lost != 2 || b.Returned != 12 || b.Unused != 0 || len(b.Gaps) != 0 {
			t.Errorf("%+v", b)
		}
		var in funddesk.IncomeResult
		n.Must(cityFin, "fund.income", m{"by": "month", "from": "2005-09-01"}, &in)
		if len(in.Rows) != 1 || in.Rows[0].Period != "2005-09" || in.Rows[0].Collected != 10000 || in.Rows[0].Waived != 1000 || in.TieOut != 0 || in.Confirmed != 6000 {
			t.Errorf("%+v", in)
		}
		n.Must(cityFin, "fund.income", m{"from": "2005-09-01"}, &in)
		if len(in.Rows) != 2 || in.Rows[0].Refunded != 4000 || in.Rows[1].Remitted != 6000 {
			t.Errorf("%+v", in.Rows)
		}
		var open funddesk.OpenItems
		n.Must(leader, "fund.open_items", m{}, &open)
		if len(open.OpenDays) != 0 || len(open.LateDays) != 1 || open.LateDays[0].ClosedBy != "leader" || len(open.Differences) != 1 || len(open.Unremitted) != 0 || len(open.InTransit) != 0 {
			t.Errorf("%+v", open)
		}
		var out funddesk.SpendingResult
		n.Must(auditor, "fund.spending", m{"year": 2005}, &out)
		byItem := make(map[fund.Item]funddb.ItemMoney)
		for _, i := range out.Items {
			byItem[i.Item] = i
		}
		network, office, training := byItem[fund.Network], byItem[fund.Office], byItem[fund.Training]
		if network.Approved != 1000_00 || network.Received != 700_00 || network.Out != 100_00 || network.Paid != 300_00 || network.Left != 300_00 || network.Unfunded != 300_00 {
			t.Errorf("%+v", network)
		}
		if office.In != 100_00 || office.Paid != 60_00 || office.Left != 40_00 || training.Approved != 500_00 || training.Levels[0].Promised != 150_00 {
			t.Errorf("%+v %+v", office, training)
		}
		want := funddesk.Gap{Unit: station, Item: fund.Network, Level: fund.CityLevel, Fen: 300_00, Answerable: "市局财务"}
		if len(out.Gaps) != 3 || out.Gaps[0] != want {
			t.Errorf("%+v", out.Gaps)
		}
		n.apart()
		n.settled()
		_ = x
	})
}

// apart checks 收支两条线: each line's postings balance, and no account of one stands among the other's.
func (n *node) apart() {
	n.t.Helper()
	ctx := context.Background()
	n.Read(func(tx *store.Tx) error {
		for table, ofSpending := range map[string]bool{"fund_posting": false, "fund_spending_posting": true} {
			rows := store.Table{Name: table, Key: []string{"unit", "stream", "generation", "seq", "line"}, Columns: []string{"account"}}
			seen := 0
			err := tx.Rows(ctx, rows, "", func(r store.Row) error {
				seen++
				if account := r[len(r)-1].String; fund.OfSpending(account) != ofSpending {
					n.t.Errorf("%s has an entry on %s", table, account)
				}
				return nil
			})
			if err != nil {
				return err
			}
			var debit, credit int64
			if err := tx.Get(ctx, "select cast(sum(debit) as bigint), cast(sum(credit) as bigint) from "+table, nil, &debit, &credit); err != nil {
				return err
			}
			if seen == 0 || debit != credit {
				n.t.Errorf("%s: %d rows, debit %d, credit %d", table, seen, debit, credit)
			}
		}
		return nil
	})
}

// refusals remembers which codes a test has met.
type refusals map[string]bool

func (r refusals) expect(n *node, by office.Operator, action string, input m, code string) {
	n.t.Helper()
	r[code] = true
	n.Refused(by, action, input, code)
}

var codes = regexp.MustCompile(`efuse\("(fund\.[a-z_]+)"`)

// all lists the codes that rules and desk can refuse with.
func (refusals) all(t *testing.T) (all []string) {
	t.Helper()
	for _, pattern := range []string{"../*.go", "*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, found := range codes.FindAllSubmatch(text, -1) {
				all = append(all, string(found[1]))
			}
		}
	}
	return all
}

// Every refusal of the room is met once, at the desk. One code is left to the rule's own test: a county that confirms another's remittance is
// refused by its area before.
func TestDesk_EveryRefusal(t *testing.T) {
	r := refusals{"fund.other_county": true}
	n := newNode(t, storetest.SQLiteConfig(t))
	r.till(n)
	r.waivers(n)
	r.money(n)
	r.elsewhen(t)
	for _, code := range r.all(t) {
		if !r[code] {
			t.Errorf("%s is never met", code)
		}
	}
}

func (r refusals) till(n *node) {
	a := n.open(card.First)
	r.expect(n, cashier, "fund.collect", m{"application": a}, "fund.no_receipts")
	r.expect(n, finance, "fund.issue_receipts", m{"station": "220104001", "from": 1, "to": 9}, "fund.other_area")
	r.expect(n, finance, "fund.issue_receipts", m{"station": station, "from": 9, "to": 1}, "fund.book_range")
	var book funddesk.IssueResult
	n.Must(finance, "fund.issue_receipts", m{"station": station, "from": 1, "to": 50}, &book)
	r.expect(n, finance, "fund.issue_receipts", m{"station": station, "from": 50, "to": 60}, "fund.book_overlaps")
	r.expect(n, cashier, "fund.close_day", m{"counted_fen": 0}, "fund.nothing_to_close")
	r.expect(n, cashier, "fund.remit", m{}, "fund.nothing_to_remit")
	n.Must(cashier, "fund.collect", m{"application": a, "receipt_no": 1}, nil)
	r.expect(n, cashier, "fund.collect", m{"application": a}, "fund.settled")
	b := n.open(card.First)
	r.expect(n, cashier, "fund.collect", m{"application": b, "receipt_no": 1}, "fund.receipt_used") // the same receipt twice
	r.expect(n, cashier, "fund.collect", m{"application": b, "receipt_no": 3}, "fund.receipt_skips")
	r.expect(n, cashier, "fund.collect", m{"what": "booklet", "reference": "x"}, "fund.what")
	r.expect(n, cashier, "fund.collect", m{"what": "temporary"}, "fund.reference")
	n.Must(cashier, "fund.collect", m{"what": "temporary", "reference": "T"}, nil)
	r.expect(n, cashier, "fund.collect", m{"what": "temporary", "reference": "T"}, "fund.settled")
	stranger := cashier
	stranger.Unit = second
	r.expect(n, stranger, "fund.collect", m{"application": b}, "fund.other_unit")
	n.Must(clerk, "test.withdraw", m{"id": b, "kind": card.First}, nil)
	r.expect(n, cashier, "fund.collect", m{"application": b}, "fund.closed")
	r.expect(n, cashier, "fund.lose_receipts", m{"book": "none", "words": "遗失", "second": "chief"}, "fund.no_book")
	r.expect(n, cashier, "fund.lose_receipts", m{"book": book.Book, "to": 1, "words": "遗失", "second": "chief"}, "fund.book_range")
	r.expect(n, cashier, "fund.lose_receipts", m{"book": book.Book, "words": "遗失", "second": "cashier"}, "fund.two_persons")

	back := func(more m) m {
		in := m{"application": a, "amount_fen": 100, "ground": "overcharged", "words": "多收", "second": "chief"}
		maps.Copy(in, more)
		return in
	}
	r.expect(n, cashier, "fund.refund", back(m{"application": b}), "fund.nothing_paid")
	r.expect(n, cashier, "fund.refund", back(m{"amount_fen": 2001}), "fund.refund_amount")
	r.expect(n, cashier, "fund.refund", back(m{"ground": "kindness"}), "fund.refund_ground")
	r.expect(n, cashier, "fund.refund", back(m{"ground": "free_day"}), "fund.not_free")
	r.expect(n, cashier, "fund.refund", back(m{"ground": "withdrawn"}), "fund.already_made")
	r.expect(n, cashier, "fund.refund", back(m{"second": "cashier"}), "fund.two_persons")
	r.expect(n, cashier, "fund.refund", back(m{"second": "nobody"}), "fund.second_unknown")
	r.expect(n, cashier, "fund.refund", back(m{"second": "finance"}), "fund.second_unknown") // of the county
	r.expect(n, cashier, "fund.void_receipt", m{"words": "卡纸", "second": "nobody"}, "fund.second_unknown")
	r.expect(n, cashier, "fund.void_receipt", m{"words": "卡纸", "second": "chief", "receipt": "无此号"}, "fund.other_receipt")
	r.expect(n, cashier, "fund.lose_receipts", m{"book": book.Book, "words": "遗失", "second": "nobody"}, "fund.second_unknown")
	r.expect(n, cashier, "fund.close_day", m{"counted_fen": 1, "second": "nobody"}, "fund.second_unknown")
	r.expect(n, other, "fund.refund", back(nil), "fund.drawer_short")
	n.Must(cashier, "fund.refund", back(m{"amount_fen": 1999}), nil)
	r.expect(n, cashier, "fund.refund", back(m{"amount_fen": 2}), "fund.refund_amount")

	r.expect(n, cashier, "fund.close_day", m{"day": "2005-09-06", "counted_fen": 1}, "fund.future")
	r.expect(n, cashier, "fund.close_day", m{"cashier": "other", "counted_fen": 1}, "fund.not_leader")
	r.expect(n, leader, "fund.close_day", m{"cashier": "cashier", "counted_fen": 1001, "second": "chief"}, "fund.not_forgotten")
	r.expect(n, cashier, "fund.close_day", m{"counted_fen": 1000}, "fund.two_persons")
	n.Must(cashier, "fund.close_day", m{"counted_fen": 1001}, nil)
	r.expect(n, cashier, "fund.close_day", m{"counted_fen": 1001}, "fund.closed_already")
	r.expect(n, cashier, "fund.collect", m{"application": n.open(card.First)}, "fund.day_closed")
	r.expect(n, cashier, "fund.refund", back(m{"amount_fen": 1}), "fund.day_closed")
	var sent fund.Remittance
	n.Must(cashier, "fund.remit", m{}, &sent)
	if sent.AmountFen != 1001 {
		n.t.Errorf("%d fen go to the treasury: what was paid back does not", sent.AmountFen)
	}
	r.expect(n, finance, "fund.confirm_remittance", m{"remittance": "none", "amount_fen": 1, "treasury_slip": "t"}, "fund.no_remittance")
	r.expect(n, finance, "fund.confirm_remittance", m{"remittance": sent.Remittance, "amount_fen": 1000, "treasury_slip": "t"}, "fund.remittance_differs")
	r.expect(n, finance, "fund.confirm_remittance", m{"remittance": sent.Remittance, "amount_fen": 1001}, "fund.treasury_slip")
	n.Must(finance, "fund.confirm_remittance", m{"remittance": sent.Remittance, "amount_fen": 1001, "treasury_slip": "t"}, nil)
	r.expect(n, finance, "fund.confirm_remittance", m{"remittance": sent.Remittance, "amount_fen": 1001, "treasury_slip": "t"}, "fund.confirmed_already")
	r.expect(n, finance, "fund.income", m{"by": "week"}, "fund.period")
}

func (r refusals) waivers(n *node) {
	whole := m{"number": poorNumber, "name": poorName, "ground": "urban_allowance", "certificate": "DB-1", "office": "民康街道", "station": station}
	bad := maps.Clone(whole)
	bad["number"] = "220102195506079418"
	r.expect(n, finance, "fund.list_poor", m{"lines": []m{}}, "fund.other_area")
	r.expect(n, finance, "fund.list_poor", m{"lines": []m{bad}}, "fund.list_line")
	r.expect(n, finance, "fund.list_poor", m{"lines": slices.Repeat([]m{whole}, 2001)}, "fund.list_size")
	r.expect(n, clerk, "fund.waiver_due", m{"application": "x"}, "office.role") // who is poor is for cashiers and finance
	r.expect(n, leader, "fund.poor", m{"purpose": "看看"}, "office.role")
	r.expect(n, finance, "fund.poor", m{"purpose": ""}, "fund.no_purpose")
	n.Must(finance, "fund.list_poor", m{"lines": []m{whole}}, nil)
	waive := func(id, ground, certificate string) m {
		return m{"application": id, "ground": ground, "certificate": certificate, "office": "民康街道"}
	}
	r.expect(n, other, "fund.waive", waive(n.open(card.First), "friendship", "1"), "fund.ground")
	r.expect(n, other, "fund.waive", m{"application": n.openFor("w0", "r0", "李二", poorNumber, card.First)}, "fund.ground") // the number alone is not enough
	r.expect(n, other, "fund.waive", waive(n.open(card.ReplaceLost), "hardship", "1"), "fund.not_waivable")
	r.expect(n, other, "fund.waive", waive(n.open(card.First), "hardship", ""), "fund.certificate")
	n.Must(other, "fund.waive", m{"application": n.openFor("w1", "rw", poorName, poorNumber, card.First)}, nil)
	r.expect(n, other, "fund.waive", m{"application": n.openFor("w2", "rw", poorName, poorNumber, card.First)}, "fund.waived_before")
}

func (r refusals) money(n *node) {
	draft := func(lines ...m) m { return m{"year": 2005, "lines": lines} }
	short, wrong := line(fund.Network, 0, 1), line(fund.Network, 1, 1)
	wrong["city_percent"] = 101
	r.expect(n, stationFin, "fund.draft_budget", draft(), "fund.budget_year")
	r.expect(n, stationFin, "fund.draft_budget", draft(short), "fund.budget_line")
	r.expect(n, stationFin, "fund.draft_budget", draft(wrong), "fund.share")
	r.expect(n, stationFin, "fund.draft_budget", draft(line("banquets", 1, 1)), "fund.no_item")
	r.expect(n, stationFin, "fund.submit_budget", m{"year": 2005}, "fund.no_budget")
	var b fund.Budget
	n.Must(stationFin, "fund.draft_budget", draft(line(fund.Network, 10, 100)), &b)
	review := m{"budget": b.Budget, "answerable_city": "a", "answerable_county": "b"}
	r.expect(n, finance, "fund.review_budget", review, "fund.not_submitted")
	n.Must(stationFin, "fund.submit_budget", m{"year": 2005}, nil)
	r.expect(n, stationFin, "fund.submit_budget", m{"year": 2005}, "fund.submitted_already")
	r.expect(n, stationFin, "fund.draft_budget", draft(line(fund.Network, 1, 1)), "fund.submitted_already")
	r.expect(n, elsewhere, "fund.review_budget", review, "fund.other_finance")
	r.expect(n, finance, "fund.review_budget", m{"budget": b.Budget}, "fund.answerable")
	cut := func(fen int64, remark string) m {
		in := maps.Clone(review)
		in["cuts"] = []m{{"item": "network", "approved_fen": fen, "remark": remark}}
		return in
	}
	r.expect(n, finance, "fund.review_budget", cut(1001, "多"), "fund.above_draft")
	r.expect(n, finance, "fund.review_budget", cut(900, ""), "fund.no_remark")
	r.expect(n, finance, "fund.appropriate", m{"budget": b.Budget, "item": "network", "amount_fen": 700}, "fund.not_reviewed")
	n.Must(finance, "fund.review_budget", review, nil)
	r.expect(n, finance, "fund.review_budget", review, "fund.reviewed_already")
	var own fund.Budget
	n.Must(finance, "fund.draft_budget", draft(line(fund.Office, 1, 1000)), &own)
	n.Must(finance, "fund.submit_budget", m{"year": 2005}, nil)
	r.expect(n, finance, "fund.review_budget", m{"budget": own.Budget, "answerable_city": "a", "answerable_county": "b"}, "fund.own_budget")
	n.Must(second2, "fund.review_budget", m{"budget": own.Budget, "answerable_city": "a", "answerable_county": "b"}, nil)

	give := func(by office.Operator, level string, fen int64, code string) {
		r.expect(n, by, "fund.appropriate", m{"budget": b.Budget, "item": "network", "level": level, "amount_fen": fen}, code)
	}
	give(finance, "city", 1, "fund.other_level")
	give(finance, "county", 701, "fund.above_budget")
	var a fund.Appropriation
	n.Must(finance, "fund.appropriate", m{"budget": b.Budget, "item": "network", "amount_fen": 600}, &a)
	give(finance, "county", 101, "fund.above_budget")
	pay := func(more m) m {
		in := m{"appropriation": a.Appropriation, "item": "network", "amount_fen": 400, "payee": "公司", "paper": "FP-1"}
		maps.Copy(in, more)
		return in
	}
	r.expect(n, stationFin, "fund.pay", pay(nil), "fund.not_received")
	r.expect(n, stationFin, "fund.receive", m{"appropriation": a.Appropriation, "amount_fen": 599}, "fund.received_differs")
	n.Must(stationFin, "fund.receive", m{"appropriation": a.Appropriation, "amount_fen": 600}, nil)
	r.expect(n, stationFin, "fund.receive", m{"appropriation": a.Appropriation, "amount_fen": 600}, "fund.received_already")
	r.expect(n, stationFin, "fund.pay", pay(m{"appropriation": "a remittance"}), "fund.no_appropriation") // nothing from the fees
	r.expect(n, finance, "fund.pay", pay(nil), "fund.no_appropriation")
	r.expect(n, stationFin, "fund.pay", pay(m{"amount_fen": 601}), "fund.above_appropriation")
	r.expect(n, stationFin, "fund.pay", pay(m{"item": "office"}), "fund.wrong_item")
	r.expect(n, stationFin, "fund.pay", pay(m{"payee": ""}), "fund.payee")
	n.Must(stationFin, "fund.pay", pay(nil), nil)
	r.expect(n, stationFin, "fund.pay", pay(nil), "fund.above_appropriation")

	ask := func(fen int64, words string) m {
		return m{"appropriation": a.Appropriation, "to": "office", "amount_fen": fen, "words": words}
	}
	r.expect(n, stationFin, "fund.ask_transfer", ask(201, "急"), "fund.above_appropriation")
	r.expect(n, stationFin, "fund.ask_transfer", ask(100, ""), "fund.no_remark")
	var moved funddesk.TransferResult
	n.Must(stationFin, "fund.ask_transfer", ask(150, "急"), &moved)
	r.expect(n, stationFin, "fund.pay", pay(m{"amount_fen": 51}), "fund.above_appropriation") // what is asked for is set aside
	answer := m{"transfer": moved.Transfer, "approved": false, "words": "不同意"}
	r.expect(n, elsewhere, "fund.answer_transfer", answer, "fund.other_finance")
	r.expect(n, finance, "fund.answer_transfer", m{"transfer": "none", "words": "x"}, "fund.no_transfer")
	r.expect(n, finance, "fund.answer_transfer", m{"transfer": moved.Transfer, "approved": true}, "fund.no_remark")
	n.Must(finance, "fund.answer_transfer", answer, nil)
	r.expect(n, finance, "fund.answer_transfer", answer, "fund.answered_already")
	n.Must(stationFin, "fund.pay", pay(m{"amount_fen": 200}), nil) // a refused transfer frees the money

	var mine fund.Appropriation
	n.Must(finance, "fund.appropriate", m{"budget": own.Budget, "item": "office", "amount_fen": 700}, &mine)
	n.Must(finance, "fund.receive", m{"appropriation": mine.Appropriation, "amount_fen": 700}, nil)
	n.Must(finance, "fund.ask_transfer", m{"appropriation": mine.Appropriation, "to": "training", "amount_fen": 1, "words": "急"}, &moved)
	r.expect(n, finance, "fund.answer_transfer", m{"transfer": moved.Transfer, "approved": true, "words": "x"}, "fund.own_transfer")
	n.apart()
	n.settled()
}

// elsewhen meets what is refused on other days than those of the plan.
func (r refusals) elsewhen(t *testing.T) {
	for day, code := range map[string]string{"2003-06-01": "fund.no_rate", "2018-04-02": "fund.free"} {
		n := newNode(t, storetest.SQLiteConfig(t))
		n.Now, _ = time.Parse(time.DateOnly, day)
		r.expect(n, cashier, "fund.collect", m{"application": n.open(card.First)}, code)
	}
}

// The board says what holds on a day, with its source.
func TestFeeTable_OfADay(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	for _, c := range []struct {
		on, kind, generation string
		fen                  int64
	}{{"2005-09-05", "temporary", "", 1000}, {"2005-09-05", "remake", "2", 0}, {"2005-09-05", "first", "1", 1000}, {"2005-09-05", "first", "2", 2000}, {"2018-04-01", "first", "2", 0},
		{"2018-04-01", "replace_lost", "2", 4000}, {"2018-04-01", "temporary", "", 1000}} {
		var table funddesk.TableResult
		n.Must(clerk, "fund.fee_table", m{"on": c.on, "generation": "2"}, &table)
		if c.generation == "1" {
			n.Must(clerk, "fund.fee_table", m{"on": c.on}, &table)
		}
		i := slices.IndexFunc(table.Fees, func(r fund.Rate) bool { return string(r.Kind) == c.kind && r.Generation == c.generation })
		if i < 0 || table.Fees[i].Fen != c.fen || table.Fees[i].Source == "" {
			t.Errorf("%+v: %+v", c, table.Fees)
		}
		if len(table.Waivers) != len(fund.Grounds) {
			t.Errorf("%+v", table.Waivers)
		}
	}
}

// The window learns who is on the list by number and name; the question is recorded; odd ones are for the auditor; the forecast names units alone.
func TestWaivers8_ListAtTheWindow(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	next, err := citizen.NewNumber("220102", citizen.MustDate("1968-02-29"), 942)
	if err != nil {
		t.Fatal(err)
	}
	n.Must(finance, "fund.issue_receipts", m{"station": station, "from": 1, "to": 50}, nil)
	var listed funddesk.PoorResult
	n.Must(finance, "fund.list_poor", m{"lines": []m{
		{"number": poorNumber, "name": poorName, "ground": "urban_allowance", "certificate": "DB-1", "office": "民康街道", "station": station},
		{"number": next, "name": "李二", "ground": "hardship", "certificate": "KN-1", "office": "民康街道", "station": station},
		{"number": poorNumber, "name": poorName, "ground": "hardship", "certificate": "KN-2", "office": "民康街道"},
	}}, &listed)
	if listed.Listed != 2 || !slices.Equal(listed.Unmatched, []int{3}) {
		t.Errorf("%+v", listed)
	}
	var due funddesk.WaiverDue
	n.Must(cashier, "fund.waiver_due", m{"application": n.openFor("p1", "r1", poorName, poorNumber, card.First)}, &due)
	if !due.Listed || due.WaivedFen != 2000 || due.Certificate != "DB-1" {
		t.Errorf("%+v", due)
	}
	due = funddesk.WaiverDue{}
	n.Must(cashier, "fund.waiver_due", m{"application": n.openFor("p2", "r2", "另一人", poorNumber, card.First)}, &due)
	if due.Listed || !due.NameDiffers || due.Ground != "" {
		t.Errorf("%+v", due)
	}
	n.Must(cashier, "fund.waive", m{"application": "p1"}, nil)
	n.Must(cashier, "fund.waive", m{"application": "p2", "ground": "hardship", "certificate": "DB-1", "office": "民康街道"}, nil)
	var odd []fund.Odd
	n.Must(auditor, "fund.odd_waivers", m{}, &odd)
	if len(odd) != 2 || odd[0].Pattern != fund.OddCertificate || odd[1].Pattern != fund.OddUnlisted || !slices.Equal(odd[1].Applications, []string{"p2"}) {
		t.Errorf("%+v", odd)
	}
	var forecast []funddesk.Forecast
	n.Must(leader, "fund.waiver_forecast", m{}, &forecast)
	if len(forecast) != 1 || forecast[0] != (funddesk.Forecast{Unit: station, Listed: 2, Waived: 2, WaivedFen: 3000, ToComeFen: 1000}) {
		t.Errorf("%+v", forecast)
	}
	var all []funddb.Listed
	n.Must(finance, "fund.poor", m{"purpose": "核对名单"}, &all)
	if len(all) != 2 {
		t.Errorf("%+v", all)
	}
	asked := 0
	n.Read(func(tx *store.Tx) error {
		return journal.Each(context.Background(), tx, func(e *journal.Entry) error {
			if e.Kind == fund.KindLookedUp && e.Stream.Audience() == "access" {
				asked++
			}
			return nil
		})
	})
	if asked != 3 {
		t.Errorf("%d look-ups are recorded", asked)
	}
	n.settled()
}

// A second waiver is for a withdrawn first application, or for a renewal years later.
func TestWaivers8_OnceForTheFirstApplicationAndEachRenewal(t *testing.T) {
	limits := fund.DefaultLimits()
	ten := citizen.MustDate("2005-09-05")
	for _, c := range []struct {
		kind   card.Kind
		before string
		want   string
	}{{card.First, "2005-01-01", "fund.waived_before"}, {card.Exchange, "2000-09-06", "fund.waived_before"}, {card.Exchange, "2000-09-05", ""}, {card.First, "", ""}} {
		facts := fund.FeeFacts{Limits: limits}
		if c.before != "" {
			facts.WaivedBefore = citizen.MustDate(c.before)
		}
		_, _, err := fund.Waive(card.Application{ID: "a", Home: station, Kind: c.kind, Stage: card.StageConfirmed},
			fund.FeeCommand{By: fund.Actor{Unit: station}, Ground: "urban_allowance", Certificate: "1", Office: "o", Today: ten}, facts)
		if officetest.Code(err) != c.want {
			t.Errorf("%+v: %v", c, err)
		}
	}
	n := newNode(t, storetest.SQLiteConfig(t))
	n.openFor("a1", "r", poorName, poorNumber, card.First)
	waive := func(id string) m {
		return m{"application": id, "ground": "urban_allowance", "certificate": "1", "office": "o"}
	}
	n.Must(cashier, "fund.waive", waive("a1"), nil)
	n.Must(clerk, "test.withdraw", m{"id": "a1", "kind": card.First}, nil)
	n.openFor("a2", "r", poorName, poorNumber, card.First)
	n.Must(cashier, "fund.waive", waive("a2"), nil)
}

// The tables do not depend on the order in which streams arrive, nor on an entry arriving twice (ADR 0004); the engines agree.
func TestApply_AnyOrderBetweenStreams(t *testing.T) {
	ctx := context.Background()
	n := newNode(t, storetest.SQLiteConfig(t))
	story(n)
	rooms := []office.Room{funddb.New()}
	var want map[string]string
	trees := make(map[event.Stream][]journal.Entry)
	seen := make(map[string]bool)
	n.Read(func(tx *store.Tx) (err error) {
		if want, err = officetest.Digests(tx, rooms, ""); err != nil {
			return err
		}
		return journal.Each(ctx, tx, func(e *journal.Entry) error {
			if _, ours := funddb.New().Kinds()[e.Kind]; ours {
				trees[e.Stream] = append(trees[e.Stream], *e)
				seen[e.Kind] = true
			}
			return nil
		})
	})
	for kind := range funddb.New().Kinds() {
		if !seen[kind] {
			t.Errorf("the story has no %s", kind)
		}
	}
	storetest.Both(t, func(t *testing.T, config store.Config) {
		db := storetest.Open(t, config, funddb.New().Migration())
		rapid.Check(t, func(t *rapid.T) { officetest.Arrive(t, db, funddb.New(), n.Blobs, trees, "", want) })
	})
}

// What a subject's entries gave is forgotten with it, and derived again from them.
func TestForget_EachSubjectWhole(t *testing.T) {
	ctx := context.Background()
	n := newNode(t, storetest.SQLiteConfig(t))
	story(n)
	room := funddb.New()
	n.Write(func(tx *store.Tx) error {
		want, err := officetest.Digests(tx, []office.Room{room}, "")
		if err != nil {
			return err
		}
		var entries []journal.Entry
		if err := journal.Each(ctx, tx, func(e *journal.Entry) error {
			if _, ours := room.Kinds()[e.Kind]; ours {
				entries = append(entries, *e)
			}
			return nil
		}); err != nil {
			return err
		}
		for _, e := range entries {
			if _, err := room.Forget(ctx, tx, e.Subject); err != nil {
				return err
			}
		}
		for _, table := range room.Tables() {
			if _, rows, err := tx.Digest(ctx, table, ""); err != nil || rows > 0 {
				t.Errorf("%s keeps %d rows: %v", table.Name, rows, err)
			}
		}
		for i := range entries {
			if err := room.Apply(ctx, tx, &office.Applied{Entry: &entries[i], Blobs: n.Blobs}); err != nil {
				return err
			}
		}
		got, err := officetest.Digests(tx, []office.Room{room}, "")
		if !maps.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
		return err
	})
}

// 专款专用: however many pay at once, an appropriation is not overspent, and a fee is not paid back twice.
func TestMoney_NotSpentTwiceAtOnce(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config)
		x := story(n)
		officetest.Race(t, 4, "fund.above_appropriation", func() error {
			return n.Do(stationFin, "fund.pay", m{"appropriation": x.network, "item": "network", "amount_fen": 200_00, "payee": "网通公司", "paper": "FP-9"}, nil)
		})
		n.Must(finance, "fund.issue_receipts", m{"station": station, "from": 101, "to": 120}, nil)
		a, b := n.open(card.First), n.open(card.First)
		n.Must(cashier, "fund.collect", m{"application": a}, nil)
		n.Must(cashier, "fund.collect", m{"application": b}, nil)
		officetest.Race(t, 4, "fund.refund_amount", func() error {
			return n.Do(cashier, "fund.refund", m{"application": a, "amount_fen": 1500, "ground": "overcharged", "words": "多收", "second": "chief"}, nil)
		})
		n.settled()
	})
}
