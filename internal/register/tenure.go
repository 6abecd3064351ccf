package register

import (
	"fmt"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// The states of a tenure.
const (
	StateOpen      = "open"
	StateMovedOut  = "moved_out"
	StateDead      = "dead"
	StateCancelled = "cancelled"
)

// Tenure is one resident's registration at one station, from entry to exit, as it stands now.
type Tenure struct {
	Unit     event.Unit `json:"unit"` // the station whose tenure it is
	ID       string     `json:"id"`
	Resident string     `json:"resident"`
	Version  int64      `json:"version"` // of the last change, from 1; the owner counts
	State    string     `json:"state"`
	Record   Record     `json:"record"`

	EnteredKind string       `json:"entered_kind"` // kind of the entry that opened it; empty while that is not known here
	EnteredOn   citizen.Date `json:"entered_on,omitzero"`
	ExitedKind  string       `json:"exited_kind,omitempty"`
	ExitedOn    citizen.Date `json:"exited_on,omitzero"`

	MovedTo       event.Unit `json:"moved_to,omitempty"`        // after moving out: the station that owns the person since; empty: outside the city
	MovedToTenure string     `json:"moved_to_tenure,omitempty"` // and the tenure that it opens
	InTransit     bool       `json:"in_transit,omitempty"`      // moved out, and neither arrived nor returned as far as is known here
	Provisional   bool       `json:"provisional,omitempty"`     // moved in on a signed paper; the stream has not confirmed it yet
}

// Owner is the unit that may write about the person now, and the tenure that it knows the person by: from moving out on it is
// the receiving station (walk 2).
func (t Tenure) Owner() (event.Unit, string) {
	if t.State == StateMovedOut && t.MovedTo != "" {
		return t.MovedTo, t.MovedToTenure
	}
	return t.Unit, t.ID
}

// By is who acts and on what day.
type By struct {
	Unit  event.Unit
	Today citizen.Date
}

// Noted is one change of a tenure's history, for telling a clerk what happened since.
type Noted struct {
	Version  int64
	Kind     string
	Operator string
}

// Guard is what every command on a tenure has to pass: the right unit, the version that the clerk saw, an open tenure. Expected
// 0 asks for no version; since lists the changes after it.
func (t Tenure) Guard(by By, expected int64, since []Noted) *event.Refusal {
	if t.Unit != by.Unit {
		return t.notOwner()
	}
	if expected != 0 && expected != t.Version {
		return stale(t, expected, since)
	}
	if t.State == StateMovedOut {
		return t.notOwner()
	}
	if t.State != StateOpen {
		return event.Refuse("register.closed", "户口登记条例（1958）第8条",
			citizen.Text{ZH: "该登记已终止（" + stateText(t.State).ZH + "）", EN: "this registration has ended (" + stateText(t.State).EN + ")"},
			citizen.Text{ZH: "如系误办，由上级决定恢复户口", EN: "if that was a mistake, the unit above decides on restoring it"})
	}
	return nil
}

func (t Tenure) notOwner() *event.Refusal {
	owner, _ := t.Owner()
	if t.State == StateMovedOut && owner == t.Unit {
		return event.Refuse("register.not_owner", "户口登记条例（1958）第10条",
			citizen.Text{ZH: "该人已迁往市外", EN: "the person has moved out of the city"},
			citizen.Text{ZH: "告知当事人向现户口所在地派出所办理", EN: "send the person to the station of the present registration"})
	}
	return event.Refuse("register.not_owner", "户口登记条例（1958）第6条",
		citizen.Text{ZH: "该人的户口归 " + string(owner) + " 管理", EN: "the person is registered with unit " + string(owner)},
		citizen.Text{ZH: "向 " + string(owner) + " 送出事项通报（register.report_event）", EN: "report the event to " + string(owner) + " (register.report_event)"})
}

func stale(t Tenure, expected int64, since []Noted) *event.Refusal {
	lines := make([]string, len(since))
	for i, n := range since {
		lines[i] = fmt.Sprintf("%d %s %s", n.Version, n.Kind, n.Operator)
	}
	what := strings.Join(lines, "; ")
	r := event.Refuse("register.stale", "",
		citizen.Text{ZH: fmt.Sprintf("您看到的是第 %d 版，现为第 %d 版，其间的变动：%s", expected, t.Version, what),
			EN: fmt.Sprintf("you saw version %d, it is version %d now; since then: %s", expected, t.Version, what)},
		citizen.Text{ZH: "重新调出后再办理", EN: "load it again, then decide"})
	r.Field = "expected_version"
	return r
}

func stateText(state string) citizen.Text {
	switch state {
	case StateOpen:
		return citizen.Text{ZH: "在册", EN: "registered"}
	case StateMovedOut:
		return citizen.Text{ZH: "已迁出", EN: "moved out"}
	case StateDead:
		return citizen.Text{ZH: "死亡注销", EN: "cancelled on death"}
	}
	return citizen.Text{ZH: "已注销", EN: "cancelled"}
}
