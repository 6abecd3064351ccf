package node

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/goldentest"
	"github.com/huzheng/huzheng/internal/office"
)

// roles is where the guide has a page for each role, in both languages.
const roles = "../../docs/guide/roles"

var (
	doAction = regexp.MustCompile(`huzheng do ([a-z]+\.[a-z_]+)`)
	tableOf  = map[string]string{".md": "## Actions of this role\n\n", ".zh-CN.md": "## 本岗位的业务\n\n"}
)

// TestGuideTellsEachRolesDay holds that each role has a page in both languages, that its commands exist and are for the role, and that its table has
// every action whose usual role it is. With -update the tables are written anew.
func TestGuideTellsEachRolesDay(t *testing.T) {
	for _, role := range office.AllRoles {
		for ending, heading := range tableOf {
			path := filepath.Join(roles, string(role)+ending)
			text, err := os.ReadFile(path)
			if err != nil {
				t.Error(err)
				continue
			}
			day, table, ok := strings.Cut(string(text), heading)
			want := actionTable(role, ending == ".zh-CN.md")
			if *goldentest.Update && ok && table != want {
				if err := os.WriteFile(path, []byte(day+heading+want), 0o600); err != nil {
					t.Fatal(err)
				}
				table = want
			}
			if !ok || table != want {
				t.Errorf("%s: the table of actions is not that of the program; run with -update", path)
			}
			for _, problem := range guideProblems(role, day) {
				t.Errorf("%s: %s", path, problem)
			}
		}
	}
}

// actionTable lists the actions whose usual role it is.
func actionTable(role office.Role, zh bool) string {
	var table strings.Builder
	if zh {
		table.WriteString("| 业务 | 内容 |\n| --- | --- |\n")
	} else {
		table.WriteString("| action | what it does |\n| --- | --- |\n")
	}
	all := slices.SortedFunc(slices.Values(Actions()), func(a, b office.Action) int { return strings.Compare(a.Name, b.Name) })
	for _, a := range all {
		if a.Roles[0] != role {
			continue
		}
		words := a.Text.EN
		if zh {
			words = a.Text.ZH
		}
		fmt.Fprintf(&table, "| `%s` | %s |\n", a.Name, words)
	}
	return table.String()
}

// guideProblems looks at the commands that a page tells a role to give.
func guideProblems(role office.Role, day string) []string {
	known := make(map[string]office.Action)
	for _, a := range Actions() {
		known[a.Name] = a
	}
	var found []string
	commands := doAction.FindAllStringSubmatch(day, -1)
	if len(commands) == 0 {
		found = append(found, "tells no command")
	}
	for _, m := range commands {
		a, ok := known[m[1]]
		if !ok {
			found = append(found, "there is no action "+m[1])
		} else if !slices.Contains(a.Roles, role) {
			found = append(found, m[1]+" is not for this role")
		}
	}
	return found
}

// TestGuideProblems shows that the check bites.
func TestGuideProblems(t *testing.T) {
	got := guideProblems(office.Cashier, "    huzheng do fund.steal\n    huzheng do card.sign --as issuer\n    huzheng do fund.remit")
	if want := []string{"there is no action fund.steal", "card.sign is not for this role"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if got := guideProblems(office.Cashier, "nothing to do"); len(got) != 1 {
		t.Errorf("%q", got)
	}
}
