package node

import (
	"cmp"
	"context"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/site"
	"github.com/huzheng/huzheng/internal/site/sitedb"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/verify/verifydesk"
)

// verifiedShare measures for a unit's readiness how many of the residents of its stations are verified as they are registered now.
func verifiedShare(ctx context.Context, tx *store.Tx, unit event.Unit) (site.Share, error) {
	share := site.Share{Measured: true}
	units, err := sitedb.Units(ctx, tx)
	if err != nil {
		return share, err
	}
	for _, u := range units {
		if u.Code.Level() != event.Station || !unit.Contains(u.Code) {
			continue
		}
		standing, err := verifydesk.StandingOf(ctx, tx, u.Code)
		if err != nil {
			return share, err
		}
		share.Whole, share.Part = share.Whole+standing.Residents, share.Part+standing.Verified
	}
	return share, nil
}

// limits are what the node asks of a unit before it starts.
func (c *Config) limits() site.Limits {
	limits := site.DefaultLimits()
	limits.VerifiedPercent = cmp.Or(c.Ready.VerifiedPercent, limits.VerifiedPercent)
	return limits
}
