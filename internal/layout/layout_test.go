package layout

import (
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// checks are what holds of the tree.
var checks = map[string]func(fs.FS) ([]string, error){
	"imports":      imports,
	"links":        links,
	"front page":   frontPage,
	"dependencies": dependencies,
	"decisions":    decisions,
	"packages":     rowsNamed,
	"names":        names,
	"glossary":     glossary,
	"changes":      changes,
	"strays":       strays,
}

func TestTree(t *testing.T) {
	for name, check := range checks {
		t.Run(name, func(t *testing.T) {
			found, err := check(os.DirFS("../.."))
			if err != nil {
				t.Fatal(err)
			}
			for _, problem := range found {
				t.Error(problem)
			}
		})
	}
}

// walk calls fn with every file of the module that is or could be in the repository.
func walk(tree fs.FS, fn func(name string, content []byte) error) error {
	return fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return skip(tree, name)
		}
		if !d.Type().IsRegular() {
			return nil
		}
		content, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		return fn(name, content)
	})
}

// skip leaves out fixtures, the demo's city, hidden folders but the one for continuous integration, and other modules' code.
func skip(tree fs.FS, name string) error {
	base := path.Base(name)
	hidden := strings.HasPrefix(base, ".") && name != "." && base != ".ci"
	_, err := fs.Stat(tree, path.Join(name, "go.mod"))
	otherModule := name != "." && err == nil
	if hidden || otherModule || base == "testdata" || base == "demo-city" {
		return fs.SkipDir
	}
	return nil
}

func file(lines ...string) *fstest.MapFile {
	return &fstest.MapFile{Data: []byte(strings.Join(lines, "\n") + "\n")}
}

func goFile(imports ...string) *fstest.MapFile {
	return file("package p", "import (", strings.Join(imports, "\n"), ")")
}

func own(pkg string) string { return `"` + module + "/internal/" + pkg + `"` }

// TestImportsFindsPlantedFaults shows each rule refusing what it is for, and letting pass what is meant.
func TestImportsFindsPlantedFaults(t *testing.T) {
	for _, test := range []struct {
		name string
		path string
		file *fstest.MapFile
		want string // empty: nothing is found
	}{
		{"a rule may use a room to its right", "internal/card/a.go", goFile(own("register"), own("event")), ""},
		{"a rule may not use a room to its left", "internal/register/a.go", goFile(own("card")), "register may not import card"},
		{"a rule may not use its tables", "internal/card/a.go", goFile(own("card/carddb")), "card may not import carddb"},
		{"values know nobody", "internal/citizen/a.go", goFile(own("event")), "citizen may not import event"},
		{"tables may use the core and rules", "internal/card/carddb/a.go", goFile(own("office"), own("card"), own("register")), ""},
		{"tables may not use another room's tables", "internal/card/carddb/a.go", goFile(own("register/registerdb")), "carddb may not import registerdb"},
		{"tables may not use rules to the left", "internal/register/registerdb/a.go", goFile(own("fund")), "registerdb may not import fund"},
		{"the core knows no room", "internal/office/a.go", goFile(own("register")), "office may not import register"},
		{"the core knows no room's tables", "internal/office/a.go", goFile(own("site/sitedb")), "office may not import sitedb"},
		{"the journal knows no bodies", "internal/journal/a.go", goFile(own("card")), "journal may not import card"},
		{"a desk may use any tables", "internal/card/carddesk/a.go", goFile(own("register/registerdb"), own("fund"), own("photo")), ""},
		{"a desk may not use a desk", "internal/card/carddesk/a.go", goFile(own("fund/funddesk")), "carddesk may not import funddesk"},
		{"the audit shares no code with the tables", "internal/audit/a.go", goFile(own("card/carddb")), "audit may not import carddb"},
		{"exchange knows no room", "internal/exchange/a.go", goFile(own("card/carddesk")), "exchange may not import carddesk"},
		{"a part of exchange is exchange", "internal/exchange/https/a.go", goFile(own("exchange"), own("journal")), ""},
		{"pages may use desks", "internal/web/a.go", goFile(own("card/carddesk"), own("exchange")), ""},
		{"pages may not wire nodes", "internal/web/a.go", goFile(own("node")), "web may not import node"},
		{"a node may not play a campaign", "internal/node/a.go", goFile(own("campaign")), "node may not import campaign"},
		{"the program may use what plays", "cmd/huzheng/a.go", goFile(own("campaign"), own("node")), ""},
		{"the program may not use what is for tests", "cmd/huzheng/a.go", goFile(own("storetest")), "cmd/huzheng may not import storetest"},
		{"nor may what runs a node", "internal/node/a.go", goFile(own("officetest")), "node may not import officetest"},
		{"the planted truth may not see the linkage", "internal/synth/a.go", goFile(own("linkage")), "synth may not import linkage"},
		{"every package has a row", "internal/util/a.go", goFile(), "util has no row in the import table"},
		{"rules know no SQL", "internal/fund/a.go", goFile(`"database/sql"`), "fund is pure and may not import database/sql"},
		{"a value may say how it is stored", "internal/citizen/a.go", goFile(`"database/sql/driver"`), ""},
		{"rules know no HTTP", "internal/card/a.go", goFile(`"net/http/cookiejar"`), "card is pure and may not import net/http/cookiejar"},
		{"rules know no files", "internal/site/a.go", goFile(`"os/exec"`), "site is pure and may not import os/exec"},
		{"the program does not link the test framework", "internal/office/a.go", goFile(`"testing"`), "office may not import testing"},
		{"storetest may", "internal/storetest/a.go", goFile(`"testing"`, own("store")), ""},
		{"officetest may", "internal/officetest/a.go", goFile(`"testing"`, own("office")), ""},
		{"officetest knows no room", "internal/officetest/a.go", goFile(own("card")), "officetest may not import card"},
		{"rules read no clock", "internal/card/a.go", file("package p", `import "time"`, "var x = time.Now()"), "time.Now may not be used here"},
		{"nor under another name", "internal/card/carddesk/a.go", file("package p", `import t "time"`, "var x = t.Since"), "time.Since may not be used here"},
		{"nor by dot", "internal/journal/a.go", file("package p", `import . "time"`, "var x = Now()"), "time may not be imported by dot"},
		{"they may count it", "internal/office/a.go", file("package p", `import "time"`, "const x = time.Hour"), ""},
		{"a node may read it", "internal/node/a.go", file("package p", `import "time"`, "var x = time.Now()"), ""},
		{"the environment is read at the edge only", "internal/office/a.go", file("package p", `import "os"`, `var x = os.Getenv("X")`), "os.Getenv may not be used here"},
		{"there it may", "cmd/huzheng/a.go", file("package p", `import "os"`, `var x = os.Getenv("X")`), ""},
		{"tests are free", "internal/card/a_test.go", goFile(own("storetest"), `"os"`), ""},
		{"fixtures are not code", "internal/card/testdata/a.go", goFile(`"os"`), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			var want []string
			if test.want != "" {
				want = []string{test.path + ": " + test.want}
			}
			found, err := imports(fstest.MapFS{test.path: test.file})
			if err != nil || !slices.Equal(found, want) {
				t.Fatalf("found %q %v, want %q", found, err, want)
			}
		})
	}
}

// TestDocumentChecksFindPlantedFaults runs each check over one tree with two or more faults of its kind in it.
func TestDocumentChecksFindPlantedFaults(t *testing.T) {
	row := func(name, version string) string { return "| `" + name + "` | " + version + " | why |" }
	tree := fstest.MapFS{
		"README.md":       file("`go run ./cmd/huzheng demo`", "[gone](docs/gone.md) [here](docs/a.md#part) [out](https://example.org/x) [same](#part)"),
		"README.zh-CN.md": file("`go run ./cmd/huzheng demo`, `make test`"),
		"Makefile":        file("demo:", "	go run ./cmd/huzheng demo"),
		".ci/run":         file("go test ./..."),
		"ARCHITECTURE.md": file("`card` `carddesk` `fund`: `card.Derive` `card.Gone` `card.State.Next` `card.opened` `card.closed` `fund.paid`"),
		"CONTRIBUTING.md": file(""), "SECURITY.md": file("one", "<<<<<<"+"< HEAD"),
		"docs/a.md": file("[up](../README.md)", "```", "[not a link](nowhere)", "```", "see /ho"+"me/me/notes"),
		"go.mod": file("module "+module, "require (", "example.org/used v1.2.0 // indirect", "example.org/bare v1.0.0",
			"example.org/deep v0.1.0 // indirect", ")"),
		"tools/go.mod":                file("module "+module+"/tools", "require example.org/lint v0.8.0"),
		"docs/dependencies.md":        file(row("example.org/used", "v1.1.0"), row("example.org/lint", "v0.8.0"), row("example.org/left", "v1.0.0")),
		"docs/glossary.md":            file("| term | English |", "| 户、户口 | household |", "| 户 | family |"),
		"docs/adr/README.md":          file("[0001](0001-a.md)"),
		"docs/adr/0001-a.md":          file("# a"),
		"docs/adr/0002-b.md":          file("# b"),
		"changelog/new/0001-a.md":     file("Enhancement: say something to users", "", "More."),
		"changelog/new/2-b.md":        file("Fixed it"),
		"internal/card/a.go":          goFile(`"example.org/used/sub"`),
		"internal/card/b.go":          file("package p", "func Derive() {}", "type State struct{}", "func (s *State) Next() {}"),
		"internal/card/carddesk/a.go": file("package p", `const k = "card.opened"`),
		"internal/citizen/b.go":       file("package p", "// TO"+"DO: later"),
		"internal/citizen/a.go":       goFile(`"example.org/bare"`),
		"internal/card/testdata/x":    file("/ro" + "ot/x"),
		".git/x":                      file("/ro" + "ot/x"),
	}
	want := map[string][]string{
		"imports":    nil,
		"links":      {"README.md: no file at docs/gone.md"},
		"front page": {`README.md: does not name "make test"`, `.ci/run: does not name "make test"`, `Makefile: does not name "\ntest:"`},
		"dependencies": {`docs/dependencies.md: example.org/bare is used at v1.0.0, its row says ""`,
			`docs/dependencies.md: example.org/left v1.0.0 is in no go.mod`,
			`docs/dependencies.md: example.org/used is used at v1.2.0, its row says "v1.1.0"`},
		"decisions": {"docs/adr/0002-b.md: not in docs/adr/README.md"},
		"names":     {"ARCHITECTURE.md: there is no card.Gone", "ARCHITECTURE.md: there is no card.closed"},
		"packages":  {"ARCHITECTURE.md: does not name citizen"},
		"glossary":  {`docs/glossary.md: 户 is "household" and "family"`},
		"changes": {"changelog/new/2-b.md: the name is not 0001-some-words.md",
			`changelog/new/2-b.md: does not begin with "Enhancement: …" and an empty line`},
		"strays": {"SECURITY.md: not merged: \"<<<<<<" + "< HEAD\"", `docs/a.md: "/ho` + `me/"`, `internal/citizen/b.go: "TO` + `DO:"`},
	}
	for name, check := range checks {
		t.Run(name, func(t *testing.T) {
			found, err := check(tree)
			if err != nil || !slices.Equal(found, want[name]) {
				t.Fatalf("found %q %v, want %q", found, err, want[name])
			}
		})
	}
}
