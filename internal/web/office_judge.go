package web

import (
	"encoding/base64"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddb"
	"github.com/huzheng/huzheng/internal/card/carddesk"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/words"
)

// judging is one of the three desks that decide on applications one after the other, by one key each.
type judging struct {
	Path   string
	Desk   carddesk.Judging
	Action string
	Stage  card.Stage
}

var judgings = []judging{
	{"/review", carddesk.Reviewing, "card.review", card.StageConfirmed},
	{"/sign", carddesk.Signing, "card.sign", card.StageReviewed},
	{"/check", carddesk.Checking, "card.check", card.StageSigned},
}

// returnReasons are the reasons in the order of their keys.
var returnReasons = []card.ReturnReason{card.ReturnPhoto, card.ReturnData, card.ReturnNumber, card.ReturnDuplicate, card.ReturnForm, card.ReturnRare, card.ReturnDied, card.ReturnOther}

// judgePage is one application before a desk.
type judgePage struct {
	judging
	Next     carddesk.Next
	D        *carddesk.Dossier // nil: nothing is left in the order
	Again    string            // the page from the first application on
	Skip     string
	Queue    string
	Photo    facePhoto
	Old      []facePhoto
	Items    []compared
	Facts    []fact
	Approve  *form
	Return   *form
	Reasons  []keyed
	Words    field
	Stops    bool // the rules refuse to go on
	May      bool // it waits for this desk
	Takeable bool // it can be returned
	Specimen *specimen
	Last     *lastDone
	FormHref string
}

// facePhoto is a photograph as it stands in the page itself: one answer holds all that a decision needs, and the next one waits for no further request.
type facePhoto struct {
	Src     template.URL
	Caption string
	Why     string // its round was returned
}

// compared is an item on the card and in the register.
type compared struct {
	Label, Card, Register string
	Number, Changed       bool
}

// keyed is a choice with its key.
type keyed struct {
	Key, ID, Value, Label string
	Selected              bool
}

// lastDone is what the operator has just done, with the way back.
type lastDone struct{ What, At, Href string }

// show shows one application: the one that is named, else the next in the order.
func (j *judging) show(c *call) error {
	if err := j.permit(c); err != nil {
		return err
	}
	return j.render(c, c.r.URL.Query().Get("application"), nil)
}

// permit refuses who may not decide at this desk, in the policy's own words.
func (j *judging) permit(c *call) error {
	if c.may(j.Action) {
		return nil
	}
	_, err := c.do(j.Action, fields{}, office.Guard{})
	return err
}

// render shows an application; failed is the form that was refused.
func (j *judging) render(c *call, application string, failed *form) error {
	query := c.r.URL.Query()
	p := &judgePage{judging: *j, Queue: j.Path + "/queue"}
	after := query.Get("after")
	if application != "" {
		after = application
	}
	var err error
	if p.Next, err = ask[carddesk.Next](c, "card.next", j.nextInput(query, after)); err != nil {
		return err
	}
	if application == "" {
		application = p.Next.Application
	}
	p.Again = j.link(query, "", "")
	if p.Last, err = j.last(c, query.Get("last")); err != nil {
		return err
	}
	if application == "" {
		return c.page(http.StatusOK, "office-judge", p)
	}
	d, err := ask[carddesk.Dossier](c, "card.dossier", fields{"application": application, "purpose": officePurpose("judge." + string(j.Desk))})
	if err != nil {
		return err
	}
	p.D = &d
	p.Skip = j.link(query, d.ID, "")
	if err := p.fill(c, failed); err != nil {
		return err
	}
	status := http.StatusOK
	if failed != nil {
		status = failed.status()
	}
	return c.page(status, "office-judge", p)
}

func (j *judging) nextInput(query url.Values, after string) fields {
	in := fields{"desk": j.Desk}
	if after != "" {
		in["after"] = after
	}
	if unit := query.Get("unit"); unit != "" {
		in["unit"] = unit
	}
	return in
}

// link is the page of the next application behind one, within the same station where one was chosen.
func (j *judging) link(query url.Values, after, last string) string {
	keep := url.Values{}
	for name, value := range map[string]string{"after": after, "last": last, "unit": query.Get("unit")} {
		if value != "" {
			keep.Set(name, value)
		}
	}
	if len(keep) == 0 {
		return j.Path
	}
	return j.Path + "?" + keep.Encode()
}

// last tells what the operator has done with an application, so that it can be looked at again and taken back.
func (j *judging) last(c *call, application string) (*lastDone, error) {
	if application == "" {
		return nil, nil
	}
	written, err := c.s.Office.Written(c.ctx(), application)
	if err != nil {
		return nil, err
	}
	for _, w := range slices.Backward(written) {
		if w.Operator == c.by.ID {
			return &lastDone{c.s.Office.Words(w.Kind).In(c.lang), instant(w.At.UnixMilli()), j.Path + "?" + url.Values{"application": {application}}.Encode()}, nil
		}
	}
	return nil, nil
}

// fill makes everything that the page shows of its application.
func (p *judgePage) fill(c *call, failed *form) (err error) {
	d := p.D
	p.May = d.Stands == string(p.Desk)
	p.Takeable = c.may("card.return") && (slices.Contains([]card.Stage{card.StageConfirmed, card.StageReviewed}, d.Stage) && c.by.Unit.Level() == event.County ||
		slices.Contains([]card.Stage{card.StageSigned, card.StageChecked}, d.Stage) && c.by.Unit.Level() == event.City)
	p.Stops = slices.ContainsFunc(d.Warnings, func(w carddesk.Warning) bool { return w.Stops })
	p.Photo = c.facePicture(d.Photo, c.t("judge.new", instant(d.PhotoAt)))
	p.Old = c.oldPictures(d.Pictures)
	p.Items, p.Facts = c.items(d), c.judgeFacts(d)
	if p.Desk == carddesk.Signing && !d.Draft.ValidFrom.IsZero() {
		p.Specimen = newSpecimen(d, p.Photo.Src)
	}
	if d.Confirmation != nil && c.scan(d.Confirmation.Form) != nil {
		p.FormHref = p.Path + "/form?" + url.Values{"application": {d.ID}}.Encode()
	}
	return p.forms(c, failed)
}

// oldPictures are what the new photograph is held against: that of the round before, with why it was returned, and that of the card before.
func (c *call) oldPictures(all []carddesk.Picture) (old []facePhoto) {
	for _, one := range []struct {
		card bool
		key  string
	}{{false, "judge.old_round"}, {true, "judge.old_card"}} {
		i := slices.IndexFunc(all, func(p carddesk.Picture) bool { return p.Card == one.card })
		if i < 0 {
			continue
		}
		shown := c.facePicture(all[i].Photo, c.t(one.key, instant(all[i].At)))
		if r := all[i].Return; r != nil {
			shown.Why = c.returnWords(*r)
		}
		old = append(old, shown)
	}
	return old
}

// returnWords says why an application was returned, and in which words where these say more.
func (c *call) returnWords(r card.Return) string {
	reason := codeWords("card.ReturnReason", string(r.Reason))
	if r.Words == "" || r.Words == reason.ZH {
		return c.t("judge.returned_for", reason.In(c.lang))
	}
	return c.t("judge.returned_for", reason.In(c.lang)+c.t("list.comma")+r.Words)
}

// forms makes the two forms: each has its own mark, so that a press of one is never taken for the other.
func (p *judgePage) forms(c *call, failed *form) (err error) {
	p.Approve = &form{Once: random(), Subject: p.D.ID, Values: url.Values{}, secret: c.s.secret}
	if err = c.look(p.Approve); err != nil {
		return err
	}
	if p.Return, err = c.newForm(p.D.ID); err != nil {
		return err
	}
	if failed != nil && failed.Value("do") == "return" {
		p.Return = failed
	} else if failed != nil {
		p.Approve = failed
	}
	if p.Words, err = c.control(p.Return, "card.return", "words"); err != nil {
		return err
	}
	p.Words.Part, p.Words.Required = "line", false
	for i, reason := range returnReasons {
		p.Reasons = append(p.Reasons, keyed{strconv.Itoa(i + 1), fieldID("reason") + "-" + strconv.Itoa(i+1), string(reason), codeWords("card.ReturnReason", string(reason)).In(c.lang),
			p.Return.Value("reason") == string(reason)})
	}
	return nil
}

// decide carries out a decision and goes on to the next application.
func (j *judging) decide(c *call) error {
	f, err := c.readForm()
	if err != nil {
		return err
	}
	application, action := f.Value("application"), j.Action
	in := fields{"application": application}
	if f.Value("do") == "return" {
		action = "card.return"
		reason := f.Value("reason")
		if reason == "" {
			f.wrong("reason", c.t("judge.reason"), c.t("judge.reason.mend"))
		}
		in["reason"], in["words"] = reason, strings.TrimSpace(f.Value("words"))
		if in["words"] == "" {
			in["words"] = codeWords("card.ReturnReason", reason).ZH
		}
	}
	_, ok, err := act[any](c, f, action, in)
	if err != nil {
		return err
	}
	if ok {
		return c.redirect(j.link(c.r.URL.Query(), application, application))
	}
	return j.render(c, application, f)
}

// facePicture puts a photograph into the page; without one where it is not here.
func (c *call) facePicture(digest, caption string) facePhoto {
	p := facePhoto{Caption: caption}
	if raw, err := c.s.Office.Blobs.Get(digest); digest != "" && err == nil && http.DetectContentType(raw) == "image/jpeg" {
		p.Src = template.URL("data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(raw)) //nolint:gosec // base64 of bytes that are a JPEG, for an img alone
	}
	return p
}

// items compares the card with the register, in the order of the form.
func (c *call) items(d *carddesk.Dossier) []compared {
	now := card.Face{}
	if d.Registered != nil {
		now = *d.Registered
	}
	differs := func(item string) bool {
		return slices.ContainsFunc(d.Differences, func(x carddesk.Difference) bool { return x.Item == item })
	}
	code := func(kind, value string) string { return codeWords(kind, value).In(c.lang) }
	var all []compared
	for _, x := range []struct{ item, on, now string }{
		{"name", d.Face.Name, now.Name}, {"sex", code("sex", d.Face.Sex), code("sex", now.Sex)},
		{"ethnic_group", code("ethnic_group", d.Face.EthnicGroup), code("ethnic_group", now.EthnicGroup)},
		{"birth_date", shownDate(d.Face.BirthDate), shownDate(now.BirthDate)}, {"address", d.Face.Address, now.Address}, {"number", d.Face.Number, now.Number},
	} {
		all = append(all, compared{c.cardLabel(x.item), x.on, x.now, x.item == "number", differs(x.item)})
	}
	return all
}

// cardLabel is a field's general name.
func (c *call) cardLabel(name string) string {
	text, _ := words.First("field.card.list."+name, "field."+name)
	return text.In(c.lang)
}

func (c *call) judgeFacts(d *carddesk.Dossier) []fact {
	f := []fact{
		{Label: c.cardLabel("kind"), Text: codeWords("card.Kind", string(d.Kind)).In(c.lang)},
		{Label: c.cardLabel("stage"), Text: codeWords("card.Stage", string(d.Stage)).In(c.lang)},
		{Label: c.cardLabel("promised_on"), Text: shownDate(d.PromisedOn)},
		{Label: c.cardLabel("home"), Text: c.s.units.name(d.Home)},
		{Label: c.cardLabel("household_no"), Text: d.HouseholdNo},
		{Label: c.cardLabel("round"), Text: strconv.Itoa(d.Round)},
	}
	if s := d.Confirmation; s != nil {
		f = append(f, fact{Label: c.cardLabel("signer"), Text: c.signedBy(s)})
		if s.Abbreviation != "" {
			f = append(f, fact{Label: c.cardLabel("abbreviation"), Text: s.Abbreviation, Tone: "changed"})
		}
	}
	paid := fact{Label: c.t("judge.fee"), Text: c.t("judge.fee.settled"), Tone: "done"}
	if !d.FeeSettled {
		paid.Text, paid.Tone = c.t("judge.fee.open"), "stop"
	}
	return append(f, paid)
}

// specimen is a card as it will be printed. What stands on it is Chinese in every language of the pages.
type specimen struct {
	Name, Sex, EthnicGroup, Year, Month, Day, Address, Number string
	Authority, Validity                                       string
	Photo                                                     template.URL
}

func newSpecimen(d *carddesk.Dossier, photo template.URL) *specimen {
	short := func(kind, value, ending string) string { return strings.TrimSuffix(codeWords(kind, value).ZH, ending) }
	born := d.Face.BirthDate
	dots := func(date string) string { return strings.ReplaceAll(date, "-", ".") }
	to := dots(d.Draft.ValidTo)
	if d.Draft.ValidTo == card.LongTerm {
		to = "长期"
	}
	return &specimen{Name: d.Face.Name, Sex: short("sex", d.Face.Sex, "性"), EthnicGroup: short("ethnic_group", d.Face.EthnicGroup, "族"),
		Year: strconv.Itoa(born.Year()), Month: strconv.Itoa(born.Month()), Day: strconv.Itoa(born.Day()), Address: d.Face.Address, Number: d.Face.Number,
		Authority: d.Draft.Authority, Validity: dots(d.Draft.ValidFrom.String()) + "-" + to, Photo: photo}
}

// signedForm shows the scan of the signed form.
func (j *judging) signedForm(c *call) error {
	if err := j.permit(c); err != nil {
		return err
	}
	d, err := ask[carddesk.Dossier](c, "card.dossier", fields{"application": c.r.URL.Query().Get("application"), "purpose": officePurpose("judge." + string(j.Desk))})
	if err != nil {
		return err
	}
	var raw []byte
	if d.Confirmation != nil {
		raw = c.scan(d.Confirmation.Form)
	}
	if raw == nil {
		return c.fail(http.StatusNotFound, "judge.no_form")
	}
	c.w.Header().Set("Content-Type", http.DetectContentType(raw))
	_, err = c.w.Write(raw)
	return err
}

// scan is an attachment that a browser shows as a picture, whatever was put there; nil: it is none, or not here.
func (c *call) scan(digest string) []byte {
	raw, err := c.s.Office.Blobs.Get(digest)
	if kind := http.DetectContentType(raw); err != nil || kind != "image/jpeg" && kind != "image/png" {
		return nil
	}
	return raw
}

// queueLimit is how many applications the queue lists: more than a desk does in a day.
const queueLimit = 1000

// queue lists what waits for a desk.
func (j *judging) queue(c *call) error {
	if err := j.permit(c); err != nil {
		return err
	}
	all, err := ask[[]carddb.Listed](c, "card.list", fields{"stage": j.Stage, "purpose": officePurpose("queue." + string(j.Desk)), "limit": queueLimit})
	if err != nil {
		return err
	}
	t := table{Caption: c.t("queue.caption", shownDate(c.businessDay())), Total: len(all), Sorted: "promised_on", Columns: c.officeColumns("acceptance_no", "name", "number", "kind", "unit", "promised_on", "since", "round")}
	slices.SortStableFunc(all, func(a, b carddb.Listed) int { return a.PromisedOn.Compare(b.PromisedOn) })
	today := c.businessDay()
	for i := range all {
		l := &all[i]
		r := row{Href: j.Path + "?" + url.Values{"application": {l.Application}}.Encode(), Cells: []cell{{Text: l.AcceptanceNo}, {Text: l.Name}, {Text: l.Number},
			{Text: codeWords("card.Kind", string(l.Kind)).In(c.lang)}, {Text: c.s.units.name(l.Unit)}, {Text: shownDate(l.PromisedOn)}, {Text: instant(l.Since)}, {Text: strconv.Itoa(l.Round), Num: true}}}
		if !l.PromisedOn.IsZero() && today.After(l.PromisedOn) {
			r.Tone = "late"
		}
		t.Rows = append(t.Rows, r)
	}
	return c.officeList(&officeList{Title: c.t("queue.title." + string(j.Desk)), Hint: c.t("queue.hint"), Tables: []table{t}, Tabs: []tab{
		{Href: j.Path, Label: c.t("judge.title." + string(j.Desk))}, {Href: j.Path + "/queue", Label: c.t("judge.queue"), Here: true}}}, "office-list")
}

// officeColumns makes columns by the names of their fields.
func (c *call) officeColumns(names ...string) []column {
	var all []column
	for _, name := range names {
		all = append(all, column{Key: name, Label: c.cardLabel(name)})
	}
	return all
}
