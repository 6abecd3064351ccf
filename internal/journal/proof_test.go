package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
	"pgregory.net/rapid"
)

// signedTo signs the checkpoint of a stream's first entries and keeps it.
func (s signed) signedTo(t fataler, db *store.DB, entries []Entry, size int) []byte {
	t.Helper()
	a := s.arrival(t, entries, 0, size)
	write(t, db, func(ctx context.Context, tx *store.Tx) error {
		return SaveCheckpoint(ctx, tx, a.Stream, 1, a.Checkpoint.Size, a.Note)
	})
	return a.Note
}

// meaningless tells whether a byte belongs to the end of the note's last signature, whose base64 has bits that mean nothing.
func meaningless(proof []byte, i int) bool { return i >= len(proof)-3 }

func TestProofHoldsForItsEntryAlone(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		db := openDB(t, config)
		unit := newStation()
		s := newSigner(t, unit, db)
		entries := grownStream(t, db, unit, 75)
		for _, size := range []int{1, 2, 33, 64, 70} {
			s.signedTo(t, db, entries, size)
		}
		prove := func(t fataler, seq int) (proof []byte) {
			read(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
				proof, err = Prove(ctx, tx, entries[seq].Ref())
				return err
			})
			return proof
		}
		rapid.Check(t, func(t *rapid.T) {
			seq := rapid.IntRange(0, 69).Draw(t, "seq")
			proof := prove(t, seq)
			c, err := CheckProof(proof, entries[seq].Raw, s.key.Verifier())
			if err != nil || c.Size <= int64(seq) || c.Origin != Origin(city, event.Up(unit), 1) {
				t.Fatalf("%v %+v", err, c)
			}
			if other := rapid.IntRange(0, 74).Draw(t, "other"); other != seq {
				if _, err := CheckProof(proof, entries[other].Raw, s.key.Verifier()); err == nil {
					t.Fatalf("the proof of %d holds for %d", seq, other)
				}
			}
			at := rapid.IntRange(0, len(proof)-1).Draw(t, "at")
			bad := slices.Clone(proof)
			bad[at] ^= byte(rapid.IntRange(1, 255).Draw(t, "flip"))
			if _, err := CheckProof(bad, entries[seq].Raw, s.key.Verifier()); err == nil && !meaningless(proof, at) {
				t.Fatalf("byte %d altered from %q to %q, and the proof holds:\n%s", at, proof[at], bad[at], bad)
			}
			header := slices.Clone(entries[seq].Raw)
			header[rapid.IntRange(0, len(header)-1).Draw(t, "in header")] ^= 1
			if _, err := CheckProof(proof, header, s.key.Verifier()); err == nil {
				t.Fatal("an altered header is proved")
			}
			if _, err := CheckProof(proof, entries[seq].Raw, newSigner(t, unit).key.Verifier()); err == nil {
				t.Fatal("another key's proof")
			}
		})
		err := db.Read(t.Context(), func(tx *store.Tx) error { _, err := Prove(t.Context(), tx, entries[72].Ref()); return err })
		if !errors.Is(err, ErrNoTree) {
			t.Errorf("no checkpoint covers entry 72: %v", err)
		}
	})
}

func TestMalformedProofs(t *testing.T) {
	s := newSigner(t, newStation())
	entry := Entry{Raw: []byte("header")}
	note, err := s.key.SignCheckpoint(Checkpoint{Origin: "o", Size: 1, Root: entry.Leaf()})
	if err != nil {
		t.Fatal(err)
	}
	good := formatProof(0, nil, note)
	if _, err := CheckProof(good, entry.Raw, s.key.Verifier()); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(string) string{
		"empty":             func(string) string { return "" },
		"no checkpoint":     func(p string) string { head, _, _ := strings.Cut(p, "\n\n"); return head },
		"another format":    func(p string) string { return strings.Replace(p, "@v1", "@v2", 1) },
		"index missing":     func(p string) string { return strings.Replace(p, "index 0\n", "", 1) },
		"index of a sort":   func(p string) string { return strings.Replace(p, "index 0", "index +0", 1) },
		"index without key": func(p string) string { return strings.Replace(p, "index 0", "0", 1) },
		"index negative":    func(p string) string { return strings.Replace(p, "index 0", "index -1", 1) },
		"index too large":   func(p string) string { return strings.Replace(p, "index 0", "index 1", 1) },
		"hash too short":    func(p string) string { return strings.Replace(p, "index 0\n", "index 0\nAAAA\n", 1) },
		"hash too many": func(p string) string {
			return strings.Replace(p, "index 0\n", "index 0\n"+strings.Repeat("A", 43)+"=\n", 1)
		},
	} {
		if _, err := CheckProof([]byte(change(string(good))), entry.Raw, s.key.Verifier()); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestCosignaturesVerify(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		signer, parent, stranger := newSigner(t, "220102001"), newSigner(t, "220102"), newSigner(t, "220103")
		c := Checkpoint{Origin: Origin(city, "220102001/up", 1), Size: rapid.Int64Range(0, 1<<40).Draw(t, "size")}
		note, err := signer.key.SignCheckpoint(c)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := stranger.key.Cosign(note, parent.key.Verifier(), 1); err == nil {
			t.Fatal("cosigned what the signer did not sign")
		}
		first, at := rapid.Int64Range(0, 1<<40).Draw(t, "first"), rapid.Int64Range(0, 1<<40).Draw(t, "at")
		once, err := parent.key.Cosign(note, signer.key.Verifier(), first)
		if err != nil {
			t.Fatal(err)
		}
		twice, err := parent.key.Cosign(once, signer.key.Verifier(), at)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Cosigned(twice, parent.key.Verifier()); err != nil || got != at {
			t.Fatalf("%d %v", got, err)
		}
		if bytes.Count(twice, []byte("\n— ")) != 2 {
			t.Fatalf("signer and one cosigner:\n%s", twice)
		}
		if got, err := OpenCheckpoint(twice, signer.key.Verifier()); err != nil || got != c {
			t.Fatalf("%+v %v", got, err)
		}
		if _, err := Cosigned(note, parent.key.Verifier()); err == nil {
			t.Fatal("not cosigned")
		}
		if _, err := Cosigned(twice, stranger.key.Verifier()); err == nil {
			t.Fatal("not cosigned by the stranger")
		}
		if _, err := Cosigned(twice, signer.key.Verifier()); err == nil {
			t.Fatal("a signature is not a cosignature")
		}
		forged := bytes.Replace(twice, []byte("\n"+fmt.Sprint(c.Size)+"\n"), []byte("\n"+fmt.Sprint(c.Size+1)+"\n"), 1)
		if _, err := Cosigned(forged, parent.key.Verifier()); err == nil {
			t.Fatal("an altered checkpoint")
		}
	})
}

func TestChainsEndAtTheCity(t *testing.T) {
	top, middle, bottom, other := newSigner(t, city), newSigner(t, "220102"), newSigner(t, "220102001"), newSigner(t, "220103")
	certify := func(issuer, subject signed) []byte {
		note, err := issuer.key.SignCertificate(Certificate{Node: subject.key.Node, Unit: subject.unit, Verifier: subject.key.Verifier()})
		if err != nil {
			t.Fatal(err)
		}
		return note
	}
	root, county, station := certify(top, top), certify(top, middle), certify(middle, bottom)
	for name, c := range map[string]struct {
		chain [][]byte
		good  bool
	}{
		"whole":                  {[][]byte{station, county, root}, true},
		"the city alone":         {[][]byte{root}, true},
		"empty":                  {nil, false},
		"a link missing":         {[][]byte{station, root}, false},
		"in the wrong order":     {[][]byte{county, station, root}, false},
		"without the city":       {[][]byte{station, county}, false},
		"another city":           {[][]byte{certify(other, other)}, false},
		"by a neighbouring unit": {[][]byte{certify(other, bottom), certify(top, other), root}, false},
		"a sibling of its own":   {[][]byte{certify(middle, signed{"220102", bottom.key}), county, root}, false},
		"upward":                 {[][]byte{certify(bottom, middle), station, county, root}, false},
	} {
		got, err := OpenChain(c.chain, top.key.Verifier())
		if (err == nil) != c.good || (c.good && len(got) != len(c.chain)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestKeysComeBackFromTheirSeed(t *testing.T) {
	s := newSigner(t, "220102001")
	again, err := RestoreKey(s.key.Node, s.key.Seed())
	if err != nil || again.Verifier() != s.key.Verifier() {
		t.Fatalf("%v", err)
	}
	if _, err := RestoreKey(s.key.Node, []byte("short")); err == nil {
		t.Error("a short seed")
	}
}
