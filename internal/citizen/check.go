package citizen

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Class is the word for one way in which a number is right, wrong or remarkable.
// The words are stable: files, reports and clean-up lists carry them.
type Class string

// The classes in the order in which CheckNumber asks; the first that refuses,
// else the first that warns, is the class of the whole number.
const (
	ClassValid           Class = "valid"
	ClassBadLength       Class = "bad-length"
	ClassBadCharacter    Class = "bad-character"
	ClassBadCheck        Class = "bad-check"
	ClassBadDate         Class = "bad-date"
	ClassFutureDate      Class = "future-date"
	ClassUnknownDivision Class = "unknown-division"
	ClassDivisionLevel   Class = "division-level"
	ClassDivisionPeriod  Class = "division-period"
	ClassSequence        Class = "warn-sequence"
	ClassCrossSex        Class = "cross-sex"
	ClassCrossBirth      Class = "cross-birth"
	ClassNormalise       Class = "normalise"
	ClassNewerDivision   Class = "N1"      // code newer than the birth
	ClassOld             Class = "N2"      // older than 105 years
	ClassPseudoDivision  Class = "N3"      // pseudo-code of GB/T 2260
	ClassCentury         Class = "century" // conversion from 15 digits: century in doubt
)

// Classes returns every class CheckNumber or FromFifteen can give.
func Classes() []Class {
	return []Class{ClassValid, ClassBadLength, ClassBadCharacter, ClassBadCheck, ClassBadDate,
		ClassFutureDate, ClassUnknownDivision, ClassDivisionLevel, ClassDivisionPeriod, ClassSequence,
		ClassCrossSex, ClassCrossBirth, ClassNormalise, ClassNewerDivision, ClassOld,
		ClassPseudoDivision, ClassCentury}
}

// Finding is one thing found about a value: its class, what happens, words for
// the clerk and the standard or rule it rests on.
type Finding struct {
	Class  Class  `json:"class"`
	Action Action `json:"action"`
	Text   Text   `json:"text"`
	Source string `json:"source"`
}

// NumberCheck is the whole answer about one text given as citizen number.
type NumberCheck struct {
	Input string `json:"input"`
	// Normalised is the text after the changes allowed on entry, empty while it
	// is not 18 characters of digits and final X. Store it only when Valid.
	Normalised string `json:"normalised"`
	// Valid means not refused: it may be stored, with its warnings on the
	// clean-up list.
	Valid    bool      `json:"valid"`
	Class    Class     `json:"class"`
	Findings []Finding `json:"findings"`
	Division string    `json:"division"`
	// DivisionName is the full name in the year the number could first have been
	// given: the birth year, or 1984 for those born before.
	DivisionName string `json:"division_name"`
	// DivisionNow is the full name on the checking date, empty when abolished.
	DivisionNow string `json:"division_now"`
	Birth       Date   `json:"birth"`
	Sex         Sex    `json:"sex"`
}

// Action returns the hardest action among the findings, Accept without any.
func (c NumberCheck) Action() Action {
	worst := Accept
	for _, f := range c.Findings {
		if f.Action.rank() > worst.rank() {
			worst = f.Action
		}
	}
	return worst
}

// NumberContext is what a number is held against.
type NumberContext struct {
	On      Date // checking date; no date asks nothing that depends on the day
	Sex     Sex  // sex in the register; compared only when male or female
	Birth   Date // birth date in the register; no date: not compared
	Issuing bool // a number about to be given: what old records may keep is refused
}

// The bases the findings name.
const (
	srcNumber   = "GB 11643-1999"
	srcDate     = "GB/T 7408"
	srcDivision = "GB/T 2260"
	srcEntry    = "entry rule"
	srcRegister = "register comparison"
)

// CheckNumber says everything that can be said about a text as citizen number:
// form (GB 11643-1999), date (GB/T 7408), division (GB/T 2260) and agreement with
// the register. It goes on after a refusal, so that the clerk sees all there is
// to see. The division is held against the years in which the number can have
// been given, from the later of the birth year and 1984 to the checking date,
// never against the birth year alone: numbers were first given in the 1980s, to
// people of every age.
func CheckNumber(input string, ctx NumberContext) NumberCheck {
	c := NumberCheck{Input: input, Class: ClassValid, Findings: []Finding{}}
	n := normaliseNumber(input)
	form, shaped, ok := checkForm(n)
	if !ok {
		c.Findings = append(c.Findings, form)
	}
	if !shaped {
		c.finish()
		return c
	}
	c.Normalised, c.Division = n, n[:6]
	c.Birth, c.Sex = Number(n).Birth(), Number(n).Sex()
	c.checkDates(form, ctx)
	c.checkDivision(ctx)
	c.checkSequence(n)
	c.crossCheck(ctx)
	if n != input {
		c.add(ClassNormalise, Accept, srcEntry, "已改为规范写法："+n+"，请按此登记", "changed to the standard form "+n+"; store this one")
	}
	c.finish()
	return c
}

// checkForm asks length, characters, check character and date, in this order,
// and gives the first refusal. shaped means that length and characters are right.
func checkForm(n string) (f Finding, shaped, ok bool) {
	switch {
	case !rightLength(n):
		return badLength(n), false, false
	case !rightCharacters(n):
		return badCharacter(n), false, false
	case checkOf(n) != n[17]:
		return badCheck(), true, false
	case Number(n).Birth().IsZero():
		return badDate(), true, false
	}
	return Finding{}, true, true
}

func rightLength(n string) bool { return utf8.RuneCountInString(n) == numberLength }

func rightCharacters(n string) bool {
	if len(n) != numberLength || digits(n[:17]) < 0 {
		return false
	}
	last := n[17]
	return last >= '0' && last <= '9' || last == 'X'
}

func badLength(n string) Finding {
	count := utf8.RuneCountInString(n)
	t := Text{
		fmt.Sprintf("公民身份号码应为18位，现为%d位，请对照户口簿逐位核对后重新录入", count),
		fmt.Sprintf("a citizen number has 18 characters, this has %d; compare with the household booklet and enter it again", count),
	}
	switch {
	case count == 0:
		t = Text{"未填公民身份号码，请录入18位号码", "no citizen number given; enter its 18 characters"}
	case count == 15 && digits(n) >= 0:
		t = Text{"这是15位旧号码，请按登记的出生日期升为18位后再录入", "this is an old 15-digit number; convert it to 18 with the registered birth date first"}
	case rightLength(strings.Join(strings.Fields(n), "")):
		t = Text{"号码中间有空格，请去掉空格后重新录入", "there are blanks inside the number; remove them and enter it again"}
	}
	return Finding{ClassBadLength, Refuse, t, srcNumber}
}

func badCharacter(n string) Finding {
	place := 0
	for _, r := range n {
		place++
		if (r < '0' || r > '9') && (r != 'X' || place != numberLength) {
			break
		}
	}
	return Finding{ClassBadCharacter, Refuse, Text{
		fmt.Sprintf("第%d位不是允许的字符，前17位只能是数字，第18位只能是数字或大写X，请更正", place),
		fmt.Sprintf("character %d is not allowed: places 1 to 17 are digits, place 18 a digit or capital X; correct it", place),
	}, srcNumber}
}

func badCheck() Finding {
	return Finding{ClassBadCheck, Refuse, Text{
		"校验码不符，号码中至少有一位写错或次序颠倒，请对照户口簿和登记表逐位核对，不要只改末位",
		"the check character does not fit: at least one place is wrong or two are exchanged; compare every place with booklet and form, do not just change the last one",
	}, srcNumber}
}

func badDate() Finding {
	return Finding{ClassBadDate, Refuse, Text{
		"第7至14位不是1800年以后真实存在的日期，请核对出生日期",
		"places 7 to 14 are no real date from 1800 on; check the birth date",
	}, srcDate}
}

func (c *NumberCheck) add(class Class, action Action, source, zh, en string) {
	c.Findings = append(c.Findings, Finding{class, action, Text{zh, en}, source})
}

// checkDates asks whether the date is real (again, behind a bad check character),
// not after the checking date, and whether the person would be older than 105.
func (c *NumberCheck) checkDates(form Finding, ctx NumberContext) {
	switch {
	case c.Birth.IsZero():
		if form.Class != ClassBadDate {
			c.Findings = append(c.Findings, badDate())
		}
	case ctx.On.IsZero():
	case c.Birth.After(ctx.On):
		c.add(ClassFutureDate, Refuse, srcEntry,
			"号码中的出生日期晚于核查日期"+ctx.On.String()+"，请核对第7至14位",
			"the birth date in the number is after the checking date "+ctx.On.String()+"; check places 7 to 14")
	case c.Birth.AddYears(105).Before(ctx.On):
		c.add(ClassOld, Note, srcEntry,
			"按号码已满105周岁以上，请核实是否健在、出生年份是否有误",
			"by the number older than 105 years; make sure the person is alive and the birth year right")
	}
}

// checkDivision asks for the code in the tables, its level and its years.
func (c *NumberCheck) checkDivision(ctx NumberContext) {
	div := Division(c.Division)
	on := yearOrForever(ctx.On)
	rows := div.rows()
	if !begunBy(rows, on) {
		c.unknownDivision(div, on)
		rows = div.disputedRows()
		if !begunBy(rows, on) {
			return
		}
	}
	c.nameDivision(div, ctx.On)
	c.divisionLevel(div, ctx.Issuing)
	c.divisionYears(rows, on)
	if div.Pseudo() {
		c.add(ClassPseudoDivision, Note, srcDivision,
			"行政区划代码为“市辖区”一类的虚设代码，核对编号时的登记地",
			"the division is a pseudo-code (for instance 市辖区); check where the person was registered when numbered")
	}
}

// unknownDivision refuses a code no row of which begins by the year. Where the
// sources disagree about the code it only warns.
func (c *NumberCheck) unknownDivision(div Division, on int) {
	if begunBy(div.disputedRows(), on) {
		c.add(ClassUnknownDivision, Warn, srcDivision,
			"行政区划代码"+c.Division+"各来源记载不一，请核对编号时的户籍登记资料",
			"sources disagree about division "+c.Division+"; check the papers of the registration when numbered")
		return
	}
	c.add(ClassUnknownDivision, Refuse, srcDivision,
		"行政区划代码"+c.Division+"到核查日期为止不存在，请核对前6位",
		"division "+c.Division+" did not exist by the checking date; check places 1 to 6")
}

func (c *NumberCheck) nameDivision(div Division, on Date) {
	given := yearOrForever(c.Birth)
	if !c.Birth.IsZero() {
		given = max(given, FirstNumbersYear)
	}
	c.DivisionName = div.fullNameIn(min(given, yearOrForever(on)))
	if div.InForceOn(on) {
		c.DivisionNow = div.fullNameIn(yearOrForever(on))
	}
}

func (c *NumberCheck) divisionLevel(div Division, issuing bool) {
	if div.Level() == CountyLevel {
		return
	}
	if issuing {
		c.add(ClassDivisionLevel, Refuse, srcNumber,
			"编号须用县级行政区划代码，现为省级或地级代码，请改用户籍所在县（市、区）的代码",
			"a new number needs a county-level code, this is a province or prefecture; use the code of the county of registration")
		return
	}
	c.add(ClassDivisionLevel, Warn, srcNumber,
		"行政区划代码为省级或地级，已列入清理，请核对前6位",
		"the division is a province or prefecture in place of a county; on the clean-up list, check places 1 to 6")
}

// divisionYears warns of a code that was in force in no year in which the number
// can have been given, and notes one that is newer than that.
func (c *NumberCheck) divisionYears(rows []divisionRow, on int) {
	if c.Birth.IsZero() {
		return
	}
	given := max(c.Birth.Year(), FirstNumbersYear)
	last, first := yearText(lastYear(rows, on)), firstYear(rows)
	switch {
	case given <= on && !existedBetween(rows, given, on):
		c.add(ClassDivisionPeriod, Warn, srcDivision,
			"行政区划代码"+c.Division+"在"+last+"年已停用，早于可编号的年份，已列入清理，请核对前6位和出生日期",
			"division "+c.Division+" ended in "+last+", before this number can have been given; on the clean-up list, check places 1 to 6 and the birth date")
	case first > given:
		c.add(ClassNewerDivision, Accept, srcDivision,
			"行政区划代码"+yearText(first)+"年才启用，号码是后来编定或更正的，可以接受",
			"the division code began in "+yearText(first)+", so the number was given or corrected later; accepted")
	}
}

// checkSequence warns of sequence 000. No source read forbids it, but numbering
// starts at 001 in practice: unconfirmed, so it is never refused.
func (c *NumberCheck) checkSequence(n string) {
	if n[14:17] == "000" {
		c.add(ClassSequence, Warn, "practice, unconfirmed",
			"顺序码为000，通常从001编起，请核对顺序码登记表",
			"sequence 000, while numbering starts at 001; check the sequence register")
	}
}

// crossCheck holds sex and birth date of the number against the register.
func (c *NumberCheck) crossCheck(ctx NumberContext) {
	if ctx.Sex.Known() && ctx.Sex != c.Sex {
		c.add(ClassCrossSex, Warn, srcRegister,
			"号码表示的性别为"+c.Sex.Text().ZH+"，登记为"+ctx.Sex.Text().ZH+"，已列入清理，请核对第17位和登记的性别",
			"the number says "+c.Sex.Text().EN+", the register says "+ctx.Sex.Text().EN+"; on the clean-up list, check place 17 and the registered sex")
	}
	if !ctx.Birth.IsZero() && !c.Birth.IsZero() && ctx.Birth != c.Birth {
		c.add(ClassCrossBirth, Warn, srcRegister,
			"号码表示的出生日期为"+c.Birth.String()+"，登记为"+ctx.Birth.String()+"，已列入清理，请核对",
			"the number says born "+c.Birth.String()+", the register says "+ctx.Birth.String()+"; on the clean-up list, check both")
	}
}

// finish settles validity and the class of the whole.
func (c *NumberCheck) finish() {
	worst := c.Action()
	c.Valid = worst != Refuse
	for _, f := range c.Findings {
		if f.Action == worst && (worst.rank() >= Warn.rank()) {
			c.Class = f.Class
			return
		}
	}
	for _, f := range c.Findings {
		if f.Class == ClassNormalise {
			c.Class = ClassNormalise
		}
	}
}
