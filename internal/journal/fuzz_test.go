package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/huzheng/huzheng/internal/event"
)

func sampleEntry(t testing.TB) Entry {
	t.Helper()
	head := &Head{Stream: "220102001/up", Generation: 1, Size: 7}
	e, err := newEntry(head, 1125536400000, "op-1", event.Event{Stream: head.Stream, Kind: "register.born", V: 1, Subject: "0190-1",
		Cause: &event.Ref{Stream: "220102/to/220102001", Generation: 1, Seq: 3, Leaf: strings.Repeat("ab", 32)},
		Blobs: []string{strings.Repeat("cd", 32)}, Body: map[string]any{"name": "李小龙 <&>\u2028\"\\", "n": 3}})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// same tells whether two entries are one: what is not in the exact bytes follows from them.
func same(a, b *Entry) bool {
	return bytes.Equal(a.Raw, b.Raw) && bytes.Equal(a.Salt, b.Salt) && bytes.Equal(a.Body, b.Body) && a.Erased() == b.Erased() && a.Ref() == b.Ref()
}

// requireRoundTrip carries an entry through a line and back.
func requireRoundTrip(t *testing.T, e Entry) {
	t.Helper()
	text, err := e.MarshalLine()
	if err != nil {
		t.Fatal(err)
	}
	back, err := ParseLine(text)
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	if !same(&e, &back) {
		t.Fatalf("%+v came back as %+v", e, back)
	}
	again, err := back.MarshalLine()
	if err != nil || !bytes.Equal(again, text) {
		t.Fatalf("%s is written anew as %s", text, again)
	}
}

func FuzzParseEntry(f *testing.F) {
	e := sampleEntry(f)
	f.Add(e.Raw, e.Salt, e.Body)
	f.Add(e.Raw, []byte(nil), []byte(nil))
	f.Add(append([]byte(" "), e.Raw...), e.Salt, e.Body)
	f.Add(bytes.Replace(e.Raw, []byte("op-1"), []byte("op-\xff"), 1), e.Salt, e.Body)
	f.Add(bytes.Replace(e.Raw, []byte(`"seq"`), []byte(`"SEQ"`), 1), e.Salt, e.Body)
	f.Add(bytes.Replace(e.Raw, []byte(`"seq":7`), []byte(`"seq":7,"seq":8`), 1), e.Salt, e.Body)
	f.Add(append(bytes.Clone(e.Raw), []byte("{}")...), e.Salt, e.Body)
	f.Add(append(bytes.Clone(e.Raw), []byte(" ]")...), e.Salt, e.Body)
	f.Fuzz(func(t *testing.T, raw, salt, body []byte) {
		if len(salt) == 0 {
			salt, body = nil, nil
		}
		e, err := ParseEntry(raw, salt, body)
		if err != nil {
			return
		}
		if !utf8.Valid(raw) || !json.Valid(raw) {
			t.Fatalf("%q is no header", raw)
		}
		text, err := e.MarshalLine()
		if err != nil {
			t.Fatal(err)
		}
		back, err := ParseLine(text)
		if err == nil {
			requireRoundTrip(t, e)
		} else if header, _ := encode(e.Header); bytes.Equal(header, raw) {
			t.Fatalf("%v: %+v", err, back)
		}
	})
}

func FuzzParseLine(f *testing.F) {
	e := sampleEntry(f)
	text, err := e.MarshalLine()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	e.Salt, e.Body = nil, nil
	if text, err = e.MarshalLine(); err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"header":"","salt":null,"body":"x"}`))
	f.Add(append(bytes.Clone(text), '}'))
	f.Fuzz(func(t *testing.T, text []byte) {
		if e, err := ParseLine(text); err == nil {
			requireRoundTrip(t, e)
		}
	})
}

func FuzzOpenCheckpoint(f *testing.F) {
	s := newSigner(f, "220102001")
	text, err := s.key.SignCheckpoint(Checkpoint{Origin: Origin(city, "220102001/up", 1), Size: 12})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text))
	f.Add("o\n1\n" + strings.Repeat("A", 43) + "=\n")
	f.Add("o\n01\n" + strings.Repeat("A", 43) + "=\nextension\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := OpenCheckpoint([]byte(text), s.key.Verifier())
		if err == nil && c.Origin != Origin(city, "220102001/up", 1) {
			t.Fatalf("a forged checkpoint: %+v", c)
		}
		if c, err = parseCheckpoint(text); err != nil {
			return
		}
		back, err := parseCheckpoint(c.text())
		if err != nil || back != c || !strings.HasPrefix(text, c.text()) {
			t.Fatalf("%q came back as %q: %v", text, c.text(), err)
		}
		signed, err := s.key.SignCheckpoint(c)
		if err != nil {
			return // an origin that no note can hold
		}
		if got, err := OpenCheckpoint(signed, s.key.Verifier()); err != nil || got != c {
			t.Fatalf("%+v came back as %+v: %v", c, got, err)
		}
	})
}

func FuzzCheckProof(f *testing.F) {
	s := newSigner(f, "220102001")
	e := sampleEntry(f)
	note, err := s.key.SignCheckpoint(Checkpoint{Origin: "o", Size: 1, Root: e.Leaf()})
	if err != nil {
		f.Fatal(err)
	}
	good := formatProof(0, nil, note)
	f.Add(good, e.Raw)
	f.Add(bytes.Replace(good, []byte("index"), []byte("extra AAAA\nindex"), 1), e.Raw)
	f.Add(bytes.Replace(good, []byte("index 0"), []byte("index 9223372036854775807"), 1), e.Raw)
	f.Fuzz(func(t *testing.T, proof, header []byte) {
		c, err := CheckProof(proof, header, s.key.Verifier())
		if err == nil && (c.Size != 1 || !bytes.Equal(header, e.Raw)) {
			t.Fatalf("proved %q in %+v", header, c)
		}
	})
}

func TestParseRefuses(t *testing.T) {
	e := sampleEntry(t)
	swap := func(from, to string) []byte { return bytes.Replace(e.Raw, []byte(from), []byte(to), 1) }
	for name, raw := range map[string][]byte{
		"nothing":              nil,
		"not JSON":             []byte("header"),
		"two headers":          append(bytes.Clone(e.Raw), e.Raw...),
		"something behind":     append(bytes.Clone(e.Raw), ']'),
		"a newline":            append(bytes.Clone(e.Raw), '\n'),
		"an unknown member":    swap(`"seq":7`, `"seq":7,"extra":1`),
		"a member twice":       swap(`"seq":7`, `"seq":7,"seq":7`),
		"a member in capitals": swap(`"seq"`, `"Seq"`),
		"another order":        swap(`"generation":1,"seq":7`, `"seq":7,"generation":1`),
		"a space":              swap(`"seq":7`, `"seq": 7`),
		"no stream":            swap("220102001/up", "220102001"),
		"another unit":         swap(`"unit":"220102001"`, `"unit":"220102002"`),
		"generation 0":         swap(`"generation":1`, `"generation":0`),
		"a negative seq":       swap(`"seq":7`, `"seq":-7`),
		"version 0":            swap(`"v":1`, `"v":0`),
		"no kind":              swap("register.born", ""),
		"another digest":       swap(e.BodyDigest, strings.Repeat("0", 64)),
	} {
		arrived := Entry{Raw: raw, Salt: e.Salt, Body: e.Body}
		text, err := arrived.MarshalLine()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseLine(text); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, text := range map[string]string{"nothing": "", "no JSON": "entry", "another member": `{"header":"","salt":null,"body":null,"x":1}`,
		"a salt alone": `{"header":"","salt":"00","body":null}`, "no hex": `{"header":"","salt":"zz","body":""}`} {
		if _, err := ParseLine([]byte(text)); !errors.Is(err, ErrMalformed) {
			t.Errorf("line with %s: %v", name, err)
		}
	}
	good, err := e.MarshalLine()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ParseLine(append(good, '}')); !errors.Is(err, ErrMalformed) {
		t.Errorf("something behind a line: %v", err)
	}
	if _, err := ParseEntry(bytes.Replace(e.Raw, []byte("op-1"), []byte("op-\xff"), 1), e.Salt, e.Body); !errors.Is(err, ErrMalformed) {
		t.Errorf("a header that is no text: %v", err)
	}
	if _, err := ParseEntry(e.Raw, e.Salt[:8], e.Body); err == nil {
		t.Error("a short salt")
	}
	if _, err := ParseEntry(e.Raw, e.Salt, append(bytes.Clone(e.Body), ' ')); err == nil {
		t.Error("an altered body")
	}
}

// A body that is no text could be written here and never be carried.
func TestAppendRefusesWhatALineCannotCarry(t *testing.T) {
	head := &Head{Stream: "220102001/up", Generation: 1}
	for name, body := range map[string]any{"bytes": json.RawMessage("\"\xff\""), "large": strings.Repeat("x", MaxBody)} {
		if _, err := newEntry(head, 1, "op", event.Event{Stream: head.Stream, Kind: "a.b", V: 1, Body: body}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
