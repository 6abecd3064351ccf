package web

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"sync"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/exchange"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/words"
)

// jobs are the long works of a node that go on behind the pages. They are kept in memory, with their results, until the node is started anew.
type jobs struct {
	ctx  context.Context // ends with the pages
	work sync.WaitGroup
	mu   sync.Mutex
	all  []*job // the newest first
}

// keptJobs is how many jobs are remembered.
const keptJobs = 50

// job is one long work.
type job struct {
	ID      string
	Kind    string // "care.job." and it are its name in the catalogue
	Unit    event.Unit
	By      string
	Started int64 // ms UTC

	mu       sync.Mutex
	done, of int64
	ended    int64
	result   any
	err      error
}

func (j *job) href() string { return "/job/" + j.ID }

func (j *job) tell(done, of int64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.done, j.of = done, of
}

func (j *job) running() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.ended == 0
}

// Wait returns when no long work goes on any more: after the context that was given to New has ended.
func (s *Server) Wait() { s.jobs.work.Wait() }

// start begins a long work in the operator's name. Where one of its kind is under way at this node, that one is given instead.
func (c *call) start(kind string, fn func(ctx context.Context, tell func(done, of int64)) (any, error)) (*job, error) {
	all := &c.s.jobs
	all.mu.Lock()
	defer all.mu.Unlock()
	for _, j := range all.all {
		if j.Kind == kind && j.running() {
			return j, nil
		}
	}
	j := &job{ID: random()[:16], Kind: kind, Unit: c.by.Unit, By: c.by.Name, Started: c.s.Office.Clock().UnixMilli()}
	all.all = slices.Insert(all.all, 0, j)
	all.all = all.all[:min(len(all.all), keptJobs)]
	all.work.Go(func() {
		result, err := c.s.saved(func() (any, error) { return fn(all.ctx, j.tell) })
		if _, explained := explain(err); err != nil && !explained {
			c.s.Log.Error("work", "kind", kind, "job", j.ID, "error", err)
		}
		j.mu.Lock()
		defer j.mu.Unlock()
		j.result, j.err, j.ended = result, err, c.s.Office.Clock().UnixMilli()
	})
	return j, nil
}

// saved runs a long work; where it panics, the work has failed, and the node goes on.
func (s *Server) saved(fn func() (any, error)) (result any, err error) {
	defer func() {
		if what := recover(); what != nil {
			s.Log.Error("work", "panic", what, "stack", string(debug.Stack()))
			err = fmt.Errorf("web: panic: %v", what)
		}
	}()
	return fn()
}

// keep notes a result that was there at once, so that its page can be opened again.
func (c *call) keep(kind string, result any) *job {
	now := c.s.Office.Clock().UnixMilli()
	j := &job{ID: random()[:16], Kind: kind, Unit: c.by.Unit, By: c.by.Name, Started: now, ended: now, result: result}
	all := &c.s.jobs
	all.mu.Lock()
	defer all.mu.Unlock()
	all.all = slices.Insert(all.all, 0, j)
	all.all = all.all[:min(len(all.all), keptJobs)]
	return j
}

// explained is an error that says in both languages what to do.
type explained struct{ Text, Mend citizen.Text }

func explain(err error) (explained, bool) {
	if refusal, ok := event.AsRefusal(err); ok {
		return explained{refusal.Text, refusal.Mend}, true
	}
	if e, ok := exchange.AsException(err); ok {
		return explained{e.Text, e.Mend}, true
	}
	var line *url.Error
	if errors.As(err, &line) {
		down, mend := words.Get("care.sync.down"), words.Get("care.sync.down.mend")
		return explained{down, mend}, true
	}
	return explained{}, false
}

// jobLine is a job in a list.
type jobLine struct {
	Href, Title, By string
	Started, Ended  int64
	Running         bool
	Failed          bool
}

func (c *call) line(j *job) jobLine {
	j.mu.Lock()
	defer j.mu.Unlock()
	return jobLine{j.href(), c.t("care.job." + j.Kind), j.By, j.Started, j.ended, j.ended == 0, j.err != nil}
}

// jobLines lists the works of this node, the newest first.
func (c *call) jobLines() []jobLine {
	all := &c.s.jobs
	all.mu.Lock()
	defer all.mu.Unlock()
	var lines []jobLine
	for _, j := range all.all {
		lines = append(lines, c.line(j))
	}
	return lines
}

// running finds the work of a kind that is under way; nil: none.
func (c *call) running(kind string) *jobLine {
	all := &c.s.jobs
	all.mu.Lock()
	defer all.mu.Unlock()
	for _, j := range all.all {
		if j.Kind == kind && j.running() {
			line := c.line(j)
			return &line
		}
	}
	return nil
}

// jobView is the page of one long work.
type jobView struct {
	jobLine
	Done, Of  int64
	Back      string
	Failure   *explained
	Problem   string // a failure of the machine, for the log
	Sync      *exchange.SyncReport
	Disk      *diskDone
	Verify    *journal.Report
	Rebuild   *office.Rebuild
	Backup    *backupDone
	Admission *admissionDone

	Exceptions []exceptionView
	Lacks      []lackView // entries that a disk did not bring
	Wrong      bool       // it is done, and something was refused or missing
}

// backs are the pages from which works are started.
var backs = map[string]string{"sync": "/exchange", "disk_write": "/exchange/disk", "disk_read": "/exchange/disk", "verify": "/journal", "rebuild": "/journal", "backup": "/backup", "admit": "/nodes"}

func (c *call) job() (*job, error) {
	if err := c.keeper(append(slices.Clone(carriers), office.Auditor)); err != nil {
		return nil, err
	}
	all := &c.s.jobs
	all.mu.Lock()
	defer all.mu.Unlock()
	i := slices.IndexFunc(all.all, func(j *job) bool { return j.ID == c.r.PathValue("job") })
	if i < 0 {
		return nil, event.Refuse("office.no_action", "", words.Get("care.job.gone"), words.Get("care.job.gone.mend"))
	}
	return all.all[i], nil
}

// refreshEvery is how often the page of a work that goes on is loaded anew, in seconds.
const refreshEvery = 1

func (s *Server) jobPage(c *call) error {
	j, err := c.job()
	if err != nil {
		return err
	}
	view := jobView{jobLine: c.line(j), Back: backs[j.Kind]}
	if view.Running {
		c.w.Header().Set("Refresh", fmt.Sprint(refreshEvery))
	}
	view.fill(c, j)
	return c.page(http.StatusOK, "care-job", view)
}

func (v *jobView) fill(c *call, j *job) {
	j.mu.Lock()
	defer j.mu.Unlock()
	v.Done, v.Of = j.done, j.of
	if why, ok := explain(j.err); ok {
		v.Failure = &why
	} else if j.err != nil {
		v.Problem = j.err.Error()
	}
	switch result := j.result.(type) {
	case exchange.SyncReport:
		v.Sync, v.Exceptions = &result, c.exceptionViews(result.Exceptions, nil)
	case diskDone:
		v.Disk, v.Exceptions, v.Wrong = &result, c.exceptionViews(result.Report.Exceptions, result.Senders), len(result.Missing)+len(result.Report.Lacking) > 0
		v.Lacks = c.lackViews(result.Report.Lacking)
	case *journal.Report:
		v.Verify = result
	case *office.Rebuild:
		v.Rebuild = result
	case backupDone:
		v.Backup = &result
	case admissionDone:
		v.Admission = &result
	}
	if v.Failed { // what is half done is told of exchange alone
		v.Verify, v.Rebuild, v.Backup, v.Admission = nil, nil, nil, nil
	}
	v.Wrong = v.Wrong || len(v.Exceptions) > 0
}

// jobFile sends the file that a work made.
func (s *Server) jobFile(c *call) error {
	j, err := c.job()
	if err != nil {
		return err
	}
	j.mu.Lock()
	made, ok := j.result.(admissionDone)
	ok = ok && j.err == nil
	j.mu.Unlock()
	if !ok {
		return event.Refuse("office.no_action", "", words.Get("error.no_page"), words.Get("error.no_page.mend"))
	}
	return c.download("admission-"+string(made.Unit)+".note", "text/plain; charset=utf-8", made.File)
}

func (c *call) download(name, kind string, content []byte) error {
	c.w.Header().Set("Content-Type", kind)
	c.w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	_, err := c.w.Write(content)
	return err
}

// bytesText writes a number of bytes as people read it.
func bytesText(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%.1f KB", float64(n)/(1<<10))
}
