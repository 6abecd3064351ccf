package citizen

// Text is one message for a reader, in Chinese and in English. It says what is
// wrong and what to do next, and holds no full stop at its end.
type Text struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// IsZero reports whether the text is empty in both languages.
func (t Text) IsZero() bool { return t.ZH == "" && t.EN == "" }

// In returns the text in the language "zh" or "en"; where that one is empty it
// returns the other, so that nothing is ever shown blank.
func (t Text) In(lang string) string {
	first, second := t.ZH, t.EN
	if lang == "en" {
		first, second = t.EN, t.ZH
	}
	if first == "" {
		return second
	}
	return first
}

// Action says what happens to a value about which something was found.
type Action string

// The four actions, from mildest to hardest.
const (
	Accept Action = "accept" // taken as it is, or after the change named
	Note   Action = "note"   // taken; the clerk is told
	Warn   Action = "warn"   // taken and put on the clean-up list
	Refuse Action = "refuse" // not taken
)

// rank orders actions by hardness.
func (a Action) rank() int {
	switch a {
	case Note:
		return 1
	case Warn:
		return 2
	case Refuse:
		return 3
	default:
		return 0
	}
}
