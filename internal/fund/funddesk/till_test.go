package funddesk_test

import (
	"testing"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/fund/funddesk"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
)

// A cashier's day holds every fee with its receipt, the voided ones, and what must be in the drawer; nobody else's day is told to him.
func TestACashiersDay(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config)
		a := n.open(card.First)
		var fee funddesk.FeeOf
		n.Must(clerk, "fund.fee_of", m{"application": a}, &fee)
		if fee.Settled || fee.DueFen != 2000 || fee.Fee != nil {
			t.Errorf("%+v", fee)
		}
		n.Must(finance, "fund.issue_receipts", m{"station": station, "prefix": "吉", "from": 101, "to": 110}, nil)
		n.Must(cashier, "fund.collect", m{"application": a}, nil)
		n.Must(cashier, "fund.void_receipt", m{"words": "printer jam", "second": "clerk"}, nil)
		n.Must(cashier, "fund.waive", m{"application": n.open(card.First), "ground": "urban_allowance", "certificate": "c1", "office": "民康街道"}, nil)
		n.Must(other, "fund.collect", m{"application": n.open(card.ReplaceLost)}, nil)
		fee = funddesk.FeeOf{}
		n.Must(clerk, "fund.fee_of", m{"application": a}, &fee)
		if !fee.Settled || fee.Fee == nil || fee.Fee.ReceiptNo != 101 || fee.Fee.Prefix != "吉" || fee.Fee.AmountFen != 2000 {
			t.Errorf("%+v", fee.Fee)
		}
		var till funddesk.Till
		n.Must(cashier, "fund.till", m{"cashier": "other"}, &till)
		if till.Cashier != "cashier" || len(till.Fees) != 2 || len(till.Voided) != 1 || till.ExpectedFen != 2000 || till.Next == nil || till.Next.Number != 104 || till.Left != 7 || till.Closed != nil {
			t.Errorf("%+v", till)
		}
		n.Must(leader, "fund.till", m{"cashier": "other"}, &till)
		if till.Cashier != "other" || till.ExpectedFen != 4000 {
			t.Errorf("%+v", till)
		}
		n.Must(cashier, "fund.close_day", m{"counted_fen": 1000, "second": "chief"}, nil)
		n.Must(cashier, "fund.till", m{}, &till)
		if till.Closed == nil || till.Closed.Difference != -1000 || till.Closed.Second != "chief" {
			t.Errorf("%+v", till.Closed)
		}
		n.Refused(cashier, "fund.unpaid", m{}, "fund.no_purpose")
		var open []funddesk.Unpaid
		n.Must(cashier, "fund.unpaid", m{"purpose": "收费"}, &open)
		if len(open) != 0 {
			t.Errorf("%+v", open)
		}
	})
}
