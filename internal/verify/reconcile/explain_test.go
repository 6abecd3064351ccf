package reconcile

import (
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
	"pgregory.net/rapid"
)

const (
	number      = "220102196503089419"
	wrongDigit  = "220102196503089519"
	otherNumber = "220102198201019441"
)

func mustCheck(t *testing.T, seventeen string) string {
	t.Helper()
	c, err := citizen.CheckCharacter(seventeen)
	if err != nil {
		t.Fatal(err)
	}
	return seventeen + string(c)
}

// P4, linkage notes 9: each explanation once where it holds, and once where something like it does not.
func TestExplain(t *testing.T) {
	right := mustCheck(t, "22010219650308941")
	other := mustCheck(t, "22010219650310941")
	father := mustCheck(t, "22010219400101941")
	moved := Change{Address, "南关区永长路1号", "南关区大马路2号", citizen.MustDate("2001-05-06")}
	renamed := Change{Name, "王强", "王刚", citizen.MustDate("1999-02-03")}
	facts := &Facts{FormerNames: []string{"王小毛"}, Relatives: []string{father}, Changes: []Change{renamed, moved}}
	broken := right[:15] + string('0'+(right[15]-'0'+1)%10) + right[16:]
	for _, c := range []struct {
		name         string
		item         Item
		right, value string
		want         string
	}{
		{"equal", Name, "王强", "王强", ""},
		{"nothing there", Education, "30", "", "missing"},
		{"nothing on the other side", Number, "", right, "missing"},
		{"nameless", Name, "王强", "无名", "placeholder"},
		{"so-and-so's son", Name, "王强", "某某之子", "placeholder"},
		{"a sequence that nobody has", Number, right, right[:14] + "0000", "placeholder"},
		{"two sequences that nobody has", Number, right[:14] + "0001", right[:14] + "0002", "wrong_digit"},
		{"a name with 子 is a name", Name, "王强", "王子", "other"},
		// numbers
		{"one digit, one of the two is valid", Number, right, broken, "wrong_digit_proved"},
		{"the check character alone", Number, right, right[:17] + string('0'+(right[17]-'0'+3)%10), "wrong_digit_proved"},
		{"one digit, neither is valid", Number, broken[:17] + "X", right[:15] + string('0'+(right[15]-'0'+2)%10) + right[16:17] + "X", "wrong_digit"},
		{"two digits are not one", Number, right, right[:8] + "77" + right[10:], "other_number"},
		{"neighbours changed places", Number, right, right[:9] + string(right[10]) + string(right[9]) + right[11:], "transposed"},
		{"15 digits of the same", Number, right, right[:6] + right[8:17], "fifteen"},
		{"15 digits of another", Number, right, "220102820101944", "other_number"},
		{"15 digits with one wrong", Number, right, right[:6] + right[8:16] + "9", "wrong_digit"},
		{"a small x", Number, "11010519491231002X", "11010519491231002x", "other_sign"},
		{"a ten", Number, "11010519491231002X", "11010519491231002十", "other_sign"},
		{"a star", Number, "11010519491231002X", "11010519491231002*", "other_sign"},
		{"wide digits", Number, right, "２" + right[1:], "width_blank"},
		{"wide X", Number, "11010519491231002X", "11010519491231002Ｘ", "width_blank"},
		{"century", Number, mustCheck(t, "22010218980308941"), mustCheck(t, "22010219980308941"), "century"},
		{"another division", Number, right, mustCheck(t, "22010419650308941"), "old_division"},
		{"another division and date", Number, right, mustCheck(t, "22010419650408941"), "other_number"},
		{"another valid birth date", Number, right, other, "other_birth"},
		{"another sequence", Number, right, mustCheck(t, "22010219650308997"), "other_sequence"},
		{"the father's", Number, right, father, "relative_number"},
		{"a father's number is not that of a relative", FatherNumber, father, right, "other_birth"},
		{"too short", Number, right, "2201021965", "other"},
		// dates
		{"day and month", BirthDate, "1965-03-08", "1965-08-03", "day_month"},
		{"day and month of another year", BirthDate, "1965-03-08", "1964-08-03", "other"},
		{"the lunar date", BirthDate, "1965-03-08", "1965-02-06", "lunar"},
		{"a lunar date that is right as a civil one", BirthDate, "1965-02-06", "1965-03-08", "lunar"},
		{"in a leap month", BirthDate, "2004-03-21", "2004-02-01", "lunar"},
		{"the day before the lunar date", BirthDate, "1965-03-08", "1965-02-05", "other"},
		{"first of January", BirthDate, "1965-03-08", "1965-01-01", "default_day"},
		{"the fifteenth", BirthDate, "1965-03-08", "1965-03-15", "default_day"},
		{"the fourteenth", BirthDate, "1965-03-08", "1965-03-14", "other"},
		{"a month off", BirthDate, "1965-03-08", "1965-04-08", "near_date"},
		{"a day off", BirthDate, "1965-03-08", "1965-03-09", "near_date"},
		{"ten days off", BirthDate, "1965-03-08", "1965-03-18", "near_date"},
		{"two years", BirthDate, "1965-03-08", "1963-03-08", "near_year"},
		{"five years", BirthDate, "1965-03-08", "1960-03-08", "other"},
		{"a hundred years", BirthDate, "1905-03-08", "2005-03-08", "century"},
		{"one digit", BirthDate, "1965-03-08", "1985-03-08", "other"},
		{"one digit of the month", BirthDate, "1965-10-08", "1965-12-08", "wrong_digit"},
		{"digits of the day changed places", BirthDate, "1965-03-21", "1965-03-12", "transposed"},
		{"no date", BirthDate, "1965-03-08", "x", "other"},
		// names
		{"same sound", Name, "王强", "王墙", "homophone"},
		{"nearly the same sound", Name, "李晨西", "李成西", "near_sound"},
		{"another sound", Name, "王强", "王磊", "other"},
		{"alike", Name, "王千", "王干", "look_alike"},
		{"sound and shape", Name, "李平", "李萍", "sound_and_shape"},
		{"traditional", Name, "张华", "張華", "variant"},
		{"reduced", Name, "萧红", "肖红", "variant"},
		{"traditional and another", Name, "张华", "張花", "homophone"},
		{"the former name", Name, "王刚毅", "王小毛", "former_name"},
		{"not the former name", Name, "王刚毅", "王大毛", "other"},
		{"given name reversed", Name, "王小明", "王明小", "name_order"},
		{"surname and given name reversed is no order", Name, "王小明", "小王明", "other"},
		{"one dropped", Name, "王小明", "王明", "name_dropped"},
		{"one more", Name, "王小明", "王小小明", "name_dropped"},
		{"two dropped", Name, "欧阳小明", "欧阳", "part"},
		{"blank", Name, "王强", "王　强", "width_blank"},
		{"no shape", Name, "王强", "王\u200b强", "width_blank"},
		{"dot", Name, "买买提·艾力", "买买提•艾力", "middle_dot"},
		{"blank for a dot", Name, "买买提·艾力", "买买提 艾力", "middle_dot"},
		{"dot elsewhere", Name, "买买提·艾力", "买买·提艾力", "other"},
		{"made locally", Name, "王喆", "王\ue123", "private_use"},
		{"a question mark", Name, "王喆明", "王?明", "lost_character"},
		{"by its sound", Name, "王喆", "王zhe", "lost_character"},
		{"a sign and another name", Name, "王喆明", "李?明", "other"},
		{"changed by law", Name, "王刚", "王强", "legal_change"},
		{"before the law’s change", Name, "王强", "王刚", "legal_change"},
		// places
		{"unit's other words", Address, "南关区大马路1号2栋3单元404室", "南关区大马路1号2号楼3门404", "address_form"},
		{"without province and city", Address, "吉林省长春市南关区大马路1号", "南关区大马路1号", "address_form"},
		{"Chinese numerals", Address, "南关区桃源街道3委12组", "南关区桃源街道三委十二组", "address_form"},
		{"a name of numerals is a name", Address, "南关区四平路1号", "南关区4平路1号", "other"},
		{"another house", Address, "南关区大马路1号", "南关区大马路3号", "other"},
		{"an earlier division", Address, "长春市二道区吉林大路1号", "长春市二道河子区吉林大路1号", "old_place"},
		{"an earlier street", Address, "南关区人民大街1号", "南关区斯大林大街1号", "old_place"},
		{"by committee and group", Address, "南关区大马路1号", "南关区桃源街道3委2组", "old_place"},
		{"both by committee", Address, "南关区桃源街道5委2组", "南关区桃源街道3委2组", "other"},
		{"written more fully", Address, "南关区大马路1号2栋3单元404室", "南关区大马路1号2栋", "part"},
		{"before a move", Address, "南关区大马路2号", "南关区永长路1号", "stale_address"},
		{"before no move", Address, "南关区大马路2号", "南关区永长路3号", "other"},
		{"birthplace renamed", Birthplace, "吉林省榆树市", "吉林省榆树县", "old_place"},
		// the rest
		{"sex", Sex, "1", "2", "other"},
		{"occupation", Occupation, "小学教师", "教师", "part"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Explain(c.item, c.right, c.value, facts)
			if got.Code != c.want {
				t.Errorf("%s %q for %q: %q, want %q", c.item, c.value, c.right, got.Code, c.want)
			}
			if got.Code != "" && (Explanations[got.Code].ZH == "" || got.Text().EN == "") {
				t.Errorf("no words for %q", got.Code)
			}
			explained[got.Code] = true
		})
	}
	for code := range Explanations {
		if !explained[code] {
			t.Errorf("no case shows %q", code)
		}
	}
}

var explained = map[string]bool{}

// The place of the wrong digit, and whether the check character proves it.
func TestExplain_Place(t *testing.T) {
	right := mustCheck(t, "22010219650308941")
	for place := 1; place <= 18; place++ {
		wrong := []byte(right)
		wrong[place-1] = '0' + (wrong[place-1]-'0'+1)%10
		got := Explain(Number, right, string(wrong), &Facts{})
		if got.Place != place || !got.Proved || got.Code != "wrong_digit_proved" {
			t.Errorf("place %d: %+v", place, got)
		}
	}
	short := right[:6] + right[8:17]
	for i := range short {
		wrong := []byte(short)
		wrong[i] = '0' + (wrong[i]-'0'+1)%10
		place := i + 1
		if place > 6 {
			place += 2
		}
		if got := Explain(Number, right, string(wrong), &Facts{}); got.Place != place || got.Proved || got.Code != "wrong_digit" {
			t.Errorf("place %d of fifteen: %+v", place, got)
		}
	}
	if text := (Explanation{Code: "transposed", Place: 7, Proved: true}).Text(); text.ZH != "相邻两位颠倒（第 7 位），校验码可证" {
		t.Error(text.ZH)
	}
}

// Equal values are never explained; different ones always are, by a code that has words, whichever is taken for right.
func TestExplain_AlwaysKnown(t *testing.T) {
	texts := rapid.OneOf(rapid.StringMatching(`[0-9]{15}|[0-9]{17}[0-9X]`), rapid.StringMatching(`(19|20)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9])`), rapid.StringMatching(`[王李张刘陈][小大明强墙萍平华花]{0,3}`), rapid.String())
	rapid.Check(t, func(t *rapid.T) {
		item := Item(rapid.IntRange(0, int(ItemCount)-1).Draw(t, "item"))
		a, b := texts.Draw(t, "a"), texts.Draw(t, "b")
		if e := Explain(item, a, a, &Facts{}); e != (Explanation{}) {
			t.Fatalf("%q differs from itself: %+v", a, e)
		}
		if e := Explain(item, a, b, &Facts{}); a != b && Explanations[e.Code].EN == "" {
			t.Fatalf("%q and %q: %+v", a, b, e)
		}
	})
}

func FuzzExplain(f *testing.F) {
	f.Add(byte(Number), number, wrongDigit)
	f.Add(byte(Name), "王\ue000", "王?")
	f.Add(byte(Address), "三委十二组", "3委12组")
	f.Fuzz(func(t *testing.T, item byte, a, b string) {
		e := Explain(Item(item)%ItemCount, a, b, &Facts{FormerNames: []string{a}})
		if (e.Code == "") != (a == b) || e.Code != "" && Explanations[e.Code].EN == "" {
			t.Fatalf("%q and %q: %+v", a, b, e)
		}
	})
}

// The order of the grounds: a recorded legal change, a number that proves itself, the original birth entry, the majority; else the person is asked.
func TestPropose(t *testing.T) {
	right := mustCheck(t, "22010219650308941")
	other := mustCheck(t, "22010219650308943")
	born := Facts{Sex: "1", Birth: citizen.MustDate("1965-03-08")}
	law := Facts{Changes: []Change{{Name, "王强", "王刚", citizen.MustDate("1999-02-03")}, {Name, "王刚", "王毅", citizen.MustDate("2001-02-03")}}}
	for _, c := range []struct {
		name          string
		item          Item
		values        [SourceCount]string
		present       Sources
		facts         Facts
		value, ground string
	}{
		{"the last change counts, against all others", Name, [5]string{"王强", "王强", "王强", "王刚", "王毅"}, AllSources, law, "王毅", "legal_change"},
		{"a change of which no record has the outcome", Name, [5]string{"王甲", "王甲", "王甲", "王乙", "王乙"}, AllSources, law, "王甲", "birth_entry"},
		{"the other is recorded as the former name", Name, [5]string{"王强", "王强", "王刚", "王刚", "王强"}, AllSources, Facts{FormerNames: []string{"王强"}}, "王刚", "legal_change"},
		{"an empty name is no name", Name, [5]string{"王强", "", "王强", "王强", "王强"}, AllSources, Facts{FormerNames: []string{"王小"}}, "王强", "majority"},
		{"the one number that proves itself, against the form", Number, [5]string{wrongDigit, wrongDigit, wrongDigit, right, wrongDigit}, AllSources, born, right, "check_valid"},
		{"two numbers that prove themselves: the form", Number, [5]string{other, other, right, right, right}, AllSources, born, other, "birth_entry"},
		{"the birth date that all proper numbers say", BirthDate, [5]string{"1965-02-06", "1965-02-06", "1965-02-06", "1965-02-06", "1965-03-08"}, AllSources, Facts{Numbers: []string{right, wrongDigit}}, "1965-03-08", "check_valid"},
		{"numbers that say two birth dates", BirthDate, [5]string{"1965-02-06", "1965-02-06", "1965-02-06", "1965-02-06", "1965-03-08"}, AllSources, Facts{Numbers: []string{right, otherNumber}}, "1965-02-06", "birth_entry"},
		{"the sex that the number says", Sex, [5]string{"2", "2", "2", "2", "1"}, AllSources, Facts{Numbers: []string{right}}, "1", "check_valid"},
		{"the birth entry, against three others", Birthplace, [5]string{"甲", "甲", "", "乙", "乙"}, AllSources &^ (1 << Card), Facts{}, "甲", "birth_entry"},
		{"an address is not written down at birth", Address, [5]string{"甲", "甲", "乙", "乙", "乙"}, AllSources, Facts{}, "乙", "majority"},
		{"form and booklet differ: the majority", Name, [5]string{"王强", "王墙", "王墙", "王墙", "王墙"}, AllSources, Facts{}, "王墙", "majority"},
		{"half is no majority", Education, [5]string{"30", "30", "", "60", "60"}, AllSources &^ (1 << Card), Facts{}, "", "ask"},
		{"a placeholder is no birth entry", Name, [5]string{"无名", "无名", "无名", "王强", ""}, AllSources &^ (1 << Citizen), Facts{}, "王强", "majority"},
		{"all say nothing but one", Education, [5]string{"", "", "", "", "60"}, AllSources, Facts{}, "", "majority"},
	} {
		t.Run(c.name, func(t *testing.T) {
			value, ground := Propose(c.item, &c.values, c.present, &c.facts)
			if value != c.value || ground != c.ground || Grounds[ground].ZH == "" {
				t.Errorf("%q by %s, want %q by %s", value, ground, c.value, c.ground)
			}
		})
	}
}
