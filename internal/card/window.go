package card

import (
	"slices"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// PhotographCommand is a picture taken for an application.
type PhotographCommand struct {
	By         Actor
	Photograph Photograph
}

// PhotographIt records a picture. Before the form is signed it may be taken again; after that, only where a return or the
// maker's rejection has sent the application back, and then it opens the next round.
func PhotographIt(a Application, cmd PhotographCommand) ([]event.Event, error) {
	if err := firstError(a.in(StageOpened, StagePhotographed, StageReturned, StageRejected), a.of(a.Home, cmd.By)); err != nil {
		return nil, err
	}
	if cmd.Photograph.Photo == "" || cmd.Photograph.Device == "" {
		return nil, refuse("card.no_photograph", lawForm, "未提供相片或采集设备", "the photograph or the device is missing",
			"重新采集人像", "take the photograph again")
	}
	body, cause, err := a.windowStep()
	if err != nil {
		return nil, err
	}
	picture := cmd.Photograph
	body.Photograph = &picture
	return []event.Event{a.station(KindPhotographed, cause, body, picture.Photo)}, nil
}

// windowStep is the body and cause of a station's step: in the present round, or in the next one that it opens.
func (a *Application) windowStep() (Body, *event.Ref, error) {
	body := a.body()
	if a.Stage != StageReturned && a.Stage != StageRejected {
		return body, a.judged, nil
	}
	if a.next == nil {
		return body, nil, refuse("card.made_again", "", "系制证质量问题,由市级重新制证", "the maker spoilt it; the city orders it again",
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
	CardName     string // text for the card where the registered one does not fit; empty: the registered one
	CardAddress  string
	Abbreviation string // why
	Face         Face   // as registered today
	Today        citizen.Date
}

// Confirm records the signed form (居民身份证法 (2003) art. 10); from the first one the card is due in sixty days (art. 12). After a return
// for another reason than the picture it opens the next round with the picture taken before.
func Confirm(a Application, cmd ConfirmCommand) ([]event.Event, *Confirmation, error) {
	if err := firstError(a.in(StagePhotographed, StageReturned, StageRejected), a.of(a.Home, cmd.By), signerFits(cmd)); err != nil {
		return nil, nil, err
	}
	if a.Return.Reason == ReturnPhoto {
		return nil, nil, refuse("card.photograph_first", "", "因相片被退回,须重新照相", "it was returned for its photograph",
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
		c.PromisedOn = cmd.Today.AddDays(dueDays(cmd.Today))
	}
	body.Confirmation = c
	return []event.Event{a.station(KindConfirmed, a.photoRef, body, cmd.Form)}, c, nil
}

func dueDays(on citizen.Date) int {
	if rule, ok := citizen.RuleOn("card.handout.within", on); ok {
		return rule.Value
	}
	return 60
}

func signerFits(cmd ConfirmCommand) error {
	child := under16(cmd.Face.BirthDate, cmd.Today)
	switch {
	case cmd.Form == "":
		return refuse("card.no_form", lawForm, "未提供签字的申领登记表", "the signed form is missing", "扫描签字的登记表", "scan the signed form")
	case child && (cmd.Signer != Guardian || cmd.GuardianName == ""):
		return refuse("card.guardian", lawWhere, "未满十六周岁的,由监护人代为申领并签字", "a guardian applies and signs for a child under 16",
			"录入监护人姓名,由其签字", "enter the guardian's name and let the guardian sign")
	case !child && cmd.Signer != Self:
		return refuse("card.signer", lawWhere, "年满十六周岁的,由本人签字", "a person of 16 or over signs in person", "由本人签字", "let the applicant sign")
	}
	return nil
}

// cardText puts the clerk's abbreviation on the card's face; it needs a reason.
func cardText(cmd ConfirmCommand) (Face, error) {
	face := cmd.Face
	if (cmd.CardName != "" || cmd.CardAddress != "") && cmd.Abbreviation == "" {
		return face, refuse("card.abbreviation", stdText, "证件用姓名或住址与登记不同,须说明理由", "a text for the card that differs from the register needs a reason",
			"填写理由,并经本人同意", "enter the reason; the applicant must agree")
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
	return []event.Event{a.station(KindCollectNotified, a.arrived, body)}, nil
}

// HandOverCommand is a card given to its holder.
type HandOverCommand struct {
	By          Actor
	ChipNumber  string // citizen number as the reader read it from the chip
	Receiver    Receiver
	ProxyName   string
	ProxyNumber string
	Signature   string   // blob
	Old         *OldCard // taken in, or declared lost
	Today       citizen.Date
}

// HandOverIt gives the card out: the chip has been read back, the receiver has signed, and the old card is taken in
// (居民身份证法 (2003) art. 11). others are the person's other applications, as far as they are known here.
func HandOverIt(a Application, cmd HandOverCommand, dead bool, others []Application) ([]event.Event, error) {
	err := firstError(a.in(StageArrived, StageNotified), a.of(a.Home, cmd.By), alive(dead), readBack(a, cmd), receives(cmd), oldCard(a, cmd))
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
	events := []event.Event{a.station(KindHandedOver, a.arrived, body, cmd.Signature)}
	if old != nil && !old.Lost {
		taken := a.made()
		taken.Old = old
		events = append(events, a.station(KindOldTakenIn, a.arrived, taken))
	}
	return events, nil
}

func readBack(a Application, cmd HandOverCommand) error {
	if cmd.ChipNumber == a.Face.Number {
		return nil
	}
	return refuse("card.chip_differs", "GA 490-2004", "芯片读出的号码与受理的不一致", "the number in the chip is not that of the application",
		"不得发放,按错证上报", "do not hand it out; report a wrong card")
}

func receives(cmd HandOverCommand) error {
	switch {
	case cmd.Signature == "":
		return refuse("card.no_signature", lawExchange, "领证人未签字", "the receiver has not signed", "由领证人签字", "let the receiver sign")
	case cmd.Receiver == ReceivedBySelf, cmd.Receiver == ReceivedByProxy && cmd.ProxyName != "" && cmd.ProxyNumber != "":
		return nil
	}
	return refuse("card.receiver", "", "领证人不明", "it is not clear who receives the card",
		"填 self,或填 proxy 及代领人姓名、证件号码", "give self, or proxy with name and number")
}

func oldCard(a Application, cmd HandOverCommand) error {
	if cmd.Old != nil && cmd.Old.Number == "" && !cmd.Old.Lost {
		return refuse("card.old_number", lawExchange, "未登记收回旧证的号码", "the number of the old card is missing", "登记旧证号码", "enter it")
	}
	if cmd.Old == nil && (a.Kind == Exchange || a.Kind == ReplaceDamaged) {
		return refuse("card.old_missing", lawExchange, "领取新证时必须交回原证", "the old card is handed back when the new one is collected",
			"收回旧证;确已丢失的,登记丢失", "take the old card in, or record that it is lost")
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
	if a.Replaces != "" && !slices.Contains(ids, a.Replaces) && !slices.ContainsFunc(others, func(o Application) bool { return o.ID == a.Replaces }) {
		ids = append(ids, a.Replaces)
	}
	switch {
	case len(ids) == 0 && cmd.Old == nil:
		return nil, nil
	case len(ids) == 0:
		old := *cmd.Old
		old.Application = ""
		return &old, nil
	case len(ids) == 1 && cmd.Old != nil && cmd.Old.Generation == "2":
		old := *cmd.Old
		old.Application = ids[0]
		return &old, nil
	}
	return nil, refuse("card.second_card", lawExchange, "本人另持有有效的二代证", "the person holds another valid second-generation card",
		"收回该证(二代)或登记丢失后再发放", "take that second-generation card in, or record its loss, first")
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
	case cmd.Reason == WithdrawDied, cmd.Reason == WithdrawAsked && a.Attempt == 0:
		return nil
	case cmd.Reason == WithdrawAsked:
		return refuse("card.being_made", "", "已送制证,不能应本人要求终止", "the card is being made; it cannot be withdrawn at the applicant's wish",
			"等待发放", "wait for the card")
	}
	return refuse("card.withdraw_reason", "", "终止原因不明", "unknown reason", "用 died 或 asked", "use died or asked")
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
