// Package cardreader speaks with the security module (SAM_V) that every licensed card reader holds, by the "SDT" command set: as the host
// (Reader) and as the module (Module, for tests, training and other people's software). It is given a connection, a serial line or TCP, and a
// clock, and opens nothing itself. docs/formats/reader.md describes the protocol.
package cardreader

import (
	"bytes"
	"encoding/binary"
)

// preamble begins every frame, in both directions.
var preamble = []byte{0xAA, 0xAA, 0xAA, 0x96, 0x69}

// A frame is the preamble, two bytes of length (high byte first), the content, and a check byte. The length counts content and check byte.
const (
	headSize   = 7
	maxAnswer  = 4096 // longest length believed; the longest known is 2,314 (text, photograph, two fingerprints)
	minAnswer  = 4    // three bytes of status and the check byte
	maxRequest = 64
	minRequest = 3 // command, parameter, check byte
)

// Command is a command and its parameter.
type Command [2]byte

// The commands.
var (
	cmdReset       = Command{0x10, 0xFF}
	cmdStatus      = Command{0x11, 0xFF}
	cmdModule      = Command{0x12, 0xFF}
	cmdFind        = Command{0x20, 0x01}
	cmdSelect      = Command{0x20, 0x02}
	cmdBase        = Command{0x30, 0x01}
	cmdAddress     = Command{0x30, 0x03}
	cmdFingerprint = Command{0x30, 0x10}
)

// cmdSpeed sets the speed of a serial line; its parameter is 0 to 4.
const cmdSpeed = 0x60

// frame wraps a content.
func frame(content ...[]byte) []byte {
	out := append([]byte(nil), preamble...)
	body := bytes.Join(content, nil)
	out = binary.BigEndian.AppendUint16(out, uint16(len(body)+1))
	out = append(out, body...)
	return append(out, xor(out[len(preamble):]))
}

// xor is the check byte: over everything behind the preamble, the length included.
func xor(b []byte) (check byte) {
	for _, c := range b {
		check ^= c
	}
	return check
}

// fault says what was wrong with the bytes before a frame, or in its place.
type fault int

const (
	noFault fault = iota
	noise         // bytes that belong to no frame
	badLength
	badCheck
)

// scan looks for the first whole frame. It gives the content, what stands behind it, and the worst fault met before. Without a frame, content is
// nil and rest is what may still become one: never more than one frame of the longest length. A preamble whose frame is not complete may be
// chance in noise; so when nothing has come for a while (late), frames behind it count too.
func scan(buf []byte, shortest, longest int, late bool) (content, rest []byte, worst fault) {
	keep := -1 // the first frame that is not complete
	for at := 0; ; at++ {
		i := bytes.Index(buf[at:], preamble)
		if i < 0 {
			break
		}
		if i > 0 && keep < 0 {
			worst = max(worst, noise)
		}
		at += i
		f := buf[at:]
		length := 0
		if len(f) >= headSize {
			if length = int(binary.BigEndian.Uint16(f[len(preamble):])); length < shortest || length > longest {
				worst = max(worst, badLength)
				continue
			}
		}
		if len(f) < headSize+length || length == 0 {
			if keep < 0 {
				keep = at
			}
			if !late {
				break
			}
			continue
		}
		if f = f[:headSize+length]; xor(f[len(preamble):]) != 0 {
			worst = max(worst, badCheck)
			continue
		}
		return f[headSize : len(f)-1], buf[at+len(f):], worst
	}
	if keep < 0 {
		keep = max(0, len(buf)-len(preamble)+1) // the end may be the beginning of a preamble
		for keep < len(buf) && !bytes.HasPrefix(preamble, buf[keep:]) {
			keep++
		}
		if keep > 0 {
			worst = max(worst, noise)
		}
	}
	return nil, buf[keep:], worst
}
