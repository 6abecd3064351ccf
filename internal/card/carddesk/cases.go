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

// HoldInput puts an application aside with a promise.
type HoldInput struct {
	Application string          `json:"application"`
	Reason      card.HoldReason `json:"reason"`               // rare_character, number, absent
	Characters  string          `json:"characters,omitempty"` // the rare ones
	Picture     string          `json:"picture,omitempty"`    // digest: what they look like
	PromisedOn  citizen.Date    `json:"promised_on"`          // when the applicant hears again
	Words       string          `json:"words,omitempty"`
}

func holdIt(ctx context.Context, w *office.Work, in HoldInput) (Reached, error) {
	a, err := hold(ctx, w, in.Application)
	if err != nil {
		return Reached{}, err
	}
	if err := here(w, in.Picture); err != nil {
		return Reached{}, err
	}
	return emit(w, a)(card.HoldIt(a, actor(w), card.Hold{Reason: in.Reason, Characters: in.Characters, Picture: in.Picture, PromisedOn: in.PromisedOn, Words: in.Words}, w.Today))
}

// ReleaseInput ends a hold.
type ReleaseInput struct {
	Application string `json:"application"`
	Words       string `json:"words"` // how it was settled
}

func release(ctx context.Context, w *office.Work, in ReleaseInput) (Reached, error) {
	a, err := hold(ctx, w, in.Application)
	if err != nil {
		return Reached{}, err
	}
	return emit(w, a)(card.ReleaseIt(a, actor(w), in.Words))
}

// DefectInput is a card found unfit. One of Application and CardNo names it.
type DefectInput struct {
	Application string          `json:"application,omitempty"`
	CardNo      string          `json:"card_no,omitempty"`
	Code        card.DefectCode `json:"code"` // surface, film, body, chip, photo, data
	Words       string          `json:"words,omitempty"`
}

func findDefect(ctx context.Context, w *office.Work, in DefectInput) (Reached, error) {
	if in.Application == "" {
		p, _, err := carddb.CardByNumber(ctx, w.Tx, in.CardNo)
		if err != nil {
			return Reached{}, err
		}
		in.Application = p.Application
	}
	a, err := hold(ctx, w, in.Application)
	if err != nil {
		return Reached{}, err
	}
	return emit(w, a)(card.FindDefect(a, actor(w), in.Code, in.Words))
}

// RemindInput reminds an applicant to collect.
type RemindInput struct {
	Application string `json:"application"`
	Way         string `json:"way"`
}

func (d desk) remind(ctx context.Context, w *office.Work, in RemindInput) (Reached, error) {
	a, err := hold(ctx, w, in.Application)
	if err != nil {
		return Reached{}, err
	}
	return emit(w, a)(card.Remind(a, actor(w), in.Way, d.limits, w.Today))
}

// UnclaimedInput asks for the cards that nobody has come for.
type UnclaimedInput struct {
	Purpose string `json:"purpose"`
	Limit   int    `json:"limit,omitempty"`
}

// UncollectedCard is one of them.
type UncollectedCard struct {
	Unit        event.Unit   `json:"unit"`
	Application string       `json:"application"`
	Name        string       `json:"name"`
	CardNo      string       `json:"card_no"`
	Stage       card.Stage   `json:"stage"` // notified: at the station; unclaimed: kept above
	Since       int64        `json:"since"`
	Reminders   int          `json:"reminders"`
	RemindFrom  citizen.Date `json:"remind_from,omitzero"`
	GoesUp      bool         `json:"goes_up,omitempty"` // due to go up to the county
}

func (d desk) unclaimed(ctx context.Context, w *office.Work, in UnclaimedInput) ([]UncollectedCard, error) {
	if err := record(w, card.LookedUp{Purpose: in.Purpose, How: card.LookUpUnclaimed, Wide: true}); err != nil {
		return nil, err
	}
	out := []UncollectedCard{}
	limit := page(in.Limit)
	running, err := carddb.RunningIn(ctx, w.Tx, w.By.Unit)
	for i := range running {
		r := &running[i]
		if r.Stage != card.StageNotified && r.Stage != card.StageUnclaimed || len(out) >= limit {
			continue
		}
		a := card.Application{ID: r.Application, Home: r.Unit, Stage: r.Stage, Since: r.Since, Reminders: r.Reminders, RemindedAt: r.RemindedAt}
		u := UncollectedCard{Unit: r.Unit, Application: r.Application, Name: r.Name, CardNo: r.CardNo, Stage: r.Stage, Since: r.Since, Reminders: r.Reminders}
		if r.Stage == card.StageNotified {
			u.RemindFrom, u.GoesUp = card.NextReminder(a, d.limits), card.GoesUp(a, d.limits, w.Today) == nil
		}
		out = append(out, u)
	}
	return out, err
}

// SendUpInput names uncollected cards; left out: every one that is due to go up.
type SendUpInput struct {
	Applications []string `json:"applications,omitempty"`
}

// sendUp sends uncollected cards to the county, with the list that goes along.
func (d desk) sendUp(ctx context.Context, w *office.Work, in SendUpInput) (ConsignResult, error) {
	ids := in.Applications
	if len(ids) == 0 {
		running, err := carddb.RunningIn(ctx, w.Tx, w.By.Unit)
		for i := range running {
			r := &running[i]
			a := card.Application{ID: r.Application, Stage: r.Stage, Since: r.Since, Reminders: r.Reminders}
			if card.GoesUp(a, d.limits, w.Today) == nil {
				ids = append(ids, r.Application)
			}
		}
		if err != nil {
			return ConsignResult{}, err
		}
	}
	all, err := lockAll(ctx, w, append(slices.Clone(ids), keepLock(w.By.Unit)))
	if err != nil {
		return ConsignResult{}, err
	}
	if len(all) < len(in.Applications) {
		return ConsignResult{}, card.NotFound()
	}
	held, err := carddb.HeldAt(ctx, w.Tx, w.By.Unit)
	if err != nil {
		return ConsignResult{}, err
	}
	var cards []card.Packed
	for _, a := range all {
		events, err := card.SendUp(a, actor(w), d.limits, w.Today)
		if err != nil {
			return ConsignResult{}, err
		}
		w.Emit(events...)
		cards = append(cards, card.Packed{Application: a.ID, CardNo: a.CardNo, Home: a.Home})
	}
	id, err := newID()
	if err != nil {
		return ConsignResult{}, err
	}
	county := w.By.Unit.Parent()
	e, err := card.Consign(card.ConsignCommand{By: actor(w), Consignment: id, To: county, Cards: cards}, held)
	if err != nil {
		return ConsignResult{}, err
	}
	w.Emit(e)
	return ConsignResult{Consignment: id, To: county, Cards: cards}, nil
}

// found records that a lost card was found before its replacement was ordered.
func found(ctx context.Context, w *office.Work, in ApplicationInput) (Reached, error) {
	a, err := hold(ctx, w, in.Application)
	if err != nil {
		return Reached{}, err
	}
	all, err := others(ctx, w, a)
	if err != nil {
		return Reached{}, err
	}
	return emit(w, a)(card.FoundAgain(a, actor(w), all))
}

// DestroyInput destroys what is kept. Numbers left out: everything of that sort.
type DestroyInput struct {
	Waste   card.Waste `json:"waste,omitempty"` // old (the usual), temporary
	Numbers []string   `json:"numbers,omitempty"`
	Second  string     `json:"second"` // the other person
}

func destroyOld(ctx context.Context, w *office.Work, in DestroyInput) (card.Destruction, error) {
	if in.Waste == "" {
		in.Waste = card.WasteOld
	}
	if in.Waste != card.WasteOld && in.Waste != card.WasteTemporary {
		return card.Destruction{}, event.Refuse("card.waste", "", citizen.Text{ZH: "种类不明", EN: "unknown sort"}, citizen.Text{ZH: "用 old 或 temporary", EN: "use old or temporary"})
	}
	return destroy(ctx, w, in)
}

func destroySpoilt(ctx context.Context, w *office.Work, in DestroyInput) (card.Destruction, error) {
	in.Waste = card.WasteSpoilt
	return destroy(ctx, w, in)
}

func destroy(ctx context.Context, w *office.Work, in DestroyInput) (card.Destruction, error) {
	if err := w.Lock(ctx, keepLock(w.By.Unit)); err != nil {
		return card.Destruction{}, err
	}
	kept, err := keptOf(ctx, w, in.Waste)
	if err != nil {
		return card.Destruction{}, err
	}
	id, err := newID()
	if err != nil {
		return card.Destruction{}, err
	}
	d := card.Destruction{Destruction: id, Waste: in.Waste, Day: w.Today, Second: second(w, in.Second)}
	if len(in.Numbers) == 0 {
		d.Cards = kept
	}
	for _, number := range in.Numbers {
		i := slices.IndexFunc(kept, func(s card.Scrap) bool { return s.Number == number })
		if i < 0 {
			d.Cards = append(d.Cards, card.Scrap{Number: number})
			continue
		}
		d.Cards = append(d.Cards, kept[i])
	}
	e, err := card.Destroy(actor(w), d, kept)
	if err != nil {
		return card.Destruction{}, err
	}
	w.Emit(e)
	return d, nil
}

func keptOf(ctx context.Context, w *office.Work, waste card.Waste) ([]card.Scrap, error) {
	switch waste {
	case card.WasteOld:
		return carddb.KeptOld(ctx, w.Tx, w.By.Unit)
	case card.WasteTemporary:
		return carddb.KeptTemporary(ctx, w.Tx, w.By.Unit)
	}
	return carddb.KeptSpoilt(ctx, w.Tx, w.By.Unit)
}

// Kept is what a unit keeps to be destroyed.
type Kept struct {
	Old       []card.Scrap `json:"old"`
	Temporary []card.Scrap `json:"temporary"`
	Spoilt    []card.Scrap `json:"spoilt"`
	Held      []card.Scrap `json:"held"` // of withdrawn applications: destroyed by card.withdraw
}

// KeptInput asks for it: an old card's number is its holder's.
type KeptInput struct {
	Purpose string `json:"purpose"`
}

func kept(ctx context.Context, w *office.Work, in KeptInput) (Kept, error) {
	if err := record(w, card.LookedUp{Purpose: in.Purpose, How: card.LookUpKept, Wide: true}); err != nil {
		return Kept{}, err
	}
	return keptHere(ctx, w)
}

func keptHere(ctx context.Context, w *office.Work) (k Kept, err error) {
	if k.Held, err = carddb.KeptHeld(ctx, w.Tx, w.By.Unit); err != nil {
		return k, err
	}
	if k.Old, err = keptOf(ctx, w, card.WasteOld); err != nil {
		return k, err
	}
	if k.Temporary, err = keptOf(ctx, w, card.WasteTemporary); err != nil {
		return k, err
	}
	k.Spoilt, err = keptOf(ctx, w, card.WasteSpoilt)
	return k, err
}
