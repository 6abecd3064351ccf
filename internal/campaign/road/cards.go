package road

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"

	"github.com/huzheng/huzheng/internal/event"
)

// testCard is a grey picture in the card photograph's size (358 x 441): no face, real or invented, is needed here.
func testCard() []byte {
	picture := image.NewGray(image.Rect(0, 0, 358, 441))
	for y := range 441 {
		for x := range 358 {
			picture.SetGray(x, y, color.Gray{Y: uint8(255 - (x+y)%97)})
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, picture, &jpeg.Options{Quality: 80}); err != nil { // a buffer takes everything
		panic(err)
	}
	return out.Bytes()
}

// countyWork reviews and signs, returns one photograph, and learns in the middle of it that an applicant has died.
func (d *Demo) countyWork(ctx context.Context, summary *Summary) error {
	if err := d.advance(ctx, 1); err != nil {
		return err
	}
	returned, dying := d.counts.apps[1], d.counts.apps[len(d.counts.apps)-1]
	var reviews, signs []act
	for _, a := range d.counts.apps {
		if a == returned {
			reviews = append(reviews, act{login("reviewer", countyUnit), "card.return", object{"application": a.id, "reason": "photo", "words": "面部反光，请重新照相"}})
			continue
		}
		reviews = append(reviews, act{login("reviewer", countyUnit), "card.review", object{"application": a.id}})
		if a != dying {
			signs = append(signs, act{login("issuer", countyUnit), "card.sign", object{"application": a.id}})
		}
	}
	if _, err := d.must(ctx, d.county, reviews...); err != nil {
		return err
	}
	d.counts.returned++
	if err := d.die(ctx, dying); err != nil {
		return err
	}
	summary.Deaths++
	if err := d.exchange(ctx); err != nil {
		return err
	}
	if _, err := d.must(ctx, d.county, signs...); err != nil {
		return err
	}
	if err := d.refused(ctx, d.county, act{login("issuer", countyUnit), "card.sign", object{"application": dying.id}}, "card.stage"); err != nil {
		return err
	}
	return d.exchange(ctx)
}

// die registers a death; the station's own reaction withdraws the application.
func (d *Demo) die(ctx context.Context, a *application) error {
	tenure, err := d.tenure(ctx, a.home, a.person.Number, "死亡注销")
	if err != nil {
		return err
	}
	a.dead = true
	_, err = d.must(ctx, d.siteOf(a.home), act{login("clerk", a.home), "register.death", object{"tenure": tenure, "date": d.today(),
		"paper": object{"kind": "death_certificate", "number": "S220000001", "issued_on": d.today(), "issuer": "市医院"}}})
	return err
}

// living lists the applications that go on.
func (d *Demo) living(except ...*application) []*application {
	var all []*application
	for _, a := range d.counts.apps {
		skip := a.dead
		for _, e := range except {
			skip = skip || a == e
		}
		if !skip {
			all = append(all, a)
		}
	}
	return all
}

// cityWork checks, orders, lets the maker make, and takes its feedback in.
func (d *Demo) cityWork(ctx context.Context, _ *Summary) error {
	if err := d.advance(ctx, 1); err != nil {
		return err
	}
	if err := d.check(ctx, d.living(d.counts.apps[1])); err != nil {
		return err
	}
	if err := d.orderAndMake(ctx, 1); err != nil {
		return err
	}
	return d.exchange(ctx)
}

func (d *Demo) check(ctx context.Context, apps []*application) error {
	batch := make([]act, len(apps))
	for i, a := range apps {
		batch[i] = act{login("reviewer", cityUnit), "card.check", object{"application": a.id}}
	}
	_, err := d.must(ctx, d.city, batch...)
	return err
}

// orderAndMake writes an order file, hands it to the maker's own process, and takes the feedback file in. Packages are counted at once.
func (d *Demo) orderAndMake(ctx context.Context, n int) error {
	out, err := d.must(ctx, d.city, act{login("issuer", cityUnit), "card.order", object{}})
	if err != nil {
		return err
	}
	order, err := result[struct {
		Order  string `json:"order"`
		Digest string `json:"digest"`
	}](out[0])
	if err != nil {
		return err
	}
	file, feedback := filepath.Join(d.Dir, fmt.Sprintf("order-%d.tar", n)), filepath.Join(d.Dir, fmt.Sprintf("feedback-%d.jsonl", n))
	if _, err := d.command(ctx, nil, "maker", "order", order.Digest, file, "-c", d.city.config()); err != nil {
		return err
	}
	if _, err := d.command(ctx, nil, "maker", "make", file, feedback, "--verifier", filepath.Join(d.city.dir, "city.verifier")); err != nil {
		return err
	}
	if out, err = d.must(ctx, d.city, act{login("communications", cityUnit), "card.feedback", object{"digest": "@" + feedback}}); err != nil {
		return err
	}
	taken, err := result[struct {
		Packages []struct {
			Package string `json:"package"`
			Cards   []struct {
				Application string `json:"application"`
				CardNo      string `json:"card_no"`
			} `json:"cards"`
		} `json:"packages"`
	}](out[0])
	if err != nil {
		return err
	}
	var counts []act
	for _, p := range taken.Packages {
		numbers := make([]string, len(p.Cards))
		for i, c := range p.Cards {
			numbers[i] = c.CardNo
			d.noteCard(c.Application, c.CardNo)
		}
		counts = append(counts, act{login("reviewer", cityUnit), "card.count", object{"consignment": p.Package, "cards": numbers}})
	}
	_, err = d.must(ctx, d.city, counts...)
	return err
}

func (d *Demo) noteCard(application, card string) {
	for _, a := range d.counts.apps {
		if a.id == application {
			a.card = card
		}
	}
}

// secondRound photographs the returned applicant again and takes the application through every step.
func (d *Demo) secondRound(ctx context.Context, _ *Summary) error {
	if err := d.advance(ctx, 1); err != nil {
		return err
	}
	again := []*application{d.counts.apps[1]}
	home := again[0].home
	if err := d.capture(ctx, home, again, filepath.Join(d.Dir, "photo.jpg"), filepath.Join(d.Dir, "form.txt")); err != nil {
		return err
	}
	if err := d.exchange(ctx); err != nil {
		return err
	}
	if _, err := d.must(ctx, d.county, act{login("reviewer", countyUnit), "card.review", object{"application": again[0].id}},
		act{login("issuer", countyUnit), "card.sign", object{"application": again[0].id}}); err != nil {
		return err
	}
	if err := d.sync(ctx, d.county); err != nil {
		return err
	}
	if err := d.check(ctx, again); err != nil {
		return err
	}
	return d.orderAndMake(ctx, 2)
}

// handOver sends the cards down tier by tier, counts them at each, and gives them to their holders, the old cards in.
func (d *Demo) handOver(ctx context.Context, _ *Summary) error {
	if err := d.advance(ctx, 20); err != nil {
		return err
	}
	down, err := d.consign(ctx, d.city, login("issuer", cityUnit), countyUnit)
	if err != nil {
		return err
	}
	if err := d.exchange(ctx); err != nil {
		return err
	}
	if err := d.count(ctx, d.county, login("reviewer", countyUnit), down); err != nil {
		return err
	}
	parts := make(map[event.Unit]consignment)
	for _, unit := range []event.Unit{networkUnit, diskUnit} {
		if parts[unit], err = d.consign(ctx, d.county, login("issuer", countyUnit), unit); err != nil {
			return err
		}
	}
	if err := d.exchange(ctx); err != nil {
		return err
	}
	for _, unit := range []event.Unit{networkUnit, diskUnit} {
		if err := d.count(ctx, d.siteOf(unit), login("clerk", unit), parts[unit]); err != nil {
			return err
		}
		if err := d.collect(ctx, unit); err != nil {
			return err
		}
	}
	return d.exchange(ctx)
}

// consignment is what card.consign gives.
type consignment struct {
	ID    string `json:"consignment"`
	Cards []struct {
		CardNo string `json:"card_no"`
	} `json:"cards"`
}

func (d *Demo) consign(ctx context.Context, at *site, by string, to event.Unit) (consignment, error) {
	out, err := d.must(ctx, at, act{by, "card.consign", object{"to": to}})
	if err != nil {
		return consignment{}, err
	}
	return result[consignment](out[0])
}

func (d *Demo) count(ctx context.Context, at *site, by string, c consignment) error {
	numbers := make([]string, len(c.Cards))
	for i := range c.Cards {
		numbers[i] = c.Cards[i].CardNo
	}
	_, err := d.must(ctx, at, act{by, "card.count", object{"consignment": c.ID, "cards": numbers}})
	return err
}

// collect hands cards over; the last applicant of each station has not come yet.
func (d *Demo) collect(ctx context.Context, unit event.Unit) error {
	signature := filepath.Join(d.Dir, "signature.txt")
	if err := os.WriteFile(signature, []byte("签名（演示）\n"), 0o600); err != nil {
		return err
	}
	var mine []*application
	for _, a := range d.living() {
		if a.home == unit {
			mine = append(mine, a)
		}
	}
	var batch []act
	for _, a := range mine[:len(mine)-1] {
		batch = append(batch, act{login("clerk", unit), "card.hand_over", object{"application": a.id, "chip_number": a.person.Number, "receiver": "self",
			"signature": "@" + signature, "old": object{"generation": "1", "number": a.person.Number}}})
	}
	if _, err := d.must(ctx, d.siteOf(unit), batch...); err != nil {
		return err
	}
	d.counts.handed += len(batch)
	return nil
}

// remit closes the first day at each station, takes the money to the treasury and has it confirmed.
func (d *Demo) remit(ctx context.Context, _ *Summary) error {
	for _, unit := range []event.Unit{networkUnit, diskUnit} {
		if err := d.closeAndRemit(ctx, unit); err != nil {
			return err
		}
	}
	if err := d.exchange(ctx); err != nil {
		return err
	}
	for _, unit := range []event.Unit{networkUnit, diskUnit} {
		if err := d.confirm(ctx, unit); err != nil {
			return err
		}
	}
	return d.exchange(ctx)
}
