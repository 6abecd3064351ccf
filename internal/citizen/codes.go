package citizen

import (
	"embed"
	"encoding/csv"
	"strings"
	"sync"
)

//go:embed data/codes/*.csv
var codeFiles embed.FS

// Code is one row of a code table.
type Code struct {
	Code string `json:"code"`
	ZH   string `json:"zh"`
	EN   string `json:"en"`
	// Letters is the letter code where the standard has one (GB/T 3304).
	Letters string `json:"letters,omitempty"`
	// Edition is the edition of the standard the row comes from, where a table
	// holds more than one.
	Edition string `json:"edition,omitempty"`
	// Group is the list, tier or direction inside the table, where it has such.
	Group string `json:"group,omitempty"`
	// Source says where the row comes from.
	Source string `json:"source"`
	// Unconfirmed marks a row no standard read confirms: a default to be checked.
	Unconfirmed bool `json:"unconfirmed,omitempty"`
}

// Text returns the name in both languages; where no English name exists the
// Chinese one stands in.
func (c Code) Text() Text {
	if c.EN == "" {
		return Text{c.ZH, c.ZH}
	}
	return Text{c.ZH, c.EN}
}

// Table is one code table. It is read from the compiled-in data at first use and
// never changes; all methods may be called at the same time.
type Table struct {
	Name     string // file name without ending, stable: "marital-status"
	Title    Text   // what the table is about
	Standard string // standard or system the codes come from

	words   map[string]string // short forms: word -> code
	load    sync.Once
	codes   []Code
	byCode  map[string]int
	byGroup map[[2]string]int
	byWord  map[string]int
}

// ByCode returns the row with a code, outer blanks ignored. Where several
// editions or groups use the same code it returns the first: for education that
// is the 1984 edition, in use in 2005.
func (t *Table) ByCode(code string) (Code, bool) {
	t.read()
	return t.at(t.byCode, strings.TrimSpace(code))
}

// ByCodeIn returns the row with a code inside one edition or group.
func (t *Table) ByCodeIn(group, code string) (Code, bool) {
	t.read()
	if i, ok := t.byGroup[[2]string{group, strings.TrimSpace(code)}]; ok {
		return t.codes[i], true
	}
	return Code{}, false
}

// ByWord returns the row for a Chinese or English name or a common short form
// (男, 女, 汉), upper and lower case and outer blanks ignored. The first row wins
// where a name occurs twice.
func (t *Table) ByWord(word string) (Code, bool) {
	t.read()
	return t.at(t.byWord, wordKey(word))
}

// Find returns the row for a code or else for a word, as files give either.
func (t *Table) Find(codeOrWord string) (Code, bool) {
	if c, ok := t.ByCode(codeOrWord); ok {
		return c, true
	}
	return t.ByWord(codeOrWord)
}

// All returns a copy of the rows in the order of the table.
func (t *Table) All() []Code {
	t.read()
	return append([]Code(nil), t.codes...)
}

func (t *Table) at(index map[string]int, key string) (Code, bool) {
	if i, ok := index[key]; ok {
		return t.codes[i], true
	}
	return Code{}, false
}

func wordKey(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

func (t *Table) read() { t.load.Do(t.parse) }

func (t *Table) parse() {
	raw, err := codeFiles.ReadFile("data/codes/" + t.Name + ".csv")
	if err != nil {
		panic("citizen: code table " + t.Name + " is not compiled in")
	}
	r := csv.NewReader(strings.NewReader(string(raw)))
	records, err := r.ReadAll()
	if err != nil {
		panic("citizen: code table " + t.Name + ": " + err.Error())
	}
	for _, rec := range records[1:] {
		if c := codeFrom(records[0], rec); c.Code != "" || c.ZH != "" {
			t.codes = append(t.codes, c)
		}
	}
	t.index()
}

func codeFrom(header, rec []string) Code {
	var c Code
	for i, name := range header {
		v := rec[i]
		switch name {
		case "code", "part":
			c.Code = v
		case "name_zh":
			c.ZH = v
		case "name_en":
			c.EN = v
		case "letters":
			c.Letters = v
		case "edition", "standard":
			c.Edition = v
		case "list", "tier", "direction":
			c.Group = v
		case "source":
			c.Source = v
		}
	}
	c.Unconfirmed = strings.Contains(c.Source, "UNCONFIRMED")
	return c
}

func (t *Table) index() {
	t.byCode, t.byWord = map[string]int{}, map[string]int{}
	t.byGroup = map[[2]string]int{}
	for i, c := range t.codes {
		if c.Code != "" {
			putFirst(t.byCode, c.Code, i)
			t.putGroup(c, i)
		}
		if c.ZH != "" {
			putFirst(t.byWord, wordKey(c.ZH), i)
		}
	}
	for i, c := range t.codes {
		if c.EN != "" {
			putFirst(t.byWord, wordKey(c.EN), i)
		}
	}
	for word, code := range t.words {
		if i, ok := t.byCode[code]; ok {
			putFirst(t.byWord, wordKey(word), i)
		}
	}
}

func (t *Table) putGroup(c Code, i int) {
	for _, g := range []string{c.Edition, c.Group} {
		if _, taken := t.byGroup[[2]string{g, c.Code}]; g != "" && !taken {
			t.byGroup[[2]string{g, c.Code}] = i
		}
	}
}

func putFirst(m map[string]int, key string, i int) {
	if _, taken := m[key]; !taken {
		m[key] = i
	}
}
