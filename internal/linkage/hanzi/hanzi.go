// Package hanzi knows how Chinese characters sound and look, so that two names can be compared: syllables with surname readings first, syllables that are heard as one,
// variants, and shapes that are taken for each other. Its tables are made from Unicode's Unihan data by tools/hanzi; README.md says how.
//
// A character is known by a number of 16 bits: its code point in the basic plane. One beyond it has a number among the surrogates, which are no characters: of its
// own if it is in the Table of General Standard Chinese Characters (2013), else one of the rest, which others may share; a shared one has no reading and no shape.
package hanzi

import (
	"bytes"
	"compress/gzip"
	_ "embed" // the tables are compiled in
	"encoding/binary"
	"io"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

//go:embed tables.bin.gz
var packed []byte

// Tables are the tables; Load gives them. They are never changed.
type Tables struct {
	syllables []string // by syllable number - 1
	merged    []uint16 // by syllable number
	escaped   []uint32 // characters beyond the basic plane that have a number of their own, sorted
	columns   *columns
}

// columns are by character number.
type columns struct {
	Fold, Pinyin, Corner, Phonetic, Phonetic2 [1 << 16]uint16
	Cangjie                                   [1 << 16]uint32
	Strokes, Radical                          [1 << 16]byte
}

// Load returns the tables, unpacked at the first call.
var Load = sync.OnceValue(func() *Tables {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		panic(err) // compiled in, and tested
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		panic(err)
	}
	return parse(raw)
})

func parse(raw []byte) *Tables {
	t := &Tables{columns: new(columns)}
	text := raw[4 : 4+binary.LittleEndian.Uint32(raw)]
	t.syllables = strings.Fields(string(text))
	rest := raw[4+len(text):]
	t.escaped = make([]uint32, binary.LittleEndian.Uint32(rest))
	for _, into := range []any{t.escaped, t.columns} {
		start := 0
		if _, ok := into.([]uint32); ok {
			start = 4
		}
		n, err := binary.Decode(rest[start:], binary.LittleEndian, into)
		if err != nil {
			panic(err)
		}
		rest = rest[start+n:]
	}
	t.merged = mergeAll(t.syllables)
	return t
}

// The numbers of characters beyond the basic plane.
const (
	escapes = 0xD800 // the first of those with a number of their own
	shared  = 0xD900 // the first of those that others may share
	sharing = 0xE000 - shared
)

// ID returns the number of a character after folding. Full-width forms of ASCII have the number of the plain form. 0 is no character (utf8.RuneError too).
func (t *Tables) ID(r rune) uint16 {
	switch {
	case r == utf8.RuneError || r < 0:
		return 0
	case r >= '！' && r <= '～':
		r -= '！' - '!'
	}
	id := t.number(r)
	if to := t.columns.Fold[id]; to != 0 {
		return to
	}
	return id
}

func (t *Tables) number(r rune) uint16 {
	if r <= 0xFFFF {
		return uint16(r)
	}
	if i, ok := slices.BinarySearch(t.escaped, uint32(r)); ok {
		return uint16(escapes + i)
	}
	return uint16(shared + uint32(r)*2654435761>>16%sharing)
}

// Rune returns the character that a number stands for; utf8.RuneError for a shared one.
func (t *Tables) Rune(id uint16) rune {
	switch {
	case id < escapes || id >= escapes+0x800:
		return rune(id)
	case int(id-escapes) < len(t.escaped):
		return rune(t.escaped[id-escapes])
	}
	return utf8.RuneError
}

// Fold returns the character of GB 2312 of which r is the traditional form or a variant, else r. Characters of GB 2312 stay themselves.
func (t *Tables) Fold(r rune) rune {
	if r < 0 || r > utf8.MaxRune {
		return r
	}
	if to := t.columns.Fold[t.number(r)]; to != 0 {
		return rune(to)
	}
	return r
}

// Pinyin returns the number of a character's syllable, without tone and with surname readings first (单 shan, 仇 qiu, 解 xie); 0 if no reading is known.
func (t *Tables) Pinyin(id uint16) uint16 { return t.columns.Pinyin[id] }

// Merged returns the number of the syllable as which a character's is heard by many: n and ng, l and n, z and zh, c and ch, s and sh, f and hu are one. 0 if no
// reading is known.
func (t *Tables) Merged(id uint16) uint16 { return t.merged[t.columns.Pinyin[id]] }

// Syllable returns the letters of a syllable's number, ü written v; "" for 0.
func (t *Tables) Syllable(number uint16) string {
	if number == 0 || int(number) > len(t.syllables) {
		return ""
	}
	return t.syllables[number-1]
}

// FourCorner returns the four digits of a character's four-corner code (四角号码).
func (t *Tables) FourCorner(id uint16) (code int, known bool) {
	c := t.columns.Corner[id]
	return int(c) - 1, c != 0
}

// Strokes returns the number of a character's strokes; 0 if unknown.
func (t *Tables) Strokes(id uint16) int { return int(t.columns.Strokes[id]) }

// Radical returns the number of a character's Kangxi radical, 1 to 214; 0 if unknown.
func (t *Tables) Radical(id uint16) int { return int(t.columns.Radical[id]) }
