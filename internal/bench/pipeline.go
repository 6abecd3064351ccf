package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddesk"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/exchange"
	"github.com/huzheng/huzheng/internal/maker"
	"github.com/huzheng/huzheng/internal/node"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register/registerdb"
	"github.com/huzheng/huzheng/internal/site/sitedesk"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/synth/portrait"
	"golang.org/x/sync/errgroup"
)

// pipelineTarget is how many applications a second a city of one station, one county and one bureau must carry from window to hand-over.
const pipelineTarget = 30

// Size of the pipeline's parts.
const (
	pipelineResidents = 20_000 // of the station, at most
	pipelineBatch     = 100    // applications that the station opens between two exchanges
	pipelinePhotos    = 40     // different faces; each application's picture differs in a comment, so none is sent twice
	receiptBook       = 20_000
	pipelineAge       = 18 // of the applicants, at least: they sign themselves
	pipelineRounds    = 12 // that the last batch may take through every office
	pipelineWindows   = 3  // of the station: each serves one person at a time, from the slip to the receipt
)

const (
	pipelineCity    event.Unit = "220100"
	pipelineCounty  event.Unit = "220102"
	pipelineStation event.Unit = "220102001"
)

// Pipeline measures how many applications a second go through three nodes of one process, each with a database, attachments and keys of its own, which meet
// over HTTPS on loopback: opened, photographed, signed for and paid at the station; reviewed and signed at the county; checked, ordered, made and taken
// in at the city; sent down, counted twice and handed over. The three offices work at the same time; after each batch they exchange. The reference is the required rate.
func Pipeline(ctx context.Context, o Options) ([]Result, error) {
	p := &pipeline{options: &o, began: time.Now(), numbers: make(map[string]string)}
	defer p.close()
	defer node.CollectLess()() // as a serving process does
	o.say("a city, a county, a station of %d residents", min(o.Rows, pipelineResidents))
	if err := p.found(ctx); err != nil {
		return nil, err
	}
	o.say("applications from the window to the hand-over")
	resetPeak()
	start, worked := time.Now(), processorTime()
	done, err := p.run(ctx)
	if err != nil {
		return nil, err
	}
	rate := float64(done) / time.Since(start).Seconds()
	o.say("%.1f ms of processor time an application", (processorTime()-worked).Seconds()*1000/float64(done))
	return []Result{{Name: fmt.Sprintf("pipeline: %d applications through three nodes", done), Engine: "sqlite", Ours: rate, Reference: pipelineTarget,
		Unit: "applications/s", Ratio: rate / pipelineTarget, Target: 1, Memory: peak(), Against: "30 applications/s"}}, nil
}

// pipeline is three nodes and what is on its way between them.
type pipeline struct {
	options               *Options
	began                 time.Time
	city, county, station *pipelineNode
	waiting               []string // at the station's windows: tenures
	photos                [][]byte
	windows               sync.Mutex        // guards what the windows share:
	numbers               map[string]string // citizen number, by application
	opened, handed        int
	toCounty, toStation   []box
}

// box is cards on their way.
type box struct {
	consignment string
	cards       []string
}

// pipelineNode is a node, its listener, and those who work at it by role.
type pipelineNode struct {
	node   *node.Node
	unit   event.Unit
	staff  map[office.Role]office.Operator
	server *http.Server
}

func (p *pipeline) close() {
	for _, n := range []*pipelineNode{p.station, p.county, p.city} {
		if n == nil {
			continue
		}
		if n.server != nil {
			_ = n.server.Close()
		}
		_ = n.node.Close()
	}
}

// clock begins in the autumn of 2005, when a card still has its fee.
func (p *pipeline) clock() time.Time { return pipelineDay.Add(time.Since(p.began)) }

var pipelineDay = time.Date(2005, 11, 1, 1, 0, 0, 0, time.UTC)

// input is a JSON object as an action's input.
type input = map[string]any

// do does an action as huzheng do does: JSON in, JSON out, then reactions.
func (n *pipelineNode) do(ctx context.Context, role office.Role, action string, in, out any) error {
	return n.as(ctx, n.staff[role], action, in, out)
}

func (n *pipelineNode) as(ctx context.Context, by office.Operator, action string, in, out any) error {
	text, err := json.Marshal(in)
	if err != nil {
		return err
	}
	done, err := n.node.Office.Do(ctx, by, action, text)
	if err != nil {
		return fmt.Errorf("%s at %s: %w", action, n.unit, err)
	}
	if _, err := n.node.Office.ReactQueued(ctx); err != nil || out == nil {
		return err
	}
	if text, err = json.Marshal(done.Result); err != nil {
		return err
	}
	return json.Unmarshal(text, out)
}

// open makes a node that has not joined yet.
func (p *pipeline) open(ctx context.Context, unit event.Unit) (*pipelineNode, error) {
	dir := filepath.Join(p.options.Dir, "pipeline-"+string(unit))
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "huzheng.toml")
	if err := (&node.Config{Unit: unit}).Write(path); err != nil {
		return nil, err
	}
	config, err := node.LoadConfig(path)
	if err != nil {
		return nil, err
	}
	config.Testing.Clock = p.clock
	keys, err := node.NewKeys(unit)
	if err != nil {
		return nil, err
	}
	n, err := node.Open(ctx, config, keys, "", slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})))
	if err != nil {
		return nil, err
	}
	return &pipelineNode{node: n, unit: unit}, nil
}

// serve serves the node's children and returns its address.
func (n *pipelineNode) serve(ctx context.Context) (string, error) {
	settings, err := n.node.Exchange.ServerTLS()
	if err != nil {
		return "", err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	n.server = &http.Server{Handler: n.node.Exchange.Handler(), TLSConfig: settings, ReadHeaderTimeout: time.Minute}
	go func() { _ = n.server.ServeTLS(listener, "", "") }()
	return listener.Addr().String(), nil
}

// join lets a new node join under another one, for the units named.
func (p *pipeline) join(ctx context.Context, up *pipelineNode, address string, unit event.Unit, serves ...event.Unit) (*pipelineNode, error) {
	n, err := p.open(ctx, unit)
	if err != nil {
		return nil, err
	}
	request, err := exchange.NewRequest(unit, n.node.Keys.Identity, n.node.Now())
	if err != nil {
		return n, err
	}
	admission, err := up.node.Exchange.Admit(ctx, up.staff[office.Administrator], request, serves, address)
	if err != nil {
		return n, err
	}
	if err := n.node.Exchange.Join(ctx, admission); err != nil {
		return n, err
	}
	if err := n.sync(ctx); err != nil {
		return n, err
	}
	return n, n.callStaff(ctx)
}

// sync exchanges with the parent until nothing more moves.
func (n *pipelineNode) sync(ctx context.Context) error {
	for {
		report, err := n.node.Exchange.SyncOnce(ctx)
		if err != nil {
			return err
		}
		if len(report.Exceptions) > 0 {
			return fmt.Errorf("exchange of %s: %s", n.unit, report.Exceptions[0].Text.EN)
		}
		if report.Fresh == 0 {
			return nil
		}
	}
}

// rolesOf is who works in each office.
var rolesOf = map[event.Unit][]office.Role{
	pipelineCity:    {office.Leader, office.Administrator, office.Reviewer, office.Issuer, office.Communications, office.Finance},
	pipelineCounty:  {office.Leader, office.Administrator, office.Reviewer, office.Issuer, office.Finance},
	pipelineStation: {office.Leader, office.Clerk, office.Photographer, office.Cashier},
}

func loginOf(role office.Role, unit event.Unit) string { return string(role) + string(unit) }

// callStaff finds the operators of the node's unit in its directory.
func (n *pipelineNode) callStaff(ctx context.Context) error {
	n.staff = make(map[office.Role]office.Operator)
	return n.node.DB.Read(ctx, func(tx *store.Tx) error {
		for _, role := range rolesOf[n.unit] {
			by, ok, err := n.node.Office.Directory.Operator(ctx, tx, loginOf(role, n.unit))
			if err != nil || !ok {
				return errors.Join(err, fmt.Errorf("no %s at %s", role, n.unit))
			}
			n.staff[role] = by
		}
		return nil
	})
}

// found makes the three nodes: everything is prepared at the city, which hosts every unit at first; then the county and the station join.
func (p *pipeline) found(ctx context.Context) (err error) {
	if p.city, err = p.open(ctx, pipelineCity); err != nil {
		return err
	}
	address, err := p.city.serve(ctx)
	if err != nil {
		return err
	}
	if err := p.city.node.Exchange.Found(ctx, address); err != nil {
		return err
	}
	if err := sitedesk.Bootstrap(ctx, p.city.node.Office, pipelineCity, "市局", "root", "op-root"); err != nil {
		return err
	}
	if err := p.prepare(ctx); err != nil {
		return err
	}
	if p.county, err = p.join(ctx, p.city, address, pipelineCounty, pipelineStation); err != nil {
		return err
	}
	if address, err = p.county.serve(ctx); err != nil {
		return err
	}
	if p.station, err = p.join(ctx, p.county, address, pipelineStation); err != nil {
		return err
	}
	// A book of receipts is the station's in its own generation of streams.
	if err := p.county.do(ctx, office.Finance, "fund.issue_receipts", input{"station": pipelineStation, "from": 1, "to": receiptBook}, nil); err != nil {
		return err
	}
	for _, n := range []*pipelineNode{p.county, p.station} {
		if err := n.sync(ctx); err != nil {
			return err
		}
	}
	return p.invite(ctx)
}

// prepare founds the units, appoints and certifies people, imports the station's residents and starts the station.
func (p *pipeline) prepare(ctx context.Context) error {
	root := office.Operator{ID: "op-root", Login: "root", Unit: pipelineCity, Roles: []office.Role{office.Administrator}}
	units := []event.Unit{pipelineCity, pipelineCounty, pipelineStation}
	for _, unit := range units[1:] {
		kind := map[event.Level]string{event.County: "bureau", event.Station: "station"}[unit.Level()]
		if err := p.city.as(ctx, root, "site.found_unit", input{"unit": unit, "name": string(unit), "kind": kind}, nil); err != nil {
			return err
		}
	}
	staff := make(map[event.Unit]*pipelineNode) // the city's node, seen from each unit
	for _, unit := range units {
		for _, role := range rolesOf[unit] {
			if err := p.city.as(ctx, root, "site.appoint", input{"login": loginOf(role, unit), "name": "某某", "unit": unit, "roles": []office.Role{role}}, nil); err != nil {
				return err
			}
		}
		staff[unit] = &pipelineNode{node: p.city.node, unit: unit}
		if err := staff[unit].callStaff(ctx); err != nil {
			return err
		}
	}
	p.city.staff = staff[pipelineCity].staff
	file := filepath.Join(p.options.Dir, "pipeline.csv")
	residents := min(p.options.Rows, pipelineResidents)
	if err := writePeople(file, residents, perStation); err != nil {
		return err
	}
	if err := importFile(ctx, p.city.node, file, residents); err != nil {
		return err
	}
	return start(ctx, staff)
}

// start certifies everybody and takes every unit to its start. The facts that a start is measured by are not this benchmark's: the leader answers for them.
func start(ctx context.Context, staff map[event.Unit]*pipelineNode) error {
	trainers := map[event.Unit]event.Unit{pipelineCity: pipelineCity, pipelineCounty: pipelineCity, pipelineStation: pipelineCounty}
	for _, unit := range []event.Unit{pipelineCity, pipelineCounty, pipelineStation} {
		var results []input
		for _, role := range rolesOf[unit] {
			if role != office.Administrator && role != office.Finance {
				results = append(results, input{"login": loginOf(role, unit), "score": 90, "practical": true})
			}
		}
		above := staff[trainers[unit]]
		if err := above.do(ctx, office.Administrator, "site.certify", input{"place": "培训班", "paper": "1", "task": "完整办理一件", "results": results}, nil); err != nil {
			return err
		}
		if err := staff[unit].do(ctx, office.Leader, "site.declare_ready", input{}, nil); err != nil {
			return err
		}
		stages := []string{"ready", "started"}
		if unit == pipelineStation {
			stages = []string{"ready", "pilot", "started"}
		}
		for _, stage := range stages {
			if err := above.do(ctx, office.Leader, "site.decide_stage", input{"unit": unit, "stage": stage, "override": "基准测试"}, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// invite lists the station's grown-ups, and draws pictures.
func (p *pipeline) invite(ctx context.Context) error {
	for i := 0; len(p.photos) < pipelinePhotos; i++ {
		if picture := portrait.Draw(1, i); picture.Truth.Good() {
			p.photos = append(p.photos, picture.JPEG)
		}
	}
	today := citizen.DateOf(p.station.node.Now())
	return p.station.node.DB.Read(ctx, func(tx *store.Tx) error {
		return registerdb.EachAdult(ctx, tx, pipelineStation, today, today.AddYears(-pipelineAge), "", func(a registerdb.Adult) bool {
			p.waiting = append(p.waiting, a.Tenure)
			return true
		})
	})
}

// run opens batches until the time is up and goes on until every card that was opened has been handed over.
func (p *pipeline) run(ctx context.Context) (handed int, err error) {
	limit := time.Now().Add(time.Duration(p.options.Seconds) * time.Second)
	for left := pipelineRounds; p.handed < p.opened || p.opened == 0; {
		if time.Now().Before(limit) && len(p.waiting) > 0 {
			err = p.round(ctx, min(pipelineBatch, len(p.waiting)))
		} else if left--; left < 0 {
			err = fmt.Errorf("%d of %d cards handed over", p.handed, p.opened)
		} else {
			err = p.round(ctx, 0)
		}
		if err != nil {
			return 0, err
		}
	}
	return p.handed, nil
}

// round lets the three offices do what lies before them, then exchange, the courier going with it.
func (p *pipeline) round(ctx context.Context, fresh int) error {
	comers := p.waiting[:fresh]
	p.waiting = p.waiting[fresh:]
	var down, below []box // what city and county have sent on
	group, inner := errgroup.WithContext(ctx)
	group.Go(func() error { return p.atStation(inner, comers) })
	group.Go(func() (err error) { below, err = p.atCounty(inner); return err })
	group.Go(func() (err error) { down, err = p.atCity(inner); return err })
	if err := group.Wait(); err != nil {
		return err
	}
	p.toCounty, p.toStation = down, below
	for _, n := range []*pipelineNode{p.station, p.county, p.station} {
		if err := n.sync(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (p *pipeline) atStation(ctx context.Context, comers []string) error {
	for _, box := range p.toStation {
		if err := p.station.do(ctx, office.Clerk, "card.count", input{"consignment": box.consignment, "cards": box.cards}, nil); err != nil {
			return err
		}
	}
	came, err := p.station.list(ctx, office.Clerk, card.StageArrived)
	if err != nil {
		return err
	}
	if err := atWindows(ctx, came, p.handOver); err != nil {
		return err
	}
	return atWindows(ctx, comers, p.accept)
}

// atWindows serves people at the station's windows, each who comes at the first that is free.
func atWindows(ctx context.Context, people []string, serve func(context.Context, string) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(pipelineWindows)
	for _, one := range people {
		group.Go(func() error { return serve(ctx, one) })
	}
	return group.Wait()
}

// list asks for the applications at a stage, as a work list.
func (n *pipelineNode) list(ctx context.Context, role office.Role, stage card.Stage) (applications []string, err error) {
	var all []struct {
		Application string `json:"application"`
	}
	err = n.do(ctx, role, "card.list", input{"purpose": "办理", "stage": stage, "limit": 10 * pipelineBatch}, &all)
	for _, l := range all {
		applications = append(applications, l.Application)
	}
	return applications, err
}

// accept takes one application: slip, photograph, form, fee.
func (p *pipeline) accept(ctx context.Context, tenure string) error {
	var opened struct {
		Application string `json:"application"`
		Number      string `json:"number"`
		Warnings    []any  `json:"warnings"`
	}
	if err := p.station.do(ctx, office.Clerk, "card.open", input{"tenure": tenure, "kind": "first"}, &opened); err != nil || len(opened.Warnings) > 0 {
		return err // what is warned of, as a rare character, is a longer story than this road
	}
	blobs := p.station.node.Office.Blobs
	photo, err := blobs.Put(withComment(p.face(opened.Application, opened.Number), opened.Application))
	if err != nil {
		return err
	}
	form, err := blobs.Put([]byte("居民身份证申领登记表 " + opened.Application + "\n"))
	if err != nil {
		return err
	}
	for _, step := range []struct {
		role   office.Role
		action string
		input  input
	}{
		{office.Photographer, "card.photograph", input{"photo": photo, "measures": input{"width": portrait.Width, "height": portrait.Height}, "device": "B-1"}},
		{office.Clerk, "card.confirm", input{"form": form, "signer": "self"}},
		{office.Cashier, "fund.collect", input{}},
	} {
		step.input["application"] = opened.Application
		if err := p.station.do(ctx, step.role, step.action, step.input, nil); err != nil {
			return err
		}
	}
	return nil
}

// face notes an application that has been opened, and gives the next of the faces.
func (p *pipeline) face(application, number string) []byte {
	p.windows.Lock()
	defer p.windows.Unlock()
	p.numbers[application] = number
	p.opened++
	return p.photos[p.opened%len(p.photos)]
}

// numberOf is the citizen number that the chip of an application's card says.
func (p *pipeline) numberOf(application string) string {
	p.windows.Lock()
	defer p.windows.Unlock()
	return p.numbers[application]
}

// withComment is a JPEG picture with a comment behind its first segment: other bytes, the same picture.
func withComment(jpeg []byte, text string) []byte {
	const app0 = 20 // the first marker, and the segment that portrait puts behind it
	comment := append([]byte{0xFF, 0xFE, 0, byte(len(text) + 2)}, text...)
	return bytes.Join([][]byte{jpeg[:app0], comment, jpeg[app0:]}, nil)
}

func (p *pipeline) handOver(ctx context.Context, application string) error {
	if err := p.station.do(ctx, office.Clerk, "card.notify", input{"application": application, "way": "telephone"}, nil); err != nil {
		return err
	}
	signature, err := p.station.node.Office.Blobs.Put([]byte("签名 " + application + "\n"))
	if err != nil {
		return err
	}
	if err := p.station.do(ctx, office.Clerk, "card.hand_over", input{"application": application, "chip_number": p.numberOf(application), "receiver": "self",
		"signature": signature}, nil); err != nil {
		return err
	}
	p.windows.Lock()
	defer p.windows.Unlock()
	p.handed++
	return nil
}

// each does an action on every application at a stage.
func (n *pipelineNode) each(ctx context.Context, role office.Role, stage card.Stage, action string) error {
	all, err := n.list(ctx, role, stage)
	if err != nil {
		return err
	}
	for _, application := range all {
		if err := n.do(ctx, role, action, input{"application": application}, nil); err != nil {
			return err
		}
	}
	return nil
}

func (p *pipeline) atCounty(ctx context.Context) ([]box, error) {
	if err := p.county.each(ctx, office.Reviewer, card.StageConfirmed, "card.review"); err != nil {
		return nil, err
	}
	if err := p.county.each(ctx, office.Issuer, card.StageReviewed, "card.sign"); err != nil {
		return nil, err
	}
	return p.county.sendOn(ctx, p.toCounty, pipelineStation)
}

// sendOn counts what has come and sends it to the unit below.
func (n *pipelineNode) sendOn(ctx context.Context, came []box, below event.Unit) ([]box, error) {
	for _, box := range came {
		if err := n.do(ctx, office.Reviewer, "card.count", input{"consignment": box.consignment, "cards": box.cards}, nil); err != nil {
			return nil, err
		}
	}
	if len(came) == 0 {
		return nil, nil
	}
	var sent struct {
		Consignment string `json:"consignment"`
		Cards       []struct {
			CardNo string `json:"card_no"`
		} `json:"cards"`
	}
	if err := n.do(ctx, office.Issuer, "card.consign", input{"to": below}, &sent); err != nil {
		return nil, err
	}
	b := box{consignment: sent.Consignment}
	for _, one := range sent.Cards {
		b.cards = append(b.cards, one.CardNo)
	}
	return []box{b}, nil
}

func (p *pipeline) atCity(ctx context.Context) ([]box, error) {
	if err := p.city.each(ctx, office.Reviewer, card.StageSigned, "card.check"); err != nil {
		return nil, err
	}
	packages, err := p.make(ctx)
	if err != nil {
		return nil, err
	}
	return p.city.sendOn(ctx, packages, pipelineCounty)
}

// make orders what is checked, lets the factory make it, and takes its feedback in.
func (p *pipeline) make(ctx context.Context) ([]box, error) {
	var written struct {
		Digest string `json:"digest"`
	}
	err := p.city.do(ctx, office.Issuer, "card.order", input{}, &written)
	if refusal, ok := event.AsRefusal(err); ok && refusal.Code == "card.nothing_to_order" {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var order bytes.Buffer
	if err := carddesk.WriteOrder(&order, p.city.node.Office.Blobs, p.city.node.Office.Key, written.Digest); err != nil {
		return nil, err
	}
	result, err := maker.Make(&order, maker.Options{At: p.city.node.Now().UnixMilli()})
	if err != nil {
		return nil, err
	}
	digest, err := p.city.node.Office.Blobs.Put(result.Feedback)
	if err != nil {
		return nil, err
	}
	if err := p.city.do(ctx, office.Communications, "card.feedback", input{"digest": digest}, nil); err != nil {
		return nil, err
	}
	var packages []box
	for name, cards := range result.Packages {
		packages = append(packages, box{consignment: name, cards: cards})
	}
	return packages, nil
}
