package carddesk

import (
	"context"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddb"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/office"
)

// Shown is an application with its history.
type Shown struct {
	card.Application
	StageText citizen.Text `json:"stage_text"`
	Steps     []card.Step  `json:"steps"`
}

func show(ctx context.Context, w *office.Work, in ApplicationInput) (Shown, error) {
	a, steps, ok, err := carddb.LoadSteps(ctx, w.Tx, in.Application)
	if err != nil {
		return Shown{}, err
	}
	if !ok {
		return Shown{}, card.NotFound()
	}
	if err := w.Below(a.Home); err != nil {
		return Shown{}, err
	}
	return Shown{Application: a, StageText: a.Stage.Text(), Steps: steps}, nil
}

// ListInput asks for the applications at a stage in the operator's area, page by page.
type ListInput struct {
	Stage card.Stage `json:"stage,omitempty"` // left out: any
	After string     `json:"after,omitempty"` // the last application of the page before
	Limit int        `json:"limit,omitempty"` // left out: 100; at most 1000
}

const (
	defaultPage = 100
	maxPage     = 1000
)

func list(ctx context.Context, w *office.Work, in ListInput) ([]carddb.Listed, error) {
	if in.Limit <= 0 {
		in.Limit = defaultPage
	}
	all, err := carddb.List(ctx, w.Tx, w.By.Unit, in.Stage, in.After, min(in.Limit, maxPage))
	if all == nil {
		all = []carddb.Listed{}
	}
	return all, err
}
