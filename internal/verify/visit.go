package verify

import (
	"slices"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/register"
)

// The marks of a member who was not simply at home or away.
const (
	MarkNotHere     = "not_here"            // registered there, lives elsewhere: 有户无人
	MarkCancellable = "should_be_cancelled" // dead, enlisted, settled abroad: 应销未销
)

// VisitHousehold decides on a visit: every member is accounted for, one by one, differences name an item and another value, and whoever was looked at
// without a difference is verified in the officer's name (plan P4, P8).
func VisitHousehold(by By, v Visited, members []register.Tenure, pending map[string]bool) (Visited, error) {
	v.Home = by.Unit
	if err := checkVisit(by, &v, members); err != nil {
		return v, err
	}
	v.Address = members[0].Record.Address
	v.Verified = nil
	for _, m := range members {
		if slices.Contains(v.Present, m.ID) && !v.speaksOf(m.ID) && !pending[m.Resident] {
			v.Verified = append(v.Verified, Verified{Tenure: m.ID, Resident: m.Resident, Main: register.MainMark(m.Record), By: by.Operator, Way: WayVisit})
		}
	}
	return v, nil
}

// speaksOf tells whether a visit says something of a member besides that he was looked at.
func (v *Visited) speaksOf(tenure string) bool {
	return slices.ContainsFunc(v.Differences, func(d Difference) bool { return d.Tenure == tenure }) ||
		slices.ContainsFunc(v.Marks, func(m Mark) bool { return m.Tenure == tenure })
}

func checkVisit(by By, v *Visited, members []register.Tenure) error {
	switch {
	case len(members) == 0:
		return field("household_no", refuse("verify.no_household", "户口登记条例（1958）第5条", "本所没有该户", "there is no such household at this station",
			"核对户号", "check the household's number"))
	case !by.past(v.On):
		return wrongDate("on")
	case blank(v.Signed) && !v.EmptyHung:
		return field("signed", refuse("verify.not_signed", "", "未填在核对表上签字的家庭成员", "nobody of the household signed the sheet", "填写签字人姓名", "name who signed"))
	}
	for _, m := range members {
		if err := v.account(m.ID); err != nil {
			return err
		}
	}
	known := func(tenure string) *register.Tenure {
		for i := range members {
			if members[i].ID == tenure {
				return &members[i]
			}
		}
		return nil
	}
	named := slices.Clone(v.Present)
	for _, a := range v.Absent {
		named = append(named, a.Tenure)
		if blank(a.Where) {
			return noWords("absent")
		}
	}
	for _, m := range v.Marks {
		named = append(named, m.Tenure)
		if m.Mark != MarkNotHere && m.Mark != MarkCancellable {
			return field("marks", refuse("verify.mark", "", "标记应为 not_here 或 should_be_cancelled", "a mark is not_here or should_be_cancelled", "改正标记", "correct the mark"))
		}
		if blank(m.Words) {
			return noWords("marks")
		}
	}
	for _, tenure := range named {
		if known(tenure) == nil {
			return field("present", refuse("verify.not_member", "户口登记条例（1958）第5条", "所列人员不是该户成员", "somebody named is no member of the household",
				"户外人员填入未登记人员", "write down who is not registered there as unregistered"))
		}
	}
	for i := range v.Differences {
		d := &v.Differences[i]
		m := known(d.Tenure)
		if m == nil || !slices.Contains(v.Present, d.Tenure) && !v.marked(d.Tenure) {
			return field("differences", refuse("verify.not_seen", "", "差异所属的人不在到场人员中", "a difference is told of somebody who was not looked at",
				"先列入到场人员", "list the person as present"))
		}
		registered, ok := ItemOf(&m.Record, d.Item)
		if !ok {
			return field("differences", refuse("verify.item", form95, "没有项目 "+d.Item, "there is no item "+d.Item, "按登记表的项目填写", "use an item of the form"))
		}
		if d.Registered = registered; d.Told == registered {
			return field("differences", refuse("verify.no_difference", "", "所述与登记相同", "what is told is what is registered", "只填写不同的项目", "write differences only"))
		}
	}
	return nil
}

func (v *Visited) marked(tenure string) bool {
	return slices.ContainsFunc(v.Marks, func(m Mark) bool { return m.Tenure == tenure })
}

// account refuses a member of whom the visit says nothing, or two things.
func (v *Visited) account(tenure string) error {
	n := 0
	if slices.Contains(v.Present, tenure) {
		n++
	}
	if slices.ContainsFunc(v.Absent, func(a Absence) bool { return a.Tenure == tenure }) {
		n++
	}
	if v.marked(tenure) {
		n++
	}
	if n == 1 || n == 0 && v.EmptyHung {
		return nil
	}
	return field("present", refuse("verify.unaccounted", "", "户内有人未逐一说明在场、外出或不在此住", "a member of the household is not accounted for, once: present, absent or not here",
		"每人只列一次，不漏户、不漏人", "list each member once; nobody is left out and nothing is verified in bulk"))
}

// Blind compares a second visit with the first: what the first missed, and what the second did not find again.
func Blind(first *Visited, second *Revisited) {
	same := func(list []Difference, d Difference) bool {
		return slices.ContainsFunc(list, func(x Difference) bool { return x.Tenure == d.Tenure && x.Item == d.Item && x.Told == d.Told })
	}
	second.First = first.Matter
	for _, tenure := range second.Present {
		if slices.Contains(first.Present, tenure) {
			second.Items += len(VisitItems)
		}
	}
	for _, d := range second.Differences {
		if slices.Contains(first.Present, d.Tenure) && !same(first.Differences, d) {
			second.Missed = append(second.Missed, d)
		}
	}
	for _, d := range first.Differences {
		if slices.Contains(second.Present, d.Tenure) && !same(second.Differences, d) {
			second.NotFound = append(second.NotFound, d)
		}
	}
}

// VisitEvents are what a visit writes: itself, and the cases that it opens.
func VisitEvents(by By, v Visited, cases []event.Event) []event.Event {
	return append([]event.Event{{Stream: event.Up(by.Unit), Kind: KindVisited, V: 1, Subject: v.Matter, Body: v}}, cases...)
}
