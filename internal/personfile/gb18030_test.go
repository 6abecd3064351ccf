package personfile

import (
	"bytes"
	"errors"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

func decodeOne(t *testing.T, code []byte) rune {
	t.Helper()
	out, err := DecodeGB18030(nil, code)
	if err != nil || utf8.RuneCount(out) != 1 {
		t.Fatalf("decode %X: %q, %v", code, out, err)
	}
	r, _ := utf8.DecodeRune(out)
	return r
}

// TestZones walks every code of the three user-defined zones in the order in
// which the standard lists them.
func TestZones(t *testing.T) {
	zones := []struct {
		name                         string
		lead1, lead2, trail1, trail2 int
		first, last                  rune
	}{
		{"zone 1", 0xAA, 0xAF, 0xA1, 0xFE, 0xE000, 0xE233},
		{"zone 2", 0xF8, 0xFE, 0xA1, 0xFE, 0xE234, 0xE4C5},
		{"zone 3", 0xA1, 0xA7, 0x40, 0xA0, 0xE4C6, 0xE765},
	}
	for _, z := range zones {
		want := z.first
		for a := z.lead1; a <= z.lead2; a++ {
			for b := z.trail1; b <= z.trail2; b++ {
				if b == 0x7F {
					continue
				}
				code := []byte{byte(a), byte(b)}
				if got := decodeOne(t, code); got != want {
					t.Fatalf("%s: %X = %U, want %U", z.name, code, got, want)
				}
				if back := gb(t, string(want)); !bytes.Equal(back, code) {
					t.Fatalf("%s: %U = %X, want %X", z.name, want, back, code)
				}
				want++
			}
		}
		if want != z.last+1 {
			t.Errorf("%s ends at %U, want %U", z.name, want-1, z.last)
		}
	}
}

// TestEveryCode checks that codes and characters correspond one to one: all two-
// and four-byte codes of the basic plane, and all characters of all planes.
func TestEveryCode(t *testing.T) {
	seen := make(map[rune]bool)
	check := func(code []byte) {
		r := decodeOne(t, code)
		if seen[r] || r == utf8.RuneError && !bytes.Equal(code, []byte("\x84\x31\xA4\x37")) {
			t.Fatalf("%X gives %U, which another code gives too or which is none", code, r)
		}
		seen[r] = true
		if back := gb(t, string(r)); !bytes.Equal(back, code) {
			t.Fatalf("%X -> %U -> %X", code, r, back)
		}
	}
	for i := range gbTwoByteCodes {
		check(twoBytes(i))
	}
	for i := range gbFourByteCodes {
		check(fourBytes(i))
	}
	if want := 0x10000 - 0x80 - 0x800; len(seen) != want {
		t.Errorf("%d characters of the basic plane, want %d", len(seen), want)
	}
	for r := rune(0x10000); r <= 0x10FFFF; r += 0x101 {
		check(gb(t, string(r)))
	}
	check(gb(t, "\U0010FFFF"))
}

// TestLibraryAgrees checks that nothing else was changed against x/text.
func TestLibraryAgrees(t *testing.T) {
	changed := 0
	for i := range gbTwoByteCodes {
		code := twoBytes(i)
		lib, _ := simplifiedchinese.GB18030.NewDecoder().Bytes(code)
		r := decodeOne(t, code)
		if string(lib) == string(r) {
			continue
		}
		changed++
		if !isPrivate(r) {
			t.Errorf("%X = %U, x/text says %q", code, r, lib)
		}
	}
	// 564 + 658 + 672 codes of the zones and 174 gaps
	if changed != 2068 {
		t.Errorf("%d codes differ from x/text, want 2068", changed)
	}
}

func TestDecodeGB18030(t *testing.T) {
	good := []struct{ name, code, want string }{
		{"the middle dot of names is U+00B7", "\xA1\xA4", "·"},
		{"euro sign", "\xA2\xE3", "€"},
		{"GBK beyond GB 2312", "\x96\x44", "朌"},
		{"made locally, first of zone 1", "\xAA\xA1", "\uE000"},
		{"ideographic space has one code", "\xA1\xA1", "\u3000"},
		{"A3A0 is of zone 3, not a second space", "\xA3\xA0", "\uE5E5"},
		{"edition of 2000 for A8BC", "\xA8\xBC", "\uE7C7"},
		{"extension A in four bytes", "\x81\x39\xF4\x34", "㐷"},
		{"extension B in four bytes", "\x95\x32\x82\x36", "\U00020000"},
		{"last code point", "\xE3\x32\x9A\x35", "\U0010FFFF"},
		{"mixed with ASCII", "a\xC0\xEE,1", "a李,1"},
	}
	for _, c := range good {
		got, err := DecodeGB18030(nil, []byte(c.code))
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %X = %q, %v, want %q", c.name, c.code, got, err, c.want)
		}
	}
	bad := []struct {
		name, code string
		offset     int
		hex        string
	}{
		{"80 is no code", "ab\x80", 2, "80"},
		{"80 is no lead byte", "\x80ab", 0, "80"},
		{"FF is no code", "\xFFab", 0, "FF"},
		{"lone lead byte at the end", "\xC0\xEE\xC0", 2, "C0"},
		{"lead byte before a comma", "\xC0,", 0, "C0"},
		{"7F is no trail byte", "\xC0\x7F", 0, "C0"},
		{"FF is no trail byte", "\xC0\xFF", 0, "C0"},
		{"four bytes cut short", "\x81\x30\x81", 0, "81"},
		{"four bytes beyond the basic plane", "\x84\x31\xA5\x30", 0, "8431A530"},
		{"four bytes beyond Unicode", "\xE3\x32\x9A\x36", 0, "E3329A36"},
	}
	for _, c := range bad {
		_, err := DecodeGB18030(nil, []byte(c.code))
		var ce *CodingError
		if !errors.As(err, &ce) || ce.Offset != c.offset || ce.Hex() != c.hex {
			t.Errorf("%s: %v, want %s at %d", c.name, err, c.hex, c.offset)
		}
	}
}

func TestEncodeGB18030RefusesWrongUTF8(t *testing.T) {
	_, err := EncodeGB18030(nil, "李\xC0")
	var ce *CodingError
	if !errors.As(err, &ce) || ce.Offset != 3 || ce.Hex() != "C0" {
		t.Errorf("got %v", err)
	}
	if b, err := EncodeGB18030(nil, "\uFFFD"); err != nil || string(b) != "\x84\x31\xA4\x37" {
		t.Errorf("a true U+FFFD: %X, %v", b, err)
	}
}

func TestBeyondGBK(t *testing.T) {
	for s, want := range map[string]rune{"李明": 0, "\uE000": 0, "李㐷": '㐷', "\U00020000": 0x20000, "a·": 0} {
		if got := beyondGBK(s); got != want {
			t.Errorf("%q: %U, want %U", s, got, want)
		}
	}
}

func FuzzGB18030(f *testing.F) {
	for _, s := range []string{"a", "\xC0\xEE\xC3\xF7", "\xAA\xA1", "\x80", "\x81\x30\x81\x30", "\x95\x32\x82\x36", "\xA3\xA0\xFF"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := DecodeGB18030(nil, b)
		if !utf8.Valid(s) {
			t.Fatalf("%X gives text that is not UTF-8", b)
		}
		var ce *CodingError
		if errors.As(err, &ce) {
			if len(ce.Bytes) == 0 || !bytes.HasPrefix(b[ce.Offset:], ce.Bytes) {
				t.Fatalf("%X: wrong place %v", b, ce)
			}
			b = b[:ce.Offset]
		}
		back, err := EncodeGB18030(nil, string(s))
		if err != nil || !bytes.Equal(back, b) {
			t.Fatalf("%X -> %q -> %X, %v", b, s, back, err)
		}
		if utf8.Valid(b) {
			code, err := EncodeGB18030(nil, string(b))
			if err != nil {
				t.Fatal(err)
			}
			if again, err := DecodeGB18030(nil, code); err != nil || !bytes.Equal(again, b) {
				t.Fatalf("%q -> %X -> %q, %v", b, code, again, err)
			}
		}
	})
}
