package linkage

import (
	"context"
	"testing"
)

// asOldCard makes a registration one of a file of old cards: 15 digits, which prove nothing, and no birth date.
func asOldCard(t *Text) {
	if len(t.Number) == 18 {
		t.Number = t.Number[:6] + t.Number[8:17]
	}
	t.Birth = ""
}

// Where birth dates are missing in all or half of a file, training counts how rare an equal number is among the pairs that there are: it speaks for one person as it does
// where both dates are known. What no pair of the file shows keeps what is known beforehand.
func TestTrainUndated(t *testing.T) {
	rows := 0
	for name, change := range map[string]func(*Text){
		"no dates": asOldCard,
		"half": func(t *Text) {
			if rows++; rows%2 == 0 {
				asOldCard(t)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			p, truth := cityAs(t, 25_000, 11, change)
			m, _, err := Train(context.Background(), p, TrainOptions{Workers: 2, Seed: 1})
			if err != nil {
				t.Fatal(err)
			}
			for level := range dateKinds {
				if w := m.weights[Number][level][NumberEqual]; w < 5000 {
					t.Errorf("an equal number, date %s, weighs %d", Date.Levels()[level], w)
				}
			}
			q := Measure(p, m, mustLink(t, p, m, 2), truth)
			if q.All.Proposed.Value() < .75 || q.All.Precision.Value() < .98 {
				t.Errorf("proposed %.3f at precision %.3f, floors .75 and .98", q.All.Proposed.Value(), q.All.Precision.Value())
			}
			t.Logf("blocked %.3f proposed %.3f precision %.3f listed %.3f read %.3f", q.All.Blocked.Value(), q.All.Proposed.Value(), q.All.Precision.Value(), q.All.Listed.Value(), q.Read.Value())
		})
	}
}
