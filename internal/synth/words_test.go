package synth_test

import (
	"slices"
	"testing"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/fund"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/site"
	"github.com/huzheng/huzheng/internal/synth"
)

// TestWordsOfTheRooms: the city names equipment, money, roles and records as the rooms do, which it may not import.
func TestWordsOfTheRooms(t *testing.T) {
	c, err := synth.NewCity(synth.CityConfig{Residents: 20_000})
	if err != nil {
		t.Fatal(err)
	}
	have := make(map[event.Unit]map[string]int)
	for _, e := range c.Equipment() {
		if have[e.Unit] == nil {
			have[e.Unit] = make(map[string]int)
		}
		have[e.Unit][e.Kind]++
	}
	for _, u := range c.Units() {
		for _, norm := range site.EquipmentNorm {
			if want := norm.At(u.Code.Level()); have[u.Code][norm.Type] != want {
				t.Errorf("%s: %d of %s, the norm says %d", u.Code, have[u.Code][norm.Type], norm.Type, want)
			}
			delete(have[u.Code], norm.Type)
		}
		if len(have[u.Code]) > 0 {
			t.Errorf("%s: no norm for %v", u.Code, have[u.Code])
		}
		if !slices.Contains(site.UnitKinds, u.Kind) {
			t.Errorf("%+v", u)
		}
	}
	items := make(map[fund.Item]bool)
	for _, m := range c.Money() {
		if text, ok := fund.Items[fund.Item(m.Item)]; !ok || text.ZH != m.Name {
			t.Errorf("%+v", m)
		}
		items[fund.Item(m.Item)] = true
	}
	if len(items) != len(fund.Items) {
		t.Errorf("items %v", items)
	}
	for _, o := range c.Staff() {
		for _, role := range o.Roles {
			if !slices.Contains(site.Roles, role) {
				t.Errorf("%+v", o)
			}
		}
	}
	for _, s := range synth.Sources() {
		if !slices.Contains(register.SourceKinds, s.String()) {
			t.Errorf("source %s", s)
		}
	}
}
