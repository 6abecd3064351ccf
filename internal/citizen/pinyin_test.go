package citizen

import (
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

func TestPinyinOfNames(t *testing.T) {
	for name, want := range map[string]string{
		"王建国":      "wang jian guo",
		"单雄信":      "shan xiong xin",
		"曾国平":      "zeng guo ping",
		"仇英":       "qiu ying",
		"解小龙":      "xie xiao long",
		"区志明":      "ou zhi ming",
		"查良":       "zha liang",
		"朴正花":      "piao zheng hua",
		"翟志刚":      "zhai zhi gang",
		"乐毅":       "yue yi",
		"尉迟恭":      "yu chi gong",
		"尉健行":      "wei jian xing",
		"长孙无极":     "zhang sun wu ji",
		"万俟卨":      "mo qi xie",
		"欧阳修":      "ou yang xiu",
		"欧阳":       "ou yang",
		"单于平":      "chan yu ping",
		"令狐冲":      "ling hu chong",
		"盖叫天":      "gai jiao tian",
		"阚大山":      "kan da shan",
		"卜凡":       "bu fan",
		"吕布":       "lv bu",
		"王单":       "wang dan", // a given name is not read as a surname
		"张长乐":      "zhang chang le",
		"王晟":       "wang sheng",
		"買買提":      "mai mai ti",
		"买买提·吐尔逊":  "mai mai ti tu er xun",
		"单·吐尔逊":    "dan tu er xun", // no Chinese surname before a separator
		"王 建国":     "wang jian guo",
		" 王建国　":    "wang jian guo",
		"王\uE000国": "wang \uE000 guo",
		"王ABC国":    "wang ABC guo",
		"王A B":     "wang A B",
		"":         "",
		"·":        "",
	} {
		if got := Pinyin(name); got != want {
			t.Errorf("Pinyin(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestPinyinOfPlaces(t *testing.T) {
	for place, want := range map[string]string{
		"长春":        "chang chun",
		"吉林省长春市南关区": "ji lin sheng chang chun shi nan guan qu",
		"重庆":        "chong qing",
		"厦门":        "xia men",
		"六安":        "lu an",
		"六盘水":       "liu pan shui",
		"蔚县":        "yu xian",
		"蚌埠":        "beng bu",
		"东阿":        "dong e",
		"乐亭":        "lao ting",
		"乐清":        "yue qing",
		"乐山":        "le shan",
		"长子县":       "zhang zi xian",
		"单县":        "shan xian",
		"大城县":       "dai cheng xian",
		"洪洞":        "hong tong",
		"铅山":        "yan shan",
		"台州":        "tai zhou",
		"浚县":        "xun xian",
		"涡阳":        "guo yang",
		"荥阳":        "xing yang",
		"荥经":        "ying jing",
		"番禺":        "pan yu",
		"吐鲁番":       "tu lu fan",
		"大埔":        "da bu",
		"黄埔":        "huang pu",
		"句容":        "ju rong",
		"珲春":        "hun chun",
		"成都":        "cheng du",
		"西藏":        "xi zang",
		"任丘":        "ren qiu",
		"闵行":        "min hang",
		"德惠市岔路口镇":   "de hui shi cha lu kou zhen",
		"二道区卡伦湖镇":   "er dao qu ka lun hu zhen",
		"长江路12号":    "chang jiang lu 12 hao",
		"重工街":       "zhong gong jie",
		"":          "",
	} {
		if got := PlacePinyin(place); got != want {
			t.Errorf("PlacePinyin(%q) = %q, want %q", place, got, want)
		}
	}
}

func TestPinyinInitials(t *testing.T) {
	for name, want := range map[string]string{"张三丰": "zsf", "单雄信": "sxx", "尉迟恭": "ycg", "王\uE000": "w\uE000", "": ""} {
		if got := PinyinInitials(name); got != want {
			t.Errorf("PinyinInitials(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestSplitName(t *testing.T) {
	for _, tc := range []struct{ in, surname, given string }{
		{"王建国", "王", "建国"}, {"欧阳修", "欧阳", "修"}, {"欧阳", "欧", "阳"}, {"买买提·吐尔逊", "", "买买提·吐尔逊"}, {"", "", ""},
	} {
		if s, g := SplitName(tc.in); s != tc.surname || g != tc.given {
			t.Errorf("SplitName(%q) = %q, %q", tc.in, s, g)
		}
	}
}

func TestPinyinLosesNoCharacter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anyName().Draw(t, "name")
		for _, key := range []string{Pinyin(s), PlacePinyin(s)} {
			for _, r := range strings.TrimFunc(s, outerBlank) {
				if plainReading(r) == "" && r != MiddleDot && !unicode.IsSpace(r) && !strings.ContainsRune(key, r) {
					t.Fatalf("%q: %U is lost in %q", s, r, key)
				}
			}
			if strings.Contains(key, "  ") || strings.TrimSpace(key) != key {
				t.Fatalf("%q: blanks in %q", s, key)
			}
		}
	})
}

func TestReadingTablesAreClean(t *testing.T) {
	tab := tables()
	for word, reading := range tab.surname {
		checkReading(t, word, reading)
		if n := len([]rune(word)); n > 2 {
			t.Errorf("surname %s has %d characters", word, n)
		}
	}
	for word, reading := range tab.place {
		checkReading(t, word, reading)
	}
	for r, reading := range tab.name {
		checkReading(t, string(r), reading)
	}
	for word := range strings.FieldsSeq("单 曾 仇 解 区 查 朴 缪 翟 盖 员 冼 尉 乐 召 黑 种 逄 繁 万俟 尉迟 长孙 澹台 欧阳 上官 皇甫 令狐 司徒 诸葛 司马") {
		if tab.surname[word] == "" {
			t.Errorf("surname %s is missing", word)
		}
	}
}

func checkReading(t *testing.T, word, reading string) {
	t.Helper()
	if len([]rune(word)) != len(strings.Fields(reading)) || strings.Trim(reading, "abcdefghijklmnopqrstuvwxyz ") != "" {
		t.Errorf("%s is read %q", word, reading)
	}
}

func TestGeneralReadingsHaveNoToneMarks(t *testing.T) {
	for r := rune(0x3400); r <= 0x9FFF; r++ {
		if s := plainReading(r); strings.Trim(s, "abcdefghijklmnopqrstuvwxyz") != "" {
			t.Errorf("%c is read %q", r, s)
		}
	}
}

func TestDivisionNamesReadWhole(t *testing.T) {
	for code, rows := range divisions().rows {
		for _, row := range rows {
			if key := PlacePinyin(row.name); strings.Trim(key, "abcdefghijklmnopqrstuvwxyz ") != "" {
				t.Errorf("%d %s is read %q", code, row.name, key)
			}
		}
	}
}

func BenchmarkPinyin(b *testing.B) {
	Pinyin("欧阳建国")
	b.ReportAllocs()
	for b.Loop() {
		Pinyin("欧阳建国")
	}
}

func BenchmarkCheckName(b *testing.B) {
	CheckName("欧阳建国")
	b.ReportAllocs()
	for b.Loop() {
		CheckName("欧阳建国")
	}
}

func BenchmarkPlacePinyin(b *testing.B) {
	PlacePinyin("吉林省长春市南关区")
	b.ReportAllocs()
	for b.Loop() {
		PlacePinyin("吉林省长春市南关区")
	}
}
