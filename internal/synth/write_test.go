package synth

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/personfile"
)

// folder keeps files in memory.
type folder map[string]*file

type file struct{ bytes.Buffer }

func (*file) Close() error { return nil }

func (f folder) create(name string) (io.WriteCloser, error) {
	f[name] = &file{}
	return f[name], nil
}

func written(t *testing.T, c CityConfig, o WriteOptions) (folder, *Written) {
	t.Helper()
	files := make(folder)
	n, err := newCity(t, c).Write(context.Background(), files.create, o)
	if err != nil {
		t.Fatal(err)
	}
	return files, n
}

func TestSameSeedSameBytes(t *testing.T) {
	config := CityConfig{Seed: 9, Residents: 4000, Stations: 9, Errors: 1}
	one, _ := written(t, config, WriteOptions{Workers: 1})
	many, _ := written(t, config, WriteOptions{Workers: 5})
	names := slices.Sorted(maps.Keys(one))
	if want := "README.md booklet.csv card.csv citizen.csv computer.csv equipment.csv form.csv lines.csv money.csv staff.csv truth.csv units.csv"; strings.Join(names, " ") != want {
		t.Fatalf("files %v", names)
	}
	for _, name := range names {
		if !bytes.Equal(one[name].Bytes(), many[name].Bytes()) {
			t.Errorf("%s is another with more workers", name)
		}
	}
}

// TestFilesReadBack reads every file of every kind with the program's own reader: what comes back is what the city says, but for the dates that do not
// exist, which a CSV has and no reader takes.
func TestFilesReadBack(t *testing.T) {
	config := CityConfig{Seed: 9, Residents: 3000, Errors: 8}
	for _, o := range []WriteOptions{{}, {Encoding: personfile.GB18030}, {Kind: personfile.XLSX}, {Kind: personfile.DBF, Encoding: personfile.GB18030}} {
		t.Run(string(o.Kind)+string(o.Encoding), func(t *testing.T) {
			files, n := written(t, config, o)
			if o.Kind == "" {
				o.Kind = personfile.CSV
			}
			truth := readTruth(t, files["truth.csv"])
			if len(truth) != n.Truth {
				t.Errorf("%d rows of truth, %d counted", len(truth), n.Truth)
			}
			w := &writing{options: o}
			want := make(map[string]personfile.Record)
			for r := range everybody(newCity(t, config)) {
				w.fit(r)
				for _, s := range Sources() {
					if record, ok := r.Record(s); ok {
						want[record.Value[personfile.RecordID]] = record
					}
				}
			}
			for _, s := range Sources() {
				compare(t, s, o.Kind, files[s.String()+"."+string(o.Kind)].Bytes(), want, truth, n.Records[s.String()])
			}
		})
	}
}

func compare(t *testing.T, s Source, kind personfile.Kind, content []byte, want map[string]personfile.Record, truth map[[3]string][]string, rows int) {
	t.Helper()
	reader, err := personfile.Open("f."+string(kind), bytes.NewReader(content), int64(len(content)), personfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	seen := 0
	for ; ; seen++ {
		record, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if row, ok := errors.AsType[*personfile.RowError](err); ok {
			if p := truth[[3]string{"item", row.Raw[0], "birth_date"}]; kind != personfile.CSV || row.Reason != personfile.ReasonBadDate || p == nil || p[1] != "dob_invalid" {
				t.Errorf("%v: %v", row, p)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if have, want := record.Value, want[record.Value[personfile.RecordID]].Value; have != want {
			t.Errorf("read\n%q\nwritten\n%q", have, want)
		}
	}
	if seen != rows || rows == 0 {
		t.Errorf("%s: %d rows of %d", s, seen, rows)
	}
}

// readTruth gives the rows of the truth by class, record and item.
func readTruth(t *testing.T, f *file) map[[3]string][]string {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(f.Bytes())).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[[3]string][]string)
	for _, row := range rows[1:] {
		key := [3]string{row[0], row[4], row[5]}
		if row[0] != "item" { // several things may be known of one record
			key[2] = row[1] + row[8]
		}
		all[key] = row
	}
	return all
}

func TestDBFSaysWhatItCannotHold(t *testing.T) {
	_, n := written(t, CityConfig{Seed: 9, Residents: 12_000, Errors: 0}, WriteOptions{Kind: personfile.DBF, Encoding: personfile.GB18030})
	if n.Planted[KindCharset] == 0 || len(n.Planted) != 1 {
		t.Errorf("%v", n.Planted)
	}
}

type fails struct{ after int }

func (b *fails) Close() error { return nil }

func (b *fails) Write(p []byte) (int, error) {
	if b.after--; b.after < 0 {
		return 0, io.ErrShortWrite
	}
	return len(p), nil
}

// TestWriteFails: every error of a file ends the work, and no goroutine stays behind.
func TestWriteFails(t *testing.T) {
	city := newCity(t, CityConfig{Residents: 600})
	before := runtime.NumGoroutine()
	for after := range 4 {
		for _, name := range []string{"form.csv", "truth.csv", "staff.csv", "README.md"} {
			files := make(folder)
			_, err := city.Write(context.Background(), func(n string) (io.WriteCloser, error) {
				if n == name {
					return &fails{after}, nil
				}
				return files.create(n)
			}, WriteOptions{})
			if after < 1 && !errors.Is(err, io.ErrShortWrite) {
				t.Errorf("%s broken after %d: %v", name, after, err)
			}
		}
	}
	none := errors.New("no file")
	if _, err := city.Write(context.Background(), func(string) (io.WriteCloser, error) { return nil, none }, WriteOptions{}); !errors.Is(err, none) {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := city.Write(ctx, make(folder).create, WriteOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	for range 100_000 { // those that have said that they are done may still be there for a moment
		if runtime.NumGoroutine() <= before {
			return
		}
		runtime.Gosched()
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}

type nowhere struct{}

func (nowhere) Close() error                { return nil }
func (nowhere) Write(p []byte) (int, error) { return len(p), nil }

// TestMemoryDoesNotGrowWithTheCity writes cities of four times the stations: what lives at any time is a few stations.
func TestMemoryDoesNotGrowWithTheCity(t *testing.T) {
	most := func(stations int) (peak uint64) {
		city := newCity(t, CityConfig{Residents: 1500 * stations, Stations: stations, Errors: 1})
		_, err := city.Write(context.Background(), func(string) (io.WriteCloser, error) { return nowhere{}, nil }, WriteOptions{Progress: func(int64) {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapAlloc)
		}})
		if err != nil {
			t.Fatal(err)
		}
		return peak
	}
	if small, big := most(10), most(40); big > 2*small {
		t.Errorf("%d kB for 10 stations, %d kB for 40", small>>10, big>>10)
	}
}
