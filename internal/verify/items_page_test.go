package verify

import (
	"fmt"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/goldentest"
)

const pageHead = `# The item rules 登记项目核查规则

What ` + "`huzheng check`" + ` asks of person files, and the register of itself: at entry, import, arrival and in a run over a station (` + "`verify.run`" + `). The same rules everywhere. ` + "`huzheng check --rules`" + ` prints this
list, with ` + "`--json`" + ` one object a line: ` + "`rule, severity, item, reads, scope, text, mend, source`" + `.

An *error* cannot be right; a *warning* can be, and somebody has to look. *Household*: the rule sees all members of a household, and names the member to look at first, or the household. A record that has no
room for an item that a rule reads (a card has no relation) is not asked; in a file, a record lacks the items for which there is no column. A rule never changes anything.

This page is written by ` + "`go test ./internal/verify -update`" + ` and compared by that test.
`

// TestTheRulesPage: docs/formats/check-rules.md lists the rules as they are.
func TestTheRulesPage(t *testing.T) {
	var b strings.Builder
	b.WriteString(pageHead)
	group := ""
	errors := 0
	for _, r := range Described() {
		if g, _, _ := strings.Cut(r.Code, "."); g != group {
			group = g
			fmt.Fprintf(&b, "\n## %s\n\n| rule | | items | what is wrong | what to do | source |\n|---|---|---|---|---|---|\n", group)
		}
		kind := map[Severity]string{SeverityError: "error", SeverityWarn: "warning"}[r.Severity]
		if r.Severity == SeverityError {
			errors++
		}
		if r.Scope == "household" {
			kind += ", household"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s<br>%s | %s<br>%s | %s |\n", r.Code, kind, strings.Join(append([]string{r.Item}, r.Reads...), ", "), r.Text.ZH, r.Text.EN, r.Mend.ZH, r.Mend.EN, r.Source)
	}
	fmt.Fprintf(&b, "\n%d rules: %d errors, %d warnings.\n", len(Rules), errors, len(Rules)-errors)
	goldentest.Check(t, "../../docs/formats/check-rules.md", b.String())
}
