package register_test

import (
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/register"
	"pgregory.net/rapid"
)

func version(kind, effective, known string, corrects bool, name, address, state string) register.Version {
	v := register.Version{Kind: kind, KnownOn: citizen.MustDate(known), Corrects: corrects, State: state, Record: register.Record{Name: name, Address: address}}
	if effective != "" {
		v.EffectiveOn = citizen.MustDate(effective)
	}
	return v
}

// Two times: what is registered late is true from its own day, a correction is true of the past, a restored death never was.
func TestAsOf(t *testing.T) {
	versions := []register.Version{
		version("register.chunk_imported", "", "2005-01-01", false, "张三", "甲", "open"),
		version("register.address_changed", "2005-05-01", "2005-05-02", false, "张三", "丙", "open"),
		version("register.address_changed", "2005-03-01", "2005-06-01", false, "张三", "乙", "open"), // registered after the later move
		version("register.items_corrected", "2005-07-01", "2005-07-01", true, "张山", "乙", "open"),
		version("register.death_registered", "2005-08-01", "2005-08-02", false, "张山", "乙", "dead"),
		version("register.restored", "2005-09-01", "2005-09-01", true, "张山", "乙", "open"),
	}
	for _, c := range []struct{ day, known, name, address, state string }{
		{"2004-01-01", "2005-12-31", "张山", "甲", "open"},
		{"2005-04-01", "2005-12-31", "张山", "乙", "open"},
		{"2005-04-01", "2005-05-31", "张三", "甲", "open"},
		{"2005-05-15", "2005-05-31", "张三", "丙", "open"},
		{"2005-05-15", "2005-06-02", "张三", "丙", "open"}, // the earlier move does not undo the later
		{"2005-08-15", "2005-08-15", "张山", "丙", "dead"},
		{"2005-08-15", "2005-09-15", "张山", "丙", "open"},
		{"2005-08-15", "2004-12-31", "", "", ""},
	} {
		past, ok, err := register.AsOf(versions, citizen.MustDate(c.day), citizen.MustDate(c.known))
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			if c.state != "" {
				t.Errorf("%+v: nothing known", c)
			}
			continue
		}
		if past.Record.Name != c.name || past.Record.Address != c.address || past.State != c.state {
			t.Errorf("%+v: %s %s %s", c, past.Record.Name, past.Record.Address, past.State)
		}
	}
	entered := []register.Version{version("register.birth_registered", "2005-09-10", "2005-09-12", false, "李宝", "甲", "open")}
	if past, ok, err := register.AsOf(entered, citizen.MustDate("2005-09-09"), citizen.MustDate("2005-09-12")); err != nil || !ok || past.State != "" || past.Record != nil {
		t.Errorf("before the birth: %+v %v %v", past, ok, err)
	}
}

// Where changes are registered in the order in which they became true, the newest day shows the newest version.
func TestAsOf_TodayIsTheLastVersion(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		day := citizen.MustDate("2005-01-01")
		var versions []register.Version
		for range rapid.IntRange(1, 12).Draw(t, "versions") {
			day = day.AddDays(rapid.IntRange(0, 20).Draw(t, "days"))
			versions = append(versions, register.Version{EffectiveOn: day, KnownOn: day, State: "open", Corrects: rapid.Bool().Draw(t, "corrects"),
				Record: register.Record{Name: rapid.SampledFrom([]string{"甲", "乙", ""}).Draw(t, "name"), FormerName: rapid.SampledFrom([]string{"丁", ""}).Draw(t, "former")}})
		}
		past, ok, err := register.AsOf(versions, day, day)
		last := versions[len(versions)-1].Record
		if err != nil || !ok || past.Record.Name != last.Name || past.Record.FormerName != last.FormerName {
			t.Fatalf("%+v, want %+v (%v %v)", past.Record, last, ok, err)
		}
	})
}
