package office

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/store"
)

// Guard makes an act from a form safe against a double press, a replay, and a page that has grown old (docs/adr/0008-pages.md). The zero value guards nothing.
type Guard struct {
	Once    string // the rendered form's own random text; the act and its mark commit together
	Subject string // what the form is about
	Seen    int64  // how many entries about Subject the form's reader has seen
	Dry     bool   // a dry run: the action is done and undone, so that its refusal is known; what it would give is given, and nothing is written
}

// errDry undoes a dry run.
var errDry = errors.New("office: dry run")

// onceKept is how long a form that was carried out is remembered: a window open over a long holiday is still recognised.
const onceKept = 31 * 24 * time.Hour

// inputMark tells one input of a form from another. Of one with a password there is none: whoever reads the table could try passwords against it.
func inputMark(input []byte) string {
	if bytes.Contains(input, []byte("password")) {
		return ""
	}
	sum := sha256.Sum256(input)
	return hex.EncodeToString(sum[:])
}

// earlier gives what the form has done before; nil when it has not. Sent again with something else typed into it, as from a second tab, it is refused: the first result would
// not be what was asked for.
func (g Guard) earlier(ctx context.Context, tx *store.Tx, by Operator, action string, input []byte) (*Done, error) {
	if g.Once == "" {
		return nil, nil
	}
	if err := tx.Lock(ctx, "once:"+g.Once); err != nil {
		return nil, err
	}
	var operator, name, mark, text string
	ok, err := tx.Find(ctx, "select operator, action, input, done from office_once where token = $1", []any{g.Once}, &operator, &name, &mark, &text)
	if err != nil || !ok {
		return nil, err
	}
	if operator != by.ID || name != action || mark != "" && mark != inputMark(input) {
		return nil, event.Refuse("office.other_form", "",
			citizen.Text{ZH: "此表单已用于另一项业务", EN: "this form has been used for something else"},
			citizen.Text{ZH: "先核对已办理的内容，确认仍要办理时再提交一次", EN: "look at what has been done; send the form again if this is still to be done"})
	}
	return readDone(g.Once, text)
}

func readDone(token, text string) (*Done, error) {
	var kept struct {
		Result  json.RawMessage `json:"result"`
		Entries []event.Ref     `json:"entries"`
	}
	if err := json.Unmarshal([]byte(text), &kept); err != nil {
		return nil, fmt.Errorf("office: once %s: %w", token, err)
	}
	return &Done{Result: kept.Result, Entries: kept.Entries, Repeated: true}, nil
}

// Kept gives what a form that an operator sent has done, for the receipt that is opened or printed again; ok is false when there is none.
func (o *Office) Kept(ctx context.Context, by Operator, token string) (action string, done *Done, ok bool, err error) {
	var text string
	err = o.DB.Read(ctx, func(tx *store.Tx) (err error) {
		ok, err = tx.Find(ctx, "select action, done from office_once where token = $1 and operator = $2", []any{token, by.ID}, &action, &text)
		return err
	})
	if err != nil || !ok {
		return "", nil, false, err
	}
	done, err = readDone(token, text)
	return action, done, true, err
}

// CarriedOut tells whether a form of an operator's has been carried out.
func CarriedOut(ctx context.Context, tx *store.Tx, by Operator, token string) (bool, error) {
	if token == "" {
		return false, nil
	}
	return tx.Find(ctx, "select action from office_once where token = $1 and operator = $2", []any{token, by.ID}, new(string))
}

// record notes that the form has been carried out, and forgets old ones.
func (g Guard) record(ctx context.Context, tx *store.Tx, by Operator, action string, input []byte, now time.Time, done *Done) error {
	if g.Once == "" {
		return nil
	}
	text, err := json.Marshal(done)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "insert into office_once(token, operator, action, input, at, done) values($1, $2, $3, $4, $5, $6)",
		g.Once, by.ID, action, inputMark(input), now.UnixMilli(), string(text)); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "delete from office_once where at < $1", now.Add(-onceKept).UnixMilli())
	return err
}

// unchanged refuses when something has been written about the subject since the form's reader looked. The desk has locked its subjects by then.
func (g Guard) unchanged(ctx context.Context, tx *store.Tx) error {
	if g.Subject == "" {
		return nil
	}
	n, err := journal.CountOf(ctx, tx, g.Subject)
	if err != nil || n <= g.Seen {
		return err
	}
	return event.Refuse("office.stale", "",
		citizen.Text{ZH: fmt.Sprintf("打开此页后又有 %d 条新记录", n-g.Seen), EN: fmt.Sprintf("%d entries have been written since this page was opened", n-g.Seen)},
		citizen.Text{ZH: "查看新记录，确认仍要办理时再提交一次", EN: "look at what is new; send the form again if it still holds"})
}

// Wrote is one entry about a subject, for who wrote what and when.
type Wrote struct {
	At       time.Time
	Operator string // identifier
	Unit     event.Unit
	Kind     string
	Ref      event.Ref
}

// Written lists the entries about a subject that this node holds, by time.
func (o *Office) Written(ctx context.Context, subject string) (all []Wrote, err error) {
	err = o.DB.Read(ctx, func(tx *store.Tx) error {
		entries, err := journal.BySubject(ctx, tx, subject)
		for i := range entries {
			e := &entries[i]
			all = append(all, Wrote{At: time.UnixMilli(e.At), Operator: e.Operator, Unit: e.Unit, Kind: e.Kind, Ref: e.Ref()})
		}
		return err
	})
	slices.SortStableFunc(all, func(a, b Wrote) int { return a.At.Compare(b.At) })
	return all, err
}
