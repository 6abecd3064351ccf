package carddesk_test

import (
	"fmt"
	"testing"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/storetest"
)

// GB 11643: a number that two persons of one station share opens no application; the clerk names the person.
func TestSharedNumber_TheClerkChooses(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	one := n.enter(station)
	two := n.enter(station)
	two.Tenure, two.Number = "same", one.Number
	n.must("clerk", "test.enter", two, nil)
	n.refused("clerk", "card.open", m{"number": one.Number, "kind": card.First}, "card.shared_number")
	n.open(one, card.First)
}

// A card is neither signed nor ordered before its photograph has come.
func TestWithoutThePhotographNothingIsSignedOrOrdered(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	n.books()
	unsigned := n.confirmed(n.enter(station), card.First)
	n.must("reviewer", "card.review", m{"application": unsigned}, nil)
	unordered := n.checked(n.enter(station), card.First)
	for _, a := range []string{unsigned, unordered} {
		if err := n.Blobs.Remove(n.show(a).Photo); err != nil {
			t.Fatal(err)
		}
	}
	n.refused("issuer", "card.sign", m{"application": unsigned}, "card.photograph_missing")
	n.refused("checker", "card.order", m{"applications": []string{unordered}}, "card.photograph_missing")
}

// An order file has a bound (docs/formats/orders.md), and a list knows its stages.
func TestOrderSizeAndStagesOfAList(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	names := make([]string, card.MaxFileCards+1)
	for i := range names {
		names[i] = fmt.Sprint(i)
	}
	n.refused("checker", "card.order", m{"applications": names}, "card.order_size")
	n.refused("clerk", "card.list", m{"purpose": "核对", "stage": "paid"}, "card.no_stage")
	n.must("clerk", "card.list", m{"purpose": "核对", "stage": "opened"}, nil)
}
