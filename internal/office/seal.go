package office

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"

	"filippo.io/age"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/store"
)

// Seal stores evidence that only the deciding unit and this node may read (paternity, poverty papers): an attachment encrypted
// to both. Everyone else carries what they cannot read. It returns the attachment's name.
func (o *Office) Seal(ctx context.Context, deciding event.Unit, content []byte) (digest string, err error) {
	recipient, err := o.recipientOf(ctx, deciding)
	if err != nil {
		return "", err
	}
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, recipient, o.Blobs.Recipient())
	if err != nil {
		return "", err
	}
	if _, err := w.Write(content); err != nil {
		return "", err
	}
	if err := w.Close(); err != nil {
		return "", err
	}
	return o.Blobs.Put(sealed.Bytes())
}

// Unseal reads sealed evidence at the deciding unit's node, or at the writer's.
func (o *Office) Unseal(digest string) ([]byte, error) {
	sealed, err := o.Blobs.Get(digest)
	if err != nil {
		return nil, err
	}
	plain, err := age.Decrypt(bytes.NewReader(sealed), o.Blobs.Identity())
	if err != nil {
		return nil, fmt.Errorf("office: %s is not sealed to this node: %w", digest, err)
	}
	return io.ReadAll(plain)
}

// recipientOf finds the key of the node that serves a unit: its own, or the nearest superior's.
func (o *Office) recipientOf(ctx context.Context, unit event.Unit) (*age.X25519Recipient, error) {
	var certificates []journal.Certificate
	err := o.DB.Read(ctx, func(tx *store.Tx) (err error) {
		certificates, err = journal.Certificates(ctx, tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	for u := unit; u != ""; u = u.Parent() {
		newest := journal.Certificate{From: -1}
		for _, c := range certificates {
			if c.Unit == u && c.From > newest.From {
				newest = c
			}
		}
		if newest.From >= 0 {
			return age.ParseX25519Recipient(newest.Recipient)
		}
	}
	return nil, fmt.Errorf("office: no node is known that serves %s", unit)
}

// noteUnwanted remembers the attachments that an erasure left without an entry, for Sweep.
func noteUnwanted(ctx context.Context, tx *store.Tx, digests []string) error {
	for _, digest := range digests {
		wanted, err := journal.BlobWanted(ctx, tx, digest)
		if err != nil {
			return err
		}
		if wanted {
			continue
		}
		if _, err := tx.Exec(ctx, "insert into office_sweep(digest) values($1) on conflict do nothing", digest); err != nil {
			return err
		}
	}
	return nil
}

// Sweep removes the files of attachments that no unerased entry names any more. It looks again in a transaction before it removes.
func (o *Office) Sweep(ctx context.Context) error {
	var digests []string
	err := o.DB.Read(ctx, func(tx *store.Tx) (err error) {
		digests, err = store.Select(ctx, tx, "select digest from office_sweep", nil, func(rows *sql.Rows) (d string, err error) { return d, rows.Scan(&d) })
		return err
	})
	if err != nil {
		return err
	}
	for _, digest := range digests {
		err := o.DB.Write(ctx, func(tx *store.Tx) error {
			wanted, err := journal.BlobWanted(ctx, tx, digest)
			if err != nil {
				return err
			}
			if !wanted {
				if err := o.Blobs.Remove(digest); err != nil {
					return err
				}
			}
			_, err = tx.Exec(ctx, "delete from office_sweep where digest = $1", digest)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
