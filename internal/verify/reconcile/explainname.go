package reconcile

import (
	"slices"
	"strings"
	"unicode"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/linkage/hanzi"
)

func explainName(right, value string, former []string) string {
	a, b := fold(right), fold(value)
	switch {
	case dotted(a) == dotted(b), spaced(right, value):
		return "middle_dot"
	case standIn(a, b) || standIn(b, a):
		return "lost_character"
	}
	x, y := simple(a), simple(b)
	switch {
	case slices.Equal(x, y):
		return "variant"
	case slices.Contains(former, right) || slices.Contains(former, value):
		return "former_name"
	case len(x) == len(y):
		return sameLength(x, y)
	case len(x) == len(y)+1 && dropped(x, y), len(y) == len(x)+1 && dropped(y, x):
		return "name_dropped"
	}
	return contained(a, b)
}

// dotted unifies the separator's forms.
func dotted(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("•⋅・‧.．。･∙●․", r) {
			return citizen.MiddleDot
		}
		return r
	}, s)
}

// spaced tells whether a blank stands where the other has a separator.
func spaced(a, b string) bool {
	blank := func(s string) string {
		return strings.Map(func(r rune) rune {
			if unicode.IsSpace(r) {
				return citizen.MiddleDot
			}
			return r
		}, dotted(s))
	}
	return strings.ContainsRune(blank(a), citizen.MiddleDot) && blank(a) == blank(b)
}

// standIn tells whether a has a sign or Latin letters where b has a character, and is equal else.
func standIn(a, b string) bool {
	const signs = "?*□■○◇"
	start := strings.IndexFunc(a, func(r rune) bool { return strings.ContainsRune(signs, r) || r < 0x250 && unicode.IsLetter(r) })
	if start < 0 {
		return false
	}
	rest := strings.TrimLeftFunc(a[start:], func(r rune) bool {
		return strings.ContainsRune(signs, r) || r < 0x250 && (unicode.IsLetter(r) || r == '+')
	})
	return len(b) > start+len(rest) && strings.HasPrefix(b, a[:start]) && strings.HasSuffix(b, rest)
}

// reduced are characters that were written in a reduced form, as in the withdrawn scheme of 1977, and are now names of their own: no table of variants has them.
var reduced = func() map[rune]rune {
	pairs := make(map[rune]rune)
	for _, p := range strings.Fields("萧肖 傅付 阎闫 戴代 蓝兰 邱丘 於于 锺钟 乾干 囯国 崐昆 嵒岩") {
		r := []rune(p)
		pairs[r[0]] = r[1]
	}
	return pairs
}()

// simple folds traditional, variant and reduced characters.
func simple(s string) []rune {
	tables := hanzi.Load()
	runes := []rune(s)
	for i, r := range runes {
		runes[i] = tables.Fold(r)
		if to, ok := reduced[runes[i]]; ok {
			runes[i] = to
		}
	}
	return runes
}

// sameLength explains names of as many characters: by the weakest of what their characters have in common.
func sameLength(x, y []rune) string {
	if len(x) > 2 && x[0] == y[0] && slices.Equal(reversed(x[1:]), y[1:]) {
		return "name_order"
	}
	sound, nearly, shape := true, true, true
	tables := hanzi.Load()
	for i := range x {
		if x[i] == y[i] {
			continue
		}
		a, b := tables.ID(x[i]), tables.ID(y[i])
		known := tables.Pinyin(a) != 0 && tables.Pinyin(b) != 0
		sound = sound && (known && tables.Pinyin(a) == tables.Pinyin(b) || citizen.Pinyin(string(x[:i+1])) == citizen.Pinyin(string(y[:i+1])))
		nearly = nearly && (sound || known && tables.Merged(a) == tables.Merged(b))
		shape = shape && tables.Similar(a, b)
	}
	switch {
	case nearly && shape:
		return "sound_and_shape"
	case sound:
		return "homophone"
	case nearly:
		return "near_sound"
	case shape:
		return "look_alike"
	}
	return "other"
}

func reversed(runes []rune) []rune {
	runes = slices.Clone(runes)
	slices.Reverse(runes)
	return runes
}

// dropped tells whether short is long without one character.
func dropped(long, short []rune) bool {
	i := 0
	for i < len(short) && long[i] == short[i] {
		i++
	}
	return slices.Equal(long[i+1:], short[i:])
}
