package card

import (
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// DefectCode says what is wrong with a card that was made. The national classes (GA 214.10) were not seen; these are the office's own, after what offices
// wrote down (law-and-process C6: face dirty, film lifting, body cracked, chip silent; C7: a wrongly combined photograph).
type DefectCode string

// The codes.
const (
	DefectSurface DefectCode = "surface"
	DefectFilm    DefectCode = "film"
	DefectBody    DefectCode = "body"
	DefectChip    DefectCode = "chip"
	DefectPhoto   DefectCode = "photo"
	DefectData    DefectCode = "data"
)

// DefectCodes lists the codes with their words.
var DefectCodes = map[DefectCode]citizen.Text{
	DefectSurface: {ZH: "证面污损", EN: "the face is dirty"}, DefectFilm: {ZH: "覆膜起翘", EN: "the film lifts"},
	DefectBody: {ZH: "卡体开裂", EN: "the body is cracked"}, DefectChip: {ZH: "芯片不读或内容不符", EN: "the chip is silent or says something else"},
	DefectPhoto: {ZH: "相片错误", EN: "the photograph is wrong"}, DefectData: {ZH: "文字项目错误", EN: "an item is wrong"},
}

// Class tells who acts next: the station where picture or item is wrong, else the city, which orders again.
func (c DefectCode) Class() RejectClass {
	switch c {
	case DefectPhoto:
		return RejectPhoto
	case DefectData:
		return RejectData
	}
	return RejectProduction
}

// Defect is a card found unfit before its hand-over: by whom stands in the entry. It is made again free of charge, for the fee is settled.
type Defect struct {
	CardNo string     `json:"card_no"`
	Code   DefectCode `json:"code"`
	Words  string     `json:"words,omitempty"`
}

// FindDefect records a defect that the station, the county or the city found in a card on its way down, on counting it or at the hand-over. The applicant is
// first in line for a remake; the card is destroyed under two names.
func FindDefect(a Application, by Actor, code DefectCode, words string) ([]event.Event, error) {
	stages := []Stage{StageDispatched}
	if by.Unit == a.Home {
		stages = []Stage{StageArrived, StageNotified}
	}
	if err := a.in(stages...); err != nil {
		return nil, err
	}
	if !MayWrite(KindDefectFound, a.Home, by.Unit) {
		return nil, a.of(a.Home, by)
	}
	if _, ok := DefectCodes[code]; !ok {
		return nil, refuse("card.defect_code", "", "缺陷代码不明", "unknown code of a defect", "用 surface、film、body、chip、photo 或 data", "use surface, film, body, chip, photo or data")
	}
	body := a.made()
	body.Defect = &Defect{CardNo: a.CardNo, Code: code, Words: words}
	if by.Unit == a.Home {
		return []event.Event{a.station(KindDefectFound, a.sent, body)}, nil
	}
	return []event.Event{a.answer(by.Unit, KindDefectFound, a.sent, body)}, nil
}
