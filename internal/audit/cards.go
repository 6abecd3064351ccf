package audit

import (
	"slices"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
)

// Cards is what the card entries add up to.
type Cards struct {
	Accepted   int `json:"accepted"`
	Returned   int `json:"returned"`
	Ordered    int `json:"ordered"` // attempts
	Made       int `json:"made"`
	Rejected   int `json:"rejected"`
	AtMaker    int `json:"at_maker"` // ordered, no answer yet
	OnTheWay   int `json:"on_the_way"`
	InStock    int `json:"in_stock"` // counted, and not handed over or sent on
	Missing    int `json:"missing"`  // a count said so
	HandedOver int `json:"handed_over"`
	Destroyed  int `json:"destroyed"`
	Withdrawn  int `json:"withdrawn"`
	Lost       int `json:"lost"` // reported by holders
}

// attempt names one making of one application's card.
type attempt struct {
	application string
	number      int
}

// piece is one card by its number.
type piece struct {
	application string
	made        int
	sent        []leg // consignments that list it
	handed      int
}

// leg is one consignment on a card's way, and what the count at its end said of the card.
type leg struct {
	consignment string
	to          event.Unit
}

type cards struct {
	acceptance  map[string]string // acceptance number -> application
	opened      map[string]int
	ordered     map[attempt]int
	answered    map[attempt]int
	pieces      map[string]*piece
	counted     map[string]map[string]string // consignment -> card -> verdict
	listed      map[string][]string          // consignment -> cards
	destination map[string]event.Unit
	withdrawn   map[string]string
}

func newCards() cards {
	return cards{acceptance: make(map[string]string), opened: make(map[string]int), ordered: make(map[attempt]int), answered: make(map[attempt]int),
		pieces: make(map[string]*piece), counted: make(map[string]map[string]string), listed: make(map[string][]string),
		destination: make(map[string]event.Unit), withdrawn: make(map[string]string)}
}

func (c *cards) piece(number string) *piece {
	if c.pieces[number] == nil {
		c.pieces[number] = &piece{}
	}
	return c.pieces[number]
}

// cardBody has the members of the card bodies that conservation needs.
type cardBody struct {
	Application string `json:"application"`
	Attempt     int    `json:"attempt"`
	Reserved    *struct {
		AcceptanceNo string `json:"acceptance_no"`
	} `json:"reserved"`
	Making *struct {
		CardNo string `json:"card_no"`
	} `json:"making"`
	HandOver *struct {
		CardNo string `json:"card_no"`
		Old    *struct {
			Number string `json:"number"`
			Lost   bool   `json:"lost"`
		} `json:"old"`
	} `json:"hand_over"`
	Withdrawal *struct {
		State string `json:"state"`
	} `json:"withdrawal"`
}

type packed struct {
	Application string `json:"application"`
	CardNo      string `json:"card_no"`
	Verdict     string `json:"verdict"`
}

func (a *auditor) acceptanceReserved(e *journal.Entry) error {
	body, err := decode[cardBody](e)
	if err != nil || body.Reserved == nil {
		return err
	}
	number := body.Reserved.AcceptanceNo
	if other := a.cards.acceptance[number]; other != "" {
		a.breach("card.acceptance", number, "stands for %s and %s", other, body.Application)
	}
	a.cards.acceptance[number] = body.Application
	return nil
}

func (a *auditor) cardOpened(e *journal.Entry) error {
	body, err := decode[cardBody](e)
	if err == nil {
		a.cards.opened[body.Application]++
		a.report.Cards.Accepted++
	}
	return err
}

func (a *auditor) cardReturned(*journal.Entry) error {
	a.report.Cards.Returned++
	return nil
}

func (a *auditor) cardOrdered(e *journal.Entry) error {
	body, err := decode[cardBody](e)
	if err == nil {
		a.cards.ordered[attempt{body.Application, body.Attempt}]++
		a.report.Cards.Ordered++
	}
	return err
}

func (a *auditor) cardMade(e *journal.Entry) error {
	body, err := decode[cardBody](e)
	if err != nil || body.Making == nil {
		return err
	}
	a.cards.answered[attempt{body.Application, body.Attempt}]++
	p := a.cards.piece(body.Making.CardNo)
	p.application = body.Application
	p.made++
	a.report.Cards.Made++
	return nil
}

func (a *auditor) cardRejected(e *journal.Entry) error {
	body, err := decode[cardBody](e)
	if err == nil {
		a.cards.answered[attempt{body.Application, body.Attempt}]++
		a.report.Cards.Rejected++
	}
	return err
}

func (a *auditor) cardDispatched(*journal.Entry) error { return nil }

func (a *auditor) feedbackTaken(e *journal.Entry) error {
	body, err := decode[struct {
		Packages []struct {
			Package string   `json:"package"`
			Cards   []packed `json:"cards"`
		} `json:"packages"`
	}](e)
	if err != nil {
		return err
	}
	for _, p := range body.Packages {
		a.sent(p.Package, e.Unit, p.Cards)
	}
	return nil
}

func (a *auditor) consigned(e *journal.Entry) error {
	body, err := decode[struct {
		Consignment string     `json:"consignment"`
		To          event.Unit `json:"to"`
		Cards       []packed   `json:"cards"`
	}](e)
	if err == nil {
		a.sent(body.Consignment, body.To, body.Cards)
	}
	return err
}

func (a *auditor) sent(consignment string, to event.Unit, list []packed) {
	a.cards.destination[consignment] = to
	for _, c := range list {
		a.cards.listed[consignment] = append(a.cards.listed[consignment], c.CardNo)
		p := a.cards.piece(c.CardNo)
		p.sent = append(p.sent, leg{consignment: consignment, to: to})
	}
}

func (a *auditor) consignmentCounted(e *journal.Entry) error {
	body, err := decode[struct {
		Consignment string   `json:"consignment"`
		Cards       []packed `json:"cards"`
	}](e)
	if err != nil {
		return err
	}
	verdicts := make(map[string]string)
	for _, c := range body.Cards {
		verdicts[c.CardNo] = c.Verdict
	}
	a.cards.counted[body.Consignment] = verdicts
	return nil
}

func (a *auditor) handedOver(e *journal.Entry) error {
	body, err := decode[cardBody](e)
	if err != nil || body.HandOver == nil {
		return err
	}
	a.cards.piece(body.HandOver.CardNo).handed++
	if old := body.HandOver.Old; old != nil && !old.Lost {
		a.cases.promised[oldCard{body.Application, old.Number}] = true
	}
	a.report.Cards.HandedOver++
	return nil
}

func (a *auditor) withdrawn(e *journal.Entry) error {
	body, err := decode[cardBody](e)
	if err != nil || body.Withdrawal == nil {
		return err
	}
	if a.cards.withdrawn[body.Application] != "destroyed" {
		a.cards.withdrawn[body.Application] = body.Withdrawal.State
	}
	return nil
}

func (a *auditor) reportedLost(*journal.Entry) error {
	a.report.Cards.Lost++
	return nil
}

func (a *auditor) sumCards() {
	for _, id := range sortedKeys(a.cards.opened) {
		if n := a.cards.opened[id]; n > 1 {
			a.breach("card.doubled", id, "was opened %d times", n)
		}
	}
	a.sumAttempts()
	for _, number := range sortedKeys(a.cards.pieces) {
		a.sumPiece(number, a.cards.pieces[number])
	}
	for _, consignment := range sortedKeys(a.cards.counted) {
		a.sumConsignment(consignment)
	}
	a.report.Cards.Withdrawn = len(a.cards.withdrawn)
	sums := a.report.Cards
	if out := sums.Rejected + sums.Made + sums.AtMaker; sums.Ordered != out {
		a.breach("card.sum", "", "%d were ordered, %d are accounted for at the maker", sums.Ordered, out)
	}
	if out := sums.HandedOver + sums.InStock + sums.OnTheWay + sums.Missing + sums.Destroyed; sums.Made != out {
		a.breach("card.sum", "", "%d were made, %d are accounted for", sums.Made, out)
	}
}

func (a *auditor) sumAttempts() {
	for at, n := range a.cards.ordered {
		if n > 1 {
			a.breach("card.ordered_twice", at.application, "attempt %d stands in %d orders", at.number, n)
		}
		switch answers := a.cards.answered[at]; {
		case answers == 0:
			a.report.Cards.AtMaker++
		case answers > 1:
			a.breach("card.answered_twice", at.application, "attempt %d has %d answers of the maker", at.number, answers)
		}
	}
	for at := range a.cards.answered {
		if a.cards.ordered[at] == 0 {
			a.breach("card.unordered", at.application, "attempt %d was answered but never ordered", at.number)
		}
	}
}

// sumPiece finds where one card is: each made card is in exactly one place.
func (a *auditor) sumPiece(number string, p *piece) {
	if p.made == 0 {
		a.breach("card.unmade", number, "is on its way or handed over, but was never made")
		return
	}
	if p.made > 1 {
		a.breach("card.made_twice", number, "was made %d times", p.made)
	}
	if p.handed > 1 {
		a.breach("card.handed_twice", number, "was handed over %d times", p.handed)
	}
	switch {
	case p.handed > 0: // counted where the entry was read
	case a.cards.withdrawn[p.application] == "destroyed", a.cases.scrapped[number] > 0:
		a.report.Cards.Destroyed++
	default:
		a.whereabouts(number, p)
	}
}

func (a *auditor) whereabouts(number string, p *piece) {
	sums := &a.report.Cards
	found, missing, way := 0, 0, 0
	for _, l := range p.sent {
		verdicts, counted := a.cards.counted[l.consignment]
		switch {
		case !counted:
			way++
		case verdicts[number] == "found" || verdicts[number] == "wrong" || verdicts[number] == "surplus":
			found++
		case verdicts[number] == "missing":
			missing++
		}
	}
	switch {
	case missing > 0 && !a.turnedUp(number):
		sums.Missing++
	case way > 0 || len(p.sent) == 0:
		sums.OnTheWay++
	case found > 0 || missing > 0:
		sums.InStock++
	}
}

// turnedUp tells whether a count found the card where nobody had listed it: a missing card that came another way.
func (a *auditor) turnedUp(number string) bool {
	for consignment, verdicts := range a.cards.counted {
		if (verdicts[number] == "surplus" || verdicts[number] == "wrong") && !slices.Contains(a.cards.listed[consignment], number) {
			return true
		}
	}
	return false
}

// sumConsignment compares a list with its count: every listed card is found or missing, nothing is counted that nobody sent or named a surplus.
func (a *auditor) sumConsignment(consignment string) {
	listed := make(map[string]bool)
	for _, number := range a.cards.listed[consignment] {
		listed[number] = true
		if verdict := a.cards.counted[consignment][number]; verdict == "" {
			a.breach("card.lost", number, "is listed in %s; the count at %s does not name it", consignment, a.cards.destination[consignment])
		}
	}
	for _, number := range sortedKeys(a.cards.counted[consignment]) {
		if verdict := a.cards.counted[consignment][number]; !listed[number] && verdict != "surplus" && verdict != "wrong" {
			a.breach("card.unsent", number, "was counted in %s as %s, but is not on its list", consignment, verdict)
		}
	}
}
