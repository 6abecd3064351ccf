package exchange

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/store"
)

const (
	requestTitle   = "huzheng-request v1"
	admissionTitle = "huzheng-admission v1"
)

// Request is what a node states of itself before it is admitted.
type Request struct {
	Node      string     `json:"node"`
	Unit      event.Unit `json:"unit"`
	Verifier  string     `json:"verifier"`  // note verifier of its signing key
	TLS       string     `json:"tls"`       // hex SHA-256 of its TLS key's SubjectPublicKeyInfo
	Recipient string     `json:"recipient"` // age
	At        int64      `json:"at"`        // ms UTC
}

// admission is what the parent hands to a node that it admits.
type admission struct {
	Node         string       `json:"node"`
	Certificates []string     `json:"certificates"` // from the new node up to the city
	Closures     []string     `json:"closures"`     // one for each unit
	Units        []hostedUnit `json:"units"`
	Address      string       `json:"address"` // where the parent is called; empty: by disk only
	Root         string       `json:"root"`    // the city's verifier text
	State        string       `json:"state"`   // the parent's first state
}

type hostedUnit struct {
	Unit       event.Unit `json:"unit"`
	Generation int        `json:"generation"` // that the node opens
}

// NewRequest makes the request file of a new or restored node.
func NewRequest(unit event.Unit, id *Identity, at time.Time) ([]byte, error) {
	tls, err := id.fingerprint()
	if err != nil {
		return nil, err
	}
	return id.Key.SignStatement(requestTitle, Request{Node: id.Key.Node, Unit: unit, Verifier: id.Key.Verifier(), TLS: tls,
		Recipient: id.Age.Recipient().String(), At: at.UnixMilli()})
}

// OpenRequest verifies a request by the key that it names itself; the node's name must follow from that key and the unit. That the key is the
// new node's is for people to compare (RequestFingerprint).
func OpenRequest(signed []byte) (Request, error) {
	var claimed, r Request
	if err := journal.Peek(signed, requestTitle, &claimed); err != nil {
		return r, fmt.Errorf("exchange: request: %w", err)
	}
	if err := journal.OpenStatement(signed, claimed.Verifier, requestTitle, &r); err != nil {
		return r, fmt.Errorf("exchange: request: %w", err)
	}
	if !r.Unit.Valid() || len(r.TLS) != 64 || r.Recipient == "" {
		return r, errors.New("exchange: request: malformed")
	}
	if err := journal.CheckNode(r.Node, r.Unit, r.Verifier); err != nil {
		return r, fmt.Errorf("exchange: request: %w", err)
	}
	return r, nil
}

// Found makes this node the city's: a self-signed certificate, generation 1 of its unit. address is where children call it, for
// admissions that name no other; empty: by disk only.
func (n *Node) Found(ctx context.Context, address string) error {
	if n.Unit != n.Office.City || n.Unit.Level() != event.City {
		return fmt.Errorf("exchange: only the city's node founds, not that of %s", n.Unit)
	}
	signed, err := n.certify(Request{Node: n.name(), Unit: n.Unit, Verifier: n.Identity.Key.Verifier(), Recipient: n.Identity.Age.Recipient().String()})
	if err != nil {
		return err
	}
	root := n.Identity.Key.Verifier()
	err = n.Office.DB.Write(ctx, func(tx *store.Tx) error {
		if known, err := tx.Find(ctx, "select root from exchange_node where id = 1", nil, new(string)); err != nil || known {
			return errors.Join(err, errors.New("exchange: this node has been founded or has joined before"))
		}
		if err := journal.SaveCertificate(ctx, tx, signed); err != nil {
			return err
		}
		if err := journal.Host(ctx, tx, n.Unit, 1, nil); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "insert into exchange_node(id, root, address) values(1, $1, $2)", root, address)
		return err
	})
	if err == nil {
		n.RootVerifier = root
	}
	return err
}

// certify signs a certificate for what a request states; an empty TLS fingerprint is this node's own.
func (n *Node) certify(r Request) ([]byte, error) {
	if r.TLS == "" {
		var err error
		if r.TLS, err = n.Identity.fingerprint(); err != nil {
			return nil, err
		}
	}
	return n.Identity.Key.SignCertificate(journal.Certificate{Node: r.Node, Unit: r.Unit, Verifier: r.Verifier, TLS: r.TLS, Recipient: r.Recipient, From: n.now()})
}

// HostUnits makes this node write for units below it that have no node of their own. Those that were closed for another node are refused:
// TakeBack brings them back.
func (n *Node) HostUnits(ctx context.Context, units ...event.Unit) error {
	return n.Office.DB.Write(ctx, func(tx *store.Tx) error {
		for _, unit := range units {
			if !n.Unit.Contains(unit) {
				return fmt.Errorf("exchange: %s is not below %s", unit, n.Unit)
			}
			generation, err := journal.OpenGeneration(ctx, tx, unit)
			if err != nil {
				return err
			}
			hosted, err := tx.Find(ctx, "select generation from journal_host where unit = $1 and hosted = 1", []any{unit}, new(int64))
			if err != nil {
				return err
			}
			if hosted {
				continue
			}
			if generation > 1 {
				return event.Refuse("exchange.hosted_elsewhere", "",
					citizen.Text{ZH: "单位 " + string(unit) + " 由另一节点记日志", EN: "another node writes for unit " + string(unit)},
					citizen.Text{ZH: "先收回该单位(TakeBack)", EN: "take the unit back first"})
			}
			if err := journal.Host(ctx, tx, unit, 1, nil); err != nil {
				return err
			}
		}
		return nil
	})
}

// Admit admits a node of a unit below, new or again: it certifies the request's keys, closes the open generation of each
// unit that the node will host at what is held here, stops hosting them, and records all that in this unit's down stream. units
// are those that it hosts besides its own. address is where the node will call this one. The result is the admission file.
func (n *Node) Admit(ctx context.Context, by office.Operator, request []byte, units []event.Unit, address string) ([]byte, error) {
	r, err := OpenRequest(request)
	if err != nil {
		return nil, err
	}
	units = slices.Compact(slices.Sorted(slices.Values(append([]event.Unit{r.Unit}, units...))))
	if err := n.mayAdmit(by, r, units); err != nil {
		return nil, err
	}
	certificate, err := n.certify(r)
	if err != nil {
		return nil, err
	}
	a := admission{Node: r.Node, Address: address, Root: n.RootVerifier}
	_, err = n.Office.Act(ctx, by, func(ctx context.Context, w *office.Work) error {
		a.Closures, a.Units = nil, nil
		if err := lockUnits(ctx, w.Tx, units); err != nil {
			return err
		}
		if err := n.mayEnd(ctx, w.Tx, units); err != nil {
			return err
		}
		if err := n.othersUnits(ctx, w.Tx, r, units); err != nil {
			return err
		}
		for _, unit := range units {
			closure, generation, err := n.end(ctx, w.Tx, unit, r.Verifier, w.Now)
			if err != nil {
				return err
			}
			a.Closures = append(a.Closures, string(closure))
			a.Units = append(a.Units, hostedUnit{Unit: unit, Generation: generation + 1})
		}
		w.Emit(admitted(n.Unit, r, certificate, a, ""))
		return n.setNeighbour(ctx, w.Tx, Neighbour{Node: r.Node, Unit: r.Unit, Relation: Child, Units: units})
	})
	if err != nil {
		return nil, err
	}
	return n.admission(ctx, a)
}

func admitted(unit event.Unit, r Request, certificate []byte, a admission, second string) event.Event {
	body := office.Admitted{Certificate: string(certificate), Closures: a.Closures, Second: second}
	for _, u := range a.Units {
		body.Units = append(body.Units, string(u.Unit))
	}
	return event.Event{Stream: event.Down(unit), Kind: journal.KindNodeAdmitted, V: 1, Subject: r.Node, Body: body}
}

// admission signs the admission file, after the commit that it tells of.
func (n *Node) admission(ctx context.Context, a admission) ([]byte, error) {
	var nb Neighbour
	err := n.Office.DB.Read(ctx, func(tx *store.Tx) error {
		if a.Address == "" {
			if _, err := tx.Find(ctx, "select address from exchange_node where id = 1", nil, &a.Address); err != nil {
				return err
			}
		}
		chain, err := journal.ChainOf(ctx, tx, a.Node)
		if err != nil {
			return err
		}
		for _, c := range chain {
			a.Certificates = append(a.Certificates, string(c))
		}
		nb, err = neighbour(ctx, tx, a.Node)
		return err
	})
	if err != nil {
		return nil, err
	}
	state, err := n.State(ctx, nb)
	if err != nil {
		return nil, err
	}
	a.State = string(state)
	return n.Identity.Key.SignStatement(admissionTitle, a)
}

func (n *Node) mayAdmit(by office.Operator, r Request, units []event.Unit) error {
	wrong := func(zh, en string) error {
		return event.Refuse("exchange.admission", "", citizen.Text{ZH: zh, EN: en},
			citizen.Text{ZH: "核对申请文件与单位代码", EN: "compare the request with the unit's code"})
	}
	if err := n.inCharge(by); err != nil {
		return err
	}
	switch {
	case n.RootVerifier == "":
		return wrong("本节点尚未接入，不能接入下级", "this node has not joined yet and cannot admit others")
	case r.Unit == n.Unit || !n.Unit.Contains(r.Unit):
		return wrong("单位 "+string(r.Unit)+" 不是本单位的下级", "unit "+string(r.Unit)+" is not below this one")
	case r.Node == n.name():
		return wrong("申请文件是本节点自己的", "the request is this node's own")
	case slices.ContainsFunc(units, func(u event.Unit) bool { return !r.Unit.Contains(u) }):
		return wrong("所列单位不全在 "+string(r.Unit)+" 之内", "a listed unit is not within "+string(r.Unit))
	}
	return nil
}

// inCharge refuses everybody but an administrator or a leader of this node's unit: who hosts what, and who is exchanged with, is theirs to decide.
func (n *Node) inCharge(by office.Operator) error {
	if by.ID != "" && by.Unit == n.Unit && (by.Has(office.Administrator) || by.Has(office.Leader)) {
		return nil
	}
	return event.Refuse("exchange.not_in_charge", "",
		citizen.Text{ZH: "须由本单位(" + string(n.Unit) + ")的管理员或负责人办理", EN: "an administrator or a leader of " + string(n.Unit) + " has to do it"},
		citizen.Text{ZH: "请本单位管理员或负责人登录后办理", EN: "let an administrator or a leader of this unit sign in and do it"})
}

// mayEnd refuses to close generations that are not in this node's hands: it ends what it hosts itself and what it has given to a direct child.
// What a child hosts below itself, or has given on, only the child's node can close at its true size.
func (n *Node) mayEnd(ctx context.Context, tx *store.Tx, units []event.Unit) error {
	children, err := neighboursWhere(ctx, tx, "relation = $1", Child)
	if err != nil {
		return err
	}
	hosted, err := journal.HostedUnits(ctx, tx)
	if err != nil {
		return err
	}
	for _, unit := range units {
		for at := unit; at != n.Unit && at != "" && !slices.ContainsFunc(hosted, func(h journal.Hosted) bool { return h.Unit == at }); at = at.Parent() {
			i := slices.IndexFunc(children, func(c Neighbour) bool { return slices.Contains(c.Units, c.Unit) && slices.Contains(c.Units, at) })
			if i < 0 {
				continue
			}
			direct, err := givenTo(ctx, tx, children[i], unit)
			if err != nil {
				return err
			}
			if at != unit || !direct {
				return notDirect(unit, children[i])
			}
			break
		}
	}
	return nil
}

// givenTo tells whether, by the closures known here, a unit's open generation is a child's own and not one that the child gave on.
func givenTo(ctx context.Context, tx *store.Tx, child Neighbour, unit event.Unit) (bool, error) {
	open, err := journal.OpenGeneration(ctx, tx, unit)
	if err != nil {
		return false, err
	}
	closure, _, known, err := journal.ClosureOf(ctx, tx, unit, open-1)
	if err != nil || !known {
		return true, err
	}
	c, err := certificate(ctx, tx, child.Node)
	return closure.Next == c.Verifier, err
}

func notDirect(unit event.Unit, child Neighbour) error {
	return event.Refuse("exchange.not_direct", "",
		citizen.Text{ZH: "单位 " + string(unit) + " 的日志由下级 " + string(child.Unit) + " 的节点 " + child.Node + " 管理，本节点不能关闭或接入",
			EN: "the journal of " + string(unit) + " is in the hands of the node " + child.Node + " of " + string(child.Unit) + "; this one can neither close nor admit it"},
		citizen.Text{ZH: "请在 " + string(child.Unit) + " 的节点办理；该节点已不存在的，先收回 " + string(child.Unit) + "(huzheng node take-back)",
			EN: "do it at the node of " + string(child.Unit) + "; where that node is gone, take " + string(child.Unit) + " back first (huzheng node take-back)"})
}

// othersUnits refuses units that another child hosts.
func (n *Node) othersUnits(ctx context.Context, tx *store.Tx, r Request, units []event.Unit) error {
	children, err := neighboursWhere(ctx, tx, "relation = $1 and unit <> $2", Child, r.Unit)
	if err != nil {
		return err
	}
	for _, child := range children {
		for _, unit := range units {
			if slices.Contains(child.Units, unit) {
				return event.Refuse("exchange.hosted_elsewhere", "",
					citizen.Text{ZH: "单位 " + string(unit) + " 由节点 " + child.Node + " 记日志", EN: "the node " + child.Node + " writes for unit " + string(unit)},
					citizen.Text{ZH: "先从该节点收回此单位", EN: "take the unit back from that node first"})
			}
		}
	}
	return nil
}

// end closes a unit's open generation at what is held here, in favour of the key that hosts the next, and stops hosting it. The closure takes
// effect when the entry that carries it is applied, in the same transaction.
func (n *Node) end(ctx context.Context, tx *store.Tx, unit event.Unit, next string, now int64) (closure []byte, generation int, err error) {
	if err := journal.Unhost(ctx, tx, unit); err != nil {
		return nil, 0, err
	}
	if generation, err = journal.OpenGeneration(ctx, tx, unit); err != nil {
		return nil, 0, err
	}
	trees, err := journal.TreesOf(ctx, tx, unit, generation)
	if err != nil {
		return nil, 0, err
	}
	closure, err = n.Identity.Key.SignClosure(journal.Closure{Unit: unit, Generation: generation, Trees: trees, Next: next, At: now})
	return closure, generation, err
}

// lockUnits keeps ranges of the units from being taken in while their generations are closed.
func lockUnits(ctx context.Context, tx *store.Tx, units []event.Unit) error {
	names := make([]string, len(units))
	for i, unit := range units {
		names[i] = unitLock(unit)
	}
	return tx.Lock(ctx, names...)
}

// Join takes the parent's admission: certificates, closures, the units to host. Writing starts when the units' earlier entries are here.
// The city's key is compared with what the node knows; a new node takes it from the file, and people compare it (RootVerifier).
func (n *Node) Join(ctx context.Context, signed []byte) error {
	a, certificates, err := n.openAdmission(signed)
	if err != nil {
		return err
	}
	err = n.Office.DB.Write(ctx, func(tx *store.Tx) error {
		if err := saveChain(ctx, tx, bytesOf(a.Certificates)); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "insert into exchange_node(id, root, address) values(1, $1, '') on conflict do nothing", a.Root); err != nil {
			return err
		}
		up := Neighbour{Node: certificates[1].Node, Unit: certificates[1].Unit, Relation: Parent, Address: a.Address}
		if err := n.setNeighbour(ctx, tx, up); err != nil {
			return err
		}
		if err := n.host(ctx, tx, a); err != nil {
			return err
		}
		if err := office.Hold(ctx, tx, office.HoldCatchingUp); err != nil {
			return err
		}
		return n.settle(ctx, tx)
	})
	if err != nil {
		return err
	}
	n.RootVerifier = a.Root
	if a.State == "" {
		return nil
	}
	return n.HearState(ctx, certificates[1].Node, []byte(a.State))
}

func (n *Node) openAdmission(signed []byte) (a admission, certificates []journal.Certificate, err error) {
	if err := journal.Peek(signed, admissionTitle, &a); err != nil {
		return a, nil, fmt.Errorf("exchange: admission: %w", err)
	}
	if n.RootVerifier != "" && a.Root != n.RootVerifier {
		return a, nil, fmt.Errorf("exchange: the admission names another city's key: %s", a.Root)
	}
	if a, certificates, err = verifyAdmission(signed); err != nil {
		return a, nil, err
	}
	if certificates[len(certificates)-1].Unit != n.Office.City {
		return a, nil, errors.New("exchange: admission: the chain does not lead to this city")
	}
	tls, err := n.Identity.fingerprint()
	if err != nil {
		return a, nil, err
	}
	own := certificates[0]
	if own.Node != n.name() || own.Unit != n.Unit || own.Verifier != n.Identity.Key.Verifier() || own.TLS != tls || own.Recipient != n.Identity.Age.Recipient().String() {
		return a, nil, fmt.Errorf("exchange: the admission is for %s of %s, not for this node", own.Node, own.Unit)
	}
	if len(a.Closures) != len(a.Units) {
		return a, nil, errors.New("exchange: admission: malformed")
	}
	return a, certificates, nil
}

// verifyAdmission verifies an admission by what it says itself: its chain under the city's key that it names, its signature by the node above.
func verifyAdmission(signed []byte) (a admission, certificates []journal.Certificate, err error) {
	if err := journal.Peek(signed, admissionTitle, &a); err != nil {
		return a, nil, fmt.Errorf("exchange: admission: %w", err)
	}
	if certificates, err = openChain(bytesOf(a.Certificates), a.Root); err != nil {
		return a, nil, fmt.Errorf("exchange: admission: %w", err)
	}
	if len(certificates) < 2 {
		return a, nil, errors.New("exchange: admission: no node above signs it")
	}
	if err := journal.OpenStatement(signed, certificates[1].Verifier, admissionTitle, &a); err != nil {
		return a, nil, fmt.Errorf("exchange: admission: %w", err)
	}
	return a, certificates, nil
}

// host takes over the units of an admission, each in the generation after its closure.
func (n *Node) host(ctx context.Context, tx *store.Tx, a admission) error {
	for i, u := range a.Units {
		closure := []byte(a.Closures[i])
		c, err := journal.PeekClosure(closure)
		if err != nil {
			return err
		}
		if c.Unit != u.Unit || c.Generation+1 != u.Generation || c.Next != n.Identity.Key.Verifier() || !n.Unit.Contains(u.Unit) {
			return fmt.Errorf("exchange: admission: the closure of %s does not fit", u.Unit)
		}
		open, err := journal.OpenGeneration(ctx, tx, u.Unit)
		if err != nil {
			return err
		}
		if open > u.Generation {
			return fmt.Errorf("exchange: admission: generation %d of %s has been closed since; ask for a new admission", u.Generation, u.Unit)
		}
		if err := n.Office.Close(ctx, tx, closure, n.now()); err != nil {
			return err
		}
		if err := journal.Host(ctx, tx, u.Unit, u.Generation, closure); err != nil {
			return err
		}
	}
	return nil
}

// settle keeps hosting and hold in step with the closures known here: a unit whose generation was closed for another key is no longer
// written; one that was closed for this node's key waits for the admission; and a node that catches up starts to write when it holds its own trees.
func (n *Node) settle(ctx context.Context, tx *store.Tx) error {
	hosted, err := journal.HostedUnits(ctx, tx)
	if err != nil {
		return err
	}
	complete := true
	for _, h := range hosted {
		closure, _, closed, err := journal.ClosureOf(ctx, tx, h.Unit, h.Generation)
		if err != nil {
			return err
		}
		if closed {
			n.Log.Warn("a generation was closed above", "unit", h.Unit, "generation", h.Generation, "next", closure.Next)
			if err := n.closedAbove(ctx, tx, h.Unit, closure); err != nil {
				return err
			}
			continue
		}
		if h.Closure == nil || !complete {
			continue
		}
		if complete, err = holds(ctx, tx, h.Closure); err != nil {
			return err
		}
	}
	reason, err := office.HoldReason(ctx, tx)
	if err != nil || reason != office.HoldCatchingUp || !complete {
		return err
	}
	return office.Hold(ctx, tx, "")
}

func (n *Node) closedAbove(ctx context.Context, tx *store.Tx, unit event.Unit, closure journal.Closure) error {
	if closure.Next != n.Identity.Key.Verifier() {
		return journal.Unhost(ctx, tx, unit)
	}
	return office.Hold(ctx, tx, office.HoldRestored)
}

// holds tells whether every tree that a closure names is here in full.
func holds(ctx context.Context, tx *store.Tx, signed []byte) (bool, error) {
	closure, err := journal.PeekClosure(signed)
	if err != nil {
		return false, err
	}
	for stream, t := range closure.Trees {
		head, err := journal.HeadOf(ctx, tx, stream, closure.Generation)
		if errors.Is(err, journal.ErrNoTree) {
			return false, nil
		}
		if err != nil || head.Size < t.Size {
			return false, err
		}
	}
	return true, nil
}

// rememberAdmissions makes the neighbours of the admissions that a restored node gets back from those below.
func (n *Node) rememberAdmissions(ctx context.Context, tx *store.Tx, fresh []journal.Entry) error {
	for i := range fresh {
		e := &fresh[i]
		if e.Kind != journal.KindNodeAdmitted || e.V != 1 || e.Erased() {
			continue
		}
		var body office.Admitted
		if err := e.Decode(&body); err != nil {
			return err
		}
		if body.Certificate == "" { // hosting taken back
			continue
		}
		c, err := journal.PeekCertificate([]byte(body.Certificate)) // verified when the entry was applied
		if err != nil {
			return err
		}
		if c.Unit == n.Unit { // a city that admitted itself again
			continue
		}
		if err := n.newest(ctx, tx, c, Child); errors.Is(err, ErrStranger) {
			continue
		} else if err != nil {
			return err
		}
		nb := Neighbour{Node: c.Node, Unit: c.Unit, Relation: Child}
		for _, u := range body.Units {
			nb.Units = append(nb.Units, event.Unit(u))
		}
		if err := n.setNeighbour(ctx, tx, nb); err != nil {
			return err
		}
	}
	return nil
}

// TakeBack ends a child's hosting of units: this node writes for them, in the next generation, from what it holds.
func (n *Node) TakeBack(ctx context.Context, by office.Operator, units ...event.Unit) error {
	if err := n.inCharge(by); err != nil {
		return err
	}
	if slices.ContainsFunc(units, func(u event.Unit) bool { return u == n.Unit || !n.Unit.Contains(u) }) {
		return event.Refuse("exchange.admission", "",
			citizen.Text{ZH: "只能收回下级单位", EN: "only units below this one are taken back"},
			citizen.Text{ZH: "核对单位代码", EN: "compare the unit's code"})
	}
	_, err := n.Office.Act(ctx, by, func(ctx context.Context, w *office.Work) error {
		if err := n.mayEnd(ctx, w.Tx, units); err != nil {
			return err
		}
		return n.reopen(ctx, w, units, nil, "")
	})
	return err
}

// reopen closes the open generation of units and hosts the next one here, by one entry in this unit's down stream.
func (n *Node) reopen(ctx context.Context, w *office.Work, units []event.Unit, certificate []byte, second string) error {
	if err := lockUnits(ctx, w.Tx, units); err != nil {
		return err
	}
	a := admission{}
	for _, unit := range units {
		closure, generation, err := n.end(ctx, w.Tx, unit, n.Identity.Key.Verifier(), w.Now)
		if err != nil {
			return err
		}
		if err := n.Office.Close(ctx, w.Tx, closure, w.Now); err != nil {
			return err
		}
		if err := journal.Host(ctx, w.Tx, unit, generation+1, closure); err != nil {
			return err
		}
		a.Closures = append(a.Closures, string(closure))
		a.Units = append(a.Units, hostedUnit{Unit: unit, Generation: generation + 1})
	}
	w.Emit(admitted(n.Unit, Request{Node: n.name()}, certificate, a, second))
	return n.dropUnits(ctx, w.Tx, units)
}

// dropUnits takes units from the lists of the children that hosted them.
func (n *Node) dropUnits(ctx context.Context, tx *store.Tx, units []event.Unit) error {
	children, err := neighboursWhere(ctx, tx, "relation = $1", Child)
	if err != nil {
		return err
	}
	for _, child := range children {
		left := slices.DeleteFunc(slices.Clone(child.Units), func(u event.Unit) bool { return slices.Contains(units, u) })
		if len(left) == len(child.Units) {
			continue
		}
		text, err := json.Marshal(left)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "update exchange_neighbour set units = $1 where node = $2", string(text), child.Node); err != nil {
			return err
		}
	}
	return nil
}

// Restored marks a node whose database was brought back from a backup: it does not write before it is admitted again (the city: before
// Reopen), nobody counts as heard, blobs that are not here are asked for, and what was sealed is sealed anew.
func (n *Node) Restored(ctx context.Context) error {
	err := n.Office.DB.Write(ctx, func(tx *store.Tx) error {
		for _, query := range []string{
			"update exchange_neighbour set heard_at = 0, stated_at = 0",
			"delete from exchange_held",
			"delete from exchange_wanted",
			"delete from exchange_parcel",
		} {
			if _, err := tx.Exec(ctx, query); err != nil {
				return err
			}
		}
		return office.Hold(ctx, tx, office.HoldRestored)
	})
	if err != nil {
		return err
	}
	_, err = n.ScanMissing(ctx)
	return err
}

// Reopen opens the next generation of the units that a restored city hosts, by two persons, when it has heard from every child and
// holds what they hold of its trees.
func (n *Node) Reopen(ctx context.Context, by office.Operator, second string) error {
	if n.Unit != n.Office.City {
		return fmt.Errorf("exchange: %s is admitted again by the unit above", n.Unit)
	}
	if err := n.inCharge(by); err != nil {
		return err
	}
	if second == "" || second == by.ID {
		return event.Refuse("exchange.two_persons", "",
			citizen.Text{ZH: "市级节点重新开代须由两人办理", EN: "the city opens a new generation by two different persons"},
			citizen.Text{ZH: "请另一名负责人共同办理", EN: "name the second person"})
	}
	_, err := n.Office.ActEndingHold(ctx, by, func(ctx context.Context, w *office.Work) error {
		if err := n.heardFromAll(ctx, w.Tx); err != nil {
			return err
		}
		hosted, err := journal.HostedUnits(ctx, w.Tx)
		if err != nil {
			return err
		}
		units := make([]event.Unit, len(hosted))
		for i, h := range hosted {
			units[i] = h.Unit
		}
		_, certificate, ok, err := journal.CertificateOf(ctx, w.Tx, n.name())
		if err != nil || !ok {
			return errors.Join(err, errors.New("exchange: this node has no certificate"))
		}
		return n.reopen(ctx, w, units, certificate, second)
	})
	return err
}

// heardFromAll refuses when a child has not stated what it holds, or when it holds more of this node's trees than the node itself.
func (n *Node) heardFromAll(ctx context.Context, tx *store.Tx) error {
	children, err := neighboursWhere(ctx, tx, "relation = $1 and suspended = ''", Child)
	if err != nil {
		return err
	}
	hosted, err := journal.HostedUnits(ctx, tx)
	if err != nil {
		return err
	}
	for _, child := range children {
		behind, err := n.behind(ctx, tx, child, hosted)
		if err != nil {
			return err
		}
		if child.HeardAt == 0 || behind {
			return event.Refuse("exchange.not_heard", "",
				citizen.Text{ZH: "尚未收齐下级节点 " + child.Node + " 的状态或数据", EN: "the state or the entries of " + child.Node + " below have not come in"},
				citizen.Text{ZH: "先与全部下级各交换一次；联系不上的先暂停", EN: "exchange once with every child first; suspend one that cannot be reached"})
		}
	}
	return nil
}

func (n *Node) behind(ctx context.Context, tx *store.Tx, child Neighbour, hosted []journal.Hosted) (bool, error) {
	held, err := heldBy(ctx, tx, child.Node)
	if err != nil {
		return false, err
	}
	for t, size := range held {
		if !slices.ContainsFunc(hosted, func(h journal.Hosted) bool { return h.Unit == t.Stream.Unit() }) || size == 0 {
			continue
		}
		head, err := journal.HeadOf(ctx, tx, t.Stream, t.Generation)
		if errors.Is(err, journal.ErrNoTree) {
			return true, nil
		}
		if err != nil || head.Size < size {
			return err == nil, err
		}
	}
	return false, nil
}

func selectText(ctx context.Context, tx *store.Tx, query string, args ...any) ([]string, error) {
	return store.Select(ctx, tx, query, args, func(rows *sql.Rows) (s string, err error) { return s, rows.Scan(&s) })
}
