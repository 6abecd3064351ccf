package office_test

import (
	"context"
	"testing"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/officetest"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
)

// arrive applies an event as if it had come from the node that hosts its stream.
func arrive(t *testing.T, o *office.Office, operator string, e event.Event) {
	t.Helper()
	ctx := context.Background()
	err := o.DB.Write(ctx, func(tx *store.Tx) error {
		entries, err := journal.Append(ctx, tx, 1, operator, []event.Event{e})
		if err != nil {
			return err
		}
		last := entries[len(entries)-1]
		if err := journal.SetApplied(ctx, tx, last.Stream, last.Generation, last.Seq); err != nil {
			return err
		}
		return o.ApplyPending(ctx, tx, last.Stream, last.Generation)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestErasureWithoutAuthorityCountsForNothing: what no desk could have decided blanks nothing, whoever's node wrote it.
func TestErasureWithoutAuthorityCountsForNothing(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		o := officetest.Open(t, config, officetest.Setup{Unit: station, Hosts: []event.Unit{station}, Rooms: []office.Room{toy{}}, Actions: []office.Action{count}})
		done, err := o.Office.Do(context.Background(), clerk, "toy.count", []byte(`{"subject":"s"}`))
		if err != nil {
			t.Fatal(err)
		}
		target := journal.Erasure{Generation: 1, Seq: done.Entries[0].Seq, Leaf: done.Entries[0].Leaf, Kind: "toy.counted"}
		for name, body := range map[string]office.Erased{
			"one person":         {Erasure: target, Second: "op-x"},
			"no second":          {Erasure: target},
			"kind not erasable":  {Erasure: journal.Erasure{Generation: 1, Seq: target.Seq, Leaf: target.Leaf, Kind: "toy.other"}, Second: "op-y"},
			"another leaf":       {Erasure: journal.Erasure{Generation: 1, Seq: target.Seq, Leaf: "00", Kind: "toy.counted"}, Second: "op-y"},
			"another generation": {Erasure: journal.Erasure{Generation: 2, Seq: target.Seq, Leaf: target.Leaf, Kind: "toy.counted"}, Second: "op-y"},
		} {
			arrive(t, o.Office, "op-x", event.Event{Stream: event.Up(station), Kind: journal.KindErased, V: 1, Subject: "s", Body: body})
			o.Read(func(tx *store.Tx) error {
				ctx := context.Background()
				e, err := journal.At(ctx, tx, done.Entries[0])
				if err == nil && e.Erased() {
					t.Errorf("%s: the body is gone", name)
				}
				return err
			})
		}
	})
}

// TestOnlyASuperiorAdmitsAndCloses: a station that writes an admission of a city's node and a closure of its county into its own stream changes
// nothing anywhere.
func TestOnlyASuperiorAdmitsAndCloses(t *testing.T) {
	ctx := context.Background()
	o := officetest.Open(t, storetest.SQLiteConfig(t), officetest.Setup{Unit: station, Hosts: []event.Unit{station}, Rooms: []office.Room{toy{}}})
	thief, err := journal.NewKey(station)
	if err != nil {
		t.Fatal(err)
	}
	own, err := thief.SignCertificate(journal.Certificate{Node: thief.Node, Unit: station, Verifier: thief.Verifier()})
	if err != nil {
		t.Fatal(err)
	}
	if err := o.DB.Write(ctx, func(tx *store.Tx) error { return journal.SaveCertificate(ctx, tx, own) }); err != nil {
		t.Fatal(err)
	}
	crown, err := journal.NewKey("220100")
	if err != nil {
		t.Fatal(err)
	}
	false1, err := thief.SignCertificate(journal.Certificate{Node: crown.Node, Unit: "220100", Verifier: crown.Verifier()})
	if err != nil {
		t.Fatal(err)
	}
	closure, err := thief.SignClosure(journal.Closure{Unit: "220102", Generation: 1})
	if err != nil {
		t.Fatal(err)
	}
	arrive(t, o.Office, "op", event.Event{Stream: event.Down(station), Kind: journal.KindNodeAdmitted, V: 1, Subject: crown.Node,
		Body: office.Admitted{Certificate: string(false1), Closures: []string{string(closure)}}})
	arrive(t, o.Office, "op", event.Event{Stream: event.Down(station), Kind: journal.KindNodeAdmitted, V: 1, Subject: "none",
		Body: office.Admitted{Closures: []string{string(closure)}}})
	o.Read(func(tx *store.Tx) error {
		ctx := context.Background()
		if _, _, ok, err := journal.CertificateOf(ctx, tx, crown.Node); err != nil || ok {
			t.Errorf("the certificate was believed: %t %v", ok, err)
		}
		closures, err := journal.Closures(ctx, tx)
		if len(closures) != 0 {
			t.Error("the closure was applied")
		}
		return err
	})
}

// TestNothingIsWrittenToAClosedGeneration: an act that waited while its unit was handed to another node is refused.
func TestNothingIsWrittenToAClosedGeneration(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		ctx := context.Background()
		o := officetest.Open(t, config, officetest.Setup{Unit: station, Hosts: []event.Unit{station}, Rooms: []office.Room{toy{}}, Actions: []office.Action{count}})
		o.Must(clerk, "toy.count", countInput{Subject: "s"}, nil)
		held, released := make(chan struct{}), make(chan error, 1)
		go func() {
			released <- o.DB.Write(ctx, func(tx *store.Tx) error {
				if _, err := journal.TreesOf(ctx, tx, station, 1); err != nil {
					return err
				}
				close(held)
				return journal.Unhost(ctx, tx, station)
			})
		}()
		<-held
		o.Refused(clerk, "toy.count", countInput{Subject: "s"}, "office.not_hosted")
		if err := <-released; err != nil {
			t.Fatal(err)
		}
	})
}

// TestErasureInOneParcelWithItsSubject: what came before in the same batch counts when the subject is derived anew.
func TestErasureInOneParcelWithItsSubject(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		ctx := context.Background()
		o := officetest.Open(t, config, officetest.Setup{Unit: station, Hosts: []event.Unit{station}, Rooms: []office.Room{toy{}}, Actions: []office.Action{count}})
		err := o.DB.Write(ctx, func(tx *store.Tx) error {
			var refs []event.Ref
			for v := range int64(2) {
				entries, err := journal.Append(ctx, tx, 1, "op-x", []event.Event{{Stream: event.Up(station), Kind: "toy.counted", V: 1, Subject: "s", Body: toyBody{Version: v + 1}}})
				if err != nil {
					return err
				}
				refs = append(refs, entries[0].Ref())
			}
			erasure := office.Erased{Erasure: journal.Erasure{Generation: 1, Seq: 1, Leaf: refs[1].Leaf, Kind: "toy.counted"}, Second: "op-y"}
			if _, err := journal.Append(ctx, tx, 1, "op-x", []event.Event{{Stream: event.Up(station), Kind: journal.KindErased, V: 1, Subject: "s", Body: erasure}}); err != nil {
				return err
			}
			if err := journal.SetApplied(ctx, tx, event.Up(station), 1, 0); err != nil {
				return err
			}
			return o.ApplyPending(ctx, tx, event.Up(station), 1)
		})
		if err != nil {
			t.Fatal(err)
		}
		var version int64
		o.Read(func(tx *store.Tx) error {
			return tx.Get(ctx, "select version from toy_counter where subject = 's'", nil, &version)
		})
		if version != 1 {
			t.Errorf("version %d is left", version)
		}
		o.Check()
	})
}
