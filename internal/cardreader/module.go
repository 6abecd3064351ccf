package cardreader

import (
	"encoding/binary"
	"errors"
	"io"
	"sync"
	"time"
)

// Chip is a card as the simulator holds it.
type Chip struct {
	Base
	Addresses []byte // added addresses, 70 bytes each; none: empty
}

// Module plays a reader's security module: it answers as real ones do, so that software for them works with it unchanged. Cards are
// laid on one after the other; the last one again and again.
type Module struct {
	now   func() time.Time
	back  time.Duration
	cards []Chip

	mu    sync.Mutex
	at    int // the card that lies there
	step  step
	away  time.Time // when the card was read: it is taken away then, and the next is laid on after back
	reads int
}

type step int

const (
	laidOn step = iota
	found
	selected
	taken // read: to be found again it must be taken away
)

// NewModule makes a module. A card that has been read is taken away, and the next is laid on after back; zero: never.
func NewModule(now func() time.Time, back time.Duration, cards ...Chip) *Module {
	return &Module{now: now, back: back, cards: cards}
}

// Reads is how often a card has been read.
func (m *Module) Reads() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.reads
}

// requestGap is how long the module waits for the rest of a command.
const requestGap = 500 * time.Millisecond

// Serve answers commands until the connection ends, and returns nil then. It keeps no more than one command.
func (m *Module) Serve(port Port) error {
	var buf []byte
	var chunk [256]byte
	for {
		var until time.Time
		if len(buf) > 0 {
			until = m.now().Add(requestGap)
		}
		if err := port.SetDeadline(until); err != nil {
			return err
		}
		n, err := port.Read(chunk[:])
		buf = append(buf, chunk[:n]...)
		if len(buf) > 0 && timedOut(err) {
			buf, err = nil, nil // the command that began does not go on
		}
		if buf = m.answerAll(port, buf); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
}

// answerAll answers every whole command in buf and gives what is left.
func (m *Module) answerAll(w Port, buf []byte) []byte {
	for {
		content, rest, worst := scan(buf, minRequest, maxRequest, false)
		answer := []byte(nil)
		switch {
		case content != nil:
			answer = m.Answer(content)
		case worst == badLength:
			answer = status(statusLength)
		case worst == badCheck:
			answer = status(statusChecksum)
		}
		if answer != nil {
			_ = w.SetDeadline(m.now().Add(time.Second)) // one that does not take its answers loses them
			if _, err := w.Write(answer); err != nil {
				return nil
			}
		}
		if content == nil {
			return append([]byte(nil), rest...)
		}
		buf = rest
	}
}

// Answer gives the frame that answers a command's content: command, parameter, data.
func (m *Module) Answer(content []byte) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(content) < 2 {
		return status(statusLength)
	}
	switch c := Command(content[:2]); {
	case c == cmdReset:
		if m.step != taken {
			m.step = laidOn
		}
		return status(statusDone)
	case c == cmdStatus, c[0] == cmdSpeed && c[1] <= 4:
		return status(statusDone)
	case c == cmdModule:
		return status(statusDone, simulated)
	case c == cmdFind:
		return m.find()
	case c == cmdSelect:
		return m.choose()
	case c == cmdBase, c == cmdFingerprint, c == cmdAddress:
		return m.read(c)
	}
	return status(statusCommand)
}

// simulated is the simulator's number: no module has it.
var simulated = make([]byte, 16)

func status(sw3 byte, data ...[]byte) []byte {
	return frame(append([][]byte{{0, 0, sw3}}, data...)...)
}

func (m *Module) find() []byte {
	if m.step == taken && m.back > 0 && m.now().Sub(m.away) >= m.back {
		m.step, m.at = laidOn, min(m.at+1, len(m.cards)-1)
	}
	if m.step == taken || len(m.cards) == 0 {
		return status(statusNoCard)
	}
	m.step = found
	return status(statusFound, make([]byte, 4))
}

func (m *Module) choose() []byte {
	if m.step != found {
		return status(statusNoSelect)
	}
	m.step = selected
	return status(statusDone, make([]byte, 8))
}

// read gives what the card holds, while it is selected. Once text and photograph have been read it must be taken away; until then its other
// contents can still be read.
func (m *Module) read(c Command) []byte {
	if m.step != selected && m.step != taken {
		return status(statusReadFailed)
	}
	card := m.cards[m.at]
	if c == cmdAddress {
		if len(card.Addresses) == 0 {
			return status(statusEmpty)
		}
		return status(statusDone, card.Addresses)
	}
	if m.step != taken {
		m.step, m.away = taken, m.now()
		m.reads++
	}
	lengths := binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, TextSize), PhotoSize)
	if c == cmdFingerprint {
		lengths = append(lengths, 0, 0) // a card of 2004 has no fingerprints
	}
	return status(statusDone, lengths, card.Text[:], card.Photo[:])
}
