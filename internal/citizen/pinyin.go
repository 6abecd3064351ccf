package citizen

import (
	_ "embed" // the reading tables are compiled in
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/mozillazg/go-pinyin"
)

// PinyinVersion is the version of the reading tables. Stored sort keys carry it;
// raising it means that they must be computed again.
const PinyinVersion = 1

//go:embed data/surnames.txt
var surnamesTXT string

//go:embed data/readings.txt
var readingsTXT string

//go:embed data/places.txt
var placesTXT string

// readings are the tables behind the sort keys.
type readings struct {
	surname map[string]string // one or more characters -> syllables
	name    map[rune]string   // character -> syllable in given names
	place   map[string]string // words and characters -> syllables in place names
	longest int               // characters in the longest place word
}

var tables = sync.OnceValue(func() *readings {
	t := &readings{surname: readPairs(surnamesTXT), place: readPairs(placesTXT), name: map[rune]string{}}
	for word, syllable := range readPairs(readingsTXT) {
		r, _ := utf8.DecodeRuneInString(word)
		t.name[r] = syllable
	}
	for word := range t.place {
		t.longest = max(t.longest, utf8.RuneCountInString(word))
	}
	return t
})

// readPairs reads lines "characters syllable syllable"; # starts a comment.
func readPairs(text string) map[string]string {
	m := map[string]string{}
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		if word, reading, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			m[word] = reading
		}
	}
	return m
}

// Pinyin returns the sort key of a person's name: lower-case syllables without
// tones separated by one blank, ü written v. The surname, of one character or a
// compound one, has its reading as a surname (单 shan, 尉迟 yu chi). Blanks and
// middle dots divide and are not written; every other character without a known
// reading stands for itself, so that no name loses a character.
//
// A name with a middle dot has no Chinese surname and is read plainly.
func Pinyin(name string) string {
	var k keyWriter
	rest := strings.TrimFunc(name, outerBlank)
	if !strings.ContainsFunc(rest, isSeparator) {
		var surname string
		surname, rest = cutSurname(rest)
		k.write(surname)
	}
	for _, r := range rest {
		k.rune(r, nameReading)
	}
	return k.String()
}

// SplitName returns the characters of surname and given name of a Chinese name.
// A compound surname counts only where a given name follows it.
func SplitName(name string) (surname, given string) {
	name = strings.TrimFunc(name, outerBlank)
	if strings.ContainsFunc(name, isSeparator) {
		return "", name
	}
	n := surnameLength(name)
	return name[:n], name[n:]
}

// cutSurname returns the syllables of the surname and the rest of the name.
func cutSurname(name string) (syllables, rest string) {
	n := surnameLength(name)
	return tables().surname[name[:n]], name[n:]
}

// surnameLength returns the bytes of the surname: two characters when they are a
// compound surname and a given name follows, else one where a surname table or a
// Han character is at the start.
func surnameLength(name string) int {
	_, first := utf8.DecodeRuneInString(name)
	_, second := utf8.DecodeRuneInString(name[first:])
	if first+second < len(name) {
		if _, ok := tables().surname[name[:first+second]]; ok {
			return first + second
		}
	}
	if _, ok := tables().surname[name[:first]]; ok {
		return first
	}
	return 0
}

// PlacePinyin returns the sort key of a place name or address, read with a table
// of place words (长春 chang chun, 重庆 chong qing, 厦门 xia men, 蔚县 yu xian), the
// longest word first; everything else as Pinyin does.
func PlacePinyin(place string) string {
	var k keyWriter
	t := tables()
	for rest := strings.TrimFunc(place, outerBlank); rest != ""; {
		if word := t.placeWord(rest); word != "" {
			k.write(t.place[word])
			rest = rest[len(word):]
			continue
		}
		r, size := utf8.DecodeRuneInString(rest)
		k.rune(r, plainReading)
		rest = rest[size:]
	}
	return k.String()
}

// placeWord returns the longest word of the place table at the start of s.
func (t *readings) placeWord(s string) string {
	ends := make([]int, 0, 8)
	for i := range s {
		if i > 0 {
			ends = append(ends, i)
		}
		if len(ends) == t.longest {
			break
		}
	}
	if len(ends) < t.longest {
		ends = append(ends, len(s))
	}
	for i := len(ends) - 1; i >= 0; i-- {
		if _, ok := t.place[s[:ends[i]]]; ok {
			return s[:ends[i]]
		}
	}
	return ""
}

// PinyinInitials returns the first letter of each syllable of Pinyin: 张三丰 zsf.
func PinyinInitials(name string) string {
	var b strings.Builder
	for _, syllable := range strings.Fields(Pinyin(name)) {
		r, _ := utf8.DecodeRuneInString(syllable)
		b.WriteRune(r)
	}
	return b.String()
}

func isSeparator(r rune) bool { return r == MiddleDot }

// nameReading returns the syllable of a character in a given name.
func nameReading(r rune) string {
	if s, ok := tables().name[r]; ok {
		return s
	}
	return plainReading(r)
}

// plainReading is the first reading of the general table, "" if there is none.
func plainReading(r rune) string {
	s, ok := pinyin.PinyinDict[int(r)]
	if !ok {
		return ""
	}
	first, _, _ := strings.Cut(s, ",")
	return stripTone(first)
}

// stripTone removes tone marks and writes ü as v.
func stripTone(s string) string {
	return strings.Map(func(r rune) rune {
		if plain, ok := toneless[r]; ok {
			return plain
		}
		if unicode.Is(unicode.Mn, r) {
			return -1 // m̀, ê̄ and the like are written with combining marks
		}
		return r
	}, s)
}

var toneless = func() map[rune]rune {
	m := map[rune]rune{}
	for _, row := range []string{"aāáǎà", "eēéěèê", "iīíǐì", "oōóǒò", "uūúǔù", "vüǖǘǚǜ", "nńňǹ", "mḿ"} {
		runes := []rune(row)
		for _, r := range runes[1:] {
			m[r] = runes[0]
		}
	}
	return m
}()

// keyWriter joins syllables by one blank; characters without reading that follow
// each other stay together.
type keyWriter struct {
	b     strings.Builder
	state int // 0 at a divider, 1 after a syllable, 2 after plain characters
}

func (k *keyWriter) String() string { return strings.TrimRight(k.b.String(), " ") }

// write puts ready syllables.
func (k *keyWriter) write(syllables string) {
	if syllables == "" {
		return
	}
	k.gap(1)
	k.b.WriteString(syllables)
}

// rune puts one character by its reading, or itself.
func (k *keyWriter) rune(r rune, reading func(rune) string) {
	if r == MiddleDot || unicode.IsSpace(r) {
		k.state = 0
		return
	}
	if s := reading(r); s != "" {
		k.write(s)
		return
	}
	k.gap(2)
	k.b.WriteRune(r)
}

// gap puts the blank before a syllable or before plain characters.
func (k *keyWriter) gap(next int) {
	if k.b.Len() > 0 && (next == 1 || k.state != 2) {
		k.b.WriteByte(' ')
	}
	k.state = next
}
