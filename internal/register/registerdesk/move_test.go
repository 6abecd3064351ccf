package registerdesk_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdb"
	"github.com/huzheng/huzheng/internal/register/registerdesk"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
)

func out(tenure string, to event.Unit) registerdesk.MoveOutInput {
	return registerdesk.MoveOutInput{Tenure: tenure, ToUnit: to, On: date("2005-09-11"), Reason: "0431"}
}

func in(toTenure, paper string) registerdesk.MoveInInput {
	return registerdesk.MoveInInput{ToTenure: toTenure, Paper: paper, HouseholdNo: "H7", Address: "朝阳区人民大街7号", Relation: "02", On: date("2005-09-12")}
}

// Walk 2 inside one node: S1 -> S2 -> S1 makes three tenures of one resident.
func TestMove_ThereAndBack_ThreeTenures(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config, county, s1, s2)
		first := imported(t, n, s1, resident(t, "李梅", citizen.Female, 942))[0]
		gone := must[registerdesk.MoveOutOutput](t, n, operator(s1), "register.move_out", out(first, s2))
		if old := n.tenure(t, first); !old.InTransit || old.State != "moved_out" || old.MovedTo != s2 || old.Version != 2 {
			t.Fatalf("%+v", old)
		}
		_, err := do[registerdesk.MoveOutOutput](n, operator(s1), "register.move_out", out(first, s3))
		wantRefusal(t, err, "register.not_owner")
		arrived := must[registerdesk.MoveInOutput](t, n, operator(s2), "register.move_in", in(gone.ToTenure, ""))
		if arrived.Tenure != gone.ToTenure || arrived.Provisional {
			t.Fatalf("%+v", arrived)
		}
		if old := n.tenure(t, first); old.InTransit {
			t.Fatalf("%+v", old)
		}
		_, err = do[registerdesk.MoveInOutput](n, operator(s2), "register.move_in", in(gone.ToTenure, ""))
		wantRefusal(t, err, "register.already_moved_in")
		back := out(arrived.Tenure, s1)
		back.On = date("2005-09-12")
		gone = must[registerdesk.MoveOutOutput](t, n, operator(s2), "register.move_out", back)
		must[registerdesk.MoveInOutput](t, n, operator(s1), "register.move_in", in(gone.ToTenure, ""))
		n.Read(func(tx *store.Tx) error {
			now, ok, err := registerdb.OpenTenure(context.Background(), tx, n.tenure(t, first).Resident)
			if err == nil && (!ok || now.ID != gone.ToTenure || now.Unit != s1 || now.Record.Address != "朝阳区人民大街7号") {
				t.Errorf("%+v", now)
			}
			return err
		})
		n.Check()
	})
}

// A returned move: the former station's node opens the tenure again by itself.
func TestMove_Returned_ResumesTenure(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config, county, s1, s2)
		first := imported(t, n, s1, resident(t, "李梅", citizen.Female, 942))[0]
		gone := must[registerdesk.MoveOutOutput](t, n, operator(s1), "register.move_out", out(first, s2))
		_, err := do[registerdesk.None](n, operator(s2), "register.return_move", registerdesk.ReturnInput{ToTenure: gone.ToTenure})
		wantRefusal(t, err, "register.no_ground")
		must[registerdesk.None](t, n, operator(s2), "register.return_move", registerdesk.ReturnInput{ToTenure: gone.ToTenure, Ground: "地址不符"})
		n.react(t)
		if now := n.tenure(t, first); now.State != "open" || now.Version != 3 || !now.ExitedOn.IsZero() {
			t.Fatalf("%+v", now)
		}
		_, err = do[registerdesk.MoveInOutput](n, operator(s2), "register.move_in", in("", gone.Paper))
		wantRefusal(t, err, "register.already_returned")
		n.Check()
	})
}

// A request without the citizen's paper is answered by the move-out, and the asking station takes the person in by itself.
func TestMove_Requested(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t), county, s1, s2)
	r := resident(t, "李梅", citizen.Female, 942)
	first := imported(t, n, s1, r)[0]
	ask := registerdesk.RequestInput{FromUnit: s1, Number: r.Number, Name: r.Name, HouseholdNo: "H7", Address: "人民大街7号", Relation: "12", On: date("2005-09-12")}
	refused := must[registerdesk.RequestOutput](t, n, operator(s2), "register.request_move_in", ask)
	must[registerdesk.None](t, n, operator(s1), "register.refuse_move", registerdesk.RefuseInput{Request: refused.Request, Ground: "本人未同意"})
	_, err := do[registerdesk.None](n, operator(s1), "register.refuse_move", registerdesk.RefuseInput{Request: refused.Request, Ground: "再次"})
	wantRefusal(t, err, "register.no_request")
	asked := must[registerdesk.RequestOutput](t, n, operator(s2), "register.request_move_in", ask)
	n.Read(func(tx *store.Tx) error {
		open, err := registerdb.OpenRequests(context.Background(), tx, s1)
		if len(open) != 1 || open[0].Body.Request != asked.Request {
			t.Errorf("%+v", open)
		}
		return err
	})
	answer := out(first, s2)
	answer.Request = asked.Request
	gone := must[registerdesk.MoveOutOutput](t, n, operator(s1), "register.move_out", answer)
	n.react(t)
	if now := n.tenure(t, gone.ToTenure); now.State != "open" || now.Record.Relation != "12" || now.Provisional {
		t.Fatalf("%+v", now)
	}
	n.Check()
}

// Walk 2 with a disk between: the signed paper registers the person the same day, provisional until the stream confirms; slices agree.
func TestMove_ByPaperBeforeTheStream(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		other := storetest.SQLiteConfig(t)
		if config.Postgres != "" {
			other = storetest.PostgresConfig(t)
		}
		n1, n2 := newNode(t, config, county, s1), newNode(t, other, s3)
		top := newNode(t, storetest.SQLiteConfig(t), city)
		trust(t, top, map[*node]event.Unit{top: city, n1: county, n2: s3})
		first := imported(t, n1, s1, resident(t, "李梅", citizen.Female, 942))[0]
		gone := must[registerdesk.MoveOutOutput](t, n1, operator(s1), "register.move_out", out(first, s3))
		_, err := do[registerdesk.MoveInOutput](n2, operator(s3), "register.move_in", in(gone.ToTenure, ""))
		wantRefusal(t, err, "register.move_unknown")
		_, err = do[registerdesk.MoveInOutput](n2, operator(s3), "register.move_in", in("", strings.Replace(gone.Paper, "李梅", "李海", 1)))
		wantRefusal(t, err, "register.paper_invalid")
		arrived := must[registerdesk.MoveInOutput](t, n2, operator(s3), "register.move_in", in("", gone.Paper))
		if !arrived.Provisional || !n2.tenure(t, arrived.Tenure).Provisional {
			t.Fatalf("%+v", arrived)
		}
		if !n1.tenure(t, first).InTransit {
			t.Fatal("the former station knows nothing of the arrival yet")
		}
		carry(t, n2, n1, county) // S3/to/S1
		carry(t, n1, n2, s3)     // S1/to/S3
		if n1.tenure(t, first).InTransit || n2.tenure(t, arrived.Tenure).Provisional {
			t.Fatal("both sides know now")
		}
		carry(t, n1, top, city)
		carry(t, n2, top, city)
		blobsTo(t, n1, top)
		sameDigests(t, "slice of s1", digests(t, n1, s1), digests(t, top, s1))
		sameDigests(t, "slice of s3", digests(t, n2, s3), digests(t, top, s3))
		for _, n := range []*node{n1, n2, top} {
			n.Check()
		}
	})
}

// blobsTo brings the chunk blobs that a node waits for.
func blobsTo(t testing.TB, from, to *node) {
	t.Helper()
	ctx := context.Background()
	var chunks []registerdb.Chunk
	from.Read(func(tx *store.Tx) (err error) {
		chunks, err = registerdb.Chunks(ctx, tx, s1)
		return err
	})
	for _, c := range chunks {
		blob, err := from.Blobs.Get(c.Blob)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := to.Blobs.Put(blob); err != nil {
			t.Fatal(err)
		}
		to.Write(func(tx *store.Tx) error { return to.BlobArrived(ctx, tx, c.Blob) })
	}
}

// Two desks let one person go to two places: one wins, the other is told what happened since.
func TestMove_Race_OneWinsTheOtherIsTold(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config, county, s1, s2)
		first := imported(t, n, s1, resident(t, "李梅", citizen.Female, 942))[0]
		var wg sync.WaitGroup
		errs := make([]error, 6)
		for i := range errs {
			wg.Go(func() {
				move := out(first, []event.Unit{s2, s3}[i%2])
				move.Expected = 1
				_, errs[i] = do[registerdesk.MoveOutOutput](n, operator(s1), "register.move_out", move)
			})
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
				continue
			}
			wantRefusal(t, err, "register.stale")
			if !strings.Contains(err.Error(), "register.moved_out op-220102001") {
				t.Errorf("it does not tell who changed what: %v", err)
			}
		}
		if won != 1 {
			t.Fatalf("%d won", won)
		}
		n.Check()
	})
}

func TestMove_Refusals_Art10_13(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t), county, s1, s2)
	first := imported(t, n, s1, resident(t, "李梅", citizen.Female, 942))[0]
	for code, change := range map[string]func(*registerdesk.MoveOutInput){
		"register.same_station":   func(m *registerdesk.MoveOutInput) { m.ToUnit = s1 },
		"register.no_station":     func(m *registerdesk.MoveOutInput) { m.ToUnit = county },
		"register.no_destination": func(m *registerdesk.MoveOutInput) { m.ToUnit = "" },
		"register.date":           func(m *registerdesk.MoveOutInput) { m.On = date("2005-09-13") },
		"register.date_before":    func(m *registerdesk.MoveOutInput) { m.On = date("1975-03-07") },
		"register.code":           func(m *registerdesk.MoveOutInput) { m.Reason = "0000" },
		"register.unknown":        func(m *registerdesk.MoveOutInput) { m.Tenure = "nobody" },
		"register.no_request":     func(m *registerdesk.MoveOutInput) { m.Request = "none" },
		"register.stale":          func(m *registerdesk.MoveOutInput) { m.Expected = 9 },
	} {
		move := out(first, s2)
		change(&move)
		_, err := do[registerdesk.MoveOutOutput](n, operator(s1), "register.move_out", move)
		wantRefusal(t, err, code)
	}
	_, err := do[registerdesk.MoveOutOutput](n, operator(s2), "register.move_out", out(first, s3))
	wantRefusal(t, err, "register.not_owner")
	gone := must[registerdesk.MoveOutOutput](t, n, operator(s1), "register.move_out", out(first, s2))
	for code, change := range map[string]func(*registerdesk.MoveInInput){
		"register.no_household": func(m *registerdesk.MoveInInput) { m.Address = "" },
		"register.code":         func(m *registerdesk.MoveInInput) { m.Relation = "?" },
		"register.date":         func(m *registerdesk.MoveInInput) { m.On = date("2005-09-13") },
		"register.date_before":  func(m *registerdesk.MoveInInput) { m.On = date("2005-09-10") },
	} {
		move := in(gone.ToTenure, "")
		change(&move)
		_, err := do[registerdesk.MoveInOutput](n, operator(s2), "register.move_in", move)
		wantRefusal(t, err, code)
	}
	_, err = do[registerdesk.MoveInOutput](n, operator(s1), "register.move_in", in(gone.ToTenure, ""))
	wantRefusal(t, err, "register.move_elsewhere")
	n.Read(func(tx *store.Tx) error {
		today := date("2005-10-11")
		moves, err := registerdb.InTransit(context.Background(), tx, county, register.DefaultLimits().OverdueBefore(today))
		if len(moves) != 1 || moves[0].ToTenure != gone.ToTenure {
			t.Errorf("%+v", moves)
		}
		early, _ := registerdb.InTransit(context.Background(), tx, county, register.DefaultLimits().OverdueBefore(today.AddDays(-1)))
		if len(early) != 0 {
			t.Errorf("%+v", early)
		}
		return err
	})
}

func TestRequest_Refusals(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t), county, s1, s2)
	good := registerdesk.RequestInput{FromUnit: s1, Number: "1", Name: "李梅", HouseholdNo: "H7", Address: "人民大街7号", Relation: "12", On: date("2005-09-12")}
	for code, change := range map[string]func(*registerdesk.RequestInput){
		"register.no_station":   func(in *registerdesk.RequestInput) { in.FromUnit = s2 },
		"register.no_person":    func(in *registerdesk.RequestInput) { in.Name = "" },
		"register.no_household": func(in *registerdesk.RequestInput) { in.HouseholdNo = "" },
		"register.date":         func(in *registerdesk.RequestInput) { in.On = date("2005-09-13") },
		"register.code":         func(in *registerdesk.RequestInput) { in.Relation = "" },
	} {
		ask := good
		change(&ask)
		_, err := do[registerdesk.RequestOutput](n, operator(s2), "register.request_move_in", ask)
		wantRefusal(t, err, code)
	}
	asked := must[registerdesk.RequestOutput](t, n, operator(s2), "register.request_move_in", good)
	first := imported(t, n, s1, resident(t, "李梅", citizen.Female, 942))[0]
	answer := out(first, s3)
	answer.Request = asked.Request
	_, err := do[registerdesk.MoveOutOutput](n, operator(s1), "register.move_out", answer)
	wantRefusal(t, err, "register.request_other")
	_, err = do[registerdesk.None](n, operator(s1), "register.refuse_move", registerdesk.RefuseInput{Request: asked.Request})
	wantRefusal(t, err, "register.no_ground")
	_, err = do[registerdesk.MoveInOutput](n, operator(s2), "register.move_in", in("", "not a paper"))
	wantRefusal(t, err, "register.paper_invalid")
}

// Leaving the city: no tenure begins here, and nobody waits for an arrival.
func TestMove_OutOfTheCity(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t), county, s1)
	first := imported(t, n, s1, resident(t, "李梅", citizen.Female, 942))[0]
	move := out(first, "")
	move.Destination = "吉林市"
	if gone := must[registerdesk.MoveOutOutput](t, n, operator(s1), "register.move_out", move); gone.ToTenure != "" || gone.Paper != "" {
		t.Fatalf("%+v", gone)
	}
	now := n.tenure(t, first)
	if now.InTransit || now.State != register.StateMovedOut {
		t.Fatalf("%+v", now)
	}
	_, err := do[registerdesk.DeathOutput](n, operator(s1), "register.death", registerdesk.DeathInput{Tenure: first, Date: date("2005-09-12")})
	wantRefusal(t, err, "register.not_owner")
	n.Check()
}
