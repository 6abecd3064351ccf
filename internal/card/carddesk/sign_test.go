package carddesk

import (
	"testing"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/journal"
)

func TestAnOrderIsSignedWholeByTheCity(t *testing.T) {
	list, err := card.EncodeOrder(card.FileHeader{Order: "o", City: "220100", At: 1}, []card.OrderLine{{Line: 1, Application: "a"}})
	if err != nil {
		t.Fatal(err)
	}
	key, err := journal.NewKey("220100")
	if err != nil {
		t.Fatal(err)
	}
	other, err := journal.NewKey("220100")
	if err != nil {
		t.Fatal(err)
	}
	note, err := signOrder(list, key)
	again, err2 := signOrder(list, key)
	if err != nil || err2 != nil || string(note) != string(again) {
		t.Fatalf("%v %v: the same order is signed otherwise", err, err2)
	}
	want, err := card.Statement(list)
	if err != nil {
		t.Fatal(err)
	}
	var signed card.OrderStatement
	if err := journal.OpenStatement(note, key.Verifier(), card.OrderTitle, &signed); err != nil || signed != want {
		t.Errorf("%+v %v", signed, err)
	}
	if err := journal.OpenStatement(note, other.Verifier(), card.OrderTitle, &signed); err == nil {
		t.Error("another key's signature is accepted")
	}
	if err := journal.OpenStatement(note, key.Verifier(), "huzheng closure v1", &signed); err == nil {
		t.Error("the note passes as another statement")
	}
	if note, err := signOrder(list, nil); note != nil || err != nil {
		t.Errorf("%q %v without a key", note, err)
	}
}

func TestWhatIsNoHexIsNoCardsRecord(t *testing.T) {
	if chipRecord("") != nil || chipRecord("20zz") == nil || len(chipRecord("20zz")) != 0 || len(chipRecord("2000")) != 2 {
		t.Error("hex of a chip's record")
	}
}
