package verify

import (
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/register"
)

var today = citizen.MustDate("2005-09-12")

// numbered is a right number for a birth date and a sequence.
func numbered(birth string, sequence int) string {
	n, err := citizen.NewNumber("220102", citizen.MustDate(birth), sequence)
	if err != nil {
		panic(err)
	}
	return n.String()
}

// sound is a household in which every rule holds.
func sound() Household {
	person := func(id, name, sex, birth, relation string, sequence int) Member {
		return Member{ID: id, Record: register.Record{Number: numbered(birth, sequence), Name: name, Sex: sex, EthnicGroup: "01", BirthDate: citizen.MustDate(birth),
			Address: "南关区南岭街道1号", HouseholdNo: "H1", Relation: relation, MaritalStatus: "20", Education: "60"}}
	}
	h := Household{No: "H1", Members: []Member{person("head", "王强", "1", "1965-03-08", "02", 941), person("wife", "李梅", "2", "1966-05-01", "12", 942),
		person("son", "王小宝", "1", "1990-07-15", "20", 943)}}
	h.Members[2].Record.MaritalStatus, h.Members[2].Record.FatherNumber, h.Members[2].Record.MotherNumber = "10", h.Members[0].Record.Number, h.Members[1].Record.Number
	h.Members[0].Record.CardIssued, h.Members[0].Record.CardExpires = citizen.MustDate("1995-01-10"), "2015-01-10"
	return h
}

// Every item rule has a case that breaks it and it alone, and holds in the sound household.
func TestItemRules(t *testing.T) {
	if found := Check(sound(), today); len(found) > 0 {
		t.Fatalf("the sound household: %v", found)
	}
	wrongCheck := []byte(numbered("1965-03-08", 941))
	wrongCheck[17] = '0' + (wrongCheck[17]-'0'+1)%10
	cases := map[string]func(*Household){
		"form.missing":          func(h *Household) { h.Members[1].Record.EthnicGroup = "" },
		"form.name":             func(h *Household) { h.Members[0].Record.Name = "王\ue000" },
		"form.name_doubtful":    func(h *Household) { h.Members[0].Record.Name = "王Q" },
		"form.blank":            func(h *Household) { h.Members[0].Record.Workplace = " 一汽" },
		"number.missing":        func(h *Household) { h.Members[0].Record.Number = "" },
		"number.fifteen":        func(h *Household) { h.Members[0].Record.Number = "220102650308941" },
		"number.form":           func(h *Household) { h.Members[0].Record.Number = "22010265030894" },
		"number.check":          func(h *Household) { h.Members[0].Record.Number = string(wrongCheck) },
		"number.date":           func(h *Household) { h.Members[0].Record.Number = "220102196513089417" },
		"number.division":       func(h *Household) { h.Members[0].Record.Number = at("999999", "1965-03-08", 941) },
		"number.birth":          func(h *Household) { h.Members[0].Record.Number = numbered("1965-03-09", 941) },
		"number.sex":            func(h *Household) { h.Members[0].Record.Number = numbered("1965-03-08", 944) },
		"number.shared":         func(h *Household) { h.Members = append(h.Members, h.Members[2]) },
		"date.future":           func(h *Household) { h.Members[2].Record.BirthDate = citizen.MustDate("2006-01-01") },
		"date.old":              func(h *Household) { h.Members[0].Record.BirthDate = citizen.MustDate("1880-01-01") },
		"household.no_head":     func(h *Household) { h.Members = h.Members[1:] },
		"household.two_heads":   func(h *Household) { h.Members[1].Record.Relation = "02" },
		"household.two_spouses": func(h *Household) { h.Members = append(h.Members, h.Members[1]) },
		"household.head_minor":  func(h *Household) { h.Members[0].Record.BirthDate = citizen.MustDate("1995-01-01") },
		"relation.sex":          func(h *Household) { h.Members[2].Record.Relation = "30" },
		"relation.age":          func(h *Household) { h.Members[2].Record.BirthDate = citizen.MustDate("1970-01-01") },
		"relation.parents":      func(h *Household) { h.Members[2].Record.FatherNumber = h.Members[1].Record.Number },
		"code.unknown":          func(h *Household) { h.Members[0].Record.Education = "07" },
		"code.marriage":         func(h *Household) { h.Members[2].Record.MaritalStatus = "20" },
		"code.education":        func(h *Household) { h.Members[2].Record.BirthDate = citizen.MustDate("2003-01-01") },
		"address.differs":       func(h *Household) { h.Members[2].Record.Address = "南关区南岭街道2号" },
		"card.dates":            func(h *Household) { h.Members[0].Record.CardIssued = citizen.MustDate("2006-01-10") },
		"card.validity":         func(h *Household) { h.Members[0].Record.CardExpires = "long-term" },
	}
	for _, r := range Rules {
		t.Run(r.Code, func(t *testing.T) {
			if r.Text.ZH == "" || r.Text.EN == "" || r.Mend.ZH == "" || r.Mend.EN == "" || r.Source == "" || r.Item == "" || (r.person == nil) == (r.house == nil) {
				t.Errorf("incomplete: %+v", r)
			}
			breakIt, ok := cases[r.Code]
			if !ok {
				t.Fatal("no case breaks it")
			}
			h := sound()
			breakIt(&h)
			if CountRules(Check(h, today))[r.Code] == 0 {
				t.Errorf("not found: %v", Check(h, today))
			}
		})
	}
	if len(cases) != len(Rules) || len(Rules) < 25 {
		t.Errorf("%d rules, %d cases", len(Rules), len(cases))
	}
}

func at(division citizen.Division, birth string, sequence int) string {
	n, err := citizen.NewNumber(division, citizen.MustDate(birth), sequence)
	if err != nil {
		panic(err)
	}
	return n.String()
}
