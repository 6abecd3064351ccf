package web

import (
	"bytes"
	"html/template"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddb"
	"github.com/huzheng/huzheng/internal/card/carddesk"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/site"
)

// hostile are texts that somebody might have typed anywhere.
const hostile = `"><img src=x onerror=alert(1)><script>alert(1)</script>'--`

// render renders a page of the offices as a reader gets it, without its frame.
func render(t *testing.T, page string, data any) string {
	t.Helper()
	s := &Server{}
	if err := s.parsePages(); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	name := "main"
	if p := s.pages["zh/"+page]; strings.Contains(page, "sheet") || page == "office-packing" {
		name = "sheet"
	} else if p == nil {
		t.Fatalf("no page %s", page)
	}
	if err := s.pages["zh/"+page].ExecuteTemplate(&out, name, data); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestOfficePagesShowTypedTextsAsText: a name, a reason or a package's number that holds markup is shown as it was typed, on each page of the offices.
func TestOfficePagesShowTypedTextsAsText(t *testing.T) {
	face := card.Face{Name: hostile, Address: hostile, Number: hostile, Sex: "1", EthnicGroup: "01", BirthDate: citizen.MustDate("1970-05-06")}
	d := &carddesk.Dossier{Application: card.Application{ID: "a", AcceptanceNo: "1", Face: face, Hold: &card.Hold{Words: hostile}}, Registered: &face, Stands: "sign",
		Draft:    card.Issue{ValidFrom: citizen.MustDate("2005-09-05"), ValidTo: card.LongTerm, Authority: hostile},
		Warnings: []carddesk.Warning{{Code: "x", Text: citizen.Text{ZH: hostile, EN: hostile}, Stops: true}}}
	c := &call{s: &Server{}, lang: "zh"}
	blank := &form{Once: "1", Subject: "a"}
	judge := &judgePage{judging: judgings[1], D: d, Approve: blank, Return: blank, Items: c.items(d), Facts: c.judgeFacts(d), Specimen: newSpecimen(d, template.URL("")), May: true, Takeable: true,
		Words: field{ID: "f-words", Value: hostile}, Photo: facePhoto{Caption: hostile}, Last: &lastDone{What: hostile}}
	cells := []cell{{Text: hostile}, {Text: hostile, Tag: "late"}, {Text: hostile, Number: true}}
	list := table{Caption: hostile, Columns: []column{{Key: "a", Label: hostile}, {Label: "b"}, {Label: "c"}}, Rows: []row{{Href: "/x?" + hostile, Cells: cells}}}
	shownCards := carddesk.ConsignmentShown{Sent: carddb.Sent{Consignment: "pack-1"}}
	for page, data := range map[string]any{
		"office-judge": judge, "office-list": &officeList{Title: hostile, Tables: []table{list}, Record: &lateRecord{Title: hostile, Facts: []fact{{Label: "x", Text: hostile}}}},
		"office-orders":      &ordersPage{Orders: list, Skipped: &list, Draft: &carddesk.OrderDraft{}, Form: blank, Feedback: blank},
		"office-feedback":    feedbackPage{Packages: &list, Exceptions: &list},
		"office-consignment": &consignmentPage{ConsignmentShown: shownCards, Cards: list, Facts: []fact{{Label: "x", Text: hostile}}, Form: blank, ToCount: true},
		"office-packing":     &consignmentPage{ConsignmentShown: shownCards, Cards: list, Units: list, Facts: []fact{{Label: "x", Text: hostile}}},
		"office-send":        &sendPage{Cards: list, To: hostile, Name: hostile, Units: []keyed{{Value: hostile, Label: hostile}}, Form: blank, Draft: carddesk.ConsignDraft{Cards: []card.Packed{{CardNo: hostile}}}},
		"office-kept":        &keptPage{Spoilt: []keyed{{ID: "n", Value: hostile, Label: hostile}}, Form: blank, Find: blank},
		"office-access":      &accessPage{Form: blank, Log: &accessSums{Odd: 1}, Tables: []table{list, list, list}},
		"office-quality":     &qualityPage{Form: blank, Tables: []table{list}, Figures: []boardFigure{{Label: hostile}}},
	} {
		text := render(t, page, data)
		if strings.Contains(text, "<img src=x") || strings.Contains(text, "<script") || !strings.Contains(text, "&lt;script&gt;") {
			t.Errorf("%s shows markup that was typed:\n%s", page, text)
		}
	}
}

// TestOneKeyForEachReason: every coded reason of a return is chosen by one digit.
func TestOneKeyForEachReason(t *testing.T) {
	seen := make(map[card.ReturnReason]bool)
	for _, reason := range returnReasons {
		seen[reason] = true
	}
	if len(seen) != len(card.ReturnReasons) || len(returnReasons) > 9 {
		t.Errorf("%d reasons have a key, of %d", len(seen), len(card.ReturnReasons))
	}
}

func TestGradesAndDesksHaveWords(t *testing.T) {
	c := &call{s: &Server{}, lang: "zh"}
	for _, grade := range card.Grades {
		if gradeTone(grade) == "" || codeWords("card.Lateness", string(grade)).ZH == string(grade) {
			t.Errorf("%s has no words", grade)
		}
	}
	if c.deskName(card.Desk{}) != "" || c.deskName(card.Desk{Unit: "220102", Role: "maker"}) == "" {
		t.Error("a desk's name")
	}
	for _, code := range site.Oddities {
		if c.oddWords([]string{code}) == code || c.t("access.odd."+code) == "" {
			t.Errorf("%s has no words", code)
		}
	}
}

func TestCardNumberOfAnAcceptanceNumber(t *testing.T) {
	cards := []carddb.SentCard{{CardNo: "c1", AcceptanceNo: "a1"}}
	if cardNumber(cards, "a1") != "c1" || cardNumber(cards, "c1") != "c1" || cardNumber(cards, "x") != "x" {
		t.Error("numbers of cards")
	}
	if !barred("pack-1") || barred("") || barred("包1") || barred(strings.Repeat("1", 81)) {
		t.Error("what can be printed as bars")
	}
}
