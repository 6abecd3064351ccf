package node

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/words"
)

// A page may read and write a disk below the configured folders alone, whatever links and dots a path has.
func TestDiskFolder(t *testing.T) {
	base := t.TempDir()
	media, elsewhere := filepath.Join(base, "media"), filepath.Join(base, "elsewhere")
	for _, dir := range []string{filepath.Join(media, "usb1", "sub"), filepath.Join(media, ".hidden"), elsewhere, filepath.Join(base, "media2")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(elsewhere, filepath.Join(media, "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(media, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c := &Config{Disk: Disk{Folders: []string{media}}}
	for path, allowed := range map[string]bool{
		media:                               true,
		filepath.Join(media, "usb1"):        true,
		filepath.Join(media, "usb1", "sub"): true,
		media + "/usb1/../usb1":             true,
		media + "/../elsewhere":             false,
		filepath.Join(media, "link"):        false,
		filepath.Join(media, "file"):        false,
		filepath.Join(media, "none"):        false,
		filepath.Join(base, "media2"):       false,
		base:                                false,
		"media/usb1":                        false,
		"":                                  false,
	} {
		_, err := c.diskFolder(path)
		refusal, refused := event.AsRefusal(err)
		if refused == allowed || refused && refusal.Code != "care.folder" {
			t.Errorf("%s: %v", path, err)
		}
	}
	if got := c.diskFolders(); len(got) != 1 || got[0] != filepath.Join(media, "usb1") {
		t.Errorf("offered: %v", got)
	}
	if _, err := (&Config{}).diskFolder(media); err == nil {
		t.Error("without a configured folder every one is let through")
	}
}

// Every key of the configuration and every limit has its meaning in the catalogue.
func TestSettingsHaveMeanings(t *testing.T) {
	n := &Node{Config: &Config{Unit: "220100", Database: Database{Postgres: "host=x password=secret"}}}
	for _, one := range append(n.Config.settings(), n.limitsInForce()...) {
		if _, ok := words.Find("setting." + one.Key); !ok {
			t.Errorf("%s has no text", one.Key)
		}
		if one.Key == "database.postgres" && one.Value != "host=x password=…" {
			t.Errorf("a secret is shown: %s", one.Value)
		}
	}
}

// TestBackupsOfOneSecond: the second does not take the place of the first, and does not fail for it.
func TestBackupsOfOneSecond(t *testing.T) {
	path := filepath.Join(t.TempDir(), "220100-20051013-083755")
	for _, want := range []string{path, path + "-2", path + "-3"} {
		got := unused(path)
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
		if err := os.Mkdir(got, 0o700); err != nil {
			t.Fatal(err)
		}
	}
}
