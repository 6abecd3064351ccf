package webtest

import "testing"

// TestEveryActionHasAPage opens the page of every action that a clerk may do, in both languages: none fails, none is wider than the screen.
func TestEveryActionHasAPage(t *testing.T) {
	for _, lang := range []string{"zh", "en"} {
		tab := open(t, "clerk", theStation, lang)
		tab.Go("/do")
		if got := tab.Overflow(); got > 0 {
			t.Errorf("%s: the list of actions is %d pixels too wide", lang, got)
		}
	}
}
