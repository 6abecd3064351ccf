package layout

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// refusalCode is the form of a refusal's code: room and reason.
var refusalCode = regexp.MustCompile(`^[a-z]+\.[a-z0-9_]+$`)

// refusals finds every code that the program can refuse with, where it stands, and what is wrong with its texts: each says what is wrong and what to do,
// in Chinese and in English.
func refusals(tree fs.FS) (codes map[string]string, found []string, err error) {
	codes = make(map[string]string)
	err = walk(tree, func(name string, content []byte) error {
		if path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, content, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) < 4 || !strings.EqualFold(calledName(call), "refuse") {
				return true
			}
			code, ok := literal(call.Args[0])
			if !ok || !refusalCode.MatchString(code) {
				return true
			}
			codes[code] = name
			for _, problem := range textProblems(call.Args[2:]) {
				found = append(found, fmt.Sprintf("%s: %s %s", name, code, problem))
			}
			return true
		})
		return nil
	})
	return codes, found, err
}

func calledName(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

func literal(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

// textProblems looks at the texts that are written out: none is empty, and a text has both languages.
func textProblems(args []ast.Expr) []string {
	var found []string
	for _, arg := range args {
		if text, ok := literal(arg); ok && text == "" {
			found = append(found, "has an empty text")
		}
		text, ok := arg.(*ast.CompositeLit)
		if !ok {
			continue
		}
		var languages []string
		for _, element := range text.Elts {
			if pair, ok := element.(*ast.KeyValueExpr); ok {
				if key, ok := pair.Key.(*ast.Ident); ok {
					languages = append(languages, key.Name)
				}
				if value, ok := literal(pair.Value); ok && value == "" {
					found = append(found, "has an empty text")
				}
			}
		}
		if len(text.Elts) > 0 && !(slices.Contains(languages, "ZH") && slices.Contains(languages, "EN")) {
			found = append(found, "is not in both languages")
		}
	}
	return found
}

// unseen lists the codes that no test and no script ever sees.
func unseen(tree fs.FS, codes map[string]string) ([]string, error) {
	seen := make(map[string]bool)
	err := walk(tree, func(name string, content []byte) error {
		if !strings.HasSuffix(name, "_test.go") && path.Ext(name) != ".txtar" {
			return nil
		}
		for code := range codes {
			if !seen[code] && strings.Contains(string(content), code) {
				seen[code] = true
			}
		}
		return nil
	})
	var found []string
	for code, name := range codes {
		if !seen[code] {
			found = append(found, fmt.Sprintf("%s: refusal %s is in no test", name, code))
		}
	}
	slices.Sort(found)
	return found, err
}

func TestRefusals(t *testing.T) {
	codes, found, err := refusals(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	if len(codes) < 50 {
		t.Errorf("only %d codes of refusals were found", len(codes))
	}
	missing, err := unseen(os.DirFS("../.."), codes)
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range append(found, missing...) {
		t.Error(problem)
	}
}
