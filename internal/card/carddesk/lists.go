package carddesk

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddb"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/fund/funddb"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register/registerdb"
)

func page(limit int) int {
	if limit <= 0 {
		return defaultPage
	}
	return min(limit, maxPage)
}

// WhichInput asks which of a person's cards counts. One of Tenure, Resident and Number names the person.
type WhichInput struct {
	Tenure   string       `json:"tenure,omitempty"`
	Resident string       `json:"resident,omitempty"`
	Number   string       `json:"number,omitempty"`
	On       citizen.Date `json:"on,omitzero"` // left out: today
	Purpose  string       `json:"purpose"`
}

// Which is the answer.
type Which struct {
	Resident string          `json:"resident"`
	Name     string          `json:"name"`
	Number   string          `json:"number"` // today's: an old card may show the fifteen digits of before
	On       citizen.Date    `json:"on"`
	Good     bool            `json:"good"` // one of them counts
	Cards    []card.Standing `json:"cards"`

	Applications []carddb.Listed `json:"applications"` // of the person, in the operator's area, the newest first
}

func whichCard(ctx context.Context, w *office.Work, in WhichInput) (Which, error) {
	t, err := findTenure(ctx, w, whom{in.Tenure, in.Resident, in.Number})
	if err != nil {
		return Which{}, err
	}
	if err := w.Below(t.Unit); err != nil {
		return Which{}, err
	}
	if err := record(w, card.LookedUp{Purpose: in.Purpose, How: card.LookUpWhich, Resident: t.Resident}); err != nil {
		return Which{}, err
	}
	if in.On.IsZero() {
		in.On = w.Today
	}
	all, err := carddb.HandedTo(ctx, w.Tx, t.Resident)
	if err != nil {
		return Which{}, err
	}
	out := Which{Resident: t.Resident, Name: t.Record.Name, Number: t.Record.Number, On: in.On, Cards: card.Cards(t.Record, all, in.On)}
	out.Good = slices.ContainsFunc(out.Cards, func(s card.Standing) bool { return s.Valid })
	applications, err := carddb.OfResident(ctx, w.Tx, w.By.Unit, t.Resident)
	out.Applications = append([]carddb.Listed{}, applications...)
	return out, err
}

// DutyInput asks who of the station's residents turns sixteen in a span of days.
type DutyInput struct {
	From    citizen.Date `json:"from"`
	To      citizen.Date `json:"to"`
	Purpose string       `json:"purpose"`
	Open    bool         `json:"open,omitempty"` // besides: everybody of sixteen or over who holds no second-generation card and has not applied
	Limit   int          `json:"limit,omitempty"`
}

// DutyListed is a person in a list of those who must or should apply.
type DutyListed struct {
	Tenure   string       `json:"tenure"`
	Resident string       `json:"resident"`
	Name     string       `json:"name"`
	Number   string       `json:"number"` // masked
	Address  string       `json:"address"`
	Birth    citizen.Date `json:"birth_date"`
	card.Sixteen
	Applied    bool   `json:"applied"`              // an application is under way
	CardTo     string `json:"card_to,omitempty"`    // end of the second-generation card held
	FirstTo    string `json:"first_to,omitempty"`   // end of the first-generation card
	Generation string `json:"generation,omitempty"` // of the card that ends
}

// dutyList is the list of those who turn sixteen (居民身份证法 (2003) arts. 2, 7), and of those who must hold a card and have none.
func dutyList(ctx context.Context, w *office.Work, in DutyInput) ([]DutyListed, error) {
	if in.From.IsZero() || in.To.Before(in.From) {
		return nil, event.Refuse("card.span", "", citizen.Text{ZH: "起止日期有误", EN: "the span of days is wrong"}, citizen.Text{ZH: "填写起止日期", EN: "give from and to"})
	}
	age := card.AgeOfDuty(w.Today)
	from, to := in.From.AddYears(-age).AddDays(-1), in.To.AddYears(-age).AddDays(1) // for those born on a day that not every year has
	if in.Open {
		if from = (citizen.Date{}); to.Before(w.Today) {
			to = w.Today
		}
	}
	people := func(_ map[string]carddb.Concern, fn func(registerdb.Brief) bool) error {
		return registerdb.EachBorn(ctx, w.Tx, w.By.Unit, from, to, fn)
	}
	return scan(ctx, w, in.Purpose, card.LookUpDuty, page(in.Limit), people, func(l *DutyListed, c carddb.Concern) bool {
		turns := !l.Turns16.Before(in.From) && !l.Turns16.After(in.To)
		none := c.ValidTo == "" || c.ValidTo != card.LongTerm && c.ValidTo < w.Today.String()
		return turns || in.Open && l.MustApply && none && !c.Open
	})
}

// ExpiringInput asks whose card ends in a span of days.
type ExpiringInput struct {
	From    citizen.Date `json:"from,omitzero"` // left out: from ever
	To      citizen.Date `json:"to"`
	Purpose string       `json:"purpose"`
	Limit   int          `json:"limit,omitempty"`
}

// expiring lists the station's residents whose newest card, of either generation, ends in the span and who have not applied.
func expiring(ctx context.Context, w *office.Work, in ExpiringInput) ([]DutyListed, error) {
	people := func(all map[string]carddb.Concern, fn func(registerdb.Brief) bool) error {
		first, err := registerdb.ExpiringOf(ctx, w.Tx, w.By.Unit, in.From, in.To)
		if err != nil {
			return err
		}
		first = slices.DeleteFunc(first, func(p registerdb.Brief) bool { return all[p.Resident].ValidTo != "" })
		var residents []string
		for resident, c := range all {
			if c.ValidTo != "" && c.ValidTo >= in.From.String() && c.ValidTo <= in.To.String() {
				residents = append(residents, resident)
			}
		}
		second, err := registerdb.BriefOf(ctx, w.Tx, w.By.Unit, residents)
		for _, p := range append(first, second...) {
			fn(p)
		}
		return err
	}
	return scan(ctx, w, in.Purpose, card.LookUpExpiring, page(in.Limit), people, func(l *DutyListed, c carddb.Concern) bool {
		end := c.ValidTo
		if l.Generation = "2"; end == "" {
			end, l.Generation = l.FirstTo, "1"
		}
		_, err := citizen.ParseDate(end)
		return err == nil && !c.Open && !l.Birth.IsZero()
	})
}

// scan goes through those of a station's open registrations that people tells of, given what the cards say of them, and records the look-up before. Where they come in the order of their
// birth it may stop when the list is full: the eldest come first.
func scan(ctx context.Context, w *office.Work, purpose, how string, limit int, people func(all map[string]carddb.Concern, fn func(registerdb.Brief) (more bool)) error,
	fits func(*DutyListed, carddb.Concern) bool) ([]DutyListed, error) {
	if err := record(w, card.LookedUp{Purpose: purpose, How: how, Wide: true}); err != nil {
		return nil, err
	}
	all, err := office.Figure(ctx, w.Tx, w.Office.City, []string{"card"}, "concerned "+string(w.By.Unit), func() (map[string]carddb.Concern, error) {
		return carddb.Concerned(ctx, w.Tx, w.By.Unit)
	})
	if err != nil {
		return nil, err
	}
	out := []DutyListed{}
	if err := people(all, func(p registerdb.Brief) (more bool) {
		full := len(out) >= limit && p.Birth != out[len(out)-1].Birth
		c := all[p.Resident]
		l := DutyListed{Tenure: p.ID, Resident: p.Resident, Birth: p.Birth, Sixteen: card.TurnsSixteen(p.Birth, w.Today), Applied: c.Open, CardTo: c.ValidTo, FirstTo: p.CardExpires}
		if fits(&l, c) {
			out = append(out, l)
		}
		return !full
	}); err != nil {
		return nil, err
	}
	slices.SortFunc(out, func(a, b DutyListed) int {
		return cmp.Or(a.Birth.Compare(b.Birth), strings.Compare(a.Tenure, b.Tenure))
	})
	out = out[:min(len(out), limit)]
	return out, named(ctx, w, out)
}

// named gives those who are shown their names, numbers and addresses.
func named(ctx context.Context, w *office.Work, out []DutyListed) error {
	tenures := make([]string, len(out))
	for i := range out {
		tenures[i] = out[i].Tenure
	}
	people, err := registerdb.PeopleOf(ctx, w.Tx, w.By.Unit, tenures)
	for i := range out {
		p := people[out[i].Tenure]
		out[i].Name, out[i].Number, out[i].Address = p.Name, citizen.Number(p.Number).Masked(), p.Address
	}
	return err
}

// LateInput asks what breaks its limit, and what will within some days.
type LateInput struct {
	Purpose string     `json:"purpose"`
	Within  int        `json:"within,omitempty"` // days; left out: the office's own
	Unit    event.Unit `json:"unit,omitempty"`   // of the desk; left out: any in the area
	Limit   int        `json:"limit,omitempty"`  // of the rows; the sums count everything
}

// LateListed is an application in the list.
type LateListed struct {
	Unit         event.Unit   `json:"unit"`
	Application  string       `json:"application"`
	AcceptanceNo string       `json:"acceptance_no"`
	Name         string       `json:"name"`
	Stage        card.Stage   `json:"stage"`
	Since        int64        `json:"since"`
	PromisedOn   citizen.Date `json:"promised_on,omitzero"`
	HoldUntil    string       `json:"hold_until,omitempty"`
	card.Clock
	Reason *carddb.Reason `json:"reason,omitempty"` // as an officer gave it at this stage
}

// Late is the list, the worst first, and its sums.
type Late struct {
	Grades map[card.Lateness]int `json:"grades"`
	Causes map[string]int        `json:"causes"`
	Desks  []DeskCount           `json:"desks"`
	Rows   []LateListed          `json:"rows"`
}

// DeskCount is how many lie on a desk.
type DeskCount struct {
	card.Desk
	Count int `json:"count"`
}

func (d desk) late(ctx context.Context, w *office.Work, in LateInput) (Late, error) {
	out := Late{Grades: make(map[card.Lateness]int), Causes: make(map[string]int), Desks: []DeskCount{}, Rows: []LateListed{}}
	if err := record(w, card.LookedUp{Purpose: in.Purpose, How: card.LookUpLate, Wide: true}); err != nil {
		return out, err
	}
	if in.Within <= 0 {
		in.Within = d.limits.SoonDays
	}
	running, err := d.running(ctx, w)
	if err != nil {
		return out, err
	}
	desks := make(map[card.Desk]int)
	for _, r := range running {
		c := d.limits.ClockOf(r.Position, w.Today, in.Within)
		if c.Grade == card.InTime || in.Unit != "" && c.Desk.Unit != in.Unit {
			continue
		}
		out.Grades[c.Grade]++
		out.Causes[c.Cause]++
		desks[c.Desk]++
		out.Rows = append(out.Rows, LateListed{r.Unit, r.Application, r.AcceptanceNo, r.Name, r.Stage, r.Since, r.PromisedOn, r.HoldUntil, c, nil})
	}
	slices.SortStableFunc(out.Rows, func(a, b LateListed) int {
		return cmp.Or(cmp.Compare(slices.Index(card.Grades, a.Grade), slices.Index(card.Grades, b.Grade)), a.PromisedOn.Compare(b.PromisedOn), strings.Compare(a.Application, b.Application))
	})
	out.Rows = out.Rows[:min(len(out.Rows), page(in.Limit))]
	out.Desks = deskCounts(desks)
	stages := make(map[string]card.Stage, len(out.Rows))
	for i := range out.Rows {
		stages[out.Rows[i].Application] = out.Rows[i].Stage
	}
	reasons, err := carddb.LateReasons(ctx, w.Tx, stages)
	for i := range out.Rows {
		out.Rows[i].Reason = reasons[out.Rows[i].Application]
	}
	return out, err
}

// running reads what is under way in the operator's area, and for signed forms whether the fee is still open. The list is not to be altered.
func (d desk) running(ctx context.Context, w *office.Work) ([]carddb.Running, error) {
	return office.Figure(ctx, w.Tx, w.By.Unit, []string{"card", "fund"}, "running and paid", func() ([]carddb.Running, error) {
		found, err := carddb.RunningIn(ctx, w.Tx, w.By.Unit)
		if err != nil {
			return nil, err
		}
		var signed []string
		for i := range found {
			if found[i].Stage == card.StageConfirmed {
				signed = append(signed, found[i].Application)
			}
		}
		settled, err := funddb.SettledAmong(ctx, w.Tx, signed)
		all := slices.Clone(found)
		for i := range all {
			all[i].Unpaid = all[i].Stage == card.StageConfirmed && !settled[funddb.Applied{Unit: all[i].Unit, Application: all[i].Application}]
		}
		return all, err
	})
}

// ExplainInput gives the reason why an application is late, or soon will be.
type ExplainInput struct {
	Application string          `json:"application"`
	Reason      card.LateReason `json:"reason"` // equipment, line, staff, maker, applicant, data, other
	Words       string          `json:"words"`
}

// Explained is what was recorded.
type Explained struct {
	Explanation string `json:"explanation"`
}

func (d desk) explainLate(ctx context.Context, w *office.Work, in ExplainInput) (Explained, error) {
	a, err := hold(ctx, w, in.Application)
	if err != nil {
		return Explained{}, err
	}
	id, err := newID()
	if err != nil {
		return Explained{}, err
	}
	p := card.PositionOf(a)
	if a.Stage == card.StageConfirmed {
		settled, err := feeSettled(ctx, w, a)
		if err != nil {
			return Explained{}, err
		}
		p.Unpaid = !settled
	}
	if a.Stage == card.StageDispatched {
		if p.Keeper, err = carddb.KeeperOf(ctx, w.Tx, a.CardNo); err != nil {
			return Explained{}, err
		}
	}
	e, err := card.ExplainLate(a, actor(w), id, d.limits.ClockOf(p, w.Today, d.limits.SoonDays), in.Reason, in.Words, w.Today)
	if err != nil {
		return Explained{}, err
	}
	w.Emit(e)
	return Explained{id}, nil
}

func deskCounts(desks map[card.Desk]int) []DeskCount {
	out := make([]DeskCount, 0, len(desks))
	for desk, n := range desks {
		out = append(out, DeskCount{desk, n})
	}
	slices.SortFunc(out, func(a, b DeskCount) int {
		return cmp.Or(strings.Compare(string(a.Unit), string(b.Unit)), strings.Compare(a.Role, b.Role))
	})
	return out
}

// Waiting is what lies on each desk of the operator's area: numbers only, no person.
type Waiting struct {
	Desks       []DeskCount            `json:"desks"`
	Stages      map[card.Stage]int     `json:"stages"`
	Held        int                    `json:"held"` // by hold, wherever they stand
	Temporaries map[card.TempState]int `json:"temporaries"`
	Today       int                    `json:"appointments_today"`
	Destroy     map[card.Waste]int     `json:"to_destroy"` // kept at the operator's unit
	Grades      map[card.Lateness]int  `json:"grades"`
}

func (d desk) waiting(ctx context.Context, w *office.Work, _ struct{}) (Waiting, error) {
	out := Waiting{Stages: make(map[card.Stage]int), Temporaries: make(map[card.TempState]int), Destroy: make(map[card.Waste]int), Grades: make(map[card.Lateness]int)}
	running, err := d.running(ctx, w)
	if err != nil {
		return out, err
	}
	desks := make(map[card.Desk]int)
	for _, r := range running {
		c := d.limits.ClockOf(r.Position, w.Today, d.limits.SoonDays)
		out.Stages[r.Stage]++
		if desks[c.Desk]++; r.Held {
			out.Held++
		}
		if c.Grade != card.InTime {
			out.Grades[c.Grade]++
		}
	}
	out.Desks = deskCounts(desks)
	if out.Temporaries, err = carddb.CountTemporaries(ctx, w.Tx, w.By.Unit); err != nil {
		return out, err
	}
	booked, err := carddb.Appointments(ctx, w.Tx, w.By.Unit, carddb.ByDay, w.Today)
	if err != nil {
		return out, err
	}
	for _, a := range booked {
		if a.State == card.AppointmentBooked {
			out.Today++
		}
	}
	k, err := keptHere(ctx, w)
	out.Destroy[card.WasteHeld] = len(k.Held)
	out.Destroy[card.WasteOld], out.Destroy[card.WasteTemporary], out.Destroy[card.WasteSpoilt] = len(k.Old), len(k.Temporary), len(k.Spoilt)
	return out, err
}

// HeldInput asks for the applications that are held.
type HeldInput struct {
	Purpose string `json:"purpose"`
	Limit   int    `json:"limit,omitempty"`
}

// HeldListed is one of them.
type HeldListed struct {
	Unit        event.Unit `json:"unit"`
	Application string     `json:"application"`
	Name        string     `json:"name"`
	Stage       card.Stage `json:"stage"`
	HoldUntil   string     `json:"hold_until"` // the promise
	Broken      bool       `json:"broken,omitempty"`
}

func heldList(ctx context.Context, w *office.Work, in HeldInput) ([]HeldListed, error) {
	if err := record(w, card.LookedUp{Purpose: in.Purpose, How: card.LookUpHeld, Wide: true}); err != nil {
		return nil, err
	}
	out := []HeldListed{}
	running, err := carddb.RunningIn(ctx, w.Tx, w.By.Unit)
	for i := range running {
		if r := &running[i]; r.Held {
			out = append(out, HeldListed{r.Unit, r.Application, r.Name, r.Stage, r.HoldUntil, r.HoldUntil < w.Today.String()})
		}
	}
	slices.SortStableFunc(out, func(a, b HeldListed) int { return strings.Compare(a.HoldUntil, b.HoldUntil) })
	return out[:min(len(out), page(in.Limit))], err
}

// AddressDueInput asks whose chip gives another address than the register.
type AddressDueInput struct {
	Unit    event.Unit `json:"unit"` // a station of the county
	Purpose string     `json:"purpose"`
	Limit   int        `json:"limit,omitempty"`
}

// AddressDue is one of them.
type AddressDue struct {
	Application string `json:"application"`
	Resident    string `json:"resident"`
	Tenure      string `json:"tenure"`
	Name        string `json:"name"`
	Registered  string `json:"registered"`
	OnCard      string `json:"on_card"`
}

// addressDue compares the chips of a station's residents with the register (居民身份证法 (2003) art. 11 para 3).
func addressDue(ctx context.Context, w *office.Work, in AddressDueInput) ([]AddressDue, error) {
	if err := w.Below(in.Unit); err != nil {
		return nil, err
	}
	if err := record(w, card.LookedUp{Purpose: in.Purpose, How: card.LookUpAddress, Wide: true}); err != nil {
		return nil, err
	}
	holders, err := holdersAt(ctx, w, in.Unit)
	out := []AddressDue{}
	for _, t := range holders {
		if err != nil || len(out) >= page(in.Limit) {
			break
		}
		var all []card.Application
		if all, err = carddb.HandedTo(ctx, w.Tx, t.Resident); err != nil {
			break
		}
		for _, a := range card.Valid(all, w.Today) {
			var last string
			if last, err = carddb.LastAppended(ctx, w.Tx, a.ID); err != nil {
				break
			}
			if on := card.AddressOn(a, last); on != t.Address {
				out = append(out, AddressDue{a.ID, a.Resident, t.Tenure, t.Name, t.Address, on})
			}
		}
	}
	return out, err
}

// holdersAt are those registered at a station who hold a card, by their tenures.
func holdersAt(ctx context.Context, w *office.Work, station event.Unit) ([]registerdb.Person, error) {
	holding := make(map[string]bool)
	if err := carddb.EachHolder(ctx, w.Tx, w.Today, func(resident string) bool { holding[resident] = true; return true }); err != nil {
		return nil, err
	}
	open, err := registerdb.OpenOf(ctx, w.Tx, station)
	if err != nil {
		return nil, err
	}
	var tenures []string
	for _, t := range open {
		if holding[t.Resident] {
			tenures = append(tenures, t.ID)
		}
	}
	people, err := registerdb.PeopleOf(ctx, w.Tx, station, tenures)
	return slices.SortedFunc(maps.Values(people), func(a, b registerdb.Person) int { return strings.Compare(a.Tenure, b.Tenure) }), err
}

// AppendInput is a new address in a chip.
type AppendInput struct {
	Application string `json:"application"` // by which the card was handed over
	ReadBack    string `json:"read_back"`   // the address as the reader read it afterwards
}

// Appended is what was recorded.
type Appended struct {
	Append  string `json:"append"`
	Address string `json:"address"`
}

func appendAddress(ctx context.Context, w *office.Work, in AppendInput) (Appended, error) {
	a, ok, err := carddb.Load(ctx, w.Tx, in.Application)
	if err != nil {
		return Appended{}, err
	}
	if !ok {
		return Appended{}, card.NotFound()
	}
	if err := w.Lock(ctx, append(personLocks(a.Resident, ""), a.ID)...); err != nil {
		return Appended{}, err
	}
	if a, _, err = carddb.Load(ctx, w.Tx, a.ID); err != nil {
		return Appended{}, err
	}
	t, _, err := registerdb.OpenTenure(ctx, w.Tx, a.Resident)
	if err != nil {
		return Appended{}, err
	}
	all, err := others(ctx, w, a)
	if err != nil {
		return Appended{}, err
	}
	last, err := carddb.LastAppended(ctx, w.Tx, a.ID)
	if err != nil {
		return Appended{}, err
	}
	id, err := newID()
	if err != nil {
		return Appended{}, err
	}
	e, err := card.AppendAddress(a, actor(w), id, person(t), last, in.ReadBack, all, w.Today)
	if err != nil {
		return Appended{}, err
	}
	w.Emit(e)
	return Appended{id, t.Record.Address}, nil
}
