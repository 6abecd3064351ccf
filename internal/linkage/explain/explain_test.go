package explain

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/goldentest"
	"github.com/huzheng/huzheng/internal/linkage"
	"pgregory.net/rapid"
)

// cases are waterfalls as the engine gives them, and the registrations that they are about.
func cases() map[string]*Explanation {
	items := func(levels [linkage.FeatureCount]linkage.Level, weights [linkage.FeatureCount]linkage.Millibits) (all [linkage.FeatureCount]linkage.Item) {
		for f := range all {
			all[f] = linkage.Item{Feature: linkage.Feature(f), Level: levels[f], Weight: weights[f]}
		}
		return all
	}
	zhang := linkage.Text{ID: "22010200100834401", Number: "220102197007039468", Name: "章路伟", Sex: "2", Birth: "1970-07-03", Birthplace: "吉林省长春市南关区",
		Household: "220102001/001008344", Address: "吉林省长春市南关区盛世街道光明村11组86号", Mother: "220102194903089468"}
	again := zhang
	again.ID, again.Number, again.Name, again.Birth, again.Household, again.Address = "22010200253316502", "220102197007039486", "张路伟", "1970-03-07", "220102002/002533165",
		"吉林省长春市南关区全安街427号6栋5单元204室"
	homophone := Of(linkage.Waterfall{Prior: -22_310, Items: items([linkage.FeatureCount]linkage.Level{linkage.Family: linkage.FamilyParents, linkage.Date: linkage.DateSwapped,
		linkage.Number: linkage.NumberTransposed, linkage.Name: linkage.NameSound, linkage.Spouse: linkage.SpouseMissing, linkage.Address: linkage.AddressDifferent},
		[linkage.FeatureCount]linkage.Millibits{14_200, 6_125, 11_007, 9_350, 981, 4_400, 0, -412}), NameFrequency: 0, Score: 23_341, Probability: 999_999, Class: linkage.Proposal,
		Keys: 1<<linkage.KeyMother | 1<<linkage.KeySoundDay}, &zhang, &again)

	short := linkage.Text{ID: "line-2", Number: "220102560429946", Name: "王秀", Sex: "2", Birth: "1956-04-29"}
	long := linkage.Text{ID: "line-9", Number: "220102195604299460", Name: "王秀英", FormerName: "王秀", Sex: "1", Birth: "1956-04-29", Household: "220102001/7"}
	former := Of(linkage.Waterfall{Prior: -20_000, Items: items([linkage.FeatureCount]linkage.Level{linkage.Family: linkage.FamilyMissing, linkage.Name: linkage.NameFormer,
		linkage.Sex: linkage.SexDifferent, linkage.Birthplace: linkage.BirthplaceMissing, linkage.Spouse: linkage.SpouseMissing, linkage.Address: linkage.AddressMissing},
		[linkage.FeatureCount]linkage.Millibits{0, 8_000, 12_000, 5_000, -6_500, 0, 0, 0}), NameFrequency: 0, Score: -1_500, Probability: 261_203, Class: linkage.SharedNumber,
		Keys: 1 << linkage.KeyNumber}, &short, &long)

	one := Of(linkage.Waterfall{Prior: -22_310, Items: items([linkage.FeatureCount]linkage.Level{linkage.Spouse: linkage.SpouseMissing},
		[linkage.FeatureCount]linkage.Millibits{10_001, 9_002, 14_003, 12_004, 1_000, 3_999, 0, 7_000}), NameFrequency: -3_141, Score: 31_558, Probability: 1_000_000,
		Class: linkage.Proposal}, &zhang, &zhang)
	return map[string]*Explanation{"homophone": homophone, "former": former, "equal": one}
}

// The waterfalls as a clerk reads them, and as programs do.
func TestGolden(t *testing.T) {
	for name, e := range cases() {
		js, err := json.MarshalIndent(e, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		s := e.Summary()
		for file, got := range map[string]string{name + ".zh.txt": e.Text("zh"), name + ".en.txt": e.Text("en"), name + ".summary.txt": s.ZH + "\n" + s.EN + "\n", name + ".json": string(js) + "\n"} {
			goldentest.Check(t, filepath.Join("testdata", file), got)
		}
	}
}

// Twins score as one person does, so that the probability is said under the condition that they are none.
func TestText_TwinsHaveNoProbabilityOfTheirOwn(t *testing.T) {
	e := *cases()["homophone"]
	e.Class = linkage.MultipleBirth.String()
	s := e.Summary()
	for got, want := range map[string]string{e.Text("zh"): "如不是多胞胎，同一人的可能性99.99%", e.Text("en"): "unless they are twins, 99.99%", s.ZH: "如不是多胞胎，同一人的可能性99.99%", s.EN: "unless they are twins, 99.99%"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in %s", want, got)
		}
	}
}

// What is printed adds up: the last line is the sum of those above it, to the thousandth.
func TestAddsUp(t *testing.T) {
	for name, e := range cases() {
		for _, lang := range []string{"zh", "en"} {
			var numbers []linkage.Millibits
			for line := range strings.Lines(e.Text(lang)) {
				if field := strings.Fields(line)[0]; line[0] == ' ' && (field[0] == '+' || field[0] == '-') && strings.Contains(field, ".") {
					numbers = append(numbers, parsePoints(t, field))
				}
			}
			sum := linkage.Millibits(0)
			for _, n := range numbers[:len(numbers)-1] {
				sum += n
			}
			if len(numbers) != int(linkage.FeatureCount)+3 || sum != numbers[len(numbers)-1] || sum != e.Score {
				t.Errorf("%s in %s: %v, score %d", name, lang, numbers, e.Score)
			}
		}
	}
}

func parsePoints(t *testing.T, s string) linkage.Millibits {
	var whole, part int
	for i, digits := range strings.SplitN(s[1:], ".", 2) {
		for _, d := range digits {
			if i == 0 {
				whole = whole*10 + int(d-'0')
			} else {
				part = part*10 + int(d-'0')
			}
		}
	}
	if n := linkage.Millibits(whole*1000 + part); s[0] == '-' {
		return -n
	} else {
		return n
	}
}

// Every feature, level, class and key of the engine has words in both languages.
func TestWordsForAll(t *testing.T) {
	both := func(what string, x citizen.Text) {
		if x.ZH == "" || x.EN == "" {
			t.Errorf("%s has no words", what)
		}
		if strings.ContainsAny(x.ZH, ",;:()!?") {
			t.Errorf("%s has narrow punctuation in Chinese: %s", what, x.ZH)
		}
	}
	for f := range linkage.FeatureCount {
		both(f.String(), items[f])
		if len(levels[f]) != len(f.Levels()) {
			t.Errorf("%s: words for %d of %d levels", f, len(levels[f]), len(f.Levels()))
		}
		for _, level := range f.Levels() {
			both(f.String()+" "+level, levels[f][level])
		}
	}
	for c := linkage.Class(0); c <= linkage.SeveralNumbers; c++ {
		both(c.String(), ClassText(c))
	}
	for k := range linkage.KeyCount {
		both(k.String(), keys[k])
	}
}

func TestDifferences(t *testing.T) {
	for _, c := range []struct{ left, right, a, b string }{
		{"张伟", "张炜", "张[伟]", "张[炜]"},
		{"220102195904088773", "220102195904078773", "2201021959040[8]8773", "2201021959040[7]8773"},
		{"220102560429946", "220102195604299460", "220102560429946", "220102[19]560429946[0]"},
		{"王秀", "王秀英", "王秀", "王秀[英]"},
		{"欧阳娜娜", "欧阳娜", "欧阳娜[娜]", "欧阳娜"},
		{"人民大街1号", "全安街427号6栋5单元204室", "[人民大街1号]", "[全安街427号6栋5单元204室]"},
		{"", "张", "", "张"},
		{"甲", "乙", "[甲]", "[乙]"},
		{"同", "同", "同", "同"},
	} {
		a, b := differences(c.left, c.right)
		if marked(a) != c.a || marked(b) != c.b {
			t.Errorf("%s | %s: %s | %s", c.left, c.right, marked(a), marked(b))
		}
	}
}

// Nothing of a value is lost or added, however long it is.
func TestDifferencesKeepValues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.StringOfN(rapid.RuneFrom([]rune("张李王伟炜12 ·𬍛")), 0, 230, -1)
		left, right := value.Draw(t, "left"), value.Draw(t, "right")
		a, b := differences(left, right)
		if plain(a) != left || plain(b) != right {
			t.Fatalf("%q %q: %v %v", left, right, a, b)
		}
		shared := func(runs []Run) (s string) {
			for _, r := range runs {
				if !r.Differs {
					s += r.Text
				}
			}
			return s
		}
		if left != "" && right != "" && shared(a) != shared(b) {
			t.Fatalf("%q %q share %q and %q", left, right, shared(a), shared(b))
		}
	})
}

func TestNumbers(t *testing.T) {
	for m, want := range map[linkage.Millibits]string{0: "+0.000", -5: "-0.005", 12_345: "+12.345", -22_310: "-22.310"} {
		if got := points(m); got != want {
			t.Errorf("%d is %s", m, got)
		}
	}
	for p, want := range map[linkage.PartsPerMillion]string{0: "0.00%", 1_000_000: "99.99%", 999_949: "99.99%", 261_203: "26.12%", 90_000: "9.00%"} {
		if got := percent(p); got != want {
			t.Errorf("%d is %s", p, got)
		}
	}
}
