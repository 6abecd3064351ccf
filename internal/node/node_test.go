package node

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/goldentest"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/site"
)

// TestPolicyTable compares who may do what with the table in testdata: a change of a cell is a change of that file, which is reviewed.
func TestPolicyTable(t *testing.T) {
	o, err := office.New(office.Office{}, nil, Actions(), Reactions())
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	fmt.Fprintf(&table, "%-28s %-12s %-12s", "action", "post", "levels")
	roles := append(append([]office.Role{}, office.AllRoles...), office.System)
	for _, r := range roles {
		fmt.Fprintf(&table, " %s", r)
	}
	table.WriteString("\n")
	for _, a := range o.Actions() {
		post, _ := site.PostOf(a.Name)
		fmt.Fprintf(&table, "%-28s %-12s %-12s", a.Name, cmp.Or(post, "-"), levels(a))
		for _, r := range roles {
			mark := "-"
			if (office.Operator{Roles: a.Roles}).Has(r) {
				mark = "x"
			}
			fmt.Fprintf(&table, " %*s", len(r), mark)
		}
		table.WriteString("\n")
	}
	goldentest.Check(t, filepath.Join("testdata", "policy.golden"), table.String())
}

func levels(a office.Action) string {
	if len(a.Levels) == 0 {
		return "all"
	}
	var names []string
	for _, l := range a.Levels {
		names = append(names, []string{"", "city", "county", "station"}[l])
	}
	return strings.Join(names, ",")
}

// TestStepsHaveAPost holds that no step of the work is left without an answer whether it needs a certificate: whoever adds an action for the people who do
// the work names its post, or that it needs none, in the site's table.
func TestStepsHaveAPost(t *testing.T) {
	workers := []office.Role{office.AreaOfficer, office.Clerk, office.Photographer, office.Cashier, office.Reviewer, office.Issuer}
	for _, a := range Actions() {
		if _, listed := site.PostOf(a.Name); !listed && !a.Looks && slices.ContainsFunc(workers, office.Operator{Roles: a.Roles}.Has) {
			t.Errorf("%s is not in the table of site.PostOf", a.Name)
		}
	}
}

// TestNobodyApprovesWhatTheyEnter holds the two sides of the pipeline apart by role: no role both accepts and reviews or signs.
func TestNobodyApprovesWhatTheyEnter(t *testing.T) {
	entering := map[string]bool{"card.open": true, "card.photograph": true, "card.confirm": true}
	approving := map[string]bool{"card.review": true, "card.sign": true, "card.check": true}
	for _, a := range Actions() {
		for _, b := range Actions() {
			if !entering[a.Name] || !approving[b.Name] {
				continue
			}
			for _, r := range a.Roles {
				if (office.Operator{Roles: b.Roles}).Has(r) {
					t.Errorf("%s may do %s and %s", r, a.Name, b.Name)
				}
			}
		}
	}
}

// TestAdministratorsSeeNoResidents is design 7's guard by role: no action that shows a person is open to them.
func TestAdministratorsSeeNoResidents(t *testing.T) {
	for _, a := range Actions() {
		switch a.Name {
		case "register.find", "register.open_export", "card.show", "card.list", "verify.list", "verify.show", "verify.visit_plan", "verify.check_person":
			if (office.Operator{Roles: a.Roles}).Has(office.Administrator) {
				t.Errorf("administrators may do %s", a.Name)
			}
		}
	}
}

func TestKeyFileOpensWithItsPassphraseOnly(t *testing.T) {
	keys, err := NewKeys("220102001")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "node.keys")
	if err := keys.Save(path, "right", Work); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadKeys(path, "wrong"); !errors.Is(err, ErrPassphrase) {
		t.Fatal(err)
	}
	loaded, err := LoadKeys(path, "right")
	if err != nil {
		t.Fatal(err)
	}
	if loaded.Identity.Key.Verifier() != keys.Identity.Key.Verifier() || loaded.Identity.Age.String() != keys.Identity.Age.String() ||
		string(loaded.Database) != string(keys.Database) || !loaded.Identity.TLS.Equal(keys.Identity.TLS) {
		t.Fatal("other keys came back")
	}
	renewed, err := loaded.Renew("220102001")
	if err != nil {
		t.Fatal(err)
	}
	if renewed.Identity.Key.Verifier() == keys.Identity.Key.Verifier() || string(renewed.Database) != string(keys.Database) {
		t.Fatal("renewing must change the signing key and keep the database's")
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, raw[:len(raw)-3], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadKeys(path, "right"); err == nil {
		t.Fatal("a cut key file was opened")
	}
}

func TestConfigurationIsStrict(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"unknown key":      {"unit = \"220100\"\ncolour = 1\n", "colour"},
		"unknown table":    {"unit = \"220100\"\n[web]\nport = 1\n", "web"},
		"no unit":          {"data = \".\"\n", "unit"},
		"not a unit":       {"unit = \"2201\"\n", "2201"},
		"unknown road":     {"unit = \"220102001\"\n[exchange]\nparent = \"pigeon\"\n", "pigeon"},
		"no duration":      {"unit = \"220102001\"\n[exchange]\ninterval = \"soon\"\n", "soon"},
		"no toml":          {"unit: 220100\n", "toml"},
		"wrong type":       {"unit = 220100\n", "unit"},
		"negative is text": {"unit = \"220102001\"\n[exchange]\nbandwidth = \"fast\"\n", "bandwidth"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "huzheng.toml")
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := LoadConfig(path); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("%v does not name %q", err, c.want)
			}
		})
	}
}

func TestConfigurationRoundTripAndHiddenSecrets(t *testing.T) {
	path := filepath.Join(t.TempDir(), "huzheng.toml")
	config := &Config{Unit: "220100", Database: Database{Postgres: "postgres://app:geheim@db/city"}}
	if err := config.Write(path); err != nil {
		t.Fatal(err)
	}
	loaded, err := LoadConfig(path)
	if err != nil || loaded.Unit != "220100" || loaded.Data != filepath.Dir(path) {
		t.Fatal(loaded, err)
	}
	if shown := loaded.Show(); strings.Contains(shown, "geheim") || !strings.Contains(shown, "app:…@db/city") {
		t.Fatal(shown)
	}
	loaded.Database.Postgres = "host=db password=geheim dbname=city"
	if shown := loaded.Show(); strings.Contains(shown, "geheim") {
		t.Fatal(shown)
	}
}

// Every kind of entry has its words in both languages.
func TestKindsHaveWords(t *testing.T) {
	rooms, _ := Rooms()
	for _, room := range rooms {
		words := room.Words()
		for kind := range room.Kinds() {
			if words[kind].ZH == "" || words[kind].EN == "" {
				t.Errorf("%s has no words in both languages", kind)
			}
		}
	}
}
