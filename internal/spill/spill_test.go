package spill

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
)

// memory is a scratch file in memory; it fails once so many bytes were written.
type memory struct {
	data   []byte
	limit  int
	closed bool
}

func (m *memory) WriteAt(p []byte, at int64) (int, error) {
	if m.limit > 0 && int(at)+len(p) > m.limit {
		return 0, errors.New("full")
	}
	m.data = append(m.data[:at], p...)
	return len(p), nil
}

func (m *memory) ReadAt(p []byte, at int64) (int, error) { return copy(p, m.data[at:]), nil }
func (m *memory) Close() error                           { m.closed = true; return nil }

const testBuckets = 3

// fill adds lines to buckets in turn and returns what each should hold.
func fill(t *testing.T, s *Store, lines int) (want [testBuckets][]byte) {
	t.Helper()
	for i := range lines {
		line := fmt.Appendf(nil, "%d;", i)
		want[i%testBuckets] = append(want[i%testBuckets], line...)
		if err := s.Add(i%testBuckets, line); err != nil {
			t.Fatal(err)
		}
	}
	return want
}

// Whatever the budget, a bucket gives back what was added to it, in order; beyond the budget it waits in the file.
func TestStore(t *testing.T) {
	for _, budget := range []int64{0, 3 * blockSize, 1 << 30} {
		t.Run(fmt.Sprint(budget), func(t *testing.T) {
			file, made := &memory{}, 0
			s := NewBudget(budget, func() (File, error) { made++; return file, nil }).Store()
			want := fill(t, s, 100_000)
			if spilled := budget < 1<<30; spilled != (made == 1) || spilled != (len(file.data) > 0) {
				t.Errorf("%d files, %d bytes in it", made, len(file.data))
			}
			for _, keep := range []bool{true, false} {
				for bucket := range testBuckets {
					if n := s.Size(bucket); n != int64(len(want[bucket])) {
						t.Errorf("bucket %d: size %d, want %d", bucket, n, len(want[bucket]))
					}
					if got, err := s.Read(bucket, keep); err != nil || !bytes.Equal(got, want[bucket]) {
						t.Errorf("bucket %d: %d bytes, %v", bucket, len(got), err)
					}
				}
			}
			long := bytes.Repeat([]byte("长"), blockSize)
			if err := errors.Join(s.Add(0, []byte("a")), s.Add(0, long), s.Add(0, []byte("b"))); err != nil {
				t.Fatal(err)
			}
			if got, err := s.Read(0, false); err != nil || string(got) != "a"+string(long)+"b" {
				t.Errorf("longer than a block: %d bytes, %v", len(got), err)
			}
			if got, err := s.Read(1, false); err != nil || len(got) > 0 || s.Size(1) != 0 {
				t.Errorf("an emptied bucket holds %d bytes, %v", len(got), err)
			}
			if got, err := s.Read(s.Buckets()+1, false); err != nil || len(got) > 0 || s.Size(s.Buckets()+1) != 0 {
				t.Errorf("a bucket that is not there: %d bytes, %v", len(got), err)
			}
			if err := s.Close(); err != nil || file.closed != (made == 1) {
				t.Errorf("closed %v, %v", file.closed, err)
			}
		})
	}
}

func TestStoreFails(t *testing.T) {
	none := errors.New("no file")
	s := NewBudget(0, func() (File, error) { return nil, none }).Store()
	if err := errors.Join(s.Add(0, make([]byte, blockSize)), s.Add(0, []byte{1})); !errors.Is(err, none) {
		t.Errorf("no file: %v", err)
	}
	s = NewBudget(0, func() (File, error) { return &memory{limit: blockSize}, nil }).Store()
	var err error
	for range 3 {
		err = errors.Join(err, s.Add(0, make([]byte, blockSize)))
	}
	if err == nil {
		t.Error("a full disk is not told")
	}
}
