package node

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"runtime"
	"slices"
	"sync"

	"github.com/google/uuid"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/personfile"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdesk"
	"golang.org/x/sync/errgroup"
)

// Import is a go-live import of one file of an old database (walk 6): chunks per station, into that station's stream.
type Import struct {
	Unit     event.Unit // station of rows that name none
	File     string     // the file's name, for the journal
	Digest   string     // hex SHA-256 of the file
	Source   string     // which of the five records it is (register.SourceKinds)
	DryRun   bool       // read and report, load nothing
	Progress func(rows int64)
}

// Imported is what an import did. Rows = Loaded + Known + Bad.
type Imported struct {
	File     string              `json:"file"`
	Encoding personfile.Encoding `json:"encoding"`
	Rows     int                 `json:"rows"`
	Loaded   int                 `json:"loaded"`
	Known    int                 `json:"known"`         // rows of chunks that had been imported before
	Bad      int                 `json:"bad"`           // written to the error file
	Cut      *personfile.Cut     `json:"cut,omitempty"` // set where the file seems to end too early
	Notes    int                 `json:"notes"`
	Chunks   int                 `json:"chunks"`
	Unknown  []string            `json:"unknown_columns"`
	ByUnit   map[event.Unit]int  `json:"by_unit"`
}

// importer carries an import's state.
type importer struct {
	Import
	node      *Node
	by        office.Operator
	bad       *personfile.ErrorWriter
	residents uuid.UUID // of the file, see placed
	tenures   uuid.UUID
	lines     map[event.Unit][]register.ChunkLine
	waiting   int // lines that are in no chunk yet
	most      int // of them: mostWaiting but in tests
	pending   map[event.Unit][]pendingChunk
	ready     chan batch
	result    *Imported  // Loaded, Known and ByUnit are the loading side's, under the lock; the rest the reading side's
	lock      sync.Mutex // of the loading side
}

// mostWaiting is how many lines may wait for their chunk: so many as 250 stations have whose rows lie scattered over a file. More stations, as by a wrong column, get smaller chunks.
const mostWaiting = 250 * register.MaxChunkLines

// batch is what one act imports.
type batch struct {
	unit   event.Unit
	chunks []pendingChunk
}

// Import reads a file to its end. A row that cannot be read, or whose station is not known, goes to the error file; all others are loaded.
// Chunks are made while those before them are loaded.
func (n *Node) Import(ctx context.Context, by office.Operator, file *personfile.Reader, bad *personfile.ErrorWriter, o Import) (*Imported, error) {
	im := &importer{Import: o, node: n, by: by, bad: bad, most: mostWaiting, residents: fileID("resident", o.Digest), tenures: fileID("tenure", o.Digest),
		lines: make(map[event.Unit][]register.ChunkLine), pending: make(map[event.Unit][]pendingChunk), ready: make(chan batch),
		result: &Imported{File: o.File, Encoding: file.Encoding(), Unknown: file.Unknown(), ByUnit: make(map[event.Unit]int)}}
	done, err := n.DB.Loading(ctx)
	if err != nil {
		return im.result, err
	}
	defer done()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(im.ready)
		return im.read(ctx, file)
	})
	for range runtime.GOMAXPROCS(0) { // on SQLite they take turns; on PostgreSQL several stations are loaded at once
		group.Go(func() error { return im.loadAll(ctx) })
	}
	if err := group.Wait(); err != nil {
		return im.result, err
	}
	if r := im.result; !im.DryRun && r.Rows != r.Loaded+r.Known+r.Bad {
		return r, fmt.Errorf("node: import: of %d rows %d were loaded, %d known before and %d put aside: what became of the others is not known", r.Rows, r.Loaded, r.Known, r.Bad)
	}
	return im.result, nil
}

func (im *importer) loadAll(ctx context.Context) error {
	for b := range im.ready {
		if err := im.load(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

func (im *importer) read(ctx context.Context, file *personfile.Reader) error {
	for {
		record, err := file.Next()
		if errors.Is(err, io.EOF) {
			im.result.Cut = file.Cut()
			return im.flushAll(ctx)
		}
		if err := im.row(ctx, record, err); err != nil {
			return err
		}
		if im.result.Rows++; im.Progress != nil && im.result.Rows%1000 == 0 {
			im.Progress(int64(im.result.Rows))
		}
	}
}

func (im *importer) row(ctx context.Context, record personfile.Record, err error) error {
	var row *personfile.RowError
	if errors.As(err, &row) {
		return im.refuse(row)
	}
	if err != nil {
		return err
	}
	unit, row := im.unitOf(&record)
	if row != nil {
		return im.refuse(row)
	}
	im.result.Notes += len(record.Notes)
	im.lines[unit] = append(im.lines[unit], im.line(&record))
	if im.waiting++; im.waiting > im.most {
		return im.flushAll(ctx)
	}
	if len(im.lines[unit]) == register.MaxChunkLines {
		return im.flush(ctx, unit)
	}
	return nil
}

func (im *importer) refuse(row *personfile.RowError) error {
	im.result.Bad++
	return im.bad.Write(row)
}

// unitOf finds the station of a row: its own column as a code, or the one that the caller named.
func (im *importer) unitOf(record *personfile.Record) (event.Unit, *personfile.RowError) {
	if unit := event.Unit(record.Value[personfile.Unit]); unit.Level() == event.Station {
		return unit, nil
	}
	if im.Unit != "" {
		return im.Unit, nil
	}
	return "", &personfile.RowError{File: im.File, Line: record.Line, Column: personfile.Unit.English(), Reason: "unknown-unit",
		Text: citizen.Text{ZH: fmt.Sprintf("派出所“%s”不是九位代码", record.Value[personfile.Unit]), EN: fmt.Sprintf("the station %q is not a code of nine digits", record.Value[personfile.Unit])},
		Mend: citizen.Text{ZH: "填派出所代码，或用 --unit 指定", EN: "write the station's code, or name it with --unit"},
		Raw:  record.Value[:]}
}

// flushAll makes chunks of all lines and imports all chunks, in an order that is the same when the file is imported again.
func (im *importer) flushAll(ctx context.Context) error {
	units := slices.Collect(maps.Keys(im.lines))
	for unit := range im.pending { // a station whose lines filled its last chunk has none left over
		units = append(units, unit)
	}
	slices.Sort(units)
	for _, unit := range slices.Compact(units) {
		if err := im.flush(ctx, unit); err != nil {
			return err
		}
		if err := im.send(ctx, unit); err != nil {
			return err
		}
	}
	clear(im.pending)
	return nil
}

// flush makes a chunk of a unit's lines, and imports the unit's chunks when there are enough for one act.
func (im *importer) flush(ctx context.Context, unit event.Unit) error {
	lines := im.lines[unit]
	if len(lines) == 0 {
		return nil
	}
	im.waiting -= len(lines)
	delete(im.lines, unit) // with its room: a station whose rows are through keeps nothing in memory
	if im.DryRun {
		return nil
	}
	blob, err := register.NewChunk(lines)
	if err != nil {
		return err
	}
	digest, err := im.node.Office.Blobs.Put(blob)
	if err != nil {
		return err
	}
	im.result.Chunks++
	chunk := pendingChunk{lines: len(lines), NamedChunk: registerdesk.NamedChunk{Name: fmt.Sprintf("%s #%d", im.File, im.result.Chunks), Blob: digest}}
	im.pending[unit] = append(im.pending[unit], chunk)
	if len(im.pending[unit]) < registerdesk.MaxChunks {
		return nil
	}
	return im.send(ctx, unit)
}

// send gives a unit's chunks to the loading side.
func (im *importer) send(ctx context.Context, unit event.Unit) error {
	chunks := im.pending[unit]
	im.pending[unit] = nil
	if len(chunks) == 0 {
		return nil
	}
	select {
	case im.ready <- batch{unit, chunks}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// pendingChunk is a chunk that is stored and not imported yet.
type pendingChunk struct {
	registerdesk.NamedChunk
	lines int
}

// load imports a batch in one act; when some of it was imported before, as after a crash, one by one.
func (im *importer) load(ctx context.Context, b batch) error {
	known, err := im.loadChunks(ctx, b.unit, b.chunks)
	if err != nil || !known {
		return err
	}
	for _, chunk := range b.chunks {
		if known, err = im.loadChunks(ctx, b.unit, []pendingChunk{chunk}); err != nil {
			return err
		}
		if known {
			im.count(func(r *Imported) { r.Known += chunk.lines })
		}
	}
	return nil
}

func (im *importer) count(add func(*Imported)) {
	im.lock.Lock()
	defer im.lock.Unlock()
	add(im.result)
}

var errChunkKnown = &event.Refusal{Code: "register.chunk_known"}

func (im *importer) loadChunks(ctx context.Context, unit event.Unit, chunks []pendingChunk) (known bool, err error) {
	in := registerdesk.ChunkInput{Unit: unit, SourceFile: im.File, SourceKind: im.Source}
	lines := 0
	for _, c := range chunks {
		in.Chunks = append(in.Chunks, c.NamedChunk)
		lines += c.lines
	}
	input, err := json.Marshal(in)
	if err != nil {
		return false, err
	}
	if _, err := im.node.Office.Do(ctx, im.by, "register.import_chunk", input); err != nil {
		if errors.Is(err, errChunkKnown) {
			return true, nil
		}
		return false, err
	}
	im.count(func(r *Imported) {
		r.Loaded += lines
		r.ByUnit[unit] += lines
	})
	return false, nil
}

// line mints identifiers and the salt from the file's digest and the row's place, so that the same file imported again, after a crash in the middle, gives
// the same chunks, which are then known. The salt is keyed with the node's secret: nobody else can guess it.
func (im *importer) line(record *personfile.Record) register.ChunkLine {
	secret := hmac.New(sha256.New, im.node.Keys.Database)
	fmt.Fprintf(secret, "import salt %s:%d", im.Digest, record.Line)
	return register.ChunkLine{
		Resident: placed(im.residents, record.Line),
		Tenure:   placed(im.tenures, record.Line),
		Salt:     hex.EncodeToString(secret.Sum(nil)[:journal.SaltSize]),
		Record:   registerRecord(record),
	}
}

// fileID is a UUIDv7 for the rows of one file, from its digest: at a time before September 1978, so that it sorts before every one minted in work.
func fileID(what, digest string) uuid.UUID {
	sum := sha256.Sum256([]byte(what + " " + digest))
	id := uuid.UUID(sum[:16])
	id[0], id[1] = 0, id[1]&0x3f
	id[6] = id[6]&0x0f | 0x70
	id[8] = id[8]&0x3f | 0x80
	return id
}

// placed is a file's identifier with the row's place as its last 32 bits: rows of one file lie together in every index, in their order, so
// that loading them costs no search all over it, and a fresh chunk is seen to be fresh by one look. The other 80 bits keep two files apart.
func placed(file uuid.UUID, line int) string {
	binary.BigEndian.PutUint32(file[12:], uint32(line))
	return file.String()
}

// registerRecord takes over a row as it is, with its errors: cleaning up comes later and is a change of its own.
func registerRecord(p *personfile.Record) register.Record {
	date := func(c personfile.Column) citizen.Date {
		d, _ := citizen.ParseDate(p.Value[c]) // the reader has checked it; empty gives no date
		return d
	}
	r := register.Record{
		Number: p.Value[personfile.CitizenNumber], Name: p.Value[personfile.Name], FormerName: p.Value[personfile.FormerName],
		Sex: p.Value[personfile.Sex], EthnicGroup: p.Value[personfile.EthnicGroup], BirthDate: date(personfile.BirthDate),
		Birthplace: p.Value[personfile.Birthplace], NativePlace: p.Value[personfile.NativePlace], Address: p.Value[personfile.Address],
		HouseholdNo: p.Value[personfile.HouseholdNo], Relation: p.Value[personfile.Relation], MaritalStatus: p.Value[personfile.MaritalStatus],
		Education: p.Value[personfile.Education], Occupation: p.Value[personfile.Occupation], Workplace: p.Value[personfile.Workplace],
		FatherNumber: p.Value[personfile.FatherNumber], MotherNumber: p.Value[personfile.MotherNumber], SpouseNumber: p.Value[personfile.SpouseNumber],
		CardIssued: date(personfile.CardIssued), CardExpires: p.Value[personfile.CardExpires], RecordID: p.Value[personfile.RecordID],
	}
	for _, x := range p.Extra {
		if x.Name == hukouClass {
			r.HukouClass = x.Value
			continue
		}
		r.Extra = append(r.Extra, register.Extra{Name: x.Name, Value: x.Value})
	}
	return r
}

// hukouClass is the one item of the register for which person files have no column of their own.
const hukouClass = "hukou_class"

// FileRecord is the register's record as a row of a person file.
func FileRecord(unit event.Unit, r *register.Record) personfile.Record {
	p := personfile.Record{}
	for column, value := range map[personfile.Column]string{
		personfile.CitizenNumber: r.Number, personfile.Name: r.Name, personfile.FormerName: r.FormerName, personfile.Sex: r.Sex,
		personfile.EthnicGroup: r.EthnicGroup, personfile.BirthDate: r.BirthDate.String(), personfile.Birthplace: r.Birthplace,
		personfile.NativePlace: r.NativePlace, personfile.Address: r.Address, personfile.Unit: string(unit), personfile.HouseholdNo: r.HouseholdNo,
		personfile.Relation: r.Relation, personfile.MaritalStatus: r.MaritalStatus, personfile.Education: r.Education,
		personfile.Occupation: r.Occupation, personfile.Workplace: r.Workplace, personfile.FatherNumber: r.FatherNumber,
		personfile.MotherNumber: r.MotherNumber, personfile.SpouseNumber: r.SpouseNumber, personfile.CardIssued: r.CardIssued.String(),
		personfile.CardExpires: r.CardExpires, personfile.RecordID: r.RecordID,
	} {
		p.Value[column] = value
	}
	if r.HukouClass != "" {
		p.Extra = append(p.Extra, personfile.Pair{Name: hukouClass, Value: r.HukouClass})
	}
	for _, x := range r.Extra {
		p.Extra = append(p.Extra, personfile.Pair{Name: x.Name, Value: x.Value})
	}
	return p
}
