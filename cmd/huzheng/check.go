package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/node"
	"github.com/huzheng/huzheng/internal/personfile"
	"github.com/huzheng/huzheng/internal/verify"
)

type checkCommand struct {
	Files []string `arg:"" optional:"" type:"existingfile" help:"Person files: CSV (UTF-8 or GB 18030), XLSX, DBF."`
	Rules bool     `help:"List all rules; no files."`
	fileFlags
	On      string `help:"The day on which ages and cards are judged, as 2005-09-01. Default: today." placeholder:"DATE"`
	Out     string `help:"Write the findings to this file, CSV or XLSX by its ending, instead of onto the screen." placeholder:"FILE"`
	Errors  string `help:"Where rows go that cannot be read. Default: beside the file, ending in .errors.csv." placeholder:"FILE"`
	Truth   string `help:"The truth.csv of huzheng synth: print how many planted errors were found, and how many findings are of planted errors." placeholder:"FILE"`
	Workers int    `help:"How many processors ask the rules; the output is the same. Default: all." placeholder:"N"`
	Memory  int64  `help:"MiB for the keys of rows, and for rows of households that have begun and not ended; keys beyond go to scratch files in the folder for temporary files, rows beyond are read in further passes. Default: 512." default:"512" placeholder:"MIB"`
	JSON    bool   `help:"One JSON object a line: findings, then one object for each file."`
}

// checkedLine is one finding of --json.
type checkedLine struct {
	File     string       `json:"file"`
	Line     string       `json:"line"` // empty: the household as a whole
	RecordID string       `json:"record_id"`
	Rule     string       `json:"rule"`
	Severity string       `json:"severity"`
	Item     string       `json:"item"`
	Text     citizen.Text `json:"text"`
	Mend     citizen.Text `json:"mend"`
	Source   string       `json:"source"`
	// Household is unit/number, or the number; empty but for a household as a whole.
	Household string `json:"household,omitempty"`
}

// Run asks the item rules of each file and ends with findings when one is broken.
func (c *checkCommand) Run(env *environment) error {
	if c.Rules {
		return c.list(env)
	}
	on, err := c.use()
	if err != nil {
		return useError{err}
	}
	options, err := c.options()
	if err != nil {
		return err
	}
	sink, err := c.sink(env)
	if err != nil {
		return err
	}
	defer boundMemory(c.Memory<<20 + besideKept)()
	found := false
	for _, path := range c.Files {
		result, err := c.file(env, path, options, on, sink)
		if err != nil {
			return errors.Join(err, sink.close())
		}
		found = found || result.Found+result.Bad > 0
		env.tellCut(result.File, result.Cut)
		if err := env.print(c.JSON, result, func(w io.Writer) { c.show(w, path, result) }); err != nil {
			return err
		}
	}
	if err := sink.close(); err != nil {
		return err
	}
	if found {
		return errFindings
	}
	return nil
}

// use looks at the flags.
func (c *checkCommand) use() (on citizen.Date, err error) {
	switch {
	case len(c.Files) == 0:
		return on, errors.New("no file / 没有文件: huzheng check FILE…, or --rules")
	case c.Errors != "" && len(c.Files) > 1:
		return on, errors.New("--errors takes the rows of one file; leave it out to have one beside each")
	case c.Workers < 0 || c.Workers > 1024:
		return on, errors.New("--workers: 0 to 1024")
	case c.Memory < 1:
		return on, errors.New("--memory: 1 MiB at least")
	case c.On == "":
		return citizen.DateOf(time.Now()), nil
	}
	if on, err = citizen.ParseDate(c.On); err != nil {
		return on, fmt.Errorf("--on: %w", err)
	}
	return on, nil
}

func (c *checkCommand) file(env *environment, path string, options personfile.Options, on citizen.Date, sink *checkSink) (_ *node.CheckedFile, err error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return nil, err
	}
	name := filepath.Base(path)
	open := func() (*personfile.Reader, error) { return personfile.Open(name, in, info.Size(), options) }
	aside := &lateFile{path: errorsPath(c.Errors, path)}
	defer func() { err = errors.Join(err, aside.close()) }()
	bad := personfile.NewErrorWriter(aside)
	truth, err := c.truth(open)
	if err != nil {
		return nil, err
	}
	return node.CheckFile(env.ctx, name, node.FileCheck{On: on, Open: open, Workers: c.Workers, Memory: c.Memory << 20, Spill: newScratch, Truth: truth, Progress: env.progress("核查 checked"),
		Bad: func(row *personfile.RowError) error {
			line := checkedLine{File: name, Line: strconv.Itoa(row.Line), Rule: row.Reason, Severity: string(verify.SeverityError), Item: row.Column, Text: row.Text, Mend: row.Mend}
			return errors.Join(bad.Write(row), sink.write(line))
		},
		Found: func(f node.CheckedFinding) error {
			return sink.write(checkedLine{File: name, Line: f.Member, RecordID: f.RecordID, Rule: f.Rule, Severity: string(f.Severity), Item: f.Item, Text: f.Text, Mend: f.Mend, Source: f.Source,
				Household: f.Household})
		}})
}

// truth reads what was planted in the record that a file is of: its first row tells which.
func (c *checkCommand) truth(open func() (*personfile.Reader, error)) (*node.Truth, error) {
	if c.Truth == "" {
		return nil, nil
	}
	id, err := firstRecord(open)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(c.Truth)
	if err != nil {
		return nil, useError{err}
	}
	defer file.Close()
	truth, err := node.ReadTruth(bufio.NewReaderSize(file, 1<<20), node.Mark(id))
	if err != nil {
		return nil, useError{fmt.Errorf("--truth %s: %w", c.Truth, err)}
	}
	return truth, nil
}

// firstRecord is the record identifier of a file's first row that can be read; empty where there is none.
func firstRecord(open func() (*personfile.Reader, error)) (string, error) {
	reader, err := open()
	if err != nil {
		return "", err
	}
	defer reader.Close()
	for {
		record, err := reader.Next()
		if _, bad := errors.AsType[*personfile.RowError](err); bad {
			continue
		}
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return record.Value[personfile.RecordID], err
	}
}

func (c *checkCommand) show(w io.Writer, path string, r *node.CheckedFile) {
	fmt.Fprintf(w, "%s: 行 rows %d, 读不出 unreadable %d, 疑错 findings %d\n", r.File, r.Rows, r.Bad, r.Found)
	if r.Bad > 0 {
		fmt.Fprintf(w, "  改正后可直接再核查或导入 mend and check or import again: %s\n", errorsPath(c.Errors, path))
	}
	if len(r.Unknown) > 0 {
		fmt.Fprintf(w, "  %s\n", unknownColumns(r.Unknown))
	}
	if r.Crowded > 0 {
		fmt.Fprintf(w, "  %d 行的户号由8000多行共用，多半是代用值，逐行核查 / rows under a household number with more than 8,000 rows, most likely a placeholder, were asked one by one\n", r.Crowded)
	}
	if len(r.Lacks) > 0 {
		fmt.Fprintf(w, "  文件没有这些列，有关规则 %d 条未查 no such columns, so %d rules were not asked: %s\n", len(r.NotAsked), len(r.NotAsked), strings.Join(r.Lacks, ", "))
	}
	if r.Truth != nil {
		showTruth(w, r.Truth)
	}
}

func showTruth(w io.Writer, t *node.TruthReport) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "kind\tplanted\tfound\trecall\tprecision\trules")
	for _, k := range t.Kinds {
		precision := "-" // where no rule finds any
		if len(k.Rules) > 0 {
			precision = fmt.Sprintf("%.4f", k.Precision)
		}
		fmt.Fprintf(table, "%s\t%d\t%d\t%.4f\t%s\t%s\n", k.Kind, k.Planted, k.Found, k.Recall, precision, strings.Join(k.Rules[:min(3, len(k.Rules))], " "))
	}
	fmt.Fprintf(table, "all\t%d\t%d\t%.4f\t%.4f\t\n\n", t.Planted, t.Found, t.Recall, t.Precision)
	fmt.Fprintln(table, "rule\tfindings\ttrue\tprecision")
	for _, r := range t.Rules {
		fmt.Fprintf(table, "%s\t%d\t%d\t%.4f\n", r.Rule, r.Findings, r.True, r.Precision)
	}
	table.Flush()
	fmt.Fprintf(w, "单条记录看不出的不计 not judged, for no single record shows it: %d\n", t.Outside)
}

// checkSink is where findings go: onto the screen, or into a table.
type checkSink struct {
	env   *environment
	json  bool
	table *tableFile // nil: the screen
}

func (c *checkCommand) sink(env *environment) (s *checkSink, err error) {
	s = &checkSink{env: env, json: c.JSON}
	if c.Out != "" {
		s.table, err = createTable(c.Out, strings.Split("file,line,record_id,rule,severity,item,text_zh,text_en,mend_zh,mend_en,source,household", ","))
	}
	return s, err
}

func (s *checkSink) write(l checkedLine) error {
	if s.table != nil {
		return s.table.Write([]string{l.File, l.Line, l.RecordID, l.Rule, l.Severity, l.Item, l.Text.ZH, l.Text.EN, l.Mend.ZH, l.Mend.EN, l.Source, l.Household})
	}
	return s.env.print(s.json, l, func(w io.Writer) {
		where := l.Line
		if where == "" {
			where = "户 household " + l.Household
		}
		fmt.Fprintf(w, "%s:%s\t%s\t%s / %s\n", l.File, where, l.Rule, l.Text.ZH, l.Text.EN)
	})
}

func (s *checkSink) close() error {
	if s.table == nil {
		return nil
	}
	return s.table.Close()
}

// list prints the rules.
func (c *checkCommand) list(env *environment) error {
	if len(c.Files) > 0 {
		return useError{errors.New("--rules takes no files")}
	}
	for _, r := range verify.Described() {
		if err := env.print(c.JSON, r, func(w io.Writer) {
			fmt.Fprintf(w, "%s\t%s\t%s\n\t%s\n\t%s\n\t%s\n\t%s\n", r.Code, r.Severity, strings.Join(slices.Concat([]string{r.Item}, r.Reads), ", "), r.Text.ZH, r.Text.EN, r.Mend.ZH+" / "+r.Mend.EN, r.Source)
		}); err != nil {
			return err
		}
	}
	return nil
}
