package office

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/store"
	"golang.org/x/crypto/argon2"
)

// Parameters of argon2id (OWASP's second choice, about 40 ms); they stand in each hash, so they can be raised later.
const (
	argonMemory = 19 * 1024 // KiB
	argonTime   = 2
	argonLanes  = 1
	argonKey    = 32
	argonSalt   = 16
)

// Lock-out: after MaxFailures wrong passwords in a row an operator waits LockFor, or a supervisor resets the password.
const (
	MaxFailures = 5
	LockFor     = 15 * time.Minute
)

// MinPassword is the shortest password in characters.
const MinPassword = 8

var errSignIn = event.Refuse("office.sign_in", "",
	citizen.Text{ZH: "登录名或密码不正确", EN: "the name or the password is wrong"},
	citizen.Text{ZH: "重新输入；连续五次错误将锁定十五分钟，可由主管重设密码", EN: "try again; five wrong passwords in a row lock for fifteen minutes, and a supervisor can reset the password"})

func hashPassword(password string) (string, error) {
	salt := make([]byte, argonSalt)
	if _, err := rand.Read(salt); err != nil {
		return "", err
	}
	key := argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonLanes, argonKey)
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonLanes, b64(salt), b64(key)), nil
}

func checkPassword(hash, password string) bool {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false
	}
	var memory, passes uint32
	var lanes uint8
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &passes, &lanes); err != nil {
		return false
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	want, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err1 != nil || err2 != nil {
		return false
	}
	got := argon2.IDKey([]byte(password), salt, passes, memory, lanes, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1
}

// SetPassword sets an operator's password and ends a lock-out. Who may is decided by the caller.
func (o *Office) SetPassword(ctx context.Context, login, password string) error {
	hash, err := newPassword(password)
	if err != nil {
		return err
	}
	return o.DB.Write(ctx, func(tx *store.Tx) error {
		op, ok, err := o.Directory.Operator(ctx, tx, login)
		if err != nil {
			return err
		}
		if !ok {
			return errSignIn
		}
		return savePassword(ctx, tx, op.ID, hash, false)
	})
}

// newPassword hashes a password that is long enough.
func newPassword(password string) (hash string, err error) {
	if utf8.RuneCountInString(password) < MinPassword {
		refusal := event.Refuse("office.password_short", "",
			citizen.Text{ZH: "密码太短", EN: "the password is too short"},
			citizen.Text{ZH: fmt.Sprintf("至少 %d 个字符", MinPassword), EN: fmt.Sprintf("use at least %d characters", MinPassword)})
		refusal.Field = "password"
		return "", refusal
	}
	return hashPassword(password)
}

// savePassword keeps a password's hash; given: somebody else knows it, so the operator has to take another one first.
func savePassword(ctx context.Context, tx *store.Tx, operator, hash string, given bool) error {
	mark := 0
	if given {
		mark = 1
	}
	_, err := tx.Exec(ctx, `insert into office_credential(operator, hash, failures, locked_until, given) values($1, $2, 0, 0, $3)
		on conflict (operator) do update set hash = excluded.hash, failures = 0, locked_until = 0, given = excluded.given`, operator, hash, mark)
	return err
}

// PasswordGiven tells whether somebody else gave the operator the present password: then another has to be taken before any work.
func PasswordGiven(ctx context.Context, tx *store.Tx, operator string) (bool, error) {
	return tx.Find(ctx, "select given from office_credential where operator = $1 and given = 1", []any{operator}, new(int64))
}

// SetPassword sets an operator's password within an action, so that it and the entry that tells of it are written together. The password itself is in
// neither. Who may is decided by the desk.
func (w *Work) SetPassword(ctx context.Context, operator, password string) error {
	hash, err := newPassword(password)
	if err != nil {
		return err
	}
	return savePassword(ctx, w.Tx, operator, hash, true)
}

// Unlock ends an operator's lock-out within an action; the password stays.
func (w *Work) Unlock(ctx context.Context, operator string) error {
	_, err := w.Tx.Exec(ctx, "update office_credential set failures = 0, locked_until = 0 where operator = $1", operator)
	return err
}

// ChangePassword lets an operator take another password, who knows the present one. A wrong one counts as at sign-in.
func (o *Office) ChangePassword(ctx context.Context, by Operator, present, next string) error {
	hash, err := newPassword(next)
	if err != nil {
		return err
	}
	if next == present {
		refusal := event.Refuse("office.password_same", "", citizen.Text{ZH: "新密码与原密码相同", EN: "the new password is the present one"},
			citizen.Text{ZH: "另取一个", EN: "take another"})
		refusal.Field = "password"
		return refusal
	}
	if _, err := o.SignIn(ctx, by.Login, present); err != nil {
		return err
	}
	return o.DB.Write(ctx, func(tx *store.Tx) error { return savePassword(ctx, tx, by.ID, hash, false) })
}

// Credential is what this node knows of an operator's sign-in. One without a credential signs in at another node, or has been given no password yet.
type Credential struct {
	Failures    int64
	LockedUntil int64 // ms UTC; 0 or past: not locked
}

// Credentials lists the credentials that this node keeps, by the operators' identifiers.
func Credentials(ctx context.Context, tx *store.Tx) (map[string]Credential, error) {
	all := make(map[string]Credential)
	err := tx.Each(ctx, "select operator, failures, locked_until from office_credential", nil, func(rows *sql.Rows) error {
		var operator string
		var c Credential
		if err := rows.Scan(&operator, &c.Failures, &c.LockedUntil); err != nil {
			return err
		}
		all[operator] = c
		return nil
	})
	return all, err
}

// SignIn checks a password. Wrong name, wrong password and lock-out look alike from outside, save that a locked operator is told so. When too
// many passwords are being checked, it refuses as busy.
func (o *Office) SignIn(ctx context.Context, login, password string) (Operator, error) {
	op, hash, locked, err := o.credential(ctx, login)
	if err != nil {
		return Operator{}, err
	}
	now := o.Clock().UnixMilli()
	if locked > now {
		return Operator{}, event.Refuse("office.locked", "",
			citizen.Text{ZH: "该操作员已锁定", EN: "this operator is locked out"},
			citizen.Text{ZH: "十五分钟后再试，或由主管重设密码", EN: "wait fifteen minutes, or ask a supervisor to reset the password"})
	}
	right, err := o.checkOneOfFew(ctx, hash, password)
	if err != nil {
		return Operator{}, err
	}
	if !right {
		if op.ID == "" {
			return Operator{}, errSignIn
		}
		return Operator{}, o.countFailure(ctx, op.ID, now)
	}
	return op, o.clearFailures(ctx, op.ID)
}

// dummyHash makes an unknown name cost as much time as a known one.
var dummyHash = func() string {
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonLanes, b64(make([]byte, argonSalt)), b64(make([]byte, argonKey)))
}()

func (o *Office) credential(ctx context.Context, login string) (op Operator, hash string, locked int64, err error) {
	hash = dummyHash
	err = o.DB.Read(ctx, func(tx *store.Tx) error {
		found, ok, err := o.Directory.Operator(ctx, tx, login)
		if err != nil || !ok {
			return err
		}
		has, err := tx.Find(ctx, "select hash, locked_until from office_credential where operator = $1", []any{found.ID}, &hash, &locked)
		if has {
			op = found
		}
		return err
	})
	return op, hash, locked, err
}

func (o *Office) countFailure(ctx context.Context, operator string, now int64) error {
	err := o.DB.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, `update office_credential set failures = failures + 1,
			locked_until = case when failures + 1 >= $1 then cast($2 as bigint) else 0 end where operator = $3`,
			MaxFailures, now+LockFor.Milliseconds(), operator)
		return err
	})
	if err != nil {
		return err
	}
	return errSignIn
}

func (o *Office) clearFailures(ctx context.Context, operator string) error {
	return o.DB.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, "update office_credential set failures = 0, locked_until = 0 where operator = $1 and failures > 0", operator)
		return err
	})
}

// PasswordMark tells one password of an operator from the next without telling the password: a session that was opened under an earlier one has ended.
func PasswordMark(ctx context.Context, tx *store.Tx, operator string) (string, error) {
	var hash string
	if _, err := tx.Find(ctx, "select hash from office_credential where operator = $1", []any{operator}, &hash); err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(hash))
	return hex.EncodeToString(sum[:]), nil
}
