package explain

import (
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/linkage"
)

// words are the phrases around the values, in one language.
type words struct {
	head, prior, frequency, sum, found, left, right, both, none, empty, colon, semicolon, likely, likelyUnlessTwins, values string
}

var frame = map[string]words{
	"zh": {
		head:      "甲：%s\n乙：%s\n结论：%s。%s，总分%s\n",
		prior:     "起点：任取两条登记，本来很少是同一人",
		frequency: "姓名多少见：姓名相同时，越少见越说明问题，越常见越不说明问题",
		sum:       "合计",
		found:     "因下列各项相同而被找到：%s\n",
		left:      "甲", right: "乙", both: "两条都是 %s", none: "两条都未填", empty: "（未填）",
		colon: "：", semicolon: "；", values: "（%s｜%s）",
		likely: "同一人的可能性%s", likelyUnlessTwins: "如不是多胞胎，同一人的可能性%s",
	},
	"en": {
		head:      "A: %s\nB: %s\nVerdict: %s; %s; sum %s\n",
		prior:     "start: two registrations taken at random are seldom one person",
		frequency: "rarity of the name: equal names say more the rarer they are, and less the more frequent",
		sum:       "sum",
		found:     "Found because these are equal: %s\n",
		left:      "A", right: "B", both: "both %s", none: "empty in both", empty: "(empty)",
		colon: ": ", semicolon: "; ", values: " (%s | %s)",
		likely: "probability of one person %s", likelyUnlessTwins: "probability of one person, unless they are twins, %s",
	},
}

var classes = map[linkage.Class]citizen.Text{
	0:                      {ZH: "不像同一人，不予提示", EN: "not put forward"},
	linkage.Proposal:       {ZH: "疑似同一人，建议核查", EN: "probably one person, to be verified"},
	linkage.Review:         {ZH: "可能是同一人，须人工审查", EN: "perhaps one person, to be reviewed"},
	linkage.MultipleBirth:  {ZH: "多胞胎，或同一人重复登记", EN: "a multiple birth, or one person twice"},
	linkage.SharedNumber:   {ZH: "重号：两人用同一号码", EN: "two persons with one number"},
	linkage.SeveralNumbers: {ZH: "疑似一人多号，建议核查", EN: "probably one person with several numbers, to be verified"},
}

// ClassText is a class in words.
func ClassText(c linkage.Class) citizen.Text { return classes[c] }

var items = [linkage.FeatureCount]citizen.Text{
	linkage.Family:     {ZH: "家庭", EN: "family"},
	linkage.Date:       {ZH: "出生日期", EN: "birth date"},
	linkage.Number:     {ZH: "公民身份号码", EN: "citizen number"},
	linkage.Name:       {ZH: "姓名", EN: "name"},
	linkage.Sex:        {ZH: "性别", EN: "sex"},
	linkage.Birthplace: {ZH: "出生地", EN: "birthplace"},
	linkage.Spouse:     {ZH: "配偶证号", EN: "spouse's number"},
	linkage.Address:    {ZH: "住址", EN: "address"},
}

var (
	equal     = citizen.Text{ZH: "相同", EN: "equal"}
	different = citizen.Text{ZH: "不同", EN: "different"}
	unfilled  = citizen.Text{ZH: "有一方未填或读不出，不计分", EN: "empty or unreadable in one, not counted"}
)

// levels are the words for each feature's levels, by stable code.
var levels = [linkage.FeatureCount]map[string]citizen.Text{
	linkage.Family: {
		"parents":   {ZH: "父或母的证号相同，另一位不矛盾", EN: "a parent's number is equal, the other does not contradict"},
		"half":      {ZH: "父母中一位证号相同，另一位不同", EN: "one parent's number is equal, the other's different"},
		"household": {ZH: "同一户", EN: "the same household"},
		"near":      {ZH: "父或母的证号只差一位，或相邻两位颠倒", EN: "a parent's number but for one digit, or two neighbouring ones exchanged"},
		"different": {ZH: "父或母的证号不同", EN: "a parent's number is different"},
		missing:     {ZH: "父母的证号无从比较，又不在同一户，不计分", EN: "no parent's number to compare and no household in common, not counted"},
	},
	linkage.Date: {
		"equal":     equal,
		"swapped":   {ZH: "月和日互换", EN: "day and month exchanged"},
		"lunar":     {ZH: "一条是农历，一条是公历", EN: "one is the other's lunar date"},
		"part":      {ZH: "同年，月或日相同", EN: "the same year, and the same month or day"},
		"digit":     {ZH: "只差一位数字", EN: "one digit differs"},
		"year":      {ZH: "月日相同，年份相近或只错一位", EN: "the same month and day, the year near or off by one digit"},
		"five":      {ZH: "相差不到五年", EN: "within five years"},
		"different": different,
		missing:     unfilled,
	},
	linkage.Number: {
		"equal":      equal,
		"digit":      {ZH: "只差一位", EN: "one digit differs"},
		"transposed": {ZH: "相邻两位颠倒", EN: "two neighbouring digits exchanged"},
		"region":     {ZH: "出生日期码和顺序码相同，地址码不同", EN: "birth date and sequence equal, region different"},
		"sequence":   {ZH: "地址码和出生日期码相同，顺序码不同", EN: "region and birth date equal, sequence different"},
		"few":        {ZH: "差两三位", EN: "two or three digits differ"},
		"different":  different,
		missing:      unfilled,
	},
	linkage.Name: {
		"exact":        {ZH: "相同（繁体、异体视为相同）", EN: "equal (traditional and variant forms count as equal)"},
		"former":       {ZH: "一条的姓名是另一条的曾用名", EN: "one's name is the other's former name"},
		"sound":        {ZH: "字不同，全部同音", EN: "other characters, all of the same sound"},
		"shape":        {ZH: "一字不同，字形相近或缺字", EN: "one character differs and looks alike, or is unreadable"},
		"near_sound":   {ZH: "一字不同，读音相近", EN: "one character differs and sounds nearly the same"},
		"one":          {ZH: "名中一字不同", EN: "one character of the given name differs"},
		"surname":      {ZH: "只有姓不同", EN: "only the surname differs"},
		"order":        {ZH: "名的字相同，顺序不同", EN: "the given name's characters in another order"},
		"dropped":      {ZH: "多一字或少一字", EN: "one character more or less"},
		"surname_only": {ZH: "只有姓相同", EN: "only the surname is equal"},
		"different":    different,
		missing:        unfilled,
	},
	linkage.Sex: {"equal": equal, "different": different, missing: unfilled},
	linkage.Birthplace: {
		"county":    {ZH: "同一县区", EN: "the same county"},
		"province":  {ZH: "同省，县区不同", EN: "the same province, another county"},
		"different": different,
		missing:     unfilled,
	},
	linkage.Spouse: {
		"equal":     equal,
		"near":      {ZH: "只差一位，或相邻两位颠倒", EN: "one digit differs, or two neighbouring ones are exchanged"},
		"different": different,
		missing:     unfilled,
	},
	linkage.Address: {
		"equal":     equal,
		"street":    {ZH: "同一街道或村", EN: "the same street or village"},
		"different": different,
		missing:     unfilled,
	},
}

// column is a column that a feature compares; an optional one is shown only where one of the two has it.
type column struct {
	label    citizen.Text
	of       func(*linkage.Text) string
	optional bool
}

var columns = [linkage.FeatureCount][]column{
	linkage.Family: {
		{citizen.Text{ZH: "父亲证号", EN: "father's number"}, func(t *linkage.Text) string { return t.Father }, true},
		{citizen.Text{ZH: "母亲证号", EN: "mother's number"}, func(t *linkage.Text) string { return t.Mother }, true},
		{citizen.Text{ZH: "户号", EN: "household"}, func(t *linkage.Text) string { return t.Household }, false},
	},
	linkage.Date: {
		{citizen.Text{}, func(t *linkage.Text) string { return t.Birth }, false},
		{citizen.Text{ZH: "号码中的出生日期", EN: "birth date in the number"}, (*linkage.Text).NumberBirth, true},
	},
	linkage.Number: {{citizen.Text{}, func(t *linkage.Text) string { return t.Number }, false}},
	linkage.Name: {
		{citizen.Text{}, func(t *linkage.Text) string { return t.Name }, false},
		{citizen.Text{ZH: "曾用名", EN: "former name"}, func(t *linkage.Text) string { return t.FormerName }, true},
	},
	linkage.Sex:        {{citizen.Text{}, sex, false}},
	linkage.Birthplace: {{citizen.Text{}, func(t *linkage.Text) string { return t.Birthplace }, false}},
	linkage.Spouse:     {{citizen.Text{}, func(t *linkage.Text) string { return t.Spouse }, false}},
	linkage.Address:    {{citizen.Text{}, func(t *linkage.Text) string { return t.Address }, false}},
}

// sex is the code's word, as a booklet has it.
func sex(t *linkage.Text) string {
	switch t.Sex {
	case string(citizen.Male):
		return "男"
	case string(citizen.Female):
		return "女"
	}
	return t.Sex
}

// KeyText is a blocking key in words.
func KeyText(k linkage.Key) citizen.Text { return keys[k] }

var keys = [linkage.KeyCount]citizen.Text{
	linkage.KeyNumber:          {ZH: "公民身份号码", EN: "citizen number"},
	linkage.KeyNameYear:        {ZH: "姓名、出生年", EN: "name, year of birth"},
	linkage.KeySoundDay:        {ZH: "姓名读音、出生月日", EN: "sound of the name, month and day of birth"},
	linkage.KeySurnameBirth:    {ZH: "姓、出生日期、性别", EN: "surname, birth date, sex"},
	linkage.KeyBirthSequence:   {ZH: "号码的出生日期码和顺序码", EN: "birth and sequence part of the number"},
	linkage.KeySoundBirthplace: {ZH: "姓名读音、出生地、性别", EN: "sound of the name, birthplace, sex"},
	linkage.KeyMother:          {ZH: "母亲证号", EN: "mother's number"},
	linkage.KeyGivenBirth:      {ZH: "名、出生日期", EN: "given name, birth date"},
	linkage.KeyParents:         {ZH: "父母证号", EN: "both parents' numbers"},
	linkage.KeySpouse:          {ZH: "配偶证号、性别", EN: "spouse's number, sex"},
	linkage.KeyNameLunar:       {ZH: "姓名、公历或农历出生日期", EN: "name, birth date or its lunar date"},
	linkage.KeyNameDeleted:     {ZH: "少一字的姓名、出生日期", EN: "name with one character left out, birth date"},
	linkage.KeyHousehold:       {ZH: "户、名", EN: "household, given name"},
}
