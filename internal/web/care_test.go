package web

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/officetest"
	"github.com/huzheng/huzheng/internal/site/sitedb"
	"github.com/huzheng/huzheng/internal/site/sitedesk"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
)

// cared is the pages over an office with one administrator, signed in.
type cared struct {
	t    *testing.T
	o    *officetest.Office
	http *http.Client
	base string
}

func openCared(t *testing.T, more ...office.Action) *cared {
	t.Helper()
	room := sitedb.New()
	o := officetest.Open(t, storetest.SQLiteConfig(t), officetest.Setup{Hosts: []event.Unit{officetest.City}, Rooms: []office.Room{room}, Actions: append(sitedesk.Actions(), more...), Directory: room})
	if err := sitedesk.Bootstrap(context.Background(), o.Office, officetest.City, "长春市公安局", "admin", "op-0"); err != nil {
		t.Fatal(err)
	}
	if err := o.SetPassword(context.Background(), "admin", "correct horse"); err != nil {
		t.Fatal(err)
	}
	s, err := New(t.Context(), Config{Office: o.Office, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.Handler())
	t.Cleanup(server.Close)
	jar, _ := cookiejar.New(nil)
	return &cared{t, o, &http.Client{Jar: jar}, server.URL}
}

func (c *cared) signIn() {
	c.t.Helper()
	if status, body := c.post("/sign-in", url.Values{"login": {"admin"}, "password": {"correct horse"}, "next": {"/"}}); status != http.StatusOK {
		c.t.Fatalf("status %d: %s", status, body)
	}
}

func (c *cared) get(path string) (int, string) {
	c.t.Helper()
	return c.read(c.http.Get(c.base + path))
}

func (c *cared) post(path string, form url.Values) (int, string) {
	c.t.Helper()
	return c.read(c.http.PostForm(c.base+path, form))
}

func (c *cared) read(r *http.Response, err error) (int, string) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return r.StatusCode, string(text)
}

// A clock that has jumped is said so on every page; a named person who has looked at a watch confirms it there, and work goes on.
func TestClockIsConfirmedByPage(t *testing.T) {
	c := openCared(t)
	c.o.Now = c.o.Now.Add(72 * time.Hour)
	c.signIn()
	if _, body := c.get("/do"); !strings.Contains(body, "相差一天以上") {
		t.Error("no page says that the clock is not believed")
	}
	status, body := c.get("/hold")
	if status != http.StatusOK || !strings.Contains(body, "2005-09-04 09:00") || !strings.Contains(body, "2005-09-01 09:00") {
		t.Fatalf("status %d: %s", status, body)
	}
	if status, body = c.post("/hold/clock", url.Values{"_once": {"a"}}); status != http.StatusUnprocessableEntity || !strings.Contains(body, "尚未勾选") {
		t.Errorf("unticked: status %d", status)
	}
	if status, body = c.post("/hold/clock", url.Values{"_once": {"b"}, "checked": {"1"}}); status != http.StatusOK || !strings.Contains(body, "可以办理") {
		t.Errorf("ticked: status %d: %s", status, body)
	}
}

// A hold is explained with what ends it.
func TestHoldIsExplained(t *testing.T) {
	c := openCared(t)
	c.signIn()
	if _, body := c.get("/hold"); !strings.Contains(body, "可以办理") {
		t.Error("a node without a hold does not say so")
	}
	c.o.Write(func(tx *store.Tx) error { return office.Hold(context.Background(), tx, office.HoldRestored) })
	if _, body := c.get("/hold"); !strings.Contains(body, "由备份恢复") || !strings.Contains(body, "怎么办") {
		t.Error("the hold is not explained")
	}
	if _, body := c.get("/"); !strings.Contains(body, `href="/hold"`) {
		t.Error("no page leads to the explanation")
	}
	for _, path := range []string{"/exchange", "/journal", "/nodes", "/doctor", "/backup", "/settings", "/job/x"} {
		if status, _ := c.get(path); status != http.StatusNotFound {
			t.Errorf("%s without a node: status %d", path, status)
		}
	}
}

// A long work is one at a time, tells how far it has got, and ends with the pages.
func TestWorkGoesOnBehindThePages(t *testing.T) {
	ctx, end := context.WithCancel(t.Context())
	room := sitedb.New()
	o := officetest.Open(t, storetest.SQLiteConfig(t), officetest.Setup{Hosts: []event.Unit{officetest.City}, Rooms: []office.Room{room}, Actions: sitedesk.Actions(), Directory: room})
	s, err := New(ctx, Config{Office: o.Office, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	c := &call{s: s, lang: "zh", by: &session{Name: "管理员"}}
	told := make(chan bool)
	work := func(ctx context.Context, tell func(done, of int64)) (any, error) {
		tell(3, 10)
		close(told)
		<-ctx.Done()
		return nil, ctx.Err()
	}
	first, _ := c.start("verify", work)
	<-told
	if again, _ := c.start("verify", work); again != first {
		t.Error("two of a kind at once")
	}
	var view jobView
	view.fill(c, first)
	if view.Done != 3 || view.Of != 10 || c.running("verify") == nil || c.running("backup") != nil {
		t.Errorf("%+v", view)
	}
	end()
	s.Wait()
	if line := c.line(first); line.Running || !line.Failed {
		t.Errorf("%+v", line)
	}
}

// A long work that panics has failed, and its page says so; the node goes on.
func TestPanicOfAWorkIsItsFailure(t *testing.T) {
	o := officetest.Open(t, storetest.SQLiteConfig(t), officetest.Setup{})
	s, err := New(t.Context(), Config{Office: o.Office, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	c := &call{s: s, lang: "zh", by: &session{Name: "管理员"}}
	broken, _ := c.start("verify", func(context.Context, func(done, of int64)) (any, error) { panic("at the disco") })
	s.Wait()
	var view jobView
	view.fill(c, broken)
	if line := c.line(broken); line.Running || !line.Failed || view.Problem == "" || strings.Contains(view.Problem, "goroutine") {
		t.Errorf("%+v %q", line, view.Problem)
	}
	again, _ := c.start("verify", func(context.Context, func(done, of int64)) (any, error) { return nil, nil })
	s.Wait()
	if again == broken || c.line(again).Failed {
		t.Error("the next one did not go")
	}
}

// TestAppointedNeedsAPassword: the form asks for no identifier that a new operator cannot have, and its receipt leads to the page on which the first password is set.
func TestAppointedNeedsAPassword(t *testing.T) {
	c := openCared(t)
	c.signIn()
	once, body := c.fresh(appoint)
	if strings.Contains(body, `name="operator"`) {
		t.Error("the form asks for an identifier")
	}
	_, receipt := c.post(appoint, appointed(once, "newcomer"))
	next := regexp.MustCompile(`class="button primary" href="(/operators/[0-9a-f-]{36})"`).FindStringSubmatch(receipt)
	if next == nil {
		t.Fatalf("the receipt leads to no operator: %s", receipt)
	}
	_, page := c.get(next[1])
	if !strings.Contains(page, "设初始密码") || strings.Contains(page, ">重设密码<") {
		t.Error("the page speaks of a password that there is not")
	}
}

// TestFailedWorkIsNotCalledDone: a page that says that a backup failed does not say below that it is made.
func TestFailedWorkIsNotCalledDone(t *testing.T) {
	for _, result := range []any{backupDone{"/x"}, admissionDone{}, &journal.Report{}, &office.Rebuild{}} {
		j := &job{result: result, err: errors.New("the disk is full"), ended: 1}
		v := jobView{jobLine: jobLine{Failed: true}}
		if v.fill(nil, j); v.Backup != nil || v.Admission != nil || v.Verify != nil || v.Rebuild != nil || v.Problem == "" {
			t.Errorf("%T: %+v", result, v)
		}
	}
}
