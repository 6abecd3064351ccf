package personfile

import (
	"errors"
	"strings"
	"testing"
)

func TestParseMapping(t *testing.T) {
	good := []struct {
		name, in, theirs string
		want             Column
	}{
		{"English", "XM,name\n", "XM", Name},
		{"Chinese", "XM,姓名\n", "xm", Name},
		{"with header", "theirs,ours\nMZ,民族\n", "MZ", EthnicGroup},
		{"with Chinese header", "对方列名,本系统列名\nMZ,民族\n", "MZ", EthnicGroup},
		{"remarks and empty lines", "# from the labour bureau\n\nMZ,民族\n", "MZ", EthnicGroup},
		{"in gbk", string(gb(t, "名字,姓名\n")), "名字", Name},
		{"with a mark", "\uFEFF名字,姓名\n", "名字", Name},
	}
	for _, c := range good {
		m, err := ParseMapping(strings.NewReader(c.in))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got, ok := m.Column(c.theirs); !ok || got != c.want || len(m.Names()) != 1 {
			t.Errorf("%s: %v %t", c.name, got, ok)
		}
	}
	bad := []struct {
		name, in string
		line     int
	}{
		{"unknown column of ours", "XM,name\nXB,gender\n", 2},
		{"given twice", "XM,name\nXB,性别\nxm,曾用名\n", 3},
		{"one column", "XM\n", 1},
		{"three columns", "XM,name,x\n", 1},
		{"none of theirs", ",name\n", 1},
		{"stray quote", "XM,name\nX\"M,name\n", 2},
		{"no line", "# nothing\n", 0},
		{"nothing", "", 0},
	}
	for _, c := range bad {
		_, err := ParseMapping(strings.NewReader(c.in))
		var fe *FileError
		if !errors.As(err, &fe) || fe.Line != c.line || fe.Reason != ReasonMapping {
			t.Errorf("%s: %v, want line %d", c.name, err, c.line)
		}
	}
}

func FuzzMapping(f *testing.F) {
	f.Add([]byte("theirs,ours\nXM,name\nXB,性别\n"))
	f.Add([]byte("\"a\nb\",name\n"))
	f.Add([]byte("\xC3\xFB,\xD0\xD5\xC3\xFB\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := ParseMapping(strings.NewReader(string(data)))
		if err != nil {
			if !errors.As(err, new(*FileError)) {
				t.Fatalf("not a FileError: %v", err)
			}
			return
		}
		var lines []byte
		for _, name := range m.Names() {
			c, ok := m.Column(name)
			if !ok {
				t.Fatalf("%q is lost", name)
			}
			lines = append(append(append(appendCell(lines, name), ','), c.English()...), '\n')
		}
		again, err := ParseMapping(strings.NewReader("\uFEFF" + string(lines)))
		if err != nil || len(again.Names()) != len(m.Names()) {
			t.Fatalf("%q: %v", lines, err)
		}
	})
}
