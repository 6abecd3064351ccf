package audit

import (
	"github.com/huzheng/huzheng/internal/journal"
)

// spending is the second line: what was budgeted, appropriated and paid. Nothing of it may touch what was collected.
type spending struct {
	drafters map[draft]string
	reviews  map[draft]string    // operator
	budgeted map[levelItem]int64 // what the review left
	given    map[levelItem]int64
	sources  map[string]*source // appropriation or approved transfer
	payments []payment
	asked    map[string]*move // transfer
	paid     map[string]bool  // payment
}

// draft is a version of a budget.
type draft struct {
	budget  string
	version int
}

// levelItem is a level's part of an item of a budget.
type levelItem struct{ budget, level, item string }

// source is money that can be spent on one item.
type source struct {
	budget, item    string
	amount          int64
	given, received int
}

// move is a transfer to another item: set aside when it is asked for, freed when it is refused.
type move struct {
	from, to          string // from is an appropriation
	askedBy, answerBy string
	amount            int64
	approved, refused int
}

type payment struct {
	id, budget, from, item string
	amount                 int64
}

func newSpending() spending {
	return spending{drafters: make(map[draft]string), reviews: make(map[draft]string), budgeted: make(map[levelItem]int64), given: make(map[levelItem]int64),
		sources: make(map[string]*source), asked: make(map[string]*move), paid: make(map[string]bool)}
}

func (s *spending) source(id string) *source {
	if s.sources[id] == nil {
		s.sources[id] = &source{}
	}
	return s.sources[id]
}

func (s *spending) move(id string) *move {
	if s.asked[id] == nil {
		s.asked[id] = &move{}
	}
	return s.asked[id]
}

// spendingBody has the members of the second line's bodies that conservation needs.
type spendingBody struct {
	Budget        string `json:"budget"`
	Version       int    `json:"version"`
	Appropriation string `json:"appropriation"`
	Item          string `json:"item"`
	Level         string `json:"level"`
	AmountFen     int64  `json:"amount_fen"`
	Payment       string `json:"payment"`
	Transfer      string `json:"transfer"`
	To            string `json:"to"`
	Approved      bool   `json:"approved"`
	Items         []struct {
		Item      string `json:"item"`
		CityFen   int64  `json:"city_fen"`
		CountyFen int64  `json:"county_fen"`
	} `json:"items"`
}

// spendingHandlers maps a kind of the second line to what it adds.
var spendingHandlers = map[string]func(*auditor, *journal.Entry) error{
	"fund.budget_drafted":         spend((*auditor).budgetDrafted),
	"fund.budget_reviewed":        spend((*auditor).budgetReviewed),
	"fund.appropriated":           spend((*auditor).appropriated),
	"fund.appropriation_received": spend((*auditor).appropriationReceived),
	"fund.paid":                   spend((*auditor).moneyPaid),
	"fund.transfer_asked":         spend((*auditor).transferAsked),
	"fund.transferred":            spend((*auditor).transferAnswered),
}

func spend(handle func(*auditor, *journal.Entry, spendingBody)) func(*auditor, *journal.Entry) error {
	return func(a *auditor, e *journal.Entry) error {
		body, err := decode[spendingBody](e)
		if err == nil {
			handle(a, e, body)
		}
		return err
	}
}

func (a *auditor) budgetDrafted(e *journal.Entry, body spendingBody) {
	a.money.spending.drafters[draft{body.Budget, body.Version}] = e.Operator
}

func (a *auditor) budgetReviewed(e *journal.Entry, body spendingBody) {
	s := &a.money.spending
	for _, i := range body.Items {
		s.budgeted[levelItem{body.Budget, "city", i.Item}] += i.CityFen
		s.budgeted[levelItem{body.Budget, "county", i.Item}] += i.CountyFen
		a.report.Money.BudgetedFen += i.CityFen + i.CountyFen
	}
	s.reviews[draft{body.Budget, body.Version}] = e.Operator
}

func (a *auditor) appropriated(_ *journal.Entry, body spendingBody) {
	s := a.money.spending.source(body.Appropriation)
	s.budget, s.item, s.amount = body.Budget, body.Item, body.AmountFen
	s.given++
	a.money.spending.given[levelItem{body.Budget, body.Level, body.Item}] += body.AmountFen
	a.report.Money.AppropriatedFen += body.AmountFen
}

func (a *auditor) appropriationReceived(_ *journal.Entry, body spendingBody) {
	a.money.spending.source(body.Appropriation).received++
}

func (a *auditor) moneyPaid(_ *journal.Entry, body spendingBody) {
	s := &a.money.spending
	if s.paid[body.Payment] {
		a.breach("spending.doubled", body.Payment, "was paid twice")
	}
	s.paid[body.Payment] = true
	s.payments = append(s.payments, payment{body.Payment, body.Budget, body.Appropriation, body.Item, body.AmountFen})
	a.report.Money.PaidFen += body.AmountFen
}

func (a *auditor) transferAsked(e *journal.Entry, body spendingBody) {
	m := a.money.spending.move(body.Transfer)
	m.from, m.to, m.amount, m.askedBy = body.Appropriation, body.To, body.AmountFen, e.Operator
}

func (a *auditor) transferAnswered(e *journal.Entry, body spendingBody) {
	m := a.money.spending.move(body.Transfer)
	if !body.Approved {
		m.refused++
		return
	}
	m.approved++
	s := a.money.spending.source(body.Transfer)
	s.budget, s.item, s.amount = body.Budget, body.To, body.AmountFen
	s.given, s.received = s.given+1, s.received+1
	m.answerBy = e.Operator
}

func (a *auditor) sumSpending() {
	s := &a.money.spending
	for key, fen := range s.given {
		if fen > s.budgeted[key] {
			a.breach("spending.budget", key.budget, "%d fen of %s were appropriated by the %s; the review left %d", fen, key.item, key.level, s.budgeted[key])
		}
	}
	for at, operator := range s.reviews {
		if s.drafters[at] == operator {
			a.breach("spending.two_persons", at.budget, "was reviewed by who drafted it")
		}
	}
	used := a.sumPayments()
	a.sumTransfers(used)
	for _, id := range sortedKeys(s.sources) {
		from := s.sources[id]
		if from.given > 1 {
			a.breach("spending.doubled", id, "was appropriated %d times", from.given)
		}
		if from.given > 0 && used[id] > from.amount {
			a.breach("spending.above", id, "%d fen were spent of %d", used[id], from.amount)
		}
	}
}

// sumPayments checks each payment against where its money came from, and sums what was taken from each.
func (a *auditor) sumPayments() (used map[string]int64) {
	s := &a.money.spending
	used = make(map[string]int64)
	for _, p := range s.payments {
		used[p.from] += p.amount
		from := s.sources[p.from]
		switch {
		case a.ofFees(p.from):
			a.breach("spending.crossed", p.id, "was paid from the fees: %s", p.from)
		case from == nil || from.given == 0 || from.received == 0 || from.budget != p.budget:
			a.breach("spending.unfunded", p.id, "was paid from %s, which was not appropriated to it, or has not come", p.from)
		case from.item != p.item:
			a.breach("spending.item", p.id, "was paid on %s from an appropriation for %s", p.item, from.item)
		}
	}
	return used
}

// sumTransfers adds what transfers take, asked for or approved.
func (a *auditor) sumTransfers(used map[string]int64) {
	s := &a.money.spending
	for _, id := range sortedKeys(s.asked) {
		m := s.asked[id]
		if m.askedBy == m.answerBy {
			a.breach("spending.two_persons", id, "was approved by who asked for it")
		}
		if m.refused == 0 {
			used[m.from] += m.amount
		}
		if from := s.sources[id]; m.approved > 1 || m.approved > 0 && (m.refused > 0 || m.from == "" || from.amount != m.amount || from.item != m.to) {
			a.breach("spending.transfer", id, "was approved otherwise than it was asked for")
		}
	}
}

// ofFees tells whether an identifier is of the first line: a remittance, a book of receipts, something that was charged.
func (a *auditor) ofFees(id string) bool {
	if _, ok := a.money.remitted[id]; ok {
		return true
	}
	for key := range a.money.books {
		if key.book == id {
			return true
		}
	}
	return a.money.fees[id] > 0
}
