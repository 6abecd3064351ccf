package web

import (
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/huzheng/huzheng/internal/card/carddb"
	"github.com/huzheng/huzheng/internal/register/registerdb"
	"github.com/huzheng/huzheng/internal/register/registerdesk"
	"github.com/huzheng/huzheng/internal/verify/verifydesk"
)

// TestNextPageOfALookUp: a full page leads to the one behind its last row, with all else that was asked; a page that is not full leads nowhere.
func TestNextPageOfALookUp(t *testing.T) {
	applications := make([]carddb.Listed, 100)
	applications[99].Application = "last"
	for name, tc := range map[string]struct {
		action, query string
		result        any
		want          string
	}{
		"full page":                {"card.list", "view=v&export=xlsx", applications, "/do/card.list?after=last&view=v"},
		"page that is not full":    {"card.list", "view=v", applications[:99], ""},
		"fewer asked for":          {"card.list", "limit=2", applications[98:], "/do/card.list?after=last&limit=2"},
		"more than are ever given": {"card.list", "limit=2000", applications, ""},
		"empty page":               {"card.list", "limit=0", []carddb.Listed{}, ""},
		"result that tells":        {"register.search", "name=x", registerdesk.SearchOutput{Next: "t"}, "/do/register.search?after=t&name=x"},
		"last page":                {"register.search", "", registerdesk.SearchOutput{}, ""},
		"list inside":              {"verify.visit_plan", "limit=1", verifydesk.Plan{Households: []verifydesk.PlannedHousehold{{HouseholdNo: "7"}}}, "/do/verify.visit_plan?after=7&limit=1"},
		"place of two parts": {"register.households_without_head", "", append(make([]registerdb.Headless, 499), registerdb.Headless{Unit: "220102001", HouseholdNo: "9"}),
			"/do/register.households_without_head?after_no=9&after_unit=220102001"},
		"look-up of one page": {"card.show", "", struct{}{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			asked, err := url.ParseQuery(tc.query)
			if err != nil {
				t.Fatal(err)
			}
			c := &call{lang: "zh", s: wordless, r: httptest.NewRequest("GET", "/do/"+tc.action+"?"+tc.query, nil)}
			if got := c.further(tc.action, asked, tc.result); got != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
}
