package road

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/synth"
)

// object is a JSON object as an action's input.
type object = map[string]any

func result[T any](o outcome) (T, error) {
	var v T
	err := json.Unmarshal(o.Result, &v)
	return v, err
}

func (d *Demo) siteOf(unit event.Unit) *site {
	if unit == networkUnit {
		return d.networks
	}
	return d.disks
}

// bookSize is how many receipts a station gets.
const bookSize = 5000

// equip gives the stations what they number with: sequences for newborns, and receipts.
func (d *Demo) equip(ctx context.Context, _ *Summary) error {
	var batch []act
	for i, unit := range []event.Unit{networkUnit, diskUnit} {
		batch = append(batch,
			act{login("reviewer", countyUnit), "register.allot_numbers", object{"station": unit, "birth_from": "2005-08-01", "birth_to": "2005-12-31", "per_day": 4}},
			act{login("finance", countyUnit), "fund.issue_receipts", object{"station": unit, "from": 1 + bookSize*i, "to": bookSize * (i + 1)}})
	}
	if _, err := d.must(ctx, d.county, batch...); err != nil {
		return err
	}
	return d.exchange(ctx)
}

// adult finds the n-th adult of a station who heads no household (so that moving leaves no house without a head).
func (d *Demo) adult(unit event.Unit, n int) *synth.Person {
	for i := range d.people[unit] {
		p := &d.people[unit][i]
		if p.Birth.AgeOn(d.today()) >= 18 && p.Relation != "02" {
			if n--; n < 0 {
				return p
			}
		}
	}
	return nil
}

// tenure looks a person up by number, as a clerk does, with the purpose that the access log keeps.
func (d *Demo) tenure(ctx context.Context, unit event.Unit, number, purpose string) (string, error) {
	out, err := d.must(ctx, d.siteOf(unit), act{login("clerk", unit), "register.find", object{"number": number, "purpose": purpose}})
	if err != nil {
		return "", err
	}
	found, err := result[[]struct {
		Unit   event.Unit `json:"unit"`
		Tenure string     `json:"tenure"`
		State  string     `json:"state"`
	}](out[0])
	if err != nil {
		return "", err
	}
	for _, f := range found {
		if f.Unit == unit && f.State == "open" {
			return f.Tenure, nil
		}
	}
	return "", fmt.Errorf("%s is not registered at %s: %s", number, unit, out[0].Result)
}

// register plays walk 4 and walk 2: a birth at the station without a line, a move to it by its stream, and a move from it on the
// signed paper, which the disk's stream confirms later.
func (d *Demo) register(ctx context.Context, summary *Summary) error {
	if err := d.birth(ctx); err != nil {
		return err
	}
	summary.Births++
	toDisk, err := d.moveOut(ctx, networkUnit, diskUnit)
	if err != nil {
		return err
	}
	toNetwork, err := d.moveOut(ctx, diskUnit, networkUnit)
	if err != nil {
		return err
	}
	if err := d.moveIn(ctx, networkUnit, object{"paper": toNetwork.Paper}, true); err != nil {
		return err
	}
	if err := d.exchange(ctx); err != nil {
		return err
	}
	if err := d.moveIn(ctx, diskUnit, object{"to_tenure": toDisk.ToTenure}, false); err != nil {
		return err
	}
	summary.Moves += 2
	return d.exchange(ctx)
}

func (d *Demo) birth(ctx context.Context) error {
	var mother *synth.Person
	for i := range d.people[diskUnit] {
		p := &d.people[diskUnit][i]
		if age := p.Birth.AgeOn(d.today()); p.Sex == citizen.Female && p.Relation == "10" && age >= 20 && age <= 40 {
			mother = p
			break
		}
	}
	if mother == nil {
		return fmt.Errorf("no young mother among %d residents; take more", len(d.people[diskUnit]))
	}
	_, err := d.must(ctx, d.disks, act{login("clerk", diskUnit), "register.birth", object{"name": familyOf(mother.Name) + "新生", "sex": "2",
		"birth_date": "2005-08-28", "ethnic_group": mother.EthnicGroup, "mother_number": mother.Number, "follow": "mother", "relation": "30",
		"certificate": object{"kind": "birth_certificate", "number": "B220000001", "issued_on": "2005-08-29", "issuer": "市妇产医院"}, "booklet": true}})
	return err
}

func familyOf(name string) string { return string([]rune(name)[:1]) }

type movedOut struct {
	ToTenure string `json:"to_tenure"`
	Paper    string `json:"paper"`
}

func (d *Demo) moveOut(ctx context.Context, from, to event.Unit) (movedOut, error) {
	person := d.adult(from, 0)
	tenure, err := d.tenure(ctx, from, person.Number, "迁出登记")
	if err != nil {
		return movedOut{}, err
	}
	out, err := d.must(ctx, d.siteOf(from), act{login("clerk", from), "register.move_out", object{"tenure": tenure, "to_unit": to, "on": d.today(), "reason": "0408"}})
	if err != nil {
		return movedOut{}, err
	}
	// From now on the other station owns the person.
	if err := d.refused(ctx, d.siteOf(from), act{login("clerk", from), "register.death", object{"tenure": tenure, "date": d.today()}}, "register.not_owner"); err != nil {
		return movedOut{}, err
	}
	return result[movedOut](out[0])
}

func (d *Demo) moveIn(ctx context.Context, at event.Unit, which object, provisional bool) error {
	input := object{"household_no": "900001", "address": "吉林省长春市南关区和平路1号1栋1单元101室", "relation": "02", "on": d.today()}
	for k, v := range which {
		input[k] = v
	}
	out, err := d.must(ctx, d.siteOf(at), act{login("clerk", at), "register.move_in", input})
	if err != nil {
		return err
	}
	in, err := result[struct {
		Provisional bool `json:"provisional"`
	}](out[0])
	if err == nil && in.Provisional != provisional {
		err = fmt.Errorf("the move in at %s is provisional: %v", at, in.Provisional)
	}
	return err
}

// application follows one application through the demonstration.
type application struct {
	home   event.Unit
	person *synth.Person
	id     string
	card   string
	dead   bool
}

// queue is who comes on the first day: people of 16 and over who keep living where they are.
func (d *Demo) queue(unit event.Unit) []*application {
	var all []*application
	skip := d.adult(unit, 0)
	for i := range d.people[unit] {
		p := &d.people[unit][i]
		if p != skip && p.Birth.AgeOn(d.today()) >= 16 && len(all) < maxQueue {
			all = append(all, &application{home: unit, person: p})
		}
	}
	return all
}

// maxQueue bounds the applications of one station.
const maxQueue = 40

// accept plays a day at both windows: calling in, opening, photograph, signed form, fee or waiver.
func (d *Demo) accept(ctx context.Context, _ *Summary) error {
	photo, form, err := d.pictures()
	if err != nil {
		return err
	}
	queues := map[event.Unit][]*application{networkUnit: d.queue(networkUnit), diskUnit: d.queue(diskUnit)}
	window := func(unit event.Unit) func(context.Context) error {
		return func(ctx context.Context) error {
			if err := d.open(ctx, unit, queues[unit]); err != nil {
				return err
			}
			if err := d.capture(ctx, unit, queues[unit], photo, form); err != nil {
				return err
			}
			return d.settleFees(ctx, unit, queues[unit])
		}
	}
	if err := d.both(ctx, window(networkUnit), window(diskUnit)); err != nil {
		return err
	}
	d.counts.waived = len(queues)
	d.counts.apps = append(queues[networkUnit], queues[diskUnit]...)
	first := d.counts.apps[0]
	return d.refused(ctx, d.siteOf(first.home), act{login("clerk", first.home), "card.open", object{"number": first.person.Number, "kind": "exchange"}}, "card.already_open")
}

// pictures writes the two attachments that every application of the demonstration uses: a grey test card in place of a face, and a form.
func (d *Demo) pictures() (photo, form string, err error) {
	photo, form = filepath.Join(d.Dir, "photo.jpg"), filepath.Join(d.Dir, "form.txt")
	if err := os.WriteFile(photo, testCard(), 0o600); err != nil {
		return "", "", err
	}
	return photo, form, os.WriteFile(form, []byte("居民身份证申领登记表（演示）\n"), 0o600)
}

// open calls the queue in and then accepts its applications.
func (d *Demo) open(ctx context.Context, unit event.Unit, apps []*application) error {
	var calls, opens []act
	for _, a := range apps {
		calls = append(calls, act{login("clerk", unit), "card.call_in", object{"number": a.person.Number, "turn_on": d.today(), "way": "slip"}})
		opens = append(opens, act{login("clerk", unit), "card.open", object{"number": a.person.Number, "kind": "exchange"}})
	}
	outcomes, err := d.must(ctx, d.siteOf(unit), append(calls, opens...)...)
	if err != nil {
		return err
	}
	for i, o := range outcomes[len(calls):] {
		opened, err := result[struct {
			Application string `json:"application"`
		}](o)
		if err != nil {
			return err
		}
		apps[i].id = opened.Application
	}
	return nil
}

func (d *Demo) capture(ctx context.Context, unit event.Unit, apps []*application, photo, form string) error {
	var batch []act
	for _, a := range apps {
		signer := object{"application": a.id, "form": "@" + form, "signer": "self"}
		batch = append(batch,
			act{login("photographer", unit), "card.photograph", object{"application": a.id, "photo": "@" + photo, "measures": object{"width": 358, "height": 441}, "device": "DEMO-1"}},
			act{login("clerk", unit), "card.confirm", signer})
	}
	_, err := d.must(ctx, d.siteOf(unit), batch...)
	return err
}

// settleFees collects from everyone, and waives the fee of the first applicant of each station.
func (d *Demo) settleFees(ctx context.Context, unit event.Unit, apps []*application) error {
	batch := make([]act, len(apps))
	for i, a := range apps {
		batch[i] = act{login("cashier", unit), "fund.collect", object{"application": a.id}}
	}
	batch[0] = act{login("cashier", unit), "fund.waive", object{"application": apps[0].id, "ground": "urban_allowance", "certificate": "DB-" + string(unit), "office": "街道民政科"}}
	if _, err := d.must(ctx, d.siteOf(unit), batch...); err != nil {
		return err
	}
	return d.refused(ctx, d.siteOf(unit), act{login("cashier", unit), "fund.collect", object{"application": apps[1].id}}, "fund.settled")
}
