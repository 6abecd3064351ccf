package web

import (
	"database/sql"
	"time"

	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/store"
)

// uploadKept is how long an attachment that was sent with a form waits for the act that names it: the form may come back with errors, and be sent again.
const uploadKept = 24 * time.Hour

// upload keeps an attachment that was sent with a form, and removes those that came a day ago and that no entry names: their forms were refused or left.
func (c *call) upload(content []byte) (string, error) {
	now := c.s.Office.Clock()
	if err := c.s.sweepUploads(c, now.Add(-uploadKept)); err != nil {
		return "", err
	}
	digest := digestOf(string(content))
	if c.s.Office.Blobs.Has(digest) { // somebody else's too, as one that an entry names
		return digest, c.noteUpload("update web_upload set at = $2 where digest = $1", digest, now)
	}
	if err := c.noteUpload("insert into web_upload(digest, at) values($1, $2) on conflict (digest) do update set at = excluded.at", digest, now); err != nil {
		return "", err
	}
	return c.s.Office.Blobs.Put(content)
}

func (c *call) noteUpload(query, digest string, now time.Time) error {
	return c.s.Office.DB.Write(c.ctx(), func(tx *store.Tx) error {
		_, err := tx.Exec(c.ctx(), query, digest, now.UnixMilli())
		return err
	})
}

// sweepUploads removes what came before a time and is named by no entry; what an entry names is the journal's.
func (s *Server) sweepUploads(c *call, before time.Time) error {
	return s.Office.DB.Write(c.ctx(), func(tx *store.Tx) error {
		old, err := store.Select(c.ctx(), tx, "select digest from web_upload where at < $1 order by at limit 50", []any{before.UnixMilli()},
			func(rows *sql.Rows) (digest string, err error) { return digest, rows.Scan(&digest) })
		if err != nil {
			return err
		}
		for _, digest := range old {
			wanted, err := journal.BlobWanted(c.ctx(), tx, digest)
			if err != nil {
				return err
			}
			if !wanted {
				if err := s.Office.Blobs.Remove(digest); err != nil {
					return err
				}
			}
			if _, err := tx.Exec(c.ctx(), "delete from web_upload where digest = $1", digest); err != nil {
				return err
			}
		}
		return nil
	})
}
