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

// Everybody whose birth date is unknown has the same one: without a number or anything else that ties them, two people of a frequent name are looked at, never proposed.
func TestUnknownDateIsNotProposed(t *testing.T) {
	for birth, want := range map[string]linkage.Class{"1950-01-01": linkage.Review, "1950-03-09": linkage.Proposal} {
		p := linkage.NewPopulation(2)
		for _, address := range []string{"吉林省长春市南关区人民大街5号楼2单元301室", "吉林省长春市朝阳区红旗街9号楼1单元101室"} {
			p.Add(&linkage.Text{Name: "王秀英", Sex: "女", Birth: birth, Address: address})
		}
		r, err := linkage.Link(t.Context(), p, Model().For(2000), linkage.LinkOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Pairs) != 1 || r.Pairs[0].Class != want {
			t.Errorf("born %s: %+v", birth, r.Pairs)
		}
	}
}
