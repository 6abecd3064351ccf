package register

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// Range is a block of sequences of one division for the birth dates of a period, in one station's hands.
type Range struct {
	ID         string           `json:"range"`
	Station    event.Unit       `json:"station"`
	Generation int              `json:"station_generation"` // the range is retired when the station writes in a later one
	Division   citizen.Division `json:"division"`
	BirthFrom  citizen.Date     `json:"birth_from"`
	BirthTo    citizen.Date     `json:"birth_to"`
	SeqFrom    int              `json:"seq_from"`
	SeqTo      int              `json:"seq_to"`
}

// Covers tells whether a birth date lies in the range's period.
func (r Range) Covers(birth citizen.Date) bool {
	return !birth.Before(r.BirthFrom) && !birth.After(r.BirthTo)
}

// lastSequence is the highest sequence that is allotted: 996 to 999 were kept for centenarians (GB 11643-1989).
const lastSequence = 995

// maxPeriod bounds the days of one allotment.
const maxPeriod = 366

// Allot is the county's command: sequences for a station and a period, perDay of them for each birth date.
type Allot struct {
	Station   event.Unit   `json:"station"`
	BirthFrom citizen.Date `json:"birth_from"`
	BirthTo   citizen.Date `json:"birth_to"`
	PerDay    int          `json:"per_day"`
}

// AllotFacts are what the county knows: the ranges that it has allotted, retired ones too, and the sequences that the register has
// for birth dates of the period.
type AllotFacts struct {
	Range      string // identifier minted for the new range
	Generation int    // the station's current generation
	Ranges     []Range
	Taken      []int
}

// AllotNumbers gives a station the lowest block of sequences that no range of an overlapping period and no registered number has:
// the county whose code heads the number never allots a sequence of a birth date twice (GB 11643-1999).
func AllotNumbers(by By, c Allot, f AllotFacts) (event.Event, error) {
	if err := c.check(by); err != nil {
		return event.Event{}, err
	}
	from, ok := freeBlock(c, f)
	if !ok {
		return event.Event{}, event.Refuse("register.sequences_exhausted", "GB 11643-1999",
			citizen.Text{ZH: "该时段的顺序码已不够分配", EN: "there are not enough sequences left for these birth dates"},
			citizen.Text{ZH: "缩短时段或减少每日数量", EN: "take a shorter period or fewer a day"})
	}
	r := Range{ID: f.Range, Station: c.Station, Generation: f.Generation, Division: citizen.Division(by.Unit),
		BirthFrom: c.BirthFrom, BirthTo: c.BirthTo, SeqFrom: from, SeqTo: from + c.PerDay - 1}
	return event.Event{Stream: event.Down(by.Unit), Kind: KindNumbersAllotted, V: 1, Subject: f.Range, Body: NumbersAllotted{r}}, nil
}

func (c Allot) check(by By) error {
	switch {
	case by.Unit.Level() != event.County:
		return event.Refuse("register.allot_level", "GB 11643-1999",
			citizen.Text{ZH: "顺序码由号码所冠的县（市、区）公安机关分配", EN: "sequences are allotted by the county whose code heads the number"},
			citizen.Text{ZH: "由县（市、区）局办理", EN: "the county bureau does it"})
	case c.Station.Level() != event.Station || !by.Unit.Contains(c.Station):
		return field("station", event.Refuse("register.allot_station", "",
			citizen.Text{ZH: string(c.Station) + " 不是本县（市、区）的派出所", EN: string(c.Station) + " is not a station of this county"},
			citizen.Text{ZH: "核对单位代码", EN: "check the unit's code"}))
	case c.BirthFrom.IsZero() || c.BirthTo.Before(c.BirthFrom) || c.BirthFrom.DaysUntil(c.BirthTo) >= maxPeriod:
		return field("birth_from", event.Refuse("register.allot_period", "",
			citizen.Text{ZH: fmt.Sprintf("出生日期的时段应在 %d 天之内", maxPeriod), EN: fmt.Sprintf("the period of birth dates is at most %d days", maxPeriod)},
			citizen.Text{ZH: "改正起止日期", EN: "correct the two dates"}))
	case c.PerDay < 2 || c.PerDay > lastSequence:
		return field("per_day", event.Refuse("register.allot_count", "GB 11643-1999",
			citizen.Text{ZH: "每日至少两个顺序码（单号为男，双号为女）", EN: "a day needs at least two sequences, odd for a boy and even for a girl"},
			citizen.Text{ZH: "改正每日数量", EN: "correct the count a day"}))
	}
	return nil
}

// freeBlock finds the lowest block of the wanted length.
func freeBlock(c Allot, f AllotFacts) (from int, ok bool) {
	type block struct{ from, to int }
	var used []block
	for _, r := range f.Ranges {
		if !r.BirthTo.Before(c.BirthFrom) && !r.BirthFrom.After(c.BirthTo) {
			used = append(used, block{r.SeqFrom, r.SeqTo})
		}
	}
	for _, s := range f.Taken {
		used = append(used, block{s, s})
	}
	slices.SortFunc(used, func(a, b block) int { return cmp.Compare(a.from, b.from) })
	from = 1
	for _, b := range used {
		if b.from-from >= c.PerDay {
			break
		}
		from = max(from, b.to+1)
	}
	return from, from+c.PerDay-1 <= lastSequence
}

// DrawFacts are what a station knows of its numbers for one birth date.
type DrawFacts struct {
	Generation int     // the station's current one
	Ranges     []Range // allotted to the station, of any generation
	Taken      func(citizen.Number) bool
}

// Drawn is a number taken out of a range.
type Drawn struct {
	Number citizen.Number
	Range  string
	Left   int // numbers of the same birth date and sex that remain
}

// Draw takes the lowest unused number of a birth date and sex out of the station's ranges: odd for men, even for women
// (GB 11643-1999). Ranges of an earlier generation of the station are retired.
func Draw(birth citizen.Date, sex citizen.Sex, f DrawFacts) (d Drawn, err error) {
	ranges := slices.Clone(f.Ranges)
	slices.SortFunc(ranges, func(a, b Range) int { return cmp.Or(cmp.Compare(a.SeqFrom, b.SeqFrom), cmp.Compare(a.ID, b.ID)) })
	for _, r := range ranges {
		if r.Generation != f.Generation || !r.Covers(birth) {
			continue
		}
		for seq := r.SeqFrom; seq <= r.SeqTo; seq++ {
			if (seq%2 == 1) != (sex == citizen.Male) {
				continue
			}
			number, err := citizen.NewNumber(r.Division, birth, seq)
			if err != nil {
				return d, err
			}
			switch {
			case f.Taken(number):
			case d.Number == "":
				d.Number, d.Range = number, r.ID
			default:
				d.Left++
			}
		}
	}
	if d.Number == "" {
		return d, event.Refuse("register.no_number", "GB 11643-1999",
			citizen.Text{ZH: "本所没有 " + birth.String() + " 出生日期可用的顺序码", EN: "this station has no sequence left for the birth date " + birth.String()},
			citizen.Text{ZH: "请县（市、区）局分配顺序码（register.allot_numbers），旧的出生日期按顺序码登记表编号", EN: "ask the county to allot numbers (register.allot_numbers); an older birth date is numbered from the county's sequence register"})
	}
	return d, nil
}

func field(name string, r *event.Refusal) *event.Refusal {
	r.Field = name
	return r
}
