package funddb

import (
	"reflect"
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
)

func TestBetween_DaysAndMonths(t *testing.T) {
	days := []Income{
		{Unit: "220102001", Period: "2005-08-31", Collected: 1000},
		{Unit: "220102001", Period: "2005-09-01", Collected: 2000, Remitted: 1000, Confirmed: 500, OverShort: -100},
		{Unit: "220102001", Period: "2005-09-30", Collected: 4000, Refunded: 2000, Waived: 3000, OverShort: 50, Remitted: 2000, Confirmed: 700},
		{Unit: "220102001", Period: "2005-10-01", Waived: 2000},
	}
	from, to := citizen.MustDate("2005-09-01"), citizen.MustDate("2005-10-01")
	if got := between(days, from, to, false); !reflect.DeepEqual(got, days[1:]) {
		t.Errorf("by day: %+v", got)
	}
	september := Income{Unit: "220102001", Period: "2005-09", Collected: 6000, Refunded: 2000, Remitted: 3000, Confirmed: 1200, OverShort: -50, Waived: 3000}
	october := Income{Unit: "220102001", Period: "2005-10", Waived: 2000}
	if got := between(days, from, to, true); !reflect.DeepEqual(got, []Income{september, october}) {
		t.Errorf("by month: %+v", got)
	}
	if days[1].Collected != 2000 {
		t.Error("what is kept was altered")
	}
}
