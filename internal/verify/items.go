package verify

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/register"
)

// Severity says how certain it is that a finding is an error.
type Severity string

// The severities.
const (
	SeverityError Severity = "error" // it cannot be right
	SeverityWarn  Severity = "warn"  // it can be right; somebody has to look
)

// Member is one person of a household that is checked.
type Member struct {
	ID     string // tenure, or the line of a file
	Record register.Record
}

// Household is what the item rules look at: everybody registered under one number, or a single person.
type Household struct {
	No      string
	Members []Member
	Alone   bool            // its members are not a family: a person apart, or a collective household; rules about its composition are not asked
	Lacks   map[string]bool // items that the record has no room for, as the relation on a card; rules that read them are not asked
}

// Finding is one item rule that does not hold.
type Finding struct {
	Rule     string       `json:"rule"`
	Severity Severity     `json:"severity"`
	Member   string       `json:"member"` // empty: the household as a whole
	Item     string       `json:"item"`
	Text     citizen.Text `json:"text"`
	Mend     citizen.Text `json:"mend"`
	Source   string       `json:"source"`
}

// Rule is one item rule. The same rules are asked at entry, import, arrival and over the whole register (plan P5).
type Rule struct {
	Code     string
	Severity Severity
	Item     string   // the item to look at first
	Reads    []string // what else it compares; a record without one of these, or without the item, is not asked
	Source   string
	Text     citizen.Text
	Mend     citizen.Text
	// Exactly one of these.
	person func(p *person) bool                 // tells true where the rule is broken
	items  func(p *person) []string             // tells which items break it
	house  func(h *house, broken func(*person)) // calls broken with each member that breaks it, or with nil for the household
}

// House tells whether the rule sees a whole household.
func (r *Rule) House() bool { return r.house != nil }

const (
	form95  = "公通字〔1995〕91号"
	hz2004  = "户籍系统完整性检查（2004）"
	number  = "GB 11643-1999"
	cardLaw = "居民身份证法（2003）第5条"
	book58  = "户口登记条例（1958）第5条"
	decree  = "国发〔1999〕15号"
)

func t(zh, en string) citizen.Text { return citizen.Text{ZH: zh, EN: en} }

var (
	mendPapers = t("按原始证件核对，有误的提出更正", "compare with the original papers and propose a correction where they differ")
	mendNumber = t("核对登记表和顺序码登记表，提出号码更正", "compare with the form and the sequence register, and propose a correction of the number")
	mendHouse  = t("核对户口簿，更正与户主关系", "compare with the booklet and correct the relation")
	mendCode   = t("按代码表改正", "correct it from the code table")
)

// Limits of plausibility. UNCONFIRMED: no standard of the time names them; the software of 2004 used the ages of 6 and 18.
const (
	oldestAge     = 120
	parentGap     = 14 // years between parent and child
	educationAge  = 6
	marriageAge   = 18
	householdHead = 16 // full legal capacity by own earnings (民法通则第11条)
)

// Rules are the item rules, in the order in which findings are shown.
var Rules = slices.Concat(formRules, nameRules, numberRules, dateRules, householdRules, relationRules, codeRules, addressRules, cardRules)

// asked tells whether a rule is asked of records that lack some items.
func (r *Rule) asked(lacks map[string]bool) bool {
	return len(lacks) == 0 || r.items != nil || !lacks[r.Item] && !slices.ContainsFunc(r.Reads, func(item string) bool { return lacks[item] })
}

// NotAsked are the rules that records without these items are not asked.
func NotAsked(lacks map[string]bool) (codes []string) {
	for i := range Rules {
		if !Rules[i].asked(lacks) {
			codes = append(codes, Rules[i].Code)
		}
	}
	return codes
}

// Check asks every item rule of a household on a day.
func Check(h Household, today citizen.Date) []Finding {
	if len(h.Members) == 0 {
		return nil
	}
	seen := look(&h, today)
	var found []Finding
	var r *Rule
	add := func(p *person, item string) {
		member := ""
		if p != nil {
			member = p.id
		}
		found = append(found, r.finding(member, item))
	}
	broken := func(p *person) { add(p, r.Item) }
	for i := range Rules {
		if r = &Rules[i]; !r.asked(h.Lacks) {
			continue
		}
		if r.house != nil {
			r.house(seen, broken)
			continue
		}
		for j := range seen.members {
			p := &seen.members[j]
			if r.items != nil {
				for _, item := range r.items(p) {
					if !h.Lacks[item] {
						add(p, item)
					}
				}
			} else if r.person(p) {
				add(p, r.Item)
			}
		}
	}
	return found
}

func (r *Rule) finding(member, item string) Finding {
	return Finding{Rule: r.Code, Severity: r.Severity, Member: member, Item: item, Text: r.Text, Mend: r.Mend, Source: r.Source}
}

// SharedNumber is the finding of a number that two persons of a register or a file have, beyond one household.
func SharedNumber(member string) Finding {
	r := RuleOf("number.shared")
	return r.finding(member, r.Item)
}

// RuleOf finds a rule by its code; nil: there is none.
func RuleOf(code string) *Rule {
	for i := range Rules {
		if Rules[i].Code == code {
			return &Rules[i]
		}
	}
	return nil
}

// CountRules counts findings by rule.
func CountRules(found []Finding) map[string]int {
	n := make(map[string]int)
	for _, f := range found {
		n[f.Rule]++
	}
	return n
}

// String is one line for a list.
func (f Finding) String() string {
	return fmt.Sprintf("%s %s %s", f.Rule, strconv.Quote(f.Member), f.Item)
}

// Collective tells whether nobody of a list is related to anybody: a collective household (集体户), which has no householder among its members and whose
// members are checked one by one.
func Collective(members []Member) bool {
	for _, m := range members {
		if m.Record.Relation != "99" && m.Record.Relation != "" {
			return false
		}
	}
	return len(members) > 1
}
