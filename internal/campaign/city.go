package campaign

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/node"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/personfile"
	"github.com/huzheng/huzheng/internal/synth"
)

// cityCode is the city bureau.
const cityCode event.Unit = "220100"

// administrator is the city's first administrator.
const administrator = "admin"

// layOut decides the tree of units and nodes. The units are the synthetic city's. A county has a node of its own, but the second one, which the city's
// node serves; of each county's stations the first has a line, the second a disk, and the others are served by the node above.
func (c *Campaign) layOut() error {
	synthetic, err := synth.NewCity(c.synthetic())
	if err != nil {
		return err
	}
	log := slog.New(slog.DiscardHandler)
	for _, s := range synthetic.Units() {
		up := c.unit(s.Parent)
		var above *place
		if up != nil {
			above = up.at
		}
		at := above
		switch level := s.Code.Level(); {
		case level == event.City:
			at = &place{name: "city", unit: s.Code, listens: true, address: c.Address, log: log}
		case level == event.County && s.OwnNode:
			at = &place{name: "county-" + string(s.Code), unit: s.Code, parent: above, road: byNetwork, listens: true, log: log}
		case level == event.Station && c.below(up) < 2:
			at = &place{name: "station-" + string(s.Code), unit: s.Code, parent: above, road: []road{byNetwork, byDisk}[c.below(up)], log: log}
		}
		if at != above {
			c.places = append(c.places, at)
		}
		if above != nil && above.unit != cityCode { // the county takes its stations over from the city, and gives some of them on
			above.serves = append(above.serves, s.Code)
		}
		c.add(s.Code, s.Name, up, at)
	}
	for i, p := range c.places {
		p.dir = filepath.Join(c.Dir, p.name)
		p.skew = time.Duration(i%5-2) * time.Minute
	}
	return nil
}

func (c *Campaign) below(up *unit) (n int) {
	for _, u := range c.units {
		if u.parent == up {
			n++
		}
	}
	return n
}

// synthetic is the configuration of the synthetic city.
func (c *Campaign) synthetic() synth.CityConfig {
	return synth.CityConfig{Seed: c.Seed, Residents: c.Residents, Stations: c.Stations, On: c.From.AddDays(-1), Errors: 1}
}

func (c *Campaign) add(code event.Unit, name string, parent *unit, at *place) *unit {
	u := &unit{c: c, code: code, name: name, parent: parent, at: at, staff: make(map[office.Role]office.Operator),
		absent: make(map[office.Role]bool), chance: c.chance(code, "day")}
	if code.Level() == event.Station {
		u.window = newWindow()
	} else {
		u.hall = &hall{ordered: make(map[event.Unit]bool), moved: make(map[event.Unit][]string), ripe: make(map[event.Unit]bool), opened: make(map[event.Unit]bool)}
	}
	at.units = append(at.units, u)
	c.units = append(c.units, u)
	return u
}

// found makes the city's node, the units and the operators.
func (c *Campaign) found(ctx context.Context) error {
	c.date = c.From.AddDays(-preparationDays)
	c.setPlan()
	city := c.places[0]
	if err := city.found(ctx, c.at(openingHour), c.city().name, administrator); err != nil {
		return err
	}
	by, err := city.node.Office.SignIn(ctx, administrator, Password)
	if err != nil {
		return err
	}
	boss := c.city()
	boss.staff[office.Administrator] = by
	for _, u := range c.units[1:] {
		kind := "bureau"
		if u.code.Level() == event.Station {
			kind = "station"
		}
		if err := boss.do(ctx, office.Administrator, "site.found_unit", object{"unit": u.code, "name": u.name, "kind": kind}, nil); err != nil {
			return err
		}
	}
	for _, u := range c.units {
		for i, role := range rolesAt(u.code.Level()) {
			input := object{"login": login(role, u.code), "name": operatorName(u.code, i), "unit": u.code, "roles": []office.Role{role}}
			if err := boss.do(ctx, office.Administrator, "site.appoint", input, nil); err != nil {
				return err
			}
		}
	}
	for _, u := range city.units {
		if err := u.signIn(ctx); err != nil {
			return err
		}
	}
	return city.serve(ctx)
}

// operatorName is a made-up name.
func operatorName(code event.Unit, n int) string {
	family := []rune("赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨")
	given := []rune("明华强平安宁和顺德文武斌")
	h := mix(string(code) + string(rune('a'+n)))
	return string([]rune{family[h%uint64(len(family))], given[h/16%uint64(len(given))], given[h/256%uint64(len(given))]})
}

// golive imports each station's old database into its stream, which the city hosts at first (walk 6).
func (c *Campaign) golive(ctx context.Context) error {
	if err := c.populate(); err != nil {
		return err
	}
	for _, u := range c.stations() {
		path := filepath.Join(c.Dir, "old-"+string(u.code)+".csv")
		if err := writeOld(path, u.window.people, nil); err != nil {
			return err
		}
		result, err := c.importOld(ctx, path, u)
		if err != nil {
			return err
		}
		loaded := result.Loaded
		c.counts.add(quarantined, result.Bad)
		if result.Bad > 0 { // somebody mends them by the forms, and imports them again
			aside, err := putAside(path + ".errors.csv")
			if err != nil {
				return err
			}
			mended := filepath.Join(c.Dir, "old-"+string(u.code)+"-mended.csv")
			if err := writeOld(mended, u.window.people, aside); err != nil {
				return err
			}
			if result, err = c.importOld(ctx, mended, u); err != nil {
				return err
			}
			loaded += result.Loaded
		}
		if loaded != len(u.window.people) {
			return fmt.Errorf("%s: %d of %d loaded", filepath.Base(path), loaded, len(u.window.people))
		}
		c.counts.add(imported, loaded)
	}
	return nil
}

func (c *Campaign) importOld(ctx context.Context, path string, u *unit) (*node.Imported, error) {
	return importFile(ctx, c.places[0].node, c.city().staff[office.Administrator], path, u.code)
}

// Import brings a further file of a station in, at the node that writes for it, as huzheng import does; rows that are put aside are an error.
func (c *Campaign) Import(ctx context.Context, station event.Unit, path string) error {
	u := c.unit(station)
	by := u.staff[office.Leader]
	by.Roles = []office.Role{office.Administrator} // a station has none of its own
	result, err := importFile(ctx, u.at.node, by, path, station)
	if err == nil && result.Bad > 0 {
		err = fmt.Errorf("campaign: %s: %d of %d rows were put aside", filepath.Base(path), result.Bad, result.Rows)
	}
	return err
}

// importFile imports a person file of one station, as huzheng import does.
func importFile(ctx context.Context, n *node.Node, by office.Operator, path string, unit event.Unit) (*node.Imported, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	sum := sha256.New()
	size, err := io.Copy(sum, in)
	if err != nil {
		return nil, err
	}
	reader, err := personfile.Open(filepath.Base(path), in, size, personfile.Options{})
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	aside, err := os.Create(path + ".errors.csv")
	if err != nil {
		return nil, err
	}
	defer aside.Close()
	return n.Import(ctx, by, reader, personfile.NewErrorWriter(aside), node.Import{Unit: unit, File: filepath.Base(path),
		Digest: hex.EncodeToString(sum.Sum(nil)), Source: "computer"})
}

// join makes the other nodes: the county's takes over its own and its stations' streams from the city, and the stations' nodes take over theirs.
func (c *Campaign) join(ctx context.Context) error {
	err := c.each(ctx, func(ctx context.Context, p *place) error {
		if p.parent == nil {
			return nil
		}
		return p.make(ctx, c.at(openingHour))
	})
	if err != nil {
		return err
	}
	for _, p := range c.places[1:] {
		if err := p.join(ctx); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}

// join lets the parent admit the node, takes over what is its own, and lets its people sign in.
func (p *place) join(ctx context.Context) error {
	if err := p.admitted(ctx, p.parent.administrator()); err != nil {
		return err
	}
	if err := p.meet(ctx); err != nil {
		return err
	}
	for _, u := range p.units {
		if err := u.signIn(ctx); err != nil {
			return err
		}
	}
	return p.serve(ctx)
}

// administrator is who is in charge of a place's node.
func (p *place) administrator() office.Operator { return p.units[0].staff[office.Administrator] }

// meet exchanges with the parent by the place's road.
func (p *place) meet(ctx context.Context) error {
	if p.road == byDisk {
		return p.visit(ctx)
	}
	return p.sync(ctx)
}
