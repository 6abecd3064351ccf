package programme

import (
	"slices"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// Notice tells the public when whose turn is and where (plan W10). It names streets and committees, never people.
type Notice struct {
	Unit   event.Unit   `json:"unit"`
	Notice string       `json:"notice"`
	Title  string       `json:"title"`
	Text   string       `json:"text"`
	Areas  []string     `json:"areas"` // streets, committees, villages
	From   citizen.Date `json:"from"`
	To     citizen.Date `json:"to"`
	Place  string       `json:"place"`
	Bring  string       `json:"bring,omitempty"` // what to bring
}

// IssueNotice issues a notice.
func IssueNotice(by By, n Notice) (event.Event, error) {
	n.Unit = by.Unit
	switch {
	case !said(n.Title) || !said(n.Text):
		return event.Event{}, noText("text")
	case len(n.Areas) == 0 || slices.Contains(n.Areas, ""):
		return event.Event{}, refuse("programme.no_area", Source, "areas", "未写明街道、社区或村", "no street, committee or village is named", "写明轮到哪些地方", "say whose turn it is")
	case !said(n.Place):
		return event.Event{}, refuse("programme.no_place", Source, "place", "未写明办理地点", "no place is named", "写明在何处办理", "say where to come")
	case n.From.IsZero() || n.To.Before(n.From) || n.To.Before(by.Today):
		return event.Event{}, refuse("programme.notice_days", Source, "from", "办理日期缺少、颠倒或已过", "the days are missing, reversed or past", "核对起止日期", "check the first and last day")
	}
	return event.Event{Stream: event.Up(by.Unit), Kind: KindNoticeIssued, V: 1, Subject: n.Notice, Body: n}, nil
}

// Problem is something that a unit cannot settle by itself (plan W6).
type Problem struct {
	Unit    event.Unit `json:"unit"`
	Problem string     `json:"problem"`
	Kind    string     `json:"kind"` // people, money, goods, technology, rule
	Text    string     `json:"text"`
}

// ProblemKinds are the kinds of problems (plan W1: people, money, goods and technology).
var ProblemKinds = []string{"people", "money", "goods", "technology", "rule"}

// RaiseProblem raises a problem.
func RaiseProblem(by By, p Problem) (event.Event, error) {
	p.Unit = by.Unit
	switch {
	case !slices.Contains(ProblemKinds, p.Kind):
		return event.Event{}, refuse("programme.problem_kind", Source, "kind", "问题类别不明", "the kind of the problem is not clear", "用 people、money、goods、technology 或 rule", "use people, money, goods, technology or rule")
	case !said(p.Text):
		return event.Event{}, noText("text")
	}
	return event.Event{Stream: event.Up(by.Unit), Kind: KindProblemRaised, V: 1, Subject: p.Problem, Body: p}, nil
}

// Guidance goes to every unit below: a binding answer to a problem, or a good practice with its figures before and after (plan W6).
type Guidance struct {
	Unit     event.Unit `json:"unit"`
	Guidance string     `json:"guidance"`
	Kind     string     `json:"kind"` // answer, practice
	Problem  string     `json:"problem,omitempty"`
	Title    string     `json:"title"`
	Text     string     `json:"text"`
	Binding  bool       `json:"binding,omitempty"`
	From     event.Unit `json:"from,omitempty"` // of a practice: where it comes from
	Before   *Figure    `json:"before,omitempty"`
	After    *Figure    `json:"after,omitempty"`
}

// The kinds of guidance.
const (
	GuidanceAnswer   = "answer"
	GuidancePractice = "practice"
)

// IssueGuidance issues guidance; problem is the one that it answers, ok whether it is known here, answered whether there is an answer.
func IssueGuidance(by By, g Guidance, problem Problem, ok, answered bool) (event.Event, error) {
	g.Unit = by.Unit
	switch {
	case g.Kind != GuidanceAnswer && g.Kind != GuidancePractice:
		return event.Event{}, refuse("programme.guidance_kind", "", "kind", "指导意见类别不明", "the kind of the guidance is not clear", "用 answer 或 practice", "use answer or practice")
	case !said(g.Title) || !said(g.Text):
		return event.Event{}, noText("text")
	case g.Kind == GuidanceAnswer && (!ok || !by.Unit.Contains(problem.Unit)):
		return event.Event{}, refuse("programme.no_problem", "", "problem", "辖区内没有这个问题", "there is no such problem in this area", "核对问题标识", "check the problem's identifier")
	case g.Kind == GuidanceAnswer && answered:
		return event.Event{}, refuse("programme.answered_already", "", "problem", "该问题已有答复", "the problem has been answered", "如需更改，另行提出问题", "raise it anew to change the answer")
	case g.Kind == GuidancePractice && (g.Before == nil || g.After == nil || !by.Unit.Contains(g.From)):
		return event.Event{}, refuse("programme.no_before", Source, "before", "经验做法缺少来源单位或前后数据", "the practice lacks its unit or the figures before and after",
			"写明哪个单位、前后数据", "name the unit and both figures")
	}
	return event.Event{Stream: event.Down(by.Unit), Kind: KindGuidanceIssued, V: 1, Subject: g.Guidance, Body: g}, nil
}

// GuidanceRead is a unit's read-mark.
type GuidanceRead struct {
	Unit     event.Unit `json:"unit"`
	Guidance string     `json:"guidance"`
	TakenUp  bool       `json:"taken_up,omitempty"` // of a practice: it is done here now
}

// ReadGuidance marks guidance as read; ok tells whether it is known and meant for the unit, already whether it has been marked.
func ReadGuidance(by By, c GuidanceRead, ok, already bool) (event.Event, error) {
	c.Unit = by.Unit
	switch {
	case !ok:
		return event.Event{}, refuse("programme.no_guidance", "", "guidance", "没有此件指导意见", "there is no such guidance", "核对标识，或等待数据到达", "check the identifier, or wait for it to arrive")
	case already && !c.TakenUp:
		return event.Event{}, refuse("programme.read_already", "", "guidance", "已阅知", "it has been read", "无需再办", "there is nothing left to do")
	}
	return event.Event{Stream: event.Up(by.Unit), Kind: KindGuidanceRead, V: 1, Subject: c.Guidance, Body: c}, nil
}
