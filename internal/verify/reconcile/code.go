package reconcile

// Code is an agreement code: which of the five sources agree on an item. Its text has one digit a source, in their order: 0 is a source that has no such
// record or item; the first value is 1, each value not seen before the next digit (a restricted-growth string). There are 203 codes.
type Code uint8

// CodeCount is the number of agreement codes.
const CodeCount = 203

// codeTexts are the codes in the order of their texts; codeIndex finds one by its digits, base 6.
var codeTexts, codeIndex = func() (texts [CodeCount]string, index [7776]Code) {
	n := 0
	var digits [SourceCount]byte
	var grow func(at int, most byte)
	grow = func(at int, most byte) {
		if at == int(SourceCount) {
			key := 0
			for i := range digits {
				key = key*6 + int(digits[i])
			}
			for i := range digits {
				digits[i] += '0'
			}
			texts[n], index[key] = string(digits[:]), Code(n)
			for i := range digits {
				digits[i] -= '0'
			}
			n++
			return
		}
		for d := byte(0); d <= most+1; d++ {
			digits[at] = d
			grow(at+1, max(most, d))
		}
	}
	grow(0, 0)
	return texts, index
}()

// String is the code's text, as 11021.
func (c Code) String() string {
	if int(c) >= CodeCount {
		return ""
	}
	return codeTexts[c]
}

// Group is the digit of a source: 0 absent, else the number of its value.
func (c Code) Group(s Source) int { return int(codeTexts[c][s] - '0') }

// Differs tells whether two of the sources differ.
func (c Code) Differs() bool { return differs[c] }

var differs = func() (d [CodeCount]bool) {
	for c, text := range codeTexts {
		for _, digit := range text {
			d[c] = d[c] || digit > '1'
		}
	}
	return d
}()

// CodeOf is the code of five values, of which those in present are there.
func CodeOf[V comparable](values *[SourceCount]V, present Sources) Code {
	key, most := 0, 0
	var group [SourceCount]int
	for s := range SourceCount {
		if present.Has(s) {
			for o := range s {
				if present.Has(o) && values[o] == values[s] {
					group[s] = group[o]
					break
				}
			}
			if group[s] == 0 {
				most++
				group[s] = most
			}
		}
		key = key*6 + group[s]
	}
	return codeIndex[key]
}

// agreed are the codes of sources that all agree, by the set of those that are there.
var agreed = func() (codes [AllSources + 1]Code) {
	var same [SourceCount]struct{}
	for m := range codes {
		codes[m] = CodeOf(&same, Sources(m))
	}
	return codes
}()
