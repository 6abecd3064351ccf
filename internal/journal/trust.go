package journal

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"regexp"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/store"
)

// ErrNodeName means that a node's name is not the one that its unit and key give it, or that it belongs to another.
var ErrNodeName = errors.New("journal: the node's name does not fit its unit and key")

// nodeNames is what a node's name looks like. It has nothing that means anything in a path.
var nodeNames = regexp.MustCompile(`^huzheng-[0-9]{6}([0-9]{3})?-[0-9a-f]{8}$`)

// NodeName is the name of a unit's node by its signing key: huzheng-<unit>-<8 hex of the key's SHA-256>.
func NodeName(unit event.Unit, public ed25519.PublicKey) string {
	sum := sha256.Sum256(public)
	return fmt.Sprintf("huzheng-%s-%x", unit, sum[:4])
}

// ValidNode tells whether a text has the form of a node's name, so that it may be a part of a path.
func ValidNode(node string) bool { return nodeNames.MatchString(node) }

// CheckNode checks a node's claimed name against its unit and its verifier text. It returns ErrNodeName when they do not fit.
func CheckNode(node string, unit event.Unit, verifier string) error {
	name, public, err := parseVerifier(verifier)
	if err != nil {
		return fmt.Errorf("%w: %v", ErrNodeName, err)
	}
	if !unit.Valid() || name != node || node != NodeName(unit, public) {
		return fmt.Errorf("%w: %q of %q", ErrNodeName, node, unit)
	}
	return nil
}

// SaveCertificate keeps a certificate that the caller has verified. An older one never replaces a newer one of the same node. It returns
// ErrNodeName for a name that does not fit, and for one that is known here with another key or unit.
func SaveCertificate(ctx context.Context, tx *store.Tx, signed []byte) error {
	c, err := PeekCertificate(signed)
	if err != nil {
		return err
	}
	if err := CheckNode(c.Node, c.Unit, c.Verifier); err != nil {
		return err
	}
	known, _, ok, err := CertificateOf(ctx, tx, c.Node)
	if err != nil {
		return err
	}
	if ok && (known.Verifier != c.Verifier || known.Unit != c.Unit) {
		return fmt.Errorf("%w: %s is known with another key", ErrNodeName, c.Node)
	}
	if ok && known.From >= c.From {
		return nil
	}
	_, err = tx.Exec(ctx, `insert into journal_certificate(node, unit, note) values($1, $2, $3)
		on conflict (node) do update set note = excluded.note`, c.Node, c.Unit, signed)
	return err
}

// CertificateOf reads a node's certificate; ok is false when it is not known here.
func CertificateOf(ctx context.Context, tx *store.Tx, node string) (c Certificate, signed []byte, ok bool, err error) {
	ok, err = tx.Find(ctx, "select note from journal_certificate where node = $1", []any{node}, &signed)
	if err != nil || !ok {
		return c, nil, false, err
	}
	c, err = PeekCertificate(signed)
	return c, signed, true, err
}

// Certificates lists every certificate known here.
func Certificates(ctx context.Context, tx *store.Tx) ([]Certificate, error) {
	return store.Select(ctx, tx, "select note from journal_certificate order by node", nil, func(rows *sql.Rows) (Certificate, error) {
		var signed []byte
		if err := rows.Scan(&signed); err != nil {
			return Certificate{}, err
		}
		return PeekCertificate(signed)
	})
}

// ChainOf collects the certificates from a node up to the city's, which signed itself.
func ChainOf(ctx context.Context, tx *store.Tx, node string) (chain [][]byte, err error) {
	for {
		c, signed, ok, err := CertificateOf(ctx, tx, node)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, fmt.Errorf("journal: the certificate of %s is not known here", node)
		}
		chain = append(chain, signed)
		if c.Issuer == c.Node {
			return chain, nil
		}
		if len(chain) > 8 {
			return nil, fmt.Errorf("journal: the certificates of %s run in a circle", node)
		}
		node = c.Issuer
	}
}
