package site

import "github.com/huzheng/huzheng/internal/event"

// Own tells whether an entry of a stream is a unit's own word about itself: it stands in that unit's up stream.
func Own(s event.Stream, about event.Unit) bool { return about.Valid() && s == event.Up(about) }

// Above tells whether an entry of a stream is the word of a unit above: it stands in the down stream of one that is strictly above. A city, which
// has none above it, decides about itself.
func Above(s event.Stream, about event.Unit) bool {
	return Counts(s, about) && (s.Unit() != about || about.Level() == event.City)
}

// MayState tells whether an entry of a kind in a stream may speak of a unit. Whatever else a node writes gives no row on any node.
//
// A unit's life is decided above it, and only that it is ready does it say itself. Training, examinations, certificates and the right to a step are given by
// a county or city for its own area; a right may also be taken away by the unit where the operator works. Courses are announced downwards by who holds
// them. Of its line, outages, stops, seats and absences both may speak; whose word holds when both do is said where each is derived. Of the
// steps of equipment see StepCounts.
func MayState(kind string, s event.Stream, about event.Unit) bool {
	switch kind {
	case KindReadyDeclared:
		return Own(s, about)
	case KindStageDecided:
		return Above(s, about)
	case KindCourseOpened:
		return s == event.Down(about) && trains(about)
	case KindAttended, KindExamined, KindCertified, KindActivated:
		return Counts(s, about) && trains(s.Unit())
	case KindSuspended:
		return Own(s, about) || Counts(s, about)
	}
	return Own(s, about) || Above(s, about)
}

// trains tells whether a unit trains and examines: counties and cities do.
func trains(u event.Unit) bool { return u.Level() == event.County || u.Level() == event.City }

// stream is where a unit speaks of another: up about itself, down about one below it. A city decides about itself in its down stream.
func (by By) stream(about event.Unit) event.Stream {
	if by.Unit == about {
		return event.Up(about)
	}
	return event.Down(by.Unit)
}

// speaks refuses a unit that is not known, or neither the operator's own nor below it.
func (by By) speaks(about event.Unit, known bool) error {
	if !known || !by.Unit.Contains(about) {
		return refuse("site.no_unit", "unit", "辖区内没有该单位", "there is no such unit in this area", "核对单位代码，或先设立单位", "check the code, or found the unit first")
	}
	return nil
}

// decides refuses an operator whose unit is not above the one decided about.
func (by By) decides(about event.Unit, known bool) error {
	if err := by.speaks(about, known); err != nil {
		return err
	}
	if !Above(event.Down(by.Unit), about) {
		return refuse("site.not_above", "unit", "本单位的事项由上级决定", "what a unit becomes is decided by the unit above it", "由上级公安机关办理", "let the unit above do it")
	}
	return nil
}

// Claim is the place of a statement: it orders what several units say of one matter.
type Claim struct {
	Stream     event.Stream `json:"-"`
	Generation int          `json:"-"`
	Seq        int64        `json:"-"`
	Signer     string       `json:"signer"` // operator
	At         int64        `json:"at"`     // ms UTC
}

// before is an order of claims that asks only what the entries say: the higher tier first, then stream, generation and place.
func (c Claim) before(d Claim) bool {
	switch a, b := c.Stream.Unit().Level(), d.Stream.Unit().Level(); {
	case a != b:
		return a < b
	case c.Stream != d.Stream:
		return c.Stream < d.Stream
	case c.Generation != d.Generation:
		return c.Generation < d.Generation
	}
	return c.Seq < d.Seq
}
