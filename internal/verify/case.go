package verify

import (
	"maps"
	"slices"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/register"
)

// caseKinds lists the kinds of cases for those who have to choose one.
func caseKinds(between string, zh bool) string {
	var all []string
	for _, kind := range slices.Sorted(maps.Keys(CaseKinds)) {
		if zh {
			kind += "（" + CaseKinds[kind].ZH + "）"
		}
		all = append(all, kind)
	}
	return strings.Join(all, between)
}

// CaseKinds are the kinds of cases with their words.
var CaseKinds = map[string]citizen.Text{
	CaseWrongNumber:  t("错号", "wrong number"),
	CaseSharedNumber: t("重号", "shared number"),
	CaseDouble:       t("双重户口", "double registration"),
	CaseChild:        t("未落户儿童", "unregistered child"),
	CaseDead:         t("死亡未销户", "dead, not cancelled"),
	CaseEmptyHung:    t("空挂户", "registered but not living here"),
	CaseSeparation:   t("人户分离", "person lives elsewhere than registered"),
}

// needsDecision tells whether a kind of case can only end by a decision: something is taken from somebody. The others the station may settle, and a
// child above all is registered without any (户口登记条例第7条).
func needsDecision(kind string) bool {
	return kind == CaseWrongNumber || kind == CaseSharedNumber || kind == CaseDouble || kind == CaseDead
}

// Notice is the service of a decision on one person.
type Notice struct {
	Ref event.Ref
	On  citizen.Date
}

// Side is one station's side of a case.
type Side struct {
	Matter
	Opened    CaseOpened
	Heard     map[string]bool // tenures; "" for a case without one
	Found     map[string]bool
	Decision  Decided
	Ref       event.Ref // of the decision
	DecidedOn citizen.Date
	Notices   map[string]Notice // of the decision in force, by tenure
	Assigned  map[string]string // new numbers, by tenure
	Life      map[string]event.Ref
	Objection bool
	Carried   bool
	Back      bool

	endings   map[string]int // by tenure: the last round that ended the registration and was carried out
	reversals map[string]int // by tenure: the last such round that was reversed
}

// DeriveCase gives a side from its steps. A decision counts when the unit named at the opening made it and another person proposed it.
func DeriveCase(unit event.Unit, id string, steps []Step) Side {
	s := Side{Matter: Matter{Unit: unit, ID: id, Class: ClassCase}, Heard: make(map[string]bool), Found: make(map[string]bool), Notices: make(map[string]Notice),
		Assigned: make(map[string]string), Life: make(map[string]event.Ref), endings: make(map[string]int), reversals: make(map[string]int)}
	Sort(steps)
	s.open(steps)
	decisions := make(map[int]Decided)
	for i := range steps {
		if st := &steps[i]; st.Kind == KindDecided && st.Unit == s.Decider {
			d := decodeStep[Decided](st)
			if _, known := decisions[d.Round]; known || d.Proposer == "" || d.Proposer == st.Operator {
				continue
			}
			if decisions[d.Round] = d; d.Round > s.Decision.Round {
				s.Decision, s.Ref, s.DecidedOn = d, st.Ref, DayOf(st.At)
				s.reach(StageDecided, st)
			}
		}
	}
	s.Round = s.Decision.Round
	s.ends(steps, decisions)
	for i := range steps {
		s.after(&steps[i])
	}
	s.close(steps)
	return s
}

func (s *Side) reach(stage string, st *Step) { s.Stage, s.Since = stage, st.At }

func (s *Side) open(steps []Step) {
	for i := range steps {
		if st := &steps[i]; st.Kind == KindCaseOpened && s.OpenedAt == 0 {
			body := decodeStep[CaseOpened](st)
			if body.Decider != DeciderOf(append([]event.Unit{s.Unit}, body.Others...)) {
				continue // whoever opens a case does not choose who decides it
			}
			s.Opened, s.Kind, s.OpenedAt, s.Operator, s.HouseholdNo, s.Decider = body, body.Kind, st.At, st.Operator, body.HouseholdNo, body.Decider
			if len(body.Own) > 0 {
				s.Tenure, s.Resident = body.Own[0].Tenure, body.Own[0].Resident
			}
			s.reach(StageOpened, st)
		}
	}
	for i := range steps {
		st := &steps[i]
		switch st.Kind {
		case KindPersonHeard:
			s.Heard[decodeStep[PersonHeard](st).Tenure] = true
		case KindFindingRecorded:
			s.Found[decodeStep[FindingRecorded](st).Tenure] = true
		default:
			continue
		}
		if s.Ready() {
			s.reach(StageHeard, st)
		}
	}
}

// Ready tells whether every person of the side was heard and something was found out of each.
func (s *Side) Ready() bool {
	for _, p := range s.Opened.Own {
		if !s.Heard[p.Tenure] || !s.Found[p.Tenure] {
			return false
		}
	}
	return s.OpenedAt != 0 && (len(s.Opened.Own) > 0 || s.Heard[""] && s.Found[""])
}

// ends finds the registrations that a decision of any round ended when it was carried out, and those that were given back since.
func (s *Side) ends(steps []Step, decisions map[int]Decided) {
	for i := range steps {
		st := &steps[i]
		if st.Kind != KindCarriedOut {
			continue
		}
		round := decodeStep[CarriedOut](st).Round
		for _, o := range decisions[round].Orders {
			if o.Do == DoCancel {
				s.endings[o.Tenure] = max(s.endings[o.Tenure], round)
			} else if round > s.endings[o.Tenure] {
				s.reversals[o.Tenure] = max(s.reversals[o.Tenure], round) // a later decision gave it back
			}
		}
	}
	for i := range steps {
		st := &steps[i]
		if st.Kind != KindReversed || st.Unit != s.Decider {
			continue
		}
		body := decodeStep[Reversed](st)
		if slices.ContainsFunc(decisions[body.Round].Orders, func(o CaseOrder) bool { return o.Tenure == body.Tenure && o.Do == DoCancel }) {
			s.reversals[body.Tenure] = max(s.reversals[body.Tenure], body.Round)
		}
	}
}

// Ended tells whether the side has ended a registration and it has not been given back.
func (s *Side) Ended(tenure string) bool { return s.endings[tenure] > s.reversals[tenure] }

// Reversed tells whether what a round ended was given back.
func (s *Side) Reversed(tenure string, round int) bool {
	return round > 0 && s.endings[tenure] >= round && s.reversals[tenure] >= round
}

// after takes in what follows the decision in force.
func (s *Side) after(st *Step) {
	round := decodeStep[struct {
		Round  int    `json:"round"`
		Tenure string `json:"tenure"`
	}](st)
	if st.Kind == KindLifeProved {
		s.Life[round.Tenure] = st.Ref
		return
	}
	if round.Round != s.Round || st.Kind == KindReopened && st.Unit != s.Decider {
		return
	}
	switch st.Kind {
	case KindNumberAssigned:
		s.Assigned[round.Tenure] = decodeStep[NumberAssigned](st).Number
	case KindNoticeServed:
		s.Notices[round.Tenure] = Notice{Ref: st.Ref, On: decodeStep[NoticeServed](st).On}
		if s.noticed() {
			s.reach(StageNoticed, st)
		}
	case KindObjected, KindReopened:
		s.Objection = true
	case KindCarriedOut:
		s.Carried = true
	case KindDecisionReturned:
		s.Back = true
	}
}

// noticed tells whether everybody of the side has been served.
func (s *Side) noticed() bool {
	return !slices.ContainsFunc(s.Decision.Orders, func(o CaseOrder) bool { _, ok := s.Notices[o.Tenure]; return !ok })
}

// close sets the last stage that is reached.
func (s *Side) close(steps []Step) {
	for i := range steps {
		st := &steps[i]
		switch {
		case st.Kind == KindObjected && s.Objection && !s.Carried, st.Kind == KindReopened && s.Objection && !s.Carried:
			s.reach(StageObjected, st)
		case st.Kind == KindDecisionReturned && s.Back && !s.Carried:
			s.reach(StageReturned, st)
		}
	}
	for _, last := range []struct{ kind, stage string }{{KindCarriedOut, StageCarriedOut}, {KindCaseClosed, StageClosed}, {KindReversed, StageReversed}, {KindLifeProved, StageProved}} {
		for i := range steps {
			if st := &steps[i]; st.Kind == last.kind && (st.Unit == s.Unit || st.Unit == s.Decider) && s.stands(st) {
				s.reach(last.stage, st)
			}
		}
	}
}

// stands tells whether a last step still says how the side stands: a proof of life until the registration is given back, in whatever round.
func (s *Side) stands(st *Step) bool {
	body := decodeStep[Reversed](st)
	switch st.Kind {
	case KindLifeProved:
		return s.Ended(body.Tenure)
	case KindReversed:
		return s.Carried && body.Round == s.Round && s.reversals[body.Tenure] == s.Round
	}
	return s.Carried
}

// InForce tells whether there is a decision that nothing stands against.
func (s *Side) InForce() bool { return s.Round > 0 && !s.Objection && !s.Back }

// Over tells whether nothing is left to do.
func (s *Side) Over() bool { return s.Stage == StageClosed || s.Stage == StageReversed }

// Proposals is the deciding unit's own side.
type Proposals struct {
	Matter
	Body   Proposed
	Ref    event.Ref
	By     string
	Exists bool
	Back   bool // given back
}

// DeriveProposals gives the newest proposal.
func DeriveProposals(unit event.Unit, id string, steps []Step) Proposals {
	p := Proposals{Matter: Matter{Unit: unit, ID: id, Class: ClassProposal, Decider: unit}}
	Sort(steps)
	for i := range steps {
		if st := &steps[i]; st.Kind == KindProposed {
			if body := decodeStep[Proposed](st); !p.Exists || body.Round > p.Body.Round || body.Round == p.Body.Round && st.At > p.Since {
				p.Body, p.Ref, p.By, p.Exists, p.Back = body, st.Ref, st.Operator, true, false
				p.Stage, p.Since, p.Round, p.Operator = StageProposed, st.At, body.Round, st.Operator
				if p.OpenedAt == 0 {
					p.OpenedAt = st.At
				}
			}
		}
	}
	for i := range steps {
		if st := &steps[i]; st.Kind == KindProposalRefused && decodeStep[ProposalRefused](st).Round == p.Body.Round && st.At >= p.Since {
			p.Back, p.Stage = true, StageReturned
		}
	}
	return p
}

// DeciderOf is the unit that decides a case between registrations of these stations: their nearest common superior; a single station's county.
func DeciderOf(units []event.Unit) event.Unit {
	if len(units) == 0 {
		return ""
	}
	common := units[0]
	for _, u := range units[1:] {
		common = event.CommonSuperior(common, u)
	}
	if common.Level() == event.Station {
		return common.Parent()
	}
	return common
}

// Opening is what opens a case.
type Opening struct {
	Case        string
	Kind        string
	Station     event.Unit // of a case without a registration, as an unregistered child's
	Parties     []Party
	HouseholdNo string
	Clue        string
}

// OpenCase opens a case at each of its stations. Of another side a station is told which unit it is, and nothing else.
func OpenCase(by By, o Opening) ([]event.Event, error) {
	units := []event.Unit{}
	tenures := make(map[string]bool)
	for _, p := range o.Parties {
		if !slices.Contains(units, p.Unit) {
			units = append(units, p.Unit)
		}
		if !by.Unit.Contains(p.Unit) {
			return nil, refuse("verify.other_area", "", "案件涉及本单位辖区以外的登记", "the case concerns a registration outside this area", "报共同的上级立案", "the common superior opens it")
		}
		tenures[p.Tenure] = true
	}
	if len(units) == 0 {
		units = []event.Unit{o.Station}
	}
	pair := o.Kind == CaseDouble || o.Kind == CaseSharedNumber
	_, known := CaseKinds[o.Kind]
	switch {
	case !known:
		return nil, field("kind", refuse("verify.case_kind", "", "没有此类案件", "there is no such kind of case", "可用："+caseKinds("、", true), "use one of "+caseKinds(", ", false)))
	case blank(o.Clue):
		return nil, noWords("clue")
	case pair && len(tenures) < 2 || !pair && needsDecision(o.Kind) && len(tenures) != 1:
		return nil, field("tenures", refuse("verify.parties", "", "案件涉及的登记数目不对：双重户口、重号两个以上，错号、死亡未销一个", "the number of registrations is wrong: two or more for a double registration or shared number, one for a wrong number or a death", "列出涉及的登记", "name the registrations concerned"))
	case o.Kind == CaseChild && len(o.Parties) > 0:
		return nil, field("tenures", refuse("verify.parties", "", "未落户儿童案件不列登记", "an unregistered child has no registration yet", "只填户号", "give the household only"))
	}
	var events []event.Event
	for _, u := range units {
		stream := event.To(by.Unit, u)
		if u == by.Unit {
			stream = event.Up(u)
		}
		body := CaseOpened{About: About{Matter: o.Case, Home: u, Decider: DeciderOf(units)}, Kind: o.Kind, HouseholdNo: o.HouseholdNo, Clue: o.Clue, On: by.Today}
		for _, p := range o.Parties {
			if p.Unit == u {
				body.Own = append(body.Own, p)
			}
		}
		for _, other := range units {
			if other != u {
				body.Others = append(body.Others, other)
			}
		}
		events = append(events, event.Event{Stream: stream, Kind: KindCaseOpened, V: 1, Subject: o.Case, Body: body})
	}
	return events, nil
}

// own checks that the side is the acting station's and that something can still be done.
func (s *Side) own(by By, tenure string) error {
	switch {
	case s.OpenedAt == 0:
		return NotFound()
	case s.Unit != by.Unit:
		return notOurs()
	case s.Over():
		return refuse("verify.closed", "", "该案件已结", "the case is closed", "如决定有误，由决定单位撤销", "if the decision was wrong, the unit that decided reverses it")
	}
	if len(s.Opened.Own) == 0 && tenure == "" || slices.ContainsFunc(s.Opened.Own, func(p Party) bool { return p.Tenure == tenure }) {
		return nil
	}
	return field("tenure", refuse("verify.not_party", "", "该登记不是本案在本所的一方", "this registration is no party of the case at this station", "按立案内容填写", "use a registration that the case names"))
}

func (s *Side) about() About { return About{Matter: s.ID, Home: s.Unit, Decider: s.Decider} }

func (s *Side) up(kind string, body any) event.Event {
	return event.Event{Stream: event.Up(s.Unit), Kind: kind, V: 1, Subject: s.ID, Body: body}
}

// Hear records what a person says; who was called and does not come is heard by that.
func Hear(by By, s Side, h PersonHeard) (event.Event, error) {
	if err := s.own(by, h.Tenure); err != nil {
		return event.Event{}, err
	}
	if blank(h.Words) {
		return event.Event{}, noWords("words")
	}
	if !by.past(h.On) {
		return event.Event{}, wrongDate("on")
	}
	h.About = s.about()
	return s.up(KindPersonHeard, h), nil
}

// Find records what the station found out.
func Find(by By, s Side, f FindingRecorded) (event.Event, error) {
	if err := s.own(by, f.Tenure); err != nil {
		return event.Event{}, err
	}
	if blank(f.Words) {
		return event.Event{}, noWords("words")
	}
	if !by.past(f.On) {
		return event.Event{}, wrongDate("on")
	}
	f.About = s.about()
	return s.up(KindFindingRecorded, f), nil
}

func decidesSide(by By, s Side) error {
	switch {
	case s.OpenedAt == 0:
		return NotFound()
	case s.Decider != by.Unit:
		return refuse("verify.level", regLaw17, "本案由 "+string(s.Decider)+" 决定", "unit "+string(s.Decider)+" decides this case", "由共同的上级决定", "the nearest common superior decides").About(s.Decider)
	}
	return nil
}

// SidesOf keeps the sides that belong together: opened, and, where a case has several, each named by another. What else a unit files under the name of a
// case stops nobody's.
func SidesOf(all []Side) []Side {
	named := make(map[event.Unit]bool)
	for _, s := range all {
		for _, other := range s.Opened.Others {
			named[other] = true
		}
	}
	return slices.DeleteFunc(all, func(s Side) bool { return s.OpenedAt == 0 || len(named) > 0 && !named[s.Unit] })
}

// decides checks that the acting unit decides the case and knows all its sides.
func decides(by By, sides []Side) error {
	if len(sides) == 0 {
		return NotFound()
	}
	if err := decidesSide(by, sides[0]); err != nil {
		return err
	}
	for _, s := range sides {
		for _, other := range s.Opened.Others {
			if !slices.ContainsFunc(sides, func(x Side) bool { return x.Unit == other && x.OpenedAt != 0 }) {
				return refuse("verify.side_missing", "", "单位 "+string(other)+" 一方的案件材料尚未到达", "the side of unit "+string(other)+" has not arrived here yet",
					"等待其数据到达后再办理", "wait for its data").About(other)
			}
		}
	}
	return nil
}

// ProposeCase is one person's proposal, once both sides have been heard.
func ProposeCase(by By, sides []Side, before Proposals, orders []CaseOrder, ground string) (event.Event, error) {
	if err := decides(by, sides); err != nil {
		return event.Event{}, err
	}
	if !slices.ContainsFunc(sides, func(s Side) bool { return !s.InForce() && !s.Over() }) {
		return event.Event{}, refuse("verify.decided_already", "", "本案已有决定", "the case has a decision in force, or is closed", "有误的由决定单位撤销", "a wrong one is reversed by the unit that made it")
	}
	round := 1
	for _, s := range sides {
		if !s.Ready() {
			return event.Event{}, refuse("verify.not_heard", "", "各方本人尚未听取意见或尚未核查（"+string(s.Unit)+"）", "not every person has been heard and looked into (unit "+string(s.Unit)+")",
				"由登记地派出所听取意见并记录核查情况", "the stations hear them and record what they find").About(s.Unit)
		}
		round = max(round, s.Round+1)
	}
	if before.Exists && !before.Back && before.Body.Round >= round {
		return event.Event{}, refuse("verify.proposal_waiting", "", "已有处理意见待决定", "a proposal waits for a decision already", "先决定或退回", "decide on it first, or give it back")
	}
	if before.Exists && before.Back {
		round = max(round, before.Body.Round+1)
	}
	if blank(ground) {
		return event.Event{}, noWords("ground")
	}
	if err := checkOrders(sides, orders); err != nil {
		return event.Event{}, err
	}
	return event.Event{Stream: event.Up(by.Unit), Kind: KindProposed, V: 1, Subject: sides[0].ID,
		Body: Proposed{About: About{Matter: sides[0].ID, Home: by.Unit, Decider: by.Unit}, Round: round, Orders: orders, Ground: ground}}, nil
}

func checkOrders(sides []Side, orders []CaseOrder) error {
	wrong := func(zh, en string) error {
		return field("orders", refuse("verify.orders", "户口登记条例（1958）第6条", zh, en, "每个登记一项处理，按案件种类填写", "give one order for each registration, as the kind of case asks"))
	}
	parties := make(map[string]event.Unit)
	for _, s := range sides {
		for _, p := range s.Opened.Own {
			parties[p.Tenure] = s.Unit
		}
	}
	count := make(map[string]int)
	for i := range orders {
		o := &orders[i]
		unit, ok := parties[o.Tenure]
		if !ok {
			return wrong("处理意见列了案外的登记或重复", "an order names a registration that is no party, or one twice")
		}
		delete(parties, o.Tenure)
		o.Unit = unit
		count[o.Do]++
		switch o.Do {
		case DoKeep, DoCancel, DoNewNumber:
		case DoCorrect:
			if o.Items == nil {
				return wrong("更正未列项目", "a correction gives no items")
			}
		default:
			return wrong("处理方式应为 keep、cancel、new_number 或 correct", "an order is keep, cancel, new_number or correct")
		}
	}
	if len(parties) > 0 {
		return wrong("有登记没有处理意见", "a registration has no order")
	}
	switch kind := sides[0].Kind; {
	case kind == CaseDouble && (count[DoCancel] > 0 && count[DoKeep] != 1 || count[DoNewNumber] > 0):
		return wrong("双重户口只保留一处", "of a double registration exactly one stays")
	case kind == CaseSharedNumber && (count[DoCancel] > 0 || count[DoKeep] > 1):
		return wrong("重号只一人保留号码，不注销户口", "of a shared number one keeps it, and nobody is cancelled")
	case kind == CaseWrongNumber && count[DoCancel] > 0:
		return wrong("错号不注销户口", "nobody is cancelled for a wrong number")
	}
	return nil
}

// DecideCase is another person's decision, told to each side with its own orders.
func DecideCase(by By, sides []Side, p Proposals, s Settings, links map[string][]CaseLink) ([]event.Event, error) {
	if err := judging(by, sides, p); err != nil {
		return nil, err
	}
	ref := p.Ref
	var events []event.Event
	for _, side := range sides {
		body := Decided{About: side.about(), Round: p.Body.Round, Ground: p.Body.Ground, Proposer: p.By, Objection: s.ObjectionDays}
		for _, o := range p.Body.Orders {
			if o.Unit != side.Unit {
				continue
			}
			if o.Do == DoKeep {
				o.Links = links[o.Tenure]
			}
			if o.Do == DoCancel && side.Kind == CaseDead && o.Mark == "" {
				o.Mark = "1"
			}
			body.Orders = append(body.Orders, o)
		}
		events = append(events, event.Event{Stream: event.To(by.Unit, side.Unit), Kind: KindDecided, V: 1, Subject: side.ID, Cause: &ref, Body: body})
	}
	return events, nil
}

func judging(by By, sides []Side, p Proposals) error {
	if err := decides(by, sides); err != nil {
		return err
	}
	if !p.Exists || p.Back || slices.ContainsFunc(sides, func(s Side) bool { return s.Round >= p.Body.Round }) {
		return refuse("verify.no_proposal", "", "没有待决定的处理意见", "no proposal waits for a decision", "先由一人提出处理意见（verify.propose）", "one person proposes first (verify.propose)")
	}
	if p.By == by.Operator {
		return samePerson()
	}
	return nil
}

// RefuseProposal gives a proposal back.
func RefuseProposal(by By, sides []Side, p Proposals, ground string) (event.Event, error) {
	if err := judging(by, sides, p); err != nil {
		return event.Event{}, err
	}
	if blank(ground) {
		return event.Event{}, noWords("ground")
	}
	ref := p.Ref
	return event.Event{Stream: event.Up(by.Unit), Kind: KindProposalRefused, V: 1, Subject: p.ID, Cause: &ref,
		Body: ProposalRefused{About: About{Matter: p.ID, Home: by.Unit, Decider: by.Unit}, Round: p.Body.Round, Ground: ground}}, nil
}

// inForce checks that a decision waits to be served or carried out.
func (s *Side) inForce(by By, tenure string) error {
	if err := s.own(by, tenure); err != nil {
		return err
	}
	if !s.InForce() || s.Carried {
		return refuse("verify.no_decision", regLaw17, "没有生效待办的决定", "no decision in force waits here", "等待决定；有异议或已退回的须重新决定", "wait for one; after an objection or a return the case is decided anew")
	}
	return nil
}

// Serve records that a person was told of the decision.
func Serve(by By, s Side, n NoticeServed) (event.Event, error) {
	if err := s.inForce(by, n.Tenure); err != nil {
		return event.Event{}, err
	}
	switch {
	case !by.past(n.On):
		return event.Event{}, wrongDate("on")
	case n.On.Before(s.DecidedOn):
		return event.Event{}, field("on", refuse("verify.notice_early", regLaw17, "送达日期早于决定日期 "+s.DecidedOn.String(), "the day of service is before the decision of "+s.DecidedOn.String(),
			"填写实际送达的日期", "give the day on which it was really served"))
	case blank(n.To) || n.How != "hand" && n.How != "relatives" && n.How != "public":
		return event.Event{}, field("how", refuse("verify.notice", "", "未填送达何人，或送达方式不是 hand、relatives、public", "it does not say to whom, or the way is not hand, relatives or public", "填写签收人和送达方式", "name the receiver and the way"))
	}
	if _, ok := s.Notices[n.Tenure]; ok {
		return event.Event{}, refuse("verify.served", "", "通知已送达", "the notice has been served", "等待异议期满", "wait until the period for objections is over")
	}
	n.About, n.Round = s.about(), s.Round
	ref := s.Ref
	e := s.up(KindNoticeServed, n)
	e.Cause = &ref
	return e, nil
}

// period is the last day on which a person can object.
func (s *Side) period(tenure string) (citizen.Date, bool) {
	n, ok := s.Notices[tenure]
	return n.On.AddDays(s.Decision.Objection), ok
}

// Object records an objection within the period.
func Object(by By, s Side, o Objected) (event.Event, error) {
	if err := s.inForce(by, o.Tenure); err != nil {
		return event.Event{}, err
	}
	last, served := s.period(o.Tenure)
	switch {
	case blank(o.Words):
		return event.Event{}, noWords("words")
	case !by.past(o.On):
		return event.Event{}, wrongDate("on")
	case !served || o.On.After(last):
		return event.Event{}, refuse("verify.objection_late", "", "尚未送达或异议期已过", "nothing was served yet, or the period for objections is over", "期满后本人证明有误的，记录证明（verify.prove_life）", "after the period a proof is recorded instead (verify.prove_life)")
	}
	o.About, o.Round = s.about(), s.Round
	return s.up(KindObjected, o), nil
}

// Reopen tells the other sides of an objection, or of a decision that a side gave back.
func Reopen(by By, sides []Side, from event.Unit, round int) []event.Event {
	if !slices.ContainsFunc(sides, func(s Side) bool { return s.Unit == from && s.Round == round && (s.Objection || s.Back) }) {
		return nil
	}
	var events []event.Event
	for _, s := range sides {
		if s.Unit != from && s.Decider == by.Unit && s.Round == round && !s.Objection && !s.Carried {
			events = append(events, event.Event{Stream: event.To(by.Unit, s.Unit), Kind: KindReopened, V: 1, Subject: s.ID, Body: Reopened{About: s.about(), Round: round}})
		}
	}
	return events
}

// MayCarryOut tells whether a side can carry the decision out: everybody served, the period over, no objection, new numbers there.
func MayCarryOut(by By, s Side) error {
	var tenure string
	if len(s.Opened.Own) > 0 {
		tenure = s.Opened.Own[0].Tenure
	}
	if err := s.inForce(by, tenure); err != nil {
		return err
	}
	if !s.noticed() {
		return refuse("verify.not_served", "户口登记条例（1958）第17条", "决定尚未送达本人", "the decision has not been served", "先送达通知（verify.serve_notice）", "serve the notice first (verify.serve_notice)")
	}
	for _, o := range s.Decision.Orders {
		if last, _ := s.period(o.Tenure); !by.Today.After(last) {
			return refuse("verify.objection_period", "", "异议期至 "+last.String()+" 未满", "the period for objections runs until "+last.String(), "期满后执行", "carry it out after that day")
		}
		if o.Do == DoNewNumber && s.Assigned[o.Tenure] == "" {
			return refuse("verify.no_number_yet", number, "新号码尚未编定", "the new number has not been given yet", "等待县（市、区）局编号", "wait for the county")
		}
	}
	return nil
}

// Settle ends a side that needs no decision: a child is registered, an address corrected, an empty-hung registration kept with its reason. A side all of
// whose registrations have ended meanwhile in another way, as by the family's declaration of a death or a move, needs none any more, whatever was decided.
func Settle(by By, s Side, words, tenure string, registered *register.Tenure, own []register.Tenure) (event.Event, error) {
	var first string
	if len(s.Opened.Own) > 0 {
		first = s.Opened.Own[0].Tenure
	}
	if err := s.own(by, first); err != nil {
		return event.Event{}, err
	}
	gone := len(own) > 0 && !slices.ContainsFunc(own, func(t register.Tenure) bool { return t.State == register.StateOpen || s.Ended(t.ID) })
	switch {
	case s.Carried || !gone && (s.Round > 0 || needsDecision(s.Kind)):
		return event.Event{}, refuse("verify.needs_decision", regLaw17, "此类案件须由上级决定", "this kind of case ends by a decision of the unit above", "听取意见、核查后由上级决定", "hear the persons, find out, and let the unit above decide")
	case s.Kind == CaseChild && (registered == nil || registered.Unit != by.Unit || registered.EnteredKind != register.KindBirthRegistered && registered.EnteredKind != register.KindLateEntered):
		return event.Event{}, field("tenure", refuse("verify.child_not_registered", "户口登记条例（1958）第7条", "儿童尚未办理出生登记", "the child has not been registered", "先办理出生登记（register.birth），不附加任何条件", "register the birth first (register.birth), without any condition"))
	case blank(words):
		return event.Event{}, noWords("words")
	}
	return s.up(KindCarriedOut, CarriedOut{About: s.about(), Round: s.Round, Words: words, Tenure: tenure}), nil
}

// CarryDone is the side's word that it has done what was ordered.
func CarryDone(s Side) event.Event {
	ref := s.Ref
	e := s.up(KindCarriedOut, CarriedOut{About: s.about(), Round: s.Round})
	e.Cause = &ref
	return e
}

// ReturnDecision gives a decision back that no longer fits.
func ReturnDecision(by By, s Side, ground string) (event.Event, error) {
	var tenure string
	if len(s.Opened.Own) > 0 {
		tenure = s.Opened.Own[0].Tenure
	}
	if err := s.inForce(by, tenure); err != nil {
		return event.Event{}, err
	}
	if blank(ground) {
		return event.Event{}, noWords("ground")
	}
	ref := s.Ref
	return event.Event{Stream: event.To(s.Unit, s.Decider), Kind: KindDecisionReturned, V: 1, Subject: s.ID, Cause: &ref,
		Body: DecisionReturned{About: s.about(), Round: s.Round, Ground: ground}}, nil
}

// CloseCase closes a case at all its sides when each has done what was ordered of it. One that was reversed since is over by that.
func CloseCase(by By, sides []Side) []event.Event {
	if decides(by, sides) != nil {
		return nil
	}
	var events []event.Event
	for _, s := range sides {
		if s.Over() {
			continue
		}
		if !s.Carried {
			return nil
		}
		events = append(events, event.Event{Stream: event.To(by.Unit, s.Unit), Kind: KindCaseClosed, V: 1, Subject: s.ID, Body: CaseClosed{s.about()}})
	}
	return events
}

// ProveLife records that the person whose registration was ended stands at the window.
func ProveLife(by By, s Side, l LifeProved) (event.Event, error) {
	switch {
	case s.OpenedAt == 0:
		return event.Event{}, NotFound()
	case s.Unit != by.Unit:
		return event.Event{}, notOurs()
	case !s.Ended(l.Tenure):
		return event.Event{}, notEnded()
	case blank(l.Words):
		return event.Event{}, noWords("words")
	case !by.past(l.On):
		return event.Event{}, wrongDate("on")
	}
	l.About = s.about()
	return s.up(KindLifeProved, l), nil
}

func notEnded() *event.Refusal {
	return field("tenure", refuse("verify.not_ended", "", "本案没有注销该登记，或已恢复", "this case did not end that registration, or it has been restored", "核对登记", "check the registration"))
}

// Reverse undoes a decision that ended a registration: one person is enough to give back what was taken.
func Reverse(by By, s Side, tenure, ground string) (event.Event, error) {
	if err := decidesSide(by, s); err != nil {
		return event.Event{}, err
	}
	if !s.Ended(tenure) {
		return event.Event{}, notEnded()
	}
	if blank(ground) {
		return event.Event{}, noWords("ground")
	}
	ref := s.Ref
	if life, ok := s.Life[tenure]; ok {
		ref = life
	}
	return event.Event{Stream: event.To(by.Unit, s.Unit), Kind: KindReversed, V: 1, Subject: s.ID, Cause: &ref,
		Body: Reversed{About: s.about(), Round: s.endings[tenure], Tenure: tenure, Ground: ground}}, nil
}
