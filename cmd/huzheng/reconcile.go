package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/huzheng/huzheng/internal/node"
	"github.com/huzheng/huzheng/internal/personfile"
	"github.com/huzheng/huzheng/internal/spill"
	"github.com/huzheng/huzheng/internal/verify/reconcile"
)

type reconCommand struct {
	Form     string `type:"existingfile" help:"The registration forms (常住人口登记表)." placeholder:"FILE"`
	Booklet  string `type:"existingfile" help:"The household booklets (户口簿)." placeholder:"FILE"`
	Card     string `type:"existingfile" help:"The identity cards (身份证)." placeholder:"FILE"`
	Computer string `type:"existingfile" help:"The computer's records (微机)." placeholder:"FILE"`
	Citizen  string `type:"existingfile" help:"What the citizens say (本人申报)." placeholder:"FILE"`
	Out      string `help:"Write the differences to this file: CSV, or one JSON object a line with --json." placeholder:"FILE"`
	State    string `help:"Write the state of the city to this file: how often each agreement code stands, by station and item." placeholder:"FILE"`
	Changes  string `type:"existingfile" help:"Recorded legal changes: citizen_number,item,before,after,date." placeholder:"FILE"`
	fileFlags
	Errors  string `type:"existingdir" help:"The folder for rows that cannot be read. Default: beside each file, ending in .errors.csv." placeholder:"DIR"`
	Explain bool   `help:"Say each difference in words."`
	Truth   string `type:"existingfile" help:"The truth.csv of huzheng synth: print how much of it was found." placeholder:"FILE"`
	Workers int    `help:"How many processors to use; the output is the same. Default: all." placeholder:"N"`
	Memory  int64  `help:"MiB of rows to keep in memory; what is more goes to scratch files in the folder for temporary files. As much again may be taken to compare by likeness what is left. Default: 512." default:"512" placeholder:"MIB"`
	JSON    bool   `help:"One JSON object a line, then one for the whole."`
}

// Run compares the files; differences end with 1.
func (c *reconCommand) Run(env *environment) (err error) {
	defer boundMemory(2*c.Memory<<20 + 2*besideKept)() // what is kept, what is left to be compared by likeness, and what the workers look at
	work := node.Reconcile{Words: c.Explain, Workers: c.Workers, Memory: c.Memory << 20, Spill: newScratch, Progress: env.progress("读入 read"), Out: env.stdout}
	if work.Workers < 1 {
		work.Workers = runtime.NumCPU()
	}
	if err := c.sides(&work); err != nil {
		return err
	}
	var after []func() error
	defer func() {
		for _, close := range after {
			err = errors.Join(err, close())
		}
	}()
	if err := c.open(&work, &after); err != nil {
		return err
	}
	out, err := c.output(&work)
	if err != nil {
		return err
	}
	defer func() { err = out.end(err) }()
	result, err := node.ReconcileFiles(env.ctx, work)
	if err != nil {
		return err
	}
	for s, path := range c.paths() {
		env.tellCut(filepath.Base(path), result.Cut[reconcile.Source(s).String()])
	}
	if c.State != "" {
		if err := writeState(c.State, result.Stations); err != nil {
			return err
		}
	}
	if err := env.print(c.JSON, result, func(w io.Writer) { c.show(w, result) }); err != nil {
		return err
	}
	if result.Found() {
		return errFindings
	}
	return nil
}

func (c *reconCommand) paths() [reconcile.SourceCount]string {
	return [reconcile.SourceCount]string{c.Form, c.Booklet, c.Card, c.Computer, c.Citizen}
}

// sides reads what is given besides the five files.
func (c *reconCommand) sides(work *node.Reconcile) error {
	given := 0
	for _, path := range c.paths() {
		if path != "" {
			given++
		}
	}
	if given < 2 {
		return useError{errors.New("至少给出两种记录 give at least two of --form, --booklet, --card, --computer, --citizen")}
	}
	if c.Changes != "" {
		file, err := os.Open(c.Changes)
		if err != nil {
			return useError{err}
		}
		defer file.Close()
		var bad *reconcile.ChangesError
		if work.Changes, err = reconcile.ReadChanges(file); errors.As(err, &bad) {
			return useError{fmt.Errorf("--changes %s:%d: %s / %s", c.Changes, bad.Line, bad.Text.ZH, bad.Text.EN)}
		} else if err != nil {
			return err
		}
	}
	if c.Truth != "" {
		file, err := os.Open(c.Truth)
		if err != nil {
			return useError{err}
		}
		defer file.Close()
		if work.Truth, err = reconcile.ReadTruth(file); err != nil {
			return useError{fmt.Errorf("--truth %s: %w", c.Truth, err)}
		}
	}
	return nil
}

// open opens the five files, and gives each a file for rows that cannot be read.
func (c *reconCommand) open(work *node.Reconcile, after *[]func() error) error {
	options, err := c.options()
	if err != nil {
		return err
	}
	for s, path := range c.paths() {
		if path == "" {
			continue
		}
		in, err := os.Open(path)
		if err != nil {
			return err
		}
		*after = append(*after, in.Close)
		info, err := in.Stat()
		if err != nil {
			return err
		}
		if work.Files[s], err = personfile.Open(filepath.Base(path), in, info.Size(), options); err != nil {
			return err
		}
		*after = append(*after, work.Files[s].Close)
		aside := &lateFile{path: c.errorsPath(path)}
		*after = append(*after, aside.close)
		work.Bad[s] = personfile.NewErrorWriter(aside)
	}
	return nil
}

func (c *reconCommand) errorsPath(path string) string {
	if c.Errors != "" {
		path = filepath.Join(c.Errors, filepath.Base(path))
	}
	return errorsPath("", path)
}

// finished is a file that takes its name when it is whole.
type finished struct {
	file *os.File
	path string
}

// output chooses the form of the result and where it goes.
func (c *reconCommand) output(work *node.Reconcile) (*finished, error) {
	switch {
	case tableKind(c.Out) == personfile.XLSX:
		return nil, useError{fmt.Errorf("--out %s: 只写CSV，电子表格可直接打开 only CSV is written, which a spreadsheet opens as it is", c.Out)}
	case c.JSON:
		work.Form = node.ReconcileJSON
	case c.Out != "":
		work.Form = node.ReconcileCSV
	case c.Explain:
		work.Form = node.ReconcileText
	}
	if c.Out == "" {
		return &finished{}, nil
	}
	file, err := os.OpenFile(c.Out+".part", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, useError{err}
	}
	work.Out = file
	if work.Form == node.ReconcileCSV {
		_, err = file.Write(node.ReconcileHeader(c.Explain))
	}
	return &finished{file, c.Out}, err
}

// end gives the file its name, or removes it after a failure.
func (f *finished) end(err error) error {
	if f.file == nil {
		return err
	}
	closed := f.file.Close()
	if err != nil && !errors.Is(err, errFindings) || closed != nil {
		return errors.Join(err, closed, os.Remove(f.file.Name()))
	}
	return errors.Join(err, os.Rename(f.file.Name(), f.path))
}

func writeState(path string, counts []reconcile.Count) error {
	text := []byte("\ufeffunit,item,code,count\n")
	for _, one := range counts {
		text = personfile.AppendRow(text, []string{one.Unit, one.Item, one.Code, strconv.FormatInt(one.Count, 10)})
	}
	return os.WriteFile(path, text, 0o600)
}

func (c *reconCommand) show(w io.Writer, r *node.Reconciled) {
	for s, path := range c.paths() {
		if path == "" {
			continue
		}
		name, text := reconcile.Source(s).String(), reconcile.SourceTexts[s]
		fmt.Fprintf(w, "%s %s: 行 rows %d, 待改 put aside %d", text.ZH, text.EN, r.Rows[name], r.Bad[name])
		if r.Bad[name] > 0 {
			fmt.Fprintf(w, " -> %s", c.errorsPath(path))
		}
		fmt.Fprintln(w)
	}
	for _, warning := range r.Warnings {
		fmt.Fprintf(w, "注意 note: %s / %s\n", warning.ZH, warning.EN)
	}
	fmt.Fprintf(w, "人 people %d, 有差异 differing %d, 差异项 differences %d\n", r.People, r.Differing, r.Differences)
	for _, by := range []string{"household_name", "name_birth", "linkage"} {
		if n := r.Joined[by]; n > 0 {
			fmt.Fprintf(w, "  %s %s: %d\n", reconcile.Passes[by].ZH, reconcile.Passes[by].EN, n)
		}
	}
	if r.Crowded > 0 {
		fmt.Fprintf(w, "  %d 行的号码、姓名或户号由过多记录共用，只按全部相同对上 / rows under a number, name or household with too many others were joined only where all is equal\n", r.Crowded)
	}
	for _, kind := range []string{reconcile.RepeatedTwice, reconcile.RepeatedDouble, reconcile.RepeatedShared} {
		if n := r.Repeated[kind]; n > 0 {
			fmt.Fprintf(w, "  %d × %s / %s\n", n, reconcile.RepeatKinds[kind].ZH, reconcile.RepeatKinds[kind].EN)
		}
	}
	c.showItems(w, r)
	showCounts(w, "为什么不同 why they differ", r.Explanations, func(code string) string {
		return reconcile.Explanations[code].ZH + " / " + reconcile.Explanations[code].EN
	})
	showCounts(w, "建议的依据 grounds of proposals", r.Grounds, func(code string) string { return reconcile.Grounds[code].ZH + " / " + reconcile.Grounds[code].EN })
	if r.Quality != nil {
		showQuality(w, r.Quality)
	}
}

// showItems prints for each item how many people differ in it, with the commonest codes.
func (c *reconCommand) showItems(w io.Writer, r *node.Reconciled) {
	if r.Differences == 0 {
		return
	}
	fmt.Fprintln(w, "\n项目 item: 有差异 differing; 一致码 codes (登记表 户口簿 身份证 微机 本人 form booklet card computer citizen)")
	for i := range reconcile.ItemCount {
		var codes []reconcile.Count
		total := int64(0)
		for _, one := range r.City {
			if one.Item == i.String() && strings.ContainsAny(one.Code, "2") {
				codes, total = append(codes, one), total+one.Count
			}
		}
		slices.SortStableFunc(codes, func(a, b reconcile.Count) int { return int(b.Count - a.Count) })
		if total == 0 {
			continue
		}
		fmt.Fprintf(w, "  %s %s: %d;", reconcile.ItemTexts[i].ZH, reconcile.ItemTexts[i].EN, total)
		for _, one := range codes[:min(len(codes), 5)] {
			fmt.Fprintf(w, " %s×%d", one.Code, one.Count)
		}
		fmt.Fprintln(w)
	}
}

func showCounts(w io.Writer, title string, counts map[string]int64, words func(string) string) {
	if len(counts) == 0 {
		return
	}
	fmt.Fprintln(w, "\n"+title)
	names := make([]string, 0, len(counts))
	for name := range counts {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		if counts[a] != counts[b] {
			return int(counts[b] - counts[a])
		}
		return strings.Compare(a, b)
	})
	for _, name := range names {
		fmt.Fprintf(w, "  %8d  %s  %s\n", counts[name], name, words(name))
	}
}

// showQuality prints what was found of what is true, as tables.
func showQuality(w io.Writer, q *reconcile.Quality) {
	fmt.Fprintf(w, "\n对照真值 against the truth: 对上的行 rows joined rightly %s, 应对上的 of those to join %s, 属实的差异 differences that were planted %s\n",
		share(q.Joined), share(q.Joins), share(q.Findings))
	for _, table := range []struct {
		title string
		rows  []reconcile.QualityRow
	}{{"错误种类 kind", q.Kinds}, {"人群 group", q.Groups}} {
		fmt.Fprintf(w, "\n| %s | 埋设 planted | 可见 visible | 找到 found %% | 说明对 explained %% | 建议对 proposals right %% | 解决 solved %% |\n| --- | --- | --- | --- | --- | --- | --- |\n", table.title)
		for _, r := range table.rows {
			fmt.Fprintf(w, "| %s | %d | %d | %s | %s | %s | %s |\n", r.Name, r.Planted, r.Found.Whole, r.Found, r.Explained, r.Proposed, r.Solved)
		}
	}
	for _, table := range []struct {
		title string
		rows  []reconcile.CodeQuality
	}{{"说明 explanation | 次 times | 对 right %", q.Codes}, {"两条记录 pair of records | 埋设 planted | 找到 found %", q.Pairs}} {
		fmt.Fprintf(w, "\n| %s |\n| --- | --- | --- |\n", table.title)
		for _, r := range table.rows {
			fmt.Fprintf(w, "| %s | %d | %s |\n", r.Name, r.Right.Whole, r.Right)
		}
	}
	fmt.Fprintln(w, "号码、姓名或出生日期不同的重复登记由 huzheng link 查找 people registered twice under other numbers, names or birth dates are found by huzheng link")
}

func share(s reconcile.Share) string {
	return fmt.Sprintf("%d/%d (%.3f %%)", s.Part, s.Whole, s.Percent())
}

// scratch is a file for a while: where the system allows it, it has no name, so that a crash leaves nothing of residents behind.
type scratch struct{ *os.File }

func newScratch() (spill.File, error) {
	file, err := os.CreateTemp("", "huzheng-")
	if err != nil {
		return nil, err
	}
	_ = os.Remove(file.Name())
	return scratch{file}, nil
}

// Close removes the file too.
func (s scratch) Close() error {
	err := s.File.Close()
	if removed := os.Remove(s.Name()); removed != nil && !errors.Is(removed, os.ErrNotExist) {
		err = errors.Join(err, removed)
	}
	return err
}
