package card

import (
	"strings"
	"unicode/utf8"

	"github.com/huzheng/huzheng/internal/event"
)

// KindLookedUp is the kind of a look-up among applications: its subject is the look-up. It stands in the unit's access stream.
const KindLookedUp = "card.looked_up"

// The ways of a look-up.
const (
	LookUpList         = "list"
	LookUpApplication  = "application"
	LookUpAppointments = "appointments"
	LookUpTemporary    = "temporary"
	LookUpUnclaimed    = "unclaimed"
	LookUpWhich        = "which"
	LookUpDuty         = "duty"
	LookUpExpiring     = "expiring"
	LookUpLate         = "late"
	LookUpHeld         = "held"
	LookUpAddress      = "address"
	LookUpKept         = "kept"
	LookUpPerson       = "person"
	LookUpOrder        = "order"
)

// LookedUp records who looked at applications and why (居民身份证法 (2003) art. 6 para 3: the police keep secret what they learn). It is written
// before the answer is given.
type LookedUp struct {
	Purpose     string `json:"purpose"`
	How         string `json:"how"`                   // one of the ways above
	Wide        bool   `json:"wide,omitempty"`        // more than one person was asked for
	Application string `json:"application,omitempty"` // the one shown, unless it was wide
	Resident    string `json:"resident,omitempty"`    // whose cards were shown
}

// minPurpose is the shortest purpose in characters: one word that means something.
const minPurpose = 2

// LookUp decides on a look-up: it needs a purpose.
func LookUp(by Actor, id string, l LookedUp) (event.Event, error) {
	if utf8.RuneCountInString(strings.TrimSpace(l.Purpose)) < minPurpose {
		r := refuse("card.no_purpose", "居民身份证法（2003）第6条", "未写明查询事由", "no purpose is given",
			"写明办理何事需要查询；查询会被记录", "say what it is needed for; every look-up is recorded")
		r.Field = "purpose"
		return event.Event{}, r
	}
	return event.Event{Stream: event.Access(by.Unit), Kind: KindLookedUp, V: 1, Subject: id, Body: l}, nil
}
