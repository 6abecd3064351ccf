package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/huzheng/huzheng/internal/node"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/web"
	"golang.org/x/sync/errgroup"
)

// What a page may take (of the server's time, at the 99th percentile of its route), weigh without pictures, and need until something is seen.
const (
	pageTarget      = 50 * time.Millisecond
	pageTargetLarge = 100 * time.Millisecond // from so many residents on
	largeRegister   = 1_000_000
	pageWeight      = 200 // kB
	paintTarget     = time.Second
)

// How the twenty work.
const (
	pagePassword = "benchmark only"
	thinkAtLeast = 500 * time.Millisecond // between two pages of one operator
	thinkAtMost  = time.Second
	acceptEvery  = 2 * time.Second  // an application is opened, photographed, signed for and paid beside them
	pageWarmUp   = 10 * time.Second // at most; the given seconds where they are fewer
	pageTurns    = 3                // times the given seconds is measured
	aloneTimes   = 3                // each kind of page is opened afterwards, by one of each role alone
)

// Pages measures the pages of one node that serves a city, a county and its stations, over HTTP on loopback: twenty operators of all roles, signed in, go round
// through every page to which links lead them, search, open people and applications, and open applications by the page's form, while the window's acts
// go on beside them. Each has the page's live counts open, as a browser does. Time is the server's, from the request to the last byte that the handler gives.
func Pages(ctx context.Context, o Options) ([]Result, error) {
	p := &pipeline{options: &o, began: time.Now(), numbers: make(map[string]string)}
	defer node.CollectLess()() // as a serving process does
	o.say("a city of %d residents", o.Rows)
	city, err := foundPageCity(ctx, p, o.Rows)
	if city != nil {
		defer city.node.Close()
	}
	if err != nil {
		return nil, err
	}
	o.say("visits, cases, orders, applications")
	if err := errors.Join(city.work(ctx, o.Rows), city.admit(ctx)); err != nil {
		return nil, err
	}
	m := &pageRun{city: city, meter: meter{routes: make(map[string]*routeTimes)}, tell: o.say}
	o.say("twenty operators at work")
	if err := m.run(ctx, time.Duration(o.Seconds)*time.Second); err != nil {
		return nil, err
	}
	results := m.results(o.Rows)
	paint, err := m.paint(ctx)
	if err != nil {
		return nil, err
	}
	return append(results, paint...), nil
}

// pageRun is a measuring of pages.
type pageRun struct {
	city  *pageCity
	clerk *visitor // one of the twenty
	meter
	tell func(format string, args ...any)
}

// meter notes what each answer took and weighed.
type meter struct {
	mu             sync.Mutex
	routes         map[string]*routeTimes
	measuredRoutes map[string]*routeTimes // of the time that counts, when it is over
	failed         []string
	alone          atomic.Bool // one asks at a time
}

type routeTimes struct {
	took    []time.Duration
	worked  []time.Duration // with the processor, while nobody else asked: what others do on a busy machine is not counted
	weight  int64           // of the biggest page
	refused int             // answers of 400 and more
}

// weighed counts what a handler writes.
type weighed struct {
	http.ResponseWriter
	bytes  int64
	status int
}

func (w *weighed) Write(b []byte) (int, error) {
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

func (w *weighed) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *weighed) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// measured is the handler with a clock around it.
func (m *meter) measured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		counting := &weighed{ResponseWriter: w, status: http.StatusOK}
		alone := m.alone.Load()
		if alone {
			runtime.LockOSThread() // the thread does nothing else meanwhile
			defer runtime.UnlockOSThread()
		}
		start, worked := time.Now(), threadTime()
		next.ServeHTTP(counting, r)
		took, worked := time.Since(start), threadTime()-worked
		if !alone {
			worked = 0 // the thread has answered others too
		}
		m.note(r, counting, took, worked)
	})
}

// unmeasured are what is no page: a stream that stays open, style and scripts, and signing in, which takes its time on purpose.
var unmeasured = []string{"/-/", "/static/", "/sign-in", "/language"}

// note keeps what an answer took and weighed, and the processor's time where it is known.
func (m *meter) note(r *http.Request, answer *weighed, took, worked time.Duration) {
	if slices.ContainsFunc(unmeasured, func(prefix string) bool { return strings.HasPrefix(r.URL.Path, prefix) }) {
		return
	}
	route := routeOf(r)
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.routes[route]
	if t == nil {
		t = new(routeTimes)
		m.routes[route] = t
	}
	if t.took = append(t.took, took); worked > 0 {
		t.worked = append(t.worked, worked)
	}
	if strings.HasPrefix(answer.Header().Get("Content-Type"), "text/html") {
		t.weight = max(t.weight, answer.bytes)
	}
	switch {
	case answer.status >= http.StatusInternalServerError, answer.status == http.StatusOK && answer.bytes == 0 && r.Context().Err() == nil: // nothing at all is no page
		m.failed = append(m.failed, fmt.Sprintf("%s %s: %d", r.Method, r.URL, answer.status))
	case answer.status >= http.StatusBadRequest:
		t.refused++
	}
}

// routeOf is the pattern that answers, with what is a word in its place: each action and each list is a route of its own, all residents are one.
func routeOf(r *http.Request) string {
	route := r.Pattern
	for name, rest := "", route; ; {
		var found bool
		if _, rest, found = strings.Cut(rest, "{"); !found {
			return route
		}
		name, rest, _ = strings.Cut(rest, "}")
		if value := r.PathValue(name); value != "" && !strings.ContainsAny(value, "0123456789") {
			route = strings.Replace(route, "{"+name+"}", value, 1)
		}
	}
}

// serve makes the pages of the node; with a tour, a browser may enter without a password.
func (c *pageCity) serve(ctx context.Context, tour *web.Tour) (pages *web.Server, err error) {
	return web.New(ctx, web.Config{Office: c.node.Office, Exchange: c.node.Exchange, Log: slog.Default(), Tour: tour})
}

// run lets the twenty work: first unmeasured, then for as long as each pair of the other benchmarks, three times.
func (m *pageRun) run(ctx context.Context, seconds time.Duration) error {
	pages, err := m.city.serve(ctx, nil)
	if err != nil {
		return err
	}
	server := httptest.NewServer(m.measured(pages.Handler()))
	defer server.Close()
	working, stop := context.WithCancel(ctx)
	defer stop()
	group, working := errgroup.WithContext(working)
	var visitors []*visitor
	for i, one := range pagePosts() {
		v, err := m.city.newVisitor(working, i, one, server.URL)
		if err != nil {
			return err
		}
		if visitors = append(visitors, v); one.role == office.Clerk {
			m.clerk = v
		}
		group.Go(func() error { return v.work(working) })
		group.Go(func() error { return v.live(working) })
	}
	group.Go(func() error { pages.Warm(working); return working.Err() })
	group.Go(func() error { return m.city.tend(working) })
	group.Go(func() error { return m.city.keepAccepting(working) })
	pause := func(d time.Duration) {
		select {
		case <-time.After(d):
		case <-working.Done():
		}
	}
	pause(min(pageWarmUp, seconds))
	m.reset()
	busy := processorTime()
	pause(pageTurns * seconds)
	m.mu.Lock()
	n := 0
	for _, t := range m.routes {
		n += len(t.took)
	}
	m.mu.Unlock()
	m.tell("%d pages in %d s; %.1f ms of processor time a page, the operators' own part and the acts beside them included", n, int(pageTurns*seconds.Seconds()),
		(processorTime()-busy).Seconds()*1000/float64(max(1, n)))
	measured := m.take()
	stop()
	server.CloseClientConnections() // live counts are open
	if err := group.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	if err := m.askAlone(ctx, visitors); err != nil {
		return err
	}
	m.mu.Lock() // an answer that was cut off may still be noted
	defer m.mu.Unlock()
	for route, t := range m.routes {
		if measured[route] != nil {
			measured[route].worked = t.worked
		}
	}
	m.measuredRoutes = measured
	if len(m.failed) > 0 {
		return fmt.Errorf("%d pages failed: %s", len(m.failed), strings.Join(m.failed[:min(5, len(m.failed))], "; "))
	}
	return nil
}

// askAlone opens every kind of page that has been found some times over while nobody else works, for the processor's time of each.
func (m *pageRun) askAlone(ctx context.Context, visitors []*visitor) error {
	m.alone.Store(true)
	for _, v := range visitors {
		if v.post.no > 0 { // another does the same work
			continue
		}
		for _, shape := range slices.Clone(v.shapes) {
			for range aloneTimes {
				if err := v.get(ctx, v.pick(shape)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (m *meter) reset() { m.take() }

// take gives what has been measured and begins anew.
func (m *meter) take() map[string]*routeTimes {
	m.mu.Lock()
	defer m.mu.Unlock()
	measured := m.routes
	m.routes = make(map[string]*routeTimes)
	return measured
}

// tend does what a serving node does by itself.
func (c *pageCity) tend(ctx context.Context) error {
	return every(ctx, time.Second, func() error {
		if err := c.node.Office.Heartbeat(ctx); err != nil {
			return err
		}
		_, err := c.node.Office.React(ctx)
		return err
	})
}

// keepAccepting takes applications as long as there are grown-ups without one.
func (c *pageCity) keepAccepting(ctx context.Context) error {
	return every(ctx, acceptEvery, func() error {
		for _, tenure := range c.comers(1) {
			if err := c.accept(ctx, tenure); err != nil {
				return err
			}
		}
		return nil
	})
}

func every(ctx context.Context, interval time.Duration, fn func() error) error {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
		if err := fn(); err != nil {
			if ctx.Err() != nil { // cut short in mid-act
				return ctx.Err()
			}
			return err
		}
	}
}

// percentile is the least value that so many of a hundred do not exceed; 0 of none. The times are sorted.
func percentile(sorted []time.Duration, of int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[max(0, (len(sorted)*of+99)/100-1)]
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// results tells the slowest route and the heaviest page, and prints the table of all.
func (m *pageRun) results(rows int) []Result {
	target := pageTarget
	if rows >= largeRegister {
		target = pageTargetLarge
	}
	type line struct {
		route string
		p99   time.Duration
		*routeTimes
	}
	var lines []line
	var all []time.Duration
	heaviest := ""
	for route, t := range m.measuredRoutes {
		slices.Sort(t.took)
		slices.Sort(t.worked)
		all = append(all, t.took...)
		lines = append(lines, line{route, percentile(t.took, 99), t})
		if heaviest == "" || t.weight > m.measuredRoutes[heaviest].weight {
			heaviest = route
		}
	}
	slices.SortFunc(lines, func(a, b line) int { return cmp.Or(cmp.Compare(b.p99, a.p99), cmp.Compare(a.route, b.route)) })
	slices.Sort(all)
	var worked []time.Duration
	for _, l := range lines {
		worked = append(worked, l.worked...)
	}
	slices.Sort(worked)
	m.tell("one asking at a time: p50 %.1f ms, p99 %.1f ms of processor time a page", milliseconds(percentile(worked, 50)), milliseconds(percentile(worked, 99)))
	m.tell("| route | n | least (ms) | p50 (ms) | p99 (ms) | max (ms) | processor p50 (ms) | processor p99 (ms) | biggest (kB) | refused |\n" +
		"| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
	for _, l := range lines {
		m.tell("| `%s` | %d | %.1f | %.1f | %.1f | %.1f | %.1f | %.1f | %.0f | %d |", l.route, len(l.took), milliseconds(l.took[0]), milliseconds(percentile(l.took, 50)), milliseconds(l.p99),
			milliseconds(l.took[len(l.took)-1]), milliseconds(percentile(l.worked, 50)), milliseconds(percentile(l.worked, 99)), float64(l.weight)/1000, l.refused)
	}
	timed := func(name string, p99 time.Duration) Result {
		return Result{Name: name, Engine: "sqlite", Ours: milliseconds(p99), Reference: milliseconds(target), Unit: "ms", Ratio: float64(target) / float64(p99), Target: 1,
			Against: fmt.Sprintf("%.0f ms", milliseconds(target))}
	}
	kB := float64(m.measuredRoutes[heaviest].weight) / 1000
	return []Result{
		timed(fmt.Sprintf("pages, %d residents: %d answers, p99 of the server's time", rows, len(all)), percentile(all, 99)),
		timed(fmt.Sprintf("pages, %d residents: p99 of the slowest of %d routes, %s", rows, len(lines), lines[0].route), lines[0].p99),
		{Name: "pages: the biggest, " + heaviest, Engine: "sqlite", Ours: kB, Reference: pageWeight, Unit: "kB", Ratio: pageWeight / kB, Target: 1, Against: "200 kB"},
	}
}
