package exchange

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/store"
)

// Code is why a parcel was refused.
type Code string

// The codes.
const (
	Damaged       Code = "damaged"        // the bytes are not what was sealed
	Foreign       Code = "foreign"        // not for this node
	Replayed      Code = "replayed"       // taken in before; receipted again
	Gap           Code = "gap"            // entries before it are missing
	Forged        Code = "forged"         // the content is not what was signed
	TooNew        Code = "too-new"        // a later format
	Fork          Code = "fork"           // contradicts entries held here
	Late          Code = "late"           // beyond the closure of its generation
	UnknownSigner Code = "unknown-signer" // the signer does not speak for the stream
	Bodiless      Code = "bodiless"       // a body is missing and no erasure names it
	MalformedText Code = "malformed-text" // a text holds U+0000, which not every database can keep
)

// Exception is a parcel's coded refusal: what is wrong and what to bring. The tables are as they were.
type Exception struct {
	Code       Code         `json:"code"`
	Parcel     string       `json:"parcel,omitempty"`
	Stream     event.Stream `json:"stream,omitempty"`
	Generation int          `json:"generation,omitempty"`
	Text       citizen.Text `json:"text"`
	Mend       citizen.Text `json:"mend"`
}

// Error is the English text, for logs.
func (e *Exception) Error() string {
	if e.Parcel == "" {
		return "exchange: " + string(e.Code) + ": " + e.Text.EN
	}
	return "exchange: parcel " + e.Parcel + ": " + string(e.Code) + ": " + e.Text.EN
}

// waits tells whether another parcel may bring what this one lacks.
func (e *Exception) waits() bool { return e.Code == Gap || e.Code == Bodiless }

// Is makes errors.Is compare exceptions by code.
func (e *Exception) Is(target error) bool {
	other, ok := target.(*Exception)
	return ok && other.Code == e.Code
}

// AsException finds an exception in an error.
func AsException(err error) (*Exception, bool) {
	var e *Exception
	ok := errors.As(err, &e)
	return e, ok
}

// mends says for each code what to bring; a gap says it by itself.
var mends = map[Code]citizen.Text{
	Damaged:       {ZH: "请对方重新写出此数据包（原件仍在对方待发区）", EN: "ask the sender to write this parcel again; the original is still in its spool"},
	Foreign:       {ZH: "把此数据包交给清单上写明的接收单位", EN: "hand this parcel to the receiver that the sheet names"},
	Replayed:      {ZH: "无需处理：此前已接收，回执已重发", EN: "nothing to do: it was taken in before and is receipted again"},
	Forged:        {ZH: "停用此盘，报告上级管理员，并请对方重新写出", EN: "set this carrier aside, report it to the administrator above, and ask the sender to write it again"},
	TooNew:        {ZH: "先升级本节点软件，再接收此数据包", EN: "upgrade this node, then take the parcel in again"},
	Fork:          {ZH: "对方可能由旧备份恢复：请其停止办理，并由上级重新接入(huzheng node admit)", EN: "the signer was probably restored from an old backup: it must stop writing and be admitted again (huzheng node admit)"},
	Late:          {ZH: "超出部分已作为证据另存，由经办人核对后按新一代重新办理", EN: "what lies beyond is kept as evidence; a clerk compares it and does it again in the new generation"},
	Bodiless:      {ZH: "请从签名单位另取含此条内容的数据包，或先取得含清除记录(records.erased)的数据包；并报告上级管理员", EN: "bring the entry with its body from the unit that signed it, or first the parcel with the records.erased entry; and report it to the administrator above"},
	MalformedText: {ZH: "请签名单位的上级在此条之前关闭该代并重新接入签名节点(huzheng node admit)，再重新办理此条", EN: "let the unit above the signer close the generation before this entry and admit the signing node again (huzheng node admit), then do it again"},
	UnknownSigner: {ZH: "请上级确认签名节点的接入情况，必要时重新接入", EN: "ask the unit above how the signing node was admitted; admit it again where needed"},
}

func except(code Code, zh, en string) *Exception {
	return &Exception{Code: code, Text: citizen.Text{ZH: zh, EN: en}, Mend: mends[code]}
}

func damaged(err error) *Exception {
	return except(Damaged, "数据包损坏："+err.Error(), "the parcel is damaged: "+err.Error())
}

func forged(what string) *Exception {
	return except(Forged, "数据包内容与签名不符："+what, "the content is not what was signed: "+what)
}

func unknownSigner(why string) *Exception {
	return except(UnknownSigner, "签名节点不被承认："+why, "the signer is not accepted: "+why)
}

func withoutBody(e *journal.Entry) *Exception {
	return except(Bodiless, "日志 "+e.Ref().String()+" 的内容被发送方去掉，却没有清除记录(records.erased)",
		"the sender removed the body of "+e.Ref().String()+" without an erasure entry (records.erased)")
}

func malformedText(e *journal.Entry) *Exception {
	return except(MalformedText, "日志 "+e.Ref().String()+" 的文字含有字符 U+0000，数据库不能保存", "the text of "+e.Ref().String()+" holds the character U+0000, which a database cannot keep")
}

func foreign(zh, en string) *Exception { return except(Foreign, zh, en) }

// ofJournal gives the journal's errors their codes; other errors stay what they are.
func ofJournal(err error) error {
	var gap *journal.GapError
	switch {
	case errors.As(err, &gap): // people count from 1, as on the sheet
		e := except(Gap,
			fmt.Sprintf("缺少日志流 %s 第 %d 代第 %d 至 %d 条", gap.Stream, gap.Generation, gap.Have+1, gap.From),
			fmt.Sprintf("entries %d to %d of %s generation %d are missing", gap.Have+1, gap.From, gap.Stream, gap.Generation))
		e.Mend = citizen.Text{
			ZH: fmt.Sprintf("请带来含第 %d 至 %d 条的数据包；对方下次交换时会自动补发", gap.Have+1, gap.From),
			EN: fmt.Sprintf("bring the parcels with entries %d to %d; the sender writes them again at the next exchange", gap.Have+1, gap.From),
		}
		return e
	case errors.Is(err, journal.ErrForged):
		return forged(err.Error())
	case errors.Is(err, journal.ErrNodeName):
		return unknownSigner(err.Error())
	case errors.Is(err, journal.ErrMalformed):
		return forged(err.Error())
	case errors.Is(err, journal.ErrFork):
		return except(Fork, "与本节点已有日志矛盾："+err.Error(), "it contradicts what this node holds: "+err.Error())
	}
	return err
}

func late(stream event.Stream, generation int, size int64) *Exception {
	return except(Late,
		fmt.Sprintf("日志流 %s 第 %d 代已在第 %d 条处关闭", stream, generation, size),
		fmt.Sprintf("generation %d of %s was closed at %d entries", generation, stream, size))
}

// Noted is an exception as it was recorded.
type Noted struct {
	Exception
	Reporter string `json:"reporter"` // node that refused the parcel
	Times    int64  `json:"times"`
	FirstAt  int64  `json:"first_at"` // ms UTC
	LastAt   int64  `json:"last_at"`
}

// note records an exception for the people who look after the exchange.
func (n *Node) note(ctx context.Context, tx *store.Tx, e *Exception, reporter string) error {
	detail, err := json.Marshal(struct{ Text, Mend citizen.Text }{e.Text, e.Mend})
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `insert into exchange_exception(parcel, code, reporter, stream, generation, detail, times, first_at, last_at)
		values($1, $2, $3, $4, $5, $6, 1, $7, $7) on conflict (parcel, code, reporter) do update
		set detail = excluded.detail, times = exchange_exception.times + 1, last_at = excluded.last_at`,
		e.Parcel, e.Code, reporter, e.Stream, e.Generation, string(detail), n.now())
	return err
}

// Exceptions lists the newest exceptions, found here or reported by a neighbour.
func (n *Node) Exceptions(ctx context.Context, limit int) (all []Noted, err error) {
	err = n.Office.DB.Read(ctx, func(tx *store.Tx) error {
		all, err = notedWhere(ctx, tx, "1 = 1 order by last_at desc, parcel limit $1", limit)
		return err
	})
	return all, err
}

func notedWhere(ctx context.Context, tx *store.Tx, where string, args ...any) ([]Noted, error) {
	return store.Select(ctx, tx, "select parcel, code, reporter, stream, generation, detail, times, first_at, last_at from exchange_exception where "+where,
		args, func(rows *sql.Rows) (Noted, error) {
			var e Noted
			var detail string
			if err := rows.Scan(&e.Parcel, &e.Code, &e.Reporter, &e.Stream, &e.Generation, &detail, &e.Times, &e.FirstAt, &e.LastAt); err != nil {
				return e, err
			}
			var texts struct{ Text, Mend citizen.Text }
			err := json.Unmarshal([]byte(detail), &texts)
			e.Text, e.Mend = texts.Text, texts.Mend
			return e, err
		})
}
