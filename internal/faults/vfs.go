package faults

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"

	"github.com/huzheng/huzheng/internal/store"
	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/util/vfsutil"
	"github.com/ncruces/go-sqlite3/vfs"
)

var registered atomic.Int64

// VFS registers the disk under SQLite, beneath the same encryption as in production, and returns the name for store.Config.VFS.
// Call remove when the databases over it are closed. The WAL index is the operating system's shared memory: it means
// nothing after a crash.
func (d *Disk) VFS() (name string, remove func()) {
	name = fmt.Sprintf("faults%d", registered.Add(1))
	vfs.Register(name, store.Encrypted(&diskVFS{VFS: vfs.Find("os"), disk: d}))
	return name, func() { vfs.Unregister(name) }
}

type diskVFS struct {
	vfs.VFS // the operating system's
	disk    *Disk
}

func (v *diskVFS) Open(name string, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	if name == "" {
		return v.OpenFilename(nil, flags)
	}
	return nil, flags, sqlite3.CANTOPEN
}

func (v *diskVFS) OpenFilename(name *vfs.Filename, flags vfs.OpenFlag) (file vfs.File, out vfs.OpenFlag, err error) {
	d := v.disk
	if name.String() == "" { // a temporary file: it need not survive
		if err := d.pass(DBOpen); err != nil {
			return nil, flags, system(err, sqlite3.ExtendedErrorCode(sqlite3.CANTOPEN))
		}
		return vfsutil.WrapOpenFilename(v.VFS, name, flags)
	}
	var opened *dbFile
	err = d.do(DBOpen, func() error {
		path := name.String()
		node, err := d.existing(path)
		if err != nil {
			return err
		}
		real, got, err := vfsutil.WrapOpenFilename(v.VFS, name, flags)
		if err != nil {
			return err
		}
		if node == nil {
			node = d.create(d.name(path), false)
		}
		out = got
		opened = &dbFile{File: real, disk: d, node: node}
		if flags&vfs.OPEN_CREATE != 0 && flags&(vfs.OPEN_MAIN_JOURNAL|vfs.OPEN_SUPER_JOURNAL|vfs.OPEN_WAL) != 0 {
			opened.syncFolder = filepath.Dir(d.name(path)) // as the operating system's VFS does
		}
		return nil
	}, nil)
	if err != nil {
		if opened != nil {
			opened.File.Close()
		}
		return nil, flags, system(err, sqlite3.ExtendedErrorCode(sqlite3.CANTOPEN))
	}
	return opened, out, nil
}

// existing finds the file of a path, nil when there is none.
func (d *Disk) existing(path string) (*inode, error) {
	name := d.name(path)
	if node := d.seen[name]; node != nil {
		return node, nil
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return d.adopt(name)
}

func (v *diskVFS) Delete(path string, syncDir bool) error {
	d := v.disk
	err := d.do(DBDelete, func() error {
		if err := v.VFS.Delete(path, false); err != nil {
			return err
		}
		d.remove(d.name(path))
		if syncDir {
			d.syncNames(filepath.Dir(d.name(path)))
		}
		return nil
	}, nil)
	return system(err, sqlite3.IOERR_DELETE)
}

func (v *diskVFS) Access(name string, flags vfs.AccessFlag) (bool, error) {
	if err := v.disk.pass(DBAccess); err != nil {
		return false, system(err, sqlite3.IOERR_ACCESS)
	}
	return v.VFS.Access(name, flags)
}

// system gives an error of this package the code that SQLite's own VFS would give; a full disk has one of its own.
func system(err error, code sqlite3.ExtendedErrorCode) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.ENOSPC):
		return vfs.SystemError(err, sqlite3.FULL)
	case errors.Is(err, syscall.EIO), errors.Is(err, ErrPowerCut):
		return vfs.SystemError(err, code)
	}
	return err
}

// dbFile is a database, its log or its journal.
type dbFile struct {
	vfs.File
	disk       *Disk
	node       *inode
	syncFolder string // synced with the first sync of a journal that may be new; empty: not or no longer
}

func (f *dbFile) ReadAt(p []byte, offset int64) (int, error) {
	if err := f.disk.pass(DBRead); err != nil {
		return 0, system(err, sqlite3.IOERR_READ)
	}
	return f.File.ReadAt(p, offset)
}

func (f *dbFile) WriteAt(p []byte, offset int64) (n int, err error) {
	write := func(p []byte) error {
		n, err = f.File.WriteAt(p, offset)
		f.node.write(offset, p[:n])
		return err
	}
	err = f.disk.do(DBWrite, func() error { return write(p) }, func() error { return write(p[:f.disk.random.IntN(len(p)+1)]) })
	return n, system(err, sqlite3.IOERR_WRITE)
}

func (f *dbFile) Truncate(size int64) error {
	err := f.disk.do(DBTruncate, func() error {
		if err := f.File.Truncate(size); err != nil {
			return err
		}
		f.node.resize(size)
		return nil
	}, nil)
	return system(err, sqlite3.IOERR_TRUNCATE)
}

func (f *dbFile) Sync(vfs.SyncFlag) error {
	err := f.disk.do(DBSync, func() error {
		f.node.sync()
		if f.syncFolder != "" {
			f.disk.syncNames(f.syncFolder)
			f.syncFolder = ""
		}
		return nil
	}, func() error { f.disk.loseSync(f.node); return nil })
	return system(err, sqlite3.IOERR_FSYNC)
}

func (f *dbFile) Size() (int64, error) {
	if err := f.disk.pass(DBSize); err != nil {
		return 0, system(err, sqlite3.IOERR_FSTAT)
	}
	return f.File.Size()
}

func (f *dbFile) Lock(level vfs.LockLevel) error {
	if err := f.disk.pass(DBLock); err != nil {
		return system(err, sqlite3.IOERR_LOCK)
	}
	return f.File.Lock(level)
}

// Unlock always unlocks: a dead machine holds no locks.
func (f *dbFile) Unlock(level vfs.LockLevel) error {
	err := f.disk.pass(DBUnlock)
	if unlocked := f.File.Unlock(level); err == nil {
		return unlocked
	}
	return system(err, sqlite3.IOERR_UNLOCK)
}

func (f *dbFile) CheckReservedLock() (bool, error) {
	if err := f.disk.pass(DBReserved); err != nil {
		return false, system(err, sqlite3.IOERR_CHECKRESERVEDLOCK)
	}
	return f.File.CheckReservedLock()
}

// SizeHint allocates room for a file that is about to grow.
func (f *dbFile) SizeHint(size int64) error {
	err := f.disk.do(DBAllocate, func() error {
		before, err := f.File.Size()
		if err != nil {
			return err
		}
		if err := vfsutil.WrapSizeHint(f.File, size); err != nil {
			return err
		}
		after, err := f.File.Size()
		if err == nil && after != before {
			f.node.resize(after)
		}
		return err
	}, nil)
	return system(err, sqlite3.IOERR_TRUNCATE)
}

func (f *dbFile) SharedMemory() vfs.SharedMemory { return vfsutil.WrapSharedMemory(f.File) }
func (f *dbFile) LockState() vfs.LockLevel       { return vfsutil.WrapLockState(f.File) }
func (f *dbFile) HasMoved() (bool, error)        { return vfsutil.WrapHasMoved(f.File) }
func (f *dbFile) PersistWAL() bool               { return vfsutil.WrapPersistWAL(f.File) }
func (f *dbFile) SetPersistWAL(keep bool)        { vfsutil.WrapSetPersistWAL(f.File, keep) }
func (f *dbFile) PowersafeOverwrite() bool       { return vfsutil.WrapPowersafeOverwrite(f.File) }
func (f *dbFile) SetPowersafeOverwrite(on bool)  { vfsutil.WrapSetPowersafeOverwrite(f.File, on) }
