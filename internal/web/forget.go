package web

import (
	"context"
	"database/sql"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/store"
)

// Forget removes what pages keep of whom an erased entry names: saved views and drafts in which the name or the number was typed, and the lines of receipts of bulk acts. Another
// person of the same name is forgotten with them. It is the node's (office.Office.Forget).
func Forget(ctx context.Context, tx *store.Tx, erased *journal.Entry) error {
	w := wanted{}
	if isIdentifier(erased.Subject) {
		w[erased.Subject] = true
	}
	var body any
	if err := json.Unmarshal(erased.Body, &body); err != nil {
		return err
	}
	w.collect("", body)
	if err := w.forgetTyped(ctx, tx, "web_view", "id", "name", "query || '&' || typed"); err != nil {
		return err
	}
	if err := w.forgetTyped(ctx, tx, "web_draft", "operator", "page", "typed"); err != nil {
		return err
	}
	return w.forgetReceipts(ctx, tx)
}

// wanted are the texts by which the erased person is known, folded.
type wanted map[string]bool

// collect takes the names and numbers of a body, by the names of its fields.
func (w wanted) collect(field string, v any) {
	switch x := v.(type) {
	case map[string]any:
		for name, inside := range x {
			w.collect(name, inside)
		}
	case []any:
		for _, inside := range x {
			w.collect(field, inside)
		}
	case string:
		if utf8.RuneCountInString(x) > 1 && (field == "name" || strings.HasSuffix(field, "_name") || slices.Contains(numbers, field)) {
			w[folded(x)] = true
		}
	}
}

// in tells whether a text names the person.
func (w wanted) in(text string) bool {
	text = folded(text)
	for one := range w {
		if strings.Contains(text, one) {
			return true
		}
	}
	return false
}

// forgetTyped deletes the rows of a table whose typed fields, or the column beside the key, name the person.
func (w wanted) forgetTyped(ctx context.Context, tx *store.Tx, table, key, beside, typed string) error {
	type kept struct{ key, beside, typed string }
	all, err := store.Select(ctx, tx, "select "+key+", "+beside+", "+typed+" from "+table, nil, func(rows *sql.Rows) (k kept, err error) { return k, rows.Scan(&k.key, &k.beside, &k.typed) })
	if err != nil {
		return err
	}
	for _, k := range all {
		typed, err := url.QueryUnescape(k.typed)
		if err != nil {
			typed = k.typed // not as a browser writes it: looked through as it stands, for an erasure is not to fail by it
		}
		if !w.in(typed) && !w.in(k.beside) {
			continue
		}
		if _, err := tx.Exec(ctx, "delete from "+table+" where "+key+" = $1 and "+beside+" = $2", k.key, k.beside); err != nil {
			return err
		}
	}
	return nil
}

func (w wanted) forgetReceipts(ctx context.Context, tx *store.Tx) error {
	type kept struct{ token, rows string }
	all, err := store.Select(ctx, tx, "select token, rows from web_bulk", nil, func(rows *sql.Rows) (k kept, err error) { return k, rows.Scan(&k.token, &k.rows) })
	if err != nil {
		return err
	}
	for _, k := range all {
		var rows []bulkRow
		if err := json.Unmarshal([]byte(k.rows), &rows); err != nil {
			return err
		}
		if !w.blank(rows) {
			continue
		}
		text, err := json.Marshal(rows)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "update web_bulk set rows = $2 where token = $1", k.token, string(text)); err != nil {
			return err
		}
	}
	return nil
}

// blank leaves of the rows that name the person no more than whether they were done; it tells whether there was one.
func (w wanted) blank(rows []bulkRow) (found bool) {
	for i := range rows {
		one := &rows[i]
		texts := append([]string{one.Key}, one.Says...)
		for _, why := range []*citizen.Text{one.Why, one.Mend} {
			if why != nil {
				texts = append(texts, why.ZH, why.EN)
			}
		}
		if slices.ContainsFunc(texts, w.in) {
			rows[i], found = bulkRow{Code: one.Code}, true
		}
	}
	return found
}
