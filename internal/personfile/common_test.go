package personfile

import (
	"bytes"
	"errors"
	"io"
	"path/filepath"
	"testing"

	"github.com/huzheng/huzheng/internal/goldentest"
)

func openBytes(name string, data []byte, o Options) (*Reader, error) {
	return Open(name, bytes.NewReader(data), int64(len(data)), o)
}

// readAll reads a file to its end: its records, and the rows put aside.
func readAll(t testing.TB, name string, data []byte, o Options) ([]Record, []*RowError) {
	t.Helper()
	r, err := openBytes(name, data, o)
	if err != nil {
		t.Fatalf("open %s: %v", name, err)
	}
	defer r.Close()
	return drain(t, r)
}

func drain(t testing.TB, r *Reader) (records []Record, bad []*RowError) {
	t.Helper()
	for {
		rec, err := r.Next()
		var re *RowError
		switch {
		case err == io.EOF:
			return records, bad
		case errors.As(err, &re):
			bad = append(bad, re)
		case err != nil:
			t.Fatalf("next: %v", err)
		default:
			records = append(records, rec)
		}
	}
}

// fileReason opens a file that must be refused and returns the reason.
func fileReason(t testing.TB, name string, data []byte, o Options) string {
	t.Helper()
	_, err := openBytes(name, data, o)
	var fe *FileError
	if !errors.As(err, &fe) {
		t.Fatalf("open %s: %v, want a FileError", name, err)
	}
	if fe.File != name || fe.Text.ZH == "" || fe.Text.EN == "" || fe.Mend.ZH == "" || fe.Mend.EN == "" {
		t.Errorf("incomplete message: %+v", fe)
	}
	return fe.Reason
}

func gb(t testing.TB, s string) []byte {
	t.Helper()
	b, err := EncodeGB18030(nil, s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	goldentest.Check(t, filepath.Join("testdata", name), string(got))
}
