package store

import (
	"database/sql"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/driver"
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
//
// The log is written frame by frame, each as a header of 24 bytes and a page, so that every block would be encrypted three times. Above the encryption
// what belongs together is therefore gathered first (frameLog).
func Encrypted(base vfs.VFS) vfs.VFS { return gathered{adiantum.Wrap(wholeBlocks{base}, nil)} }

// blockSize is what Adiantum encrypts at a time, in bytes.
const blockSize = 4096

type wholeBlocks struct{ vfs.VFS }

func (w wholeBlocks) Open(name string, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	return openTemporary(w.OpenFilename, name, flags)
}

// openTemporary is Open of a VFS that opens files by OpenFilename: only a temporary file comes without a name.
func openTemporary(open func(*vfs.Filename, vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error), name string, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	if name == "" {
		return open(nil, flags)
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

type gathered struct{ vfs.VFS }

func (g gathered) Open(name string, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	return openTemporary(g.OpenFilename, name, flags)
}

// OpenFilename is what SQLite's driver calls.
func (g gathered) OpenFilename(name *vfs.Filename, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	file, flags, err := vfsutil.WrapOpenFilename(g.VFS, name, flags)
	if err == nil && flags&vfs.OPEN_WAL != 0 {
		file = &frameLog{File: file}
	}
	return file, flags, err
}

// The write-ahead log's format (https://sqlite.org/fileformat2.html, 4.1), with pages of SQLite's default size.
const (
	logHeader   = 32
	frameHeader = 24
	frameSize   = frameHeader + blockSize
	commitMark  = 4         // in a frame's header: 4 bytes, the size of the database after the commit; 0: more frames follow
	maxGathered = 256 << 10 // bytes held back
)

// frameLog is a write-ahead log that holds the frames of a commit back and passes them on in few writes. It does so while the connection that it belongs
// to runs COMMIT, and only then: SQLite then writes every frame in one go, and either all of them count or none. Frames that leave the cache before, whose
// transaction may still be rolled back while others write, go through at once. What is held back is passed on as soon as the frame that commits is
// whole, and before anything else is done with the file: a read, a sync, asking its size. So nobody can see less of the file than without it.
type frameLog struct {
	vfs.File
	gathering bool
	held      []byte
	at        int64 // offset of held
	end       int64 // how far this connection has written since it began the log anew
	folded    int64 // what end was when it was time to fold the log
	commit    bool  // the last of held is the header of the frame that commits, whose page comes next
}

// gather begins to hold frames back.
func (f *frameLog) gather() { f.gathering = true }

// release ends it after COMMIT. Where COMMIT failed on its way, what is still held back belongs to no transaction any more.
func (f *frameLog) release() { f.gathering, f.held, f.commit = false, f.held[:0], false }

// grown tells, once, that the log has become so much longer that it is time to fold it.
func (f *frameLog) grown() bool {
	if f.end < f.folded {
		f.folded = 0 // it has begun anew
	}
	if f.end-f.folded < foldEvery {
		return false
	}
	f.folded = f.end
	return true
}

// WriteAt holds frames back. Only what begins with the header of a new frame is: what SQLite writes otherwise goes through as it is.
func (f *frameLog) WriteAt(p []byte, offset int64) (int, error) {
	if !f.gathering || (len(f.held) > 0 && offset != f.at+int64(len(f.held))) {
		if err := f.flush(); err != nil {
			return 0, err
		}
	}
	fresh := offset >= f.end
	if f.end = max(f.end, offset+int64(len(p))); offset == 0 {
		f.end = int64(len(p))
	}
	header := len(p) == frameHeader && offset >= logHeader && (offset-logHeader)%frameSize == 0
	if len(f.held) == 0 {
		if !f.gathering || !fresh || !header {
			return f.File.WriteAt(p, offset)
		}
		f.at = offset
	}
	whole := f.commit
	f.held = append(f.held, p...)
	f.commit = header && [4]byte(p[commitMark:]) != [4]byte{}
	if whole || len(f.held) >= maxGathered {
		return len(p), f.flush()
	}
	return len(p), nil
}

// flush passes on what is held back.
func (f *frameLog) flush() error {
	if len(f.held) == 0 {
		return nil
	}
	_, err := f.File.WriteAt(f.held, f.at)
	f.held, f.commit = f.held[:0], false
	return err
}

// ReadAt reads what was written, too.
func (f *frameLog) ReadAt(p []byte, offset int64) (int, error) {
	if err := f.flush(); err != nil {
		return 0, err
	}
	return f.File.ReadAt(p, offset)
}

// Sync makes what was written durable.
func (f *frameLog) Sync(flags vfs.SyncFlag) error {
	if err := f.flush(); err != nil {
		return err
	}
	return f.File.Sync(flags)
}

// Size is the size with what was written.
func (f *frameLog) Size() (int64, error) {
	if err := f.flush(); err != nil {
		return 0, err
	}
	return f.File.Size()
}

// Truncate cuts the file after what was written.
func (f *frameLog) Truncate(size int64) error {
	if err := f.flush(); err != nil {
		return err
	}
	return f.File.Truncate(size)
}

// logOf finds the write-ahead log of an SQLite connection; nil: it is none of this program's.
func logOf(conn *sql.Conn) (log *frameLog, err error) {
	err = conn.Raw(func(raw any) error {
		connection, ok := raw.(driver.Conn)
		if !ok {
			return nil
		}
		file, err := connection.Raw().FileControl("main", sqlite3.FCNTL_JOURNAL_POINTER)
		log, _ = file.(*frameLog)
		return err
	})
	return log, err
}
