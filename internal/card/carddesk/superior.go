package carddesk

import (
	"context"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/fund"
	"github.com/huzheng/huzheng/internal/fund/funddb"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/verify/verifydb"
)

// judge holds an application and gathers what a superior must know of it.
func judge(ctx context.Context, w *office.Work, application string) (a card.Application, facts card.JudgeFacts, err error) {
	if a, err = hold(ctx, w, application); err != nil {
		return a, facts, err
	}
	facts, err = judgeFacts(ctx, w, a)
	return a, facts, err
}

// judgeFacts gathers what a superior must know of an application.
func judgeFacts(ctx context.Context, w *office.Work, a card.Application) (facts card.JudgeFacts, err error) {
	facts.Today = w.Today
	if facts.Dead, err = dead(ctx, w, a); err != nil {
		return facts, err
	}
	if facts.Ended, err = inState(ctx, w, a, register.StateCancelled); err != nil {
		return facts, err
	}
	if facts.Others, err = others(ctx, w, a); err != nil {
		return facts, err
	}
	if facts.Now, err = registered(ctx, w, a); err != nil {
		return facts, err
	}
	if facts.Pending, err = verifydb.HoldsSigning(ctx, w.Tx, a.Resident); err != nil {
		return facts, err
	}
	facts.FeeSettled, err = feeSettled(ctx, w, a)
	return facts, err
}

// feeSettled tells whether the fee is collected or waived, or none is due.
func feeSettled(ctx context.Context, w *office.Work, a card.Application) (bool, error) {
	settled, err := funddb.Settled(ctx, w.Tx, a.Home, a.ID)
	if err != nil || settled {
		return settled, err
	}
	fen, _, err := fund.Due(a.Kind, w.Today)
	return err == nil && fen == 0, nil
}

func review(ctx context.Context, w *office.Work, in ApplicationInput) (Reached, error) {
	a, facts, err := judge(ctx, w, in.Application)
	if err != nil {
		return Reached{}, err
	}
	return emit(w, a)(card.ReviewIt(a, actor(w), facts))
}

// ReturnInput is a return with its reason.
type ReturnInput struct {
	Application string            `json:"application"`
	Reason      card.ReturnReason `json:"reason"`
	Words       string            `json:"words"` // what is to be mended
}

func giveBack(ctx context.Context, w *office.Work, in ReturnInput) (Reached, error) {
	a, err := hold(ctx, w, in.Application)
	if err != nil {
		return Reached{}, err
	}
	return emit(w, a)(card.ReturnIt(a, actor(w), card.Return{Reason: in.Reason, Words: in.Words}))
}

// SignResult is what signing fixed.
type SignResult struct {
	Reached
	card.Issue
}

func sign(ctx context.Context, w *office.Work, in ApplicationInput) (SignResult, error) {
	a, facts, err := judge(ctx, w, in.Application)
	if err != nil {
		return SignResult{}, err
	}
	events, issue, err := card.SignIt(a, actor(w), card.Authority(citizen.Division(w.By.Unit), w.Today), facts)
	if err != nil {
		return SignResult{}, err
	}
	if !w.Office.Blobs.Has(a.Photo) {
		return SignResult{}, event.Refuse("card.photograph_missing", "", citizen.Text{ZH: "相片尚未到达本级", EN: "the photograph has not arrived here yet"},
			citizen.Text{ZH: "等待派出所数据上报后再签发", EN: "wait for the station's data, then sign"})
	}
	reached, err := emit(w, a)(events, nil)
	if err != nil {
		return SignResult{}, err
	}
	return SignResult{Reached: reached, Issue: *issue}, nil
}

func check(ctx context.Context, w *office.Work, in ApplicationInput) (Reached, error) {
	a, facts, err := judge(ctx, w, in.Application)
	if err != nil {
		return Reached{}, err
	}
	return emit(w, a)(card.CheckIt(a, actor(w), facts))
}
