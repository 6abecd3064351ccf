package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/site/sitedb"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/words"
)

// journalView is the page of the journal: its trees, and the entries of one of them or of one subject, never their bodies.
type journalView struct {
	Trees      table
	Entries    *table
	Stream     string
	Generation int
	Kinds      field
	Subject    field
	Older      string // the page of the entries before
	Verifying  *jobLine
	Rebuilding *jobLine
	Jobs       []jobLine
}

// listed is how many entries a page of the journal shows.
const listed = 50

func (s *Server) journalPage(c *call) error {
	if err := c.keeper(readers); err != nil {
		return err
	}
	query := c.r.URL.Query()
	view := journalView{Stream: query.Get("stream"), Verifying: c.running("verify"), Rebuilding: c.running("rebuild")}
	view.Generation, _ = strconv.Atoi(query.Get("generation"))
	view.Subject = field{Part: "line", ID: fieldID("subject"), Name: "subject", Label: c.t("care.journal.subject"), Hint: c.t("care.journal.subject.hint"), Value: query.Get("subject"), Width: "l", Mono: true}
	view.Kinds = c.kinds(query.Get("kind"))
	for _, line := range c.jobLines() {
		if line.Title == c.t("care.job.verify") || line.Title == c.t("care.job.rebuild") {
			view.Jobs = append(view.Jobs, line)
		}
	}
	err := s.Office.DB.Read(c.ctx(), func(tx *store.Tx) (err error) {
		if view.Trees, err = c.trees(tx); err != nil {
			return err
		}
		switch {
		case view.Subject.Value != "":
			return c.aboutSubject(tx, &view)
		case view.Stream != "":
			return c.ofStream(tx, &view, query)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return c.page(http.StatusOK, "care-journal", view)
}

// kinds offers every room and every kind in words.
func (c *call) kinds(chosen string) field {
	one := field{Part: "select", ID: fieldID("kind"), Name: "kind", Label: c.t("care.journal.kind"), Options: []option{{Label: c.t("care.journal.all")}}}
	known := c.s.Office.Understands()
	kinds := make([]string, 0, len(known))
	for kind := range known {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	for _, kind := range kinds {
		room, _, _ := strings.Cut(kind, ".")
		label := c.s.Office.Words(kind).In(c.lang)
		if text, ok := words.Find("room." + room); ok {
			label = text.In(c.lang) + " – " + label
		}
		one.Options = append(one.Options, option{kind, label, kind == chosen})
	}
	return one
}

// trees lists every tree that the node holds.
func (c *call) trees(tx *store.Tx) (t table, err error) {
	heads, err := journal.Heads(c.ctx(), tx)
	if err != nil {
		return t, err
	}
	certificates, err := journal.Certificates(c.ctx(), tx)
	if err != nil {
		return t, err
	}
	t = table{Caption: c.t("care.journal.trees"), Total: len(heads), Columns: []column{{Label: c.t("care.journal.stream")}, {Label: c.t("care.unit")}, {Label: c.t("care.journal.generation"), Num: true},
		{Label: c.t("care.journal.size"), Num: true}, {Label: c.t("care.journal.applied"), Num: true}, {Label: c.t("care.journal.checkpoint"), Num: true}, {Label: c.t("care.journal.witness")},
		{Label: c.t("care.journal.last")}, {Label: c.t("care.state")}}}
	for _, h := range heads {
		at, signed, _, err := journal.NewestCheckpoint(c.ctx(), tx, h.Stream, h.Generation)
		if err != nil {
			return t, err
		}
		state := cell{Text: c.t("care.journal.open"), Tag: "info"}
		switch {
		case h.Applied < h.Size:
			state = cell{Text: c.t("care.journal.paused"), Tag: "late"}
		case h.Closed():
			state = cell{Text: c.t("care.journal.closed"), Tag: "wait"}
		}
		stream := cell{Text: string(h.Stream)}
		if c.mayList(h.Stream) == nil {
			stream.Href = journalOf(h.Stream, h.Generation)
		}
		t.Rows = append(t.Rows, row{Cells: []cell{stream, {Text: c.s.units.name(h.Stream.Unit())}, numberCell(int64(h.Generation)), numberCell(h.Size),
			numberCell(h.Applied), numberCell(at), {Text: c.witnesses(signed, certificates)}, {Text: instant(h.LastAt)}, state}})
	}
	return t, nil
}

func journalOf(stream event.Stream, generation int) string {
	return "/journal?" + url.Values{"stream": {string(stream)}, "generation": {strconv.Itoa(generation)}}.Encode()
}

// witnesses names the units that have countersigned a checkpoint.
func (c *call) witnesses(signed []byte, certificates []journal.Certificate) string {
	text := ""
	for i, node := range journal.Witnesses(signed, certificates) {
		if i > 0 {
			text += c.t("list.comma")
		}
		text += c.nodeName(node)
	}
	return text
}

func (c *call) ofStream(tx *store.Tx, view *journalView, query url.Values) error {
	stream := event.Stream(view.Stream)
	if err := c.mayList(stream); err != nil {
		return err
	}
	if view.Generation == 0 {
		view.Generation = 1
	}
	head, err := journal.HeadOf(c.ctx(), tx, stream, view.Generation)
	if err != nil {
		return event.Refuse("office.no_action", "", words.Get("care.journal.no_stream"), words.Get("care.journal.no_stream.mend"))
	}
	before := head.Size
	if at, err := strconv.ParseInt(query.Get("before"), 10, 64); err == nil {
		before = min(before, at)
	}
	entries, err := journal.Newest(c.ctx(), tx, stream, view.Generation, query.Get("kind"), before, listed)
	if err != nil {
		return err
	}
	if view.Entries, err = c.entryTable(tx, c.t("care.journal.of", view.Stream, view.Generation), entries); err != nil {
		return err
	}
	view.Entries.Total = int(head.Size)
	if len(entries) == listed {
		query.Set("before", strconv.FormatInt(entries[listed-1].Seq, 10))
		view.Older = "/journal?" + query.Encode()
	}
	return nil
}

// mayList keeps who looked at whom from those who look after the machine: an auditor reads it.
func (c *call) mayList(stream event.Stream) error {
	if stream.Audience() != "access" || c.has(auditors) {
		return nil
	}
	return event.Refuse("office.role", "", words.Get("care.journal.access"), words.Get("care.journal.access.mend"))
}

func (c *call) aboutSubject(tx *store.Tx, view *journalView) error {
	entries, err := journal.BySubject(c.ctx(), tx, view.Subject.Value)
	if err != nil {
		return err
	}
	entries = slices.DeleteFunc(entries, func(e journal.Entry) bool { return c.mayList(e.Stream) != nil })
	slices.SortStableFunc(entries, func(a, b journal.Entry) int { return int(b.At - a.At) })
	view.Entries, err = c.entryTable(tx, c.t("care.journal.about", view.Subject.Value), entries)
	return err
}

// entryTable lists entries in words: when, what, about whom, by whom; the header alone, for a body may say more than who lists may see.
func (c *call) entryTable(tx *store.Tx, caption string, entries []journal.Entry) (*table, error) {
	t := &table{Caption: caption, Total: len(entries), Columns: []column{{Label: c.t("care.at")}, {Label: c.t("care.journal.seq"), Num: true}, {Label: c.t("care.journal.what")},
		{Label: c.t("care.unit")}, {Label: c.t("care.by")}, {Label: c.t("care.journal.subject")}, {Label: c.t("care.journal.proof")}}}
	names, proven := make(map[string]string), make(map[string]int64)
	for i := range entries {
		e := &entries[i]
		if _, known := names[e.Operator]; !known {
			names[e.Operator] = c.operatorIn(tx, e.Operator)
		}
		what := cell{Text: c.s.Office.Words(e.Kind).In(c.lang)}
		if e.Erased() {
			what.Text += c.t("care.journal.erased")
		}
		tree := journalOf(e.Stream, e.Generation)
		if _, known := proven[tree]; !known {
			size, _, _, err := journal.NewestCheckpoint(c.ctx(), tx, e.Stream, e.Generation)
			if err != nil {
				return nil, err
			}
			proven[tree] = size
		}
		proof := cell{Text: c.t("care.journal.no_proof_yet")}
		if e.Seq < proven[tree] {
			proof = cell{Text: c.t("care.journal.download"), Href: "/journal/proof?" + proofOf(e).Encode()}
		}
		t.Rows = append(t.Rows, row{Cells: []cell{{Text: instant(e.At)}, numberCell(e.Seq), what, {Text: c.s.units.name(e.Unit)}, {Text: names[e.Operator]},
			{Text: e.Subject, Href: "/journal?" + url.Values{"subject": {e.Subject}}.Encode()}, proof}})
	}
	return t, nil
}

func proofOf(e *journal.Entry) url.Values {
	return url.Values{"stream": {string(e.Stream)}, "generation": {strconv.Itoa(e.Generation)}, "seq": {strconv.FormatInt(e.Seq, 10)}}
}

// verifyJournal checks everything that the node holds.
func (s *Server) verifyJournal(c *call) error {
	if err := c.keeper(readers); err != nil {
		return err
	}
	j, err := c.start("verify", func(ctx context.Context, tell func(done, of int64)) (any, error) {
		var report *journal.Report
		err := s.Office.DB.Read(ctx, func(tx *store.Tx) error {
			heads, err := journal.Heads(ctx, tx)
			if err != nil {
				return err
			}
			of := sum(heads, func(h *journal.Head) int64 { return h.Size })
			report, err = journal.VerifyTelling(ctx, tx, s.Office.City, func(entries int64) { tell(entries, of) })
			return err
		})
		return report, err
	})
	if err != nil {
		return err
	}
	return c.redirect(j.href())
}

// checkRebuild replays the journal beside the live tables and compares.
func (s *Server) checkRebuild(c *call) error {
	if err := c.keeper(readers); err != nil {
		return err
	}
	j, err := c.start("rebuild", func(ctx context.Context, tell func(done, of int64)) (any, error) {
		var of int64
		err := s.Office.DB.Read(ctx, func(tx *store.Tx) error {
			heads, err := journal.Heads(ctx, tx)
			of = sum(heads, func(h *journal.Head) int64 { return h.Applied })
			return err
		})
		if err != nil {
			return nil, err
		}
		return s.Office.CheckRebuild(ctx, func(entries int64) { tell(entries, of) })
	})
	if err != nil {
		return err
	}
	return c.redirect(j.href())
}

func sum(heads []*journal.Head, of func(*journal.Head) int64) (total int64) {
	for _, h := range heads {
		total += of(h)
	}
	return total
}

// journalProof sends a proof that an entry is in its stream, for anybody to check with the signer's key.
func (s *Server) journalProof(c *call) error {
	if err := c.keeper(readers); err != nil {
		return err
	}
	query := c.r.URL.Query()
	ref := event.Ref{Stream: event.Stream(query.Get("stream"))}
	var err1, err2 error
	ref.Generation, err1 = strconv.Atoi(query.Get("generation"))
	ref.Seq, err2 = strconv.ParseInt(query.Get("seq"), 10, 64)
	if err1 != nil || err2 != nil {
		return event.Refuse("office.no_action", "", words.Get("care.journal.no_stream"), words.Get("care.journal.no_stream.mend"))
	}
	if err := c.mayList(ref.Stream); err != nil {
		return err
	}
	var proof []byte
	err := s.Office.DB.Read(c.ctx(), func(tx *store.Tx) (err error) {
		proof, err = journal.Prove(c.ctx(), tx, ref)
		return err
	})
	if err != nil {
		return notProven(err)
	}
	return c.download(fmt.Sprintf("%s-%d-%d.tlog-proof", url.PathEscape(string(ref.Stream)), ref.Generation, ref.Seq), "text/plain; charset=utf-8", proof)
}

// notProven says why there is no proof yet: a checkpoint is signed when the next parcel closes.
func notProven(err error) error {
	if !errors.Is(err, journal.ErrNoTree) && !errors.Is(err, journal.ErrNoEntry) {
		return err
	}
	return event.Refuse("care.no_checkpoint", "", words.Get("care.journal.no_proof"), words.Get("care.journal.no_proof.mend"))
}

// operatorIn is the name of who wrote an entry; the identifier where it is not known here.
func (c *call) operatorIn(tx *store.Tx, operator string) string {
	a, ok, err := sitedb.OperatorByID(c.ctx(), tx, operator)
	if err != nil || !ok {
		return operator
	}
	return a.Name
}
