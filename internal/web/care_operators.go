package web

import (
	"database/sql"
	"net/http"
	"slices"
	"strings"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/site/sitedesk"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/words"
)

// operatorsView lists the operators of the unit and below, and who is signed in now.
type operatorsView struct {
	Operators table
	Locked    table
	Sessions  table
	Appoint   bool
}

func (s *Server) operatorsPage(c *call) error {
	all, err := ask[[]sitedesk.OperatorRow](c, "site.operators", fields{})
	if err != nil {
		return err
	}
	sessions, err := c.sessions()
	if err != nil {
		return err
	}
	columns := []column{{Label: c.t("care.operator.name")}, {Label: c.t("care.operator.login")}, {Label: c.t("care.unit")}, {Label: c.t("care.operator.roles")}, {Label: c.t("care.operator.from")}, {Label: c.t("care.state")}}
	view := operatorsView{Appoint: c.may("site.appoint")}
	view.Operators = table{Caption: c.t("care.operators.all"), Columns: columns}
	view.Locked = table{Caption: c.t("care.operators.locked"), Columns: columns}
	view.Sessions = table{Caption: c.t("care.operators.sessions"), Columns: []column{{Label: c.t("care.operator.name")}, {Label: c.t("care.unit")}, {Label: c.t("care.session.began")}, {Label: c.t("care.session.seen")}}}
	for i := range all {
		one := &all[i]
		line := c.operatorRow(one)
		if one.LockedUntil > 0 {
			view.Locked.Rows = append(view.Locked.Rows, line)
		}
		view.Operators.Rows = append(view.Operators.Rows, line)
		for _, open := range sessions[one.Operator] {
			view.Sessions.Rows = append(view.Sessions.Rows, row{Href: "/operators/" + one.Operator, Cells: []cell{{Text: one.Name}, {Text: c.s.units.name(one.Unit)}, {Text: instant(open.Began)}, {Text: instant(open.Seen)}}})
		}
	}
	view.Operators.Total, view.Locked.Total, view.Sessions.Total = len(view.Operators.Rows), len(view.Locked.Rows), len(view.Sessions.Rows)
	return c.page(http.StatusOK, "care-operators", view)
}

func (c *call) operatorRow(one *sitedesk.OperatorRow) row {
	state := cell{Text: c.t("care.operator.serves"), Tag: "done"}
	switch {
	case !one.Ended.IsZero():
		state = cell{Text: c.t("care.operator.ended"), Tag: "wait"}
	case one.LockedUntil > 0:
		state = cell{Text: c.t("care.operator.locked"), Tag: "stop"}
	case !one.Here:
		state = cell{Text: c.t("care.operator.elsewhere"), Tag: "wait"}
	case !one.Password:
		state = cell{Text: c.t("care.operator.no_password"), Tag: "late"}
	}
	roles := make([]string, len(one.Roles))
	for i, role := range one.Roles {
		roles[i] = codeWords("office.Role", string(role)).In(c.lang)
	}
	return row{Href: "/operators/" + one.Operator, Cells: []cell{{Text: one.Name}, {Text: one.Login}, {Text: c.s.units.name(one.Unit)}, {Text: strings.Join(roles, c.t("list.comma"))}, {Text: shownDate(one.From)}, state}}
}

// shownSessions is how many of an operator's sessions are shown one by one.
const shownSessions = 3

// openSession is a session that still holds, of one operator.
type openSession struct{ Began, Seen int64 }

// sessions lists the sessions that are open now, by operator.
func (c *call) sessions() (map[string][]openSession, error) {
	now := c.s.Office.Clock()
	all := make(map[string][]openSession)
	err := c.s.Office.DB.Read(c.ctx(), func(tx *store.Tx) error {
		digests, err := store.Select(c.ctx(), tx, "select digest from web_session order by began", nil, scanText)
		if err != nil {
			return err
		}
		for _, digest := range digests {
			open, err := c.readSession(tx, digest, now)
			if err != nil {
				return err
			}
			if open != nil {
				all[open.ID] = append(all[open.ID], openSession{open.began, open.seen})
			}
		}
		return nil
	})
	return all, err
}

// operatorView is the page of one operator.
type operatorView struct {
	sitedesk.OperatorRow
	Roles    string
	State    cell
	Sessions []openSession // the newest
	More     int           // sessions besides
	Itself   bool          // the reader's own
	May      bool          // reset, unlock, end
	Reset    *form
	Fields   []field
	Unlock   *form
	Ground   field
	Done     string // key of the catalogue
}

func (s *Server) operatorPage(c *call) error {
	reset, err := c.newForm("")
	if err != nil {
		return err
	}
	unlock := &form{Once: random()}
	return c.showOperator(reset, unlock)
}

func (c *call) showOperator(reset, unlock *form) error {
	all, err := ask[[]sitedesk.OperatorRow](c, "site.operators", fields{})
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(one sitedesk.OperatorRow) bool { return one.Operator == c.r.PathValue("operator") })
	if i < 0 {
		return event.Refuse("office.other_area", "", words.Get("care.operator.unknown"), words.Get("care.operator.unknown.mend"))
	}
	sessions, err := c.sessions()
	if err != nil {
		return err
	}
	line := c.operatorRow(&all[i])
	view := operatorView{OperatorRow: all[i], Roles: line.Cells[3].Text, State: line.Cells[5], Itself: all[i].Operator == c.by.ID,
		May: c.may("site.reset_password"), Reset: reset, Unlock: unlock}
	open := sessions[all[i].Operator]
	slices.Reverse(open)
	view.Sessions, view.More = open[:min(len(open), shownSessions)], max(0, len(open)-shownSessions)
	if done := c.r.URL.Query().Get("done"); slices.Contains([]string{"reset", "unlocked", "sessions"}, done) {
		view.Done = "care.operator.done." + done
	}
	for _, name := range []string{"ground", "password", "password_again"} {
		one, err := c.control(reset, "site.reset_password", name)
		if err != nil {
			return err
		}
		view.Fields = append(view.Fields, one)
	}
	if view.Ground, err = c.control(unlock, "site.unlock_operator", "ground"); err != nil {
		return err
	}
	view.Ground.ID = "u-ground"
	return c.page(max(reset.status(), unlock.status()), "care-operator", view)
}

// resetPassword gives an operator of the area a new password: the sessions that were opened under the old one have ended with it.
func (s *Server) resetPassword(c *call) error {
	f, err := c.readForm()
	if err != nil {
		return err
	}
	operator := c.r.PathValue("operator")
	_, ok, err := act[sitedesk.None](c, f, "site.reset_password", sitedesk.ResetInput{Operator: operator, Ground: strings.TrimSpace(f.Value("ground")),
		Password: f.Value("password"), Again: f.Value("password_again")})
	if err != nil {
		return err
	}
	if !ok {
		return c.showOperator(f, &form{Once: random()})
	}
	if err := c.closeSessions(operator); err != nil {
		return err
	}
	return c.redirect("/operators/" + operator + "?done=reset")
}

func (s *Server) unlockOperator(c *call) error {
	f, err := c.readForm()
	if err != nil {
		return err
	}
	operator := c.r.PathValue("operator")
	_, ok, err := act[sitedesk.None](c, f, "site.unlock_operator", sitedesk.UnlockInput{Operator: operator, Ground: strings.TrimSpace(f.Value("ground"))})
	if err != nil {
		return err
	}
	if !ok {
		return c.showOperator(&form{Once: random()}, f)
	}
	return c.redirect("/operators/" + operator + "?done=unlocked")
}

// endSessions signs an operator of the area out everywhere.
func (s *Server) endSessions(c *call) error {
	all, err := ask[[]sitedesk.OperatorRow](c, "site.operators", fields{})
	if err != nil {
		return err
	}
	operator := c.r.PathValue("operator")
	if !c.may("site.reset_password") || !slices.ContainsFunc(all, func(one sitedesk.OperatorRow) bool { return one.Operator == operator }) {
		return event.Refuse("office.other_area", "", words.Get("care.operator.unknown"), words.Get("care.operator.unknown.mend"))
	}
	if err := c.closeSessions(operator); err != nil {
		return err
	}
	return c.redirect("/operators/" + operator + "?done=sessions")
}

func (c *call) closeSessions(operator string) error {
	return c.s.Office.DB.Write(c.ctx(), func(tx *store.Tx) error {
		_, err := tx.Exec(c.ctx(), "delete from web_session where operator = $1", operator)
		return err
	})
}

// passwordView is the page on which everybody changes his own password.
type passwordView struct {
	Form    *form
	Present field
	Next    []field
	Done    bool
	Given   bool // by a supervisor
}

func (s *Server) passwordPage(c *call) error {
	f, err := c.newForm("")
	if err != nil {
		return err
	}
	return c.showPassword(f)
}

func (c *call) showPassword(f *form) error {
	one := func(name, hint string) field {
		return field{Part: "line", Type: "password", ID: fieldID(name), Name: name, Label: c.t("care.password." + name), Hint: hint, Required: true, Error: f.Error(name), Width: "m"}
	}
	view := passwordView{Form: f, Present: one("present_password", ""), Next: []field{one("password", c.t("care.password.hint")), one("password_again", "")}, Done: c.r.URL.Query().Has("done"), Given: c.by.Given}
	view.Present.Focus = true
	return c.page(f.status(), "care-password", view)
}

func (s *Server) changePassword(c *call) error {
	f, err := c.readForm()
	if err != nil {
		return err
	}
	if f.Value("password") != f.Value("password_again") {
		f.wrong("password_again", c.t("care.password.differ"), c.t("care.password.differ.mend"))
		return c.showPassword(f)
	}
	err = s.Office.ChangePassword(c.ctx(), c.by.Operator, f.Value("present_password"), f.Value("password"))
	if refusal, ok := event.AsRefusal(err); ok {
		if refusal.Code == "office.sign_in" {
			f.wrong("present_password", c.t("care.password.wrong"), c.t("care.password.wrong.mend"))
		} else {
			f.refuse(refusal, c.lang)
		}
		return c.showPassword(f)
	}
	if err != nil {
		return err
	}
	if err := c.keepSession(); err != nil {
		return err
	}
	return c.redirect("/password?done")
}

// keepSession lets the session go on under the new password; the operator's others have ended.
func (c *call) keepSession() error {
	return c.s.Office.DB.Write(c.ctx(), func(tx *store.Tx) error {
		mark, err := office.PasswordMark(c.ctx(), tx, c.by.ID)
		if err != nil {
			return err
		}
		_, err = tx.Exec(c.ctx(), "update web_session set mark = $1 where digest = $2", mark, c.by.digest)
		return err
	})
}

func scanText(rows *sql.Rows) (text string, err error) { return text, rows.Scan(&text) }
