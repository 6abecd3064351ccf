package card

import (
	"cmp"
	"slices"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// Stage is how far an application has come.
type Stage string

// The stages. StageIncomplete is an application whose opening has not arrived here yet.
const (
	StageIncomplete   Stage = "incomplete"
	StageOpened       Stage = "opened"
	StagePhotographed Stage = "photographed"
	StageConfirmed    Stage = "confirmed"
	StageReviewed     Stage = "reviewed"
	StageSigned       Stage = "signed"
	StageChecked      Stage = "checked"
	StageOrdered      Stage = "ordered"
	StageMade         Stage = "made"
	StageDispatched   Stage = "dispatched"
	StageArrived      Stage = "arrived"
	StageNotified     Stage = "notified"
	StageUnclaimed    Stage = "unclaimed" // not collected: kept above the station
	StageHandedOver   Stage = "handed_over"
	StageReturned     Stage = "returned"  // the station acts next
	StageRejected     Stage = "rejected"  // by the maker; its class says who acts next
	StageDefective    Stage = "defective" // made, and found unfit before the hand-over; its class says who acts next
	StageWithdrawn    Stage = "withdrawn"
)

// Stages lists the stages in the order of a card without trouble, then the side ones.
var Stages = []Stage{StageOpened, StagePhotographed, StageConfirmed, StageReviewed, StageSigned, StageChecked, StageOrdered, StageMade,
	StageDispatched, StageArrived, StageNotified, StageUnclaimed, StageHandedOver, StageReturned, StageRejected, StageDefective, StageWithdrawn, StageIncomplete}

// Text is the stage's word.
func (s Stage) Text() citizen.Text {
	if t, ok := stageWords[s]; ok {
		return t
	}
	return citizen.Text{ZH: string(s), EN: string(s)}
}

var stageWords = map[Stage]citizen.Text{
	StageIncomplete: {ZH: "受理资料未到", EN: "opening not here yet"}, StageOpened: {ZH: "已受理", EN: "opened"},
	StagePhotographed: {ZH: "已照相", EN: "photographed"}, StageConfirmed: {ZH: "已签字确认", EN: "confirmed"},
	StageReviewed: {ZH: "已审核", EN: "reviewed"}, StageSigned: {ZH: "已签发", EN: "signed"},
	StageChecked: {ZH: "市级已核查", EN: "checked"}, StageOrdered: {ZH: "已送制证", EN: "ordered"},
	StageMade: {ZH: "已制证", EN: "made"}, StageDispatched: {ZH: "下发途中", EN: "dispatched"},
	StageArrived: {ZH: "派出所已收", EN: "arrived"}, StageNotified: {ZH: "已通知领证", EN: "told to collect"},
	StageHandedOver: {ZH: "已领证", EN: "handed over"}, StageReturned: {ZH: "已退回", EN: "returned"},
	StageRejected:  {ZH: "制证不合格", EN: "rejected by the maker"},
	StageUnclaimed: {ZH: "逾期未领，存上级", EN: "unclaimed, kept above"}, StageDefective: {ZH: "废证待重制", EN: "defective, to be made again"},
	StageWithdrawn: {ZH: "已终止", EN: "withdrawn"},
}

// Step is one entry about an application.
type Step struct {
	Kind     string     `json:"kind"`
	Ref      event.Ref  `json:"ref"`
	At       int64      `json:"at"` // ms UTC
	Operator string     `json:"operator"`
	Cause    string     `json:"cause"` // leaf of the entry that it answers
	Body     Body       `json:"body"`
	Unit     event.Unit `json:"unit"` // that wrote it
}

// Application is the state that the steps give.
type Application struct {
	ID           string         `json:"application"`
	Home         event.Unit     `json:"home"`
	Resident     string         `json:"resident"`
	Tenure       string         `json:"tenure"`
	AcceptanceNo string         `json:"acceptance_no"`
	Kind         Kind           `json:"kind"`
	Reason       string         `json:"reason"`
	Slip         string         `json:"slip"`
	Code         string         `json:"code,omitempty"` // printed on the slip, for the public page
	OpenedAt     int64          `json:"opened_at"`
	Face         Face           `json:"face"`
	Round        int            `json:"round"`
	Attempt      int            `json:"attempt"`
	Stage        Stage          `json:"stage"`
	Since        int64          `json:"since"` // at of the step that made the stage
	PromisedOn   citizen.Date   `json:"promised_on"`
	Photo        string         `json:"photo"`
	Return       Return         `json:"return,omitzero"`  // what the station must mend
	Class        RejectClass    `json:"class,omitempty"`  // of the maker's rejection, or of a defect
	Defect       DefectCode     `json:"defect,omitempty"` // found in the card of the present attempt
	Hold         *Hold          `json:"hold,omitempty"`   // until it is released it holds the signing, and nothing else
	Issue        Issue          `json:"issue,omitzero"`
	Order        string         `json:"order,omitempty"`
	CardNo       string         `json:"card_no,omitempty"`
	Package      string         `json:"package,omitempty"`
	HandedOn     citizen.Date   `json:"handed_on,omitzero"`
	HandedAt     int64          `json:"handed_at,omitempty"`
	Old          OldCard        `json:"old,omitzero"`
	Ends         string         `json:"ends,omitempty"`      // application of a lost card that it ended for good
	Reminders    int            `json:"reminders,omitempty"` // to collect, since the card has been here
	RemindedAt   int64          `json:"reminded_at,omitempty"`
	OldLost      string         `json:"old_lost,omitempty"`  // generation of the old card declared lost at the opening
	Lost         bool           `json:"lost,omitempty"`      // reported lost after the hand-over, and not found since
	EverLost     bool           `json:"ever_lost,omitempty"` // reported lost at some time
	Withdrawal   WithdrawState  `json:"withdrawal,omitempty"`
	WithdrawnFor WithdrawReason `json:"withdrawn_for,omitempty"`
	Replaces     string         `json:"replaces,omitempty"`      // application of the valid card that this one replaces, as the city knows it
	ReplacesLost bool           `json:"replaces_lost,omitempty"` // and it is declared lost

	ownText  bool       // the clerk gave name or address for the card another text, with a reason
	entered  []string   // operators of the station's steps
	reviewer string     // operator of the review that counts
	judged   *event.Ref // the entry that the next step answers
	photoRef *event.Ref
	arrived  *event.Ref // the card's arrival here
	here     *event.Ref // the newest arrival: after it was kept above, its coming back
	away     *event.Ref // what took it away from here as unclaimed
	lostRef  *event.Ref // the report of a loss that stands
	holdRef  *event.Ref // the hold that stands
	ordered  *event.Ref // of the present attempt
	sent     *event.Ref // by the maker, of the present attempt
	base     Stage      // the stage that the application would have without a withdrawal
	root     *event.Ref // what opened the round; nil in round 1
	next     *event.Ref // what opens the next round when the station acts
}

// Here tells whether the card has arrived at the station.
func (a *Application) Here() bool { return a.arrived != nil && a.away == nil }

// Terminal tells whether nothing more is to come.
func (a *Application) Terminal() bool { return a.Stage == StageHandedOver || a.Stage == StageWithdrawn }

// Derive gives the state of an application from its steps. The order of the steps does not matter, nor do repetitions. A step counts only when the
// one that it answers counts, so a late return of an earlier round, or an answer to an entry that no longer stands,
// has no effect. A step of a unit that may not write it counts for nothing. Without steps the application is zero.
func Derive(steps []Step) Application {
	d := newDerivation(steps)
	if len(d.steps) == 0 {
		return Application{}
	}
	first := d.steps[0].Body
	d.app = Application{ID: first.Application, Home: first.Home, Resident: first.Resident, Tenure: first.Tenure, Stage: StageIncomplete}
	opened := d.find(KindOpened, 1, 0, "")
	if opened == nil || opened.Body.Opening == nil {
		for i, s := range d.steps {
			if i == 0 || s.At < d.app.Since {
				d.app.Since = s.At
			}
		}
		return d.app
	}
	d.open(opened)
	for round, root := 1, (*event.Ref)(nil); ; round++ {
		next := d.round(round, root)
		if next == nil || !d.continued(round+1, next.Leaf) {
			break
		}
		root = next
	}
	d.end()
	return d.app
}

type derivation struct {
	steps  []Step
	app    Application
	photos map[string]*Step // every photograph that counts, by leaf
}

// newDerivation puts the steps of the units that may write them in one order, whatever order they came in, without repetitions.
func newDerivation(steps []Step) *derivation {
	sorted := slices.DeleteFunc(slices.Clone(steps), func(s Step) bool { return !MayWrite(s.Kind, s.Body.Home, s.Unit) })
	slices.SortFunc(sorted, func(a, b Step) int {
		return cmp.Or(cmp.Compare(a.Ref.Stream, b.Ref.Stream), cmp.Compare(a.Ref.Generation, b.Ref.Generation), cmp.Compare(a.Ref.Seq, b.Ref.Seq))
	})
	sorted = slices.CompactFunc(sorted, func(a, b Step) bool { return a.Ref == b.Ref })
	return &derivation{steps: sorted, photos: make(map[string]*Step)}
}

// find gives the first step of a kind that answers the cause in a round and attempt; an empty cause asks for none.
func (d *derivation) find(kind string, round, attempt int, cause string) *Step {
	for i := range d.steps {
		s := &d.steps[i]
		if s.Kind == kind && s.Body.Round == round && s.Body.Attempt == attempt && s.Cause == cause {
			return s
		}
	}
	return nil
}

// continued tells whether the station has acted in a round that the leaf opened.
func (d *derivation) continued(round int, leaf string) bool {
	return slices.ContainsFunc(d.steps, func(s Step) bool {
		return (s.Kind == KindPhotographed || s.Kind == KindConfirmed) && s.Body.Round == round && s.Body.After == leaf
	})
}

func (d *derivation) stage(stage Stage, s *Step) {
	ref := s.Ref
	d.app.Stage, d.app.Since, d.app.judged = stage, s.At, &ref
}

func (d *derivation) open(s *Step) {
	o := s.Body.Opening
	a := &d.app
	a.AcceptanceNo, a.Kind, a.Reason, a.Slip, a.Code, a.OpenedAt, a.Face, a.OldLost = o.AcceptanceNo, o.Kind, o.Reason, o.Slip, o.Code, s.At, o.Face, o.OldLost
	d.entered(s)
	d.stage(StageOpened, s)
}

func (d *derivation) entered(s *Step) {
	if !slices.Contains(d.app.entered, s.Operator) {
		d.app.entered = append(d.app.entered, s.Operator)
	}
}

// round walks one round and returns what would open the next one.
func (d *derivation) round(round int, root *event.Ref) *event.Ref {
	a := &d.app
	a.Round, a.root, a.next = round, root, nil
	a.arrived, a.ordered, a.sent, a.Replaces, a.ReplacesLost = nil, nil, nil, "", false
	a.here, a.away, a.Defect, a.Reminders, a.RemindedAt = nil, nil, "", 0, 0
	a.reviewer, a.Attempt, a.Return, a.Class, a.Issue, a.Order, a.CardNo, a.Package = "", 0, Return{}, "", Issue{}, "", "", ""
	d.photograph(round, root)
	confirmed := d.confirmed(round, root)
	if confirmed == nil {
		return nil
	}
	judged := []string{confirmed.Ref.Leaf}
	reviewed := d.answer(StageReviewed, KindReviewed, confirmed, &judged)
	var signed, checked *Step
	if reviewed != nil {
		a.reviewer = reviewed.Operator
		signed = d.answer(StageSigned, KindSigned, reviewed, &judged)
	}
	if signed != nil {
		if signed.Body.Issue != nil {
			a.Issue = *signed.Body.Issue
		}
		checked = d.answer(StageChecked, KindChecked, signed, &judged)
	}
	if checked != nil {
		a.Replaces, a.ReplacesLost = checked.Body.Replaces, checked.Body.ReplacesLost
		if d.making(checked) {
			return a.next
		}
	}
	return d.returned(round, judged)
}

func (d *derivation) answer(stage Stage, kind string, to *Step, judged *[]string) *Step {
	s := d.find(kind, to.Body.Round, 0, to.Ref.Leaf)
	if s != nil {
		d.stage(stage, s)
		*judged = append(*judged, s.Ref.Leaf)
	}
	return s
}

func leafOf(ref *event.Ref) string {
	if ref == nil {
		return ""
	}
	return ref.Leaf
}

// photograph finds the round's pictures; the last one counts until the form is signed.
func (d *derivation) photograph(round int, root *event.Ref) {
	for i := range d.steps {
		s := &d.steps[i]
		if s.Kind != KindPhotographed || s.Body.Round != round || s.Body.After != leafOf(root) || s.Body.Photograph == nil {
			continue
		}
		d.photos[s.Ref.Leaf] = s
		d.entered(s)
		d.usePhoto(s)
		d.stage(StagePhotographed, s)
	}
}

func (d *derivation) usePhoto(s *Step) {
	ref := s.Ref
	d.app.Photo, d.app.photoRef = s.Body.Photograph.Photo, &ref
}

// confirmed finds the round's signed form; it names the photograph that it shows, which may be of an earlier round.
func (d *derivation) confirmed(round int, root *event.Ref) *Step {
	for i := range d.steps {
		s := &d.steps[i]
		photo := d.photos[s.Cause]
		if s.Kind != KindConfirmed || s.Body.Round != round || s.Body.After != leafOf(root) || photo == nil || s.Body.Confirmation == nil {
			continue
		}
		c := s.Body.Confirmation
		d.usePhoto(photo)
		d.entered(s)
		d.app.Face, d.app.ownText = c.Face, c.Abbreviation != ""
		if d.app.PromisedOn.IsZero() { // a return does not lengthen the sixty days
			d.app.PromisedOn = c.PromisedOn
		}
		d.stage(StageConfirmed, s)
		return s
	}
	return nil
}

// making walks the attempts at making the card; false: it has not been ordered.
func (d *derivation) making(checked *Step) bool {
	answered := []string{checked.Ref.Leaf}
	for attempt := 1; ; attempt++ {
		ordered := d.ordered(checked.Body.Round, attempt, answered)
		if ordered == nil {
			return attempt > 1
		}
		if answered = d.made(ordered); d.app.Stage == StageHandedOver {
			return true // a card that was ordered again as lost, and came all the same
		}
	}
}

func (d *derivation) ordered(round, attempt int, answered []string) *Step {
	for _, leaf := range answered {
		if s := d.find(KindOrdered, round, attempt, leaf); s != nil && s.Body.Order != nil {
			return s
		}
	}
	return nil
}

// made takes one attempt from its order to the arrival at the station and gives the leaves that a further order may answer.
func (d *derivation) made(ordered *Step) (answered []string) {
	a, b := &d.app, ordered.Body
	a.Attempt, a.Order, a.CardNo, a.Package, a.Class, a.next, a.arrived, a.sent = b.Attempt, b.Order.Order, "", "", "", nil, nil, nil
	a.here, a.away, a.Defect, a.Reminders, a.RemindedAt, a.Return = nil, nil, "", 0, 0, Return{}
	ref := ordered.Ref
	a.ordered = &ref
	d.stage(StageOrdered, ordered)
	answered = []string{ordered.Ref.Leaf}
	rejected := d.find(KindRejected, b.Round, b.Attempt, ordered.Ref.Leaf)
	if rejected != nil && rejected.Body.Making != nil {
		a.Class = rejected.Body.Making.Class
		d.stage(StageRejected, rejected)
		if a.Class.ToStation() {
			ref := rejected.Ref
			a.next, a.Return = &ref, Return{Reason: ReturnReason(a.Class), Words: rejected.Body.Making.Words}
		}
		return append(answered, rejected.Ref.Leaf)
	}
	if made := d.find(KindMade, b.Round, b.Attempt, ordered.Ref.Leaf); made != nil && made.Body.Making != nil {
		a.CardNo = made.Body.Making.CardNo
		d.stage(StageMade, made)
	}
	dispatched := d.find(KindDispatched, b.Round, b.Attempt, ordered.Ref.Leaf)
	if dispatched == nil || dispatched.Body.Making == nil {
		return answered
	}
	a.CardNo, a.Package = dispatched.Body.Making.CardNo, dispatched.Body.Making.Package
	d.stage(StageDispatched, dispatched)
	a.sent = a.judged
	answered = append(answered, dispatched.Ref.Leaf)
	if arrived := d.find(KindArrived, b.Round, b.Attempt, dispatched.Ref.Leaf); arrived != nil {
		ref := arrived.Ref
		a.arrived = &ref
		d.waits(arrived)
		if d.handed(arrived); a.Stage == StageHandedOver {
			return answered
		}
	}
	return d.defective(dispatched, answered)
}

// waits follows a card that waits to be collected: here, told and reminded, kept above as unclaimed, and back again.
func (d *derivation) waits(arrived *Step) {
	a := &d.app
	for at := arrived; at != nil; {
		ref := at.Ref
		a.here, a.away = &ref, nil
		d.stage(StageArrived, at)
		if notified := d.find(KindCollectNotified, at.Body.Round, at.Body.Attempt, at.Ref.Leaf); notified != nil {
			d.stage(StageNotified, notified)
			a.judged = a.arrived
		}
		a.Reminders, a.RemindedAt = d.reminders(at)
		gone := d.find(KindUnclaimed, at.Body.Round, at.Body.Attempt, at.Ref.Leaf)
		if gone == nil {
			return
		}
		away := gone.Ref
		a.away = &away
		d.stage(StageUnclaimed, gone)
		at = d.find(KindCameBack, gone.Body.Round, gone.Body.Attempt, gone.Ref.Leaf)
	}
}

func (d *derivation) reminders(at *Step) (n int, last int64) {
	for _, s := range d.steps {
		if s.Kind == KindReminded && s.Cause == at.Ref.Leaf {
			n, last = n+1, max(last, s.At)
		}
	}
	return n, last
}

// defective takes a card out that was found unfit; it answers the maker's dispatch, for the finder may not know of an arrival.
func (d *derivation) defective(dispatched *Step, answered []string) []string {
	found := d.find(KindDefectFound, dispatched.Body.Round, dispatched.Body.Attempt, dispatched.Ref.Leaf)
	if found == nil || found.Body.Defect == nil {
		return answered
	}
	a, ref := &d.app, found.Ref
	a.Defect, a.Class = found.Body.Defect.Code, found.Body.Defect.Code.Class()
	d.stage(StageDefective, found)
	if a.Class.ToStation() {
		a.next, a.Return = &ref, Return{Reason: ReturnReason(a.Class), Words: found.Body.Defect.Words}
	}
	return append(answered, ref.Leaf)
}

func (d *derivation) handed(arrived *Step) {
	s := d.find(KindHandedOver, arrived.Body.Round, arrived.Body.Attempt, arrived.Ref.Leaf)
	if s == nil || s.Body.HandOver == nil {
		return
	}
	d.app.HandedOn, d.app.HandedAt, d.app.Ends = s.Body.HandOver.Day, s.At, s.Body.HandOver.Ends
	if s.Body.HandOver.Old != nil {
		d.app.Old = *s.Body.HandOver.Old
	}
	d.stage(StageHandedOver, s)
}

// returned finds a return of the round: one that answers any of the entries that count. When there are two, the one that the
// station has acted on counts.
func (d *derivation) returned(round int, judged []string) *event.Ref {
	var found *Step
	for i := range d.steps {
		s := &d.steps[i]
		if s.Kind != KindReturned || s.Body.Round != round || s.Body.Return == nil || !slices.Contains(judged, s.Cause) {
			continue
		}
		if found == nil || d.continued(round+1, s.Ref.Leaf) {
			found = s
		}
	}
	if found == nil {
		return nil
	}
	ref := found.Ref
	d.app.Return, d.app.next = *found.Body.Return, &ref
	d.stage(StageReturned, found)
	return &ref
}

// answeredBy tells whether a step of a kind answers the leaf.
func (d *derivation) answeredBy(kind, leaf string) bool {
	return slices.ContainsFunc(d.steps, func(s Step) bool { return s.Kind == kind && s.Cause == leaf })
}

// end adds what stands outside of the rounds: a hold, a loss after the hand-over, and the withdrawal.
func (d *derivation) end() {
	d.app.base = d.app.Stage
	for i := range d.steps {
		s := &d.steps[i]
		ref := s.Ref
		switch {
		case s.Kind == KindHeld && s.Body.Hold != nil && !d.answeredBy(KindReleased, ref.Leaf):
			d.app.Hold, d.app.holdRef = s.Body.Hold, &ref
		case s.Kind == KindReportedLost:
			d.app.EverLost = true
			if !d.answeredBy(KindFound, ref.Leaf) {
				d.app.Lost, d.app.lostRef = true, &ref
			}
		case s.Kind == KindWithdrawn && s.Body.Withdrawal != nil && d.app.Stage != StageHandedOver:
			d.withdrawn(s)
		}
	}
	if d.app.Withdrawal == Cancelled && d.app.Attempt > 0 && d.app.base != StageRejected && d.app.base != StageDefective { // the order crossed the withdrawal
		d.app.Withdrawal = Held
	}
}

func (d *derivation) withdrawn(s *Step) {
	w := s.Body.Withdrawal
	if d.app.Stage == StageWithdrawn && withdrawRank(w.State) <= withdrawRank(d.app.Withdrawal) {
		return
	}
	d.app.Withdrawal, d.app.WithdrawnFor = w.State, w.Reason
	d.stage(StageWithdrawn, s)
}

func withdrawRank(s WithdrawState) int {
	return slices.Index([]WithdrawState{Cancelled, Held, Destroyed}, s)
}
