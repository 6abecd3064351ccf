package citizen

import (
	"cmp"
	"slices"
)

// The days between which the texts hold.
var (
	card2003  = MustDate("2004-01-01") // effect of the law of 2003-06-28
	card2003E = MustDate("2011-12-31")
	card2011  = MustDate("2012-01-01") // effect of the amendment of 2011-10-29
	hukou1958 = MustDate("1958-01-09")
	temp1989  = MustDate("1989-09-15")
	temp1989E = MustDate("2005-09-30")
	temp2005  = MustDate("2005-10-01") // effect of order 78 of the ministry
	fees2003  = MustDate("2003-12-30") // date of the notice on fees
	fees1995  = MustDate("1995-01-01") // year of the notice on first-generation fees; its day is unconfirmed
)

var allRules = sortedRules(cardRules(), hukouRules(), temporaryRules(), feeRules(), stageRules())

var rulesByID = func() map[string][]Rule {
	m := map[string][]Rule{}
	for _, r := range allRules {
		m[r.ID] = append(m[r.ID], r)
	}
	return m
}()

func sortedRules(groups ...[]Rule) []Rule {
	all := slices.Concat(groups...)
	slices.SortStableFunc(all, func(a, b Rule) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), a.From.Compare(b.From))
	})
	return all
}

// bothCards makes the rule of the card law for both of its texts.
func bothCards(id, article2003, article2011, para string, value int, unit, zh, en string) []Rule {
	r := Rule{ID: id, From: card2003, To: card2003E, Value: value, Unit: unit, Text: Text{zh, en},
		Citation: Citation{lawCard, "2003", article2003, para}}
	s := r
	s.From, s.To, s.Citation = card2011, Date{}, Citation{lawCard, "2011", article2011, para}
	return []Rule{r, s}
}

// onlyCard2011 makes a rule the text of 2003 does not have.
func onlyCard2011(id, article, para, zh, en string) []Rule {
	return []Rule{{ID: id, From: card2011, Value: 1, Text: Text{zh, en},
		Citation: Citation{lawCard, "2011", article, para}}}
}

// cardRules are those of the Resident Identity Card Law. Articles 1 to 18 have
// the same numbers in both texts; the later ones moved by one.
func cardRules() []Rule {
	return slices.Concat(
		bothCards("card.apply.age", "2", "2", "", 16, UnitYears,
			"年满十六周岁的公民应当申领居民身份证；未满的可以申领", "citizens of 16 must apply for a card; younger ones may"),
		bothCards("card.apply.within", "7", "7", "", 3, UnitMonths,
			"自年满十六周岁之日起三个月内向户籍所在地公安机关申领", "apply within three months of the 16th birthday, at the organ of the registration"),
		bothCards("card.guardian.under", "7", "7", "", 16, UnitYears,
			"未满十六周岁的由监护人代为申领", "a guardian applies for someone under 16"),
		cardItems(),
		onlyCard2011("card.fingerprint", "3", "3", "登记指纹信息", "fingerprints are recorded"),
		bothCards("card.number.lifelong", "3", "3", "2", 1, UnitNone,
			"公民身份号码唯一、终身不变", "the citizen number is unique and lifelong"),
		bothCards("card.script", "4", "4", "", 1, UnitNone,
			"使用规范汉字和规范数字填写；自治地方可同时使用民族文字", "written in standard Chinese characters and numerals; autonomous areas may add their script"),
		bothCards("card.validity.under16", "5", "5", "", 5, UnitYears,
			"未满十六周岁的有效期五年", "under 16: valid five years"),
		bothCards("card.validity.16to25", "5", "5", "", 10, UnitYears,
			"十六至二十五周岁的有效期十年", "16 to 25: valid ten years"),
		bothCards("card.validity.26to45", "5", "5", "", 20, UnitYears,
			"二十六至四十五周岁的有效期二十年", "26 to 45: valid twenty years"),
		bothCards("card.validity.longterm.age", "5", "5", "", 46, UnitYears,
			"四十六周岁以上的长期有效", "46 and over: valid long-term"),
		bothCards("card.secrecy", "6", "6", "3", 1, UnitNone,
			"对制作、发放、查验、扣押居民身份证而知悉的个人信息应当保密", "personal data learnt in making, issuing, checking or holding cards are kept secret"),
		bothCards("card.issuer.county", "8", "8", "", 1, UnitNone,
			"由户籍所在地县级公安机关签发", "issued by the county-level organ of the registration"),
		bothCards("card.settlers", "9", "9", "", 1, UnitNone,
			"港澳台同胞、华侨、入籍人员定居的，办理户口登记时申领", "settlers from Hong Kong, Macao, Taiwan or abroad and the naturalised apply when they register"),
		bothCards("card.form", "10", "10", "", 1, UnitNone,
			"填写《居民身份证申领登记表》，交验居民户口簿", "fill in the application form and show the household booklet"),
		bothCards("card.renew", "11", "11", "1", 1, UnitNone,
			"换代、有效期满、姓名变更、严重损坏的应当换领；项目有误的公安机关应当更正换发", "renew for a new generation, expiry, change of name or damage; wrong items are corrected by the organ"),
		bothCards("card.oldcard.return", "11", "11", "1", 1, UnitNone,
			"领取新证时必须交回原证", "the old card is handed back when the new one is collected"),
		bothCards("card.under16.optional", "11", "11", "2", 1, UnitNone,
			"未满十六周岁的换领、补领为可以", "renewal and replacement are an option, no duty, under 16"),
		bothCards("card.address.chip", "11", "11", "3", 1, UnitNone,
			"常住户口所在地住址变动的，公安机关在机读项目中记载并告知本人", "on a move the organ writes the address into the chip and tells the holder"),
		bothCards("card.handout.within", "12", "12", "1", 60, UnitDays,
			"自提交《居民身份证申领登记表》之日起六十日内发放", "handed out within 60 days of the application form"),
		bothCards("card.handout.extension", "12", "12", "1", 30, UnitDays,
			"交通不便的地区可以适当延长，但不得超过三十日", "up to 30 days more where travel is difficult"),
		bothCards("card.temporary.allowed", "12", "12", "2", 1, UnitNone,
			"申领期间急需使用的可以申领临时居民身份证", "a temporary card may be had while waiting, if urgently needed"),
		bothCards("card.check.papers", "15", "15", "", 1, UnitNone,
			"民警依法查验须出示执法证件；任何组织和个人不得扣押居民身份证", "police show their own papers before checking; nobody may hold a card as security"),
		bothCards("card.fine.minor", "16", "16", "", 20000, UnitFen,
			"骗领、出租、出借、转让、非法扣押的，警告并处二百元以下罚款", "deceit, renting, lending, transfer, unlawful holding: warning and up to 200 yuan"),
		bothCards("card.police.duty", "19", "20", "", 1, UnitNone,
			"违法变更号码、登记错误信息、无正当理由不在法定期限内发证、泄露个人信息的，依法处分", "unlawful change of a number, false items, late issue without reason and leaks are punished"),
		onlyCard2011("card.institution.secrecy", "13", "2", "有关单位及其工作人员对知悉的个人信息应当保密", "institutions and their staff keep personal data secret"),
		bothCards("card.fee", "20", "21", "1", 1, UnitNone,
			"按国家规定收取工本费", "the production cost is charged as the state lays down"),
		bothCards("card.fee.waiver", "20", "21", "2", 100, UnitPercent,
			"城市低保对象、农村特殊困难居民初次申领和换领免费；其他特殊困难的可以减收", "free for urban allowance recipients and rural people in special hardship at first application and renewal; reducible for other hardship"),
		bothCards("card.fee.treasury", "20", "21", "3", 1, UnitNone,
			"收取的工本费全部上缴国库", "all fees go to the treasury"),
		bothCards("card.soldiers", "21", "22", "", 1, UnitNone,
			"现役军人、武警的申领发放办法另行规定", "soldiers and armed police have rules of their own"),
		firstGeneration(),
	)
}

// cardItems are nine in 2003; the amendment added the fingerprints.
func cardItems() []Rule {
	items := bothCards("card.items", "3", "3", "1", 9, UnitNone,
		"登记项目：姓名、性别、民族、出生日期、住址、公民身份号码、照片、有效期限、签发机关",
		"nine items: name, sex, ethnic group, birth date, address, number, photo, validity, issuing organ")
	items[1].Value = 10
	items[1].Text = Text{"登记项目：姓名、性别、民族、出生日期、住址、公民身份号码、照片、指纹信息、有效期限、签发机关",
		"ten items: the nine of 2003 and the fingerprints"}
	return items
}

// firstGeneration is article 22 of 2003 and article 23 of 2011.
func firstGeneration() []Rule {
	return []Rule{
		{ID: "card.first.valid", From: card2003, To: MustDate("2012-12-31"), Value: 1,
			Citation: Citation{lawCard, "2003", "22", ""},
			Text: Text{"第一代居民身份证在其有效期限内继续有效，至2012年12月31日止",
				"first-generation cards stay valid within their own term, until 2012-12-31 at the latest"}},
		{ID: "card.first.invalid", From: MustDate("2013-01-01"), Value: 1,
			Citation: Citation{lawCard, "2011", "23", ""},
			Text: Text{"第一代居民身份证自2013年1月1日起停止使用",
				"first-generation cards are invalid from 2013-01-01"}},
		{ID: "number.eighteen", From: fifteenEnd, Value: 18,
			Citation: Citation{lawNumbers, "1999", "", ""},
			Text: Text{"自1999年10月1日起公民身份号码为18位",
				"citizen numbers have 18 characters from 1999-10-01 on"}},
	}
}

func hukouRule(id, article string, value int, unit, zh, en string) Rule {
	return Rule{ID: id, From: hukou1958, Value: value, Unit: unit, Text: Text{zh, en},
		Citation: Citation{lawHukou, "1958", article, ""}}
}

// hukouRules are those of the Household Registration Regulations of 1958.
func hukouRules() []Rule {
	return []Rule{
		hukouRule("hukou.proof", "4", 1, UnitNone,
			"户口登记簿和户口簿具有证明公民身份的效力", "registration book and household booklet prove identity"),
		hukouRule("hukou.household", "5", 1, UnitNone,
			"以户为单位登记；户主负责申报", "registered by household; the householder declares"),
		hukouRule("hukou.oneplace", "6", 1, UnitNone,
			"一个公民只能在一个地方登记为常住人口", "one citizen is registered in one place only"),
		hukouRule("hukou.birth.within", "7", 1, UnitMonths,
			"婴儿出生后一个月内由户主、亲属、抚养人或邻居申报出生登记", "a birth is declared within one month by householder, relative, carer or neighbour"),
		hukouRule("hukou.death.within", "8", 1, UnitMonths,
			"公民死亡，农村在一个月以内申报死亡登记", "a death in the country is declared within one month"),
		hukouRule("hukou.death.town", "8", 1, UnitNone,
			"公民死亡，城市在葬前申报死亡登记", "a death in town is declared before the burial"),
		hukouRule("hukou.infant.death", "9", 1, UnitNone,
			"婴儿出生后在申报前死亡的，同时申报出生、死亡两项登记", "for a baby who died before being declared both entries are made together"),
		hukouRule("hukou.moveout", "10", 1, UnitNone,
			"迁出前申报迁出登记，领取迁移证，注销户口", "before leaving, the move is declared, the migration paper taken and the entry cancelled"),
		hukouRule("hukou.movein.town", "13", 3, UnitDays,
			"到达迁入地后，城市在三日以内申报迁入登记", "moving in is declared within three days of arrival in town"),
		hukouRule("hukou.movein.country", "13", 10, UnitDays,
			"到达迁入地后，农村在十日以内申报迁入登记", "moving in is declared within ten days of arrival in the country"),
		hukouRule("hukou.temporary.within", "15", 3, UnitDays,
			"在常住地市县以外的城市暂住三日以上的，三日内申报暂住登记", "a stay of three days or more in a city outside the own county is declared within three days"),
		hukouRule("hukou.absence", "16", 3, UnitMonths,
			"因私事离开常住地三个月以上的，申请延期或办理迁移", "away for private reasons longer than three months: ask for more time or move the registration"),
		hukouRule("hukou.correct", "17", 1, UnitNone,
			"登记内容需要变更或更正的，由户主或本人申报，登记机关审查属实后变更或更正，必要时可索取证明", "changes and corrections are declared by householder or person; the organ checks, may ask for proof, then enters them"),
		hukouRule("hukou.name.age", "18", 18, UnitYears,
			"未满十八周岁的变更姓名由本人或父母、收养人申请；十八周岁以上由本人申请", "under 18 the person or parents or adopters ask for a change of name; from 18 on the person"),
		hukouRule("hukou.events", "19", 1, UnitNone,
			"结婚、离婚、收养、认领、分户、并户、失踪、寻回等应当申报", "marriage, divorce, adoption, recognition, split, merge, disappearance and return are declared"),
	}
}

// temporaryRules are order 78 of 2005 and the rule of 1989 it replaced.
func temporaryRules() []Rule {
	order := func(id, article string, value int, unit, zh, en string) Rule {
		return Rule{ID: id, From: temp2005, Value: value, Unit: unit, Text: Text{zh, en},
			Citation: Citation{lawTemporary, "2005", article, ""}}
	}
	old := func(id string, value int, zh, en string) Rule {
		return Rule{ID: id, From: temp1989, To: temp1989E, Value: value, Unit: UnitYears, Text: Text{zh, en},
			Citation: Citation{lawTempOld, "1989", "", ""}}
	}
	return []Rule{
		order("temporary.validity", "7", 3, UnitMonths,
			"临时居民身份证有效期三个月，自签发之日起计算", "a temporary card is valid three months from issue"),
		order("temporary.issuer.county", "8", 1, UnitNone,
			"由县级公安机关签发", "issued by the county-level organ"),
		order("temporary.guardian.under", "9", 16, UnitYears,
			"未满十六周岁的由监护人代为申领", "a guardian applies for someone under 16"),
		order("temporary.handout.within", "12", 3, UnitDays,
			"自收到申请之日起三日内发给", "handed out within three days of the application"),
		order("temporary.return", "13", 1, UnitNone,
			"领取居民身份证时交回临时居民身份证", "handed back when the card is collected"),
		old("temporary.validity.undecided", 2, "户口未定人员的临时身份证有效期二年",
			"valid two years for people whose registration is undecided"),
		old("temporary.validity", 1, "临时身份证有效期一年", "a temporary card is valid one year"),
	}
}

// feeRules are the amounts of 2003 and the shares of the waivers of 2004.
func feeRules() []Rule {
	fee := func(id string, fen int, zh, en string) Rule {
		return Rule{ID: id, From: fees2003, Value: fen, Unit: UnitFen, Text: Text{zh, en},
			Citation: Citation{lawFees, "2003", "", ""}}
	}
	share := func(id string, percent int, unconfirmed bool, zh, en string) Rule {
		return Rule{ID: id, From: card2003, Value: percent, Unit: UnitPercent, Text: Text{zh, en},
			Citation: Citation{lawWaiver, "2004", "", ""}, Unconfirmed: unconfirmed}
	}
	first := fee("fee.card.first", 2000, "首次申领第二代居民身份证每证20元", "first application of a second-generation card: 20 yuan")
	first.To = MustDate("2018-03-31")
	free := Rule{ID: "fee.card.first", From: MustDate("2018-04-01"), Value: 0, Unit: UnitFen, Unconfirmed: true,
		Text:     Text{"首次申领居民身份证免收工本费", "the first application is free"},
		Citation: Citation{"财税〔2018〕37号", "2018", "", ""}}
	old := func(id string, fen int, zh, en string) Rule {
		return Rule{ID: id, From: fees1995, Value: fen, Unit: UnitFen, Text: Text{zh, en}, Unconfirmed: true,
			Citation: Citation{lawFees95, "1995", "", ""}}
	}
	return []Rule{
		first, free,
		old("fee.card1.first", 1000, "申领、换领第一代居民身份证每证10元", "first-generation card, application or renewal: 10 yuan"),
		old("fee.card1.replace", 2000, "丢失补领第一代居民身份证每证20元", "first-generation card, replacement after loss: 20 yuan"),
		{ID: "fee.card.remake", From: card2003, Value: 0, Unit: UnitFen, Unconfirmed: true,
			Text:     Text{"因登记或者制作差错重制的免收工本费", "a card made again for an error of registration or making is free"},
			Citation: Citation{lawCard, "2003", "11", "1"}},
		fee("fee.card.renew", 2000, "换领第二代居民身份证每证20元", "renewal: 20 yuan"),
		fee("fee.card.replace", 4000, "丢失补领或损坏换领每证40元", "replacement after loss, or renewal for damage: 40 yuan"),
		fee("fee.card.temporary", 1000, "临时居民身份证每证10元", "temporary card: 10 yuan"),
		share("fee.waiver.full", 100, false, "农村五保户、特困户和绝对贫困户、城市低保对象、定期抚恤优抚对象凭证明免收",
			"free on a certificate for the rural poor, urban allowance recipients and people on regular state allowance"),
		share("fee.waiver.half", 50, true, "因灾害、事故、疾病等造成生活困难的凭证明减半",
			"half on a certificate for hardship through disaster, accident or illness"),
	}
}

// stageRules are the limits of the steps of a card written down elsewhere:
// sensible defaults for the configuration, not rules for this city.
func stageRules() []Rule {
	stage := func(id string, value int, unit, zh, en string) Rule {
		return Rule{ID: id, From: card2003, Value: value, Unit: unit, Text: Text{zh, en},
			Citation: Citation{lawNorm, "", "", ""}, Unconfirmed: true}
	}
	return []Rule{
		stage("stage.station.upload", 1, UnitDays, "派出所当日上传", "the station uploads the same day"),
		stage("stage.county.review", 3, UnitWorkingDays, "县级审核签发三个工作日", "county review and issue: three working days"),
		stage("stage.county.return", 3, UnitWorkingDays, "不合格的三个工作日内退回派出所", "bad records go back to the station within three working days"),
		stage("stage.city.check", 3, UnitWorkingDays, "市级抽检打包三个工作日", "city check and packing: three working days"),
		stage("stage.province.check", 2, UnitDays, "省级核查二日", "province check: two days"),
		stage("stage.make", 15, UnitWorkingDays, "制证和分拣十五个工作日", "making and sorting: fifteen working days"),
		stage("stage.city.collect", 5, UnitWorkingDays, "通知市级领取五个工作日", "the city is told to collect within five working days"),
		stage("stage.county.deliver", 3, UnitWorkingDays, "市级下发县级三个工作日", "city to county: three working days"),
		stage("stage.station.deliver", 3, UnitWorkingDays, "县级下发派出所三个工作日", "county to station: three working days"),
		stage("stage.notify", 2, UnitWorkingDays, "派出所二个工作日内通知领证", "the station tells the applicant within two working days"),
		stage("stage.remake", 5, UnitDays, "废证五日内重制", "a defective card is made again within five days"),
	}
}
