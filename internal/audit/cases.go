package audit

import (
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
)

// Cases is what the entries beside the ordinary road of a card add up to.
type Cases struct {
	Remade       int `json:"remade"`        // found unfit before the hand-over
	Unclaimed    int `json:"unclaimed"`     // sent up, and not come back
	OldTakenIn   int `json:"old_taken_in"`  // cards of before
	OldKept      int `json:"old_kept"`      // and not destroyed yet
	OldDestroyed int `json:"old_destroyed"` //
	TempApplied  int `json:"temporary_applied"`
	TempWaiting  int `json:"temporary_waiting"` // applied for, not made
	TempReady    int `json:"temporary_ready"`   // made, not handed out
	TempOut      int `json:"temporary_out"`     // in holders' hands
	TempReturned int `json:"temporary_returned"`
	TempLost     int `json:"temporary_lost"`
}

// oldCard is one card taken in, by the application whose card replaced it and its printed number.
type oldCard struct{ application, number string }

// sheet is one temporary card by the application and the base sheet's number.
type sheet struct{ application, number string }

// temp is one temporary card.
type temp struct {
	application, sheet        string
	applied, made, out, ended int
	lost                      bool
}

type cases struct {
	defects   map[string]int  // by card number
	away      map[attempt]int // went up minus came back
	taken     map[oldCard]int
	promised  map[oldCard]bool // a hand-over says that the old card was taken in
	destroyed map[oldCard]int
	scrapped  map[string]int // spoilt cards destroyed, by number
	sheets    map[sheet]int  // temporary cards destroyed
	temps     map[string]*temp
}

func newCases() cases {
	return cases{defects: make(map[string]int), away: make(map[attempt]int), taken: make(map[oldCard]int), promised: make(map[oldCard]bool),
		destroyed: make(map[oldCard]int), scrapped: make(map[string]int), sheets: make(map[sheet]int), temps: make(map[string]*temp)}
}

// caseBody has the members of those bodies that conservation needs.
type caseBody struct {
	Home        event.Unit `json:"home"`
	Application string     `json:"application"`
	Round       int        `json:"round"`
	Attempt     int        `json:"attempt"`
	Temporary   string     `json:"temporary"`
	Defect      *struct {
		CardNo string `json:"card_no"`
	} `json:"defect"`
	Old *struct {
		Number string `json:"number"`
	} `json:"old"`
	Made *struct {
		Sheet string `json:"sheet"`
	} `json:"made"`
	Ended *struct {
		End string `json:"end"`
	} `json:"ended"`
}

// caseHandlers maps a kind to what it adds.
var caseHandlers = map[string]func(*auditor, *caseBody){
	"card.defect_found": func(a *auditor, b *caseBody) {
		if b.Defect != nil {
			a.cases.defects[b.Defect.CardNo]++
			a.report.Cases.Remade++
		}
	},
	"card.unclaimed": func(a *auditor, b *caseBody) { a.cases.away[attempt{b.Application, b.Round, b.Attempt}]++ },
	"card.came_back": func(a *auditor, b *caseBody) { a.cases.away[attempt{b.Application, b.Round, b.Attempt}]-- },
	"card.old_taken_in": func(a *auditor, b *caseBody) {
		if b.Old != nil {
			a.cases.taken[oldCard{b.Application, b.Old.Number}]++
			a.report.Cases.OldTakenIn++
		}
	},
	"card.temporary_applied":    func(a *auditor, b *caseBody) { a.temp(b).applied++ },
	"card.temporary_handed_out": func(a *auditor, b *caseBody) { a.temp(b).out++ },
	"card.temporary_made": func(a *auditor, b *caseBody) {
		t := a.temp(b)
		if t.made++; b.Made != nil {
			t.sheet = b.Made.Sheet
		}
	},
	"card.temporary_ended": func(a *auditor, b *caseBody) {
		t := a.temp(b)
		t.ended++
		t.lost = b.Ended != nil && b.Ended.End == "lost"
	},
}

func (a *auditor) temp(b *caseBody) *temp {
	if a.cases.temps[b.Temporary] == nil {
		a.cases.temps[b.Temporary] = &temp{application: b.Application}
	}
	return a.cases.temps[b.Temporary]
}

// caseEntry adds an entry of a kind that is none of the ordinary road; done is false for any other.
func (a *auditor) caseEntry(e *journal.Entry) (done bool, err error) {
	handle := caseHandlers[e.Kind]
	switch {
	case handle == nil && e.Kind != "card.destroyed":
		return false, nil
	case e.Erased():
		return true, nil
	case handle == nil:
		return true, a.cardsDestroyed(e)
	}
	body, err := decode[caseBody](e)
	if err == nil {
		handle(a, &body)
	}
	return true, err
}

func (a *auditor) cardsDestroyed(e *journal.Entry) error {
	body, err := decode[struct {
		Waste  string `json:"waste"`
		Second string `json:"second"`
		Cards  []struct {
			Application string `json:"application"`
			Number      string `json:"number"`
		} `json:"cards"`
	}](e)
	if err != nil {
		return err
	}
	if body.Second == "" || body.Second == e.Operator {
		a.breach("card.alone", e.Subject, "cards were destroyed by one person")
	}
	for _, c := range body.Cards {
		switch body.Waste {
		case "old":
			a.cases.destroyed[oldCard{c.Application, c.Number}]++
		case "temporary":
			a.cases.sheets[sheet{c.Application, c.Number}]++
		default:
			a.cases.scrapped[c.Number]++
		}
	}
	return nil
}

func (a *auditor) sumCases() {
	sums := &a.report.Cases
	for card, n := range a.cases.away {
		if sums.Unclaimed += n; n < 0 || n > 1 {
			a.breach("unclaimed.sum", card.application, "went up and came back unevenly: %d", n)
		}
	}
	for old := range a.cases.promised {
		if a.cases.taken[old] == 0 {
			a.breach("old.missing", old.application, "the old card %s was taken at the hand-over, and nobody has taken it in", old.number)
		}
	}
	for old, n := range a.cases.destroyed {
		if sums.OldDestroyed += n; n > a.cases.taken[old] {
			a.breach("old.destroyed", old.application, "the old card %s was destroyed %d times and taken in %d times", old.number, n, a.cases.taken[old])
		}
	}
	sums.OldKept = sums.OldTakenIn - sums.OldDestroyed
	for number, n := range a.cases.scrapped {
		p := a.cards.pieces[number]
		switch {
		case n > 1:
			a.breach("card.destroyed_twice", number, "was destroyed %d times", n)
		case p == nil || p.made == 0:
			a.breach("card.destroyed_unmade", number, "was destroyed, but never made")
		case p.handed > 0:
			a.breach("card.destroyed_handed", number, "was destroyed and handed over")
		}
	}
	for number := range a.cases.defects {
		if p := a.cards.pieces[number]; p != nil && p.handed > 0 {
			a.breach("card.defect_handed", number, "was found unfit and handed over")
		}
	}
	a.sumTemps()
}

func (a *auditor) sumTemps() {
	sums := &a.report.Cases
	used := make(map[sheet]*temp)
	for _, id := range sortedKeys(a.cases.temps) {
		t := a.cases.temps[id]
		if t.applied != 1 || t.made > 1 || t.out > t.made || t.ended > t.out {
			a.breach("temporary.steps", id, "applied %d, made %d, handed out %d, ended %d times", t.applied, t.made, t.out, t.ended)
		}
		sums.TempApplied++
		switch {
		case t.ended > 0 && t.lost:
			sums.TempLost++
		case t.ended > 0:
			sums.TempReturned++
		case t.out > 0:
			sums.TempOut++
		case t.made > 0:
			sums.TempReady++
		default:
			sums.TempWaiting++
		}
		if t.made > 0 {
			used[sheet{t.application, t.sheet}] = t
		}
	}
	for s, n := range a.cases.sheets {
		if t := used[s]; n > 1 || t == nil || t.out > 0 && (t.ended == 0 || t.lost) {
			a.breach("temporary.destroyed", s.application, "the temporary card %s was destroyed %d times, and is not kept", s.number, n)
		}
	}
}
