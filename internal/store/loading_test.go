package store_test

import (
	"context"
	"testing"

	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
)

// A load has more memory for pages, and gives it back.
func TestLoadingIsForAWhile(t *testing.T) {
	ctx := context.Background()
	db, err := store.Open(ctx, storetest.SQLiteConfig(t))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	cache := func() (kib int64) {
		t.Helper()
		if err := db.Write(ctx, func(tx *store.Tx) error { return tx.Get(ctx, "pragma cache_size", nil, &kib) }); err != nil {
			t.Fatal(err)
		}
		return -kib
	}
	before := cache()
	done, err := db.Loading(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if during := cache(); during <= before {
		t.Errorf("%d KiB during a load, %d before", during, before)
	}
	done()
	if after := cache(); after != before {
		t.Errorf("%d KiB after a load, %d before", after, before)
	}
}
