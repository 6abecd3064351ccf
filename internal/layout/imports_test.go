package layout

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

const module = "github.com/huzheng/huzheng"

// rooms stand in the order of their rules: each imports only rooms to its right.
var rooms = []string{"programme", "fund", "card", "verify", "register", "site"}

var (
	values  = []string{"citizen", "event", "words"}
	engines = []string{"personfile", "linkage", "photo", "cardreader", "spill"}
	core    = []string{"store", "journal", "office"}
)

// pure packages know no SQL, network, files, clock or environment.
var pure = slices.Concat(values, engines, rooms, []string{"synth"})

// mayImport is the table of ARCHITECTURE.md: what each package may import of this module. A package without a row is refused.
var mayImport = func() map[string][]string {
	dbs, desks := suffixed(rooms, "db"), suffixed(rooms, "desk")
	edges := []string{"web", "api"}
	t := map[string][]string{
		"citizen":  {},
		"event":    {"citizen"},
		"words":    {"citizen"},
		"synth":    slices.Concat(values, []string{"personfile"}),
		"store":    values,
		"journal":  slices.Concat(values, []string{"store"}),
		"office":   slices.Concat(values, []string{"store", "journal"}),
		"audit":    {"citizen", "event", "journal", "store"}, // store for its transaction only: no room's code
		"exchange": slices.Concat(values, core),
		"pgserver": {},
		"layout":   {},
	}
	for _, engine := range engines {
		t[engine] = values
	}
	for i, room := range rooms {
		right := rooms[i+1:]
		t[room] = slices.Concat(values, right)
		t[room+"db"] = slices.Concat(values, core, []string{room}, right)
		t[room+"desk"] = slices.Concat(values, engines, rooms, core, dbs)
	}
	t["verify"] = slices.Concat(t["verify"], []string{"linkage", "spill"}) // linkage for how characters sound and look, and the lunar calendar
	below := slices.Concat(values, engines, rooms, core, dbs, desks, []string{"audit", "exchange"})
	for _, edge := range edges {
		t[edge] = below
	}
	t["maker"] = slices.Concat(t["card"], []string{"card"})
	t["node"] = slices.Concat(below, edges, []string{"maker"})
	t["campaign"] = slices.Concat(t["node"], []string{"node", "synth"})
	t["bench"] = slices.Concat(t["campaign"], []string{"pgserver"})
	t["cmd/huzheng"] = slices.Concat(t["campaign"], []string{"campaign", "bench", "pgserver"})
	t["faults"] = t["cmd/huzheng"] // broken disks, lines and processes: for tests only
	t["storetest"] = slices.Concat(values, core, []string{"pgserver"})
	t["officetest"] = slices.Concat(values, core, []string{"storetest"})
	t["browsertest"] = nil
	t["goldentest"] = nil
	t["webtest"] = nil // tests only
	return t
}()

// clockFree packages are given the time; only what runs a node reads it.
var clockFree = slices.Concat(pure, core, suffixed(rooms, "db"), suffixed(rooms, "desk"), []string{"audit"})

// readEnvironment are the packages that may look at environment variables: the program, the configuration, and what is for tests. Handing
// all of them on to a process (os.Environ) is not looking.
var readEnvironment = slices.Concat([]string{"cmd/huzheng", "node"}, forTests)

// forTests are the packages that only tests import, and that may import package testing themselves.
var forTests = []string{"storetest", "officetest", "faults", "browsertest", "goldentest"}

// impure imports, with all packages below them. database/sql/driver is not among them: a value says through it how it is stored.
var impure = []string{"database/sql", "net", "os", "log", "path/filepath"}

var harmless = []string{"database/sql/driver", "net/url", "net/netip"}

func suffixed(names []string, suffix string) []string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = name + suffix
	}
	return out
}

// packageOf names the row of the table for a folder or an import path relative to the module: its last element where that has a row, as
// registerdb, else its first. Packages of one row may import each other.
func packageOf(dir string) string {
	if strings.HasPrefix(dir, "cmd/") {
		return dir
	}
	dir = strings.TrimPrefix(dir, "internal/")
	if _, ok := mayImport[path.Base(dir)]; ok {
		return path.Base(dir)
	}
	first, _, _ := strings.Cut(dir, "/")
	return first
}

// imports checks every Go file that is part of the program, tests apart.
func imports(tree fs.FS) ([]string, error) {
	var found []string
	err := walk(tree, func(name string, content []byte) error {
		if path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, content, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, problem := range fileProblems(packageOf(path.Dir(name)), file) {
			found = append(found, name+": "+problem)
		}
		return nil
	})
	return found, err
}

func fileProblems(pkg string, file *ast.File) []string {
	allowed, ok := mayImport[pkg]
	if !ok {
		return []string{pkg + " has no row in the import table"}
	}
	var problems []string
	for _, spec := range file.Imports {
		target, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue // the parser has accepted it
		}
		if problem := importProblem(pkg, target, allowed); problem != "" {
			problems = append(problems, problem)
		}
		if target == "time" && slices.Contains(clockFree, pkg) {
			problems = append(problems, uses(file, spec, "time", "Now", "Since", "Until")...)
		}
		if target == "os" && !slices.Contains(readEnvironment, pkg) {
			problems = append(problems, uses(file, spec, "os", "Getenv", "LookupEnv", "ExpandEnv")...)
		}
	}
	return problems
}

func importProblem(pkg, target string, allowed []string) string {
	if own, ok := strings.CutPrefix(target, module+"/"); ok {
		if to := packageOf(own); to != pkg && !slices.Contains(allowed, to) {
			return fmt.Sprintf("%s may not import %s", pkg, to)
		}
		return ""
	}
	if slices.Contains(pure, pkg) && slices.ContainsFunc(impure, func(p string) bool { return within(target, p) }) && !slices.Contains(harmless, target) {
		return fmt.Sprintf("%s is pure and may not import %s", pkg, target)
	}
	if target == "testing" && !slices.Contains(forTests, pkg) {
		return fmt.Sprintf("%s may not import testing", pkg)
	}
	return ""
}

func within(target, parent string) bool {
	return target == parent || strings.HasPrefix(target, parent+"/")
}

// uses lists where a file names one of a package's functions, under whatever name it imports the package.
func uses(file *ast.File, spec *ast.ImportSpec, name string, functions ...string) []string {
	local := name
	if spec.Name != nil {
		local = spec.Name.Name
	}
	if local == "." {
		return []string{name + " may not be imported by dot"}
	}
	var found []string
	ast.Inspect(file, func(n ast.Node) bool {
		selector, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := selector.X.(*ast.Ident); ok && x.Name == local && slices.Contains(functions, selector.Sel.Name) {
			found = append(found, fmt.Sprintf("%s.%s may not be used here", name, selector.Sel.Name))
		}
		return true
	})
	return found
}
