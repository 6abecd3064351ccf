package site

import (
	"fmt"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// The facts of a unit's readiness (R4, R17).
const (
	FactSoftware   = "software"   // a node serves the unit
	FactEquipment  = "equipment"  // the norm's equipment is in service
	FactLine       = "line"       // the line is tested, or the disk road stands
	FactTraining   = "training"   // somebody is certified and activated for each post
	FactAnswerable = "answerable" // one answerable person is named
	FactVerified   = "verified"   // share of residents verified
)

// Met is whether a fact is met. What is not known is never met.
type Met string

// The answers.
const (
	Yes     Met = "yes"
	No      Met = "no"
	Unknown Met = "unknown"
)

// Fact is one measured condition of a unit's readiness.
type Fact struct {
	Fact  string       `json:"fact"`
	Text  citizen.Text `json:"text"`
	Value string       `json:"value"`
	Need  string       `json:"needed"`
	Met   Met          `json:"met"`
}

// Unmet lists the facts that are not met, the unknown among them.
func Unmet(facts []Fact) []Fact {
	var open []Fact
	for _, f := range facts {
		if f.Met != Yes {
			open = append(open, f)
		}
	}
	return open
}

// Share is a part of residents that another room measured. Measured is false where nobody has.
type Share struct {
	Part     int
	Whole    int
	Measured bool
}

// Limits are the office's settings. All are UNCONFIRMED: no source names them.
type Limits struct {
	VerifiedPercent   int // of a unit's residents, before it starts
	CertificateMonths int // how long a certificate is valid
	PassMark          int // of 100, where an examination names none
	NetworkKbps       int // below it a line is too slow for photographs, and the disk road is used
	RenewalDays       int // before its end a certificate is listed for renewal
}

// DefaultLimits are settings to begin with.
func DefaultLimits() Limits {
	return Limits{VerifiedPercent: 90, CertificateMonths: 24, PassMark: 60, NetworkKbps: 64, RenewalDays: 60}
}

// Measured is what the desk measured of a unit.
type Measured struct {
	Unit       event.Unit
	Node       event.Unit // the unit whose node serves it; empty: not known
	Joined     bool       // that node has joined
	Assets     []Asset
	Line       Line
	Cover      []Cover
	Answerable bool
	Verified   Share
}

// Readiness gives each fact with its value, what is needed, and whether it is met for a stage. A pilot needs a tested line (plan S5); a start may use the
// disk road, if the line's state is known and a removable disk is in service (plan P11).
func Readiness(m Measured, stage Stage, limits Limits) []Fact {
	return []Fact{software(m), equipment(m), line(m, stage, limits), training(m), answerable(m), verified(m, limits)}
}

func fact(name, zh, en, value, need string, met bool) Fact {
	f := Fact{Fact: name, Text: citizen.Text{ZH: zh, EN: en}, Value: value, Need: need, Met: No}
	if met {
		f.Met = Yes
	}
	return f
}

func software(m Measured) Fact {
	f := fact(FactSoftware, "节点已接入", "a node serves the unit", string(m.Node), "joined", m.Joined)
	if m.Node == "" {
		f.Met = Unknown
	}
	return f
}

// equipment counts the confirmed norm only: what no source confirms is listed and never hinders.
func equipment(m Measured) Fact {
	need, have := 0, 0
	for _, n := range NeedOf(m.Unit, m.Assets) {
		if !n.Unconfirmed {
			need += n.Norm
			have += min(n.Norm, n.InService)
		}
	}
	f := fact(FactEquipment, "规定设备已投入使用", "the norm's equipment is in service", fmt.Sprint(have), fmt.Sprint(need), have >= need)
	if len(m.Assets) == 0 && need > 0 {
		f.Value, f.Met = "", Unknown
	}
	return f
}

func line(m Measured, stage Stage, limits Limits) Fact {
	f := fact(FactLine, "线路已测试", "the line is tested", string(m.Line.State), string(LineTested), m.Line.Road(limits) == RoadNetwork)
	switch {
	case m.Line.State == LineUnknown:
		f.Met = Unknown
	case f.Met == No && stage != Pilot && countInService(m.Assets, "removable_disk") > 0:
		f.Value, f.Met = RoadDisk, Yes
	}
	return f
}

func training(m Measured) Fact {
	have := 0
	for _, c := range m.Cover {
		if len(c.Able) > 0 {
			have++
		}
	}
	return fact(FactTraining, "各岗位有人持证上岗", "somebody is certified and activated for each post", fmt.Sprint(have), fmt.Sprint(len(m.Cover)), have == len(m.Cover))
}

func answerable(m Measured) Fact {
	value := "0"
	if m.Answerable {
		value = "1"
	}
	return fact(FactAnswerable, "已明确责任人", "an answerable person is named", value, "1", m.Answerable)
}

// verified says "not measured" where nobody has measured. A unit without residents has not taken its register over yet: that is unknown too.
func verified(m Measured, limits Limits) Fact {
	f := fact(FactVerified, "已核对居民比例", "share of residents verified", "", fmt.Sprintf("%d%%", limits.VerifiedPercent), false)
	switch {
	case !m.Verified.Measured:
		f.Value, f.Met = "not measured", Unknown
	case m.Verified.Whole == 0:
		f.Value, f.Met = "no residents", Unknown
	default:
		f.Value = fmt.Sprintf("%d%%", 100*m.Verified.Part/m.Verified.Whole)
		if 100*m.Verified.Part >= limits.VerifiedPercent*m.Verified.Whole {
			f.Met = Yes
		}
	}
	return f
}
