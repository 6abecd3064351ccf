// Package photo judges and prepares card photographs (制证用数字相片, GA 461-2004): it measures what pixels can answer, says in plain words what to
// do, and levels, crops and scales a camera's picture to the card's form. It never retouches, whitens or smooths. Bytes in, values out; the same
// bytes in give the same bytes out.
//
// GA 461-2004 gives the size, the head's size and place, white background, 24-bit colour and JPEG quality. It gives no figure for blur, light or colour: those
// limits are ours (UNCONFIRMED), stand in one Profile, and were calibrated on drawn faces (docs/benchmarks.md).
package photo

import (
	"encoding/json"
	"math"

	"github.com/huzheng/huzheng/internal/citizen"
)

// Version of the measures and limits; stored with every verdict.
const Version = 2

// Verdict of a check or of a picture.
type Verdict string

// The verdicts, from best to worst. Warn: a named person may accept the picture, with a reason. Unmeasured: the picture does not allow the check;
// a person looks.
const (
	Pass       Verdict = "pass"
	Unmeasured Verdict = "unmeasured"
	Warn       Verdict = "warn"
	Fail       Verdict = "fail"
)

func (v Verdict) rank() int {
	switch v {
	case Unmeasured:
		return 1
	case Warn:
		return 2
	case Fail:
		return 3
	default:
		return 0
	}
}

func worse(a, b Verdict) Verdict {
	if b.rank() > a.rank() {
		return b
	}
	return a
}

// Range is a closed interval; an end may be infinite.
type Range struct{ Lo, Hi float64 }

// Holds tells whether a value lies in the range.
func (r Range) Holds(v float64) bool { return v >= r.Lo && v <= r.Hi }

// MarshalJSON writes [lo, hi]; an infinite end is null, and so is a range that holds nothing.
func (r Range) MarshalJSON() ([]byte, error) {
	if r.Lo > r.Hi {
		return []byte("null"), nil
	}
	end := func(v float64) *float64 {
		if math.IsInf(v, 0) {
			return nil
		}
		return &v
	}
	return json.Marshal([2]*float64{end(r.Lo), end(r.Hi)})
}

// Limit of a measure: within Pass it passes, within Warn a person may accept it, outside it fails.
type Limit struct {
	Pass Range `json:"pass"`
	Warn Range `json:"warn"`
}

// Judge gives the verdict of a value; NaN is unmeasured.
func (l Limit) Judge(v float64) Verdict {
	switch {
	case math.IsNaN(v):
		return Unmeasured
	case l.Pass.Holds(v):
		return Pass
	case l.Warn.Holds(v):
		return Warn
	}
	return Fail
}

// Finding is one measure of one check with its verdict.
type Finding struct {
	Check   string       `json:"check"`   // C1 to C27
	Measure string       `json:"measure"` // stable name: eye_height
	Title   citizen.Text `json:"title"`
	Value   *float64     `json:"value"` // null: not measured
	Unit    string       `json:"unit,omitempty"`
	Limit   Limit        `json:"limit"`
	Verdict Verdict      `json:"verdict"`
	Advice  citizen.Text `json:"advice,omitzero"` // what is wrong and what to do; empty when it passes
}

// Question is something that only a person can answer (C20 to C26), about a picture.
type Question struct {
	Check string       `json:"check"`
	Text  citizen.Text `json:"text"`
	Hint  bool         `json:"hint"` // the pixels hint that the answer may be no
}

// Report is everything found of one picture.
type Report struct {
	Version   int        `json:"version"`
	Profile   string     `json:"profile"`
	SHA256    string     `json:"sha256"`
	Width     int        `json:"width"` // pixels, as it is to be looked at
	Height    int        `json:"height"`
	Format    string     `json:"format"` // jpeg, png
	Verdict   Verdict    `json:"verdict"`
	Problems  []*Problem `json:"problems,omitempty"` // why it could not be measured, or what was wrong with the file itself
	Findings  []Finding  `json:"findings,omitempty"`
	Questions []Question `json:"questions,omitempty"`
	Face      *Face      `json:"face,omitempty"` // as measured, in the card's pixels
	Hash      Hash       `json:"hash,omitzero"`  // for C27
}

// Measures of a report by name, as card.Photograph keeps them. What could not be measured is left out.
func (r *Report) Measures() map[string]float64 {
	out := make(map[string]float64, len(r.Findings))
	for _, f := range r.Findings {
		if f.Value != nil {
			out[f.Check+"."+f.Measure] = *f.Value
		}
	}
	return out
}

// conclude sets the verdict from what was found: what is unmeasured does not count against a picture by itself.
func (r *Report) conclude() {
	r.Verdict = Pass
	for _, p := range r.Problems {
		r.Verdict = worse(r.Verdict, p.Verdict)
	}
	for _, f := range r.Findings {
		if f.Verdict != Unmeasured {
			r.Verdict = worse(r.Verdict, f.Verdict)
		}
	}
}

// Problem is a coded finding about a file or a picture as a whole.
type Problem struct {
	Code    string       `json:"code"` // photo.broken
	Verdict Verdict      `json:"verdict"`
	Text    citizen.Text `json:"text"`
	Mend    citizen.Text `json:"mend"`
}

// Error names the code, for logs.
func (p *Problem) Error() string { return p.Code + ": " + p.Text.EN }
