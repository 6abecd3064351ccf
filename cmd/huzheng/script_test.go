package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/huzheng/huzheng/internal/synth/portrait"
	"github.com/rogpeppe/go-internal/testscript"
)

// TestScripts runs every command as its users do, in processes of the very program that they build; each script is its own documentation.
func TestScripts(t *testing.T) {
	bin := t.TempDir()
	build := exec.Command("go", "build", "-o", filepath.Join(bin, "huzheng"), ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	testscript.Run(t, testscript.Params{Dir: "testdata/script", RequireExplicitExec: true, RequireUniqueNames: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"portrait": drawPortrait, "cutfile": cutFile},
		Setup: func(env *testscript.Env) error {
			env.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
			return nil
		}})
}

// studios are the settings that scripts may ask for: a camera's picture, and what can be wrong with it.
var studios = map[string]portrait.Setting{
	"good":  {},
	"grey":  {Wall: [3]float64{190, 190, 190}},
	"blur":  {Blur: 6},
	"tilt":  {Tilt: 21},
	"small": {FaceWidth: 130, HairTop: 300},
}

// cutFile is the script command "cutfile FILE BYTES TO": the first bytes of a file; with a minus, all but so many.
func cutFile(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("cutfile FILE BYTES TO")
	}
	whole := ts.ReadFile(args[0])
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	if n < 0 {
		n += len(whole)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(whole[:n]), 0o644))
}

// drawPortrait is the script command "portrait PERSON SETTING FILE": a drawn face as a camera would take it; "card" is one that has the card's form.
func drawPortrait(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("portrait PERSON SETTING FILE")
	}
	person, err := strconv.Atoi(args[0])
	ts.Check(err)
	setting, ok := studios[args[1]]
	if !ok && args[1] != "card" {
		ts.Fatalf("no setting %s", args[1])
	}
	setting.Bare, setting.ShortHair, setting.Tone = true, true, 2
	if ok {
		setting.Width, setting.Height = 600, 800
		if setting.FaceWidth == 0 {
			setting.FaceWidth, setting.HairTop = 270, 100
		}
	}
	img, _ := portrait.Studio(461, person, setting)
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), portrait.JPEG(img, 88), 0o644))
}
