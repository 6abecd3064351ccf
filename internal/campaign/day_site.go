package campaign

import (
	"context"
	"fmt"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/site"
)

// train lets the city train its own people and the counties', and each county its stations': course, examination, certificate. Some fail and pass later.
func (c *Campaign) train(ctx context.Context) error {
	for _, trainer := range c.units {
		if trainer.code.Level() == event.Station {
			continue
		}
		var course struct {
			Course string `json:"course"`
		}
		posts := []string{"acceptance", "photograph", "fee", "registration", "visit", "review", "signing", "decision", "check", "making", "custody"}
		if err := trainer.do(ctx, office.Administrator, "site.open_course", object{"title": "二代证换发业务培训班", "place": trainer.name, "from": c.date, "to": c.date.AddDays(5), "posts": posts}, &course); err != nil {
			return err
		}
		var logins []string
		var first, again []object
		for _, u := range c.units {
			if u != trainer && u.parent != trainer || u.code.Level() == event.County && u == trainer {
				continue
			}
			for _, role := range rolesAt(u.code.Level()) {
				if !examined(role) {
					continue
				}
				name := login(role, u.code)
				score := 62 + trainer.chance.IntN(37)
				if trainer.chance.IntN(12) == 0 {
					first = append(first, object{"login": name, "score": 40 + trainer.chance.IntN(15), "practical": true})
					again = append(again, object{"login": name, "score": score, "practical": true})
				} else {
					first = append(first, object{"login": name, "score": score, "practical": true})
				}
				logins = append(logins, name)
			}
		}
		if err := trainer.do(ctx, office.Administrator, "site.attend", object{"course": course.Course, "logins": logins}, nil); err != nil {
			return err
		}
		for i, results := range [][]object{first, again} {
			if len(results) == 0 {
				continue
			}
			if err := trainer.do(ctx, office.Administrator, "site.certify", object{"course": course.Course, "place": trainer.name, "paper": fmt.Sprintf("2005-%d", i+1),
				"task": "完整办理一件", "results": results}, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// examined tells whether a role is examined at all.
func examined(role office.Role) bool {
	return role != office.Administrator && role != office.Finance && role != office.Auditor
}

// equipUnits lets each unit have what the norm asks: who buys delivers, and the unit installs, tests and takes into service.
func (c *Campaign) equipUnits(ctx context.Context, delivered bool) error {
	for _, u := range c.units {
		for _, norm := range site.EquipmentNorm {
			for n := range norm.At(u.code.Level()) {
				asset := fmt.Sprintf("%s-%s-%d", u.code, norm.Type, n+1)
				buyer := u.parent
				if buyer == nil {
					buyer = u
				}
				by, input := u, object{"asset": asset, "steps": []string{"installed", "tested", "in_service"}, "sheet": "T-" + asset}
				if !delivered {
					by, input = buyer, object{"unit": u.code, "asset": asset, "type": norm.Type, "steps": []string{"delivered"}, "serial": "SN-" + asset,
						"supplier": "政府采购中标单位", "price_fen": 250_000, "warranty": c.date.AddYears(1)}
				}
				if err := by.do(ctx, office.Leader, "site.equip", input, nil); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// layLines states what line each unit has, and names who answers for the work.
func (c *Campaign) layLines(ctx context.Context) error {
	for _, u := range c.units {
		if err := u.do(ctx, office.Leader, "site.fill_seat", object{"body": "answerable", "name": operatorName(u.code, 0)}, nil); err != nil {
			return err
		}
		if u.parent == nil || u.at.road == byDisk && u.at.unit == u.code {
			continue
		}
		for _, state := range []object{{"state": "cabled", "carrier": "adsl"}, {"state": "connected"}, {"state": "tested", "carrier": "adsl", "kbps": 512}} {
			if err := u.do(ctx, office.Leader, "site.state_line", state, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// declare lets every unit say that it is ready.
func (c *Campaign) declare(ctx context.Context) error {
	for _, u := range c.units {
		if err := u.do(ctx, office.Leader, "site.declare_ready", object{}, nil); err != nil {
			return err
		}
	}
	return nil
}

// startGround is why units start although not everybody in their area is verified yet.
const startGround = "核对随换证同步进行,比例另行上报"

// open takes units below on in their lives: the first stations as pilots, the others one after another; the word takes its time on the disk road, so it is
// given some days before.
func (u *unit) open(ctx context.Context) error {
	c := u.c
	for _, below := range c.units {
		if below.parent != u && !(below == u && u.parent == nil) {
			continue
		}
		first, last := c.plan.start[below.code], c.pilotEnd()
		var stages []string
		switch {
		case below.code.Level() != event.Station:
			if c.day == 0 {
				stages = []string{"ready", "started"}
			}
		case c.day == 0 && first <= 1:
			stages = []string{"ready", "pilot"}
		case first <= 1 && c.day == last:
			stages = []string{"started"}
		case first > 1 && c.day == max(0, first-startNotice):
			stages = []string{"ready", "started"}
		}
		for _, stage := range stages {
			if err := u.do(ctx, office.Leader, "site.decide_stage", object{"unit": below.code, "stage": stage, "override": startGround}, nil); err != nil {
				return err
			}
			c.counts.add(what("stage "+stage), 1)
		}
	}
	return nil
}

// startNotice is how many working days before its start a station is told.
const startNotice = 5
