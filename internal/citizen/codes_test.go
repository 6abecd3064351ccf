package citizen

import (
	"io/fs"
	"strings"
	"testing"
)

func TestEveryCodeFileHasATable(t *testing.T) {
	files, err := fs.Glob(codeFiles, "data/codes/*.csv")
	if err != nil || len(files) != len(Tables()) {
		t.Fatalf("%d files, %d tables, %v", len(files), len(Tables()), err)
	}
	for _, f := range files {
		name := strings.TrimSuffix(strings.TrimPrefix(f, "data/codes/"), ".csv")
		if tab, ok := TableByName(name); !ok || tab.Title.ZH == "" || tab.Title.EN == "" || tab.Standard == "" {
			t.Errorf("no full table for %s", f)
		}
	}
	if _, ok := TableByName("no-such"); ok {
		t.Error("a table that does not exist was found")
	}
}

func TestCodeRowsCanBeFound(t *testing.T) {
	for _, tab := range Tables() {
		for _, c := range tab.All() {
			if c.Source == "" {
				t.Errorf("%s %s: no source", tab.Name, c.Code)
			}
			if c.EN == "" && c.ZH != "" {
				t.Errorf("%s %s: no English name", tab.Name, c.Code)
			}
			if c.ZH == "" && !c.Unconfirmed {
				t.Errorf("%s %s: no name", tab.Name, c.Code)
			}
			if got, ok := tab.ByCode(c.Code); c.Code != "" && (!ok || got.Code != c.Code) {
				t.Errorf("%s: code %s is not found", tab.Name, c.Code)
			}
			if _, ok := tab.ByWord(c.ZH); c.ZH != "" && !ok {
				t.Errorf("%s: word %s is not found", tab.Name, c.ZH)
			}
			if _, ok := tab.ByWord(strings.ToUpper(c.EN)); c.EN != "" && !ok {
				t.Errorf("%s: word %s is not found", tab.Name, c.EN)
			}
		}
	}
}

func TestCodeShortFormsPointSomewhere(t *testing.T) {
	for _, tab := range Tables() {
		for word, code := range tab.words {
			want, ok := tab.ByCode(code)
			if !ok {
				t.Errorf("%s: short form %s points to %s, which does not exist", tab.Name, word, code)
			}
			if got, _ := tab.ByWord(word); got.Code != want.Code && got.ZH != word && !strings.EqualFold(got.EN, word) {
				t.Errorf("%s: %s is %s, want %s", tab.Name, word, got.Code, want.Code)
			}
		}
	}
}

func TestCodeWords(t *testing.T) {
	for _, tc := range []struct {
		table      *Table
		word, code string
	}{
		{Sexes, "男", "1"}, {Sexes, "女性", "2"}, {Sexes, " Female ", "2"}, {Sexes, "未知", "0"},
		{EthnicGroups, "汉", "01"}, {EthnicGroups, "汉族", "01"}, {EthnicGroups, "满", "11"},
		{EthnicGroups, "朝鲜族", "10"}, {EthnicGroups, "Hui", "03"}, {EthnicGroups, "基诺", "56"},
		{EthnicGroups, "怒", "42"}, {EthnicGroups, "锡伯", "38"},
		{MaritalStatuses, "未婚", "10"}, {MaritalStatuses, "离异", "40"},
		{Relations, "户主", "02"}, {Relations, "妻子", "12"}, {Relations, "儿子", "20"}, {Relations, "非亲属", "99"},
		{Educations, "大专", "30"}, {Educations, "初中毕业", "71"}, {Educations, "文盲", "90"},
		{HouseholdKinds, "集体户", "2"}, {HukouClasses, "农业", "2"}, {BloodTypes, "AB", "4"},
		{Religions, "无", "00"}, {PersonStates, "死亡", "1"}, {CardKinds, "二代证", "2"},
	} {
		if c, ok := tc.table.ByWord(tc.word); !ok || c.Code != tc.code {
			t.Errorf("%s: %q = %q, %v; want %s", tc.table.Name, tc.word, c.Code, ok, tc.code)
		}
		if c, ok := tc.table.Find(tc.code); !ok || c.Code != tc.code {
			t.Errorf("%s: Find(%s) = %q, %v", tc.table.Name, tc.code, c.Code, ok)
		}
		if c, ok := tc.table.Find(tc.word); !ok || c.Code != tc.code {
			t.Errorf("%s: Find(%s) = %q, %v", tc.table.Name, tc.word, c.Code, ok)
		}
	}
	for _, tab := range Tables() {
		if _, ok := tab.ByWord(""); ok {
			t.Errorf("%s: an empty word was found", tab.Name)
		}
		if _, ok := tab.ByCode(""); ok {
			t.Errorf("%s: an empty code was found", tab.Name)
		}
	}
}

func TestGBT4658_EducationEditions(t *testing.T) {
	old, ok1 := Educations.ByCodeIn("1984", "61")
	recent, ok2 := Educations.ByCodeIn("2006", "61")
	if !ok1 || !ok2 || old.ZH != "高中毕业" || recent.ZH != "普通高中毕业" {
		t.Errorf("61: %+v, %+v", old, recent)
	}
	if c, _ := Educations.ByCode("61"); c.Edition != "1984" {
		t.Errorf("61 without an edition: %+v", c)
	}
	if _, ok := Educations.ByCodeIn("1999", "61"); ok {
		t.Error("an edition that does not exist was found")
	}
}

func TestCodeGroups(t *testing.T) {
	kind, _ := CardReviews.ByCodeIn("review_kind", "1")
	result, _ := CardReviews.ByCodeIn("review_result", "1")
	if kind.ZH != "区县审核" || result.ZH != "合格" {
		t.Errorf("%+v, %+v", kind, result)
	}
	if c, ok := ChangeReasons.ByCodeIn("move-out", "0408"); !ok || c.ZH != "结婚" {
		t.Errorf("%+v, %v", c, ok)
	}
}

func TestGBT3304_CountsAndLetters(t *testing.T) {
	if n := len(EthnicGroups.All()); n != 58 {
		t.Errorf("%d ethnic groups, want 56 and two more", n)
	}
	if c, _ := EthnicGroups.ByCode("11"); c.Letters != "MA" {
		t.Errorf("Manchu: %+v", c)
	}
}

func TestUnconfirmedRowsAreMarked(t *testing.T) {
	for _, c := range MilitaryServices.All() {
		if !c.Unconfirmed {
			t.Errorf("military service %s is not marked", c.Code)
		}
	}
	if c, _ := HouseholdKinds.ByWord("家庭户"); !c.Unconfirmed {
		t.Error("the household code is not marked")
	}
	if c, _ := Sexes.ByCode("1"); c.Unconfirmed {
		t.Error("a standard code is marked")
	}
}

func TestAllIsACopy(t *testing.T) {
	Sexes.All()[0].ZH = "改"
	if c, _ := Sexes.ByCode("0"); c.ZH != "未知的性别" {
		t.Error("a table was changed from outside")
	}
}

func TestSexText(t *testing.T) {
	for sex, want := range map[Sex]string{Male: "男", Female: "女", SexUnknown: "未知的性别", SexNotStated: "未说明的性别", "7": "7"} {
		if got := sex.Text(); got.ZH != want || got.EN == "" {
			t.Errorf("%s: %+v", sex, got)
		}
	}
}

func TestTextIn(t *testing.T) {
	if got := (Text{"甲", "a"}).In("en"); got != "a" {
		t.Error(got)
	}
	if got := (Text{"甲", ""}).In("en"); got != "甲" {
		t.Error(got)
	}
	if got := (Text{"甲", "a"}).In("zh"); got != "甲" {
		t.Error(got)
	}
	if !(Text{}).IsZero() || (Text{ZH: "甲"}).IsZero() {
		t.Error("IsZero")
	}
}
