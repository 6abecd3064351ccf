package cardreader

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"
)

// Port is the connection to a module: a serial line, or TCP to a bridge. A read or write past the deadline ends with an error whose Timeout
// method says so, as those of files and network connections do.
type Port interface {
	io.ReadWriteCloser
	SetDeadline(time.Time) error
}

// Options are a reader's limits; what is zero has its default.
type Options struct {
	Now  func() time.Time // required
	Find time.Duration    // for an answer to find, select and the like: 1 s
	Read time.Duration    // for an answer with a card's content: 3 s
	Gap  time.Duration    // silence after which a frame that began is no longer waited for alone: 300 ms
}

// Reader is the host's side. It is for one goroutine.
type Reader struct {
	port    Port
	options Options
	dirty   bool // an answer that nobody waits for may still come
}

// New makes a reader on a connection that is open.
func New(port Port, o Options) *Reader {
	or := func(d, standard time.Duration) time.Duration {
		if d > 0 {
			return d
		}
		return standard
	}
	o.Find, o.Read, o.Gap = or(o.Find, time.Second), or(o.Read, 3*time.Second), or(o.Gap, 300*time.Millisecond)
	return &Reader{port: port, options: o, dirty: true}
}

// Sizes of what a card holds, in bytes.
const (
	TextSize    = 256
	PhotoSize   = 1024
	AddressSize = 70
)

// Base is what a card holds of its holder: the text record (internal/card/chip), and the photograph in the ministry's own coding (WLT), which this
// program passes on and cannot show.
type Base struct {
	Text  [TextSize]byte
	Photo [PhotoSize]byte
}

// Reset restarts the module.
func (r *Reader) Reset() error {
	_, err := r.ask(cmdReset, r.options.Find, 0)
	return err
}

// Status asks whether the module works.
func (r *Reader) Status() error {
	_, err := r.ask(cmdStatus, r.options.Find, 0)
	return err
}

// SAM is a module's number (SAM id), as it gave it.
type SAM []byte

// String is the number as readers print it: two numbers, date, and two running numbers. That these are its parts is UNCONFIRMED; a number of
// another length is given in hex.
func (m SAM) String() string {
	if len(m) != 16 {
		return hex.EncodeToString(m)
	}
	u32 := func(i int) uint32 { return binary.LittleEndian.Uint32(m[i:]) }
	return fmt.Sprintf("%02d.%02d-%d-%010d-%010d", binary.LittleEndian.Uint16(m), binary.LittleEndian.Uint16(m[2:]), u32(4), u32(8), u32(12))
}

// SAM asks for the module's number.
func (r *Reader) SAM() (SAM, error) { return r.ask(cmdModule, r.options.Find, -1) }

// Find looks for a card and gives its issuer number (IIN). After a card has been read it finds none until the card has been taken away.
func (r *Reader) Find() (iin [4]byte, err error) {
	data, err := r.ask(cmdFind, r.options.Find, len(iin))
	copy(iin[:], data)
	return iin, err
}

// Select chooses the card that was found and gives its serial number (SN).
func (r *Reader) Select() (sn [8]byte, err error) {
	data, err := r.ask(cmdSelect, r.options.Find, len(sn))
	copy(sn[:], data)
	return sn, err
}

// ReadBase reads text and photograph of the card that was selected.
func (r *Reader) ReadBase() (*Base, error) {
	data, err := r.ask(cmdBase, r.options.Read, 4+TextSize+PhotoSize)
	if err != nil {
		return nil, err
	}
	if binary.BigEndian.Uint16(data) != TextSize || binary.BigEndian.Uint16(data[2:]) != PhotoSize {
		return nil, wayError("reader.unexpected", errors.New("other lengths of text and photograph"))
	}
	var b Base
	copy(b.Photo[:], data[4+copy(b.Text[:], data[4:]):])
	return &b, nil
}

// ReadAddresses reads the addresses that were added after a move (追加住址); none is no error.
func (r *Reader) ReadAddresses() ([][]byte, error) {
	data, err := r.ask(cmdAddress, r.options.Read, -1)
	var e *Error
	if errors.As(err, &e) && e.Status == statusEmpty {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if len(data) == 0 || len(data)%AddressSize != 0 {
		return nil, wayError("reader.unexpected", fmt.Errorf("%d bytes of addresses", len(data)))
	}
	var all [][]byte
	for ; len(data) > 0; data = data[AddressSize:] {
		all = append(all, data[:AddressSize:AddressSize])
	}
	return all, nil
}

// ask sends a command and gives the data of the answer, which must have a size; -1 takes any.
func (r *Reader) ask(c Command, timeout time.Duration, size int) ([]byte, error) {
	if r.dirty {
		if err := r.drain(); err != nil {
			return nil, err
		}
	}
	r.dirty = true
	deadline := r.options.Now().Add(timeout)
	if err := r.port.SetDeadline(deadline); err != nil {
		return nil, wayError("reader.closed", err)
	}
	if _, err := r.port.Write(frame(c[:])); err != nil {
		if timedOut(err) {
			return nil, wayError("reader.silent", err)
		}
		return nil, wayError("reader.closed", err)
	}
	content, rest, err := r.await(deadline)
	if err != nil {
		return nil, err
	}
	r.dirty = len(rest) > 0
	sw, data := content[:3], content[3:]
	good := byte(statusDone)
	if c == cmdFind {
		good = statusFound
	}
	switch {
	case sw[2] != good && (sw[2] == statusDone || sw[2] == statusFound):
		r.dirty = true
		return nil, wayError("reader.unexpected", fmt.Errorf("status %X", sw))
	case sw[2] != good:
		return nil, statusError(sw[2])
	case size >= 0 && len(data) != size:
		r.dirty = true
		return nil, wayError("reader.unexpected", fmt.Errorf("%d bytes, want %d", len(data), size))
	}
	return data, nil
}

// await collects bytes until they hold a whole answer or the deadline has passed. It keeps no more than one answer of the longest length.
func (r *Reader) await(deadline time.Time) (content, rest []byte, err error) {
	var buf []byte
	var chunk [1024]byte
	worst, any := noFault, false
	for {
		now := r.options.Now()
		if !now.Before(deadline) {
			return nil, nil, wayError(missing(worst, any, len(buf)), nil)
		}
		until := now.Add(r.options.Gap)
		if until.After(deadline) {
			until = deadline
		}
		if err := r.port.SetDeadline(until); err != nil {
			return nil, nil, wayError("reader.closed", err)
		}
		n, err := r.port.Read(chunk[:])
		any = any || n > 0
		content, rest, met := scan(append(buf, chunk[:n]...), minAnswer, maxAnswer, n == 0)
		worst = max(worst, met)
		if content != nil {
			return append([]byte(nil), content...), rest, nil
		}
		if err != nil && !timedOut(err) {
			return nil, nil, wayError("reader.closed", err)
		}
		buf = append([]byte(nil), rest...)
	}
}

// missing names why there is no answer when the time is up.
func missing(worst fault, any bool, begun int) string {
	switch {
	case !any:
		return "reader.silent"
	case worst == badCheck:
		return "reader.checksum"
	case worst == badLength:
		return "reader.length"
	case begun >= len(preamble):
		return "reader.incomplete"
	}
	return "reader.noise"
}

// What may be thrown away before a command, and how long it may take: a peer that never stops must not hold the reader.
const (
	drainBytes = 1 << 16
	drainTime  = 50 * time.Millisecond
	drainWait  = 2 * time.Millisecond
)

// drain throws away what has come and belongs to no command that is waited for.
func (r *Reader) drain() error {
	var chunk [1024]byte
	end := r.options.Now().Add(drainTime)
	for thrown := 0; thrown < drainBytes; {
		now := r.options.Now()
		if now.After(end) {
			return nil
		}
		if err := r.port.SetDeadline(now.Add(drainWait)); err != nil {
			return wayError("reader.closed", err)
		}
		n, err := r.port.Read(chunk[:])
		thrown += n
		if err != nil {
			if timedOut(err) {
				return nil
			}
			return wayError("reader.closed", err)
		}
	}
	return nil
}

func timedOut(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}
