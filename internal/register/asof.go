package register

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
)

// Version is one version of a tenure's history: a change with the two times that it has.
type Version struct {
	Kind        string
	EffectiveOn citizen.Date // when it became true; zero: as far back as the tenure goes
	KnownOn     citizen.Date // when it was registered
	Corrects    bool         // the value before was never true (GA 214.13: 更正), so that the new one holds for the past as well
	Record      Record
	State       string
}

// Past is what was registered of a tenure on a day.
type Past struct {
	State  string  `json:"state"` // empty: not registered at this station on the day
	Record *Record `json:"record,omitempty"`
}

// span is a value from a day on.
type span struct {
	from  citizen.Date
	value string
}

// timeline is one item through the years. A change begins a new span; a correction alters every span that had the wrong value.
type timeline []span

func (l timeline) at(day citizen.Date) string {
	value := ""
	for _, s := range l {
		if !s.from.After(day) {
			value = s.value
		}
	}
	return value
}

func (l timeline) change(from citizen.Date, value string) timeline {
	at := slices.IndexFunc(l, func(s span) bool { return !s.from.Before(from) })
	switch {
	case at < 0:
		return append(l, span{from, value})
	case l[at].from == from:
		l[at].value = value
		return l
	}
	return slices.Insert(l, at, span{from, value})
}

func (l timeline) correct(wrong, right string) timeline {
	for i := range l {
		if l[i].value == wrong {
			l[i].value = right
		}
	}
	return l
}

// AsOf tells what was true of a tenure on a day, as it was registered on another day: versions are those of the tenure in their order, the first
// included. What was registered after known is left out; ok is false when nothing was registered by then.
func AsOf(versions []Version, day, known citizen.Date) (past Past, ok bool, err error) {
	lines := make(map[string]timeline)
	var before map[string]string
	for _, v := range versions {
		if v.KnownOn.After(known) {
			continue
		}
		after, err := items(v)
		if err != nil {
			return past, false, err
		}
		for _, key := range keysOf(before, after) {
			if before != nil && before[key] == after[key] {
				continue
			}
			if v.Corrects && before != nil {
				lines[key] = lines[key].correct(before[key], after[key])
				if !slices.ContainsFunc(lines[key], func(s span) bool { return s.value == after[key] }) {
					lines[key] = lines[key].change(citizen.Date{}, after[key])
				}
				continue
			}
			lines[key] = lines[key].change(v.EffectiveOn, after[key])
		}
		before = after
	}
	if before == nil {
		return past, false, nil
	}
	past.State = lines[stateItem].at(day)
	if past.State == "" {
		return past, true, nil
	}
	past.Record, err = recordAt(lines, day)
	return past, true, err
}

// stateItem is the state among the items of a record.
const stateItem = " state"

// items are a version's items as JSON texts, with its state among them.
func items(v Version) (map[string]string, error) {
	text, err := json.Marshal(v.Record)
	if err != nil {
		return nil, err
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(text, &raw); err != nil {
		return nil, err
	}
	all := map[string]string{stateItem: v.State}
	for key, value := range raw {
		all[key] = string(value)
	}
	return all, nil
}

func keysOf(a, b map[string]string) []string {
	var keys []string
	for key := range b {
		keys = append(keys, key)
	}
	for key := range a {
		if _, ok := b[key]; !ok {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

func recordAt(lines map[string]timeline, day citizen.Date) (*Record, error) {
	raw := make(map[string]json.RawMessage)
	for key, line := range lines {
		if value := line.at(day); value != "" && !strings.HasPrefix(key, " ") {
			raw[key] = json.RawMessage(value)
		}
	}
	text, err := json.Marshal(raw)
	if err != nil {
		return nil, err
	}
	var r Record
	return &r, json.Unmarshal(text, &r)
}

// Altered is one item that a change altered.
type Altered struct {
	Item   string `json:"item"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// Alterations lists the items in which two records differ, by name. The sort key goes with the name and is left out.
func Alterations(before, after Record) ([]Altered, error) {
	a, err := items(Version{Record: before})
	if err != nil {
		return nil, err
	}
	b, err := items(Version{Record: after})
	if err != nil {
		return nil, err
	}
	all := []Altered{}
	for _, key := range keysOf(a, b) {
		if a[key] != b[key] && !strings.HasPrefix(key, "pinyin") {
			all = append(all, Altered{Item: key, Before: plain(a[key]), After: plain(b[key])})
		}
	}
	return all, nil
}

// plain is a JSON text without its quotes.
func plain(raw string) string {
	var s string
	if json.Unmarshal([]byte(raw), &s) == nil {
		return s
	}
	return raw
}
