package programme

import (
	"cmp"
	"slices"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// Figure is a number as it was counted, with what it was counted of: an order and a report keep it as it was.
type Figure struct {
	Figure string       `json:"figure"`
	Unit   event.Unit   `json:"unit"`
	From   citizen.Date `json:"from,omitzero"`
	To     citizen.Date `json:"to,omitzero"`
	Value  int64        `json:"value"`
	Meant  int64        `json:"meant,omitempty"` // what was planned
}

// Order (督办) is a task for a unit below, with a day and the figures that it rests on.
type Order struct {
	Order   string       `json:"order"`
	From    event.Unit   `json:"from"`
	To      event.Unit   `json:"to"`
	Task    string       `json:"task"`
	Due     citizen.Date `json:"due"`
	Figures []Figure     `json:"figures"`
}

// Reply explains and says what will be done.
type Reply struct {
	Order       string       `json:"order"`
	Explanation string       `json:"explanation"`
	Measures    string       `json:"measures"`
	DoneBy      citizen.Date `json:"done_by"`
}

// Acknowledged says that a named person has the order.
type Acknowledged struct {
	Order  string `json:"order"`
	Person string `json:"person"` // who answers for it
}

// Closing ends an order.
type Closing struct {
	Order   string   `json:"order"`
	Outcome string   `json:"outcome"` // done, not_done
	Words   string   `json:"words"`
	Figures []Figure `json:"figures,omitempty"` // the same figures at the closing
}

// The outcomes of an order.
const (
	OutcomeDone    = "done"
	OutcomeNotDone = "not_done"
)

// IssueOrder orders a unit below.
func IssueOrder(by By, o Order) (event.Event, error) {
	o.From = by.Unit
	if err := first(checkArea(by, o.To), orderText(o), orderDue(by, o), orderFigures(o)); err != nil {
		return event.Event{}, err
	}
	return event.Event{Stream: event.To(by.Unit, o.To), Kind: KindOrderIssued, V: 1, Subject: o.Order, Body: o}, nil
}

func orderText(o Order) *event.Refusal {
	if said(o.Task) {
		return nil
	}
	return noText("task")
}

func orderDue(by By, o Order) *event.Refusal {
	if o.Due.After(by.Today) {
		return nil
	}
	return refuse("programme.due", "", "due", "办结期限缺少或不晚于今日", "the day is missing or not later than today", "填写以后的日期", "give a later day")
}

func orderFigures(o Order) *event.Refusal {
	if len(o.Figures) > 0 {
		return nil
	}
	return refuse("programme.no_figures", Source, "figures", "督办未写明所依据的数据", "the order names no figure that it rests on", "选定指标，由系统计数", "name a figure; it is counted")
}

// OrderFact is one entry about an order.
type OrderFact struct {
	Kind     string
	Acting   event.Unit // that wrote it
	At       int64
	Operator string
	Ref      event.Ref
	Order    *Order
	Acked    *Acknowledged
	Reply    *Reply
	Closing  *Closing
}

// OrderState is what the entries about an order give.
type OrderState struct {
	Order
	IssuedAt int64         `json:"issued_at"`
	Acked    *Acknowledged `json:"acknowledged,omitempty"`
	AckedAt  int64         `json:"acknowledged_at,omitempty"`
	Replies  []Reply       `json:"replies,omitempty"`
	Closed   *Closing      `json:"closed,omitempty"`
	Ref      event.Ref     `json:"-"` // the order's own entry
}

// DeriveOrder gives an order's state from its entries, in whatever order they came. ok is false while the order itself is not here. It is closed by the unit
// that gave it or one above that.
func DeriveOrder(facts []OrderFact) (s OrderState, ok bool) {
	facts = slices.Clone(facts)
	slices.SortFunc(facts, func(a, b OrderFact) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Ref.Stream, b.Ref.Stream), cmp.Compare(a.Ref.Generation, b.Ref.Generation), cmp.Compare(a.Ref.Seq, b.Ref.Seq))
	})
	for _, f := range facts {
		if f.Order != nil && f.Order.From == f.Acting && !ok {
			s, ok = OrderState{Order: *f.Order, IssuedAt: f.At, Ref: f.Ref}, true
		}
	}
	for _, f := range facts {
		switch {
		case !ok:
		case f.Acked != nil && f.Acting == s.To && s.Acked == nil:
			s.Acked, s.AckedAt = f.Acked, f.At
		case f.Reply != nil && f.Acting == s.To:
			s.Replies = append(s.Replies, *f.Reply)
		case f.Closing != nil && f.Acting.Contains(s.From) && s.Closed == nil:
			s.Closed = f.Closing
		}
	}
	return s, ok
}

// UpAfter is after how many days an overdue order goes up a level (UNCONFIRMED: a setting of the office).
const UpAfter = 5

// AnswersTo is the unit that has to deal with an order on a day: the one that gave it, and with each UpAfter days overdue the next one above, up to the city.
func (s *OrderState) AnswersTo(today citizen.Date) event.Unit {
	unit := s.From
	if s.Closed != nil || !today.After(s.Due) {
		return unit
	}
	for range s.Due.DaysUntil(today) / UpAfter {
		if unit.Parent() == "" {
			break
		}
		unit = unit.Parent()
	}
	return unit
}

// Overdue tells whether an order is open past its day.
func (s *OrderState) Overdue(today citizen.Date) bool { return s.Closed == nil && today.After(s.Due) }

func noOrder() *event.Refusal {
	return refuse("programme.no_order", "", "order", "没有此件督办", "there is no such order", "核对标识，或等待数据到达", "check the identifier, or wait for it to arrive")
}

func openOrder(s OrderState, ok bool) *event.Refusal {
	switch {
	case !ok:
		return noOrder()
	case s.Closed != nil:
		return refuse("programme.order_closed", "", "order", "该督办已销号", "the order has been closed", "如仍未解决，另行下达督办", "if it is not settled, issue another")
	}
	return nil
}

func forUs(by By, s OrderState) *event.Refusal {
	if s.To == by.Unit {
		return nil
	}
	return refuse("programme.not_ordered", "", "order", "该督办不是下达给本单位的", "the order is not for this unit", "由被督办单位办理", "the unit that was ordered does it")
}

// Acknowledge takes an order in.
func Acknowledge(by By, s OrderState, ok bool, c Acknowledged) (event.Event, error) {
	err := first(openOrder(s, ok), forUs(by, s))
	switch {
	case err != nil:
		return event.Event{}, err
	case s.Acked != nil:
		return event.Event{}, refuse("programme.acknowledged_already", "", "order", "该督办已签收", "the order has been acknowledged", "无需再签收", "there is nothing left to do")
	case !said(c.Person):
		return event.Event{}, noText("person")
	}
	return answer(by, KindOrderAcknowledged, s, c), nil
}

// ReplyTo replies to an order that was acknowledged.
func ReplyTo(by By, s OrderState, ok bool, c Reply) (event.Event, error) {
	err := first(openOrder(s, ok), forUs(by, s))
	switch {
	case err != nil:
		return event.Event{}, err
	case s.Acked == nil:
		return event.Event{}, refuse("programme.not_acknowledged", "", "order", "该督办尚未签收", "the order has not been acknowledged", "先签收（programme.acknowledge）", "acknowledge it first (programme.acknowledge)")
	case !said(c.Explanation) || !said(c.Measures):
		return event.Event{}, noText("explanation")
	case c.DoneBy.IsZero() || c.DoneBy.Before(by.Today):
		return event.Event{}, refuse("programme.done_by", "", "done_by", "整改完成日期缺少或已过", "the day by which it is done is missing or past", "填写今日或以后的日期", "give today or a later day")
	}
	return answer(by, KindOrderReplied, s, c), nil
}

func answer(by By, kind string, s OrderState, body any) event.Event {
	ref := s.Ref
	return event.Event{Stream: event.Up(by.Unit), Kind: kind, V: 1, Subject: s.Order.Order, Cause: &ref, Body: body}
}

// CloseOrder ends an order that has been replied to, or that was not carried out.
func CloseOrder(by By, s OrderState, ok bool, c Closing) (event.Event, error) {
	err := refusal(openOrder(s, ok))
	switch {
	case err != nil:
		return event.Event{}, err
	case !by.Unit.Contains(s.From):
		return event.Event{}, refuse("programme.not_ours", "", "order", "该督办不是本单位下达的", "the order was not issued here", "由下达单位或其上级销号", "the unit that issued it, or one above, closes it")
	case c.Outcome != OutcomeDone && c.Outcome != OutcomeNotDone:
		return event.Event{}, refuse("programme.outcome", "", "outcome", "办理结果不明", "the outcome is not clear", "用 done 或 not_done", "use done or not_done")
	case c.Outcome == OutcomeDone && len(s.Replies) == 0:
		return event.Event{}, refuse("programme.no_reply", "", "order", "被督办单位尚未回复", "the unit has not replied", "回复后再销号", "close it after the reply")
	case !said(c.Words):
		return event.Event{}, noText("words")
	}
	ref := s.Ref
	return event.Event{Stream: event.To(by.Unit, s.To), Kind: KindOrderClosed, V: 1, Subject: s.Order.Order, Cause: &ref, Body: c}, nil
}
