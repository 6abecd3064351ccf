package office

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/store"
)

// Admitted is the body of journal.node_admitted, in the admitting unit's down stream.
type Admitted struct {
	Certificate string   `json:"certificate"`      // signed note of the new node; empty: the unit takes hosting back
	Closures    []string `json:"closures"`         // of the generations that end with it
	Units       []string `json:"units"`            // that it hosts
	Second      string   `json:"second,omitempty"` // the other person, where a city admits itself again after a restore
}

// Erased is the body of records.erased, in the target's stream.
type Erased struct {
	journal.Erasure
	Ground string `json:"ground"`
	Second string `json:"second"` // the other person
}

// opened is the body of journal.generation_opened.
type opened struct {
	Closure string `json:"closure"`
}

// applyJournal carries out the kinds that change the journal itself. In a replay they have been carried out already.
func (o *Office) applyJournal(ctx context.Context, tx *store.Tx, e *journal.Entry, live bool) error {
	if !live {
		return nil
	}
	switch e.Kind {
	case journal.KindGenerationOpened:
		var body opened
		if err := e.Decode(&body); err != nil {
			return err
		}
		return o.closeOrNote(ctx, tx, []byte(body.Closure), e)
	case journal.KindNodeAdmitted:
		return o.applyAdmitted(ctx, tx, e)
	}
	var body Erased
	if err := e.Decode(&body); err != nil {
		return err
	}
	return o.applyErased(ctx, tx, e, body)
}

func (o *Office) applyAdmitted(ctx context.Context, tx *store.Tx, e *journal.Entry) error {
	var body Admitted
	if err := e.Decode(&body); err != nil {
		return err
	}
	if body.Certificate != "" {
		if err := saveAdmitted(ctx, tx, e, []byte(body.Certificate)); errors.Is(err, errNoAuthority) {
			o.Log.Warn("an admission without authority counts for nothing", "entry", e.Ref().String(), "error", err)
			return nil
		} else if err != nil {
			return err
		}
	}
	for _, closure := range body.Closures {
		if err := o.closeOrNote(ctx, tx, []byte(closure), e); err != nil {
			return err
		}
	}
	return nil
}

// errNoAuthority means that a signed statement speaks of a unit that its issuer is not above. Such an entry counts for nothing; it
// stays in the journal as evidence.
var errNoAuthority = errors.New("office: no authority")

// closeOrNote applies a closure that an entry carries; one without authority is noted in the log and counts for nothing.
func (o *Office) closeOrNote(ctx context.Context, tx *store.Tx, signed []byte, e *journal.Entry) error {
	err := o.Close(ctx, tx, signed, e.At)
	if errors.Is(err, errNoAuthority) {
		o.Log.Warn("a closure without authority counts for nothing", "entry", e.Ref().String(), "error", err)
		return nil
	}
	return err
}

// saveAdmitted keeps the certificate of an admission when the admitting unit's node signed it.
func saveAdmitted(ctx context.Context, tx *store.Tx, e *journal.Entry, signed []byte) error {
	c, err := journal.PeekCertificate(signed)
	if err != nil {
		return err
	}
	issuer, _, ok, err := journal.CertificateOf(ctx, tx, c.Issuer)
	if err != nil {
		return err
	}
	itself := c.Node == issuer.Node && c.Verifier == issuer.Verifier && e.Unit.Level() == event.City // a city that was restored
	if !ok || issuer.Unit != e.Unit || (!itself && (c.Unit == issuer.Unit || !issuer.Unit.Contains(c.Unit))) {
		return fmt.Errorf("%w: %s admitted a node of %s in the name of %s", errNoAuthority, e.Unit, c.Unit, c.Issuer)
	}
	if _, err := journal.OpenCertificate(signed, issuer.Verifier); err != nil {
		return fmt.Errorf("%w: %v", errNoAuthority, err)
	}
	return journal.SaveCertificate(ctx, tx, signed)
}

// Close verifies a closure by its issuer, who must be above the unit, applies it, and derives anew the subjects of entries that it put aside.
func (o *Office) Close(ctx context.Context, tx *store.Tx, signed []byte, now int64) error {
	claimed, err := journal.PeekClosure(signed)
	if err != nil {
		return err
	}
	issuer, _, ok, err := journal.CertificateOf(ctx, tx, claimed.Issuer)
	if err != nil {
		return err
	}
	own := issuer.Unit == claimed.Unit && issuer.Unit.Level() != event.City // only the city, having no superior, closes its own
	if !ok || own || !issuer.Unit.Contains(claimed.Unit) {
		return fmt.Errorf("%w: %s may not close a generation of %s", errNoAuthority, claimed.Issuer, claimed.Unit)
	}
	if _, err := journal.OpenClosure(signed, issuer.Verifier); err != nil {
		return fmt.Errorf("%w: %v", errNoAuthority, err)
	}
	subjects, err := journal.Close(ctx, tx, signed, now)
	if err != nil {
		return err
	}
	slices.Sort(subjects)
	if err := tx.Lock(ctx, subjects...); err != nil {
		return err
	}
	for _, subject := range slices.Compact(subjects) {
		if err := o.rederive(ctx, tx, subject); err != nil {
			return err
		}
	}
	return nil
}

// applyErased blanks the target when the erasure is one that the desk could have decided: two persons, an erasable kind, the very entry. Any
// other counts for nothing.
func (o *Office) applyErased(ctx context.Context, tx *store.Tx, e *journal.Entry, body Erased) error {
	if !o.erasable(body.Kind) || body.Second == "" || body.Second == e.Operator || body.Generation > e.Generation {
		o.Log.Warn("an erasure without authority counts for nothing", "entry", e.Ref().String())
		return nil
	}
	target, err := journal.Erase(ctx, tx, e, body.Erasure)
	if err != nil || target == nil {
		return err
	}
	if o.Forget != nil && !target.Erased() { // in replay it is erased already
		if err := o.Forget(ctx, tx, target); err != nil {
			return err
		}
	}
	if err := noteUnwanted(ctx, tx, target.Blobs); err != nil {
		return err
	}
	if err := tx.Lock(ctx, target.Subject); err != nil {
		return err
	}
	return o.rederive(ctx, tx, target.Subject)
}

func (o *Office) erasable(kind string) bool {
	room := o.kinds[kind]
	return room != nil && slices.Contains(room.Erasable(), kind)
}

// rederive removes a subject's rows in every room and applies again what is left of its entries, as far as their trees have been applied.
func (o *Office) rederive(ctx context.Context, tx *store.Tx, subject string) error {
	entries, err := journal.BySubject(ctx, tx, subject)
	if err != nil {
		return err
	}
	if err := move(ctx, tx, anew); err != nil {
		return err
	}
	for _, room := range o.rooms {
		refs, err := room.Forget(ctx, tx, subject)
		if err != nil {
			return err
		}
		for _, ref := range refs {
			e, err := journal.At(ctx, tx, ref)
			if errors.Is(err, journal.ErrNoEntry) { // put aside by the same closure
				continue
			}
			if err != nil {
				return err
			}
			entries = append(entries, e)
		}
	}
	for i := range entries {
		head, err := journal.HeadOf(ctx, tx, entries[i].Stream, entries[i].Generation)
		if err != nil {
			return err
		}
		if entries[i].Seq >= head.Applied || !o.knows(&entries[i]) {
			continue
		}
		if err := o.apply(ctx, tx, &entries[i], false); err != nil {
			return err
		}
	}
	return nil
}

// EraseInput is the input of records.erase.
type EraseInput struct {
	Stream     event.Stream `json:"stream"`
	Generation int          `json:"generation"`
	Seq        int64        `json:"seq"`
	Ground     string       `json:"ground"`          // why, in words
	Second     string       `json:"second"`          // login of the other person
	SecondWord string       `json:"second_password"` // who signs in for this act
}

// EraseAction is records.erase: the body of one entry is blanked on every node. The other person signs in for it before the transaction.
func EraseAction() Action {
	return Action{Name: "records.erase", Text: citizen.Text{ZH: "清除一条日志的内容（两人）", EN: "erase the body of an entry (two persons)"},
		Roles: eraseRoles, Input: reflect.TypeFor[EraseInput](), Output: reflect.TypeFor[event.Ref](),
		run: func(ctx context.Context, o *Office, by Operator, input []byte, guard Guard) (*Done, error) {
			var in EraseInput
			if err := decodeInput(input, &in); err != nil {
				return nil, err
			}
			second, err := o.SignIn(ctx, in.Second, in.SecondWord)
			if err != nil {
				return nil, err
			}
			return o.guarded(ctx, by, "records.erase", input, guard, func(ctx context.Context, w *Work) (any, error) {
				return in.ref(), w.erase(ctx, in, second)
			})
		}}
}

var eraseRoles = []Role{Leader, Auditor}

func (in EraseInput) ref() event.Ref {
	return event.Ref{Stream: in.Stream, Generation: in.Generation, Seq: in.Seq}
}

// erase decides on the erasure of one entry's body: two persons, a ground, a kind that its room declares erasable.
func (w *Work) erase(ctx context.Context, in EraseInput, second Operator) error {
	e, err := journal.At(ctx, w.Tx, in.ref())
	if err != nil {
		return err
	}
	if err := w.Lock(ctx, e.Subject); err != nil {
		return err
	}
	if err := w.mayErase(&e, in.Ground, second); err != nil {
		return err
	}
	w.Emit(event.Event{Stream: e.Stream, Kind: journal.KindErased, V: 1, Subject: e.Subject, Body: Erased{
		Erasure: journal.Erasure{Generation: e.Generation, Seq: e.Seq, Leaf: e.Ref().Leaf, Kind: e.Kind}, Ground: in.Ground, Second: second.ID}})
	return nil
}

func (w *Work) mayErase(e *journal.Entry, ground string, second Operator) error {
	if err := w.Own(e.Unit); err != nil {
		return err
	}
	if strings.TrimSpace(ground) == "" {
		return event.Refuse("records.no_ground", "",
			citizen.Text{ZH: "未写明清除的理由", EN: "no ground for the erasure is given"},
			citizen.Text{ZH: "写明依据", EN: "write the ground"})
	}
	if second.ID == w.By.ID || second.Unit != w.By.Unit || !slices.ContainsFunc(eraseRoles, second.Has) {
		return event.Refuse("records.two_persons", "",
			citizen.Text{ZH: "清除内容须由本单位两名负责人或审计员办理", EN: "erasing needs two different leaders or auditors of the unit"},
			citizen.Text{ZH: "请另一名负责人共同办理", EN: "name the second person"})
	}
	if !w.Office.erasable(e.Kind) {
		return event.Refuse("records.not_erasable", "",
			citizen.Text{ZH: e.Kind + " 类日志不得清除内容", EN: "bodies of " + e.Kind + " are never erased"},
			citizen.Text{ZH: "登记有误时用更正", EN: "correct a wrong registration instead"})
	}
	return nil
}
