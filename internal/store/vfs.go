package store

import (
	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/util/vfsutil"
	"github.com/ncruces/go-sqlite3/vfs"
	"github.com/ncruces/go-sqlite3/vfs/adiantum"
)

// encryptedVFS is the name under which SQLite finds the VFS of this program.
const encryptedVFS = "huzheng"

func init() { vfs.Register(encryptedVFS, Encrypted(vfs.Find("os"))) }

// Encrypted is the VFS of this program over another one: encryption at rest (Adiantum), and a write-ahead log that a torn write leaves
// usable. Adiantum encrypts blocks of 4 KiB and cannot read a part of one, while the log's frames begin anywhere. Two things
// follow when a full disk or a power cut tears a write in the middle of a block, and are mended here:
//
//   - The log ends with part of a block. SQLite would ask for bytes that the log's size promises, get fewer, and refuse to open the database
//     for good. So the log's size is that of its whole blocks; the commit behind them was never acknowledged.
//   - The block of a failed write also held the end of a frame committed before, which is now unreadable. So the block
//     is put back as it was.
func Encrypted(base vfs.VFS) vfs.VFS { return adiantum.Wrap(wholeBlocks{base}, nil) }

// blockSize is what Adiantum encrypts at a time, in bytes.
const blockSize = 4096

type wholeBlocks struct{ vfs.VFS }

func (w wholeBlocks) Open(name string, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	if name == "" {
		return w.OpenFilename(nil, flags)
	}
	return nil, flags, sqlite3.CANTOPEN
}

// OpenFilename is what SQLite's driver calls.
func (w wholeBlocks) OpenFilename(name *vfs.Filename, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	file, flags, err := vfsutil.WrapOpenFilename(w.VFS, name, flags)
	if err == nil && flags&vfs.OPEN_WAL != 0 {
		file = &logFile{File: file}
	}
	return file, flags, err
}

// logFile is a write-ahead log. Adiantum reads and writes it block by block.
type logFile struct {
	vfs.File
	before [blockSize]byte
}

// Size is the file's size without the part of a block at its end.
func (f *logFile) Size() (int64, error) {
	size, err := f.File.Size()
	return size - size%blockSize, err
}

// WriteAt puts back what it found when a write fails.
func (f *logFile) WriteAt(block []byte, offset int64) (int, error) {
	held, _ := f.File.ReadAt(f.before[:], offset) // a new block holds nothing
	n, err := f.File.WriteAt(block, offset)
	if err != nil {
		_, _ = f.File.WriteAt(f.before[:held], offset) // the first error is what SQLite has to know
	}
	return n, err
}
