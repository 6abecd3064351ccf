package hanzi

import "strings"

// mergeAll gives each syllable the lowest number of those that are heard as it; index 0 stays 0.
func mergeAll(syllables []string) []uint16 {
	merged := make([]uint16, len(syllables)+1)
	lowest := map[string]uint16{}
	for i, s := range syllables {
		key := merge(s)
		if lowest[key] == 0 {
			lowest[key] = uint16(i + 1)
		}
		merged[i+1] = lowest[key]
	}
	return merged
}

// merge writes a syllable so that those that are mistaken for each other in speech become equal: 平舌 and 翘舌 (z zh, c ch, s sh), 前鼻 and 后鼻 (an ang, en eng,
// in ing), l and n, f and h before u (fu hu, fei hui, fan huan).
func merge(s string) string {
	switch {
	case strings.HasPrefix(s, "zh"), strings.HasPrefix(s, "ch"), strings.HasPrefix(s, "sh"):
		s = s[:1] + s[2:]
	case strings.HasPrefix(s, "n") && len(s) > 1 && s != "ng":
		s = "l" + s[1:]
	case s == "hu":
		s = "fu"
	case s == "hui":
		s = "fei"
	case s == "hun":
		s = "fen"
	case strings.HasPrefix(s, "hu"):
		s = "f" + s[2:]
	}
	for _, nasal := range []string{"ang", "eng", "ing"} {
		if strings.HasSuffix(s, nasal) {
			return s[:len(s)-1]
		}
	}
	return s
}
