package photo

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
)

// rule says what a measure is called and what to do when it lies below or above its limit. {n} stands for how far.
type rule struct {
	id, unit           string
	title              citizen.Text
	low, high          citizen.Text
	original, position bool // it means something for a camera's picture that is not cropped yet; it is about the face's place in the frame
}

func say(zh, en string) citizen.Text { return citizen.Text{ZH: zh, EN: en} }

// rules in the order in which they are shown.
var rules = []rule{
	{id: "C1.width", unit: "px", title: say("宽度", "width"), low: say("宽度少 {n} 像素：运行规范化（normalise）", "{n} px too narrow: normalise it"), high: say("宽度多 {n} 像素：运行规范化（normalise）", "{n} px too wide: normalise it"), original: true},
	{id: "C1.height", unit: "px", title: say("高度", "height"), low: say("高度少 {n} 像素：运行规范化（normalise）", "{n} px too low: normalise it"), high: say("高度多 {n} 像素：运行规范化（normalise）", "{n} px too high: normalise it"), original: true},
	{id: "C2.dpi", unit: "dpi", title: say("分辨率", "resolution"), low: say("分辨率标记缺少或不符：规范化时改写", "the resolution is not stated or another: normalising writes it"), high: say("分辨率标记不符：规范化时改写", "another resolution is stated: normalising writes it")},
	{id: "C3.components", title: say("颜色通道数", "colour channels"), low: say("图像是灰度：相机改为彩色后重拍", "the picture is grey: set the camera to colour and take it again"), high: say("图像不是 24 位 RGB：另存为 RGB", "the picture is not 24-bit RGB: save it as RGB"), original: true},
	{id: "C3.coloured", unit: "%", title: say("有彩色的像素", "pixels with colour"), low: say("图像没有颜色：相机改为彩色后重拍", "the picture has no colour: set the camera to colour and take it again"), original: true},
	{id: "C4.jpeg", title: say("JPEG 格式", "is a JPEG"), low: say("不是 JPEG：规范化时转换", "it is no JPEG: normalising converts it")},
	{id: "C4.quality", title: say("JPEG 质量", "JPEG quality"), low: say("压缩过度（低 {n}）：从原图重新规范化", "compressed too much (by {n}): normalise again from the camera's picture"), high: say("压缩不足（高 {n}）：重新规范化", "compressed too little (by {n}): normalise it again")},
	{id: "C5.bytes", unit: "B", title: say("文件大小", "file size"), low: say("文件小 {n} 字节：从原图重新规范化", "{n} bytes too small: normalise again from the camera's picture"), high: say("文件大 {n} 字节：重新规范化", "{n} bytes too large: normalise it again")},
	{id: "C6.white", title: say("背景白度（0-255）", "whiteness of the background (0-255)"), low: say("背景不够白（低 {n}）：加亮背景灯，或换白色背景", "the background is not white enough (by {n}): light the background more, or use a white one"), original: true},
	{id: "C6.cast", title: say("背景偏色", "colour cast of the background"), high: say("背景偏色（超 {n}）：按光源重设白平衡，不要混用灯光", "the background has a colour cast (by {n}): set the white balance for the lamps in use, and do not mix lamps"), original: true},
	{id: "C7.deviation", title: say("背景不均匀度", "unevenness of the background"), high: say("背景明暗不均（超 {n}）：申请人离背景一米以上，两侧灯光对称，去除杂物", "the background is uneven (by {n}): seat the applicant a metre from it, light both sides alike, clear it of objects"), original: true},
	{id: "C7.edges", unit: "%", title: say("背景中的线条", "lines in the background"), high: say("背景有线条、阴影或杂物（超 {n}%）：清理背景，避免身影", "there are lines, shadows or objects in the background ({n} % too much): clear it and avoid the shadow of the head"), original: true},
	{id: "C7.border", title: say("边框", "border"), high: say("图像四周有边框：去掉边框，用相机原图", "the picture has a frame around it: use the camera's picture without one"), original: true},
	{id: "C8.faces", title: say("人脸数", "faces"), low: say("未找到人脸：正对镜头重拍", "no face was found: face the camera and take it again"), high: say("多出 {n} 张人脸：只拍申请人一人", "{n} face too many: only the applicant may be in the picture"), original: true},
	{id: "C8.score", title: say("人脸清楚程度", "how clear the face is"), low: say("人脸不够清楚：正对镜头、光线均匀，负责人查看", "the face is not clear: facing the camera, in even light; let the person in charge look"), original: true},
	{id: "C9.tilt", unit: "°", title: say("两眼连线倾斜", "tilt of the eye line"), low: say("头向左倾斜，超 {n} 度：请坐正，或重新规范化", "the head is tilted to the left by {n}° too much: sit straight, or normalise it again"), high: say("头向右倾斜，超 {n} 度：请坐正，或重新规范化", "the head is tilted to the right by {n}° too much: sit straight, or normalise it again"), position: true},
	{id: "C10.centre", unit: "px", title: say("左右居中", "centred"), low: say("脸偏左，超 {n} 像素：座椅或相机移动，或重新规范化", "the face is {n} px too far left in the picture: move chair or camera, or normalise it again"), high: say("脸偏右，超 {n} 像素：座椅或相机移动，或重新规范化", "the face is {n} px too far right in the picture: move chair or camera, or normalise it again"), position: true},
	{id: "C11.eye_height", unit: "px", title: say("两眼距下边沿", "eyes above the bottom edge"), low: say("眼睛低了 {n} 像素：降低相机或升高座椅，或重新规范化", "the eyes are {n} px too low: lower the camera or raise the chair, or normalise it again"), position: true},
	{id: "C12.face_width", unit: "px", title: say("脸部宽（两耳根）", "width of the face (ear roots)"), low: say("脸窄 {n} 像素：靠近一些，或重新规范化", "the face is {n} px too narrow: move closer, or normalise it again"), high: say("脸宽 {n} 像素：离远一些，或重新规范化", "the face is {n} px too wide: step back, or normalise it again"), position: true},
	{id: "C12.by_pupils", unit: "px", title: say("脸部宽（由瞳距推算）", "width of the face (from the pupils)"), low: say("脸窄约 {n} 像素：靠近一些，或重新规范化", "the face is some {n} px too narrow: move closer, or normalise it again"), high: say("脸宽约 {n} 像素：离远一些，或重新规范化", "the face is some {n} px too wide: step back, or normalise it again"), position: true},
	{id: "C13.hair_top", unit: "px", title: say("头顶距上边沿", "top of the hair to the top edge"), low: say("头顶高了 {n} 像素：头顶上方多留一些，或重新规范化", "the hair is {n} px too high: leave more room above the head, or normalise it again"), high: say("头顶低了 {n} 像素：降低相机，或重新规范化", "the hair is {n} px too low: lower the camera, or normalise it again"), position: true},
	{id: "C14.sharpness", unit: "%", title: say("清晰度", "sharpness"), low: say("图像模糊（低 {n}）：对焦在眼睛上，用三脚架，请申请人不动", "blurred (by {n}): focus on the eyes, use a tripod, ask the applicant to keep still"), original: true},
	{id: "C15.over", unit: "%", title: say("脸部过曝", "overexposed part of the face"), high: say("脸上发白（超 {n}%）：灯光远一些、加柔光，避免油光", "parts of the face are burnt out ({n} % too much): move the lamps back, soften them, wipe off shine"), original: true},
	{id: "C15.under", unit: "%", title: say("脸部欠曝", "underexposed part of the face"), high: say("脸上有黑影（超 {n}%）：加正面补光", "parts of the face are black ({n} % too much): add light from the front"), original: true},
	{id: "C16.brightness", title: say("脸部亮度", "brightness of the face"), low: say("脸太暗（低 {n}）：加正面补光或增加曝光", "the face is too dark (by {n}): add light from the front, or expose longer"), high: say("脸太亮（高 {n}）：减光或减少曝光", "the face is too bright (by {n}): less light, or a shorter exposure"), original: true},
	{id: "C16.range", unit: "bit", title: say("层次", "range of tones"), low: say("层次不足（低 {n}）：光线过平或压缩过度，检查灯光", "too few tones (by {n}): the light is flat or the picture overcompressed; look at the lamps"), original: true},
	{id: "C17.balance", title: say("左右光线一致", "light from left and right"), low: say("脸左右明暗不一（低 {n}）：两侧灯光对称，远离窗户", "one side of the face is darker (by {n}): set the lamps alike on both sides, away from the window"), original: true},
	{id: "C18.colour", title: say("肤色偏离自然光", "colour of the light on the skin"), high: say("光线偏色（超 {n}）：按光源重设白平衡，不要混用灯光，不要调色", "the light has a colour (by {n}): set the white balance for the lamps in use, do not mix lamps, do not correct colours by hand"), original: true},
	{id: "C19.red", unit: "%", title: say("红眼", "red eyes"), high: say("有红眼：闪光灯离镜头远一些，不要用软件修改", "red eyes: move the flash away from the lens; do not mend it by software"), original: true},
	{id: "C20.opening", title: say("睁眼程度", "how far the eyes are open"), low: say("可能闭眼：请负责人查看，必要时重拍", "the eyes may be closed: let the person in charge look, take it again if so"), original: true},
	{id: "C22.turn", title: say("脸左右转动", "turn of the face"), high: say("脸转向一侧（超 {n}）：请正对镜头", "the face is turned aside (by {n}): ask the applicant to face the camera"), original: true},
	{id: "C23.glare", unit: "%", title: say("眼镜反光", "reflections on glasses"), high: say("眼镜可能反光：灯光抬高或眼镜稍向下倾，可用空镜框", "there may be reflections on the glasses: raise the lamps or tip the glasses a little; an empty frame may be worn"), original: true},
}

// resting are findings about colour and brightness that show in the face alone: with a wall that is white and neutral the light is right, so the face
// is as it is, and a person decides instead of the machine.
var resting = []string{"C16.brightness", "C18.colour"}

// state is what a picture was when it was measured.
type state int

const (
	isCard    state = iota // it has the card's form
	isCropped              // a camera's picture, measured as it would be cropped
	isWhole                // a camera's picture that cannot be cropped: the face's place in it means nothing
)

// judge makes the findings of a picture.
func (p *Profile) judge(v values, is state) []Finding {
	if _, measured := v["C18.a"]; measured { // a report has the colour alone
		v["C18.colour"] = math.Hypot(outsideOf(p.SkinA, v.get("C18.a")), outsideOf(p.SkinB, v.get("C18.b")))
	}
	if !math.IsNaN(v.get("C12.face_width")) {
		delete(v, "C12.by_pupils")
	}
	neutral := p.Limits["C6.white"].Judge(v.get("C6.white")) == Pass && p.Limits["C6.cast"].Judge(v.get("C6.cast")) == Pass
	var out []Finding
	for _, r := range rules {
		value := v.get(r.id)
		if r.id == "C12.by_pupils" && math.IsNaN(value) || is != isCard && !r.original && !r.position || is == isWhole && r.position {
			continue
		}
		f := r.finding(value, p.Limits[r.id])
		switch {
		case f.Verdict == Fail && neutral && slices.Contains(resting, r.id):
			f.Verdict = Warn
		case f.Verdict == Fail && r.id == "C13.hair_top" && value < p.Limits[r.id].Pass.Lo && v.get("C11.eye_height") <= p.Limits["C11.eye_height"].Pass.Lo+8:
			f.Verdict = Warn // the eye line goes before the hair (GA 461-2004 4.1.6)
		}
		out = append(out, f)
	}
	return out
}

// Failing are the findings by which a card's picture fails whose measures are given as a report's Measures gives them. Names that are no measure of the profile are passed over.
func (p *Profile) Failing(measures map[string]float64) (failing []Finding) {
	v := make(values, len(measures))
	for name, value := range measures {
		v[name] = value
	}
	for _, f := range p.judge(v, isCard) {
		if f.Verdict == Fail {
			failing = append(failing, f)
		}
	}
	return failing
}

func (v values) get(name string) float64 {
	if value, ok := v[name]; ok {
		return value
	}
	return math.NaN()
}

// outsideOf is how far a value lies outside a range.
func outsideOf(r Range, v float64) float64 {
	if math.IsNaN(v) {
		return v
	}
	return max(r.Lo-v, v-r.Hi, 0)
}

func (r *rule) finding(value float64, limit Limit) Finding {
	check, measure, _ := strings.Cut(r.id, ".")
	f := Finding{Check: check, Measure: measure, Title: r.title, Unit: r.unit, Limit: limit, Verdict: limit.Judge(value)}
	if math.IsNaN(value) {
		return f
	}
	value = math.Round(value*1000) / 1000
	f.Value = &value
	if f.Verdict != Pass {
		f.Advice = advice(r, value, limit.Pass)
	}
	return f
}

func advice(r *rule, value float64, pass Range) citizen.Text {
	text, off := r.low, pass.Lo-value
	if value > pass.Hi {
		text, off = r.high, value-pass.Hi
	}
	n := Number(off)
	return citizen.Text{ZH: strings.ReplaceAll(text.ZH, "{n}", n), EN: strings.ReplaceAll(text.EN, "{n}", n)}
}

// Number writes a measured value with as many digits as people need.
func Number(v float64) string {
	digits := 2
	switch {
	case math.Abs(v) >= 10:
		digits = 0
	case math.Abs(v) >= 1:
		digits = 1
	}
	s := strconv.FormatFloat(v, 'f', digits, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// questions are what a person answers before the picture is used, with hints from the pixels.
func questions(findings []Finding, v values) []Question {
	doubt := func(id string) bool {
		return slices.ContainsFunc(findings, func(f Finding) bool { return f.Check+"."+f.Measure == id && f.Verdict != Pass })
	}
	return []Question{
		{"C20", say("两眼睁开", "both eyes are open"), doubt("C20.opening")},
		{"C21", say("嘴自然闭合，表情自然", "the mouth is closed and the expression natural"), v.get("C21.mouth") > 0.2},
		{"C23", say("眼镜无反光、非有色镜片（不戴眼镜也答是）", "glasses show no reflection and are not tinted (yes if there are none)"), doubt("C23.glare")},
		{"C24", say("两耳和眉毛可见，不戴帽子和首饰", "ears and eyebrows show; no headgear, no jewellery"), false},
		{"C25", say("未着制式服装，不穿白色上衣", "no uniform, no white top"), v.get("C25.clothes") > 215},
		{"C26", say("是申请人本人的近照，未经修饰", "it is the applicant, taken recently and not retouched"), false},
	}
}

// Answer is what a named person said to a question, or why a verdict of the machine is not followed.
type Answer struct {
	Check  string `json:"check"`
	Accept bool   `json:"accept"`
	By     string `json:"by"`     // the person's identifier
	Reason string `json:"reason"` // needed where the machine warned, failed or hinted
}

// Decide is the verdict after people have looked: fail if a check fails or a question is answered with no; warn (review) while a doubt or question is without
// an answer; else pass. A named person may accept what the machine warned of or failed, with a reason; who answers without either is not counted.
func (r *Report) Decide(answers []Answer) Verdict {
	answered := make(map[string]Answer)
	for _, a := range answers {
		if a.By != "" {
			answered[a.Check] = a
		}
	}
	out := Pass
	for _, p := range r.Problems {
		out = worse(out, p.Verdict)
	}
	for _, f := range r.Findings {
		a, ok := answered[f.Check]
		switch {
		case ok && !a.Accept:
			out = Fail
		case f.Verdict == Warn || f.Verdict == Fail:
			if !ok || strings.TrimSpace(a.Reason) == "" {
				out = worse(out, f.Verdict)
			}
		}
	}
	for _, q := range r.Questions {
		a, ok := answered[q.Check]
		switch {
		case !ok || q.Hint && strings.TrimSpace(a.Reason) == "":
			out = worse(out, Warn)
		case !a.Accept:
			out = Fail
		}
	}
	return out
}
