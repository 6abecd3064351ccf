package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestLongListsAreTurnedPageByPage: a page shows a hundred rows, in the order asked for, and leads to the others.
func TestLongListsAreTurnedPageByPage(t *testing.T) {
	for _, test := range []struct {
		query, first string
		rows         int
		prev, next   bool
	}{
		{"", "000", 100, false, true}, {"?page=2", "200", 50, true, false}, {"?page=99", "200", 50, true, false}, {"?page=-1", "000", 100, false, true},
		{"?sort=-n", "249", 100, false, true}, {"?sort=-n&page=1", "149", 100, true, true},
	} {
		list := table{Columns: []column{{Key: "n"}}}
		for i := range 250 {
			list.Rows = append(list.Rows, row{Cells: []cell{{Text: fmt.Sprintf("%03d", i)}}})
		}
		c := &call{r: httptest.NewRequest(http.MethodGet, "/list"+test.query, nil)}
		c.arrangeTable(&list, 0)
		if got := list.Rows[0].Cells[0].Text; got != test.first || len(list.Rows) != test.rows || list.Total != 250 || (list.Pager.Prev != "") != test.prev || (list.Pager.Next != "") != test.next {
			t.Errorf("%q: first %s, %d rows of %d, %+v", test.query, got, len(list.Rows), list.Total, list.Pager)
		}
	}
}
