package registerdb

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// The migration that brings the initials fills them for rows that are there as apply does for new ones.
func TestMigration_FillsInitials(t *testing.T) {
	text, err := migrations.ReadFile("migrations/00002_households.sql")
	if err != nil {
		t.Fatal(err)
	}
	from := strings.Index(string(text), "with recursive")
	fill, _, ok := strings.Cut(string(text)[from:], ";")
	if !ok {
		t.Fatal("the migration fills nothing")
	}
	names := []string{"张三", "欧阳小明", "买买提·吐尔逊", "王\U00020000", "", "A b"}
	storetest.Both(t, func(t *testing.T, config store.Config) {
		ctx := context.Background()
		db := storetest.Open(t, config, New().Migration())
		err := db.Write(ctx, func(tx *store.Tx) error {
			for _, name := range names {
				r := register.Record{Name: name}.Sorted()
				row := tenureRow("220102001", "t"+name, "r", 1, opening{}, open, &r, []byte("{}"))
				if err := saveTenure(ctx, tx, row, opening{}); err != nil {
					return err
				}
			}
			if _, err := tx.Exec(ctx, "update register_tenure set initials = ''"); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, fill)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			var got string
			if err := db.Read(ctx, func(tx *store.Tx) error {
				return tx.Get(ctx, "select initials from register_tenure where tenure = $1", []any{"t" + name}, &got)
			}); err != nil {
				t.Fatal(err)
			}
			if want := register.Initials(citizen.Pinyin(name)); got != want {
				t.Errorf("%q: %q, want %q", name, got, want)
			}
		}
	})
}

// A register from before the columns main and card_expires has in them, once migrated, what it would have if it were loaded today.
func TestMigration_FillsWhatRecordsSay(t *testing.T) {
	before := New().Migration()
	older := fstest.MapFS{}
	for _, name := range []string{"00001_register.sql", "00002_households.sql", "00020_target.sql", "00030_access.sql", "00040_standing.sql", "00050_figures.sql", "00051_chunk.sql"} {
		text, err := fs.ReadFile(before.Files, name)
		if err != nil {
			t.Fatal(err)
		}
		older[name] = &fstest.MapFile{Data: text}
	}
	before.Files = older
	table := New().Tables()[slices.IndexFunc(New().Tables(), func(table store.Table) bool { return table.Name == "register_tenure" })]
	storetest.Both(t, func(t *testing.T, config store.Config) {
		ctx := context.Background()
		db := storetest.Open(t, config, before)
		var want []string
		if err := db.Write(ctx, func(tx *store.Tx) error {
			old := tenureColumns[:len(tenureColumns)-2]
			marks := make([]string, len(old))
			for i := range old {
				marks[i] = fmt.Sprintf("$%d", i+1)
			}
			insert := "insert into register_tenure(" + strings.Join(old, ", ") + ") values(" + strings.Join(marks, ", ") + ")"
			for i := range filled + 2 { // more than are filled at once
				r := register.Record{Name: "张三", Number: fmt.Sprint(i), BirthDate: citizen.MustDate("1970-01-01")}
				if i%2 == 1 {
					r.CardExpires = "2014-05-06"
				}
				text, err := json.Marshal(r)
				if err != nil {
					return err
				}
				row := tenureRow(event.Unit(fmt.Sprintf("22010200%d", i%3)), fmt.Sprintf("t%05d", i), "r", 1, opening{}, open, &r, text)
				if _, err := tx.Exec(ctx, insert, row[:len(old)]...); err != nil {
					return err
				}
				want = append(want, fmt.Sprint(row[0], row[1], register.MainMark(r), r.CardExpires))
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if err := db.Migrate(ctx, New().Migration()); err != nil {
			t.Fatal(err)
		}
		var got []string
		if err := db.Read(ctx, func(tx *store.Tx) error {
			return tx.Rows(ctx, table, "", func(r store.Row) error {
				n := len(r)
				got = append(got, r[0].String+r[1].String+r[n-2].String+r[n-1].String)
				return nil
			})
		}); err != nil {
			t.Fatal(err)
		}
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%d rows, want %d; the first %.1q, want %.1q", len(got), len(want), got, want)
		}
	})
}

// A household's subject gives its rows back, and no other's.
func TestForgetHousehold_ItsOwnRows(t *testing.T) {
	ctx := context.Background()
	db := storetest.Open(t, storetest.SQLiteConfig(t), New().Migration())
	err := db.Write(ctx, func(tx *store.Tx) error {
		for _, no := range []string{"1", "1:2"} {
			if _, err := tx.Exec(ctx, `insert into register_household(unit, household_no, version, state, kind, name, place, address, householder)
				values('220102001', $1, 1, 'open', '1', '', '', 'x', '')`, no); err != nil {
				return err
			}
		}
		if err := forgetHousehold(ctx, tx, register.HouseholdSubject("220102001", "1:2")); err != nil {
			return err
		}
		for no, want := range map[string]int64{"1": 1, "1:2": 0} {
			h, err := HouseholdOf(ctx, tx, event.Unit("220102001"), no)
			if err != nil || h.Version != want {
				t.Errorf("%s: %+v %v", no, h, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
