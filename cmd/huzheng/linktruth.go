package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/linkage"
	"github.com/huzheng/huzheng/internal/synth"
)

// linkTruth is a truth file, and the same by record number.
type linkTruth struct {
	linkage.Truth
	absent int // pairs of which the file lacks a record, because it is of another file or its row cannot be read
}

// truth reads --truth; nil without it.
func (c *linkCommand) truth(p *linkage.Population) (*linkTruth, error) {
	if c.Truth == "" {
		return nil, nil
	}
	text, err := os.ReadFile(c.Truth)
	if err != nil {
		return nil, useError{err}
	}
	rows, err := truthRows(text)
	if err != nil {
		return nil, useError{fmt.Errorf("--truth %s: %w", c.Truth, err)}
	}
	numbers := make(map[string]int32)
	for _, row := range rows {
		numbers[row.record], numbers[row.other] = -1, -1
	}
	for i := range int32(p.Len()) {
		id := p.ID(i)
		if n, ok := numbers[id]; ok && n < 0 {
			numbers[id] = i
		}
	}
	t := &linkTruth{Truth: linkage.Truth{Kinds: make(map[int32][]string)}}
	for _, row := range rows {
		t.add(row, numbers)
	}
	return t, nil
}

// truthRow is what concerns linkage in a line of truth.csv.
type truthRow struct {
	class       synth.Class
	kind        string
	record      string
	other       string
	same, pairs bool
}

var errNoTruth = errors.New("no truth file: its header must have class, kind, record_id, right and other_record_id")

func truthRows(text []byte) (rows []truthRow, err error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\uFEFF"))))
	header, err := r.Read()
	if err != nil {
		return nil, errNoTruth
	}
	at := func(name string) int { return slices.Index(header, name) }
	class, kind, record, right, other := at("class"), at("kind"), at("record_id"), at("right"), at("other_record_id")
	if min(class, kind, record, right, other) < 0 {
		return nil, errNoTruth
	}
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		rows = append(rows, truthRow{class: synth.Class(cells[class]), kind: cells[kind], record: cells[record], other: cells[other], same: cells[right] == synth.SamePerson,
			pairs: cells[other] != "" && (cells[right] == synth.SamePerson || cells[right] == synth.DifferentPersons)})
	}
}

func (t *linkTruth) add(row truthRow, numbers map[string]int32) {
	a, b := numbers[row.record], numbers[row.other]
	switch {
	case row.pairs && (a < 0 || b < 0):
		t.absent++
	case row.pairs:
		t.Pairs = append(t.Pairs, linkage.TruthPair{A: a, B: b, Same: row.same, Kind: row.kind})
	case row.class == synth.ClassItem && a >= 0:
		t.Kinds[a] = append(t.Kinds[a], row.kind)
	}
}

// records are the record numbers of the truth's pairs.
func (t *linkTruth) records() (all []int32) {
	if t == nil {
		return nil
	}
	for _, pair := range t.Pairs {
		all = append(all, pair.A, pair.B)
	}
	return all
}

// truthDay is the day on which ages are counted; groups of ten years do not need it exact.
var truthDay = citizen.MustDate("2005-09-01")

// groups are those by which errors are counted, so that it is seen when one group is found less well than others.
func groups(t *linkage.Text) []string {
	if t == nil {
		return nil
	}
	ethnic := t.EthnicGroup
	if code, ok := citizen.EthnicGroups.ByCode(ethnic); ok {
		ethnic = code.ZH
	}
	all := []string{"ethnic=" + ethnic, "name=" + strconv.Itoa(utf8.RuneCountInString(t.Name))}
	if born, err := citizen.ParseDate(t.Birth); err == nil {
		all = append(all, fmt.Sprintf("age=%02d", max(born.AgeOn(truthDay), 0)/20*20))
	}
	return all
}

// measure prints precision and recall.
func (r *linkRun) measure(t *linkTruth) error {
	t.Group = func(i int32) []string { return groups(r.texts[i]) }
	q := linkage.Measure(r.p, r.model, r.result, &t.Truth)
	return r.env.print(r.command.JSON, qualityLine{q, t.absent}, func(w io.Writer) { showQuality(w, q, t.absent) })
}

// qualityLine is the quality of --json.
type qualityLine struct {
	*linkage.Quality `json:"quality"`
	Absent           int `json:"absent"`
}

// showQuality prints the tables.
func showQuality(w io.Writer, q *linkage.Quality, absent int) {
	fmt.Fprintf(w, "\n同一人的对 pairs of one person %d, 登记中占 of registrations %.2f%%\n", q.All.Listed.All, 100*q.Prevalence)
	if absent > 0 {
		fmt.Fprintf(w, "真值中有、文件中没有的对 pairs of the truth that the file has not: %d\n", absent)
	}
	fmt.Fprintf(w, "建议 proposals: 查准 precision %s, 查全 recall %s; 真值已知时的最好查全 best recall at precision 0.99, the truth known: %.3f\n", ratio(q.All.Precision), ratio(q.All.Proposed), q.BestRecall)
	fmt.Fprintf(w, "建议和审查 proposals and review: 查全 recall %s, 每找到一对要看 pairs read for each found %.2f\n", ratio(q.All.Listed), q.ReviewPerTrue)
	fmt.Fprintf(w, "有共同键 share a key: %s; 重号 two persons with one number, found: %s; 建议中的多胞胎 multiple births proposed: %d\n", ratio(q.All.Blocked), ratio(q.Shared), q.TwinsProposed)
	fmt.Fprintf(w, "同名同生日法 same name and birth date: 查全 recall %s, 查准 precision %s\n", ratio(q.BaselineRecall), ratio(q.BaselineRight))
	showRows(w, "按错误种类 by kind", q.Kinds)
	showRows(w, "按民族、姓名字数、年龄 by ethnic group, characters of the name, age", q.Groups)
}

func showRows(w io.Writer, title string, rows []linkage.Row) {
	fmt.Fprintf(w, "\n%s\n", title)
	fmt.Fprintf(w, "%-28s %18s %18s %18s %18s\n", "", "blocked", "proposed", "listed", "precision")
	for _, row := range rows {
		fmt.Fprintf(w, "%-28s %18s %18s %18s %18s\n", row.Name, ratio(row.Blocked), ratio(row.Proposed), ratio(row.Listed), ratio(row.Precision))
	}
}

// ratio writes 0.912 (31/34).
func ratio(r linkage.Ratio) string {
	if r.All == 0 {
		return "-"
	}
	return fmt.Sprintf("%.3f (%d/%d)", r.Value(), r.Found, r.All)
}
