package webtest

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/huzheng/huzheng/internal/browsertest"
)

// TestChoiceTakesCodeOrPinyin: a code field takes the code or the first letters of the pinyin (pages' reference, "At the window").
func TestChoiceTakesCodeOrPinyin(t *testing.T) {
	tab := open(t, "clerk", theStation, "zh")
	for _, test := range []struct{ field, keys, want string }{
		{"f-ethnic_group", "mz", "06"}, // 苗族, the first with these letters
		{"f-ethnic_group", "11", "11"},
		{"f-sex", "n", "1"},
		{"f-sex", "2", "2"},
	} {
		tab.Go("/do/register.birth") // what was typed before belongs to another field
		tab.Do(chromedp.Focus("#"+test.field), chromedp.KeyEvent(test.keys))
		if got := browsertest.Eval[string](tab, "document.getElementById('"+test.field+"').value"); got != test.want {
			t.Errorf("%s: %s chooses %q, want %q", test.field, test.keys, got, test.want)
		}
	}
}
