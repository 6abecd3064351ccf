package synth

import (
	"cmp"
	"fmt"
	"iter"
	"math"
	"slices"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// CityConfig says what city to make. The zero value of each member but Residents means its default.
type CityConfig struct {
	Seed      uint64
	Residents int          // registered people, without double registrations; at least MinStation for each station
	Stations  int          // default: one for about 29,000 residents, at least six; at most MaxStations
	On        citizen.Date // the day of the old records; default 2005-08-31
	Errors    float64      // factor on the rates: 1 the assumed state of 2005, 0 no error at all
	Rates     Rates        // of each kind; default: DefaultRates
}

// Limits of a city.
const (
	MaxStations  = 250
	MinStation   = 20      // residents of the smallest station in which families can be put together
	MaxStation   = 150_000 // residents of one station: it is made in memory
	demoStations = 6
	perStation   = 29_200 // 7.3 million by 250
	maxDoubled   = 10_000 // double registrations in 100,000 registered persons
)

// defaultDay is the day before the plan's first (长府办发〔2005〕49号).
var defaultDay = citizen.MustDate("2005-08-31")

// City is a synthetic city: its offices, what they have, and, station by station, the people. It holds no resident: they are made anew at each
// call, the same for the same seed, so that a city of millions needs the memory of one station. Its methods may be called from several goroutines.
type City struct {
	config CityConfig
	units  []Unit
	places []place
	byUnit map[event.Unit]int
}

// Unit is an office of the city.
type Unit struct {
	Code      event.Unit
	Name      string
	Kind      string // of site.UnitKinds: bureau, station
	Parent    event.Unit
	OwnNode   bool // has a node of its own; otherwise the unit above serves it
	Residents int  // of a station: how many are registered, without double registrations
	Rural     bool // most addresses are villages
}

// NewCity lays out a city. The error says what is wrong with the configuration.
func NewCity(config CityConfig) (*City, error) {
	if config.On.IsZero() {
		config.On = defaultDay
	}
	if config.Stations == 0 {
		config.Stations = min(max(config.Residents/perStation, demoStations), MaxStations)
	}
	if config.Rates == nil {
		config.Rates = DefaultRates()
	}
	switch {
	case config.Stations < 1 || config.Stations > MaxStations:
		return nil, fmt.Errorf("synth: stations: 1 to %d", MaxStations)
	case config.Residents < MinStation*config.Stations:
		return nil, fmt.Errorf("synth: residents: at least %d for each of %d stations", MinStation, config.Stations)
	case config.Residents > MaxStation/2*config.Stations: // counties differ, so the largest station has up to twice the mean
		return nil, fmt.Errorf("synth: residents: at most %d for each of %d stations; take more stations", MaxStation/2, config.Stations)
	case float64(config.Rates.doubled())*config.Errors > maxDoubled:
		return nil, fmt.Errorf("synth: at most %d %% of the registered can be registered twice", maxDoubled/1000)
	case config.Errors < 0 || config.Errors > 10 || math.IsNaN(config.Errors):
		return nil, fmt.Errorf("synth: errors: a factor from 0 to 10")
	}
	c := &City{config: config, byUnit: make(map[event.Unit]int)}
	c.layOut()
	return c, nil
}

// Config returns the configuration with its defaults filled in.
func (c *City) Config() CityConfig { return c.config }

// layOut founds the city, its counties and their stations. Up to 29 stations there are as many counties as have three stations each, of one
// size; beyond, all ten, stations and residents by the estimate of 2005.
func (c *City) layOut() {
	n := min(max(c.config.Stations/3, 1), len(counties()))
	chosen := counties()[:n]
	weights := make([]float64, n)
	for i, county := range chosen {
		if weights[i] = 1; n == len(counties()) {
			weights[i] = float64(county.registered)
		}
	}
	c.units = append(c.units, Unit{Code: cityCode, Name: "长春市公安局", Kind: "bureau", OwnNode: true})
	stations, residents := apportion(c.config.Stations, weights), apportion(c.config.Residents, weights)
	names := newNames(c.config.Seed)
	for i, county := range chosen {
		c.county(i, county, stations[i], residents[i], names)
	}
	for i := range c.places {
		c.places[i].partner = (i + 1) % len(c.places)
		c.places[i].stations = len(c.places)
	}
}

const cityCode event.Unit = "220100"

// county founds one county and its stations. The second county of a small city has no node of its own: the city serves it.
func (c *City) county(index int, county *county, stations, residents int, names *stationNames) {
	code := event.Unit(county.code)
	name, _ := county.code.NameOn(c.config.On)
	suffix := "公安局"
	if county.code < "220120" {
		suffix = "公安分局"
	}
	c.units = append(c.units, Unit{Code: code, Name: name + suffix, Kind: "bureau", Parent: cityCode, OwnNode: index != 1})
	weights := make([]float64, stations)
	for i := range weights {
		weights[i] = 1
	}
	first := len(c.places)
	for i, n := range apportion(residents, weights) {
		unit := event.Unit(fmt.Sprintf("%s%03d", code, i+1))
		p := place{seed: c.config.Seed, county: county, unit: unit, on: c.config.On, residents: n, errors: c.config.Errors, rates: c.config.Rates, slot: i, index: len(c.places),
			neighbour: first + (i+1)%stations}
		p.first, p.width = span(i, stations, residents)
		for t := i; t < max(len(county.towns), i+1); t += stations {
			p.towns = append(p.towns, county.towns[t%len(county.towns)])
		}
		p.rural = p.ruralPercent()
		c.byUnit[unit] = len(c.places)
		c.places = append(c.places, p)
		c.units = append(c.units, Unit{Code: unit, Name: names.next() + "派出所", Kind: "station", Parent: code,
			OwnNode: index != 1, Residents: n, Rural: p.rural > 50})
	}
}

// Sequences of a birth date's numbers. A station has a part of its county's to itself, so that stations need not know of each other; people who
// came from elsewhere have their numbers in the lowest part. The highest are left to the register that works with the city, for newborns
// and the unregistered, and to wrong numbers, which so never hit another person by accident.
const (
	visitorSequences = 100 // 1 to 100
	lastSequence     = 899
	wrongSequence    = 900 // the first that no right number has
)

// span gives the i-th of n stations its part of the county's sequences: the highest that suffice, which are the least likely to have been given out.
func span(i, n, residents int) (first, width int) {
	const peak = 6.0e-5 / 2 // births on one day of one sex, by resident, of the strongest year
	mean := peak * float64(residents) / float64(n)
	width = 2 * int(mean+7*math.Sqrt(mean)+4)
	width = min(width, (lastSequence-visitorSequences)/n) &^ 1
	return lastSequence + 1 - (n-i)*width, width
}

// apportion divides a total by weights, the largest remainders rounded up.
func apportion(total int, weights []float64) []int {
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	parts, order, left := make([]int, len(weights)), make([]int, len(weights)), total
	rest := make([]float64, len(weights))
	for i, w := range weights {
		exact := float64(total) * w / sum
		parts[i], order[i] = int(exact), i
		rest[i] = exact - float64(parts[i])
		left -= parts[i]
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(rest[b], rest[a]) })
	for _, i := range order[:left] {
		parts[i]++
	}
	return parts
}

// Units returns every office: the city, then each county followed by its stations.
func (c *City) Units() []Unit { return slices.Clone(c.units) }

// Stations returns the stations in their order.
func (c *City) Stations() []Unit {
	var all []Unit
	for _, u := range c.units {
		if u.Kind == "station" {
			all = append(all, u)
		}
	}
	return all
}

// Unit finds an office.
func (c *City) Unit(code event.Unit) (Unit, bool) {
	for _, u := range c.units {
		if u.Code == code {
			return u, true
		}
	}
	return Unit{}, false
}

// Residents gives everybody whom any of a station's five records knows, household by household, with what is true of each: the registered, double
// registrations among them, and at the end of their household those whom no register has (Resident.Registered). The station is made anew at
// each call; the residents belong to the caller. An unknown unit has nobody.
func (c *City) Residents(unit event.Unit) iter.Seq[*Resident] {
	return func(yield func(*Resident) bool) {
		i, ok := c.byUnit[unit]
		if !ok {
			return
		}
		for _, r := range c.station(i) {
			if !yield(r) {
				return
			}
		}
	}
}

// Unregistered gives the children of a station whom no register has. Nothing in them tells why (P6).
func (c *City) Unregistered(unit event.Unit) []*Resident {
	var all []*Resident
	for r := range c.Residents(unit) {
		if !r.Registered && r.Number == "" {
			all = append(all, r)
		}
	}
	return all
}

// Truth gives everything that was planted in a station's records.
func (c *City) Truth(unit event.Unit) iter.Seq[Planted] {
	return func(yield func(Planted) bool) {
		for r := range c.Residents(unit) {
			for _, p := range r.Planted {
				if !yield(p) {
					return
				}
			}
		}
	}
}
