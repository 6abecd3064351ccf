package site_test

import (
	"errors"
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/site"
)

const (
	city    event.Unit = "220100"
	county  event.Unit = "220102"
	station event.Unit = "220102001"
)

var by = site.By{Unit: county, Operator: "op-1", Login: "chief", Today: citizen.MustDate("2005-09-01")}

func refused(t *testing.T, err error, code string) {
	t.Helper()
	var r *event.Refusal
	if code == "" && err == nil {
		return
	}
	if !errors.As(err, &r) || r.Code != code {
		t.Errorf("got %v, want refusal %q", err, code)
	}
}

// The names of the roles are those of the core's policy.
func TestRoles_AreTheCores(t *testing.T) {
	if len(site.Roles) != len(office.AllRoles) {
		t.Fatalf("%d roles here, %d in the core", len(site.Roles), len(office.AllRoles))
	}
	for i, role := range office.AllRoles {
		if site.Roles[i] != string(role) {
			t.Errorf("%s here, %s in the core", site.Roles[i], role)
		}
	}
}

func TestFound(t *testing.T) {
	known := func(u event.Unit) bool { return u == county || u == city || u == "220102009" }
	for name, c := range map[string]struct {
		by   event.Unit
		unit site.UnitFounded
		code string
	}{
		"a station":       {county, site.UnitFounded{Unit: station, Name: "南岭派出所", Kind: "station"}, ""},
		"the city itself": {"220200", site.UnitFounded{Unit: "220200", Name: "市局", Kind: "bureau"}, ""},
		"malformed":       {county, site.UnitFounded{Unit: "22", Name: "南岭派出所", Kind: "station"}, "site.unit_code"},
		"itself":          {county, site.UnitFounded{Unit: county, Name: "分局", Kind: "bureau"}, "site.not_below"},
		"elsewhere":       {county, site.UnitFounded{Unit: "220103001", Name: "派出所", Kind: "station"}, "site.not_below"},
		"twice":           {county, site.UnitFounded{Unit: "220102009", Name: "派出所", Kind: "station"}, "site.unit_known"},
		"no parent":       {city, site.UnitFounded{Unit: "220103001", Name: "派出所", Kind: "station"}, "site.no_parent"},
		"no name":         {county, site.UnitFounded{Unit: station, Kind: "station"}, "site.no_name"},
		"kind":            {county, site.UnitFounded{Unit: station, Name: "派出所", Kind: "shop"}, "site.unit_kind"},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := site.Found(site.By{Unit: c.by, Today: by.Today}, c.unit, known)
			refused(t, err, c.code)
			if err == nil && (e.Stream != event.Down(c.by) || e.Subject != string(c.unit.Unit)) {
				t.Errorf("%+v", e)
			}
		})
	}
}

func TestAppoint(t *testing.T) {
	good := site.OperatorAppointed{Operator: "op-2", Login: "li", Name: "李梅", Unit: station, Roles: []string{"clerk", "cashier"}, From: by.Today}
	for name, c := range map[string]struct {
		change func(*site.OperatorAppointed, *site.AppointFacts)
		code   string
	}{
		"good":             {func(*site.OperatorAppointed, *site.AppointFacts) {}, ""},
		"other area":       {func(c *site.OperatorAppointed, _ *site.AppointFacts) { c.Unit = "220103001" }, "site.no_unit"},
		"superior":         {func(c *site.OperatorAppointed, _ *site.AppointFacts) { c.Unit = city }, "site.no_unit"},
		"unknown unit":     {func(_ *site.OperatorAppointed, f *site.AppointFacts) { f.UnitKnown = false }, "site.no_unit"},
		"himself":          {func(c *site.OperatorAppointed, _ *site.AppointFacts) { c.Login = by.Login }, "site.self"},
		"no login":         {func(c *site.OperatorAppointed, _ *site.AppointFacts) { c.Login = "" }, "site.no_login"},
		"login taken":      {func(_ *site.OperatorAppointed, f *site.AppointFacts) { f.LoginTaken = true }, "site.login_taken"},
		"the node's login": {func(c *site.OperatorAppointed, _ *site.AppointFacts) { c.Login = "system" }, "site.reserved"},
		"the node's id":    {func(c *site.OperatorAppointed, _ *site.AppointFacts) { c.Operator = "system" }, "site.reserved"},
		"later":            {func(c *site.OperatorAppointed, _ *site.AppointFacts) { c.From = by.Today.AddDays(1) }, "site.from"},
		"no role":          {func(c *site.OperatorAppointed, _ *site.AppointFacts) { c.Roles = nil }, "site.role"},
		"unknown role":     {func(c *site.OperatorAppointed, _ *site.AppointFacts) { c.Roles = []string{"system"} }, "site.role"},
		"role twice":       {func(c *site.OperatorAppointed, _ *site.AppointFacts) { c.Roles = []string{"clerk", "clerk"} }, "site.role"},
		"administrator":    {func(c *site.OperatorAppointed, _ *site.AppointFacts) { c.Roles = []string{"clerk", "administrator"} }, "site.roles_apart"},
	} {
		t.Run(name, func(t *testing.T) {
			command, facts := good, site.AppointFacts{UnitKnown: true}
			c.change(&command, &facts)
			_, err := site.Appoint(by, command, facts)
			refused(t, err, c.code)
		})
	}
}

func TestEndAndBootstrap(t *testing.T) {
	op := site.Serving{Operator: "op-2", Login: "li", Unit: station}
	ended, elsewhere, self := op, op, op
	ended.Ended, elsewhere.Unit, self.Operator = true, "220103001", by.Operator
	for name, c := range map[string]struct {
		op     site.Serving
		on     citizen.Date
		ground string
		code   string
	}{
		"good": {op, by.Today, "调离", ""}, "ended": {ended, by.Today, "调离", "site.ended"}, "elsewhere": {elsewhere, by.Today, "调离", "site.no_unit"},
		"self": {self, by.Today, "调离", "site.self"}, "later": {op, by.Today.AddDays(1), "调离", "site.from"}, "no ground": {op, by.Today, "", "site.no_ground"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := site.End(by, c.op, c.on, c.ground)
			refused(t, err, c.code)
		})
	}
	_, err := site.Bootstrap(by, "分局", "admin", "op-0", true)
	refused(t, err, "site.not_first")
	_, err = site.Bootstrap(by, "", "admin", "op-0", false)
	refused(t, err, "site.no_login")
	_, err = site.Bootstrap(by, "分局", "system", "op-0", false)
	refused(t, err, "site.reserved")
}

func TestResetPassword(t *testing.T) {
	by := site.By{Unit: "220102", Operator: "op-1", Login: "chief"}
	op := site.Serving{Operator: "op-2", Login: "li", Unit: "220102001"}
	for _, test := range []struct {
		op     site.Serving
		here   bool
		ground string
		code   string
	}{
		{op, true, "忘记密码", ""},
		{op, false, "忘记密码", "site.signs_in_elsewhere"},
		{op, true, "", "site.no_ground"},
		{site.Serving{Operator: "op-1", Unit: "220102"}, true, "忘记密码", "site.self"},
		{site.Serving{Operator: "op-3", Unit: "220100"}, true, "忘记密码", "site.no_unit"},
		{site.Serving{Operator: "op-2", Unit: "220102001", Ended: true}, true, "忘记密码", "site.ended"},
		{site.Serving{}, true, "忘记密码", "site.no_unit"},
	} {
		e, err := site.ResetPassword(by, site.KindPasswordReset, test.op, test.here, test.ground)
		refusal, _ := event.AsRefusal(err)
		if (refusal == nil) != (test.code == "") || refusal != nil && refusal.Code != test.code {
			t.Errorf("%+v: got %v, want %q", test, err, test.code)
		}
		if err == nil && (e.Stream != event.Up("220102") || e.Subject != "op-2") {
			t.Errorf("%+v", e)
		}
	}
}
