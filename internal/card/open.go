package card

import (
	"slices"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// OpenCommand is a request at the window.
type OpenCommand struct {
	By     Actor
	ID     string // of the new application
	Kind   Kind
	Reason string // GA 214.5; empty: the usual one of the kind
	Slip   string // empty: the acceptance number
	Code   string // random, for the slip; minted by the desk
	Today  citizen.Date

	OldLost  string // generation of an old card declared lost: "1"; the loss of a second-generation card is reported about that card
	OldProof string // who vouches for it: the area officer and the neighbourhood committee
}

// OpenFacts is what is known when an application is opened.
type OpenFacts struct {
	Person     Person
	Others     []Application // of the same resident or number, as far as this node knows
	Last       LastNumber    // of the station and day
	Generation int           // of the station's streams
	NotStarted bool          // second-generation work has not been opened at this station
}

// Open accepts an application: the acceptance number is reserved and the application opened. A doubtful number or text
// never hinders acceptance; it is told, and holds the signing.
func Open(cmd OpenCommand, facts OpenFacts) ([]event.Event, *Opening, error) {
	person := facts.Person
	err := firstError(started(facts), registeredHere(person, cmd.By), alive(person.Dead), onlyOne(facts.own()), kindFits(cmd, facts), oldLost(cmd))
	if err != nil {
		return nil, nil, err
	}
	reason, err := reasonOf(cmd, person)
	if err != nil {
		return nil, nil, err
	}
	running, err := NextRunning(facts.Last, facts.Generation)
	if err != nil {
		return nil, nil, err
	}
	no := AcceptanceNumber(cmd.By.Unit, cmd.Today, running)
	a := Application{ID: cmd.ID, Home: cmd.By.Unit, Resident: person.Resident, Tenure: person.Tenure, Round: 1}
	face := FaceOf(person)
	opening := &Opening{AcceptanceNo: no, Kind: cmd.Kind, Reason: reason, Slip: cmd.Slip, Code: cmd.Code, Day: cmd.Today, Face: face,
		OldLost: cmd.OldLost, OldProof: cmd.OldProof}
	if opening.Slip == "" {
		opening.Slip = no
	}
	for _, f := range Warnings(face, facts, cmd.Today) {
		opening.Warnings = append(opening.Warnings, f.Code)
	}
	reserved, opened := a.body(), a.body()
	reserved.Reserved = &Reserved{AcceptanceNo: no, Day: cmd.Today, Running: running}
	opened.Opening = opening
	return []event.Event{a.station(KindNumberReserved, nil, reserved), a.station(KindOpened, nil, opened)}, opening, nil
}

// ofResident keeps a person's own applications.
func ofResident(all []Application, resident string) []Application {
	return slices.DeleteFunc(slices.Clone(all), func(a Application) bool { return a.Resident != resident })
}

// own are the person's own applications. Another's under the same number hinders nobody at the window: the county's review waits until it is settled whose the
// number is.
func (f OpenFacts) own() []Application { return ofResident(f.Others, f.Person.Resident) }

// Warnings are what the clerk is told at the opening: they hold the signing, or the review, until they are mended.
func Warnings(face Face, facts OpenFacts, on citizen.Date) []Finding {
	found := LintFace(face, on)
	if len(facts.own()) < len(facts.Others) {
		found = append(found, Finding{CodeShared, stdNumber, citizen.Text{ZH: "另有他人以同一号码申领（重号），审核前须先解决",
			EN: "another person has applied under the same number; it is settled before the review"}})
	}
	return found
}

// started refuses second-generation work at a station where it has not been opened (plan S7: one that is ripe is started); who must apply now is
// taken at a started one.
func started(facts OpenFacts) error {
	if !facts.NotStarted {
		return nil
	}
	return refuse("card.not_started", "长府办发〔2005〕49号 二（二）", "本所尚未启动二代证受理", "second-generation work has not been opened at this station",
		"到已启动的派出所或大厅受理；户口和一代证业务照常办理", "take the application at a started station or hall; registration and first-generation work go on here")
}

// FaceOf takes from a registration what the card shows.
func FaceOf(p Person) Face {
	r := p.Record
	return Face{Name: r.Name, Pinyin: r.Pinyin, PinyinV: r.PinyinV, Sex: r.Sex, EthnicGroup: r.EthnicGroup, BirthDate: r.BirthDate,
		Address: r.Address, Number: r.Number}
}

// registeredHere lets a person pass who is registered at this station, or was until death: alive tells of a death, to that station only.
func registeredHere(p Person, by Actor) error {
	if (p.Open || p.Dead) && p.Unit == by.Unit {
		return nil
	}
	return refuse("card.not_registered_here", lawWhere, "本人常住户口不在本派出所", "the person is not registered at this station",
		"向常住户口所在地派出所申领", "apply at the station where the person is registered")
}

func onlyOne(others []Application) error {
	for _, other := range others {
		if !other.Terminal() {
			return refuse("card.already_open", lawForm, "本人已有未办结的申领，受理号 "+other.AcceptanceNo,
				"there is an open application already, acceptance number "+other.AcceptanceNo, "继续办理该申领，或先终止它", "go on with that one, or withdraw it first")
		}
	}
	return nil
}

func kindFits(cmd OpenCommand, facts OpenFacts) error {
	switch cmd.Kind {
	case First:
		if len(Valid(facts.own(), cmd.Today)) > 0 {
			return refuse("card.has_card", lawExchange, "本人持有有效的居民身份证", "the person holds a valid card",
				"按换领或补领受理", "accept it as an exchange or a replacement")
		}
		return nil
	case Exchange, ReplaceLost, ReplaceDamaged:
		return nil
	}
	return refuse("card.kind", lawForm, "申领种类不明", "unknown kind of application",
		"从列出的种类中选一个", "choose one of the kinds")
}

// oldLost judges a first-generation card that is declared lost at the opening: it is a replacement, and somebody vouches for it (law-and-process C1 step 2).
func oldLost(cmd OpenCommand) error {
	switch {
	case cmd.OldLost == "":
		return nil
	case cmd.OldLost != "1":
		return refuse("card.old_lost", lawExchange, "受理时只登记一代证丢失", "only the loss of a first-generation card is declared at the opening",
			"二代证丢失的，先对该证挂失", "report the loss of a second-generation card first")
	case cmd.Kind != ReplaceLost:
		return refuse("card.lost_kind", lawExchange, "原证丢失的为补领", "after a loss it is a replacement", "种类选丢失补领", "choose the replacement of a lost card")
	case cmd.OldProof == "":
		return refuse("card.no_proof", lawForm, "未登记丢失证明", "nobody vouches for the loss", "填写责任区民警和居（村）委会的证明", "enter the proof of the area officer and the neighbourhood committee")
	}
	return nil
}

// reasonOf checks the reason's code against the kind by its class digit, or gives the usual one.
func reasonOf(cmd OpenCommand, p Person) (string, error) {
	usual := map[Kind]string{First: "12", Exchange: "20", ReplaceLost: "30", ReplaceDamaged: "20"}[cmd.Kind]
	if cmd.Kind == First && under16(p.Record.BirthDate, cmd.Today) {
		usual = "11"
	}
	if cmd.Reason == "" {
		return usual, nil
	}
	_, known := citizen.CardApplicationReasons.ByCode(cmd.Reason)
	if known && (strings.HasPrefix(cmd.Reason, usual[:1]) || cmd.Kind == Exchange && cmd.Reason == "40") {
		return cmd.Reason, nil
	}
	return "", refuse("card.reason", stdReason, "申领原因代码 "+cmd.Reason+" 与申领种类不符", "reason "+cmd.Reason+" does not fit the kind",
		"改用 "+usual+" 或同类代码", "use "+usual+" or another code of its class")
}

func under16(birth, on citizen.Date) bool {
	limit := 16
	if rule, ok := citizen.RuleOn("card.guardian.under", on); ok {
		limit = rule.Value
	}
	return !birth.IsZero() && birth.AgeOn(on) < limit
}

// AgeOfDuty is the age in years from which a card must be had on a day (居民身份证法 (2003) art. 2).
func AgeOfDuty(on citizen.Date) int {
	if rule, ok := citizen.RuleOn("card.apply.age", on); ok {
		return rule.Value
	}
	return 16
}

// Duty tells whether a person must apply, and by which day a first application is due: from sixteen on, within three months (居民身份证法 (2003) arts. 2, 7).
func Duty(birth, on citizen.Date) (must bool, by citizen.Date) {
	age, within := AgeOfDuty(on), 3
	if rule, ok := citizen.RuleOn("card.apply.within", on); ok {
		within = rule.Value
	}
	if birth.IsZero() {
		return false, citizen.Date{}
	}
	return birth.AgeOn(on) >= age, birth.AddYears(age).AddMonths(within)
}

// Valid gives those of a person's cards that count on a day: handed over, not expired, not reported lost, not taken in for a
// later card, and not declared lost by a later application.
func Valid(all []Application, on citizen.Date) []Application {
	var valid []Application
	for _, a := range all {
		if a.Stage != StageHandedOver || a.Lost || expired(a.Issue.ValidTo, on) {
			continue
		}
		if !slices.ContainsFunc(all, func(b Application) bool { return replaces(b, a) }) {
			valid = append(valid, a)
		}
	}
	return valid
}

func expired(validTo string, on citizen.Date) bool {
	end, err := citizen.ParseDate(validTo)
	return err == nil && on.After(end)
}

// replaces tells whether b has ended the card of a: by a loss declared at its opening, unless the card was found again; by its hand-over, when it took the card
// in, or when the card had been lost, for what is found after that does not count again.
func replaces(b, a Application) bool {
	if b.ID == a.ID || b.Stage == StageIncomplete {
		return false
	}
	declared := b.Resident == a.Resident && b.Kind == ReplaceLost && b.OpenedAt >= a.HandedAt && b.WithdrawnFor != WithdrawFound // it stays declared after any other withdrawal
	later := a.EverLost && b.HandedAt >= a.HandedAt
	return declared || b.Stage == StageHandedOver && (b.Old.Application == a.ID || b.Ends == a.ID || later)
}
