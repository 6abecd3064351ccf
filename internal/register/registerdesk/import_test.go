package registerdesk_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdb"
	"github.com/huzheng/huzheng/internal/register/registerdesk"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
)

// Walk 6: an import keeps every error of the old database and is corrected afterwards; the corrected record stays when the chunk is applied
// again.
func TestImport_KeepsErrors_ThenCorrected_Art17(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config, county, s1)
		wrong, twin := resident(t, "李梅", citizen.Female, 942), resident(t, "王强", citizen.Male, 941)
		wrong.Number, wrong.Extra = "220102750308942", []register.Extra{{Name: "旧编号", Value: "7"}}
		shared := twin
		shared.Name = "王刚"
		ids := imported(t, n, s1, wrong, twin, shared)
		n.Read(func(tx *store.Tx) error {
			both, err := registerdb.ByNumber(context.Background(), tx, twin.Number)
			if len(both) != 2 {
				t.Errorf("%+v", both)
			}
			return err
		})
		right := resident(t, "李梅", citizen.Female, 942).Number
		fix := registerdesk.CorrectInput{Tenure: ids[0], Expected: 1, Items: register.Items{Number: &right}, Category: "12", On: date("2005-09-12")}
		_, err := do[registerdesk.CorrectOutput](n, operator(s1), "register.correct", fix)
		wantRefusal(t, err, "register.needs_approval")
		corrected(t, n, ids[0], register.Correct{Expected: 1, Items: fix.Items, Category: "12", On: fix.On})
		_, err = do[registerdesk.CorrectOutput](n, operator(s1), "register.correct", fix)
		wantRefusal(t, err, "register.stale")
		now := n.tenure(t, ids[0])
		if now.Record.Number != right || len(now.Record.Extra) != 1 || now.EnteredKind != register.KindChunkImported {
			t.Fatalf("%+v", now)
		}
		n.Read(func(tx *store.Tx) error {
			former, err := registerdb.ByNumber(context.Background(), tx, wrong.Number)
			if len(former) != 1 || former[0].ID != ids[0] {
				t.Errorf("the former number no longer leads to the person: %+v", former)
			}
			history, _ := registerdb.History(context.Background(), tx, s1, ids[0])
			if len(history) != 1 || history[0].Before.Number != wrong.Number || history[0].Record.Number != right {
				t.Errorf("%+v", history)
			}
			return err
		})
		n.Check()
	})
}

func TestCorrect_Refusals_Art17(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t), county, s1)
	a, b := resident(t, "李梅", citizen.Female, 942), resident(t, "王芳", citizen.Female, 944)
	ids := imported(t, n, s1, a, b)
	text := func(s string) *string { return &s }
	bad := date("2005-09-13")
	for name, c := range map[string]struct {
		code  string
		items register.Items
	}{
		"nothing": {"register.nothing_changed", register.Items{Name: text("李梅")}},
		"name":    {"register.name", register.Items{Name: text("")}},
		"code":    {"register.code", register.Items{EthnicGroup: text("99")}},
		"birth":   {"register.date", register.Items{BirthDate: &bad}},
		"main":    {"register.needs_approval", register.Items{Number: text(b.Number)}},
	} {
		_, err := do[registerdesk.CorrectOutput](n, operator(s1), "register.correct",
			registerdesk.CorrectInput{Tenure: ids[0], Items: c.items, Category: "19", On: date("2005-09-12")})
		t.Run(name, func(t *testing.T) { wantRefusal(t, err, c.code) })
	}
	_, err := do[registerdesk.CorrectOutput](n, operator(s1), "register.correct",
		registerdesk.CorrectInput{Tenure: ids[0], Items: register.Items{Address: text("人民大街1号")}, Category: "", On: date("2005-09-12")})
	wantRefusal(t, err, "register.code")
}

// A name that no act would set comes in with the old files and stays until somebody alters it: what else is altered does not wait for it.
func TestImport_NamesThatAreNone(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t), county, s1)
	id := imported(t, n, s1, resident(t, "<b>Ivan</b>", citizen.Female, 942))[0]
	text := func(s string) *string { return &s }
	correct := func(items register.Items) error {
		_, err := do[registerdesk.CorrectOutput](n, operator(s1), "register.correct", registerdesk.CorrectInput{Tenure: id, Items: items, Category: "19", On: date("2005-09-12")})
		return err
	}
	if err := correct(register.Items{Name: text("<b>Ivan</b>"), Workplace: text("一汽")}); err != nil {
		t.Error(err)
	}
	wantRefusal(t, correct(register.Items{Name: text("Ivan")}), "register.name")
	wantRefusal(t, correct(register.Items{FormerName: text("<b>Ivan</b>")}), "register.name")
	if now := n.tenure(t, id); now.Record.Name != "<b>Ivan</b>" || now.Record.Workplace != "一汽" {
		t.Errorf("%+v", now.Record)
	}
}

func TestImport_TwiceAndOtherRefusals(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t), county, s1)
	blob, err := register.NewChunk([]register.ChunkLine{{Record: resident(t, "李梅", citizen.Female, 942)}})
	if err != nil {
		t.Fatal(err)
	}
	importBlob(t, n, s1, blob)
	admin := operator(county, office.Administrator)
	again := chunkInput(t, n, s1, blob)
	fresh, err := register.NewChunk([]register.ChunkLine{{Record: resident(t, "王强", citizen.Male, 941)}})
	if err != nil {
		t.Fatal(err)
	}
	other := func(change func(*registerdesk.ChunkInput)) registerdesk.ChunkInput {
		in := chunkInput(t, n, s1, fresh)
		change(&in)
		return in
	}
	for name, c := range map[string]struct {
		code string
		in   registerdesk.ChunkInput
	}{
		"twice":      {"register.chunk_known", again},
		"unit":       {"register.chunk_unit", other(func(in *registerdesk.ChunkInput) { in.Unit = county })},
		"area":       {"office.other_area", other(func(in *registerdesk.ChunkInput) { in.Unit = s3 })},
		"source":     {"register.chunk_source", other(func(in *registerdesk.ChunkInput) { in.SourceKind = "rumour" })},
		"none":       {"register.chunk_count", other(func(in *registerdesk.ChunkInput) { in.Chunks = nil })},
		"missing":    {"register.chunk_missing", other(func(in *registerdesk.ChunkInput) { in.Chunks[0].Blob = strings.Repeat("0", 64) })},
		"unreadable": {"register.chunk_unreadable", chunkInput(t, n, s1, []byte("no chunk\n"))},
		"repeated":   {"register.chunk_unreadable", chunkInput(t, n, s1, append(fresh[:len(fresh):len(fresh)], fresh...))},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := do[registerdesk.ChunkOutput](n, admin, "register.import_chunk", c.in)
			wantRefusal(t, err, c.code)
		})
	}
}

func TestImport_OnlyWhereTheStationIsHosted(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t), s1)
	blob, err := register.NewChunk([]register.ChunkLine{{Record: resident(t, "李梅", citizen.Female, 942)}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = do[registerdesk.ChunkOutput](n, operator(county, office.Administrator), "register.import_chunk", chunkInput(t, n, s2, blob))
	wantRefusal(t, err, "office.not_hosted")
}

// Entries first, then blobs: a correction stands when the chunk's blob arrives after it.
func TestImport_BlobAfterCorrection(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n, top := newNode(t, config, county, s1), newNode(t, storetest.SQLiteConfig(t), city)
		trust(t, top, map[*node]event.Unit{top: city, n: county})
		ids := imported(t, n, s1, resident(t, "李梅", citizen.Female, 942), resident(t, "王强", citizen.Male, 941))
		correctName(t, n, ids[0], 1)
		carry(t, n, top, city)
		if now := top.tenure(t, ids[0]); now.Record.Name != "李玫" || now.EnteredKind != "" {
			t.Fatalf("%+v", now)
		}
		blobsTo(t, n, top)
		blobsTo(t, n, top)
		sameDigests(t, "after the blob", digests(t, n, s1), digests(t, top, s1))
		top.Check()
	})
}

// BenchmarkImport loads chunks through the whole write path and compares with the bare driver inserting the same rows into the
// same table with the same indexes, committing as often.
func BenchmarkImport(b *testing.B) {
	const perRun = 100 * register.MaxChunkLines
	for b.Loop() {
		n := newNode(b, storetest.SQLiteConfig(b), s1)
		chunks := benchChunks(b, perRun/register.MaxChunkLines)
		start := time.Now()
		for part := range slices.Chunk(chunks, registerdesk.MaxChunks) {
			var blobs [][]byte
			for _, lines := range part {
				blob, err := register.NewChunk(lines)
				if err != nil {
					b.Fatal(err)
				}
				blobs = append(blobs, blob)
			}
			importBlob(b, n, s1, blobs...)
		}
		ours := time.Since(start)
		bare := bareLoad(b, n)
		b.ReportMetric(perRun/ours.Seconds(), "rows/s")
		b.ReportMetric(perRun/bare.Seconds(), "bare-rows/s")
		b.ReportMetric(ours.Seconds()/bare.Seconds(), "times-bare")
	}
}

func benchChunks(b *testing.B, chunks int) (all [][]register.ChunkLine) {
	for c := range chunks {
		lines := make([]register.ChunkLine, register.MaxChunkLines)
		for i := range lines {
			k := c*register.MaxChunkLines + i
			birth := citizen.MustDate("1940-01-01").AddDays(k * 7919 % 20000)
			number, err := citizen.NewNumber("220102", birth, 1+k%900)
			if err != nil {
				b.Fatal(err)
			}
			lines[i].Record = register.Record{Number: number.String(), Name: fmt.Sprintf("王小%c", rune(0x4e00+k%3000)), Sex: "1", EthnicGroup: "01", BirthDate: birth,
				Birthplace: "吉林省长春市", NativePlace: "吉林省长春市", Address: fmt.Sprintf("吉林省长春市南关区南岭街道%d号", k), HouseholdNo: fmt.Sprintf("H%07d", k/3),
				Relation: "02", MaritalStatus: "20", Education: "60", Occupation: "工人", RecordID: fmt.Sprintf("%010d", k)}
		}
		all = append(all, lines)
	}
	return all
}

// bareLoad copies the loaded rows into a second file by one prepared statement of database/sql, a transaction a chunk.
func bareLoad(b *testing.B, n *node) time.Duration {
	ctx := context.Background()
	config := n.DB.Config()
	config.SQLite = filepath.Join(b.TempDir(), "bare.db")
	other := storetest.Open(b, config, registerdb.New().Migration())
	table := registerdb.New().Tables()[0]
	columns := append(append([]string{}, table.Key...), table.Columns...)
	var rows [][]any
	n.Read(func(tx *store.Tx) error {
		return tx.Rows(ctx, table, "", func(r store.Row) error {
			row := make([]any, len(r))
			for i := range r {
				row[i] = r[i].String
			}
			rows = append(rows, row)
			return nil
		})
	})
	start := time.Now()
	for part := range slices.Chunk(rows, registerdesk.MaxChunks*register.MaxChunkLines) {
		if err := other.Write(ctx, func(tx *store.Tx) error {
			_, err := tx.Bulk(ctx, table.Name, columns, func() ([]any, error, bool) {
				if len(part) == 0 {
					return nil, nil, false
				}
				row := part[0]
				part = part[1:]
				return row, nil, true
			})
			return err
		}); err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(start)
}
