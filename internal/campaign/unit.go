package campaign

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"runtime/pprof"
	"strings"
	"time"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/store"
	"golang.org/x/sync/errgroup"
)

// object is a JSON object as an action's input.
type object = map[string]any

// unit is an office with its people.
type unit struct {
	c      *Campaign
	code   event.Unit
	name   string
	parent *unit
	at     *place
	staff  map[office.Role]office.Operator // who does what here
	absent map[office.Role]bool            // today
	chance *rand.Rand
	window *window // of a station
	hall   *hall   // of a county or the city
}

// login is the login of a unit's operator in a role.
func login(role office.Role, code event.Unit) string {
	if role == office.Leader {
		return "chief" + string(code)
	}
	return string(role) + string(code)
}

// actTime is how long an act takes on the clock of its node.
const actTime = 10 * time.Second

// do does one action in the name of the one who has the role here, as huzheng do does it: JSON in, JSON out. Reactions run when
// the player is done (playDay).
func (u *unit) do(ctx context.Context, role office.Role, action string, input, result any) error {
	by, ok := u.staff[role]
	if !ok {
		return fmt.Errorf("%s has no %s for %s", u.code, role, action)
	}
	in, err := json.Marshal(input)
	if err != nil {
		return err
	}
	u.at.pass(actTime)
	var done *office.Done
	pprof.Do(ctx, pprof.Labels("action", action), func(ctx context.Context) {
		done, err = u.at.node.Office.Do(ctx, by, action, in)
	})
	if err != nil {
		return fmt.Errorf("%s at %s: %w; input %s", action, u.code, err, in)
	}
	if result == nil {
		return nil
	}
	out, err := json.Marshal(done.Result)
	if err != nil {
		return err
	}
	return json.Unmarshal(out, result)
}

// try is do where some refusals are part of a day; it tells which came. One that ends with a point allows all that begin with it.
func (u *unit) try(ctx context.Context, role office.Role, action string, input, result any, allowed ...string) (code string, err error) {
	err = u.do(ctx, role, action, input, result)
	refusal, ok := event.AsRefusal(err)
	if !ok {
		return "", err
	}
	for _, code := range allowed {
		if refusal.Code == code || strings.HasSuffix(code, ".") && strings.HasPrefix(refusal.Code, code) {
			return refusal.Code, nil
		}
	}
	return "", err
}

// signIn gives everybody of a unit a password at the node where the unit works and lets them sign in. A password is slow to check on purpose, so after the
// first of each unit the directory's word is enough.
func (u *unit) signIn(ctx context.Context) error {
	roles := rolesAt(u.code.Level())
	staff := make([]office.Operator, len(roles))
	var group errgroup.Group
	group.SetLimit(passwordsAtOnce)
	for i, role := range roles {
		group.Go(func() (err error) {
			name := login(role, u.code)
			if err := u.at.node.Office.SetPassword(ctx, name, Password); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			if i == 0 {
				staff[i], err = u.at.node.Office.SignIn(ctx, name, Password)
			} else {
				staff[i], err = u.operator(ctx, name)
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for i, role := range roles {
		u.staff[role] = staff[i]
	}
	return nil
}

// passwordsAtOnce bounds the memory that hashing takes.
const passwordsAtOnce = 2

func (u *unit) operator(ctx context.Context, login string) (by office.Operator, err error) {
	err = u.at.node.DB.Read(ctx, func(tx *store.Tx) error {
		found, ok, err := u.at.node.Office.Directory.Operator(ctx, tx, login)
		if err == nil && !ok {
			err = fmt.Errorf("no operator %s", login)
		}
		by = found
		return err
	})
	return by, err
}

// here tells whether the one who does a thing is at work today.
func (u *unit) here(role office.Role) bool { return !u.absent[role] }

// rolesAt is who works at a level.
func rolesAt(level event.Level) []office.Role {
	switch level {
	case event.City:
		return []office.Role{office.Leader, office.Administrator, office.Reviewer, office.Issuer, office.Communications, office.Finance, office.Auditor}
	case event.County:
		return []office.Role{office.Leader, office.Administrator, office.Reviewer, office.Issuer, office.Communications, office.Finance}
	}
	return []office.Role{office.Leader, office.AreaOfficer, office.Clerk, office.Photographer, office.Cashier}
}
