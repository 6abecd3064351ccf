package registerdesk

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdb"
	"github.com/huzheng/huzheng/internal/store"
)

// correcting are the categories of GA 214.13 that say that the value before was never true (更正、纠正); the others say that it became another.
var correcting = []string{"11", "12", "22", "32", "41", "52", "61", "72", "92"}

// HistoryInput asks for the history of one registration.
type HistoryInput struct {
	Tenure  string `json:"tenure"`
	Purpose string `json:"purpose"`
}

// HistoryLine is one change: when it became true, when it was registered, by whom, on what paper, and what it altered.
type HistoryLine struct {
	Version      int64              `json:"version"`
	Kind         string             `json:"kind"`
	Text         citizen.Text       `json:"text"`
	EffectiveOn  citizen.Date       `json:"effective_on,omitzero"`
	RegisteredOn citizen.Date       `json:"registered_on"`
	Operator     string             `json:"operator,omitempty"`
	Paper        *register.Paper    `json:"paper,omitempty"`
	Correction   bool               `json:"correction,omitempty"` // the value before was never true
	Altered      []register.Altered `json:"altered"`
}

// HistoryOutput is the history of a registration; FromTenure is the one that it continues, after a move.
type HistoryOutput struct {
	Unit       event.Unit    `json:"unit"`
	Tenure     string        `json:"tenure"`
	State      string        `json:"state"`
	FromUnit   event.Unit    `json:"from_unit,omitempty"`
	FromTenure string        `json:"from_tenure,omitempty"`
	Lines      []HistoryLine `json:"lines"`
}

func history(ctx context.Context, w *office.Work, in HistoryInput) (out HistoryOutput, err error) {
	t, err := inArea(ctx, w, in.Tenure)
	if err != nil {
		return out, err
	}
	out = HistoryOutput{Unit: t.Unit, Tenure: t.ID, State: t.State, Lines: []HistoryLine{}}
	if out.FromUnit, out.FromTenure, err = registerdb.MovedFrom(ctx, w.Tx, t.Unit, t.ID); err != nil {
		return out, err
	}
	versions, changes, err := versionsOf(ctx, w, t)
	if err != nil {
		return out, err
	}
	for i, v := range versions {
		line := HistoryLine{Version: int64(i + 1), Kind: v.Kind, Text: w.Office.Words(v.Kind), EffectiveOn: v.EffectiveOn, RegisteredOn: v.KnownOn,
			Correction: v.Corrects, Altered: []register.Altered{}}
		if c := changes[i]; c != nil {
			line.Version, line.Operator, line.Paper = c.Version, c.Operator, c.Paper
		}
		if i > 0 {
			if line.Altered, err = register.Alterations(versions[i-1].Record, v.Record); err != nil {
				return out, err
			}
		}
		out.Lines = append(out.Lines, line)
	}
	return out, record(w, register.LookedUp{Purpose: in.Purpose, How: "history", Tenures: []string{t.ID}})
}

// inArea reads a tenure of the operator's area.
func inArea(ctx context.Context, w *office.Work, tenure string) (register.Tenure, error) {
	t, _, err := read(ctx, w.Tx, tenure, 0)
	if err != nil {
		return t, err
	}
	return t, w.Below(t.Unit)
}

// versionsOf reads every version of a tenure, the import's first one too, which lies in its chunk. changes has a nil for that one.
func versionsOf(ctx context.Context, w *office.Work, t register.Tenure) (versions []register.Version, changes []*registerdb.Changed, err error) {
	rows, err := registerdb.History(ctx, w.Tx, t.Unit, t.ID)
	if err != nil {
		return nil, nil, err
	}
	if first, ok, err := imported(ctx, w, t, rows); err != nil {
		return nil, nil, err
	} else if ok {
		versions, changes = append(versions, first), append(changes, nil)
	}
	state := register.StateOpen
	for i := range rows {
		v, err := versionOf(ctx, w, rows[i], &state)
		if err != nil {
			return nil, nil, err
		}
		versions, changes = append(versions, v), append(changes, &rows[i])
	}
	return versions, changes, nil
}

func versionOf(ctx context.Context, w *office.Work, c registerdb.Changed, state *string) (v register.Version, err error) {
	v = register.Version{Kind: c.Kind, EffectiveOn: c.EffectiveOn, KnownOn: dateOf(c.At), Record: c.Record}
	switch c.Kind {
	case register.KindMovedOut:
		*state = register.StateMovedOut
	case register.KindDeathRegistered:
		*state = register.StateDead
	case register.KindCancelled, register.KindRemoved:
		*state = register.StateCancelled
	case register.KindRestored: // a death that was none; who comes back from abroad was away
		v.Corrects = *state == register.StateDead
		*state = register.StateOpen
	case register.KindTenureResumed:
		v.Corrects = true
		*state = register.StateOpen
	case register.KindItemsCorrected:
		v.Corrects, err = corrects(ctx, w.Tx, c.Ref)
	}
	v.State = *state
	return v, err
}

// corrects tells whether a change of items says that the value before was never true.
func corrects(ctx context.Context, tx *store.Tx, ref event.Ref) (bool, error) {
	e, err := journal.At(ctx, tx, ref)
	if errors.Is(err, journal.ErrNoEntry) || err == nil && e.Erased() {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var body register.ItemsCorrected
	err = e.Decode(&body)
	return slices.Contains(correcting, body.Category), err
}

func dateOf(at int64) citizen.Date { return citizen.DateOf(time.UnixMilli(at)) }

// imported is the first version of a tenure that an import opened, out of its chunk; where that is not here, what the next change says was before it.
func imported(ctx context.Context, w *office.Work, t register.Tenure, rows []registerdb.Changed) (v register.Version, ok bool, err error) {
	name, at, ok, err := registerdb.ChunkOfTenure(ctx, w.Tx, t.Unit, t.ID)
	if err != nil || !ok {
		return v, false, err
	}
	v = register.Version{Kind: register.KindChunkImported, KnownOn: dateOf(at), State: register.StateOpen, Record: t.Record}
	for _, c := range rows {
		if c.Before != nil {
			v.Record = *c.Before
			break
		}
	}
	blob, err := w.Office.Blobs.Get(name)
	if errors.Is(err, store.ErrNoBlob) {
		return v, true, nil
	}
	if err != nil {
		return v, false, err
	}
	_, err = register.ReadChunk(blob, func(l register.StoredLine) error {
		if l.Tenure == t.ID {
			v.Record = l.Record
		}
		return nil
	})
	return v, true, err
}

// AsOfInput asks what was registered of somebody on a day.
type AsOfInput struct {
	Tenure  string       `json:"tenure"`
	Date    citizen.Date `json:"date"`
	Known   citizen.Date `json:"known_on,omitzero"` // as it was registered on this day; left out: on the day asked for
	Purpose string       `json:"purpose"`
}

// AsOfOutput gives both answers: what was true on the day as it is registered today, and as it was registered then.
type AsOfOutput struct {
	Unit     event.Unit     `json:"unit"`
	Tenure   string         `json:"tenure"`
	Date     citizen.Date   `json:"date"`
	Today    register.Past  `json:"as_registered_today"`
	KnownOn  citizen.Date   `json:"known_on"`
	Then     *register.Past `json:"as_registered_then"` // null: nothing was registered by that day
	FromUnit event.Unit     `json:"from_unit,omitempty"`
	From     string         `json:"from_tenure,omitempty"` // where to ask for the time before this registration
}

func asOf(ctx context.Context, w *office.Work, in AsOfInput) (out AsOfOutput, err error) {
	t, err := inArea(ctx, w, in.Tenure)
	if err != nil {
		return out, err
	}
	if in.Date.IsZero() || in.Date.After(w.Today) || in.Known.After(w.Today) {
		r := refuse("register.date", "GB/T 7408", "日期缺少或晚于今日", "the date is missing or later than today", "核对日期", "check the date")
		r.Field = "date"
		return out, r
	}
	if in.Known.IsZero() {
		in.Known = in.Date
	}
	out = AsOfOutput{Unit: t.Unit, Tenure: t.ID, Date: in.Date, KnownOn: in.Known}
	versions, _, err := versionsOf(ctx, w, t)
	if err != nil {
		return out, err
	}
	if out.Today, _, err = register.AsOf(versions, in.Date, w.Today); err != nil {
		return out, err
	}
	then, ok, err := register.AsOf(versions, in.Date, in.Known)
	if err != nil {
		return out, err
	}
	if ok {
		out.Then = &then
	}
	if out.FromUnit, out.From, err = registerdb.MovedFrom(ctx, w.Tx, t.Unit, t.ID); err != nil {
		return out, err
	}
	return out, record(w, register.LookedUp{Purpose: in.Purpose, How: "as_of", Tenures: []string{t.ID}})
}
