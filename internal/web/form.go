package web

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/store"
)

// form is what was typed, and what is wrong with it. A field's name is its JSON path in the action's input.
type form struct {
	Action  string // where it is posted; empty: the page itself
	Once    string
	Subject string // what it is about, for Seen
	Seen    int64
	Values  url.Values
	Errors  []formError
	Since   []since // what others have written since the page was opened
	Drafted bool    // Values come from a draft
	Sent    bool    // what was typed here last has been carried out
	Focus   string  // the field with the cursor
	secret  string
}

// formError is one line of the summary, in the shape of the part "errors".
type formError struct {
	ID, Text, Mend, Source string
	Code, Name             string // the refusal's code; the field's name
}

// since is one entry that the form's reader has not seen.
type since struct{ At, Who, Kind string }

// Names of a form's own fields; no input has them.
const (
	onceField    = "_once"
	subjectField = "_subject"
	seenField    = "_seen"
	focusField   = "_focus"
)

// newForm makes an empty form about a subject (which may be empty), with the draft that the operator left on this page.
func (c *call) newForm(subject string) (*form, error) {
	f := &form{Once: random(), Subject: subject, Values: url.Values{}, secret: c.s.secret}
	if err := c.look(f); err != nil {
		return nil, err
	}
	return f, c.loadDraft(f)
}

// look counts what had been written about the form's subject before anything that the page shows was read: what is written meanwhile has not been seen.
func (c *call) look(f *form) error {
	if f.Subject == "" {
		return nil
	}
	if err := c.mark(); err != nil {
		return err
	}
	written, err := c.s.Office.Written(c.ctx(), f.Subject)
	f.Seen = 0
	for _, w := range written {
		if w.Ref.Seq < c.sizes[journal.TreeName{Stream: w.Ref.Stream, Generation: w.Ref.Generation}] {
			f.Seen++
		}
	}
	return err
}

// mark notes how far the journal is, unless that was done before.
func (c *call) mark() error {
	if c.sizes != nil {
		return nil
	}
	return c.s.Office.DB.Read(c.ctx(), func(tx *store.Tx) (err error) {
		c.sizes, err = journal.Sizes(c.ctx(), tx)
		return err
	})
}

// readForm reads what was sent. A file becomes an attachment at once, and its field holds the attachment's name: a form that comes back still has it.
func (c *call) readForm() (*form, error) {
	f, err := c.readFields()
	if err != nil || c.r.MultipartForm == nil {
		return f, err
	}
	for name, files := range c.r.MultipartForm.File {
		if err := c.attach(f, name, files); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// SeenMark is what the form carries instead of its count of entries, so that nobody learns how much is written about a subject by naming it.
func (f *form) SeenMark() int64 { return f.Seen + f.mask() }

// mask is a number that only the node knows, another one for each form.
func (f *form) mask() int64 {
	mac := hmac.New(sha256.New, []byte(f.secret))
	fmt.Fprintf(mac, "%s\n%s", f.Once, f.Subject)
	return int64(binary.BigEndian.Uint32(mac.Sum(nil)))
}

// readFields reads what was sent but the files.
func (c *call) readFields() (*form, error) {
	var err error
	if strings.HasPrefix(c.r.Header.Get("Content-Type"), "multipart/") {
		err = c.r.ParseMultipartForm(maxForm)
	} else {
		err = c.r.ParseForm()
	}
	if err != nil {
		return nil, err
	}
	f := &form{Values: c.r.PostForm, Once: c.r.PostForm.Get(onceField), Subject: c.r.PostForm.Get(subjectField), Focus: c.r.PostForm.Get(focusField), secret: c.s.secret}
	mark, _ := strconv.ParseInt(c.r.PostForm.Get(seenField), 10, 64)
	f.Seen = mark - f.mask()
	return f, nil
}

func (c *call) attach(f *form, name string, files []*multipart.FileHeader) error {
	var digests []string
	for _, header := range files {
		if header.Size == 0 {
			continue
		}
		content, err := readPart(header)
		if err != nil {
			return err
		}
		digest, err := c.upload(content)
		if err != nil {
			return err
		}
		digests = append(digests, digest)
	}
	if len(digests) > 0 {
		f.Values[name] = digests
	}
	return nil
}

func readPart(header *multipart.FileHeader) ([]byte, error) {
	file, err := header.Open()
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(file)
}

// starts tells whether the cursor begins in a field: nothing is to be corrected, and no draft says that it stood in another.
func (f *form) starts(name string) bool {
	return len(f.Errors) == 0 && (f.Focus == "" || f.Focus == name)
}

// Value is what a field holds.
func (f *form) Value(name string) string { return f.Values.Get(name) }

// Error is what is wrong with a field.
func (f *form) Error(name string) string {
	for _, e := range f.Errors {
		if e.Name == name {
			return e.Text
		}
	}
	return ""
}

// wrong marks a field, or the whole form when name is empty.
func (f *form) wrong(name, text, mend string) {
	e := formError{Name: name, Text: text, Mend: mend}
	if name != "" {
		e.ID = fieldID(name)
	}
	f.Errors = append(f.Errors, e)
}

// refuse takes a rule's "no" into the form.
func (f *form) refuse(r *event.Refusal, lang string) {
	f.wrong(r.Field, r.Text.In(lang), r.Mend.In(lang))
	last := &f.Errors[len(f.Errors)-1]
	last.Source, last.Code = r.Source, r.Code
}

// fieldID is the identifier of a field's element.
func fieldID(name string) string { return "f-" + strings.NewReplacer(".", "-").Replace(name) }

// guard is the form's protection in the act's transaction. A subject that the act's input does not name was forged: what is written about it is not told, not even that
// something is.
func (f *form) guard(unit event.Unit, input json.RawMessage) office.Guard {
	if !names(input, unit, f.Subject) {
		return office.Guard{Once: f.Once}
	}
	return office.Guard{Once: f.Once, Subject: f.Subject, Seen: f.Seen}
}

// names tells whether an input is about a subject: one of its fields, other than those in which people write what they like, holds the subject, or all parts of one that is
// made of the operator's unit and a number, as "household:220102001:000012".
func names(input json.RawMessage, unit event.Unit, subject string) bool {
	decoder := json.NewDecoder(bytes.NewReader(input))
	decoder.UseNumber()
	var in any
	if decoder.Decode(&in) != nil {
		return false
	}
	held := []string{string(unit)}
	var collect func(v any)
	collect = func(v any) {
		switch x := v.(type) {
		case map[string]any:
			for name, inside := range x {
				if !slices.Contains(longTexts, name) {
					collect(inside)
				}
			}
		case []any:
			for _, inside := range x {
				collect(inside)
			}
		case string, json.Number:
			held = append(held, fmt.Sprint(x))
		}
	}
	collect(in)
	if slices.Contains(held, subject) {
		return true
	}
	_, parts, made := strings.Cut(subject, ":")
	return made && !slices.ContainsFunc(strings.Split(parts, ":"), func(part string) bool { return !slices.Contains(held, part) })
}

// act carries a form out. ok is false when the form was refused: it then has its errors, and the page is shown again with shown.
func act[O any](c *call, f *form, action string, in any) (out O, ok bool, err error) {
	if len(f.Errors) > 0 {
		return out, false, nil
	}
	input, err := json.Marshal(in)
	if err != nil {
		return out, false, err
	}
	done, err := c.do(action, json.RawMessage(input), f.guard(c.by.Unit, input))
	if refusal, refused := event.AsRefusal(err); refused {
		f.refuse(refusal, c.lang)
		return out, false, c.afterRefusal(f, refusal)
	}
	if err != nil {
		return out, false, err
	}
	c.react()
	c.sizes = nil // what was written here is known to whoever wrote it
	if out, err = result[O](done); err != nil {
		return out, false, err
	}
	if err := c.dropDraft(); err != nil {
		c.s.Log.Error("draft", "error", err) // the act is committed, and its draft is known by its token
	}
	return out, true, nil
}

// react carries out what follows from acts that are committed. What fails is tried again later: nobody's act is refused for it.
func (c *call) react() {
	c.s.counts.forget(c.by.Unit)
	if _, err := c.s.Office.React(c.ctx()); err != nil {
		c.s.Log.Error("reactions", "error", err)
	}
}

// afterRefusal shows who has written what since the page was opened, and lets the next try count from now. A form that was used for something else gets a token of its own.
func (c *call) afterRefusal(f *form, refusal *event.Refusal) error {
	if refusal.Code == "office.other_form" {
		f.Once = random()
	}
	if refusal.Code != "office.stale" {
		return nil
	}
	written, err := c.s.Office.Written(c.ctx(), f.Subject)
	if err != nil {
		return err
	}
	for _, w := range written[max(0, min(int(f.Seen), len(written))):] { // a forged form may say anything
		who, err := c.operatorName(w.Operator)
		if err != nil {
			return err
		}
		f.Since = append(f.Since, since{instant(w.At.UnixMilli()), who, c.s.Office.Words(w.Kind).In(c.lang)})
	}
	f.Seen = int64(len(written))
	return nil
}

// status is the answer's: 422 for a form that is shown again with errors.
func (f *form) status() int {
	if len(f.Errors) > 0 {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}

// loadDraft fills the form with what the operator typed on this page and did not send.
func (c *call) loadDraft(f *form) error {
	var typed, focus string
	var values url.Values
	err := c.s.Office.DB.Read(c.ctx(), func(tx *store.Tx) error {
		found, err := tx.Find(c.ctx(), "select typed, focus from web_draft where operator = $1 and page = $2", []any{c.by.ID, c.here()}, &typed, &focus)
		if err != nil || !found {
			return err
		}
		if values, err = url.ParseQuery(typed); err != nil {
			return nil //nolint:nilerr // a draft that cannot be read is no draft
		}
		if about := values.Get(subjectField); about != "" && f.Subject != "" && about != f.Subject {
			values = nil // the page shows somebody else now
			return nil
		}
		f.Sent, err = office.CarriedOut(c.ctx(), tx, c.by.Operator, values.Get(onceField))
		return err
	})
	if err != nil || values == nil {
		return err
	}
	if f.Sent { // its token would give the old result for whatever is typed next
		return c.dropDraft()
	}
	f.Values, f.Focus, f.Drafted = values, focus, true
	if once := values.Get(onceField); once != "" {
		f.Once = once // the form may be on its way
	}
	return nil
}

// secret tells which fields are never kept as a draft.
func secret(name string) bool { return strings.Contains(name, "password") }

// saveDraft keeps what is being typed, as the page's module sends it.
func (s *Server) saveDraft(c *call) error {
	if err := c.r.ParseForm(); err != nil {
		return err
	}
	var err error
	if page := c.r.PostForm.Get("_page"); local(page) {
		err = c.storeDraft(page, c.r.PostForm, c.r.PostForm.Get(focusField))
	}
	if err == nil {
		c.w.WriteHeader(http.StatusNoContent)
	}
	return err
}

// draftKept is how long a draft is kept: what was typed about people does not lie here for good.
const draftKept = 31 * 24 * time.Hour

// storeDraft keeps what was typed on a page, with the field that has the cursor. What comes late, after its form was carried out, is no draft any more.
func (c *call) storeDraft(page string, values url.Values, focus string) error {
	typed := url.Values{}
	for name, values := range values {
		if (!strings.HasPrefix(name, "_") || name == onceField || name == subjectField) && !secret(name) {
			typed[name] = values
		}
	}
	now := c.s.Office.Clock()
	return c.s.Office.DB.Write(c.ctx(), func(tx *store.Tx) error {
		if done, err := office.CarriedOut(c.ctx(), tx, c.by.Operator, values.Get(onceField)); err != nil || done {
			return err
		}
		if _, err := tx.Exec(c.ctx(), "delete from web_draft where at < $1", now.Add(-draftKept).UnixMilli()); err != nil {
			return err
		}
		_, err := tx.Exec(c.ctx(), `insert into web_draft(operator, page, typed, focus, at) values($1, $2, $3, $4, $5)
			on conflict (operator, page) do update set typed = excluded.typed, focus = excluded.focus, at = excluded.at`,
			c.by.ID, page, typed.Encode(), focus, now.UnixMilli())
		return err
	})
}

// dropDraft forgets the draft of the page from which the form came.
func (c *call) dropDraft() error {
	return c.s.Office.DB.Write(c.ctx(), func(tx *store.Tx) error {
		_, err := tx.Exec(c.ctx(), "delete from web_draft where operator = $1 and page = $2", c.by.ID, c.here())
		return err
	})
}
