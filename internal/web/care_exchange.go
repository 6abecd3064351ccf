package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/exchange"
	"github.com/huzheng/huzheng/internal/words"
)

// exchangeView is the page of how this node stands with its neighbours.
type exchangeView struct {
	Above      *standing // nil: at the city and before joining
	Below      table
	Suspended  []standing
	Exceptions table
	Older      table
	Traffic    table
	May        bool // carry out an exchange
	Network    bool // the parent can be called
	Disk       bool // a disk can be written and read here
	Running    *jobLine
	DiskUnder  *jobLine
}

// standing is a neighbour as the pages show it.
type standing struct {
	exchange.Standing
	Road  string // key of the catalogue
	Bytes string
}

// newExceptions are those of the last days; older ones are folded away.
const newExceptions = 7 * 24 * 60 * 60 * 1000

func (s *Server) exchangePage(c *call) error {
	if err := c.keeper(carriers); err != nil {
		return err
	}
	all, err := s.Exchange.Standings(c.ctx())
	if err != nil {
		return err
	}
	view := exchangeView{May: c.has(couriers), Running: c.running("sync"), DiskUnder: c.diskRunning(), Disk: len(s.Care.DiskFolders()) > 0}
	below := table{Caption: c.t("care.exchange.below"), Columns: []column{{Label: c.t("care.unit")}, {Label: c.t("care.exchange.heard")},
		{Label: c.t("care.exchange.to_send"), Num: true}, {Label: c.t("care.exchange.sealed"), Num: true}, {Label: c.t("care.exchange.size"), Num: true},
		{Label: c.t("care.exchange.to_receive"), Num: true}, {Label: c.t("care.exchange.blobs"), Num: true}, {Label: c.t("care.state")}}}
	for _, one := range all {
		shown := standing{one, c.roadOf(one.Neighbour), bytesText(one.Bytes)}
		if one.Suspended != "" {
			view.Suspended = append(view.Suspended, shown)
		}
		if one.Relation == exchange.Parent {
			view.Above, view.Network = &shown, one.Address != "" && !s.Care.ByDisk
			continue
		}
		below.Rows = append(below.Rows, c.standingRow(shown))
	}
	below.Total = len(below.Rows)
	view.Below = below
	if err := c.exceptions(&view); err != nil {
		return err
	}
	view.Traffic, err = c.traffic()
	if err != nil {
		return err
	}
	return c.page(http.StatusOK, "care-exchange", view)
}

// roadOf is the road to a neighbour, as far as this node knows it.
func (c *call) roadOf(nb exchange.Neighbour) string {
	switch {
	case nb.Relation == exchange.Child:
		return "care.road.child"
	case nb.Address == "" || c.s.Care.ByDisk:
		return "care.road.disk"
	}
	return "care.road.network"
}

func (c *call) standingRow(s standing) row {
	state := cell{Text: c.t("care.state.works"), Tag: "done"}
	switch {
	case s.Suspended != "":
		state = cell{Text: c.t("care.state.suspended"), Tag: "stop"}
	case s.HeardAt == 0:
		state = cell{Text: c.t("care.state.unheard"), Tag: "wait"}
	case c.s.Office.Clock().UnixMilli()-s.HeardAt > silentTooLong:
		state = cell{Text: c.t("care.state.silent"), Tag: "late"}
	}
	return row{Cells: []cell{{Text: c.s.units.name(s.Unit)}, {Text: instant(s.HeardAt)}, numberCell(s.ToSend), numberCell(int64(s.Sealed)), {Text: s.Bytes, Num: true},
		numberCell(s.ToReceive), numberCell(int64(s.ToSendBlob)), state}}
}

// silentTooLong is how long a neighbour may be silent before that is shown as late, in ms.
const silentTooLong = 3 * 24 * 60 * 60 * 1000

// exceptions lists what was refused, here or at a neighbour, with what to do.
func (c *call) exceptions(view *exchangeView) error {
	noted, err := c.s.Exchange.Exceptions(c.ctx(), 100)
	if err != nil {
		return err
	}
	columns := []column{{Label: c.t("care.at")}, {Label: c.t("care.exception.code")}, {Label: c.t("care.exception.what")}, {Label: c.t("care.exception.mend")},
		{Label: c.t("care.exception.by")}, {Label: c.t("care.exception.times"), Num: true}}
	view.Exceptions = table{Caption: c.t("care.exchange.exceptions"), Columns: columns}
	view.Older = table{Caption: c.t("care.exchange.older"), Columns: columns}
	since := c.s.Office.Clock().UnixMilli() - newExceptions
	for _, e := range noted {
		to := &view.Exceptions
		if e.LastAt < since {
			to = &view.Older
		}
		tone := "stop"
		if e.Code == exchange.Replayed {
			tone = "info" // nothing is to be done
		}
		to.Rows = append(to.Rows, row{Cells: []cell{{Text: instant(e.LastAt)}, {Text: c.t("care.code." + string(e.Code)), Tag: tone}, {Text: c.what(&e.Exception)},
			{Text: Titled(e.Mend.In(c.lang))}, {Text: c.nodeName(e.Reporter)}, numberCell(e.Times)}})
		to.Total++
	}
	return nil
}

// what says what is wrong with a parcel; where the code says all that helps, without the machine's own words.
func (c *call) what(e *exchange.Exception) string {
	if text, ok := words.Find("care.what." + string(e.Code)); ok {
		return Titled(text.In(c.lang))
	}
	return Titled(e.Text.In(c.lang))
}

// exceptionView is a refused parcel on the page of the work that met it.
type exceptionView struct{ Code, What, Mend, From, Parcel string }

func (c *call) exceptionViews(all []*exchange.Exception, senders map[string]string) []exceptionView {
	views := make([]exceptionView, len(all))
	for i, e := range all {
		views[i] = exceptionView{c.t("care.code." + string(e.Code)), c.what(e), Titled(e.Mend.In(c.lang)), c.nodeName(senders[e.Parcel]), e.Parcel}
	}
	return views
}

// nodeName is the unit of a node, by the node's name.
func (c *call) nodeName(node string) string {
	if parts := strings.Split(node, "-"); len(parts) == 3 {
		return c.s.units.name(event.Unit(parts[1]))
	}
	return node
}

func (c *call) traffic() (table, error) {
	roads, err := c.s.Exchange.Traffic(c.ctx())
	t := table{Caption: c.t("care.exchange.traffic"), Total: len(roads), Columns: []column{{Label: c.t("care.exchange.road")}, {Label: c.t("care.exchange.parcels"), Num: true},
		{Label: c.t("care.exchange.entries"), Num: true}, {Label: c.t("care.exchange.last")}}}
	for _, one := range roads {
		t.Rows = append(t.Rows, row{Cells: []cell{{Text: c.t("care.road." + string(one.Road))}, numberCell(one.Parcels), numberCell(one.Entries), {Text: instant(one.LastAt)}}})
	}
	return t, err
}

// exchangeNow calls the unit above until nothing more moves.
func (s *Server) exchangeNow(c *call) error {
	if err := c.keeper(couriers); err != nil {
		return err
	}
	j, err := c.start("sync", func(ctx context.Context, _ func(done, of int64)) (any, error) {
		return s.Exchange.SyncAll(ctx)
	})
	if err != nil {
		return err
	}
	return c.redirect(j.href())
}

// diskView is the page of a disk visit.
type diskView struct {
	Form     *form
	Folders  field
	Typed    field
	For      field
	Offered  bool
	Folder   string // that is looked at
	Contents table
	Sheet    string
	Running  *jobLine
}

func (c *call) diskRunning() *jobLine {
	if line := c.running("disk_write"); line != nil {
		return line
	}
	return c.running("disk_read")
}

func (s *Server) diskPage(c *call) error {
	if err := c.keeper(couriers); err != nil {
		return err
	}
	f := &form{Values: c.r.URL.Query()}
	return c.showDisk(f)
}

func (c *call) showDisk(f *form) error {
	folders := c.s.Care.DiskFolders()
	view := diskView{Form: f, Offered: len(folders) > 0, Running: c.diskRunning()}
	view.Folders = field{Part: "check", Type: "radio", ID: fieldID("folder"), Name: "folder", Label: c.t("care.disk.folder"), Required: true, Error: f.Error("folder"), Width: "l"}
	for i, folder := range folders {
		view.Folders.Options = append(view.Folders.Options, option{folder, folder, f.Value("folder") == folder || len(folders) == 1 && i == 0})
	}
	view.Typed = field{Part: "line", ID: fieldID("typed"), Name: "typed", Label: c.t("care.disk.typed"), Hint: c.t("care.disk.typed.hint"), Value: f.Value("typed"), Error: f.Error("typed"), Width: "l", Mono: true}
	neighbours, err := c.s.Exchange.Neighbours(c.ctx())
	if err != nil {
		return err
	}
	view.For = field{Part: "check", ID: fieldID("for"), Name: "for", Label: c.t("care.disk.for"), Hint: c.t("care.disk.for.hint"), Width: "l", Error: f.Error("for")}
	for _, nb := range neighbours {
		if nb.Suspended == "" {
			view.For.Options = append(view.For.Options, option{nb.Node, c.s.units.name(nb.Unit), slices.Contains(f.Values["for"], nb.Node)})
		}
	}
	if chosen := chosenFolder(f); chosen != "" {
		if err := c.lookAtDisk(f, &view, chosen); err != nil {
			return err
		}
		view.Folders.Error, view.Typed.Error = f.Error("folder"), f.Error("typed")
	}
	return c.page(f.status(), "care-disk", view)
}

// chosenFolder is the folder that a form names: the typed one before the chosen one.
func chosenFolder(f *form) string {
	if typed := strings.TrimSpace(f.Value("typed")); typed != "" {
		return typed
	}
	return f.Value("folder")
}

// folder checks a form's folder against what the configuration allows; ok is false when it was refused into the form.
func (c *call) folder(f *form) (dir string, ok bool, err error) {
	name := "folder"
	if strings.TrimSpace(f.Value("typed")) != "" {
		name = "typed"
	}
	chosen := chosenFolder(f)
	if chosen == "" {
		f.wrong("folder", c.t("care.disk.none"), c.t("care.disk.none.mend"))
		return "", false, nil
	}
	dir, err = c.s.Care.DiskFolder(chosen)
	if refusal, refused := event.AsRefusal(err); refused {
		f.wrong(name, refusal.Text.In(c.lang), refusal.Mend.In(c.lang))
		return "", false, nil
	}
	return dir, err == nil, err
}

func (c *call) lookAtDisk(f *form, view *diskView, chosen string) error {
	dir, ok, err := c.folder(f)
	if err != nil || !ok {
		return err
	}
	index, err := exchange.ListDisk(dir)
	if err != nil {
		f.wrong("folder", c.t("care.disk.unreadable"), c.t("care.disk.unreadable.mend"))
		return nil
	}
	view.Folder, view.Sheet = dir, "/exchange/disk/sheet?"+url.Values{"folder": {chosen}}.Encode()
	view.Contents = c.parcels(c.t("care.disk.contents", dir), index.Parcels, index.Missing)
	return nil
}

// parcels lists what lies on a disk, and what its list names and is not there.
func (c *call) parcels(caption string, there, missing []exchange.DiskParcel) table {
	t := table{Caption: caption, Total: len(there) + len(missing), Columns: []column{{Label: c.t("care.parcel.from")}, {Label: c.t("care.parcel.to")}, {Label: c.t("care.parcel.contents")},
		{Label: c.t("care.parcel.blobs"), Num: true}, {Label: c.t("care.exchange.size"), Num: true}, {Label: c.t("care.parcel.sealed")}, {Label: c.t("care.state")}}}
	for _, one := range slices.Concat(missing, there) {
		state := cell{Text: c.t("care.parcel.there"), Tag: "done"}
		if slices.ContainsFunc(missing, func(m exchange.DiskParcel) bool { return m.File == one.File }) {
			state = cell{Text: c.t("care.parcel.missing"), Tag: "stop"}
		}
		t.Rows = append(t.Rows, row{Cells: []cell{{Text: c.nodeName(one.Sender)}, {Text: c.nodeName(one.Receiver)}, {Text: c.contents(one.Sealed)},
			numberCell(int64(one.Blobs)), {Text: bytesText(one.Bytes), Num: true}, {Text: instant(one.SealedAt)}, state}})
	}
	return t
}

// contents says what a parcel holds. One that no list describes is known by its name alone.
func (c *call) contents(p exchange.Sealed) string {
	switch {
	case p.Stream != "":
		return c.t("care.parcel.range", p.Stream, p.Generation, p.From+1, p.To)
	case p.Blobs > 0:
		return c.t("care.parcel.blobs_only")
	}
	return p.ID
}

// diskDone is what a disk visit did.
type diskDone struct {
	Folder, Sheet string
	Wrote         bool // written for others; else read
	Report        *exchange.DiskReport
	Bytes         string
	Missing       []exchange.DiskParcel
	Senders       map[string]string // of the parcels on the disk, by identifier
}

// lackView says in words which entries have not come, and who brings them.
type lackView struct{ What, Mend, Contents string }

func (c *call) lackViews(all []exchange.Lack) []lackView {
	views := make([]lackView, len(all))
	for i, l := range all {
		whose := c.s.units.name(l.Stream.Unit())
		if to := l.Stream.Receiver(); to != "" {
			whose = c.t("care.lack.to", whose, c.s.units.name(to))
		} else if l.Stream == event.Access(l.Stream.Unit()) {
			whose = c.t("care.lack.access", whose)
		}
		what := c.t("care.lack", whose, l.From+1, l.To)
		if l.To == l.From+1 {
			what = c.t("care.lack.one", whose, l.To)
		}
		views[i] = lackView{what, c.t("care.lack.mend", c.nodeName(l.Sender)), c.contents(exchange.Sealed{Stream: l.Stream, Generation: l.Generation, From: l.From, To: l.To})}
	}
	return views
}

// visitDisk writes a disk or reads it.
func (s *Server) visitDisk(c *call) error {
	if err := c.keeper(couriers); err != nil {
		return err
	}
	f, err := c.readForm()
	if err != nil {
		return err
	}
	dir, ok, err := c.folder(f)
	if err != nil {
		return err
	}
	act := f.Value("act")
	if act == "look" && ok {
		return c.redirect("/exchange/disk?" + url.Values{"folder": {f.Value("folder")}, "typed": {f.Value("typed")}}.Encode())
	}
	if !ok {
		return c.showDisk(f)
	}
	receivers := f.Values["for"]
	sheet := "/exchange/disk/sheet?" + url.Values{"folder": {dir}}.Encode()
	kind, wrote := "disk_read", act == "write"
	if wrote {
		kind = "disk_write"
	}
	j, err := c.start(kind, func(ctx context.Context, tell func(done, of int64)) (any, error) {
		step := func(done, of int) { tell(int64(done), int64(of)) }
		var report *exchange.DiskReport
		var err error
		if wrote {
			report, err = s.Exchange.WriteDiskTelling(ctx, dir, step, receivers...)
		} else if report, err = s.Exchange.ReadDiskTelling(ctx, dir, step); err == nil {
			_, err = s.Office.React(ctx)
		}
		if report == nil {
			return nil, errors.Join(err, errors.New("web: no report"))
		}
		done := diskDone{Folder: dir, Sheet: sheet, Wrote: wrote, Report: report, Missing: report.Missing, Senders: make(map[string]string)}
		if index, err := exchange.ListDisk(dir); err == nil {
			for _, p := range index.Parcels {
				done.Senders[p.ID] = p.Sender
			}
		}
		var total int64
		for _, p := range report.Written {
			total += p.Bytes
		}
		done.Bytes = bytesText(total)
		return done, err
	})
	if err != nil {
		return err
	}
	return c.redirect(j.href())
}

// sheetView is the printed hand-over sheet of a disk.
type sheetView struct {
	Unit   event.Unit
	By     string
	At     int64
	Groups []sheetGroup
}

type sheetGroup struct {
	From, To string
	Parcels  []sheetParcel
	Bytes    string
}

type sheetParcel struct {
	Contents, Size, ID, Digest string
	SealedAt                   int64
}

// diskSheet prints what lies on a disk, for those who hand it over, carry it and take it: counts and digests to compare.
func (s *Server) diskSheet(c *call) error {
	if err := c.keeper(couriers); err != nil {
		return err
	}
	dir, err := s.Care.DiskFolder(c.r.URL.Query().Get("folder"))
	if err != nil {
		return err
	}
	index, err := exchange.ListDisk(dir)
	if err != nil {
		return err
	}
	view := sheetView{Unit: c.by.Unit, By: c.by.Name, At: s.Office.Clock().UnixMilli()}
	var total int64
	for _, p := range index.Parcels {
		from, to := c.nodeName(p.Sender), c.nodeName(p.Receiver)
		last := len(view.Groups) - 1
		if last < 0 || view.Groups[last].From != from || view.Groups[last].To != to {
			view.Groups, total = append(view.Groups, sheetGroup{From: from, To: to}), 0
			last++
		}
		total += p.Bytes
		group := &view.Groups[last]
		group.Bytes = bytesText(total)
		group.Parcels = append(group.Parcels, sheetParcel{c.contents(p.Sealed), bytesText(p.Bytes), p.ID, p.Digest, p.SealedAt})
	}
	return c.paper("care-sheet", view)
}
