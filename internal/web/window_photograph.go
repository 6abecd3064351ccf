package web

import (
	"bytes"
	"encoding/base64"
	"errors"
	"html/template"
	"image/jpeg"
	"slices"
	"strconv"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddesk"
	"github.com/huzheng/huzheng/internal/photo"
)

// overrideFrom is from which picture on another person may decide to use one that does not pass.
const overrideFrom = 3

// shotPage is the third step: the camera or a file; then the picture with what was measured.
type shotPage struct {
	*roadPage
	Shot      int // number of the picture, from 1
	Picture   template.URL
	Digest    string
	Verdict   photo.Verdict
	Problems  []*photo.Problem
	Findings  []photo.Finding // those that do not pass
	Passed    int
	Questions []photo.Question
	Usable    bool // as it is
	Override  bool // another person may decide
	Decide    []field
	Rules     []string
	File      field
}

func (s *Server) showPhotograph(c *call) error {
	a, f, err := c.applicationForm()
	if err != nil {
		return err
	}
	shot, _ := strconv.Atoi(c.r.URL.Query().Get("shot"))
	return c.showCamera(&shotPage{roadPage: c.roadPage(a, 2, f), Shot: max(1, min(shot, maxShot))})
}

// maxShot keeps the number of the picture within reason.
const maxShot = 99

// showCamera shows the camera and the field for a file.
func (c *call) showCamera(p *shotPage) error {
	for _, rule := range []string{"window.rule.face", "window.rule.wall", "window.rule.dress", "window.rule.light"} {
		p.Rules = append(p.Rules, c.t(rule))
	}
	p.File = field{ID: fieldID("picture"), Name: "picture", Label: c.t("window.photo.file"), Type: "image/jpeg,image/png", Error: p.Form.Error("picture")}
	return c.page(p.Form.status(), "window-photograph", p)
}

// tryPhotograph measures a picture, brings it to the card's form and shows it. It records nothing: a person decides which picture is used.
func (s *Server) tryPhotograph(c *call) error {
	a, err := c.application()
	if err != nil {
		return err
	}
	f, err := c.readFields()
	if err != nil {
		return err
	}
	shot, _ := strconv.Atoi(f.Value("shot"))
	p := &shotPage{roadPage: c.roadPage(a, 2, f), Shot: max(1, min(shot, maxShot))}
	data, err := c.picture()
	if err != nil {
		return err
	}
	if data == nil {
		f.wrong("picture", c.t("window.no_picture"), c.t("window.no_picture.mend"))
		return c.showCamera(p)
	}
	if err := c.judge(p, data); err != nil {
		return err
	}
	return c.showShot(p, f)
}

// picture is the file that was sent; nil: none.
func (c *call) picture() ([]byte, error) {
	if c.r.MultipartForm == nil {
		return nil, nil
	}
	for _, header := range c.r.MultipartForm.File["picture"] {
		if header.Size > 0 {
			return readPart(header)
		}
	}
	return nil, nil
}

// judge normalises and measures a picture and keeps what would be used of it.
func (c *call) judge(p *shotPage, data []byte) error {
	kept, checked := normalised(data)
	p.report(&checked.Report)
	if kept == nil {
		return nil
	}
	digest, err := c.upload(kept)
	if err != nil {
		return err
	}
	p.Digest = digest
	p.Picture = template.URL("data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(kept))
	return nil
}

// normalised brings a picture to the card's form. One that has it already and passes stays as it is; one that cannot be normalised is shown as it would be cut, for a person
// to look at; nil: it cannot even be read.
func normalised(data []byte) ([]byte, photo.Checked) {
	if cardForm(data) {
		if checked := photo.Check(data, photo.Options{}); checked.Report.Verdict == photo.Pass {
			return data, checked
		}
	}
	n, err := photo.Normalise(data, photo.Options{})
	if err == nil {
		return n.JPEG, n.Check
	}
	checked := photo.Check(data, photo.Options{})
	var problem *photo.Problem
	if errors.As(err, &problem) && len(checked.Report.Problems) == 0 {
		checked.Report.Problems = append(checked.Report.Problems, problem)
	}
	checked.Report.Verdict = photo.Fail
	checked.Report.Findings = slices.DeleteFunc(checked.Report.Findings, func(f photo.Finding) bool { return f.Check == "C1" }) // it is no card picture yet
	if checked.Picture == nil {
		return nil, checked
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, checked.Picture, &jpeg.Options{Quality: cutQuality}); err != nil {
		return nil, checked
	}
	return out.Bytes(), checked
}

// cardForm tells whether a file is a JPEG of the card's size.
func cardForm(data []byte) bool {
	config, err := jpeg.DecodeConfig(bytes.NewReader(data))
	profile, _ := photo.ProfileNamed("")
	return err == nil && config.Width == profile.Width && config.Height == profile.Height
}

// cutQuality is the quality of a picture that only a person may let pass.
const cutQuality = 95

func (p *shotPage) report(r *photo.Report) {
	p.Verdict, p.Questions = r.Verdict, r.Questions
	for _, one := range r.Problems {
		if one.Verdict != photo.Pass {
			p.Problems = append(p.Problems, one)
		}
	}
	for _, f := range r.Findings {
		if f.Verdict == photo.Warn || f.Verdict == photo.Fail {
			p.Findings = append(p.Findings, f)
			continue
		}
		p.Passed++
	}
}

// showShot shows a measured picture with what may be done with it.
func (c *call) showShot(p *shotPage, f *form) error {
	if p.Digest == "" {
		return c.showCamera(p)
	}
	p.Usable = p.Verdict != photo.Fail
	p.Override = !p.Usable && p.Shot >= overrideFrom
	if p.Override {
		var err error
		if p.Decide, err = c.controlsOf(f, "card.photograph", "override.by", "override.words"); err != nil {
			return err
		}
		p.Decide[0].Label, p.Decide[0].Hint, p.Decide[0].Required = c.t("window.override.by"), c.t("window.override.by.hint"), true
		p.Decide[1].Label, p.Decide[1].Hint, p.Decide[1].Required = c.t("window.override.words"), c.t("window.override.words.hint"), true
	}
	return c.page(f.status(), "window-photograph", p)
}

// usePhotograph records the picture that was shown, with what is measured of it now. One that does not pass needs another person's word.
func (s *Server) usePhotograph(c *call) error {
	a, err := c.application()
	if err != nil {
		return err
	}
	f, err := c.readFields()
	if err != nil {
		return err
	}
	data, err := c.shown(f.Value("photo"))
	if err != nil {
		return err
	}
	if data == nil {
		return c.redirect(applicationPath(a.ID, "photograph"))
	}
	shot, _ := strconv.Atoi(f.Value("shot"))
	p := &shotPage{roadPage: c.roadPage(a, 2, f), Shot: shot, Digest: f.Value("photo"), Picture: template.URL("data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(data))}
	report := photo.Check(data, photo.Options{}).Report
	p.report(&report)
	in := fields{"application": a.ID, "photo": p.Digest, "measures": report.Measures(), "device": f.Value("device")}
	if f.Value("device") == "" {
		in["device"] = purposeOf("window.device.file")
	}
	if p.Verdict == photo.Fail {
		in["override"] = card.Override{By: f.Value("override.by"), Words: f.Value("override.words")}
	}
	_, ok, err := act[carddesk.Reached](c, f, "card.photograph", in)
	if err != nil {
		return err
	}
	if !ok {
		return c.showShot(p, f)
	}
	if !c.may("card.confirm") { // the photographer's next one
		return c.redirect("/waiting/opened?shot=" + strconv.Itoa(p.Shot))
	}
	return c.redirect(applicationPath(a.ID, "next"))
}

// shown gives the picture that a form names, where it is one in the card's form; nil otherwise: no other attachment is shown by its name.
func (c *call) shown(digest string) ([]byte, error) {
	if digest == "" || !c.s.Office.Blobs.Has(digest) {
		return nil, nil
	}
	data, err := c.s.Office.Blobs.Get(digest)
	if err != nil || !cardForm(data) {
		return nil, err
	}
	return data, nil
}

// shownMeasure writes a finding's measure with its unit.
func shownMeasure(f photo.Finding) string {
	if f.Value == nil {
		return ""
	}
	return photo.Number(*f.Value) + " " + f.Unit
}
