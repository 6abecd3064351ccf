package card

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/card/chip"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

func draft() Draft {
	return Draft{Face: Face{Name: "张三", Sex: "1", EthnicGroup: "01", BirthDate: citizen.MustDate("1955-06-07"), Address: "长春市南关区", Number: "220102195506079417"},
		Issue: Issue{ValidFrom: citizen.MustDate("2005-09-01"), ValidTo: LongTerm, Authority: "长春市公安局南关区分局"}}
}

func TestTheDraftsChipRecordIsCheckedBeforeSigning(t *testing.T) {
	if found := Lint(draft()); len(found) != 0 {
		t.Fatal(found)
	}
	d := draft()
	d.Face.Name = "张\u200B三" // an invisible mark, which only the record's rules know
	if found := Lint(d); len(found) != 1 || found[0].Code != "card.chip.name_control" || found[0].Source == "" || found[0].Text.ZH == "" {
		t.Error(found)
	}
	d = draft()
	d.Face.Address = "长春市 南关区" // only a warning: it holds nothing
	if found := Lint(d); len(found) != 0 {
		t.Error(found)
	}
}

// TestTheCardsLintAndTheChipsAgree: what the signing refuses, the encoder refuses.
func TestTheCardsLintAndTheChipsAgree(t *testing.T) {
	for name, edit := range map[string]func(*Draft){
		"number": func(d *Draft) { d.Face.Number = "220102195506079418" }, "sex": func(d *Draft) { d.Face.Sex = "2" },
		"group": func(d *Draft) { d.Face.EthnicGroup = "60" }, "name": func(d *Draft) { d.Face.Name = strings.Repeat("张", 16) },
		"rare": func(d *Draft) { d.Face.Name = "张𠀀" }, "private": func(d *Draft) { d.Face.Address = "\uE000" },
		"authority": func(d *Draft) { d.Issue.Authority = "" }, "validity": func(d *Draft) { d.Issue.ValidTo = "2025-09-01" },
	} {
		d := draft()
		edit(&d)
		raw, found := chip.Encode(Record(d.Face, d.Issue), chip.Context{})
		if len(Lint(d)) == 0 || raw != nil || !chip.Failed(found) {
			t.Errorf("%s: %v %+v", name, Lint(d), found)
		}
	}
}

func TestTheWholeChipIsComparedAtTheHandOver(t *testing.T) {
	a := at(t, 8)
	record := Record(a.Face, a.Issue)
	raw, found := chip.Encode(record, chip.Context{})
	if raw == nil {
		t.Fatal(found)
	}
	record.Name = "李四"
	other, _ := chip.Encode(record, chip.Context{})
	for name, test := range map[string]struct {
		number string
		raw    []byte
		want   string
	}{
		"as ordered":          {"", raw, ""},
		"and the same number": {a.Face.Number, raw, ""},
		"another name":        {a.Face.Number, other, "card.chip_differs"},
		"another number":      {"220102197005069512", raw, "card.chip_differs"},
		"half a record":       {"", raw[:100], "card.chip_differs"},
		"no record":           {a.Face.Number, []byte{}, "card.chip_differs"},
	} {
		_, err := HandOverIt(a, HandOverCommand{By: Actor{station, "clerk"}, ChipNumber: test.number, ChipRecord: test.raw, Receiver: ReceivedBySelf, Signature: "s", Today: today}, false, nil)
		if refusal, ok := event.AsRefusal(err); test.want == "" && err != nil || test.want != "" && (!ok || refusal.Code != test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// orderTar is an order of two cards with one photograph, and a note.
func orderTar(t testing.TB) (list, file []byte) {
	t.Helper()
	d := draft()
	photo := []byte("a photograph")
	a := Application{ID: "a", AcceptanceNo: "n", Home: station, Round: 1, Face: d.Face, Issue: d.Issue, Photo: digestOf(photo)}
	list, err := EncodeOrder(FileHeader{Order: "o", City: city, At: 1_126_000_000_000}, []OrderLine{LineOf(a, 1), LineOf(a, 2)})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := PackOrder(&out, list, []byte("signed"), func(string) ([]byte, error) { return photo, nil }); err != nil {
		t.Fatal(err)
	}
	return list, out.Bytes()
}

func TestAnOrderHoldsRecordsPicturesAndSignature(t *testing.T) {
	list, file := orderTar(t)
	order, err := UnpackOrder(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	want, err := Statement(list)
	if err != nil || order.Digest != want.Digest || want.Count != 2 || want.Order != "o" || want.City != city {
		t.Errorf("%+v %v", want, err)
	}
	if string(order.Note) != "signed" || !bytes.Equal(order.List, list) || len(order.Photos) != 1 {
		t.Errorf("%+v", order)
	}
	for _, l := range order.Lines {
		if found := l.CheckRecord(); l.Record == "" || len(found) != 0 {
			t.Errorf("%+v", found)
		}
	}
}

func TestOrderFilesThatAreNotWholeAreRefused(t *testing.T) {
	list, file := orderTar(t)
	other := func(edit func(*tar.Writer)) []byte {
		var out bytes.Buffer
		w := tar.NewWriter(&out)
		edit(w)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	put := func(w *tar.Writer, name string, content []byte) {
		if err := packFile(w, name, content, 0); err != nil {
			t.Fatal(err)
		}
	}
	photo := []byte("a photograph")
	name := photoFolder + digestOf(photo) + photoSuffix
	for what, file := range map[string][]byte{
		"nothing":            nil,
		"cut":                file[:len(file)/2],
		"no list":            other(func(w *tar.Writer) { put(w, name, photo) }),
		"two lists":          other(func(w *tar.Writer) { put(w, OrderName, list); put(w, OrderName, list); put(w, name, photo) }),
		"no photograph":      other(func(w *tar.Writer) { put(w, OrderName, list) }),
		"another photograph": other(func(w *tar.Writer) { put(w, OrderName, list); put(w, name, []byte("b")) }),
		"a file beside":      other(func(w *tar.Writer) { put(w, OrderName, list); put(w, name, photo); put(w, "../x", photo) }),
		"a huge photograph": other(func(w *tar.Writer) {
			huge := make([]byte, maxPhoto+1)
			put(w, OrderName, list)
			put(w, name, photo)
			put(w, photoFolder+digestOf(huge)+photoSuffix, huge)
		}),
		"a huge signature": other(func(w *tar.Writer) {
			put(w, OrderName, list)
			put(w, name, photo)
			put(w, OrderNote, make([]byte, maxNote+1))
		}),
		"a thousand pictures": other(func(w *tar.Writer) {
			put(w, OrderName, list)
			put(w, name, photo)
			for i := range MaxFileCards {
				content := fmt.Append(nil, i)
				put(w, photoFolder+digestOf(content)+photoSuffix, content)
			}
		}),
	} {
		if order, err := UnpackOrder(bytes.NewReader(file)); !errors.Is(err, ErrFile) {
			t.Errorf("%s: %v %v", what, order, err)
		}
	}
	many := make([]OrderLine, MaxFileCards+1)
	raw, err := EncodeOrder(FileHeader{Order: "o", City: city}, many)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := DecodeOrder(raw); !errors.Is(err, ErrFile) {
		t.Errorf("too many cards: %v", err)
	}
}

func TestEveryFaultHasItsClassAndWords(t *testing.T) {
	for code, fault := range Faults {
		if fault.Text.ZH == "" || fault.Text.EN == "" || !(Outcome{Class: fault.Class, Fault: code}).faultFits() {
			t.Errorf("%s: %+v", code, fault)
		}
		for _, class := range []RejectClass{"", RejectPhoto, RejectData, RejectProduction} {
			if class != fault.Class && (Outcome{Class: class, Fault: code}).faultFits() {
				t.Errorf("%s fits %q", code, class)
			}
		}
	}
	if (Outcome{Class: RejectPhoto, Fault: "nonsense"}).faultFits() {
		t.Error("an unknown fault fits")
	}
}

func TestAFaultIsTakenIntoTheEntry(t *testing.T) {
	a := at(t, 6)
	if a.base != StageOrdered {
		t.Fatalf("stage %s", a.base)
	}
	by := Actor{city, "c"}
	events, err := Feedback(a, by, "d", Outcome{Attempt: a.Attempt, Class: RejectProduction, Fault: "film"})
	if err != nil || events[0].Body.(Body).Making.Fault != "film" {
		t.Errorf("%+v %v", events, err)
	}
	for _, o := range []Outcome{{Attempt: a.Attempt, Class: RejectPhoto, Fault: "film"}, {Attempt: a.Attempt, CardNo: "1", Package: "p", Fault: "film"}} {
		_, err := Feedback(a, by, "d", o)
		if refusal, ok := event.AsRefusal(err); !ok || refusal.Code != "card.feedback_line" {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

func FuzzDecodeFiles(f *testing.F) {
	list, file := orderTar(f)
	f.Add(list)
	f.Add(file)
	feedback, err := EncodeFeedback(FileHeader{Order: "o"}, []FeedbackLine{{Line: 1, Application: "a", Outcome: Outcome{Attempt: 1, Class: RejectPhoto, Fault: "photo_size"}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(feedback)
	f.Add(bytes.Replace(feedback, []byte(`"line":1`), []byte(`"line":9`), 1))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if h, lines, err := DecodeOrder(raw); err == nil {
			again, err := EncodeOrder(h, lines)
			if _, back, backErr := DecodeOrder(again); err != nil || backErr != nil || !slices.Equal(back, lines) {
				t.Fatalf("%v %v", err, backErr)
			}
			for _, l := range lines {
				l.CheckRecord()
			}
		} else if !errors.Is(err, ErrFile) {
			t.Fatal(err)
		}
		if h, lines, err := DecodeFeedback(raw); err == nil {
			again, err := EncodeFeedback(h, lines)
			if _, back, backErr := DecodeFeedback(again); err != nil || backErr != nil || !slices.Equal(back, lines) {
				t.Fatalf("%v %v", err, backErr)
			}
		} else if !errors.Is(err, ErrFile) {
			t.Fatal(err)
		}
		if _, err := UnpackOrder(bytes.NewReader(raw)); err != nil && !errors.Is(err, ErrFile) {
			t.Fatal(err)
		}
	})
}
