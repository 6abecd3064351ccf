package web

import (
	"testing"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/exchange"
)

// TestWhatADiskDidNotBringIsSaid: whose entries, from which to which as the sheet counts them, and who writes the disk again.
func TestWhatADiskDidNotBringIsSaid(t *testing.T) {
	c := &call{lang: "zh", s: &Server{units: unitNames{names: map[event.Unit]string{"220102": "南关区公安分局", "220102003": "裕岭派出所"}}}}
	const node, mend = "huzheng-220102003-98be22c2", "请裕岭派出所重新写盘，再送来读一次；已收到的不会重复登记"
	got := c.lackViews([]exchange.Lack{{Sender: node, Stream: "220102003/up", Generation: 1, From: 119, To: 134}, {Sender: node, Stream: "220102003/access", Generation: 1, From: 4, To: 5},
		{Sender: node, Stream: "220102/to/220102003", Generation: 1, From: 0, To: 2}})
	for i, want := range []string{"裕岭派出所的记录第 120–134 条未到", "裕岭派出所查询留痕的记录第 5 条未到", "南关区公安分局发给裕岭派出所的记录第 1–2 条未到"} {
		if got[i].What != want || got[i].Mend != mend {
			t.Errorf("%+v, want %s", got[i], want)
		}
	}
}
