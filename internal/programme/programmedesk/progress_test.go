package programmedesk_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/card"
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
