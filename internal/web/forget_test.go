package web

import (
	"context"
	"database/sql"
	"net/url"
	"slices"
	"testing"

	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
)

// TestErasureReachesWhatPagesKeep: saved views, drafts and the lines of bulk receipts that name the erased person go, in her name, her number or the identifier of the record; those of
// others stay.
func TestErasureReachesWhatPagesKeep(t *testing.T) {
	const erased = "0199a1b2-0000-7000-8000-000000000001"
	storetest.Both(t, func(t *testing.T, config store.Config) {
		ctx := context.Background()
		db := storetest.Open(t, config, Migration())
		typed := func(name, value string) string { return url.Values{name: {value}}.Encode() }
		err := db.Write(ctx, func(tx *store.Tx) error {
			for _, v := range [][4]string{{"by-name", "", "", typed("f.name", "关秀兰")}, {"by-number", "", "", typed("f.number", "220102 19800519 9422")}, {"by-title", "关秀兰的件", "", typed("f.unit", "桃源")},
				{"by-address", "", typed("name", "关秀兰"), ""}, {"other", "关姓", "", typed("f.name", "关")}} {
				if _, err := tx.Exec(ctx, "insert into web_view(id, operator, page, name, query, typed, at) values($1, 'op', '/late', $2, $3, $4, 0)", v[0], v[1], v[2], v[3]); err != nil {
					return err
				}
			}
			for page, text := range map[string]string{"/application/" + erased: "", "/do/register.birth": typed("mother_name", "关秀兰"), "/accept": typed("q", "王建国")} {
				if _, err := tx.Exec(ctx, "insert into web_draft(operator, page, typed, focus, at) values('op', $1, $2, '', 0)", page, text); err != nil {
					return err
				}
			}
			_, err := tx.Exec(ctx, "insert into web_bulk(token, operator, name, rows, at) values('t', 'op', 'notify', $1, 0)", `[{"key":"`+erased+`","says":["另名"]},{"key":"b","says":["关秀兰","1"],"code":"card.stage","why":{"zh":"不能办"},"mend":{"zh":"查"}},{"key":"c","says":["王建国"]}]`)
			if err != nil {
				return err
			}
			return Forget(ctx, tx, &journal.Entry{Header: journal.Header{Subject: erased}, Body: []byte(`{"face":{"name":"关秀兰","number":"220102198005199422","sex":"2"},"unit":"桃源"}`)})
		})
		if err != nil {
			t.Fatal(err)
		}
		for query, want := range map[string][]string{"select id from web_view": {"other"}, "select page from web_draft": {"/accept"},
			"select rows from web_bulk": {`[{"key":"","says":null},{"key":"","says":null,"code":"card.stage"},{"key":"c","says":["王建国"]}]`}} {
			err := db.Read(ctx, func(tx *store.Tx) error {
				got, err := store.Select(ctx, tx, query, nil, func(rows *sql.Rows) (text string, err error) { return text, rows.Scan(&text) })
				if err == nil && !slices.Equal(got, want) {
					t.Errorf("%s: %q, want %q", query, got, want)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}
