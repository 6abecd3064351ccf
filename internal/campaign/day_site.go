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

// Grounds on which units start although not everything is met.
const (
	pilotGround = "试点先行，核对随试点进行"
	startGround = "核对未达比例，限期内补齐"
)

// open takes units below on in their lives: the first stations as pilots, the others as soon as they are ready, or at the deadline with a ground.
func (u *unit) open(ctx context.Context) error {
	c := u.c
	for _, below := range c.units {
		if below.parent != u && !(below == u && u.parent == nil) {
			continue
		}
		var err error
		switch pilot := c.plan.pilots[below.code]; {
		case below.code.Level() != event.Station:
			if c.day == 0 {
				err = u.decide(ctx, below, pilotGround, "ready", "started")
			}
		case pilot && c.day == 0:
			err = u.decide(ctx, below, pilotGround, "ready", "pilot")
		case pilot && c.day == c.pilotEnd():
			err = u.decide(ctx, below, startGround, "started")
		case !pilot && !u.hall.opened[below.code] && c.day > c.pilotEnd() && (c.day%lookEvery == 0 || c.day >= c.deadline()):
			err = u.openStation(ctx, below)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// lookEvery is how many working days lie between two looks at a station's readiness.
const lookEvery = 3

// openStation starts a station that is ready. The word takes its time on the disk road, so it opens its window some days later.
func (u *unit) openStation(ctx context.Context, below *unit) error {
	if !u.hall.opened[below.code] && !u.hall.ripe[below.code] {
		if err := u.decide(ctx, below, "", "ready"); err != nil {
			return err
		}
		u.hall.ripe[below.code] = true
	}
	ground := ""
	if u.c.day >= u.c.deadline() {
		ground = startGround
	}
	started, err := u.start(ctx, below, "started", ground)
	if err == nil && started {
		u.hall.opened[below.code] = true
		u.c.courier.open(below, u.c.day+startNotice)
	}
	return err
}

// decide decides stages, each with a ground where it is not ready without.
func (u *unit) decide(ctx context.Context, below *unit, ground string, stages ...string) error {
	for _, stage := range stages {
		if _, err := u.start(ctx, below, stage, ground); err != nil {
			return err
		}
	}
	return nil
}

// start decides one stage: without a ground if the unit is ready, else with the ground, if there is one.
func (u *unit) start(ctx context.Context, below *unit, stage, ground string) (done bool, err error) {
	input := object{"unit": below.code, "stage": stage}
	code, err := u.try(ctx, office.Leader, "site.decide_stage", input, nil, "site.not_ready")
	if err != nil || code == "" {
		if err == nil && stage == "started" && below.window != nil {
			u.c.counts.add(startedReady, 1)
		}
		return err == nil, err
	}
	if ground == "" {
		return false, nil
	}
	input["override"] = ground
	if below.window != nil {
		u.c.counts.add(overridden, 1)
	}
	return true, u.do(ctx, office.Leader, "site.decide_stage", input, nil)
}

// Things that starts count.
const (
	startedReady what = "stations started ready"
	overridden   what = "stations started or piloted by override"
)

// startNotice is how many working days before its start a station is told.
const startNotice = 3
