package personfile

import (
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// The tables of golang.org/x/text give about 2,070 two-byte codes of GB 18030 as
// U+FFFD without an error: the three user-defined zones and the codes that
// GB 18030-2000 left to the private use area. This file fills them in, so that
// the one-, two- and four-byte codes and Unicode correspond one to one, as the
// edition of 2000 lays down:
//
//	zone 1  AAA1-AFFE                  U+E000-U+E233
//	zone 2  F8A1-FEFE                  U+E234-U+E4C5
//	zone 3  A140-A7A0, not xx7F        U+E4C6-U+E765
//	gaps    174 codes of gbGaps        in U+E766-U+E864
const (
	gbTwoByteCodes  = 126 * 190 // lead 81-FE, trail 40-7E and 80-FE
	gbFourByteCodes = 39420     // 81308130-8431A439, the rest of the basic plane
	gbPlanesFirst   = 189000    // linear index of 90308130, U+10000
	gbPlanesCodes   = 0x100000  // U+10000-U+10FFFF
)

// gbGaps are runs {first code, length, first rune} of two-byte codes outside the
// user-defined zones that GB 18030-2000 maps to the private use area.
var gbGaps = [...][3]int{
	{0xA2AB, 6, 0xE766}, {0xA2E4, 1, 0xE76D}, {0xA2EF, 2, 0xE76E}, {0xA2FD, 2, 0xE770},
	{0xA4F4, 11, 0xE772}, {0xA5F7, 8, 0xE77D}, {0xA6B9, 8, 0xE785}, {0xA6D9, 7, 0xE78D},
	{0xA6EC, 2, 0xE794}, {0xA6F3, 1, 0xE796}, {0xA6F6, 9, 0xE797}, {0xA7C2, 15, 0xE7A0},
	{0xA7F2, 13, 0xE7AF}, {0xA896, 11, 0xE7BC}, {0xA8BC, 1, 0xE7C7}, {0xA8C1, 4, 0xE7C9},
	{0xA8EA, 21, 0xE7CD}, {0xA958, 1, 0xE7E2}, {0xA95B, 1, 0xE7E3}, {0xA95D, 3, 0xE7E4},
	{0xA997, 13, 0xE7F4}, {0xA9F0, 15, 0xE801}, {0xD7FA, 5, 0xE810}, {0xFE51, 3, 0xE816},
	{0xFE59, 1, 0xE81E}, {0xFE61, 1, 0xE826}, {0xFE66, 2, 0xE82B}, {0xFE6C, 2, 0xE831},
	{0xFE76, 1, 0xE83B}, {0xFE7E, 1, 0xE843}, {0xFE90, 2, 0xE854}, {0xFEA0, 1, 0xE864},
}

// gbTable holds both directions for the basic plane.
type gbTable struct {
	two  [gbTwoByteCodes]uint16  // rune of a two-byte code
	four [gbFourByteCodes]uint16 // rune of a four-byte code
	back [0x10000]uint32         // code of a rune: two bytes, or 1<<31 | linear four-byte index
}

const gbFourFlag = 1 << 31

var gb18030 = sync.OnceValue(buildGB18030)

func buildGB18030() *gbTable {
	t := new(gbTable)
	fillFromText(t.two[:], func(i int) []byte { return twoBytes(i) })
	fillFromText(t.four[:], func(i int) []byte { return fourBytes(i) })
	t.fillZones()
	for i, r := range t.four {
		t.back[r] = gbFourFlag | uint32(i)
	}
	for i, r := range t.two {
		b := twoBytes(i)
		t.back[r] = uint32(b[0])<<8 | uint32(b[1])
	}
	return t
}

// fillFromText decodes all codes at once with golang.org/x/text.
func fillFromText(out []uint16, code func(int) []byte) {
	var src []byte
	for i := range out {
		src = append(src, code(i)...)
	}
	dec, err := simplifiedchinese.GB18030.NewDecoder().Bytes(src)
	if err != nil || utf8.RuneCount(dec) != len(out) {
		panic("personfile: GB 18030 table of golang.org/x/text has changed")
	}
	for i := range out {
		r, n := utf8.DecodeRune(dec)
		out[i], dec = uint16(r), dec[n:]
	}
}

func (t *gbTable) fillZones() {
	zone := func(lead1, lead2, trail1, trail2 byte, r uint16) {
		for a := lead1; a <= lead2; a++ {
			for b := int(trail1); b <= int(trail2); b++ {
				if b != 0x7F {
					t.two[twoByteIndex(a, byte(b))] = r
					r++
				}
			}
		}
	}
	zone(0xAA, 0xAF, 0xA1, 0xFE, 0xE000)
	zone(0xF8, 0xFE, 0xA1, 0xFE, 0xE234)
	zone(0xA1, 0xA7, 0x40, 0xA0, 0xE4C6)
	for _, g := range gbGaps {
		for i := range g[1] {
			c := g[0] + i
			t.two[twoByteIndex(byte(c>>8), byte(c))] = uint16(g[2] + i)
		}
	}
}

func twoByteIndex(lead, trail byte) int {
	i := int(lead-0x81)*190 + int(trail) - 0x40
	if trail > 0x7F {
		i--
	}
	return i
}

func twoBytes(i int) []byte {
	lead, trail := i/190+0x81, i%190+0x40
	if trail >= 0x7F {
		trail++
	}
	return []byte{byte(lead), byte(trail)}
}

func fourBytes(i int) []byte {
	return []byte{byte(0x81 + i/12600), byte(0x30 + i/1260%10), byte(0x81 + i/10%126), byte(0x30 + i%10)}
}

// CodingError says which bytes, or which character, a character set does not have.
type CodingError struct {
	Offset int    // of the first wrong byte, from 0, in the text given
	Bytes  []byte // the wrong bytes, one to four
}

// Error names the offset and the bytes in hexadecimal.
func (e *CodingError) Error() string {
	return fmt.Sprintf("undecodable bytes %s at offset %d", e.Hex(), e.Offset)
}

// Hex returns the wrong bytes as upper-case hexadecimal.
func (e *CodingError) Hex() string { return strings.ToUpper(hex.EncodeToString(e.Bytes)) }

// DecodeGB18030 appends src, read as GB 18030 (of which GBK and GB 2312 are
// parts), to dst as UTF-8. The codes of the user-defined zones become the private
// use characters that GB 18030-2000 assigns. The error is a *CodingError: for 80
// and FF, for a lead byte without its trail, and for four-byte codes that stand
// for no character; dst then holds what was read before it.
func DecodeGB18030(dst, src []byte) ([]byte, error) {
	t := gb18030()
	for i := 0; i < len(src); {
		c := src[i]
		if c < utf8.RuneSelf {
			dst = append(dst, c)
			i++
			continue
		}
		r, n := t.decode(src[i:])
		if r < 0 {
			return dst, &CodingError{Offset: i, Bytes: append([]byte(nil), src[i:i+n]...)}
		}
		dst = utf8.AppendRune(dst, r)
		i += n
	}
	return dst, nil
}

// decode reads one character of two or four bytes; a negative rune is an error
// and n then counts the bytes to blame.
func (t *gbTable) decode(b []byte) (r rune, n int) {
	if b[0] == 0x80 || b[0] == 0xFF || len(b) < 2 {
		return -1, 1
	}
	switch c := b[1]; {
	case c >= 0x40 && c != 0x7F && c != 0xFF:
		return rune(t.two[twoByteIndex(b[0], c)]), 2
	case c >= '0' && c <= '9':
		return t.decodeFour(b)
	}
	return -1, 1
}

func (t *gbTable) decodeFour(b []byte) (r rune, n int) {
	if len(b) < 4 || b[2] < 0x81 || b[2] == 0xFF || b[3] < '0' || b[3] > '9' {
		return -1, 1
	}
	i := int(b[0]-0x81)*12600 + int(b[1]-0x30)*1260 + int(b[2]-0x81)*10 + int(b[3]-0x30)
	switch {
	case i < gbFourByteCodes:
		return rune(t.four[i]), 4
	case i >= gbPlanesFirst && i < gbPlanesFirst+gbPlanesCodes:
		return rune(0x10000 + i - gbPlanesFirst), 4
	}
	return -1, 4
}

// EncodeGB18030 appends s to dst as GB 18030, the inverse of DecodeGB18030. Every
// Unicode character has a code; the error, a *CodingError, is for text that is
// not UTF-8.
func EncodeGB18030(dst []byte, s string) ([]byte, error) {
	t := gb18030()
	for i, r := range s {
		switch {
		case r < utf8.RuneSelf:
			dst = append(dst, byte(r))
		case r >= 0x10000:
			dst = append(dst, fourBytes(gbPlanesFirst+int(r)-0x10000)...)
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD"):
			return dst, &CodingError{Offset: i, Bytes: []byte{s[i]}}
		default:
			dst = t.append(dst, r)
		}
	}
	return dst, nil
}

func (t *gbTable) append(dst []byte, r rune) []byte {
	c := t.back[r]
	if c&gbFourFlag != 0 {
		return append(dst, fourBytes(int(c&^gbFourFlag))...)
	}
	return append(dst, byte(c>>8), byte(c))
}

// beyondGBK returns the first character of s that takes four bytes, which a program
// made for GBK cannot show; 0 if there is none.
func beyondGBK(s string) rune {
	t := gb18030()
	for _, r := range s {
		if r >= 0x10000 || r >= utf8.RuneSelf && t.back[r]&gbFourFlag != 0 {
			return r
		}
	}
	return 0
}

// decodeMarked is DecodeGB18030 for the error file: each undecodable byte becomes
// U+FFFD, which Reader refuses when the error file is read again.
func decodeMarked(src []byte, enc Encoding) string {
	if enc == UTF8 {
		return strings.ToValidUTF8(string(src), "\uFFFD")
	}
	var dst []byte
	for {
		var err error
		dst, err = DecodeGB18030(dst, src)
		bad, ok := err.(*CodingError)
		if !ok {
			return string(dst)
		}
		dst = append(dst, "\uFFFD"...)
		src = src[bad.Offset+len(bad.Bytes):]
	}
}

// isPrivate reports whether r is a private use character: what a character made
// locally (造字) becomes.
func isPrivate(r rune) bool {
	return r >= 0xE000 && r <= 0xF8FF || r >= 0xF0000 && r <= 0xFFFFD || r >= 0x100000 && r <= 0x10FFFD
}
