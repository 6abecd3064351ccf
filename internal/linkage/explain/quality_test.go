package explain

import (
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/linkage"
)

func TestQuality(t *testing.T) {
	var b strings.Builder
	row := linkage.Row{Name: "ethnic_group=汉族", Blocked: linkage.Ratio{Found: 9, All: 10}, Proposed: linkage.Ratio{Found: 7, All: 10}, Listed: linkage.Ratio{Found: 8, All: 10},
		Precision: linkage.Ratio{Found: 7, All: 7}}
	Quality(&b, &linkage.Quality{All: row, Prevalence: 0.003, Errors: []linkage.Row{{}}, Groups: []linkage.Row{row}, ReviewPerFound: 1.5}, 2)
	for _, want := range []string{"pairs of one person 10, 占登记 of registrations 0.30%", "pairs of the truth that the file has not: 2", "recall 0.700 (7/10)", "each found 1.50",
		"\nethnic_group=汉族                        0.900 (9/10)", "\n-                  "} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is not in\n%s", want, b.String())
		}
	}
}
