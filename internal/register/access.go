package register

import (
	"strings"
	"unicode/utf8"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// LookedUp records who looked whom up and why (居民身份证法 (2003) art. 6 para 3: the police keep secret what they learn). It is
// written before the answer is given, in the unit's access stream.
type LookedUp struct {
	Purpose string     `json:"purpose"`
	How     string     `json:"how"`               // number, tenure, name, unit
	Wide    bool       `json:"wide,omitempty"`    // more than one person was asked for
	Tenures []string   `json:"tenures,omitempty"` // those shown, unless it was wide
	About   event.Unit `json:"about,omitempty"`   // the station whose residents are exported
}

// minPurpose is the shortest purpose in characters: one word that means something.
const minPurpose = 2

// LookUp decides on a look-up: it needs a purpose.
func LookUp(by By, id string, l LookedUp) (event.Event, error) {
	if utf8.RuneCountInString(strings.TrimSpace(l.Purpose)) < minPurpose {
		r := event.Refuse("register.no_purpose", "居民身份证法（2003）第6条",
			citizen.Text{ZH: "未写明查询事由", EN: "no purpose is given"},
			citizen.Text{ZH: "写明办理何事需要查询；查询会被记录", EN: "say what it is needed for; every look-up is recorded"})
		r.Field = "purpose"
		return event.Event{}, r
	}
	return event.Event{Stream: event.Access(by.Unit), Kind: KindLookedUp, V: 1, Subject: id, Body: l}, nil
}
