package standard

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/linkage"
)

// The model in the program can be read and written again, byte for byte, and is the one that the README tells of.
func TestModel(t *testing.T) {
	m := Model()
	var again bytes.Buffer
	if err := m.Write(&again); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again.Bytes(), file) {
		t.Error("written again it is another file")
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(readme), m.Digest) || m.Trained < linkage.MinTraining || m.Keys != linkage.AllKeys {
		t.Errorf("%s, digest %s, trained on %d registrations: README.md tells of another", m.Name, m.Digest, m.Trained)
	}
}
