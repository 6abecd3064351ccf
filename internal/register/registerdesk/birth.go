package registerdesk

import (
	"context"
	"fmt"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdb"
)

// allot gives a station of the county sequences for coming birth dates (walk 4).
func allot(ctx context.Context, w *office.Work, in register.Allot) (r register.Range, err error) {
	if err := w.Lock(ctx, "ranges:"+string(w.By.Unit)); err != nil {
		return r, err
	}
	facts, err := allotFacts(ctx, w, in)
	if err != nil {
		return r, err
	}
	e, err := register.AllotNumbers(by(w), in, facts)
	if err != nil {
		return r, err
	}
	w.Emit(e)
	return e.Body.(register.NumbersAllotted).Range, nil
}

func allotFacts(ctx context.Context, w *office.Work, in register.Allot) (f register.AllotFacts, err error) {
	if f.Range, err = mint(); err != nil {
		return f, err
	}
	if f.Generation, err = journal.OpenGeneration(ctx, w.Tx, in.Station); err != nil {
		return f, err
	}
	if f.Ranges, err = registerdb.RangesOfCounty(ctx, w.Tx, w.By.Unit); err != nil {
		return f, err
	}
	f.Taken, err = registerdb.TakenSequences(ctx, w.Tx, citizen.Division(w.By.Unit), in.BirthFrom, in.BirthTo)
	return f, err
}

// BirthInput enters a newborn. Of mother, father and guardian at least one is registered at the station; the child follows the first
// of them that is, or the one named in Follow.
type BirthInput struct {
	Name           string          `json:"name"`
	Sex            string          `json:"sex"`
	BirthDate      citizen.Date    `json:"birth_date"`
	EthnicGroup    string          `json:"ethnic_group,omitempty"`
	Birthplace     string          `json:"birthplace,omitempty"`
	MotherTenure   string          `json:"mother_tenure,omitempty"`
	MotherNumber   string          `json:"mother_number,omitempty"`
	FatherTenure   string          `json:"father_tenure,omitempty"`
	FatherNumber   string          `json:"father_number,omitempty"`
	GuardianTenure string          `json:"guardian_tenure,omitempty"` // adopter or institution of a child without parents here
	Follow         string          `json:"follow,omitempty"`          // mother, father, guardian
	HouseholdNo    string          `json:"household_no,omitempty"`
	Relation       string          `json:"relation"`
	Certificate    *register.Paper `json:"certificate,omitempty"`
	Booklet        bool            `json:"booklet,omitempty"` // the household's booklet was shown
}

// Hit is a registration that may be the same child. Outside the operator's area it says where there is one, and no more.
type Hit struct {
	Unit   event.Unit `json:"unit"`
	Tenure string     `json:"tenure,omitempty"`
	State  string     `json:"state,omitempty"`
	Mother bool       `json:"mother,omitempty"` // the mother's number agrees too
}

// BirthOutput is what the window needs: the number for the booklet, what is missing and where to complain, look-alikes for later.
type BirthOutput struct {
	Tenure    string             `json:"tenure"`
	Resident  string             `json:"resident"`
	Number    string             `json:"number"`
	Late      bool               `json:"late"`
	Missing   []register.Missing `json:"missing"`
	Complaint *citizen.Text      `json:"complaint,omitempty"`
	Notice    *citizen.Text      `json:"notice,omitempty"` // the list of what is missing, to be printed
	Hits      []Hit              `json:"hits"`
	Warnings  []citizen.Text     `json:"warnings"`
}

func (d desk) birth(ctx context.Context, w *office.Work, in BirthInput) (out BirthOutput, err error) {
	if err := w.Lock(ctx, "numbers:"+string(w.By.Unit)); err != nil {
		return out, err
	}
	facts, err := d.birthFacts(ctx, w, in)
	if err != nil {
		return out, err
	}
	child := register.Birth{Name: in.Name, Sex: citizen.Sex(in.Sex), BirthDate: in.BirthDate, EthnicGroup: in.EthnicGroup, Birthplace: in.Birthplace,
		HouseholdNo: in.HouseholdNo, Relation: in.Relation, Certificate: in.Certificate, Booklet: in.Booklet}
	if err := register.CheckBirth(by(w), child, facts.Follows); err != nil {
		return out, err
	}
	ranges, err := registerdb.RangesOfStation(ctx, w.Tx, w.By.Unit)
	if err != nil {
		return out, err
	}
	if err := admits(ctx, w, in.HouseholdNo); err != nil {
		return out, err
	}
	drawn, generation, err := draw(ctx, w, child, ranges)
	if err != nil {
		return out, err
	}
	events, err := register.RegisterBirth(by(w), child, facts, drawn)
	if err != nil {
		return out, err
	}
	body := events[1].Body.(register.BirthRegistered)
	out = BirthOutput{Tenure: facts.Tenure, Resident: facts.Resident, Number: drawn.Number.String(), Late: body.Late,
		Missing: body.Missing, Complaint: body.Complaint, Notice: printable(body.Missing, d.limits), Warnings: d.rangeWarnings(by(w), ranges, generation, drawn.Left)}
	if out.Hits, err = hits(ctx, w, body.Record); err != nil {
		return out, err
	}
	w.Emit(events...)
	return out, nil
}

// birthFacts resolves the parents: by tenure, or by number among the open tenures of this station.
func (d desk) birthFacts(ctx context.Context, w *office.Work, in BirthInput) (f register.BirthFacts, err error) {
	f.Limits, f.MotherNumber, f.FatherNumber = d.limits, in.MotherNumber, in.FatherNumber
	if f.Tenure, err = mint(); err != nil {
		return f, err
	}
	if f.Resident, err = mint(); err != nil {
		return f, err
	}
	for _, p := range []struct {
		name, tenure, number string
		keep                 *string
	}{{"mother", in.MotherTenure, in.MotherNumber, &f.MotherNumber}, {"father", in.FatherTenure, in.FatherNumber, &f.FatherNumber},
		{"guardian", in.GuardianTenure, "", new(string)}} {
		t, ok, err := person(ctx, w, p.tenure, p.number)
		if err != nil {
			return f, err
		}
		if !ok {
			continue
		}
		*p.keep = t.Record.Number
		here := t.Unit == w.By.Unit && t.State == register.StateOpen
		if here && (in.Follow == p.name || in.Follow == "" && f.Follows.ID == "") {
			f.Follows = t
		}
	}
	return f, nil
}

func person(ctx context.Context, w *office.Work, tenure, number string) (t register.Tenure, ok bool, err error) {
	if tenure != "" {
		t, _, err = read(ctx, w.Tx, tenure, 0)
		return t, err == nil, err
	}
	found, err := registerdb.ByNumber(ctx, w.Tx, number)
	if err != nil {
		return t, false, err
	}
	for _, one := range found {
		if one.Unit != w.By.Unit || one.State != register.StateOpen || one.Record.Number != number {
			continue
		}
		if ok {
			return t, false, refuse("register.shared_number", "GB 11643-1999", "本所有多人登记为该号码", "several persons of this station share the number",
				"按登记期选取其人", "name the person by the tenure")
		}
		t, ok = one, true
	}
	return t, ok, nil
}

// draw takes a number that nobody known here has, had or reserved.
func draw(ctx context.Context, w *office.Work, child register.Birth, ranges []register.Range) (d register.Drawn, generation int, err error) {
	if generation, err = journal.OpenGeneration(ctx, w.Tx, w.By.Unit); err != nil {
		return d, 0, err
	}
	taken := make(map[citizen.Number]bool)
	for _, division := range divisions(ranges) {
		more, err := registerdb.TakenOn(ctx, w.Tx, division, child.BirthDate)
		if err != nil {
			return d, 0, err
		}
		for n := range more {
			taken[n] = true
		}
	}
	d, err = register.Draw(child.BirthDate, child.Sex, register.DrawFacts{Generation: generation, Ranges: ranges,
		Taken: func(n citizen.Number) bool { return taken[n] }})
	return d, generation, err
}

func divisions(ranges []register.Range) []citizen.Division {
	var all []citizen.Division
	seen := make(map[citizen.Division]bool)
	for _, r := range ranges {
		if !seen[r.Division] {
			seen[r.Division] = true
			all = append(all, r.Division)
		}
	}
	return all
}

// rangeWarnings tell in time that numbers run short.
func (d desk) rangeWarnings(by register.By, ranges []register.Range, generation, left int) []citizen.Text {
	var last citizen.Date
	for _, r := range ranges {
		if r.Generation == generation && r.BirthTo.After(last) {
			last = r.BirthTo
		}
	}
	warnings := []citizen.Text{}
	if left < d.limits.NumbersLow {
		warnings = append(warnings, citizen.Text{ZH: fmt.Sprintf("该出生日期同性别的号码只剩 %d 个，请县（市、区）局增配", left),
			EN: fmt.Sprintf("numbers left for this birth date and sex: %d; ask the county for more", left)})
	}
	if by.Today.DaysUntil(last) < d.limits.RangeDays {
		warnings = append(warnings, citizen.Text{ZH: "顺序码只分配到 " + last.String() + " 的出生日期，请县（市、区）局续配",
			EN: "numbers are allotted for birth dates up to " + last.String() + " only; ask the county for the next period"})
	}
	return warnings
}

// hits compares a newborn with what this node knows: the same name, birth date and sex, or the same mother, birth date and name.
func hits(ctx context.Context, w *office.Work, r register.Record) ([]Hit, error) {
	found, err := registerdb.SameNameAndBirth(ctx, w.Tx, r.Pinyin, r.Name, r.BirthDate)
	if err != nil {
		return nil, err
	}
	all := []Hit{}
	for _, t := range found {
		mother := r.MotherNumber != "" && t.Record.MotherNumber == r.MotherNumber
		switch {
		case !mother && t.Record.Sex != r.Sex:
		case w.By.Unit.Contains(t.Unit):
			all = append(all, Hit{Unit: t.Unit, Tenure: t.ID, State: t.State, Mother: mother})
		default:
			all = append(all, Hit{Unit: t.Unit})
		}
	}
	return all, nil
}

// PapersInput brings papers that were missing: from a birth or death, named by its tenure, or from a list.
type PapersInput struct {
	Tenure string           `json:"tenure,omitempty"`
	List   string           `json:"list,omitempty"` // of register.ask_papers, or a submission
	Papers []register.Paper `json:"papers"`
}

func bringPapers(ctx context.Context, w *office.Work, in PapersInput) (left []registerdb.Missing, err error) {
	if in.List != "" {
		return bringToList(ctx, w, in)
	}
	t, _, err := load(ctx, w, in.Tenure, 0)
	if err != nil {
		return nil, err
	}
	missing, err := registerdb.MissingPapers(ctx, w.Tx, t.Unit, t.ID)
	if err != nil {
		return nil, err
	}
	codes := make([]string, len(missing))
	for i, m := range missing {
		codes[i] = m.Paper
	}
	e, err := register.BringPapers(by(w), t, in.Papers, codes)
	if err != nil {
		return nil, err
	}
	brought := make(map[string]bool)
	for _, p := range in.Papers {
		brought[p.Kind] = true
	}
	left = []registerdb.Missing{}
	for _, m := range missing {
		if !brought[m.Paper] {
			left = append(left, m)
		}
	}
	w.Emit(e)
	return left, nil
}
