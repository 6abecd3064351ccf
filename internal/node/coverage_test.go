package node

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// demands is how many demands the law and the plan make of the system (docs/coverage.md).
const demands = 101

// leastCovered is how many rows at least say what serves them.
const leastCovered = 60

var (
	coverageRow = regexp.MustCompile(`(?m)^\| R(\d+) \| [^|]* \| [^|]* \| ([^|]*) \| ([^|]*) \| ([^|]*) \|`)
	code        = regexp.MustCompile("`([^`]+)`")
	actionName  = regexp.MustCompile(`^[a-z]+\.[a-z_]+$`)
)

// docs/coverage.md has a row for every demand; its actions exist, and so do its tests.
func TestCoverage(t *testing.T) {
	text, err := os.ReadFile("../../docs/coverage.md")
	if err != nil {
		t.Fatal(err)
	}
	known := make(map[string]bool)
	for _, a := range Actions() {
		known[a.Name] = true
	}
	tests, err := allTests("../..")
	if err != nil {
		t.Fatal(err)
	}
	covered := 0
	rows := coverageRow.FindAllStringSubmatch(string(text), -1)
	for i, row := range rows {
		if row[1] != fmt.Sprint(i+1) {
			t.Fatalf("row %d is R%s", i+1, row[1])
		}
		if strings.TrimSpace(row[2]) == "not yet" {
			continue
		}
		covered++
		for _, m := range code.FindAllStringSubmatch(row[3], -1) {
			if actionName.MatchString(m[1]) && !known[m[1]] {
				t.Errorf("R%s: there is no action %s", row[1], m[1])
			}
		}
		named := code.FindAllStringSubmatch(row[4], -1)
		if len(named) == 0 {
			t.Errorf("R%s names no test", row[1])
		}
		for _, m := range named {
			if !tests[m[1]] {
				t.Errorf("R%s: there is no test %s", row[1], m[1])
			}
		}
	}
	if len(rows) != demands || covered < leastCovered {
		t.Errorf("%d rows, %d of them covered", len(rows), covered)
	}
}

var testName = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark)\w+)\(`)

// allTests names every test of the repository and every script.
func allTests(root string) (map[string]bool, error) {
	tests := make(map[string]bool)
	return tests, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if strings.HasSuffix(path, ".txtar") {
			tests[filepath.Base(path)] = true
		}
		if !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		content, err := os.ReadFile(path)
		for _, m := range testName.FindAllSubmatch(content, -1) {
			tests[string(m[1])] = true
		}
		return err
	})
}
