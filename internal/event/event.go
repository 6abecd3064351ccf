// Package event holds what rules give back: events to be written, or a refusal; and the values that both name:
// units and references to entries. It is pure.
package event

import (
	"fmt"
	"strings"
)

// Unit is an office, named by its code: the city and the counties by their six-digit division (GB/T 2260), a police
// station by its county's six digits and three of its own, as the acceptance number prints them (GA 214.4-2004).
// The code gives the unit's place in the tree (docs/adr/0001-journal.md).
type Unit string

// Level is a unit's tier.
type Level int

// The three tiers; 0 is no unit.
const (
	City    Level = 1
	County  Level = 2
	Station Level = 3
)

// Level tells the unit's tier, or 0 when the code is malformed.
func (u Unit) Level() Level {
	for _, c := range u {
		if c < '0' || c > '9' {
			return 0
		}
	}
	switch {
	case len(u) == 9:
		return Station
	case len(u) == 6 && strings.HasSuffix(string(u), "00"):
		return City
	case len(u) == 6:
		return County
	}
	return 0
}

// Valid tells whether the code is one of the three shapes.
func (u Unit) Valid() bool { return u.Level() != 0 }

// Parent is the unit above; empty for a city.
func (u Unit) Parent() Unit {
	switch u.Level() {
	case Station:
		return u[:6]
	case County:
		return u[:4] + "00"
	}
	return ""
}

// Contains tells whether other is u or lies below it.
func (u Unit) Contains(other Unit) bool {
	for ; other != ""; other = other.Parent() {
		if other == u {
			return true
		}
	}
	return false
}

// CommonSuperior is the nearest unit that contains both; empty when there is none.
func CommonSuperior(a, b Unit) Unit {
	for ; a != ""; a = a.Parent() {
		if a.Contains(b) {
			return a
		}
	}
	return ""
}

// Stream is a stream's name: "<unit>/up", "<unit>/to/<unit>", "<unit>/down" or "<unit>/access" (walks.md).
type Stream string

// Up is what a unit tells all its superiors.
func Up(u Unit) Stream { return Stream(u + "/up") }

// To is what a unit tells one other unit besides its superiors.
func To(u, other Unit) Stream { return Stream(u + "/to/" + other) }

// Down is what a unit tells all its subordinates besides its superiors.
func Down(u Unit) Stream { return Stream(u + "/down") }

// Access is a unit's record of who looked at whom and why.
func Access(u Unit) Stream { return Stream(u + "/access") }

// Unit is the unit that writes the stream.
func (s Stream) Unit() Unit {
	unit, _, _ := strings.Cut(string(s), "/")
	return Unit(unit)
}

// Audience is the part behind the unit: "up", "down", "access" or "to/<unit>".
func (s Stream) Audience() string {
	_, audience, _ := strings.Cut(string(s), "/")
	return audience
}

// Receiver is the unit that a To stream names; empty for the other kinds.
func (s Stream) Receiver() Unit {
	if to, ok := strings.CutPrefix(s.Audience(), "to/"); ok {
		return Unit(to)
	}
	return ""
}

// Valid tells whether the name is one of the four shapes with valid units.
func (s Stream) Valid() bool {
	if !s.Unit().Valid() {
		return false
	}
	switch a := s.Audience(); a {
	case "up", "down", "access":
		return true
	default:
		return strings.HasPrefix(a, "to/") && s.Receiver().Valid() && s.Receiver() != s.Unit()
	}
}

// DueTo tells whether the stream's entries are carried to a unit: all streams of a unit to every ancestor, Down to every
// descendant, To along the path between its two units (walks.md, "Streams, exactly").
func (s Stream) DueTo(u Unit) bool {
	if u.Contains(s.Unit()) {
		return true
	}
	if s.Audience() == "down" {
		return s.Unit().Contains(u)
	}
	to := s.Receiver()
	if to == "" {
		return false
	}
	common := CommonSuperior(s.Unit(), to)
	return u.Contains(to) && common.Contains(u)
}

// Ref names one entry: its tree, its place and its leaf hash (hex).
type Ref struct {
	Stream     Stream `json:"stream"`
	Generation int    `json:"generation"`
	Seq        int64  `json:"seq"`
	Leaf       string `json:"leaf"`
}

// String is "stream@generation:seq", for messages and keys.
func (r Ref) String() string { return fmt.Sprintf("%s@%d:%d", r.Stream, r.Generation, r.Seq) }

// Event is one fact that a rule decided. Body is marshalled to JSON as the entry's body.
type Event struct {
	Stream  Stream
	Kind    string // <room>.<past-tense fact>
	V       int    // version of the body
	Subject string // opaque identifier of what the fact is about
	Cause   *Ref   // the entry that this one answers
	Blobs   []string
	Body    any
}
