package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/officetest"
	"github.com/huzheng/huzheng/internal/storetest"
)

// TestMenuCountsOnceAndAnew: entries that count by one look-up share it; a count is kept for the next page, beside one about something else for longer, and counted anew after an act of the unit.
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
	older := func() {
		for _, kept := range s.counts.kept {
			for key, one := range kept {
				one.at = one.at.Add(-countsFor)
				kept[key] = one
			}
		}
	}
	steps := []struct {
		before func()
		age    time.Duration
		want   int64
	}{{nil, countsFor, 1}, {nil, countsFor, 1}, {older, countsBesideFor, 1}, {nil, countsFor, 2}, {func() { s.counts.forget(c.by.Unit) }, countsBesideFor, 3}}
	for i, step := range steps {
		if step.before != nil {
			step.before()
		}
		items, err := c.menu(step.age)
		if err != nil || len(items) != 2 || items[0].Count != step.want || items[1].Count != step.want {
			t.Errorf("step %d: %+v %v, want both %d", i, items, err, step.want)
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

// TestCountBegunBeforeAnActIsNotKept: what was counted while somebody of the unit acted may be from before the act; the page after the act counts anew.
func TestCountBegunBeforeAnActIsNotKept(t *testing.T) {
	var counts countCache
	c := &call{by: &session{Operator: office.Operator{Unit: "220102001"}}}
	counted := int64(0)
	e := &entry{Href: "/a", Count: func(c *call) (int64, error) {
		if counted++; counted == 1 {
			counts.forget(c.by.Unit)
		}
		return counted, nil
	}}
	for i, want := range []int64{1, 2, 2} {
		if n, err := counts.of(c, e, time.Minute); n != want || err != nil {
			t.Errorf("page %d: %d %v, want %d", i, n, err, want)
		}
	}
}
