package webtest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// oddValues are values that no link of ours has.
var oddValues = []string{"", "0", "-1", "99999999999999999999", "x", "../../etc/passwd", "\xff\xfe", "\x00", "2005-13-45", "99999999", "<script>alert(1)</script>", "22010", "330100",
	"00000000-0000-7000-8000-000000000000", strings.Repeat("长", 400)}

// asked are parameters that the pages read.
var asked = []string{"unit", "from", "to", "day", "month", "year", "period", "by", "figure", "stage", "grade", "show", "sort", "after", "before", "application", "id", "tenure", "household_no",
	"cashier", "officer", "address", "kind", "generation", "stream", "subject", "node", "folder", "typed", "done", "last", "shot", "told", "mode", "order", "q", "purpose", "date", "source", "export", "_subject"}

// oddPlaces are the pages of every part, with %s where an identifier stands.
var oddPlaces = []string{"/resident/%s", "/resident/%s/history", "/household/220102001/%s", "/household/%s/1", "/register/death", "/register/correct", "/register/split", "/register/move-in", "/register/birth",
	"/register/receipt/%s", "/register/pending", "/register/pending/%s", "/register/missing", "/register/moves", "/register/print/booklet/220102001/%s", "/register/print/missing/%s", "/register/print/move/%s", "/register/print/death/%s",
	"/accept", "/accept/%s", "/accept/%s/kind", "/application/%s", "/application/%s/next", "/application/%s/photograph", "/application/%s/slip", "/application/%s/temporary/note", "/photo/%s", "/waiting/%s", "/waiting/opened", "/hand-over",
	"/hand-over/%s", "/temporary", "/loss", "/loss/%s", "/appointments", "/kept", "/till", "/till/sheet", "/visits", "/visits/next", "/visits/sheets", "/visit/220102001/%s", "/visit/%s/1", "/compare/220102001/%s", "/comparisons", "/comparison/%s",
	"/corrections", "/correction/%s", "/correct/%s", "/cases", "/case/%s", "/case/%s/decide", "/case/%s/hear", "/resident/%s/papers", "/application/%s/photograph/use", "/application/%s/sign", "/application/%s/fee", "/application/%s/temporary", "/hand-over/%s/defect", "/operators/%s/reset", "/operators/%s/unlock", "/operators/%s/sessions", "/orders/%s/file", "/case/%s/notice/x", "/case/%s/decision/220102001", "/rules", "/rules/%s", "/verification", "/review", "/review/queue", "/review/form", "/sign", "/check",
	"/orders", "/orders/%s", "/orders/%s/sheet", "/consignments", "/consignments/send", "/consignments/kept", "/consignment", "/consignment/list", "/late", "/held", "/access", "/quality", "/board", "/progress", "/progress/list", "/backlog",
	"/forecast", "/quotas", "/quotas/set", "/readiness", "/duties", "/duties/order/%s", "/duties/guidance", "/duties/plan", "/duties/overdue", "/duties/notices", "/equipment", "/training", "/people", "/money", "/money/spending", "/reports", "/reports/%s",
	"/reports/%s/paper", "/exchange", "/exchange/disk", "/exchange/disk/sheet", "/journal", "/journal/proof", "/nodes", "/operators", "/operators/%s", "/doctor", "/backup", "/settings", "/hold", "/job/%s", "/job/%s/file", "/search", "/do/register.search",
	"/do/card.list", "/do/%s", "/with/%s/x", "/sign-in", "/language"}

// oddActs are buttons that a page has or has not.
var oddActs = []string{"", "found", "look", "write", "read", "nonsense"}

// TestOddAddressesAreAnswered: whatever stands in an address, and in a form about something that is not there, the answer is a page of ours and never a failure of the machine.
// Each visitor asks every place for something else.
func TestOddAddressesAreAnswered(t *testing.T) {
	for turn, v := range visitors {
		if slices.Contains([]string{"photographer", "cashier", "finance", "communications"}, v.post) {
			continue // their pages are others' too
		}
		t.Run(v.post+string(v.unit), func(t *testing.T) {
			t.Parallel()
			c := enter(t, v.post, v.unit, "zh")
			for i, place := range oddPlaces {
				n := i + turn
				value := oddValues[n%len(oddValues)]
				query := url.Values{}
				for k := range 4 {
					query.Set(asked[(n*4+k+turn)%len(asked)], oddValues[(n+k)%len(oddValues)])
				}
				path := strings.ReplaceAll(place, "%s", url.PathEscape(value)) + "?" + query.Encode()
				if status, _, body := c.get(path); status >= http.StatusInternalServerError {
					t.Errorf("%s: status %d: %s", path, status, headline(body))
				}
				if !strings.Contains(place, "%s") {
					continue // an act without a subject would be done
				}
				query.Set("_seen", value)
				query.Set("_once", "")
				query.Set("_step", []string{"do", "back", "check"}[turn%3])
				query.Set("act", oddActs[n%len(oddActs)])
				if status, body := c.send(strings.ReplaceAll(place, "%s", url.PathEscape(value)), query); status >= http.StatusInternalServerError {
					t.Errorf("POST %s: status %d: %s", path, status, headline(body))
				}
			}
		})
	}
}
