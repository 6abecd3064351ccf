package citizen

// The code tables. Standards where one was found; "hz2004" marks codes of a
// provincial household-registration system begun in 2004, a model and not a
// standard, to be replaced when the standard's values are found.
var (
	// Sexes are the codes of GB/T 2261.1-2003.
	Sexes = table("sex", "性别", "sex", "GB/T 2261.1-2003",
		"男", "1", "女", "2", "未知", "0", "未说明", "9", "m", "1", "f", "2", "man", "1", "woman", "2")
	// EthnicGroups are the 56 groups of GB/T 3304-1991, 97 other, 98 naturalised.
	EthnicGroups = table("ethnic-group", "民族", "ethnic group", "GB/T 3304-1991", ethnicShort()...)
	// MaritalStatuses are the codes of GB/T 2261.2-2003.
	MaritalStatuses = table("marital-status", "婚姻状况", "marital status", "GB/T 2261.2-2003",
		"有配偶", "20", "结婚", "20", "离异", "40", "single", "10", "未说明", "90")
	// Relations are the relations to the head of household of GB/T 4761-2008; the
	// edition of 1984 in force in 2005 was not seen.
	Relations = table("family-relation", "与户主关系", "relation to the head of household", "GB/T 4761-2008",
		"妻子", "12", "丈夫", "11", "儿子", "20", "女儿", "30", "父", "51", "母", "52", "父母亲", "50",
		"爷爷", "61", "奶奶", "62", "外公", "63", "外婆", "64", "姥爷", "63", "姥姥", "64",
		"哥哥", "71", "弟弟", "73", "姐", "75", "妹", "77", "儿媳妇", "38", "外孙", "43", "兄弟", "70",
		"姐妹", "70", "wife", "12", "husband", "11", "head", "02", "householder", "02", "侄", "93",
		"侄儿", "93", "外甥子", "95", "配偶", "10")
	// Educations holds two editions, "1984" (from a police system, edition
	// inferred) and "2006" (GB/T 4658-2006); ask ByCodeIn for one of them.
	Educations = table("education", "文化程度", "education", "GB 4658-1984; GB/T 4658-2006",
		"大学", "20", "本科", "20", "大学本科", "20", "大专", "30", "专科", "30", "大学专科", "30",
		"中专", "40", "中技", "40", "技校", "50", "文盲", "90", "半文盲", "90", "不识字", "90")
	// HouseholdKinds are the printed values of 户别; their codes are defaults,
	// no numeric code was found.
	HouseholdKinds = table("household-kind", "户别", "kind of household", "公通字〔1995〕91号",
		"家庭", "1", "集体", "2", "家庭户口", "1", "集体户口", "2")
	// HukouClasses are the codes of GA 324.1-2001 (0-8) and GA/T 2000.27 (10-90).
	HukouClasses = table("hukou-class", "户口类别", "class of registration", "GA 324.1-2001; GA/T 2000.27",
		"非农业户口", "1", "农业户口", "2", "非农业", "1", "农业", "2", "非农", "1")
	// BloodTypes are the codes of GA 324.6-2001.
	BloodTypes = table("blood-type", "血型", "blood type", "GA 324.6-2001",
		"未知", "0", "不详", "0", "A", "1", "B", "2", "O", "3", "AB", "4")
	// Religions are the codes of GA 214.12-2004.
	Religions = table("religion", "宗教信仰", "religion", "GA 214.12-2004", "无", "00", "不信教", "00")
	// MilitaryServices are unconfirmed values.
	MilitaryServices = table("military-service", "兵役状况", "military service", "GA 324.5-2001 (not seen)")
	// AlterationCategories are the changes and corrections of items of GA
	// 214.13-2004 (10-52), the rest from hz2004.
	AlterationCategories = table("alteration-category", "变更更正类别", "change or correction of items", "GA 214.13-2004")
	// CancellationMarks are the first rows of GA 214.18-2005.
	CancellationMarks = table("cancellation-mark", "户口注销标识", "mark of cancellation", "GA 214.18-2005")
	// ChangeKinds are the kinds of register business of hz2004.
	ChangeKinds = table("change-kind", "户籍变动类型", "kind of change of registration", "hz2004")
	// ChangeScopes are the scopes of a change of hz2004, among them split and merge.
	ChangeScopes = table("change-scope", "变动范围", "scope of a change", "hz2004")
	// ChangeReasons are the reasons of hz2004; Group is the direction.
	ChangeReasons = table("change-reason", "变动原因", "reason of a change", "hz2004")
	// PersonStates are the states of a person in the register of hz2004.
	PersonStates = table("person-state", "人员状态", "state of a person in the register", "hz2004")
	// PersonLockStates are the locks on a person of hz2004.
	PersonLockStates = table("person-lock-state", "人员锁定状态", "lock on a person", "hz2004")
	// PersonClasses are the classes of persons of hz2004.
	PersonClasses = table("person-class", "人员类别", "class of person", "hz2004")
	// SeparationStates are the states of lives-apart records (人户分离) of hz2004.
	SeparationStates = table("separation-state", "人户分离状态", "state of a lives-apart record", "hz2004")
	// DuplicateHandlings are the ways a duplicate number ends, of hz2004.
	DuplicateHandlings = table("duplicate-handling", "重号处理", "handling of a duplicate number", "hz2004")
	// CardApplicationReasons are GA 214.5 as kept in GA/T 2000.10-2014.
	CardApplicationReasons = table("card-application-reason", "申领原因", "reason for applying", "GA/T 2000.10-2014")
	// CardInfoSources are the origins of a card record of hz2004.
	CardInfoSources = table("card-info-source", "证件信息来源", "origin of a card record", "hz2004")
	// CardKinds are the card generations of hz2004.
	CardKinds = table("card-kind", "证件类别", "kind of card", "hz2004",
		"第一代居民身份证", "1", "第二代居民身份证", "2", "二代身份证", "2", "一代身份证", "1")
	// CardProcessStates are the states of a second-generation card of hz2004;
	// Group is the tier that holds it.
	CardProcessStates = table("card-process-state", "制证状态", "state of a card in making", "hz2004")
	// CardReviews are the review codes of hz2004; Group is the list they belong to.
	CardReviews = table("card-review", "审核代码", "review codes", "hz2004")
	// CardStates are the states of an issued card of hz2004.
	CardStates = table("card-state", "证件状态", "state of an issued card", "hz2004")
	// CardValidities are the periods of GA 214.8-2004, without codes, and the
	// first-generation codes of hz2004. CardValidity computes the dates.
	CardValidities = table("card-validity", "有效期限", "period of validity", "GA 214.8-2004")
	// GA214Parts are the titles of the parts of GA 214.
	GA214Parts = table("ga214-parts", "GA 214各部分", "parts of GA 214", "GA 214-2004")
	// UnitLevels are the levels of units of hz2004.
	UnitLevels = table("unit-level", "单位级别", "level of unit", "hz2004")
)

// Tables returns every code table, in a fixed order.
func Tables() []*Table {
	return []*Table{Sexes, EthnicGroups, MaritalStatuses, Relations, Educations, HouseholdKinds,
		HukouClasses, BloodTypes, Religions, MilitaryServices, AlterationCategories, CancellationMarks,
		ChangeKinds, ChangeScopes, ChangeReasons, PersonStates, PersonLockStates, PersonClasses,
		SeparationStates, DuplicateHandlings, CardApplicationReasons, CardInfoSources, CardKinds,
		CardProcessStates, CardReviews, CardStates, CardValidities, GA214Parts, UnitLevels}
}

// TableByName returns the table with a name such as "marital-status".
func TableByName(name string) (*Table, bool) {
	for _, t := range Tables() {
		if t.Name == name {
			return t, true
		}
	}
	return nil, false
}

// table declares a table; words are pairs of short form and code.
func table(name, zh, en, standard string, words ...string) *Table {
	t := &Table{Name: name, Title: Text{zh, en}, Standard: standard, words: map[string]string{}}
	for i := 0; i+1 < len(words); i += 2 {
		t.words[words[i]] = words[i+1]
	}
	return t
}

// ethnicShort returns the names of GB/T 3304-1991 without 族, as cards print
// them, in code order from 01.
func ethnicShort() []string {
	names := []string{"汉", "蒙古", "回", "藏", "维吾尔", "苗", "彝", "壮", "布依", "朝鲜", "满", "侗", "瑶", "白",
		"土家", "哈尼", "哈萨克", "傣", "黎", "傈僳", "佤", "畲", "高山", "拉祜", "水", "东乡", "纳西", "景颇",
		"柯尔克孜", "土", "达斡尔", "仫佬", "羌", "布朗", "撒拉", "毛南", "仡佬", "锡伯", "阿昌", "普米", "塔吉克",
		"怒", "乌孜别克", "俄罗斯", "鄂温克", "德昂", "保安", "裕固", "京", "塔塔尔", "独龙", "鄂伦春", "赫哲",
		"门巴", "珞巴", "基诺"}
	var pairs []string
	for i, n := range names {
		pairs = append(pairs, n, string([]byte{byte('0' + (i+1)/10), byte('0' + (i+1)%10)}))
	}
	return append(pairs, "蒙", "02", "维", "05", "korean", "10", "manchu", "11", "mongolian", "02", "uyghur", "05",
		"uighur", "05", "kazakh", "17", "tibetan", "04", "外国血统", "98", "其他民族", "97", "未识别民族", "97")
}
