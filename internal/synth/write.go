package synth

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/huzheng/huzheng/internal/personfile"
)

// WriteOptions says how person files are written; the other files are always CSV in UTF-8.
type WriteOptions struct {
	Kind     personfile.Kind     // default CSV
	Encoding personfile.Encoding // of a CSV; default UTF-8. A DBF is in GBK
	Workers  int                 // stations made at the same time; default 2
	Progress func(residents int64)
}

// Written counts what was written.
type Written struct {
	Residents    int            `json:"residents"`    // registered people
	Stations     int            `json:"stations"`     //
	Records      map[string]int `json:"records"`      // rows by source
	Truth        int            `json:"truth"`        // rows of truth.csv
	Planted      map[string]int `json:"planted"`      // of them by kind, without notes
	Unregistered int            `json:"unregistered"` // children whom no register has
}

// Write writes the city as files: form, booklet, card, computer and citizen (person files), truth.csv, units.csv, staff.csv, equipment.csv,
// lines.csv, money.csv and README.md. create opens a file of that name; Write closes it. The same city gives the same bytes. Memory is that of a
// few stations (XLSX: of its writer, see personfile).
func (c *City) Write(ctx context.Context, create func(name string) (io.WriteCloser, error), o WriteOptions) (*Written, error) {
	if o.Kind == "" {
		o.Kind = personfile.CSV
	}
	switch {
	case o.Kind == personfile.DBF:
		o.Encoding = personfile.GB18030
	case o.Kind == personfile.XLSX || o.Encoding == "":
		o.Encoding = personfile.UTF8
	}
	if o.Workers < 1 {
		o.Workers = 2
	}
	w := &writing{city: c, options: o, written: &Written{Stations: len(c.places), Records: make(map[string]int), Planted: make(map[string]int)}}
	err := w.people(ctx, create)
	if err == nil {
		err = w.offices(create)
	}
	return w.written, err
}

type writing struct {
	city    *City
	options WriteOptions
	written *Written
}

// batch is one station on its way into the files.
type batch struct {
	people []*Resident
	files  [SourceCount][]byte // CSV only
	truth  []byte
	counts Written
	ready  chan struct{}
}

// people writes the person files and the truth: workers make stations ahead, and they are written in their order.
func (w *writing) people(ctx context.Context, create func(string) (io.WriteCloser, error)) (err error) {
	files, err := w.open(create)
	defer func() {
		if closed := files.close(); err == nil {
			err = closed
		}
	}()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	batches := make(chan *batch, w.options.Workers-1) // in order; what is made beyond waits
	var group sync.WaitGroup
	defer group.Wait()
	defer cancel()
	slots := make(chan struct{}, w.options.Workers)
	group.Add(1)
	go func() {
		defer group.Done()
		defer close(batches)
		for i := range w.city.places {
			b := &batch{ready: make(chan struct{})}
			select {
			case slots <- struct{}{}:
			case <-ctx.Done():
				return
			}
			group.Add(1)
			go func() {
				defer group.Done()
				w.make(b, i)
				close(b.ready)
				<-slots
			}()
			select {
			case batches <- b:
			case <-ctx.Done():
				return
			}
		}
	}()
	for b := range batches {
		select {
		case <-b.ready:
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := files.write(b); err != nil {
			return err
		}
		w.count(&b.counts)
	}
	return ctx.Err()
}

// make makes a station and, for CSV, its bytes.
func (w *writing) make(b *batch, i int) {
	b.people = w.city.station(i)
	b.counts = Written{Records: make(map[string]int), Planted: make(map[string]int)}
	var line []byte
	var text [SourceCount][]byte
	if w.options.Kind == personfile.CSV {
		for s := range text {
			text[s] = make([]byte, 0, len(b.people)*rowBytes[s])
		}
	}
	for _, r := range b.people {
		w.fit(r)
		if r.Registered && r.Same == "" {
			b.counts.Residents++
		}
		if !r.Registered && r.Number == "" {
			b.counts.Unregistered++
		}
		for _, s := range Sources() {
			record, ok := r.Record(s)
			if !ok {
				continue
			}
			b.counts.Records[s.String()]++
			if w.options.Kind == personfile.CSV {
				text[s] = appendRow(text[s], &record, s.Columns())
			}
		}
		for k := range r.Planted {
			p := &r.Planted[k]
			line = p.appendRow(line)
			b.counts.Truth++
			if p.Class != ClassNote {
				b.counts.Planted[p.Kind]++
			}
		}
	}
	b.truth = line
	if w.options.Kind == personfile.CSV {
		b.people = nil
		for s := range text {
			if b.files[s] = text[s]; w.options.Encoding == personfile.GB18030 {
				b.files[s], _ = personfile.EncodeGB18030(nil, string(text[s])) // all of it is UTF-8
			}
		}
	}
}

// rowBytes is a little more than a row of each source takes in UTF-8.
var rowBytes = [SourceCount]int{Form: 280, Booklet: 250, Card: 160, Computer: 300, Citizen: 280}

func (w *writing) count(c *Written) {
	w.written.Residents += c.Residents
	w.written.Unregistered += c.Unregistered
	w.written.Truth += c.Truth
	for s, n := range c.Records {
		w.written.Records[s] += n
	}
	for kind, n := range c.Planted {
		w.written.Planted[kind] += n
	}
	if w.options.Progress != nil {
		w.options.Progress(int64(w.written.Residents))
	}
}

// KindCharset is planted by the format, not by rate: a DBF has no room for a character that GBK lacks.
const KindCharset = "charset_lost"

// fit changes what a format cannot hold, and says so in the truth: dates that do not exist stand in a CSV alone and are empty elsewhere; in a DBF a
// character outside GBK is a question mark, and no number stands in full-width digits.
func (w *writing) fit(r *Resident) {
	if w.options.Kind == personfile.CSV {
		return
	}
	for i := range r.Planted {
		if p := &r.Planted[i]; p.Kind == "dob_invalid" {
			p.Value = ""
		}
	}
	if w.options.Kind != personfile.DBF {
		return
	}
	r.Planted = slices.DeleteFunc(r.Planted, func(p Planted) bool { return p.Column == number18 && len(p.Value) > 40 }) // full-width digits: the field has room for 20 bytes
	for _, s := range Sources() {
		for _, column := range s.Columns() {
			value, _ := r.Says(s, column)
			if lost := lostInGBK(value); lost != value {
				r.replant(s, column, lost)
			}
		}
	}
}

func lostInGBK(value string) string {
	return strings.Map(func(c rune) rune {
		if c < utf8.RuneSelf {
			return c
		}
		if code, err := personfile.EncodeGB18030(nil, string(c)); err != nil || len(code) > 2 {
			return '？'
		}
		return c
	}, value)
}

func (r *Resident) replant(s Source, column personfile.Column, value string) {
	for i := range r.Planted {
		if p := &r.Planted[i]; p.Class == ClassItem && p.Source == s && p.Column == column {
			p.Value = value
			return
		}
	}
	r.Planted = append(r.Planted, Planted{Class: ClassItem, Kind: KindCharset, Unit: r.Unit, Record: r.RecordIn(s), Source: s, Column: column, Value: value,
		Right: r.Right(s, column)})
}

// appendRow adds a line of a person file. Its own code, not personfile's writer: that one refuses the dates that do not exist, which old files have.
func appendRow(b []byte, record *personfile.Record, columns []personfile.Column) []byte {
	for i, column := range columns {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendCell(b, record.Value[column])
	}
	return append(b, '\n')
}

func appendCell(b []byte, value string) []byte {
	if strings.IndexByte(value, ',') < 0 && strings.IndexByte(value, '"') < 0 && strings.IndexByte(value, '\n') < 0 {
		return append(b, value...)
	}
	return append(append(append(b, '"'), strings.ReplaceAll(value, `"`, `""`)...), '"')
}

// truthHeader is the first line of truth.csv.
const truthHeader = "class,kind,unit,source,record_id,item,planted,right,other_record_id\n"

func (p *Planted) appendRow(b []byte) []byte {
	source, item := "", ""
	if p.Class == ClassItem {
		source, item = p.Source.String(), p.Column.English()
	}
	for i, value := range []string{string(p.Class), p.Kind, string(p.Unit), source, p.Record, item, p.Value, p.Right, p.Other} {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendCell(b, value)
	}
	return append(b, '\n')
}

// personFiles are the five files and the truth while they are written.
type personFiles struct {
	files   []io.WriteCloser
	writers [SourceCount]*personfile.Writer // none for CSV
	truth   io.Writer
}

func (w *writing) open(create func(string) (io.WriteCloser, error)) (*personFiles, error) {
	f := &personFiles{}
	for _, s := range Sources() {
		file, err := create(s.String() + "." + string(w.options.Kind))
		if err != nil {
			return f, err
		}
		f.files = append(f.files, file)
		if w.options.Kind != personfile.CSV {
			if f.writers[s], err = personfile.NewWriter(file, w.options.Kind, w.options.Encoding, s.Columns(), nil); err != nil {
				return f, err
			}
			continue
		}
		var names []string
		for _, column := range s.Columns() {
			names = append(names, column.English())
		}
		if _, err := io.WriteString(file, strings.Join(names, ",")+"\n"); err != nil {
			return f, err
		}
	}
	truth, err := create("truth.csv")
	if err != nil {
		return f, err
	}
	f.files, f.truth = append(f.files, truth), truth
	_, err = io.WriteString(truth, truthHeader)
	return f, err
}

func (f *personFiles) write(b *batch) error {
	for _, s := range Sources() {
		if f.writers[s] == nil {
			if _, err := f.files[s].Write(b.files[s]); err != nil {
				return err
			}
			continue
		}
		for _, r := range b.people {
			record, ok := r.Record(s)
			if !ok {
				continue
			}
			if err := f.writers[s].Write(record); err != nil {
				return fmt.Errorf("synth: %s of %s: %w", s, r.RecordID, err)
			}
		}
	}
	_, err := f.truth.Write(b.truth)
	return err
}

func (f *personFiles) close() (err error) {
	for _, w := range f.writers {
		if w != nil {
			if closed := w.Close(); err == nil {
				err = closed
			}
		}
	}
	for _, file := range f.files {
		if closed := file.Close(); err == nil {
			err = closed
		}
	}
	return err
}

// offices writes the files about units, and the README.
func (w *writing) offices(create func(string) (io.WriteCloser, error)) error {
	c := w.city
	var units, staff, gear, lines, money [][]string
	for _, u := range c.Units() {
		units = append(units, []string{string(u.Code), u.Name, u.Kind, string(u.Parent), strconv.FormatBool(u.OwnNode), strconv.Itoa(u.Residents), strconv.FormatBool(u.Rural)})
	}
	for _, s := range c.Staff() {
		staff = append(staff, []string{s.Login, s.Name, string(s.Unit), strings.Join(s.Roles, " ")})
	}
	for _, e := range c.Equipment() {
		gear = append(gear, []string{string(e.Unit), e.Kind, e.Name, e.Serial, e.State})
	}
	for _, l := range c.Lines() {
		lines = append(lines, []string{string(l.Unit), string(l.To), l.Kind, strconv.Itoa(l.KbitPerSecond), strconv.FormatFloat(l.LossPercent, 'f', -1, 64)})
	}
	for _, m := range c.Money() {
		money = append(money, []string{string(m.Unit), strconv.Itoa(m.Year), m.Item, m.Name, strconv.Itoa(m.Quantity), strconv.FormatInt(m.UnitPriceFen, 10),
			strconv.FormatInt(m.AmountFen, 10)})
	}
	for _, file := range []struct {
		name, header string
		rows         [][]string
	}{
		{"units.csv", "code,name,kind,parent,own_node,residents,rural", units},
		{"staff.csv", "login,name,unit,roles", staff},
		{"equipment.csv", "unit,kind,name,serial,state", gear},
		{"lines.csv", "unit,to,kind,kbit_per_second,loss_percent", lines},
		{"money.csv", "unit,year,item,name,quantity,unit_price_fen,amount_fen", money},
	} {
		if err := writeTable(create, file.name, strings.Split(file.header, ","), file.rows); err != nil {
			return err
		}
	}
	return w.readme(create)
}

func writeTable(create func(string) (io.WriteCloser, error), name string, header []string, rows [][]string) error {
	file, err := create(name)
	if err != nil {
		return err
	}
	out := csv.NewWriter(file)
	if err := out.WriteAll(append([][]string{header}, rows...)); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}

const readmeText = `# 合成城市 A synthetic city

所有人员、住址、号码均为虚构。 Every person, address and number is invented.

Made by: huzheng synth --residents %d --stations %d --seed %d --errors %g --format %s --encoding %s; records of %s.

| file | content |
|---|---|
| form, booklet, card, computer, citizen (.%[5]s) | the five records: 常住人口登记表, 户口簿, 居民身份证, 微机, 本人申报; rows %[8]d, %[9]d, %[10]d, %[11]d, %[12]d |
| truth.csv | what was planted in them, and what looks wrong and is not: %[13]d rows |
| units.csv, staff.csv, equipment.csv, lines.csv, money.csv | offices, operators, equipment by norm, lines, budgets |

A record's identifier is that of the computer's with a letter before it: F form, B booklet, K card, Z citizen.

truth.csv: class "item": in that record (source, record_id) the item has the planted value, and the right one stands beside it. "record": a whole
registration: should_be_cancelled (right: date of death), empty_hung_hukou, unregistered_child and moved_in_pending (in no register; the citizen's
record alone). "pair": record_id and other_record_id are the same person ("planted": how the registration record_id differs from the other, "none" or classes
joined by +), or different persons with one number. Two records of which no pair says so are different persons. "note": no error, though it looks
like one. A right number under duplicate_id_two_persons is one that the person might be given; any free number is as right.

A card issued before 1999-10-01 carries the 15-digit form of the number. That is no error and not in truth.csv.

Unreadable by design: birth dates that do not exist (dob_invalid), in the form and the computer: import puts those rows aside (bad-date). XLSX and DBF
cannot hold them; there the date is empty. In a DBF a character outside GBK is a question mark (charset_lost). Locally made characters
(name_rare_char_pua) are read and noted.

Registered people %[14]d; children in no register %[15]d.
`

func (w *writing) readme(create func(string) (io.WriteCloser, error)) error {
	file, err := create("README.md")
	if err != nil {
		return err
	}
	c, n := w.city.config, w.written
	_, err = fmt.Fprintf(file, readmeText, c.Residents, c.Stations, c.Seed, c.Errors, w.options.Kind, w.options.Encoding, c.On,
		n.Records["form"], n.Records["booklet"], n.Records["card"], n.Records["computer"], n.Records["citizen"], n.Truth, n.Residents, n.Unregistered)
	if err != nil {
		file.Close()
		return err
	}
	return file.Close()
}
