package carddesk

import (
	"context"
	"slices"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddb"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
)

// ConsignInput sends cards to the next tier.
type ConsignInput struct {
	To    event.Unit `json:"to"`
	Cards []string   `json:"cards,omitempty"` // card numbers; left out: all that are held here for that unit, but for unclaimed and spoilt ones
}

// ConsignResult is the list that goes with the cards.
type ConsignResult struct {
	Consignment string        `json:"consignment"`
	To          event.Unit    `json:"to"`
	Cards       []card.Packed `json:"cards"`
}

// keepLock is the lock of the cards that a unit keeps.
func keepLock(unit event.Unit) string { return "card:keep:" + string(unit) }

func consign(ctx context.Context, w *office.Work, in ConsignInput) (ConsignResult, error) {
	if err := w.Lock(ctx, keepLock(w.By.Unit)); err != nil {
		return ConsignResult{}, err
	}
	held, err := carddb.HeldAt(ctx, w.Tx, w.By.Unit)
	if err != nil {
		return ConsignResult{}, err
	}
	id, err := newID()
	if err != nil {
		return ConsignResult{}, err
	}
	if len(in.Cards) == 0 {
		stored, err := carddb.Stored(ctx, w.Tx, w.By.Unit)
		if err != nil {
			return ConsignResult{}, err
		}
		held = slices.DeleteFunc(held, func(p card.Packed) bool { return stored[p.CardNo] })
	}
	cards := choose(held, in, w.By.Unit)
	e, err := card.Consign(card.ConsignCommand{By: actor(w), Consignment: id, To: in.To, Cards: cards}, held)
	if err != nil {
		return ConsignResult{}, err
	}
	w.Emit(e)
	return ConsignResult{Consignment: id, To: in.To, Cards: cards}, nil
}

// choose gives the cards that were named, or all that are held for the unit: downward those of its area, upward those of others.
func choose(held []card.Packed, in ConsignInput, own event.Unit) []card.Packed {
	var cards []card.Packed
	if len(in.Cards) == 0 {
		down := in.To.Parent() == own
		for _, p := range held {
			if down && p.Home != "" && in.To.Contains(p.Home) || !down && p.Home != "" && !own.Contains(p.Home) {
				cards = append(cards, p)
			}
		}
		return cards
	}
	for _, no := range in.Cards {
		i := slices.IndexFunc(held, func(p card.Packed) bool { return p.CardNo == no })
		if i < 0 {
			cards = append(cards, card.Packed{CardNo: no})
			continue
		}
		cards = append(cards, held[i])
	}
	return cards
}

// CountInput is what came, as scanned.
type CountInput struct {
	Consignment string   `json:"consignment"` // from another tier, or the maker's package
	Cards       []string `json:"cards"`       // card numbers
}

// CountResult is the count.
type CountResult struct {
	Consignment string   `json:"consignment"`
	Listed      int      `json:"listed"`
	Found       int      `json:"found"`
	Missing     []string `json:"missing,omitempty"`
	Surplus     []string `json:"surplus,omitempty"`
	Wrong       []string `json:"wrong,omitempty"` // meant for another unit's area: they go up again
	Held        []string `json:"held,omitempty"`  // of withdrawn applications: to be destroyed under two names
}

func count(ctx context.Context, w *office.Work, in CountInput) (CountResult, error) {
	facts, err := countFacts(ctx, w, in)
	if err != nil {
		return CountResult{}, err
	}
	locks := []string{in.Consignment, keepLock(w.By.Unit)}
	for _, p := range facts.Listed {
		locks = append(locks, p.Application)
	}
	for _, p := range facts.Known {
		locks = append(locks, p.Application)
	}
	if err := w.Lock(ctx, locks...); err != nil {
		return CountResult{}, err
	}
	if facts.Counted, err = carddb.CountedBy(ctx, w.Tx, w.By.Unit, in.Consignment); err != nil {
		return CountResult{}, err
	}
	if facts.Stale, err = stale(ctx, w, facts, in.Cards); err != nil {
		return CountResult{}, err
	}
	e, counted, err := card.Count(card.CountCommand{By: actor(w), Consignment: in.Consignment, Cards: in.Cards}, facts)
	if err != nil {
		return CountResult{}, err
	}
	w.Emit(e)
	result := tallyCount(counted)
	for _, c := range counted.Cards {
		if c.Verdict != card.CountMissing && c.Home == w.By.Unit {
			held, err := arrive(ctx, w, c.Application, counted.Consignment, c.CardNo)
			if err != nil {
				return CountResult{}, err
			}
			if held {
				result.Held = append(result.Held, c.CardNo)
			}
		}
	}
	return result, nil
}

// stale names those of this station's own cards that another attempt at making has replaced.
func stale(ctx context.Context, w *office.Work, facts card.CountFacts, cards []string) (old []string, err error) {
	for _, p := range facts.Listed {
		if p.Home != w.By.Unit || !slices.Contains(cards, p.CardNo) {
			continue
		}
		a, ok, err := carddb.Load(ctx, w.Tx, p.Application)
		if err != nil {
			return nil, err
		}
		if ok && a.CardNo != "" && a.CardNo != p.CardNo {
			old = append(old, p.CardNo)
		}
	}
	return old, nil
}

func countFacts(ctx context.Context, w *office.Work, in CountInput) (facts card.CountFacts, err error) {
	listed, ok, err := carddb.Listing(ctx, w.Tx, w.By.Unit, in.Consignment)
	if err != nil {
		return facts, err
	}
	if !ok {
		return facts, event.Refuse("card.no_consignment", "", citizen.Text{ZH: "没有发往本单位的此包", EN: "no such consignment was sent here"},
			citizen.Text{ZH: "核对包号；清单可能尚未到达", EN: "check the number; the list may not have arrived yet"})
	}
	facts.Listed, facts.Known = listed, make(map[string]card.Packed)
	for _, no := range in.Cards {
		if slices.ContainsFunc(listed, func(p card.Packed) bool { return p.CardNo == no }) {
			continue
		}
		p, ok, err := carddb.CardByNumber(ctx, w.Tx, no)
		if err != nil {
			return facts, err
		}
		if ok {
			facts.Known[no] = p
		}
	}
	return facts, nil
}

func tallyCount(counted card.ConsignmentCounted) CountResult {
	result := CountResult{Consignment: counted.Consignment, Listed: counted.Listed}
	for _, c := range counted.Cards {
		switch c.Verdict {
		case card.CountFound:
			result.Found++
		case card.CountMissing:
			result.Missing = append(result.Missing, c.CardNo)
		case card.CountSurplus:
			result.Surplus = append(result.Surplus, c.CardNo)
		case card.CountWrong:
			result.Wrong = append(result.Wrong, c.CardNo)
		}
	}
	return result
}

// arrive records the arrival of a card at its station. held tells that its application is withdrawn. Where the maker's dispatch is not
// known here yet nothing is recorded; card.take_in does it when it is.
func arrive(ctx context.Context, w *office.Work, application, consignment, cardNo string) (held bool, err error) {
	a, ok, err := carddb.Load(ctx, w.Tx, application)
	if err != nil || !ok {
		return false, err
	}
	e, ok := card.Arrive(a, actor(w), consignment, cardNo)
	if ok {
		w.Emit(e)
	}
	return ok && a.Stage == card.StageWithdrawn, nil
}

// TakeInResult names the applications whose cards were taken in.
type TakeInResult struct {
	Applications []string `json:"applications"`
}

// takeIn records the arrival of cards that were counted before their dispatch was known here.
func takeIn(ctx context.Context, w *office.Work, _ struct{}) (TakeInResult, error) {
	result := TakeInResult{Applications: []string{}}
	waiting, err := carddb.CountedNotArrived(ctx, w.Tx, w.By.Unit)
	if err != nil {
		return result, err
	}
	for _, c := range waiting {
		result.Applications = append(result.Applications, c.Application)
	}
	if err := w.Lock(ctx, result.Applications...); err != nil {
		return result, err
	}
	for _, c := range waiting {
		if _, err := arrive(ctx, w, c.Application, c.Consignment, c.CardNo); err != nil {
			return result, err
		}
	}
	return result, nil
}
