package registerdesk_test

import (
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdb"
	"github.com/huzheng/huzheng/internal/register/registerdesk"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
)

func allotted(t testing.TB, n *node, station event.Unit, from, to string, perDay int) register.Range {
	t.Helper()
	return must[register.Range](t, n, operator(county, office.Leader), "register.allot_numbers",
		register.Allot{Station: station, BirthFrom: date(from), BirthTo: date(to), PerDay: perDay})
}

func newborn(mother string) registerdesk.BirthInput {
	return registerdesk.BirthInput{Name: "王小宝", Sex: "1", BirthDate: date("2005-09-10"), MotherTenure: mother, Relation: "20",
		Certificate: &register.Paper{Kind: register.PaperBirthCertificate, Number: "A1"}, Booklet: true}
}

// Walk 4: a newborn is numbered out of the station's range, odd for a boy and even for a girl, each number once.
func TestBirth_WalkFour(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config, county, s1)
		mother := imported(t, n, s1, resident(t, "李梅", citizen.Female, 942))[0]
		r := allotted(t, n, s1, "2005-09-01", "2005-12-31", 4)
		if r.SeqFrom != 1 || r.SeqTo != 4 {
			t.Fatalf("range %+v", r)
		}
		clerk := operator(s1)
		boy := must[registerdesk.BirthOutput](t, n, clerk, "register.birth", newborn(mother))
		if boy.Number != "22010220050910001"+check("22010220050910001") || len(boy.Missing) != 0 || len(boy.Hits) != 0 || boy.Late {
			t.Fatalf("boy: %+v", boy)
		}
		girl := newborn(mother)
		girl.Name, girl.Sex = "王小贝", "2"
		if out := must[registerdesk.BirthOutput](t, n, clerk, "register.birth", girl); !strings.HasPrefix(out.Number, "22010220050910002") {
			t.Fatalf("girl: %+v", out)
		}
		again := must[registerdesk.BirthOutput](t, n, clerk, "register.birth", newborn(mother))
		if len(again.Hits) != 1 || !again.Hits[0].Mother || len(again.Warnings) == 0 {
			t.Fatalf("the same child again is told and not stopped: %+v", again)
		}
		_, err := do[registerdesk.BirthOutput](n, clerk, "register.birth", newborn(mother))
		wantRefusal(t, err, "register.no_number")
		child := n.tenure(t, boy.Tenure)
		if child.State != "open" || child.EnteredKind != register.KindBirthRegistered || child.Record.HouseholdNo != "H1" || child.Record.MotherNumber == "" || child.Record.Pinyin != "wang xiao bao" {
			t.Fatalf("child: %+v", child)
		}
		n.Check()
	})
}

func check(first17 string) string {
	c, err := citizen.CheckCharacter(first17)
	if err != nil {
		panic(err)
	}
	return string(c)
}

// 一次性告知: what is missing is listed once with the way to complain, nothing stops, and only what is on the list can be asked for.
func TestBirth_MissingPapersAndLatenessNeverStop_Art7(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t), county, s1)
	mother := imported(t, n, s1, resident(t, "李梅", citizen.Female, 942))[0]
	allotted(t, n, s1, "2005-01-01", "2005-12-31", 10)
	in := newborn(mother)
	in.BirthDate, in.Certificate, in.Booklet = date("2005-03-01"), nil, false
	out := must[registerdesk.BirthOutput](t, n, operator(s1), "register.birth", in)
	if !out.Late || len(out.Missing) != 2 || out.Complaint == nil {
		t.Fatalf("%+v", out)
	}
	_, err := do[[]registerdb.Missing](n, operator(s1), "register.bring_papers", registerdesk.PapersInput{Tenure: out.Tenure, Papers: []register.Paper{{Kind: "marriage"}}})
	wantRefusal(t, err, "register.not_missing")
	left := must[[]registerdb.Missing](t, n, operator(s1), "register.bring_papers",
		registerdesk.PapersInput{Tenure: out.Tenure, Papers: []register.Paper{{Kind: register.PaperBirthCertificate, Number: "A1"}}})
	if len(left) != 1 || left[0].Paper != register.PaperBooklet {
		t.Fatalf("%+v", left)
	}
	n.Check()
}

// 公通字〔1998〕65号: the child follows father or mother freely; one of them is registered here.
func TestBirth_FollowsEitherParent_1998(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t), county, s1, s2)
	mother := imported(t, n, s2, resident(t, "李梅", citizen.Female, 942))[0]
	fatherRecord := resident(t, "王强", citizen.Male, 941)
	fatherRecord.HouseholdNo = "H9"
	imported(t, n, s1, fatherRecord)
	allotted(t, n, s1, "2005-09-01", "2005-12-31", 10)
	in := newborn(mother)
	_, err := do[registerdesk.BirthOutput](n, operator(s1), "register.birth", in)
	wantRefusal(t, err, "register.parent_not_here")
	in.FatherNumber = fatherRecord.Number
	out := must[registerdesk.BirthOutput](t, n, operator(s1), "register.birth", in)
	child := n.tenure(t, out.Tenure)
	if child.Record.HouseholdNo != "H9" || child.Record.FatherNumber != fatherRecord.Number || child.Record.MotherNumber == "" {
		t.Fatalf("%+v", child.Record)
	}
}

func TestBirth_Refusals(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t), county, s1)
	mother := imported(t, n, s1, resident(t, "李梅", citizen.Female, 942), resident(t, "王芳", citizen.Female, 944), resident(t, "王芬", citizen.Female, 944))[0]
	allotted(t, n, s1, "2005-09-01", "2005-12-31", 10)
	for code, change := range map[string]func(*registerdesk.BirthInput){
		"register.name":            func(in *registerdesk.BirthInput) { in.Name = "王\ue000" },
		"register.code":            func(in *registerdesk.BirthInput) { in.Sex = "9" },
		"register.date":            func(in *registerdesk.BirthInput) { in.BirthDate = date("2005-09-13") },
		"register.no_number":       func(in *registerdesk.BirthInput) { in.BirthDate = date("2005-08-31") },
		"register.parent_not_here": func(in *registerdesk.BirthInput) { in.MotherTenure = "" },
		"register.unknown":         func(in *registerdesk.BirthInput) { in.MotherTenure = "nobody" },
		"register.shared_number": func(in *registerdesk.BirthInput) {
			in.MotherTenure, in.MotherNumber = "", resident(t, "", citizen.Female, 944).Number
		},
	} {
		in := newborn(mother)
		change(&in)
		_, err := do[registerdesk.BirthOutput](n, operator(s1), "register.birth", in)
		wantRefusal(t, err, code)
	}
	for _, name := range []string{"<script>alert(1)</script>", "John", "王 芳"} {
		in := newborn(mother)
		in.Name = name
		_, err := do[registerdesk.BirthOutput](n, operator(s1), "register.birth", in)
		wantRefusal(t, err, "register.name")
	}
	for code, in := range map[string]register.Allot{
		"register.allot_station": {Station: s3, BirthFrom: date("2006-01-01"), BirthTo: date("2006-01-31"), PerDay: 4},
		"register.allot_period":  {Station: s1, BirthFrom: date("2006-01-31"), BirthTo: date("2006-01-01"), PerDay: 4},
		"register.allot_count":   {Station: s1, BirthFrom: date("2006-01-01"), BirthTo: date("2006-01-31"), PerDay: 1},
	} {
		_, err := do[register.Range](n, operator(county, office.Leader), "register.allot_numbers", in)
		wantRefusal(t, err, code)
	}
}

// A number that an import brought is neither allotted nor drawn again; a range of an older generation is retired (walk 4).
func TestBirth_KnownNumbersAndRetiredRanges(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t), city, county, s1)
	mother := imported(t, n, s1, resident(t, "李梅", citizen.Female, 942))[0]
	taken := resident(t, "张三", citizen.Male, 943)
	taken.Number, taken.BirthDate = "22010220050910003"+check("22010220050910003"), date("2005-09-10")
	r := allotted(t, n, s1, "2005-09-01", "2005-12-31", 4)
	imported(t, n, s1, taken)
	must[registerdesk.BirthOutput](t, n, operator(s1), "register.birth", newborn(mother))
	_, err := do[registerdesk.BirthOutput](n, operator(s1), "register.birth", newborn(mother))
	wantRefusal(t, err, "register.no_number")
	n.NextGeneration(s1)
	next := allotted(t, n, s1, "2005-09-01", "2005-12-31", 4)
	if next.SeqFrom != r.SeqTo+1 || next.Generation != 2 {
		t.Fatalf("%+v", next)
	}
	out := must[registerdesk.BirthOutput](t, n, operator(s1), "register.birth", newborn(mother))
	if !strings.HasPrefix(out.Number, "22010220050910005") {
		t.Fatalf("%+v", out)
	}
}
