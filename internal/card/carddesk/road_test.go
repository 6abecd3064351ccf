package carddesk_test

import (
	"testing"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddb"
	"github.com/huzheng/huzheng/internal/card/carddesk"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
)

// A picture that the measures do not pass is used on the word of another person, with a reason; both stand in the entry.
func TestPhotographOnAPersonsWord(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config)
		a := n.open(n.enter(station), card.First)
		take := func(override m) m {
			return m{"application": a, "photo": n.blob("p"), "device": "d", "override": override}
		}
		blurred := take(nil)
		blurred["measures"] = m{"C14.sharpness": 3, "C9.tilt": 0, "width": 358} // what is no measure of the profile does not count
		n.refused("photo", "card.photograph", blurred, "card.photo_fails")
		n.refused("photo", "card.photograph", take(m{"words": "眼疾"}), "card.override_by")
		n.refused("photo", "card.photograph", take(m{"by": "photo", "words": "眼疾"}), "card.override_by")
		n.refused("photo", "card.photograph", take(m{"by": "nobody", "words": "眼疾"}), "card.override_unknown")
		n.refused("photo", "card.photograph", take(m{"by": "clerk"}), "card.override_words")
		n.must("photo", "card.photograph", take(m{"by": "clerk", "words": "眼疾，不能睁眼"}), nil)
		for _, s := range n.show(a).Steps {
			if p := s.Body.Photograph; p != nil && (p.Override == nil || p.Override.By != "clerk" || p.Override.Words != "眼疾，不能睁眼") {
				t.Errorf("%+v", p)
			}
		}
	})
}

// A person's applications are found by number; a card that waits at the station is found in its consignment.
func TestFindingAPersonsCard(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config)
		n.books()
		p, q := n.enter(station), n.enter(station)
		a, b := n.checked(p, card.First), n.checked(q, card.First)
		var listed []carddb.Listed
		n.refused("clerk", "card.of_person", m{"number": p.Number}, "card.no_purpose")
		n.must("clerk", "card.of_person", m{"number": p.Number, "purpose": "发证"}, &listed)
		if len(listed) != 1 || listed[0].Application != a || listed[0].Number == p.Number {
			t.Errorf("%+v", listed)
		}
		n.refused("clerk2", "card.of_person", m{"tenure": p.Tenure, "purpose": "发证"}, "office.other_area")
		if lies := n.show(a).Lies; lies != nil {
			t.Errorf("%+v", lies)
		}
		n.arrived(a, b)
		one, other := n.lies(a), n.lies(b)
		if one.Of != 2 || other.Of != 2 || one.Place+other.Place != 3 || one.Consignment == "" || one.Consignment != other.Consignment {
			t.Errorf("%+v, %+v", one, other)
		}
	})
}

func (n *node) lies(a string) carddesk.Lies {
	n.t.Helper()
	lies := n.show(a).Lies
	if lies == nil {
		n.t.Fatalf("%s lies nowhere", a)
	}
	return *lies
}
