package web

import (
	"strings"
	"testing"
)

// A digest in a table is cut to its beginning; a word, a number or a digest of another length is not.
func TestShortDigest(t *testing.T) {
	digest := strings.Repeat("0123456789abcdef", 4)
	for text, want := range map[string]string{digest: "0123456789ab…", digest[1:]: digest[1:], strings.ToUpper(digest): strings.ToUpper(digest), "南关区公安分局": "南关区公安分局", "": ""} {
		if got := shortDigest(text); got != want {
			t.Errorf("%q is shown as %q, not %q", text, got, want)
		}
	}
}
