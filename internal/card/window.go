package card

import (
	"slices"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// PhotographCommand is a picture taken for an application.
type PhotographCommand struct {
	By         Actor
	Photograph Photograph
	Failing    []citizen.Text // what the picture fails by; empty: it passes, or a person is in doubt
}

// PhotographIt records a picture. Before the form is signed it may be taken again; after that, only where a return or the
// maker's rejection has sent the application back, and then it opens the next round.
func PhotographIt(a Application, cmd PhotographCommand) ([]event.Event, error) {
	if err := firstError(a.in(StageOpened, StagePhotographed, StageReturned, StageRejected, StageDefective), a.of(a.Home, cmd.By)); err != nil {
		return nil, err
	}
	if cmd.Photograph.Photo == "" || cmd.Photograph.Device == "" {
		return nil, refuse("card.no_photograph", lawForm, "未提供相片或采集设备", "the photograph or the device is missing",
			"重新采集人像", "take the photograph again")
	}
	if err := overrides(cmd); err != nil {
		return nil, err
	}
	body, cause, err := a.windowStep()
	if err != nil {
		return nil, err
	}
	picture := cmd.Photograph
	body.Photograph = &picture
	return []event.Event{a.station(KindPhotographed, cause, body, picture.Photo)}, nil
}

// overrides judges the word of a named person for a picture: there is a reason, and it is not the word of the one who took it.
func overrides(cmd PhotographCommand) error {
	o := cmd.Photograph.Override
	switch {
	case o == nil && len(cmd.Failing) > 0:
		zh, en := make([]string, len(cmd.Failing)), make([]string, len(cmd.Failing))
		for i, why := range cmd.Failing {
			zh[i], en[i] = why.ZH, why.EN
		}
		return refuse("card.photo_fails", stdPhoto, "相片检测不合格："+strings.Join(zh, "、"), "the picture fails by its "+strings.Join(en, ", "),
			"重新拍照；确不能重拍的，由另一人写明理由决定采用", "take it again; where that cannot be, another person decides with a reason")
	case o == nil:
		return nil
	case o.By == "" || o.By == cmd.By.Operator:
		return refuse("card.override_by", lawForm, "相片未达标而采用的，须另一人决定", "another person decides to use a picture that does not pass", "填写在场同事的登录名", "give the login of the colleague who is present")
	case o.Words == "":
		return refuse("card.override_words", lawForm, "未写明采用的理由", "no reason is given for using it", "写明为何不能重拍", "say why it cannot be taken again")
	}
	return nil
}

// windowStep is the body and cause of a station's step: in the present round, or in the next one that it opens.
func (a *Application) windowStep() (Body, *event.Ref, error) {
	body := a.body()
	if a.Stage != StageReturned && a.Stage != StageRejected && a.Stage != StageDefective {
		return body, a.judged, nil
	}
	if a.next == nil {
		return body, nil, refuse("card.made_again", "", "系制证质量问题，由市级重新制证", "it is a fault of the making; the city orders it again",
			"无需重新采集", "nothing is to be done here")
	}
	body.Round, body.After = a.Round+1, a.next.Leaf
	return body, a.next, nil
}

// ConfirmCommand is a form signed by the applicant.
type ConfirmCommand struct {
	By           Actor
	Form         string // blob
	Signer       Signer
	GuardianName string
	Guardian     Kin    // number and relation of the guardian, with what the register knows of it
	Extended     bool   // travel is difficult here: thirty days more (art. 12)
	CardName     string // text for the card where the registered one does not fit; empty: the registered one
	CardAddress  string
	Abbreviation string // why
	Face         Face   // as registered today
	Today        citizen.Date
}

// Confirm records the signed form (居民身份证法 (2003) art. 10); from the first one the card is due in sixty days (art. 12). After a return
// for another reason than the picture it opens the next round with the picture taken before.
func Confirm(a Application, cmd ConfirmCommand) ([]event.Event, *Confirmation, error) {
	if err := firstError(a.in(StagePhotographed, StageReturned, StageRejected, StageDefective), a.of(a.Home, cmd.By), signerFits(cmd)); err != nil {
		return nil, nil, err
	}
	if a.Return.Reason == ReturnPhoto {
		return nil, nil, refuse("card.photograph_first", "", "因相片被退回，须重新照相", "it was returned for its photograph",
			"先重新采集人像", "take a new photograph first")
	}
	body, _, err := a.windowStep()
	if err != nil {
		return nil, nil, err
	}
	face, err := cardText(cmd)
	if err != nil {
		return nil, nil, err
	}
	c := &Confirmation{Form: cmd.Form, Signer: cmd.Signer, GuardianName: cmd.GuardianName, Face: face, Abbreviation: cmd.Abbreviation,
		PromisedOn: a.PromisedOn}
	if c.PromisedOn.IsZero() {
		c.PromisedOn = cmd.Today.AddDays(dueDays(cmd.Today, cmd.Extended))
	}
	if cmd.Signer == Guardian {
		c.Guardian = &cmd.Guardian
	}
	body.Confirmation = c
	return []event.Event{a.station(KindConfirmed, a.photoRef, body, cmd.Form)}, c, nil
}

func dueDays(on citizen.Date, extended bool) int {
	days := 60
	if rule, ok := citizen.RuleOn("card.handout.within", on); ok {
		days = rule.Value
	}
	if more, ok := citizen.RuleOn("card.handout.extension", on); ok && extended {
		days += more.Value
	}
	return days
}

func signerFits(cmd ConfirmCommand) error {
	child := under16(cmd.Face.BirthDate, cmd.Today)
	switch {
	case cmd.Form == "":
		return refuse("card.no_form", lawForm, "未提供签字的申领登记表", "the signed form is missing", "扫描签字的登记表", "scan the signed form")
	case child && (cmd.Signer != Guardian || cmd.GuardianName == ""):
		return refuse("card.guardian", lawWhere, "未满十六周岁的，由监护人代为申领并签字", "a guardian applies and signs for a child under 16",
			"录入监护人姓名，由其签字", "enter the guardian's name and let the guardian sign")
	case child && (!properNumber(cmd.Guardian.Number, cmd.Today) || cmd.Guardian.Relation == ""):
		return refuse("card.guardian_papers", lawWhere, "未登记监护人的公民身份号码或与申领人的关系", "the guardian's citizen number or relation is missing or wrong",
			"查验监护人证件，录入号码和关系", "look at the guardian's paper and enter number and relation")
	case !child && cmd.Signer != Self:
		return refuse("card.signer", lawWhere, "年满十六周岁的，由本人签字", "a person of 16 or over signs in person", "由本人签字", "let the applicant sign")
	}
	return nil
}

// cardText puts the clerk's abbreviation on the card's face; it needs a reason.
func cardText(cmd ConfirmCommand) (Face, error) {
	face := cmd.Face
	if (cmd.CardName != "" || cmd.CardAddress != "") && cmd.Abbreviation == "" {
		return face, refuse("card.abbreviation", stdText, "证件用姓名或住址与登记不同，须说明理由", "a text for the card that differs from the register needs a reason",
			"填写理由，并经本人同意", "enter the reason; the applicant must agree")
	}
	if cmd.CardName != "" {
		face.Name = cmd.CardName
	}
	if cmd.CardAddress != "" {
		face.Address = cmd.CardAddress
	}
	return face, nil
}

// Notify records that the applicant was told to collect the card.
func Notify(a Application, by Actor, way string) ([]event.Event, error) {
	if err := firstError(a.in(StageArrived), a.of(a.Home, by)); err != nil {
		return nil, err
	}
	body := a.made()
	body.Notice = &Notice{Way: way}
	return []event.Event{a.station(KindCollectNotified, a.here, body)}, nil
}

// HandOverCommand is a card given to its holder.
type HandOverCommand struct {
	By          Actor
	ChipNumber  string // citizen number as the reader read it from the chip
	ChipRecord  []byte // the chip's 256 bytes, where the reader gave them: then every field is compared, and ChipNumber may be left out
	Receiver    Receiver
	ProxyName   string
	ProxyNumber string
	Proxy       Kin      // relation, and written authority, of a proxy or guardian
	Signature   string   // blob
	Old         *OldCard // taken in, or declared lost
	Today       citizen.Date
	ProxyAge    int        // a proxy is of this age at least
	Out         []TempCard // temporary cards of the application that are in the holder's hands
	Number      string     // as registered today; empty: it is not known here
	TempBack    TempEnd    // what became of them: handed back or lost
}

// HandOverIt gives the card out: the chip has been read back, the receiver has signed, and the old card is taken in
// (居民身份证法 (2003) art. 11). others are the person's other applications, as far as they are known here.
func HandOverIt(a Application, cmd HandOverCommand, dead bool, others []Application) ([]event.Event, error) {
	err := firstError(a.in(StageArrived, StageNotified), a.of(a.Home, cmd.By), alive(dead), readBack(a, cmd), numberStands(a, cmd), receives(a, cmd), oldCard(a, cmd), tempsBack(cmd))
	if err != nil {
		return nil, err
	}
	old, err := endsOthers(a, cmd, others)
	if err != nil {
		return nil, err
	}
	body := a.made()
	body.HandOver = &HandOver{Day: cmd.Today, CardNo: a.CardNo, Receiver: cmd.Receiver, ProxyName: cmd.ProxyName, ProxyNumber: cmd.ProxyNumber,
		Signature: cmd.Signature, Old: old}
	if a.ReplacesLost {
		body.HandOver.Ends = a.Replaces
	}
	if cmd.Receiver != ReceivedBySelf {
		body.HandOver.Proxy = &cmd.Proxy
	}
	blobs := []string{cmd.Signature}
	if cmd.Proxy.Authority != "" {
		blobs = append(blobs, cmd.Proxy.Authority)
	}
	events := []event.Event{a.station(KindHandedOver, a.arrived, body, blobs...)}
	if old != nil && !old.Lost {
		taken := a.made()
		taken.Old = old
		events = append(events, a.station(KindOldTakenIn, a.arrived, taken))
	}
	for _, t := range cmd.Out {
		events = append(events, t.back(cmd.TempBack, cmd.Today))
	}
	return events, nil
}

func readBack(a Application, cmd HandOverCommand) error {
	if cmd.ChipRecord != nil {
		return readWhole(a, cmd)
	}
	if cmd.ChipNumber == a.Face.Number {
		return nil
	}
	return refuse("card.chip_differs", "GA 490-2004", "芯片读出的号码与受理的不一致", "the number in the chip is not that of the application",
		"不得发放，按错证上报", "do not hand it out; report a wrong card")
}

// numberStands holds a card back whose number was corrected while it was made: it is made again, free of charge.
func numberStands(a Application, cmd HandOverCommand) error {
	if cmd.Number == "" || cmd.Number == a.Face.Number {
		return nil
	}
	return refuse("card.number_changed", lawExchange, "制证期间登记的公民身份号码已更正，证件号码不再是本人的", "the registered number was corrected while the card was made; its number is not the holder's any more",
		"登记为废证，重新签字后免费重制", "record the card as unfit; it is signed for again and made again free of charge")
}

// receives judges who takes the card: the holder; for a child under 16 the guardian; or a proxy of age who shows the holder's written authority, whose
// name, number and relation are recorded (practice: a proxy may be named for people who work away; who may be one is UNCONFIRMED).
func receives(a Application, cmd HandOverCommand) error {
	child := under16(a.Face.BirthDate, cmd.Today)
	switch {
	case cmd.Signature == "":
		return refuse("card.no_signature", lawExchange, "领证人未签字", "the receiver has not signed", "由领证人签字", "let the receiver sign")
	case cmd.Receiver == ReceivedBySelf && child:
		return refuse("card.child_collects", lawWhere, "未满十六周岁的，由监护人领取", "for a child under 16 the guardian collects",
			"领取人选监护人，录入其姓名、号码", "choose the guardian, and enter name and number")
	case cmd.Receiver == ReceivedBySelf:
		return nil
	case cmd.Receiver == ReceivedByGuardian && !child:
		return refuse("card.no_child", lawWhere, "本人已满十六周岁，不由监护人领取", "the holder is 16 or over; no guardian collects",
			"由本人领取，或由代领人持书面委托领取", "let the holder collect, or a proxy with a written authority")
	case cmd.Receiver != ReceivedByProxy && cmd.Receiver != ReceivedByGuardian, cmd.ProxyName == "", cmd.ProxyNumber == "":
		return refuse("card.receiver", "", "领证人不明", "it is not clear who receives the card",
			"选本人；代领人、监护人领取的，录入姓名和号码", "choose the holder, or a proxy or guardian with name and number")
	}
	return standsIn(a, cmd)
}

func standsIn(a Application, cmd HandOverCommand) error {
	switch {
	case !properNumber(cmd.ProxyNumber, cmd.Today) || cmd.ProxyNumber == a.Face.Number:
		return refuse("card.proxy_number", stdNumber, "代领人公民身份号码有误", "the proxy's citizen number is wrong", "查验代领人证件后重新录入", "look at the proxy's paper and enter it again")
	case cmd.Proxy.Relation == "":
		return refuse("card.proxy_relation", "", "未登记代领人与本人的关系", "the proxy's relation to the holder is missing", "填写关系", "enter it")
	case citizen.Number(cmd.ProxyNumber).Birth().AgeOn(cmd.Today) < cmd.ProxyAge:
		return refuse("card.proxy_age", "", "代领人年龄不够", "the proxy is too young", "由成年人代领", "let an adult collect")
	case cmd.Receiver == ReceivedByProxy && cmd.Proxy.Authority == "":
		return refuse("card.proxy_authority", "", "未提供本人的书面委托", "the holder's written authority is missing", "扫描书面委托", "scan it")
	}
	return nil
}

// properNumber tells whether a citizen number is well formed.
func properNumber(number string, on citizen.Date) bool {
	return number != "" && citizen.CheckNumber(number, citizen.NumberContext{On: on}).Valid
}

func oldCard(a Application, cmd HandOverCommand) error {
	if cmd.Old != nil && cmd.Old.Number == "" && !cmd.Old.Lost {
		return refuse("card.old_number", lawExchange, "未登记收回旧证的号码", "the number of the old card is missing", "登记旧证号码", "enter it")
	}
	if cmd.Old == nil && a.OldLost == "" && (a.Kind == Exchange || a.Kind == ReplaceDamaged) {
		return refuse("card.old_missing", lawExchange, "领取新证时必须交回原证", "the old card is handed back when the new one is collected",
			"收回旧证；确已丢失的，登记丢失", "take the old card in, or record that it is lost")
	}
	return nil
}

// endsOthers makes sure that no other card of the person stays valid, and names the one that the old card is: as it is
// known here, or as the city said when it checked.
func endsOthers(a Application, cmd HandOverCommand, others []Application) (*OldCard, error) {
	var ids []string
	for _, other := range Valid(append(slices.Clone(others), a), cmd.Today) {
		ids = append(ids, other.ID)
	}
	if a.Replaces != "" && !a.ReplacesLost && !slices.Contains(ids, a.Replaces) && !slices.ContainsFunc(others, func(o Application) bool { return o.ID == a.Replaces }) {
		ids = append(ids, a.Replaces)
	}
	switch {
	case len(ids) == 0 && cmd.Old == nil && a.Replaces != "":
		return &OldCard{Generation: "2", Application: a.Replaces, Lost: true}, nil
	case len(ids) == 0 && cmd.Old == nil && a.OldLost != "":
		return &OldCard{Generation: a.OldLost, Lost: true}, nil
	case len(ids) == 0 && cmd.Old == nil:
		return nil, nil
	case len(ids) == 0:
		old := *cmd.Old
		old.Application = a.Replaces
		return &old, nil
	case len(ids) == 1 && cmd.Old != nil && cmd.Old.Generation == "2":
		old := *cmd.Old
		old.Application = ids[0]
		return &old, nil
	}
	return nil, refuse("card.second_card", lawExchange, "本人另持有有效的二代证", "the person holds another valid second-generation card",
		"收回该证（二代）或登记丢失后再发放", "take that second-generation card in, or record its loss, first")
}

// ReportLost records that a card handed over is lost (居民身份证法 (2003) art. 11).
func ReportLost(a Application, by Actor, words string, today citizen.Date) ([]event.Event, error) {
	if err := firstError(a.in(StageHandedOver), a.of(a.Home, by)); err != nil {
		return nil, err
	}
	if a.Lost {
		return nil, refuse("card.lost_already", "", "该证已挂失", "the loss is recorded already", "可直接申请补领", "apply for a replacement")
	}
	body := a.made()
	body.Loss = &Loss{CardNo: a.CardNo, Day: today, Words: words}
	return []event.Event{a.station(KindReportedLost, a.judged, body)}, nil
}

// WithdrawCommand ends an application without a hand-over.
type WithdrawCommand struct {
	By      Actor
	Reason  WithdrawReason
	Words   string
	Destroy bool   // the card held is destroyed
	Second  string // login or name of the other person at the destruction
	Cause   *event.Ref
}

// Withdraw ends an application: by death, or at the applicant's wish before the card is ordered. A card that is being made
// already is counted when it comes, held, and destroyed under two names.
func Withdraw(a Application, cmd WithdrawCommand) ([]event.Event, error) {
	if err := a.of(a.Home, cmd.By); err != nil {
		return nil, err
	}
	w := &Withdrawal{Reason: cmd.Reason, State: Cancelled, Words: cmd.Words}
	var err error
	if cmd.Destroy {
		err = destroys(a, cmd)
		w.State, w.Second = Destroyed, cmd.Second
	} else {
		err = ends(a, cmd)
		if a.Attempt > 0 && a.Class == "" { // ordered, and not rejected
			w.State = Held
		}
	}
	if err != nil {
		return nil, err
	}
	body := a.made()
	body.Withdrawal = w
	return []event.Event{a.station(KindWithdrawn, cmd.Cause, body)}, nil
}

func ends(a Application, cmd WithdrawCommand) error {
	switch {
	case a.ID == "" || a.Stage == StageIncomplete:
		return errNone
	case a.Terminal():
		return a.in(StageOpened)
	case cmd.Reason == WithdrawDied, cmd.Reason == WithdrawEnded, cmd.Reason == WithdrawAsked && a.notBeingMade():
		return nil
	case cmd.Reason == WithdrawFound && a.Kind != ReplaceLost:
		return refuse("card.not_a_loss", lawExchange, "该申领不是丢失补领", "the application is no replacement of a lost card", "选本人要求终止", "choose that the applicant asked")
	case cmd.Reason == WithdrawFound && a.notBeingMade():
		return nil
	case cmd.Reason == WithdrawAsked || cmd.Reason == WithdrawFound:
		return refuse("card.being_made", "", "已送制证，不能应本人要求终止", "the card is being made; it cannot be withdrawn at the applicant's wish",
			"等待发放", "wait for the card")
	}
	return refuse("card.withdraw_reason", "", "终止原因不明", "unknown reason", "从列出的原因中选一个", "choose one of the reasons")
}

// notBeingMade tells whether no card is on its way: none was ordered, or the station would have to begin anew.
func (a *Application) notBeingMade() bool {
	return a.Attempt == 0 || (a.Stage == StageRejected || a.Stage == StageDefective) && a.Class.ToStation()
}

func destroys(a Application, cmd WithdrawCommand) error {
	switch {
	case a.Stage != StageWithdrawn || a.Withdrawal != Held || !a.Here():
		return refuse("card.nothing_held", "", "没有待销毁的证件", "no card is held for destruction", "证件到所清点后再销毁", "count the card first, when it comes")
	case cmd.Second == "" || cmd.Second == cmd.By.Operator:
		return refuse("card.two_persons", "", "销毁证件须两人在场", "two persons destroy a card", "填写另一人", "name the other person")
	}
	return nil
}
