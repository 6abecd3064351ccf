package layout

import (
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// apart lists what the generator of errors and the engine that looks for doubles have in common: an import either way, or a table of data. A matcher
// that knows how errors are made is measured against itself.
func apart(tree fs.FS) ([]string, error) {
	var found []string
	for _, pair := range [][2]string{{"synth", "linkage"}, {"linkage", "synth"}} {
		if slices.Contains(mayImport[pair[0]], pair[1]) {
			found = append(found, pair[0]+" may import "+pair[1])
		}
	}
	tables := make(map[string]string)
	err := walk(tree, func(name string, content []byte) error {
		room := ""
		for _, r := range []string{"synth", "linkage"} {
			if strings.HasPrefix(name, "internal/"+r+"/") {
				room = r
			}
		}
		if room == "" || strings.HasSuffix(name, ".go") || strings.HasSuffix(name, ".md") || len(content) == 0 {
			return nil
		}
		if other, same := tables[string(content)]; same && !strings.HasPrefix(other, "internal/"+room+"/") {
			found = append(found, name+" is "+other)
		}
		tables[string(content)] = name
		return nil
	})
	return found, err
}

func TestSynthAndLinkageShareNothing(t *testing.T) {
	if found, err := apart(os.DirFS("../..")); err != nil || len(found) > 0 {
		t.Errorf("%v, %v", found, err)
	}
	shared := fstest.MapFS{"internal/synth/data/pairs.csv": {Data: []byte("a,b\n")}, "internal/linkage/tables/pairs.csv": {Data: []byte("a,b\n")}}
	if found, err := apart(shared); err != nil || len(found) != 1 {
		t.Errorf("a shared table: %v, %v", found, err)
	}
}
