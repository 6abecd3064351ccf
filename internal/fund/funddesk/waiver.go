package funddesk

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddb"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/fund"
	"github.com/huzheng/huzheng/internal/fund/funddb"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdb"
)

// waivers are the actions about people whose fee is waived: who is poor is for cashiers and finance alone.
func (d desk) waivers() []office.Action {
	overseers := []office.Role{office.Finance, office.Leader, office.Auditor}
	return []office.Action{
		office.Define("fund.list_poor", citizen.Text{ZH: "登记民政减免名单", EN: "take in civil affairs' list of people to be waived"},
			[]office.Role{office.Finance}, []event.Level{event.County}, listPoor),
		office.Look("fund.waiver_due", citizen.Text{ZH: "核对减免资格", EN: "ask whether an applicant is on the list"}, knowing, atStation, d.waiverDue),
		office.Look("fund.poor", citizen.Text{ZH: "查看减免名单", EN: "read the list of waived fees"}, knowing, nil, poor),
		office.Look("fund.odd_waivers", citizen.Text{ZH: "减免异常", EN: "list patterns among waivers for the auditor"}, []office.Role{office.Auditor, office.Finance}, nil, oddWaivers),
		office.Look("fund.waiver_forecast", citizen.Text{ZH: "减免预测", EN: "forecast waived fees by unit"}, overseers, nil, forecast),
	}
}

// PoorLine is a line of civil affairs' list.
type PoorLine struct {
	fund.Poor
	Station event.Unit `json:"station,omitempty"` // left out: where the number is registered
}

// PoorInput is civil affairs' list, or a part of it.
type PoorInput struct {
	Lines []PoorLine `json:"lines"`
}

// PoorResult says where the lines went. Unmatched are the lines, from 1, whose number is not registered in the county.
type PoorResult struct {
	Lists     map[event.Unit]string `json:"lists"` // station -> list
	Listed    int                   `json:"listed"`
	Unmatched []int                 `json:"unmatched"`
}

func listPoor(ctx context.Context, w *office.Work, in PoorInput) (PoorResult, error) {
	result := PoorResult{Lists: make(map[event.Unit]string), Unmatched: []int{}}
	parts := make(map[event.Unit][]fund.Poor)
	var order []event.Unit
	for i, l := range in.Lines {
		station := l.Station
		if station == "" {
			var err error
			if station, err = registeredAt(ctx, w, l.Number); err != nil {
				return result, err
			}
		}
		if station == "" {
			result.Unmatched = append(result.Unmatched, i+1)
			continue
		}
		if parts[station] == nil {
			order = append(order, station)
		}
		parts[station] = append(parts[station], l.Poor)
	}
	if len(in.Lines) == 0 {
		order = append(order, w.By.Unit) // refused by the rule: a list has lines, and is for a station
	}
	for _, station := range order {
		id, err := newID()
		if err != nil {
			return result, err
		}
		e, err := fund.ListPoor(actor(w), fund.PoorList{List: id, Station: station, Day: w.Today, Lines: parts[station]})
		if err != nil {
			return result, err
		}
		w.Emit(e)
		result.Lists[station] = id
		result.Listed += len(parts[station])
	}
	return result, nil
}

// registeredAt finds the station in this county where a number is registered; empty when there is none.
func registeredAt(ctx context.Context, w *office.Work, number string) (event.Unit, error) {
	tenures, err := registerdb.ByNumber(ctx, w.Tx, number)
	if err != nil {
		return "", err
	}
	for _, t := range tenures {
		if t.State == register.StateOpen && w.By.Unit.Contains(t.Unit) {
			return t.Unit, nil
		}
	}
	return "", nil
}

// waiverFacts finds the applicant's line on the list by number and name, and when a fee of the kind was last waived for him.
func (d desk) waiverFacts(ctx context.Context, w *office.Work, a card.Application, facts *fund.FeeFacts) error {
	facts.Limits = d.limits
	lines, err := funddb.PoorByNumber(ctx, w.Tx, a.Home, a.Face.Number)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(lines, func(l funddb.Listed) bool { return l.Name == a.Face.Name }); i >= 0 {
		facts.Listed = &lines[i].Poor
	}
	before, err := funddb.WaivedBefore(ctx, w.Tx, a.Resident, string(a.Kind))
	if err != nil {
		return err
	}
	for _, b := range before {
		earlier, _, err := carddb.Load(ctx, w.Tx, b.Application)
		if err != nil {
			return err
		}
		if b.Application != a.ID && earlier.Stage != card.StageWithdrawn {
			facts.WaivedBefore = b.Day
		}
	}
	return nil
}

// WaiverDue is what the cashier is told of an applicant.
type WaiverDue struct {
	DueFen       int64        `json:"due_fen"`
	Listed       bool         `json:"listed"`
	NameDiffers  bool         `json:"name_differs,omitempty"` // the number is on the list under another name
	Ground       string       `json:"ground,omitempty"`
	Certificate  string       `json:"certificate,omitempty"`
	Office       string       `json:"office,omitempty"`
	WaivedFen    int64        `json:"waived_fen"`
	WaivedBefore citizen.Date `json:"waived_before,omitzero"`
	Why          string       `json:"why,omitempty"` // code of the refusal that a waiver would meet
}

// waiverDue tells the cashier whether the applicant is on the list, and what a waiver would come to. The question is recorded.
func (d desk) waiverDue(ctx context.Context, w *office.Work, in FeeInput) (WaiverDue, error) {
	a, ok, err := carddb.Load(ctx, w.Tx, in.Application)
	if err != nil {
		return WaiverDue{}, err
	}
	if !ok {
		return WaiverDue{}, card.NotFound()
	}
	if err := w.Own(a.Home); err != nil {
		return WaiverDue{}, err
	}
	var facts fund.FeeFacts
	if err := d.waiverFacts(ctx, w, a, &facts); err != nil {
		return WaiverDue{}, err
	}
	lines, err := funddb.PoorByNumber(ctx, w.Tx, a.Home, a.Face.Number)
	if err != nil {
		return WaiverDue{}, err
	}
	due := WaiverDue{Listed: facts.Listed != nil, NameDiffers: facts.Listed == nil && len(lines) > 0, WaivedBefore: facts.WaivedBefore}
	if due.DueFen, _, err = fund.Due(a.Kind, w.Today); err != nil {
		return due, err
	}
	if facts.Listed != nil {
		due.Ground, due.Certificate, due.Office = facts.Listed.Ground, facts.Listed.Certificate, facts.Listed.Office
		if facts.Settled, err = funddb.Settled(ctx, w.Tx, a.Home, a.ID); err != nil {
			return due, err
		}
		if facts.Receipts, err = receiptFacts(ctx, w); err != nil {
			return due, err
		}
		_, fee, err := fund.Waive(a, fund.FeeCommand{By: actor(w), Today: w.Today}, facts)
		if r, refused := event.AsRefusal(err); refused {
			due.Why = r.Code
		} else {
			due.WaivedFen = fee.WaivedFen
		}
	}
	return due, record(w, fund.LookedUp{Purpose: "核对减免资格", Application: a.ID})
}

// minPurpose is the shortest purpose in characters.
const minPurpose = 2

func record(w *office.Work, l fund.LookedUp) error {
	if utf8.RuneCountInString(l.Purpose) < minPurpose {
		return event.Refuse("fund.no_purpose", "居民身份证法（2003）第6条", citizen.Text{ZH: "未写明查询事由", EN: "no purpose is given"},
			citizen.Text{ZH: "写明办理何事需要查询；查询会被记录", EN: "say what it is needed for; every look-up is recorded"})
	}
	id, err := newID()
	if err != nil {
		return err
	}
	w.Emit(event.Event{Stream: event.Access(w.By.Unit), Kind: fund.KindLookedUp, V: 1, Subject: id, Body: l})
	return nil
}

// PoorQuery asks for the list of an area.
type PoorQuery struct {
	Station event.Unit `json:"station,omitempty"` // left out: the operator's area
	Purpose string     `json:"purpose"`           // it is recorded
}

func poor(ctx context.Context, w *office.Work, in PoorQuery) ([]funddb.Listed, error) {
	low, high, err := slice(w, in.Station)
	if err != nil {
		return nil, err
	}
	if err := record(w, fund.LookedUp{Purpose: in.Purpose, Wide: true}); err != nil {
		return nil, err
	}
	return funddb.PoorOf(ctx, w.Tx, low, high)
}

func oddWaivers(ctx context.Context, w *office.Work, in ShowInput) ([]fund.Odd, error) {
	low, high, err := slice(w, in.Station)
	if err != nil {
		return nil, err
	}
	all, err := funddb.WaivedOf(ctx, w.Tx, low, high)
	if err != nil {
		return nil, err
	}
	lists, err := funddb.PoorOf(ctx, w.Tx, low, high)
	if err != nil {
		return nil, err
	}
	hasList := make(map[event.Unit]bool)
	for _, l := range lists {
		hasList[l.Unit] = true
	}
	return fund.OddWaivers(all, hasList), nil
}

// Forecast is what a unit has waived and is likely to: every person on its list once, for a first application or a renewal.
type Forecast struct {
	Unit      event.Unit `json:"unit"`
	Listed    int        `json:"listed"` // people
	Waived    int        `json:"waived"` // fees, on the list or not
	WaivedFen int64      `json:"waived_fen"`
	ToComeFen int64      `json:"to_come_fen"` // of those on the list who have not come yet
}

func forecast(ctx context.Context, w *office.Work, in ShowInput) ([]Forecast, error) {
	low, high, err := slice(w, in.Station)
	if err != nil {
		return nil, err
	}
	lists, err := funddb.PoorOf(ctx, w.Tx, low, high)
	if err != nil {
		return nil, err
	}
	waived, err := funddb.WaivedOf(ctx, w.Tx, low, high)
	if err != nil {
		return nil, err
	}
	fen, _, err := fund.Due(card.First, w.Today)
	if err != nil {
		return nil, fmt.Errorf("fund: forecast: %w", err)
	}
	units := make(map[event.Unit]*Forecast)
	of := func(u event.Unit) *Forecast {
		if units[u] == nil {
			units[u] = &Forecast{Unit: u}
		}
		return units[u]
	}
	shares := fund.WaiverTable(w.Today)
	seen := make(map[string]bool)
	for _, l := range lists {
		if key := string(l.Unit) + l.Number; !seen[key] {
			seen[key] = true
			of(l.Unit).Listed++
			of(l.Unit).ToComeFen += fen * percent(shares, l.Ground) / 100
		}
	}
	for _, x := range waived {
		f := of(x.Unit)
		f.Waived++
		f.WaivedFen += x.Fen
		if x.Listed {
			f.ToComeFen = max(0, f.ToComeFen-x.Fen)
		}
	}
	all := make([]Forecast, 0, len(units))
	for _, f := range units {
		all = append(all, *f)
	}
	slices.SortFunc(all, func(a, b Forecast) int { return cmp.Compare(a.Unit, b.Unit) })
	return all, nil
}

func percent(shares []fund.Share, ground string) int64 {
	i := slices.IndexFunc(shares, func(s fund.Share) bool { return s.Code == ground })
	if i < 0 {
		return 0
	}
	return int64(shares[i].Percent)
}
