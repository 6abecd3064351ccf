package office_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/officetest"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
)

// TestFormSentTwiceDoesOneAct: a double press, and a replay after the power failed, give the first result again (docs/adr/0008-pages.md).
func TestFormSentTwiceDoesOneAct(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		o := open(t, config)
		input, once := []byte(`{"subject":"s"}`), office.Guard{Once: "form-1"}
		var wait sync.WaitGroup
		results := make([]string, 6)
		for i := range results {
			wait.Go(func() {
				done, err := o.Office.DoGuarded(context.Background(), clerk, "toy.count", input, once)
				if err != nil {
					t.Error(err)
					return
				}
				text, _ := json.Marshal(done.Result)
				results[i] = string(text)
				if len(done.Entries) != 1 {
					t.Errorf("entries %v", done.Entries)
				}
			})
		}
		wait.Wait()
		for _, got := range results {
			if got != "1" {
				t.Errorf("a press gave %s, want the first result", got)
			}
		}
		other := clerk
		other.ID = "op-2"
		if _, err := o.Office.DoGuarded(context.Background(), other, "toy.count", input, once); !officetest.IsRefusal(t, err, "office.other_form") {
			t.Errorf("another operator's press of the same form: %v", err)
		}
		if _, err := o.Office.DoGuarded(context.Background(), clerk, "toy.count", []byte(`{"subject":"other"}`), once); !officetest.IsRefusal(t, err, "office.other_form") {
			t.Errorf("the same form with something else in it: %v", err)
		}
	})
}

// TestDryRunWritesNothing: the action is done and undone; its refusal is the real one, and the same form can be carried out afterwards.
func TestDryRunWritesNothing(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		o := open(t, config)
		input := []byte(`{"subject":"s"}`)
		for range 2 {
			done, err := o.Office.DoGuarded(context.Background(), clerk, "toy.count", input, office.Guard{Once: "form-1", Dry: true})
			if text, _ := json.Marshal(done); err != nil || !strings.Contains(string(text), `"result":1`) {
				t.Fatalf("a dry run gives %s: %v", text, err)
			}
		}
		if written, err := o.Office.Written(context.Background(), "s"); err != nil || len(written) != 0 {
			t.Errorf("a dry run wrote %v: %v", written, err)
		}
		if _, err := o.Office.DoGuarded(context.Background(), clerk, "toy.count", []byte(`{"nothing":1}`), office.Guard{Dry: true}); !officetest.IsRefusal(t, err, "office.input") {
			t.Errorf("the refusal of a dry run: %v", err)
		}
		if done, err := o.Office.DoGuarded(context.Background(), clerk, "toy.count", input, office.Guard{Once: "form-1"}); err != nil || done.Repeated {
			t.Errorf("the act after its dry run: %+v %v", done, err)
		}
	})
}

// TestKeptResultIsItsOperators: the receipt of a form can be opened again by who sent it, and by nobody else.
func TestKeptResultIsItsOperators(t *testing.T) {
	o := open(t, storetest.SQLiteConfig(t))
	if _, err := o.Office.DoGuarded(context.Background(), clerk, "toy.count", []byte(`{"subject":"s"}`), office.Guard{Once: "form-1"}); err != nil {
		t.Fatal(err)
	}
	action, done, ok, err := o.Office.Kept(context.Background(), clerk, "form-1")
	if err != nil || !ok || action != "toy.count" || string(done.Result.(json.RawMessage)) != "1" || len(done.Entries) != 1 {
		t.Errorf("%s %+v %v %v", action, done, ok, err)
	}
	other := clerk
	other.ID = "op-2"
	if _, _, ok, err := o.Office.Kept(context.Background(), other, "form-1"); ok || err != nil {
		t.Errorf("another operator's look: %v %v", ok, err)
	}
}

// TestMarkOfPasswordIsNotKept: nobody can try passwords against what is kept of a form.
func TestMarkOfPasswordIsNotKept(t *testing.T) {
	o := open(t, storetest.SQLiteConfig(t))
	for once, input := range map[string]string{"form-1": `{"subject":"s"}`, "form-2": `{"subject":"my password"}`} {
		if _, err := o.Office.DoGuarded(context.Background(), clerk, "toy.count", []byte(input), office.Guard{Once: once}); err != nil {
			t.Fatal(err)
		}
	}
	var marked int64
	o.Read(func(tx *store.Tx) error {
		_, err := tx.Find(context.Background(), "select count(*) from office_once where input <> ''", nil, &marked)
		return err
	})
	if marked != 1 {
		t.Errorf("%d marks, want that of the form without a password", marked)
	}
}

// TestRefusedFormMayBeSentAgain: only what was carried out is remembered.
func TestRefusedFormMayBeSentAgain(t *testing.T) {
	o := open(t, storetest.SQLiteConfig(t))
	once := office.Guard{Once: "form-1"}
	if _, err := o.Office.DoGuarded(context.Background(), clerk, "toy.count", []byte(`{"subject":"s","expect":7}`), once); !officetest.IsRefusal(t, err, "toy.stale") {
		t.Fatal(err)
	}
	if _, err := o.Office.DoGuarded(context.Background(), clerk, "toy.count", []byte(`{"subject":"s"}`), once); err != nil {
		t.Error(err)
	}
}

// TestStaleFormIsRefusedWithWhatIsNew: what was written about the subject since the form's reader looked is told, and nothing is done.
func TestStaleFormIsRefusedWithWhatIsNew(t *testing.T) {
	o := open(t, storetest.SQLiteConfig(t))
	if err := do(o, `{"subject":"s"}`); err != nil {
		t.Fatal(err)
	}
	guard := office.Guard{Subject: "s"} // its reader saw the subject before the first entry
	_, err := o.Office.DoGuarded(context.Background(), clerk, "toy.count", []byte(`{"subject":"s"}`), guard)
	if !officetest.IsRefusal(t, err, "office.stale") {
		t.Fatal(err)
	}
	written, err := o.Written(context.Background(), "s")
	if err != nil || len(written) != 1 || written[0].Operator != clerk.ID || written[0].Kind != "toy.counted" {
		t.Fatalf("%+v %v", written, err)
	}
	guard.Seen = int64(len(written))
	if _, err := o.Office.DoGuarded(context.Background(), clerk, "toy.count", []byte(`{"subject":"s"}`), guard); err != nil {
		t.Error(err)
	}
}

// TestLookMayNotWrite: an action that only looks fails when its desk writes anything but who looked.
func TestLookMayNotWrite(t *testing.T) {
	look := func(name string, stream event.Stream) office.Action {
		return office.Look(name, citizen.Text{ZH: "看", EN: "look"}, []office.Role{office.Clerk}, nil, func(_ context.Context, w *office.Work, _ struct{}) (int, error) {
			w.Emit(event.Event{Stream: stream, Kind: "toy.counted", V: 1, Subject: "s", Body: toyBody{Version: 1}})
			return 1, nil
		})
	}
	o := officetest.Open(t, storetest.SQLiteConfig(t), officetest.Setup{Unit: station, Hosts: []event.Unit{station}, Rooms: []office.Room{toy{}},
		Actions: []office.Action{look("toy.look", event.Access(station)), look("toy.lies", event.Up(station))}})
	if err := o.Do(clerk, "toy.look", struct{}{}, nil); err != nil {
		t.Error(err)
	}
	if err := o.Do(clerk, "toy.lies", struct{}{}, nil); err == nil {
		t.Error("a look-up wrote")
	}
}

// TestLookKeepsNobodyFromWriting: a look-up is made while somebody writes; where who looked is recorded, the answer waits for that.
func TestLookKeepsNobodyFromWriting(t *testing.T) {
	look := func(name string, events ...event.Event) office.Action {
		return office.Look(name, citizen.Text{ZH: "看", EN: "look"}, []office.Role{office.Clerk}, nil, func(_ context.Context, w *office.Work, _ struct{}) (int, error) {
			w.Emit(events...)
			return 1, nil
		})
	}
	recorded := event.Event{Stream: event.Access(station), Kind: "toy.counted", V: 1, Subject: "s", Body: toyBody{Version: 1}}
	storetest.Both(t, func(t *testing.T, config store.Config) {
		o := officetest.Open(t, config, officetest.Setup{Unit: station, Hosts: []event.Unit{station}, Rooms: []office.Room{toy{}},
			Actions: []office.Action{look("toy.look"), look("toy.recorded", recorded)}})
		o.Must(clerk, "toy.look", struct{}{}, nil) // the first notes the time
		o.Write(func(*store.Tx) error {
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			defer cancel()
			if _, err := o.Office.Do(ctx, clerk, "toy.look", nil); err != nil {
				t.Errorf("a look-up waits for a writer: %v", err)
			}
			if o.DB.Engine() == store.SQLite { // one writer at a time
				ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
				defer cancel()
				if done, err := o.Office.Do(ctx, clerk, "toy.recorded", nil); err == nil {
					t.Errorf("the answer %v was given before it was recorded who looked", done.Result)
				}
			}
			return nil
		})
		done, err := o.Office.Do(context.Background(), clerk, "toy.recorded", nil)
		if err != nil || done.Result != 1 || len(done.Entries) != 1 {
			t.Fatalf("%+v %v", done, err)
		}
		written, err := o.Written(context.Background(), "s")
		if err != nil || len(written) != 1 || written[0].Operator != clerk.ID {
			t.Errorf("%+v %v", written, err)
		}
	})
}

// TestWhoLookedTogetherIsRecordedApart: many look while somebody writes; each gets the answer when his own look is in the journal, and one that cannot be recorded keeps nobody else's.
func TestWhoLookedTogetherIsRecordedApart(t *testing.T) {
	look := office.Look("toy.look", citizen.Text{ZH: "看", EN: "look"}, []office.Role{office.Clerk}, nil, func(_ context.Context, w *office.Work, in countInput) (string, error) {
		w.Emit(event.Event{Stream: event.Access(w.By.Unit), Kind: "toy.counted", V: 1, Subject: in.Subject, Body: toyBody{Version: 1}})
		return in.Subject, nil
	})
	storetest.Both(t, func(t *testing.T, config store.Config) {
		o := officetest.Open(t, config, officetest.Setup{Unit: station, Hosts: []event.Unit{station}, Rooms: []office.Room{toy{}}, Actions: []office.Action{look}})
		stranger := office.Operator{ID: "op-9", Login: "stranger", Unit: "220102002", Roles: []office.Role{office.Clerk}} // of a unit for which this node does not write
		var asked sync.WaitGroup
		o.Write(func(*store.Tx) error {
			for i := range 20 {
				asked.Go(func() {
					by, subject := clerk, "s"+strconv.Itoa(i)
					if by.ID = "op-" + strconv.Itoa(i); i == 7 {
						by = stranger
					}
					done, err := o.Office.Do(context.Background(), by, "toy.look", fmt.Appendf(nil, `{"subject":%q}`, subject))
					if i == 7 {
						if !officetest.IsRefusal(t, err, "office.not_hosted") {
							t.Errorf("a look that cannot be recorded: %v", err)
						}
						return
					}
					if err != nil || done.Result != subject || len(done.Entries) != 1 {
						t.Errorf("look %d: %+v %v", i, done, err)
						return
					}
					written, err := o.Written(context.Background(), subject)
					if err != nil || len(written) != 1 || written[0].Operator != by.ID || written[0].Ref != done.Entries[0] {
						t.Errorf("look %d was answered, and is recorded as %+v: %v", i, written, err)
					}
				})
			}
			return nil
		})
		asked.Wait()
		o.Check()
	})
}
