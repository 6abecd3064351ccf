package verify

import (
	"slices"
	"time"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/register"
)

func dayOf(at int64) citizen.Date { return citizen.DateOf(time.UnixMilli(at)) }

// ProposeCorrection proposes to change items of a person of this station (户口登记条例第17条). A main item waits for the unit that decides it; others
// are decided on the spot, and the desk carries them out in the same act.
func ProposeCorrection(by By, person register.Tenure, c CorrectionProposed, pending bool) (CorrectionProposed, error) {
	if person.Unit != by.Unit || person.State != register.StateOpen {
		return c, notOurs()
	}
	after := c.Items.After(person.Record)
	c.Home, c.Tenure, c.Resident, c.Main = by.Unit, person.ID, person.Resident, register.MainMark(person.Record)
	c.Altered = register.MainAltered(&person.Record, &after)
	switch {
	case blank(c.Evidence):
		return c, noWords("evidence")
	case !by.past(c.On):
		return c, wrongDate("on")
	case pending && len(c.Altered) > 0:
		return c, refuse("verify.pending", regLaw17, "该人已有待批的更正", "a correction of this person waits already", "等待其办结", "wait until it is through")
	}
	if _, ok := citizen.AlterationCategories.ByCode(c.Category); !ok {
		return c, field("category", refuse("verify.category", "GA 214.13-2004", "变更更正类别不在代码表中", "the category is not a code of the table", "按代码表选择", "choose from the table"))
	}
	return c, nil
}

// JudgeCorrection approves or refuses a correction: at the tier that decides on its items, above the station, by another person.
func JudgeCorrection(by By, c Correction, s Settings, approve bool, ground string) (event.Event, error) {
	kind := KindCorrectionRefused
	switch {
	case c.Proposal == nil:
		return event.Event{}, NotFound()
	case !by.Unit.Contains(c.Unit) || by.Unit == c.Unit || by.Unit.Level() != levelOf(s.Levels, c.Body.Altered):
		return event.Event{}, refuse("verify.level", regLaw17, "该项目的更正不由本级审批", "this tier does not decide on these items", "按审批权限由有权的上级审批", "the unit of the right tier decides")
	case c.Stage != StageProposed:
		return event.Event{}, refuse("verify.decided_already", "", "该更正已有决定", "this correction has been decided", "查看其办理情况", "see what became of it")
	case by.Operator == c.Proposal.Operator:
		return event.Event{}, samePerson()
	case !approve && blank(ground):
		return event.Event{}, noWords("ground")
	}
	if approve {
		kind = KindCorrectionApproved
	}
	ref := c.Proposal.Ref
	return event.Event{Stream: event.To(by.Unit, c.Unit), Kind: kind, V: 1, Subject: c.ID, Cause: &ref,
		Body: CorrectionDecided{About: About{Matter: c.ID, Home: c.Unit}, Ground: ground, Proposer: c.Proposal.Operator}}, nil
}

// levelOf is the highest tier that one of the items needs.
func levelOf(levels register.Levels, items []string) event.Level {
	level := event.County
	for _, item := range items {
		if l, ok := levels[item]; ok && l < level {
			level = l
		}
	}
	return level
}

// CarryOutCorrection makes the register's entry of an approved correction, or gives the decision back when it no longer fits.
func CarryOutCorrection(by By, c Correction, person register.Tenure, known bool, holders []string) []event.Event {
	about := About{Matter: c.ID, Home: c.Unit}
	back := func(ground string) []event.Event {
		ref := c.Approval.Ref
		return []event.Event{{Stream: event.To(c.Unit, ref.Stream.Unit()), Kind: KindDecisionReturned, V: 1, Subject: c.ID, Cause: &ref,
			Body: DecisionReturned{About: about, Ground: ground}}}
	}
	if !known {
		return back("登记不在本所")
	}
	if register.MainMark(person.Record) != c.Body.Main {
		return back("提出后主项已变动")
	}
	ref := c.Approval.Ref
	changed, err := register.CorrectItems(by.register(), person, register.Correct{Items: c.Body.Items, Category: c.Body.Category, On: c.Body.On, Paper: c.Body.Paper,
		Decision: c.ID, Ref: &ref}, register.CorrectFacts{Holders: holders})
	if err != nil {
		r, _ := event.AsRefusal(err)
		return back(r.Text.ZH)
	}
	return []event.Event{changed, {Stream: event.Up(c.Unit), Kind: KindCorrectionCarried, V: 1, Subject: c.ID, Cause: &ref, Body: CorrectionCarried{about}}}
}

// Settled tells whether every difference that a visit found of a person has been carried out or refused, counting a correction that just was.
func Settled(v *Visited, tenure string, corrections []Correction) bool {
	for _, d := range v.Differences {
		if d.Tenure != tenure {
			continue
		}
		through := slices.ContainsFunc(corrections, func(c Correction) bool {
			_, named := itemsIn(c.Body.Items)[d.Item]
			return named && (c.Stage == StageCarriedOut || c.Stage == StageRefused)
		})
		if !through {
			return false
		}
	}
	return true
}

// itemsIn names the items that a correction gives.
func itemsIn(it register.Items) map[string]bool {
	var empty register.Record
	marked := itemsMarked(it, "\x01")
	was := itemsOf(&empty)
	names := make(map[string]bool)
	for name, value := range itemsOf(&marked) {
		if value != was[name] {
			names[name] = true
		}
	}
	return names
}

// itemsMarked is an empty record with every given item put to something, an empty new value among them.
func itemsMarked(it register.Items, mark string) register.Record {
	for _, p := range []**string{&it.Number, &it.Name, &it.FormerName, &it.Sex, &it.EthnicGroup, &it.Birthplace, &it.NativePlace, &it.Address, &it.HouseholdNo,
		&it.Relation, &it.MaritalStatus, &it.Education, &it.Occupation, &it.Workplace, &it.FatherNumber, &it.MotherNumber, &it.SpouseNumber} {
		if *p != nil {
			*p = &mark
		}
	}
	return it.After(register.Record{})
}

// FinishOrder marks an order of a comparison as done. The record itself is changed by a correction only: its order is done when the register says so, when
// the unit above has refused the change, or when the person is not registered here any more.
func FinishOrder(by By, m Matter, c Compared, done map[[2]string]bool, looked string, o OrderDone, person register.Tenure, corrections []Correction, pending bool) (event.Event, error) {
	if m.Unit != by.Unit {
		return event.Event{}, notOurs()
	}
	i := slices.IndexFunc(c.Orders, func(x Order) bool { return x.Source == o.Source && x.Item == o.Item })
	switch {
	case i < 0 || done[[2]string{o.Source, o.Item}]:
		return event.Event{}, refuse("verify.no_order", "", "没有待办的更正通知", "there is no such order waiting", "查看清单（verify.list）", "see the list (verify.list)")
	case !by.past(o.On):
		return event.Event{}, wrongDate("on")
	}
	refused := slices.ContainsFunc(corrections, func(x Correction) bool { return x.Stage == StageRefused && itemsIn(x.Body.Items)[o.Item] })
	if value, _ := ItemOf(&person.Record, o.Item); o.Source == SourceComputer && value != c.Orders[i].To && !refused && person.State == register.StateOpen {
		return event.Event{}, refuse("verify.record_unchanged", regLaw17, "登记中该项目尚未更正", "the register still has the old value", "先提出更正并办结（verify.propose_correction）", "propose the correction first and see it through (verify.propose_correction)")
	}
	o.Home = by.Unit
	done[[2]string{o.Source, o.Item}] = true
	last := !slices.ContainsFunc(c.Orders, func(x Order) bool { return !done[[2]string{x.Source, x.Item}] })
	if last && !pending && person.State == register.StateOpen && person.Unit == by.Unit {
		o.Verified = []Verified{{Tenure: person.ID, Resident: person.Resident, Main: register.MainMark(person.Record), By: looked, Way: WayComparison}}
	}
	return event.Event{Stream: event.Up(by.Unit), Kind: KindOrderDone, V: 1, Subject: m.ID, Body: o}, nil
}
