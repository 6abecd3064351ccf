package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/linkage"
)

// The whole benchmark on a small city, without DuckDB: every line is there, and what does not depend on speed or luck holds.
func TestLinkage(t *testing.T) {
	var said strings.Builder
	results, err := Linkage(context.Background(), Options{Rows: linkage.MinTraining + 2000, Seeds: 1, Dir: t.TempDir(), Progress: func(s string) { said.WriteString(s + "\n") }})
	if err != nil {
		t.Fatal(err)
	}
	met := map[string]bool{}
	for _, r := range results {
		met[r.Name] = r.Met()
	}
	for _, name := range []string{"linkage: 1, 2 and 4 workers alike", "linkage: at once and 2000 one by one alike", "linkage: true pairs that share a key, seed 41"} {
		if !met[name] {
			t.Errorf("%s: %v", name, met)
		}
	}
	if len(results) != 14 || !strings.Contains(said.String(), "double_number_other") || !strings.Contains(said.String(), "its rows are left out") {
		t.Errorf("%d results; said\n%s", len(results), said.String())
	}
}

// The rules of tools/duckdb, by column, for text and for integers.
var anchorRules = map[string]string{
	"strings":  "number|name year|sound days|surname sure sex|birthseq|sound place sex|mother|given sure|father mother|spouse sex|household given",
	"integers": "k_number|k_name_year|k_sound_day|k_surname_birth|k_birth_sequence|k_sound_birthplace|k_mother|k_given_birth|k_parents|k_spouse|k_household",
}

// What is written for DuckDB leads to the very pairs that our keys find.
func TestAnchorTables(t *testing.T) {
	p, err := linkPopulation(context.Background(), 7, 8000)
	if err != nil {
		t.Fatal(err)
	}
	model := *linkage.StartModel(p.Len())
	model.Keys = anchorKeys
	found, err := linkage.Link(context.Background(), p, &model, linkage.LinkOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for name, write := range map[string]func(*bufio.Writer, *linkage.Population){"strings": writeStrings, "integers": writeIntegers} {
		var b bytes.Buffer
		w := bufio.NewWriter(&b)
		write(w, p)
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&b).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if pairs := pairsOfRules(rows, anchorRules[name]); int64(pairs) != found.Compared || pairs < 1000 {
			t.Errorf("%s: %d pairs, we compared %d", name, pairs, found.Compared)
		}
	}
}

func pairsOfRules(rows [][]string, rules string) int {
	at := map[string]int{}
	for i, name := range rows[0] {
		at[name] = i
	}
	pairs := map[[2]int]bool{}
	for rule := range strings.SplitSeq(rules, "|") {
		blocks := map[string][]int{}
	row:
		for i, row := range rows[1:] {
			value := ""
			for column := range strings.FieldsSeq(rule) {
				cell := row[at[column]]
				if cell == "" {
					continue row
				}
				value += cell + "|"
			}
			blocks[value] = append(blocks[value], i)
		}
		for _, members := range blocks {
			for j, b := range members {
				for _, a := range members[:j] {
					pairs[[2]int{a, b}] = true
				}
			}
		}
	}
	return len(pairs)
}
