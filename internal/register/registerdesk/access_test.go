package registerdesk_test

import (
	"context"
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdesk"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
)

// 居民身份证法（2003）第6条: an export is recorded with the station whose residents it shows.
func TestOpenExport_RecordsTheStation_Art6(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config, county, s1, s2)
		leader := operator(county, office.Leader)
		_, err := do[registerdesk.None](n, leader, "register.open_export", registerdesk.ExportInput{Unit: s3, Purpose: "核对"})
		wantRefusal(t, err, "office.other_area")
		must[registerdesk.None](t, n, leader, "register.open_export", registerdesk.ExportInput{Unit: s2, Purpose: "核对"})
		n.Read(func(tx *store.Tx) error {
			var unit, about event.Unit
			var wide int64
			err := tx.Get(context.Background(), "select unit, about, wide from register_look_up", nil, &unit, &about, &wide)
			if unit != county || about != s2 || wide != 1 {
				t.Errorf("%s looked at %q, wide %d", unit, about, wide)
			}
			return err
		})
		n.Check()
	})
}

// A look-alike of another area is told as "there is one at that unit", and no more.
func TestBirth_HitsElsewhereTellTheUnitOnly(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t), county, s1, s2)
	mother := imported(t, n, s1, resident(t, "李梅", citizen.Female, 942))[0]
	allotted(t, n, s1, "2005-09-01", "2005-12-31", 10)
	in := newborn(mother)
	twin := register.Record{Name: in.Name, Sex: in.Sex, BirthDate: in.BirthDate, EthnicGroup: "01"}
	there, here := imported(t, n, s2, twin)[0], imported(t, n, s1, twin)[0]
	born := must[registerdesk.BirthOutput](t, n, operator(s1), "register.birth", in)
	if len(born.Hits) != 2 {
		t.Fatalf("%+v", born.Hits)
	}
	for _, h := range born.Hits {
		if want := (registerdesk.Hit{Unit: s2}); h.Unit == s2 && h != want {
			t.Errorf("it tells more of %s than where it is: %+v", there, h)
		}
		if want := (registerdesk.Hit{Unit: s1, Tenure: here, State: register.StateOpen}); h.Unit == s1 && h != want {
			t.Errorf("%+v", h)
		}
	}
}
