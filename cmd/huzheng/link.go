package main

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/linkage"
	"github.com/huzheng/huzheng/internal/linkage/explain"
	"github.com/huzheng/huzheng/internal/linkage/standard"
	"github.com/huzheng/huzheng/internal/node"
	"github.com/huzheng/huzheng/internal/personfile"
)

type linkGroup struct {
	File  linkCommand      `cmd:"" default:"withargs" help:"Find registrations that may belong to one person, and numbers that two persons hold."`
	Train linkTrainCommand `cmd:"" help:"Learn from a file, without knowing who is whom, how much each item says; write the model."`
}

// linkInput is how a file is read.
type linkInput struct {
	File string `arg:"" type:"existingfile" help:"A person file: CSV (UTF-8 or GB 18030), XLSX, DBF."`
	fileFlags
	Errors  string `help:"Where rows go that cannot be read. Default: beside the file, ending in .errors.csv." placeholder:"FILE"`
	Workers int    `help:"How many processors to use; the result is the same. Default: all." placeholder:"N"`
	Memory  int64  `help:"MiB of memory to use at most; a file that needs more is refused beforehand, with how much that is. Default: half of what the machine has." placeholder:"MIB"`
	JSON    bool   `help:"One JSON object a line."`
}

type linkCommand struct {
	linkInput
	Out      string `help:"Write the pairs to this file: XLSX for a spreadsheet, or CSV, by its ending; with --json, lines of JSON. Default: the standard output." placeholder:"FILE"`
	Clusters string `help:"Where the clusters go. Default: beside --out, ending in .clusters.csv or .clusters.xlsx, else after the pairs." placeholder:"FILE"`
	Model    string `help:"A model that huzheng link train wrote, or the word own: train on the file itself (20,000 rows or more). Default: the model in the program." placeholder:"FILE"`
	Explain  bool   `help:"Each pair's waterfall, in points (one point: twice as likely): what each item says, what it weighs, and the sum."`
	Truth    string `help:"The truth.csv of huzheng synth: print precision and recall by kind of error." placeholder:"FILE"`
}

type linkTrainCommand struct {
	linkInput
	Out  string `required:"" help:"The model to write." placeholder:"MODEL"`
	Name string `help:"A name for the model, for people. Default: the file's." placeholder:"NAME"`
	Seed uint64 `help:"Of the random pairs; the same seed makes the same model. Default: 1." default:"1" placeholder:"N"`
}

// linkedSummary is the last object of --json.
type linkedSummary struct {
	*node.LinkedFile
	Pairs    int            `json:"pairs"`
	Kinds    map[string]int `json:"kinds"` // pairs by kind
	Clusters int            `json:"clusters"`
	Compared int64          `json:"compared"` // pairs
	Model    string         `json:"model"`    // its digest
	Capped   []cappedLine   `json:"capped,omitempty"`
}

// cappedLine is a block too large to be compared whole.
type cappedLine struct {
	Key   string `json:"key"`
	Size  int    `json:"size"`
	First string `json:"first"` // identifier of a member
}

// Run links a file; pairs or rows put aside end with 1.
func (c *linkCommand) Run(env *environment) error {
	defer boundMemory(c.memory())()
	p, file, err := c.pack(env)
	if err != nil {
		return err
	}
	model, err := c.model(env, p)
	if err != nil {
		return err
	}
	result, err := node.LinkPacked(env.ctx, file.File, p, model, node.Packing{Workers: c.workers(), Memory: c.memory()}, env.stages())
	if err != nil {
		return err
	}
	truth, err := c.truth(p)
	if err != nil {
		return err
	}
	texts, err := c.texts(env, result, truth)
	if err != nil {
		return err
	}
	run := &linkRun{command: c, env: env, p: p, model: model, result: result, texts: texts}
	if err := run.write(file); err != nil {
		return err
	}
	if truth != nil {
		if err := run.measure(truth); err != nil {
			return err
		}
	}
	if len(result.Pairs) > 0 || file.Bad > 0 {
		return errFindings
	}
	return nil
}

func (c *linkInput) workers() int {
	if c.Workers > 0 {
		return c.Workers
	}
	return runtime.GOMAXPROCS(0)
}

// unknownMachine is the memory to use where it is not known how much there is.
const unknownMachine = 4 << 30

// memory is how many bytes may be used.
func (c *linkInput) memory() int64 {
	set := debug.SetMemoryLimit(-1)
	switch machine := machineMemory(); {
	case c.Memory > 0:
		return c.Memory << 20
	case set < math.MaxInt64: // by GOMEMLIMIT
		return set
	case machine > 0:
		return machine / 2
	}
	return unknownMachine
}

// open opens the person file; the caller closes both.
func (c *linkInput) open() (*os.File, *personfile.Reader, error) {
	options, err := c.options()
	if err != nil {
		return nil, nil, err
	}
	in, err := os.Open(c.File)
	if err != nil {
		return nil, nil, err
	}
	info, err := in.Stat()
	if err == nil {
		var reader *personfile.Reader
		if reader, err = personfile.Open(filepath.Base(c.File), in, info.Size(), options); err == nil {
			return in, reader, nil
		}
	}
	in.Close()
	return nil, nil, err
}

// pack reads the file into a population; rows that cannot be read go to the error file.
func (c *linkInput) pack(env *environment) (p *linkage.Population, file *node.LinkedFile, err error) {
	if c.Workers < 0 {
		return nil, nil, useError{fmt.Errorf("--workers %d: at least 1", c.Workers)}
	}
	if c.Memory < 0 {
		return nil, nil, useError{fmt.Errorf("--memory %d: at least 1 MiB", c.Memory)}
	}
	in, reader, err := c.open()
	if err != nil {
		return nil, nil, err
	}
	defer in.Close()
	defer reader.Close()
	late := &lateFile{path: errorsPath(c.Errors, c.File)}
	defer func() { err = errors.Join(err, late.close()) }()
	aside := personfile.NewErrorWriter(late)
	p, file, err = node.PackFile(env.ctx, filepath.Base(c.File), reader, node.Packing{Workers: c.workers(), Memory: c.memory(), Progress: env.progress("读入 read"), Bad: aside.Write})
	if err != nil {
		return nil, nil, err
	}
	if len(file.Missing) > 0 {
		fmt.Fprintf(env.stderr, "%s: 没有这些列，只比对其余各项 without these columns only the others are compared: %s\n", file.File, strings.Join(file.Missing, ", "))
	}
	if len(file.Unknown) > 0 {
		fmt.Fprintf(env.stderr, "%s: %s\n", file.File, unknownColumns(file.Unknown))
	}
	env.tellCut(file.File, file.Cut)
	if file.Bad > 0 {
		fmt.Fprintf(env.stderr, "%s: 读不出的行 unreadable rows %d, 见 see %s\n", file.File, file.Bad, late.path)
	}
	return p, file, nil
}

// own is the model that is trained on the file itself.
const own = "own"

func (c *linkCommand) model(env *environment, p *linkage.Population) (*linkage.Model, error) {
	switch c.Model {
	case "":
		return standard.Model().For(p.Len()), nil
	case own:
		if p.Len() < linkage.MinTraining {
			return nil, useError{fmt.Errorf("--model own: %d records are too few to learn from, at least %d; leave --model out / 记录太少，学不了，至少%d条；请去掉--model", p.Len(), linkage.MinTraining,
				linkage.MinTraining)}
		}
		model, _, err := linkage.Train(env.ctx, p, linkage.TrainOptions{Name: filepath.Base(c.File), Workers: c.workers(), Seed: 1, Progress: env.stages()})
		return model, err
	}
	file, err := os.Open(c.Model)
	if err != nil {
		return nil, useError{err}
	}
	defer file.Close()
	model, err := linkage.ReadModel(file)
	if err != nil {
		return nil, useError{fmt.Errorf("--model %s: this is no model that huzheng link train wrote / 不是huzheng link train写出的模型: %w", c.Model, err)}
	}
	return model.For(p.Len()), nil
}

// texts reads the file again for the rows that are shown or measured: a city's rows have no place in memory.
func (c *linkCommand) texts(env *environment, result *linkage.Result, truth *linkTruth) (map[int32]*linkage.Text, error) {
	wanted := truth.records()
	for _, pair := range result.Pairs {
		wanted = append(wanted, pair.A, pair.B)
	}
	if len(wanted) == 0 {
		return nil, nil
	}
	in, reader, err := c.open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	defer reader.Close()
	return node.PickTexts(env.ctx, reader, wanted)
}

// linkRun is a result on its way out.
type linkRun struct {
	command *linkCommand
	env     *environment
	p       *linkage.Population
	model   *linkage.Model
	result  *linkage.Result
	texts   map[int32]*linkage.Text
	rounded bool // a spreadsheet would round identifiers of the pairs
}

// linkSink is where pairs or clusters go: a table, or text on the standard output or in a file.
type linkSink struct {
	text  io.Writer
	table interface{ Write([]string) error }
	close func() error
}

// sink opens a way out. On the standard output a table is plain CSV for programs; in a file it is for spreadsheets too.
func (r *linkRun) sink(path string, header []string) (*linkSink, error) {
	if path == "" {
		table := csv.NewWriter(r.env.stdout)
		s := &linkSink{text: r.env.stdout, table: table, close: func() error { table.Flush(); return table.Error() }}
		if r.command.JSON || header == nil {
			return s, nil
		}
		return s, table.Write(header)
	}
	if r.command.JSON {
		if tableKind(path) == personfile.XLSX {
			return nil, useError{fmt.Errorf("%s: --json writes lines of JSON, not XLSX", path)}
		}
		file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, useError{err}
		}
		return &linkSink{text: file, close: file.Close}, nil
	}
	table, err := createTable(path, header)
	if err != nil {
		return nil, err
	}
	table.Bare = true
	return &linkSink{table: table, close: table.Close}, nil
}

// write puts out pairs, clusters and the summary.
func (r *linkRun) write(file *node.LinkedFile) error {
	var header []string
	if !r.command.shows() {
		header = []string{"left_id", "right_id", "score", "class", "explanation"}
	}
	err := r.through(r.command.Out, header, r.pairs)
	if err != nil {
		return err
	}
	clusters := r.command.clustersPath()
	if !r.command.JSON && r.command.Out == "" && clusters == "" {
		fmt.Fprintln(r.env.stdout)
	}
	if err := r.through(clusters, []string{"cluster", "record_id", "oversize", "weak", "numbers"}, r.clusters); err != nil {
		return err
	}
	return r.summary(file)
}

// through opens a way out, lets put fill it, and closes it.
func (r *linkRun) through(path string, header []string, put func(*linkSink) error) error {
	s, err := r.sink(path, header)
	if err != nil {
		return err
	}
	return errors.Join(put(s), s.close())
}

func (c *linkCommand) clustersPath() string {
	if c.Clusters == "" && c.Out != "" && !c.JSON {
		return c.Out + ".clusters." + string(tableKind(c.Out))
	}
	return c.Clusters
}

// pairLine is a pair of --json.
type pairLine struct {
	Left        string               `json:"left_id"`
	Right       string               `json:"right_id"`
	Score       json.Number          `json:"score"`
	Class       string               `json:"class"` // match, review
	Explanation citizen.Text         `json:"explanation"`
	Kind        string               `json:"kind"`
	Probability int32                `json:"probability_ppm"`
	Waterfall   *explain.Explanation `json:"waterfall,omitempty"`
}

// The classes of a pair as the command gives them.
const (
	classMatch  = "match"
	classReview = "review"
)

func (r *linkRun) line(pair linkage.Pair) *pairLine {
	e := explain.Of(linkage.Explain(r.p, r.model, pair.A, pair.B), r.texts[pair.A], r.texts[pair.B])
	l := &pairLine{Left: e.Left, Right: e.Right, Score: json.Number(explain.Decimal(pair.Score)), Class: classReview, Explanation: e.Summary(), Kind: pair.Class.String(),
		Probability: int32(pair.Probability)}
	if pair.Class.Proposed() {
		l.Class = classMatch
	}
	if e.Left == e.Right {
		l.Explanation = citizen.Text{ZH: "记录编号相同；" + l.Explanation.ZH, EN: "the same record_id; " + l.Explanation.EN}
	}
	if r.command.Explain {
		l.Waterfall = e
	}
	return l
}

// pairs writes one line a pair; with --explain each pair's waterfall, in Chinese and English, in its place or beside it.
func (r *linkRun) pairs(s *linkSink) error {
	for _, pair := range r.result.Queue(r.p) {
		l := r.line(pair)
		if r.command.JSON {
			if err := writeJSON(s.text, l); err != nil {
				return err
			}
			continue
		}
		if l.Waterfall != nil {
			fmt.Fprintf(r.env.stdout, "%s\n%s\n", l.Waterfall.Text("zh"), l.Waterfall.Text("en"))
		}
		if r.command.shows() {
			continue
		}
		r.rounded = r.rounded || len(l.Left) > spreadsheetDigits || len(l.Right) > spreadsheetDigits
		if err := s.table.Write([]string{l.Left, l.Right, l.Score.String(), l.Class, l.Explanation.ZH + " / " + l.Explanation.EN}); err != nil {
			return err
		}
	}
	return nil
}

// spreadsheetDigits is how many digits of a number in a CSV a spreadsheet keeps.
const spreadsheetDigits = 15

// shows tells whether the waterfalls take the place of the table: both would go to the same output.
func (c *linkCommand) shows() bool { return c.Explain && c.Out == "" && !c.JSON }

func writeJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}

// clusterLine is a cluster of --json.
type clusterLine struct {
	Cluster  int      `json:"cluster"`
	Members  []string `json:"members"`
	Oversize bool     `json:"oversize"` // more than five members
	Weak     bool     `json:"weak"`     // held together by a pair for review
	Numbers  bool     `json:"numbers"`  // three or more valid numbers
}

// clusters writes the groups: one line a member, with what makes the group one for a senior reviewer.
func (r *linkRun) clusters(s *linkSink) error {
	for i, group := range r.result.Cases {
		line := clusterLine{Cluster: i + 1, Oversize: group.Oversize, Weak: group.Weak, Numbers: group.Numbers}
		for _, member := range group.Members {
			line.Members = append(line.Members, r.p.ID(member))
		}
		if r.command.JSON {
			if err := writeJSON(s.text, line); err != nil {
				return err
			}
			continue
		}
		for _, id := range line.Members {
			if err := s.table.Write([]string{strconv.Itoa(line.Cluster), id, strconv.FormatBool(line.Oversize), strconv.FormatBool(line.Weak), strconv.FormatBool(line.Numbers)}); err != nil {
				return err
			}
		}
	}
	return nil
}

// summary goes to the standard error, so that the standard output holds the tables alone; with --json it is the last object.
func (r *linkRun) summary(file *node.LinkedFile) error {
	s := linkedSummary{LinkedFile: file, Pairs: len(r.result.Pairs), Kinds: map[string]int{}, Clusters: len(r.result.Cases), Compared: r.result.Compared, Model: r.result.Model}
	for _, pair := range r.result.Pairs {
		s.Kinds[pair.Class.String()]++
	}
	for _, block := range r.result.Capped {
		s.Capped = append(s.Capped, cappedLine{Key: block.Key.String(), Size: block.Size, First: r.p.ID(block.First)})
	}
	if r.command.JSON {
		return writeJSON(r.env.stdout, s)
	}
	w := r.env.stderr
	fmt.Fprintf(w, "%s: 行 rows %d, 读不出 unreadable %d, 比对过的对 pairs compared %d, 提出的对 pairs put forward %d, 组 clusters %d\n", s.File, s.Rows, s.Bad, s.Compared, s.Pairs, s.Clusters)
	for class := linkage.Proposal; class <= linkage.SeveralNumbers; class++ {
		if n := s.Kinds[class.String()]; n > 0 {
			fmt.Fprintf(w, "  %s / %s: %d\n", explain.ClassText(class).ZH, explain.ClassText(class).EN, n)
		}
	}
	if r.rounded && r.command.Out != "" && tableKind(r.command.Out) == personfile.CSV {
		fmt.Fprintln(w, "  记录编号超过15位，用电子表格打开CSV会丢失末几位：请改用 --out 文件.xlsx / a spreadsheet rounds record identifiers of more than 15 digits in a CSV: use --out FILE.xlsx for it")
	}
	for _, block := range r.result.Capped {
		key := explain.KeyText(block.Key)
		fmt.Fprintf(w, "  %s：%d条相同，过多，只按其他各项比对 / %s: %d have it in common, too many, compared by other items only (%s)\n", key.ZH, block.Size, key.EN, block.Size,
			r.p.ID(block.First))
	}
	return nil
}

// stages shows the stages of a run on a terminal.
func (env *environment) stages() linkage.Progress {
	show := env.progress("比对 link")
	if show == nil {
		return nil
	}
	return func(_ string, done, _ int) { show(int64(done)) }
}

// Run trains a model.
func (c *linkTrainCommand) Run(env *environment) error {
	defer boundMemory(c.memory())()
	p, _, err := c.pack(env)
	if err != nil {
		return err
	}
	if p.Len() < linkage.MinTraining {
		return useError{fmt.Errorf("%s: %d records are too few to learn from, at least %d; huzheng link works without a model of its own / 记录太少，学不了，至少%d条；huzheng link可用程序自带的模型", c.File, p.Len(),
			linkage.MinTraining, linkage.MinTraining)}
	}
	name := c.Name
	if name == "" {
		name = filepath.Base(c.File)
	}
	model, training, err := linkage.Train(env.ctx, p, linkage.TrainOptions{Name: name, Workers: c.workers(), Seed: c.Seed, Progress: env.stages()})
	if err != nil {
		return err
	}
	out, err := os.OpenFile(c.Out, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o644)
	if err != nil {
		return useError{err}
	}
	if err := errors.Join(model.Write(out), out.Close()); err != nil {
		return err
	}
	return env.print(c.JSON, trainedModel{c.Out, model.Name, model.Digest, model.Trained, training.Expected, weightsOf(model)}, func(w io.Writer) { showTrained(w, c.Out, model, training) })
}

// trainedModel is what train says.
type trainedModel struct {
	Model    string       `json:"model"`
	Name     string       `json:"name"`
	Digest   string       `json:"digest"`
	Trained  int          `json:"trained"`  // registrations
	Expected float64      `json:"expected"` // pairs of one person among the candidates
	Weights  []weightLine `json:"weights"`
}

type weightLine struct {
	Item   string      `json:"item"`
	Level  string      `json:"level"`
	Given  string      `json:"given,omitempty"`
	M      float64     `json:"m"`
	U      float64     `json:"u"`
	Weight json.Number `json:"weight"`
}

func weightsOf(m *linkage.Model) (lines []weightLine) {
	for w := range m.Weights() {
		lines = append(lines, weightLine{w.Feature.String(), w.Feature.Levels()[w.Level], w.Given, w.M, w.U, json.Number(explain.Decimal(w.Weight))})
	}
	return lines
}

func showTrained(w io.Writer, path string, m *linkage.Model, t *linkage.Training) {
	fmt.Fprintf(w, "%s: 登记 registrations %d, 预计重复的对 pairs of one person expected %.0f, 摘要 digest %s\n", path, m.Trained, t.Expected, m.Digest)
	for _, k := range t.Keys {
		fmt.Fprintf(w, "  %-17s 对 pairs %d, 组合 patterns %d\n", k.Key, k.Pairs, k.Patterns)
	}
	for _, l := range weightsOf(m) {
		fmt.Fprintf(w, "  %-10s %-12s %-24s m %.5f  u %.8f  %s\n", l.Item, l.Level, l.Given, l.M, l.U, l.Weight)
	}
}
