package citizen

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// anyName draws texts of Han characters, separators and what files hold besides.
func anyName() *rapid.Generator[string] {
	runes := []rune("王李单曾欧阳司马建国秀英玥喆·•．。.・‧ 　A1\u3447\U00020164\uE000\uFEFF\u200B〇")
	return rapid.StringOfN(rapid.SampledFrom(runes), 0, 12, -1)
}

func TestMinZongFa2016_33_MiddleDot(t *testing.T) {
	for r := range dotLookAlikes {
		in := "买买提" + string(r) + "吐尔逊"
		got, issues := NormaliseName(in)
		if got != "买买提·吐尔逊" || len(issues) != 1 || issues[0].Class != NameMiddleDot || issues[0].At != 3 || issues[0].Action != Accept {
			t.Errorf("U+%04X: %q, %+v", r, got, issues)
		}
		if found := CheckName(in); len(found) != 1 || found[0].Class != NameMiddleDot || found[0].Action != Warn {
			t.Errorf("U+%04X: %+v", r, found)
		}
		for _, edge := range []string{string(r) + "买买提", "买买提" + string(r), "A" + string(r) + "买", "买" + string(r) + string(r) + "提"} {
			if got, issues := NormaliseName(edge); got != edge || len(issues) != 0 {
				t.Errorf("%q was changed to %q", edge, got)
			}
		}
	}
	if len(dotLookAlikes) != 11 {
		t.Errorf("%d look-alikes, want 11", len(dotLookAlikes))
	}
	if got, issues := NormaliseName("买买提·吐尔逊"); got != "买买提·吐尔逊" || issues != nil {
		t.Errorf("the right form was changed: %q, %+v", got, issues)
	}
}

func TestNormaliseNameTrims(t *testing.T) {
	got, issues := NormaliseName("\uFEFF 　王•建国 ")
	if got != "王·建国" || len(issues) != 2 || issues[0].Class != NameBlank || issues[1].At != 4 {
		t.Errorf("%q, %+v", got, issues)
	}
	for _, same := range []string{"王 建国", "王\tA", "", "Ａ王", "\U00020164·㑇"} {
		if got, issues := NormaliseName(same); got != same || len(issues) != 0 {
			t.Errorf("%q was changed to %q", same, got)
		}
	}
}

func TestNormaliseNameOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anyName().Draw(t, "name")
		got, issues := NormaliseName(s)
		if again, more := NormaliseName(got); again != got || len(more) != 0 {
			t.Fatalf("%q became %q and then %q, %+v", s, got, again, more)
		}
		if (got != s) != (len(issues) > 0) {
			t.Fatalf("%q became %q with %d reports", s, got, len(issues))
		}
	})
}

func TestCheckName(t *testing.T) {
	for _, tc := range []struct {
		name, in, class string
		action          Action
		at              int
	}{
		{"ordinary name", "王建国", "", "", 0},
		{"name with a separator", "买买提·吐尔逊", "", "", 0},
		{"〇, inside GBK only", "王〇", NameRare, Note, 1},
		{"locally made character", "王\uE000", NamePrivateUse, Refuse, 1},
		{"private plane 15", "王\U000F0000", NamePrivateUse, Refuse, 1},
		{"private plane 16", "\U00100000王", NamePrivateUse, Refuse, 0},
		{"outside GB 2312, inside GBK", "王玥", NameRare, Note, 1},
		{"traditional form", "張三", NameRare, Note, 0},
		{"extension A", "王\u3447", NameRare, Warn, 1},
		{"extension B", "王\U00020164", NameOutsideBMP, Warn, 1},
		{"blank inside", "王 建国", NameBlank, Warn, 1},
		{"ideographic blank", "王　建国", NameBlank, Warn, 1},
		{"empty", "", NameBlank, Refuse, 0},
		{"only blanks", " 　", NameBlank, Refuse, 0},
		{"byte order mark inside", "王\uFEFF建国", NameControl, Refuse, 1},
		{"mark without width", "王\u200B建国", NameControl, Refuse, 1},
		{"variation selector", "王\U000E0100", NameControl, Refuse, 1},
		{"noncharacter", "王\uFFFE", NameControl, Refuse, 1},
		{"control mark", "王\x00国", NameControl, Refuse, 1},
		{"lost character", "王\uFFFD", NameReplacement, Refuse, 1},
		{"broken UTF-8", "王\xff", NameReplacement, Refuse, 1},
		{"letter", "王A", NameNotHan, Warn, 1},
		{"digit", "王2", NameNotHan, Warn, 1},
		{"radical that looks like a character", "⽟玉", NameNotHan, Warn, 0},
		{"question mark in place of a character", "王?", NameNotHan, Warn, 1},
		{"separator at the end", "买买提·", NameMiddleDot, Warn, 3},
		{"too long", strings.Repeat("买", 16), NameTooLong, Warn, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			issues := CheckName(tc.in)
			if tc.class == "" {
				if len(issues) != 0 {
					t.Errorf("%q: %+v", tc.in, issues)
				}
				return
			}
			if len(issues) != 1 || issues[0].Class != tc.class || issues[0].Action != tc.action || issues[0].At != tc.at {
				t.Fatalf("%q: %+v; want %s %s at %d", tc.in, issues, tc.class, tc.action, tc.at)
			}
			if issues[0].Text.ZH == "" || issues[0].Text.EN == "" {
				t.Error("no words for the clerk")
			}
		})
	}
}

func TestFitsCard(t *testing.T) {
	for _, tc := range []struct {
		in    string
		units int
		want  bool
	}{
		{strings.Repeat("买", 15), CardNameUnits, true},
		{strings.Repeat("买", 16), CardNameUnits, false},
		{strings.Repeat("\U00020164", 7), CardNameUnits, true},
		{strings.Repeat("\U00020164", 8), CardNameUnits, false}, // sixteen units
		{strings.Repeat("长", 35), CardAddressUnits, true},
		{"", 0, true},
	} {
		if got := FitsCard(tc.in, tc.units); got != tc.want {
			t.Errorf("%q in %d units: %v", tc.in, tc.units, got)
		}
	}
}

func TestGB2312_Repertoire(t *testing.T) {
	in2312, inGBK := 0, 0
	for r := rune(0x4E00); r <= 0x9FFF; r++ {
		if common().gb2312(r) {
			in2312++
		}
		if common().gbk(r) {
			inGBK++
		}
	}
	if in2312 != 6763 || inGBK != 20902 {
		t.Errorf("GB 2312 holds %d, GBK %d; want 6763 and 20902", in2312, inGBK)
	}
}

func TestRareCharactersOfThePopulationData(t *testing.T) {
	for _, r := range readTable(t, "rare_chars.csv") {
		c, _ := utf8.DecodeRuneInString(r[0])
		if !RareCharacter(c) {
			t.Errorf("%s (%s) is not told to be rare", r[0], r[1])
		}
		if got, want := Pinyin("王"+r[0]), "wang "+stripTone(r[2]); got != want {
			t.Errorf("王%s (%s): %q, want %q", r[0], r[1], got, want)
		}
	}
	for _, c := range "王建国A·" {
		if RareCharacter(c) {
			t.Errorf("%c is told to be rare", c)
		}
	}
}

func FuzzNormaliseName(f *testing.F) {
	for _, s := range []string{"王建国", "买买提•吐尔逊", " 王 ", "买.买", "\xff王", "\uE000", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, issues := NormaliseName(s)
		if (got != s) != (len(issues) > 0) {
			t.Fatalf("%q became %q with %d reports", s, got, len(issues))
		}
		if utf8.ValidString(s) {
			if again, _ := NormaliseName(got); again != got {
				t.Fatalf("%q became %q and then %q", s, got, again)
			}
		}
		count := utf8.RuneCountInString(s)
		for _, i := range append(issues, CheckName(s)...) {
			if i.At < 0 || i.At > 0 && i.At >= count || i.Text.IsZero() {
				t.Fatalf("%q: %+v", s, i)
			}
		}
	})
}
