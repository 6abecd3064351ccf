package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/linkage"
	"github.com/huzheng/huzheng/internal/personfile"
	"github.com/huzheng/huzheng/internal/spill"
	"github.com/huzheng/huzheng/internal/verify/reconcile"
)

// Reconcile is a comparison of five person files (plan P4).
type Reconcile struct {
	Files    [reconcile.SourceCount]*personfile.Reader      // at least two; nil: not given
	Bad      [reconcile.SourceCount]*personfile.ErrorWriter // where the rows go that cannot be read
	Out      io.Writer
	Form     string // of what is written to Out: one of the constants below; empty: nothing
	Words    bool   // with the explanations in words
	Workers  int
	Memory   int64 // bytes of text to keep before scratch files are written
	Spill    func() (spill.File, error)
	Changes  map[string][]reconcile.Change // recorded legal changes by number; may be nil
	Truth    *reconcile.Truth              // may be nil
	Progress func(rows int64)
}

// Forms of the output.
const (
	ReconcileCSV  = "csv"  // a row for each difference
	ReconcileJSON = "json" // an object a line for each person
	ReconcileText = "text" // in words
)

// Reconciled is what a comparison found.
type Reconciled struct {
	Rows         map[string]int64           `json:"rows"`          // by source
	Bad          map[string]int64           `json:"bad"`           // rows that cannot be read
	Cut          map[string]*personfile.Cut `json:"cut,omitempty"` // the sources whose file seems to end too early
	People       int64                      `json:"people"`
	Joined       map[string]int64           `json:"joined"`   // people, by the pass that joined their last row
	Presence     map[string]int64           `json:"presence"` // people, by which sources have them: 1 or 0 for each of the five
	Differing    int64                      `json:"differing"`
	Differences  int64                      `json:"differences"`
	Explanations map[string]int64           `json:"explanations"`
	Grounds      map[string]int64           `json:"grounds"`
	Repeated     map[string]int64           `json:"repeated"` // numbers that one source has more than once
	Crowded      int64                      `json:"crowded"`  // rows under a number, name or household with too many others
	Warnings     []citizen.Text             `json:"warnings"`
	City         []reconcile.Count          `json:"city"` // by item and code
	Stations     []reconcile.Count          `json:"-"`    // by station, item and code
	Quality      *reconcile.Quality         `json:"quality,omitempty"`
}

// Found tells whether there is something to look at.
func (r *Reconciled) Found() bool {
	n := r.Differing
	for _, more := range []map[string]int64{r.Bad, r.Repeated} {
		for _, m := range more {
			n += m
		}
	}
	return n > 0
}

// columnOf says which column of a person file an item is.
var columnOf = [reconcile.ItemCount]personfile.Column{personfile.CitizenNumber, personfile.Name, personfile.FormerName, personfile.BirthDate, personfile.Address, personfile.Birthplace,
	personfile.NativePlace, personfile.Occupation, personfile.Workplace, personfile.FatherNumber, personfile.MotherNumber, personfile.SpouseNumber, personfile.HouseholdNo, personfile.Sex,
	personfile.EthnicGroup, personfile.Relation, personfile.MaritalStatus, personfile.Education}

// ReconcileFiles compares files. Rows that cannot be read go to the error files; a file that cannot be read to its end ends the comparison with a
// *personfile.FileError, for whoever is missing in it would be missing in the result.
func ReconcileFiles(ctx context.Context, r Reconcile) (*Reconciled, error) {
	out := &Reconciled{Rows: make(map[string]int64), Bad: make(map[string]int64), Joined: make(map[string]int64), Presence: make(map[string]int64), Cut: make(map[string]*personfile.Cut), Warnings: []citizen.Text{}}
	o := reconcile.Options{Workers: r.Workers, Memory: r.Memory, Spill: r.Spill, Out: r.Out, Progress: r.Progress, Render: r.render(), Linker: likeness{r.Workers, r.Memory}}
	var bad [reconcile.SourceCount]atomic.Int64
	for s, file := range r.Files {
		if file == nil {
			continue
		}
		in, err := r.input(reconcile.Source(s), file, &bad[s])
		if err != nil {
			return nil, err
		}
		o.Inputs[s] = in
	}
	if r.Changes != nil {
		o.Changes = func(number string) []reconcile.Change { return r.Changes[number] }
	}
	if r.Truth != nil {
		o.Observe, o.Repeated = r.Truth.Observe, r.Truth.ObserveRepeat
	}
	sum, err := reconcile.Run(ctx, o)
	if err != nil {
		return nil, r.inWords(err)
	}
	r.summarise(out, sum)
	for s := range reconcile.SourceCount {
		if r.Files[s] != nil {
			out.Bad[s.String()] = bad[s].Load()
		}
	}
	if r.Truth != nil {
		out.Quality = r.Truth.Quality()
	}
	return out, nil
}

// inWords says what is wrong with the files where the engine cannot go on, and what to do.
func (r *Reconcile) inWords(err error) error {
	if many, ok := errors.AsType[*reconcile.TooManyUnitsError](err); ok {
		return &personfile.FileError{File: r.Files[many.Source].Name(), Reason: personfile.ReasonTooLarge,
			Text: citizen.Text{ZH: fmt.Sprintf("派出所列有%d种以上的内容，全国也没有这么多派出所", reconcile.MostUnits), EN: fmt.Sprintf("its column unit has more than %d different values, more than there are stations", reconcile.MostUnits)},
			Mend: citizen.Text{ZH: "多半是列名对错了列：用 --mapping 说明哪一列是派出所", EN: "most likely another column has its name: say by --mapping which one is the station"}}
	}
	if crowded, ok := errors.AsType[*reconcile.CrowdedError](err); ok {
		var names []string
		for _, file := range r.Files {
			if file != nil {
				names = append(names, file.Name())
			}
		}
		return &personfile.FileError{File: strings.Join(names, ", "), Reason: personfile.ReasonTooLarge,
			Text: citizen.Text{ZH: fmt.Sprintf("有一个号码（或者一个户号加姓名、一个姓名加出生日期）由太多的行共用：共%d MiB，一起比对最多%d MiB", crowded.Bytes>>20, crowded.Most>>20),
				EN: fmt.Sprintf("one number (or one household and name, or one name and birth date) stands in too many rows: %d MiB of them, and %d MiB can be looked at together", crowded.Bytes>>20, crowded.Most>>20)},
			Mend: citizen.Text{ZH: "用 huzheng check 找出代用的号码，清空后再比对；确需一起比对的，用 --memory 提高限额", EN: "find the placeholder with huzheng check, empty it and compare again; where it is right, raise --memory"}}
	}
	return err
}

// input reads one file as a source.
func (r *Reconcile) input(s reconcile.Source, file *personfile.Reader, bad *atomic.Int64) (*reconcile.Input, error) {
	known := file.Known()
	if err := enoughColumns(s, file, known); err != nil {
		return nil, err
	}
	in := &reconcile.Input{}
	for i, column := range columnOf {
		if slices.Contains(known, column) {
			in.Carries |= 1 << i
		}
	}
	in.Read = func(yield func(*reconcile.Record) error) error {
		var row reconcile.Record
		for {
			record, err := file.Next()
			var aside *personfile.RowError
			switch {
			case err == io.EOF:
				return nil
			case errors.As(err, &aside):
				bad.Add(1)
				r.aside(s, aside)
				if err := r.Bad[s].Write(aside); err != nil {
					return err
				}
				continue
			case err != nil:
				return err
			}
			row = reconcile.Record{Line: record.Line, ID: record.Value[personfile.RecordID], Unit: record.Value[personfile.Unit]}
			issued := record.Value[personfile.CardIssued]
			row.Old = s == reconcile.Card && (issued == "" || issued < fifteenUntil)
			for i, column := range columnOf {
				row.Value[i] = record.Value[column]
			}
			if err := yield(&row); err != nil {
				return err
			}
		}
	}
	return in, nil
}

// fifteenUntil is the day before which cards carry 15 digits (GB 11643-1999).
const fifteenUntil = "1999-10-01"

// aside tells the truth of a row that could not be read.
func (r *Reconcile) aside(s reconcile.Source, e *personfile.RowError) {
	if r.Truth == nil {
		return
	}
	column, _ := personfile.ColumnByName(e.Column)
	item := slices.Index(columnOf[:], column)
	for i, name := range e.Header {
		if c, ok := personfile.ColumnByName(name); ok && c == personfile.RecordID && i < len(e.Raw) && item >= 0 {
			r.Truth.Aside(s, e.Raw[i], reconcile.Item(item))
		}
	}
}

// enoughColumns refuses a file that no row of another could be joined with.
func enoughColumns(s reconcile.Source, file *personfile.Reader, known []personfile.Column) error {
	if slices.Contains(known, personfile.Name) && (slices.Contains(known, personfile.CitizenNumber) || slices.Contains(known, personfile.BirthDate)) {
		return nil
	}
	source := reconcile.SourceTexts[s]
	return &personfile.FileError{File: file.Name(), Reason: ReasonMissingColumn,
		Text: citizen.Text{ZH: source.ZH + "文件缺少姓名，或既无公民身份号码又无出生日期，无法与其他记录对上；读到的列：" + strings.Join(file.Header(), "，"),
			EN: "the file of the " + source.EN + " has no name, or neither citizen number nor birth date, so that its rows cannot be joined with others; its columns: " + strings.Join(file.Header(), ", ")},
		Mend: citizen.Text{ZH: "补上这些列后再比对；列名不同时用 --mapping 给出对照", EN: "add these columns; where they have other names, give them with --mapping"}}
}

func (r *Reconcile) summarise(out *Reconciled, sum *reconcile.Summary) {
	out.People, out.Differing, out.Differences = sum.People, sum.Differing, sum.Differences
	out.Explanations, out.Grounds, out.Repeated, out.Crowded = sum.Explanations, sum.Grounds, sum.Repeats, sum.Capped
	for s, file := range r.Files {
		if file == nil {
			continue
		}
		name, text := reconcile.Source(s).String(), reconcile.SourceTexts[s]
		out.Rows[name] = sum.Rows[s]
		if sum.Rows[s] == 0 {
			out.Warnings = append(out.Warnings, citizen.Text{ZH: text.ZH + "文件没有一条可读的记录", EN: "the file of the " + text.EN + " has no row that can be read"})
		}
		if cut := file.Cut(); cut != nil {
			out.Cut[name] = cut
		}
		if unknown := file.Unknown(); len(unknown) > 0 {
			out.Warnings = append(out.Warnings, citizen.Text{ZH: text.ZH + "文件中未参与比对的列：" + strings.Join(unknown, "，"), EN: "columns of the " + text.EN + " that are not compared: " + strings.Join(unknown, ", ")})
		}
	}
	if n := sum.Unlinked; n > 0 {
		need := (linkBase+linkage.NeedBytes(n))>>20 + 1
		out.Warnings = append(out.Warnings, citizen.Text{ZH: fmt.Sprintf("有%d条记录别的办法都没有对上，没有再按相似程度比对：约需内存%d MiB，--memory是%d MiB", n, need, r.Memory>>20),
			EN: fmt.Sprintf("%d records that nothing else joined were not compared by likeness: that takes about %d MiB of memory, and --memory is %d MiB", n, need, r.Memory>>20)})
	}
	for by, n := range sum.Passes {
		if n > 0 {
			out.Joined[reconcile.By(by).String()] = n
		}
	}
	for m, n := range sum.Presence {
		if n > 0 {
			out.Presence[presence(reconcile.Sources(m))] = n
		}
	}
	out.City, out.Stations = sum.Tally.City(), sum.Tally.Counts()
}

func presence(m reconcile.Sources) string {
	b := []byte("00000")
	for s := range reconcile.SourceCount {
		if m.Has(s) {
			b[s] = '1'
		}
	}
	return string(b)
}

// ReconcileHeader is the first line of the CSV.
func ReconcileHeader(words bool) []byte {
	columns := strings.Split("kind,unit,household_no,name,citizen_number,item,code,form,booklet,card,computer,citizen,proposal,ground,explanation,joined,form_line,booklet_line,card_line,computer_line,citizen_line", ",")
	if words {
		columns = append(columns, "text_zh", "text_en")
	}
	return personfile.AppendRow([]byte("\ufeff"), columns)
}

func (r *Reconcile) render() func([]byte, *reconcile.Result) []byte {
	switch r.Form {
	case ReconcileCSV:
		return r.csv
	case ReconcileJSON:
		return r.json
	case ReconcileText:
		return r.text
	}
	return nil
}

func (r *Reconcile) csv(b []byte, result *reconcile.Result) []byte {
	if n := result.Repeat; n != nil {
		return r.repeatedCSV(b, n)
	}
	p := result.Person
	for i := range p.Differences {
		d := &p.Differences[i]
		row := []string{"difference", p.Unit, p.HouseholdNo, p.Name, p.Number, d.Item.String(), d.Code.String()}
		row = append(row, d.Values[:]...)
		row = append(row, d.Proposal, d.Ground, codes(d), p.By.String())
		for _, line := range p.Lines {
			row = append(row, lineText(line))
		}
		if r.Words {
			text := differenceText(d)
			row = append(row, text.ZH, text.EN)
		}
		b = personfile.AppendRow(b, row)
	}
	return b
}

func (r *Reconcile) repeatedCSV(b []byte, n *reconcile.RepeatedNumber) []byte {
	for _, one := range n.Rows {
		row := make([]string, 21, 23)
		row[0], row[1], row[3], row[4], row[5], row[14] = "repeated", one.Unit, one.Name, n.Number, "number", n.Kind
		row[7+int(one.Source)], row[16+int(one.Source)] = one.BirthDate, lineText(one.Line)
		if r.Words {
			text := repeatedText(n)
			row = append(row, text.ZH, text.EN)
		}
		b = personfile.AppendRow(b, row)
	}
	return b
}

func lineText(line int) string {
	if line == 0 {
		return ""
	}
	return strconv.Itoa(line)
}

// codes lists the explanations of a difference: source:code, several sources joined by "+".
func codes(d *reconcile.Difference) string {
	var all []string
	for _, e := range d.Explained {
		code := e.Code
		if e.Place > 0 {
			code += "@" + strconv.Itoa(e.Place)
		}
		all = append(all, strings.Join(sourceNames(e.Sources), "+")+":"+code)
	}
	return strings.Join(all, " ")
}

func sourceNames(m reconcile.Sources) (names []string) {
	for s := range reconcile.SourceCount {
		if m.Has(s) {
			names = append(names, s.String())
		}
	}
	return names
}

// differenceText says in words what differs, why, and what is proposed.
func differenceText(d *reconcile.Difference) citizen.Text {
	var zh, en []string
	for _, e := range d.Explained {
		var namesZH, namesEN []string
		value := ""
		for s := range reconcile.SourceCount {
			if e.Sources.Has(s) {
				namesZH, namesEN, value = append(namesZH, reconcile.SourceTexts[s].ZH), append(namesEN, reconcile.SourceTexts[s].EN), d.Values[s]
			}
		}
		text := e.Text()
		zh = append(zh, fmt.Sprintf("%s“%s”：%s", strings.Join(namesZH, "、"), inWords(d.Item, value).ZH, text.ZH))
		en = append(en, fmt.Sprintf("%s “%s”: %s", strings.Join(namesEN, ", "), inWords(d.Item, value).EN, text.EN))
	}
	ground := reconcile.Grounds[d.Ground]
	if d.Ground == "ask" {
		return citizen.Text{ZH: strings.Join(zh, "；") + "。" + ground.ZH, EN: strings.Join(en, "; ") + ". " + ground.EN}
	}
	right := inWords(d.Item, d.Proposal)
	return citizen.Text{ZH: fmt.Sprintf("%s。建议“%s”，依据：%s", strings.Join(zh, "；"), right.ZH, ground.ZH), EN: fmt.Sprintf("%s. Proposed “%s”: %s", strings.Join(en, "; "), right.EN, ground.EN)}
}

// inWords shows a code by its word, and everything else as it is.
func inWords(item reconcile.Item, value string) citizen.Text {
	tables := map[reconcile.Item]*citizen.Table{reconcile.Sex: citizen.Sexes, reconcile.EthnicGroup: citizen.EthnicGroups, reconcile.Relation: citizen.Relations,
		reconcile.MaritalStatus: citizen.MaritalStatuses, reconcile.Education: citizen.Educations}
	if table := tables[item]; table != nil {
		if code, ok := table.ByCode(value); ok {
			return code.Text()
		}
	}
	return citizen.Text{ZH: value, EN: value}
}

func repeatedText(n *reconcile.RepeatedNumber) citizen.Text {
	kind := reconcile.RepeatKinds[n.Kind]
	return citizen.Text{ZH: fmt.Sprintf("号码 %s 在 %d 条记录中：%s", n.Number, n.Count, kind.ZH), EN: fmt.Sprintf("number %s in %d rows: %s", n.Number, n.Count, kind.EN)}
}

// text writes a person for a reader.
func (r *Reconcile) text(b []byte, result *reconcile.Result) []byte {
	if n := result.Repeat; n != nil {
		text := repeatedText(n)
		b = fmt.Appendf(b, "! %s / %s\n", text.ZH, text.EN)
		for _, one := range n.Rows {
			source := reconcile.SourceTexts[one.Source]
			b = fmt.Appendf(b, "    %s %s:%d  %s %s %s\n", source.ZH, source.EN, one.Line, one.Name, one.BirthDate, one.Unit)
		}
		return b
	}
	p := result.Person
	pass := reconcile.Passes[p.By.String()]
	b = fmt.Appendf(b, "%s %s  %s %s  (%s / %s)\n", p.Name, p.Number, p.Unit, p.HouseholdNo, pass.ZH, pass.EN)
	for i := range p.Differences {
		d := &p.Differences[i]
		item, text := reconcile.ItemTexts[d.Item], differenceText(d)
		b = fmt.Appendf(b, "  %s %s [%s]", item.ZH, item.EN, d.Code)
		for s := range reconcile.SourceCount {
			if d.Present.Has(s) {
				b = fmt.Appendf(b, " %s=%s", reconcile.SourceTexts[s].ZH, inWords(d.Item, d.Values[s]).ZH)
			}
		}
		b = fmt.Appendf(b, "\n    %s\n    %s\n", text.ZH, text.EN)
	}
	return b
}

// personLine is a line of the JSON output.
type personLine struct {
	Kind        string        `json:"kind"` // difference, or repeated
	Unit        string        `json:"unit"`
	HouseholdNo string        `json:"household_no"`
	Name        string        `json:"name"`
	Number      string        `json:"number"`
	Joined      string        `json:"joined,omitempty"`
	Rows        []rowLine     `json:"rows"`
	Items       []itemLine    `json:"items,omitempty"`
	Repeated    string        `json:"repeated,omitempty"`
	Count       int           `json:"count,omitempty"`
	Text        *citizen.Text `json:"text,omitempty"`
}

type rowLine struct {
	Source    string `json:"source"`
	Line      int    `json:"line"`
	RecordID  string `json:"record_id"`
	Name      string `json:"name,omitempty"`
	BirthDate string `json:"birth_date,omitempty"`
	Unit      string `json:"unit,omitempty"`
}

type itemLine struct {
	Item     string            `json:"item"`
	Code     string            `json:"code"`
	Values   map[string]string `json:"values"`
	Proposal string            `json:"proposal"`
	Ground   string            `json:"ground"`
	Differs  []differsLine     `json:"differs"`
	Text     *citizen.Text     `json:"text,omitempty"`
}

type differsLine struct {
	Sources []string `json:"sources"`
	reconcile.Explanation
}

func (r *Reconcile) json(b []byte, result *reconcile.Result) []byte {
	var line personLine
	if n := result.Repeat; n != nil {
		line = personLine{Kind: "repeated", Number: n.Number, Repeated: n.Kind, Count: n.Count}
		for _, one := range n.Rows {
			line.Rows = append(line.Rows, rowLine{one.Source.String(), one.Line, one.ID, one.Name, one.BirthDate, one.Unit})
		}
		if r.Words {
			text := repeatedText(n)
			line.Text = &text
		}
	} else {
		line = r.personLine(result.Person)
	}
	text, _ := json.Marshal(line) // texts and numbers only: it cannot fail
	return append(append(b, text...), '\n')
}

func (r *Reconcile) personLine(p *reconcile.Person) personLine {
	line := personLine{Kind: "difference", Unit: p.Unit, HouseholdNo: p.HouseholdNo, Name: p.Name, Number: p.Number, Joined: p.By.String()}
	for s := range reconcile.SourceCount {
		if p.Present.Has(s) {
			line.Rows = append(line.Rows, rowLine{Source: s.String(), Line: p.Lines[s], RecordID: p.IDs[s]})
		}
	}
	for i := range p.Differences {
		d := &p.Differences[i]
		one := itemLine{Item: d.Item.String(), Code: d.Code.String(), Values: make(map[string]string), Proposal: d.Proposal, Ground: d.Ground}
		for s := range reconcile.SourceCount {
			if d.Present.Has(s) {
				one.Values[s.String()] = d.Values[s]
			}
		}
		for _, e := range d.Explained {
			one.Differs = append(one.Differs, differsLine{sourceNames(e.Sources), e.Explanation})
		}
		if r.Words {
			text := differenceText(d)
			one.Text = &text
		}
		line.Items = append(line.Items, one)
	}
	return line
}

// likeness joins by the linkage engine, with the model that needs no training: what is left is too little to train on. It takes what the engine proposes as one person.
type likeness struct {
	workers int
	memory  int64 // that may be taken
}

// fewestLinked is how many fragments are linked whatever the memory.
const fewestLinked = 1_000_000

func (l likeness) Most() int64 { return max((l.memory-linkBase)/linkage.NeedBytes(1), fewestLinked) }

func (l likeness) Link(ctx context.Context, fragments iter.Seq[*reconcile.Fragment]) ([]reconcile.Link, error) {
	p := linkage.NewPopulation(linkBatch)
	var sources []reconcile.Sources
	for f := range fragments {
		sources = append(sources, f.Sources())
		text := linkage.Text{Number: f.Value(reconcile.Number), Name: f.Value(reconcile.Name), FormerName: f.Value(reconcile.FormerName), Sex: f.Value(reconcile.Sex),
			Birth: f.Value(reconcile.BirthDate), Birthplace: f.Value(reconcile.Birthplace), Address: f.Value(reconcile.Address), Mother: f.Value(reconcile.MotherNumber),
			Father: f.Value(reconcile.FatherNumber), Spouse: f.Value(reconcile.SpouseNumber)}
		if h := f.Value(reconcile.HouseholdNo); h != "" {
			text.Household = f.Unit() + "/" + h
		}
		p.Add(&text)
	}
	found, err := linkage.Link(ctx, p, linkage.StartModel(p.Len()), linkage.LinkOptions{Workers: l.workers, MaxPairs: max(l.memory/linkage.PairBytes, fewestLinked)})
	if _, many := errors.AsType[*linkage.TooManyPairsError](err); many {
		return nil, reconcile.ErrTooAlike
	}
	if err != nil {
		return nil, err
	}
	var links []reconcile.Link
	for _, pair := range found.Pairs {
		if pair.Class.Proposed() && sources[pair.A]&sources[pair.B] == 0 {
			links = append(links, reconcile.Link{A: int(pair.A), B: int(pair.B), Probability: float64(pair.Probability) / 1e6})
		}
	}
	return links, nil
}
