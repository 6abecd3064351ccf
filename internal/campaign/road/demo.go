package road

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/synth"
)

// Demo plays the road of a card through a small city: a city bureau, one county, two stations of which one is reached by disk alone, and
// a maker, each in processes of its own. Then it proves from the files that nothing was lost.
type Demo struct {
	Executable string // huzheng
	Dir        string // an empty folder
	Residents  int    // in both stations together
	Seed       uint64
	Postgres   string // DSN of an empty database for the city, which is then served by two processes; empty: SQLite
	Progress   func(zh, en string)

	clock    time.Time
	city     *site
	county   *site
	networks *site // the station with a line
	disks    *site // the station without one
	people   map[event.Unit][]synth.Person
	counts   counts
}

// counts is what the play itself has seen; the proof compares it with the journal.
type counts struct {
	returned, waived, handed int
	apps                     []*application
	remitted                 map[event.Unit]remitted
}

// Summary is what demo prints.
type Summary struct {
	Residents          int     `json:"residents"`
	Accepted           int     `json:"accepted"`
	Made               int     `json:"made"`
	HandedOver         int     `json:"handed_over"`
	Returned           int     `json:"returned"`
	FeesFen            int64   `json:"fees_fen"`
	RemittedFen        int64   `json:"remitted_fen"`
	Waived             int     `json:"waived"`
	ParcelsNetwork     int     `json:"parcels_network"`
	ParcelsDisk        int     `json:"parcels_disk"`
	ConservationErrors int     `json:"conservation_errors"`
	JournalErrors      int     `json:"journal_errors"`
	RebuildDifferences int     `json:"rebuild_differences"`
	SliceDifferences   int     `json:"slice_differences"`
	PlantedFaults      int     `json:"planted_faults"`
	PlantedFound       int     `json:"planted_found"`
	Births             int     `json:"births"`
	Moves              int     `json:"moves"`
	Deaths             int     `json:"deaths"`
	QuarantinedRows    int     `json:"quarantined_rows"`
	Kills              int     `json:"kills"`
	Seconds            float64 `json:"seconds"`
}

// Sound tells whether everything that must be zero is, and every planted fault was found.
func (s *Summary) Sound() bool {
	return s.ConservationErrors+s.JournalErrors+s.RebuildDifferences+s.SliceDifferences == 0 && s.PlantedFound == s.PlantedFaults
}

// The units of the demonstration.
const (
	cityUnit    event.Unit = "220100"
	countyUnit  event.Unit = "220102"
	networkUnit event.Unit = "220102001"
	diskUnit    event.Unit = "220102002"
)

// firstDay is the day on which the city's plan begins (plan A1).
var firstDay = time.Date(2005, 9, 1, 9, 0, 0, 0, time.FixedZone("CST", 8*3600))

// Run plays everything and returns what the journals say.
func (d *Demo) Run(ctx context.Context) (summary *Summary, err error) {
	started := time.Now()
	d.people = make(map[event.Unit][]synth.Person)
	defer d.stop()
	summary = &Summary{}
	for _, step := range []struct {
		zh, en string
		run    func(context.Context, *Summary) error
	}{
		{"建立市级节点、单位和人员", "founding the city, its units and people", d.found},
		{"导入两个派出所的旧库", "importing the old databases of two stations", d.golive},
		{"县级和派出所节点接入", "the county and the stations join", d.join},
		{"分配顺序码、发放收据", "allotting numbers, issuing receipts", d.equip},
		{"出生登记与两所之间的迁移", "a birth, and moves between the stations", d.register},
		{"窗口受理、照相、签字、收费", "acceptance, photographs, forms, fees", d.accept},
		{"断电：杀死并重启各节点", "a power cut: nodes are killed and started again", d.powerCut},
		{"县级审核签发，退回一件，一人死亡", "the county reviews and signs, returns one; one applicant dies", d.countyWork},
		{"市级核查、送制证中心", "the city checks and orders; the maker makes", d.cityWork},
		{"第二轮：补照后再走一遍", "the second round of the one that was returned", d.secondRound},
		{"证件逐级下发、清点、领取", "cards go down, are counted and handed over", d.handOver},
		{"日结、上缴、确认", "the fees go to the treasury", d.remit},
		{"核对：守恒、日志、重放、分片", "the proof: conservation, journals, replay, slices", d.prove},
		{"埋设差错，看能否查出", "planted faults: are they found?", d.plant},
	} {
		if d.Progress != nil {
			d.Progress(step.zh, step.en)
		}
		if err := step.run(ctx, summary); err != nil {
			return nil, fmt.Errorf("demo: %s: %w", step.en, err)
		}
	}
	summary.Seconds = time.Since(started).Seconds()
	return summary, nil
}

func (d *Demo) sites() []*site {
	var all []*site
	for _, s := range []*site{d.city, d.county, d.networks, d.disks} {
		if s != nil {
			all = append(all, s)
		}
	}
	return all
}

func (d *Demo) stop() {
	for _, s := range d.sites() {
		s.kill()
	}
}

// setClock writes the file from which every node of the demonstration reads its time.
func (d *Demo) setClock(at time.Time) error {
	d.clock = at
	path := filepath.Join(d.Dir, "clock")
	if err := os.WriteFile(path+".new", []byte(at.Format(time.RFC3339Nano)), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// advance lets days pass. Each node's clock has then jumped by more than a day, so a named person confirms it there.
func (d *Demo) advance(ctx context.Context, days int) error {
	if err := d.setClock(d.clock.AddDate(0, 0, days)); err != nil {
		return err
	}
	for _, s := range d.sites() {
		if _, err := d.must(ctx, s, act{As: chief(s.unit), Action: "site.confirm_clock", Input: struct{}{}}); err != nil {
			return err
		}
	}
	return nil
}

func (d *Demo) today() citizen.Date { return citizen.DateOf(d.clock) }

// chief is the login of the leader of a unit.
func chief(unit event.Unit) string { return "chief" + string(unit) }

// login is the login of a unit's operator in a role.
func login(role string, unit event.Unit) string { return role + string(unit) }

// staff is who works where.
var staff = map[event.Unit][]string{
	cityUnit:    {"leader", "reviewer", "issuer", "communications", "finance"},
	countyUnit:  {"leader", "reviewer", "issuer", "finance"},
	networkUnit: {"leader", "clerk", "photographer", "cashier"},
	diskUnit:    {"leader", "clerk", "photographer", "cashier"},
}

func loginOf(role string, unit event.Unit) string {
	if role == "leader" {
		return chief(unit)
	}
	return login(role, unit)
}

func (d *Demo) newSite(unit event.Unit, name string) *site {
	return &site{unit: unit, dir: filepath.Join(d.Dir, name)}
}

// found makes the city's node, the units and the operators.
func (d *Demo) found(ctx context.Context, _ *Summary) error {
	if err := d.setClock(firstDay); err != nil {
		return err
	}
	address, err := freeAddress()
	if err != nil {
		return err
	}
	d.city = d.newSite(cityUnit, "city")
	args := []string{"node", "init", d.city.dir, "--unit", string(cityUnit), "--root", "--name", "长春市公安局", "--admin", "admin",
		"--listen", address, "--clock", filepath.Join(d.Dir, "clock")}
	if d.Postgres != "" {
		args = append(args, "--postgres", d.Postgres)
	}
	if _, err := d.command(ctx, nil, args...); err != nil {
		return err
	}
	if _, err := d.command(ctx, nil, "operator", "set-password", "admin", "-c", d.city.config()); err != nil {
		return err
	}
	var batch []act
	add := func(action string, input any) { batch = append(batch, act{As: "admin", Action: action, Input: input}) }
	add("site.found_unit", map[string]any{"unit": countyUnit, "name": "南关区公安分局", "kind": "bureau"})
	add("site.found_unit", map[string]any{"unit": networkUnit, "name": "第一派出所", "kind": "station"})
	add("site.found_unit", map[string]any{"unit": diskUnit, "name": "第二派出所", "kind": "station"})
	for unit, roles := range staff {
		for _, role := range roles {
			add("site.appoint", map[string]any{"login": loginOf(role, unit), "name": role, "unit": unit, "roles": []string{role}})
		}
	}
	add("site.appoint", map[string]any{"login": login("admin", countyUnit), "name": "admin", "unit": countyUnit, "roles": []string{"administrator"}})
	if _, err := d.must(ctx, d.city, batch...); err != nil {
		return err
	}
	if err := d.passwords(ctx, d.city, cityUnit); err != nil {
		return err
	}
	return d.ready(ctx)
}

// ready certifies everybody who works at a step, after one examination, and starts the stations under the name of the city's leader.
func (d *Demo) ready(ctx context.Context) error {
	var results []object
	for unit, roles := range staff {
		for _, role := range roles {
			if role != "finance" {
				results = append(results, object{"login": loginOf(role, unit), "score": 90, "practical": true})
			}
		}
	}
	batch := []act{{"admin", "site.certify", object{"place": "市局培训中心", "paper": "2005-1", "task": "完整受理一件", "results": results}}}
	for _, unit := range []event.Unit{networkUnit, diskUnit} {
		batch = append(batch, act{chief(cityUnit), "site.decide_stage", object{"unit": unit, "stage": "started", "override": "演示：设备和线路未登记"}})
	}
	_, err := d.must(ctx, d.city, batch...)
	return err
}

// passwords sets the passwords of a unit's operators at a node.
func (d *Demo) passwords(ctx context.Context, s *site, unit event.Unit) error {
	logins := make([]string, 0, len(staff[unit])+1)
	for _, role := range staff[unit] {
		logins = append(logins, loginOf(role, unit))
	}
	if unit == countyUnit {
		logins = append(logins, login("admin", unit))
	}
	_, err := d.command(ctx, nil, append([]string{"operator", "set-password", "-c", s.config()}, logins...)...)
	return err
}

// golive imports the old databases into the stations' streams, which the city hosts at first (walk 6).
func (d *Demo) golive(ctx context.Context, summary *Summary) error {
	files, err := d.oldDatabases()
	if err != nil {
		return err
	}
	for unit, path := range files {
		out, err := d.command(ctx, nil, "import", path, "-c", d.city.config(), "--unit", string(unit), "--as", "admin", "--json")
		var exit *exitError
		if err != nil && (!errors.As(err, &exit) || exit.code != 1) {
			return err
		}
		var result struct {
			Loaded int `json:"loaded"`
			Bad    int `json:"bad"`
		}
		if err := json.Unmarshal(out, &result); err != nil {
			return err
		}
		if result.Loaded != len(d.people[unit]) || result.Bad != badRows {
			return fmt.Errorf("%s: %d of %d loaded, %d put aside", filepath.Base(path), result.Loaded, len(d.people[unit]), result.Bad)
		}
		summary.QuarantinedRows += result.Bad
	}
	return nil
}
