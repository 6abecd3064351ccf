package web

import (
	"context"
	"fmt"
	"net/http/httptest"
	"testing"

	"github.com/huzheng/huzheng/internal/card/carddb"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
)

// TestApplicationsAreSaidByTheirAcceptanceNumbers: in a list of any length, those of the operator's area; another's is the end of its identifier.
func TestApplicationsAreSaidByTheirAcceptanceNumbers(t *testing.T) {
	const home, elsewhere, many = event.Unit("220102001"), event.Unit("220104001"), 700
	storetest.Both(t, func(t *testing.T, config store.Config) {
		db := storetest.Open(t, config, carddb.New().Migration())
		type fee struct {
			Application string `json:"application"`
			Fen         int64  `json:"fee_fen"`
		}
		fees := make([]fee, many)
		err := db.Write(context.Background(), func(tx *store.Tx) error {
			for i := range fees {
				fees[i] = fee{fmt.Sprintf("0199a1b2-0000-7000-8000-%012d", i), int64(i)}
				unit := home
				if i == 1 {
					unit = elsewhere
				}
				if _, err := tx.Exec(context.Background(), `insert into card_application(unit, application, resident, tenure, acceptance_no, kind, reason, slip, opened_at, number, name, pinyin, round, attempt,
					stage, since, promised_on, class, card_order, card_no, package, valid_from, valid_to, handed_on, lost, withdrawal, replaces)
					values($1, $2, '', '', $3, '', '', '', 0, '', '', '', 1, 1, 'opened', 0, '', '', '', '', '', '', '', '', 0, '', '')`, unit, fees[i].Application, fmt.Sprintf("2201020012005080%06d", i)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		s := &Server{Config: Config{Office: &office.Office{DB: db}}}
		c := &call{lang: "zh", s: s, r: httptest.NewRequest("GET", "/do/fund.till", nil), by: &session{Operator: office.Operator{Unit: home}}}
		rows := c.show("fund.till", fees).Tables[0].Rows
		for i, r := range rows {
			want := fmt.Sprintf("2201020012005080%06d", i)
			if i == 1 {
				want = "…000001"
			}
			if r.Cells[0].Text != want {
				t.Fatalf("line %d: %+v, want %s", i, r.Cells[0], want)
			}
		}
		type place struct {
			Application  string `json:"application"`
			AcceptanceNo string `json:"acceptance_no"`
			Fen          int64  `json:"fee_fen"`
		}
		placed := []place{{fees[1].Application, "2201020012005080000099", 1}, {fees[2].Application, "2201020012005080000002", 1}}
		if list := c.show("programme.list", placed).Tables[0]; len(list.Columns) != 2 || list.Rows[0].Cells[0].Text != placed[0].AcceptanceNo || len(list.Rows) != 2 || list.Rows[1].Cells[1].Text != "0.01" {
			t.Errorf("%+v", list) // said by the number beside it, once, whosever application it is
		}
		if len(rows) != many {
			t.Errorf("%d lines", len(rows))
		}
	})
}
