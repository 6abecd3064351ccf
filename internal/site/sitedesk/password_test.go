package sitedesk_test

import (
	"context"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/officetest"
	"github.com/huzheng/huzheng/internal/site/sitedesk"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
)

// A person in charge gives an operator of his area a new password: not to himself, not outside his area, not where the operator signs in at another node; the
// journal says who did it and why, and never holds the password.
func TestReset_InTheAreaAndNotForOneself(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		ctx := context.Background()
		o := open(t, config)
		want(t, sitedesk.Bootstrap(ctx, o.Office, city, "长春市公安局", "admin", "op-0"), "")
		admin, _ := operator(o, "admin")
		want(t, o.Do(admin, "site.found_unit", map[string]any{"unit": county, "name": "南关分局", "kind": "bureau"}, nil), "")
		want(t, o.Do(admin, "site.found_unit", map[string]any{"unit": station, "name": "南岭派出所", "kind": "station"}, nil), "")
		for login, unit := range map[string]any{"boss": city, "chief": county, "head": station} {
			want(t, o.Do(admin, "site.appoint", map[string]any{"login": login, "name": login, "unit": unit, "roles": []string{"leader"}}, nil), "")
		}
		want(t, o.Do(admin, "site.appoint", map[string]any{"login": "li", "name": "李梅", "unit": station, "roles": []string{"clerk"}}, nil), "")
		chief, _ := operator(o, "chief")
		boss, _ := operator(o, "boss")
		li, _ := operator(o, "li")
		reset := func(operator, first, again string) map[string]any {
			return map[string]any{"operator": operator, "ground": "忘记密码", "password": first, "password_again": again}
		}
		want(t, o.Do(li, "site.reset_password", reset(li.ID, "correct horse", "correct horse"), nil), "office.role")
		want(t, o.Do(chief, "site.reset_password", reset(chief.ID, "correct horse", "correct horse"), nil), "site.self")
		want(t, o.Do(chief, "site.reset_password", reset(boss.ID, "correct horse", "correct horse"), nil), "site.no_unit")
		want(t, o.Do(chief, "site.reset_password", reset("nobody", "correct horse", "correct horse"), nil), "site.no_unit")
		want(t, o.Do(chief, "site.reset_password", reset(li.ID, "correct horse", "correct hoarse"), nil), "site.passwords_differ")
		want(t, o.Do(chief, "site.reset_password", reset(li.ID, "short", "short"), nil), "office.password_short")
		want(t, o.Do(chief, "site.reset_password", map[string]any{"operator": li.ID, "ground": "", "password": "correct horse", "password_again": "correct horse"}, nil), "site.no_ground")
		want(t, o.Do(chief, "site.reset_password", reset(li.ID, "correct horse", "correct horse"), nil), "")
		signIn := func(password, code string) {
			_, err := o.SignIn(ctx, "li", password)
			want(t, err, code)
		}
		signIn("correct horse", "")
		for range office.MaxFailures {
			signIn("wrong horse", "office.sign_in")
		}
		signIn("correct horse", "office.locked")
		var rows []sitedesk.OperatorRow
		want(t, o.Do(chief, "site.operators", map[string]any{}, &rows), "")
		locked := 0
		for _, row := range rows {
			if row.LockedUntil > 0 {
				locked++
			}
			if row.Login == "boss" {
				t.Error("an operator above the area is listed")
			}
		}
		if locked != 1 || len(rows) != 3 {
			t.Errorf("%d of %d operators are locked: %+v", locked, len(rows), rows)
		}
		want(t, o.Do(chief, "site.unlock_operator", map[string]any{"operator": li.ID, "ground": "本人当面申请"}, nil), "")
		signIn("correct horse", "")
		want(t, o.ChangePassword(ctx, li, "wrong horse", "another horse"), "office.sign_in")
		want(t, o.ChangePassword(ctx, li, "correct horse", "correct horse"), "office.password_same")
		given(t, o, li.ID, true)
		want(t, o.ChangePassword(ctx, li, "correct horse", "another horse"), "")
		given(t, o, li.ID, false)
		signIn("another horse", "")
		checkJournal(t, o, li.ID)
	})
}

// given checks whether the operator has to take another password before any work.
func given(t *testing.T, o *officetest.Office, operator string, want bool) {
	t.Helper()
	o.Read(func(tx *store.Tx) error {
		got, err := office.PasswordGiven(context.Background(), tx, operator)
		if got != want {
			t.Errorf("given: %v", got)
		}
		return err
	})
}

func checkJournal(t *testing.T, o *officetest.Office, operator string) {
	t.Helper()
	o.Read(func(tx *store.Tx) error {
		entries, err := journal.BySubject(context.Background(), tx, operator)
		kinds := map[string]int{}
		for i := range entries {
			kinds[entries[i].Kind]++
			if strings.Contains(string(entries[i].Body), "horse") {
				t.Errorf("%s holds a password", entries[i].Kind)
			}
		}
		if kinds["site.password_reset"] != 1 || kinds["site.operator_unlocked"] != 1 {
			t.Errorf("%v", kinds)
		}
		return err
	})
	if differences, err := o.CheckRebuild(context.Background(), nil); err != nil || len(differences.Differences) > 0 {
		t.Errorf("%v %v", differences, err)
	}
}
