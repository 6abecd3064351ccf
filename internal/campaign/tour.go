package campaign

import (
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/personfile"
	"github.com/huzheng/huzheng/internal/synth"
	"github.com/huzheng/huzheng/internal/synth/portrait"
	"github.com/huzheng/huzheng/internal/web"
)

// OpenTour prepares the demonstration's walk: what a visitor meets, and where. The pages are open (OpenPages), and nothing is served yet.
func (c *Campaign) OpenTour(ctx context.Context) error {
	tour := &web.Tour{Password: Password, Home: c.places[0].pageURL() + "/tour", Pictures: samplePictures()}
	for _, step := range []func(context.Context) (web.TourStep, error){c.tourAccept, c.tourBirth, c.tourDisk, c.tourCase, c.tourBoard, c.tourMoney} {
		one, err := step(ctx)
		if err != nil {
			return err
		}
		tour.Steps = append(tour.Steps, one)
	}
	for i, p := range c.places {
		p.node.Tour = tour
		if i > 0 {
			p.node.Tour = &web.Tour{Password: Password, Home: tour.Home, Pictures: tour.Pictures}
		}
	}
	return nil
}

func (p *place) pageURL() string { return "http://" + p.pages.Addr().String() }

// link leads into a page as the one who has a role at a unit.
func (u *unit) link(key string, role office.Role, to string) web.TourLink {
	return web.TourLink{Key: key, Node: u.at.pageURL(), As: login(role, u.code), To: to}
}

// adultAge is that of people who sign themselves.
const adultAge = 18

// station finds the first station whose place goes a road and has a node of its own.
func (c *Campaign) station(r road) *unit {
	for _, u := range c.units {
		if u.code.Level() == event.Station && u.at.road == r && u.at.unit == u.code {
			return u
		}
	}
	return nil
}

// sampleSeed draws the two photographs that a visitor may save, tiltedSample is the number of the tilted one: by 16 degrees, more than can be levelled, so that the advice is to sit straight.
const (
	sampleSeed   = 1
	tiltedSample = 29
)

// samplePictures are a photograph that keeps the rules and one that is tilted: drawn faces, of nobody.
func samplePictures() map[string][]byte {
	good := portrait.Draw(sampleSeed, 0)
	for i := 1; !good.Truth.Good(); i++ {
		good = portrait.Draw(sampleSeed, i)
	}
	return map[string][]byte{"good.jpg": good.JPEG, "bad.jpg": portrait.Draw(sampleSeed, tiltedSample).JPEG}
}

// tourAccept finds somebody whose papers and computer record differ, and who has not come yet.
func (c *Campaign) tourAccept(ctx context.Context) (web.TourStep, error) {
	u := c.station(byNetwork)
	var told web.TourFact
	var failed error
	fits := func(r *resident) (ok bool) {
		if failed == nil {
			told, ok, failed = u.inBooklet(ctx, r)
		}
		return ok
	}
	who := u.waiting(func(r *resident) bool {
		mistyped := func(p synth.Planted) bool {
			return p.Source == synth.Computer && (p.Column == personfile.Name || p.Column == personfile.BirthDate)
		}
		return slices.ContainsFunc(r.Planted, mistyped) && fits(r) && told.Key != ""
	})
	if who == nil { // every record is right: the booklet is not
		who = u.waiting(fits)
	}
	if failed != nil {
		return web.TourStep{}, failed
	}
	if who == nil {
		return web.TourStep{}, errors.New("tour: everybody has a card")
	}
	if told.Key == "" {
		told = web.TourFact{Key: "tour.accept.birth", Value: who.Birth.AddDays(1).String()}
	}
	return web.TourStep{Key: "accept", Told: told, Links: []web.TourLink{
		u.link("tour.accept.open", office.Clerk, "/accept?q="+who.number), {Key: "tour.accept.bad", Node: u.at.pageURL(), File: "bad.jpg"},
		{Key: "tour.accept.good", Node: u.at.pageURL(), File: "good.jpg"}}}, nil
}

// inBooklet tells what the booklet has, which is right, where the register has another name or birth date; no key: it has the same. ok is false where it has somebody else, or several, under the number.
func (u *unit) inBooklet(ctx context.Context, r *resident) (told web.TourFact, ok bool, err error) {
	var found []struct {
		State  string `json:"state"`
		Record struct {
			Name      string       `json:"name"`
			BirthDate citizen.Date `json:"birth_date"`
		} `json:"record"`
	}
	err = u.do(ctx, office.Clerk, "register.find", object{"number": r.number, "purpose": "窗口办理"}, &found)
	if err != nil || len(found) != 1 || found[0].State != "open" {
		return told, false, err
	}
	switch one := &found[0].Record; {
	case one.Name == r.Name && one.BirthDate == r.Birth:
		return told, true, nil
	case one.BirthDate == r.Birth:
		return web.TourFact{Key: "tour.accept.name", Value: r.Name}, true, nil
	case one.Name == r.Name:
		return web.TourFact{Key: "tour.accept.birth", Value: r.Birth.String()}, true, nil
	}
	return told, false, nil
}

// waiting finds an adult who is registered at a station, lives there and has not asked for a card.
func (u *unit) waiting(fits func(*resident) bool) *resident {
	i := slices.IndexFunc(u.window.people, func(r *resident) bool {
		return r.app == nil && !r.gone && r.number != "" && r.Lives() && r.Same == "" && r.Birth.AgeOn(u.c.date) >= adultAge && fits(r)
	})
	if i < 0 {
		return nil
	}
	return u.window.people[i]
}

// tourDisk lets a station's disk be pulled in mid-copy.
func (c *Campaign) tourDisk(ctx context.Context) (web.TourStep, error) {
	u := c.station(byDisk)
	up := u.parent
	for up.at != u.at.parent {
		up = up.parent
	}
	if err := os.MkdirAll(u.at.disk(), 0o700); err != nil {
		return web.TourStep{}, err
	}
	// There is always something to carry, whatever the visitor has done before.
	if err := u.do(ctx, office.Clerk, "register.add_place", object{"street": "向阳街", "door": "1", "on": c.date}, nil); err != nil {
		return web.TourStep{}, err
	}
	visit := "/exchange/disk?" + url.Values{"folder": {u.at.disk()}}.Encode()
	return web.TourStep{Key: "disk", Links: []web.TourLink{
		u.link("tour.disk.write", office.Leader, visit),
		{Key: "tour.disk.pull", Name: "pull", Act: func(context.Context) error { return cutNewest(u.at.disk()) }},
		up.link("tour.disk.read", office.Communications, visit), u.link("tour.disk.again", office.Leader, visit), up.link("tour.disk.accept", office.Communications, visit)}}, nil
}

// cutNewest leaves half of the newest parcel on a disk: what a disk is like that was pulled while it was written.
func cutNewest(disk string) error {
	var newest string
	var size, at int64
	err := filepath.WalkDir(disk, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".hzp") {
			return err
		}
		info, err := d.Info()
		if err == nil && info.ModTime().UnixNano() > at {
			newest, size, at = path, info.Size(), info.ModTime().UnixNano()
		}
		return err
	})
	if err != nil || newest == "" {
		return err
	}
	return os.Truncate(newest, size/2)
}

// tourBirth numbers a newborn at a station that has no line.
func (c *Campaign) tourBirth(context.Context) (web.TourStep, error) {
	u := c.station(byDisk)
	to := "/register/birth"
	mother := u.waiting(func(r *resident) bool { return r.Sex == citizen.Female && r.tenure != "" && r.Birth.AgeOn(c.date) < 40 })
	if mother != nil {
		to += "?mother_tenure=" + mother.tenure
	}
	return web.TourStep{Key: "birth", Links: []web.TourLink{u.link("tour.birth.open", office.Clerk, to)}}, nil
}

// tourCase finds one person with two registrations, and who acts next.
func (c *Campaign) tourCase(ctx context.Context) (web.TourStep, error) {
	found, ok, err := c.openDouble(ctx)
	if err != nil {
		return web.TourStep{}, err
	}
	step := web.TourStep{Key: "case"}
	if !ok {
		step.Links = append(step.Links, c.units[0].link("tour.case.list", office.Reviewer, "/cases?show=all&kind=double_registration"))
		return step, nil
	}
	page := "/case/" + found.Matter
	for _, u := range c.units {
		if u.code.Level() == event.Station && u.knows(ctx, found.Matter) {
			step.Links = append(step.Links, u.link("tour.case.hear", office.AreaOfficer, page))
			if u.withoutLine() { // what was heard there waits for the courier
				step.Links = append(step.Links, web.TourLink{Key: "tour.case.carry", Name: "carry-" + string(u.code), Act: u.at.visit})
			}
		}
	}
	for _, u := range c.units {
		if u.code == found.Decider {
			step.Links = append(step.Links, u.link("tour.case.propose", office.Reviewer, page), u.link("tour.case.decide", office.Leader, page))
		}
	}
	return step, nil
}

// openDouble finds a double registration that is not settled: one of a station without a line, where there is one, and of those the one that is furthest.
func (c *Campaign) openDouble(ctx context.Context) (matter, bool, error) {
	city, all := c.units[0], []matter{}
	for _, stage := range []string{"proposed", "heard", "opened", "decided"} {
		list, err := city.matters(ctx, office.Reviewer, "cases", stage)
		if err != nil {
			return matter{}, false, err
		}
		for _, m := range list {
			if m.Kind == "double_registration" {
				all = append(all, m)
			}
		}
	}
	for _, m := range all {
		if slices.ContainsFunc(c.units, func(u *unit) bool { return u.withoutLine() && u.knows(ctx, m.Matter) }) {
			return m, true, nil
		}
	}
	planted, ok, err := c.plantDouble(ctx, len(all) > 0)
	if err != nil || ok || len(all) == 0 {
		return planted, ok, err
	}
	return all[0], true, nil
}

// withoutLine tells whether a station's disk is carried to the node above.
func (u *unit) withoutLine() bool {
	return u.code.Level() == event.Station && u.at.road == byDisk && u.at.unit == u.code
}

// plantDouble opens a case about somebody who is registered at two stations and has none: when everything that was found has been settled already, or when only a case of a
// station without a line is wanted.
func (c *Campaign) plantDouble(ctx context.Context, carried bool) (matter, bool, error) {
	city := c.units[0]
	for _, r := range c.everyResident() {
		other := c.truth[r.Same]
		if other == nil || r.gone || other.gone || carried && !c.unit(r.Unit).withoutLine() && !c.unit(other.Unit).withoutLine() {
			continue
		}
		var tenures []string
		for _, one := range []*resident{r, other} {
			tenure, err := city.openTenure(ctx, one)
			if err != nil {
				return matter{}, false, err
			}
			if tenure != "" {
				tenures = append(tenures, tenure)
			}
		}
		if len(tenures) < 2 {
			continue
		}
		var opened struct {
			Case    string     `json:"case"`
			Decider event.Unit `json:"decider"`
		}
		code, err := city.try(ctx, office.Reviewer, "verify.open_case", object{"kind": "double_registration", "tenures": tenures, "clue": "群众反映一人两处落户"}, &opened, "verify.")
		if err != nil {
			return matter{}, false, err
		}
		if code == "" {
			return matter{Matter: opened.Case, Decider: opened.Decider}, true, c.everybody(ctx)
		}
	}
	return matter{}, false, nil
}

// everyResident lists those whom the stations know, station by station.
func (c *Campaign) everyResident() (all []*resident) {
	for _, u := range c.units {
		if u.window != nil {
			all = append(all, u.window.people...)
		}
	}
	return all
}

// openTenure finds a resident's registration that is open; empty where there is none.
func (u *unit) openTenure(ctx context.Context, r *resident) (string, error) {
	var found []struct {
		Tenure string     `json:"tenure"`
		Unit   event.Unit `json:"unit"`
		State  string     `json:"state"`
	}
	err := u.do(ctx, office.Reviewer, "register.find", object{"number": r.number, "purpose": "清理案件"}, &found)
	for _, one := range found {
		if one.State == "open" && one.Unit == r.Unit {
			return one.Tenure, err
		}
	}
	return "", err
}

// knows tells whether a station has a side of a case.
func (u *unit) knows(ctx context.Context, id string) bool {
	list, err := u.matters(ctx, office.AreaOfficer, "cases", "")
	return err == nil && slices.ContainsFunc(list, func(m matter) bool { return m.Matter == id })
}

func (c *Campaign) tourBoard(context.Context) (web.TourStep, error) {
	return web.TourStep{Key: "board", Links: []web.TourLink{c.units[0].link("tour.board.open", office.Leader, "/board")}}, nil
}

// tourMoney leads from the till of the clerk who took the fee of the first step to what the county's finance sees.
func (c *Campaign) tourMoney(context.Context) (web.TourStep, error) {
	u := c.station(byNetwork)
	return web.TourStep{Key: "money", Links: []web.TourLink{u.link("tour.money.till", office.Clerk, "/till"), u.parent.link("tour.money.county", office.Finance, "/money")}}, nil
}
