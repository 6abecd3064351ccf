package photo

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"fmt"
	"html/template"
	"image/jpeg"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/huzheng/huzheng/internal/citizen"
)

// SheetEntry is one picture of a contact sheet.
type SheetEntry struct {
	Name   string
	Report Report
	JPEG   []byte // in the card's form; nil: it could not be read
}

// Thumbnail is the picture as it was measured, small enough for a contact sheet.
func (c *Checked) Thumbnail() []byte {
	if c.Picture == nil {
		return nil
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, c.Picture, &jpeg.Options{Quality: 80}); err != nil { // to memory, within the limits of the format
		panic(err)
	}
	return out.Bytes()
}

// sheet is what the template shows.
type sheet struct {
	Profile *Profile
	Total   int
	Shares  []share
	Reasons []reason
	Entries []shown
	Height  int // of the chart
}

type share struct {
	Verdict Verdict
	Label   citizen.Text
	Count   int
	Percent string
	X, W    float64 // of the bar
	Inside  string  // what is written on it
}

type reason struct {
	Check      string
	Title      citizen.Text
	Fail, Warn int
	Y          int
	WF, WW, XT float64
}

type shown struct {
	Name    string
	Verdict Verdict
	Label   citizen.Text
	Picture template.URL
	Report  *Report
	Reasons []line
	Eyes    *[4]float64
	Hair    [2]float64
	Lowest  float64
	Face    [2]float64
}

// line is one reason beside a picture.
type line struct {
	Check   string
	Verdict Verdict
	Value   string
	Text    citizen.Text
}

var verdictLabels = map[Verdict]citizen.Text{Pass: {ZH: "合格", EN: "pass"}, Warn: {ZH: "待人工确认", EN: "for a person"}, Fail: {ZH: "不合格", EN: "fail"}}

// Label of a verdict for people.
func (v Verdict) Label() citizen.Text { return verdictLabels[v] }

// WriteSheet writes a contact sheet: one HTML page that needs nothing else. It shows the pass rate, the reasons by how often they come, and each picture with guide lines,
// verdict and what to do; the failed ones first.
func WriteSheet(w io.Writer, p *Profile, entries []SheetEntry) error {
	entries = slices.Clone(entries)
	slices.SortStableFunc(entries, func(a, b SheetEntry) int {
		return cmp.Or(cmp.Compare(b.Report.Verdict.rank(), a.Report.Verdict.rank()), cmp.Compare(a.Name, b.Name))
	})
	s := sheet{Profile: p, Total: len(entries), Shares: sharesOf(entries), Reasons: reasonsOf(entries)}
	s.Height = 26*len(s.Reasons) + 6
	for i := range entries {
		s.Entries = append(s.Entries, show(p, &entries[i]))
	}
	return sheetTemplate.Execute(w, s)
}

func sharesOf(entries []SheetEntry) []share {
	var out []share
	x := 0.0
	for _, v := range []Verdict{Pass, Warn, Fail} {
		n := 0
		for i := range entries {
			if entries[i].Report.Verdict == v {
				n++
			}
		}
		part := float64(n) / float64(max(len(entries), 1))
		one := share{v, v.Label(), n, fmt.Sprintf("%.1f %%", 100*part), x, 600 * part, ""}
		switch label := one.Label.ZH + " "; { // as much as the bar has room for
		case one.W > 14*float64(utf8.RuneCountInString(label))+66:
			one.Inside = label + one.Percent
		case one.W > 66:
			one.Inside = one.Percent
		}
		out = append(out, one)
		x += 600 * part
	}
	return out
}

// reasonsOf counts pictures by what was wrong with them; a picture with several faults counts for each.
func reasonsOf(entries []SheetEntry) []reason {
	counts := map[string]*reason{}
	count := func(key, check string, title citizen.Text, v Verdict) {
		r := counts[key]
		if r == nil {
			r = &reason{Check: check, Title: title}
			counts[key] = r
		}
		if v == Fail {
			r.Fail++
		} else {
			r.Warn++
		}
	}
	for i := range entries {
		for _, p := range entries[i].Report.Problems {
			if p.Verdict == Fail {
				count(p.Code, "", codeTitle(p), p.Verdict)
			}
		}
		for _, f := range entries[i].Report.Findings {
			if f.Verdict == Fail || f.Verdict == Warn {
				count(f.Check+"."+f.Measure, f.Check, f.Title, f.Verdict)
			}
		}
	}
	out := slices.Collect(maps.Values(counts))
	slices.SortFunc(out, func(a, b *reason) int {
		return cmp.Or(cmp.Compare(b.Fail, a.Fail), cmp.Compare(b.Warn, a.Warn), cmp.Compare(a.Check, b.Check), cmp.Compare(a.Title.EN, b.Title.EN))
	})
	var reasons []reason
	most := 1
	for _, r := range out {
		most = max(most, r.Fail+r.Warn)
	}
	for i, r := range out {
		k := 320 / float64(most)
		r.Y, r.WF, r.WW = 26*i+4, k*float64(r.Fail), k*float64(r.Warn)
		r.XT = 430 + r.WF + r.WW
		reasons = append(reasons, *r)
	}
	return reasons
}

// codeTitles are short names of the problems, for the chart.
var codeTitles = map[string]citizen.Text{
	CodeTooLarge: say("文件过大", "file too large"), CodeTooMany: say("像素过多", "too many pixels"), CodeShape: say("图像太小或太窄", "too small or too narrow"),
	CodeFormat: say("不是 JPEG 或 PNG", "no JPEG or PNG"), CodeBroken: say("文件损坏", "damaged file"), CodeCMYK: say("印刷四色", "print colours (CMYK)"),
	CodeSixteenBit: say("不是 8 位", "not 8 bits a colour"), CodeCoding: say("编码不支持", "unknown coding"), CodeScans: say("扫描次数过多", "too many scans"),
	CodeAnimated: say("动画", "animation"), CodeTransparent: say("背景透明", "cut-out background"), CodeNoFace: say("未找到人脸", "no face found"), CodeDark: say("太暗，未找到人脸", "too dark to find a face"),
	CodeFaces: say("多张人脸", "several faces"), CodeOnItsSide: say("横放或倒置", "on its side"), CodeTilted: say("倾斜过大", "tilted too much"),
	CodeTooSmall: say("人脸太小", "face too small"), CodeFrameOutside: say("裁切框超出图像", "crop reaches outside"),
}

func codeTitle(p *Problem) citizen.Text {
	if t, ok := codeTitles[p.Code]; ok {
		return t
	}
	return p.Text
}

func show(p *Profile, e *SheetEntry) shown {
	out := shown{Name: e.Name, Verdict: e.Report.Verdict, Label: e.Report.Verdict.Label(), Report: &e.Report, Lowest: float64(p.Height) - p.Limits["C11.eye_height"].Pass.Lo}
	if e.JPEG != nil {
		out.Picture = template.URL("data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(e.JPEG))
	}
	hair, width := p.Limits["C13.hair_top"].Pass, p.Limits["C12.face_width"].Pass
	out.Hair = [2]float64{hair.Lo, hair.Hi - hair.Lo}
	out.Face = [2]float64{width.Lo / 2, width.Hi / 2}
	if f := e.Report.Face; f != nil {
		out.Eyes = &[4]float64{f.Left.X, f.Left.Y, f.Right.X, f.Right.Y}
	}
	for _, problem := range e.Report.Problems {
		out.Reasons = append(out.Reasons, line{"", problem.Verdict, "", say(problem.Text.ZH+"。"+problem.Mend.ZH, problem.Text.EN+": "+problem.Mend.EN)})
	}
	for _, v := range []Verdict{Fail, Warn} {
		for _, f := range e.Report.Findings {
			if f.Verdict == v {
				out.Reasons = append(out.Reasons, line{f.Check, v, strings.TrimSpace(Number(*f.Value) + " " + f.Unit), f.Advice})
			}
		}
	}
	for _, q := range e.Report.Questions {
		if q.Hint && !slices.ContainsFunc(e.Report.Findings, func(f Finding) bool { return f.Check == q.Check && f.Verdict != Pass }) {
			out.Reasons = append(out.Reasons, line{q.Check, Unmeasured, "", say("请查看："+q.Text.ZH, "please look: "+q.Text.EN)})
		}
	}
	return out
}

var sheetTemplate = template.Must(template.New("sheet").Funcs(template.FuncMap{
	"add": func(a, b float64) float64 { return a + b },
	"sub": func(a, b float64) float64 { return a - b },
	"mid": func(p *Profile) float64 { return float64(p.Width) / 2 },
}).Parse(`<!DOCTYPE html>
<html lang="zh">
<head>
<meta charset="utf-8">
<title>相片检查 · Photographs checked</title>
<style>
:root { --pass: #1b7f4b; --warn: #b26a00; --fail: #b3261e; --ink: #1c2430; --soft: #5b6675; --line: #d7dce3; }
* { box-sizing: border-box; }
body { margin: 0; padding: 24px 32px 48px; font: 15px/1.45 "Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", system-ui, sans-serif; color: var(--ink); background: #f4f6f8; }
h1 { margin: 0 0 2px; font-size: 24px; }
h2 { margin: 28px 0 10px; font-size: 18px; }
.soft { color: var(--soft); }
.panel { background: #fff; border: 1px solid var(--line); border-radius: 8px; padding: 16px 20px; margin-top: 16px; }
.two { display: flex; flex-wrap: wrap; gap: 16px 40px; align-items: flex-start; }
table { border-collapse: collapse; }
th, td { text-align: left; padding: 4px 16px 4px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
svg text { font-family: inherit; font-size: 14px; fill: var(--ink); }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(560px, 1fr)); gap: 16px; }
.card { display: flex; gap: 16px; background: #fff; border: 1px solid var(--line); border-left: 6px solid var(--line); border-radius: 8px; padding: 12px; break-inside: avoid; }
.card.pass { border-left-color: var(--pass); } .card.warn { border-left-color: var(--warn); } .card.fail { border-left-color: var(--fail); }
.frame { position: relative; flex: none; align-self: flex-start; width: 236px; background: #e9edf1; }
.frame img { display: block; width: 236px; }
.frame svg { position: absolute; inset: 0; width: 100%; height: 100%; }
.frame.empty { height: 120px; display: flex; align-items: center; justify-content: center; color: var(--soft); text-align: center; }
.what { min-width: 0; flex: 1; }
.name { font-weight: 600; overflow-wrap: anywhere; }
.mark { display: inline-block; padding: 1px 10px; border-radius: 999px; color: #fff; font-weight: 600; font-size: 14px; }
.what .mark { margin: 6px 4px 0 0; }
.mark.pass { background: var(--pass); } .mark.warn { background: var(--warn); } .mark.fail { background: var(--fail); }
ul { list-style: none; margin: 10px 0 0; padding: 0; }
li { margin: 0 0 8px; padding-left: 12px; border-left: 3px solid var(--line); }
li.fail { border-color: var(--fail); } li.warn { border-color: var(--warn); }
li .value { white-space: nowrap; }
li .en { display: block; color: var(--soft); font-size: 13px; }
.key span { display: inline-block; width: 22px; height: 0; border-top: 3px solid; margin: 0 6px 4px 18px; vertical-align: middle; }
@media print { body { background: #fff; padding: 0; } .cards { grid-template-columns: 1fr 1fr; } }
</style>
</head>
<body>
<h1>相片检查 <span class="soft">Photographs checked</span></h1>
<div class="soft">{{.Profile.Title.ZH}} · {{.Profile.Title.EN}} · {{.Profile.Width}}×{{.Profile.Height}} · {{.Profile.DPI}} dpi</div>

<div class="panel">
<div class="two">
<table>
<tr><th>结果 verdict</th><th class="n">张数 pictures</th><th class="n">占比 share</th></tr>
{{range .Shares}}<tr><td><span class="mark {{.Verdict}}">{{.Label.ZH}} {{.Label.EN}}</span></td><td class="n">{{.Count}}</td><td class="n">{{.Percent}}</td></tr>
{{end}}<tr><td>合计 total</td><td class="n">{{.Total}}</td><td class="n"></td></tr>
</table>
<svg width="600" height="56" viewBox="0 0 600 56" role="img" aria-label="合格率 pass rate">
<rect x="0" y="12" width="600" height="32" rx="4" fill="#e9edf1"/>
{{range .Shares}}<rect x="{{.X}}" y="12" width="{{.W}}" height="32" fill="var(--{{.Verdict}})"/><text x="{{add .X 8}}" y="33" style="fill:#fff;font-weight:600">{{.Inside}}</text>
{{end}}</svg>
</div>
</div>

{{if .Reasons}}<h2>原因 <span class="soft">Reasons</span></h2>
<div class="panel">
<svg width="860" height="{{.Height}}" viewBox="0 0 860 {{.Height}}" role="img" aria-label="原因 reasons">
{{range .Reasons}}<g transform="translate(0 {{.Y}})"><text x="34" y="15" text-anchor="end" style="fill:var(--soft)">{{.Check}}</text><text x="44" y="15">{{.Title.ZH}} <tspan style="fill:var(--soft)">{{.Title.EN}}</tspan></text>
<rect x="420" y="2" width="{{.WF}}" height="16" fill="var(--fail)"/><rect x="{{add 420 .WF}}" y="2" width="{{.WW}}" height="16" fill="var(--warn)"/><text x="{{.XT}}" y="15">{{if .Fail}}{{.Fail}}{{if .Warn}} + {{end}}{{end}}{{if .Warn}}{{.Warn}}{{end}}</text></g>
{{end}}</svg>
<div class="soft key">张数：<span style="border-color:var(--fail)"></span>不合格 failed <span style="border-color:var(--warn)"></span>待人工确认 for a person。一张相片可有多个原因。A picture may have several reasons.</div>
</div>{{end}}

<h2>相片 <span class="soft">Pictures</span></h2>
<div class="soft key">辅助线 guide lines：<span style="border-color:#1769d1"></span>两眼 eyes found <span style="border-color:#b3261e"></span>眼睛最低位置 eyes not below <span style="border-color:#9fc5a8;border-top-width:10px"></span>头顶范围 top of the hair <span style="border-color:#b26a00;border-top-style:dashed"></span>脸宽范围 width of the face</div>
<div class="cards" style="margin-top:12px">
{{$p := .Profile}}{{range .Entries}}<div class="card {{.Verdict}}">
{{if .Picture}}<div class="frame"><img src="{{.Picture}}" alt="" loading="lazy"><svg viewBox="0 0 {{$p.Width}} {{$p.Height}}" preserveAspectRatio="none">
<rect x="0" y="{{index .Hair 0}}" width="{{$p.Width}}" height="{{index .Hair 1}}" fill="#2e9e5b" opacity="0.28"/>
<line x1="0" x2="{{$p.Width}}" y1="{{.Lowest}}" y2="{{.Lowest}}" stroke="#b3261e" stroke-width="1.6"/>
{{$m := mid $p}}{{$face := .Face}}{{$eyes := .Eyes}}{{with .Eyes}}{{$y := index . 1}}{{range $face}}<line x1="{{sub $m .}}" x2="{{sub $m .}}" y1="{{sub $y 30}}" y2="{{add $y 80}}" stroke="#b26a00" stroke-width="1.6" stroke-dasharray="6 4"/><line x1="{{add $m .}}" x2="{{add $m .}}" y1="{{sub $y 30}}" y2="{{add $y 80}}" stroke="#b26a00" stroke-width="1.6" stroke-dasharray="6 4"/>{{end}}
<line x1="{{index . 0}}" y1="{{index . 1}}" x2="{{index . 2}}" y2="{{index . 3}}" stroke="#1769d1" stroke-width="1.6"/><circle cx="{{index . 0}}" cy="{{index . 1}}" r="5" fill="none" stroke="#1769d1" stroke-width="2"/><circle cx="{{index . 2}}" cy="{{index . 3}}" r="5" fill="none" stroke="#1769d1" stroke-width="2"/>{{end}}
</svg></div>{{else}}<div class="frame empty">无法读取<br>cannot be read</div>{{end}}
<div class="what"><div class="name">{{.Name}}</div>
<span class="mark {{.Verdict}}">{{.Label.ZH}} {{.Label.EN}}</span>{{if .Report.Width}} <span class="soft">{{.Report.Width}}×{{.Report.Height}} {{.Report.Format}}</span>{{end}}
<ul>{{range .Reasons}}<li class="{{.Verdict}}">{{if .Check}}<b>{{.Check}}</b> {{end}}{{.Text.ZH}}{{if .Value}} <span class="soft value">({{.Value}})</span>{{end}}<span class="en">{{.Text.EN}}</span></li>
{{else}}<li class="soft">各项自动检查合格。人工确认：本人、近照、耳眉可见、着装。<span class="en">All automatic checks pass. A person looks at: the applicant, recent, ears and brows, dress.</span></li>{{end}}</ul></div></div>
{{end}}</div>
</body>
</html>
`))
