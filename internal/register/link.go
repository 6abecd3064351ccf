package register

import (
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// IdentityLinked says that an open registration is also the person of a registration that a decision ended elsewhere, or that had another number
// before (walk 3): so the old number finds the person, and banks and pension offices get a certificate of both.
type IdentityLinked struct {
	Change
	OldNumber   string     `json:"old_number"`
	OldUnit     event.Unit `json:"old_unit"` // where it was registered
	Certificate string     `json:"certificate"`
	Relatives   []string   `json:"relatives,omitempty"` // tenures of the household whose entries named the old number
	Decision    *event.Ref `json:"decision"`
}

// Link is the command to link an old number with an open registration.
type Link struct {
	OldNumber   string
	OldUnit     event.Unit
	Certificate string
	Decision    *event.Ref
}

// LinkIdentity links an old number with an open registration, and puts the number in force into the entries of relatives who named the old one.
func LinkIdentity(by By, t Tenure, c Link, relatives []Tenure) ([]event.Event, error) {
	if r := t.Guard(by, 0, nil); r != nil {
		return nil, r
	}
	switch {
	case c.Decision == nil:
		return nil, event.Refuse("register.no_decision", source("17"),
			citizen.Text{ZH: "认定同一人须有决定", EN: "linking two registrations as one person needs a decision"},
			citizen.Text{ZH: "先由有权单位决定", EN: "the competent unit decides first"})
	case c.OldNumber == "" || c.Certificate == "":
		return nil, field("old_number", event.Refuse("register.no_person", source("17"),
			citizen.Text{ZH: "未填原号码或证明编号", EN: "the old number or the certificate's number is missing"},
			citizen.Text{ZH: "按决定填写", EN: "copy them from the decision"}))
	}
	body := IdentityLinked{Change: t.next(by.Today, nil), OldNumber: c.OldNumber, OldUnit: c.OldUnit, Certificate: c.Certificate, Decision: c.Decision}
	var changes []event.Event
	for _, r := range relatives {
		changed, ok := renamed(r, c.OldNumber, t.Record.Number)
		if !ok || r.Unit != by.Unit || r.State != StateOpen || r.ID == t.ID {
			continue
		}
		change := r.next(by.Today, nil)
		before := r.Record
		change.Before, change.Record = &before, changed
		body.Relatives = append(body.Relatives, r.ID)
		changes = append(changes, event.Event{Stream: event.Up(by.Unit), Kind: KindItemsCorrected, V: 1, Subject: r.ID, Cause: c.Decision,
			Body: ItemsCorrected{Change: change, Category: "92", Decision: c.Certificate, Ref: c.Decision}})
	}
	return append([]event.Event{{Stream: event.Up(by.Unit), Kind: KindIdentityLinked, V: 1, Subject: t.ID, Cause: c.Decision, Body: body}}, changes...), nil
}

// renamed is a relative's record with the new number where it named the old one; ok is false where it did not.
func renamed(r Tenure, from, to string) (after Record, ok bool) {
	after = r.Record
	if from == to {
		return after, false
	}
	for _, item := range []*string{&after.FatherNumber, &after.MotherNumber, &after.SpouseNumber} {
		if *item == from {
			*item, ok = to, true
		}
	}
	return after, ok
}

// StillOpen refuses a registration that is not open at the acting station: a decision about it no longer fits.
func (t Tenure) StillOpen(by By) error {
	if r := t.Guard(by, 0, nil); r != nil {
		return r
	}
	return nil
}
