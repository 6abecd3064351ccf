package webtest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/huzheng/huzheng/internal/browsertest"
)

// TestFileFieldSpeaksThePagesLanguage: the browser's own file control, with the browser's words, gives its place to a button of the page's; the keys still reach it, the ring shows on
// the button, the name of the chosen file stands beside it and is printed. Without scripts the browser's own control is there.
func TestFileFieldSpeaksThePagesLanguage(t *testing.T) {
	scan := filepath.Join(t.TempDir(), "出生证.jpg")
	if err := os.WriteFile(scan, []byte("scan"), 0o600); err != nil {
		t.Fatal(err)
	}
	for lang, want := range map[string][2]string{"zh": {"选择文件", "未选择文件"}, "en": {"Choose a file", "No file chosen"}} {
		tab := open(t, "clerk", theStation, lang)
		tab.Go("/-/components")
		says := func() [2]string {
			return browsertest.Eval[[2]string](tab, `[...document.querySelectorAll("#file + .chosen > *")].map((e) => e.innerText)`)
		}
		if got := says(); got != want {
			t.Errorf("%s: the field says %q, want %q", lang, got, want)
		}
		if !browsertest.Eval[bool](tab, `(() => { const r = document.querySelector("#file").getBoundingClientRect(); return r.width <= 1 && r.height <= 1; })()`) {
			t.Errorf("%s: the browser's own control is seen", lang)
		}
		browsertest.Eval[bool](tab, `document.querySelectorAll("#file, input[name=q]")[1].focus() ?? true`) // the choices before it
		tab.Press(kb.Tab)
		if got := browsertest.Eval[string](tab, `document.activeElement.id + " " + getComputedStyle(document.querySelector("#file + .chosen .button")).outlineStyle`); got != "file solid" {
			t.Errorf("%s: the keys reach %q, want the file field with a ring on its button", lang, got)
		}
		tab.Do(chromedp.SetUploadFiles("#file", []string{scan}))
		if got := says(); got[1] != "出生证.jpg" {
			t.Errorf("%s: beside the button stands %q", lang, got[1])
		}
		if got := browsertest.Eval[string](tab, `document.querySelector("#file").labels.length + " " + document.querySelector("#file").name`); got != "2 scan" {
			t.Errorf("%s: the control has %s", lang, got)
		}
		keep(t, tab, lang, "file-field")
	}
	_, _, body := enter(t, "clerk", theStation, "zh").get("/-/components")
	if !strings.Contains(body, `<span class="chosen" hidden>`) || !strings.Contains(body, `type="file"`) {
		t.Error("without scripts the page shows another control than the browser's own")
	}
}
