package verify

import "github.com/huzheng/huzheng/internal/citizen"

// RuleText is an item rule as it is shown to people and programs.
type RuleText struct {
	Code     string       `json:"rule"`
	Severity Severity     `json:"severity"`
	Item     string       `json:"item"`
	Reads    []string     `json:"reads"` // what else it compares
	Scope    string       `json:"scope"` // person, or household: sees its members
	Text     citizen.Text `json:"text"`
	Mend     citizen.Text `json:"mend"`
	Source   string       `json:"source"`
}

// Described lists all rules in their order.
func Described() []RuleText {
	list := make([]RuleText, len(Rules))
	for i := range Rules {
		r := &Rules[i]
		list[i] = RuleText{Code: r.Code, Severity: r.Severity, Item: r.Item, Reads: append([]string{}, r.Reads...), Scope: "person", Text: r.Text, Mend: r.Mend, Source: r.Source}
		if r.House() {
			list[i].Scope = "household"
		}
	}
	return list
}
