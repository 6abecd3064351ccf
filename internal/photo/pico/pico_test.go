package pico

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"
)

// TestCascadesAreTheOnesNamed compares the cascades with those of pigo v1.4.6: the score's limits hold for them alone.
func TestCascadesAreTheOnesNamed(t *testing.T) {
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"facefinder": {faceBytes, "d8014993e7298c7b1865d1f8b855d6dbf4ec5c808bf879e2091ab6837abf90cd"},
		"puploc":     {pupilBytes, "aa01adf34e5af6ed333be75e934275fc39fba2b63790cb340353b2d459c96ccc"},
	} {
		if sum := sha256.Sum256(c.data); hex.EncodeToString(sum[:]) != c.want {
			t.Errorf("%s: %x", name, sum)
		}
	}
}

func TestBrokenCascadesAreRefused(t *testing.T) {
	for n := range 40 {
		if _, err := parseFaces(faceBytes[:n*100]); err == nil {
			t.Errorf("%d bytes are faces", n*100)
		}
		if _, err := parsePupils(pupilBytes[:n*100]); err == nil {
			t.Errorf("%d bytes are pupils", n*100)
		}
	}
}

func TestNothingIsFoundInNothing(t *testing.T) {
	flat := &Grey{Width: 300, Height: 300, Pix: make([]uint8, 300*300)}
	for _, f := range Faces(flat, 40, 300, 0) {
		if f.Score >= 25 {
			t.Errorf("%+v", f)
		}
	}
	if got := Faces(&Grey{}, 40, 300, 0); len(got) != 0 {
		t.Errorf("%v in an empty picture", got)
	}
}
