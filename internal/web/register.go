package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register/registerdb"
	"github.com/huzheng/huzheng/internal/register/registerdesk"
	"github.com/huzheng/huzheng/internal/store"
)

// registerRoad is the register at the window: a person, a household, each change of the register, what waits, and what is printed.
var registerRoad = road{
	routes: func(s *Server) {
		s.get("/register", s.registerHome)
		s.get("/resident/{tenure}", s.showResident)
		s.get("/resident/{tenure}/history", s.showHistory)
		s.post("/resident/{tenure}/papers", s.bringPapers)
		s.get("/household/{unit}/{no}", s.showHousehold)
		for i := range registerActs {
			a := &registerActs[i]
			s.get(a.path(), s.showAct(a))
			s.post(a.path(), s.doAct(a))
		}
		s.get("/register/receipt/{token}", s.registerReceipt)
		s.get("/register/pending", s.pendingMatters)
		s.get("/register/pending/{submission}", s.showMatter)
		s.post("/register/pending/{submission}", s.doMatter)
		s.get("/register/missing", s.missingPapers)
		s.get("/register/moves", s.waitingMoves)
		s.get("/register/moves/person/{request}", s.requestedPerson)
		s.get("/register/print/booklet/{unit}/{no}", s.printBooklet)
		s.get("/register/print/missing/{tenure}", s.printMissing)
		s.get("/register/print/move/{tenure}", s.printMove)
		s.get("/register/print/death/{tenure}", s.printDeath)
	},
	menu: []entry{
		{Label: "register.menu", Href: "/register", Only: []office.Role{office.Clerk}},
		{Label: "register.menu.pending", Href: "/register/pending", Action: "register.pending", Count: registerWaiting(registerdb.CountMatters)},
		{Label: "register.menu.missing", Href: "/register/missing", Action: "register.missing", Levels: []event.Level{event.Station}, Count: registerWaiting(registerdb.CountPapers)},
		{Label: "register.menu.moves", Href: "/register/moves", Action: "register.moves", Levels: []event.Level{event.Station}, Count: registerWaiting(registerdb.CountMoves)},
	},
}

// registerWaiting is the number behind an entry of the menu.
func registerWaiting(of func(context.Context, *store.Tx, event.Unit) (int64, error)) func(*call) (int64, error) {
	return func(c *call) (n int64, err error) {
		err = c.s.Office.DB.Read(c.ctx(), func(tx *store.Tx) (err error) {
			n, err = of(c.ctx(), tx, c.by.Unit)
			return err
		})
		return n, err
	}
}

// resident reads a person at the window.
func (c *call) resident(tenure string) (registerdesk.ResidentShown, error) {
	return ask[registerdesk.ResidentShown](c, "register.resident", fields{"tenure": tenure, "purpose": windowPurpose()})
}

// household reads a household at the window.
func (c *call) household(unit event.Unit, no string) (registerdesk.HouseholdShown, error) {
	return ask[registerdesk.HouseholdShown](c, "register.household", fields{"unit": unit, "household_no": no, "purpose": windowPurpose()})
}

func residentPath(tenure string) string { return "/resident/" + url.PathEscape(tenure) }

func householdPath(unit event.Unit, no string) string {
	return "/household/" + url.PathEscape(string(unit)) + "/" + url.PathEscape(no)
}

// registerLink is an act that a page offers.
type registerLink struct {
	Href, Label string
	Main        bool
}

// offer keeps the links whose action the operator may do.
func (c *call) offer(all []offered) []registerLink {
	var links []registerLink
	for _, one := range all {
		if c.may(one.action) {
			links = append(links, registerLink{Href: one.href, Label: c.t("register.do." + one.name), Main: one.main})
		}
	}
	return links
}

// offered is a link to an act, by the action behind it.
type offered struct {
	name, action, href string
	main               bool
}

// generic is the page of an action that has no page made by hand.
func generic(name, action string) offered {
	return offered{name: name, action: action, href: "/do/" + action}
}

func byHand(name, action string) offered {
	return offered{name: name, action: action, href: "/register/" + name}
}

// registerGroups is every act and list of the register under what a clerk calls it.
var registerGroups = []struct {
	name string
	all  []offered
}{
	{"birth", []offered{byHand("birth", "register.birth"), byHand("late-entry", "register.late_entry"), generic("report", "register.report_event")}},
	{"death", []offered{byHand("death", "register.death"), generic("answer-report", "register.answer_report")}},
	{"moves", []offered{byHand("move-out", "register.move_out"), byHand("move-in", "register.move_in"), byHand("move-out-together", "register.move_out_together"),
		byHand("move-in-together", "register.move_in_together"), byHand("request-move-in", "register.request_move_in"), generic("refuse-move", "register.refuse_move"),
		generic("return-move", "register.return_move"), {name: "moves", action: "register.moves", href: "/register/moves"}}},
	{"household", []offered{byHand("set-up", "register.set_up_household"), byHand("split", "register.split_household"), byHand("merge", "register.merge_households"),
		byHand("householder", "register.change_householder"), byHand("address", "register.change_address"), byHand("join", "register.join_household"),
		generic("change-household", "register.change_household"), byHand("dissolve", "register.dissolve_household"), generic("without-head", "register.households_without_head")}},
	{"items", []offered{byHand("correct", "register.correct"), byHand("change-class", "register.change_class"), generic("propose", "verify.propose_correction")}},
	{"ending", []offered{byHand("cancel", "register.cancel"), byHand("remove", "register.remove"), byHand("restore", "register.restore"),
		{name: "pending", action: "register.pending", href: "/register/pending"}}},
	{"papers", []offered{{name: "missing", action: "register.missing", href: "/register/missing"}, generic("bring-papers", "register.bring_papers"),
		generic("ask-papers", "register.ask_papers"), generic("requirements", "register.requirements")}},
	{"places", []offered{generic("places", "register.places"), generic("add-place", "register.add_place"), generic("change-place", "register.change_place"),
		generic("remove-place", "register.remove_place"), generic("redivision", "register.order_redivision")}},
	{"numbers", []offered{generic("allot", "register.allot_numbers")}},
	{"lists", []offered{generic("late", "register.late_declarations"), generic("count", "register.count"), generic("find", "register.search"), generic("as-of", "register.as_of")}},
}

// registerHome lists every act of the register that the operator may do.
func (s *Server) registerHome(c *call) error {
	type group struct {
		Title string
		Links []registerLink
	}
	var groups []group
	for _, g := range registerGroups {
		if links := c.offer(g.all); len(links) > 0 {
			groups = append(groups, group{c.t("register.home." + g.name), links})
		}
	}
	return c.page(http.StatusOK, "register", groups)
}

// codesOf gives a table's rows of one group in use; an empty group all of them.
func codesOf(table *citizen.Table, group string) func() []citizen.Code {
	return func() []citizen.Code {
		var seen []string
		var all []citizen.Code
		for _, row := range table.All() {
			if (group == "" || row.Group == group) && row.Code != "" && !slices.Contains(seen, row.Code) {
				seen, all = append(seen, row.Code), append(all, row)
			}
		}
		return all
	}
}

// label is the catalogue's name of a field of an action.
func (c *call) label(action, name string) string {
	return fieldLabel(action, member{name: name}, c.lang)
}
