package verify

import "github.com/huzheng/huzheng/internal/citizen"

var (
	firstCards = citizen.MustDate("1984-04-06") // 居民身份证试行条例
	cardLawDay = citizen.MustDate("2004-01-01") // before it, nobody under sixteen had a card
)

// cardRules are about the card that the register or the card itself names.
var cardRules = []Rule{
	{Code: "card.dates", Severity: SeverityError, Item: "card_issued", Source: cardLaw, Text: t("身份证签发日期早于出生、晚于今日或晚于有效期", "the card was issued before the birth, in the future or after its end"),
		Mend: mendPapers, person: func(p *person) bool {
			if p.CardIssued.IsZero() {
				return false
			}
			end, err := citizen.ParseDate(p.CardExpires)
			return p.CardIssued.Before(p.BirthDate) || p.CardIssued.After(p.today) || err == nil && end.Before(p.CardIssued)
		}},
	{Code: "card.before_1984", Severity: SeverityError, Item: "card_issued", Source: "居民身份证试行条例（1984）", Text: t("身份证签发日期早于 1984年4月6日", "the card was issued before 6 April 1984, when there were none"),
		Mend: mendPapers, person: func(p *person) bool { return !p.CardIssued.IsZero() && p.CardIssued.Before(firstCards) }},
	{Code: "card.under_age", Severity: SeverityError, Item: "card_issued", Reads: []string{"birth_date"}, Source: "居民身份证条例（1985）第2条", Text: t("2004年以前签发时不满 16 周岁", "issued before 2004 to somebody under sixteen"),
		Mend: mendPapers, person: func(p *person) bool {
			return !p.CardIssued.IsZero() && p.CardIssued.Before(cardLawDay) && !p.CardIssued.Before(p.BirthDate) && !p.BirthDate.IsZero() && p.BirthDate.AgeOn(p.CardIssued) < 16
		}},
	{Code: "card.half", Severity: SeverityError, Item: "card_expires", Reads: []string{"card_issued"}, Source: "居民身份证法（2003）第3条", Text: t("签发日期与有效期限只有一项", "of date of issue and validity only one is there"),
		Mend: mendPapers, person: func(p *person) bool { return p.CardIssued.IsZero() != (p.CardExpires == "") }},
	{Code: "card.validity", Severity: SeverityWarn, Item: "card_expires", Reads: []string{"card_issued", "birth_date"}, Source: cardLaw, Text: t("身份证有效期限与签发时的年龄不符", "the card's validity does not fit the age at issue"),
		Mend: mendPapers, person: wrongValidity},
	{Code: "card.number", Severity: SeverityError, Item: "number", Reads: []string{"card_issued"}, Source: decree, Text: t("1999年10月1日以前签发的证上不会有 18 位号码", "a card issued before 1 October 1999 carries no number of 18"),
		Mend: t("看原件，按原件改写", "look at the card and write what stands on it"), person: func(p *person) bool {
			return p.card && len(p.Number) == 18 && p.Number[6:8] == "19" && !p.CardIssued.IsZero() && p.CardIssued.Before(eighteen)
		}},
	{Code: "card.no_number", Severity: SeverityError, Item: "number", Reads: []string{"card_issued"}, Source: "居民身份证法（2003）第3条", Text: t("有身份证而没有公民身份号码", "there is a card and no citizen number"),
		Mend: mendPapers, person: func(p *person) bool { return p.Number == "" && !p.CardIssued.IsZero() }},
}

// wrongValidity compares a registered card with the validity of its holder's age; a second-generation card's last day is taken, a day off is none.
func wrongValidity(p *person) bool {
	if p.CardIssued.IsZero() || p.CardExpires == "" || p.BirthDate.IsZero() || p.CardIssued.Before(p.BirthDate) {
		return false
	}
	_, to, long := citizen.CardValidity(p.BirthDate, p.CardIssued)
	end, err := citizen.ParseDate(p.CardExpires)
	if err != nil {
		return !long
	}
	days := end.DaysUntil(to)
	return long || days < -1 || days > 1
}
