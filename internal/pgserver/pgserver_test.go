package pgserver

import (
	"os"
	"path/filepath"
	"testing"
)

// A folder serves another account only where that may pass through every folder above it, too.
func TestReachable(t *testing.T) {
	above := filepath.Join(t.TempDir(), "above")
	dir := filepath.Join(above, "dir")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Dir(filepath.Dir(above)), 0o755); err != nil { // the test's own folder is its account's alone
		t.Fatal(err)
	}
	for mode, want := range map[os.FileMode]bool{0o755: true, 0o711: true, 0o700: false} {
		if err := os.Chmod(above, mode); err != nil {
			t.Fatal(err)
		}
		if got := reachable(dir); got != want {
			t.Errorf("below a folder of mode %o: %v, want %v", mode, got, want)
		}
	}
	if reachable(filepath.Join(dir, "missing")) {
		t.Error("a folder that is not there is reachable")
	}
}
