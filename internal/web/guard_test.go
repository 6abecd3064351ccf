package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/officetest"
	"github.com/huzheng/huzheng/internal/site"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
	"github.com/xuri/excelize/v2"
)

var onceValue = regexp.MustCompile(`name="_once" value="([^"]+)"`)

// appoint is the page of an act with a few fields.
const appoint = "/do/site.appoint"

func appointed(once, login string) url.Values {
	return url.Values{"_once": {once}, "name": {"测试员"}, "login": {login}, "unit": {"220100"}, "roles": {"auditor"}, "from": {"20050901"}}
}

// fresh opens a form and gives its token and the page.
func (c *cared) fresh(path string) (once, body string) {
	c.t.Helper()
	_, body = c.get(path)
	found := onceValue.FindStringSubmatch(body)
	if found == nil {
		c.t.Fatalf("%s has no form: %s", path, body)
	}
	return found[1], body
}

// TestDraftEndsWithItsAct: what the browser sends late, and a draft that lies under another address, bring back neither the text nor the token of a form that was carried out:
// the next act on the page would be answered with the old result.
func TestDraftEndsWithItsAct(t *testing.T) {
	c := openCared(t)
	c.signIn()
	once, _ := c.fresh(appoint)
	draft := appointed(once, "first")
	for _, page := range []string{appoint, appoint + "?name=x"} {
		draft.Set("_page", page)
		c.post("/-/draft", draft)
		if again, body := c.fresh(page); again != once || !strings.Contains(body, `value="first"`) {
			t.Errorf("%s: the draft is not there", page)
		}
	}
	if status, body := c.post(appoint, appointed(once, "first")); status != http.StatusOK || strings.Contains(body, `class="errors"`) {
		t.Fatalf("status %d: %s", status, body)
	}
	draft.Set("_page", appoint)
	c.post("/-/draft", draft)
	for _, page := range []string{appoint, appoint + "?name=x"} {
		if again, body := c.fresh(page); again == once || strings.Contains(body, `value="first"`) {
			t.Errorf("%s: the draft has outlived its act", page)
		}
	}
}

// TestDraftOfAnotherIsNotShown: a page that shows the next in a row does not show what was typed about the one before.
func TestDraftOfAnotherIsNotShown(t *testing.T) {
	c := openCared(t)
	c.signIn()
	page := appoint + "?_subject=b"
	draft := appointed("form-1", "first")
	draft.Set("_page", page)
	for subject, want := range map[string]bool{"a": false, "b": true} {
		draft.Set("_subject", subject)
		c.post("/-/draft", draft)
		if _, body := c.fresh(page); strings.Contains(body, `value="first"`) != want {
			t.Errorf("typed about %s: shown %v", subject, !want)
		}
	}
}

// TestFormOfTwoTabsIsNotAnsweredWithTheFirstOnesResult: the second tab's text is kept, and goes through when it is sent once more.
func TestFormOfTwoTabsIsNotAnsweredWithTheFirstOnesResult(t *testing.T) {
	c := openCared(t)
	c.signIn()
	once, _ := c.fresh(appoint)
	c.post(appoint, appointed(once, "first"))
	status, body := c.post(appoint, appointed(once, "second"))
	found := onceValue.FindStringSubmatch(body)
	if status != http.StatusUnprocessableEntity || !strings.Contains(body, "已用于另一项业务") || found == nil || found[1] == once {
		t.Fatalf("status %d: %s", status, body)
	}
	if status, body = c.post(appoint, appointed(found[1], "second")); status != http.StatusOK || strings.Contains(body, `class="errors"`) {
		t.Errorf("status %d: %s", status, body)
	}
}

// TestForgedCountOfWhatWasSeen: a form may say that fewer entries than none were seen.
func TestForgedCountOfWhatWasSeen(t *testing.T) {
	type input struct {
		Operator string `json:"operator"`
	}
	act := office.Define("site.toy", citizen.Text{ZH: "试", EN: "try"}, []office.Role{office.Administrator}, nil, func(context.Context, *office.Work, input) (int, error) { return 1, nil })
	c := openCared(t, act)
	c.signIn()
	const page = "/do/site.toy?operator=op-0&_subject=op-0"
	once, _ := c.fresh(page)
	form := url.Values{"_once": {once}, "operator": {"op-0"}, "_subject": {"op-0"}, "_seen": {"-7"}}
	if status, body := c.post(page, form); status != http.StatusUnprocessableEntity || !strings.Contains(body, "又有") || !strings.Contains(body, `class="notice warn"`) {
		t.Errorf("status %d: %s", status, body)
	}
}

// TestForgedSubjectTellsNothing: a form may name a subject that its act is not about; nobody learns who wrote what about it, nor how much, and the act goes on.
func TestForgedSubjectTellsNothing(t *testing.T) {
	c := openCared(t)
	c.signIn()
	seen := regexp.MustCompile(`name="_seen" value="([^"]*)"`)
	marks := make(map[string]bool)
	for range 2 {
		_, body := c.fresh(appoint + "?_subject=op-0")
		marks[seen.FindStringSubmatch(body)[1]] = true
	}
	if len(marks) != 2 {
		t.Errorf("the count of entries stands in the form: %v", marks)
	}
	for name, value := range map[string]string{"words nobody checks": "", "the subject in free text": "op-0"} {
		once, _ := c.fresh(appoint)
		form := appointed(once, "login-"+once[:6])
		form.Set("_subject", "op-0")
		form.Set("_seen", "-7")
		form.Set("name", "测试员"+value)
		if status, body := c.post(appoint, form); status != http.StatusOK || strings.Contains(body, "又有") || strings.Contains(body, `class="notice warn"`) {
			t.Errorf("%s: status %d: %s", name, status, body)
		}
	}
}

// TestSubjectOfAnInput: what an act is about stands in its input, not in what people write freely; a household is named by the operator's unit and its number.
func TestSubjectOfAnInput(t *testing.T) {
	for _, test := range []struct {
		input, subject string
		want           bool
	}{
		{`{"tenure":"a"}`, "a", true}, {`{"members":[{"tenure":"a"}]}`, "a", true}, {`{"tenure":"b"}`, "a", false}, {`{"words":"a","tenure":"b"}`, "a", false},
		{`{"household_no":"000012"}`, "household:220102001:000012", true}, {`{"household_no":"000012"}`, "household:220102002:000012", false},
		{`{"household_no":"000013"}`, "household:220102001:000012", false}, {`{"year":2005}`, "quotas:220102001:2005", true}, {`not JSON`, "a", false}, {`{}`, "", false},
	} {
		if got := names(json.RawMessage(test.input), "220102001", test.subject); got != test.want {
			t.Errorf("%s names %s: %v", test.input, test.subject, got)
		}
	}
}

// TestUploadOfARefusedFormIsRemoved: an attachment that no act has named is removed after a day; one that an entry names stays.
func TestUploadOfARefusedFormIsRemoved(t *testing.T) {
	type input struct {
		Photo string `json:"photo"`
		Take  bool   `json:"take,omitempty"`
	}
	act := office.Define("card.toy", citizen.Text{ZH: "试", EN: "try"}, []office.Role{office.Administrator}, nil, func(_ context.Context, w *office.Work, in input) (int, error) {
		if !in.Take {
			return 0, event.Refuse("toy.no", "photo", citizen.Text{ZH: "不行", EN: "no"}, citizen.Text{})
		}
		w.Emit(event.Event{Stream: event.Up(w.By.Unit), Kind: site.KindOperatorUnlocked, V: 1, Subject: "op-0", Blobs: []string{in.Photo}, Body: map[string]string{"operator": "op-0", "ground": "试"}})
		return 1, nil
	})
	c := openCared(t, act)
	c.signIn()
	send := func(content string, take bool) (digest string) {
		var body bytes.Buffer
		parts := multipart.NewWriter(&body)
		if take {
			_ = parts.WriteField("take", "1")
		}
		_ = parts.WriteField("_once", content)
		file, _ := parts.CreateFormFile("photo", "photo.jpg")
		_, _ = file.Write([]byte(content))
		_ = parts.Close()
		if status, text := c.read(c.http.Post(c.base+"/do/card.toy", parts.FormDataContentType(), &body)); (status == http.StatusOK) != take {
			t.Fatalf("%s: status %d: %s", content, status, text)
		}
		return digestOf(content)
	}
	refused, taken := send("refused", false), send("taken", true)
	if !c.o.Blobs.Has(refused) || !c.o.Blobs.Has(taken) {
		t.Fatal("a form that comes back has lost its file")
	}
	for range 2 { // a step at a time, or the clock is not believed
		c.o.Now = c.o.Now.Add(13 * time.Hour)
		c.signIn()
		once, _ := c.fresh(appoint)
		c.post(appoint, appointed(once, "login-"+once[:6]))
	}
	send("the next", false)
	if c.o.Blobs.Has(refused) {
		t.Error("the file of a refused form is still here")
	}
	if !c.o.Blobs.Has(taken) {
		t.Error("the file that an entry names was removed")
	}
}

// TestMenuWithoutANumber: what cannot be counted keeps its place, and nobody loses a page over it.
func TestMenuWithoutANumber(t *testing.T) {
	o := officetest.Open(t, storetest.SQLiteConfig(t), officetest.Setup{})
	broken := func(*call) (int64, error) { return 0, errors.New("no table") }
	s := &Server{Config: Config{Office: o.Office, Log: slog.New(slog.DiscardHandler)}, menu: []entry{{Label: "menu.home", Href: "/a", Count: broken}, {Label: "menu.home", Href: "/b"}}}
	c := &call{s: s, lang: "zh", r: httptest.NewRequest(http.MethodGet, "/", nil), by: &session{}}
	if items, err := c.menu(countsFor); err != nil || len(items) != 2 || items[0].Counted || !items[0].Failed || items[1].Failed {
		t.Errorf("%+v %v", items, err)
	}
}

// TestOpenPageKeepsNoSessionAwake: live counts are asked for by the page, not by a person; they end with the session.
func TestOpenPageKeepsNoSessionAwake(t *testing.T) {
	every := liveEvery
	liveEvery = 10 * time.Millisecond
	t.Cleanup(func() { liveEvery = every })
	c := openCared(t)
	c.signIn()
	c.o.Now = c.o.Now.Add(50 * time.Minute)
	ctx, leave := context.WithTimeout(t.Context(), 10*time.Second)
	defer leave()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+livePath, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := c.http.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if n, err := answer.Body.Read(make([]byte, 16)); n == 0 {
		t.Fatal(err)
	}
	c.o.Write(func(tx *store.Tx) error {
		_, err := tx.Exec(context.Background(), "update web_session set seen = seen - $1", (11 * time.Minute).Milliseconds())
		return err
	})
	if _, err := io.ReadAll(answer.Body); err != nil {
		t.Errorf("the stream goes on after the session's end: %v", err)
	}
	if _, body := c.get("/"); !strings.Contains(body, `id="password"`) {
		t.Error("the open page kept the session awake")
	}
}

// TestPanicIsAFailureWithANumber.
func TestPanicIsAFailureWithANumber(t *testing.T) {
	o := officetest.Open(t, storetest.SQLiteConfig(t), officetest.Setup{})
	s, err := New(t.Context(), Config{Office: o.Office, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	s.open("GET /broken", func(*call) error { panic("at the disco") })
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/broken", nil))
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "disco") || !strings.Contains(w.Body.String(), "<h1>") {
		t.Errorf("%d %s", w.Code, w.Body.String())
	}
}

// TestFileOfWhoMayNotActIsNotKept: nobody fills the store through an act that is not his.
func TestFileOfWhoMayNotActIsNotKept(t *testing.T) {
	type input struct {
		Photo string `json:"photo"`
	}
	act := office.Define("toy.act", citizen.Text{ZH: "试", EN: "try"}, []office.Role{office.Clerk}, nil, func(context.Context, *office.Work, input) (int, error) { return 1, nil })
	c := openCared(t, act)
	c.signIn()
	var body bytes.Buffer
	parts := multipart.NewWriter(&body)
	file, err := parts.CreateFormFile("photo", "photo.jpg")
	if err != nil {
		t.Fatal(err)
	}
	content := []byte("a picture of nobody")
	_, _ = file.Write(content)
	_ = parts.Close()
	answer, err := c.http.Post(c.base+"/do/toy.act", parts.FormDataContentType(), &body)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if sum := sha256.Sum256(content); answer.StatusCode != http.StatusForbidden || c.o.Blobs.Has(hex.EncodeToString(sum[:])) {
		t.Errorf("status %d; kept %v", answer.StatusCode, c.o.Blobs.Has(hex.EncodeToString(sum[:])))
	}
}

// TestExportedTextIsNoFormula: a name that begins as a formula does stays a text (OWASP, CSV injection).
func TestExportedTextIsNoFormula(t *testing.T) {
	w := httptest.NewRecorder()
	c := &call{w: w}
	texts := []string{"=1+1", "+1", "-1", "@SUM(A1)", `=HYPERLINK("http://x","y")`}
	var rows []row
	for _, text := range texts {
		rows = append(rows, row{Cells: []cell{{Text: text}}})
	}
	if err := c.export("a\"b\r\nX: y", shown{Tables: []table{{Columns: []column{{Label: "=A1"}}, Rows: rows}}}); err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	for i, text := range texts {
		at, _ := excelize.CoordinatesToCellName(1, i+3)
		value, err1 := book.GetCellValue("Sheet1", at)
		formula, err2 := book.GetCellFormula("Sheet1", at)
		kind, err3 := book.GetCellType("Sheet1", at)
		if value != text || formula != "" || kind == excelize.CellTypeFormula || kind == excelize.CellTypeNumber || errors.Join(err1, err2, err3) != nil {
			t.Errorf("%s: %q, formula %q, kind %d", at, value, formula, kind)
		}
	}
	if name := w.Header().Get("Content-Disposition"); strings.ContainsAny(name, "\r\n") {
		t.Errorf("%q", name)
	}
}

// TestSeenIsCountedBeforeThePageIsRead: what is written while a page is made has not been seen by its reader, though the form is made afterwards.
func TestSeenIsCountedBeforeThePageIsRead(t *testing.T) {
	o := officetest.Open(t, storetest.SQLiteConfig(t), officetest.Setup{Hosts: []event.Unit{officetest.City}})
	s, err := New(t.Context(), Config{Office: o.Office, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	write := func() {
		o.Write(func(tx *store.Tx) error {
			_, err := journal.Append(t.Context(), tx, o.Office.Clock().UnixMilli(), "op", []event.Event{{Stream: event.Up(officetest.City), Kind: "toy.counted", V: 1, Subject: "s", Body: struct{}{}}})
			return err
		})
	}
	seen := func(c *call) int64 {
		f := &form{Subject: "s"}
		if err := c.look(f); err != nil {
			t.Fatal(err)
		}
		return f.Seen
	}
	write()
	c := &call{s: s, r: httptest.NewRequest(http.MethodGet, "/", nil), by: &session{Operator: office.Operator{ID: "op", Unit: officetest.City}}}
	if _, err := c.do("no.action", fields{}, office.Guard{}); err == nil { // whatever a page asks first
		t.Fatal("there is no such action")
	}
	write()
	if n := seen(c); n != 1 {
		t.Errorf("the reader has seen %d, want 1", n)
	}
	if n := seen(&call{s: s, r: c.r, by: c.by}); n != 2 {
		t.Errorf("the next page has shown %d, want 2", n)
	}
}

// TestFirstPageSaysUnitsByName: also the first page after a start, before any frame was drawn.
func TestFirstPageSaysUnitsByName(t *testing.T) {
	c := openCared(t)
	status, body := c.post("/sign-in", url.Values{"login": {"admin"}, "password": {"correct horse"}, "next": {"/do/site.operators"}})
	_, main, _ := strings.Cut(body, "<main")
	if status != http.StatusOK || !strings.Contains(main, "长春市公安局") {
		t.Errorf("status %d: %s", status, main)
	}
}

// TestSessionEndsUnderAForm: who sends a form after the session has ended signs in on the page that comes, and is back at the form; another site's address is not followed.
func TestSessionEndsUnderAForm(t *testing.T) {
	c := openCared(t)
	c.signIn()
	once, _ := c.fresh(appoint)
	if status, body := c.post("/sign-out", url.Values{}); status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	for from, next := range map[string]string{c.base + appoint + "?name=x": appoint + "?name=x", "https://elsewhere.example/do": appoint} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.base+appoint, strings.NewReader(appointed(once, "first").Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Referer", from)
		status, body := c.read(c.http.Do(r))
		if status != http.StatusUnauthorized || !strings.Contains(body, "登录已过期") || !strings.Contains(body, `name="next" value="`+next+`"`) || !strings.Contains(body, `id="password"`) {
			t.Errorf("from %s: %d %s", from, status, body)
		}
	}
}
