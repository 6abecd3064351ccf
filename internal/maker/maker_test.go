package maker_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/maker"
)

// order is the tar of an order of n cards that share three photographs.
func order(t testing.TB, n int) []byte {
	t.Helper()
	photos := make(map[string][]byte)
	var lines []card.OrderLine
	for i := range n {
		content := fmt.Appendf(nil, "photograph %d", i%3)
		sum := sha256.Sum256(content)
		digest := hex.EncodeToString(sum[:])
		photos[digest] = content
		lines = append(lines, card.OrderLine{Line: i + 1, Application: fmt.Sprint("a", i), AcceptanceNo: fmt.Sprint("n", i), Round: 1, Attempt: 1 + i%2, Photo: digest})
	}
	list, err := card.EncodeOrder(card.FileHeader{Order: "order", City: "220100", At: 1_126_000_000_000}, lines)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	err = card.PackOrder(&out, list, nil, func(digest string) ([]byte, error) { return photos[digest], nil })
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func produce(t testing.TB, file []byte, o maker.Options) *maker.Result {
	t.Helper()
	r, err := maker.Make(bytes.NewReader(file), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestMakesEveryCardOnce(t *testing.T) {
	file := order(t, 25)
	r := produce(t, file, maker.Options{PackageSize: 10})
	header, lines, err := card.DecodeFeedback(r.Feedback)
	if err != nil || header.Order != "order" || len(lines) != 25 || r.Made != 25 || len(r.Packages) != 3 {
		t.Fatalf("%+v %d %v %+v", header, len(lines), err, r)
	}
	seen := make(map[string]bool)
	for i, l := range lines {
		if l.Application != fmt.Sprint("a", i) || l.Attempt != 1+i%2 || seen[l.CardNo] || !slices.Contains(r.Packages[l.Package], l.CardNo) {
			t.Errorf("%+v", l)
		}
		seen[l.CardNo] = true
	}
}

func TestTheSameSeedGivesTheSameFaults(t *testing.T) {
	file := order(t, 400)
	o := maker.Options{Seed: 7, RejectPerMille: 100, SilentPerMille: 50, MissingPerMille: 50}
	first, again := produce(t, file, o), produce(t, file, o)
	if !bytes.Equal(first.Feedback, again.Feedback) {
		t.Error("two runs differ")
	}
	sent := 0
	for _, cards := range first.Packages {
		sent += len(cards)
	}
	if first.Rejected == 0 || first.Silent == 0 || sent >= first.Made || first.Made+first.Rejected+first.Silent != 400 {
		t.Errorf("made %d, sent %d, rejected %d, silent %d", first.Made, sent, first.Rejected, first.Silent)
	}
	o.DefectPerMille = 100
	unfit, same := produce(t, file, o), produce(t, file, o)
	if !bytes.Equal(first.Feedback, unfit.Feedback) || !maps.Equal(unfit.Defective, same.Defective) || len(unfit.Defective) < 10 || len(first.Defective) != 0 {
		t.Errorf("%d of %d are unfit", len(unfit.Defective), unfit.Made)
	}
	o.Seed = 8
	if other := produce(t, file, o); bytes.Equal(first.Feedback, other.Feedback) {
		t.Error("another seed gives the same")
	}
}

func TestADamagedOrderIsRefusedWhole(t *testing.T) {
	file := order(t, 5)
	if !bytes.Equal(file, order(t, 5)) {
		t.Error("the same order gives other bytes")
	}
	for name, damaged := range map[string][]byte{
		"cut":        file[:len(file)/2],
		"list":       bytes.Replace(file, []byte(`"application":"a1"`), []byte(`"application":"a9"`), 1),
		"photograph": bytes.Replace(file, []byte("photograph 1"), []byte("photograph 9"), 1),
		"empty":      nil,
	} {
		if _, err := maker.Make(bytes.NewReader(damaged), maker.Options{}); !errors.Is(err, card.ErrFile) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestACardWhoseChipRecordIsNotItsOwnIsNotMade(t *testing.T) {
	born, issued := citizen.MustDate("1955-06-07"), citizen.MustDate("2005-09-01")
	app := card.Application{ID: "a", AcceptanceNo: "n", Face: card.Face{Name: "张三", Sex: "1", EthnicGroup: "01", BirthDate: born, Address: "长春市南关区",
		Number: "220102195506079417"}, Issue: card.Issue{ValidFrom: issued, ValidTo: card.LongTerm, Authority: "长春市公安局南关区分局"}}
	right := card.LineOf(app, 1)
	app.Face.Name = "李四"
	other := card.LineOf(app, 2)
	if right.Record == "" || other.Record == "" || right.Record == other.Record {
		t.Fatalf("%q %q", right.Record, other.Record)
	}
	exchanged, broken, old := right, right, right
	exchanged.Record, broken.Record, old.Record = other.Record, "no base64", ""
	made, err := maker.MakeOrder(&card.OrderFile{Digest: "0123456789abcdef0123456789abcdef", Lines: []card.OrderLine{right, exchanged, broken, old}}, maker.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, lines, err := card.DecodeFeedback(made.Feedback)
	if err != nil || len(lines) != 4 || made.Made != 2 {
		t.Fatalf("%+v %v", lines, err)
	}
	for i, want := range []string{"", "record", "record", ""} {
		if lines[i].Fault != want || (want != "") != (lines[i].Class == card.RejectData) {
			t.Errorf("line %d: %+v", i+1, lines[i])
		}
	}
}
