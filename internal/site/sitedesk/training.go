package sitedesk

import (
	"context"
	"slices"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/site"
	"github.com/huzheng/huzheng/internal/site/sitedb"
)

// CourseInput announces a course.
type CourseInput struct {
	Title string       `json:"title"`
	Place string       `json:"place"`
	From  citizen.Date `json:"from"`
	To    citizen.Date `json:"to"`
	Posts []site.Post  `json:"posts"`
}

// CourseOutput names the course.
type CourseOutput struct {
	Course string `json:"course"`
}

func openCourse(_ context.Context, w *office.Work, in CourseInput) (out CourseOutput, err error) {
	id, err := newID()
	if err != nil {
		return out, err
	}
	e, err := site.OpenCourse(by(w), site.CourseOpened{Course: id, Title: in.Title, Place: in.Place, From: in.From, To: in.To, Posts: in.Posts})
	if err != nil {
		return out, err
	}
	w.Emit(e)
	return CourseOutput{Course: id}, nil
}

// AttendInput records who attended a course, by login. On left out is the course's last day, or today while it runs.
type AttendInput struct {
	Course string       `json:"course"`
	Logins []string     `json:"logins"`
	On     citizen.Date `json:"on,omitzero"`
}

func attend(ctx context.Context, w *office.Work, in AttendInput) (None, error) {
	course, known, err := findCourse(ctx, w, in.Course)
	if err != nil {
		return None{}, err
	}
	if in.On.IsZero() {
		in.On = course.To
		if w.Today.Before(course.To) {
			in.On = w.Today
		}
	}
	staff, err := staffOf(ctx, w, in.Logins)
	if err != nil {
		return None{}, err
	}
	ops := make([]site.Serving, len(in.Logins))
	for i, login := range in.Logins {
		ops[i] = staff[login].Serving
	}
	events, err := site.Attend(by(w), course, known, ops, in.On)
	return emit(w, err, events...)
}

// findCourse reads a course that this unit or one above it holds.
func findCourse(ctx context.Context, w *office.Work, id string) (c site.CourseOpened, known bool, err error) {
	if id == "" {
		return c, false, nil
	}
	courses, err := sitedb.Courses(ctx, w.Tx, sitedb.Scope{Subject: id})
	for _, c := range courses {
		if c.Unit.Contains(w.By.Unit) {
			return c, true, nil
		}
	}
	return c, false, err
}

// member is an operator as the desk found him.
type member struct {
	site.Serving
	roles []string
}

// staffOf finds operators by login and locks them. One who is not in service under the login is left zero.
func staffOf(ctx context.Context, w *office.Work, logins []string) (map[string]member, error) {
	staff := make(map[string]member, len(logins))
	var locks []string
	for _, login := range logins {
		op, ok, err := sitedb.New().Operator(ctx, w.Tx, login)
		if err != nil {
			return nil, err
		}
		m := member{Serving: site.Serving{Login: login}}
		if ok {
			m.Operator, m.Unit = op.ID, op.Unit
			for _, r := range op.Roles {
				m.roles = append(m.roles, string(r))
			}
			locks = append(locks, op.ID)
		}
		staff[login] = m
	}
	slices.Sort(locks)
	return staff, w.Lock(ctx, slices.Compact(locks)...)
}

// ExamResult is one person's examination. Posts left out are those of the person's roles.
type ExamResult struct {
	Login     string      `json:"login"`
	Score     int         `json:"score"`
	Practical bool        `json:"practical"`
	Posts     []site.Post `json:"posts,omitempty"`
}

// CertifyInput is an examination of several operators, who are certified and activated if they passed it. On left out is today.
type CertifyInput struct {
	Course   string       `json:"course,omitempty"` // left out: an examination without a course, as for renewal
	On       citizen.Date `json:"on,omitzero"`
	Place    string       `json:"place,omitempty"`
	Paper    string       `json:"paper"`
	PassMark int          `json:"pass_mark,omitempty"` // of 100; left out: the office's
	Task     string       `json:"task"`                // the practical task
	Results  []ExamResult `json:"results"`
	Hold     bool         `json:"hold,omitempty"` // certify only; site.activate follows
}

// CertifyOutput tells who passed.
type CertifyOutput struct {
	Exam   string   `json:"exam"`
	Passed []string `json:"passed"`
	Failed []string `json:"failed,omitempty"`
}

func (d desk) certify(ctx context.Context, w *office.Work, in CertifyInput) (out CertifyOutput, err error) {
	course, known, err := findCourse(ctx, w, in.Course)
	if err != nil {
		return out, err
	}
	if out.Exam, err = newID(); err != nil {
		return out, err
	}
	cmd := site.ExamCommand{Exam: out.Exam, Course: in.Course, Known: known, On: in.On, Place: in.Place, Paper: in.Paper, PassMark: in.PassMark, Task: in.Task, Hold: in.Hold}
	if cmd.On.IsZero() {
		cmd.On = w.Today
	}
	candidates, err := candidatesOf(ctx, w, course.Course, in.Results)
	if err != nil {
		return out, err
	}
	events, err := site.Certify(by(w), cmd, candidates, d.Limits)
	if err != nil {
		return out, err
	}
	w.Emit(events...)
	out.Passed = []string{}
	for _, c := range candidates {
		passed := slices.ContainsFunc(events, func(e event.Event) bool { return e.Kind == site.KindCertified && e.Subject == c.Operator })
		if passed {
			out.Passed = append(out.Passed, c.Login)
		} else {
			out.Failed = append(out.Failed, c.Login)
		}
	}
	return out, nil
}

func candidatesOf(ctx context.Context, w *office.Work, course string, results []ExamResult) ([]site.Candidate, error) {
	logins := make([]string, len(results))
	for i, r := range results {
		logins[i] = r.Login
	}
	staff, err := staffOf(ctx, w, logins)
	if err != nil {
		return nil, err
	}
	candidates := make([]site.Candidate, len(results))
	for i, r := range results {
		m := staff[r.Login]
		c := site.Candidate{Serving: m.Serving, Posts: r.Posts, Score: r.Score, Practical: r.Practical}
		if len(c.Posts) == 0 {
			c.Posts = site.PostsOfRoles(m.roles)
		}
		if c.Rights, err = rightsOf(ctx, w, m.Serving); err != nil {
			return nil, err
		}
		attended, err := sitedb.Attendances(ctx, w.Tx, sitedb.Scope{Unit: m.Unit, Subject: m.Operator})
		if err != nil {
			return nil, err
		}
		c.Attended = m.Operator != "" && slices.ContainsFunc(attended, func(a site.Attended) bool { return a.Course == course })
		candidates[i] = c
	}
	return candidates, nil
}

// rightsOf reads an operator's rights; nobody's are none.
func rightsOf(ctx context.Context, w *office.Work, op site.Serving) (site.Rights, error) {
	if op.Operator == "" {
		return site.Rights{}, nil
	}
	rights, err := sitedb.Rights(ctx, w.Tx, sitedb.Scope{Unit: op.Unit, Subject: op.Operator})
	return rights[sitedb.Key{Unit: op.Unit, Operator: op.Operator}], err
}

// PermissionInput activates or suspends an operator. Posts left out are those of the person's roles.
type PermissionInput struct {
	Login  string      `json:"login"`
	Posts  []site.Post `json:"posts,omitempty"`
	Ground string      `json:"ground,omitempty"`
}

func activate(ctx context.Context, w *office.Work, in PermissionInput) (None, error) {
	return permission(ctx, w, in, site.Activate)
}

func suspend(ctx context.Context, w *office.Work, in PermissionInput) (None, error) {
	return permission(ctx, w, in, site.Suspend)
}

func permission(ctx context.Context, w *office.Work, in PermissionInput,
	rule func(site.By, site.Serving, []site.Post, site.Rights, string) ([]event.Event, error)) (None, error) {
	staff, err := staffOf(ctx, w, []string{in.Login})
	if err != nil {
		return None{}, err
	}
	m := staff[in.Login]
	rights, err := rightsOf(ctx, w, m.Serving)
	if err != nil {
		return None{}, err
	}
	if len(in.Posts) == 0 {
		in.Posts = site.PostsOfRoles(m.roles)
	}
	events, err := rule(by(w), m.Serving, in.Posts, rights, in.Ground)
	return emit(w, err, events...)
}

// TrainingRow is an operator in service with the right at each post that the person's roles ask for, or that was ever decided.
type TrainingRow struct {
	Unit     event.Unit      `json:"unit"`
	Login    string          `json:"login"`
	Name     string          `json:"name"`
	Rights   []site.Right    `json:"rights"`
	Courses  []string        `json:"courses,omitempty"`
	Exams    []site.Examined `json:"exams,omitempty"`
	Missing  []site.Post     `json:"missing,omitempty"` // posts of the roles at which the person may not work
	RenewNow []site.Post     `json:"renew_now,omitempty"`
}

// TrainingList is what the training office works from.
type TrainingList struct {
	Courses []site.CourseOpened `json:"courses"`
	People  []TrainingRow       `json:"people"`
}

func (d desk) training(ctx context.Context, w *office.Work, in AreaInput) (out TrainingList, err error) {
	_, scope, err := area(ctx, w, &in.Unit)
	if err != nil {
		return out, err
	}
	out = TrainingList{Courses: []site.CourseOpened{}, People: []TrainingRow{}}
	courses, err := sitedb.Courses(ctx, w.Tx, scope)
	if err != nil {
		return out, err
	}
	out.Courses = append(out.Courses, courses...)
	rights, err := sitedb.Rights(ctx, w.Tx, scope)
	if err != nil {
		return out, err
	}
	attended, err := sitedb.Attendances(ctx, w.Tx, scope)
	if err != nil {
		return out, err
	}
	exams, err := sitedb.Exams(ctx, w.Tx, scope)
	if err != nil {
		return out, err
	}
	people, err := sitedb.Area(ctx, w.Tx, in.Unit)
	if err != nil {
		return out, err
	}
	for _, p := range people {
		if !p.Ended.IsZero() {
			continue
		}
		row := d.trainingRow(p, rights[sitedb.Key{Unit: p.Unit, Operator: p.ID}], w.Today)
		for _, a := range attended {
			if a.Unit == p.Unit && a.Operator == p.ID {
				row.Courses = append(row.Courses, a.Course)
			}
		}
		for _, e := range exams {
			if e.Unit == p.Unit && e.Operator == p.ID {
				row.Exams = append(row.Exams, e)
			}
		}
		out.People = append(out.People, row)
	}
	return out, nil
}

func (d desk) trainingRow(p sitedb.Appointment, rights site.Rights, today citizen.Date) TrainingRow {
	row := TrainingRow{Unit: p.Unit, Login: p.Login, Name: p.Name, Rights: []site.Right{}}
	roles := make([]string, len(p.Roles))
	for i, r := range p.Roles {
		roles[i] = string(r)
	}
	asked := site.PostsOfRoles(roles)
	for _, post := range site.Posts {
		right := rights.At(post, today)
		if slices.Contains(asked, post) && !right.May() {
			row.Missing = append(row.Missing, post)
		}
		if right.Certified && today.AddDays(d.Limits.RenewalDays).After(right.Until) {
			row.RenewNow = append(row.RenewNow, post)
		}
		if !right.Until.IsZero() || right.N > 0 {
			row.Rights = append(row.Rights, right)
		}
	}
	return row
}
