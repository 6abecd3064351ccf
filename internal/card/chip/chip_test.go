package chip

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
	"pgregory.net/rapid"
)

// good is a record without any finding.
func good() Record {
	return Record{Name: "张三", Sex: "1", EthnicGroup: "01", Birth: "1955-06-07", Address: "吉林省长春市南关区人民大街1号",
		Number: "220102195506079417", Authority: "长春市公安局南关区分局", ValidFrom: "2005-09-01", ValidUntil: LongTerm}
}

func encode(t rapid.TB, r Record) []byte {
	t.Helper()
	raw, found := Encode(r, Context{})
	if raw == nil {
		t.Fatalf("%+v: %+v", r, found)
	}
	return raw
}

func codes(found []Finding) []string {
	out := []string{}
	for _, f := range found {
		out = append(out, f.Code)
	}
	return out
}

func TestGA490_TheRecordByteByByte(t *testing.T) {
	raw := encode(t, good())
	if len(raw) != 256 {
		t.Fatalf("%d bytes", len(raw))
	}
	for _, place := range []struct {
		at   int
		want string
	}{
		{0, "\x20\x5f\x09\x4e\x20\x00\x20\x00"}, // 张三, blanks
		{30, "1\x00"},                           // male
		{32, "0\x001\x00"},                      // Han
		{36, "1\x009\x005\x005\x000\x006\x000\x007\x00"},
		{52, "\x09\x54\x97\x67\x01\x77"}, // 吉林省
		{120, "\x20\x00"},                // the address is padded
		{122, "2\x002\x000\x001\x000\x002\x00"},
		{156, "7\x00"},
		{158, "\x7f\x95\x25\x66\x02\x5e"}, // 长春市
		{188, "2\x000\x000\x005\x000\x009\x000\x001\x00"},
		{204, "\x7f\x95\x1f\x67" + strings.Repeat(" \x00", 6)}, // 长期 and six blanks
		{220, strings.Repeat(" \x00", 18)},
	} {
		if got := string(raw[place.at : place.at+len(place.want)]); got != place.want {
			t.Errorf("at %d: % x, want % x", place.at, got, place.want)
		}
	}
}

// second reads a record from the table of the standard alone: it shares nothing with the code that it checks.
func second(raw []byte) map[string]string {
	get := func(offset, length int) string {
		text := ""
		for i := offset; i < offset+length; i += 2 {
			text += string(rune(int(raw[i]) + 256*int(raw[i+1])))
		}
		return strings.TrimRight(text, " ")
	}
	day := func(s string) string {
		if len(s) != 8 {
			return s
		}
		return s[0:4] + "-" + s[4:6] + "-" + s[6:8]
	}
	return map[string]string{"name": get(0, 30), "sex": get(30, 2), "ethnic_group": get(32, 4), "birth": day(get(36, 16)), "address": get(52, 70),
		"number": get(122, 36), "authority": get(158, 30), "valid_from": day(get(188, 16)), "valid_until": day(get(204, 16)), "reserved": get(220, 36)}
}

// anyRecord draws records that a card may have.
func anyRecord() *rapid.Generator[Record] {
	han := rapid.Custom(func(t *rapid.T) rune {
		if rapid.IntRange(0, 9).Draw(t, "extension") == 0 {
			return rapid.RuneFrom([]rune("㐂㒰㙍䶮〇")).Draw(t, "rare")
		}
		return rune(rapid.IntRange(0x4E00, 0x9FA5).Draw(t, "han"))
	})
	return rapid.Custom(func(t *rapid.T) Record {
		issued := citizen.MustDate("2004-01-01").AddDays(rapid.IntRange(0, 3000).Draw(t, "issued"))
		birth := issued.AddDays(-rapid.IntRange(0, 36500).Draw(t, "age"))
		sequence := rapid.IntRange(1, 999).Draw(t, "sequence")
		number, err := citizen.NewNumber("220102", birth, sequence)
		if err != nil {
			t.Fatal(err)
		}
		name := []rune(rapid.StringOfN(han, 1, 15, -1).Draw(t, "name"))
		if len(name) > 4 && rapid.Bool().Draw(t, "dot") {
			name[2] = '·'
		}
		address := rapid.StringOfN(rapid.OneOf(han, rapid.RuneFrom([]rune("0123456789ABCabc-#()、"))), 1, 35, -1).Draw(t, "address")
		r := Record{Name: string(name), Sex: string(number.Sex()), EthnicGroup: rapid.SampledFrom(citizen.EthnicGroups.All()).Draw(t, "group").Code,
			Birth: birth.String(), Address: address, Number: number.String(), Authority: "长春市公安局南关区分局", ValidFrom: issued.String()}
		r.ValidUntil, _ = Until(birth, issued)
		return r
	})
}

func TestWhatIsEncodedIsDecodedAlikeByTwoDecoders(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := anyRecord().Draw(t, "record")
		raw, found := Encode(r, Context{Authority: r.Authority})
		if raw == nil || len(raw) != Size {
			t.Fatalf("%+v", found)
		}
		back, found := Check(raw, Context{})
		if back != r || Failed(found) {
			t.Fatalf("got %+v, want %+v: %+v", back, r, found)
		}
		other := second(raw)
		if other["reserved"] != "" {
			t.Errorf("reserved: %q", other["reserved"])
		}
		for i, f := range fields {
			if other[f.name] != *r.value(i) {
				t.Errorf("%s: %q, want %q", f.name, other[f.name], *r.value(i))
			}
		}
		again := encode(t, back)
		if !bytes.Equal(again, raw) {
			t.Error("encoded again it is another record")
		}
		document, err := json.Marshal(r)
		if read, found := FromJSON(document); err != nil || found != nil || read != r {
			t.Errorf("%+v %v %v", read, err, found)
		}
	})
}

func TestAnyChangeOfOneUnitIsSeen(t *testing.T) {
	want := good()
	raw := encode(t, want)
	rapid.Check(t, func(t *rapid.T) {
		damaged := slices.Clone(raw)
		at := rapid.IntRange(0, Size-1).Draw(t, "at")
		damaged[at] ^= byte(rapid.IntRange(1, 255).Draw(t, "flip"))
		r, found := Check(damaged, Context{})
		if !Failed(found) && len(Compare(r, want)) == 0 && len(found) == 0 {
			t.Fatalf("byte %d changed and nothing was found", at)
		}
	})
}

// put writes units over a copy of a good record.
func put(t testing.TB, at int, units ...uint16) []byte {
	raw := encode(t, good())
	for i, u := range units {
		raw[2*(at+i)], raw[2*(at+i)+1] = byte(u), byte(u>>8)
	}
	return raw
}

// TestEveryFindingHasItsCase breaks one rule at a time. The record without the fault has no finding, which is each rule's other side.
func TestEveryFindingHasItsCase(t *testing.T) {
	if found := Lint(good(), Context{Authority: good().Authority}); len(found) != 0 {
		t.Fatalf("the good record: %+v", found)
	}
	if _, found := Check(encode(t, good()), Context{}); len(found) != 0 {
		t.Fatalf("the good record's bytes: %+v", found)
	}
	seen := make(map[string]bool)
	expect := func(name, code string, found []Finding) {
		t.Helper()
		seen[code] = true
		i := slices.Index(codes(found), code)
		if i < 0 {
			t.Errorf("%s: %v, want %s", name, codes(found), code)
			return
		}
		f := found[i]
		if f.Severity == "" || f.Source == "" || f.Text.ZH == "" || f.Text.EN == "" || f.Mend.ZH == "" || f.Mend.EN == "" ||
			strings.Contains(f.Text.ZH+f.Text.EN, "{") {
			t.Errorf("%s: %+v", name, f)
		}
	}
	for _, test := range []struct {
		code string
		edit func(*Record)
	}{
		{"name_length", func(r *Record) { r.Name = strings.Repeat("张", 16) }},
		{"address_length", func(r *Record) { r.Address = strings.Repeat("街", 36) }},
		{"authority_length", func(r *Record) { r.Authority = strings.Repeat("局", 16) }},
		{"name_separator", func(r *Record) { r.Name = "艾力•买买提" }},
		{"name_characters", func(r *Record) { r.Name = "张Jim" }},
		{"authority_form", func(r *Record) { r.Authority = "长春市南关区" }},
		{"authority_other", func(r *Record) { r.Authority = "长春市公安局朝阳区分局" }},
		{"sex_code", func(r *Record) { r.Sex = "3" }},
		{"sex_not_stated", func(r *Record) { r.Sex = "9" }},
		{"sex_not_stated", func(r *Record) { r.Sex = "0" }},
		{"ethnic_group_code", func(r *Record) { r.EthnicGroup = "57" }},
		{"ethnic_group_code", func(r *Record) { r.EthnicGroup = "1" }},
		{"ethnic_group_other", func(r *Record) { r.EthnicGroup = "97" }},
		{"birth_date", func(r *Record) { r.Birth = "19550231" }},
		{"valid_from_date", func(r *Record) { r.ValidFrom = "20050230" }},
		{"valid_until_date", func(r *Record) { r.ValidUntil = "20250230" }},
		{"valid_until_date", func(r *Record) { r.ValidUntil = "" }},
		{"valid_from_before_birth", func(r *Record) { r.ValidFrom = "1955-06-06" }},
		{"valid_from_too_early", func(r *Record) { r.ValidFrom = "2003-12-31" }},
		{"validity", func(r *Record) { r.ValidUntil = "2025-09-01" }},
		{"number_length", func(r *Record) { r.Number = "220102550607941" }},
		{"number_character", func(r *Record) { r.Number = "22010219550607941Y" }},
		{"number_check", func(r *Record) { r.Number = "220102195506079418" }},
		{"number_birth_date", func(r *Record) { r.Number = "220102195502309414" }},
		{"number_future", func(r *Record) { r.ValidFrom, r.Number = "2004-01-01", "220102200506079417" }},
		{"number_division", func(r *Record) { r.Number = "999999195506079417" }},
		{"number_division_old", func(r *Record) { r.Number = numberOf(t, "220000", r.Birth, 941) }},
		{"number_sequence", func(r *Record) { r.Number, r.Sex = "220102195506070009", "2" }},
		{"number_remarkable", func(r *Record) { r.Number = numberOf(t, "220101", r.Birth, 941) }},
		{"number_sex", func(r *Record) { r.Sex = "2" }},
		{"number_birth", func(r *Record) { r.Birth = "1955-06-08" }},
		{"number_written", func(r *Record) { r.Number = "２20102195506079417" }},
	} {
		r := good()
		test.edit(&r)
		found := Lint(r, Context{Authority: good().Authority})
		expect(test.code, "card.chip."+test.code, found)
		if raw, _ := Encode(r, Context{Authority: good().Authority}); (raw == nil) != Failed(found) {
			t.Errorf("%s: encoded %v, failed %v", test.code, raw != nil, Failed(found))
		}
	}
	for i, name := range map[int]string{0: "name", 4: "address", 6: "authority"} {
		for what, text := range map[string]string{"empty": "", "outer_space": " 公安", "inner_space": "公 安", "rare": "公安𠀀", "private_use": "公安\uE000",
			"uncommon": "公安㐂", "control": "公\u200B安", "lost": "公安\uFFFD"} {
			r := good()
			*r.value(i) = text
			expect(name+" "+what, "card.chip."+name+"_"+what, Lint(r, Context{}))
		}
	}
	for i, f := range fields {
		_, found := Check(put(t, f.at, 0), Context{})
		expect(f.name+" NUL", "card.chip."+f.name+"_nul", found)
		for _, half := range [][]uint16{{0xD83D}, {0xDE00}} {
			_, found = Check(put(t, f.at+f.units-1, half...), Context{})
			expect(f.name+" surrogate", "card.chip."+f.name+"_surrogate", found)
		}
		other := good()
		*other.value(i) += "1"
		expect(f.name+" differs", "card.chip."+f.name+"_differs", Compare(other, good()))
	}
	for name, test := range map[string]struct {
		code string
		raw  []byte
	}{
		"255":          {"size", encode(t, good())[:255]},
		"257":          {"size", append(encode(t, good()), ' ')},
		"nothing":      {"size", nil},
		"swapped":      {"byte_order", swapped(encode(t, good()))},
		"type J":       {"type_j", put(t, 248/2, 'J')},
		"type I":       {"type_i", put(t, 248/2, 'I')},
		"reserved":     {"reserved", put(t, reservedAt, '1')},
		"reserved NUL": {"reserved_nul", put(t, reservedAt, make([]uint16, units-reservedAt)...)},
	} {
		r, found := Check(test.raw, Context{})
		expect(name, "card.chip."+test.code, found)
		if !strings.HasPrefix(test.code, "reserved") && r != (Record{}) {
			t.Errorf("%s: %+v", name, r)
		}
	}
	_, found := FromJSON([]byte("{"))
	expect("no JSON", "card.chip.json", found)
	for _, code := range Codes() {
		if !seen[code] {
			t.Errorf("%s has no case", code)
		}
	}
}

func swapped(raw []byte) []byte {
	for i := 0; i < len(raw); i += 2 {
		raw[i], raw[i+1] = raw[i+1], raw[i]
	}
	return raw
}

func numberOf(t testing.TB, division citizen.Division, birth string, sequence int) string {
	n, err := citizen.NewNumber(division, citizen.MustDate(birth), sequence)
	if err != nil {
		t.Fatal(err)
	}
	return n.String()
}

func TestWhatIsNoCharacterIsNamedOnce(t *testing.T) {
	_, found := Check(put(t, 1, 0xD800), Context{})
	if got := codes(found); !slices.Equal(got, []string{"card.chip.name_surrogate"}) {
		t.Error(got)
	}
	_, found = Check(put(t, 2, 0, '三'), Context{})
	if got := codes(found); !slices.Equal(got, []string{"card.chip.name_nul"}) {
		t.Error(got)
	}
	r, found := Check(put(t, 1, 0xD840, 0xDC00), Context{})
	if got := codes(found); r.Name != "张𠀀" || !slices.Equal(got, []string{"card.chip.name_rare"}) {
		t.Error(r.Name, got)
	}
}

func TestGA214_8_ValidityWithItsLeapDays(t *testing.T) {
	for _, test := range []struct{ birth, issued, until string }{
		{"1982-03-01", "2004-03-27", "2014-03-27"}, // the standard's example: 22 years old
		{"1988-03-28", "2004-03-27", "2009-03-27"}, // 15: five years
		{"1988-03-27", "2004-03-27", "2014-03-27"}, // 16 on the day
		{"1978-03-28", "2004-03-27", "2014-03-27"}, // 25
		{"1978-03-27", "2004-03-27", "2024-03-27"}, // 26
		{"1958-03-28", "2004-03-27", "2024-03-27"}, // 45
		{"1958-03-27", "2004-03-27", LongTerm},     // 46
		{"1988-02-29", "2004-02-28", "2009-02-28"}, // born on the leap day: 15 until
		{"1988-02-29", "2004-02-29", "2014-03-01"}, // 16, and the last year is a common one
		{"1992-02-29", "2008-02-28", "2013-02-28"},
		{"1989-02-28", "2005-02-28", "2015-02-28"},
		{"1988-02-29", "2005-02-28", "2015-02-28"}, // 16 already
		{"1992-02-29", "2009-02-28", "2019-02-28"},
		{"1984-02-29", "2010-02-28", "2020-02-28"}, // 26 only on 1 March of a common year: still ten years
		{"1984-02-29", "2010-03-01", "2030-03-01"},
		{"1964-02-29", "2010-02-28", "2030-02-28"}, // 46 only on 1 March
		{"1964-02-29", "2010-03-01", LongTerm},
		{"1980-01-01", "2004-02-29", "2014-03-01"}, // issued on the leap day, ten years
		{"1975-01-01", "2004-02-29", "2024-02-29"}, // twenty years end in a leap year
		{"2000-01-01", "2008-02-29", "2013-03-01"}, // five years
		{"1950-01-01", "2004-02-29", LongTerm},
	} {
		r := good()
		r.Birth, r.ValidFrom, r.Number, r.ValidUntil = test.birth, test.issued, numberOf(t, "220102", test.birth, 941), test.until
		if found := Lint(r, Context{}); len(found) != 0 {
			t.Errorf("%+v: %+v", test, found)
		}
		r.ValidUntil = ""
		if got := Normalise(r).ValidUntil; got != test.until {
			t.Errorf("%+v: computed %s", test, got)
		}
		for _, wrong := range []string{"2014-03-28", "2013-02-28", "2014-02-28", "2023-12-31"} {
			r.ValidUntil = wrong
			if got := codes(Lint(r, Context{})); wrong != test.until && !slices.Equal(got, []string{"card.chip.validity"}) {
				t.Errorf("%+v with %s: %v", test, wrong, got)
			}
		}
	}
}

func TestFromJSONTakesCodesWordsAndNumbers(t *testing.T) {
	want := good()
	for _, text := range []string{
		`{"name":"张三","sex":"男","ethnic_group":"汉","birth":"19550607","address":"吉林省长春市南关区人民大街1号","number":"220102195506079417","authority":"长春市公安局南关区分局","valid_from":"20050901","valid_until":"长期"}`,
		`{"name":"张三","sex":1,"ethnic_group":1,"birth":19550607,"address":"吉林省长春市南关区人民大街1号","number":"220102195506079417","authority":"长春市公安局南关区分局","valid_from":"2005-09-01","valid_until":null,"more":[]}`,
		`{"name":"张三","sex":"1","ethnic_group":"汉族","birth":"1955-06-07","address":"吉林省长春市南关区人民大街1号","number":"220102195506079417","authority":"长春市公安局南关区分局","valid_from":"2005-09-01","valid_until":"long-term"}`,
	} {
		if r, found := FromJSON([]byte(text)); found != nil || r != want {
			t.Errorf("%+v %v", r, found)
		}
	}
	for _, text := range []string{``, `[]`, `{"name":1}`, `{"sex":true}`, `{"sex":-1}`, `{"name":"张三"`} {
		if r, found := FromJSON([]byte(text)); !slices.Equal(codes(found), []string{"card.chip.json"}) {
			t.Errorf("%s: %+v %v", text, r, found)
		}
	}
}

func FuzzDecode(f *testing.F) {
	raw := encode(f, good())
	f.Add(raw)
	f.Add(raw[:255])
	f.Add(append(slices.Clone(raw), 0))
	f.Add(put(f, 0, 0xD83D, 0xDE00, 0xD83D))
	f.Add(put(f, typeAt, 'J'))
	f.Add(put(f, 102, '2', '0', '1', '4', '0', '2', '3', '0'))
	f.Add(bytes.Repeat([]byte{0}, Size))
	f.Add(bytes.Repeat([]byte{0xFF}, Size))
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, found := Check(raw, Context{})
		for _, f := range found {
			if _, err := json.Marshal(f); err != nil || f.Text.ZH == "" || f.Source == "" {
				t.Fatalf("%+v %v", f, err)
			}
		}
		if Failed(found) {
			return
		}
		again, found := Encode(r, Context{})
		if again == nil {
			t.Fatalf("decoded without an error and cannot be encoded: %+v", found)
		}
		if !bytes.Equal(again[:2*reservedAt], raw[:2*reservedAt]) {
			t.Fatalf("%+v encodes to other bytes", r)
		}
	})
}

func FuzzFromJSON(f *testing.F) {
	document, _ := json.Marshal(good())
	f.Add(document)
	f.Add([]byte(`{"name":"\ud83d","sex":2}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, found := FromJSON(b)
		if found != nil {
			return
		}
		if raw, _ := Encode(r, Context{}); raw != nil {
			if back, found := Check(raw, Context{}); back != Normalise(r) || Failed(found) {
				t.Fatalf("%+v came back as %+v: %+v", r, back, found)
			}
		}
	})
}

func BenchmarkEncodeLintDecode(b *testing.B) {
	r := good()
	b.ReportAllocs()
	for b.Loop() {
		raw, _ := Encode(r, Context{})
		if _, found := Decode(raw); found != nil {
			b.Fatal(found)
		}
	}
}

// TestTheDocumentListsEveryCode holds docs/formats/chip.md to the rules.
func TestTheDocumentListsEveryCode(t *testing.T) {
	page, err := os.ReadFile("../../../docs/formats/chip.md")
	if err != nil {
		t.Fatal(err)
	}
	for what, r := range rules {
		names := []string{what}
		switch len(r.fields) {
		case 0:
		case len(texts):
			names = []string{"<text>_" + what}
			if what == "date" { // three fields, none of them a text
				names = []string{"birth_date", "valid_from_date", "valid_until_date"}
			}
		case len(fields):
			names = []string{"<field>_" + what}
		default:
			names = nil
			for _, f := range r.fields {
				names = append(names, f+"_"+what)
			}
		}
		for _, name := range names {
			if !bytes.Contains(page, []byte("`"+name+"`")) {
				t.Errorf("%s is not in the document", name)
			}
		}
	}
}
