package sitedb

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/site"
	"github.com/huzheng/huzheng/internal/store"
)

// Scope says whose rows are asked for: those of one unit, of a unit with all below it, or of one subject.
type Scope struct {
	Unit    event.Unit
	Below   bool
	Subject string
}

func (s Scope) where() (string, []any) {
	var parts []string
	var args []any
	add := func(text string, value any) {
		args = append(args, value)
		parts = append(parts, fmt.Sprintf(text, len(args)))
	}
	switch code := string(s.Unit); {
	case code != "" && s.Below && s.Unit.Level() == event.City:
		add("substr(unit, 1, 4) = $%d", code[:4])
	case code != "" && s.Below && s.Unit.Level() == event.County:
		add("substr(unit, 1, 6) = $%d", code)
	case code != "":
		add("unit = $%d", code)
	}
	if s.Subject != "" {
		add("subject = $%d", s.Subject)
	}
	if len(parts) == 0 {
		return "", nil
	}
	return " where " + strings.Join(parts, " and "), args
}

// row is one row of a fact table while it is read.
type row struct {
	rows    *sql.Rows
	unit    event.Unit
	subject string
	claim   site.Claim
}

// scan reads the columns that all fact tables have, and then those of its own.
func (r *row) scan(own ...any) error {
	return r.rows.Scan(append([]any{&r.unit, &r.subject, &r.claim.Stream, &r.claim.Generation, &r.claim.Seq, &r.claim.Signer, &r.claim.At}, own...)...)
}

func load[T any](ctx context.Context, tx *store.Tx, t store.Table, s Scope, read func(*row) (T, error)) ([]T, error) {
	where, args := s.where()
	return store.Select(ctx, tx, "select "+strings.Join(columns(t), ", ")+" from "+t.Name+where+" order by unit, subject, stream, generation, seq", args,
		func(rows *sql.Rows) (T, error) { return read(&row{rows: rows}) })
}

// Lives derives the life of every unit in scope of which something was stated; one that is not there is preparing.
func Lives(ctx context.Context, tx *store.Tx, s Scope) (map[event.Unit]site.Life, error) {
	stages, err := load(ctx, tx, stageTable, s, func(r *row) (c site.StageClaim, err error) {
		var facts string
		if err := r.scan(&c.N, &c.StageDecided.Stage, &c.On, &c.Override, &facts); err != nil {
			return c, err
		}
		c.Unit, c.Claim = r.unit, r.claim
		return c, json.Unmarshal([]byte(facts), &c.Facts)
	})
	if err != nil {
		return nil, err
	}
	halts, err := load(ctx, tx, stopTable, s, func(r *row) (h site.Halt, err error) {
		var resumed int
		err = r.scan(&h.Stop, &resumed, &h.On, &h.Ground)
		h.Unit, h.Claim, h.Resumed = r.unit, r.claim, resumed == 1
		return h, err
	})
	if err != nil {
		return nil, err
	}
	stagesOf, haltsOf := make(map[event.Unit][]site.StageClaim), make(map[event.Unit][]site.Halt)
	lives := make(map[event.Unit]site.Life)
	for _, c := range stages {
		stagesOf[c.Unit] = append(stagesOf[c.Unit], c)
	}
	for _, h := range halts {
		haltsOf[h.Unit] = append(haltsOf[h.Unit], h)
		lives[h.Unit] = site.LifeOf(nil, haltsOf[h.Unit])
	}
	for unit, claims := range stagesOf {
		lives[unit] = site.LifeOf(claims, haltsOf[unit])
	}
	return lives, nil
}

// LifeOf derives the life of one unit.
func LifeOf(ctx context.Context, tx *store.Tx, unit event.Unit) (site.Life, error) {
	lives, err := Lives(ctx, tx, Scope{Unit: unit})
	if err != nil {
		return site.Life{}, err
	}
	if life, ok := lives[unit]; ok {
		return life, nil
	}
	return site.LifeOf(nil, nil), nil
}

// Assets derives the equipment in scope, as it is on a day.
func Assets(ctx context.Context, tx *store.Tx, s Scope, today citizen.Date) ([]site.Asset, error) {
	steps, err := load(ctx, tx, equipmentTable, s, func(r *row) (c site.AssetStep, err error) {
		var failed int
		err = r.scan(&c.N, &c.Type, &c.Step, &c.On, &c.Serial, &c.Warranty, &c.Supplier, &c.PriceFen, &c.Sheet, &failed, &c.Note)
		c.Unit, c.Asset, c.Claim, c.Failed = r.unit, r.subject, r.claim, failed == 1
		return c, err
	})
	if err != nil {
		return nil, err
	}
	var assets []site.Asset
	for from := 0; from < len(steps); {
		to := from
		for to < len(steps) && steps[to].Unit == steps[from].Unit && steps[to].Asset == steps[from].Asset {
			to++
		}
		assets = append(assets, site.AssetOf(steps[from:to], today))
		from = to
	}
	return assets, nil
}

// Lines derives the line of every unit in scope of which something was stated.
func Lines(ctx context.Context, tx *store.Tx, s Scope) (map[event.Unit]site.Line, error) {
	claims, err := load(ctx, tx, lineTable, s, func(r *row) (c site.LineClaim, err error) {
		err = r.scan(&c.N, &c.State, &c.Carrier, &c.Kbps, &c.On)
		c.Unit, c.Claim = r.unit, r.claim
		return c, err
	})
	if err != nil {
		return nil, err
	}
	outages, err := load(ctx, tx, outageTable, s, func(r *row) (c site.OutageClaim, err error) {
		var closed int
		err = r.scan(&c.Outage.Outage, &closed, &c.On, &c.Cause)
		c.Unit, c.Claim, c.Closed = r.unit, r.claim, closed == 1
		return c, err
	})
	if err != nil {
		return nil, err
	}
	claimsOf, outagesOf := make(map[event.Unit][]site.LineClaim), make(map[event.Unit][]site.OutageClaim)
	lines := make(map[event.Unit]site.Line)
	for _, c := range claims {
		claimsOf[c.Unit] = append(claimsOf[c.Unit], c)
		lines[c.Unit] = site.Line{}
	}
	for _, o := range outages {
		outagesOf[o.Unit] = append(outagesOf[o.Unit], o)
		lines[o.Unit] = site.Line{}
	}
	for unit := range lines {
		lines[unit] = site.LineOf(unit, claimsOf[unit], outagesOf[unit])
	}
	return lines, nil
}

// LineOf derives the line of one unit.
func LineOf(ctx context.Context, tx *store.Tx, unit event.Unit) (site.Line, error) {
	lines, err := Lines(ctx, tx, Scope{Unit: unit})
	if err != nil {
		return site.Line{}, err
	}
	if line, ok := lines[unit]; ok {
		return line, nil
	}
	return site.LineOf(unit, nil, nil), nil
}

// Courses lists the courses in scope; one that was announced twice is taken as it was first.
func Courses(ctx context.Context, tx *store.Tx, s Scope) ([]site.CourseOpened, error) {
	return load(ctx, tx, courseTable, s, func(r *row) (c site.CourseOpened, err error) {
		var posts string
		if err := r.scan(&c.Title, &c.Place, &c.From, &c.To, &posts); err != nil {
			return c, err
		}
		c.Unit, c.Course = r.unit, r.subject
		return c, json.Unmarshal([]byte(posts), &c.Posts)
	})
}

// Attendances lists who attended which course, of operators in scope.
func Attendances(ctx context.Context, tx *store.Tx, s Scope) ([]site.Attended, error) {
	return load(ctx, tx, attendanceTable, s, func(r *row) (c site.Attended, err error) {
		err = r.scan(&c.Course, &c.On)
		c.Unit, c.Operator = r.unit, r.subject
		return c, err
	})
}

// Exams lists the examinations of operators in scope.
func Exams(ctx context.Context, tx *store.Tx, s Scope) ([]site.Examined, error) {
	return load(ctx, tx, examTable, s, func(r *row) (e site.Examined, err error) {
		var practical int
		err = r.scan(&e.Post, &e.Exam, &e.Course, &e.On, &e.Place, &e.Paper, &e.Score, &e.PassMark, &e.Task, &practical)
		e.Unit, e.Operator, e.Practical = r.unit, r.subject, practical == 1
		return e, err
	})
}

// Key names an operator at a unit.
type Key struct {
	Unit     event.Unit
	Operator string
}

// Rights derives certificates and permissions of operators in scope.
func Rights(ctx context.Context, tx *store.Tx, s Scope) (map[Key]site.Rights, error) {
	rights := make(map[Key]site.Rights)
	_, err := load(ctx, tx, rightTable, s, func(r *row) (none struct{}, err error) {
		var what string
		var c site.Certified
		var p site.PermissionClaim
		if err := r.scan(&what, &c.Post, &p.N, &c.Certificate, &c.Exam, &c.Until, &p.On, &p.Ground); err != nil {
			return none, err
		}
		c.Unit, c.Operator, c.From = r.unit, r.subject, p.On
		p.Unit, p.Operator, p.Post, p.Claim, p.Suspended = r.unit, r.subject, c.Post, r.claim, what == "suspended"
		k := Key{r.unit, r.subject}
		of := rights[k]
		if what == "certified" {
			of.Certificates = append(of.Certificates, c)
		} else {
			of.Permissions = append(of.Permissions, p)
		}
		rights[k] = of
		return none, nil
	})
	return rights, err
}

// Seats derives the seats of bodies in scope.
func Seats(ctx context.Context, tx *store.Tx, s Scope) ([]site.Seat, error) {
	all, err := load(ctx, tx, seatTable, s, func(r *row) (c site.Seat, err error) {
		err = r.scan(&c.Body, &c.Name, &c.Department, &c.Post, &c.Phone, &c.From)
		c.Unit, c.Seat, c.Claim = r.unit, r.subject, r.claim
		return c, err
	})
	if err != nil {
		return nil, err
	}
	return site.SeatsOf(all), nil
}

// Absences lists the absences of operators in scope.
func Absences(ctx context.Context, tx *store.Tx, s Scope) ([]site.AbsenceNoted, error) {
	return load(ctx, tx, absenceTable, s, func(r *row) (c site.AbsenceNoted, err error) {
		err = r.scan(&c.From, &c.To, &c.StandIn, &c.Ground)
		c.Unit, c.Operator = r.unit, r.subject
		return c, err
	})
}

// NodeOf names the unit whose node serves a unit, as far as certificates show it: its own, or that of the nearest unit above; empty when none is known.
// The node has joined when it is this one, or when a checkpoint of its own has come: one that was only admitted writes nothing yet.
func NodeOf(ctx context.Context, tx *store.Tx, unit event.Unit) (node event.Unit, joined bool, err error) {
	certificates, err := journal.Certificates(ctx, tx)
	if err != nil {
		return "", false, err
	}
	heads, err := journal.Heads(ctx, tx)
	if err != nil {
		return "", false, err
	}
	signers := make(map[string]bool)
	for _, h := range heads {
		signers[h.Signer] = true
	}
	for at := unit; at != ""; at = at.Parent() {
		for _, c := range certificates {
			if c.Unit == at {
				node, joined = at, joined || signers[c.Node]
			}
		}
		if node != "" {
			break
		}
	}
	if node == "" || joined {
		return node, joined, nil
	}
	joined, err = journal.Hosts(ctx, tx, node)
	return node, joined, err
}

// Area lists the appointments at a unit and all below it, ended ones too.
func Area(ctx context.Context, tx *store.Tx, area event.Unit) ([]Appointment, error) {
	all, err := store.Select(ctx, tx, appointmentQuery+"order by p.unit, p.login, p.operator, p.by_unit, p.generation, p.seq", nil, scanAppointment)
	if err != nil {
		return nil, err
	}
	var inside []Appointment
	for _, a := range all {
		if area.Contains(a.Unit) {
			inside = append(inside, a)
		}
	}
	return inside, nil
}

// Started tells whether second-generation work has been opened at a unit and is not stopped (plan S7).
func Started(ctx context.Context, tx *store.Tx, unit event.Unit) (bool, error) {
	life, err := LifeOf(ctx, tx, unit)
	return life.Open(), err
}

// Permit refuses an operator who is not certified and activated for the post that an action needs (plan S6). It is the node's office.Office.Permit.
func Permit(ctx context.Context, tx *store.Tx, by office.Operator, action string, today citizen.Date) error {
	if post, _ := site.PostOf(action); post == site.NoPost {
		return nil
	}
	rights, err := Rights(ctx, tx, Scope{Unit: by.Unit, Subject: by.ID})
	if err != nil {
		return err
	}
	return site.Permit(by.Login, action, rights[Key{by.Unit, by.ID}], today)
}
