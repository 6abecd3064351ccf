package sitedb

import (
	"context"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/store"
)

// Started tells whether second-generation work has been opened at a unit (plan S7).
func Started(context.Context, *store.Tx, event.Unit) (bool, error) { return true, nil }
