package citizen

import (
	"testing"

	"pgregory.net/rapid"
)

func TestCardLaw2003Art5_Validity(t *testing.T) {
	for _, tc := range []struct {
		name, birth, issued, to string
		long                    bool
	}{
		{"the standard's example: 22 years", "1981-05-01", "2004-03-27", "2014-03-27", false},
		{"day before 16", "1989-09-02", "2005-09-01", "2010-09-01", false},
		{"16 on the day", "1989-09-01", "2005-09-01", "2015-09-01", false},
		{"day before 26", "1979-09-02", "2005-09-01", "2015-09-01", false},
		{"26 on the day", "1979-09-01", "2005-09-01", "2025-09-01", false},
		{"day before 46", "1959-09-02", "2005-09-01", "2025-09-01", false},
		{"46 on the day", "1959-09-01", "2005-09-01", "", true},
		{"newborn", "2005-09-01", "2005-09-01", "2010-09-01", false},
		{"born 29 February, 16 reached on 1 March", "1988-02-29", "2005-02-28", "2015-02-28", false},
		{"born 29 February, 26 not reached on 28 February", "1980-02-29", "2006-02-28", "2016-02-28", false},
		{"born 29 February, 26 reached on 1 March", "1980-02-29", "2006-03-01", "2026-03-01", false},
		{"issued 29 February, common end year", "1990-01-01", "2008-02-29", "2018-03-01", false},
		{"issued 29 February, leap end year", "1980-01-01", "2008-02-29", "2028-02-29", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			issued := MustDate(tc.issued)
			from, to, long := CardValidity(MustDate(tc.birth), issued)
			if from != issued || to.String() != tc.to || long != tc.long {
				t.Errorf("%v to %v, long-term %v; want to %q, %v", from, to, long, tc.to, tc.long)
			}
		})
	}
	for _, pair := range [][2]Date{{{}, checkingDay}, {checkingDay, {}}, {checkingDay.AddDays(1), checkingDay}} {
		if from, to, long := CardValidity(pair[0], pair[1]); !from.IsZero() || !to.IsZero() || long {
			t.Errorf("born %v, issued %v: %v, %v, %v", pair[0], pair[1], from, to, long)
		}
	}
}

func TestCardLaw2003Art5_ValidityFollowsTheRules(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		issued := MustDate("2004-01-01").AddDays(rapid.IntRange(0, 20000).Draw(t, "days"))
		birth := issued.AddDays(-rapid.IntRange(0, 38000).Draw(t, "lived"))
		_, to, long := CardValidity(birth, issued)
		id := "card.validity.under16"
		switch age := birth.AgeOn(issued); {
		case age >= value(t, "card.validity.longterm.age", issued):
			if !long || !to.IsZero() {
				t.Fatalf("age %d: to %v, long-term %v", age, to, long)
			}
			return
		case age >= 26:
			id = "card.validity.26to45"
		case age >= value(t, "card.apply.age", issued):
			id = "card.validity.16to25"
		}
		if want := issued.AddYears(value(t, id, issued)); long || to != want {
			t.Fatalf("born %v, issued %v: to %v, want %v by %s", birth, issued, to, want, id)
		}
	})
}

func value(t interface{ Fatalf(string, ...any) }, id string, on Date) int {
	r, ok := RuleOn(id, on)
	if !ok {
		t.Fatalf("no rule %s on %v", id, on)
	}
	return r.Value
}

func TestRulesByArticle(t *testing.T) {
	for _, tc := range []struct {
		name, id, on  string
		value         int
		unit          string
		law, ver, art string
	}{
		{"CardLaw2003Art2_Age", "card.apply.age", "2005-09-01", 16, UnitYears, lawCard, "2003", "2"},
		{"CardLaw2003Art7_ApplyWithin", "card.apply.within", "2005-09-01", 3, UnitMonths, lawCard, "2003", "7"},
		{"CardLaw2003Art7_Guardian", "card.guardian.under", "2005-09-01", 16, UnitYears, lawCard, "2003", "7"},
		{"CardLaw2003Art3_Items", "card.items", "2005-09-01", 9, UnitNone, lawCard, "2003", "3"},
		{"CardLaw2011Art3_Items", "card.items", "2012-01-01", 10, UnitNone, lawCard, "2011", "3"},
		{"CardLaw2003Art6_Secrecy", "card.secrecy", "2005-09-01", 1, UnitNone, lawCard, "2003", "6"},
		{"CardLaw2003Art8_County", "card.issuer.county", "2005-09-01", 1, UnitNone, lawCard, "2003", "8"},
		{"CardLaw2003Art11_OldCard", "card.oldcard.return", "2005-09-01", 1, UnitNone, lawCard, "2003", "11"},
		{"CardLaw2003Art12_HandOut", "card.handout.within", "2005-09-01", 60, UnitDays, lawCard, "2003", "12"},
		{"CardLaw2003Art12_Extension", "card.handout.extension", "2005-09-01", 30, UnitDays, lawCard, "2003", "12"},
		{"CardLaw2003Art19_Police", "card.police.duty", "2011-12-31", 1, UnitNone, lawCard, "2003", "19"},
		{"CardLaw2011Art20_Police", "card.police.duty", "2012-01-01", 1, UnitNone, lawCard, "2011", "20"},
		{"CardLaw2003Art20_Waiver", "card.fee.waiver", "2005-09-01", 100, UnitPercent, lawCard, "2003", "20"},
		{"CardLaw2011Art21_Waiver", "card.fee.waiver", "2012-06-01", 100, UnitPercent, lawCard, "2011", "21"},
		{"CardLaw2003Art22_FirstGeneration", "card.first.valid", "2012-12-31", 1, UnitNone, lawCard, "2003", "22"},
		{"CardLaw2011Art23_FirstGeneration", "card.first.invalid", "2013-01-01", 1, UnitNone, lawCard, "2011", "23"},
		{"Hukou1958Art6_OnePlace", "hukou.oneplace", "2005-09-01", 1, UnitNone, lawHukou, "1958", "6"},
		{"Hukou1958Art7_Birth", "hukou.birth.within", "2005-09-01", 1, UnitMonths, lawHukou, "1958", "7"},
		{"Hukou1958Art8_Death", "hukou.death.within", "2005-09-01", 1, UnitMonths, lawHukou, "1958", "8"},
		{"Hukou1958Art13_Town", "hukou.movein.town", "2005-09-01", 3, UnitDays, lawHukou, "1958", "13"},
		{"Hukou1958Art13_Country", "hukou.movein.country", "2005-09-01", 10, UnitDays, lawHukou, "1958", "13"},
		{"Order78Art7_Validity", "temporary.validity", "2005-10-01", 3, UnitMonths, lawTemporary, "2005", "7"},
		{"Order78Art12_HandOut", "temporary.handout.within", "2005-10-01", 3, UnitDays, lawTemporary, "2005", "12"},
		{"Temporary1989_Validity", "temporary.validity", "2005-09-30", 1, UnitYears, lawTempOld, "1989", ""},
		{"Fees2003_First", "fee.card.first", "2005-09-01", 2000, UnitFen, lawFees, "2003", ""},
		{"Fees2003_Replace", "fee.card.replace", "2005-09-01", 4000, UnitFen, lawFees, "2003", ""},
		{"Fees2003_Temporary", "fee.card.temporary", "2005-10-01", 1000, UnitFen, lawFees, "2003", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r, ok := RuleOn(tc.id, MustDate(tc.on))
			if !ok || r.Value != tc.value || r.Unit != tc.unit {
				t.Fatalf("%s on %s: %+v, %v", tc.id, tc.on, r, ok)
			}
			if c := r.Citation; c.Law != tc.law || c.Version != tc.ver || c.Article != tc.art {
				t.Errorf("%s on %s: %+v", tc.id, tc.on, c)
			}
		})
	}
}

func TestRulesOutsideTheirDays(t *testing.T) {
	for id, on := range map[string]string{
		"card.apply.age":             "2003-12-31",
		"card.fingerprint":           "2011-12-31",
		"card.first.invalid":         "2012-12-31",
		"card.first.valid":           "2013-01-01",
		"temporary.handout.within":   "2005-09-30",
		"hukou.birth.within":         "1958-01-08",
		"number.eighteen":            "1999-09-30",
		"no such rule":               "2005-09-01",
		"card.institution.secrecy":   "2005-09-01",
		"temporary.issuer.county":    "2005-09-30",
		"stage.county.review":        "2003-12-31",
		"fee.card.first":             "2003-12-29",
		"temporary.validity":         "1989-09-14",
		"hukou.temporary.within":     "1958-01-08",
		"card.validity.longterm.age": "2003-12-31",
	} {
		if r, ok := RuleOn(id, MustDate(on)); ok {
			t.Errorf("%s holds on %s: %+v", id, on, r)
		}
	}
}

func TestRulesAreWhole(t *testing.T) {
	all := Rules()
	for i, r := range all {
		if r.ID == "" || r.From.IsZero() || r.Text.ZH == "" || r.Text.EN == "" || r.Citation.Law == "" {
			t.Errorf("incomplete rule %+v", r)
		}
		if c := r.Citation.Text(); c.ZH == "" || c.EN == "" {
			t.Errorf("%s: citation %+v", r.ID, c)
		}
		if !r.To.IsZero() && r.To.Before(r.From) {
			t.Errorf("%s ends before it begins", r.ID)
		}
		if i > 0 && all[i-1].ID == r.ID && (all[i-1].To.IsZero() || !all[i-1].To.Before(r.From)) {
			t.Errorf("two versions of %s hold on one day", r.ID)
		}
	}
	all[0].ID = "changed"
	if Rules()[0].ID == "changed" {
		t.Error("the rules were changed from outside")
	}
}

func TestStageLimitsAreDefaults(t *testing.T) {
	for _, r := range stageRules() {
		if !r.Unconfirmed || r.Value < 1 {
			t.Errorf("%+v", r)
		}
	}
}

func TestCitationText(t *testing.T) {
	for _, tc := range []struct {
		c      Citation
		zh, en string
	}{
		{Citation{lawCard, "2003", "8", ""}, "《居民身份证法》（2003年）第八条", "Resident Identity Card Law (2003), article 8"},
		{Citation{lawCard, "2011", "11", "3"}, "《居民身份证法》（2011年）第十一条第三款", "Resident Identity Card Law (2011), article 11, paragraph 3"},
		{Citation{lawHukou, "1958", "20", ""}, "《户口登记条例》（1958年）第二十条", "Household Registration Regulations (1958), article 20"},
		{Citation{lawHukou, "1958", "10", ""}, "《户口登记条例》（1958年）第十条", "Household Registration Regulations (1958), article 10"},
		{Citation{lawFees, "2003", "", ""}, "发改价格〔2003〕2322号", "Notice on Fees for Resident Identity Cards, Fa Gai Jia Ge [2003] No. 2322"},
		{Citation{"GA 214.8-2004", "", "", ""}, "GA 214.8-2004", "GA 214.8-2004"},
		{Citation{lawHukou, "1958", "10-13", ""}, "《户口登记条例》（1958年）第10-13条", "Household Registration Regulations (1958), article 10-13"},
	} {
		if got := tc.c.Text(); got != (Text{tc.zh, tc.en}) {
			t.Errorf("%+v: %+v", tc.c, got)
		}
	}
}
