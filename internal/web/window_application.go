package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddesk"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/fund/funddesk"
	"github.com/huzheng/huzheng/internal/words"
)

// application is an application as the window's pages see it.
type application struct {
	carddesk.Shown
	Fee   *funddesk.FeeOf // nil: the operator has nothing to do with fees
	today citizen.Date
}

// applicationForm is an application with a form about it that is still empty, or holds the operator's draft.
func (c *call) applicationForm() (*application, *form, error) {
	a, err := c.application()
	if err != nil {
		return nil, nil, err
	}
	f, err := c.newForm(a.ID)
	return a, f, err
}

// applicationSent is an application with the form about it that was sent.
func (c *call) applicationSent() (*application, *form, error) {
	a, err := c.application()
	if err != nil {
		return nil, nil, err
	}
	f, err := c.readForm()
	return a, f, err
}

// application loads the page's application: with its purpose where it is another unit's.
func (c *call) application() (*application, error) {
	return c.applicationOf(cmp.Or(c.r.PathValue("id"), c.r.PathValue("application")))
}

func (c *call) applicationOf(name string) (*application, error) {
	a := &application{today: c.businessDay()}
	var err error
	if a.Shown, err = c.showCard(name); err != nil {
		return nil, err
	}
	if c.may("fund.fee_of") && a.Home == c.by.Unit {
		fee, err := ask[funddesk.FeeOf](c, "fund.fee_of", fields{"application": a.ID})
		if err != nil {
			return nil, err
		}
		a.Fee = &fee
	}
	return a, nil
}

// showCard asks for an application; at its own unit without a purpose, which the window is.
func (c *call) showCard(name string) (carddesk.Shown, error) {
	shown, err := ask[carddesk.Shown](c, "card.show", fields{"application": name})
	if refusal, ok := event.AsRefusal(err); ok && refusal.Code == "card.no_purpose" {
		return ask[carddesk.Shown](c, "card.show", fields{"application": name, "purpose": purposeOf("window.purpose.application")})
	}
	return shown, err
}

// Child tells whether a guardian acts for the applicant.
func (a *application) Child() bool {
	age := 16
	if rule, ok := citizen.RuleOn("card.guardian.under", a.today); ok {
		age = rule.Value
	}
	return a.Face.BirthDate.AgeOn(a.today) < age
}

// Own tells whether the operator's unit accepted it.
func (c *call) own(a *application) bool { return a.Home == c.by.Unit }

// nextStep is the road's next step by where the application stands; empty: none at the window.
func (a *application) nextStep() string {
	switch a.Stage {
	case card.StageOpened:
		return "photograph"
	case card.StagePhotographed:
		return "sign"
	case card.StageReturned:
		if a.Return.Reason == card.ReturnPhoto {
			return "photograph"
		}
		return "sign"
	case card.StageRejected, card.StageDefective:
		switch {
		case !a.Class.ToStation():
			return ""
		case a.Class == card.RejectPhoto:
			return "photograph"
		}
		return "sign"
	case card.StageConfirmed:
		if a.Fee != nil && !a.Fee.Settled {
			return "fee"
		}
		return "done"
	}
	return ""
}

// stepAction is the action of each step of the road.
var stepAction = map[string]string{"photograph": "card.photograph", "sign": "card.confirm", "fee": "fund.collect", "done": "card.open"}

// nextOfApplication leads to the step that is due, where the operator does it; else to the application.
func (s *Server) nextOfApplication(c *call) error {
	a, err := c.application()
	if err != nil {
		return err
	}
	if a.Stage == card.StageArrived || a.Stage == card.StageNotified {
		if c.may("card.hand_over") && c.own(a) {
			return c.redirect("/hand-over/" + url.PathEscape(a.ID))
		}
	}
	if step := a.nextStep(); step != "" && c.own(a) && c.may(stepAction[step]) {
		return c.redirect(applicationPath(a.ID, step))
	}
	return c.redirect(applicationPath(a.ID, ""))
}

// roadPage is one step of an application's road.
type roadPage struct {
	App      *application
	Steps    []step
	Done     []doneStep
	Form     *form
	Fields   []field
	More     []field
	Returned *notice // why the former round came back
	Warnings []card.Finding
	Facts    []fact
	Back     string
}

// roadPage shows the steps on top and folds those that are behind.
func (c *call) roadPage(a *application, now int, f *form) *roadPage {
	p := &roadPage{App: a, Steps: c.roadSteps(now, map[int]bool{4: a.Fee != nil && a.Fee.Settled}), Form: f, Returned: c.returned(a), Warnings: c.warnings(a), Facts: c.faceFacts(a), Back: applicationPath(a.ID, "")}
	p.Done = []doneStep{
		{What: c.t("window.step.person"), Text: a.Face.Name, Number: a.Face.Number, Facts: p.Facts},
		{What: c.t("window.step.kind"), Text: joinList(c, []string{codeWords("card.Kind", string(a.Kind)).In(c.lang), c.t("window.slip_no", a.Slip)}),
			Links: []link{{Href: applicationPath(a.ID, "slip?print=1"), Label: c.t("window.print.slip"), Key: "Alt+S", Icon: "print"}}},
	}
	if now > 2 && a.Photo != "" {
		p.Done = append(p.Done, doneStep{What: c.t("window.step.photograph"), Text: c.t("window.photo.taken", c.stepDay(a, card.KindPhotographed)), Photo: "/photo/" + url.PathEscape(a.ID),
			Change: c.retake(a)})
	}
	if now > 3 {
		p.Done = append(p.Done, doneStep{What: c.t("window.step.sign"), Text: c.t("window.promised", shownDate(a.PromisedOn))})
	}
	return p
}

// retake is where the picture is taken again while that is allowed: before the form is signed.
func (c *call) retake(a *application) string {
	if a.Stage == card.StagePhotographed && c.may("card.photograph") {
		return applicationPath(a.ID, "photograph")
	}
	return ""
}

// stepDay is the day of an application's newest step of a kind.
func (c *call) stepDay(a *application, kind string) string {
	var at int64
	for i := range a.Steps {
		if a.Steps[i].Kind == kind {
			at = max(at, a.Steps[i].At)
		}
	}
	if at == 0 {
		return ""
	}
	return instant(at)[:len("2006-01-02")]
}

// warnings says again what the clerk was told at the opening: it holds the signing, and not the acceptance.
func (c *call) warnings(a *application) (all []card.Finding) {
	var told []string
	for i := range a.Steps {
		if o := a.Steps[i].Body.Opening; o != nil {
			told = o.Warnings
		}
	}
	for _, f := range card.LintFace(a.Face, a.today) {
		if slices.Contains(told, f.Code) {
			all = append(all, f)
		}
	}
	if slices.Contains(told, card.CodeShared) {
		all = append(all, card.Finding{Code: card.CodeShared, Text: words.Get("window.shared")})
	}
	return all
}

// faceFacts are what the card shows of its holder, in the order of the form.
func (c *call) faceFacts(a *application) []fact {
	f := a.Face
	return []fact{{Label: c.t("window.item.name"), Text: f.Name, Tone: rare(f.Name)}, {Label: c.t("window.item.sex"), Text: Titled(codeWords("sex", f.Sex).In(c.lang))},
		{Label: c.t("window.item.ethnic_group"), Text: codeWords("ethnic_group", f.EthnicGroup).In(c.lang)}, {Label: c.t("window.item.birth_date"), Text: shownDate(f.BirthDate)},
		{Label: c.t("window.item.address"), Text: f.Address, Tone: "wide"}, {Label: c.t("window.fact.number"), Text: f.Number, Tone: "number"}}
}

// applicationPage is everything about one application.
type applicationPage struct {
	App     *application
	Steps   []step
	Facts   []fact
	Holds   []notice
	Next    *link
	Acts    []link
	Prints  []link
	History table
	Photo   string
	Person  string // page of the registration
}

// notice is the part "notice".
type notice struct{ Tone, Title, Text, Source, Href, Link string }

// showApplication shows where an application stands, what holds it, what may be done, and its history.
func (s *Server) showApplication(c *call) error {
	a, err := c.application()
	if err != nil {
		return err
	}
	p := &applicationPage{App: a, Steps: c.lifeSteps(a), Facts: c.applicationFacts(a), Holds: c.holds(a)}
	if a.Photo != "" {
		p.Photo = "/photo/" + url.PathEscape(a.ID)
	}
	if c.own(a) {
		p.Next, p.Acts = c.nextLink(a), c.acts(a)
		p.Prints = c.prints(a)
	}
	if c.may("register.resident") {
		p.Person = "/resident/" + url.PathEscape(a.Tenure)
	}
	if p.History, err = c.history(a); err != nil {
		return err
	}
	return c.page(http.StatusOK, "window-application", p)
}

// life is a card's road without trouble: the kinds of its steps, and the stages that they lead to.
var life = []string{card.KindOpened, card.KindPhotographed, card.KindConfirmed, card.KindReviewed, card.KindSigned, card.KindChecked, card.KindOrdered, card.KindMade, card.KindArrived,
	card.KindCollectNotified, card.KindHandedOver}

var lifeStages = []card.Stage{card.StageOpened, card.StagePhotographed, card.StageConfirmed, card.StageReviewed, card.StageSigned, card.StageChecked, card.StageOrdered, card.StageMade,
	card.StageArrived, card.StageNotified, card.StageHandedOver}

// lifeSteps shows how far the application is in its present round, with days. After a return the steps behind it are to come again.
func (c *call) lifeSteps(a *application) []step {
	steps := make([]step, len(life))
	now := stageAt(a)
	for i, kind := range life {
		steps[i].Label = codeWords("card.Stage", string(lifeStages[i])).In(c.lang)
		switch {
		case i < now:
			steps[i].State = "done"
			if day := c.stepDay(a, kind); day != "" {
				steps[i].Label += " " + day[len("2006-"):]
			}
		case i == now:
			steps[i].State = "now"
		}
	}
	return steps
}

// reached is how many steps of life are behind at each stage.
var reached = map[card.Stage]int{card.StageOpened: 1, card.StagePhotographed: 2, card.StageConfirmed: 3, card.StageReviewed: 4, card.StageSigned: 5, card.StageChecked: 6, card.StageOrdered: 7,
	card.StageMade: 8, card.StageDispatched: 8, card.StageArrived: 9, card.StageNotified: 10, card.StageUnclaimed: 10, card.StageHandedOver: 11}

func stageAt(a *application) int {
	if n, ok := reached[a.Stage]; ok {
		return n
	}
	switch {
	case a.Stage == card.StageWithdrawn:
		return len(life)
	case a.nextStep() == "photograph":
		return 1
	case a.nextStep() == "sign":
		return 2
	}
	return 6 // made again: to be ordered
}

// applicationFacts are what is known of an application. The address, which has a line of its own, stands last of its holder's items, so that no line has a gap.
func (c *call) applicationFacts(a *application) []fact {
	facts := c.faceFacts(a)
	if last := len(facts) - 1; last > 0 {
		facts[last-1], facts[last] = facts[last], facts[last-1]
	}
	add := func(key, text, tone string) {
		if text != "" {
			facts = append(facts, fact{Label: c.t("window.fact." + key), Text: text, Tone: tone})
		}
	}
	add("kind", codeWords("card.Kind", string(a.Kind)).In(c.lang), "")
	if row, ok := citizen.CardApplicationReasons.ByCode(a.Reason); ok {
		add("reason", Titled(row.Text().In(c.lang)), "")
	}
	add("promised_on", shownDate(a.PromisedOn), c.lateTone(a))
	if a.Fee != nil {
		add("fee", c.feeWords(a.Fee), "")
	}
	add("card_no", a.CardNo, "")
	if a.Issue.ValidTo != "" {
		add("valid", shownDate(a.Issue.ValidFrom)+" – "+untilWords(c, a.Issue.ValidTo), "")
		add("authority", a.Issue.Authority, "")
	}
	if a.Lies != nil {
		add("lies", c.liesWords(a.Lies), "")
	}
	add("handed_on", shownDate(a.HandedOn), "")
	add("home", c.s.units.name(a.Home), "")
	return facts
}

func (c *call) lateTone(a *application) string {
	if !a.Terminal() && !a.PromisedOn.IsZero() && a.today.After(a.PromisedOn) {
		return "late"
	}
	return ""
}

func (c *call) liesWords(l *carddesk.Lies) string {
	if l.Place == 0 {
		return c.t("window.lies.loose", shortID(l.Consignment))
	}
	return c.t("window.lies", shortID(l.Consignment), l.Place, l.Of)
}

// shortID is the end of an identifier, by which people tell papers apart.
func shortID(id string) string { return id[max(0, len(id)-6):] }

func (c *call) feeWords(f *funddesk.FeeOf) string {
	switch {
	case !f.Settled:
		return c.t("window.fee.open", yuan(f.DueFen))
	case f.Fee.Book == "":
		return c.t("window.fee.waived")
	}
	return c.t("window.fee.paid", yuan(f.Fee.AmountFen), f.Fee.Prefix, f.Fee.ReceiptNo)
}

// holds says what keeps an application from going on.
func (c *call) holds(a *application) (all []notice) {
	add := func(tone, title, text, source string) {
		all = append(all, notice{Tone: tone, Title: title, Text: text, Source: source})
	}
	if n := c.returned(a); n != nil {
		all = append(all, *n)
	}
	if a.Stage == card.StageRejected || a.Stage == card.StageDefective {
		who := "window.holds.city"
		if a.Class.ToStation() {
			who = "window.holds.station"
		}
		add("warn", Titled(a.StageText.In(c.lang)), c.t(who), "")
	}
	if h := a.Hold; h != nil {
		add("warn", c.t("window.holds.held", shownDate(h.PromisedOn)), codeWords("card.HoldReason", string(h.Reason)).In(c.lang)+" "+h.Characters+" "+h.Words, "")
	}
	if a.Stage == card.StageWithdrawn {
		add("stop", Titled(a.StageText.In(c.lang)), codeWords("card.WithdrawReason", string(a.WithdrawnFor)).In(c.lang), "")
	}
	if a.Lost {
		add("stop", c.t("window.holds.lost"), c.t("window.holds.lost.mend"), "")
	}
	for _, w := range c.warnings(a) {
		if !a.Terminal() {
			add("warn", c.t("window.holds.warning"), w.Text.In(c.lang), w.Source)
		}
	}
	return all
}

// nextLink is the road's next step as a button.
func (c *call) nextLink(a *application) *link {
	if (a.Stage == card.StageArrived || a.Stage == card.StageNotified) && c.may("card.hand_over") {
		return &link{Href: "/hand-over/" + url.PathEscape(a.ID), Label: c.t("window.hand_over.go")}
	}
	step := a.nextStep()
	if step == "" || step == "done" || !c.may(stepAction[step]) {
		return nil
	}
	return &link{Href: applicationPath(a.ID, step), Label: c.t("window.go." + step)}
}

// acts lists what else this operator may do now.
func (c *call) acts(a *application) (all []link) {
	known := url.Values{"application": {a.ID}, subjectField: {a.ID}}
	offer := func(action string, when bool) {
		if when && c.may(action) {
			all = append(all, link{Href: actionPath(action, known), Label: c.s.actionText(action, c.lang)})
		}
	}
	running := !a.Terminal()
	if running && a.Stage != card.StageArrived && a.Stage != card.StageNotified && c.may("card.apply_temporary") {
		all = append(all, link{Href: applicationPath(a.ID, "temporary"), Label: c.s.actionText("card.apply_temporary", c.lang)})
	}
	offer("card.notify", a.Stage == card.StageArrived)
	offer("card.remind", a.Stage == card.StageNotified)
	offer("card.find_defect", a.Stage == card.StageArrived || a.Stage == card.StageNotified)
	offer("card.hold", running && a.Hold == nil && reached[a.Stage] <= 4)
	offer("card.release", a.Hold != nil)
	offer("card.report_lost", a.Stage == card.StageHandedOver && !a.Lost)
	offer("card.found", a.Stage == card.StageHandedOver && a.Lost)
	offer("card.explain_late", running)
	offer("fund.refund", a.Fee != nil && a.Fee.Settled && a.Fee.Fee.AmountFen > 0)
	offer("card.withdraw", running)
	return all
}

func (c *call) prints(a *application) []link {
	all := []link{{Href: applicationPath(a.ID, "slip?print=1"), Label: c.t("window.print.slip"), Icon: "print"}}
	if a.Photo != "" {
		all = append(all, link{Href: applicationPath(a.ID, "form?print=1"), Label: c.t("window.print.form"), Icon: "print"})
	}
	if a.Fee != nil && a.Fee.Settled && a.Fee.Fee.Book != "" {
		all = append(all, link{Href: applicationPath(a.ID, "receipt?print=1"), Label: c.t("window.print.receipt"), Icon: "print"})
	}
	return all
}

// history lists an application's steps by time, with who did them.
func (c *call) history(a *application) (table, error) {
	t := table{Caption: c.t("window.history"), Total: len(a.Steps)}
	for _, name := range []string{"at", "what", "who", "unit", "words"} {
		t.Columns = append(t.Columns, column{Label: c.t("window.history." + name)})
	}
	steps := slices.Clone(a.Steps)
	slices.SortStableFunc(steps, func(a, b card.Step) int { return cmp.Compare(a.At, b.At) })
	names := make(map[string]string)
	for i := range steps {
		s := &steps[i]
		if names[s.Operator] == "" {
			name, err := c.operatorName(s.Operator)
			if err != nil {
				return t, err
			}
			names[s.Operator] = name
		}
		what := Titled(c.s.Office.Words(s.Kind).In(c.lang))
		if s.Body.Round > 1 {
			what += " " + c.t("window.round", s.Body.Round)
		}
		t.Rows = append(t.Rows, row{Cells: []cell{{Text: instant(s.At)}, {Text: what}, {Text: names[s.Operator]}, {Text: c.s.units.name(s.Unit)}, {Text: c.stepWords(&s.Body)}}})
	}
	return t, nil
}

// returned says why an application came back; nil where it did not, or is on its way again.
func (c *call) returned(a *application) *notice {
	if a.Stage != card.StageReturned {
		return nil
	}
	return &notice{Tone: "warn", Title: c.t("window.holds.returned", codeWords("card.ReturnReason", string(a.Return.Reason)).In(c.lang)), Text: a.Return.Words}
}

// stepWords says of a step what a reader of the history asks.
func (c *call) stepWords(b *card.Body) string {
	switch {
	case b.Return != nil:
		return codeWords("card.ReturnReason", string(b.Return.Reason)).In(c.lang) + " " + b.Return.Words
	case b.Photograph != nil && b.Photograph.Override != nil:
		return c.t("window.overridden", b.Photograph.Override.By, b.Photograph.Override.Words)
	case b.Confirmation != nil && b.Confirmation.Signer == card.Guardian:
		return c.signedBy(b.Confirmation)
	case b.Hold != nil:
		return codeWords("card.HoldReason", string(b.Hold.Reason)).In(c.lang) + " " + b.Hold.Words
	case b.Release != nil:
		return b.Release.Words
	case b.Making != nil && b.Making.Words != "":
		return b.Making.Words
	case b.Defect != nil:
		return codeWords("card.DefectCode", string(b.Defect.Code)).In(c.lang) + " " + b.Defect.Words
	case b.Notice != nil:
		return codeWords("card.NoticeWay", b.Notice.Way).In(c.lang)
	case b.HandOver != nil && b.HandOver.ProxyName != "":
		return b.HandOver.ProxyName
	case b.Withdrawal != nil:
		return codeWords("card.WithdrawReason", string(b.Withdrawal.Reason)).In(c.lang) + " " + b.Withdrawal.Words
	}
	return ""
}

// signedBy says who signed a form: for a child the guardian, by name and relation.
func (c *call) signedBy(s *card.Confirmation) string {
	words := codeWords("card.Signer", string(s.Signer)).In(c.lang)
	if s.GuardianName != "" {
		words += " " + s.GuardianName
	}
	if s.Guardian != nil {
		words += " " + s.Guardian.Relation
	}
	return words
}

// photoOf sends an application's picture; who may see it is asked as for the application, and logged like it.
func (s *Server) photoOf(c *call) error {
	shown, err := c.showCard(c.r.PathValue("application"))
	if err != nil {
		return err
	}
	if shown.Photo == "" || !c.s.Office.Blobs.Has(shown.Photo) {
		return c.notFound()
	}
	picture, err := c.s.Office.Blobs.Get(shown.Photo)
	if err != nil {
		return err
	}
	c.w.Header().Set("Content-Type", "image/jpeg")
	_, err = c.w.Write(picture)
	return err
}
