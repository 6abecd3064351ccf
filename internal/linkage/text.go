package linkage

// Text is one registration as a file has it. Everything may be empty, and nothing need be right: what cannot be read counts as missing, never as equal.
type Text struct {
	ID          string // of the record; never compared
	Number      string // citizen number of 18 or 15 digits
	Name        string
	FormerName  string
	Sex         string // "1" or 男, "2" or 女
	Birth       string // YYYY-MM-DD or YYYYMMDD
	Birthplace  string // in words or as a division's code
	Household   string // what tells households apart: station and household number
	Address     string
	Mother      string // number of the mother, as Number
	Father      string
	Spouse      string
	EthnicGroup string // never compared; Quality counts by it
	Cancelled   bool   // the registration has ended: it makes no pair
}
