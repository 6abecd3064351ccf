package reconcile

import (
	"encoding/binary"
	"math"
)

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
