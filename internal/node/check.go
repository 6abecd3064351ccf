package node

import (
	"context"
	"errors"
	"hash/fnv"
	"io"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/personfile"
	"github.com/huzheng/huzheng/internal/spill"
	"github.com/huzheng/huzheng/internal/verify"
)

// CheckedFile counts what the item rules found in a person file.
type CheckedFile struct {
	File     string          `json:"file"`
	Rows     int             `json:"rows"`
	Bad      int             `json:"bad"`           // rows that cannot be read
	Cut      *personfile.Cut `json:"cut,omitempty"` // set where the file seems to end too early
	Found    int             `json:"found"`
	Rules    map[string]int  `json:"rules"`                     // findings by rule
	Lacks    []string        `json:"lacks,omitempty"`           // items that the file has no column for
	NotAsked []string        `json:"not_asked,omitempty"`       // rules that were not asked for that reason
	Unknown  []string        `json:"unknown_columns,omitempty"` // columns whose names are not known: no rule reads them
	Crowded  int             `json:"crowded,omitempty"`         // rows of households with too many rows: asked one by one
	Passes   int             `json:"passes"`                    // how many times the file was read
	Truth    *TruthReport    `json:"truth,omitempty"`
}

// CheckedFinding is a finding with the row that it is about.
type CheckedFinding struct {
	verify.Finding        // Member is the row's line; empty: the household as a whole
	RecordID       string // of the row; of the household's first
	Household      string // its number, after its unit and a slash where there is one; only of a household as a whole
}

// FileCheck says how a person file is checked.
type FileCheck struct {
	On       citizen.Date
	Open     func() (*personfile.Reader, error) // the file is read twice, or more often where its households lie scattered
	Workers  int                                // that ask the rules beside the reader; default: the processors
	Truth    *Truth                             // what was planted in the file; none: nothing is judged
	Bad      func(*personfile.RowError) error   // called with each row that cannot be read, before all findings
	Found    func(CheckedFinding) error         // called with each finding, household by household in the order in which they end
	Progress func(rows int64)

	// Memory is how many bytes may be taken for keys of rows, and then for rows of households that have begun and not ended; default 512 MiB. Beside it stand two bytes a row.
	Memory int64
	Spill  func() (spill.File, error) // makes a scratch file for keys beyond Memory; none: they are kept in memory

	hold int // rows of open households that are held; default by Memory
}

const (
	checkMemory = 512 << 20 // default of FileCheck.Memory
	heldRow     = 1 << 10   // bytes that a row of an open household takes, about
	// mostMembers is how many rows a household may have; more are a placeholder or a wrong column, and are asked one by one.
	mostMembers = 8_000
)

// CheckFile asks the item rules of every household and person of a file. Nothing is loaded. A first pass learns where each household ends, and which numbers stand twice: it
// leaves two bytes a row. The second holds those households that have begun and not ended, at most FileCheck.Memory; a file that would need more is read in several
// passes, each for a part of the households. The findings and their order are the same for any number of workers and any memory that needs no further pass.
func CheckFile(ctx context.Context, name string, o FileCheck) (*CheckedFile, error) {
	out := &CheckedFile{File: name, Rules: make(map[string]int)}
	if o.Memory == 0 {
		o.Memory = checkMemory
	}
	if o.hold == 0 {
		o.hold = int(max(o.Memory/heldRow, 1))
	}
	s := newSurvey(o.Memory, o.Spill)
	if err := errors.Join(o.survey(ctx, s, out), s.close()); err != nil {
		return nil, err
	}
	parts := 1 + s.open()/o.hold
	out.Passes = 1 + parts
	out.NotAsked = verify.NotAsked(s.lacks)
	for part := range parts {
		if err := o.pass(ctx, s, out, uint64(part), uint64(parts)); err != nil {
			return nil, err
		}
	}
	out.Truth = o.Truth.report()
	return out, nil
}

func (o *FileCheck) survey(ctx context.Context, s *survey, out *CheckedFile) error {
	err := o.read(ctx, func(r *personfile.Reader) {
		s.lacks, out.Unknown = lacking(r), r.Unknown()
		for _, column := range personfile.Columns() {
			if s.lacks[itemOf(column)] {
				out.Lacks = append(out.Lacks, column.English())
			}
		}
	}, func(r *personfile.Reader) { out.Cut = r.Cut() }, func(row *personfile.RowError) error {
		out.Bad++
		if key, ok := rawHousehold(row); ok {
			if err := s.tear(hashOf(key)); err != nil {
				return err
			}
		}
		o.Truth.bad(row)
		return o.Bad(row)
	}, func(record *personfile.Record) error {
		return s.add(hashOf(householdKey(record)), numberKey(record.Value[personfile.CitizenNumber]))
	})
	if err != nil {
		return err
	}
	out.Rows = s.rows + out.Bad
	err = s.finish()
	out.Crowded = s.crowded
	return err
}

// begun is a household that has begun.
type begun struct {
	verify.Household
	twice []bool // by member: the number stands twice in the file
	first string // record identifier of its first row
	name  string // number, after its unit and a slash where there is one
}

// checkBatch is some households on their way through the workers, which answer in found.
type checkBatch struct {
	households []*begun
	found      [][]verify.Finding
	done       chan struct{}
}

const batchRows = 512

// pass reads the file, asks the rules of one part of the households, and tells what they find in the file's order.
func (o *FileCheck) pass(ctx context.Context, s *survey, out *CheckedFile, part, parts uint64) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	workers := o.Workers
	if workers < 1 {
		workers = runtime.GOMAXPROCS(0)
	}
	work, ordered := make(chan *checkBatch, workers), make(chan *checkBatch, 2*workers)
	for range workers {
		go func() {
			for b := range work {
				b.ask(o.On)
				close(b.done)
			}
		}()
	}
	failed := make(chan error, 1)
	go func() {
		defer close(ordered)
		defer close(work)
		failed <- o.gather(ctx, s, part, parts, func(b *checkBatch) error {
			select {
			case ordered <- b:
			case <-ctx.Done():
				return ctx.Err()
			}
			work <- b
			return nil
		})
	}()
	var err error
	for b := range ordered {
		<-b.done
		if err == nil {
			if err = o.tell(b, out); err != nil {
				cancel()
			}
		}
	}
	return errors.Join(err, ignoreCancel(<-failed, err))
}

// ignoreCancel leaves out what a failure elsewhere has stopped.
func ignoreCancel(stopped, cause error) error {
	if cause != nil && errors.Is(stopped, context.Canceled) {
		return nil
	}
	return stopped
}

// gather puts rows together to households, and hands them on in batches when they have ended.
func (o *FileCheck) gather(ctx context.Context, s *survey, part, parts uint64, send func(*checkBatch) error) error {
	open := make(map[[2]string]*begun)
	b, rows, row := &checkBatch{done: make(chan struct{})}, 0, 0
	end := func(h *begun) error {
		h.Alone = h.Alone || verify.Collective(h.Members)
		b.households = append(b.households, h)
		if rows += len(h.Members); rows < batchRows {
			return nil
		}
		full := b
		b, rows = &checkBatch{done: make(chan struct{})}, 0
		return send(full)
	}
	err := o.read(ctx, nil, nil, func(*personfile.RowError) error { return nil }, func(record *personfile.Record) error {
		i := row
		row++
		if i >= len(s.marks) {
			return errFileChanged
		}
		mark, key := s.marks[i], householdKey(record)
		if parts > 1 && hashOf(key)%parts != part {
			return nil
		}
		h := open[key]
		if h == nil {
			h = &begun{Household: verify.Household{No: record.Value[personfile.HouseholdNo], Alone: record.Value[personfile.HouseholdNo] == "", Lacks: s.lacks},
				first: record.Value[personfile.RecordID], name: householdName(record)}
			open[key] = h
		}
		h.Members = append(h.Members, verify.Member{ID: strconv.Itoa(record.Line), Record: registerRecord(record)})
		h.twice = append(h.twice, mark&markTwice != 0)
		if mark&markCrowd == 0 && mark&markSize == 0 {
			return nil
		}
		delete(open, key)
		h.Alone = h.Alone || mark&(markCrowd|markTorn) != 0
		return end(h)
	})
	if err != nil {
		return err
	}
	if len(open) > 0 || row != len(s.marks) {
		return errFileChanged
	}
	return send(b)
}

var errFileChanged = errors.New("the file changed while it was read: check it again / 文件在读取中被改动，请重新核查")

func (b *checkBatch) ask(on citizen.Date) {
	b.found = make([][]verify.Finding, len(b.households))
	for i, h := range b.households {
		for _, f := range verify.Check(h.Household, on) {
			if f.Rule != "number.shared" {
				b.found[i] = append(b.found[i], f)
			}
		}
		for j := range h.Members {
			if h.twice[j] {
				b.found[i] = append(b.found[i], verify.SharedNumber(h.Members[j].ID))
			}
		}
	}
}

func (o *FileCheck) tell(b *checkBatch, out *CheckedFile) error {
	for i, h := range b.households {
		o.Truth.judge(h.Members, b.found[i])
		for _, f := range b.found[i] {
			out.Found++
			out.Rules[f.Rule]++
			one := CheckedFinding{Finding: f, RecordID: h.first}
			if f.Member == "" {
				one.Household = h.name
			}
			for j := range h.Members {
				if h.Members[j].ID == f.Member {
					one.RecordID = h.Members[j].Record.RecordID
				}
			}
			if err := o.Found(one); err != nil {
				return err
			}
		}
	}
	return nil
}

// read reads the file once. begin and end, which may be nil, are given the reader before the first row and after the last.
func (o *FileCheck) read(ctx context.Context, begin, end func(*personfile.Reader), bad func(*personfile.RowError) error, take func(*personfile.Record) error) error {
	r, err := o.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	if begin != nil {
		begin(r)
	}
	for rows := int64(1); ; rows++ {
		record, err := r.Next()
		if errors.Is(err, io.EOF) {
			if end != nil {
				end(r)
			}
			return nil
		}
		if row, is := errors.AsType[*personfile.RowError](err); is {
			err = bad(row)
		} else if err == nil {
			err = take(&record)
		}
		if err != nil {
			return err
		}
		if rows%4096 == 0 {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if o.Progress != nil {
				o.Progress(rows)
			}
		}
	}
}

// itemOf is the name that the item rules have for a column.
func itemOf(c personfile.Column) string {
	if c == personfile.CitizenNumber {
		return "number"
	}
	return c.English()
}

// lacking are the items for which a file has no column.
func lacking(r *personfile.Reader) map[string]bool {
	known, lacks := r.Known(), make(map[string]bool)
	for _, c := range personfile.Columns() {
		if !slices.Contains(known, c) && c != personfile.RecordID && c != personfile.Unit {
			lacks[itemOf(c)] = true
		}
	}
	return lacks
}

// householdKey names a row's household; a row without a number of one is a household of its own.
func householdKey(r *personfile.Record) [2]string {
	if no := r.Value[personfile.HouseholdNo]; no != "" {
		return [2]string{r.Value[personfile.Unit], no}
	}
	return [2]string{"\x00", strconv.Itoa(r.Line)}
}

func householdName(r *personfile.Record) string {
	if unit := r.Value[personfile.Unit]; unit != "" {
		return unit + "/" + r.Value[personfile.HouseholdNo]
	}
	return r.Value[personfile.HouseholdNo]
}

// rawHousehold finds the household of a row that could not be read.
func rawHousehold(row *personfile.RowError) (key [2]string, ok bool) {
	for i, name := range row.Header {
		column, known := personfile.ColumnByName(name)
		switch {
		case !known || i >= len(row.Raw):
		case column == personfile.Unit:
			key[0] = strings.TrimSpace(row.Raw[i])
		case column == personfile.HouseholdNo:
			key[1] = strings.TrimSpace(row.Raw[i])
		}
	}
	return key, key[1] != ""
}

func hashOf(key [2]string) uint64 {
	h := fnv.New64a()
	io.WriteString(h, key[0])
	h.Write([]byte{0})
	io.WriteString(h, key[1])
	return h.Sum64()
}

// numberKey is a number in 64 bits, 0 for none: 18 characters of digits and a final X exactly, other texts by a hash.
func numberKey(n string) uint64 {
	const foreign, endsInX = 1 << 63, 1 << 62
	if n == "" {
		return 0
	}
	key := uint64(0)
	for i := range len(n) {
		switch c := n[i]; {
		case len(n) == 18 && c >= '0' && c <= '9':
			key = key*10 + uint64(c-'0')
		case len(n) == 18 && i == 17 && c == 'X':
			key |= endsInX
		default:
			h := fnv.New64a()
			io.WriteString(h, n)
			return h.Sum64() | foreign
		}
	}
	return key + 1
}
