package register

import "github.com/huzheng/huzheng/internal/citizen"

// Limits are the office's own settings of the register.
type Limits struct {
	NumbersLow    int          `json:"numbers_low"`     // warn when fewer numbers of a birth date and sex remain
	RangeDays     int          `json:"range_days"`      // warn when the last allotted birth date is nearer
	InTransitDays int          `json:"in_transit_days"` // list a move that has neither arrived nor returned for longer
	Town          bool         `json:"town"`            // the station lies in a town: three days to declare a move in, not ten (户口登记条例第13条)
	NoticeDays    int          `json:"notice_days"`     // from a notice to the end of objecting (UNCONFIRMED: 30 in one county's rule)
	DecisionDays  int          `json:"decision_days"`   // a decision that takes longer is late (UNCONFIRMED: one province's rule has 20 and 15 working days)
	Complaint     citizen.Text `json:"complaint"`       // told with every list of missing papers (一次性告知)
}

// DefaultLimits are used where the office has set nothing.
func DefaultLimits() Limits {
	return Limits{NumbersLow: 5, RangeDays: 14, InTransitDays: 30, Town: true, NoticeDays: 30, DecisionDays: 49, Complaint: citizen.Text{
		ZH: "对办理有异议的，可向本所所长或上级公安机关户政部门提出，任何人不得另加条件",
		EN: "anyone who disagrees may turn to the head of this station or to the household registration section above it; nobody may add conditions",
	}}
}

// OverdueBefore is the last day on which a move was made that has been in transit for too long today.
func (l Limits) OverdueBefore(today citizen.Date) citizen.Date {
	return today.AddDays(-l.InTransitDays)
}

// source is an article of the Household Registration Regulations.
func source(article string) string { return "户口登记条例（1958）第" + article + "条" }

// within is the last day of a term of the regulations that begins on a day.
func within(rule string, from, today citizen.Date) citizen.Date {
	r, ok := citizen.RuleOn(rule, today)
	if !ok {
		return today
	}
	if r.Unit == citizen.UnitMonths {
		return from.AddMonths(r.Value)
	}
	return from.AddDays(r.Value)
}
