package office_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/officetest"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
)

// people is a directory of fixed operators.
type people map[string]office.Operator

func (p people) Operator(_ context.Context, _ *store.Tx, login string) (office.Operator, bool, error) {
	op, ok := p[login]
	return op, ok, nil
}

var staff = people{
	"chief": {ID: "op-chief", Login: "chief", Unit: station, Roles: []office.Role{office.Leader}},
	"audit": {ID: "op-audit", Login: "audit", Unit: station, Roles: []office.Role{office.Auditor}},
}

func TestSignInLocksAfterFiveWrongPasswordsAndTimeOrResetUnlocks(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		ctx := context.Background()
		o := open(t, config)
		if err := o.SetPassword(ctx, "chief", "short"); officetest.Code(err) != "office.password_short" {
			t.Fatal(err)
		}
		if err := o.SetPassword(ctx, "chief", "correct horse"); err != nil {
			t.Fatal(err)
		}
		if _, err := o.SignIn(ctx, "nobody", "correct horse"); officetest.Code(err) != "office.sign_in" {
			t.Fatal(err)
		}
		for range 5 {
			if _, err := o.SignIn(ctx, "chief", "wrong"); officetest.Code(err) != "office.sign_in" {
				t.Fatal(err)
			}
		}
		if _, err := o.SignIn(ctx, "chief", "correct horse"); officetest.Code(err) != "office.locked" {
			t.Fatal(err)
		}
		o.Now = o.Now.Add(16 * time.Minute)
		op, err := o.SignIn(ctx, "chief", "correct horse")
		if err != nil || op.ID != "op-chief" {
			t.Fatal(op, err)
		}
		for range 5 {
			_, _ = o.SignIn(ctx, "chief", "wrong")
		}
		if err := o.SetPassword(ctx, "chief", "another horse"); err != nil {
			t.Fatal(err)
		}
		if _, err := o.SignIn(ctx, "chief", "another horse"); err != nil {
			t.Fatal(err)
		}
	})
}

func TestEraseNeedsTwoPersonsAndReplayAgreesAfterwards(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		ctx := context.Background()
		o := open(t, config)
		for _, login := range []string{"chief", "audit"} {
			if err := o.SetPassword(ctx, login, "a long password"); err != nil {
				t.Fatal(err)
			}
		}
		for range 3 {
			if err := do(o, `{"subject":"s"}`); err != nil {
				t.Fatal(err)
			}
		}
		var forgotten []string
		o.Office.Forget = func(_ context.Context, _ *store.Tx, erased *journal.Entry) error {
			forgotten = append(forgotten, erased.Subject+" "+string(erased.Body[:1]))
			return nil
		}
		erase := func(second, password string) error {
			_, err := o.Office.Do(ctx, staff["chief"], "records.erase", fmt.Appendf(nil,
				`{"stream":"220102001/up","generation":1,"seq":2,"ground":"court order","second":%q,"second_password":%q}`, second, password))
			return err
		}
		if err := erase("chief", "a long password"); officetest.Code(err) != "records.two_persons" {
			t.Fatal(err)
		}
		if err := erase("audit", "not the password"); officetest.Code(err) != "office.sign_in" {
			t.Fatal(err)
		}
		if err := erase("audit", "a long password"); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(forgotten, []string{"s {"}) {
			t.Errorf("told to forget %q, want the entry as it was", forgotten)
		}
		err := o.DB.Read(ctx, func(tx *store.Tx) error {
			e, err := journal.At(ctx, tx, event.Ref{Stream: "220102001/up", Generation: 1, Seq: 2})
			if err != nil {
				return err
			}
			if !e.Erased() {
				t.Error("the body is still there")
			}
			report, err := journal.Verify(ctx, tx, "220100")
			if err == nil && len(report.Findings) > 0 {
				t.Errorf("%+v", report)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		result, err := o.CheckRebuild(ctx, nil)
		if err != nil || len(result.Differences) > 0 || result.Rows != 1 {
			t.Fatalf("%+v %v", result, err)
		}
	})
}

func TestRefusalsOfTheCore(t *testing.T) {
	ctx := context.Background()
	o := open(t, storetest.SQLiteConfig(t))
	for _, login := range []string{"chief", "audit"} {
		if err := o.SetPassword(ctx, login, "a long password"); err != nil {
			t.Fatal(err)
		}
	}
	if err := do(o, `{"subject":"s"}`); err != nil {
		t.Fatal(err)
	}
	o.Write(func(tx *store.Tx) error { return journal.Host(ctx, tx, "220102002", 1, nil) })
	elsewhere := staff["chief"]
	elsewhere.Unit = "220102002"
	erase := func(by office.Operator, ground string) error {
		_, err := o.Office.Do(ctx, by, "records.erase", fmt.Appendf(nil,
			`{"stream":"220102001/up","generation":1,"seq":0,"ground":%q,"second":"audit","second_password":"a long password"}`, ground))
		return err
	}
	_, unknown := o.Office.Do(ctx, clerk, "toy.dance", nil)
	for want, err := range map[string]error{
		"office.no_action":  unknown,
		"records.no_ground": erase(staff["chief"], " "),
		"office.other_unit": erase(elsewhere, "court order"),
	} {
		if !officetest.IsRefusal(t, err, want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if err := erase(staff["chief"], "court order"); err != nil {
		t.Fatal(err)
	}
	_, again := o.Office.Do(ctx, staff["chief"], "records.erase", []byte(
		`{"stream":"220102001/up","generation":1,"seq":1,"ground":"court order","second":"audit","second_password":"a long password"}`))
	if !officetest.IsRefusal(t, again, "records.not_erasable") {
		t.Errorf("an erasure is erased: %v", again)
	}
	o.Write(func(tx *store.Tx) error { return office.Hold(ctx, tx, office.HoldRestored) })
	if err := do(o, `{"subject":"s"}`); !officetest.IsRefusal(t, err, "office.on_hold") {
		t.Errorf("a restored node writes: %v", err)
	}
}

// echo reacts to a count by counting another subject, once.
func echo(fail *bool) office.Reaction {
	return office.Reaction{Name: "toy.echo", Kind: "toy.counted", Answers: []string{"toy.counted"},
		Unit: func(e *journal.Entry) event.Unit {
			if strings.HasPrefix(e.Subject, "echo") {
				return ""
			}
			return e.Unit
		},
		Run: func(ctx context.Context, w *office.Work, cause *journal.Entry) error {
			if *fail {
				return event.Refuse("toy.not_yet", "", citizen.Text{ZH: "未", EN: "not yet"}, citizen.Text{ZH: "等", EN: "wait"})
			}
			w.Emit(event.Event{Stream: event.Up(w.By.Unit), Kind: "toy.counted", V: 1, Subject: "echo-" + cause.Subject, Body: toyBody{Version: 1}})
			return nil
		}}
}

func TestReactionRunsOnceEvenWhenTheLocalQueueIsLost(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		ctx, fail := context.Background(), true
		o := open(t, config, echo(&fail))
		if err := do(o, `{"subject":"s"}`); err != nil {
			t.Fatal(err)
		}
		if done, err := o.React(ctx); err != nil || done != 0 {
			t.Fatalf("a refused reaction counts as done: %d %v", done, err)
		}
		fail = false
		for range 2 {
			if _, err := o.React(ctx); err != nil {
				t.Fatal(err)
			}
			alter(o, "update office_reaction set done = 0")
		}
		var echoes int64
		err := o.DB.Read(ctx, func(tx *store.Tx) error {
			return tx.Get(ctx, "select count(*) from journal_entry where subject = 'echo-s'", nil, &echoes)
		})
		if err != nil || echoes != 1 {
			t.Fatalf("%d echoes, %v", echoes, err)
		}
	})
}

func TestSealedEvidenceIsReadByTheDecidingNodeAlone(t *testing.T) {
	ctx := context.Background()
	writer, decider, other := open(t, storetest.SQLiteConfig(t)), open(t, storetest.SQLiteConfig(t)), open(t, storetest.SQLiteConfig(t))
	key, err := journal.NewKey("220102")
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := key.SignCertificate(journal.Certificate{Node: key.Node, Unit: "220102", Verifier: key.Verifier(), Recipient: decider.Blobs.Recipient().String()})
	if err != nil {
		t.Fatal(err)
	}
	writer.Write(func(tx *store.Tx) error { return journal.SaveCertificate(ctx, tx, certificate) })
	digest, err := writer.Seal(ctx, "220102", []byte("亲子鉴定"))
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := writer.Blobs.Get(digest)
	if err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]*officetest.Office{"writer": writer, "decider": decider, "other": other} {
		if _, err := o.Blobs.Put(sealed); err != nil {
			t.Fatal(err)
		}
		plain, err := o.Unseal(digest)
		if readable := err == nil && string(plain) == "亲子鉴定"; readable != (name != "other") {
			t.Errorf("%s: %q %v", name, plain, err)
		}
	}
}

func TestUnknownKindPausesItsStreamUntilTheUpgrade(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		ctx := context.Background()
		o := open(t, config)
		err := o.DB.Write(ctx, func(tx *store.Tx) error {
			for _, kind := range []string{"toy.counted", "toy.newer", "toy.counted"} {
				e := event.Event{Stream: "220102001/up", Kind: kind, V: 1, Subject: kind, Body: toyBody{Version: 1}}
				if _, err := journal.Append(ctx, tx, 1, "op", []event.Event{e}); err != nil {
					return err
				}
			}
			if err := journal.SetApplied(ctx, tx, "220102001/up", 1, 0); err != nil {
				return err
			}
			return o.ApplyPending(ctx, tx, "220102001/up", 1)
		})
		if err != nil {
			t.Fatal(err)
		}
		_ = o.DB.Read(ctx, func(tx *store.Tx) error {
			head, err := journal.HeadOf(ctx, tx, "220102001/up", 1)
			if err != nil || head.Applied != 1 || head.Size != 3 {
				t.Errorf("applied %d of %d, %v", head.Applied, head.Size, err)
			}
			return nil
		})
	})
}

// ReactQueued passes over an empty queue without looking, but never over what this process queued or what it found when it started.
func TestReactQueuedLooksAfterWhatWasQueued(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		ctx, fail := context.Background(), false
		o := open(t, config, echo(&fail))
		react := func(who *office.Office, want int) {
			t.Helper()
			if done, err := who.ReactQueued(ctx); err != nil || done != want {
				t.Fatalf("%d reactions, %v; want %d", done, err, want)
			}
		}
		count := func(subject string) {
			t.Helper()
			if err := do(o, `{"subject":"`+subject+`"}`); err != nil {
				t.Fatal(err)
			}
		}
		count("first")
		react(o.Office, 1)
		react(o.Office, 0) // the echo was seen to call for nothing
		alter(o, "update office_reaction set done = 0")
		react(o.Office, 0)
		alter(o, "update office_reaction set done = 1")

		count("second")
		react(another(t, o, echo(&fail)), 1) // which has just started, and finds what this one queued
		count("third")
		react(o.Office, 1)
		count("fourth")
		if done, err := another(t, o, echo(&fail)).React(ctx); err != nil || done != 1 {
			t.Fatalf("%d reactions, %v", done, err)
		}
	})
}

// another is a second process of an office's node.
func another(t *testing.T, o *officetest.Office, reactions ...office.Reaction) *office.Office {
	t.Helper()
	second, err := office.New(office.Office{DB: o.DB, Blobs: o.Blobs, Key: o.Key, City: o.City, Clock: o.Clock, Log: o.Log}, o.Rooms(), nil, reactions)
	if err != nil {
		t.Fatal(err)
	}
	return second
}

// tallied is the toy with something to derive from a subject's facts.
type tallied struct {
	toy
	derived *[]string
}

func (t tallied) Apply(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	if err := t.toy.Apply(ctx, tx, a); err != nil {
		return err
	}
	return a.Derive(a.Subject, func() error {
		var version int64
		err := tx.Get(ctx, "select version from toy_counter where subject = $1", []any{a.Subject}, &version)
		*t.derived = append(*t.derived, fmt.Sprint(a.Subject, version))
		return err
	})
}

func TestARangeDerivesEachSubjectOnceWithAllItsFacts(t *testing.T) {
	ctx := context.Background()
	var derived []string
	o := officetest.Open(t, storetest.SQLiteConfig(t), officetest.Setup{Unit: station, Hosts: []event.Unit{station},
		Rooms: []office.Room{tallied{derived: &derived}}, Actions: []office.Action{count}, Directory: staff})
	o.Write(func(tx *store.Tx) error {
		for i, subject := range []string{"a", "b", "a", "c"} {
			e := event.Event{Stream: "220102001/up", Kind: "toy.counted", V: 1, Subject: subject, Body: toyBody{Version: int64(i + 1)}}
			if i == 3 {
				e.Kind = "toy.newer" // which pauses the range
			}
			if _, err := journal.Append(ctx, tx, 1, "op", []event.Event{e}); err != nil {
				return err
			}
		}
		if err := journal.SetApplied(ctx, tx, "220102001/up", 1, 0); err != nil {
			return err
		}
		return o.ApplyPending(ctx, tx, "220102001/up", 1)
	})
	if err := do(o, `{"subject":"d"}`); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(derived, " "); got != "a3 b2 d1" {
		t.Errorf("derived %s", got)
	}
}
