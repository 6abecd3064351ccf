package card

import "github.com/huzheng/huzheng/internal/citizen"

// Fault is why a maker did not make a card, and who acts next on it. The national classes (GA 214.10-2004) were not seen: UNCONFIRMED; these are
// the project's own.
type Fault struct {
	Class RejectClass
	Text  citizen.Text
}

// Faults are the coded defects of a feedback line.
var Faults = map[string]Fault{
	"record":      {RejectData, citizen.Text{ZH: "机读信息与文字项目不符或有误", EN: "the chip record is wrong or does not fit the line"}},
	"item":        {RejectData, citizen.Text{ZH: "文字项目有误", EN: "an item is wrong"}},
	"duplicate":   {RejectData, citizen.Text{ZH: "公民身份号码重号", EN: "another person has the citizen number"}},
	"character":   {RejectData, citizen.Text{ZH: "生僻字，制证字库没有", EN: "a rare character that the maker's fonts lack"}},
	"photo_size":  {RejectPhoto, citizen.Text{ZH: "相片尺寸或格式不符", EN: "the photograph has another size or format"}},
	"photo_face":  {RejectPhoto, citizen.Text{ZH: "头像位置或大小不符", EN: "the face is too large, too small or in the wrong place"}},
	"photo_light": {RejectPhoto, citizen.Text{ZH: "相片模糊、偏色或背景不匀", EN: "the photograph is blurred or has a colour cast or an uneven background"}},
	"surface":     {RejectProduction, citizen.Text{ZH: "证面污损", EN: "the face of the card is dirty"}},
	"film":        {RejectProduction, citizen.Text{ZH: "覆膜起翘", EN: "the film lifts"}},
	"body":        {RejectProduction, citizen.Text{ZH: "卡体开裂", EN: "the body is cracked"}},
	"chip":        {RejectProduction, citizen.Text{ZH: "芯片不读或写入失败", EN: "the chip is silent or could not be written"}},
}

// faultFits tells whether the fault is of the class that the line states; a line may state a class alone.
func (o Outcome) faultFits() bool {
	if o.Fault == "" {
		return true
	}
	fault, known := Faults[o.Fault]
	return known && fault.Class == o.Class
}
