package exchange

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/huzheng/huzheng/internal/store"
)

// pieces is a file on its way in over the network, named by its SHA-256. Each attempt writes a file of its own from the byte where the
// ones before ended, so that any process that shares the spool can go on, and two attempts at once harm nothing.
type pieces struct {
	files  store.FileSystem
	dir    string
	digest string
}

type piece struct {
	path     string
	from, to int64
}

func (n *Node) pieces(node, digest string) (*pieces, error) {
	if raw, err := hex.DecodeString(digest); err != nil || len(raw) != sha256.Size {
		return nil, fmt.Errorf("exchange: %q is not a digest", digest)
	}
	return &pieces{files: n.Files, dir: filepath.Join(n.Dir, "in", node), digest: digest}, nil
}

// all lists the pieces by their start, longest first.
func (p *pieces) all() ([]piece, error) {
	entries, err := p.files.ReadDir(p.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var found []piece
	for _, e := range entries {
		parts := strings.Split(e.Name(), ".")
		if len(parts) != 3 || parts[0] != p.digest {
			continue
		}
		from, err := strconv.ParseInt(parts[1], 10, 64)
		if err != nil {
			continue
		}
		path := filepath.Join(p.dir, e.Name())
		info, err := p.files.Stat(path)
		if err != nil {
			continue // removed by another process
		}
		found = append(found, piece{path: path, from: from, to: from + info.Size()})
	}
	slices.SortFunc(found, func(a, b piece) int {
		if a.from != b.from {
			return int(min(max(a.from-b.from, -1), 1))
		}
		return int(min(max(b.to-a.to, -1), 1))
	})
	return found, nil
}

// held chooses the pieces that cover the file from its start and tells how far.
func (p *pieces) held() (cover []piece, size int64, err error) {
	all, err := p.all()
	for _, one := range all {
		if one.from <= size && one.to > size {
			cover = append(cover, one)
			size = one.to
		}
	}
	return cover, size, err
}

// add writes what r yields as the piece from an offset. What came before r failed is kept.
func (p *pieces) add(offset int64, r io.Reader) error {
	if err := p.files.MkdirAll(p.dir); err != nil {
		return err
	}
	mark, err := uuid.NewV7()
	if err != nil {
		return err
	}
	file, err := p.files.Create(filepath.Join(p.dir, fmt.Sprintf("%s.%015d.%s", p.digest, offset, mark.String()[24:])))
	if err != nil {
		return err
	}
	_, err = io.Copy(file, r)
	return errors.Join(err, file.Sync(), file.Close())
}

// open reads the pieces as one file.
func (p *pieces) open() (io.ReadCloser, error) {
	cover, _, err := p.held()
	if err != nil {
		return nil, err
	}
	whole := &joined{}
	var at int64
	for _, one := range cover {
		file, err := p.files.Open(one.path)
		if err != nil {
			whole.Close()
			return nil, err
		}
		whole.files = append(whole.files, file)
		if _, err := io.CopyN(io.Discard, file, at-one.from); err != nil {
			whole.Close()
			return nil, err
		}
		whole.readers = append(whole.readers, io.LimitReader(file, one.to-at))
		at = one.to
	}
	whole.Reader = io.MultiReader(whole.readers...)
	return whole, nil
}

type joined struct {
	io.Reader
	readers []io.Reader
	files   []io.Closer
}

func (j *joined) Close() error {
	var errs []error
	for _, f := range j.files {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}

// whole tells whether the pieces are the file that the digest names.
func (p *pieces) whole() (bool, error) {
	r, err := p.open()
	if err != nil {
		return false, err
	}
	defer r.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, r); err != nil {
		return false, err
	}
	return hex.EncodeToString(sum.Sum(nil)) == p.digest, nil
}

// remove forgets the pieces.
func (p *pieces) remove() error {
	all, err := p.all()
	for _, one := range all {
		if e := p.files.Remove(one.path); e != nil && !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	return err
}
