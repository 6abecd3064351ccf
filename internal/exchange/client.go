package exchange

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/store"
	"golang.org/x/time/rate"
)

// SyncReport is what one exchange over the network did.
type SyncReport struct {
	Sent       int          `json:"sent"`     // parcels
	Received   int          `json:"received"` // parcels
	Fresh      int          `json:"fresh"`    // entries that were new here
	Bytes      int64        `json:"bytes"`    // both ways
	Exceptions []*Exception `json:"exceptions"`
}

// progress tells whether anything went either way.
func (r *SyncReport) progress() bool { return r.Sent > 0 || r.Received > 0 }

// errPin means that the parent showed another key than its certificate pins.
var errPin = errors.New("exchange: the parent shows another key than the one that its certificate names")

// ClientTLS is the configuration for calling a parent, pinned to its key.
func (n *Node) ClientTLS(ctx context.Context, parent Neighbour) (*tls.Config, error) {
	var pin string
	err := n.Office.DB.Read(ctx, func(tx *store.Tx) error {
		c, err := certificate(ctx, tx, parent.Node)
		pin = c.TLS
		return err
	})
	if err != nil {
		return nil, err
	}
	return n.clientTLS(func(key string) error {
		if key != pin {
			return errPin
		}
		return nil
	})
}

func (n *Node) clientTLS(accept func(key string) error) (*tls.Config, error) {
	own, err := n.tlsCertificate()
	if err != nil {
		return nil, err
	}
	return &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{own}, ServerName: "huzheng",
		InsecureSkipVerify: true, // no CA: VerifyConnection pins the key that the city's chain of certificates names
		VerifyConnection:   func(s tls.ConnectionState) error { return accept(shownKey(&s)) },
	}, nil
}

// Times of the network road.
const (
	dialTimeout   = 15 * time.Second
	answerTimeout = maxWait + time.Minute
)

func transport(settings *tls.Config) *http.Transport {
	return &http.Transport{TLSClientConfig: settings, DialContext: (&net.Dialer{Timeout: dialTimeout}).DialContext,
		TLSHandshakeTimeout: dialTimeout, ResponseHeaderTimeout: answerTimeout, IdleConnTimeout: time.Minute}
}

// call is a connection to the parent.
type call struct {
	node   *Node
	parent Neighbour
	client *http.Client
	report SyncReport
	stuck  map[string]bool // parcels that went, and trees of which one was refused: not again in this exchange
}

func (n *Node) call(ctx context.Context, up Neighbour) (*call, error) {
	settings, err := n.ClientTLS(ctx, up)
	if err != nil {
		return nil, err
	}
	return &call{node: n, parent: up, client: &http.Client{Transport: transport(settings)}, stuck: make(map[string]bool)}, nil
}

func (c *call) close() { c.client.CloseIdleConnections() }

// do sends one request and reads its answer; a status that is not 200 is an error.
func (c *call) do(ctx context.Context, method, path string, body io.Reader, read func(io.Reader) error) error {
	request, err := http.NewRequestWithContext(ctx, method, "https://"+strings.TrimPrefix(c.parent.Address, "https://")+path, body)
	if err != nil {
		return err
	}
	response, err := c.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(response.Body, 1000))
		return fmt.Errorf("exchange: %s %s: %s: %s", method, path, response.Status, strings.TrimSpace(string(text)))
	}
	return read(response.Body)
}

func decodeInto(v any) func(io.Reader) error {
	return func(r io.Reader) error { return json.NewDecoder(io.LimitReader(r, maxState)).Decode(v) }
}

// SyncOnce exchanges once with the parent over the network: states, parcels up, parcels down, until nothing more is due. A node
// without a parent's address does nothing.
func (n *Node) SyncOnce(ctx context.Context) (SyncReport, error) {
	up, ok, err := n.Parent(ctx)
	if err != nil || !ok || up.Address == "" {
		return SyncReport{}, err
	}
	release, err := n.alone(ctx)
	if err != nil {
		return SyncReport{}, err
	}
	defer release()
	c, err := n.call(ctx, up)
	if err != nil {
		return SyncReport{}, err
	}
	defer c.close()
	err = c.sync(ctx)
	if errors.Is(err, errPin) {
		if up, err = n.rekeyed(ctx, up); err != nil {
			return c.report, err
		}
		if c, err = n.call(ctx, up); err != nil {
			return SyncReport{}, err
		}
		defer c.close()
		err = c.sync(ctx)
	}
	if err != nil {
		return c.report, err
	}
	_, err = n.Office.React(ctx)
	return c.report, err
}

// maxRounds bounds SyncAll: each round may bring what the last one's answers made due.
const maxRounds = 20

// SyncAll exchanges with the parent over the network until nothing more moves, and carries out what follows from what came.
func (n *Node) SyncAll(ctx context.Context) (SyncReport, error) {
	total := SyncReport{Exceptions: []*Exception{}}
	for range maxRounds {
		report, err := n.SyncOnce(ctx)
		if err != nil {
			return total, err
		}
		done, err := n.Office.React(ctx)
		if err != nil {
			return total, err
		}
		total.Sent += report.Sent
		total.Received += report.Received
		total.Fresh += report.Fresh
		total.Bytes += report.Bytes
		total.Exceptions = append(total.Exceptions, report.Exceptions...)
		if report.Sent+report.Received+report.Fresh+done == 0 || len(report.Exceptions) > 0 {
			break
		}
	}
	return total, nil
}

func (c *call) sync(ctx context.Context) error {
	if err := c.states(ctx); err != nil {
		return err
	}
	for {
		before := c.report
		if err := c.push(ctx); err != nil {
			return err
		}
		if err := c.pull(ctx); err != nil {
			return err
		}
		if c.report.Sent == before.Sent && c.report.Received == before.Received {
			return nil
		}
		if err := c.states(ctx); err != nil {
			return err
		}
	}
}

// states gives the parent our state and hears its.
func (c *call) states(ctx context.Context) error {
	up, _, err := c.node.Parent(ctx)
	if err != nil {
		return err
	}
	state, err := c.node.State(ctx, up)
	if err != nil {
		return err
	}
	err = c.postState(ctx, state)
	if err == nil || len(state) <= maxUnknown {
		return err
	}
	// A parent that has forgotten us, as after a restore, reads no more than an introduction.
	introduction, e := c.node.introduction(ctx, up)
	if e != nil {
		return e
	}
	if c.postState(ctx, introduction) != nil {
		return err
	}
	return c.postState(ctx, state)
}

func (c *call) postState(ctx context.Context, state []byte) error {
	var answer []byte
	err := c.do(ctx, http.MethodPost, "/v1/state", bytes.NewReader(state), func(r io.Reader) (err error) {
		answer, err = io.ReadAll(io.LimitReader(r, maxState))
		return err
	})
	if err != nil {
		return err
	}
	_, err = c.node.hear(ctx, c.parent.Node, answer, true)
	return err
}

// push sends what the parent lacks.
func (c *call) push(ctx context.Context) error {
	parcels, err := c.node.seal(ctx, c.parent, onNetwork)
	if err != nil {
		return err
	}
	for _, p := range parcels {
		if c.stuck[p.ID] || c.stuck[treeKey(p.Stream, p.Generation)] {
			continue
		}
		answer, err := c.put(ctx, p)
		if err != nil {
			return err
		}
		c.stuck[p.ID] = true // once in one exchange, whatever comes of it
		if err := c.answered(ctx, p, answer); err != nil {
			return err
		}
	}
	return nil
}

func treeKey(stream event.Stream, generation int) string {
	return fmt.Sprintf("%s@%d", stream, generation)
}

// put sends one parcel's file, from the byte that the parent has.
func (c *call) put(ctx context.Context, p Sealed) (*taken, error) {
	var held offset
	if err := c.do(ctx, http.MethodGet, "/v1/upload/"+p.Digest, nil, decodeInto(&held)); err != nil {
		return nil, err
	}
	file, err := c.node.Files.Open(c.node.spooled(c.parent.Node, p.file))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	held.Offset = min(held.Offset, p.Bytes)
	if _, err := io.CopyN(io.Discard, file, held.Offset); err != nil {
		return nil, err
	}
	c.report.Bytes += p.Bytes - held.Offset
	answer := &taken{}
	path := fmt.Sprintf("/v1/parcel/%s?size=%d&offset=%d", p.Digest, p.Bytes, held.Offset)
	return answer, c.do(ctx, http.MethodPut, path, c.node.limited(ctx, file), decodeInto(answer))
}

// answered draws the consequences of the parent's answer to a parcel.
func (c *call) answered(ctx context.Context, p Sealed, answer *taken) error {
	n := c.node
	var gone []string
	err := n.Office.DB.Write(ctx, func(tx *store.Tx) (err error) {
		gone = nil
		if answer.Exception != nil {
			answer.Exception.Parcel = p.ID
			if err := n.hearException(ctx, tx, c.parent, answer.Exception); err != nil {
				return err
			}
		}
		switch {
		case answer.Receipt != nil && p.Stream == "":
			gone, err = n.dropParcels(ctx, tx, "id = $1", p.ID)
		case answer.Receipt != nil && answer.Receipt.Stream == p.Stream && answer.Receipt.Generation == p.Generation:
			gone, err = n.hearReceipt(ctx, tx, c.parent, answer.Receipt)
		case answer.Exception != nil && (answer.Exception.Code == Damaged || answer.Exception.Code == Foreign):
			gone, err = n.dropParcels(ctx, tx, "id = $1", p.ID) // sealed anew from the journal, in the next exchange
		}
		return err
	})
	n.removeSpooled(gone)
	if answer.Exception != nil && answer.Exception.Code != Replayed {
		c.report.Exceptions = append(c.report.Exceptions, answer.Exception)
		if p.Stream != "" {
			c.stuck[treeKey(p.Stream, p.Generation)] = true
		}
		return err
	}
	c.report.Sent++
	return err
}

// pull takes what is due to us.
func (c *call) pull(ctx context.Context) error {
	due, err := c.due(ctx, 0)
	if err != nil {
		return err
	}
	for _, p := range due {
		if c.stuck[p.ID] {
			continue
		}
		answer, err := c.get(ctx, p)
		if err != nil {
			return err
		}
		c.stuck[p.ID] = true // once in one exchange, whatever came of it
		if answer.Exception != nil && answer.Exception.Code != Replayed {
			c.report.Exceptions = append(c.report.Exceptions, answer.Exception)
			continue
		}
		c.report.Received++
		if answer.Receipt != nil {
			c.report.Fresh += answer.Receipt.Fresh
		}
	}
	return nil
}

func (c *call) due(ctx context.Context, wait time.Duration) (due []Sealed, err error) {
	return due, c.do(ctx, http.MethodGet, fmt.Sprintf("/v1/due?wait=%d", int(wait.Seconds())), nil, decodeInto(&due))
}

// get fetches one parcel's file, from the byte that we have, and takes it in.
func (c *call) get(ctx context.Context, p Sealed) (*taken, error) {
	file, err := c.node.pieces(c.parent.Node, p.Digest)
	if err != nil {
		return nil, err
	}
	_, held, err := file.held()
	if err != nil {
		return nil, err
	}
	if held < p.Bytes {
		c.report.Bytes += p.Bytes - held
		path := fmt.Sprintf("/v1/parcel/%s?offset=%d", p.Digest, held)
		err := c.do(ctx, http.MethodGet, path, nil, func(r io.Reader) error {
			return file.add(held, io.LimitReader(c.node.limited(ctx, r), min(p.Bytes, maxParcel)-held))
		})
		if err != nil {
			return nil, err
		}
	}
	return c.node.takePieces(ctx, file)
}

// rekeyed asks a parent that shows another key for its chain, and takes it as the parent's new one when the chain says so.
func (n *Node) rekeyed(ctx context.Context, up Neighbour) (Neighbour, error) {
	var shown string
	settings, err := n.clientTLS(func(key string) error { shown = key; return nil })
	if err != nil {
		return up, err
	}
	c := &call{node: n, parent: up, client: &http.Client{Transport: transport(settings)}}
	defer c.close()
	var text []byte
	err = c.do(ctx, http.MethodGet, "/v1/chain", nil, func(r io.Reader) (err error) {
		text, err = io.ReadAll(io.LimitReader(r, maxNote))
		return err
	})
	if err != nil {
		return up, err
	}
	chain, err := splitChain(text)
	if err != nil {
		return up, err
	}
	leaf, err := journal.PeekCertificate(chain[0])
	if err != nil || leaf.TLS != shown || leaf.Unit != up.Unit {
		return up, errPin
	}
	err = n.Office.DB.Write(ctx, func(tx *store.Tx) error {
		up, err = n.introduce(ctx, tx, chain)
		return err
	})
	return up, err
}

// limited slows a reader down to the node's bandwidth.
func (n *Node) limited(ctx context.Context, r io.Reader) io.Reader {
	if n.limiter == nil {
		return r
	}
	return &slowed{ctx: ctx, r: r, limiter: n.limiter}
}

// burst is how many bytes go at once under a bandwidth limit.
const burst = 32 << 10

type slowed struct {
	ctx     context.Context
	r       io.Reader
	limiter *rate.Limiter
}

func (s *slowed) Read(p []byte) (int, error) {
	n, err := s.r.Read(p[:min(len(p), burst)])
	if wait := s.limiter.WaitN(s.ctx, n); wait != nil {
		return n, wait
	}
	return n, err
}

// Times of Run.
const (
	maxBackOff = 10 * time.Minute
	sweepEvery = 24 * time.Hour
)

// Run exchanges with the parent until the context ends: at once when something is to be sent or due, and at least every
// interval; after a failure it waits longer each time. It runs reactions and notes that time passes. A node without a parent's
// address does only that.
func (n *Node) Run(ctx context.Context, interval time.Duration) error {
	var failures int
	var again int // how often in a row something was due at once and brought nothing
	var swept time.Time
	for ctx.Err() == nil {
		if time.Since(swept) > sweepEvery {
			if err := n.Sweep(ctx); err != nil {
				n.Log.Warn("spool sweep", "error", err)
			}
			swept = time.Now()
		}
		marker, _ := n.marker(ctx)
		report, err := n.round(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			failures++
			n.Log.Warn("exchange failed", "failures", failures, "error", err)
			pause(ctx, backOff(failures))
		case report.progress():
			failures, again = 0, 0
		default:
			failures = 0
			n.awaitEither(ctx, marker, interval, &again)
		}
	}
	return nil
}

func (n *Node) round(ctx context.Context) (SyncReport, error) {
	if err := n.Office.Heartbeat(ctx); err != nil {
		return SyncReport{}, err
	}
	report, err := n.SyncOnce(ctx)
	if err != nil {
		return report, err
	}
	_, err = n.Office.React(ctx)
	return report, err
}

// awaitEither returns when something is due from the parent, when our own journal has changed, or after the interval. again is parentHas's.
func (n *Node) awaitEither(ctx context.Context, marker string, interval time.Duration, again *int) {
	ctx, stop := context.WithTimeout(ctx, interval)
	var listening sync.WaitGroup
	defer listening.Wait()
	defer stop()
	listening.Go(func() {
		if n.parentHas(ctx, interval, again) {
			stop()
		}
	})
	if err := n.awaitChange(ctx, marker, time.Now().Add(interval)); err != nil && ctx.Err() == nil {
		n.Log.Warn("waiting for entries", "error", err)
		pause(ctx, backOff(1))
	}
}

// parentHas asks the parent by one long poll after another until something is due. What is due at once has just been refused, or has come since the round: it is fetched again, later each time that
// this brings nothing, as again counts.
func (n *Node) parentHas(ctx context.Context, wait time.Duration, again *int) bool {
	for failures := 0; ctx.Err() == nil; {
		started := time.Now()
		due, ok, err := n.dueFromParent(ctx, wait)
		switch {
		case !ok && err == nil:
			return false
		case err != nil:
			failures++
			pause(ctx, backOff(failures))
		case len(due) == 0:
			failures = 0
			pause(ctx, markerRest-time.Since(started)) // a parent that does not wait is not asked without end
		case time.Since(started) > markerRest:
			return true
		default:
			*again++
			pause(ctx, backOff(*again))
			return true
		}
	}
	return false
}

// dueFromParent waits until something is due from the parent; ok is false when there is none to ask.
func (n *Node) dueFromParent(ctx context.Context, wait time.Duration) (due []Sealed, ok bool, err error) {
	up, ok, err := n.Parent(ctx)
	if err != nil || !ok || up.Address == "" {
		return nil, false, err
	}
	c, err := n.call(ctx, up)
	if err != nil {
		return nil, true, err
	}
	defer c.close()
	due, err = c.due(ctx, wait)
	return due, true, err
}

// backOff begins with a second, so that one call that failed on a busy line costs little, and doubles with each failure, with some chance in it, so that a city's children
// do not come back all at once.
func backOff(failures int) time.Duration {
	wait := min(time.Second<<min(failures-1, 12), maxBackOff)
	return wait/2 + rand.N(wait/2+1)
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
