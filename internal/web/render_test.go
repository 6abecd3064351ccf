package web

import "testing"

func TestDatesAndCodesStandOnOneLine(t *testing.T) {
	for text, want := range map[string]string{
		"2005-10-10":               "<time>2005-10-10</time>",
		"2005-10-10 09:00":         `<time>2005-10-10</time> <span class="unbroken">09:00</span>`,
		"至 2005-10-10 止":           "至 <time>2005-10-10</time> 止",
		"2005-13-10":               `<span class="unbroken">2005-13-10</span>`,
		"SB-0012 & <b>":            `<span class="unbroken">SB-0012</span> &amp; &lt;b&gt;`,
		"7":                        "7",
		"桃源路&#39;":                 "桃源路&amp;#<span class=\"unbroken\">39</span>;",
		"2201020012005101000001":   "2201020012005101000001", // longer than the narrowest cell
		"a word of letters - only": "a word of letters - only",
	} {
		if got := string(unbroken(text)); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}
