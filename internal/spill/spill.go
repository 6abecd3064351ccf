// Package spill keeps bytes in buckets for a while: in memory as long as a budget lasts, then in scratch files that the caller makes. So what a file of any size is
// compared by needs bounded memory.
package spill

import (
	"io"
	"sync"
	"sync/atomic"
)

// File is a scratch file that grows at its end.
type File interface {
	io.WriterAt
	io.ReaderAt
	io.Closer // and removes it
}

// blockSize is what a bucket collects before it moves to the scratch file.
const blockSize = 32 << 10

// firstTail is the room that a bucket begins with.
const firstTail = 2 << 10

// Budget is the memory that all its stores together may fill before they write to scratch files.
type Budget struct {
	left atomic.Int64
	file func() (File, error)
}

// NewBudget makes a budget of so many bytes. file makes a scratch file; every store has one at most.
func NewBudget(bytes int64, file func() (File, error)) *Budget {
	b := &Budget{file: file}
	b.left.Store(bytes)
	return b
}

// Store keeps bytes in buckets. What is added to one bucket comes back in the order in which it was added. Several goroutines may use it.
type Store struct {
	budget  *Budget
	mutex   sync.Mutex
	buckets []pile
	file    File
	end     int64
}

// Store makes an empty store.
func (b *Budget) Store() *Store { return &Store{budget: b} }

type pile struct {
	blocks []block
	tail   []byte
}

// block is full: in memory, or in the file.
type block struct {
	kept []byte
	at   int64
	size int
}

// Add adds bytes to a bucket.
func (s *Store) Add(bucket int, data []byte) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for bucket >= len(s.buckets) {
		s.buckets = append(s.buckets, make([]pile, len(s.buckets)+64)...)
	}
	b := &s.buckets[bucket]
	if len(b.tail) > 0 && len(b.tail)+len(data) > blockSize {
		if err := s.flush(b); err != nil {
			return err
		}
	}
	b.grow(len(data))
	b.tail = append(b.tail, data...)
	return nil
}

// grow makes room for so many more bytes. A bucket that has filled a block will fill another; others grow in few steps, because each copies what is there.
func (b *pile) grow(n int) {
	if cap(b.tail)-len(b.tail) >= n {
		return
	}
	size := max(4*cap(b.tail), firstTail)
	if len(b.blocks) > 0 {
		size = blockSize
	}
	tail := make([]byte, len(b.tail), max(min(size, blockSize), len(b.tail)+n))
	copy(tail, b.tail)
	b.tail = tail
}

// flush makes a block of what a bucket has collected.
func (s *Store) flush(b *pile) error {
	full := b.tail
	if s.budget.left.Add(-int64(cap(full))) >= 0 {
		b.blocks, b.tail = append(b.blocks, block{kept: full, size: len(full)}), nil
		return nil
	}
	s.budget.left.Add(int64(cap(full)))
	if s.file == nil {
		var err error
		if s.file, err = s.budget.file(); err != nil {
			return err
		}
	}
	if _, err := s.file.WriteAt(full, s.end); err != nil {
		return err
	}
	b.blocks = append(b.blocks, block{at: s.end, size: len(full)})
	s.end += int64(len(full))
	b.tail = full[:0]
	return nil
}

// Buckets is a number above that of every bucket that holds something.
func (s *Store) Buckets() int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return len(s.buckets)
}

// Size is how many bytes a bucket holds.
func (s *Store) Size(bucket int) (size int64) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if bucket >= len(s.buckets) {
		return 0
	}
	for _, k := range s.buckets[bucket].blocks {
		size += int64(k.size)
	}
	return size + int64(len(s.buckets[bucket].tail))
}

// Read returns what a bucket holds, and empties it unless it is to keep it.
func (s *Store) Read(bucket int, keep bool) ([]byte, error) {
	s.mutex.Lock()
	if bucket >= len(s.buckets) {
		s.mutex.Unlock()
		return nil, nil
	}
	b := s.buckets[bucket]
	if !keep {
		s.buckets[bucket] = pile{}
	}
	s.mutex.Unlock()
	size := len(b.tail)
	for _, k := range b.blocks {
		size += k.size
	}
	all := make([]byte, 0, size)
	for _, k := range b.blocks {
		if k.kept != nil {
			if all = append(all, k.kept...); !keep {
				s.budget.left.Add(int64(cap(k.kept)))
			}
			continue
		}
		n := len(all)
		all = all[:n+k.size]
		if _, err := s.file.ReadAt(all[n:], k.at); err != nil {
			return nil, err
		}
	}
	return append(all, b.tail...), nil
}

// Close closes the scratch file, if there is one.
func (s *Store) Close() error {
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	s.file = nil
	return err
}
