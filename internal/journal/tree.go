package journal

import (
	"crypto/sha256"
	"fmt"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"
)

// frontier is the state of an RFC 6962 tree that is enough to extend it and to know its root: the roots of its
// perfect subtrees, largest first. It has as many hashes as the size has one-bits.
type frontier struct {
	size   int64
	hashes []tlog.Hash
}

func parseFrontier(size int64, raw []byte) (frontier, error) {
	f := frontier{size: size}
	if len(raw) != tlog.HashSize*bits.OnesCount64(uint64(size)) {
		return f, fmt.Errorf("journal: a frontier of %d bytes does not fit a tree of %d", len(raw), size)
	}
	for ; len(raw) > 0; raw = raw[tlog.HashSize:] {
		f.hashes = append(f.hashes, tlog.Hash(raw[:tlog.HashSize]))
	}
	return f, nil
}

func (f *frontier) bytes() []byte {
	raw := make([]byte, 0, tlog.HashSize*len(f.hashes))
	for _, h := range f.hashes {
		raw = append(raw, h[:]...)
	}
	return raw
}

func (f *frontier) clone() frontier {
	return frontier{size: f.size, hashes: append([]tlog.Hash(nil), f.hashes...)}
}

// add appends one leaf.
func (f *frontier) add(leaf tlog.Hash) {
	h := leaf
	for n := f.size; n&1 == 1; n >>= 1 {
		last := len(f.hashes) - 1
		h = tlog.NodeHash(f.hashes[last], h)
		f.hashes = f.hashes[:last]
	}
	f.hashes = append(f.hashes, h)
	f.size++
}

// root is the tree's Merkle tree hash (RFC 6962, 2.1).
func (f *frontier) root() tlog.Hash {
	if f.size == 0 {
		return sha256.Sum256(nil)
	}
	root := f.hashes[len(f.hashes)-1]
	for i := len(f.hashes) - 2; i >= 0; i-- {
		root = tlog.NodeHash(f.hashes[i], root)
	}
	return root
}
