package carddesk

import (
	"context"
	"errors"
	"io"
	"slices"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddb"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/store"
)

// OrderInput names the applications to order; left out: everything that waits for an order, the oldest promise first.
type OrderInput struct {
	Applications []string `json:"applications,omitempty"`
	Again        string   `json:"again,omitempty"` // why cards ordered before are ordered again, as lost; needs Applications
}

// Skipped is an application that does not go into the order, and why.
type Skipped struct {
	Application string `json:"application"`
	Code        string `json:"code"`
}

// OrderResult is the order. The file itself is written by WriteOrder.
type OrderResult struct {
	Order    string    `json:"order"`
	Digest   string    `json:"digest"` // of order.jsonl, which is kept as a blob
	Count    int       `json:"count"`
	Skipped  []Skipped `json:"skipped,omitempty"`
	Document []byte    `json:"-"` // order.jsonl
}

// order puts applications into an order file. Its content is stored, and the order recorded, before anybody gets the file.
func order(ctx context.Context, w *office.Work, in OrderInput) (*OrderResult, error) {
	if len(in.Applications) == 0 {
		in.Again = ""
	}
	waiting, err := ordering(ctx, w, in)
	if err != nil {
		return nil, err
	}
	id, err := newID()
	if err != nil {
		return nil, err
	}
	result := &OrderResult{Order: id}
	var taken []card.Application
	var lines []card.OrderLine
	for _, a := range waiting {
		err := orderable(ctx, w, a, in.Again)
		refusal, refused := event.AsRefusal(err)
		switch {
		case refused && len(in.Applications) > 0:
			return nil, err
		case refused:
			result.Skipped = append(result.Skipped, Skipped{a.ID, refusal.Code})
		case err != nil:
			return nil, err
		default:
			taken, lines = append(taken, a), append(lines, card.LineOf(a, len(lines)+1))
		}
	}
	if len(taken) == 0 {
		return nil, event.Refuse("card.nothing_to_order", "", citizen.Text{ZH: "没有可送制证的申领", EN: "nothing waits for an order"},
			citizen.Text{ZH: "先办理市级核查", EN: "check applications first"})
	}
	return result, writeOrder(w, result, in.Again, taken, lines)
}

// ordering locks and loads the applications that may be ordered.
func ordering(ctx context.Context, w *office.Work, in OrderInput) ([]card.Application, error) {
	var ids []string
	if len(in.Applications) == 0 {
		waiting, err := waitForOrder(ctx, w)
		if err != nil {
			return nil, err
		}
		for i := range waiting {
			ids = append(ids, waiting[i].ID)
		}
		return lockAll(ctx, w, ids)
	}
	if len(in.Applications) > card.MaxFileCards {
		return nil, event.Refuse("card.order_size", "", citizen.Text{ZH: "一份制证订单最多一千件", EN: "an order has at most a thousand cards"},
			citizen.Text{ZH: "分几次送制证", EN: "make several orders"})
	}
	for _, name := range in.Applications {
		a, ok, err := carddb.Load(ctx, w.Tx, name)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, card.NotFound()
		}
		ids = append(ids, a.ID)
	}
	return lockAll(ctx, w, ids)
}

// waitForOrder finds the applications that wait for an order, without locking them.
func waitForOrder(ctx context.Context, w *office.Work) ([]card.Application, error) {
	found, err := carddb.Orderable(ctx, w.Tx, card.MaxFileCards)
	return slices.DeleteFunc(found, func(a card.Application) bool {
		return !w.By.Unit.Contains(a.Home) || card.Orderable(a, "", false) != nil
	}), err
}

// lockAll locks applications and loads each once, in the order given.
func lockAll(ctx context.Context, w *office.Work, ids []string) ([]card.Application, error) {
	if err := w.Lock(ctx, ids...); err != nil {
		return nil, err
	}
	seen := make(map[string]bool)
	var all []card.Application
	for _, id := range ids {
		if seen[id] {
			continue
		}
		seen[id] = true
		a, ok, err := carddb.Load(ctx, w.Tx, id)
		if err != nil {
			return nil, err
		}
		if ok {
			all = append(all, a)
		}
	}
	return all, nil
}

func orderable(ctx context.Context, w *office.Work, a card.Application, again string) error {
	gone, err := dead(ctx, w, a)
	if err != nil {
		return err
	}
	if err := card.Orderable(a, again, gone); err != nil {
		return err
	}
	if a.Stage == card.StageChecked { // what is made again is past a return: the hand-over looks at it
		now, err := registered(ctx, w, a)
		if err != nil {
			return err
		}
		if err := card.Unchanged(a, now); err != nil {
			return err
		}
	}
	if !w.Office.Blobs.Has(a.Photo) {
		return event.Refuse("card.photograph_missing", "", citizen.Text{ZH: "相片尚未到达本级", EN: "the photograph has not arrived here yet"},
			citizen.Text{ZH: "等待数据上报", EN: "wait for the station's data"})
	}
	return w.Below(a.Home)
}

func writeOrder(w *office.Work, result *OrderResult, again string, taken []card.Application, lines []card.OrderLine) error {
	document, err := card.EncodeOrder(card.FileHeader{Order: result.Order, City: w.By.Unit, At: w.Now}, lines)
	if err != nil {
		return err
	}
	digest, err := w.Office.Blobs.Put(document)
	if err != nil {
		return err
	}
	result.Digest, result.Count, result.Document = digest, len(lines), document
	w.Emit(event.Event{Stream: event.Up(w.By.Unit), Kind: card.KindOrderWritten, V: 1, Subject: result.Order, Blobs: []string{digest},
		Body: card.OrderWritten{Order: result.Order, Digest: digest, Count: len(lines)}})
	for _, a := range taken {
		e, err := card.OrderIt(a, card.OrderCommand{By: actor(w), Order: result.Order, Digest: digest, Again: again}, false)
		if err != nil {
			return err
		}
		w.Emit(e)
	}
	return nil
}

// WriteOrder writes the tar of an order for the maker from what is stored: the list that has the digest, its photographs, and the city's signature
// where a key is given. It can be written again at any time, and is the same each time.
func WriteOrder(out io.Writer, blobs *store.Blobs, key *journal.Key, digest string) error {
	list, err := blobs.Get(digest)
	if err != nil {
		return err
	}
	note, err := signOrder(list, key)
	if err != nil {
		return err
	}
	return card.PackOrder(out, list, note, blobs.Get)
}

func signOrder(list []byte, key *journal.Key) ([]byte, error) {
	if key == nil {
		return nil, nil
	}
	statement, err := card.Statement(list)
	if err != nil {
		return nil, err
	}
	return key.SignStatement(card.OrderTitle, statement)
}

// FeedbackInput names a feedback file that was put as a blob.
type FeedbackInput struct {
	Digest string `json:"digest"`
}

// feedback takes in what the maker says of an order. Lines that do not fit are listed as exceptions, the others count.
func feedback(ctx context.Context, w *office.Work, in FeedbackInput) (card.FeedbackTaken, error) {
	taken := card.FeedbackTaken{Digest: in.Digest}
	header, lines, err := readFeedback(ctx, w, in.Digest)
	if err != nil {
		return taken, err
	}
	taken.Order = header.Order
	ids := make([]string, len(lines))
	for i, l := range lines {
		ids[i] = l.Application
	}
	if err := w.Lock(ctx, append(ids, in.Digest)...); err != nil {
		return taken, err
	}
	if known, err := carddb.FeedbackKnown(ctx, w.Tx, in.Digest); err != nil || known {
		return taken, firstOf(err, event.Refuse("card.feedback_known", "", citizen.Text{ZH: "该反馈文件已接收", EN: "the feedback file has been taken in"},
			citizen.Text{ZH: "无需再次接收", EN: "nothing is to be done"}))
	}
	if err := takeLines(ctx, w, &taken, lines); err != nil {
		return taken, err
	}
	w.Emit(event.Event{Stream: event.Up(w.By.Unit), Kind: card.KindFeedbackTaken, V: 1, Subject: header.Order, Blobs: []string{in.Digest}, Body: taken})
	return taken, nil
}

func firstOf(err error, refusal error) error {
	if err != nil {
		return err
	}
	return refusal
}

// readFeedback reads the file and checks that it answers an order of this city's.
func readFeedback(ctx context.Context, w *office.Work, digest string) (card.FileHeader, []card.FeedbackLine, error) {
	if err := here(w, digest); err != nil || digest == "" {
		return card.FileHeader{}, nil, firstOf(err, damaged("", "no file"))
	}
	raw, err := w.Office.Blobs.Get(digest)
	if err != nil {
		return card.FileHeader{}, nil, err
	}
	header, lines, err := card.DecodeFeedback(raw)
	if errors.Is(err, card.ErrFile) {
		return header, nil, damaged(err.Error(), err.Error())
	}
	if err != nil {
		return header, nil, err
	}
	ordered, ok, err := carddb.OrderDigest(ctx, w.Tx, header.Order)
	if err != nil {
		return header, nil, err
	}
	if !ok || ordered != header.Digest {
		return header, nil, event.Refuse("card.feedback_foreign", "", citizen.Text{ZH: "该反馈不是对本市制证订单的答复", EN: "the feedback answers no order of this city's"},
			citizen.Text{ZH: "退回制证中心核对", EN: "give it back to the maker"})
	}
	return header, lines, nil
}

func damaged(zh, en string) error {
	return event.Refuse("card.feedback_damaged", "", citizen.Text{ZH: "反馈文件损坏或不完整：" + zh, EN: "the feedback file is damaged or incomplete: " + en},
		citizen.Text{ZH: "请制证中心重新提供", EN: "ask the maker for it again"})
}

// takeLines takes each line on its own; the second line about a card in one file is an exception.
func takeLines(ctx context.Context, w *office.Work, taken *card.FeedbackTaken, lines []card.FeedbackLine) error {
	packages := make(map[string]int)
	seen := make(map[string]bool)
	for _, l := range lines {
		a, _, err := carddb.Load(ctx, w.Tx, l.Application)
		if err != nil {
			return err
		}
		code := lineFault(a, l, taken.Order, seen[a.ID])
		var events []event.Event
		if code == "" {
			seen[a.ID] = true
			events, err = card.Feedback(a, actor(w), taken.Digest, l.Outcome)
			if refusal, ok := event.AsRefusal(err); ok {
				code = refusal.Code
			} else if err != nil {
				return err
			}
		}
		if code != "" {
			taken.Exceptions = append(taken.Exceptions, card.Exception{Line: l.Line, Code: code})
			continue
		}
		w.Emit(events...)
		tally(taken, packages, a, l, events)
	}
	return nil
}

func lineFault(a card.Application, l card.FeedbackLine, order string, seen bool) string {
	switch {
	case a.ID == "" || a.AcceptanceNo != l.AcceptanceNo:
		return "card.no_application"
	case seen:
		return "card.line_twice"
	case a.Order != order:
		return "card.other_order"
	}
	return ""
}

func tally(taken *card.FeedbackTaken, packages map[string]int, a card.Application, l card.FeedbackLine, events []event.Event) {
	for _, e := range events {
		switch e.Kind {
		case card.KindMade:
			taken.Made++
		case card.KindRejected:
			taken.Rejected++
		case card.KindDispatched:
			taken.Dispatched++
			i, ok := packages[l.Package]
			if !ok {
				i = len(taken.Packages)
				packages[l.Package] = i
				taken.Packages = append(taken.Packages, card.Package{Package: l.Package})
			}
			taken.Packages[i].Cards = append(taken.Packages[i].Cards, card.Packed{Application: a.ID, CardNo: l.CardNo, Home: a.Home})
		}
	}
}
