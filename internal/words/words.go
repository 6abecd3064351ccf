// Package words is the text catalogue: every text of the pages in Chinese and in English, each with a note of where it stands. Texts lie in
// texts/*.csv (key, zh, en, where), one file for each part of the pages.
package words

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/csv"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/huzheng/huzheng/internal/citizen"
)

//go:embed texts/*.csv
var files embed.FS

// Entry is one text of the catalogue.
type Entry struct {
	citizen.Text
	Where string // on which page it stands, or what it names
	File  string // of the catalogue
	order int    // in its file
}

var catalogue = mustRead(files)

// header is the first line of each file.
var header = []string{"key", "zh", "en", "where"}

func mustRead(tree fs.FS) map[string]Entry {
	all, err := read(tree)
	if err != nil {
		panic(err)
	}
	return all
}

func read(tree fs.FS) (map[string]Entry, error) {
	all := make(map[string]Entry)
	names, err := fs.Glob(tree, "texts/*.csv")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		content, err := fs.ReadFile(tree, name)
		if err != nil {
			return nil, err
		}
		rows, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
		if err != nil {
			return nil, fmt.Errorf("words: %s: %w", name, err)
		}
		if len(rows) == 0 || !slices.Equal(rows[0], header) {
			return nil, fmt.Errorf("words: %s does not begin with %v", name, header)
		}
		for i, row := range rows[1:] {
			if _, twice := all[row[0]]; twice || row[0] == "" || row[1] == "" || row[2] == "" || row[3] == "" {
				return nil, fmt.Errorf("words: %s line %d: %q stands twice or has an empty column", name, i+2, row[0])
			}
			all[row[0]] = Entry{Text: citizen.Text{ZH: row[1], EN: row[2]}, Where: row[3], File: path.Base(name), order: i}
		}
	}
	return all, nil
}

// Find gives a text; ok is false when the catalogue has none under the key.
func Find(key string) (text citizen.Text, ok bool) {
	entry, ok := catalogue[key]
	return entry.Text, ok
}

// Get gives a text with its arguments filled in, in fmt's notation. A key without a text is shown as itself: a test finds it before a reader does.
func Get(key string, args ...any) citizen.Text {
	text, ok := Find(key)
	if !ok {
		return citizen.Text{ZH: key, EN: key}
	}
	if len(args) == 0 {
		return text
	}
	return citizen.Text{ZH: fmt.Sprintf(text.ZH, args...), EN: fmt.Sprintf(text.EN, args...)}
}

// First gives the first text that the catalogue has among keys, and ok.
func First(keys ...string) (text citizen.Text, ok bool) {
	for _, key := range keys {
		if text, ok = Find(key); ok {
			return text, true
		}
	}
	return citizen.Text{}, false
}

// Keys lists the catalogue's keys.
func Keys() []string { return slices.Sorted(maps.Keys(catalogue)) }

// At tells all that the catalogue says of a key.
func At(key string) Entry { return catalogue[key] }

// Under lists the keys that begin with a prefix, in the order of their file: as a list of choices shows them.
func Under(prefix string) []string {
	return under()[prefix]
}

// under groups the keys of codes by what stands before their last part. A value may hold a point itself, so every prefix that ends in one counts.
var under = sync.OnceValue(func() map[string][]string {
	groups := make(map[string][]string)
	for key := range catalogue {
		for i, r := range key {
			if r == '.' && strings.HasPrefix(key, "code.") {
				groups[key[:i+1]] = append(groups[key[:i+1]], key)
			}
		}
	}
	for _, keys := range groups {
		slices.SortFunc(keys, func(a, b string) int {
			x, y := catalogue[a], catalogue[b]
			return cmp.Or(cmp.Compare(x.File, y.File), cmp.Compare(x.order, y.order))
		})
	}
	return groups
})
