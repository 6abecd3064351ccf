package citizen

import (
	"encoding/csv"
	"errors"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// checkingDay is the checking date of the vectors.
var checkingDay = MustDate("2005-09-01")

// readTable reads a table of test data without its header.
func readTable(t testing.TB, name string) [][]string {
	t.Helper()
	f, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

// anyNumber draws a number of a division in the tables.
func anyNumber() *rapid.Generator[Number] {
	codes := rapid.SampledFrom([]Division{"220102", "220181", "110105", "440524", "222403", "000000", "999999"})
	return rapid.Custom(func(t *rapid.T) Number {
		n, err := NewNumber(codes.Draw(t, "division"), anyDate().Draw(t, "birth"), rapid.IntRange(1, 999).Draw(t, "sequence"))
		if err != nil {
			t.Fatal(err)
		}
		return n
	})
}

// isoCheck is the recursion of ISO 7064 MOD 11-2.
func isoCheck(s string) byte {
	p := 0
	for _, c := range []byte(s) {
		p = (p + int(c-'0')) * 2 % 11
	}
	return checkDigit((12 - p) % 11)
}

// polynomialCheck sums the digits by powers of two, the check place counting 1.
func polynomialCheck(s string) byte {
	sum := 0
	for i, c := range []byte(s) {
		sum += int(c-'0') << (17 - i)
	}
	return checkDigit(((1-sum)%11 + 11) % 11)
}

// base13Check reads the digits in base 13: 13 is 2 modulo 11.
func base13Check(s string) byte {
	v := 0
	for _, c := range []byte(s) {
		v = (v*13 + int(c-'0')) % 11
	}
	return checkDigit(((1-2*v)%11 + 11) % 11)
}

func checkDigit(n int) byte { return "0123456789X"[n] }

func TestGB11643_CheckCharacter(t *testing.T) {
	for in, want := range map[string]byte{
		"11010519491231002": 'X', // the standard's first example
		"44052418800101001": '4', // the standard's second example
		"22010219550607941": '7',
		"22010619710816971": '0',
		"22010619710816976": '1',
	} {
		if got, err := CheckCharacter(in); err != nil || got != want {
			t.Errorf("CheckCharacter(%s) = %c, %v; want %c", in, got, err, want)
		}
	}
	for _, in := range []string{"", "1101051949123100", "110105194912310022", "1101051949123100X", "１1010519491231002"} {
		if _, err := CheckCharacter(in); err == nil {
			t.Errorf("CheckCharacter(%q) was accepted", in)
		}
	}
}

func TestGB11643_CheckComputationsAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`[0-9]{17}`).Draw(t, "digits")
		got, err := CheckCharacter(s)
		if err != nil {
			t.Fatal(err)
		}
		if got != isoCheck(s) || got != polynomialCheck(s) || got != base13Check(s) {
			t.Fatalf("%s: weights %c, recursion %c, powers of two %c, base 13 %c",
				s, got, isoCheck(s), polynomialCheck(s), base13Check(s))
		}
	})
}

func TestGB11643_SingleErrorIsCaught(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := []byte(anyNumber().Draw(t, "number"))
		i := rapid.IntRange(0, 16).Draw(t, "place")
		b[i] = '0' + (b[i]-'0'+byte(rapid.IntRange(1, 9).Draw(t, "difference")))%10
		if _, err := ParseNumber(string(b)); !errors.Is(err, &NumberError{Class: ClassBadCheck}) {
			t.Fatalf("%s with place %d changed: %v", b, i+1, err)
		}
	})
}

func TestGB11643_ExchangeOfNeighboursIsCaught(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := []byte(anyNumber().Draw(t, "number"))
		i := rapid.IntRange(0, 15).Draw(t, "place")
		if b[i] == b[i+1] {
			return
		}
		b[i], b[i+1] = b[i+1], b[i]
		if _, err := ParseNumber(string(b)); !errors.Is(err, &NumberError{Class: ClassBadCheck}) {
			t.Fatalf("%s with places %d and %d exchanged: %v", b, i+1, i+2, err)
		}
	})
}

func TestGB11643_PartsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := anyNumber().Draw(t, "number")
		again, err := NewNumber(n.Division(), n.Birth(), n.Sequence())
		if err != nil || again != n {
			t.Fatalf("%s taken apart and put together: %s, %v", n, again, err)
		}
		if parsed, err := ParseNumber(" " + strings.ToLower(string(n)) + "\u3000"); err != nil || parsed != n {
			t.Fatalf("ParseNumber: %s, %v", parsed, err)
		}
		if odd := n.Sequence()%2 == 1; odd != (n.Sex() == Male) || odd == (n.Sex() == Female) {
			t.Fatalf("%s: sequence %d, sex %s", n, n.Sequence(), n.Sex())
		}
		if strings.ReplaceAll(n.Grouped(), " ", "") != n.String() || len(n.Grouped()) != 20 {
			t.Fatalf("grouped %q", n.Grouped())
		}
	})
}

func TestGB11643_NewNumberRefuses(t *testing.T) {
	birth := MustDate("1955-06-07")
	for name, call := range map[string]func() (Number, error){
		"sequence 000":           func() (Number, error) { return NewNumber("220102", birth, 0) },
		"sequence 1000":          func() (Number, error) { return NewNumber("220102", birth, 1000) },
		"division of five":       func() (Number, error) { return NewNumber("22010", birth, 1) },
		"division with a letter": func() (Number, error) { return NewNumber("22010A", birth, 1) },
		"no birth date":          func() (Number, error) { return NewNumber("220102", Date{}, 1) },
	} {
		if n, err := call(); err == nil || n != "" {
			t.Errorf("%s: %q, %v", name, n, err)
		}
	}
}

func TestGroupedAndMasked(t *testing.T) {
	n := Number("220102195506079417")
	if got := n.Grouped(); got != "220102 19550607 9417" {
		t.Errorf("Grouped = %q", got)
	}
	if got := n.Masked(); got != "2201021955********" {
		t.Errorf("Masked = %q", got)
	}
}

func TestNoNumberHasNoParts(t *testing.T) {
	for _, n := range []Number{"", "2201", "220102195513079634"} {
		if !n.Birth().IsZero() {
			t.Errorf("%q has the birth date %v", n, n.Birth())
		}
	}
	n := Number("")
	if n.Division() != "" || n.Sequence() != -1 || n.Sex() != SexUnknown || n.Grouped() != "" || n.Masked() != "" {
		t.Error("no number has parts")
	}
}

func TestNumberErrorHoldsNoNumber(t *testing.T) {
	_, err := ParseNumber("220102195506079410")
	var ne *NumberError
	if !errors.As(err, &ne) || ne.Class != ClassBadCheck || ne.Text.IsZero() {
		t.Fatalf("error %v", err)
	}
	if strings.Contains(err.Error(), "2201") || strings.Contains(ne.Text.ZH, "2201") {
		t.Error("the refusal repeats the number")
	}
	if errors.Is(err, &NumberError{Class: ClassBadDate}) {
		t.Error("classes are confused")
	}
}

func TestNumberVectors(t *testing.T) {
	rows := readTable(t, "vectors.csv")
	if len(rows) != 66 {
		t.Fatalf("%d vectors, want 66", len(rows))
	}
	for _, r := range rows {
		t.Run(r[0]+" "+r[2], func(t *testing.T) { checkVector(t, r) })
	}
}

func checkVector(t *testing.T, r []string) {
	in, class, action, notes := r[1], Class(r[2]), Action(r[3]), r[4]
	ctx := NumberContext{On: checkingDay, Sex: Sex(r[5])}
	if err := ctx.Birth.UnmarshalText([]byte(r[6])); err != nil {
		t.Fatal(err)
	}
	got := CheckNumber(in, ctx)
	if got.Class != class || got.Action() != action || got.Valid != (action != Refuse) {
		t.Errorf("%q: class %s, action %s, valid %v; want %s, %s\n%+v", in, got.Class, got.Action(), got.Valid, class, action, got.Findings)
	}
	var have []string
	for _, f := range got.Findings {
		if strings.HasPrefix(string(f.Class), "N") {
			have = append(have, string(f.Class))
		}
		if f.Text.ZH == "" || f.Text.EN == "" || f.Source == "" {
			t.Errorf("finding without words or source: %+v", f)
		}
	}
	if strings.Join(have, " ") != notes {
		t.Errorf("%q: notes %v, want %q", in, have, notes)
	}
	_, err := ParseNumber(in)
	if formal := strings.HasPrefix(string(class), "bad-"); (err != nil) != formal {
		t.Errorf("ParseNumber(%q): %v", in, err)
	}
	if got.Valid && Number(got.Normalised).Birth() != got.Birth {
		t.Errorf("%q: normalised %q, birth %v", in, got.Normalised, got.Birth)
	}
}

func TestNumberVectorsOnIssue(t *testing.T) {
	for _, r := range readTable(t, "vectors.csv") {
		want := Action(r[3])
		if Class(r[2]) == ClassDivisionLevel {
			want = Refuse
		}
		ctx := NumberContext{On: checkingDay, Sex: Sex(r[5]), Issuing: true}
		if r[6] != "" {
			ctx.Birth = MustDate(r[6])
		}
		if got := CheckNumber(r[1], ctx); got.Class != Class(r[2]) || got.Action() != want {
			t.Errorf("%s on issue: %s %s, want %s %s", r[0], got.Class, got.Action(), r[2], want)
		}
	}
}

func TestCheckNumberNames(t *testing.T) {
	for _, tc := range []struct{ number, then, now string }{
		{"220105198201019440", "吉林省长春市二道河子区", "吉林省长春市二道区"},
		{"220111198503109465", "吉林省长春市郊区", ""},
		{"11010519491231002X", "北京市朝阳区", "北京市朝阳区"},
		{"220182194010109560", "吉林省长春市榆树市", "吉林省长春市榆树市"},
		{"22900519900909953X", "吉林省九台市", ""},
		{"220101198704019623", "吉林省长春市", "吉林省长春市"},
	} {
		got := CheckNumber(tc.number, NumberContext{On: checkingDay})
		if got.DivisionName != tc.then || got.DivisionNow != tc.now {
			t.Errorf("%s: %q and %q, want %q and %q", tc.number, got.DivisionName, got.DivisionNow, tc.then, tc.now)
		}
	}
}

func TestCheckNumberGoesOnAfterARefusal(t *testing.T) {
	got := CheckNumber("990102195513079630", NumberContext{On: checkingDay})
	var classes []Class
	for _, f := range got.Findings {
		classes = append(classes, f.Class)
	}
	if len(classes) != 3 || classes[0] != ClassBadCheck || classes[1] != ClassBadDate || classes[2] != ClassUnknownDivision {
		t.Errorf("findings %v", classes)
	}
	if got.Class != ClassBadCheck || got.Valid {
		t.Errorf("class %s, valid %v", got.Class, got.Valid)
	}
}

func TestCheckNumberLengthMessages(t *testing.T) {
	for in, word := range map[string]string{
		"":                     "未填",
		"220102550607941":      "15位旧号码",
		"220102 19550607 9417": "空格",
		"22010219550607941":    "17位",
	} {
		got := CheckNumber(in, NumberContext{On: checkingDay})
		if got.Class != ClassBadLength || !strings.Contains(got.Findings[0].Text.ZH, word) || got.Normalised != "" {
			t.Errorf("%q: %+v", in, got)
		}
	}
}

func TestGBT2260_DisputedDivisionIsNeverRefused(t *testing.T) {
	// 232702 stands among the disagreements alone; 232701 began in the main table
	// in 2018 under another name.
	for div, name := range map[Division]string{"232702": "松岭区", "232701": "加格达奇区"} {
		n, err := NewNumber(div, MustDate("1990-05-06"), 951)
		if err != nil {
			t.Fatal(err)
		}
		if div.KnownOn(checkingDay) || !div.Disputed() {
			t.Fatalf("%s is not disputed", div)
		}
		got := CheckNumber(string(n), NumberContext{On: checkingDay})
		if got.Class != ClassUnknownDivision || got.Action() != Warn || !got.Valid {
			t.Errorf("%s: %s %s", n, got.Class, got.Action())
		}
		if want := "黑龙江省大兴安岭地区" + name; got.DivisionName != want {
			t.Errorf("%s: %q, want %q", n, got.DivisionName, want)
		}
	}
}

func TestGBT2260_CityCodesOf1988To1995(t *testing.T) {
	for _, div := range []Division{"229005", "220181"} {
		n, _ := NewNumber(div, MustDate("1990-05-06"), 951)
		if got := CheckNumber(string(n), NumberContext{On: MustDate("1992-01-01")}); !got.Valid {
			t.Errorf("%s in 1992 was refused: %+v", n, got.Findings)
		}
	}
}

func TestTrap_DivisionIsNotHeldAgainstTheBirthYear(t *testing.T) {
	// Numbers were first given in the 1980s: a code of 1995 fits a birth of 1940,
	// a code that ended in 1983 fits nobody.
	newer, _ := NewNumber("220182", MustDate("1940-10-10"), 956)
	if got := CheckNumber(string(newer), NumberContext{On: checkingDay}); got.Class != ClassValid {
		t.Errorf("%s: %s", newer, got.Class)
	}
	gone, _ := NewNumber("220120", MustDate("1940-10-10"), 956)
	if got := CheckNumber(string(gone), NumberContext{On: checkingDay}); got.Class != ClassDivisionPeriod {
		t.Errorf("%s: %s", gone, got.Class)
	}
}

func TestCheckNumberWithoutADate(t *testing.T) {
	got := CheckNumber("220184198501019683", NumberContext{})
	if !got.Valid || got.Class != ClassValid {
		t.Errorf("without a checking date every listed code is known: %+v", got)
	}
}

func TestCheckNumberAgreesWithParseNumber(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringMatching(`[0-9]{17}[0-9X]`),
			rapid.Custom(func(t *rapid.T) string { return string(anyNumber().Draw(t, "n")) })).Draw(t, "text")
		n, err := ParseNumber(s)
		got := CheckNumber(s, NumberContext{On: MustDate("9999-12-31")})
		if err == nil && got.Normalised != string(n) {
			t.Fatalf("%q: %q and %q", s, got.Normalised, n)
		}
		if err != nil && got.Valid {
			t.Fatalf("%q is valid, but %v", s, err)
		}
	})
}

func TestClassesAreDistinct(t *testing.T) {
	seen := map[Class]bool{}
	for _, c := range Classes() {
		if seen[c] || c == "" {
			t.Errorf("class %q twice or empty", c)
		}
		seen[c] = true
	}
	for _, r := range readTable(t, "vectors.csv") {
		if !seen[Class(r[2])] {
			t.Errorf("class %s of the vectors is not listed", r[2])
		}
	}
}

func FuzzParseNumber(f *testing.F) {
	for _, r := range readTable(f, "vectors.csv") {
		f.Add(r[1])
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := ParseNumber(s)
		if err != nil {
			var ne *NumberError
			if n != "" || !errors.As(err, &ne) || ne.Text.IsZero() {
				t.Fatalf("ParseNumber(%q) = %q, %v", s, n, err)
			}
			return
		}
		if again, err := ParseNumber(string(n)); err != nil || again != n {
			t.Fatalf("%q does not parse again: %q, %v", n, again, err)
		}
		if len(n) != 18 || n.Birth().IsZero() || isoCheck(string(n[:17])) != n[17] {
			t.Fatalf("ParseNumber(%q) = %q", s, n)
		}
	})
}

func BenchmarkCheckNumber(b *testing.B) {
	ctx := NumberContext{On: checkingDay, Sex: Male, Birth: MustDate("1955-06-07")}
	CheckNumber("220102195506079417", ctx)
	b.ReportAllocs()
	for b.Loop() {
		CheckNumber("220102195506079417", ctx)
	}
}

func BenchmarkParseNumber(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseNumber("220102195506079417"); err != nil {
			b.Fatal(err)
		}
	}
}
