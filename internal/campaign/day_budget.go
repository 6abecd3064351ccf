package campaign

import (
	"context"

	"github.com/huzheng/huzheng/internal/office"
)

// budget is a county's money for the replacement on its way from the draft to the payments.
type budget struct {
	id            string
	appropriation string
	paid          bool
}

// appropriated is what a county gives to its network, in fen: its share of the reviewed item.
const (
	networkUnits    = 10
	networkPriceFen = 10000
	countyPercent   = 70
	appropriated    = networkUnits * networkPriceFen * countyPercent / 100
)

// draftBudget drafts a county's budget and submits it: not by those who review it.
func (u *unit) draftBudget(ctx context.Context) error {
	if u.parent == nil {
		return nil
	}
	year := u.c.From.Year()
	var drafted struct {
		Budget string `json:"budget"`
	}
	lines := []object{{"item": "network", "what": "网线", "quantity": networkUnits, "price_fen": networkPriceFen, "reason": "联网"},
		{"item": "training", "what": "培训", "quantity": 5, "price_fen": 20000, "reason": "上岗"}}
	if err := u.do(ctx, office.Leader, "fund.draft_budget", object{"year": year, "lines": lines}, &drafted); err != nil {
		return err
	}
	u.hall.budget.id = drafted.Budget
	return u.do(ctx, office.Leader, "fund.submit_budget", object{"year": year}, nil)
}

// fundCounties lets each county's finance office review the budget and appropriate its share.
func (c *Campaign) fundCounties(ctx context.Context) error {
	for _, county := range c.counties() {
		b := &county.hall.budget
		if err := county.do(ctx, office.Finance, "fund.review_budget", object{"budget": b.id, "answerable_city": "市局财务", "answerable_county": "分局财务",
			"cuts": []object{{"item": "training", "approved_fen": 50000, "remark": "减少人数"}}}, nil); err != nil {
			return err
		}
		var given struct {
			Appropriation string `json:"appropriation"`
		}
		if err := county.do(ctx, office.Finance, "fund.appropriate", object{"budget": b.id, "item": "network", "amount_fen": appropriated}, &given); err != nil {
			return err
		}
		b.appropriation = given.Appropriation
	}
	return nil
}

// spend says that the money has come, and pays from it.
func (u *unit) spend(ctx context.Context) error {
	b := &u.hall.budget
	if b.paid || b.appropriation == "" || u.parent == nil {
		return nil
	}
	b.paid = true
	if err := u.do(ctx, office.Finance, "fund.receive", object{"appropriation": b.appropriation, "amount_fen": appropriated}, nil); err != nil {
		return err
	}
	u.c.counts.add(paidFen, appropriated)
	return u.do(ctx, office.Finance, "fund.pay", object{"appropriation": b.appropriation, "item": "network", "amount_fen": appropriated, "payee": "网通公司", "paper": "FP-" + string(u.code)}, nil)
}

// paidFen is what the counties have paid from appropriations.
const paidFen what = "paid"
