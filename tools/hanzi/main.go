// Command hanzi makes the character tables of internal/linkage/hanzi from Unicode's Unihan data (Debian package unicode-data):
//
//	cd tools && go run ./hanzi
//
// It reads the files as the package installs them, and the readings of surnames and given names of internal/citizen/data, which go before Unihan's. It writes
// tables.bin.gz and prints the digest that a test there compares. README.md beside the tables says what is in them.
package main

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// wanted are the fields of Unihan that the tables are made of.
var wanted = map[string]string{
	"kMandarin": "Readings", "kFourCornerCode": "DictionaryLikeData", "kCangjie": "DictionaryLikeData", "kPhonetic": "DictionaryLikeData",
	"kTotalStrokes": "IRGSources", "kRSUnicode": "IRGSources", "kGB0": "OtherMappings", "kTGH": "OtherMappings", "kSimplifiedVariant": "Variants",
	"kTraditionalVariant": "Variants", "kSemanticVariant": "Variants", "kZVariant": "Variants",
}

// escapes is where characters beyond the basic plane have their numbers: the surrogates, which are no characters.
const escapes = 0xD800

// unihan is field -> character -> value.
type unihan map[string]map[rune]string

func main() {
	from := flag.String("unicode", "/usr/share/unicode", "folder of Unihan_*.txt.bz2")
	readings := flag.String("readings", "../internal/citizen/data", "folder of surnames.txt and readings.txt")
	to := flag.String("out", "../internal/linkage/hanzi/tables.bin.gz", "file to write")
	flag.Parse()
	u, err := readUnihan(*from)
	if err != nil {
		log.Fatal(err)
	}
	own, err := readOwn(*readings)
	if err != nil {
		log.Fatal(err)
	}
	raw := build(u, own)
	var packed bytes.Buffer
	z, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if _, err := z.Write(raw); err != nil {
		log.Fatal(err)
	}
	if err := z.Close(); err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(*to, packed.Bytes(), 0o644); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: %d bytes, packed %d, SHA-256 of the tables %x\n", *to, len(raw), packed.Len(), sha256.Sum256(raw))
}

func readUnihan(dir string) (unihan, error) {
	u := unihan{}
	files := map[string]bool{}
	for field, file := range wanted {
		u[field] = map[rune]string{}
		files[file] = true
	}
	for file := range files {
		if err := u.read(filepath.Join(dir, "Unihan_"+file+".txt.bz2")); err != nil {
			return nil, err
		}
	}
	return u, nil
}

func (u unihan) read(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	lines := bufio.NewScanner(bzip2.NewReader(file))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		cells := strings.Split(lines.Text(), "\t")
		if len(cells) == 3 && u[cells[1]] != nil {
			u[cells[1]][point(cells[0])] = cells[2]
		}
	}
	return lines.Err()
}

// point reads U+5355.
func point(s string) rune {
	n, err := strconv.ParseUint(strings.TrimPrefix(s, "U+"), 16, 32)
	if err != nil {
		log.Fatalf("%q is no code point", s)
	}
	return rune(n)
}

// variants are name characters of the First List of Variants (第一批异体字整理表, 1955) and the standard forms that it gives them, where Unihan does not connect the two.
var variants = map[rune]rune{'昇': '升', '陞': '升', '甦': '苏', '邨': '村', '龢': '和', '谿': '溪', '脩': '修', '澂': '澄', '鎔': '熔', '璿': '璇', '槃': '盘', '仝': '同', '祕': '秘'}

// readOwn reads the readings of single characters in names. That in given names, which list holds only what is read otherwise there, goes before a surname's: 晟 is
// more often given than inherited.
func readOwn(dir string) (map[rune]string, error) {
	own := map[rune]string{}
	for _, name := range []string{"surnames.txt", "readings.txt"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(text)) {
			line, _, _ = strings.Cut(line, "#")
			cells := strings.Fields(line)
			if len(cells) != 2 {
				continue // a comment, or a surname of two characters
			}
			if word := []rune(cells[0]); len(word) == 1 {
				own[word[0]] = cells[1]
			}
		}
	}
	return own, nil
}

// tables are columns by character number.
type tables struct {
	fold, pinyin, corner, phonetic, phonetic2 [1 << 16]uint16
	cangjie                                   [1 << 16]uint32
	strokes, radical                          [1 << 16]byte
}

// build lays the tables out as internal/linkage/hanzi reads them: the syllables, the escaped characters, then column after column, little-endian.
func build(u unihan, own map[rune]string) []byte {
	escaped := u.escaped()
	syllables, number := u.syllables(own)
	t := new(tables)
	for _, r := range u.characters() {
		id, ok := idOf(r, escaped)
		if !ok {
			continue
		}
		if to := u.foldTo(r); to != r {
			t.fold[id] = uint16(to)
		}
		t.pinyin[id] = number[u.reading(r, own)]
		t.corner[id] = corner(u["kFourCornerCode"][r])
		t.cangjie[id] = cangjie(u["kCangjie"][r])
		t.phonetic[id], t.phonetic2[id] = phonetics(u["kPhonetic"][r])
		t.strokes[id] = strokes(u["kTotalStrokes"][r])
		t.radical[id] = radical(u["kRSUnicode"][r])
	}
	var b bytes.Buffer
	text := strings.Join(syllables, " ")
	put(&b, uint32(len(text)), []byte(text), uint32(len(escaped)), escaped, t.fold, t.pinyin, t.corner, t.phonetic, t.phonetic2, t.cangjie, t.strokes, t.radical)
	return b.Bytes()
}

func put(w io.Writer, values ...any) {
	for _, v := range values {
		if err := binary.Write(w, binary.LittleEndian, v); err != nil {
			log.Fatal(err)
		}
	}
}

// escaped lists the characters beyond the basic plane that have a number of their own: those of the Table of General Standard Chinese Characters (2013).
func (u unihan) escaped() []uint32 {
	var all []uint32
	for r := range u["kTGH"] {
		if r > 0xFFFF {
			all = append(all, uint32(r))
		}
	}
	slices.Sort(all)
	return all
}

func idOf(r rune, escaped []uint32) (int, bool) {
	if r <= 0xFFFF {
		return int(r), true
	}
	i, ok := slices.BinarySearch(escaped, uint32(r))
	return escapes + i, ok
}

func (u unihan) characters() []rune {
	var all []rune
	for r := range u["kTotalStrokes"] {
		all = append(all, r)
	}
	slices.Sort(all)
	return all
}

// reading is a character's syllable without tone, ü written v; "" if unknown.
func (u unihan) reading(r rune, own map[rune]string) string {
	if s, ok := own[r]; ok {
		return s
	}
	first, _, _ := strings.Cut(u["kMandarin"][r], " ")
	return toneless(first)
}

// toneless takes the tone marks off, but keeps ü, as v, and ê as e.
func toneless(s string) string {
	s = strings.Map(func(r rune) rune {
		switch r {
		case '\u0300', '\u0301', '\u0302', '\u0304', '\u030C':
			return -1
		}
		return r
	}, norm.NFD.String(s))
	return strings.ReplaceAll(s, "u\u0308", "v")
}

// syllables are numbered from 1 in their order; 0 is no reading.
func (u unihan) syllables(own map[rune]string) (sorted []string, number map[string]uint16) {
	number = map[string]uint16{}
	for _, r := range u.characters() {
		if s := u.reading(r, own); s != "" && number[s] == 0 {
			number[s] = 1
			sorted = append(sorted, s)
		}
	}
	slices.Sort(sorted)
	for i, s := range sorted {
		number[s] = uint16(i + 1)
	}
	return sorted, number
}

// foldTo is the character of GB 2312 for which r stands, else r: the simplified form, or the one character of which r is a variant. No character of GB 2312
// is folded, so that no two names in it become one.
func (u unihan) foldTo(r rune) rune {
	if u.common(r) {
		return r
	}
	if to, ok := variants[r]; ok {
		return to
	}
	if to, ok := u.compatible(r); ok {
		return to
	}
	for _, field := range []string{"kSimplifiedVariant", "kSemanticVariant", "kZVariant"} {
		if to, ok := u.one(field, r); ok {
			return to
		}
	}
	return r
}

func (u unihan) common(r rune) bool { return u["kGB0"][r] != "" }

// compatible is what Unicode itself says a compatibility ideograph is.
func (u unihan) compatible(r rune) (rune, bool) {
	to := []rune(norm.NFC.String(string(r)))
	if len(to) != 1 || to[0] == r || to[0] > 0xFFFF {
		return 0, false
	}
	return u.foldTo(to[0]), true
}

// one is the only character of GB 2312 among the values of a field.
func (u unihan) one(field string, r rune) (rune, bool) {
	var found []rune
	for value := range strings.FieldsSeq(u[field][r]) {
		value, _, _ = strings.Cut(value, "<")
		if to := point(value); u.common(to) {
			found = append(found, to)
		}
	}
	if len(found) != 1 {
		return 0, false
	}
	return found[0], true
}

// corner reads the first four-corner code: its four digits and one; 0 is none.
func corner(s string) uint16 {
	if len(s) < 4 {
		return 0
	}
	n, err := strconv.ParseUint(s[:4], 10, 16)
	if err != nil {
		return 0
	}
	return uint16(n + 1)
}

// cangjie packs up to five letters, the first in the lowest five bits.
func cangjie(s string) (packed uint32) {
	for i := range min(len(s), 5) {
		if c := s[i]; c >= 'A' && c <= 'Z' {
			packed |= uint32(c-'A'+1) << (5 * i)
		}
	}
	return packed
}

// phonetics reads the first two phonetic classes.
func phonetics(s string) (a, b uint16) {
	var all [2]uint16
	for i, value := range strings.Fields(s) {
		n, err := strconv.ParseUint(strings.TrimRight(value, "*xABCDEFG"), 10, 16)
		if i < len(all) && err == nil {
			all[i] = uint16(n)
		}
	}
	return all[0], all[1]
}

func strokes(s string) byte {
	first, _, _ := strings.Cut(s, " ")
	n, _ := strconv.ParseUint(first, 10, 8)
	return byte(n)
}

// radical reads the Kangxi radical, 1 to 214, of 24.2 or 149'.5.
func radical(s string) byte {
	first, _, _ := strings.Cut(s, " ")
	first, _, _ = strings.Cut(first, ".")
	n, _ := strconv.ParseUint(strings.TrimRight(first, "'"), 10, 8)
	return byte(n)
}
