package sitedesk

import (
	"context"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/site"
	"github.com/huzheng/huzheng/internal/site/sitedb"
)

// ResetInput gives an operator a new password. Again is the same password, typed a second time.
type ResetInput struct {
	Operator string `json:"operator"`
	Ground   string `json:"ground"`
	Password string `json:"password"`
	Again    string `json:"password_again"`
}

func resetPassword(ctx context.Context, w *office.Work, in ResetInput) (none None, err error) {
	e, err := passwordEvent(ctx, w, site.KindPasswordReset, in.Operator, in.Ground)
	if err != nil {
		return none, err
	}
	if in.Password != in.Again {
		refusal := event.Refuse("site.passwords_differ", "", citizen.Text{ZH: "两次输入的密码不同", EN: "the two passwords are not the same"},
			citizen.Text{ZH: "两处重新输入", EN: "type both again"})
		refusal.Field = "password_again"
		return none, refusal
	}
	if err := w.SetPassword(ctx, in.Operator, in.Password); err != nil {
		return none, err
	}
	w.Emit(e)
	return none, nil
}

// UnlockInput ends an operator's lock-out.
type UnlockInput struct {
	Operator string `json:"operator"`
	Ground   string `json:"ground"`
}

func unlock(ctx context.Context, w *office.Work, in UnlockInput) (none None, err error) {
	e, err := passwordEvent(ctx, w, site.KindOperatorUnlocked, in.Operator, in.Ground)
	if err != nil {
		return none, err
	}
	if err := w.Unlock(ctx, in.Operator); err != nil {
		return none, err
	}
	w.Emit(e)
	return none, nil
}

// passwordEvent decides who may touch an operator's sign-in. Credentials are local to a node, so it must be the one that serves the operator's unit.
func passwordEvent(ctx context.Context, w *office.Work, kind, operator, ground string) (e event.Event, err error) {
	if err := w.Lock(ctx, operator); err != nil {
		return e, err
	}
	a, _, err := sitedb.OperatorByID(ctx, w.Tx, operator)
	if err != nil {
		return e, err
	}
	here := false
	if a.Unit != "" {
		if here, err = journal.Hosts(ctx, w.Tx, a.Unit); err != nil {
			return e, err
		}
	}
	return site.ResetPassword(by(w), kind, site.Serving{Operator: a.ID, Login: a.Login, Unit: a.Unit, Ended: !a.Ended.IsZero()}, here, ground)
}

// OperatorRow is an operator of the area. Here tells whether this node serves the operator's unit, so that he signs in at it.
type OperatorRow struct {
	Operator    string        `json:"operator"`
	Login       string        `json:"login"`
	Name        string        `json:"name"`
	Unit        event.Unit    `json:"unit"`
	Roles       []office.Role `json:"roles"`
	From        citizen.Date  `json:"from"`
	Ended       citizen.Date  `json:"ended,omitzero"`
	Here        bool          `json:"signs_in_here"`
	Password    bool          `json:"has_password"`
	LockedUntil int64         `json:"locked_at"` // ms UTC, until when; 0: not locked
}

func operators(ctx context.Context, w *office.Work, in AreaInput) ([]OperatorRow, error) {
	if in.Unit == "" {
		in.Unit = w.By.Unit
	}
	if err := w.Below(in.Unit); err != nil {
		return nil, err
	}
	appointments, err := sitedb.Area(ctx, w.Tx, in.Unit)
	if err != nil {
		return nil, err
	}
	credentials, err := office.Credentials(ctx, w.Tx)
	if err != nil {
		return nil, err
	}
	here := make(map[event.Unit]bool)
	out := []OperatorRow{}
	for _, a := range appointments {
		if _, asked := here[a.Unit]; !asked {
			if here[a.Unit], err = journal.Hosts(ctx, w.Tx, a.Unit); err != nil {
				return nil, err
			}
		}
		row := OperatorRow{Operator: a.ID, Login: a.Login, Name: a.Name, Unit: a.Unit, Roles: a.Roles, From: a.From, Ended: a.Ended, Here: here[a.Unit]}
		if c, ok := credentials[a.ID]; ok && row.Here {
			row.Password = true
			if c.LockedUntil > w.Now {
				row.LockedUntil = c.LockedUntil
			}
		}
		out = append(out, row)
	}
	return out, nil
}
