package registerdesk

import (
	"context"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdb"
)

// MoveOutTogetherInput lets several members of a household go in one act; without tenures all of them.
type MoveOutTogetherInput struct {
	HouseholdNo string          `json:"household_no"`
	Tenures     []string        `json:"tenures,omitempty"`
	ToUnit      event.Unit      `json:"to_unit,omitempty"`
	Destination string          `json:"destination,omitempty"`
	On          citizen.Date    `json:"on"`
	Reason      string          `json:"reason"`
	Paper       *register.Paper `json:"paper,omitempty"`
}

// MovedMember is one of those who move together.
type MovedMember struct {
	Tenure   string `json:"tenure"`
	ToTenure string `json:"to_tenure,omitempty"`
	Paper    string `json:"paper,omitempty"` // text of the migration paper
}

// MoveOutTogetherOutput names them; the household is dissolved when nobody is left in it.
type MoveOutTogetherOutput struct {
	Moved            []MovedMember `json:"moved"`
	Dissolved        bool          `json:"dissolved,omitempty"`
	NeedsHouseholder bool          `json:"needs_householder,omitempty"`
}

func moveOutTogether(ctx context.Context, w *office.Work, in MoveOutTogetherInput) (out MoveOutTogetherOutput, err error) {
	h, err := household(ctx, w, in.HouseholdNo)
	if err != nil {
		return out, err
	}
	if err := h.Standing(by(w)); err != nil {
		return out, err
	}
	movers, err := moversOf(h, in.Tenures)
	if err != nil {
		return out, err
	}
	gone := make(map[string]bool)
	for _, t := range movers {
		one, err := moveOneOut(ctx, w, t, in)
		if err != nil {
			return out, err
		}
		out.Moved, gone[t.ID] = append(out.Moved, one), true
	}
	out.NeedsHouseholder = headless(h, gone)
	if out.Dissolved = len(gone) == len(h.Members); out.Dissolved {
		h.Members = nil
		e, err := register.DissolveHousehold(by(w), register.Occasion{On: in.On}, h)
		if err != nil {
			return out, err
		}
		w.Emit(e)
	}
	return out, nil
}

func moversOf(h register.Household, tenures []string) ([]register.Tenure, error) {
	if len(tenures) == 0 {
		return h.Members, nil
	}
	var movers []register.Tenure
	byID := make(map[string]register.Tenure)
	for _, m := range h.Members {
		byID[m.ID] = m
	}
	for _, id := range tenures {
		t, ok := byID[id]
		if !ok {
			r := refuse("register.not_member", "户口登记条例（1958）第5条", "所列人员不在该户", "not everybody named is a member of the household", "调出该户成员后再办理", "look up the household's members first")
			r.Field = "tenures"
			return nil, r
		}
		delete(byID, id)
		movers = append(movers, t)
	}
	return movers, nil
}

func moveOneOut(ctx context.Context, w *office.Work, t register.Tenure, in MoveOutTogetherInput) (one MovedMember, err error) {
	one.Tenure = t.ID
	var facts register.MoveOutFacts
	if facts.History, err = registerdb.HistoryDigest(ctx, w.Tx, t.Unit, t.ID); err != nil {
		return one, err
	}
	if in.ToUnit != "" {
		if facts.ToTenure, err = mint(); err != nil {
			return one, err
		}
	}
	e, err := register.RegisterMoveOut(by(w), t, register.MoveOut{ToUnit: in.ToUnit, Destination: in.Destination, On: in.On, Reason: in.Reason, Paper: in.Paper}, facts)
	if err != nil {
		return one, err
	}
	w.Emit(e)
	if in.ToUnit == "" {
		return one, nil
	}
	one.ToTenure = facts.ToTenure
	one.Paper, err = signPaper(ctx, w, e.Body.(register.MovedOut).Moving(t.Unit))
	return one, err
}

// MoveInTogetherInput takes several people into one household in one act.
type MoveInTogetherInput struct {
	HouseholdNo string       `json:"household_no"`
	Place       string       `json:"place,omitempty"`
	Address     string       `json:"address,omitempty"` // needed without a place
	On          citizen.Date `json:"on"`
	Members     []Arriving   `json:"members"`
}

// Arriving is one of those who arrive together: by the tenure that the stream brought, or by the paper.
type Arriving struct {
	ToTenure string          `json:"to_tenure,omitempty"`
	Paper    string          `json:"paper,omitempty"`
	Relation string          `json:"relation"`
	Document *register.Paper `json:"document,omitempty"`
}

func (d desk) moveInTogether(ctx context.Context, w *office.Work, in MoveInTogetherInput) (out []MoveInOutput, err error) {
	address, err := addressOf(ctx, w, in.Place, in.Address)
	if err != nil {
		return nil, err
	}
	if len(in.Members) == 0 {
		return nil, refuse("register.no_person", "户口登记条例（1958）第13条", "未填迁入人员", "nobody is named", "逐人填写", "name each person")
	}
	seen := make(map[string]bool)
	for _, m := range in.Members {
		one, err := d.moveIn(ctx, w, MoveInInput{ToTenure: m.ToTenure, Paper: m.Paper, HouseholdNo: in.HouseholdNo, Address: address, Relation: m.Relation,
			On: in.On, Document: m.Document})
		if err != nil {
			return nil, err
		}
		if seen[one.Tenure] {
			r := refuse("register.not_member", "户口登记条例（1958）第13条", "同一人填写了两次", "somebody is named twice", "每人只填一次", "name each person once")
			r.Field = "members"
			return nil, r
		}
		seen[one.Tenure] = true
		out = append(out, one)
	}
	return out, nil
}
