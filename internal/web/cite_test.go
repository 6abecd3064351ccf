package web

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/huzheng/huzheng/internal/citizen"
)

// citation is what a rule's source looks like when it stands alone in a text of the program's: an article, a document by its number, a law by its year.
var citation = regexp.MustCompile(`^\S.*第[\d、]+条$|^\p{Han}+〔\d{4}〕\d+号|^[\p{Han}、]+（\d{4}）$|^[\p{Han}（]+第\d+号）$`)

// TestEverySourceIsCitedInEnglish: no source of a rule stands in Chinese on an English page, whichever room names it.
func TestEverySourceIsCitedInEnglish(t *testing.T) {
	found := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "../campaign") {
			return err // the campaign's operators type numbers of papers
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			literal, ok := n.(*ast.BasicLit)
			if !ok || literal.Kind != token.STRING {
				return true
			}
			text, err := strconv.Unquote(literal.Value)
			if err != nil || !citation.MatchString(text) {
				return true
			}
			found++
			if en := citizen.Cited(text).EN; strings.ContainsFunc(en, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
				t.Errorf("%s: %q stands as %q on an English page", path, text, en)
			}
			return true
		})
		return nil
	})
	if err != nil || found < 60 {
		t.Errorf("%v; only %d sources were found", err, found)
	}
}

// TestResultsCiteInTheReadersLanguage: the source in a look-up's result, as the article that a change rests on.
func TestResultsCiteInTheReadersLanguage(t *testing.T) {
	type row struct {
		Kind    string `json:"kind"`
		Article string `json:"article"`
	}
	for lang, want := range map[string]string{"zh": "户口登记条例（1958）第6、7条", "en": "Household Registration Regulations (1958), articles 6 and 7"} {
		c := &call{lang: lang, s: wordless}
		if got := c.show("x", []row{{"late", "户口登记条例（1958）第6、7条"}}).Tables[0].Rows[0].Cells[1].Text; got != want {
			t.Errorf("%s: %q", lang, got)
		}
	}
}
