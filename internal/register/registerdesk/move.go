package registerdesk

import (
	"context"
	"encoding/json"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdb"
)

// MoveOutInput lets a person go. Request names the receiving station's request that it answers.
type MoveOutInput struct {
	Tenure      string          `json:"tenure"`
	Expected    int64           `json:"expected_version,omitempty"`
	ToUnit      event.Unit      `json:"to_unit,omitempty"`
	Destination string          `json:"destination,omitempty"`
	On          citizen.Date    `json:"on"`
	Reason      string          `json:"reason"`
	Paper       *register.Paper `json:"paper,omitempty"`
	Request     string          `json:"request,omitempty"`
}

// MoveOutOutput names the tenure that begins and carries the text of the migration paper; both are empty for a move out of the city.
type MoveOutOutput struct {
	ToTenure string `json:"to_tenure,omitempty"`
	Paper    string `json:"paper,omitempty"`

	NeedsHouseholder bool `json:"needs_householder,omitempty"` // the household that was left has none now
}

func moveOut(ctx context.Context, w *office.Work, in MoveOutInput) (out MoveOutOutput, err error) {
	if err := w.Lock(ctx, in.Tenure, in.Request); err != nil {
		return out, err
	}
	t, since, err := read(ctx, w.Tx, in.Tenure, in.Expected)
	if err != nil {
		return out, err
	}
	facts := register.MoveOutFacts{Since: since}
	if facts.History, err = registerdb.HistoryDigest(ctx, w.Tx, t.Unit, t.ID); err != nil {
		return out, err
	}
	if in.ToUnit != "" {
		if facts.ToTenure, err = mint(); err != nil {
			return out, err
		}
	}
	if in.Request != "" {
		if err := checkRequest(ctx, w, in); err != nil {
			return out, err
		}
	}
	e, err := register.RegisterMoveOut(by(w), t, register.MoveOut{ToUnit: in.ToUnit, Destination: in.Destination, On: in.On, Reason: in.Reason,
		Paper: in.Paper, Expected: in.Expected, Request: in.Request}, facts)
	if err != nil {
		return out, err
	}
	w.Emit(e)
	if out.NeedsHouseholder, err = leaves(ctx, w, t); err != nil || in.ToUnit == "" {
		return out, err
	}
	out.ToTenure = facts.ToTenure
	out.Paper, err = signPaper(ctx, w, e.Body.(register.MovedOut).Moving(t.Unit))
	return out, err
}

func checkRequest(ctx context.Context, w *office.Work, in MoveOutInput) error {
	q, err := request(ctx, w, in.Request)
	if err != nil {
		return err
	}
	if q.By != in.ToUnit {
		return refuse("register.request_other", "", "该申请由 "+string(q.By)+" 提出", "the request was made by "+string(q.By), "迁入地填写该所", "name that station as the receiver")
	}
	return nil
}

// request reads a request that this station has still to answer.
func request(ctx context.Context, w *office.Work, id string) (register.Requested, error) {
	q, ok, err := registerdb.Request(ctx, w.Tx, id)
	if err != nil {
		return q, err
	}
	q.Answered = q.Answered || !ok
	return q, q.Check(by(w))
}

// MovePaper is the signed text of a migration paper, as its code carries it: the statement, and the certificates from the signing node
// up to the city's, so that the receiving station can check it without a line.
type MovePaper struct {
	Statement string   `json:"statement"`
	Chain     []string `json:"chain"`
}

func signPaper(ctx context.Context, w *office.Work, m register.Moving) (string, error) {
	signed, err := w.Office.Key.SignStatement(register.MovePaperTitle, struct {
		Node string `json:"node"`
		register.Moving
	}{w.Office.Key.Node, m})
	if err != nil {
		return "", err
	}
	paper := MovePaper{Statement: string(signed), Chain: []string{}}
	_, _, known, err := journal.CertificateOf(ctx, w.Tx, w.Office.Key.Node)
	if err != nil {
		return "", err
	}
	if known {
		chain, err := journal.ChainOf(ctx, w.Tx, w.Office.Key.Node)
		if err != nil {
			return "", err
		}
		for _, c := range chain {
			paper.Chain = append(paper.Chain, string(c))
		}
	}
	text, err := json.Marshal(paper)
	return string(text), err
}

// openPaper checks a migration paper: signed by this node, by one that it knows, or by one whose chain leads to the city; and the
// signer speaks for the station moved from.
func openPaper(ctx context.Context, w *office.Work, text string) (m register.Moving, err error) {
	bad := refuse("register.paper_invalid", "户口登记条例（1958）第10条", "迁移证的签名核对不上", "the migration paper's signature does not hold",
		"重新扫描；仍不符的，向迁出地核实（register.request_move_in）", "scan it again; if it still fails ask the former station (register.request_move_in)")
	var paper MovePaper
	if json.Unmarshal([]byte(unpackPaper(text)), &paper) != nil {
		return m, bad
	}
	var claim struct {
		Node string `json:"node"`
		register.Moving
	}
	if journal.Peek([]byte(paper.Statement), register.MovePaperTitle, &claim) != nil {
		return m, bad
	}
	verifier, unit, err := signer(ctx, w, claim.Node, paper.Chain)
	if err != nil {
		return m, err
	}
	if !unit.Contains(claim.FromUnit) || journal.OpenStatement([]byte(paper.Statement), verifier, register.MovePaperTitle, &claim) != nil {
		return m, bad
	}
	m = claim.Moving
	m.Source = register.SourcePaper
	return m, registerdb.Answered(ctx, w.Tx, &m)
}

// signer finds the key and the unit of a node; the empty unit when nothing vouches for it.
func signer(ctx context.Context, w *office.Work, node string, chain []string) (verifier string, unit event.Unit, err error) {
	if node == w.Office.Key.Node {
		return w.Office.Key.Verifier(), w.Office.City, nil
	}
	known, err := journal.Certificates(ctx, w.Tx)
	if err != nil {
		return "", "", err
	}
	var city string
	for _, c := range known {
		if c.Node == node {
			return c.Verifier, c.Unit, nil
		}
		if c.Issuer == c.Node {
			city = c.Verifier
		}
	}
	signed := make([][]byte, len(chain))
	for i := range chain {
		signed[i] = []byte(chain[i])
	}
	opened, err := journal.OpenChain(signed, city)
	if err != nil || opened[0].Node != node {
		return "", "", nil // no vouching: the caller refuses the paper
	}
	return opened[0].Verifier, opened[0].Unit, nil
}

// MoveInInput takes a person in: by the paper, or by the tenure that the stream brought.
type MoveInInput struct {
	ToTenure    string          `json:"to_tenure,omitempty"`
	Paper       string          `json:"paper,omitempty"`
	HouseholdNo string          `json:"household_no"`
	Address     string          `json:"address"`
	Relation    string          `json:"relation"`
	On          citizen.Date    `json:"on"`
	Document    *register.Paper `json:"document,omitempty"` // the migration paper's own number
}

// MoveInOutput names the tenure that began.
type MoveInOutput struct {
	Tenure      string `json:"tenure"`
	Resident    string `json:"resident"`
	Provisional bool   `json:"provisional"` // until the former station's entry arrives
	Late        bool   `json:"late"`
}

func (d desk) moveIn(ctx context.Context, w *office.Work, in MoveInInput) (out MoveInOutput, err error) {
	m, err := moving(ctx, w, in.ToTenure, in.Paper)
	if err != nil {
		return out, err
	}
	if err := admits(ctx, w, in.HouseholdNo); err != nil {
		return out, err
	}
	events, err := register.RegisterMoveIn(by(w), m, register.MoveIn{HouseholdNo: in.HouseholdNo, Address: in.Address, Relation: in.Relation,
		On: in.On, Paper: in.Document}, d.limits)
	if err != nil {
		return out, err
	}
	w.Emit(events...)
	return MoveInOutput{Tenure: m.ToTenure, Resident: m.Resident, Provisional: m.Source == register.SourcePaper,
		Late: events[0].Body.(register.MovedIn).Late}, nil
}

// moving finds a move by the stream, else by the paper, and locks the tenure that it opens.
func moving(ctx context.Context, w *office.Work, toTenure, paper string) (m register.Moving, err error) {
	if paper != "" {
		if m, err = openPaper(ctx, w, paper); err != nil {
			return m, err
		}
		toTenure = m.ToTenure
	}
	if err := w.Lock(ctx, toTenure); err != nil {
		return m, err
	}
	streamed, ok, err := registerdb.MoveTo(ctx, w.Tx, toTenure)
	if err != nil {
		return m, err
	}
	switch {
	case ok:
		return streamed, nil
	case paper != "":
		return m, registerdb.Answered(ctx, w.Tx, &m) // again, under the lock
	}
	return m, refuse("register.move_unknown", "户口登记条例（1958）第13条", "本所尚未收到该迁移的记录", "the move has not arrived at this station",
		"持迁移证的扫描迁移证当日办理；没有的向迁出地申请（register.request_move_in）",
		"scan the citizen's migration paper and register it the same day; without one ask the former station (register.request_move_in)")
}

// ReturnInput gives a person back.
type ReturnInput struct {
	ToTenure string `json:"to_tenure,omitempty"`
	Paper    string `json:"paper,omitempty"`
	Ground   string `json:"ground"`
}

// None is the result of an action that only writes.
type None struct{}

func returnMove(ctx context.Context, w *office.Work, in ReturnInput) (none None, err error) {
	m, err := moving(ctx, w, in.ToTenure, in.Paper)
	if err != nil {
		return none, err
	}
	e, err := register.ReturnMove(by(w), m, in.Ground)
	if err != nil {
		return none, err
	}
	w.Emit(e)
	return none, nil
}

// RequestInput asks another station for a person.
type RequestInput struct {
	FromUnit    event.Unit   `json:"from_unit"`
	Tenure      string       `json:"tenure,omitempty"`
	Number      string       `json:"number"`
	Name        string       `json:"name"`
	HouseholdNo string       `json:"household_no"`
	Address     string       `json:"address"`
	Relation    string       `json:"relation"`
	On          citizen.Date `json:"on"`
}

// RequestOutput names the request.
type RequestOutput struct {
	Request string `json:"request"`
}

func requestMoveIn(_ context.Context, w *office.Work, in RequestInput) (out RequestOutput, err error) {
	if out.Request, err = mint(); err != nil {
		return out, err
	}
	e, err := register.RequestMoveIn(by(w), in.FromUnit, register.MoveInRequested{Request: out.Request, Tenure: in.Tenure, Number: in.Number,
		Name: in.Name, HouseholdNo: in.HouseholdNo, Address: in.Address, Relation: in.Relation, On: in.On})
	if err != nil {
		return out, err
	}
	w.Emit(e)
	return out, nil
}

// RefuseInput refuses a request.
type RefuseInput struct {
	Request string `json:"request"`
	Ground  string `json:"ground"`
}

func refuseMove(ctx context.Context, w *office.Work, in RefuseInput) (none None, err error) {
	if err := w.Lock(ctx, in.Request); err != nil {
		return none, err
	}
	q, err := request(ctx, w, in.Request)
	if err != nil {
		return none, err
	}
	e, err := register.RefuseMove(by(w), q, in.Ground)
	if err != nil {
		return none, err
	}
	w.Emit(e)
	return none, nil
}
