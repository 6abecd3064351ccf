package programmedesk_test

import (
	"context"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddb"
	"github.com/huzheng/huzheng/internal/event"
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

// What is kept of an area's progress from one look to the next is what its rows say, after every step of any tier and whoever asked before. In a transaction that writes nothing is kept.
func TestReached_KeptIsWhatTheRowsSay(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config)
		n.until("2005-08-05")
		today := date("2005-08-05")
		said := func(tx *store.Tx) (all []any, err error) {
			ctx := context.Background()
			for _, area := range []event.Unit{city, c1, c2, s1, s3} {
				reached, failed := carddb.Reached(ctx, tx, area, 1, card.DayOn(today))
				days, failedToo := carddb.ReachedByDays(ctx, tx, area, card.DayOn(today)-1, card.DayOn(today))
				standing, failedAlso := carddb.StandingNow(ctx, tx, area, today)
				first, failedLast := carddb.FirstDay(ctx, tx, area, card.KindHandedOver)
				told, failedFinally := carddb.FirstNotices(ctx, tx, area, card.DayOn(today), card.DayOn(today))
				all, err = append(all, reached, days, standing, first, told), errors.Join(err, failed, failedToo, failedAlso, failedLast, failedFinally)
			}
			return all, err
		}
		same := func(after string) {
			t.Helper()
			var kept, rows []any
			n.Read(func(tx *store.Tx) (err error) { kept, err = said(tx); return err })
			n.Write(func(tx *store.Tx) (err error) { rows, err = said(tx); return err })
			if !reflect.DeepEqual(kept, rows) {
				t.Errorf("after %s: kept %v, the rows say %v", after, kept, rows)
			}
		}
		same("nothing")
		a, b := n.apply(s1, "t1"), n.apply(s3, "t2")
		same("two openings")
		for _, kind := range whole {
			n.step(a, kind)
			same(kind)
		}
		n.step(b, whole[:4]...)
		same("the other's steps")
		for i, notice := range []string{"n1", "n2", "n3"} { // the second is the first resident's again
			n.emit(event.Event{Stream: event.Up(s1), Kind: card.KindNotified, V: 1, Subject: notice, Body: card.Notified{Home: s1, Notice: notice, Resident: []string{"r1", "r1", "r2"}[i]}})
			same(notice)
		}
		n.Read(func(tx *store.Tx) error {
			reached, err := carddb.Reached(context.Background(), tx, city, card.DayOn(today), card.DayOn(today))
			if reached[s1][card.KindHandedOver] != 1 || reached[s3][card.KindSigned] != 1 || reached[s3][card.KindChecked] != 0 {
				t.Errorf("reached %v", reached)
			}
			if told, errTold := carddb.FirstNotices(context.Background(), tx, c1, card.DayOn(today), card.DayOn(today)); told[s1] != 2 || errTold != nil {
				t.Errorf("told %v %v", told, errTold)
			}
			before, errBefore := carddb.Reached(context.Background(), tx, city, 1, card.DayOn(today)-1)
			if before[s1][card.KindOpened] != 0 {
				t.Errorf("reached before %v", before)
			}
			return errors.Join(err, errBefore)
		})
	})
}
