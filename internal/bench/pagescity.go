package bench

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/node"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/site/sitedesk"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/verify"
	"golang.org/x/sync/errgroup"
)

// Size of what has happened in the city before anybody opens a page.
const (
	leastStations    = 4
	pageApplications = 2000 // at most; and at most one for every tenth resident
	pageVisits       = 200
	pageCases        = 100
	pageOrders       = 20
)

// pageCity is one node that serves a city, a county and its stations, with residents, and work at every stage.
type pageCity struct {
	*pipeline            // the three offices, all at the one node
	queue     sync.Mutex // over who waits
	node      *node.Node
	share     int // residents of each station
	people    []person
}

// person is what a page is searched by.
type person struct{ number, name, household, address string }

// post is one operator.
type post struct {
	unit event.Unit
	role office.Role
	no   int // the how manieth of the kind
}

func (p post) login() string {
	if p.no == 0 {
		return loginOf(p.role, p.unit)
	}
	return fmt.Sprintf("%s-%d", loginOf(p.role, p.unit), p.no+1)
}

// pagePosts are the twenty at work: every role, most of them at the window.
func pagePosts() []post {
	var all []post
	for _, kind := range []struct {
		unit event.Unit
		role office.Role
		n    int
	}{
		{pipelineStation, office.Clerk, 5}, {pipelineStation, office.Photographer, 2}, {pipelineStation, office.Cashier, 1}, {pipelineStation, office.AreaOfficer, 2},
		{pipelineStation, office.Leader, 1}, {pipelineCounty, office.Reviewer, 1}, {pipelineCounty, office.Issuer, 1}, {pipelineCounty, office.Finance, 1},
		{pipelineCounty, office.Leader, 1}, {pipelineCity, office.Reviewer, 1}, {pipelineCity, office.Leader, 1}, {pipelineCity, office.Communications, 1},
		{pipelineCity, office.Auditor, 1}, {pipelineCity, office.Administrator, 1},
	} {
		for no := range kind.n {
			all = append(all, post{kind.unit, kind.role, no})
		}
	}
	return all
}

// foundPageCity makes the node with its units, operators and residents.
func foundPageCity(ctx context.Context, p *pipeline, residents int) (*pageCity, error) {
	city, err := p.open(ctx, pipelineCity)
	if err != nil {
		return nil, err
	}
	c := &pageCity{pipeline: p, node: city.node, share: min(perStation, (residents+leastStations-1)/leastStations)}
	p.city = city
	p.county, p.station = &pipelineNode{node: c.node, unit: pipelineCounty}, &pipelineNode{node: c.node, unit: pipelineStation}
	if err := c.node.Exchange.Found(ctx, ""); err != nil {
		return c, err
	}
	if err := sitedesk.Bootstrap(ctx, c.node.Office, pipelineCity, "市局", "root", "op-root"); err != nil {
		return c, err
	}
	if err := c.foundUnits(ctx, stations(residents, c.share)); err != nil {
		return c, err
	}
	file := filepath.Join(p.options.Dir, "pages.csv")
	if err := writePeople(file, residents, c.share); err != nil {
		return c, err
	}
	for _, one := range stationPeople(0, min(c.share, residents), pipelineStation) {
		c.people = append(c.people, person{one.Number, one.Name, one.HouseholdNo, one.Address})
	}
	return c, importFile(ctx, c.node, file, residents)
}

// foundUnits founds county and stations, appoints and certifies everybody, and takes the units to their start.
func (c *pageCity) foundUnits(ctx context.Context, stations []event.Unit) error {
	root := office.Operator{ID: "op-root", Login: "root", Unit: pipelineCity, Roles: []office.Role{office.Administrator}}
	for _, unit := range append([]event.Unit{pipelineCounty}, stations...) {
		kind := map[event.Level]string{event.County: "bureau", event.Station: "station"}[unit.Level()]
		if err := c.city.as(ctx, root, "site.found_unit", input{"unit": unit, "name": string(unit), "kind": kind}, nil); err != nil {
			return err
		}
	}
	posts := pagePosts()
	for unit, roles := range rolesOf {
		for _, role := range roles {
			if one := (post{unit, role, 0}); !slices.Contains(posts, one) {
				posts = append(posts, one)
			}
		}
	}
	for _, one := range posts {
		if err := c.city.as(ctx, root, "site.appoint", input{"login": one.login(), "name": "某某", "unit": one.unit, "roles": []office.Role{one.role}}, nil); err != nil {
			return err
		}
	}
	offices := map[event.Unit]*pipelineNode{pipelineCity: c.city, pipelineCounty: c.county, pipelineStation: c.station}
	for _, n := range offices {
		if err := n.callStaff(ctx); err != nil {
			return err
		}
	}
	if err := c.callOthers(ctx); err != nil {
		return err
	}
	if err := start(ctx, offices); err != nil {
		return err
	}
	return c.certifyOthers(ctx, posts)
}

// callOthers finds the operators who are not in the pipeline.
func (c *pageCity) callOthers(ctx context.Context) error {
	return c.node.DB.Read(ctx, func(tx *store.Tx) error {
		by, ok, err := c.node.Office.Directory.Operator(ctx, tx, loginOf(office.AreaOfficer, pipelineStation))
		if err == nil && !ok {
			err = errors.New("no area officer")
		}
		c.station.staff[office.AreaOfficer] = by
		return err
	})
}

// certifyOthers certifies those of the station whom the start has left out.
func (c *pageCity) certifyOthers(ctx context.Context, posts []post) error {
	var results []input
	for _, one := range posts {
		if one.unit == pipelineStation && (one.no > 0 || !slices.Contains(rolesOf[one.unit], one.role)) {
			results = append(results, input{"login": one.login(), "score": 90, "practical": true})
		}
	}
	return c.county.do(ctx, office.Administrator, "site.certify", input{"place": "培训班", "paper": "2", "task": "完整办理一件", "results": results}, nil)
}

// admit gives every operator who opens pages a password. It takes its time on purpose (argon2id).
func (c *pageCity) admit(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, one := range pagePosts() {
		group.Go(func() error { return c.node.Office.SetPassword(ctx, one.login(), pagePassword) })
	}
	return group.Wait()
}

// work lets the offices do what they would have done in some weeks, and leave it at every stage.
func (c *pageCity) work(ctx context.Context, residents int) error {
	if err := c.county.do(ctx, office.Finance, "fund.issue_receipts", input{"station": pipelineStation, "from": 1, "to": receiptBook}, nil); err != nil {
		return err
	}
	if err := c.invite(ctx); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{c.lead, c.visit, c.openCases} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return c.apply(ctx, min(pageApplications, residents/10, len(c.waiting)/2))
}

// comers takes the next grown-ups from the list.
func (c *pageCity) comers(n int) []string {
	c.queue.Lock()
	defer c.queue.Unlock()
	n = min(n, len(c.waiting))
	next := c.waiting[:n]
	c.waiting = c.waiting[n:]
	return next
}

func (c *pageCity) acceptAll(ctx context.Context, n int) error {
	for _, tenure := range c.comers(n) {
		if err := c.accept(ctx, tenure); err != nil {
			return err
		}
	}
	return nil
}

// apply opens applications: half of them go through to cards, most of which are handed over; a tenth each stays signed, reviewed, confirmed and opened.
func (c *pageCity) apply(ctx context.Context, total int) error {
	if err := c.acceptAll(ctx, total/2); err != nil {
		return err
	}
	if err := c.makeCards(ctx); err != nil {
		return err
	}
	tenth := total / 10
	for _, done := range [][]string{{"card.review", "card.sign"}, {"card.review"}, nil} {
		if err := c.acceptAll(ctx, tenth); err != nil {
			return err
		}
		for i, action := range done {
			role, stage := office.Reviewer, card.StageConfirmed
			if i > 0 {
				role, stage = office.Issuer, card.StageReviewed
			}
			if err := c.county.each(ctx, role, stage, action); err != nil {
				return err
			}
		}
	}
	for _, tenure := range c.comers(tenth) {
		if err := c.station.do(ctx, office.Clerk, "card.open", input{"tenure": tenure, "kind": "first"}, nil); err != nil {
			return err
		}
	}
	return nil
}

// makeCards takes what is confirmed to the station as cards, and hands four of five over.
func (c *pageCity) makeCards(ctx context.Context) (err error) {
	if _, err := c.atCounty(ctx); err != nil {
		return err
	}
	if c.toCounty, err = c.atCity(ctx); err != nil {
		return err
	}
	boxes, err := c.atCounty(ctx)
	if err != nil {
		return err
	}
	for _, one := range boxes {
		if err := c.station.do(ctx, office.Clerk, "card.count", input{"consignment": one.consignment, "cards": one.cards}, nil); err != nil {
			return err
		}
	}
	came, err := c.station.list(ctx, office.Clerk, card.StageArrived)
	if err != nil {
		return err
	}
	for i, application := range came {
		if i%5 == 4 {
			continue
		}
		if err := c.handOver(ctx, application); err != nil {
			return err
		}
	}
	return nil
}

// visit goes to households.
func (c *pageCity) visit(ctx context.Context) error {
	var plan struct {
		Households []struct {
			HouseholdNo string `json:"household_no"`
			Members     []struct {
				Tenure string `json:"tenure"`
			} `json:"members"`
		} `json:"households"`
	}
	if err := c.station.do(ctx, office.AreaOfficer, "verify.visit_plan", input{"purpose": "入户核对", "limit": pageVisits}, &plan); err != nil {
		return err
	}
	today := citizen.DateOf(c.node.Now())
	for _, h := range plan.Households {
		var present []string
		for _, m := range h.Members {
			present = append(present, m.Tenure)
		}
		if err := c.station.do(ctx, office.AreaOfficer, "verify.visited", input{"household_no": h.HouseholdNo, "on": today, "signed": "户主", "present": present}, nil); err != nil {
			return err
		}
	}
	return nil
}

// openCases opens cases about people who are said to be dead.
func (c *pageCity) openCases(ctx context.Context) error {
	for _, tenure := range c.comers(min(pageCases, len(c.waiting)/10)) {
		if err := c.station.do(ctx, office.AreaOfficer, "verify.open_case", input{"kind": verify.CaseDead, "tenures": []string{tenure}, "clue": "邻居反映"}, nil); err != nil {
			return err
		}
	}
	return nil
}

// lead makes the plan, spreads quotas and gives orders.
func (c *pageCity) lead(ctx context.Context) error {
	today := citizen.DateOf(c.node.Now())
	if err := c.city.do(ctx, office.Leader, "programme.adopt_plan", input{}, nil); err != nil {
		return err
	}
	if err := c.city.do(ctx, office.Leader, "programme.spread_quotas", input{"year": today.Year(), "total": 100_000, "from": today.Month()}, nil); err != nil {
		return err
	}
	if err := c.county.do(ctx, office.Leader, "programme.spread_quotas", input{"year": today.Year()}, nil); err != nil {
		return err
	}
	for i := range pageOrders {
		to, above := pipelineStation, c.county
		if i%2 == 0 {
			to, above = pipelineCounty, c.city
		}
		if err := above.do(ctx, office.Leader, "programme.order", input{"to": to, "task": "加快办理积压件", "due": today.AddDays(14),
			"figures": []input{{"figure": "accepted", "from": today.AddDays(-7), "to": today.AddDays(-1)}}}, nil); err != nil {
			return err
		}
	}
	return nil
}
