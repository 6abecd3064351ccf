// Package audit computes conservation from the journal alone: nobody registered, no card, no receipt and no fen may appear, vanish or
// be counted twice. It reads entries as the formats document describes them (docs/formats/journal.md) and shares no code with the
// rooms and their tables, so that an error there cannot hide here.
package audit

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/store"
)

// Error is one breach of conservation.
type Error struct {
	Law     string `json:"law"`     // which sum does not come out, as "card.lost"
	Subject string `json:"subject"` // opaque
	Problem string `json:"problem"`
}

// String is one line for a report.
func (e Error) String() string { return e.Law + " " + e.Subject + ": " + e.Problem }

// Report is what the journal adds up to.
type Report struct {
	Entries   int64     `json:"entries"`
	Residents Residents `json:"residents"`
	Cards     Cards     `json:"cards"`
	Cases     Cases     `json:"cases"`
	Money     Money     `json:"money"`
	CleanUp   CleanUp   `json:"clean_up"`
	Errors    []Error   `json:"errors"`
}

// Blobs gives the content of attachments: a bulk import's lines lie in one.
type Blobs interface {
	Open(digest string) (io.ReadCloser, error)
}

// auditor gathers facts from entries, in whatever order they come; the sums are made at the end.
type auditor struct {
	blobs    Blobs
	report   Report
	register register
	cards    cards
	cases    cases
	money    money
	cleanUp  cleanUp
}

// Run reads every entry that the node holds. It is exact where the node holds every stream of its area, as a city does; a station sees
// its own part.
func Run(ctx context.Context, tx *store.Tx, blobs Blobs) (*Report, error) {
	a := &auditor{blobs: blobs, register: newRegister(), cards: newCards(), cases: newCases(), money: newMoney(), cleanUp: newCleanUp()}
	a.report.Errors = []Error{}
	err := journal.Each(ctx, tx, func(e *journal.Entry) error {
		a.report.Entries++
		return a.entry(e)
	})
	if err != nil {
		return nil, err
	}
	a.sumResidents()
	a.sumCards()
	a.sumCases()
	a.sumMoney()
	a.sumCleanUp()
	slices.SortFunc(a.report.Errors, func(x, y Error) int {
		return cmp.Or(cmp.Compare(x.Law, y.Law), cmp.Compare(x.Subject, y.Subject), cmp.Compare(x.Problem, y.Problem))
	})
	return &a.report, nil
}

// handlers maps a kind to what it adds.
var handlers = map[string]func(*auditor, *journal.Entry) error{
	"register.chunk_imported":   (*auditor).chunkImported,
	"register.birth_registered": (*auditor).birthRegistered,
	"register.number_reserved":  (*auditor).numberReserved,
	"register.moved_out":        (*auditor).movedOut,
	"register.moved_in":         (*auditor).movedIn,
	"register.tenure_resumed":   (*auditor).tenureResumed,
	"register.death_registered": (*auditor).deathRegistered,
	"register.cancelled":        (*auditor).cancelled,
	"register.restored":         (*auditor).restored,

	"register.late_entered":        (*auditor).lateEntered,
	"register.removed":             (*auditor).change,
	"register.items_corrected":     (*auditor).change,
	"register.class_changed":       (*auditor).change,
	"register.membership_changed":  (*auditor).change,
	"register.address_changed":     (*auditor).change,
	"register.redivided":           (*auditor).change,
	"register.household_set_up":    (*auditor).householdStated,
	"register.household_changed":   (*auditor).householdStated,
	"register.household_dissolved": (*auditor).householdStated,

	"card.number_reserved":     (*auditor).acceptanceReserved,
	"card.opened":              (*auditor).cardOpened,
	"card.ordered":             (*auditor).cardOrdered,
	"card.returned":            (*auditor).cardReturned,
	"card.made":                (*auditor).cardMade,
	"card.rejected":            (*auditor).cardRejected,
	"card.dispatched":          (*auditor).cardDispatched,
	"card.feedback_taken":      (*auditor).feedbackTaken,
	"card.consigned":           (*auditor).consigned,
	"card.consignment_counted": (*auditor).consignmentCounted,
	"card.handed_over":         (*auditor).handedOver,
	"card.withdrawn":           (*auditor).withdrawn,
	"card.reported_lost":       (*auditor).reportedLost,

	"programme.report_frozen": (*auditor).reportFrozen,
	"programme.quotas_set":    (*auditor).quotasSet,
}

func (a *auditor) entry(e *journal.Entry) error {
	if err := a.cleanUpEntry(e); err != nil {
		return err
	}
	handle := handlers[e.Kind]
	if handle == nil {
		if done, err := a.caseEntry(e); done || err != nil {
			return err
		}
		return a.moneyEntry(e)
	}
	if e.Erased() {
		return nil
	}
	return handle(a, e)
}

func (a *auditor) breach(law, subject, format string, args ...any) {
	a.report.Errors = append(a.report.Errors, Error{Law: law, Subject: subject, Problem: fmt.Sprintf(format, args...)})
}

func decode[T any](e *journal.Entry) (T, error) {
	var body T
	if err := json.Unmarshal(e.Body, &body); err != nil {
		return body, fmt.Errorf("audit: %s: %w", e.Ref(), err)
	}
	return body, nil
}

// sortedKeys makes reports the same from run to run.
func sortedKeys[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}

// unitOf is the unit that a body names, or the entry's own.
func unitOf(named event.Unit, e *journal.Entry) event.Unit {
	if named != "" {
		return named
	}
	return e.Unit
}
