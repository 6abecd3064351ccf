package card

import (
	"slices"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// HoldReason is why an application is held.
type HoldReason string

// The reasons (law-and-process C3).
const (
	HoldRare   HoldReason = "rare_character" // the maker cannot set a character yet
	HoldNumber HoldReason = "number"         // the number is disputed
	HoldAbsent HoldReason = "absent"         // the applicant is away
)

var holdReasons = []HoldReason{HoldRare, HoldNumber, HoldAbsent}

// Hold is an application put aside with a promise. It keeps nobody behind it waiting: only its own signing waits.
type Hold struct {
	Reason     HoldReason   `json:"reason"`
	Characters string       `json:"characters,omitempty"` // the rare ones
	Picture    string       `json:"picture,omitempty"`    // blob: what the character looks like
	PromisedOn citizen.Date `json:"promised_on"`          // when the applicant hears again
	Words      string       `json:"words,omitempty"`
}

// Release ends a hold.
type Release struct {
	Words string `json:"words"` // how it was settled
}

// HoldIt puts an application aside before it is signed. The applicant is promised a day, and may have a temporary card meanwhile (居民身份证法 (2003) art. 12
// para 2).
func HoldIt(a Application, by Actor, h Hold, today citizen.Date) ([]event.Event, error) {
	err := firstError(a.in(StageOpened, StagePhotographed, StageConfirmed, StageReviewed, StageReturned), a.of(a.Home, by), holds(a, h, today))
	if err != nil {
		return nil, err
	}
	body := a.body()
	body.Hold = &h
	var blobs []string
	if h.Picture != "" {
		blobs = append(blobs, h.Picture)
	}
	return []event.Event{a.station(KindHeld, a.judged, body, blobs...)}, nil
}

func holds(a Application, h Hold, today citizen.Date) error {
	switch {
	case a.Hold != nil:
		return refuse("card.held_already", "", "该申领已挂起", "the application is held already", "先解除挂起", "release it first")
	case !slices.Contains(holdReasons, h.Reason):
		return refuse("card.hold_reason", "", "挂起原因不明", "unknown reason for a hold", "从列出的原因中选一个", "choose one of the reasons")
	case h.Reason == HoldRare && h.Characters == "":
		return refuse("card.hold_characters", stdText, "未写明生僻字", "the rare character is not named", "录入该字，无法录入的附字样图片", "enter the character; where it cannot be typed, a picture and a description")
	case !h.PromisedOn.After(today):
		return refuse("card.hold_promise", lawSixty, "未承诺答复日期", "no day is promised", "填写答复本人的日期", "give the day on which the applicant hears again")
	}
	return nil
}

// ReleaseIt ends a hold, with words on how it was settled.
func ReleaseIt(a Application, by Actor, words string) ([]event.Event, error) {
	if a.ID == "" {
		return nil, errNone
	}
	if err := a.of(a.Home, by); err != nil {
		return nil, err
	}
	switch {
	case a.Hold == nil:
		return nil, refuse("card.not_held_back", "", "该申领未挂起", "the application is not held", "无需解除", "nothing is to be released")
	case words == "":
		return nil, refuse("card.release_words", "", "未写明如何解决", "it is not said how it was settled", "填写解决办法", "say how")
	}
	body := a.body()
	body.Release = &Release{Words: words}
	return []event.Event{a.station(KindReleased, a.holdRef, body)}, nil
}

func notHeld(a Application) error {
	if a.Hold == nil {
		return nil
	}
	return refuse("card.on_hold", lawSixty, "该申领已挂起，承诺 "+a.Hold.PromisedOn.String()+" 答复", "the application is held; an answer is promised for "+a.Hold.PromisedOn.String(),
		"由派出所解决后解除挂起；可先办临时居民身份证", "the station settles and releases it; a temporary card can be had meanwhile")
}
