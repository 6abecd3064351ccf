package web

import (
	"net/url"

	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register/registerdesk"
	"github.com/huzheng/huzheng/internal/verify"
	"github.com/huzheng/huzheng/internal/verify/verifydesk"
	"github.com/huzheng/huzheng/internal/words"
)

// fieldRoad is verification in the households and the clean-up of the register: visits, comparisons, corrections, cases.
var fieldRoad = road{
	routes: func(s *Server) {
		s.get("/visits", s.visits)
		s.get("/visits/next", s.nextVisit)
		s.get("/visits/sheets", s.visitSheets)
		s.get("/visit/{unit}/{household}", s.showVisit)
		s.post("/visit/{unit}/{household}", s.saveVisit)
		s.get("/compare/{unit}/{household}", s.showCompare)
		s.post("/compare/{unit}/{household}", s.saveCompare)
		s.get("/comparisons", s.comparisons)
		s.get("/comparison/{matter}", s.comparison)
		s.post("/comparison/{matter}", s.orderDone)
		s.get("/corrections", s.corrections)
		s.get("/corrections/next", s.nextCorrection)
		s.get("/correction/{matter}", s.correction)
		s.post("/correction/{matter}", s.judgeCorrection)
		s.get("/correct/{tenure}", s.showCorrect)
		s.post("/correct/{tenure}", s.saveCorrect)
		s.get("/cases", s.cases)
		s.get("/case/{matter}", s.showCase)
		s.get("/case/{matter}/{act}", s.showCaseAct)
		s.post("/case/{matter}/{act}", s.doCaseAct)
		s.get("/case/{matter}/notice/{tenure}", s.caseNotice)
		s.get("/case/{matter}/decision/{unit}", s.caseDecision)
		s.get("/rules", s.showRun)
		s.post("/rules", s.doRun)
		s.get("/rules/{tenure}", s.checkPerson)
		s.get("/verification", s.verification)
	},
	menu: []entry{
		{Label: "clean.menu.visits", Href: "/visits", Action: "verify.visited", Count: verifyWaiting(func(w verifydesk.Waiting) int { return w.Visits })},
		{Label: "clean.menu.revisits", Href: "/visits", Action: "verify.revisit"},
		{Label: "clean.menu.comparisons", Href: "/comparisons", Action: "verify.order_done", Count: verifyWaiting(func(w verifydesk.Waiting) int { return w.Orders })},
		{Label: "clean.menu.corrections", Href: "/corrections", Action: "verify.approve_correction", Count: verifyWaiting(func(w verifydesk.Waiting) int { return w.Corrections })},
		{Label: "clean.menu.cases", Href: "/cases", Action: "verify.waiting", Only: []office.Role{office.AreaOfficer, office.Clerk, office.Reviewer, office.Leader},
			Count: verifyWaiting(func(w verifydesk.Waiting) int { return w.Cases })},
		{Label: "clean.menu.verification", Href: "/verification", Action: "verify.progress"},
	},
}

// verifyWaiting is a number at the left, out of the one count of what waits for the unit.
func verifyWaiting(of func(verifydesk.Waiting) int) func(*call) (int64, error) {
	return func(c *call) (int64, error) {
		w, err := ask[verifydesk.Waiting](c, "verify.waiting", fields{})
		return int64(of(w)), err
	}
}

// purposeOf is the purpose under which a page of this part looks at people.
func (c *call) purposeOf(page string) string { return words.Get("clean.purpose." + page).ZH }

// person reads a registration as it is today.
func (c *call) person(tenure, purpose string) (verifydesk.ShownPerson, error) {
	out, err := ask[registerdesk.AsOfOutput](c, "register.as_of", fields{"tenure": tenure, "date": c.businessDay(), "purpose": purpose})
	at := verifydesk.ShownPerson{Tenure: tenure, Unit: out.Unit, State: out.Today.State}
	if out.Today.Record != nil {
		at.Record = *out.Today.Record
	}
	return at, err
}

// residentHref is the page of a registration, for who may see it.
func (c *call) residentHref(tenure string) string {
	if tenure == "" || !c.may("register.resident") {
		return ""
	}
	return "/resident/" + url.PathEscape(tenure)
}

// personIn finds a registration among those that a matter speaks of.
func personIn(shown verifydesk.Shown, tenure string) verifydesk.ShownPerson {
	for _, p := range shown.Persons {
		if p.Tenure == tenure {
			return p
		}
	}
	return verifydesk.ShownPerson{Tenure: tenure}
}

// itemWords is an item's value in words: a code of a table said, a date and a text as they are.
func (c *call) itemWords(item, value string) string {
	if tables[item] != nil && value != "" {
		return codeWords(item, value).In(c.lang)
	}
	return value
}

// clearMatter reads a matter with its steps.
func (c *call) clearMatter(purpose string) (verifydesk.Shown, error) {
	return ask[verifydesk.Shown](c, "verify.show", fields{"matter": c.r.PathValue("matter"), "purpose": purpose})
}

// lastStep decodes the newest step of a kind.
func lastStep[T any](side verifydesk.ShownSide, kind string) (body T, step verifydesk.ShownStep, ok bool) {
	for _, st := range side.Steps {
		if st.Kind == kind {
			body, step, ok = stepBody[T](st), st, true
		}
	}
	return body, step, ok
}

// itemOptions are items of a record to choose from, by name.
func (c *call) itemOptions(names []string) []option {
	options := make([]option, len(names))
	for i, name := range names {
		options[i] = option{Value: name, Label: label(c.lang)(name)}
	}
	return options
}

// chosen marks an option as selected.
func chosen(options []option, value string) []option {
	marked := make([]option, len(options))
	for i, o := range options {
		o.Selected = o.Value == value
		marked[i] = o
	}
	return marked
}

var visitMarks = []string{verify.MarkNotHere, verify.MarkCancellable}
