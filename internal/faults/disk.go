// Package faults breaks what a node stands on, for tests only: a disk that forgets what was not synced, tears writes and
// fails calls, under the blob store and the disk road as a store.FileSystem and under SQLite as a VFS.
//
// The tests of this package are the proof that nothing acknowledged is lost and nothing is written by halves or twice: they
// cut the power at every call, fail every call once, and kill processes at random moments.
package faults

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
)

// Call is a kind of call to the disk.
type Call string

// The calls. Those with db are SQLite's, the others a FileSystem's.
const (
	Create     Call = "create"
	Write      Call = "write"
	Sync       Call = "sync"
	Close      Call = "close"
	Open       Call = "open"
	Read       Call = "read"
	Stat       Call = "stat"
	ReadDir    Call = "readdir"
	MkdirAll   Call = "mkdirall"
	Rename     Call = "rename"
	Remove     Call = "remove"
	SyncDir    Call = "syncdir"
	DBOpen     Call = "db-open"
	DBRead     Call = "db-read"
	DBWrite    Call = "db-write"
	DBSync     Call = "db-sync"
	DBTruncate Call = "db-truncate"
	DBSize     Call = "db-size"
	DBLock     Call = "db-lock"
	DBUnlock   Call = "db-unlock"
	DBReserved Call = "db-reserved"
	DBDelete   Call = "db-delete"
	DBAccess   Call = "db-access"
	DBAllocate Call = "db-allocate"
)

// Writes tells whether a call changes the disk, so that a full one refuses it and a power cut may tear it.
func (c Call) Writes() bool {
	return slices.Contains([]Call{Create, Write, Sync, MkdirAll, Rename, Remove, SyncDir, DBOpen, DBWrite, DBSync, DBTruncate, DBDelete, DBAllocate}, c)
}

// ErrPowerCut is what every call gets from a disk whose power was cut.
var ErrPowerCut = errors.New("faults: the power was cut")

// Disk models a disk over a real folder. Programs see every change at once, as through an operating system's cache; what lies
// on the platters follows only with a sync: of a file for its content, of a folder for the names in it. It keeps the content of its
// files in memory.
//
// A failed sync loses what was to be synced, for good: later syncs of the file succeed without it, as on Linux.
type Disk struct {
	root string

	mu     sync.Mutex
	random *rand.Rand
	seen   map[string]*inode // by path relative to root, as programs see it
	kept   map[string]*inode // on the platters
	naming []naming          // changes of names that are not synced, oldest first
	log    []Call
	failAt int
	cutAt  int
	fault  error
	dead   bool
}

// inode is a file or a folder.
type inode struct {
	folder  bool
	content []byte   // on the platters
	changes []change // not synced, oldest first
}

// change is one write, or a new size where data is nil.
type change struct {
	offset int64
	data   []byte
	lost   bool // its sync failed
}

// naming is one change of the names in a folder: unlink is taken away and link is set, together or not at all. Empty: none.
type naming struct {
	folder       string
	unlink, link string
	node         *inode
}

// NewDisk makes a disk over a folder; everything that is there already is on the platters. The same seed makes the same choices.
func NewDisk(root string, seed uint64) (*Disk, error) {
	root, err := filepath.EvalSymlinks(root)
	if err != nil {
		return nil, err
	}
	d := &Disk{root: root, random: rand.New(rand.NewPCG(seed, 1)), seen: make(map[string]*inode), kept: make(map[string]*inode), failAt: -1, cutAt: -1}
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == root {
			return err
		}
		_, err = d.adopt(d.name(path))
		return err
	})
	return d, err
}

// Root is the folder under which the disk lies.
func (d *Disk) Root() string { return d.root }

// name is a path relative to the disk's root.
func (d *Disk) name(path string) string {
	name, err := filepath.Rel(d.root, path)
	if err != nil || name == ".." || strings.HasPrefix(name, "../") {
		panic(fmt.Sprintf("faults: %s is not on the disk %s", path, d.root))
	}
	return name
}

// adopt puts a real file that the model does not know on the platters as it is.
func (d *Disk) adopt(name string) (*inode, error) {
	path := filepath.Join(d.root, name)
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	node := &inode{folder: info.IsDir()}
	if !node.folder {
		if node.content, err = os.ReadFile(path); err != nil {
			return nil, err
		}
	}
	d.seen[name], d.kept[name] = node, node
	return node, nil
}

// FailAt makes the n-th call from now on, counted from 0, fail once with the error: EIO, ENOSPC.
func (d *Disk) FailAt(n int, fault error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.failAt, d.fault = len(d.log)+n, fault
}

// CutAt cuts the power in the n-th call from now on, counted from 0.
func (d *Disk) CutAt(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.cutAt = len(d.log) + n
}

// Calls lists the calls so far.
func (d *Disk) Calls() []Call {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.log)
}

// do makes one call: effect carries it out, half what is left of it when it is made to fail. A call in which the power is cut has or has not
// reached the cache.
func (d *Disk) do(call Call, effect, half func() error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.dead {
		return ErrPowerCut
	}
	n := len(d.log)
	d.log = append(d.log, call)
	switch n {
	case d.cutAt:
		if d.random.IntN(2) == 0 {
			_ = effect()
		}
		d.dead = true
		return ErrPowerCut
	case d.failAt:
		if half != nil {
			_ = half()
		}
		return d.failure(call)
	}
	return effect()
}

// failure is the planned error; only calls that write can find the disk full.
func (d *Disk) failure(call Call) error {
	if errors.Is(d.fault, syscall.ENOSPC) && !call.Writes() {
		return syscall.EIO
	}
	return d.fault
}

// pass is a call that changes nothing: it is counted and may fail.
func (d *Disk) pass(call Call) error {
	return d.do(call, func() error { return nil }, nil)
}

// create makes a name for a new file or folder.
func (d *Disk) create(name string, folder bool) *inode {
	node := &inode{folder: folder}
	d.seen[name] = node
	d.naming = append(d.naming, naming{folder: filepath.Dir(name), link: name, node: node})
	return node
}

// remove takes a name away.
func (d *Disk) remove(name string) {
	delete(d.seen, name)
	d.naming = append(d.naming, naming{folder: filepath.Dir(name), unlink: name})
}

// write notes a write that has been made.
func (n *inode) write(offset int64, data []byte) {
	n.changes = append(n.changes, change{offset: offset, data: slices.Clone(data)})
}

// resize notes a new size.
func (n *inode) resize(size int64) { n.changes = append(n.changes, change{offset: size}) }

// sync brings a file's content to the platters, save what an earlier sync has lost.
func (n *inode) sync() {
	for _, c := range n.changes {
		if !c.lost {
			n.content = c.onto(n.content)
		}
	}
	n.changes = nil
}

// loseSync is a failed sync: each change has reached the platters or never will.
func (d *Disk) loseSync(n *inode) {
	kept := n.changes[:0]
	for _, c := range n.changes {
		if c.lost || d.random.IntN(2) == 0 {
			c.lost = true
			kept = append(kept, c)
		} else {
			n.content = c.onto(n.content)
		}
	}
	n.changes = kept
}

// syncNames brings the names in a folder to the platters.
func (d *Disk) syncNames(folder string) {
	rest := d.naming[:0]
	for _, n := range d.naming {
		if n.folder == folder {
			n.onto(d.kept)
		} else {
			rest = append(rest, n)
		}
	}
	d.naming = rest
}

func (n naming) onto(names map[string]*inode) {
	if n.unlink != "" {
		delete(names, n.unlink)
	}
	if n.link != "" {
		names[n.link] = n.node
	}
}

func (c change) onto(content []byte) []byte {
	if c.data == nil {
		if c.offset <= int64(len(content)) {
			return content[:c.offset:c.offset]
		}
		return append(content, make([]byte, c.offset-int64(len(content)))...)
	}
	if end := c.offset + int64(len(c.data)); end > int64(len(content)) {
		content = append(content, make([]byte, end-int64(len(content)))...)
	}
	copy(content[c.offset:], c.data)
	return content
}

// Crash cuts the power and writes what is on the platters into a new folder, as a machine finds it after a restart. Of what was not
// synced it keeps, by chance, nothing, everything up to some moment, or any part; the last write kept may be torn at any byte.
func (d *Disk) Crash(into string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.dead = true
	names := d.survivingNames()
	paths := make([]string, 0, len(names))
	for name := range names {
		paths = append(paths, name)
	}
	slices.Sort(paths)
	for _, name := range paths {
		if d.reachable(name, names) {
			if err := d.restore(name, names[name], into); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *Disk) survivingNames() map[string]*inode {
	names := make(map[string]*inode, len(d.kept))
	for name, node := range d.kept {
		names[name] = node
	}
	survives := d.survival(len(d.naming))
	for i, n := range d.naming {
		if survives(i) != dropped {
			n.onto(names)
		}
	}
	return names
}

// reachable tells whether every folder above a name has survived.
func (d *Disk) reachable(name string, names map[string]*inode) bool {
	for folder := filepath.Dir(name); folder != "."; folder = filepath.Dir(folder) {
		if names[folder] == nil {
			return false
		}
	}
	return true
}

func (d *Disk) restore(name string, node *inode, into string) error {
	path := filepath.Join(into, name)
	if node.folder {
		return os.MkdirAll(path, 0o700)
	}
	content := slices.Clone(node.content)
	survives := d.survival(len(node.changes))
	for i, c := range node.changes {
		fate := survives(i)
		if fate == dropped || c.lost {
			continue
		}
		if fate == torn && len(c.data) > 0 {
			c.data = c.data[:d.random.IntN(len(c.data))]
			if len(c.data) == 0 {
				continue
			}
		}
		content = c.onto(content)
	}
	return os.WriteFile(path, content, 0o600)
}

type fate int

const (
	dropped fate = iota
	whole
	torn
)

// survival decides the fate of n changes in one of three ways.
func (d *Disk) survival(n int) func(i int) fate {
	if n == 0 {
		return nil
	}
	switch d.random.IntN(4) {
	case 0: // nothing
		return func(int) fate { return dropped }
	case 1: // in order, up to some moment
		last := d.random.IntN(n)
		return func(i int) fate {
			switch {
			case i < last:
				return whole
			case i == last:
				return torn
			}
			return dropped
		}
	}
	return func(int) fate { return fate(d.random.IntN(3)) }
}
