package exchange

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/store"
)

// Bounds of the network road.
const (
	maxState   = 64 << 20
	maxUnknown = 64 << 10            // of a state of somebody who is not known yet: an introduction
	maxParcel  = maxOneBlob + 64<<20 // bytes of a parcel's file
	maxWait    = 5 * time.Minute     // of a long poll
	markerRest = 500 * time.Millisecond
)

// ServerTLS is the configuration of the listener under Handler: TLS 1.3, and every caller shows a key. Who may do what is decided
// by that key in Handler.
func (n *Node) ServerTLS() (*tls.Config, error) {
	certificate, err := n.tlsCertificate()
	if err != nil {
		return nil, err
	}
	return &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{certificate}, ClientAuth: tls.RequireAnyClientCert}, nil
}

// tlsCertificate wraps the node's TLS key as TLS wants it. Nobody reads more of it than the key, which the node's certificate pins.
func (n *Node) tlsCertificate() (tls.Certificate, error) {
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: n.name()},
		NotBefore: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, n.Identity.TLS.Public().(ed25519.PublicKey), n.Identity.TLS)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: n.Identity.TLS}, err
}

func shownKey(state *tls.ConnectionState) string {
	if state == nil || len(state.PeerCertificates) == 0 {
		return ""
	}
	sum := sha256.Sum256(state.PeerCertificates[0].RawSubjectPublicKeyInfo)
	return hex.EncodeToString(sum[:])
}

// Handler serves this node's children: states, parcels up, parcels down, certificates.
func (n *Node) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/chain", n.serveChain)
	mux.HandleFunc("POST /v1/state", n.serveState)
	mux.HandleFunc("GET /v1/upload/{digest}", n.forChild(n.serveOffset))
	mux.HandleFunc("PUT /v1/parcel/{digest}", n.forChild(n.servePut))
	mux.HandleFunc("GET /v1/due", n.forChild(n.serveDue))
	mux.HandleFunc("GET /v1/parcel/{digest}", n.forChild(n.serveGet))
	return mux
}

// errCaller is what a caller is told and what the log says.
type errCaller struct {
	status int
	err    error
}

func (e errCaller) Error() string { return e.err.Error() }

func (n *Node) fail(w http.ResponseWriter, r *http.Request, err error) {
	status := http.StatusInternalServerError
	var caller errCaller
	switch {
	case errors.As(err, &caller):
		status = caller.status
	case errors.Is(err, ErrStranger), errors.Is(err, ErrSuspended):
		status = http.StatusForbidden
	}
	n.Log.Warn("exchange request", "path", r.URL.Path, "status", status, "error", err)
	http.Error(w, err.Error(), status)
}

// forChild finds the child by the key that it showed.
func (n *Node) forChild(serve func(http.ResponseWriter, *http.Request, Neighbour) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		child, err := n.caller(r.Context(), shownKey(r.TLS))
		if err == nil {
			err = serve(w, r, child)
		}
		if err != nil {
			n.fail(w, r, err)
		}
	}
}

// caller finds a neighbour by its TLS key.
func (n *Node) caller(ctx context.Context, key string) (nb Neighbour, err error) {
	err = n.Office.DB.Read(ctx, func(tx *store.Tx) error {
		children, err := store.Select(ctx, tx, "select node from exchange_neighbour where relation = $1 order by unit, node", []any{Child},
			func(rows *sql.Rows) (node string, err error) { return node, rows.Scan(&node) })
		if err != nil {
			return err
		}
		for _, child := range children {
			c, err := certificate(ctx, tx, child)
			if err != nil {
				return err
			}
			if key != "" && c.TLS == key {
				nb, err = neighbour(ctx, tx, child)
				return err
			}
		}
		return ErrStranger
	})
	if err == nil && nb.Suspended != "" {
		err = fmt.Errorf("%w: %s", ErrSuspended, nb.Suspended)
	}
	return nb, err
}

func (n *Node) serveChain(w http.ResponseWriter, r *http.Request) {
	var chain [][]byte
	err := n.Office.DB.Read(r.Context(), func(tx *store.Tx) (err error) {
		chain, err = journal.ChainOf(r.Context(), tx, n.name())
		return err
	})
	if err != nil {
		n.fail(w, r, err)
		return
	}
	_, _ = w.Write(joinChain(chain))
}

// serveState hears the caller's state and answers with ours. It is where a forgotten child introduces itself.
func (n *Node) serveState(w http.ResponseWriter, r *http.Request) {
	answer, err := n.exchangeStates(r)
	if err != nil {
		n.fail(w, r, err)
		return
	}
	_, _ = w.Write(answer)
}

func (n *Node) exchangeStates(r *http.Request) ([]byte, error) {
	ctx := r.Context()
	from, err := n.caller(ctx, shownKey(r.TLS))
	stranger := errors.Is(err, ErrStranger)
	if err != nil && !stranger {
		return nil, err
	}
	limit := int64(maxState)
	if stranger {
		limit = maxUnknown
	}
	signed, err := io.ReadAll(io.LimitReader(r.Body, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(signed)) > limit {
		return nil, errCaller{http.StatusRequestEntityTooLarge, fmt.Errorf("exchange: a state of more than %d bytes", limit)}
	}
	if stranger {
		if err := introducesItself(signed, shownKey(r.TLS)); err != nil {
			return nil, err
		}
	}
	child, err := n.hear(ctx, from.Node, signed, true)
	if err != nil {
		return nil, err
	}
	return n.State(ctx, child)
}

// introducesItself checks that a state's first certificate, whose chain is verified when the state is heard, names the key that the caller showed.
func introducesItself(signed []byte, key string) error {
	var claimed statement
	if err := journal.Peek(signed, stateTitle, &claimed); err != nil {
		return errCaller{http.StatusBadRequest, err}
	}
	if len(claimed.Certificates) == 0 {
		return ErrStranger
	}
	c, err := journal.PeekCertificate([]byte(claimed.Certificates[0]))
	if err != nil || c.TLS != key || c.Node != claimed.Node {
		return ErrStranger
	}
	return nil
}

// offset is the answer to "how much of this file have you".
type offset struct {
	Offset int64 `json:"offset"`
}

func (n *Node) serveOffset(w http.ResponseWriter, r *http.Request, child Neighbour) error {
	p, err := n.pieces(child.Node, r.PathValue("digest"))
	if err != nil {
		return errCaller{http.StatusBadRequest, err}
	}
	_, held, err := p.held()
	if err != nil {
		return err
	}
	return writeJSON(w, offset{held})
}

func writeJSON(w http.ResponseWriter, v any) error {
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(v)
}

// taken is the answer to a parcel.
type taken struct {
	Receipt   *Receipt   `json:"receipt"`
	Exception *Exception `json:"exception"`
}

// servePut takes the rest of a parcel's file from the offset given, and the parcel itself when the file is whole.
func (n *Node) servePut(w http.ResponseWriter, r *http.Request, child Neighbour) error {
	size, err1 := strconv.ParseInt(r.URL.Query().Get("size"), 10, 64)
	from, err2 := strconv.ParseInt(r.URL.Query().Get("offset"), 10, 64)
	p, err3 := n.pieces(child.Node, r.PathValue("digest"))
	if err := errors.Join(err1, err2, err3); err != nil || size < 1 || size > maxParcel || from < 0 || from > size {
		return errCaller{http.StatusBadRequest, errors.Join(err, errors.New("exchange: size or offset"))}
	}
	_, held, err := p.held()
	if err != nil {
		return err
	}
	if from > held {
		return errCaller{http.StatusConflict, fmt.Errorf("exchange: %d bytes are here, not %d", held, from)}
	}
	if err := p.add(from, io.LimitReader(r.Body, size-from)); err != nil {
		return errCaller{http.StatusBadRequest, err}
	}
	if _, held, err = p.held(); err != nil {
		return err
	}
	if held < size {
		return errCaller{http.StatusBadRequest, fmt.Errorf("exchange: %d of %d bytes came", held, size)}
	}
	answer, err := n.takePieces(r.Context(), p)
	if err != nil {
		return err
	}
	return writeJSON(w, answer)
}

// takePieces takes in a parcel that is whole in the spool, and removes its pieces unless the machine failed.
func (n *Node) takePieces(ctx context.Context, p *pieces) (*taken, error) {
	whole, err := p.whole()
	if err != nil {
		return nil, err
	}
	if !whole {
		return nil, errors.Join(fmt.Errorf("exchange: file %s came damaged; it starts again", p.digest), p.remove())
	}
	r, err := p.open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	answer := &taken{}
	if answer.Receipt, err = n.TakeIn(ctx, r); err != nil {
		exception, ok := AsException(err)
		if !ok {
			return nil, err
		}
		answer.Exception = exception
	} else if err := n.count(ctx, Network, answer.Receipt); err != nil {
		return nil, err
	}
	return answer, p.remove()
}

// serveDue lists the parcels that are due to the child; with wait (seconds) it answers when there is one, or when the time is over.
func (n *Node) serveDue(w http.ResponseWriter, r *http.Request, child Neighbour) error {
	seconds, _ := strconv.Atoi(r.URL.Query().Get("wait"))
	deadline := time.Now().Add(min(time.Duration(max(seconds, 0))*time.Second, maxWait))
	for {
		marker, err := n.marker(r.Context())
		if err != nil {
			return err
		}
		due, err := n.seal(r.Context(), child, onNetwork)
		if err != nil {
			return err
		}
		if len(due) > 0 || !time.Now().Before(deadline) {
			return writeJSON(w, due)
		}
		if err := n.awaitChange(r.Context(), marker, deadline); err != nil {
			return err
		}
	}
}

// awaitChange returns when the journal has changed since a marker was read, or at the deadline.
func (n *Node) awaitChange(ctx context.Context, marker string, deadline time.Time) error {
	for time.Now().Before(deadline) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(min(markerRest, time.Until(deadline))):
		}
		now, err := n.marker(ctx)
		if err != nil || now != marker {
			return err
		}
	}
	return nil
}

// markerCache keeps many waiting children from asking the database one by one.
type markerCache struct {
	mu    sync.Mutex
	at    time.Time
	value string
}

// marker changes whenever something may have become due.
func (n *Node) marker(ctx context.Context) (string, error) {
	n.markers.mu.Lock()
	defer n.markers.mu.Unlock()
	if time.Since(n.markers.at) < markerRest/2 {
		return n.markers.value, nil
	}
	var entries, released, wanted int64
	err := n.Office.DB.Read(ctx, func(tx *store.Tx) error {
		for query, to := range map[string]*int64{
			"select coalesce(sum(size), 0) from journal_head":  &entries,
			"select coalesce(sum(size), 0) from exchange_held": &released,
			"select count(*) from exchange_wanted":             &wanted,
		} {
			if err := tx.Get(ctx, query, nil, to); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	n.markers.at, n.markers.value = time.Now(), fmt.Sprint(entries, released, wanted)
	return n.markers.value, nil
}

// serveGet sends a parcel's file from an offset.
func (n *Node) serveGet(w http.ResponseWriter, r *http.Request, child Neighbour) error {
	from, err := strconv.ParseInt(r.URL.Query().Get("offset"), 10, 64)
	if err != nil || from < 0 {
		return errCaller{http.StatusBadRequest, errors.New("exchange: offset")}
	}
	var found []Sealed
	err = n.Office.DB.Read(r.Context(), func(tx *store.Tx) (err error) {
		found, err = parcelsWhere(r.Context(), tx, "neighbour = $1 and digest = $2 and file <> ''", child.Node, r.PathValue("digest"))
		return err
	})
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return errCaller{http.StatusNotFound, errors.New("exchange: no such parcel")}
	}
	file, err := n.Files.Open(n.spooled(child.Node, found[0].file))
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := io.CopyN(io.Discard, file, from); err != nil {
		return errCaller{http.StatusBadRequest, errors.New("exchange: offset")}
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Length", strconv.FormatInt(found[0].Bytes-from, 10))
	if _, err := io.Copy(w, n.limited(r.Context(), file)); err != nil {
		n.Log.Info("parcel cut off", "to", child.Node, "file", filepath.Base(found[0].file), "error", err)
	}
	return nil
}
