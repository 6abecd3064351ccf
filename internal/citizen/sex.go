package citizen

// Sex is the one-digit code of GB/T 2261.1-2003; the zero value is no entry.
type Sex string

// The codes of GB/T 2261.1-2003.
const (
	SexUnknown   Sex = "0"
	Male         Sex = "1"
	Female       Sex = "2"
	SexNotStated Sex = "9"
)

// Known reports whether the sex is stated, which is what places 15-17 of a
// number can be compared with.
func (s Sex) Known() bool { return s == Male || s == Female }

// Text returns the short word used on cards and forms (男, 女), or the name in
// the table for the other codes; an unknown code is shown as it is.
func (s Sex) Text() Text {
	switch s {
	case Male:
		return Text{"男", "male"}
	case Female:
		return Text{"女", "female"}
	}
	if c, ok := Sexes.ByCode(string(s)); ok {
		return c.Text()
	}
	return Text{string(s), string(s)}
}
