package web

import (
	"errors"
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// TestRefusalNamesTheUnit: the rule gives the unit as data, the page says its name; a number that only begins like the code stays.
func TestRefusalNamesTheUnit(t *testing.T) {
	u := &unitNames{names: map[event.Unit]string{"220100": "长春市公安局"}}
	rule := event.Refuse("card.other_unit", "", citizen.Text{ZH: "该件（2201000012）在单位 220100", EN: "it lies at unit 220100"}, citizen.Text{ZH: "由220100说明", EN: "220100 explains it"}).About("220100")
	said, _ := event.AsRefusal(u.named(rule))
	want := [4]string{"该件（2201000012）在单位 长春市公安局", "it lies at unit 长春市公安局", "由长春市公安局说明", "长春市公安局 explains it"}
	if got := [4]string{said.Text.ZH, said.Text.EN, said.Mend.ZH, said.Mend.EN}; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if rule.Text.EN != "it lies at unit 220100" {
		t.Errorf("the rule's own refusal was altered: %q", rule.Text.EN)
	}
	if other := errors.New("a machine's"); u.named(other) != other || u.named(nil) != nil {
		t.Error("what is no refusal was altered")
	}
}
