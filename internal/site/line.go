package site

import (
	"slices"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// The states of a unit's line (R7). Unknown is what nobody has stated; it is never connected.
const (
	LineUnknown   = "unknown"
	LineNone      = "none"
	LineCabled    = "cabled"
	LineConnected = "connected"
	LineTested    = "tested"
)

// Roads of the exchange.
const (
	RoadNetwork = "network"
	RoadDisk    = "disk"
)

var lineStates = []string{LineNone, LineCabled, LineConnected, LineTested}

// LineStated says what a unit's line is. N numbers the statements. Entry: site.line_stated.
type LineStated struct {
	Unit    event.Unit   `json:"unit"`
	N       int          `json:"n"`
	State   string       `json:"state"`
	Carrier string       `json:"carrier,omitempty"`
	Kbps    int          `json:"kbps,omitempty"` // measured
	On      citizen.Date `json:"on"`
}

// Outage is an interruption of a line, opened and closed under one identifier. Entries: site.outage_opened, site.outage_closed.
type Outage struct {
	Unit   event.Unit   `json:"unit"`
	Outage string       `json:"outage"`
	On     citizen.Date `json:"on"`
	Cause  string       `json:"cause,omitempty"`
}

// LineClaim is a stored LineStated.
type LineClaim struct {
	LineStated
	Claim
}

// OutageClaim is a stored Outage.
type OutageClaim struct {
	Outage
	Claim
	Closed bool
}

// Line is what is known of a unit's line.
type Line struct {
	Unit    event.Unit   `json:"unit"`
	State   string       `json:"state"`
	Carrier string       `json:"carrier,omitempty"`
	Kbps    int          `json:"kbps,omitempty"`
	On      citizen.Date `json:"on,omitzero"`
	Out     []Outage     `json:"out,omitempty"`    // open outages
	Outages int          `json:"outages,omitzero"` // all, closed ones too
	N       int          `json:"-"`
}

// LineOf derives a line from everything that was stated of it. The statement with the highest number holds; of two with one number the unit's own, for it
// stands beside the socket. An outage is closed by whoever may speak of the line.
func LineOf(unit event.Unit, claims []LineClaim, outages []OutageClaim) Line {
	line := Line{Unit: unit, State: LineUnknown}
	if len(claims) > 0 {
		last := slices.MaxFunc(claims, func(a, b LineClaim) int {
			if a.N != b.N {
				return a.N - b.N
			}
			return order(a.Claim, b.Claim)
		})
		line.State, line.Carrier, line.Kbps, line.On, line.N = last.State, last.Carrier, last.Kbps, last.On, last.N
	}
	for _, o := range outages {
		if o.Closed {
			continue
		}
		line.Outages++
		if !slices.ContainsFunc(outages, func(c OutageClaim) bool { return c.Closed && c.Outage.Outage == o.Outage.Outage }) {
			line.Out = append(line.Out, o.Outage)
		}
	}
	return line
}

// Road is the road that the exchange should use: the network over a line that was tested, is fast enough and is not out; else the disk.
func (l Line) Road(limits Limits) string {
	if l.State == LineTested && l.Kbps >= limits.NetworkKbps && len(l.Out) == 0 {
		return RoadNetwork
	}
	return RoadDisk
}

// StateLine records what a line is now.
func StateLine(by By, c LineStated, known bool, now Line) (event.Event, error) {
	if c.On.IsZero() {
		c.On = by.Today
	}
	if err := by.speaks(c.Unit, known); err != nil {
		return event.Event{}, err
	}
	switch {
	case !slices.Contains(lineStates, c.State):
		return event.Event{}, refuse("site.line_state", "state", "没有该线路状态", "there is no such state of a line", "用 none、cabled、connected 或 tested", "use none, cabled, connected or tested")
	case c.State == LineTested && (c.Kbps <= 0 || c.Carrier == ""):
		return event.Event{}, refuse("site.line_test", "kbps", "测试须填承载方式和实测速率", "a test names the carrier and the measured speed", "填写 carrier 和 kbps", "give carrier and kbps")
	case c.On.After(by.Today) || c.On.Before(now.On):
		return event.Event{}, refuse("site.line_date", "on", "日期晚于今日或早于上次登记", "the date is later than today or before the last statement", "核对日期", "check the date")
	}
	c.N = now.N + 1
	return event.Event{Stream: by.stream(c.Unit), Kind: KindLineStated, V: 1, Subject: string(c.Unit), Body: c}, nil
}

// OpenOutage records that a line is out.
func OpenOutage(by By, unit event.Unit, known bool, now Line, outage, cause string) (event.Event, error) {
	if err := by.speaks(unit, known); err != nil {
		return event.Event{}, err
	}
	switch {
	case len(now.Out) > 0:
		return event.Event{}, refuse("site.line_out", "unit", "线路已登记中断", "the line is out already", "恢复后再登记", "close that outage first")
	case now.State != LineConnected && now.State != LineTested:
		return event.Event{}, refuse("site.line_state", "unit", "线路未接通", "the line is not connected", "先登记线路状态", "state the line first")
	case cause == "":
		return event.Event{}, refuse("site.no_ground", "cause", "未写明原因", "no cause is given", "写明原因", "write the cause")
	}
	return event.Event{Stream: by.stream(unit), Kind: KindOutageOpened, V: 1, Subject: string(unit), Body: Outage{Unit: unit, Outage: outage, On: by.Today, Cause: cause}}, nil
}

// CloseOutage records that a line works again.
func CloseOutage(by By, unit event.Unit, known bool, now Line) ([]event.Event, error) {
	if err := by.speaks(unit, known); err != nil {
		return nil, err
	}
	if len(now.Out) == 0 {
		return nil, refuse("site.line_not_out", "unit", "线路未登记中断", "no outage of the line is open", "核对单位", "check the unit")
	}
	var events []event.Event
	for _, o := range now.Out {
		events = append(events, event.Event{Stream: by.stream(unit), Kind: KindOutageClosed, V: 1, Subject: string(unit), Body: Outage{Unit: unit, Outage: o.Outage, On: by.Today}})
	}
	return events, nil
}
