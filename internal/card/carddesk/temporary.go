package carddesk

import (
	"context"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddb"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/fund"
	"github.com/huzheng/huzheng/internal/fund/funddb"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register/registerdb"
)

// TempInput asks for a temporary card for an application that is under way.
type TempInput struct {
	Application string `json:"application"`
	Reason      string `json:"reason"`
	Photo       string `json:"photo,omitempty"` // digest; left out: the application's
}

// TempAsked is what the applicant is told.
type TempAsked struct {
	Temporary string       `json:"temporary"`
	DueOn     citizen.Date `json:"due_on,omitzero"`
	FeeFen    int64        `json:"fee_fen"`
}

func applyTemp(ctx context.Context, w *office.Work, in TempInput) (TempAsked, error) {
	a, err := hold(ctx, w, in.Application)
	if err != nil {
		return TempAsked{}, err
	}
	if err := here(w, in.Photo); err != nil {
		return TempAsked{}, err
	}
	all, err := carddb.TemporariesHeld(ctx, w.Tx, a.ID, a.Resident)
	if err != nil {
		return TempAsked{}, err
	}
	id, err := newID()
	if err != nil {
		return TempAsked{}, err
	}
	e, applied, err := card.ApplyTemp(a, card.TempCommand{By: actor(w), ID: id, Reason: in.Reason, Photo: in.Photo, Today: w.Today}, all)
	if err != nil {
		return TempAsked{}, err
	}
	w.Emit(e)
	out := TempAsked{Temporary: id, DueOn: applied.DueOn}
	if fen, _, err := fund.Due(card.Temporary, w.Today); err == nil {
		out.FeeFen = fen
	}
	return out, nil
}

// holdTemp locks a temporary card and its application, and loads it.
func holdTemp(ctx context.Context, w *office.Work, id string) (card.TempCard, error) {
	t, ok, err := carddb.Temporary(ctx, w.Tx, id)
	if err != nil || !ok {
		return t, err
	}
	if err := w.Below(t.Home); err != nil {
		return t, err
	}
	if err := w.Lock(ctx, append(personLocks(t.Resident, ""), t.Application, t.ID, "card:sheets:"+string(t.Home.Parent()))...); err != nil {
		return t, err
	}
	t, _, err = carddb.Temporary(ctx, w.Tx, t.ID)
	return t, err
}

// MakeTempInput is a temporary card made and signed.
type MakeTempInput struct {
	Temporary string `json:"temporary"`           // or its application, by identifier or acceptance number
	Sheet     string `json:"sheet"`               // number of the base sheet
	Undecided bool   `json:"undecided,omitempty"` // the registration is undecided (rule of 1989 only)
}

func makeTemp(ctx context.Context, w *office.Work, in MakeTempInput) (*card.TempMade, error) {
	t, err := holdTemp(ctx, w, in.Temporary)
	if err != nil {
		return nil, err
	}
	used, err := carddb.SheetUsed(ctx, w.Tx, w.By.Unit, in.Sheet)
	if err != nil {
		return nil, err
	}
	if used && in.Sheet != "" {
		return nil, event.Refuse("card.sheet_used", "公安部令第78号（2005）", citizen.Text{ZH: "该底卡号已用", EN: "the base sheet has been used"},
			citizen.Text{ZH: "核对底卡号", EN: "check its number"})
	}
	events, made, err := card.MakeTemp(t, actor(w), in.Sheet, card.Authority(citizen.Division(w.By.Unit), w.Today), in.Undecided, w.Today)
	if err != nil {
		return nil, err
	}
	w.Emit(events...)
	return made, nil
}

// HandOutTempInput gives a temporary card to the applicant.
type HandOutTempInput struct {
	Temporary string `json:"temporary"`
	Signature string `json:"signature"` // digest
}

// TempReached is where a temporary card stands after an action.
type TempReached struct {
	Temporary string         `json:"temporary"`
	State     card.TempState `json:"state"`
}

func handOutTemp(ctx context.Context, w *office.Work, in HandOutTempInput) (TempReached, error) {
	t, err := holdTemp(ctx, w, in.Temporary)
	if err != nil {
		return TempReached{}, err
	}
	if err := here(w, in.Signature); err != nil {
		return TempReached{}, err
	}
	a, _, err := carddb.Load(ctx, w.Tx, t.Application)
	if err != nil {
		return TempReached{}, err
	}
	paid, err := funddb.SettledFor(ctx, w.Tx, t.Home, fund.Temporary, t.ID)
	if err != nil {
		return TempReached{}, err
	}
	events, err := card.HandOutTemp(t, actor(w), in.Signature, card.TempFacts{Running: !a.Terminal(), FeeSettled: paid}, w.Today)
	if err != nil {
		return TempReached{}, err
	}
	w.Emit(events...)
	return TempReached{t.ID, card.TempOut}, nil
}

// EndTempInput is a temporary card handed back or lost, apart from the hand-over of the real one.
type EndTempInput struct {
	Temporary string       `json:"temporary"`
	End       card.TempEnd `json:"end"` // returned, lost
}

func endTemp(ctx context.Context, w *office.Work, in EndTempInput) (TempReached, error) {
	t, err := holdTemp(ctx, w, in.Temporary)
	if err != nil {
		return TempReached{}, err
	}
	events, err := card.EndTemp(t, actor(w), in.End, w.Today)
	if err != nil {
		return TempReached{}, err
	}
	w.Emit(events...)
	return TempReached{t.ID, card.TempState(in.End)}, nil
}

// TempsInput asks for temporary cards.
type TempsInput struct {
	Purpose string         `json:"purpose"`
	State   card.TempState `json:"state,omitempty"` // applied, made, handed_out, returned, lost; left out: any
	Limit   int            `json:"limit,omitempty"`
}

// TempListed is a temporary card in a list.
type TempListed struct {
	card.TempCard
	Late bool `json:"late,omitempty"` // not handed out within the three days
	Over bool `json:"over,omitempty"` // out, and its term or its application is over: to be taken back
}

func temporaries(ctx context.Context, w *office.Work, in TempsInput) ([]TempListed, error) {
	if err := record(w, card.LookedUp{Purpose: in.Purpose, How: card.LookUpTemporary, Wide: true}); err != nil {
		return nil, err
	}
	all, err := carddb.Temporaries(ctx, w.Tx, w.By.Unit, in.State, page(in.Limit))
	if err != nil {
		return nil, err
	}
	out := make([]TempListed, 0, len(all))
	for _, t := range all {
		l := TempListed{TempCard: t}
		waiting := t.State == card.TempAsked || t.State == card.TempReady
		l.Late = waiting && !t.DueOn.IsZero() && w.Today.After(t.DueOn)
		if t.State == card.TempOut {
			a, _, err := carddb.Load(ctx, w.Tx, t.Application)
			if err != nil {
				return nil, err
			}
			l.Over = w.Today.After(t.ValidTo) || a.Terminal()
		}
		out = append(out, l)
	}
	return out, nil
}

// out gives the temporary cards of an application that are in the holder's hands.
func out(ctx context.Context, w *office.Work, a card.Application) ([]card.TempCard, error) {
	all, err := carddb.TemporariesOf(ctx, w.Tx, a.ID)
	if err != nil {
		return nil, err
	}
	var held []card.TempCard
	for _, t := range all {
		if t.State == card.TempOut {
			held = append(held, t)
		}
	}
	return held, nil
}

// guardian fills in what the register knows of a guardian: it is told to the clerk and refuses nothing.
func guardian(ctx context.Context, w *office.Work, kin card.Kin, child card.Person) (card.Kin, error) {
	r := child.Record
	kin.Parent = kin.Number != "" && (kin.Number == r.FatherNumber || kin.Number == r.MotherNumber)
	all, err := registerdb.ByNumber(ctx, w.Tx, kin.Number)
	if err == nil && len(all) > 0 && all[0].Record.Number == kin.Number {
		kin.Tenure = all[0].ID
	}
	return kin, err
}
