package register

import (
	"fmt"
	"slices"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// Submit is the command to put a matter of the kinds 108 to 112 up for decision.
type Submit struct {
	Kind      string
	Entry     *LateEntry // 108
	Reason    string     // 111: code of citizen.ChangeReasons
	Class     string     // 110
	Ground    string     // 109, 112
	Applicant string
	On        citizen.Date
	Papers    []Paper
	Expected  int64
}

// SubmitFacts are what the desk found and minted.
type SubmitFacts struct {
	Submission      string
	Tenure          Tenure // 109 to 112
	Since           []Noted
	Opens, Resident string    // 108: minted
	Household       Household // 108: the one that the person is entered into
	Open            bool      // another submission about the tenure waits
	Limits          Limits
}

// SubmitMatter records an application, complete or not, and lists what is missing at one time.
func SubmitMatter(by By, c Submit, f SubmitFacts) (event.Event, error) {
	r, err := c.check(by, f)
	if err != nil {
		return event.Event{}, err
	}
	body := Submitted{Submission: f.Submission, Kind: c.Kind, Case: r.Case, Tenure: f.Tenure.ID, Resident: f.Tenure.Resident, Entry: c.Entry, Reason: c.Reason,
		Class: c.Class, Ground: c.Ground, Applicant: c.Applicant, On: c.On, AskedOn: by.Today, Papers: c.Papers, Missing: r.lacking(c.Papers)}
	if c.Kind == ChangeLateEntry {
		entry := *c.Entry
		if entry.Address == "" {
			entry.Address = f.Household.Address
		}
		body.Tenure, body.Resident, body.Entry = f.Opens, f.Resident, &entry
	}
	if len(body.Missing) > 0 {
		body.Complaint = &f.Limits.Complaint
	}
	return event.Event{Stream: event.Up(by.Unit), Kind: KindSubmitted, V: 1, Subject: f.Submission, Body: body}, nil
}

func (c Submit) check(by By, f SubmitFacts) (r Requirement, err error) {
	if f.Open {
		return r, event.Refuse("register.submission_open", "",
			citizen.Text{ZH: "该人已有事项呈报待批", EN: "a matter of this person waits for a decision already"},
			citizen.Text{ZH: "等候审批结果（register.pending）", EN: "wait for it (register.pending)"})
	}
	if c.Kind == ChangeLateEntry {
		err = c.Entry.check(by, f)
	} else if c.Kind == ChangeRestoration {
		err = restorable(by, f.Tenure)
	} else if g := f.Tenure.Guard(by, c.Expected, f.Since); g != nil {
		err = g
	}
	if err != nil {
		return r, err
	}
	cs, err := c.particulars(f)
	if err != nil {
		return r, err
	}
	r, ok := RequirementOf(c.Kind, cs)
	if !ok || !slices.Contains(r.Applicants, c.Applicant) {
		return r, field("applicant", event.Refuse("register.applicant", r.Article,
			citizen.Text{ZH: "该申请人无权申请此项业务", EN: "this applicant may not apply for it"},
			citizen.Text{ZH: "查看可申请人（register.requirements）", EN: "see who may (register.requirements)"}))
	}
	if c.On.IsZero() || c.On.After(by.Today) {
		return r, field("on", futureDate("事项日期", "date"))
	}
	if c.Kind != ChangeLateEntry && (c.On.Before(f.Tenure.EnteredOn) || c.On.Before(f.Tenure.Record.BirthDate)) {
		return r, field("on", beforeStart("事项日期", "date", "17"))
	}
	return r, nil
}

// particulars checks what one kind needs besides, and gives its case.
func (c Submit) particulars(f SubmitFacts) (cs string, err error) {
	switch c.Kind {
	case ChangeRemoval, ChangeRestoration:
		if c.Ground == "" {
			return "", noGround()
		}
	case ChangeClass:
		if _, ok := citizen.HukouClasses.ByCode(c.Class); !ok {
			return "", field("class", unknownCode("户口类别", "class of registration", citizen.HukouClasses))
		}
		if c.Class == f.Tenure.Record.HukouClass {
			return "", nothingChanged("17")
		}
	case ChangeCancellation:
		cs, _, ok := Casing(c.Reason)
		if !ok {
			return "", field("reason", unknownCode("注销原因（0481 服兵役、0484 至 0486 出国出境定居、0487 失踪）",
				"reason (0481 army, 0484 to 0486 settled abroad, 0487 missing)", citizen.ChangeReasons))
		}
		return cs, nil
	}
	return "", nil
}

func restorable(by By, t Tenure) error {
	if t.Unit != by.Unit {
		return t.notOwner()
	}
	if t.State != StateDead && t.State != StateCancelled {
		return notClosed()
	}
	return nil
}

func (e *LateEntry) check(by By, f SubmitFacts) error {
	if e == nil {
		e = &LateEntry{}
	}
	if e.HouseholdNo == "" || e.Address == "" && f.Household.Address == "" {
		return noHousehold()
	}
	if err := f.Household.Admits(by); err != nil {
		return err
	}
	if e.Name == "" {
		return field("name", event.Refuse("register.name", source("7"),
			citizen.Text{ZH: "未填姓名", EN: "the name is missing"}, citizen.Text{ZH: "填写姓名", EN: "give the name"}))
	}
	if err := checkName(e.Name); err != nil {
		return err
	}
	if !citizen.Sex(e.Sex).Known() {
		return field("sex", unknownCode("性别", "sex", citizen.Sexes))
	}
	if e.BirthDate.IsZero() || e.BirthDate.After(by.Today) {
		return field("birth_date", futureDate("出生日期", "birth date"))
	}
	if _, ok := citizen.EthnicGroups.ByCode(e.EthnicGroup); !ok {
		return field("ethnic_group", unknownCode("民族", "ethnic group", citizen.EthnicGroups))
	}
	if _, ok := citizen.Relations.ByCode(e.Relation); !ok {
		return field("relation", unknownCode("与户主关系", "relation", citizen.Relations))
	}
	return nil
}

// Record is what is entered with the number that the county gave.
func (e *LateEntry) Record(number string) Record {
	return Record{Number: number, Name: e.Name, Sex: e.Sex, EthnicGroup: e.EthnicGroup, BirthDate: e.BirthDate, Birthplace: e.Birthplace, NativePlace: e.NativePlace,
		Address: e.Address, HouseholdNo: e.HouseholdNo, Relation: e.Relation, FatherNumber: e.FatherNumber, MotherNumber: e.MotherNumber}.Sorted()
}

// Submission is a matter as a node knows it.
type Submission struct {
	Unit     event.Unit // the station that put it up
	Body     Submitted
	AskedBy  string // operator
	At       int64  // ms UTC
	Ref      *event.Ref
	Decision *Decided
	Decided  *event.Ref
	Day      citizen.Date // of the decision
	Notice   *NoticeServed
	Served   *event.Ref
	Done     string // kind of the entry that carried it out or returned it; empty: none
	Lacking  []string
}

// Waiting tells what a matter waits for: decision, notice, objections or carrying_out; empty when it has ended.
func (q Submission) Waiting(today citizen.Date) string {
	r, _ := RequirementOf(q.Body.Kind, q.Body.Case)
	switch {
	case q.Done != "" || q.Decision != nil && !q.Decision.Approved:
		return ""
	case q.Decision == nil:
		return "decision"
	case q.notified(r) && q.Notice == nil:
		return "notice"
	case q.notified(r) && !today.After(q.Notice.Until):
		return "objections"
	}
	return "carrying_out"
}

// notified tells whether a notice goes before the carrying out: where the table says so, and wherever a registration ends that the person did not apply
// to end.
func (q Submission) notified(r Requirement) bool {
	return r.Notice || r.ends() && q.Body.Applicant != "person"
}

// Decide is the command to approve or refuse.
type Decide struct {
	Approve  bool
	Ground   string
	Compared bool // those who look alike have been compared with the person
}

// DecideFacts are what the deciding unit found.
type DecideFacts struct {
	Alike  []string // tenures of the same name, sex and birth date
	Number citizen.Number
	Limits Limits
}

// CheckDecide tells what stands against deciding, before a number is drawn: the level, a second person, papers where a registration is to end.
func CheckDecide(by By, operator string, q Submission, c Decide, alike []string) error {
	r, ok := RequirementOf(q.Body.Kind, q.Body.Case)
	if !ok || !by.Unit.Contains(q.Unit) || by.Unit.Level() != r.Level {
		return event.Refuse("register.decision_level", r.Article,
			citizen.Text{ZH: "此事项不由本单位审批", EN: "this matter is not for this unit to decide"},
			citizen.Text{ZH: "由规定的一级审批（register.requirements）", EN: "the level that the table names decides (register.requirements)"})
	}
	if q.Waiting(by.Today) != "decision" {
		return event.Refuse("register.no_submission", "",
			citizen.Text{ZH: "没有待审批的事项", EN: "no such matter waits for a decision"},
			citizen.Text{ZH: "查看待办事项（register.pending）", EN: "see what waits (register.pending)"})
	}
	if operator == q.AskedBy {
		return event.Refuse("register.same_person", "",
			citizen.Text{ZH: "呈报人不得审批自己呈报的事项", EN: "nobody decides on what they put up"},
			citizen.Text{ZH: "由另一人审批", EN: "somebody else decides"})
	}
	if !c.Approve && c.Ground == "" {
		return noGround()
	}
	if c.Approve && r.ends() && len(q.Lacking) > 0 {
		return event.Refuse("register.papers_open", source("17"),
			citizen.Text{ZH: "材料未齐，不得注销户口", EN: "no registration is ended while papers are missing"},
			citizen.Text{ZH: "补齐材料后再审批", EN: "decide when the papers are complete"})
	}
	if c.Approve && len(alike) > 0 && !c.Compared {
		return field("compared", event.Refuse("register.look_alike", source("6"),
			citizen.Text{ZH: fmt.Sprintf("有 %d 人姓名、性别、出生日期相同", len(alike)), EN: fmt.Sprintf("%d registered have the same name, sex and birth date", len(alike))},
			citizen.Text{ZH: "比对确非一人后注明已比对（compared）", EN: "compare them; if they are other people, say so (compared)"}))
	}
	return nil
}

// DecideMatter approves or refuses; a late entry's number is reserved first, in the same act.
func DecideMatter(by By, operator string, q Submission, c Decide, f DecideFacts) ([]event.Event, error) {
	if err := CheckDecide(by, operator, q, c, f.Alike); err != nil {
		return nil, err
	}
	stream := event.Up(by.Unit)
	if by.Unit != q.Unit {
		stream = event.To(by.Unit, q.Unit)
	}
	body := Decided{Submission: q.Body.Submission, Kind: q.Body.Kind, Case: q.Body.Case, Approved: c.Approve, Ground: c.Ground}
	if !c.Approve {
		body.Complaint = &f.Limits.Complaint
	}
	var events []event.Event
	if c.Approve && q.Body.Kind == ChangeLateEntry {
		body.Number, body.Compared = f.Number.String(), f.Alike
		events = append(events, event.Event{Stream: stream, Kind: KindNumberReserved, V: 1, Subject: q.Body.Tenure, Cause: q.Ref, Body: NumberReserved{Number: body.Number}})
	}
	return append(events, event.Event{Stream: stream, Kind: KindDecided, V: 1, Subject: q.Body.Submission, Cause: q.Ref, Body: body}), nil
}

// ServeNotice tells of a decision that ends a registration, and opens the objection period.
func ServeNotice(by By, q Submission, n NoticeServed, l Limits) (event.Event, error) {
	if q.Unit != by.Unit || q.Waiting(by.Today) != "notice" {
		return event.Event{}, event.Refuse("register.no_notice", "",
			citizen.Text{ZH: "没有待送达通知的事项", EN: "no such matter waits for a notice here"},
			citizen.Text{ZH: "查看待办事项（register.pending）", EN: "see what waits (register.pending)"})
	}
	if !slices.Contains([]string{"person", "relatives", "public"}, n.Way) {
		return event.Event{}, field("way", event.Refuse("register.notice_way", "",
			citizen.Text{ZH: "送达方式应为本人、亲属或公告", EN: "a notice goes to the person, the relatives or the public"},
			citizen.Text{ZH: "填写 person、relatives 或 public", EN: "give person, relatives or public"}))
	}
	if n.On.IsZero() || n.On.After(by.Today) {
		return event.Event{}, field("on", futureDate("送达日期", "date of the notice"))
	}
	if n.On.Before(q.Day) { // the days of objecting run from a notice of the decision
		return event.Event{}, field("on", event.Refuse("register.notice_early", "",
			citizen.Text{ZH: "送达日期早于审批日期 " + q.Day.String(), EN: "the notice is dated before the decision of " + q.Day.String()},
			citizen.Text{ZH: "填写实际送达日期，异议期自该日起算", EN: "give the day on which it was served: the days of objecting run from it"}))
	}
	n.Submission, n.Until = q.Body.Submission, n.On.AddDays(l.NoticeDays)
	return event.Event{Stream: event.Up(by.Unit), Kind: KindNoticeServed, V: 1, Subject: n.Submission, Cause: q.Decided, Body: n}, nil
}

// Object records that the person, a relative or anybody else with a ground objects to a decision that ends a registration. The decision goes back with the
// objection and is not carried out: the matter has to be put up again, with what the objection says, and decided anew.
func Object(by By, q Submission, who, words string) (event.Event, error) {
	waits := q.Waiting(by.Today)
	if r, _ := RequirementOf(q.Body.Kind, q.Body.Case); q.Unit != by.Unit || !q.notified(r) || !slices.Contains([]string{"notice", "objections", "carrying_out"}, waits) {
		return event.Event{}, event.Refuse("register.nothing_to_object", "",
			citizen.Text{ZH: "没有可提出异议的注销决定", EN: "no decision to end a registration waits here"},
			citizen.Text{ZH: "查看待办事项（register.pending）；已执行的申请恢复户口", EN: "see what waits (register.pending); where it has been carried out, apply for restoring"})
	}
	if who == "" || words == "" {
		return event.Event{}, event.Refuse("register.objection_words", "",
			citizen.Text{ZH: "未写明异议人或异议内容", EN: "who objects, or what is said, is missing"},
			citizen.Text{ZH: "写明异议人和理由，原话记录", EN: "write down who objects and why, in their own words"})
	}
	return event.Event{Stream: event.Up(by.Unit), Kind: KindDecisionReturned, V: 1, Subject: q.Body.Submission, Cause: q.Decided,
		Body: DecisionReturned{Submission: q.Body.Submission, Tenure: q.Body.Tenure,
			Ground: citizen.Text{ZH: "异议（" + who + "）：" + words, EN: "objection (" + who + "): " + words}}}, nil
}

// CarryOut does what was decided. A decision that no longer fits is a refusal; the desk returns it.
func CarryOut(by By, q Submission, t Tenure) ([]event.Event, error) {
	if q.Unit != by.Unit || q.Waiting(by.Today) != "carrying_out" {
		return nil, event.Refuse("register.not_due", "",
			citizen.Text{ZH: "该事项尚不能执行：未批准、通知未送达或异议期未满", EN: "it cannot be carried out yet: not approved, no notice served, or the objection period is not over"},
			citizen.Text{ZH: "查看待办事项（register.pending）", EN: "see what waits (register.pending)"})
	}
	if q.Body.Kind == ChangeLateEntry {
		record := q.Body.Entry.Record(q.Decision.Number)
		return []event.Event{{Stream: event.Up(by.Unit), Kind: KindLateEntered, V: 1, Subject: q.Body.Tenure, Cause: q.Decided,
			Body: LateEntered{Submission: q.Body.Submission, Decision: q.Decided,
				Change: Change{Resident: q.Body.Resident, Tenure: q.Body.Tenure, Version: 1, EffectiveOn: by.Today, Record: record}}}}, nil
	}
	if q.Body.Kind == ChangeRestoration {
		e, err := Restore(by, t, q.Body.On, q.Body.Ground, q.Decided)
		if err != nil {
			return nil, err
		}
		body := e.Body.(Restored)
		body.Submission = q.Body.Submission
		e.Body = body
		return []event.Event{e}, nil
	}
	if r := t.Guard(by, 0, nil); r != nil {
		return nil, r
	}
	e := event.Event{Stream: event.Up(by.Unit), V: 1, Subject: t.ID, Cause: q.Decided}
	change := t.next(q.Body.On, nil)
	switch q.Body.Kind {
	case ChangeRemoval:
		e.Kind, e.Body = KindRemoved, Removed{Change: change, Reason: reasonRemoved, Ground: q.Body.Ground, Submission: q.Body.Submission, Decision: q.Decided, Notice: q.Served}
	case ChangeClass:
		before := t.Record
		change.Before, change.Record.HukouClass = &before, q.Body.Class
		e.Kind, e.Body = KindClassChanged, ClassChanged{Change: change, Submission: q.Body.Submission, Decision: q.Decided}
	default:
		_, mark, _ := Casing(q.Body.Reason)
		e.Kind, e.Body = KindCancelled, Cancelled{Change: change, Mark: mark, Reason: q.Body.Reason, Submission: q.Body.Submission, Decision: q.Decided, Notice: q.Served}
	}
	return []event.Event{e}, nil
}

// ReturnDecision says why a decision could not be carried out any more.
func ReturnDecision(by By, q Submission, why *event.Refusal) event.Event {
	return event.Event{Stream: event.Up(by.Unit), Kind: KindDecisionReturned, V: 1, Subject: q.Body.Submission, Cause: q.Decided,
		Body: DecisionReturned{Submission: q.Body.Submission, Tenure: q.Body.Tenure, Ground: why.Text}}
}

// DrawAtCounty takes the lowest sequence of a birth date that no station's range has and that was never used: the county's own sequence register
// (顺序码登记表), for birth dates older than the ranges, or beside them (GB 11643-1999).
func DrawAtCounty(county event.Unit, birth citizen.Date, sex citizen.Sex, ranges []Range, taken func(citizen.Number) bool) (citizen.Number, error) {
	for seq := 1; seq <= lastSequence; seq++ {
		if (seq%2 == 1) != (sex == citizen.Male) || slices.ContainsFunc(ranges, func(r Range) bool { return r.Covers(birth) && seq >= r.SeqFrom && seq <= r.SeqTo }) {
			continue
		}
		number, err := citizen.NewNumber(citizen.Division(county), birth, seq)
		if err != nil {
			return "", err
		}
		if !taken(number) {
			return number, nil
		}
	}
	return "", event.Refuse("register.sequences_exhausted", "GB 11643-1999",
		citizen.Text{ZH: "该出生日期的顺序码已用尽", EN: "no sequence of this birth date is left"},
		citizen.Text{ZH: "报市局处理", EN: "report it to the city bureau"})
}
