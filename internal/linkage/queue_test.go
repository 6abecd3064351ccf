package linkage

import (
	"fmt"
	"slices"
	"testing"
)

// Two families whose rows lie scattered: each one's multiple births stand together, behind everything else, in the order of the file.
func TestQueue(t *testing.T) {
	home := map[int32]string{1: "H1", 2: "H2", 3: "H1", 4: "H2", 5: "H1", 7: "H3", 8: "H1", 9: "H3"}
	p := NewPopulation(10)
	for i := range int32(10) {
		p.Add(&Text{ID: fmt.Sprint(i), Name: "王伟", Household: home[i]})
	}
	twins := func(a, b int32) Pair { return Pair{A: a, B: b, Class: MultipleBirth} }
	r := &Result{Pairs: []Pair{{A: 0, B: 6, Class: Review}, twins(1, 3), twins(2, 4), twins(3, 7), {A: 4, B: 6, Class: Proposal}, twins(5, 8), twins(7, 9)}}
	var got []string
	for _, pair := range r.Queue(p) {
		got = append(got, fmt.Sprintf("%d-%d", pair.A, pair.B))
	}
	want := []string{"0-6", "4-6", "1-3", "3-7", "5-8", "7-9", "2-4"}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if empty := new(Result).Queue(p); len(empty) > 0 {
		t.Errorf("nothing becomes %v", empty)
	}
}
