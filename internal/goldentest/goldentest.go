// Package goldentest compares what a test makes with a file that somebody has looked at: go test ./the/package -update writes the file anew.
package goldentest

import (
	"flag"
	"os"
	"testing"
)

// Update tells that the files are to be written anew.
var Update = flag.Bool("update", false, "write the golden files anew")

// Check fails the test where got is not what the file holds; path is relative to the test's package.
func Check(t testing.TB, path, got string) {
	t.Helper()
	if *Update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; look at what has changed, then run with -update:\n%s", path, got)
	}
}
