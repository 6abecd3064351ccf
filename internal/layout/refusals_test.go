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
	"testing/fstest"
)

var (
	// refusalCode is the form of a refusal's code: room and reason.
	refusalCode = regexp.MustCompile(`^[a-z]+\.[a-z0-9_]+$`)
	// spelled finds what looks like a code in a test or a script.
	spelled = regexp.MustCompile(`\b[a-z]+\.[a-z0-9_]+\b`)
)

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
			for _, problem := range textProblems(texts(call.Args)) {
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

// texts leaves the texts of a refusal: four strings after code, source and perhaps the field, or two texts of both languages, made here or by a function.
func texts(args []ast.Expr) []ast.Expr {
	if len(args) >= 6 {
		return args[len(args)-4:]
	}
	var all []ast.Expr
	for _, arg := range args[2:] {
		if made, ok := arg.(*ast.CallExpr); ok {
			all = append(all, made.Args...)
		} else if _, ok := literal(arg); !ok {
			all = append(all, arg)
		}
	}
	return all
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
	look := func(content []byte) {
		for _, code := range spelled.FindAllString(string(content), -1) {
			seen[code] = true
		}
	}
	err := walk(tree, func(name string, content []byte) error {
		if strings.HasSuffix(name, "_test.go") {
			look(content)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	names, err := fs.Glob(tree, "cmd/huzheng/testdata/script/*.txtar")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		content, err := fs.ReadFile(tree, name)
		if err != nil {
			return nil, err
		}
		look(content)
	}
	var found []string
	for code, name := range codes {
		if !seen[code] {
			found = append(found, fmt.Sprintf("%s: refusal %s is in no test", name, code))
		}
	}
	slices.Sort(found)
	return found, nil
}

// toldRow is a row of a table of refusals in the guide.
var toldRow = regexp.MustCompile("(?m)^\\| `([a-z]+\\.[a-z0-9_]+)` \\| [^|]* \\|$")

// toldRefusals finds the codes in the guide's tables of refusals that nothing refuses with.
func toldRefusals(tree fs.FS, codes map[string]string) ([]string, error) {
	var found []string
	err := walk(tree, func(name string, content []byte) error {
		if !strings.HasPrefix(name, "docs/guide/") {
			return nil
		}
		tables := strings.Split(string(content), "\n## ")
		for _, table := range tables {
			if !strings.Contains(table, "| code |") && !strings.Contains(table, "| 代码 |") {
				continue
			}
			for _, m := range toldRow.FindAllStringSubmatch(table, -1) {
				if codes[m[1]] == "" {
					found = append(found, fmt.Sprintf("%s: nothing refuses with %s", name, m[1]))
				}
			}
		}
		return nil
	})
	return found, err
}

// TestRefusals holds every refusal of every room to both languages and to a test that sees it.
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
	told, err := toldRefusals(os.DirFS("../.."), codes)
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range slices.Concat(found, missing, told) {
		t.Error(problem)
	}
}

// TestRefusalsFindsWhatIsWrong shows that the check bites.
func TestRefusalsFindsWhatIsWrong(t *testing.T) {
	tree := fstest.MapFS{
		"internal/toy/rule.go": {Data: []byte(`package toy

var (
	a = event.Refuse("toy.one_language", "", citizen.Text{ZH: "不行"}, citizen.Text{ZH: "改正", EN: "mend it"})
	b = refuse("toy.empty", "law", "field", "不行", "no", "改正", "")
	c = refuse("toy.whole", "", "", "不行", "no", "改正", "mend it")
)`)},
		"internal/toy/rule_test.go":             {Data: []byte(`package toy // toy.empty toy.whole_other`)},
		"docs/guide/toy.md":                     {Data: []byte("## Refused\n\n| code | what to do |\n| --- | --- |\n| `toy.whole` | this |\n| `toy.gone` | that |\n")},
		"cmd/huzheng/testdata/script/toy.txtar": {Data: []byte(`stdout 'toy.one_language'`)},
	}
	codes, found, err := refusals(tree)
	if err != nil {
		t.Fatal(err)
	}
	missing, err := unseen(tree, codes)
	if err != nil {
		t.Fatal(err)
	}
	told, err := toldRefusals(tree, codes)
	want := []string{
		"internal/toy/rule.go: toy.one_language is not in both languages",
		"internal/toy/rule.go: toy.empty has an empty text",
		"internal/toy/rule.go: refusal toy.whole is in no test",
		"docs/guide/toy.md: nothing refuses with toy.gone",
	}
	if got := slices.Concat(found, missing, told); err != nil || !slices.Equal(got, want) {
		t.Errorf("%v %q", err, got)
	}
}
