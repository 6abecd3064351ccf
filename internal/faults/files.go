package faults

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/huzheng/huzheng/internal/store"
)

// Files is the disk as the blob store and the disk road use it.
func (d *Disk) Files() store.FileSystem { return files{d} }

type files struct{ disk *Disk }

func (f files) MkdirAll(path string) error {
	d := f.disk
	return d.do(MkdirAll, func() error {
		var missing []string
		for name := d.name(path); name != "." && d.seen[name] == nil; name = filepath.Dir(name) {
			if _, err := os.Stat(filepath.Join(d.root, name)); err == nil {
				break
			}
			missing = append(missing, name)
		}
		if err := os.MkdirAll(path, 0o700); err != nil {
			return err
		}
		for i := len(missing) - 1; i >= 0; i-- {
			d.create(missing[i], true)
		}
		return nil
	}, nil)
}

func (f files) Create(path string) (store.File, error) {
	d := f.disk
	var made *file
	err := d.do(Create, func() error {
		real, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		name := d.name(path)
		node := d.seen[name]
		if node == nil {
			node = d.create(name, false)
		} else {
			node.resize(0)
		}
		made = &file{disk: d, real: real, node: node}
		return nil
	}, nil)
	if err != nil {
		if made != nil {
			made.real.Close()
		}
		return nil, err
	}
	return made, nil
}

// file is a file being written.
type file struct {
	disk   *Disk
	real   *os.File
	node   *inode
	offset int64
}

func (f *file) Write(p []byte) (n int, err error) {
	write := func(p []byte) error {
		n, err = f.real.Write(p)
		f.node.write(f.offset, p[:n])
		f.offset += int64(n)
		return err
	}
	err = f.disk.do(Write, func() error { return write(p) }, func() error { return write(p[:f.disk.random.IntN(len(p)+1)]) })
	return n, err
}

func (f *file) Sync() error {
	return f.disk.do(Sync, func() error { f.node.sync(); return nil }, func() error { f.disk.loseSync(f.node); return nil })
}

// Close closes the file even when the call is made to fail, as Linux does.
func (f *file) Close() error {
	err := f.disk.pass(Close)
	if closed := f.real.Close(); err == nil {
		err = closed
	}
	return err
}

func (f files) Open(path string) (io.ReadCloser, error) {
	if err := f.disk.pass(Open); err != nil {
		return nil, err
	}
	real, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return reader{disk: f.disk, File: real}, nil
}

// reader is a file being read.
type reader struct {
	*os.File
	disk *Disk
}

func (r reader) Read(p []byte) (int, error) {
	if err := r.disk.pass(Read); err != nil {
		return 0, err
	}
	return r.File.Read(p)
}

// WriteTo keeps io.Copy from going round Read.
func (r reader) WriteTo(w io.Writer) (int64, error) { return io.Copy(w, struct{ io.Reader }{r}) }

func (f files) Rename(from, to string) error {
	d := f.disk
	return d.do(Rename, func() error {
		if err := os.Rename(from, to); err != nil {
			return err
		}
		old, name := d.name(from), d.name(to)
		node := d.seen[old]
		delete(d.seen, old)
		d.seen[name] = node
		if filepath.Dir(old) == filepath.Dir(name) {
			d.naming = append(d.naming, naming{folder: filepath.Dir(name), unlink: old, link: name, node: node})
			return nil
		}
		d.naming = append(d.naming, naming{folder: filepath.Dir(name), link: name, node: node}, naming{folder: filepath.Dir(old), unlink: old})
		return nil
	}, nil)
}

func (f files) Remove(path string) error {
	d := f.disk
	return d.do(Remove, func() error {
		if err := os.Remove(path); err != nil {
			return err
		}
		d.remove(d.name(path))
		return nil
	}, nil)
}

func (f files) ReadDir(path string) (entries []fs.DirEntry, err error) {
	if err := f.disk.pass(ReadDir); err != nil {
		return nil, err
	}
	return os.ReadDir(path)
}

func (f files) Stat(path string) (fs.FileInfo, error) {
	if err := f.disk.pass(Stat); err != nil {
		return nil, err
	}
	return os.Stat(path)
}

// SyncDir of a folder that is not there is an error, as it is for the operating system. A failed one may have worked.
func (f files) SyncDir(path string) error {
	d := f.disk
	return d.do(SyncDir, func() error {
		if _, err := os.Stat(path); err != nil {
			return err
		}
		d.syncNames(d.name(path))
		return nil
	}, func() error {
		if d.random.IntN(2) == 0 {
			d.syncNames(d.name(path))
		}
		return nil
	})
}
