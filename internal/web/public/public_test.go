package public

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
)

var sample = Head{At: 1127910480000, On: citizen.MustDate("2005-09-28"), City: "长春市公安局",
	Offices: []Office{{Unit: "220102001", Name: "钰岭派出所", Started: true}},
	Notices: []Notice{{Unit: "220102001", Title: "公告<script>alert(1)</script>", Text: "请按期前来", Areas: []string{"钰岭街道"}, From: citizen.MustDate("2005-10-01"),
		To: citizen.MustDate("2005-10-31"), Place: "所内大厅"}},
	Fees:    []Fee{{Text: citizen.Text{ZH: "首次申领二十元", EN: "first card: 20 yuan"}, Fen: 2000, Source: "发改价格〔2003〕2322号"}},
	Waivers: []Waiver{{Text: citizen.Text{ZH: "低保", EN: "on the poor list"}, Percent: 100, Source: "财综〔2004〕8号"}}}

var made = Status{Stage: "arrived", Text: citizen.Text{ZH: "证件已到所", EN: "the card has arrived"}, Since: citizen.MustDate("2005-09-27"), PromisedOn: citizen.MustDate("2005-11-20"), Unit: "220102001"}

func file(t testing.TB) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := NewWriter(&out, sample)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		if err := w.Add(fmt.Sprintf("2201020010509280%05d", i), fmt.Sprintf("ABCDEFGH%02d", i), made); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestStatusOpensWithBothSlipAndCode (R89: citizen query by slip number without other data).
func TestStatusOpensWithBothSlipAndCode(t *testing.T) {
	f, err := Read(bytes.NewReader(file(t)))
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := f.Find(" 22010200 10509280 00003", "abcdef-gh03"); !ok || got != made {
		t.Errorf("as people copy it: %+v %v", got, ok)
	}
	for _, wrong := range [][2]string{{"220102001050928000003", "ABCDEFGH04"}, {"220102001050928000003", ""}, {"", "ABCDEFGH03"}} {
		if _, ok := f.Find(wrong[0], wrong[1]); ok {
			t.Errorf("%v opened", wrong)
		}
	}
}

// TestFileTellsNothingToWhoHasNoSlip: neither slip, code nor stage can be read from the file.
func TestFileTellsNothingToWhoHasNoSlip(t *testing.T) {
	f, err := Read(bytes.NewReader(file(t)))
	if err != nil {
		t.Fatal(err)
	}
	for name, sealed := range f.sealed {
		for _, text := range []string{"arrived", "2201020010509280", "ABCDEFGH", "到所"} {
			if bytes.Contains(sealed, []byte(text)) || bytes.Contains(name[:], []byte(text)) {
				t.Errorf("%q stands in the file", text)
			}
		}
	}
}

// TestCutFileIsRefused: what was served before goes on being served.
func TestCutFileIsRefused(t *testing.T) {
	whole := file(t)
	for _, n := range []int{0, 1, 10, len(whole) / 2, len(whole) - 1} {
		if _, err := Read(bytes.NewReader(whole[:n])); err == nil {
			t.Errorf("%d of %d bytes were taken", n, len(whole))
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(file(f))
	f.Add([]byte("\x1f\x8b"))
	f.Fuzz(func(t *testing.T, content []byte) { _, _ = Read(bytes.NewReader(content)) })
}

func serve(t *testing.T) (*httptest.Server, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "public.gz")
	if err := os.WriteFile(path, file(t), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := New(path, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.Handler())
	t.Cleanup(server.Close)
	return server, path
}

func body(t *testing.T, r *http.Response, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	var out bytes.Buffer
	if _, err := out.ReadFrom(r.Body); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestEveryQuestionIsAnswered in both languages, and text from people is never executed.
func TestEveryQuestionIsAnswered(t *testing.T) {
	server, _ := serve(t)
	for path, want := range map[string][2]string{
		"/": {"什么时候轮到我", "When is my turn"}, "/turn?area=钰岭": {"所内大厅", "所内大厅"}, "/turn?area=没有此街": {"没有查到安排", "No schedule"},
		"/bring": {"您来办什么", "What do you come for"}, "/bring?for=child": {"监护人", "guardian"}, "/fee": {"首次申领二十元", "First card: 20 yuan"},
		"/old-card?card=first": {"2012", "2012"}, "/status": {"查询码", "Code"}, "/poster": {"所内大厅", "所内大厅"}, "/slips": {"所内大厅", "所内大厅"},
	} {
		for i, lang := range []string{"zh", "en"} {
			r, _ := http.NewRequest(http.MethodGet, server.URL+path, nil)
			r.AddCookie(&http.Cookie{Name: "huzheng-lang", Value: lang})
			answer, err := http.DefaultClient.Do(r)
			got := body(t, answer, err)
			if answer.StatusCode != http.StatusOK || !strings.Contains(got, want[i]) {
				t.Errorf("%s %s: status %d, %q is missing in\n%s", path, lang, answer.StatusCode, want[i], got)
			}
			if strings.Contains(got, "<script>alert") || strings.Contains(got, "public.") {
				t.Errorf("%s %s: a script or a key of the catalogue is shown", path, lang)
			}
		}
	}
}

// TestDaysAreWrittenOut: a citizen reads a day as letters write it, and a year once.
func TestDaysAreWrittenOut(t *testing.T) {
	from, to, next := citizen.MustDate("2005-09-01"), citizen.MustDate("2005-10-31"), citizen.MustDate("2006-01-05")
	for _, test := range []struct {
		to         citizen.Date
		lang, want string
	}{
		{to, "zh", "2005年9月1日至10月31日"}, {next, "zh", "2005年9月1日至2006年1月5日"},
		{to, "en", "1 September – 31 October 2005"}, {next, "en", "1 September 2005 – 5 January 2006"},
	} {
		if got := period(from, test.to, test.lang); got != test.want {
			t.Errorf("%s %s: %q", test.lang, test.to, got)
		}
	}
}

// TestStatusPage answers, keeps what was typed when it does not fit, and slows down who guesses.
func TestStatusPage(t *testing.T) {
	server, _ := serve(t)
	ask := func(slip, code string) (int, string) {
		r, err := http.PostForm(server.URL+"/status", url.Values{"slip": {slip}, "code": {code}})
		return r.StatusCode, body(t, r, err)
	}
	if status, got := ask("220102001050928000003", "ABCDEFGH03"); status != http.StatusOK || !strings.Contains(got, made.Text.ZH) || !strings.Contains(got, "2005年11月20日") {
		t.Errorf("%d\n%s", status, got)
	}
	if status, got := ask("220102001050928000003", "WRONG"); status != http.StatusUnprocessableEntity || !strings.Contains(got, `value="220102001050928000003"`) {
		t.Errorf("%d\n%s", status, got)
	}
	slowed := false
	for range 2 * asksAtOnce {
		status, _ := ask("1", "2")
		slowed = slowed || status == http.StatusTooManyRequests
	}
	if !slowed {
		t.Error("guessing was never slowed down")
	}
}

// TestNewerFileIsTakenIn, and a broken one changes nothing.
func TestNewerFileIsTakenIn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "public.gz")
	if err := os.WriteFile(path, file(t), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := New(path, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	before := s.feed.Load()
	if err := os.WriteFile(path, []byte("cut"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.load(); err == nil || s.feed.Load() != before {
		t.Error("a broken file was taken in")
	}
}
