package bench

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"runtime/pprof"
	"strings"
	"testing"
	"time"
)

func TestZZ(t *testing.T) {
	ctx := context.Background()
	o := Options{Rows: 20000, Dir: t.TempDir(), Seconds: 1}
	if os.Getenv("ROWS") != "" {
		fmt.Sscan(os.Getenv("ROWS"), &o.Rows)
	}
	p := &pipeline{options: &o, began: time.Now(), numbers: make(map[string]string)}
	city, err := foundPageCity(ctx, p, o.Rows)
	if err != nil {
		t.Fatal(err)
	}
	defer city.node.Close()
	if err := city.work(ctx, o.Rows); err != nil {
		t.Fatal(err)
	}
	if err := city.admit(ctx); err != nil {
		t.Fatal(err)
	}
	pages, err := city.serve(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	go pages.Warm(ctx)
	time.Sleep(3 * time.Second)
	server := httptest.NewServer(pages.Handler())
	defer server.Close()
	for i, one := range pagePosts() {
		if one.login() != loginOf("leader", pipelineCity) {
			continue
		}
		v, err := city.newVisitor(ctx, i, one, server.URL)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range strings.Fields(os.Getenv("PATHS")) {
			f, _ := os.Create("/tmp/prof" + strings.NewReplacer("/", "_", "?", "_", "&", "_").Replace(path))
			best := time.Hour
			for range 3 {
				v.get(ctx, path)
			}
			pprof.StartCPUProfile(f)
			cpu := processorTime()
			start := time.Now()
			n := 20
			for range n {
				s := time.Now()
				body, where, err := v.send(ctx, path, nil)
				if err != nil || len(body) < 500 {
					t.Error(err, where, body)
				}
				best = min(best, time.Since(s))
			}
			fmt.Printf("%-40s mean %v best %v cpu %v\n", path, time.Since(start)/time.Duration(n), best, (processorTime()-cpu)/time.Duration(n))
			pprof.StopCPUProfile()
			f.Close()
		}
	}
}
