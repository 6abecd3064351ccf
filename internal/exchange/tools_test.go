package exchange

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/event"
)

// TestParcelOpensWithCommonTools runs the commands of docs/formats/parcel.md on a real parcel.
func TestParcelOpensWithCommonTools(t *testing.T) {
	for _, tool := range []string{"age", "zstd", "tar", "openssl", "sha256sum", "sh"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("%s is missing: install the Debian packages age, zstd, tar, openssl, coreutils (make setup)", tool)
		}
	}
	c := threeTiers(t)
	c.station.mustSay(event.Up(stationUnit), "s", 1, c.station.blob("a photograph"))
	c.station.sync()
	file := c.county.only(c.city, event.Up(stationUnit)) // relayed, with a cosignature
	document, err := os.ReadFile("../../docs/formats/parcel.md")
	must(t, err)
	_, script, _ := strings.Cut(string(document), "```sh\n")
	script, _, found := strings.Cut(script, "```")
	if !found {
		t.Fatal("docs/formats/parcel.md has no commands")
	}
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "identity"), []byte(c.city.Identity.Age.String()+"\n"), 0o600))
	run := func(file []byte) (string, error) {
		must(t, os.WriteFile(filepath.Join(dir, "parcel.hzp"), file, 0o600))
		out := t.TempDir()
		command := exec.Command("sh", "-euc", script)
		command.Env = append(os.Environ(), "PARCEL="+filepath.Join(dir, "parcel.hzp"), "IDENTITY="+filepath.Join(dir, "identity"), "DIR="+out)
		text, err := command.CombinedOutput()
		return string(text), err
	}
	text, err := run(file)
	if err != nil || !strings.Contains(text, "Signature Verified Successfully") {
		t.Fatalf("%v:\n%s", err, text)
	}
	altered := unpack(t, file, c.city.Identity.Age)
	altered.checkpoint = []byte(strings.Replace(string(altered.checkpoint), "/2\n2\n", "/2\n3\n", 1))
	if text, err := run(pack(t, altered, c.city)); err == nil {
		t.Errorf("openssl accepted an altered checkpoint:\n%s", text)
	}
}
