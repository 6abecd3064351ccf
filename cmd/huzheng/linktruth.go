package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/linkage"
	"github.com/huzheng/huzheng/internal/linkage/explain"
	"github.com/huzheng/huzheng/internal/node"
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
	planted     string
	record      string
	other       string
	same, pairs bool
}

var errNoTruth = errors.New("no truth file: its header must have class, kind, record_id, planted, right and other_record_id")

func truthRows(text []byte) (rows []truthRow, err error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\uFEFF"))))
	header, err := r.Read()
	if err != nil {
		return nil, errNoTruth
	}
	at := func(name string) int { return slices.Index(header, name) }
	class, kind, record, planted, right, other := at("class"), at("kind"), at("record_id"), at("planted"), at("right"), at("other_record_id")
	if min(class, kind, record, planted, right, other) < 0 {
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
		rows = append(rows, truthRow{class: synth.Class(cells[class]), kind: cells[kind], planted: cells[planted], record: cells[record], other: cells[other], same: cells[right] == synth.SamePerson,
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
		if row.same {
			for class := range strings.SplitSeq(row.planted, "+") {
				t.Kinds[a] = append(t.Kinds[a], "double_"+class)
			}
		}
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

// measure prints precision and recall.
func (r *linkRun) measure(t *linkTruth) error {
	t.Group = func(i int32) []string { return node.LinkGroups(r.texts[i], truthDay) }
	q := linkage.Measure(r.p, r.model, r.result, &t.Truth)
	return r.env.print(r.command.JSON, qualityLine{q, t.absent}, func(w io.Writer) { explain.Quality(w, q, t.absent) })
}

// qualityLine is the quality of --json, after the summary.
type qualityLine struct {
	Quality *linkage.Quality `json:"quality"`
	Absent  int              `json:"absent"` // pairs of the truth that the file has not
}
