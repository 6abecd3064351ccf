package audit

import (
	"context"
	"testing"

	"filippo.io/age"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
)

// A registration that ends because a window asked for it needs two persons, a notice and the objection period too.
func TestEndingsOfSubmissions(t *testing.T) {
	const county event.Unit = "220102"
	const day = 86_400_000
	for name, c := range map[string]struct {
		decider  string
		approved bool
		until    string // empty: no notice
		what     string
		law      string
	}{
		"sound":             {"q", true, "1970-01-09", "missing", ""},
		"one person":        {"p", true, "1970-01-09", "missing", "cleanup.two_persons"},
		"refused":           {"q", false, "1970-01-09", "missing", "cleanup.undecided"},
		"within the days":   {"q", true, "1970-01-11", "missing", "cleanup.notice"},
		"to the army":       {"q", true, "", "army", ""},
		"missing, unwarned": {"q", true, "", "missing", "cleanup.notice"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := context.Background()
			db := storetest.Open(t, storetest.SQLiteConfig(t), journal.Migration())
			identity, err := age.GenerateX25519Identity()
			if err != nil {
				t.Fatal(err)
			}
			blobs := store.NewBlobs(store.OS{}, t.TempDir(), identity)
			err = db.Write(ctx, func(tx *store.Tx) error {
				if err := journal.Host(ctx, tx, city, 1, nil); err != nil {
					return err
				}
				write := func(at int64, operator string, stream event.Stream, kind string, cause *event.Ref, body object) *event.Ref {
					entries, err := journal.Append(ctx, tx, at*day, operator, []event.Event{{Stream: stream, Kind: kind, V: 1, Subject: "s", Cause: cause, Body: body}})
					if err != nil {
						t.Fatal(err)
					}
					ref := entries[0].Ref()
					return &ref
				}
				asked := write(1, "p", event.Up(station), "register.submitted", nil, object{"submission": "s"})
				decided := write(2, c.decider, event.To(county, station), "register.decided", asked, object{"submission": "s", "approved": c.approved, "case": c.what})
				var served *event.Ref
				if c.until != "" {
					served = write(3, "p", event.Up(station), "register.notice_served", decided, object{"submission": "s", "until": c.until})
				}
				write(1, "p", event.Up(station), "register.birth_registered", nil, object{"resident": "r", "tenure": "t", "version": 1})
				write(10, "p", event.Up(station), "register.cancelled", decided, object{"resident": "r", "tenure": "t", "version": 2, "submission": "s", "decision": decided, "notice": served})
				report, err := Run(ctx, tx, blobs)
				if err != nil {
					return err
				}
				got := ""
				if len(report.Errors) > 0 {
					got = report.Errors[0].Law
				}
				if got != c.law || len(report.Errors) > 1 {
					t.Errorf("%v, want %q", report.Errors, c.law)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}
