package registerdb

import (
	"context"
	"database/sql"
	"errors"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/store"
)

// applyChunk loads the residents of a chunk as version 1 of their tenures, now or when its blob arrives. What is known of them
// already from later changes stays.
func applyChunk(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var body register.ChunkImported
	if err := a.Decode(&body); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `insert into register_chunk(unit, chunk, blob, name, source_file, source_kind, lines, at, stream, generation, seq)
		values($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing`,
		a.Unit, a.Subject, body.Blob, body.Name, body.SourceFile, body.SourceKind, body.Lines, a.At, a.Stream, a.Generation, a.Seq); err != nil {
		return err
	}
	blob, err := a.Blobs.Get(body.Blob)
	if errors.Is(err, store.ErrNoBlob) {
		return a.Await(body.Blob)
	}
	if err != nil {
		return err
	}
	return loadChunk(ctx, tx, a, blob)
}

func loadChunk(ctx context.Context, tx *store.Tx, a *office.Applied, blob []byte) error {
	from := opening{kind: a.Kind, chunk: a.Subject}
	rows := make([][]any, 0, register.MaxChunkLines)
	if _, err := register.ReadChunk(blob, func(l register.StoredLine) error {
		rows = append(rows, tenureRow(a.Unit, l.Tenure, l.Resident, 1, from, open, &l.Record, l.Raw))
		return nil
	}); err != nil || len(rows) == 0 {
		return err
	}
	known, err := anyKnown(ctx, tx, a.Unit, rows)
	if err != nil {
		return err
	}
	if known {
		for _, row := range rows {
			if err := saveTenure(ctx, tx, row, from); err != nil {
				return err
			}
		}
		return nil
	}
	_, err = tx.Bulk(ctx, "register_tenure", tenureColumns, func() ([]any, error, bool) {
		if len(rows) == 0 {
			return nil, nil, false
		}
		row := rows[0]
		rows = rows[1:]
		return row, nil, true
	})
	return err
}

// anyKnown tells whether some tenure between the lowest and the highest of the rows is here already. Identifiers minted together lie
// together, so a fresh chunk finds none.
func anyKnown(ctx context.Context, tx *store.Tx, unit event.Unit, rows [][]any) (bool, error) {
	low, high := rows[0][1].(string), rows[0][1].(string)
	for _, row := range rows {
		low, high = min(low, row[1].(string)), max(high, row[1].(string))
	}
	return tx.Find(ctx, "select 1 from register_tenure where unit = $1 and tenure >= $2 and tenure <= $3 limit 1",
		[]any{unit, low, high}, new(int64))
}

// Chunk is one imported chunk.
type Chunk struct {
	Unit       event.Unit `json:"unit"`
	ID         string     `json:"id"`
	Name       string     `json:"name"`
	SourceFile string     `json:"source_file"`
	SourceKind string     `json:"source_kind"`
	Blob       string     `json:"blob"`
	Lines      int64      `json:"lines"`
	At         int64      `json:"at"`
}

const chunkQuery = "select unit, chunk, name, source_file, source_kind, blob, lines, at from register_chunk "

func scanChunk(rows *sql.Rows) (c Chunk, err error) {
	return c, rows.Scan(&c.Unit, &c.ID, &c.Name, &c.SourceFile, &c.SourceKind, &c.Blob, &c.Lines, &c.At)
}

// Chunks lists a unit's imports.
func Chunks(ctx context.Context, tx *store.Tx, unit event.Unit) ([]Chunk, error) {
	return store.Select(ctx, tx, chunkQuery+"where unit = $1 order by chunk", []any{unit}, scanChunk)
}

// ChunkByBlob finds the import of a blob; ok is false when there is none.
func ChunkByBlob(ctx context.Context, tx *store.Tx, blob string) (c Chunk, ok bool, err error) {
	all, err := store.Select(ctx, tx, chunkQuery+"where blob = $1 order by unit, chunk limit 1", []any{blob}, scanChunk)
	if err != nil || len(all) == 0 {
		return c, false, err
	}
	return all[0], true, nil
}

// Missing is a paper that somebody still has to bring.
type Missing struct {
	Unit    event.Unit   `json:"unit"`
	Tenure  string       `json:"tenure"`
	Paper   string       `json:"paper"`
	AskedOn citizen.Date `json:"asked_on"`
}

// MissingPapers lists what is still missing at a unit, or of one tenure when one is named.
func MissingPapers(ctx context.Context, tx *store.Tx, unit event.Unit, tenure string) ([]Missing, error) {
	return store.Select(ctx, tx, `select unit, tenure, paper, asked_on from register_missing
		where unit = $1 and ($2 = '' or tenure = $2) and kind <> '' and brought_on = '' order by asked_on, tenure, paper`,
		[]any{unit, tenure}, func(rows *sql.Rows) (m Missing, err error) {
			return m, rows.Scan(&m.Unit, &m.Tenure, &m.Paper, &m.AskedOn)
		})
}
