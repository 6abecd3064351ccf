package office

import (
	"context"
	"fmt"
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
	Seq    int64  `json:"seq"`
	Leaf   string `json:"leaf"`
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
		return o.Close(ctx, tx, []byte(body.Closure), e.At)
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
		if err := saveAdmitted(ctx, tx, e, []byte(body.Certificate)); err != nil {
			return err
		}
	}
	for _, closure := range body.Closures {
		if err := o.Close(ctx, tx, []byte(closure), e.At); err != nil {
			return err
		}
	}
	return nil
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
	if !ok || issuer.Unit != e.Unit {
		return fmt.Errorf("office: %s admitted a node in the name of %s", e.Unit, c.Issuer)
	}
	if _, err := journal.OpenCertificate(signed, issuer.Verifier); err != nil {
		return err
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
		return fmt.Errorf("office: %s may not close a generation of %s", claimed.Issuer, claimed.Unit)
	}
	if _, err := journal.OpenClosure(signed, issuer.Verifier); err != nil {
		return err
	}
	subjects, err := journal.Close(ctx, tx, signed, now)
	if err != nil {
		return err
	}
	slices.Sort(subjects)
	for _, subject := range slices.Compact(subjects) {
		if err := o.rederive(ctx, tx, subject); err != nil {
			return err
		}
	}
	return nil
}

func (o *Office) applyErased(ctx context.Context, tx *store.Tx, e *journal.Entry, body Erased) error {
	target, err := journal.Range(ctx, tx, e.Stream, e.Generation, body.Seq, body.Seq+1)
	if err != nil {
		return err
	}
	if err := journal.Erase(ctx, tx, e, body.Seq); err != nil {
		return err
	}
	if len(target) == 0 {
		return nil
	}
	if err := noteUnwanted(ctx, tx, target[0].Blobs); err != nil {
		return err
	}
	return o.rederive(ctx, tx, target[0].Subject)
}

// rederive removes a subject's rows in every room and applies again what is left of its entries.
func (o *Office) rederive(ctx context.Context, tx *store.Tx, subject string) error {
	entries, err := journal.BySubject(ctx, tx, subject)
	if err != nil {
		return err
	}
	for _, room := range o.rooms {
		refs, err := room.Forget(ctx, tx, subject)
		if err != nil {
			return err
		}
		for _, ref := range refs {
			e, err := journal.At(ctx, tx, ref)
			if err != nil {
				return err
			}
			entries = append(entries, e)
		}
	}
	for i := range entries {
		if o.knows(&entries[i]) {
			if err := o.apply(ctx, tx, &entries[i], false); err != nil {
				return err
			}
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

// EraseAction is records.erase: the body of one entry is blanked on every node.
func EraseAction() Action {
	return Define("records.erase", citizen.Text{ZH: "清除一条日志的内容(两人)", EN: "erase the body of an entry (two persons)"},
		[]Role{Leader, Auditor}, nil, func(ctx context.Context, w *Work, in EraseInput) (event.Ref, error) {
			second, err := w.Office.second(ctx, w.Tx, in.Second, in.SecondWord)
			if err != nil {
				return event.Ref{}, err
			}
			return w.erase(ctx, event.Ref{Stream: in.Stream, Generation: in.Generation, Seq: in.Seq}, in.Ground, second)
		})
}

// erase decides on the erasure of one entry's body: two persons, a ground, a kind that its room declares erasable.
func (w *Work) erase(ctx context.Context, target event.Ref, ground string, second Operator) (event.Ref, error) {
	e, err := journal.At(ctx, w.Tx, target)
	if err != nil {
		return event.Ref{}, err
	}
	if err := w.Lock(ctx, e.Subject); err != nil {
		return event.Ref{}, err
	}
	refusal := w.mayErase(&e, ground, second)
	if refusal != nil {
		return event.Ref{}, refusal
	}
	w.Emit(event.Event{Stream: e.Stream, Kind: journal.KindErased, V: 1, Subject: e.Subject,
		Body: Erased{Seq: e.Seq, Leaf: e.Ref().Leaf, Ground: ground, Second: second.ID}})
	return e.Ref(), nil
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
	if second.ID == w.By.ID {
		return event.Refuse("records.two_persons", "",
			citizen.Text{ZH: "清除内容须由两人办理", EN: "erasing needs two different persons"},
			citizen.Text{ZH: "请另一名负责人共同办理", EN: "name the second person"})
	}
	room := w.Office.kinds[e.Kind]
	if room == nil || !slices.Contains(room.Erasable(), e.Kind) {
		return event.Refuse("records.not_erasable", "",
			citizen.Text{ZH: e.Kind + " 类日志不得清除内容", EN: "bodies of " + e.Kind + " are never erased"},
			citizen.Text{ZH: "登记有误时用更正", EN: "correct a wrong registration instead"})
	}
	return nil
}
