package verifydesk

import (
	"context"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register/registerdb"
	"github.com/huzheng/huzheng/internal/verify"
	"github.com/huzheng/huzheng/internal/verify/verifydb"
)

// Waiting counts what waits for the operator's unit. It shows nobody.
type Waiting struct {
	Visits      int `json:"visits"`      // households of the station that nobody has visited
	Orders      int `json:"orders"`      // comparisons of the station with orders that are not done
	Corrections int `json:"corrections"` // that this unit decides on
	Cases       int `json:"cases"`       // whose next step is this unit's
	Urgent      int `json:"urgent"`      // of these: a proof of life
	Late        int `json:"late"`        // of these: past their day
}

func (d desk) waiting(ctx context.Context, w *office.Work, _ None) (out Waiting, err error) {
	mine, err := d.mine(ctx, w)
	if err != nil {
		return out, err
	}
	for _, one := range mine {
		switch {
		case one.Class == verify.ClassCorrection:
			out.Corrections++
		case one.Class == verify.ClassComparison:
			out.Orders++
		default:
			out.Cases++
		}
		if one.Stage == verify.StageProved {
			out.Urgent++
		}
		if !one.Due.IsZero() && w.Today.After(one.Due) {
			out.Late++
		}
	}
	if w.By.Unit.Level() != event.Station {
		return out, nil
	}
	standing, err := visitsOf(ctx, w.Tx, w.By.Unit)
	out.Visits = standing.Households - standing.Visited
	return out, err
}

// mine lists the corrections, comparisons and cases whose next step is this unit's, the longest waiting first.
func (d desk) mine(ctx context.Context, w *office.Work) ([]Listed, error) {
	var found []verify.Matter
	var err error
	if w.By.Unit.Level() == event.Station {
		found, err = ofStation(ctx, w)
	} else {
		found, err = ofDecider(ctx, w)
	}
	if err != nil {
		return nil, err
	}
	out := []Listed{}
	for _, m := range found {
		who, due := d.settings.Due(m)
		if who == w.By.Unit && d.begun(w, m) {
			out = append(out, Listed{Matter: m, Who: who, Due: due})
		}
	}
	return out, nil
}

// begun leaves out whoever can only wait: a side that was served, until the period for objections is over, one that waits for the other sides, and an approved
// correction, which the node carries out by itself.
func (d desk) begun(w *office.Work, m verify.Matter) bool {
	switch m.Stage {
	case verify.StageNoticed:
		return w.Today.After(verify.DayOf(m.Since).AddDays(d.settings.ObjectionDays))
	case verify.StageCarriedOut, verify.StageApproved:
		return false
	}
	return true
}

func ofStation(ctx context.Context, w *office.Work) ([]verify.Matter, error) {
	all, err := verifydb.Waiting(ctx, w.Tx, w.By.Unit, w.Now+1)
	if err != nil {
		return nil, err
	}
	open, err := verifydb.List(ctx, w.Tx, w.By.Unit, verify.ClassComparison, verify.StageOpen, everything)
	return append(all, open...), err
}

// everything is a limit that no station's list reaches.
const everything = 1_000_000

// ofDecider reads the cases of a unit above the stations, each once: by its proposal where there is one, and not before every side has been heard.
func ofDecider(ctx context.Context, w *office.Work) ([]verify.Matter, error) {
	sides, err := verifydb.Deciding(ctx, w.Tx, w.By.Unit)
	if err != nil {
		return nil, err
	}
	rank := make(map[string]int)
	for _, m := range sides {
		rank[m.ID] = max(rank[m.ID], rankOf(m))
	}
	var all []verify.Matter
	for _, m := range sides {
		if rank[m.ID] == rankOf(m) {
			all = append(all, m)
			rank[m.ID] = done
		}
	}
	corrections, err := verifydb.List(ctx, w.Tx, w.By.Unit, verify.ClassCorrection, verify.StageProposed, everything)
	return append(all, corrections...), err
}

const done = 9

// rankOf tells which row speaks for a case: a proof of life, a proposal that waits, a side that is not heard yet, any other.
func rankOf(m verify.Matter) int {
	switch {
	case m.Stage == verify.StageProved:
		return 4
	case m.Class == verify.ClassProposal && m.Stage == verify.StageProposed:
		return 3
	case m.Class == verify.ClassProposal:
		return 0
	case m.Stage == verify.StageOpened:
		return 2
	}
	return 1
}

// waits tells whether a matter waits for somebody.
func waits(m verify.Matter) bool {
	switch m.Class {
	case verify.ClassCase:
		return m.Stage != verify.StageClosed && m.Stage != verify.StageReversed
	case verify.ClassCorrection:
		return m.Stage == verify.StageProposed || m.Stage == verify.StageApproved
	case verify.ClassComparison:
		return m.Stage == verify.StageOpen
	case verify.ClassProposal:
		return m.Stage == verify.StageProposed
	}
	return false
}

// named fills in whose matters they are, as far as the registrations stand in the area.
func named(ctx context.Context, w *office.Work, all []Listed) error {
	tenures := make([]string, 0, len(all))
	for i := range all {
		tenures = append(tenures, all[i].Tenure)
	}
	people, err := registerdb.People(ctx, w.Tx, tenures)
	if err != nil {
		return err
	}
	for i := range all {
		one := &all[i]
		p, ok := people[one.Tenure]
		if !ok || !w.By.Unit.Contains(p.Unit) {
			continue
		}
		one.Name, one.Address = p.Name, p.Address
		if one.HouseholdNo == "" {
			one.HouseholdNo = p.HouseholdNo
		}
	}
	return nil
}
