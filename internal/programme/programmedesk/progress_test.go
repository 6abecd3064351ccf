package programmedesk_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/programme/programmedesk"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
)

// A node that had cards before their progress was kept has the same rows after the migration as a replay gives.
func TestProgressMigration_FillsWhatIsThere(t *testing.T) {
	text, err := os.ReadFile("../../card/carddb/migrations/00020_progress.sql")
	if err != nil {
		t.Fatal(err)
	}
	fill := string(text[strings.Index(string(text), "insert into card_progress"):])
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config)
		n.until("2005-08-05")
		a, b, c := n.apply(s1, "t1"), n.apply(s1, "t2"), n.apply(s3, "t3")
		n.step(a, whole[:4]...)
		n.step(b, card.KindPhotographed, card.KindConfirmed, card.KindReturned)
		n.until("2005-08-08")
		n.step(a, whole[4:]...)
		n.step(c, whole[:6]...)
		n.step(c, card.KindRejected)
		n.Write(func(tx *store.Tx) error {
			if _, err := tx.Exec(context.Background(), "delete from card_progress"); err != nil {
				return err
			}
			rows, err := tx.Exec(context.Background(), fill)
			if rows != 3 {
				t.Errorf("%d rows", rows)
			}
			return err
		})
		n.Check()
	})
}

// A card that nobody came for is unclaimed still when the station has sent it up.
func TestBoard_UnclaimedAboveTheStation(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	n.must(city, "programme.adopt_plan", m{}, nil)
	a := n.apply(s1, n.resident(s1, "1970-01-01", "1970-01-01"))
	n.step(a, whole[:len(whole)-1]...)
	n.step(a, card.KindUnclaimed)
	var board programmedesk.Board
	n.must(city, "programme.board", m{}, &board)
	if board.Unclaimed != 1 || board.Backlog[card.StageUnclaimed] != 1 {
		t.Errorf("%d unclaimed, backlog %v", board.Unclaimed, board.Backlog)
	}
}
