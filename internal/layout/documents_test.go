package layout

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/modfile"
)

// commands are what the front page promises to somebody with nothing but Go (README, "Try it").
var commands = []string{"go run ./cmd/huzheng demo", "make test"}

var (
	fences = regexp.MustCompile("(?ms)^```.*?^```")
	link   = regexp.MustCompile(`\]\(([^)\s]+)\)`)
)

// links checks that every relative link of a document leads to a file or folder.
func links(tree fs.FS) ([]string, error) {
	var found []string
	err := walk(tree, func(name string, content []byte) error {
		if path.Ext(name) != ".md" {
			return nil
		}
		for _, m := range link.FindAllSubmatch(fences.ReplaceAll(content, nil), -1) {
			target, err := url.Parse(string(m[1]))
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			if target.Scheme != "" || target.Path == "" {
				continue
			}
			if _, err := fs.Stat(tree, path.Join(path.Dir(name), target.Path)); err != nil {
				found = append(found, fmt.Sprintf("%s: no file at %s", name, target.Path))
			}
		}
		return nil
	})
	return found, err
}

// frontPage checks that both front pages name both commands, and that .ci/run runs the one for tests.
func frontPage(tree fs.FS) ([]string, error) {
	var found []string
	need := func(name, text string) error {
		content, err := fs.ReadFile(tree, name)
		if err == nil && !strings.Contains(string(content), text) {
			found = append(found, fmt.Sprintf("%s: does not name %q", name, text))
		}
		return err
	}
	for _, name := range []string{"README.md", "README.zh-CN.md"} {
		for _, command := range commands {
			if err := need(name, command); err != nil {
				return nil, err
			}
		}
	}
	if err := need(".ci/run", "make test"); err != nil {
		return nil, err
	}
	return found, need("Makefile", "\ntest:")
}

// dependencies checks that every module that the code imports has a row with its version in docs/dependencies.md, and that no row is left over
// of one that no module file names.
func dependencies(tree fs.FS) ([]string, error) {
	versions, err := required(tree, "go.mod")
	if err != nil {
		return nil, err
	}
	direct, err := imported(tree, versions)
	if err != nil {
		return nil, err
	}
	rows, err := dependencyRows(tree)
	if err != nil {
		return nil, err
	}
	tools, err := required(tree, "tools/go.mod")
	if err != nil {
		return nil, err
	}
	var found []string
	for _, name := range direct {
		if rows[name] != versions[name] {
			found = append(found, fmt.Sprintf("docs/dependencies.md: %s is used at %s, its row says %q", name, versions[name], rows[name]))
		}
	}
	for name, version := range rows {
		if versions[name] == "" && tools[name] != version {
			found = append(found, fmt.Sprintf("docs/dependencies.md: %s %s is in no go.mod", name, version))
		}
	}
	slices.Sort(found)
	return found, nil
}

// required reads the versions of a module file.
func required(tree fs.FS, name string) (map[string]string, error) {
	content, err := fs.ReadFile(tree, name)
	if err != nil {
		return nil, err
	}
	file, err := modfile.Parse(name, content, nil)
	if err != nil {
		return nil, err
	}
	versions := make(map[string]string)
	for _, r := range file.Require {
		versions[r.Mod.Path] = r.Mod.Version
	}
	return versions, nil
}

// imported lists the modules that any Go file imports, tests included.
func imported(tree fs.FS, versions map[string]string) ([]string, error) {
	var direct []string
	err := walk(tree, func(name string, content []byte) error {
		if path.Ext(name) != ".go" {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, content, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range file.Imports {
			target, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			for name := range versions {
				if within(target, name) && !slices.Contains(direct, name) {
					direct = append(direct, name)
				}
			}
		}
		return nil
	})
	slices.Sort(direct)
	return direct, err
}

var dependencyRow = regexp.MustCompile("(?m)^\\| `([^`]+)` \\| (v[^ ]+) \\|")

func dependencyRows(tree fs.FS) (map[string]string, error) {
	content, err := fs.ReadFile(tree, "docs/dependencies.md")
	rows := make(map[string]string)
	for _, m := range dependencyRow.FindAllStringSubmatch(string(content), -1) {
		rows[m[1]] = m[2]
	}
	return rows, err
}

// decisions checks that every decision record stands in the list of them.
func decisions(tree fs.FS) ([]string, error) {
	index, err := fs.ReadFile(tree, "docs/adr/README.md")
	if err != nil {
		return nil, err
	}
	records, err := fs.Glob(tree, "docs/adr/[0-9]*.md")
	var found []string
	for _, name := range records {
		if !strings.Contains(string(index), "]("+path.Base(name)+")") {
			found = append(found, name+": not in docs/adr/README.md")
		}
	}
	return found, err
}

// rowsNamed checks that ARCHITECTURE.md names every package that the tree has.
func rowsNamed(tree fs.FS) ([]string, error) {
	text, err := fs.ReadFile(tree, "ARCHITECTURE.md")
	if err != nil {
		return nil, err
	}
	var found []string
	err = walk(tree, func(name string, _ []byte) error {
		problem := fmt.Sprintf("ARCHITECTURE.md: does not name %s", packageOf(path.Dir(name)))
		if path.Ext(name) == ".go" && !strings.Contains(string(text), "`"+packageOf(path.Dir(name))+"`") && !slices.Contains(found, problem) {
			found = append(found, problem)
		}
		return nil
	})
	return found, err
}

var glossaryRow = regexp.MustCompile(`(?m)^\| ([^|]*\p{Han}[^|]*) \| ([^|]+) \|`)

// glossary checks that no Chinese term stands in the glossary twice.
func glossary(tree fs.FS) ([]string, error) {
	content, err := fs.ReadFile(tree, "docs/glossary.md")
	seen := make(map[string]string)
	var found []string
	for _, m := range glossaryRow.FindAllStringSubmatch(string(content), -1) {
		for _, term := range strings.Split(m[1], "、") {
			if before, ok := seen[term]; ok {
				found = append(found, fmt.Sprintf("docs/glossary.md: %s is %q and %q", term, before, m[2]))
			}
			seen[term] = m[2]
		}
	}
	return found, err
}

var (
	changeName = regexp.MustCompile(`^\d{4}-[a-z0-9-]+\.md$`)
	changeForm = regexp.MustCompile(`^(Enhancement|Change|Bugfix|Security): .{10,100}\n\n(?s:.+)\n$`)
)

// changes checks the name and the form of what is said to users (changelog/README.md).
func changes(tree fs.FS) ([]string, error) {
	names, err := fs.Glob(tree, "changelog/*/*.md")
	if err != nil {
		return nil, err
	}
	var found []string
	for _, name := range names {
		content, err := fs.ReadFile(tree, name)
		if err != nil {
			return nil, err
		}
		if !changeName.MatchString(path.Base(name)) {
			found = append(found, name+": the name is not 0001-some-words.md")
		}
		if !changeForm.Match(content) {
			found = append(found, name+": does not begin with \"Enhancement: …\" and an empty line")
		}
	}
	return found, nil
}

// foreign matches what belongs to one person's machine or desk, not to a repository. Written so that it does not match itself.
var foreign = regexp.MustCompile(`(?i)/(work|farm|root|home)/|/tmp/[a-z]|\b(sub-?agent|chat[b]ot|coding[ ]assistant|language[ ]model)s?\b|\b(TO[D]O|FIX[M]E|X[X]X)\b([^(]|$)`)

var textFiles = []string{".go", ".md", ".sql", ".sh", ".toml", ".html", ".css", ".js", ".txtar", ".service", ".yml", "", ".mod"}

// unmerged finds the marks of two versions that nobody has brought together.
var unmerged = regexp.MustCompile(`(?m)^(<{7}|>{7}) \S+`)

// strays checks that no text file names a folder of somebody's machine or work left undone without an owner.
func strays(tree fs.FS) ([]string, error) {
	var found []string
	err := walk(tree, func(name string, content []byte) error {
		if !slices.Contains(textFiles, path.Ext(name)) {
			return nil
		}
		if m := foreign.Find(content); m != nil {
			found = append(found, fmt.Sprintf("%s: %q", name, m))
		}
		if m := unmerged.Find(content); m != nil {
			found = append(found, fmt.Sprintf("%s: not merged: %q", name, m))
		}
		return nil
	})
	return found, err
}
