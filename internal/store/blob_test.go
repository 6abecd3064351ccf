package store_test

import (
	"bytes"
	"context"
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
	"testing"

	"filippo.io/age"
	"github.com/huzheng/huzheng/internal/store"
	"pgregory.net/rapid"
)

func dirFS(config store.Config) fs.FS { return os.DirFS(filepath.Dir(config.SQLite)) }

func newBlobs(t testing.TB, dir string) *store.Blobs {
	t.Helper()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return store.NewBlobs(store.OS{}, dir, identity)
}

// filesIn lists the files below a folder.
func filesIn(t testing.TB, dir string) (paths []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

func TestBlobsComeBack(t *testing.T) {
	blobs := newBlobs(t, filepath.Join(t.TempDir(), "made", "on", "demand"))
	rapid.Check(t, func(t *rapid.T) {
		content := bytes.Repeat(rapid.SliceOf(rapid.Byte()).Draw(t, "content"), rapid.SampledFrom([]int{1, 2, 5000, 70_000}).Draw(t, "times"))
		digest, err := blobs.Put(content)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(content)
		if digest != hex.EncodeToString(sum[:]) || !blobs.Has(digest) {
			t.Fatalf("%s", digest)
		}
		if got, err := blobs.Get(digest); err != nil || !bytes.Equal(got, content) {
			t.Fatalf("%d bytes of %d: %v", len(got), len(content), err)
		}
		if size, err := blobs.Size(digest); err != nil || size != int64(len(content)) {
			t.Fatalf("size %d of %d: %v", size, len(content), err)
		}
		again, err := blobs.Put(content)
		if err != nil || again != digest {
			t.Fatal(err)
		}
	})
}

func TestBlobsAreSealedAtRest(t *testing.T) {
	dir := t.TempDir()
	blobs := newBlobs(t, dir)
	digest, err := blobs.Put([]byte("李小龙"))
	if err != nil {
		t.Fatal(err)
	}
	paths := filesIn(t, dir)
	if len(paths) != 1 {
		t.Fatalf("%v", paths)
	}
	content, err := os.ReadFile(paths[0])
	if err != nil || bytes.Contains(content, []byte("李小龙")) {
		t.Error("the blob lies open")
	}
	if _, err := newBlobs(t, dir).Get(digest); err == nil || errors.Is(err, store.ErrNoBlob) {
		t.Errorf("another node's identity: %v", err)
	}
}

func TestBlobsThatAreWrong(t *testing.T) {
	dir := t.TempDir()
	blobs := newBlobs(t, dir)
	digest, err := blobs.Put(bytes.Repeat([]byte("photo"), 40_000))
	if err != nil {
		t.Fatal(err)
	}
	none := strings.Repeat("0", 64)
	if err := blobs.PutNamed(none, strings.NewReader("photo")); err == nil || blobs.Has(none) {
		t.Errorf("a blob under another's name: %v", err)
	}
	if err := blobs.PutNamed(none, io.MultiReader(strings.NewReader("x"), brokenReader{})); err == nil || blobs.Has(none) {
		t.Errorf("half a blob: %v", err)
	}
	if n := len(filesIn(t, dir)); n != 1 {
		t.Errorf("%d files lie there", n)
	}
	for _, name := range []string{"", "ab", "../../../etc/passwd", strings.Repeat("g", 64), none + "00"} {
		if blobs.Has(name) {
			t.Errorf("has %q", name)
		}
		if _, err := blobs.Open(name); err == nil {
			t.Errorf("opened %q", name)
		}
		if err := blobs.PutNamed(name, strings.NewReader("")); err == nil {
			t.Errorf("stored %q", name)
		}
		if err := blobs.Remove(name); err == nil {
			t.Errorf("removed %q", name)
		}
	}
	if _, err := blobs.Get(none); !errors.Is(err, store.ErrNoBlob) {
		t.Error(err)
	}
	if _, err := blobs.Size(none); !errors.Is(err, store.ErrNoBlob) {
		t.Error(err)
	}
	path := filesIn(t, dir)[0]
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []int{0, 30, len(whole) / 2, len(whole) - 1} {
		damaged := bytes.Clone(whole)
		damaged[at] ^= 1
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := blobs.Get(digest); err == nil {
			t.Errorf("damage at byte %d was not seen", at)
		}
		if err := os.WriteFile(path, whole[:at], 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := blobs.Get(digest); err == nil {
			t.Errorf("a file of %d bytes was not seen to be cut", at)
		}
	}
	if err := blobs.Remove(digest); err != nil || blobs.Has(digest) {
		t.Error(err)
	}
	if err := blobs.Remove(digest); err != nil {
		t.Errorf("removed twice: %v", err)
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("broken") }

// Several processes may store one blob at the same time.
func TestOneBlobByMany(t *testing.T) {
	dir := t.TempDir()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		blobs := store.NewBlobs(store.OS{}, dir, identity)
		wg.Go(func() {
			for i := range 10 {
				content := bytes.Repeat(fmt.Appendf(nil, "photo %d", i), 20_000)
				digest, err := blobs.Put(content)
				if err != nil {
					t.Error(err)
					return
				}
				if got, err := blobs.Get(digest); err != nil || !bytes.Equal(got, content) {
					t.Errorf("photo %d: %v", i, err)
				}
			}
		})
	}
	wg.Wait()
	if paths := filesIn(t, dir); len(paths) != 10 {
		t.Errorf("%d files for ten blobs: %v", len(paths), paths)
	}
}

func TestWriteDurably(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a", "b", "file")
	text := func(s string) func(io.Writer) error {
		return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
	}
	for _, content := range []string{"first", "second, and longer", ""} {
		if err := store.WriteDurably(store.OS{}, path, text(content)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != content {
			t.Errorf("%q %v", got, err)
		}
	}
	failed := errors.New("failed")
	if err := store.WriteDurably(store.OS{}, path, func(w io.Writer) error { return errors.Join(text("half")(w), failed) }); !errors.Is(err, failed) {
		t.Error(err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "" || len(filesIn(t, dir)) != 1 {
		t.Errorf("%q %v", got, err)
	}
	if err := store.WriteDurably(store.OS{}, filepath.Join(path, "below a file"), text("")); err == nil {
		t.Error("a folder where a file is")
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v: others may read it", info.Mode())
	}
}

// The log of SQLite may end in the middle of a block when the machine went down.
func TestLogThatEndsInTheMiddleOfABlock(t *testing.T) {
	config := store.Config{SQLite: filepath.Join(t.TempDir(), "node.db"), Key: bytes.Repeat([]byte{7}, store.KeySize)}
	db, err := store.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Migrate(t.Context(), people()); err != nil {
		t.Fatal(err)
	}
	exec(t, db, "insert into person(unit, id, name) values('a', 1, '李')")
	torn := store.Config{SQLite: filepath.Join(t.TempDir(), "node.db"), Key: config.Key}
	for _, suffix := range []string{"", "-wal"} { // as the machine's end leaves them, with the database open
		content, err := os.ReadFile(config.SQLite + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if suffix == "-wal" {
			content = append(content, bytes.Repeat([]byte{1}, 1234)...)
		}
		if err := os.WriteFile(torn.SQLite+suffix, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := store.Open(context.Background(), torn)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if n := count(t, again, "select count(*) from person"); n != 1 {
		t.Errorf("%d rows", n)
	}
}
