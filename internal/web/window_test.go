package web

import (
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddesk"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/fund/funddesk"
	"github.com/huzheng/huzheng/internal/photo"
	"github.com/huzheng/huzheng/internal/synth/portrait"
)

// TestNextStep: the road goes on from wherever an application stands, also when it has come back.
func TestNextStep(t *testing.T) {
	open, settled := &funddesk.FeeOf{}, &funddesk.FeeOf{Settled: true}
	for want, all := range map[string][]application{
		"photograph": {{Shown: atStage(card.StageOpened, "", "")}, {Shown: atStage(card.StageReturned, card.ReturnPhoto, "")}, {Shown: atStage(card.StageRejected, "", card.RejectPhoto)}},
		"sign": {{Shown: atStage(card.StagePhotographed, "", "")}, {Shown: atStage(card.StageReturned, card.ReturnData, "")}, {Shown: atStage(card.StageRejected, "", card.RejectData)},
			{Shown: atStage(card.StageDefective, "", card.RejectData)}},
		"fee":  {{Shown: atStage(card.StageConfirmed, "", ""), Fee: open}},
		"done": {{Shown: atStage(card.StageConfirmed, "", ""), Fee: settled}, {Shown: atStage(card.StageConfirmed, "", "")}},
		"":     {{Shown: atStage(card.StageDefective, "", card.RejectProduction)}, {Shown: atStage(card.StageReviewed, "", "")}, {Shown: atStage(card.StageHandedOver, "", "")}, {Shown: atStage(card.StageWithdrawn, "", "")}},
	} {
		for _, a := range all {
			if got := a.nextStep(); got != want {
				t.Errorf("%s %s %s: %q, want %q", a.Stage, a.Return.Reason, a.Class, got, want)
			}
		}
	}
}

func atStage(stage card.Stage, reason card.ReturnReason, class card.RejectClass) carddesk.Shown {
	return carddesk.Shown{Application: card.Application{Stage: stage, Return: card.Return{Reason: reason}, Class: class}}
}

// TestNormalised: a card's picture that passes stays as it is, a camera's is brought to the card's form, one without a single face is cut for a person to look at, and what is
// no picture gives none.
func TestNormalised(t *testing.T) {
	draw := func(s portrait.Setting) []byte {
		img, _ := portrait.Studio(7, 1, s)
		return portrait.JPEG(img, 90)
	}
	camera := portrait.Setting{Width: 1280, Height: 960, FaceWidth: 280, EyeRow: 430, Bare: true}
	kept, checked := normalised(draw(camera))
	if !cardForm(kept) || checked.Report.Verdict != photo.Pass {
		t.Errorf("a camera's picture: %+v", checked.Report.Problems)
	}
	if again, _ := normalised(kept); string(again) != string(kept) {
		t.Error("a card's picture was made anew")
	}
	camera.Faces = 2
	if kept, checked = normalised(draw(camera)); !cardForm(kept) || checked.Report.Verdict != photo.Fail {
		t.Errorf("two faces: %s", checked.Report.Verdict)
	}
	if kept, checked = normalised([]byte("no picture")); kept != nil || checked.Report.Verdict != photo.Fail {
		t.Errorf("no picture: %s", checked.Report.Verdict)
	}
}

// TestTemporaryCardsRestOnTheLawOfTheDay: 公安部令第78号 is in force from 2005-10-01, and before it the rule of 1989.
func TestTemporaryCardsRestOnTheLawOfTheDay(t *testing.T) {
	for day, want := range map[string]string{"2005-09-30": "1989", "2005-10-01": "第78号"} {
		for i := range roadActs {
			if a := &roadActs[i]; a.law == lawTemporary && !strings.Contains(a.lawOn(citizen.MustDate(day)), want) {
				t.Errorf("%s on %s rests on %s", a.name, day, a.lawOn(citizen.MustDate(day)))
			}
		}
	}
	a := registerAct{law: "户口登记条例（1958）第7条"}
	if got := a.lawOn(citizen.MustDate("2005-09-30")); got != a.law {
		t.Errorf("another act rests on %s", got)
	}
}

// TestTemporaryNoteSaysWhatTheLawOfItsDaySays: three days and three months only for a card that was asked for when they held.
func TestTemporaryNoteSaysWhatTheLawOfItsDaySays(t *testing.T) {
	s := &Server{}
	if err := s.parsePages(); err != nil {
		t.Fatal(err)
	}
	for _, due := range []citizen.Date{{}, citizen.MustDate("2005-10-13")} {
		var out strings.Builder
		note := &sheet{App: &application{Shown: carddesk.Shown{Application: card.Application{Slip: "2201020012005092100003"}}}, Temp: &carddesk.TempListed{TempCard: card.TempCard{DueOn: due, ValidTo: citizen.MustDate("2006-01-10")}}}
		if err := s.pages["zh/window-temporary-note"].ExecuteTemplate(&out, "sheet", note); err != nil {
			t.Fatal(err)
		}
		if says := strings.Contains(out.String(), "三个月"); says == due.IsZero() || strings.Contains(out.String(), "应发日期") == due.IsZero() {
			t.Errorf("due %s: %s", due, out.String())
		}
	}
}
