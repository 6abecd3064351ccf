package campaign

import "testing"

// TestMeasuredFaces checks that the rules that can be measured pass every good face and fail those whose geometry is wrong.
func TestMeasuredFaces(t *testing.T) {
	c := small()
	c.Residents = 40 * residentsPerFace
	c.paint()
	good, bad := 0, 0
	for _, p := range c.photos {
		m, fits := measure(&p.Truth)
		switch p.Truth.Defect {
		case "":
			if good++; !fits || !p.good {
				t.Errorf("%s: %v", p.Name, m)
			}
		case "tilted", "too_small", "raw":
			if bad++; fits {
				t.Errorf("%s is %s and passes: %v", p.Name, p.Truth.Defect, m)
			}
		default:
			if bad++; p.good {
				t.Errorf("%s is %s and is taken", p.Name, p.Truth.Defect)
			}
		}
	}
	if len(c.photos) != 40 || good == 0 || bad == 0 {
		t.Error(len(c.photos), good, bad)
	}
}
