package layout

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// naming are the documents that name code as it is now. Decision records and the change log say what was.
var naming = []string{"ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "docs/glossary.md"}

var (
	identifier = regexp.MustCompile("`([a-z]+)\\.([A-Z]\\w*(?:\\.[A-Z]\\w*)?)`")
	kindName   = regexp.MustCompile("`([a-z]+\\.[a-z_]+)`")
	kindText   = regexp.MustCompile(`^[a-z]+\.[a-z_]+$`)
)

// declared is what the program's code declares: exported names and methods by package, and texts that look like kinds and actions.
type declared struct {
	names map[string]bool // "store.Tx.Digest"
	texts map[string]bool // "card.opened"
	rooms map[string]bool // rooms that have code
}

// names checks that the documents name only functions, types, kinds and actions that exist.
func names(tree fs.FS) ([]string, error) {
	code, err := declarations(tree)
	if err != nil {
		return nil, err
	}
	var found []string
	for _, name := range naming {
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			return nil, err
		}
		for _, m := range identifier.FindAllStringSubmatch(string(text), -1) {
			if _, known := mayImport[m[1]]; known && !code.names[m[1]+"."+m[2]] {
				found = append(found, fmt.Sprintf("%s: there is no %s.%s", name, m[1], m[2]))
			}
		}
		for _, m := range kindName.FindAllStringSubmatch(string(text), -1) {
			room, _, _ := strings.Cut(m[1], ".")
			if code.rooms[room] && !code.texts[m[1]] {
				found = append(found, fmt.Sprintf("%s: there is no %s", name, m[1]))
			}
		}
	}
	return found, nil
}

func declarations(tree fs.FS) (*declared, error) {
	code := &declared{names: make(map[string]bool), texts: make(map[string]bool), rooms: make(map[string]bool)}
	err := walk(tree, func(name string, content []byte) error {
		if path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, content, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		pkg := packageOf(path.Dir(name))
		if desk, ok := strings.CutSuffix(pkg, "desk"); ok && slices.Contains(rooms, desk) {
			code.rooms[desk] = true
		}
		code.add(pkg, file)
		return nil
	})
	return code, err
}

func (code *declared) add(pkg string, file *ast.File) {
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			code.names[pkg+"."+receiver(d)+d.Name.Name] = true
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				code.addSpec(pkg, spec)
			}
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if text, err := strconv.Unquote(lit.Value); err == nil && kindText.MatchString(text) {
				code.texts[text] = true
			}
		}
		return true
	})
}

func (code *declared) addSpec(pkg string, spec ast.Spec) {
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		code.names[pkg+"."+spec.Name.Name] = true
	case *ast.ValueSpec:
		for _, name := range spec.Names {
			code.names[pkg+"."+name.Name] = true
		}
	}
}

// receiver is "Tx." for a method of Tx or *Tx, empty for a function.
func receiver(d *ast.FuncDecl) string {
	if d.Recv == nil {
		return ""
	}
	kind := d.Recv.List[0].Type
	if star, ok := kind.(*ast.StarExpr); ok {
		kind = star.X
	}
	if name, ok := kind.(*ast.Ident); ok {
		return name.Name + "."
	}
	return ""
}
