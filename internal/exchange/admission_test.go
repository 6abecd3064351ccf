package exchange

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/store"
)

// refusedWith checks that an act is refused with a code, in both languages, and that the tables have not changed.
func (n *testNode) refusedWith(code string, act func() error) *event.Refusal {
	n.w.t.Helper()
	before := n.fingerprint()
	err := act()
	refusal, ok := event.AsRefusal(err)
	if !ok || refusal.Code != code {
		n.w.t.Fatalf("got %v, want the refusal %s", err, code)
	}
	if refusal.Text.ZH == "" || refusal.Text.EN == "" || refusal.Mend.ZH == "" || refusal.Mend.EN == "" {
		n.w.t.Errorf("%s says nothing: %+v", code, refusal)
	}
	if n.fingerprint() != before {
		n.w.t.Errorf("%s: the tables have changed", code)
	}
	return refusal
}

// requestAs signs a request with a key, for any name and unit.
func requestAs(t testing.TB, id *Identity, node string, unit event.Unit) []byte {
	t.Helper()
	tls, err := id.fingerprint()
	must(t, err)
	signed, err := id.Key.SignStatement(requestTitle, Request{Node: node, Unit: unit, Verifier: id.Key.Verifier(), TLS: tls,
		Recipient: id.Age.Recipient().String(), At: 1})
	must(t, err)
	return signed
}

func TestRequestNamesItsOwnNode(t *testing.T) {
	_, city, _ := pair(t)
	id := newIdentity(t, otherUnit)
	for name, request := range map[string][]byte{
		"the city's node": requestAs(t, id, city.name(), otherUnit),
		"a path":          requestAs(t, id, "../../../etc", otherUnit),
		"another unit":    requestAs(t, id, id.Key.Node, "220102003"),
		"no hash":         requestAs(t, id, "huzheng-220102002-00000000", otherUnit),
	} {
		t.Run(name, func(t *testing.T) {
			before := city.fingerprint()
			if _, err := OpenRequest(request); !errors.Is(err, journal.ErrNodeName) {
				t.Errorf("opened: %v", err)
			}
			if _, err := city.Admit(context.Background(), city.operator(), request, nil, ""); !errors.Is(err, journal.ErrNodeName) {
				t.Errorf("admitted: %v", err)
			}
			if city.fingerprint() != before {
				t.Error("the tables have changed")
			}
		})
	}
	// A key that bears another node's name, as restored from an altered key file.
	key, err := journal.RestoreKey(city.name(), id.Key.Seed())
	must(t, err)
	forged := *id
	forged.Key = key
	if _, err := OpenRequest(requestAs(t, &forged, city.name(), otherUnit)); !errors.Is(err, journal.ErrNodeName) {
		t.Errorf("a key under another's name: %v", err)
	}
	if _, err := OpenRequest(requestAs(t, id, id.Key.Node, otherUnit)); err != nil {
		t.Errorf("its own name: %v", err)
	}
}

func TestCertificateNeverReplacesAnotherNodes(t *testing.T) {
	_, city, station := pair(t)
	ctx := context.Background()
	save := func(c journal.Certificate) error {
		c.From = 1 << 50
		signed, err := city.Identity.Key.SignCertificate(c)
		must(t, err)
		return city.Office.DB.Write(ctx, func(tx *store.Tx) error { return journal.SaveCertificate(ctx, tx, signed) })
	}
	stranger := newIdentity(t, stationUnit).Key
	for name, c := range map[string]journal.Certificate{
		"the city's name":       {Node: city.name(), Unit: stationUnit, Verifier: stranger.Verifier()},
		"the station's name":    {Node: station.name(), Unit: stationUnit, Verifier: stranger.Verifier()},
		"another unit":          {Node: station.name(), Unit: otherUnit, Verifier: station.Identity.Key.Verifier()},
		"a path":                {Node: "../../x", Unit: stationUnit, Verifier: stranger.Verifier()},
		"no verifier":           {Node: stranger.Node, Unit: stationUnit, Verifier: "x"},
		"a unit that is no one": {Node: stranger.Node, Unit: "x", Verifier: stranger.Verifier()},
	} {
		t.Run(name, func(t *testing.T) {
			before := city.fingerprint()
			if err := save(c); !errors.Is(err, journal.ErrNodeName) {
				t.Errorf("saved: %v", err)
			}
			if city.fingerprint() != before {
				t.Error("the tables have changed")
			}
		})
	}
	must(t, save(journal.Certificate{Node: station.name(), Unit: stationUnit, Verifier: station.Identity.Key.Verifier()}))
	chain, err := chainOf(ctx, city, station.name())
	must(t, err)
	if len(chain) != 2 {
		t.Errorf("the chain has %d certificates", len(chain))
	}
	if err := city.Office.DB.Write(ctx, func(tx *store.Tx) error {
		return city.setNeighbour(ctx, tx, Neighbour{Node: "../../x", Unit: otherUnit, Relation: Child})
	}); !errors.Is(err, journal.ErrNodeName) {
		t.Errorf("a path became a neighbour: %v", err)
	}
}

func TestCityCannotCloseWhatTheCountyHosts(t *testing.T) {
	c := threeTiers(t)
	ctx := context.Background()
	c.station.mustSay(event.Up(stationUnit), "a", 1)
	c.settle()
	c.station.mustSay(event.Up(stationUnit), "a", 2)
	c.station.sync() // at the county, not yet at the city
	other := newIdentity(t, stationUnit)
	request, err := NewRequest(stationUnit, other, c.clock())
	must(t, err)
	refusal := c.city.refusedWith("exchange.not_direct", func() error {
		_, err := c.city.Admit(ctx, c.city.operator(), request, nil, "")
		return err
	})
	if !strings.Contains(refusal.Text.EN, c.county.name()) || !strings.Contains(refusal.Mend.ZH, string(countyUnit)) {
		t.Errorf("it does not say who must do it: %+v", refusal)
	}
	c.city.refusedWith("exchange.not_direct", func() error { return c.city.TakeBack(ctx, c.city.operator(), stationUnit) })
	c.city.refusedWith("exchange.not_direct", func() error { return c.city.TakeBack(ctx, c.city.operator(), otherUnit) }) // the county hosts it, unsaid
	again, err := NewRequest(countyUnit, c.county.Identity, c.clock())
	must(t, err)
	c.city.refusedWith("exchange.not_direct", func() error {
		_, err := c.city.Admit(ctx, c.city.operator(), again, []event.Unit{stationUnit}, "")
		return err
	})
	// The county may: it is the one that holds the station's newest entries.
	must(t, c.county.TakeBack(ctx, c.county.operator(), stationUnit))
	c.county.mustSay(event.Up(stationUnit), "a", 3)
	c.county.sync()
	if c.city.size(event.Up(stationUnit), 2) != 3 || c.city.note(stationUnit, "a") != "a 3 李" {
		t.Error("the county's closure did not reach the city")
	}
	// What the city gave to the county it takes back; then nobody stands between it and the station.
	must(t, c.city.TakeBack(ctx, c.city.operator(), countyUnit))
	must(t, c.city.TakeBack(ctx, c.city.operator(), stationUnit))
	c.city.mustSay(event.Up(stationUnit), "a", 4)
	c.city.sound()
}

func TestCityCannotCloseWhatTheCountyGaveOn(t *testing.T) {
	w := newWorld(t)
	city, county, station := w.sqlite(cityUnit), w.sqlite(countyUnit), w.sqlite(stationUnit)
	address := city.serve()
	must(t, city.Found(context.Background(), address))
	city.admit(county, address, stationUnit) // the county hosts the station's journal for the city
	county.mustSay(event.Up(stationUnit), "a", 1)
	county.sync()
	county.admit(station, county.serve())
	station.sync() // its earlier journal
	station.mustSay(event.Up(stationUnit), "a", 2)
	station.sync()
	county.sync()
	city.refusedWith("exchange.not_direct", func() error { return city.TakeBack(context.Background(), city.operator(), stationUnit) })
	must(t, city.TakeBack(context.Background(), city.operator(), countyUnit))
}

func TestOnlyThoseInChargeAdmitSuspendTakeBackAndReopen(t *testing.T) {
	w, city, station := pair(t)
	ctx := context.Background()
	request, err := NewRequest(otherUnit, newIdentity(t, otherUnit), w.clock())
	must(t, err)
	acts := map[string]func(by office.Operator) error{
		"admit":     func(by office.Operator) error { _, err := city.Admit(ctx, by, request, nil, ""); return err },
		"suspend":   func(by office.Operator) error { return city.Suspend(ctx, by, station.name(), "x") },
		"take back": func(by office.Operator) error { return city.TakeBack(ctx, by, stationUnit) },
		"reopen":    func(by office.Operator) error { return city.Reopen(ctx, by, "op-2") },
	}
	for name, act := range acts {
		for who, by := range map[string]office.Operator{
			"a clerk":                 {ID: "op-1", Login: "clerk", Unit: cityUnit, Roles: []office.Role{office.Clerk}},
			"an auditor":              {ID: "op-1", Login: "audit", Unit: cityUnit, Roles: []office.Role{office.Auditor}},
			"another's administrator": station.operator(),
			"nobody":                  {Unit: cityUnit, Roles: []office.Role{office.Administrator}},
		} {
			t.Run(name+" by "+who, func(t *testing.T) {
				city.refusedWith("exchange.not_in_charge", func() error { return act(by) })
				if nb := city.neighbour(station); nb.Suspended != "" {
					t.Error("suspended")
				}
			})
		}
	}
	leader := office.Operator{ID: "op-3", Login: "leader", Unit: cityUnit, Roles: []office.Role{office.Leader}}
	must(t, acts["suspend"](leader))
	must(t, acts["admit"](leader))
}

func TestRenewingKeysLosesNothing(t *testing.T) {
	_, city, station := pair(t)
	ctx := context.Background()
	station.mustSay(event.Up(stationUnit), "a", 1)
	refusal := station.refusedWith("exchange.unreceipted", func() error { return station.MayRenew(ctx) })
	if !strings.Contains(refusal.Text.EN, "220102001/up") {
		t.Errorf("%+v", refusal)
	}
	station.mustSay(event.Up(stationUnit), "a", 2) // the refusal held nothing up
	dir := t.TempDir()
	station.byDisk(dir, city)
	station.refusedWith("exchange.unreceipted", func() error { return station.MayRenew(ctx) }) // sent, not receipted
	_, err := station.ReadDisk(ctx, dir)
	must(t, err)
	must(t, station.MayRenew(ctx))
	if err := station.say(event.Up(stationUnit), "a", 3); err == nil || station.hold() != office.HoldRenewing {
		t.Fatalf("it writes on while its keys are renewed: %v, hold %q", err, station.hold())
	}
	station.byDisk(dir, city) // an exchange does not end the hold
	_, err = station.ReadDisk(ctx, dir)
	must(t, err)
	if station.hold() != office.HoldRenewing {
		t.Errorf("hold %q", station.hold())
	}
	must(t, station.MayRenew(ctx)) // asked for again
	station.close()
	fresh := newIdentity(t, stationUnit)
	fresh.Age = station.identity.Age // blobs at rest are encrypted to it
	station.identity = fresh
	station.open(stationUnit)
	city.admit(station, "")
	if station.hold() != "" {
		t.Fatalf("hold %q after joining", station.hold())
	}
	station.mustSay(event.Up(stationUnit), "a", 4)
	station.byDisk(t.TempDir(), city)
	if city.note(stationUnit, "a") != "a 4 李" || city.size(event.Up(stationUnit), 2) != 3 {
		t.Error("entries were lost")
	}
	city.sound()
	station.sound()
	city.refusedWith("exchange.renew_city", func() error { return city.MayRenew(ctx) })
}

func TestRenewingLeavesARestoredNodeRestored(t *testing.T) {
	_, _, station := pair(t)
	must(t, station.Restored(context.Background()))
	must(t, station.MayRenew(context.Background()))
	if reason := station.hold(); reason != office.HoldRestored {
		t.Errorf("hold %q", reason)
	}
}

func TestFingerprintsAreComparedByTelephone(t *testing.T) {
	w, city, _ := pair(t)
	other := w.sqlite(otherUnit)
	request, err := NewRequest(otherUnit, other.Identity, w.clock())
	must(t, err)
	admission, err := city.Admit(context.Background(), city.operator(), request, nil, "")
	must(t, err)
	asked, err := RequestFingerprint(request)
	must(t, err)
	signed, err := AdmissionFingerprint(admission)
	must(t, err)
	if asked != other.Fingerprint() || signed != city.Fingerprint() || asked == signed {
		t.Errorf("request %s, node %s; admission %s, city %s", asked, other.Fingerprint(), signed, city.Fingerprint())
	}
	if !regexp.MustCompile(`^([0-9a-f]{4} ){5}[0-9a-f]{4}$`).MatchString(asked) {
		t.Errorf("not for the telephone: %s", asked)
	}
	request[60] ^= 1
	if _, err := RequestFingerprint(request); err == nil {
		t.Error("the fingerprint of an altered request")
	}
	admission[60] ^= 1
	if _, err := AdmissionFingerprint(admission); err == nil {
		t.Error("the fingerprint of an altered admission")
	}
}
