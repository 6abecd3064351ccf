package bench

import (
	"context"
	"path/filepath"
	"time"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/store"
)

// arrivalSize is the number of entries in a parcel at most, and in each range here.
const arrivalSize = 2000

const arrivingUnit event.Unit = "220102002"

// Exchange measures what arrives: ranges of entries as a parcel carries them, read, compared with their signed root, stored and applied, against
// the bare driver running the same statements on the same tables; and parcels sealed and opened, against zstd and age alone over the same bytes.
func Exchange(ctx context.Context, o Options) ([]Result, error) {
	var results []Result
	for _, config := range o.engines() {
		result, err := o.arrivals(ctx, config)
		if err != nil {
			return nil, err
		}
		results = append(results, result)
	}
	parcels, err := o.parcels(ctx)
	return append(results, parcels...), err
}

func (o *Options) arrivals(ctx context.Context, config store.Config) (Result, error) {
	b, err := fullBed(ctx, config, *o)
	if err != nil {
		return Result{}, err
	}
	defer b.db.Close()
	source, err := openSender(ctx, store.Config{SQLite: filepath.Join(o.Dir, "sender-"+string(b.db.Engine())+".db"), Key: make([]byte, store.KeySize)}, o)
	if err != nil {
		return Result{}, err
	}
	defer source.db.Close()
	bare, err := openBare(ctx, config, bareUnit)
	if err != nil {
		return Result{}, err
	}
	defer bare.close()
	o.say("%s: ranges of %d entries", b.db.Engine(), arrivalSize)
	var ours, reference time.Duration
	ranges := 0
	for limit := time.Duration(o.Seconds) * time.Second; ours+reference < limit; ranges++ {
		arrival, err := source.next(ctx)
		if err != nil {
			return Result{}, err
		}
		lines, err := linesOf(arrival.Entries)
		if err != nil {
			return Result{}, err
		}
		start := time.Now()
		if err := b.takeIn(ctx, arrival, lines); err != nil {
			return Result{}, err
		}
		ours += time.Since(start)
		if arrival, err = source.next(ctx); err != nil {
			return Result{}, err
		}
		start = time.Now()
		if err := bare.takeIn(ctx, arrival); err != nil {
			return Result{}, err
		}
		reference += time.Since(start)
	}
	entries := float64(ranges * arrivalSize)
	return Result{Name: "exchange: entries arriving in ranges of 2,000", Engine: string(b.db.Engine()), Ours: entries / ours.Seconds(),
		Reference: entries / reference.Seconds(), Unit: "entries/s", Ratio: reference.Seconds() / ours.Seconds(), Target: 0.5,
		Against: "the bare driver, same statements, same tables"}, nil
}

// linesOf writes entries as a parcel carries them.
func linesOf(entries []journal.Entry) ([][]byte, error) {
	lines := make([][]byte, len(entries))
	var err error
	for i := range entries {
		if lines[i], err = entries[i].MarshalLine(); err != nil {
			return nil, err
		}
	}
	return lines, nil
}

// takeIn is what taking in a parcel does once it is open: read the entries, and the one transaction.
func (b *bed) takeIn(ctx context.Context, a journal.Arrival, lines [][]byte) (err error) {
	a.Entries = make([]journal.Entry, len(lines))
	for i, line := range lines {
		if a.Entries[i], err = journal.ParseLine(line); err != nil {
			return err
		}
	}
	return b.db.Write(ctx, func(tx *store.Tx) error {
		if _, err := journal.Take(ctx, tx, a); err != nil {
			return err
		}
		return b.office.ApplyPending(ctx, tx, a.Stream, a.Generation)
	})
}

// sender is another node's journal, from which ranges arrive.
type sender struct {
	*bed
	item    func() int
	version int64
	ours    bool // the next range is for ours; the reference stores those between
	streams [2]event.Stream
}

func openSender(ctx context.Context, config store.Config, o *Options) (*sender, error) {
	b, err := openBed(ctx, config, o.Dir, arrivingUnit, arrivingUnit, bareUnit)
	return &sender{bed: b, item: newPicker(o.Rows), streams: [2]event.Stream{event.Up(arrivingUnit), event.Up(bareUnit)}}, err
}

// next writes a range at the end of the tree of the side whose turn it is, and gives it as it arrives. Each entry has a higher version than its item
// can have, so that each is a change of a row; its time is that version less one.
func (s *sender) next(ctx context.Context) (a journal.Arrival, err error) {
	s.ours = !s.ours
	stream := s.streams[1]
	if s.ours {
		stream = s.streams[0]
	}
	s.version++
	events := make([]event.Event, arrivalSize)
	for i := range events {
		events[i] = event.Event{Stream: stream, Kind: kindChanged, V: 1, Subject: subject(s.item()), Body: changed{Version: 1 + s.version, Note: note}}
	}
	a = journal.Arrival{Stream: stream, Generation: 1, Signer: "bench", Note: make([]byte, 300), Now: 1}
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		if a.Entries, err = journal.Append(ctx, tx, s.version, "op", events); err != nil {
			return err
		}
		head, err := journal.HeadOf(ctx, tx, stream, 1)
		if err != nil {
			return err
		}
		a.Checkpoint = journal.Checkpoint{Size: head.Size, Root: head.Root()}
		return nil
	})
	return a, err
}

// takeIn runs the statements that ours runs, with the bytes of the entries as they are.
func (b *bare) takeIn(ctx context.Context, a journal.Arrival) error {
	begin, forUpdate := "begin immediate", ""
	if b.postgres {
		begin, forUpdate = "begin", " for update"
	}
	if err := b.exec(ctx, begin); err != nil {
		return err
	}
	stream := string(a.Stream)
	if err := b.readHead(ctx, stream, forUpdate); err != nil {
		return err
	}
	if err := b.get(ctx, "select note from journal_closure where unit = $1 and generation = $2", []any{string(a.Stream.Unit()), int64(1)}, new([]byte)); err != nil {
		return err
	}
	for i := range a.Entries {
		e := &a.Entries[i]
		if err := b.exec(ctx, insertEntry, stream, int64(1), e.Seq, e.At, e.Kind, e.Subject, nil, e.Raw, e.Salt, e.Body); err != nil {
			return err
		}
		if err := b.get(ctx, "select 1 from journal_erasure where stream = $1 and generation = $2 and seq = $3", []any{stream, int64(1), e.Seq}, new(int64)); err != nil {
			return err
		}
	}
	if err := b.exec(ctx, updateHead, a.Checkpoint.Size, make([]byte, 160), int64(1), int64(0), "bench", stream, int64(1)); err != nil {
		return err
	}
	if err := b.exec(ctx, `insert into journal_checkpoint(stream, generation, size, note) values($1, $2, $3, $4)
		on conflict (stream, generation, size) do update set note = excluded.note`, stream, int64(1), a.Checkpoint.Size, a.Note); err != nil {
		return err
	}
	if err := b.apply(ctx, stream, a); err != nil {
		return err
	}
	return b.exec(ctx, "commit")
}

// apply is the second half of takeIn.
func (b *bare) apply(ctx context.Context, stream string, a journal.Arrival) error {
	if err := b.readHead(ctx, stream, ""); err != nil {
		return err
	}
	if err := b.readRange(ctx, stream, a.Entries[0].Seq, a.Checkpoint.Size); err != nil {
		return err
	}
	for i := range a.Entries {
		if !b.postgres {
			break
		}
		var none any
		if err := b.get(ctx, "select pg_advisory_xact_lock($1)", []any{lockKey(a.Entries[i].Subject)}, &none); err != nil {
			return err
		}
	}
	for i := range a.Entries {
		if err := b.exec(ctx, upsertItem, string(itemUnit), a.Entries[i].Subject, 1+a.Entries[i].At, note); err != nil {
			return err
		}
	}
	return b.exec(ctx, "update journal_head set applied = $1 where stream = $2 and generation = $3", a.Checkpoint.Size, stream, int64(1))
}

func (b *bare) readHead(ctx context.Context, stream, lock string) error {
	var name, signer string
	var generation, size, at, applied, closed int64
	var frontier []byte
	return b.get(ctx, selectHead+lock, []any{stream, int64(1)}, &name, &generation, &size, &frontier, &at, &applied, &signer, &closed)
}

func (b *bare) readRange(ctx context.Context, stream string, from, to int64) error {
	st, err := b.stmt(ctx, "select header, salt, body from journal_entry where stream = $1 and generation = $2 and seq >= $3 and seq < $4 order by seq")
	if err != nil {
		return err
	}
	rows, err := st.QueryContext(ctx, stream, int64(1), from, to)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var header, salt, body []byte
		if err := rows.Scan(&header, &salt, &body); err != nil {
			return err
		}
	}
	return rows.Err()
}
