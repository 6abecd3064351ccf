package registerdesk

import (
	"context"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdb"
)

// MemberInput is a person and the relation to the householder.
type MemberInput struct {
	Tenure   string `json:"tenure"`
	Relation string `json:"relation"` // GB/T 4761
}

// OccasionInput is what all household actions ask for.
type OccasionInput struct {
	On     citizen.Date    `json:"on"`
	Reason string          `json:"reason,omitempty"` // code of change-reason, address-change
	Paper  *register.Paper `json:"paper,omitempty"`
}

func (o OccasionInput) occasion() register.Occasion {
	return register.Occasion{On: o.On, Reason: o.Reason, Paper: o.Paper}
}

// HouseholdOutput is the household as it stands after the act.
type HouseholdOutput struct {
	HouseholdNo      string   `json:"household_no"`
	Members          []string `json:"members"`                     // tenures whose registration changed with it
	Dissolved        []string `json:"dissolved"`                   // households that nobody is left in
	NeedsHouseholder []string `json:"needs_householder,omitempty"` // households that have none now
}

// group is what a household action works on, read under its locks.
type group struct {
	members []register.Member
	leaving []register.Household // the households that the members are in
}

// gather locks the households named, the members, and the households that they are in, and reads the members.
func gather(ctx context.Context, w *office.Work, members []MemberInput, households ...string) (g group, err error) {
	names := []string{}
	for _, no := range households {
		names = append(names, register.HouseholdSubject(w.By.Unit, no))
	}
	for _, m := range members {
		t, _, err := read(ctx, w.Tx, m.Tenure, 0)
		if err != nil {
			return g, err
		}
		names = append(names, m.Tenure, register.HouseholdSubject(t.Unit, t.Record.HouseholdNo))
	}
	if err := w.Lock(ctx, names...); err != nil {
		return g, err
	}
	seen := make(map[string]bool)
	for _, m := range members {
		t, _, err := read(ctx, w.Tx, m.Tenure, 0)
		if err != nil {
			return g, err
		}
		g.members = append(g.members, register.Member{Tenure: t, Relation: m.Relation})
		if t.Unit != w.By.Unit || seen[t.Record.HouseholdNo] {
			continue // the rule refuses people of another unit
		}
		seen[t.Record.HouseholdNo] = true
		h, err := registerdb.HouseholdOf(ctx, w.Tx, t.Unit, t.Record.HouseholdNo)
		if err != nil {
			return g, err
		}
		g.leaving = append(g.leaving, h)
	}
	return g, nil
}

// told writes the events of a household action and says what they did.
func told(w *office.Work, no string, g group, events []event.Event) HouseholdOutput {
	out := HouseholdOutput{HouseholdNo: no, Members: []string{}, Dissolved: []string{}}
	gone := make(map[string]bool)
	for _, e := range events {
		switch body := e.Body.(type) {
		case register.Rehoused:
			out.Members = append(out.Members, body.Tenure)
			gone[body.Tenure] = body.Record.HouseholdNo != body.From
		case register.HouseholdChange:
			if e.Kind == register.KindHouseholdDissolved {
				out.Dissolved = append(out.Dissolved, body.HouseholdNo)
			}
		}
	}
	for _, h := range g.leaving {
		if headless(h, gone) {
			out.NeedsHouseholder = append(out.NeedsHouseholder, h.No)
		}
	}
	w.Emit(events...)
	return out
}

// headless tells whether a family household has members but no householder once some have gone.
func headless(h register.Household, gone map[string]bool) bool {
	left := 0
	for _, m := range h.Members {
		if gone[m.ID] {
			continue
		}
		if m.Record.Relation == "02" {
			return false
		}
		left++
	}
	return left > 0 && h.Kind != register.CollectiveHousehold
}

// SetUpInput sets up a household of people who are registered at the station.
type SetUpInput struct {
	OccasionInput
	HouseholdNo string        `json:"household_no"`
	Kind        string        `json:"kind,omitempty"` // household-kind; empty: a family household
	Name        string        `json:"name,omitempty"` // of a collective household
	Place       string        `json:"place,omitempty"`
	Address     string        `json:"address,omitempty"` // needed without a place
	Members     []MemberInput `json:"members"`
	OwnWork     bool          `json:"own_work,omitempty"` // the householder, between 16 and 18, lives by the own work
}

func setUp(ctx context.Context, w *office.Work, in SetUpInput) (HouseholdOutput, error) {
	return setUpFrom(ctx, w, in, "")
}

func setUpFrom(ctx context.Context, w *office.Work, in SetUpInput, from string) (out HouseholdOutput, err error) {
	g, err := gather(ctx, w, in.Members, in.HouseholdNo)
	if err != nil {
		return out, err
	}
	c := register.SetUp{Occasion: in.occasion(), No: in.HouseholdNo, Kind: in.Kind, Name: in.Name, Place: in.Place, Address: in.Address, From: from, OwnWork: in.OwnWork}
	if c.Kind == "" {
		c.Kind = register.FamilyHousehold
	}
	if c.Address, err = addressOf(ctx, w, in.Place, in.Address); err != nil {
		return out, err
	}
	f := register.SetUpFacts{Members: g.members, Leaving: g.leaving}
	if f.Now, err = registerdb.HouseholdOf(ctx, w.Tx, w.By.Unit, in.HouseholdNo); err != nil {
		return out, err
	}
	events, err := register.SetUpHousehold(by(w), c, f)
	if err != nil {
		return out, err
	}
	return told(w, in.HouseholdNo, g, events), nil
}

// addressOf is the text of a place of the station's address book, or the text given.
func addressOf(ctx context.Context, w *office.Work, place, address string) (string, error) {
	if place == "" {
		return address, nil
	}
	p, err := registerdb.PlaceOf(ctx, w.Tx, w.By.Unit, place)
	if err != nil {
		return "", err
	}
	return p.Text(), p.Standing()
}

// SplitInput splits members off a household (分户).
type SplitInput struct {
	SetUpInput
	From string `json:"from"` // the household that they leave
}

func split(ctx context.Context, w *office.Work, in SplitInput) (out HouseholdOutput, err error) {
	from, err := registerdb.HouseholdOf(ctx, w.Tx, w.By.Unit, in.From)
	if err != nil {
		return out, err
	}
	if err := from.Standing(by(w)); err != nil {
		return out, err
	}
	if in.Place == "" && in.Address == "" {
		in.Place, in.Address = from.Place, from.Address // 分户不分住
	}
	return setUpFrom(ctx, w, in.SetUpInput, in.From)
}

// MergeInput joins all members of one household to another (并户).
type MergeInput struct {
	OccasionInput
	From    string        `json:"from"`
	Into    string        `json:"into"`
	Members []MemberInput `json:"members"` // all of From, with the relation to the householder of Into
}

func merge(ctx context.Context, w *office.Work, in MergeInput) (out HouseholdOutput, err error) {
	g, err := gather(ctx, w, in.Members, in.From, in.Into)
	if err != nil {
		return out, err
	}
	from, into, err := two(ctx, w, in.From, in.Into)
	if err != nil {
		return out, err
	}
	events, err := register.MergeHouseholds(by(w), in.occasion(), from, into, g.members)
	if err != nil {
		return out, err
	}
	return told(w, in.Into, group{}, events), nil
}

func two(ctx context.Context, w *office.Work, a, b string) (x, y register.Household, err error) {
	if x, err = registerdb.HouseholdOf(ctx, w.Tx, w.By.Unit, a); err != nil {
		return x, y, err
	}
	y, err = registerdb.HouseholdOf(ctx, w.Tx, w.By.Unit, b)
	return x, y, err
}

// JoinInput takes people of the station into a household.
type JoinInput struct {
	OccasionInput
	HouseholdNo string        `json:"household_no"`
	Members     []MemberInput `json:"members"`
}

func joinHousehold(ctx context.Context, w *office.Work, in JoinInput) (out HouseholdOutput, err error) {
	g, err := gather(ctx, w, in.Members, in.HouseholdNo)
	if err != nil {
		return out, err
	}
	into, err := registerdb.HouseholdOf(ctx, w.Tx, w.By.Unit, in.HouseholdNo)
	if err != nil {
		return out, err
	}
	events, err := register.JoinHousehold(by(w), in.occasion(), into, g.members, g.leaving)
	if err != nil {
		return out, err
	}
	return told(w, in.HouseholdNo, g, events), nil
}

// HouseholderInput makes a member the householder. Members are all of the household, with their relations to the new one (02 for the householder).
type HouseholderInput struct {
	OccasionInput
	HouseholdNo string        `json:"household_no"`
	Members     []MemberInput `json:"members"`
	OwnWork     bool          `json:"own_work,omitempty"`
}

func changeHouseholder(ctx context.Context, w *office.Work, in HouseholderInput) (out HouseholdOutput, err error) {
	g, err := gather(ctx, w, in.Members, in.HouseholdNo)
	if err != nil {
		return out, err
	}
	h, err := registerdb.HouseholdOf(ctx, w.Tx, w.By.Unit, in.HouseholdNo)
	if err != nil {
		return out, err
	}
	events, err := register.ChangeHouseholder(by(w), in.occasion(), h, g.members, in.OwnWork)
	if err != nil {
		return out, err
	}
	return told(w, in.HouseholdNo, group{}, events), nil
}

// HouseholdChangeInput alters a household's own items; empty ones stay.
type HouseholdChangeInput struct {
	OccasionInput
	HouseholdNo string `json:"household_no"`
	Kind        string `json:"kind,omitempty"`
	Name        string `json:"name,omitempty"`
}

func changeHousehold(ctx context.Context, w *office.Work, in HouseholdChangeInput) (out HouseholdOutput, err error) {
	h, err := household(ctx, w, in.HouseholdNo)
	if err != nil {
		return out, err
	}
	e, err := register.ChangeHousehold(by(w), in.occasion(), h, in.Kind, in.Name)
	if err != nil {
		return out, err
	}
	return told(w, in.HouseholdNo, group{}, []event.Event{e}), nil
}

// household locks a household of the operator's station and its members, and reads it.
func household(ctx context.Context, w *office.Work, no string) (h register.Household, err error) {
	h, err = registerdb.HouseholdOf(ctx, w.Tx, w.By.Unit, no)
	if err != nil {
		return h, err
	}
	names := []string{register.HouseholdSubject(w.By.Unit, no)}
	for _, m := range h.Members {
		names = append(names, m.ID)
	}
	if err := w.Lock(ctx, names...); err != nil {
		return h, err
	}
	return registerdb.HouseholdOf(ctx, w.Tx, w.By.Unit, no)
}

// AddressInput moves a whole household within the station.
type AddressInput struct {
	OccasionInput
	HouseholdNo string `json:"household_no"`
	Place       string `json:"place,omitempty"`
	Address     string `json:"address,omitempty"` // needed without a place
}

func changeAddress(ctx context.Context, w *office.Work, in AddressInput) (out HouseholdOutput, err error) {
	h, err := household(ctx, w, in.HouseholdNo)
	if err != nil {
		return out, err
	}
	address, err := addressOf(ctx, w, in.Place, in.Address)
	if err != nil {
		return out, err
	}
	events, err := register.ChangeAddress(by(w), in.occasion(), h, in.Place, address)
	if err != nil {
		return out, err
	}
	return told(w, in.HouseholdNo, group{}, events), nil
}

// DissolveInput ends a household that nobody is left in.
type DissolveInput struct {
	OccasionInput
	HouseholdNo string `json:"household_no"`
}

func dissolve(ctx context.Context, w *office.Work, in DissolveInput) (out HouseholdOutput, err error) {
	h, err := household(ctx, w, in.HouseholdNo)
	if err != nil {
		return out, err
	}
	e, err := register.DissolveHousehold(by(w), in.occasion(), h)
	if err != nil {
		return out, err
	}
	return told(w, in.HouseholdNo, group{}, []event.Event{e}), nil
}

// admits locks a household and refuses a dissolved one for people who are born or move into it.
func admits(ctx context.Context, w *office.Work, no string) error {
	if no == "" {
		return nil
	}
	if err := w.Lock(ctx, register.HouseholdSubject(w.By.Unit, no)); err != nil {
		return err
	}
	h, err := registerdb.HouseholdOf(ctx, w.Tx, w.By.Unit, no)
	if err != nil {
		return err
	}
	return h.Admits(by(w))
}

// comesBack locks a household and stands it up again, where it was dissolved, for somebody who comes back into it.
func comesBack(ctx context.Context, w *office.Work, t register.Tenure) error {
	if err := w.Lock(ctx, register.HouseholdSubject(t.Unit, t.Record.HouseholdNo)); err != nil {
		return err
	}
	h, err := registerdb.HouseholdOf(ctx, w.Tx, t.Unit, t.Record.HouseholdNo)
	if err != nil {
		return err
	}
	w.Emit(register.Reopen(by(w), h, t)...)
	return nil
}

// AddPlaceInput is a new address of the book; it is given its number.
type AddPlaceInput struct {
	Committee string       `json:"committee,omitempty"`
	Street    string       `json:"street"`
	Door      string       `json:"door,omitempty"`
	Building  string       `json:"building,omitempty"`
	Entrance  string       `json:"entrance,omitempty"`
	Room      string       `json:"room,omitempty"`
	On        citizen.Date `json:"on"`
}

// PlaceInput changes an address of the book.
type PlaceInput struct {
	Place string `json:"place"`
	AddPlaceInput
}

func (in AddPlaceInput) place(id string) register.Place {
	return register.Place{ID: id, Committee: in.Committee, Street: in.Street, Door: in.Door, Building: in.Building, Entrance: in.Entrance, Room: in.Room, On: in.On}
}

// PlaceOutput is the address as papers carry it.
type PlaceOutput struct {
	Place   string `json:"place"`
	Address string `json:"address"`
	Moved   int    `json:"households,omitempty"` // that took the new text
}

func addPlace(ctx context.Context, w *office.Work, in AddPlaceInput) (out PlaceOutput, err error) {
	if err := w.Lock(ctx, "places:"+string(w.By.Unit)); err != nil {
		return out, err
	}
	id, err := mint()
	if err != nil {
		return out, err
	}
	p := in.place(id)
	same, err := registerdb.SamePlace(ctx, w.Tx, w.By.Unit, p)
	if err != nil {
		return out, err
	}
	e, err := register.RegisterPlace(by(w), p, same)
	if err != nil {
		return out, err
	}
	w.Emit(e)
	return PlaceOutput{Place: p.ID, Address: p.Text()}, nil
}

func changePlace(ctx context.Context, w *office.Work, in PlaceInput) (out PlaceOutput, err error) {
	now, households, err := placeWith(ctx, w, in.Place)
	if err != nil {
		return out, err
	}
	p := in.place(in.Place)
	same, err := registerdb.SamePlace(ctx, w.Tx, w.By.Unit, p)
	if err != nil {
		return out, err
	}
	events, err := register.ChangePlace(by(w), now, p, same, households)
	if err != nil {
		return out, err
	}
	w.Emit(events...)
	return PlaceOutput{Place: in.Place, Address: p.Text(), Moved: len(households)}, nil
}

// placeWith locks a place with the households and people that hang on it, and reads them.
func placeWith(ctx context.Context, w *office.Work, id string) (p register.Place, households []register.Household, err error) {
	if households, err = registerdb.HouseholdsAt(ctx, w.Tx, w.By.Unit, id); err != nil {
		return p, nil, err
	}
	names := []string{"places:" + string(w.By.Unit), id}
	for _, h := range households {
		names = append(names, register.HouseholdSubject(h.Unit, h.No))
		for _, m := range h.Members {
			names = append(names, m.ID)
		}
	}
	if err := w.Lock(ctx, names...); err != nil {
		return p, nil, err
	}
	if p, err = registerdb.PlaceOf(ctx, w.Tx, w.By.Unit, id); err != nil {
		return p, nil, err
	}
	households, err = registerdb.HouseholdsAt(ctx, w.Tx, w.By.Unit, id)
	return p, households, err
}

// RemovePlaceInput takes an address out of use.
type RemovePlaceInput struct {
	Place string       `json:"place"`
	On    citizen.Date `json:"on"`
}

func removePlace(ctx context.Context, w *office.Work, in RemovePlaceInput) (none None, err error) {
	now, households, err := placeWith(ctx, w, in.Place)
	if err != nil {
		return none, err
	}
	e, err := register.RemovePlace(by(w), now, in.On, households)
	if err != nil {
		return none, err
	}
	w.Emit(e)
	return none, nil
}

// PlacesInput asks for the station's address book by the beginning of the street.
type PlacesInput struct {
	Unit   event.Unit `json:"unit,omitempty"` // empty: the operator's
	Street string     `json:"street,omitempty"`
	After  string     `json:"after,omitempty"` // the place that the last page ended with
}

// PlaceListed is one address of the book; it says nothing of who lives there.
type PlaceListed struct {
	register.Place
	Address string `json:"address"`
}

func places(ctx context.Context, w *office.Work, in PlacesInput) ([]PlaceListed, error) {
	if in.Unit == "" {
		in.Unit = w.By.Unit
	}
	if err := w.Below(in.Unit); err != nil {
		return nil, err
	}
	found, err := registerdb.Places(ctx, w.Tx, in.Unit, in.Street, in.After)
	if err != nil {
		return nil, err
	}
	all := []PlaceListed{}
	for _, p := range found {
		all = append(all, PlaceListed{p, p.Text()})
	}
	return all, nil
}
