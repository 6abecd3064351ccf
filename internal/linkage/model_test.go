package linkage

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func encoded(t testing.TB, m *Model) []byte {
	var b bytes.Buffer
	if err := m.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestModelFile(t *testing.T) {
	p := populate(people(2, 3000))
	trained, _, err := Train(context.Background(), p, TrainOptions{Name: "试点 2005", Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	var labels []Label
	for i := range 200 {
		labels = append(labels, Label{Millibits(100 * i), i%3 > 0 || i > 120})
	}
	for _, m := range []*Model{StartModel(5), StartModel(7_000_000), trained, trained.Calibrate(labels)} {
		text := encoded(t, m)
		back, err := ReadModel(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if back.Digest != m.Digest || !bytes.Equal(encoded(t, back), text) || back.Name != m.Name || back.Cuts != m.Cuts {
			t.Errorf("%s does not come back", m.Name)
		}
		sameResult(t, m.Name, mustLink(t, p, m, 2), mustLink(t, p, back, 1))
	}
	if trained.Trained != 3000 || trained.Source != p.source() || len(trained.Source) != 64 || trained.Calibrate(labels).Digest == trained.Digest {
		t.Error("trained on what?")
	}
}

func TestModelFileRefused(t *testing.T) {
	text := string(encoded(t, StartModel(1000)))
	for name, wrong := range map[string]string{
		"empty":           "",
		"cut off":         text[:len(text)/2],
		"another format":  strings.Replace(text, "huzheng linkage model", "huzheng", 1),
		"a later version": strings.Replace(text, `"version": 1`, `"version": 2`, 1),
		"unknown member":  strings.Replace(text, `"name"`, `"nom": 1, "name"`, 1),
		"unknown key":     strings.Replace(text, `"sound_day"`, `"sound"`, 1),
		"no table":        strings.Replace(text, `"feature": "spouse"`, `"feature": "sponse"`, 1),
		"level":           strings.Replace(text, `"level": "transposed"`, `"level": "swapped"`, 1),
		"weight":          strings.Replace(text, `"weight": `, `"weight": 9`+"99999", 1),
		"share":           strings.Replace(text, `"m": 0.`, `"m": 7.`, 1),
		"cuts":            strings.Replace(text, `"review": -`, `"review": 9`, 1),
		"names":           strings.Replace(text, `"names": ""`, `"names": "AAAA"`, 1),
		"name order":      strings.Replace(text, `"names": ""`, `"names": "BAAAAAAAAwAAAAAA"`, 1),
		"bands":           strings.Replace(text, `"bands": []`, `"bands": [{"from": 1, "probability": 9}, {"from": 2, "probability": 8}]`, 1),
		"by hand":         strings.Replace(text, "\t", "  ", 1),
		"more behind":     text + "\n",
		"too long":        text + strings.Repeat(" ", maxModelFile),
	} {
		if wrong == text {
			t.Fatalf("%s: nothing was changed", name)
		}
		if m, err := ReadModel(strings.NewReader(wrong)); err == nil || m != nil || !strings.HasPrefix(err.Error(), "linkage model: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzModel(f *testing.F) {
	f.Add(encoded(f, StartModel(100)))
	f.Add([]byte(`{"format":"huzheng linkage model","version":1}`))
	p := populate(people(4, 60))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := ReadModel(bytes.NewReader(text))
		if err != nil {
			return
		}
		if !bytes.Equal(encoded(t, m), text) {
			t.Fatal("is not what was read")
		}
		for _, pair := range mustLink(t, p, m, 1).Pairs {
			adds(t, m, Explain(p, m, pair.A, pair.B))
		}
	})
}

// adds checks that a waterfall adds up.
func adds(t interface{ Fatalf(string, ...any) }, m *Model, w Waterfall) {
	sum := w.Prior + w.NameFrequency
	for _, item := range w.Items {
		sum += item.Weight
	}
	if sum != w.Score || w.Probability != m.probability(w.Score) || w.Probability < 0 || w.Probability > 1e6 {
		t.Fatalf("%+v adds up to %d", w, sum)
	}
}

// Whatever two registrations hold, the waterfall adds up, and is the same from either side.
func TestWaterfallAddsUp(t *testing.T) {
	trained, _, err := Train(context.Background(), populate(people(6, 2000)), TrainOptions{})
	if err != nil {
		t.Fatal(err)
	}
	models := []*Model{StartModel(1000), trained}
	value := func(t *rapid.T, of ...string) string {
		return rapid.OneOf(rapid.SampledFrom(of), rapid.String()).Draw(t, "value")
	}
	rapid.Check(t, func(t *rapid.T) {
		text := func() *Text {
			return &Text{Number: value(t, "", "220104197602029702", "220104760202970", "220104197602039716", "22010419760202970X"), Name: value(t, "", "王小红", "王晓红", "王红", "欧阳小红", "无名", "王□红", "WANG"),
				FormerName: value(t, "", "王红", "王晓红"), Sex: value(t, "1", "男", "2", ""), Birth: value(t, "1976-02-02", "19760202", "1976-03-02", "1976-01-03", "1976-02-30", ""),
				Birthplace: value(t, "吉林省长春市南关区", "220102", "长春市南关区", ""), Household: value(t, "", "1", "2"), Address: value(t, "", "吉林省长春市南关区人民大街1号"),
				Mother: value(t, "", "220104195602029704", "220104195602029705"), Father: value(t, "", "220104195602029712"), Spouse: value(t, "", "220104195602029712")}
		}
		a, b := text(), text()
		for _, m := range models {
			w, back := ExplainTexts(m, a, b), ExplainTexts(m, b, a)
			adds(t, m, w)
			if w != back {
				t.Fatalf("%+v from one side, %+v from the other", w, back)
			}
		}
	})
}

// A model fitted to a register twenty times as large asks for more, and is not itself changed.
func TestModelFor(t *testing.T) {
	m, _, err := Train(context.Background(), populate(people(2, 3000)), TrainOptions{Name: "small"})
	if err != nil {
		t.Fatal(err)
	}
	before := encoded(t, m)
	large := m.For(60_000)
	if large.Prior()-m.Prior() != -4322 || large.Trained != 60_000 || large.Digest == m.Digest || !bytes.Equal(before, encoded(t, m)) {
		t.Errorf("prior %d, was %d", large.Prior(), m.Prior())
	}
	if _, err := ReadModel(bytes.NewReader(encoded(t, large))); err != nil {
		t.Error(err)
	}
	stranger, relative := Text{Name: "王小红", Birth: "1976-02-02"}, Text{Name: "王小红", Mother: wang.Mother}
	for _, c := range []struct {
		text Text
		want Millibits
	}{{stranger, -4322}, {relative, 0}} {
		small, fitted := ExplainTexts(m, &c.text, &c.text), ExplainTexts(large, &c.text, &c.text)
		adds(t, large, fitted)
		if d := fitted.Score - small.Score; d > c.want+1000 || d < c.want {
			t.Errorf("%+v: %d, was %d", c.text, fitted.Score, small.Score)
		}
	}
	if m.For(3000) != m || StartModel(10).For(5_000_000).Trained != 0 || m.For(1).Trained != 1000 {
		t.Error("fitted where nothing is to fit")
	}
}

func TestCalibrate(t *testing.T) {
	m := StartModel(1000)
	if m.Calibrate(make([]Label, bandLabels-1)).Labelled {
		t.Error("calibrated by too few decisions")
	}
	var labels []Label
	for i := range 1000 {
		labels = append(labels, Label{Millibits(i%10) * 1000, i/10 < 10*(i%10)}) // at score s, s of ten are one person
	}
	c := m.Calibrate(labels)
	for s := range Millibits(10) {
		if p := c.probability(1000 * s); p < PartsPerMillion(s)*100_000-20_000 || p > PartsPerMillion(s)*100_000+20_000 {
			t.Errorf("score %d: %d", 1000*s, p)
		}
	}
	last := PartsPerMillion(-1)
	for s := Millibits(-30_000); s < 40_000; s += 250 {
		if p := c.probability(s); p < last || p < 0 || p > 1e6 {
			t.Fatalf("the probability falls at %d", s)
		} else {
			last = p
		}
	}
	if logistic(0) != 500_000 || logistic(100_000) != 1_000_000 || logistic(-100_000) != 0 {
		t.Error("without decisions: one to one at 0 bits")
	}
}
