package web

import (
	"fmt"
	"net/url"
	"slices"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/site"
	"github.com/huzheng/huzheng/internal/site/sitedesk"
	"github.com/huzheng/huzheng/internal/words"
)

// leadReadiness shows what is ready at a unit, fact by fact, and where the units below it stand.
func (s *Server) leadReadiness(c *call) error {
	p, err := c.newLeaderPage("/readiness", "leader.readiness")
	if err != nil {
		return err
	}
	unit := p.Area.Unit
	stages, err := ask[[]sitedesk.StageRow](c, "site.stages", fields{"unit": unit})
	if err != nil {
		return err
	}
	ready, err := ask[[]sitedesk.ReadinessRow](c, "site.readiness", fields{"unit": unit})
	if err != nil {
		return err
	}
	p.Acts = c.stageActs(unit)
	for i := range ready {
		if ready[i].Unit == unit {
			p.Sections = append(p.Sections, leaderSection{Title: c.t("leader.facts_of", c.s.units.name(unit)), Hint: c.t("leader.facts.hint"), Tables: []table{c.factTable(ready[i].Facts)}})
		}
	}
	p.Sections = append(p.Sections, leaderSection{Title: c.t("leader.stages"), Tables: []table{c.stageTable(stages, ready)}})
	return c.leader(p)
}

// stageActs are what may be done about a unit's stage.
func (c *call) stageActs(unit event.Unit) (acts []leaderLink) {
	query := "?unit=" + url.QueryEscape(string(unit))
	if unit == c.by.Unit {
		acts = c.actLink(acts, "site.declare_ready", "/readiness/declare", "leader.declare")
	} else {
		acts = c.actLink(acts, "site.decide_stage", "/readiness/decide"+query, "leader.decide")
	}
	acts = c.actLink(acts, "site.stop_unit", "/readiness/stop"+query, "leader.stop_unit")
	return c.actLink(acts, "site.resume_unit", "/readiness/resume"+query, "leader.resume")
}

var metTones = map[site.Met]string{site.Yes: "done", site.No: "late", site.Unknown: "wait"}

func (c *call) factTable(facts []site.Fact) table {
	t := c.listOf(c.t("leader.facts"), "site.readiness", "fact", "value", "needed", "met")
	for i := range facts {
		f := &facts[i]
		row := t.put(textCell(Titled(f.Text.In(c.lang))), textCell(c.factValue(f.Value)), textCell(c.factValue(f.Need)), tagCell(metTones[f.Met], c.codeWord("site.Met", string(f.Met))))
		if f.Met != site.Yes {
			row.Tone = "late"
		}
	}
	return t
}

// factValue says a measured value in words: a unit, the state of a line, or the number as it is.
func (c *call) factValue(value string) string {
	if unit := event.Unit(value); c.s.units.name(unit) != value {
		return c.s.units.name(unit)
	}
	if text, ok := words.First("code.site.state_line.state."+value, "leader.fact."+value); ok && value != "" {
		return text.In(c.lang)
	}
	return value
}

func (c *call) stageTable(stages []sitedesk.StageRow, ready []sitedesk.ReadinessRow) table {
	t := c.listOf(c.t("leader.stages"), "site.stages", "unit", "stage", "since", "declared_on", "ready", "missing", "override", "state")
	for i := range stages {
		one := &stages[i]
		row := t.put(c.unitCell(one.Unit, "/readiness"), textCell(c.codeWord("site.Stage", string(one.Stage))), dateCell(one.Since), dateCell(one.DeclaredOn), textCell(""), textCell(""),
			textCell(one.Override), c.openTag(one))
		if k := slices.IndexFunc(ready, func(r sitedesk.ReadinessRow) bool { return r.Unit == one.Unit }); k >= 0 {
			row.Cells[4] = textCell(fmt.Sprintf("%d / %d", ready[k].Met, ready[k].Of))
			row.Cells[5] = textCell(c.unmet(ready[k].Facts))
		}
		if len(one.Stops) > 0 {
			row.Tone = "stop"
		}
	}
	return t
}

func (c *call) openTag(one *sitedesk.StageRow) cell {
	switch {
	case len(one.Stops) > 0:
		return tagCell("stop", c.t("leader.stopped"))
	case one.Open:
		return tagCell("done", c.t("leader.is_open"))
	}
	return tagCell("wait", c.t("leader.not_started"))
}

func (c *call) unmet(facts []site.Fact) string {
	var parts []string
	for _, f := range site.Unmet(facts) {
		parts = append(parts, f.Text.In(c.lang))
	}
	return joinList(c, parts)
}

// readinessEvidence shows a unit's readiness above the decision about its stage.
func readinessEvidence(c *call, f *form) ([]leaderSection, error) {
	unit := event.Unit(f.Value("unit"))
	if unit == "" {
		unit = c.by.Unit
	}
	ready, err := ask[[]sitedesk.ReadinessRow](c, "site.readiness", fields{"unit": unit})
	i := slices.IndexFunc(ready, func(r sitedesk.ReadinessRow) bool { return r.Unit == unit })
	if err != nil || i < 0 {
		return nil, err
	}
	title := c.t("list.within", c.t("leader.facts_of", c.s.units.name(unit)), c.codeWord("site.Stage", string(ready[i].Stage)))
	return []leaderSection{{Title: title, Hint: c.t("leader.facts.hint"), Tables: []table{c.factTable(ready[i].Facts)}}}, nil
}

// leadEquipment is the equipment by the norm, each piece with its step, and the lines.
func (s *Server) leadEquipment(c *call) error {
	p, err := c.newLeaderPage("/equipment", "leader.equipment")
	if err != nil {
		return err
	}
	unit := p.Area.Unit
	list, err := ask[sitedesk.EquipmentList](c, "site.equipment_list", fields{"unit": unit})
	if err != nil {
		return err
	}
	lines, err := ask[[]sitedesk.RoadRow](c, "site.road", fields{"unit": unit})
	if err != nil {
		return err
	}
	query := "?unit=" + url.QueryEscape(string(unit))
	p.Acts = c.actLink(nil, "site.equip", "/equipment/new"+query, "leader.equip")
	p.Acts = c.actLink(p.Acts, "site.state_line", "/equipment/line"+query, "leader.line")
	p.Acts = c.actLink(p.Acts, "site.open_outage", "/equipment/outage"+query, "leader.outage")
	p.Sections = []leaderSection{
		{Title: c.t("leader.needs"), Hint: c.t("leader.needs.hint"), Tables: []table{c.needTable(list.Total)}},
		{Title: c.t("leader.lines"), Tables: []table{c.lineTable(lines)}},
		{Title: c.t("leader.assets"), Tables: []table{c.assetTable(list.Assets)}}}
	return c.leader(p)
}

func (c *call) needTable(needs []site.Need) table {
	t := c.listOf(c.t("leader.needs"), "site.equipment_list", "type", "#norm", "#present", "#in_service", "#coming", "#need")
	for i := range needs {
		n := &needs[i]
		row := t.put(textCell(Titled(n.Text.In(c.lang))), numberCell(int64(n.Norm)), numberCell(int64(n.Present)), numberCell(int64(n.InService)), numberCell(int64(n.Coming)), numberCell(int64(max(n.Need, 0))))
		if n.Need > 0 {
			row.Tone = "late"
		}
	}
	return t
}

func (c *call) lineTable(lines []sitedesk.RoadRow) table {
	t := c.listOf(c.t("leader.lines"), "site.road", "unit", "line_state", "carrier", "#kbps", "on", "road", "node", "outage")
	for i := range lines {
		l := &lines[i]
		row := t.put(c.unitCell(l.Unit, ""), textCell(c.codeWord("site.state_line.state", l.State)), textCell(l.Carrier), numberCell(int64(l.Kbps)), dateCell(l.On),
			textCell(c.t("leader.road."+l.Road)), c.unitCell(l.Node, ""), textCell(""))
		if l.Kbps == 0 {
			row.Cells[3] = textCell("")
		}
		if len(l.Out) > 0 {
			row.Tone, row.Cells[7] = "late", cell{Text: c.t("leader.out", len(l.Out))}
			if c.may("site.close_outage") {
				row.Cells[7].Href = "/equipment/restored?unit=" + url.QueryEscape(string(l.Unit))
			}
		}
	}
	return t
}

func (c *call) assetTable(assets []site.Asset) table {
	t := c.listOf(c.t("leader.assets"), "site.equipment_list", "asset", "unit", "type", "step", "since", "supplier", "warranty", "#downtime_days", "#breakdowns")
	for i := range assets {
		a := &assets[i]
		row := t.put(textCell(short(a.Asset)), c.unitCell(a.Unit, ""), textCell(c.codeWord("site.equip.type", a.Type)), textCell(c.codeWord("site.Step", string(a.Step))), dateCell(a.Since),
			textCell(a.Supplier), dateCell(a.Warranty), numberCell(int64(a.Down)), numberCell(int64(a.Broken)))
		if c.may("site.equip") {
			row.Href = "/equipment/step?asset=" + url.QueryEscape(a.Asset)
		}
		if a.Step == site.Repair {
			row.Tone = "late"
		}
	}
	return t
}

// assetEvidence shows the equipment that is taken a step on.
func assetEvidence(c *call, f *form) ([]leaderSection, error) {
	list, err := ask[sitedesk.EquipmentList](c, "site.equipment_list", fields{})
	if err != nil {
		return nil, err
	}
	one := slices.DeleteFunc(list.Assets, func(a site.Asset) bool { return a.Asset != f.Value("asset") })
	return oneOf(c.t("leader.asset"), c.assetTable(one)), nil
}

// short is an identifier as a list shows it: inventory numbers whole, minted identifiers by their end.
func short(id string) string {
	const minted = 36
	if len(id) == minted {
		return id[minted-12:]
	}
	return id
}

// leadTraining is courses, certificates, and who may not work at a post of theirs.
func (s *Server) leadTraining(c *call) error {
	p, err := c.newLeaderPage("/training", "leader.training")
	if err != nil {
		return err
	}
	list, err := ask[sitedesk.TrainingList](c, "site.training", fields{"unit": p.Area.Unit})
	if err != nil {
		return err
	}
	p.Acts = c.actLink(nil, "site.open_course", "/training/course", "leader.course")
	p.Acts = c.actLink(p.Acts, "site.certify", "/training/certify", "leader.certify")
	for _, one := range c.bulkFrom("/training") {
		p.Acts = append(p.Acts, leaderLink{Href: one.Href, Label: one.Label})
	}
	p.Sections = []leaderSection{{Title: c.t("leader.rights"), Hint: c.t("leader.rights.hint"), Tables: []table{c.rightTable(list.People)}},
		{Title: c.t("leader.courses"), Tables: []table{c.courseTable(list)}}}
	return c.leader(p)
}

func (c *call) posts(posts []site.Post) string {
	parts := make([]string, len(posts))
	for i, post := range posts {
		parts[i] = c.codeWord("site.Post", string(post))
	}
	return joinList(c, parts)
}

func (c *call) rightTable(people []sitedesk.TrainingRow) table {
	t := c.listOf(c.t("leader.rights"), "site.training", "name", "login", "unit", "may_work", "valid_until", "missing", "renew_now", "state")
	slices.SortStableFunc(people, func(a, b sitedesk.TrainingRow) int { return len(b.Missing) - len(a.Missing) })
	for i := range people {
		one := &people[i]
		var may, suspended []site.Post
		var until citizen.Date
		for _, r := range one.Rights {
			if r.May() {
				may = append(may, r.Post)
			}
			if r.Suspended {
				suspended = append(suspended, r.Post)
			}
			if until.IsZero() || r.Until.Before(until) {
				until = r.Until
			}
		}
		row := t.put(textCell(one.Name), textCell(one.Login), c.unitCell(one.Unit, ""), textCell(c.posts(may)), dateCell(until), textCell(c.posts(one.Missing)), textCell(c.posts(one.RenewNow)),
			tagCell("done", c.t("leader.may_work")))
		switch {
		case len(one.Rights)+len(one.Missing) == 0: // an administrator, an auditor: no post of theirs needs a certificate
			row.Cells[7] = textCell("")
		case len(suspended) > 0:
			row.Tone, row.Cells[7] = "stop", tagCell("stop", c.t("leader.suspended"))
		case len(one.Missing) > 0:
			row.Tone, row.Cells[7] = "late", tagCell("late", c.t("leader.may_not_work"))
		}
		row.Href = c.rightHref(one, len(suspended) > 0 || len(one.Missing) > 0)
	}
	return t
}

// rightHref leads from a person to the act that is due: to activate who may not work, else to suspend.
func (c *call) rightHref(one *sitedesk.TrainingRow, out bool) string {
	query := "?login=" + url.QueryEscape(one.Login)
	switch {
	case out && c.may("site.activate"):
		return "/training/activate" + query
	case !out && c.may("site.suspend"):
		return "/training/suspend" + query
	}
	return ""
}

func (c *call) courseTable(list sitedesk.TrainingList) table {
	t := c.listOf(c.t("leader.courses"), "site.training", "title", "place", "since", "until", "posts", "#attended", "exam")
	for i := range list.Courses {
		one := &list.Courses[i]
		var attended int64
		for k := range list.People {
			if slices.Contains(list.People[k].Courses, one.Course) {
				attended++
			}
		}
		row := t.put(textCell(one.Title), textCell(one.Place), dateCell(one.From), dateCell(one.To), textCell(c.posts(one.Posts)), numberCell(attended), textCell(""))
		if c.may("site.attend") {
			row.Href = "/training/attend?course=" + url.QueryEscape(one.Course)
		}
		if c.may("site.certify") {
			row.Cells[6] = cell{Text: c.t("leader.certify"), Href: "/training/certify?course=" + url.QueryEscape(one.Course)}
		}
	}
	return t
}

// loginOptions offers the people of the operator's area.
func loginOptions(c *call, _ *form) ([]option, error) {
	list, err := ask[sitedesk.TrainingList](c, "site.training", fields{})
	const many = 200 // more are typed
	if err != nil || len(list.People) > many {
		return nil, err
	}
	var options []option
	for i := range list.People {
		one := &list.People[i]
		options = append(options, option{Value: one.Login, Label: one.Name + " " + c.s.units.name(one.Unit)})
	}
	return options, nil
}

// courseOptions offers the courses.
func courseOptions(c *call, _ *form) ([]option, error) {
	list, err := ask[sitedesk.TrainingList](c, "site.training", fields{})
	var options []option
	for i := range list.Courses {
		options = append(options, option{Value: list.Courses[i].Course, Label: list.Courses[i].Title + " " + list.Courses[i].From.String()})
	}
	return options, err
}

// leadPeople is the bodies with their seats, and the posts at which nobody can work.
func (s *Server) leadPeople(c *call) error {
	p, err := c.newLeaderPage("/people", "leader.people")
	if err != nil {
		return err
	}
	unit := p.Area.Unit
	bodies, err := ask[[]site.BodyState](c, "site.bodies", fields{"unit": unit})
	if err != nil {
		return err
	}
	uncovered, err := ask[[]site.Cover](c, "site.uncovered", fields{"unit": unit})
	if err != nil {
		return err
	}
	list, err := ask[sitedesk.TrainingList](c, "site.training", fields{"unit": unit})
	if err != nil {
		return err
	}
	query := "?unit=" + url.QueryEscape(string(unit))
	p.Acts = c.actLink(nil, "site.appoint", "/people/appoint"+query, "leader.appoint")
	p.Acts = c.actLink(p.Acts, "site.fill_seat", "/people/seat"+query, "leader.seat")
	p.Acts = c.actLink(p.Acts, "site.absent", "/people/absent", "leader.absent")
	p.Sections = []leaderSection{{Title: c.t("leader.uncovered"), Half: true, Tables: []table{c.coverTable(uncovered)}},
		{Title: c.t("leader.bodies"), Half: true, Tables: []table{c.bodyTable(bodies)}},
		{Title: c.t("leader.operators"), Tables: []table{c.operatorTable(list.People)}}}
	return c.leader(p)
}

func (c *call) coverTable(all []site.Cover) table {
	t := c.listOf(c.t("leader.uncovered"), "site.uncovered", "unit", "post", "away")
	for i := range all {
		one := &all[i]
		t.put(c.unitCell(one.Unit, ""), textCell(c.codeWord("site.Post", string(one.Post))), textCell(joinList(c, one.Away))).Tone = "late"
	}
	return t
}

// seatEvidence shows the seat that is about to be left.
func seatEvidence(c *call, f *form) ([]leaderSection, error) {
	all, err := ask[[]site.BodyState](c, "site.bodies", fields{})
	if err != nil {
		return nil, err
	}
	for i := range all {
		all[i].Missing = nil
		all[i].Seats = slices.DeleteFunc(all[i].Seats, func(seat site.Seat) bool { return seat.Seat != f.Value("seat") })
	}
	t := c.bodyTable(all)
	for i := range t.Rows {
		t.Rows[i].Cells[2].Href = "" // it leads here
	}
	if len(t.Rows) == 0 {
		return nil, nil
	}
	return []leaderSection{{Title: c.t("leader.seat.left"), Tables: []table{t}}}, nil
}

func (c *call) bodyTable(all []site.BodyState) table {
	t := c.listOf(c.t("leader.bodies"), "site.bodies", "body", "unit", "name", "seat", "since")
	for i := range all {
		b := &all[i]
		body := c.codeWord("site.fill_seat.body", b.Body)
		for k := range b.Seats {
			seat := &b.Seats[k]
			post := c.codeWord("site.fill_seat.post", seat.Post)
			if seat.Department != "" {
				post += " " + c.codeWord("site.fill_seat.department", seat.Department)
			}
			row := t.put(textCell(body), c.unitCell(b.Unit, ""), textCell(seat.Name), textCell(post), dateCell(seat.From))
			if c.may("site.leave_seat") {
				row.Cells[2].Href = "/people/leave?seat=" + url.QueryEscape(seat.Seat)
			}
		}
		for _, missing := range b.Missing {
			seat := url.Values{"unit": {string(b.Unit)}, "body": {b.Body}, "post": {"member"}, "department": {missing}}
			word := c.codeWord("site.fill_seat.department", missing)
			if missing == site.Chair {
				seat.Set("post", site.Chair)
				seat.Del("department")
				word = c.codeWord("site.fill_seat.post", missing)
			}
			row := t.put(textCell(body), c.unitCell(b.Unit, ""), tagCell("late", c.t("leader.missing")), textCell(word), textCell(""))
			row.Tone = "late"
			if c.may("site.fill_seat") {
				row.Href = "/people/seat?" + seat.Encode()
			}
		}
	}
	return t
}

func (c *call) operatorTable(people []sitedesk.TrainingRow) table {
	t := c.listOf(c.t("leader.operators"), "site.training", "name", "login", "unit", "may_work", "missing")
	for i := range people {
		one := &people[i]
		var may []site.Post
		for _, r := range one.Rights {
			if r.May() {
				may = append(may, r.Post)
			}
		}
		row := t.put(textCell(one.Name), textCell(one.Login), c.unitCell(one.Unit, ""), textCell(c.posts(may)), textCell(c.posts(one.Missing)))
		if len(one.Missing) > 0 {
			row.Tone = "late"
		}
		if c.may("site.absent") {
			row.Href = "/people/absent?login=" + url.QueryEscape(one.Login)
		}
	}
	return t
}
