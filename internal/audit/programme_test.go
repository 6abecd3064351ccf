package audit

import "testing"

// A frozen report whose rows do not give its total, and quotas that do not add up, are found from their entries.
func TestProgramme_SumsComeOut(t *testing.T) {
	report := func(total int) fact {
		return fact{"220102", "programme.report_frozen", object{"columns": []string{"accepted"}, "rows": []object{{"unit": station, "values": []int{3}},
			{"unit": other, "values": []int{4}}}, "total": object{"unit": "220102", "values": []int{total}}}}
	}
	quotas := func(total int) fact {
		return fact{"220102", "programme.quotas_set", object{"total": total, "shares": []object{{"unit": station, "months": []int{1, 2}}, {"unit": other, "months": []int{3}}}}}
	}
	for _, c := range []struct {
		f   fact
		law string
	}{{report(7), ""}, {report(8), "report.sum"}, {quotas(6), ""}, {quotas(7), "quota.sum"}} {
		got := run(t, func(story []fact) []fact { return append(story, c.f) })
		switch {
		case c.law == "" && len(got.Errors) != 0:
			t.Errorf("%v", got.Errors)
		case c.law != "" && (len(got.Errors) != 1 || got.Errors[0].Law != c.law):
			t.Errorf("want %s, got %v", c.law, got.Errors)
		}
	}
}
