package web

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/verify"
	"github.com/huzheng/huzheng/internal/verify/verifydesk"
)

// correctItems are the items that a correction can give, in the order of the form.
var correctItems = []string{"name", "former_name", "sex", "ethnic_group", "birth_date", "number", "birthplace", "native_place", "address", "relation", "marital_status",
	"education", "occupation", "workplace", "father_number", "mother_number", "spouse_number"}

// correctPage proposes a correction: the registered value beside the new one.
type correctPage struct {
	Form   *form
	Person verifydesk.ShownPerson
	Lines  []correctLine
	Fields []field
	Back   string
	Found  []verify.Difference // what the visit found of the person
}

type correctLine struct {
	Label, Registered string
	Field             field
}

func (s *Server) showCorrect(c *call) error {
	f, err := c.newForm(c.r.PathValue("tenure"))
	if err != nil {
		return err
	}
	if !f.Values.Has("on") {
		f.Values.Set("on", c.businessDay().String())
	}
	p, err := c.correctPage(f)
	if err != nil {
		return err
	}
	if err := c.found(p, c.r.URL.Query().Get("source")); err != nil {
		return err
	}
	return c.page(http.StatusOK, "field-correct", p)
}

// found fills in what a visit found of the person, where the correction settles one and nothing was typed yet.
func (c *call) found(p *correctPage, source string) error {
	if source == "" {
		return nil
	}
	shown, err := ask[verifydesk.Shown](c, "verify.show", fields{"matter": source, "purpose": c.purposeOf("correct")})
	if err != nil {
		return err
	}
	visit, _, ok := lastStep[verify.Visited](shown.Sides[0], verify.KindVisited)
	if !ok {
		return nil
	}
	for _, d := range visit.Differences {
		if d.Tenure != p.Person.Tenure {
			continue
		}
		p.Found = append(p.Found, d)
		if name := "items." + d.Item; !p.Form.Values.Has(name) {
			p.Form.Values.Set(name, d.Told)
		}
		if p.Form.Value("evidence") == "" {
			p.Form.Values.Set("evidence", d.Evidence)
		}
	}
	filled, err := c.correctPage(p.Form)
	if err == nil {
		p.Lines, p.Fields = filled.Lines, filled.Fields
	}
	return err
}

func (c *call) correctPage(f *form) (*correctPage, error) {
	person, err := c.person(c.r.PathValue("tenure"), c.purposeOf("correct"))
	if err != nil {
		return nil, err
	}
	p := &correctPage{Form: f, Person: person, Back: c.residentHref(person.Tenure)}
	if p.Back == "" {
		p.Back = "/visits"
	}
	for _, item := range correctItems {
		one, err := c.control(f, "verify.propose_correction", "items."+item)
		if err != nil {
			return nil, err
		}
		value, _ := verify.ItemOf(&person.Record, item)
		one.Required, one.Hint = true, ""
		p.Lines = append(p.Lines, correctLine{label(c.lang)(item), c.itemWords(item, value), one})
	}
	for _, path := range []string{"category", "on", "evidence", "paper.kind", "paper.number", "paper.issuer"} {
		one, err := c.control(f, "verify.propose_correction", path)
		if err != nil {
			return nil, err
		}
		if path == "category" {
			one.Part, one.Options = "select", append([]option{{Label: c.t("form.choose")}}, (&maker{c: c}).codes(citizen.AlterationCategories, []string{one.Value})...)
		}
		p.Fields = append(p.Fields, one)
	}
	return p, nil
}

func (s *Server) saveCorrect(c *call) error {
	f, err := c.readForm()
	if err != nil {
		return err
	}
	f.Values.Set("tenure", c.r.PathValue("tenure"))
	f.Values.Set("source", c.r.URL.Query().Get("source"))
	out, ok, err := act[verifydesk.ProposeOutput](c, f, "verify.propose_correction", c.bindTo(f, "verify.propose_correction"))
	if err != nil {
		return err
	}
	if !ok {
		p, err := c.correctPage(f)
		if err != nil {
			return err
		}
		return c.page(f.status(), "field-correct", p)
	}
	return c.redirect("/correction/" + url.PathEscape(out.Correction) + "?done=proposed")
}

func (s *Server) corrections(c *call) error {
	in := fields{"purpose": c.purposeOf("correct"), "what": "corrections", "limit": listLength}
	if c.r.URL.Query().Get("all") == "" {
		in["stage"] = verify.StageProposed
	}
	all, err := ask[[]verifydesk.Listed](c, "verify.list", in)
	if err != nil {
		return err
	}
	return c.page(http.StatusOK, "field-list", fields{"Title": c.t("clean.menu.corrections"), "List": c.mattersListed("clean.corrections.list", "/correction/", all), "None": c.t("clean.corrections.none"), "Help": c.t("clean.corrections.none.text")})
}

// nextCorrection opens the correction that has waited longest for this unit.
func (s *Server) nextCorrection(c *call) error {
	all, err := ask[[]verifydesk.Listed](c, "verify.list", fields{"purpose": c.purposeOf("correct"), "what": "waiting", "limit": listLength})
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(l verifydesk.Listed) bool { return l.Class == verify.ClassCorrection })
	if i < 0 {
		return c.redirect("/corrections")
	}
	return c.redirect("/correction/" + url.PathEscape(all[i].ID) + "?done=" + url.QueryEscape(c.r.URL.Query().Get("done")))
}

// correctionPage is one correction with old and new side by side.
type correctionPage struct {
	Form        *form
	Person      verifydesk.ShownPerson
	Body        verify.CorrectionProposed
	By, At      string
	Stage       string
	Lines       []correctedLine
	Decided     *verify.CorrectionDecided
	DecidedBy   string
	DecidedAt   string
	Returned    string
	MayJudge    bool
	OwnProposal bool
	Ground      field
	Category    string
	Done        *notice
}

type correctedLine struct {
	Label, Old, New string
	Main            bool
}

func (s *Server) correction(c *call) error {
	f, err := c.newForm(c.r.PathValue("matter"))
	if err != nil {
		return err
	}
	return c.showCorrection(f)
}

func (c *call) showCorrection(f *form) error {
	shown, err := c.clearMatter(c.purposeOf("correct"))
	if err != nil {
		return err
	}
	side := shown.Sides[0]
	body, proposal, ok := lastStep[verify.CorrectionProposed](side, verify.KindCorrectionProposed)
	if !ok {
		return c.notFound()
	}
	p := correctionPage{Form: f, Body: body, Stage: side.Stage, At: instant(proposal.At)}
	p.Person = personIn(shown, body.Tenure)
	if p.By, err = c.operatorName(proposal.Operator); err != nil {
		return err
	}
	c.correctedLines(&p, side)
	row, _ := citizen.AlterationCategories.ByCode(body.Category)
	p.Category = row.Text().In(c.lang)
	if err := c.judged(&p, side); err != nil {
		return err
	}
	p.OwnProposal = proposal.Operator == c.by.ID
	p.MayJudge = side.Stage == verify.StageProposed && c.may("verify.approve_correction") && !p.OwnProposal
	if p.Ground, err = c.control(f, "verify.refuse_correction", "ground"); err != nil {
		return err
	}
	p.Ground.Hint, p.Ground.Rows = c.t("clean.correction.ground"), 2
	if done := c.r.URL.Query().Get("done"); done == "proposed" || done == "approved" || done == "refused" {
		p.Done = &notice{Tone: "done", Title: c.t("clean.correction.done." + done)}
	}
	return c.page(f.status(), "field-correction", p)
}

// correctedLines puts old and new side by side; once it is carried out, the old value stands in the history alone.
func (c *call) correctedLines(p *correctionPage, side verifydesk.ShownSide) {
	before := p.Person.Record
	after := p.Body.Items.After(before)
	old := make(map[string]string)
	if side.Stage == verify.StageCarriedOut {
		for _, change := range p.Person.History {
			for _, a := range change.Altered {
				old[a.Item] = a.Before
			}
		}
	}
	for _, item := range correctItems {
		was, _ := verify.ItemOf(&before, item)
		now, _ := verify.ItemOf(&after, item)
		if value, ok := old[item]; ok && was == now && gives(p.Body, item) {
			was = value
		}
		if was == now {
			continue
		}
		p.Lines = append(p.Lines, correctedLine{label(c.lang)(item), c.itemWords(item, was), c.itemWords(item, now), slices.Contains(p.Body.Altered, item)})
	}
}

// gives tells whether a correction gives an item a value.
func gives(body verify.CorrectionProposed, item string) bool {
	only := body.Items.After(register.Record{})
	value, _ := verify.ItemOf(&only, item)
	return value != ""
}

// judged fills in what was decided.
func (c *call) judged(p *correctionPage, side verifydesk.ShownSide) error {
	for _, kind := range []string{verify.KindCorrectionApproved, verify.KindCorrectionRefused} {
		body, step, ok := lastStep[verify.CorrectionDecided](side, kind)
		if !ok {
			continue
		}
		name, err := c.operatorName(step.Operator)
		if err != nil {
			return err
		}
		p.Decided, p.DecidedBy, p.DecidedAt = &body, name, instant(step.At)
	}
	if body, _, ok := lastStep[verify.DecisionReturned](side, verify.KindDecisionReturned); ok {
		p.Returned = body.Ground
	}
	return nil
}

func (s *Server) judgeCorrection(c *call) error {
	f, err := c.readForm()
	if err != nil {
		return err
	}
	action, done := "verify.approve_correction", "approved"
	if f.Value("decide") == "refuse" {
		action, done = "verify.refuse_correction", "refused"
	}
	_, ok, err := act[verifydesk.None](c, f, action, fields{"correction": c.r.PathValue("matter"), "ground": f.Value("ground")})
	if err != nil {
		return err
	}
	if !ok {
		return c.showCorrection(f)
	}
	return c.redirect("/corrections/next?done=" + done)
}
