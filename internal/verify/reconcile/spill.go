package reconcile

import (
	"encoding/binary"
	"io"
	"math"
	"sync"
	"sync/atomic"
)

// Spill is a scratch file that grows at its end.
type Spill interface {
	io.WriterAt
	io.ReaderAt
	io.Closer // and removes it
}

// blockSize is what a bucket collects before it moves to the scratch file.
const blockSize = 32 << 10

// budget is the memory that all stores together may fill with text before they write to scratch files.
type budget struct {
	left  atomic.Int64
	spill func() (Spill, error)
}

// store keeps bytes in buckets, in memory as long as the budget lasts. What is added to one bucket comes back in the order in which it was added.
type store struct {
	budget  *budget
	mutex   sync.Mutex
	buckets []pile
	file    Spill
	end     int64
}

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

func (s *store) add(bucket int, data []byte) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for bucket >= len(s.buckets) {
		s.buckets = append(s.buckets, make([]pile, len(s.buckets)+64)...)
	}
	b := &s.buckets[bucket]
	b.tail = append(b.tail, data...)
	if len(b.tail) < blockSize {
		return nil
	}
	full := b.tail
	if s.budget.left.Add(-int64(cap(full))) >= 0 {
		b.blocks, b.tail = append(b.blocks, block{kept: full, size: len(full)}), nil
		return nil
	}
	s.budget.left.Add(int64(cap(full)))
	if s.file == nil {
		var err error
		if s.file, err = s.budget.spill(); err != nil {
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

// read returns what a bucket holds, and empties it unless it is to keep it.
func (s *store) read(bucket int, keep bool) ([]byte, error) {
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

func (s *store) close() error {
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	s.file = nil
	return err
}

// Records as bytes: never read by anyone but this run, so without a version.

func appendText(b []byte, text string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

func appendRecord(b []byte, r *Record) []byte {
	b = append(b, byte(r.Source))
	b = binary.AppendUvarint(b, uint64(r.Line))
	b = appendText(appendText(append(b, oldMark(r.Old)), r.ID), r.Unit)
	for i := range r.Value {
		b = appendText(b, r.Value[i])
	}
	return b
}

func oldMark(old bool) byte {
	if old {
		return 1
	}
	return 0
}

// textReader takes texts from a string, so that they share its memory.
type textReader struct{ rest string }

func (t *textReader) number() uint64 {
	n, shift := uint64(0), 0
	for i := range len(t.rest) {
		c := t.rest[i]
		n |= uint64(c&0x7f) << shift
		if shift += 7; c < 0x80 {
			t.rest = t.rest[i+1:]
			return n
		}
	}
	t.rest = ""
	return math.MaxUint64
}

func (t *textReader) text() string {
	n := t.number()
	v := t.rest[:n]
	t.rest = t.rest[n:]
	return v
}

func (t *textReader) byte() byte {
	c := t.rest[0]
	t.rest = t.rest[1:]
	return c
}

func (t *textReader) record(r *Record) {
	r.Source = Source(t.byte())
	r.Line = int(t.number())
	r.Old = t.byte() == 1
	r.ID, r.Unit = t.text(), t.text()
	for i := range r.Value {
		r.Value[i] = t.text()
	}
}
