package journal

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/huzheng/huzheng/internal/store"
)

// SaveCertificate keeps a certificate that the caller has verified. An older one never replaces a newer one of the same node.
func SaveCertificate(ctx context.Context, tx *store.Tx, signed []byte) error {
	c, err := PeekCertificate(signed)
	if err != nil {
		return err
	}
	known, _, ok, err := CertificateOf(ctx, tx, c.Node)
	if err != nil || (ok && known.From >= c.From) {
		return err
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
