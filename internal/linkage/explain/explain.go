// Package explain puts a pair's waterfall into words: what each item of two registrations says, what differs, what it weighs, and the sum, in Chinese and English, as
// text and as JSON. It adds up exactly: its numbers are the engine's integers.
package explain

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/linkage"
)

// Run is a piece of a value; what the other value has not is marked.
type Run struct {
	Text    string `json:"text"`
	Differs bool   `json:"differs,omitempty"`
}

// Value is what both registrations have in one column.
type Value struct {
	Label citizen.Text `json:"label"`
	Left  []Run        `json:"left"`  // none: the column is empty
	Right []Run        `json:"right"` // likewise
}

// Line is one item of the waterfall.
type Line struct {
	Item      string            `json:"item"` // stable code
	ItemText  citizen.Text      `json:"item_text"`
	Level     string            `json:"level"` // stable code
	LevelText citizen.Text      `json:"level_text"`
	Weight    linkage.Millibits `json:"weight"` // thousandths of a point
	Values    []Value           `json:"values"`
}

// Found is a key by which the pair was found.
type Found struct {
	Key  string       `json:"key"` // stable code
	Text citizen.Text `json:"text"`
}

// Explanation is a waterfall in words. Prior, the lines' weights and NameFrequency add up to Score. Points are bits of evidence: each doubles or halves the odds.
type Explanation struct {
	Left          string                  `json:"left_id"`
	Right         string                  `json:"right_id"`
	Class         string                  `json:"kind"` // stable code; empty: below the lower cut
	ClassText     citizen.Text            `json:"kind_text"`
	Prior         linkage.Millibits       `json:"prior"`
	Lines         []Line                  `json:"items"`
	NameFrequency linkage.Millibits       `json:"name_frequency"`
	Score         linkage.Millibits       `json:"score"`
	Probability   linkage.PartsPerMillion `json:"probability_ppm"`
	Found         []Found                 `json:"keys"`
}

// Of puts the waterfall of two registrations into words.
func Of(w linkage.Waterfall, left, right *linkage.Text) *Explanation {
	e := &Explanation{Left: left.ID, Right: right.ID, Class: w.Class.String(), ClassText: classes[w.Class], Prior: w.Prior, NameFrequency: w.NameFrequency, Score: w.Score,
		Probability: w.Probability}
	for _, item := range w.Items {
		level := item.Feature.Levels()[item.Level]
		e.Lines = append(e.Lines, Line{Item: item.Feature.String(), ItemText: items[item.Feature], Level: level, LevelText: levels[item.Feature][level], Weight: item.Weight,
			Values: values(item.Feature, left, right)})
	}
	for _, key := range w.Keys.Keys() {
		e.Found = append(e.Found, Found{Key: key.String(), Text: keys[key]})
	}
	return e
}

// values shows what a feature compares, as it stands in the file.
func values(f linkage.Feature, a, b *linkage.Text) (shown []Value) {
	for _, column := range columns[f] {
		left, right := column.of(a), column.of(b)
		if column.optional && left == "" && right == "" {
			continue
		}
		v := Value{Label: column.label}
		v.Left, v.Right = differences(left, right)
		shown = append(shown, v)
	}
	return shown
}

// Decimal writes thousandths exactly: 18.250.
func Decimal(m linkage.Millibits) string {
	sign := ""
	if m < 0 {
		sign, m = "-", -m
	}
	return fmt.Sprintf("%s%d.%03d", sign, m/1000, m%1000)
}

// points writes thousandths of a point with their sign: +18.250.
func points(m linkage.Millibits) string {
	if m < 0 {
		return Decimal(m)
	}
	return "+" + Decimal(m)
}

// percent writes a probability, cut off and not rounded, so that nothing short of certain reads as certain: 99.99 %.
func percent(p linkage.PartsPerMillion) string {
	p = min(p, 999_999)
	return fmt.Sprintf("%d.%02d%%", p/10000, p/100%100)
}

// Text writes the whole waterfall in one language ("zh" or "en"), a line for each item and below it both values, what differs in brackets.
func (e *Explanation) Text(lang string) string {
	var b strings.Builder
	t := frame[lang]
	fmt.Fprintf(&b, t.head, e.Left, e.Right, e.ClassText.In(lang), e.likely(t), points(e.Score))
	line := func(weight linkage.Millibits, text string) { fmt.Fprintf(&b, "%10s  %s\n", points(weight), text) }
	line(e.Prior, t.prior)
	for _, l := range e.Lines {
		line(l.Weight, l.ItemText.In(lang)+t.colon+l.LevelText.In(lang))
		for _, v := range l.Values {
			b.WriteString(v.text(lang, t))
		}
	}
	line(e.NameFrequency, t.frequency)
	line(e.Score, t.sum)
	var found []string
	for _, f := range e.Found {
		found = append(found, f.Text.In(lang))
	}
	if len(found) > 0 {
		fmt.Fprintf(&b, t.found, strings.Join(found, t.semicolon))
	}
	return b.String()
}

func (v *Value) text(lang string, t words) string {
	label := ""
	if !v.Label.IsZero() {
		label = v.Label.In(lang) + t.colon
	}
	left, right := marked(v.Left), marked(v.Right)
	switch {
	case left == "" && right == "":
		return "            " + label + t.none + "\n"
	case left == right:
		return "            " + label + fmt.Sprintf(t.both, left) + "\n"
	}
	return fmt.Sprintf("            %s%s %s\n            %s%s %s\n", label, t.left, cmp.Or(left, t.empty), label, t.right, cmp.Or(right, t.empty))
}

func marked(runs []Run) string {
	var b strings.Builder
	for _, r := range runs {
		if r.Differs {
			b.WriteString("[" + r.Text + "]")
			continue
		}
		b.WriteString(r.Text)
	}
	return b.String()
}

func plain(runs []Run) string {
	var b strings.Builder
	for _, r := range runs {
		b.WriteString(r.Text)
	}
	return b.String()
}

// likely says the probability. It is one of two: the model knows relatives, and no twins, whose likeness it takes for that of one person.
func (e *Explanation) likely(t words) string {
	if e.Class == linkage.MultipleBirth.String() {
		return fmt.Sprintf(t.likelyUnlessTwins, percent(e.Probability))
	}
	return fmt.Sprintf(t.likely, percent(e.Probability))
}

// Summary says the same in short: the verdict, then what speaks for and against it, the weightiest first. Items that say nothing are left out.
func (e *Explanation) Summary() citizen.Text {
	lines := slices.DeleteFunc(slices.Clone(e.Lines), func(l Line) bool { return l.Level == missing || l.Weight == 0 })
	slices.SortStableFunc(lines, func(a, b Line) int { return cmp.Compare(max(b.Weight, -b.Weight), max(a.Weight, -a.Weight)) })
	in := func(lang string) string {
		t := frame[lang]
		var parts []string
		for _, l := range lines {
			parts = append(parts, l.ItemText.In(lang)+t.colon+l.LevelText.In(lang)+l.shown(t))
		}
		return e.ClassText.In(lang) + t.semicolon + e.likely(t) + t.semicolon + strings.Join(parts, t.semicolon)
	}
	return citizen.Text{ZH: in("zh"), EN: in("en")}
}

// missing is the level of every feature of which one value is not there.
const missing = "missing"

// shown is the values of the one column that an item compares, where they differ.
func (l *Line) shown(t words) string {
	if len(l.Values) != 1 || plain(l.Values[0].Left) == plain(l.Values[0].Right) {
		return ""
	}
	return fmt.Sprintf(t.values, plain(l.Values[0].Left), plain(l.Values[0].Right))
}
