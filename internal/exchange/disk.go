package exchange

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/store"
)

// Names on a disk, under its folder. One disk may serve several stations at once.
const (
	diskFolder  = "huzheng"
	diskParcels = "parcels"
	diskStates  = "states"
	diskIndex   = "index.json"
	diskSheet   = "sheet.html"
	parcelEnd   = ".hzp"
	stateEnd    = ".json"
)

// DiskParcel is one parcel on a disk, as the index of the disk lists it.
type DiskParcel struct {
	Sealed
	File     string `json:"file"`     // path under huzheng/
	Sender   string `json:"sender"`   // node
	Receiver string `json:"receiver"` // node
}

// DiskIndex lists a disk. It is for people and for finding what is missing; nothing is believed because of it.
type DiskIndex struct {
	Format  int          `json:"format"`
	Parcels []DiskParcel `json:"parcels"`
	Missing []DiskParcel `json:"missing,omitempty"` // in index.json, but not there
}

// DiskReport is what writing or reading a disk did.
type DiskReport struct {
	Written    []DiskParcel `json:"written"` // parcels that lie on the disk for others now
	Left       int          `json:"left"`    // parcels that did not fit
	Taken      []Receipt    `json:"taken"`
	Fresh      int          `json:"fresh"` // entries that were new here
	Exceptions []*Exception `json:"exceptions"`
	Missing    []DiskParcel `json:"missing"` // listed for this node, but not there
	Lacking    []Lack       `json:"lacking"` // entries that have not come with it
	Dropped    int          `json:"dropped"` // own parcels that were receipted and left the spool
}

// Text is the report for people.
func (r *DiskReport) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "接收 taken in: %d 包 parcels, %d 条新日志 new entries\n", len(r.Taken), r.Fresh)
	fmt.Fprintf(&b, "写出 written: %d 包 parcels, %s\n", len(r.Written), sizeText(totalBytes(r.Written)))
	if r.Dropped > 0 {
		fmt.Fprintf(&b, "已获回执 receipted: %d 包 parcels\n", r.Dropped)
	}
	if r.Left > 0 {
		fmt.Fprintf(&b, "磁盘已满，未写出 disk full, not written: %d 包 parcels\n", r.Left)
	}
	for _, e := range r.Exceptions {
		fmt.Fprintf(&b, "! %s %s\n  %s\n  %s\n  → %s\n  → %s\n", e.Code, e.Parcel, e.Text.ZH, e.Text.EN, e.Mend.ZH, e.Mend.EN)
	}
	for _, p := range r.Missing {
		fmt.Fprintf(&b, "! 缺少文件 file missing: %s\n", p.File)
	}
	for _, l := range r.Lacking {
		fmt.Fprintf(&b, "! 记录未到 entries that have not come: %s@%d %d–%d\n  → 请 %s 重新写盘后再读 let %s write the disk again, and read it again\n", l.Stream, l.Generation, l.From+1, l.To, l.Sender, l.Sender)
	}
	return b.String()
}

// Text is the list for people.
func (x *DiskIndex) Text() string {
	var b strings.Builder
	for _, p := range x.Parcels {
		fmt.Fprintf(&b, "%s → %s  %s  %s\n", p.Sender, p.Receiver, p.contents(), sizeText(p.Bytes))
	}
	for _, p := range x.Missing {
		fmt.Fprintf(&b, "! 缺少文件 file missing: %s\n", p.File)
	}
	return b.String()
}

func (s *Sealed) contents() string {
	if s.Stream == "" {
		return fmt.Sprintf("附件 blobs: %d", s.Blobs)
	}
	return fmt.Sprintf("%s@%d [%d, %d) 附件 blobs: %d", s.Stream, s.Generation, s.From, s.To, s.Blobs)
}

func totalBytes(parcels []DiskParcel) (n int64) {
	for _, p := range parcels {
		n += p.Bytes
	}
	return n
}

func sizeText(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
}

// WriteDisk writes state and parcels for the named neighbours and for those that have a folder on the disk; with neither, for
// the parent, or at the city for every child. Each file is written under another name, synced and renamed, so that a disk pulled out
// at any moment holds whole parcels only.
func (n *Node) WriteDisk(ctx context.Context, dir string, nodes ...string) (*DiskReport, error) {
	return n.WriteDiskTelling(ctx, dir, nil, nodes...)
}

// WriteDiskTelling is WriteDisk that tells after each parcel how many have been written, and of how many as far as is known.
func (n *Node) WriteDiskTelling(ctx context.Context, dir string, tell func(done, of int), nodes ...string) (*DiskReport, error) {
	d := &disk{node: n, root: filepath.Join(dir, diskFolder), report: emptyReport(), tell: tell}
	receivers, err := d.receivers(ctx, nodes)
	if err != nil {
		return nil, err
	}
	return d.report, d.write(ctx, receivers)
}

// ReadDisk hears the states that lie there for this node, takes in the parcels, and writes states, receipts and what is due back
// to those that they came from.
func (n *Node) ReadDisk(ctx context.Context, dir string) (*DiskReport, error) {
	return n.ReadDiskTelling(ctx, dir, nil)
}

// ReadDiskTelling is ReadDisk that tells after each parcel how many have been taken in or written, and of how many as far as is known.
func (n *Node) ReadDiskTelling(ctx context.Context, dir string, tell func(done, of int)) (*DiskReport, error) {
	d := &disk{node: n, root: filepath.Join(dir, diskFolder), report: emptyReport(), tell: tell}
	senders, err := d.read(ctx)
	if err != nil {
		return d.report, err
	}
	if len(senders) == 0 {
		return d.report, nil
	}
	return d.report, d.write(ctx, senders)
}

// ListDisk lists a disk without any key.
func ListDisk(dir string) (*DiskIndex, error) {
	d := &disk{node: &Node{Files: store.OS{}}, root: filepath.Join(dir, diskFolder)}
	return d.index()
}

func emptyReport() *DiskReport {
	return &DiskReport{Written: []DiskParcel{}, Taken: []Receipt{}, Exceptions: []*Exception{}, Missing: []DiskParcel{}, Lacking: []Lack{}}
}

// disk is one visit of a disk.
type disk struct {
	node   *Node
	root   string
	report *DiskReport
	tell   func(done, of int) // nil: nobody listens
	done   int
	of     int
}

// more tells that so many parcels are to come.
func (d *disk) more(parcels int) { d.of += parcels }

// step tells that one parcel is done.
func (d *disk) step() {
	d.done++
	if d.tell != nil {
		d.tell(d.done, max(d.done, d.of))
	}
}

// receivers decides for whom to write.
func (d *disk) receivers(ctx context.Context, nodes []string) ([]Neighbour, error) {
	all, err := d.node.Neighbours(ctx)
	if err != nil {
		return nil, err
	}
	for _, node := range nodes {
		if !slices.ContainsFunc(all, func(nb Neighbour) bool { return nb.Node == node || string(nb.Unit) == node }) {
			return nil, fmt.Errorf("%w: %s", ErrStranger, node)
		}
	}
	present, err := d.present()
	if err != nil {
		return nil, err
	}
	chosen := slices.DeleteFunc(slices.Clone(all), func(nb Neighbour) bool {
		return !present[nb.Node] && !slices.Contains(nodes, nb.Node) && !slices.Contains(nodes, string(nb.Unit))
	})
	if len(chosen) == 0 {
		chosen = all
		if len(all) > 0 && all[0].Relation == Parent {
			chosen = all[:1]
		}
	}
	return slices.DeleteFunc(chosen, func(nb Neighbour) bool { return nb.Suspended != "" }), nil
}

// present lists the nodes that have left something on the disk, or for whom this node has.
func (d *disk) present() (map[string]bool, error) {
	nodes := make(map[string]bool)
	for _, folder := range []string{diskParcels, diskStates} {
		senders, err := d.list(folder)
		if err != nil {
			return nil, err
		}
		for _, sender := range senders {
			nodes[sender] = true
		}
		receivers, err := d.list(folder, d.node.name())
		if err != nil {
			return nil, err
		}
		for _, receiver := range receivers {
			nodes[strings.TrimSuffix(receiver, stateEnd)] = true
		}
	}
	return nodes, nil
}

// list names what a folder of the disk holds; a folder that is not there holds nothing.
func (d *disk) list(parts ...string) ([]string, error) {
	entries, err := d.node.Files.ReadDir(filepath.Join(append([]string{d.root}, parts...)...))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") { // what systems leave on disks
			names = append(names, e.Name())
		}
	}
	return names, err
}

func (d *disk) path(parts ...string) string {
	return filepath.Join(append([]string{d.root}, parts...)...)
}

// write puts state and parcels for each receiver on the disk, then index and sheet.
func (d *disk) write(ctx context.Context, receivers []Neighbour) error {
	if err := d.succeed(ctx); err != nil {
		return err
	}
	full := false
	for _, to := range receivers {
		parcels, err := d.node.Seal(ctx, to)
		if err != nil {
			return err
		}
		if err := d.state(ctx, to); err != nil {
			return err
		}
		if err := d.tidy(to, parcels); err != nil {
			return err
		}
		d.more(len(parcels))
		for _, p := range parcels {
			d.step()
			if full {
				d.report.Left++
				continue
			}
			err := d.parcel(to, p)
			if errors.Is(err, syscall.ENOSPC) {
				full = true
				d.report.Left++
				continue
			}
			if err != nil {
				return err
			}
		}
	}
	return d.describe()
}

func (d *disk) state(ctx context.Context, to Neighbour) error {
	current, err := d.node.reread(ctx, to)
	if err != nil {
		return err
	}
	signed, err := d.node.State(ctx, current)
	if err != nil {
		return err
	}
	return d.put(d.path(diskStates, d.node.name(), to.Node+stateEnd), signed)
}

func (d *disk) put(path string, text []byte) error {
	return store.WriteDurably(d.node.Files, path, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}

// succeed removes the states of the unit's earlier nodes, which this one follows: nobody believes them any more. Their parcels stay, for
// what they hold may be evidence.
func (d *disk) succeed(ctx context.Context) error {
	var certificates []journal.Certificate
	err := d.node.Office.DB.Read(ctx, func(tx *store.Tx) (err error) {
		certificates, err = journal.Certificates(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	for _, own := range certificates {
		if own.Node != d.node.name() {
			continue
		}
		for _, c := range certificates {
			if c.Unit != own.Unit || c.From >= own.From || !journal.ValidNode(c.Node) {
				continue
			}
			if err := d.sweep(func(string) bool { return true }, diskStates, c.Node); err != nil {
				return err
			}
		}
	}
	return nil
}

// tidy removes our own parcels that are no longer due, and what an interrupted write left.
func (d *disk) tidy(to Neighbour, parcels []Sealed) error {
	due := make(map[string]bool)
	for _, p := range parcels {
		due[p.ID+parcelEnd] = true
	}
	return errors.Join(
		d.sweep(func(name string) bool { return !due[name] }, diskParcels, d.node.name(), to.Node),
		d.sweep(unfinished, diskStates, d.node.name()),
		d.sweep(unfinished))
}

func unfinished(name string) bool { return strings.HasSuffix(name, ".tmp") }

// sweep removes what goes from a folder of the disk.
func (d *disk) sweep(goes func(name string) bool, folder ...string) error {
	names, err := d.list(folder...)
	if err != nil {
		return err
	}
	for _, name := range names {
		if !goes(name) {
			continue
		}
		if err := d.node.Files.Remove(d.path(append(folder, name)...)); err != nil {
			return err
		}
	}
	return nil
}

// parcel copies one parcel's file from the spool; one that lies there in its full length stays.
func (d *disk) parcel(to Neighbour, p Sealed) error {
	file := filepath.Join(diskParcels, d.node.name(), to.Node, p.ID+parcelEnd)
	listed := DiskParcel{Sealed: p, File: filepath.ToSlash(file), Sender: d.node.name(), Receiver: to.Node}
	if info, err := d.node.Files.Stat(d.path(file)); err == nil && info.Size() == p.Bytes {
		d.report.Written = append(d.report.Written, listed)
		return nil
	}
	r, err := d.node.Files.Open(d.node.spooled(to.Node, p.file))
	if err != nil {
		return err
	}
	defer r.Close()
	err = store.WriteDurably(d.node.Files, d.path(file), func(w io.Writer) error {
		_, err := io.Copy(w, r)
		return err
	})
	if err == nil {
		d.report.Written = append(d.report.Written, listed)
	}
	return err
}

// index lists the parcels on the disk, with what its index.json says of each.
func (d *disk) index() (*DiskIndex, error) {
	old := make(map[string]DiskParcel)
	index := &DiskIndex{Format: Format, Parcels: []DiskParcel{}}
	if text, err := d.get(diskIndex); err == nil {
		var listed DiskIndex
		if json.Unmarshal(text, &listed) == nil {
			for _, p := range listed.Parcels {
				old[p.File] = p
			}
		}
	}
	err := d.each(func(sender, receiver, name string) error {
		file := strings.Join([]string{diskParcels, sender, receiver, name}, "/")
		p := old[file]
		delete(old, file)
		p.File, p.Sender, p.Receiver, p.ID = file, sender, receiver, strings.TrimSuffix(name, parcelEnd)
		if info, err := d.node.Files.Stat(d.path(file)); err == nil { // otherwise taking it in will say what is wrong
			p.Bytes = info.Size()
		}
		index.Parcels = append(index.Parcels, p)
		return nil
	})
	for _, p := range old {
		index.Missing = append(index.Missing, p)
	}
	slices.SortFunc(index.Missing, byFile)
	slices.SortFunc(index.Parcels, byFile)
	return index, err
}

func byFile(a, b DiskParcel) int {
	return cmp.Or(strings.Compare(a.Sender, b.Sender), strings.Compare(a.Receiver, b.Receiver), inOrder(a.Sealed, b.Sealed), strings.Compare(a.File, b.File))
}

func (d *disk) get(parts ...string) ([]byte, error) {
	r, err := d.node.Files.Open(d.path(parts...))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(io.LimitReader(r, maxState))
}

// each calls fn with every parcel on the disk.
func (d *disk) each(fn func(sender, receiver, name string) error) error {
	senders, err := d.list(diskParcels)
	if err != nil {
		return err
	}
	for _, sender := range senders {
		receivers, err := d.list(diskParcels, sender)
		if err != nil {
			return err
		}
		for _, receiver := range receivers {
			names, err := d.list(diskParcels, sender, receiver)
			if err != nil {
				return err
			}
			for _, name := range names {
				if !strings.HasSuffix(name, parcelEnd) {
					continue
				}
				if err := fn(sender, receiver, name); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// describe writes index.json and the hand-over sheet over what lies on the disk now.
func (d *disk) describe() error {
	index, err := d.index()
	if err != nil {
		return err
	}
	written := make(map[string]DiskParcel)
	for _, p := range d.report.Written {
		written[p.File] = p
	}
	for i, p := range index.Parcels {
		if w, ok := written[p.File]; ok {
			index.Parcels[i] = w
		}
	}
	// What was ours and is gone has been tidied away; what was another's stays listed as missing, until its sender writes again.
	index.Parcels = append(index.Parcels, slices.DeleteFunc(index.Missing, func(p DiskParcel) bool { return p.Sender == d.node.name() })...)
	index.Missing = nil
	slices.SortFunc(index.Parcels, byFile)
	text, err := json.MarshalIndent(index, "", "  ")
	if err != nil {
		return err
	}
	if err := d.put(d.path(diskIndex), append(text, '\n')); err != nil {
		return err
	}
	return store.WriteDurably(d.node.Files, d.path(diskSheet), func(w io.Writer) error { return writeSheet(w, d.node, index.Parcels) })
}

// read hears states and takes in parcels, and returns the neighbours that they came from.
func (d *disk) read(ctx context.Context) ([]Neighbour, error) {
	index, err := d.index()
	if err != nil {
		return nil, err
	}
	for _, p := range index.Missing {
		if p.Receiver == d.node.name() {
			d.report.Missing = append(d.report.Missing, p)
		}
	}
	before, err := d.node.waitingCount(ctx)
	if err != nil {
		return nil, err
	}
	senders, err := d.states(ctx)
	if err != nil {
		return nil, err
	}
	parcels := slices.DeleteFunc(index.Parcels, func(p DiskParcel) bool { return p.Receiver != d.node.name() })
	d.more(len(parcels))
	if err := d.takeAll(ctx, parcels); err != nil {
		return nil, err
	}
	after, err := d.node.waitingCount(ctx)
	if err != nil {
		return nil, err
	}
	d.report.Dropped = before - after
	d.report.Lacking, err = d.node.lacking(ctx, senders)
	return senders, err
}

// states hears every state that lies there for this node. One that cannot be believed is reported and left.
func (d *disk) states(ctx context.Context) (senders []Neighbour, err error) {
	nodes, err := d.list(diskStates)
	if err != nil {
		return nil, err
	}
	for _, sender := range nodes {
		signed, err := d.get(diskStates, sender, d.node.name()+stateEnd)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			if err := d.unreadable(ctx, DiskParcel{File: strings.Join([]string{diskStates, sender, d.node.name() + stateEnd}, "/")}, err); err != nil {
				return nil, err
			}
			continue
		}
		nb, err := d.node.hear(ctx, sender, signed, false)
		if err != nil {
			d.node.Log.Warn("state on disk", "from", sender, "error", err)
			e := unknownSigner(err.Error())
			d.report.Exceptions = append(d.report.Exceptions, e)
			continue
		}
		senders = append(senders, nb)
	}
	return senders, nil
}

// takeAll takes in parcels; those with a gap, or whose erasure is to come, are tried again as long as others help.
func (d *disk) takeAll(ctx context.Context, parcels []DiskParcel) error {
	for len(parcels) > 0 {
		var gaps []DiskParcel
		var held []*Exception
		for _, p := range parcels {
			d.step()
			e, err := d.take(ctx, p)
			if err != nil {
				return err
			}
			if e != nil && e.waits() {
				gaps, held = append(gaps, p), append(held, e)
			}
		}
		if len(gaps) == len(parcels) {
			d.report.Exceptions = append(d.report.Exceptions, held...)
			return nil
		}
		parcels = gaps
	}
	return nil
}

func (d *disk) take(ctx context.Context, p DiskParcel) (*Exception, error) {
	r, err := d.node.Files.Open(d.path(filepath.FromSlash(p.File)))
	if err != nil {
		return nil, d.unreadable(ctx, p, err)
	}
	defer r.Close()
	watched := &source{r: r}
	receipt, err := d.node.TakeIn(ctx, watched)
	if failed := watched.failed.Load(); failed != nil && receipt == nil {
		return nil, d.unreadable(ctx, p, *failed)
	}
	if receipt != nil {
		d.report.Taken = append(d.report.Taken, *receipt)
		d.report.Fresh += receipt.Fresh
	}
	e, ok := AsException(err)
	if !ok && err == nil {
		return nil, d.node.count(ctx, Disk, receipt)
	}
	if !ok {
		return nil, err
	}
	if e.Parcel == "" { // unreadable: the file's name is all that is known
		e.Parcel = p.ID
	}
	if e.Code != Replayed && !e.waits() {
		d.report.Exceptions = append(d.report.Exceptions, e)
	}
	return e, nil
}

// unreadable notes a file that the disk does not give back, as with a bad sector; the visit goes on with the others.
func (d *disk) unreadable(ctx context.Context, p DiskParcel, failed error) error {
	e := except(Damaged, "盘上文件无法读取："+p.File+":"+failed.Error(), "a file on the disk cannot be read: "+p.File+": "+failed.Error())
	e.Parcel, e.Stream, e.Generation = p.ID, p.Stream, p.Generation
	d.report.Exceptions = append(d.report.Exceptions, e)
	d.node.Log.Warn("file on disk", "file", p.File, "error", failed)
	return d.node.Office.DB.Write(ctx, func(tx *store.Tx) error { return d.node.note(ctx, tx, e, d.node.name()) })
}

func (n *Node) waitingCount(ctx context.Context) (count int, err error) {
	err = n.Office.DB.Read(ctx, func(tx *store.Tx) error {
		return tx.Get(ctx, "select count(*) from exchange_parcel where file <> ''", nil, &count)
	})
	return count, err
}

// reread reads a neighbour's row again, after something was heard from it.
func (n *Node) reread(ctx context.Context, nb Neighbour) (fresh Neighbour, err error) {
	err = n.Office.DB.Read(ctx, func(tx *store.Tx) error {
		fresh, err = neighbour(ctx, tx, nb.Node)
		return err
	})
	return fresh, err
}
