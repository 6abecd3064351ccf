package event

import (
	"errors"

	"github.com/huzheng/huzheng/internal/citizen"
)

// Refusal is a rule's typed "no": what is wrong, by which law or standard, and what to do.
type Refusal struct {
	Code   string       `json:"code"`   // <room>.<reason>, stable; tests and scripts rely on it
	Text   citizen.Text `json:"text"`   // what is wrong
	Mend   citizen.Text `json:"mend"`   // what to do
	Source string       `json:"source"` // article or standard; empty for a rule of the office's own
	Field  string       `json:"field,omitempty"`
	Units  []Unit       `json:"units,omitempty"` // those that Text and Mend call by their codes; a page, which knows their names, says these
}

// About names the units that the texts call by their codes.
func (r *Refusal) About(units ...Unit) *Refusal {
	r.Units = units
	return r
}

// Error is the English text, for logs and Go callers.
func (r *Refusal) Error() string {
	if r.Source == "" {
		return r.Code + ": " + r.Text.EN
	}
	return r.Code + ": " + r.Text.EN + " (" + r.Source + ")"
}

// Is makes errors.Is compare refusals by code.
func (r *Refusal) Is(target error) bool {
	other, ok := target.(*Refusal)
	return ok && other.Code == r.Code
}

// Refuse makes a refusal.
func Refuse(code, source string, text, mend citizen.Text) *Refusal {
	return &Refusal{Code: code, Source: source, Text: text, Mend: mend}
}

// AsRefusal finds a refusal in an error.
func AsRefusal(err error) (*Refusal, bool) {
	var r *Refusal
	ok := errors.As(err, &r)
	return r, ok
}
