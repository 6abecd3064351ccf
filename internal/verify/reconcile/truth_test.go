package reconcile

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
)

// On a synthetic city nearly every error that comparing can show is found, what is told is true, and the explanation is that of the error.
func TestTruth_Quality(t *testing.T) {
	c := cityOf(t, 20_000, 5, 1)
	truth, err := ReadTruth(bytes.NewReader(c.truth.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	o := c.options(new(bytes.Buffer), 2)
	o.Observe, o.Repeated = truth.Observe, truth.ObserveRepeat
	if _, err := Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	q := truth.Quality()
	if q.Joined.Percent() < 99.99 || q.Joins.Percent() < 99.9 || q.Findings.Percent() < 99.9 {
		t.Errorf("joined %v, of those to join %v, planted %v", q.Joined, q.Joins, q.Findings)
	}
	var found, explained, solved Share
	for _, k := range q.Kinds {
		if k.Name == "dob_invalid" { // such rows are put aside
			continue
		}
		found.Part, found.Whole = found.Part+k.Found.Part, found.Whole+k.Found.Whole
		explained.Part, explained.Whole = explained.Part+k.Explained.Part, explained.Whole+k.Explained.Whole
		solved.Part, solved.Whole = solved.Part+k.Solved.Part, solved.Whole+k.Solved.Whole
	}
	if found.Percent() < 99 || explained.Percent() < 97 || solved.Percent() < 93 || found.Whole < 5000 {
		t.Errorf("found %v, explained %v, solved %v", found, explained, solved)
	}
	at := slices.IndexFunc(q.Pairs, func(p CodeQuality) bool { return p.Name == "duplicate_id_two_persons" })
	if at < 0 || q.Pairs[at].Right.Percent() < 99 || len(q.Groups) < 6 || len(q.Codes) < 15 {
		t.Errorf("%+v", q)
	}
}

func TestReadTruth(t *testing.T) {
	if _, err := ReadTruth(strings.NewReader("a,b\n")); !errors.Is(err, ErrNoTruth) {
		t.Error(err)
	}
	if _, err := ReadTruth(strings.NewReader("")); !errors.Is(err, ErrNoTruth) {
		t.Error(err)
	}
	if _, err := ReadTruth(strings.NewReader(truthHeader + "\nitem,x\n")); err == nil {
		t.Error("a short row passes")
	}
	truth, err := ReadTruth(strings.NewReader(truthHeader + "\nitem,dob_invalid,A,computer,1,birth_date,1965-02-30,1965-02-03,\n"))
	if err != nil {
		t.Fatal(err)
	}
	truth.Aside(Computer, "1", BirthDate)
	if q := truth.Quality(); len(q.Kinds) != 1 || q.Kinds[0].Found != (Share{1, 1}) {
		t.Errorf("%+v", q.Kinds)
	}
}

func TestReadChanges(t *testing.T) {
	all, err := ReadChanges(strings.NewReader("\ufeff" + ChangesHeader + "\n２20102196503089419,name,王强,王刚,19990203\n220102196503089419,address,\"甲,1\",乙,2001-05-06\n"))
	if err != nil || len(all) != 1 || len(all["220102196503089419"]) != 2 || all["220102196503089419"][1].Item != Address || all["220102196503089419"][0].On.String() != "1999-02-03" {
		t.Fatal(all, err)
	}
	for text, line := range map[string]int{"": 0, "name\n": 0, "\"": 0, ChangesHeader + "\n1,name,a\n": 2, ChangesHeader + "\n1,name,a,b,1999-02-30\n": 2, ChangesHeader + "\n\n1,shoe,a,b,19990203\n": 3,
		ChangesHeader + "\n ,name,a,b,19990203\n": 2, ChangesHeader + "\n1,\"name,a,b,19990203\n": 2} {
		_, err := ReadChanges(strings.NewReader(text))
		var bad *ChangesError
		if !errors.As(err, &bad) || bad.Line != line || bad.Text.ZH == "" || bad.Error() == "" {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzReadChanges(f *testing.F) {
	f.Add(ChangesHeader + "\n220102196503089419,name,王强,王刚,19990203\n")
	f.Add(ChangesHeader + "\n\"")
	f.Fuzz(func(t *testing.T, text string) {
		all, err := ReadChanges(strings.NewReader(text))
		if err != nil && (all != nil || err.Error() == "") {
			t.Fatal(all, err)
		}
	})
}

func FuzzReadTruth(f *testing.F) {
	f.Add(truthHeader + "\nitem,name_order,A,form,F1,name,王明小,王小明,\npair,double_hukou,A,,1,,,same person,2\n")
	f.Fuzz(func(t *testing.T, text string) {
		if truth, err := ReadTruth(strings.NewReader(text)); err == nil {
			truth.Quality()
		}
	})
}
