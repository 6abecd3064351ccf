package carddesk

import (
	"cmp"
	"context"
	"slices"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddb"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/site/sitedb"
)

// parcelActions are what people look at before and after cards are ordered and sent, and what the cards say of the work.
func parcelActions() []office.Action {
	counters := append(slices.Clone(readers), office.Auditor)
	return []office.Action{
		office.Look("card.orders", citizen.Text{ZH: "制证订单列表", EN: "list orders and what the maker has said of them"}, append(slices.Clone(senders), office.Leader, office.Auditor), atCity, orders),
		office.Look("card.order_draft", citizen.Text{ZH: "送制证试算", EN: "tell what an order would take, without making it"}, senders, atCity, orderDraft),
		office.Look("card.order_file", citizen.Text{ZH: "取制证订单文件", EN: "take an order's file for the maker"}, senders, atCity, orderFile),
		office.Look("card.consignments", citizen.Text{ZH: "下发包列表", EN: "list consignments on their way and counted"}, append(slices.Clone(carriers), office.Leader, office.Communications), nil, consignments),
		office.Look("card.consignment", citizen.Text{ZH: "查看下发包", EN: "show a consignment card by card"}, append(slices.Clone(carriers), office.Leader, office.Communications), nil, consignment),
		office.Look("card.consign_draft", citizen.Text{ZH: "下发试算", EN: "tell which cards would go to a unit, without sending them"}, carriers, nil, consignDraft),
		office.Look("card.quality", citizen.Text{ZH: "退回、废证和重制统计", EN: "count returns, rejections, defects and remakes, without names"}, counters, nil, quality),
	}
}

// OrdersInput asks for the city's orders, the newest first.
type OrdersInput struct {
	Order string `json:"order,omitempty"` // left out: all
	Limit int    `json:"limit,omitempty"`
}

// OrderListed is an order with what is still to come.
type OrderListed struct {
	carddb.OrderMade
	Open int64 `json:"open"` // the maker has said nothing of them yet
}

func orders(ctx context.Context, w *office.Work, in OrdersInput) ([]OrderListed, error) {
	found, err := carddb.Orders(ctx, w.Tx, w.By.Unit, in.Order, page(in.Limit))
	out := []OrderListed{}
	for _, o := range found {
		o.Operator = nameOf(ctx, w, o.Operator)
		out = append(out, OrderListed{o, max(0, o.Count-o.Made-o.Rejected)})
	}
	return out, err
}

// nameOf is an operator's name; the identifier where it is not known here.
func nameOf(ctx context.Context, w *office.Work, operator string) string {
	if a, ok, err := sitedb.OperatorByID(ctx, w.Tx, operator); err == nil && ok {
		return a.Name
	}
	return operator
}

// UnitCount is how many of a unit.
type UnitCount struct {
	Unit event.Unit `json:"unit"`
	N    int64      `json:"n"`
}

// OrderDraft is what card.order would do now: numbers, and what would be passed over.
type OrderDraft struct {
	Count   int64         `json:"count"`
	Remakes int64         `json:"remakes"` // of them
	Units   []UnitCount   `json:"units"`
	Skipped []SkippedCard `json:"skipped"`
}

// SkippedCard is an application that would not go, and why.
type SkippedCard struct {
	Application  string       `json:"application"`
	AcceptanceNo string       `json:"acceptance_no"`
	Unit         event.Unit   `json:"unit"`
	Code         string       `json:"code"`
	Text         citizen.Text `json:"text"`
	Mend         citizen.Text `json:"mend"`
}

func orderDraft(ctx context.Context, w *office.Work, _ struct{}) (OrderDraft, error) {
	out := OrderDraft{Units: []UnitCount{}, Skipped: []SkippedCard{}}
	waiting, err := waitForOrder(ctx, w)
	if err != nil {
		return out, err
	}
	units := make(map[event.Unit]int64)
	for _, a := range waiting {
		err := orderable(ctx, w, a, "")
		if r, refused := event.AsRefusal(err); refused {
			out.Skipped = append(out.Skipped, SkippedCard{a.ID, a.AcceptanceNo, a.Home, r.Code, r.Text, r.Mend})
			continue
		}
		if err != nil {
			return out, err
		}
		out.Count++
		units[a.Home]++
		if a.Stage != card.StageChecked {
			out.Remakes++
		}
	}
	out.Units = unitCounts(units)
	return out, nil
}

func unitCounts(units map[event.Unit]int64) []UnitCount {
	out := make([]UnitCount, 0, len(units))
	for unit, n := range units {
		out = append(out, UnitCount{unit, n})
	}
	slices.SortFunc(out, func(a, b UnitCount) int { return cmp.Compare(a.Unit, b.Unit) })
	return out
}

// OrderFileInput names an order whose file is taken out of the office.
type OrderFileInput struct {
	Order   string `json:"order"`
	Purpose string `json:"purpose"` // it is recorded: the file holds everybody's items and pictures
}

// OrderFile names the file's content, which WriteOrder writes.
type OrderFile struct {
	Order  string `json:"order"`
	Digest string `json:"digest"`
	Count  int64  `json:"count"`
}

func orderFile(ctx context.Context, w *office.Work, in OrderFileInput) (OrderFile, error) {
	found, err := carddb.Orders(ctx, w.Tx, w.By.Unit, in.Order, 1)
	if err != nil {
		return OrderFile{}, err
	}
	if len(found) == 0 || in.Order == "" {
		return OrderFile{}, event.Refuse("card.no_order", "", citizen.Text{ZH: "没有此制证订单", EN: "there is no such order"}, citizen.Text{ZH: "从订单列表中选取", EN: "choose one from the list"})
	}
	return OrderFile{found[0].Order, found[0].Digest, found[0].Count}, record(w, card.LookedUp{Purpose: in.Purpose, How: card.LookUpOrder, Wide: true})
}

// ConsignmentsInput asks for what the unit was sent and has sent.
type ConsignmentsInput struct {
	Limit int `json:"limit,omitempty"`
}

func consignments(ctx context.Context, w *office.Work, in ConsignmentsInput) ([]carddb.Sent, error) {
	all, err := carddb.Consignments(ctx, w.Tx, w.By.Unit, "", page(in.Limit))
	if all == nil {
		all = []carddb.Sent{}
	}
	for i := range all {
		all[i].Sender, all[i].Counter = nameOf(ctx, w, all[i].Sender), nameOf(ctx, w, all[i].Counter)
	}
	return all, err
}

// ConsignmentInput names a consignment that came to the unit or went from it.
type ConsignmentInput struct {
	Consignment string `json:"consignment"`
}

// ConsignmentShown is a consignment card by card, without names.
type ConsignmentShown struct {
	carddb.Sent
	Cards []carddb.SentCard `json:"cards"`
}

func consignment(ctx context.Context, w *office.Work, in ConsignmentInput) (out ConsignmentShown, err error) {
	found, err := carddb.Consignments(ctx, w.Tx, w.By.Unit, in.Consignment, 1)
	if err != nil {
		return out, err
	}
	if len(found) == 0 || in.Consignment == "" {
		return out, event.Refuse("card.no_consignment", "", citizen.Text{ZH: "没有发往或发自本单位的此包", EN: "no such consignment was sent here or from here"},
			citizen.Text{ZH: "核对包号；清单可能尚未到达", EN: "check the number; the list may not have arrived yet"})
	}
	out.Sent = found[0]
	if out.Cards, err = carddb.SentCards(ctx, w.Tx, out.Sent); err != nil {
		return out, err
	}
	out.Sender, out.Counter = nameOf(ctx, w, out.Sender), nameOf(ctx, w, out.Counter)
	return out, nil
}

// ConsignDraftInput asks what would go to a unit; left out: how many for each.
type ConsignDraftInput struct {
	To event.Unit `json:"to,omitempty"`
}

// ConsignDraft is what card.consign would send, and how many are held for every unit.
type ConsignDraft struct {
	Cards []card.Packed `json:"cards"`
	Units []UnitCount   `json:"units"`
	Kept  int64         `json:"kept"` // unclaimed and spoilt cards that stay
}

func consignDraft(ctx context.Context, w *office.Work, in ConsignDraftInput) (ConsignDraft, error) {
	out := ConsignDraft{Cards: []card.Packed{}}
	held, err := carddb.HeldAt(ctx, w.Tx, w.By.Unit)
	if err != nil {
		return out, err
	}
	stored, err := carddb.Stored(ctx, w.Tx, w.By.Unit)
	if err != nil {
		return out, err
	}
	all := len(held)
	held = slices.DeleteFunc(held, func(p card.Packed) bool { return stored[p.CardNo] })
	out.Kept = int64(all - len(held))
	units := make(map[event.Unit]int64)
	for _, p := range held {
		if to := towards(w.By.Unit, p.Home); to != "" {
			units[to]++
		}
	}
	out.Units = unitCounts(units)
	if in.To != "" {
		out.Cards = append(out.Cards, choose(held, ConsignInput{To: in.To}, w.By.Unit)...)
	}
	return out, nil
}

// towards is the next unit on a card's way: the one below that it is meant for, or the one above. Empty: it is there, or nobody knows.
func towards(own, home event.Unit) event.Unit {
	switch {
	case home == "" || home == own:
		return ""
	case !own.Contains(home):
		return own.Parent()
	}
	to := home
	for to.Parent() != own {
		to = to.Parent()
	}
	return to
}

// QualityInput asks for a span of days, both inclusive.
type QualityInput struct {
	From citizen.Date `json:"from"`
	To   citizen.Date `json:"to"`
	Unit event.Unit   `json:"unit,omitempty"` // left out: the operator's area
}

// ReasonCount is how often a reason was given about a unit's applications.
type ReasonCount struct {
	Unit   event.Unit `json:"unit"`
	Reason string     `json:"reason"`
	N      int64      `json:"n"`
}

// Quality is what returns, rejections, defects and remakes say of the work. It names nobody.
type Quality struct {
	Returns  []ReasonCount        `json:"returns"` // by reason
	Rejects  []ReasonCount        `json:"rejects"` // by the maker, by class
	Defects  []carddb.DefectCount `json:"defects"` // found in cards that were made
	Remade   []UnitCount          `json:"remade"`  // cards of applications opened in these days that were ordered more than once
	Accepted []UnitCount          `json:"accepted"`
}

func quality(ctx context.Context, w *office.Work, in QualityInput) (out Quality, err error) {
	area := w.By.Unit
	if in.Unit != "" {
		area = in.Unit
	}
	if err := w.Below(area); err != nil {
		return out, err
	}
	if in.From.IsZero() || in.To.Before(in.From) {
		return out, event.Refuse("card.span", "", citizen.Text{ZH: "起止日期有误", EN: "the span of days is wrong"}, citizen.Text{ZH: "填写起止日期", EN: "give from and to"})
	}
	from, to := midnight(in.From), midnight(in.To.AddDays(1))
	for kind, list := range map[string]*[]ReasonCount{card.KindReturned: &out.Returns, card.KindRejected: &out.Rejects} {
		found, err := carddb.Unwanted(ctx, w.Tx, area, kind, from, to)
		if err != nil {
			return out, err
		}
		*list = reasonCounts(found)
	}
	if out.Defects, err = carddb.Defects(ctx, w.Tx, area, from, to); err != nil {
		return out, err
	}
	remade, err := carddb.Remade(ctx, w.Tx, area, card.DayOn(in.From), card.DayOn(in.To))
	if err != nil {
		return out, err
	}
	out.Remade = unitCounts(remade)
	reached, err := carddb.Reached(ctx, w.Tx, area, card.DayOn(in.From), card.DayOn(in.To))
	accepted := make(map[event.Unit]int64)
	for unit, kinds := range reached {
		accepted[unit] = kinds[card.KindOpened]
	}
	out.Accepted = unitCounts(accepted)
	return out, err
}

func reasonCounts(found map[event.Unit]map[string]int64) []ReasonCount {
	out := []ReasonCount{}
	for unit, reasons := range found {
		for reason, n := range reasons {
			out = append(out, ReasonCount{unit, reason, n})
		}
	}
	slices.SortFunc(out, func(a, b ReasonCount) int {
		return cmp.Or(cmp.Compare(a.Unit, b.Unit), cmp.Compare(a.Reason, b.Reason))
	})
	return out
}
