package store

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"filippo.io/age"
)

// ErrNoBlob means that a blob is not here (yet).
var ErrNoBlob = errors.New("store: no such blob")

// FileSystem is what the blob store and the disk road need of a file system. The operating system's is OS; tests put
// one there that forgets what was not synced, fails a call, or tears a write.
type FileSystem interface {
	MkdirAll(path string) error
	Create(path string) (File, error) // makes or empties a file for writing
	Open(path string) (io.ReadCloser, error)
	Rename(from, to string) error
	Remove(path string) error
	ReadDir(path string) ([]fs.DirEntry, error)
	Stat(path string) (fs.FileInfo, error)
	SyncDir(path string) error // makes creations, renames and removals in a folder durable
}

// File is a file being written.
type File interface {
	io.WriteCloser
	Sync() error
}

// OS is the operating system's file system.
type OS struct{}

// MkdirAll makes a folder and its parents, readable by this account alone.
func (OS) MkdirAll(path string) error { return os.MkdirAll(path, 0o700) }

// Create makes or empties a file for writing, readable by this account alone.
func (OS) Create(path string) (File, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
}

// Open opens a file for reading.
func (OS) Open(path string) (io.ReadCloser, error) { return os.Open(path) }

// Rename replaces to by from.
func (OS) Rename(from, to string) error { return os.Rename(from, to) }

// Remove removes a file or an empty folder.
func (OS) Remove(path string) error { return os.Remove(path) }

// ReadDir lists a folder by name.
func (OS) ReadDir(path string) ([]fs.DirEntry, error) { return os.ReadDir(path) }

// Stat describes a file.
func (OS) Stat(path string) (fs.FileInfo, error) { return os.Stat(path) }

// SyncDir makes the names in a folder durable.
func (OS) SyncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

// WriteDurably writes a file so that after a crash there is the old one or the whole new one, in folders that are there too:
// temporary name of its own, sync, rename, sync of the folder. A crash may leave a temporary file, "*.tmp", behind.
func WriteDurably(files FileSystem, path string, write func(io.Writer) error) error {
	if err := MakeDurably(files, filepath.Dir(path)); err != nil {
		return err
	}
	return replaceDurably(files, path, write)
}

// replaceDurably writes a file in a folder that is there for good.
func replaceDurably(files FileSystem, path string, write func(io.Writer) error) error {
	mark := make([]byte, 8) // two processes may write one file at the same time
	if _, err := rand.Read(mark); err != nil {
		return err
	}
	temporary := fmt.Sprintf("%s.%x.tmp", path, mark)
	if err := writeSynced(files, temporary, write); err != nil {
		_ = files.Remove(temporary)
		return err
	}
	if err := files.Rename(temporary, path); err != nil {
		_ = files.Remove(temporary)
		return err
	}
	return files.SyncDir(filepath.Dir(path))
}

// MakeDurably makes a folder and its parents so that they are there after a crash. Where it fails it takes back what it
// made, so that the next attempt does not take a folder for durable that is not.
func MakeDurably(files FileSystem, path string) error {
	missing, err := missingFolders(files, path)
	if err != nil || len(missing) == 0 {
		return err
	}
	err = files.MkdirAll(path)
	for _, folder := range missing {
		if err == nil {
			err = files.SyncDir(filepath.Dir(folder))
		}
	}
	if err != nil {
		for _, folder := range missing {
			_ = files.Remove(folder)
		}
	}
	return err
}

// missingFolders lists a folder and its parents as far as they are not there, deepest first.
func missingFolders(files FileSystem, path string) ([]string, error) {
	var missing []string
	for {
		_, err := files.Stat(path)
		if err == nil {
			return missing, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		missing = append(missing, path)
		path = filepath.Dir(path)
	}
}

func writeSynced(files FileSystem, path string, write func(io.Writer) error) error {
	file, err := files.Create(path)
	if err != nil {
		return err
	}
	if err := write(file); err != nil {
		file.Close()
		return err
	}
	if err := file.Sync(); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}

// Blobs keeps content-addressed bytes in a folder, each file encrypted with age to the node's own identity.
type Blobs struct {
	dir      string
	files    FileSystem
	identity *age.X25519Identity
	durable  sync.Map // folders under dir that are there for good
}

// NewBlobs keeps blobs under dir.
func NewBlobs(files FileSystem, dir string, identity *age.X25519Identity) *Blobs {
	return &Blobs{dir: filepath.Clean(dir), files: files, identity: identity}
}

// Recipient is the node's own age recipient.
func (b *Blobs) Recipient() *age.X25519Recipient { return b.identity.Recipient() }

// Identity is the node's own age identity.
func (b *Blobs) Identity() *age.X25519Identity { return b.identity }

func (b *Blobs) path(digest string) (string, error) {
	if raw, err := hex.DecodeString(digest); err != nil || len(raw) != sha256.Size {
		return "", fmt.Errorf("store: %q is not a blob's name", digest)
	}
	return filepath.Join(b.dir, digest[:2], digest[2:4], digest), nil
}

// Put stores the content durably and returns its name, the hex SHA-256 of the plain bytes. What is there already
// is not written again.
func (b *Blobs) Put(content []byte) (string, error) {
	sum := sha256.Sum256(content)
	digest := hex.EncodeToString(sum[:])
	return digest, b.PutNamed(digest, bytes.NewReader(content))
}

// PutNamed stores what content yields when it hashes to digest, and nothing otherwise.
func (b *Blobs) PutNamed(digest string, content io.Reader) error {
	path, err := b.path(digest)
	if err != nil {
		return err
	}
	if err := b.makeFolder(filepath.Dir(path)); err != nil {
		return err
	}
	if b.Has(digest) {
		if _, err := io.Copy(io.Discard, content); err != nil {
			return err
		}
		return b.files.SyncDir(filepath.Dir(path)) // whoever wrote it may not have come so far
	}
	return replaceDurably(b.files, path, func(w io.Writer) error {
		sealed, err := age.Encrypt(w, b.identity.Recipient())
		if err != nil {
			return err
		}
		sum := sha256.New()
		if _, err := io.Copy(io.MultiWriter(sealed, sum), content); err != nil {
			return err
		}
		if got := hex.EncodeToString(sum.Sum(nil)); got != digest {
			return fmt.Errorf("store: blob %s has content %s", digest, got)
		}
		return sealed.Close()
	})
}

// makeFolder makes a blob's folder durable, once for each folder in the life of the process: that it is there does not mean that whoever
// made it has synced it yet.
func (b *Blobs) makeFolder(folder string) error {
	if _, ok := b.durable.Load(folder); ok {
		return nil
	}
	if folder == b.dir {
		if err := MakeDurably(b.files, filepath.Dir(folder)); err != nil {
			return err
		}
	} else if err := b.makeFolder(filepath.Dir(folder)); err != nil {
		return err
	}
	if err := b.files.MkdirAll(folder); err != nil {
		return err
	}
	if err := b.files.SyncDir(filepath.Dir(folder)); err != nil {
		return err
	}
	b.durable.Store(folder, true)
	return nil
}

// Has tells whether a blob is here.
func (b *Blobs) Has(digest string) bool {
	path, err := b.path(digest)
	if err != nil {
		return false
	}
	_, err = b.files.Stat(path)
	return err == nil
}

// Size is the length of a blob's plain bytes, from the length of its file: what age's format adds is fixed by it.
func (b *Blobs) Size(digest string) (int64, error) {
	path, err := b.path(digest)
	if err != nil {
		return 0, err
	}
	info, err := b.files.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("%w: %s", ErrNoBlob, digest)
	}
	if err != nil {
		return 0, err
	}
	header, err := b.headerSize(path)
	if err != nil {
		return 0, fmt.Errorf("store: blob %s: %w", digest, err)
	}
	const nonce, chunk, tag = 16, 64 << 10, 16 // age-encryption.org/v1, "Payload"
	payload := info.Size() - header - nonce
	chunks := (payload + chunk + tag - 1) / (chunk + tag)
	return payload - chunks*tag, nil
}

// headerSize is the length of an age file's header: up to and with the line that starts with "--- ".
func (b *Blobs) headerSize(path string) (size int64, err error) {
	file, err := b.files.Open(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	r := bufio.NewReader(file)
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return 0, err
		}
		if size += int64(len(line)); strings.HasPrefix(line, "--- ") {
			return size, nil
		}
	}
}

// Open reads a blob. It returns ErrNoBlob when it is not here.
func (b *Blobs) Open(digest string) (io.ReadCloser, error) {
	path, err := b.path(digest)
	if err != nil {
		return nil, err
	}
	file, err := b.files.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s", ErrNoBlob, digest)
	}
	if err != nil {
		return nil, err
	}
	plain, err := age.Decrypt(file, b.identity)
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("store: blob %s: %w", digest, err)
	}
	return struct {
		io.Reader
		io.Closer
	}{plain, file}, nil
}

// Get reads a whole blob and checks it against its name.
func (b *Blobs) Get(digest string) ([]byte, error) {
	r, err := b.Open(digest)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	content, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("store: blob %s: %w", digest, err)
	}
	if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != digest {
		return nil, fmt.Errorf("store: blob %s is damaged", digest)
	}
	return content, nil
}

// Remove deletes a blob; one that is not here is no error.
func (b *Blobs) Remove(digest string) error {
	path, err := b.path(digest)
	if err != nil {
		return err
	}
	if err := b.files.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
