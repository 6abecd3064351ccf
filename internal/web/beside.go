package web

import (
	"net/url"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/verify"
	"github.com/huzheng/huzheng/internal/verify/verifydesk"
)

// record stands beside a list, in the shape of the part "record": what a clerk who works down the list asks of one row before going on to it.
type record struct {
	Title   string
	Notices []notice
	Facts   []fact
	Photo   string // its address; empty: none
	Href    string // the row's own page, where the work goes on
	Close   string
}

// besideField names in a list's address the row whose record stands beside it.
const besideField = "beside"

// beside offers the record of each row beside the list, and reads the one that the address names; nil: none. Key names a row's record. Beside a record the list keeps the
// columns of narrow: there is room for what tells one row from the other.
func (c *call) beside(t *table, narrow []int, read func(key string) (*record, error)) (shown *record, err error) {
	chosen := c.r.URL.Query().Get(besideField)
	for i := range t.Rows {
		r := &t.Rows[i]
		r.Beside = c.addressWith(besideField, r.Key)
		if r.Key != chosen || shown != nil {
			continue
		}
		if shown, err = read(r.Key); err != nil {
			return nil, err
		}
		r.Tone, t.Narrow = "selected", narrow
		shown.Href, shown.Close = r.Href, c.address("export", besideField).RequestURI()
	}
	return shown, nil
}

// applicationRecord is an application as it stands beside a list: whose it is, where it stands and since when, and what is to be known before the next step.
func (c *call) applicationRecord(id string) (*record, error) {
	a, err := c.applicationOf(id)
	if err != nil {
		return nil, err
	}
	r := &record{Title: a.Face.Name + " " + a.AcceptanceNo, Facts: append(c.faceFacts(a),
		fact{Label: c.cardLabel("kind"), Text: codeWords("card.Kind", string(a.Kind)).In(c.lang)}, fact{Label: c.cardLabel("stage"), Text: codeWords("card.Stage", string(a.Stage)).In(c.lang)},
		fact{Label: c.t("queue.since"), Text: instant(a.Since)}, fact{Label: c.cardLabel("promised_on"), Text: shownDate(a.PromisedOn)})}
	if why := c.returned(a); why != nil {
		r.Notices = append(r.Notices, *why)
	}
	for _, w := range c.warnings(a) {
		r.Notices = append(r.Notices, notice{Tone: "warn", Title: w.Text.In(c.lang)})
	}
	if a.Photo != "" {
		r.Photo = "/photo/" + url.PathEscape(a.ID)
	}
	return r, nil
}

// caseRecord is a case as it stands beside a list: what it is, until when, and the registrations that it is about.
func (c *call) caseRecord(matter string) (*record, error) {
	shown, err := ask[verifydesk.Shown](c, "verify.show", fields{"matter": matter, "purpose": c.purposeOf("case")})
	if err != nil {
		return nil, err
	}
	r := &record{Title: c.t("clean.case")}
	units := make(map[event.Unit]bool)
	for _, side := range shown.Sides {
		opened, _, ok := lastStep[verify.CaseOpened](side, verify.KindCaseOpened)
		if side.Class != verify.ClassCase || !ok || units[side.Unit] {
			continue
		}
		units[side.Unit] = true
		r.Title = Titled(c.caseKind(opened.Kind))
		r.Facts = append(r.Facts, fact{Label: label(c.lang)("unit"), Text: c.s.units.name(side.Unit), Tone: "wide"}, fact{Label: c.t("clean.col.stage"), Text: codeWords("verify.list.stage", side.Stage).In(c.lang)},
			fact{Label: c.t("clean.col.due"), Text: shownDate(side.Due)})
		for _, person := range c.caseSide(shown, side, opened).Persons {
			r.Facts = append(r.Facts, person.Facts...)
		}
	}
	return r, nil
}
