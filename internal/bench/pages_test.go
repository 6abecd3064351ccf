package bench

import (
	"net/http"
	"testing"
	"time"
)

// A trace as Chromium writes it: the paint counts that belongs to the site's own navigation, not that of the browser's empty page.
func TestFirstPaint(t *testing.T) {
	trace := []byte(`{"traceEvents":[
		{"name":"navigationStart","ts":1000,"args":{"data":{"documentLoaderURL":"about:blank","navigationId":"A"}}},
		{"name":"firstPaint","ts":5000,"args":{"data":{"navigationId":"A"}}},
		{"name":"navigationStart","ts":10000,"args":{"data":{"documentLoaderURL":"http://127.0.0.1:1/do","navigationId":"B"}}},
		{"name":"navigationStart","ts":10500,"args":{"data":{"documentLoaderURL":"","navigationId":"C"}}},
		{"name":"firstPaint","ts":90000,"args":{"data":{"navigationId":"B"}}}]}`)
	if took, err := firstPaint(trace, "http://127.0.0.1:1"); err != nil || took != 80*time.Millisecond {
		t.Errorf("%v %v", took, err)
	}
	if _, err := firstPaint(trace, "http://127.0.0.1:2"); err == nil {
		t.Error("a paint of another site counts")
	}
}

func TestRouteOf(t *testing.T) {
	mux := http.NewServeMux()
	got := ""
	handle := func(_ http.ResponseWriter, r *http.Request) { got = routeOf(r) }
	mux.HandleFunc("GET /do/{action}", handle)
	mux.HandleFunc("GET /household/{unit}/{no}/{page}", handle)
	for path, want := range map[string]string{"/do/card.open": "GET /do/card.open", "/household/220102001/7/print": "GET /household/{unit}/{no}/print"} {
		r, _ := http.NewRequest(http.MethodGet, path, nil)
		if mux.ServeHTTP(nil, r); got != want {
			t.Errorf("%s is %s, want %s", path, got, want)
		}
	}
}

func TestPercentile(t *testing.T) {
	for n, want := range map[int]time.Duration{1: 1, 99: 99, 100: 99, 200: 198} {
		var sorted []time.Duration
		for i := range n {
			sorted = append(sorted, time.Duration(i+1))
		}
		if got := percentile(sorted, 99); got != want {
			t.Errorf("of %d: %d, want %d", n, got, want)
		}
	}
}
