package office

import (
	"context"
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// TestRefusalByTierNamesTheTiers: who is refused for the unit's tier reads at which it is done, each language in its own words.
func TestRefusalByTierNamesTheTiers(t *testing.T) {
	a := Define("card.sign", citizen.Text{ZH: "签发", EN: "sign a card"}, []Role{Issuer}, []event.Level{event.County, event.City},
		func(context.Context, *Work, struct{}) (struct{}, error) { return struct{}{}, nil })
	refusal, _ := event.AsRefusal(a.allows(Operator{Login: "wang", Unit: "220102001", Roles: []Role{Issuer}}))
	if refusal == nil || refusal.Mend != (citizen.Text{ZH: "由县（区）级、市级单位办理", EN: "it is done at a county bureau or a city bureau"}) {
		t.Errorf("%+v", refusal)
	}
}
