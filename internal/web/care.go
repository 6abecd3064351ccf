package web

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/site/sitedesk"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/words"
)

// Care is what the pages need of a node to look after it, beside its office and its exchange. The node fills it; the command line calls the same functions.
type Care struct {
	Findings func(context.Context) ([]Finding, error) // the doctor's
	Settings []Setting                                // of the configuration, secrets hidden
	Limits   []Setting                                // in force
	ByDisk   bool                                     // the configured road to the parent
	Address  string                                   // what children are told to call
	NextKeys func() bool                              // new keys wait to be admitted

	DiskFolders   func() []string                    // that lie there now
	DiskFolder    func(typed string) (string, error) // the folder in full, or a refusal
	BackupFolders []string
	Backups       func() ([]BackupMade, error)
	Backup        func(ctx context.Context, folder string, tell func(blobs int64)) (made string, err error)
}

// Finding is one line of the doctor.
type Finding struct {
	Level string // ok, warn, bad
	Text  citizen.Text
	Mend  citizen.Text
}

// Setting is one line of what is configured. Its meaning stands in the catalogue under "setting." and the key.
type Setting struct{ Key, Value string }

// BackupMade is a backup that lies in an allowed folder.
type BackupMade struct {
	Path  string
	At    time.Time
	Bytes int64 // of the database
}

// careRoad looks after the node: exchange, journal, nodes, operators, backup, settings, health.
var careRoad = road{
	routes: func(s *Server) {
		s.get("/exchange", s.exchangePage)
		s.post("/exchange/now", s.exchangeNow)
		s.get("/exchange/disk", s.diskPage)
		s.post("/exchange/disk", s.visitDisk)
		s.get("/exchange/disk/sheet", s.diskSheet)
		s.get("/journal", s.journalPage)
		s.post("/journal/verify", s.verifyJournal)
		s.post("/journal/rebuild", s.checkRebuild)
		s.get("/journal/proof", s.journalProof)
		s.get("/nodes", s.nodesPage)
		s.post("/nodes/admit", s.admitNode)
		s.post("/nodes/suspend", s.suspendNode)
		s.get("/operators", s.operatorsPage)
		s.get("/operators/{operator}", s.operatorPage)
		s.post("/operators/{operator}/reset", s.resetPassword)
		s.post("/operators/{operator}/unlock", s.unlockOperator)
		s.post("/operators/{operator}/sessions", s.endSessions)
		s.get("/password", s.passwordPage)
		s.post("/password", s.changePassword)
		s.get("/doctor", s.doctorPage)
		s.get("/settings", s.settingsPage)
		s.get("/backup", s.backupPage)
		s.post("/backup", s.makeBackup)
		s.get("/hold", s.holdPage)
		s.post("/hold/clock", s.confirmClock)
		s.get("/job/{job}", s.jobPage)
		s.get("/job/{job}/file", s.jobFile)
	},
	menu: []entry{
		{Label: "care.menu.exchange", Href: "/exchange", When: mayCare(carriers), Count: func(c *call) (int64, error) { return c.s.Exchange.Unacknowledged(c.ctx()) }},
		{Label: "care.menu.operators", Href: "/operators", Action: "site.operators"},
		{Label: "care.menu.journal", Href: "/journal", When: mayCare(readers)},
		{Label: "care.menu.nodes", Href: "/nodes", When: mayCare(chiefs)},
		{Label: "care.menu.system", Href: "/doctor", When: mayCare(keepers)},
	},
}

// Who looks after what at a node.
var (
	keepers  = []office.Role{office.Administrator}
	chiefs   = []office.Role{office.Administrator, office.Leader}
	carriers = []office.Role{office.Administrator, office.Communications, office.Leader}
	couriers = []office.Role{office.Administrator, office.Communications}
	auditors = []office.Role{office.Auditor}
	readers  = []office.Role{office.Administrator, office.Leader, office.Auditor}
)

// atNode tells whether the operator works at the unit whose node this is: a station that the county's node serves does not look after that node.
func (c *call) atNode() bool {
	return c.s.Exchange != nil && c.by != nil && c.by.Unit == c.s.Exchange.Unit
}

// has tells whether the operator looks after this node in one of the roles. A station seldom has an administrator: its leader stands in for him.
func (c *call) has(roles []office.Role) bool {
	if !c.atNode() {
		return false
	}
	standsIn := c.by.Has(office.Leader) && c.by.Unit.Level() == event.Station && !slices.Equal(roles, auditors)
	return standsIn || slices.ContainsFunc(roles, c.by.Has)
}

// mayCare is has, for entries of the menu.
func mayCare(roles []office.Role) func(*call) bool {
	return func(c *call) bool { return c.s.Care != nil && c.has(roles) }
}

// keeper refuses everybody but operators of the node's own unit with one of the roles.
func (c *call) keeper(roles []office.Role) error {
	if c.s.Exchange == nil || c.s.Care == nil {
		return event.Refuse("office.no_action", "", words.Get("error.no_page"), words.Get("error.no_page.mend"))
	}
	if !c.atNode() {
		return event.Refuse("office.other_unit", "", words.Get("care.refuse.unit", c.s.units.name(c.s.Exchange.Unit)), words.Get("care.refuse.unit.mend"))
	}
	if !c.has(roles) {
		var zh, en string
		for i, role := range roles {
			text := codeWords("office.Role", string(role))
			if i > 0 {
				zh, en = zh+"、", en+", "
			}
			zh, en = zh+text.ZH, en+text.EN
		}
		mend := words.Get("care.refuse.role.mend")
		return event.Refuse("office.role", "", words.Get("care.refuse.role"), citizen.Text{ZH: mend.ZH + zh, EN: mend.EN + en})
	}
	return nil
}

// doctorView is the page of the node's health.
type doctorView struct {
	Tabs     []tab
	Findings table
	Bad      int
	Jobs     []jobLine
}

// systemTabs are the pages of the node itself.
func (c *call) systemTabs() []tab {
	var tabs []tab
	for _, href := range []string{"/doctor", "/backup", "/settings"} {
		tabs = append(tabs, tab{Href: href, Label: c.t("care.tab." + href[1:]), Here: c.r.URL.Path == href})
	}
	return tabs
}

// tones are the colours of the doctor's levels.
var tones = map[string]string{"ok": "done", "warn": "late", "bad": "stop"}

func (s *Server) doctorPage(c *call) error {
	if err := c.keeper(keepers); err != nil {
		return err
	}
	found, err := s.Care.Findings(c.ctx())
	if err != nil {
		return err
	}
	view := doctorView{Tabs: c.systemTabs(), Jobs: c.jobLines(), Findings: table{Caption: c.t("care.tab.doctor"), Total: len(found),
		Columns: []column{{Label: c.t("care.state")}, {Label: c.t("care.doctor.found")}, {Label: c.t("care.exception.mend")}}}}
	for _, level := range []string{"bad", "warn", "ok"} { // the gravest first
		for _, f := range found {
			if f.Level == level {
				view.Findings.Rows = append(view.Findings.Rows, row{Cells: []cell{{Text: c.t("care.level." + level), Tag: tones[level]}, {Text: Titled(f.Text.In(c.lang))}, {Text: Titled(f.Mend.In(c.lang))}}})
			}
		}
		if level == "bad" {
			view.Bad = len(view.Findings.Rows)
		}
	}
	return c.page(http.StatusOK, "care-doctor", view)
}

// settingsView shows what is configured and which limits are in force.
type settingsView struct {
	Tabs             []tab
	Settings, Limits table
}

func (s *Server) settingsPage(c *call) error {
	if err := c.keeper(keepers); err != nil {
		return err
	}
	return c.page(http.StatusOK, "care-settings", settingsView{c.systemTabs(), c.settingTable("care.settings.file", s.Care.Settings), c.settingTable("care.settings.limits", s.Care.Limits)})
}

func (c *call) settingTable(caption string, settings []Setting) table {
	t := table{Caption: c.t(caption), Total: len(settings), Columns: []column{{Label: c.t("care.settings.key")}, {Label: c.t("care.settings.value")}, {Label: c.t("care.settings.meaning")}}}
	for _, one := range settings {
		value := one.Value
		if value == "" {
			value = c.t("care.settings.unset")
		}
		t.Rows = append(t.Rows, row{Cells: []cell{{Text: one.Key}, {Text: value}, {Text: c.t("setting." + one.Key)}}})
	}
	return t
}

// backupView is the page on which a backup is made.
type backupView struct {
	Tabs    []tab
	Form    *form
	Folder  field
	Made    table
	Allowed bool
	Running *jobLine
}

func (s *Server) backupPage(c *call) error {
	if err := c.keeper(keepers); err != nil {
		return err
	}
	return c.showBackup(&form{})
}

func (c *call) showBackup(f *form) error {
	made, err := c.s.Care.Backups()
	if err != nil {
		return err
	}
	view := backupView{Tabs: c.systemTabs(), Form: f, Allowed: len(c.s.Care.BackupFolders) > 0, Running: c.running("backup")}
	view.Folder = field{Part: "select", ID: fieldID("folder"), Name: "folder", Label: c.t("care.backup.folder"), Required: true, Error: f.Error("folder"), Width: "l"}
	for _, folder := range c.s.Care.BackupFolders {
		view.Folder.Options = append(view.Folder.Options, option{folder, folder, f.Value("folder") == folder})
	}
	view.Made = table{Caption: c.t("care.backup.made"), Total: len(made), Columns: []column{{Label: c.t("care.backup.path")}, {Label: c.t("care.backup.at")}, {Label: c.t("care.backup.size"), Num: true}}}
	for _, one := range made {
		view.Made.Rows = append(view.Made.Rows, row{Cells: []cell{{Text: one.Path}, {Text: instant(one.At.UnixMilli())}, {Text: bytesText(one.Bytes), Num: true}}})
	}
	return c.page(f.status(), "care-backup", view)
}

func (s *Server) makeBackup(c *call) error {
	if err := c.keeper(keepers); err != nil {
		return err
	}
	f, err := c.readForm()
	if err != nil {
		return err
	}
	folder := f.Value("folder")
	if !slices.Contains(s.Care.BackupFolders, folder) {
		f.wrong("folder", c.t("care.backup.not_allowed"), c.t("care.backup.not_allowed.mend"))
		return c.showBackup(f)
	}
	j, err := c.start("backup", func(ctx context.Context, tell func(done, of int64)) (any, error) {
		made, err := s.Care.Backup(ctx, folder, func(blobs int64) { tell(blobs, 0) })
		return backupDone{made}, err
	})
	if err != nil {
		return err
	}
	return c.redirect(j.href())
}

// backupDone names the folder that a backup was made in.
type backupDone struct{ Path string }

// holdView says why nothing is written at this node, and what to do.
type holdView struct {
	Hold        *event.Refusal
	Doubt       bool
	Newest, Now int64
	Form        *form
	May         bool // confirm the clock
}

func (s *Server) holdPage(c *call) error {
	f, err := c.newForm("")
	if err != nil {
		return err
	}
	return c.showHold(f)
}

func (c *call) showHold(f *form) error {
	view := holdView{Form: f, May: c.may(office.ClockFree)}
	err := c.s.Office.DB.Read(c.ctx(), func(tx *store.Tx) (err error) {
		reason, err := office.HoldReason(c.ctx(), tx)
		if err != nil {
			return err
		}
		if reason != "" {
			view.Hold = office.HoldRefusal(reason)
		}
		view.Newest, view.Now, view.Doubt, err = c.s.Office.ClockDoubt(c.ctx(), tx)
		return err
	})
	if err != nil {
		return err
	}
	return c.page(f.status(), "care-hold", view)
}

func (s *Server) confirmClock(c *call) error {
	f, err := c.readForm()
	if err != nil {
		return err
	}
	if f.Value("checked") == "" {
		f.wrong("checked", c.t("care.clock.unchecked"), c.t("care.clock.unchecked.mend"))
	}
	_, ok, err := act[sitedesk.None](c, f, office.ClockFree, fields{})
	if err != nil {
		return err
	}
	if !ok {
		return c.showHold(f)
	}
	return c.redirect("/hold")
}
