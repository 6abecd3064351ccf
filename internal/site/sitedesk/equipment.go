package sitedesk

import (
	"context"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/site"
	"github.com/huzheng/huzheng/internal/site/sitedb"
)

// EquipmentInput takes an asset through one step, or through several of one day. A new asset needs its type; without an inventory number it gets one.
type EquipmentInput struct {
	Unit     event.Unit   `json:"unit,omitempty"`  // of a new asset; left out: the operator's own
	Asset    string       `json:"asset,omitempty"` // inventory number
	Type     string       `json:"type,omitempty"`
	Steps    []site.Step  `json:"steps"`
	On       citizen.Date `json:"on,omitzero"` // left out: today
	Serial   string       `json:"serial,omitempty"`
	Warranty citizen.Date `json:"warranty,omitzero"`
	Supplier string       `json:"supplier,omitempty"`
	PriceFen int64        `json:"price_fen,omitempty"`
	Sheet    string       `json:"sheet,omitempty"`
	Failed   bool         `json:"failed,omitempty"`
	Note     string       `json:"note,omitempty"`
}

// EquipmentOutput is the asset as it is now.
type EquipmentOutput struct {
	Asset string    `json:"asset"`
	Step  site.Step `json:"step"`
}

func moveEquipment(ctx context.Context, w *office.Work, in EquipmentInput) (out EquipmentOutput, err error) {
	known, now, err := findAsset(ctx, w, &in)
	if err != nil {
		return out, err
	}
	events, err := site.MoveEquipment(by(w), site.EquipmentCommand(in), known, now)
	if err != nil {
		return out, err
	}
	w.Emit(events...)
	return EquipmentOutput{Asset: in.Asset, Step: in.Steps[len(in.Steps)-1]}, nil
}

// findAsset locks and reads an asset. One that is not there is new if its type is given; it may come with an inventory number or gets one.
func findAsset(ctx context.Context, w *office.Work, in *EquipmentInput) (known bool, now site.Asset, err error) {
	if in.Asset == "" {
		if in.Asset, err = newID(); err != nil {
			return false, now, err
		}
	}
	if in.Unit == "" {
		in.Unit = w.By.Unit
	}
	if err := w.Lock(ctx, in.Asset); err != nil {
		return false, now, err
	}
	assets, err := sitedb.Assets(ctx, w.Tx, sitedb.Scope{Subject: in.Asset}, w.Today)
	if err != nil {
		return false, now, err
	}
	for _, a := range assets {
		if w.By.Unit.Contains(a.Unit) {
			return true, a, nil
		}
	}
	if in.Type == "" {
		return false, now, event.Refuse("site.no_asset", "", citizen.Text{ZH: "辖区内没有该设备", EN: "there is no such equipment in this area"},
			citizen.Text{ZH: "用 site.equipment_list 查看；新设备须填类别", EN: "see site.equipment_list; new equipment needs its type"})
	}
	_, known, err = sitedb.UnitOf(ctx, w.Tx, in.Unit)
	return known, now, err
}

type normInput struct{}

func equipmentNorm(context.Context, *office.Work, normInput) ([]site.Norm, error) {
	return site.EquipmentNorm, nil
}

// EquipmentList is the annex as a list: what is needed, unit by unit and county by county, and what stands where.
type EquipmentList struct {
	Needs  []site.Need  `json:"needs"`
	Total  []site.Need  `json:"total"` // over the whole area
	Assets []site.Asset `json:"assets"`
}

func equipmentList(ctx context.Context, w *office.Work, in AreaInput) (out EquipmentList, err error) {
	units, scope, err := area(ctx, w, &in.Unit)
	if err != nil {
		return out, err
	}
	if out.Assets, err = sitedb.Assets(ctx, w.Tx, scope, w.Today); err != nil {
		return out, err
	}
	out.Needs = []site.Need{}
	for _, u := range units {
		out.Needs = append(out.Needs, site.NeedOf(u.Code, out.Assets)...)
	}
	out.Total = site.TotalNeed(in.Unit, out.Needs)
	if out.Assets == nil {
		out.Assets = []site.Asset{}
	}
	return out, nil
}

func stateLine(ctx context.Context, w *office.Work, in LineInput) (None, error) {
	known, now, err := findLine(ctx, w, &in.Unit)
	if err != nil {
		return None{}, err
	}
	e, err := site.StateLine(by(w), site.LineStated{Unit: in.Unit, State: in.State, Carrier: in.Carrier, Kbps: in.Kbps, On: in.On}, known, now)
	return emit(w, err, e)
}

// LineInput says what a unit's line is. Unit left out is the operator's own, On left out is today.
type LineInput struct {
	Unit    event.Unit   `json:"unit,omitempty"`
	State   string       `json:"state"`
	Carrier string       `json:"carrier,omitempty"`
	Kbps    int          `json:"kbps,omitempty"`
	On      citizen.Date `json:"on,omitzero"`
}

func findLine(ctx context.Context, w *office.Work, unit *event.Unit) (known bool, line site.Line, err error) {
	if known, err = begin(ctx, w, unit); err != nil {
		return false, line, err
	}
	line, err = sitedb.LineOf(ctx, w.Tx, *unit)
	return known, line, err
}

// OutageInput opens or closes an outage of a unit's line.
type OutageInput struct {
	Unit  event.Unit `json:"unit,omitempty"`
	Cause string     `json:"cause,omitempty"`
}

func openOutage(ctx context.Context, w *office.Work, in OutageInput) (None, error) {
	known, now, err := findLine(ctx, w, &in.Unit)
	if err != nil {
		return None{}, err
	}
	id, err := newID()
	if err != nil {
		return None{}, err
	}
	e, err := site.OpenOutage(by(w), in.Unit, known, now, id, in.Cause)
	return emit(w, err, e)
}

func closeOutage(ctx context.Context, w *office.Work, in OutageInput) (None, error) {
	known, now, err := findLine(ctx, w, &in.Unit)
	if err != nil {
		return None{}, err
	}
	events, err := site.CloseOutage(by(w), in.Unit, known, now)
	return emit(w, err, events...)
}

// RoadRow is a unit's line, the road that the exchange should use, and whose node serves the unit (R56).
type RoadRow struct {
	site.Line
	Road   string     `json:"road"` // network or disk
	Node   event.Unit `json:"node"` // its own, or a unit above
	Joined bool       `json:"joined"`
}

func (d desk) road(ctx context.Context, w *office.Work, in AreaInput) ([]RoadRow, error) {
	units, scope, err := area(ctx, w, &in.Unit)
	if err != nil {
		return nil, err
	}
	lines, err := sitedb.Lines(ctx, w.Tx, scope)
	if err != nil {
		return nil, err
	}
	out := []RoadRow{}
	for _, u := range units {
		line, ok := lines[u.Code]
		if !ok {
			line = site.LineOf(u.Code, nil, nil)
		}
		row := RoadRow{Line: line, Road: line.Road(d.Limits)}
		if row.Node, row.Joined, err = sitedb.NodeOf(ctx, w.Tx, u.Code); err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	return out, nil
}
