package cardreader

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"runtime"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// limits are short, so that a test of silence is, and long enough for a peer that a busy machine lets wait.
var limits = Options{Now: time.Now, Find: 600 * time.Millisecond, Read: 1200 * time.Millisecond, Gap: 150 * time.Millisecond}

// line is a TCP connection to a peer that runs in a goroutine and is closed when it returns.
func line(t testing.TB, peer func(net.Conn)) *Reader {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		peer(conn)
	}()
	port, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		port.Close()
		listener.Close()
		<-done
	})
	return New(port, limits)
}

func card(name string) Chip {
	var c Chip
	copy(c.Text[:], name)
	copy(c.Photo[:], "no picture of anybody")
	return c
}

func TestTheFramesOfTheProtocol(t *testing.T) {
	for _, test := range []struct {
		got  []byte
		want string
	}{
		{frame(cmdReset[:]), "aaaaaa9669000310ffec"},
		{frame(cmdStatus[:]), "aaaaaa9669000311ffed"},
		{frame(cmdModule[:]), "aaaaaa9669000312ffee"},
		{frame(cmdFind[:]), "aaaaaa966900032001" + "22"},
		{frame(cmdSelect[:]), "aaaaaa966900032002" + "21"},
		{frame(cmdBase[:]), "aaaaaa966900033001" + "32"},
		{frame(cmdAddress[:]), "aaaaaa966900033003" + "30"},
		{frame(cmdFingerprint[:]), "aaaaaa966900033010" + "23"},
		{status(statusDone), "aaaaaa96690004000090" + "94"},
		{status(statusNoCard), "aaaaaa96690004000080" + "84"},
		{status(statusFound, make([]byte, 4)), "aaaaaa9669000800009f00000000" + "97"},
		{status(statusDone, make([]byte, 8)), "aaaaaa9669000c0000900000000000000000" + "9c"},
	} {
		if got := hex.EncodeToString(test.got); got != test.want {
			t.Errorf("%s, want %s", got, test.want)
		}
	}
}

func TestACardIsFoundSelectedAndReadInOrder(t *testing.T) {
	clock := time.Unix(1e9, 0)
	first, second := card("first"), card("second")
	second.Addresses = bytes.Repeat([]byte("x"), 2*AddressSize)
	m := NewModule(func() time.Time { return clock }, time.Second, first, second)
	ask := func(c Command) []byte { return m.Answer(c[:]) }
	expect := func(what string, got []byte, sw3 byte, size int) {
		t.Helper()
		if got[9] != sw3 || len(got) != size {
			t.Fatalf("%s: status %02X in %d bytes, want %02X in %d", what, got[9], len(got), sw3, size)
		}
	}
	expect("read before find", ask(cmdBase), 0x41, 11)
	expect("select before find", ask(cmdSelect), 0x81, 11)
	expect("find", ask(cmdFind), 0x9F, 15)
	expect("read before select", ask(cmdBase), 0x41, 11)
	expect("find again", ask(cmdFind), 0x9F, 15)
	expect("select", ask(cmdSelect), 0x90, 19)
	expect("no added address", ask(cmdAddress), 0x91, 11)
	base := ask(cmdBase)
	expect("read", base, 0x90, 1295)
	if !bytes.Equal(base[14:270], first.Text[:]) || !bytes.Equal(base[270:1294], first.Photo[:]) || !bytes.Equal(base[10:14], []byte{1, 0, 4, 0}) {
		t.Error("text or photograph are not in their places")
	}
	expect("with fingerprints", ask(cmdFingerprint), 0x90, 1297)
	expect("find while it lies there", ask(cmdFind), 0x80, 11)
	expect("reset does not take it away", ask(cmdReset), 0x90, 11)
	expect("find while it lies there", ask(cmdFind), 0x80, 11)
	expect("select while it lies there", ask(cmdSelect), 0x81, 11)
	clock = clock.Add(time.Second)
	expect("find the next", ask(cmdFind), 0x9F, 15)
	expect("select the next", ask(cmdSelect), 0x90, 19)
	expect("added addresses", ask(cmdAddress), 0x90, 11+2*AddressSize)
	if base = ask(cmdBase); !bytes.Equal(base[14:270], second.Text[:]) {
		t.Error("the second card is not there")
	}
	expect("module", ask(cmdModule), 0x90, 27)
	expect("status", ask(cmdStatus), 0x90, 11)
	expect("speed", ask(Command{0x60, 4}), 0x90, 11)
	expect("no such speed", ask(Command{0x60, 5}), 0x21, 11)
	expect("no such command", ask(Command{0x77, 1}), 0x21, 11)
	expect("no parameter", m.Answer([]byte{0x20}), 0x11, 11)
	if m.Reads() != 2 {
		t.Errorf("%d reads", m.Reads())
	}
}

func TestReaderAndModuleOverTCP(t *testing.T) {
	c := card("text")
	c.Addresses = bytes.Repeat([]byte("y"), AddressSize)
	r := line(t, func(conn net.Conn) { _ = NewModule(time.Now, 0, c).Serve(conn) })
	if err := errors.Join(r.Status(), r.Reset()); err != nil {
		t.Fatal(err)
	}
	if number, err := r.SAM(); err != nil || number.String() != "00.00-0-0000000000-0000000000" {
		t.Errorf("%v %v", number, err)
	}
	if _, err := r.ReadBase(); CodeOf(err) != "reader.read_failed" {
		t.Errorf("read before find: %v", err)
	}
	iin, err := r.Find()
	sn, err2 := r.Select()
	base, err3 := r.ReadBase()
	addresses, err4 := r.ReadAddresses()
	if err := errors.Join(err, err2, err3, err4); err != nil {
		t.Fatal(err)
	}
	if iin != [4]byte{} || sn != [8]byte{} || *base != c.Base || len(addresses) != 1 || !bytes.Equal(addresses[0], c.Addresses) {
		t.Errorf("%x %x %x %q", iin, sn, base.Text[:8], addresses)
	}
	if _, err := r.Find(); CodeOf(err) != "reader.no_card" {
		t.Errorf("find while it lies there: %v", err)
	}
}

// answering gives a peer that answers every command with the same pieces, each a write of its own.
func answering(pieces ...[]byte) func(net.Conn) {
	return func(conn net.Conn) {
		command := make([]byte, 10)
		for {
			if _, err := io.ReadFull(conn, command); err != nil {
				return
			}
			for _, p := range pieces {
				if _, err := conn.Write(p); err != nil {
					return
				}
				runtime.Gosched()
			}
		}
	}
}

func TestAReaderThatAnswersInPiecesOrBehindNoiseIsUnderstood(t *testing.T) {
	good := status(statusFound, []byte{1, 2, 3, 4})
	var bytewise [][]byte
	for i := range good {
		bytewise = append(bytewise, good[i:i+1])
	}
	damaged := bytes.Clone(good)
	damaged[11] ^= 0x40
	for name, pieces := range map[string][][]byte{
		"byte by byte":                    bytewise,
		"behind noise":                    {[]byte("garbage\xAA\xAA"), good},
		"behind more AA":                  {{0xAA}, good},
		"behind a preamble alone":         {preamble, good},
		"behind half an answer":           {good[:9], good},
		"behind a damaged one":            {damaged, good},
		"behind an impossible length":     {append(bytes.Clone(preamble), 0xFF, 0xFF), good},
		"behind a length that never ends": {append(bytes.Clone(preamble), 0x0F, 0xFF), good},
		"with noise behind it":            {append(bytes.Clone(good), "noise"...)},
	} {
		t.Run(name, func(t *testing.T) {
			r := line(t, answering(pieces...))
			for range 3 { // what stands behind an answer does not disturb the next
				if iin, err := r.Find(); err != nil || iin != [4]byte{1, 2, 3, 4} {
					t.Fatalf("%x %v", iin, err)
				}
			}
		})
	}
}

func TestAReaderThatDoesNotAnswerWellIsNamed(t *testing.T) {
	find := status(statusFound, make([]byte, 4))
	damaged := bytes.Clone(find)
	damaged[len(damaged)-1] ^= 1
	flood := func(conn net.Conn) {
		noise := bytes.Repeat([]byte{0xAA, 0xAA, 0xAA, 0x96, 0x69, 0x0F}, 4096)
		for {
			if _, err := conn.Write(noise); err != nil {
				return
			}
		}
	}
	for name, test := range map[string]struct {
		peer func(net.Conn)
		code string
	}{
		"nothing at all":           {func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }, "reader.silent"},
		"gone":                     {func(conn net.Conn) {}, "reader.closed"},
		"gone in the middle":       {func(conn net.Conn) { _, _ = io.ReadFull(conn, make([]byte, 10)); _, _ = conn.Write(find[:8]) }, "reader.closed"},
		"garbage":                  {answering([]byte("hello, I am a printer")), "reader.noise"},
		"half an answer":           {answering(find[:9]), "reader.incomplete"},
		"a preamble alone":         {answering(preamble), "reader.incomplete"},
		"a wrong checksum":         {answering(damaged), "reader.checksum"},
		"a length of nothing":      {answering(append(bytes.Clone(preamble), 0, 0, 0)), "reader.length"},
		"a length without end":     {answering(append(bytes.Clone(preamble), 0xFF, 0xFF, 0, 0, 0x9F)), "reader.length"},
		"a select's answer":        {answering(status(statusDone, make([]byte, 8))), "reader.unexpected"},
		"too few bytes":            {answering(status(statusFound, make([]byte, 3))), "reader.unexpected"},
		"too many bytes":           {answering(status(statusFound, make([]byte, 5))), "reader.unexpected"},
		"an unknown status":        {answering(status(0x77)), "reader.status_unknown"},
		"garbage that never stops": {flood, "reader.checksum"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := line(t, test.peer)
			start := time.Now()
			_, err := r.Find()
			if spent := time.Since(start); spent > time.Minute {
				t.Errorf("it took %v", spent)
			}
			var e *Error
			if !errors.As(err, &e) || e.Code != test.code {
				t.Fatalf("%v, want %s", err, test.code)
			}
			if e.Text.ZH == "" || e.Text.EN == "" || e.Mend.ZH == "" || e.Mend.EN == "" || e.Error() == "" {
				t.Errorf("%+v", e)
			}
		})
	}
}

func TestAPeerThatTakesNothingDoesNotHoldTheReader(t *testing.T) {
	port, peer := net.Pipe() // a write waits for its reader
	defer port.Close()
	defer peer.Close()
	if _, err := New(port, limits).Find(); CodeOf(err) != "reader.silent" {
		t.Error(err)
	}
}

func TestEveryStatusHasItsWords(t *testing.T) {
	for sw3, w := range statuses {
		r := line(t, answering(status(sw3)))
		_, err := r.Select()
		var e *Error
		if !errors.As(err, &e) || e.Status != sw3 || e.Code != w.code || e.Text.ZH == "" || e.Text.EN == "" || e.Mend.ZH == "" || e.Mend.EN == "" {
			t.Errorf("%02X: %+v", sw3, err)
		}
	}
}

func TestALateAnswerIsNotTheNextCommands(t *testing.T) {
	late := make(chan struct{})
	r := line(t, func(conn net.Conn) {
		command := make([]byte, 10)
		_, _ = io.ReadFull(conn, command)
		_, _ = conn.Write(status(statusDone))
		_, _ = io.ReadFull(conn, command)
		<-late
		_, _ = conn.Write(status(statusDone, []byte("the first answer")))
		late <- struct{}{}
		_, _ = io.ReadFull(conn, command)
		_, _ = conn.Write(status(statusDone, []byte("the second")))
		_, _ = io.Copy(io.Discard, conn)
	})
	if err := r.Status(); err != nil || r.dirty {
		t.Fatal(err, r.dirty)
	}
	if _, err := r.SAM(); CodeOf(err) != "reader.silent" {
		t.Fatal(err)
	}
	late <- struct{}{}
	<-late
	if number, err := r.SAM(); err != nil || string(number) != "the second" {
		t.Errorf("%q %v", number, err)
	}
}

func TestLengthsInsideTheAnswerAreChecked(t *testing.T) {
	data := make([]byte, 4+TextSize+PhotoSize)
	data[0], data[2] = 2, 4
	r := line(t, answering(status(statusDone, data)))
	if _, err := r.ReadBase(); CodeOf(err) != "reader.unexpected" {
		t.Error(err)
	}
	r = line(t, answering(status(statusDone, make([]byte, 71))))
	if _, err := r.ReadAddresses(); CodeOf(err) != "reader.unexpected" {
		t.Error(err)
	}
}

func TestTheModuleAnswersDamagedCommands(t *testing.T) {
	answer := func(request []byte) []byte {
		host, module := net.Pipe()
		done := make(chan error, 1)
		go func() { done <- NewModule(time.Now, 0, card("x")).Serve(module) }()
		_ = host.SetDeadline(time.Now().Add(time.Minute))
		if _, err := host.Write(request); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, 11)
		if _, err := io.ReadFull(host, got); err != nil {
			t.Fatal(err)
		}
		host.Close()
		<-done
		return got
	}
	damaged := frame(cmdFind[:])
	damaged[9] ^= 0xFF
	if got := answer(damaged); got[9] != statusChecksum {
		t.Errorf("% x", got)
	}
	if got := answer(append(bytes.Clone(preamble), 0x7F, 0xFF, 0x20, 0x01, 0)); got[9] != statusLength {
		t.Errorf("% x", got)
	}
	if got := answer(append([]byte("noise"), frame([]byte{0x55, 0x55})...)); got[9] != statusCommand {
		t.Errorf("% x", got)
	}
}

func TestScanFindsAFrameInAnySurroundings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// A preamble in the noise may hide the frame until the line is still: neither noise nor content has one.
		without := func(mark []byte) func([]byte) bool { return func(p []byte) bool { return !bytes.Contains(p, mark) } }
		want := rapid.SliceOfN(rapid.Byte(), 3, 300).Filter(without(preamble[:3])).Draw(t, "content")
		before := rapid.SliceOfN(rapid.SampledFrom([]byte{0xAA, 0x96, 0x69, 0, 4, 0x90}), 0, 40).Filter(without(preamble)).Draw(t, "before")
		after := rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "after")
		stream := append(append(before, frame(want)...), after...)
		var buf []byte
		for at := 0; at < len(stream); {
			n := min(rapid.IntRange(1, 50).Draw(t, "piece"), len(stream)-at)
			content, rest, _ := scan(append(buf, stream[at:at+n]...), minAnswer, maxAnswer, false)
			at += n
			if content != nil {
				if !bytes.Equal(content, want) {
					t.Fatalf("% x, want % x", content, want)
				}
				return
			}
			buf = bytes.Clone(rest)
		}
		t.Fatal("the frame was not found")
	})
}

func FuzzScan(f *testing.F) {
	f.Add(status(statusFound, make([]byte, 4)), true)
	f.Add(append([]byte("x"), frame(cmdBase[:])...), false)
	f.Add(append(bytes.Clone(preamble), 0x0F, 0xFF, 0xAA), true)
	f.Fuzz(func(t *testing.T, buf []byte, late bool) {
		content, rest, _ := scan(buf, minAnswer, maxAnswer, late)
		if content == nil && len(rest) >= headSize+maxAnswer {
			t.Fatalf("%d bytes are kept", len(rest))
		}
		if content != nil && !bytes.Contains(buf, frame(content)) {
			t.Fatalf("% x is no frame in it", content)
		}
		if !bytes.HasSuffix(buf, rest) {
			t.Fatal("rest is not the end")
		}
	})
}

// deaf is a port that gives bytes and takes everything.
type deaf struct{ io.Reader }

func (deaf) Write(b []byte) (int, error)   { return len(b), nil }
func (deaf) Close() error                  { return nil }
func (deaf) SetDeadline(t time.Time) error { return nil }

func FuzzReader(f *testing.F) {
	f.Add(status(statusFound, make([]byte, 4)))
	f.Add(status(statusDone, []byte{1, 0, 4, 0}))
	f.Fuzz(func(t *testing.T, answers []byte) {
		r := New(deaf{bytes.NewReader(answers)}, limits)
		r.dirty = false
		_, _ = r.Find()
		_, _ = r.Select()
		_, _ = r.ReadBase()
		_, _ = r.ReadAddresses()
		_, _ = r.SAM()
	})
}

func FuzzModule(f *testing.F) {
	f.Add(frame(cmdFind[:]))
	f.Fuzz(func(t *testing.T, commands []byte) {
		m := NewModule(time.Now, time.Second, card("x"))
		if err := m.Serve(deaf{bytes.NewReader(commands)}); err != nil {
			t.Fatal(err)
		}
	})
}
