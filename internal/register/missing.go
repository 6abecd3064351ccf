package register

import (
	"fmt"
	"slices"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// Notice is the printable list that a citizen takes along (一次性告知): what is missing, numbered, and where to complain. It is empty when nothing is.
func Notice(list []Missing, complaint citizen.Text) citizen.Text {
	if len(list) == 0 {
		return citizen.Text{}
	}
	var zh, en strings.Builder
	zh.WriteString("一次性告知书\n尚缺以下材料，补齐即可，不再另要：\n")
	en.WriteString("What is still missing\nPlease bring the following; nothing else will be asked for:\n")
	for i, m := range list {
		fmt.Fprintf(&zh, "%d. %s\n", i+1, m.Text.ZH)
		fmt.Fprintf(&en, "%d. %s\n", i+1, m.Text.EN)
	}
	zh.WriteString(complaint.ZH + "\n")
	en.WriteString(complaint.EN + "\n")
	return citizen.Text{ZH: zh.String(), EN: en.String()}
}

// AskPapers lists at one time what a citizen has still to bring for a change; open are the kinds of change for which a list of the tenure is open.
func AskPapers(by By, t Tenure, list, kind string, papers, open []string, l Limits) (event.Event, error) {
	if t.Unit != by.Unit {
		return event.Event{}, t.notOwner()
	}
	if _, ok := citizen.ChangeKinds.ByCode(kind); !ok {
		return event.Event{}, field("kind", unknownCode("变动类型", "kind of change", citizen.ChangeKinds))
	}
	if len(papers) == 0 {
		return event.Event{}, notRequired("")
	}
	for i, p := range papers {
		if !mayAsk(kind, p) || slices.Contains(papers[:i], p) {
			return event.Event{}, notRequired(p)
		}
	}
	if slices.Contains(open, kind) {
		return event.Event{}, field("kind", event.Refuse("register.asked_before", "",
			citizen.Text{ZH: "此项业务已一次性告知，清单尚未补齐", EN: "the list for this change has been given already and is still open"},
			citizen.Text{ZH: "不得再次加要材料；收齐清单即办", EN: "nothing may be added; take in what is on the list"}))
	}
	return event.Event{Stream: event.Up(by.Unit), Kind: KindPapersAsked, V: 1, Subject: list,
		Body: PapersAsked{List: list, Tenure: t.ID, Kind: kind, Missing: missing(papers...), AskedOn: by.Today, Complaint: l.Complaint}}, nil
}

func notRequired(paper string) error {
	return field("papers", event.Refuse("register.not_required", "",
		citizen.Text{ZH: "规定的材料中没有 " + paper, EN: "the requirements do not name the paper " + paper},
		citizen.Text{ZH: "查看规定的材料（register.requirements），此外不得索要", EN: "see what is required (register.requirements); nothing else may be asked for"}))
}

// BringToList takes papers off a list that stands by itself.
func BringToList(by By, unit event.Unit, list string, papers []Paper, waiting []string) (event.Event, error) {
	e, err := BringPapers(by, Tenure{Unit: unit, ID: list, State: StateOpen}, papers, waiting)
	if err != nil {
		return e, err
	}
	e.Body = PapersBrought{List: list, Papers: papers, BroughtOn: by.Today}
	return e, nil
}
