package web

import (
	"net/url"
	"strconv"
)

// pageRows is how many rows of a list one page shows; the rest is turned to, or exported.
const pageRows = 100

// pager is the part below a list that has more rows than a page.
type pager struct {
	From, To, Total int
	Prev, Next      string
}

// cut leaves the rows of the page that the query asks for, and a pager where there are more.
func (c *call) cut(t *table) {
	all := len(t.Rows)
	if all <= pageRows {
		return
	}
	sortTable(t, c.r.URL.Query().Get("sort"))
	number, err := strconv.Atoi(c.r.URL.Query().Get("page"))
	last := (all - 1) / pageRows
	if err != nil || number < 0 {
		number = 0
	}
	number = min(number, last)
	from, to := number*pageRows, min((number+1)*pageRows, all)
	t.Rows, t.Total = t.Rows[from:to], max(t.Total, all)
	t.Pager = &pager{From: from + 1, To: to, Total: all}
	if number > 0 {
		t.Pager.Prev = pageHref(c.r.URL, number-1)
	}
	if number < last {
		t.Pager.Next = pageHref(c.r.URL, number+1)
	}
}

// pageHref is the same list, turned to another page.
func pageHref(u *url.URL, number int) string {
	query := u.Query()
	query.Set("page", strconv.Itoa(number))
	return u.Path + "?" + query.Encode()
}
