package node

import "testing"

func TestTheShareThatMustBeVerifiedIsASetting(t *testing.T) {
	for set, want := range map[int]int{0: 90, 65: 65} {
		c := Config{Ready: Ready{VerifiedPercent: set}}
		if got := c.limits().VerifiedPercent; got != want {
			t.Errorf("%d: %d, want %d", set, got, want)
		}
	}
}
