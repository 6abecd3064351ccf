package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/officetest"
	"github.com/huzheng/huzheng/internal/storetest"
)

// TestMenuCountsOnceAndAnew: entries that count by one look-up share it; a count is kept for the next page, and counted anew after an act of the unit.
func TestMenuCountsOnceAndAnew(t *testing.T) {
	asked := 0
	look := office.Look("toy.waiting", citizen.Text{ZH: "待办", EN: "what waits"}, []office.Role{office.Clerk}, nil, func(context.Context, *office.Work, struct{}) (int, error) {
		asked++
		return asked, nil
	})
	o := officetest.Open(t, storetest.SQLiteConfig(t), officetest.Setup{Actions: []office.Action{look}})
	count := func(c *call) (int64, error) {
		n, err := ask[int](c, "toy.waiting", struct{}{})
		return int64(n), err
	}
	s := &Server{Config: Config{Office: o.Office}, menu: []entry{{Label: "menu.home", Href: "/a", Count: count}, {Label: "menu.home", Href: "/b", Count: count}}}
	c := &call{s: s, lang: "zh", r: httptest.NewRequest(http.MethodGet, "/", nil),
		by: &session{Operator: office.Operator{ID: "op", Login: "op", Unit: event.Unit("220102001"), Roles: []office.Role{office.Clerk}}}}
	for i, want := range []int64{1, 1, 2} {
		if i == 2 {
			s.counts.forget(c.by.Unit)
		}
		items, err := c.menu()
		if err != nil || len(items) != 2 || items[0].Count != want || items[1].Count != want {
			t.Errorf("%+v %v, want both %d", items, err, want)
		}
	}
}

// TestPartsStandSideBySide: no two parts of the pages claim one address, which would end the program at its start.
func TestPartsStandSideBySide(t *testing.T) {
	o := officetest.Open(t, storetest.SQLiteConfig(t), officetest.Setup{})
	if _, err := New(context.Background(), Config{Office: o.Office}); err != nil {
		t.Fatal(err)
	}
}
