package register

import (
	"cmp"
	"slices"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// The kinds of a household (公通字〔1995〕91号): codes of citizen.HouseholdKinds.
const (
	FamilyHousehold     = "1"
	CollectiveHousehold = "2"
)

// The states of a household.
const (
	HouseholdOpen      = "open"
	HouseholdDissolved = "dissolved"
)

// Relations that a rule looks at (GB/T 4761).
const relationHead = "02"

// Scopes of a change that a rule states: codes of citizen.ChangeScopes.
const (
	ScopeSplit   = "12"
	ScopeMerge   = "13"
	ScopeStation = "15" // within one station; whether within one committee is not told apart
)

// Household is a household of a station as it stands (户口登记条例第5条). One that came with an import, a birth or a move has no entry of its own
// yet: its version is 0 and its members tell the rest.
type Household struct {
	Unit        event.Unit `json:"unit"`
	No          string     `json:"household_no"`
	Version     int64      `json:"version"`
	State       string     `json:"state"` // empty: there is none
	Kind        string     `json:"kind"`  // code of citizen.HouseholdKinds
	Name        string     `json:"name,omitempty"`
	Place       string     `json:"place,omitempty"` // of the station's address book
	Address     string     `json:"address"`
	Householder string     `json:"householder,omitempty"` // tenure
	Members     []Tenure   `json:"-"`                     // the open tenures
}

// HouseholdSubject names a household in entries and locks: it is keyed by unit and number.
func HouseholdSubject(unit event.Unit, no string) string {
	return "household:" + string(unit) + ":" + no
}

// HouseholdChange is the body of the three kinds about a household: it as it stands after the change, whose version the station counts.
type HouseholdChange struct {
	HouseholdNo string       `json:"household_no"`
	Version     int64        `json:"version"`
	State       string       `json:"state"`
	Kind        string       `json:"kind"`
	Name        string       `json:"name,omitempty"`
	Place       string       `json:"place,omitempty"`
	Address     string       `json:"address"`
	Householder string       `json:"householder,omitempty"`
	EffectiveOn citizen.Date `json:"effective_on"`
	Scope       string       `json:"scope,omitempty"`   // 12 split, 13 merge
	Other       string       `json:"other,omitempty"`   // the household split from or merged into
	Members     []string     `json:"members,omitempty"` // tenures whose own changes go with this one
	Reason      string       `json:"reason,omitempty"`  // code of citizen.ChangeReasons, address-change
	Paper       *Paper       `json:"paper,omitempty"`
}

// Rehoused is a member's own change: of household, relation or address. The kinds membership_changed, address_changed and redivided have it.
type Rehoused struct {
	Change
	From   string `json:"from_household"`
	Place  string `json:"place,omitempty"`
	Scope  string `json:"scope,omitempty"`
	Reason string `json:"reason,omitempty"`
	Order  string `json:"order,omitempty"` // of the re-division that it carries out
}

// Member is a person and the relation to the householder that the household's change gives.
type Member struct {
	Tenure   Tenure
	Relation string
}

// Occasion is what all household commands say.
type Occasion struct {
	On     citizen.Date
	Reason string // code of citizen.ChangeReasons, address-change; empty: not stated
	Paper  *Paper
}

func (o Occasion) check(by By) error {
	if o.On.IsZero() || o.On.After(by.Today) {
		return field("on", futureDate("变动日期", "date of the change"))
	}
	if _, ok := citizen.ChangeReasons.ByCodeIn("address-change", o.Reason); !ok && o.Reason != "" {
		return field("reason", unknownCode("变动原因", "reason", citizen.ChangeReasons))
	}
	return nil
}

// next is the household's own change after its last one.
func (h Household) next(o Occasion) HouseholdChange {
	return HouseholdChange{HouseholdNo: h.No, Version: h.Version + 1, State: HouseholdOpen, Kind: h.Kind, Name: h.Name, Place: h.Place, Address: h.Address,
		Householder: h.Householder, EffectiveOn: o.On, Reason: o.Reason, Paper: o.Paper}
}

func (h Household) event(kind string, body HouseholdChange) event.Event {
	return event.Event{Stream: event.Up(h.Unit), Kind: kind, V: 1, Subject: HouseholdSubject(h.Unit, h.No), Body: body}
}

// Standing refuses a household of another unit, one that is not there and one that is dissolved.
func (h Household) Standing(by By) error {
	switch {
	case h.Unit != by.Unit:
		return event.Refuse("register.household_other", source("6"),
			citizen.Text{ZH: "该户归 " + string(h.Unit) + " 管理", EN: "the household belongs to unit " + string(h.Unit)},
			citizen.Text{ZH: "由该所办理", EN: "that station does it"})
	case h.State == "":
		return field("household_no", event.Refuse("register.household_unknown", source("5"),
			citizen.Text{ZH: "本所没有户号 " + h.No, EN: "this station has no household " + h.No},
			citizen.Text{ZH: "核对户号；新户先立户（register.set_up_household）", EN: "check the number; a new household is set up first (register.set_up_household)"}))
	case h.State == HouseholdDissolved:
		return field("household_no", event.Refuse("register.household_dissolved", source("5"),
			citizen.Text{ZH: "户 " + h.No + " 已撤消", EN: "household " + h.No + " is dissolved"},
			citizen.Text{ZH: "另立新户", EN: "set up another household"}))
	}
	return nil
}

// Admits refuses people for a household that has been dissolved: births and moves enter by its number.
func (h Household) Admits(by By) error {
	if h.State == HouseholdDissolved {
		return h.Standing(by)
	}
	return nil
}

// capacityAge is the age of full civil capacity (民法通则(1986)第11条).
const capacityAge = 18

// labourAge is that of those who live by their own work, who count as having it (the same article).
const labourAge = 16

// capable holds a householder against 公通字〔1995〕91号: full civil capacity.
func capable(by By, t Tenure, ownWork bool) error {
	age := t.Record.BirthDate.AgeOn(by.Today)
	if t.Record.BirthDate.IsZero() || age >= capacityAge || age >= labourAge && ownWork {
		return nil
	}
	return field("householder", event.Refuse("register.no_capacity", "公通字〔1995〕91号；民法通则（1986）第11条",
		citizen.Text{ZH: "户主应有完全民事行为能力（十八周岁；十六周岁以上以自己劳动收入为主要生活来源）", EN: "a householder has full civil capacity: 18, or 16 and living by the own work"},
		citizen.Text{ZH: "另选户主；户内均为未成年人的，户主暂缺，列入缺户主清单", EN: "name another; a household of minors alone stays without one and on the list"}))
}

// SetUp is the command to set a household up (201), or to split one off another (分户) where From names it.
type SetUp struct {
	Occasion
	No      string
	Kind    string
	Name    string // of a collective household: the unit or dormitory
	Place   string
	Address string
	From    string
	OwnWork bool // the householder, between 16 and 18, lives by the own work
}

// SetUpFacts are what the desk found: who has the number now, the members with their relations, the households that they leave.
type SetUpFacts struct {
	Now     Household
	Members []Member
	Leaving []Household
}

// SetUpHousehold makes a household of people who are registered at the station already. Each member's change is an own entry beside it.
func SetUpHousehold(by By, c SetUp, f SetUpFacts) ([]event.Event, error) {
	if err := c.check(by, f); err != nil {
		return nil, err
	}
	h := Household{Unit: by.Unit, No: c.No, Version: f.Now.Version, Kind: c.Kind, Name: c.Name, Place: c.Place, Address: c.Address}
	scope := ""
	if c.From != "" {
		scope = ScopeSplit
	}
	head, err := headOf(by, h.Kind, f.Members, c.OwnWork)
	if err != nil {
		return nil, err
	}
	h.Householder = head
	body := h.next(c.Occasion)
	body.Scope, body.Other, body.Members = scope, c.From, ids(f.Members)
	joined, err := join(by, f.Members, h, c.Occasion, scope)
	if err != nil {
		return nil, err
	}
	events := append([]event.Event{h.event(KindHouseholdSetUp, body)}, joined...)
	return append(events, emptied(f.Leaving, f.Members, c.Occasion, "", "")...), nil
}

func (c SetUp) check(by By, f SetUpFacts) error {
	if err := c.Occasion.check(by); err != nil {
		return err
	}
	if c.No == "" || c.Address == "" {
		return noHousehold()
	}
	if f.Now.State != "" {
		return field("household_no", event.Refuse("register.household_known", source("5"),
			citizen.Text{ZH: "户号 " + c.No + " 已使用", EN: "the household number " + c.No + " is in use"},
			citizen.Text{ZH: "另编户号，用过的不再使用", EN: "take another; a used number is not given again"}))
	}
	if _, ok := citizen.HouseholdKinds.ByCode(c.Kind); !ok {
		return field("kind", unknownCode("户别", "kind of household", citizen.HouseholdKinds))
	}
	if c.Kind == CollectiveHousehold && c.Name == "" {
		return noUnitName()
	}
	if c.From == "" {
		return nil
	}
	return splitLeavesSomebody(c.From, f)
}

func splitLeavesSomebody(from string, f SetUpFacts) error {
	for _, m := range f.Members {
		if m.Tenure.Record.HouseholdNo != from {
			return notMember(from)
		}
	}
	for _, h := range f.Leaving {
		if h.No == from && len(h.Members) <= len(f.Members) {
			return field("members", event.Refuse("register.nobody_left", source("19"),
				citizen.Text{ZH: "分户后原户无人", EN: "a split leaves nobody in the old household"},
				citizen.Text{ZH: "整户迁移办理住址变动（register.change_address）", EN: "a whole household changes its address instead (register.change_address)"}))
		}
	}
	return nil
}

// headOf finds the one householder of a new family household; a collective one has none.
func headOf(by By, kind string, members []Member, ownWork bool) (string, error) {
	head := ""
	for _, m := range members {
		if m.Relation != relationHead {
			continue
		}
		if head != "" || kind == CollectiveHousehold {
			return "", oneHead()
		}
		if err := capable(by, m.Tenure, ownWork); err != nil {
			return "", err
		}
		head = m.Tenure.ID
	}
	if head == "" && kind != CollectiveHousehold {
		return "", oneHead()
	}
	return head, nil
}

func oneHead() error {
	return field("members", event.Refuse("register.one_householder", source("5"),
		citizen.Text{ZH: "家庭户应有且只有一名户主，集体户不设户主关系", EN: "a family household has exactly one householder, a collective one has none"},
		citizen.Text{ZH: "只给一人填户主（02）", EN: "give the relation 02 to exactly one person"}))
}

func notMember(no string) error {
	return field("members", event.Refuse("register.not_member", source("5"),
		citizen.Text{ZH: "所列人员不在户 " + no, EN: "not everybody named is a member of household " + no},
		citizen.Text{ZH: "调出该户成员后再办理", EN: "look up the household's members first"}))
}

func noUnitName() error {
	return field("name", event.Refuse("register.no_unit_name", source("5"),
		citizen.Text{ZH: "集体户未填单位名称", EN: "a collective household needs the name of its unit"},
		citizen.Text{ZH: "填写机关、学校、企业或宿舍名称，并指定协管人", EN: "name the office, school, works or dormitory; it names a helper"}))
}

func noHousehold() error {
	return field("household_no", event.Refuse("register.no_household", source("5"),
		citizen.Text{ZH: "户口以户为单位登记，未填户号或住址", EN: "registration is by household: number or address is missing"},
		citizen.Text{ZH: "填写户号和住址", EN: "give the household's number and address"}))
}

func ids(members []Member) []string {
	all := make([]string, len(members))
	for i, m := range members {
		all[i] = m.Tenure.ID
	}
	return all
}

// join puts people into a household: one change a person. Somebody named twice is refused.
func join(by By, members []Member, to Household, o Occasion, scope string) ([]event.Event, error) {
	var events []event.Event
	seen := make(map[string]bool)
	for _, m := range members {
		if r := m.Tenure.Guard(by, 0, nil); r != nil {
			return nil, r
		}
		if seen[m.Tenure.ID] {
			return nil, notMember(to.No)
		}
		seen[m.Tenure.ID] = true
		if _, ok := citizen.Relations.ByCode(m.Relation); !ok {
			return nil, field("relation", unknownCode("与户主关系", "relation", citizen.Relations))
		}
		if o.On.Before(m.Tenure.EnteredOn) || o.On.Before(m.Tenure.Record.BirthDate) {
			return nil, field("on", beforeStart("变动日期", "date of the change", "17"))
		}
		events = append(events, rehoused(m, to, o, scope, KindMembershipChanged))
	}
	return events, nil
}

func rehoused(m Member, to Household, o Occasion, scope, kind string) event.Event {
	t := m.Tenure
	before, change := t.Record, t.next(o.On, o.Paper)
	change.Before = &before
	change.Record.HouseholdNo, change.Record.Address, change.Record.Relation = to.No, to.Address, m.Relation
	return event.Event{Stream: event.Up(t.Unit), Kind: kind, V: 1, Subject: t.ID,
		Body: Rehoused{Change: change, From: before.HouseholdNo, Place: to.Place, Scope: scope, Reason: o.Reason}}
}

// emptied dissolves the households that nobody is left in.
func emptied(leaving []Household, members []Member, o Occasion, scope, other string) []event.Event {
	var events []event.Event
	for _, h := range leaving {
		left := len(h.Members)
		for _, m := range members {
			if m.Tenure.Record.HouseholdNo == h.No {
				left--
			}
		}
		if left == 0 && h.State == HouseholdOpen {
			events = append(events, h.dissolved(o, scope, other))
		}
	}
	return events
}

func (h Household) dissolved(o Occasion, scope, other string) event.Event {
	body := h.next(o)
	body.State, body.Householder, body.Scope, body.Other = HouseholdDissolved, "", scope, other
	return h.event(KindHouseholdDissolved, body)
}

// MergeHouseholds joins all members of one household to another (并户) and dissolves the first: nobody is left over.
func MergeHouseholds(by By, o Occasion, from, into Household, members []Member) ([]event.Event, error) {
	if err := o.check(by); err != nil {
		return nil, err
	}
	if err := from.Standing(by); err != nil {
		return nil, err
	}
	if err := into.Standing(by); err != nil {
		return nil, err
	}
	if from.No == into.No || !sameMembers(from.Members, members) {
		return nil, field("members", event.Refuse("register.all_members", source("19"),
			citizen.Text{ZH: "并户应写明被并户全部成员与新户主的关系", EN: "a merge names every member of the household that ends, with the relation to the householder"},
			citizen.Text{ZH: "调出该户成员逐人填写", EN: "look up its members and name each"}))
	}
	if hasHead(members) {
		return nil, oneHead()
	}
	joined, err := join(by, members, into, o, ScopeMerge)
	if err != nil {
		return nil, err
	}
	body := into.next(o)
	body.Scope, body.Other, body.Members = ScopeMerge, from.No, ids(members)
	events := append([]event.Event{into.event(KindHouseholdChanged, body)}, joined...)
	return append(events, from.dissolved(o, ScopeMerge, into.No)), nil
}

func hasHead(members []Member) bool {
	return slices.ContainsFunc(members, func(m Member) bool { return m.Relation == relationHead })
}

func sameMembers(of []Tenure, named []Member) bool {
	want := make(map[string]bool)
	for _, t := range of {
		want[t.ID] = true
	}
	for _, m := range named {
		if !want[m.Tenure.ID] {
			return false
		}
		delete(want, m.Tenure.ID)
	}
	return len(want) == 0
}

// JoinHousehold takes people of the station into a household, out of those that they leave.
func JoinHousehold(by By, o Occasion, into Household, members []Member, leaving []Household) ([]event.Event, error) {
	if err := o.check(by); err != nil {
		return nil, err
	}
	if err := into.Standing(by); err != nil {
		return nil, err
	}
	for _, m := range members {
		if m.Tenure.Record.HouseholdNo == into.No {
			return nil, nothingChanged("5")
		}
	}
	if len(members) == 0 {
		return nil, nothingChanged("5")
	}
	if hasHead(members) {
		return nil, oneHead()
	}
	joined, err := join(by, members, into, o, ScopeStation)
	if err != nil {
		return nil, err
	}
	return append(joined, emptied(leaving, members, o, "", "")...), nil
}

func nothingChanged(article string) error {
	return event.Refuse("register.nothing_changed", source(article),
		citizen.Text{ZH: "没有改动任何项目", EN: "nothing is altered"},
		citizen.Text{ZH: "填写要变动的项目", EN: "give what is to be altered"})
}

// ChangeHouseholder makes a member the householder (户主变更); members are all of them, with their relations to the new one.
func ChangeHouseholder(by By, o Occasion, h Household, members []Member, ownWork bool) ([]event.Event, error) {
	if err := o.check(by); err != nil {
		return nil, err
	}
	if err := h.Standing(by); err != nil {
		return nil, err
	}
	if !sameMembers(h.Members, members) {
		return nil, notMember(h.No)
	}
	head, err := headOf(by, FamilyHousehold, members, ownWork)
	if err != nil {
		return nil, err
	}
	if h.Kind == CollectiveHousehold {
		return nil, oneHead()
	}
	var changed []Member
	for _, m := range members {
		if m.Relation != m.Tenure.Record.Relation {
			changed = append(changed, m)
		}
	}
	if len(changed) == 0 && head == h.Householder {
		return nil, nothingChanged("17")
	}
	h.Householder = head
	body := h.next(o)
	body.Members = ids(changed)
	events := []event.Event{h.event(KindHouseholdChanged, body)}
	for _, m := range changed {
		if r := m.Tenure.Guard(by, 0, nil); r != nil {
			return nil, r
		}
		if _, ok := citizen.Relations.ByCode(m.Relation); !ok {
			return nil, field("relation", unknownCode("与户主关系", "relation", citizen.Relations))
		}
		if o.On.Before(m.Tenure.EnteredOn) {
			return nil, field("on", beforeStart("变动日期", "date of the change", "17"))
		}
		at := h
		at.Address = m.Tenure.Record.Address // the householder's change moves nobody
		events = append(events, rehoused(m, at, o, "", KindMembershipChanged))
	}
	return events, nil
}

// ChangeHousehold alters a household's own items (202): its kind and the name of a collective one.
func ChangeHousehold(by By, o Occasion, h Household, kind, name string) (event.Event, error) {
	if err := o.check(by); err != nil {
		return event.Event{}, err
	}
	if err := h.Standing(by); err != nil {
		return event.Event{}, err
	}
	if kind == "" {
		kind = h.Kind
	}
	if name == "" {
		name = h.Name
	}
	if _, ok := citizen.HouseholdKinds.ByCode(kind); !ok {
		return event.Event{}, field("kind", unknownCode("户别", "kind of household", citizen.HouseholdKinds))
	}
	if kind == h.Kind && name == h.Name {
		return event.Event{}, nothingChanged("17")
	}
	if kind == CollectiveHousehold && name == "" {
		return event.Event{}, noUnitName()
	}
	h.Kind, h.Name = kind, name
	return h.event(KindHouseholdChanged, h.next(o)), nil
}

// ChangeAddress moves a whole household within the station (103 and 104 at one station): the household and every member.
func ChangeAddress(by By, o Occasion, h Household, place, address string) ([]event.Event, error) {
	if err := o.check(by); err != nil {
		return nil, err
	}
	if err := h.Standing(by); err != nil {
		return nil, err
	}
	if address == "" {
		return nil, noHousehold()
	}
	if address == h.Address && place == h.Place {
		return nil, nothingChanged("17")
	}
	return h.resettle(by, o, place, address)
}

// resettle gives a household and its members another address.
func (h Household) resettle(by By, o Occasion, place, address string) ([]event.Event, error) {
	h.Place, h.Address = place, address
	body := h.next(o)
	body.Scope = ScopeStation
	var moved []event.Event
	for _, t := range h.Members {
		if r := t.Guard(by, 0, nil); r != nil {
			return nil, r
		}
		if o.On.Before(t.EnteredOn) || o.On.Before(t.Record.BirthDate) {
			return nil, field("on", beforeStart("变动日期", "date of the change", "17"))
		}
		body.Members = append(body.Members, t.ID)
		moved = append(moved, rehoused(Member{t, t.Record.Relation}, h, o, ScopeStation, KindAddressChanged))
	}
	return append([]event.Event{h.event(KindHouseholdChanged, body)}, moved...), nil
}

// DissolveHousehold ends a household that nobody is left in (203).
func DissolveHousehold(by By, o Occasion, h Household) (event.Event, error) {
	if err := o.check(by); err != nil {
		return event.Event{}, err
	}
	if err := h.Standing(by); err != nil {
		return event.Event{}, err
	}
	if len(h.Members) > 0 {
		return event.Event{}, field("household_no", event.Refuse("register.household_members", source("5"),
			citizen.Text{ZH: "户内还有在册人员", EN: "there are still people registered in the household"},
			citizen.Text{ZH: "先办理各成员的变动，或并户（register.merge_households）", EN: "move the members first, or merge it (register.merge_households)"}))
	}
	return h.dissolved(o, "", ""), nil
}

// Reopen stands a dissolved household up again for somebody who comes back into it: a returned move, a restored registration.
func Reopen(by By, h Household, t Tenure) []event.Event {
	if h.Unit != by.Unit || h.State != HouseholdDissolved {
		return nil
	}
	h.Address = t.Record.Address
	if t.Record.Relation == relationHead {
		h.Householder = t.ID
	}
	return []event.Event{h.event(KindHouseholdSetUp, h.next(Occasion{On: by.Today}))}
}

// memberRank is the order of the booklet's pages (公通字〔1995〕91号): householder, spouse, children, grandchildren, parents, grandparents, brothers
// and sisters, others. Relatives by marriage are among the others.
func memberRank(relation string) int {
	switch relation {
	case "28", "38", "45", "46", "53", "54", "55", "56", "65", "68":
		return 8
	case "":
		return 9
	}
	switch relation[0] {
	case '0':
		return 0
	case '1':
		return 1
	case '2', '3':
		return 2
	case '4':
		return 3
	case '5':
		return 4
	case '6':
		return 5
	case '7':
		return 6
	}
	return 8
}

// SortMembers puts a household's members in the order of the booklet's pages, the elder first among equals.
func SortMembers(members []Tenure) {
	slices.SortStableFunc(members, func(a, b Tenure) int {
		return cmp.Or(cmp.Compare(memberRank(a.Record.Relation), memberRank(b.Record.Relation)), a.Record.BirthDate.Compare(b.Record.BirthDate), cmp.Compare(a.ID, b.ID))
	})
}
