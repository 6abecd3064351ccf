package register

import (
	"testing"

	"github.com/huzheng/huzheng/internal/event"
)

func TestCardLaw2003Art6_LookUpNeedsAPurposeAndGoesToTheAccessStream(t *testing.T) {
	for _, purpose := range []string{"", " ", "查"} {
		if _, err := LookUp(By{Unit: "220102001"}, "id", LookedUp{Purpose: purpose, How: "number"}); err == nil {
			t.Errorf("purpose %q was accepted", purpose)
		}
	}
	e, err := LookUp(By{Unit: "220102001"}, "id", LookedUp{Purpose: "受理换证", How: "number"})
	if err != nil || e.Stream != event.Access("220102001") {
		t.Fatalf("%+v %v", e, err)
	}
}
