package exchange

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/store"
)

// failing is a file system whose disk, a folder, is pulled out at its nth operation, or full after so many bytes.
type failing struct {
	store.OS
	disk  string
	after int   // operations; -1: never
	room  int64 // bytes; -1: no limit
}

var errPulled = errors.New("input/output error")

func (f *failing) step(path string) error {
	if f.after < 0 || !strings.HasPrefix(path, f.disk) {
		return nil
	}
	if f.after == 0 {
		return errPulled
	}
	f.after--
	return nil
}

func (f *failing) Create(path string) (store.File, error) {
	if err := f.step(path); err != nil {
		return nil, err
	}
	file, err := f.OS.Create(path)
	return &failingFile{File: file, f: f, path: path}, err
}

func (f *failing) Rename(from, to string) error {
	if err := f.step(to); err != nil {
		return err
	}
	return f.OS.Rename(from, to)
}

func (f *failing) Remove(path string) error {
	if err := f.step(path); err != nil {
		return err
	}
	return f.OS.Remove(path)
}

func (f *failing) SyncDir(path string) error {
	if err := f.step(path); err != nil {
		return err
	}
	return f.OS.SyncDir(path)
}

type failingFile struct {
	store.File
	f    *failing
	path string
}

func (f *failingFile) Write(p []byte) (int, error) {
	if err := f.f.step(f.path); err != nil {
		n, _ := f.File.Write(p[:len(p)/2]) // torn
		return n, err
	}
	if f.f.room >= 0 && strings.HasPrefix(f.path, f.f.disk) && strings.Contains(f.path, parcelEnd+".") {
		if f.f.room < int64(len(p)) {
			return 0, syscall.ENOSPC
		}
		f.f.room -= int64(len(p))
	}
	return f.File.Write(p)
}

func (f *failingFile) Sync() error {
	if err := f.f.step(f.path); err != nil {
		return err
	}
	return f.File.Sync()
}

func TestDiskPulledOutAtAnyMomentHoldsWholeParcelsOnly(t *testing.T) {
	w, city, station := pair(t)
	other := w.sqlite(otherUnit)
	city.admit(other, "")
	for i := range 3 {
		station.mustSay(event.Up(stationUnit), fmt.Sprint("s", i), 1, station.blob(fmt.Sprint("photo", i)))
		station.mustSay(event.To(stationUnit, otherUnit), fmt.Sprint("s", i), 1)
	}
	finished := false
	for after := 0; !finished && after < 500; after++ {
		dir := t.TempDir()
		n := *station.Node
		n.Files = &failing{disk: dir, after: after, room: -1}
		_, err := n.WriteDisk(context.Background(), dir)
		if finished = err == nil; !finished && !errors.Is(err, errPulled) {
			t.Fatalf("operation %d: %v", after, err)
		}
		whole := 0
		must(t, filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, parcelEnd) {
				return err
			}
			file, err := os.Open(path)
			if err != nil {
				return err
			}
			defer file.Close()
			if _, err := city.Check(file); err != nil {
				t.Errorf("operation %d: %s: %v", after, path, err)
			}
			whole++
			return nil
		}))
		if finished && whole != 2 {
			t.Errorf("%d parcels at the end", whole)
		}
		// A second visit heals what the first left.
		if after%7 == 0 {
			_, err := station.WriteDisk(context.Background(), dir)
			must(t, err)
			index, err := ListDisk(dir)
			must(t, err)
			if len(index.Parcels) != 2 || len(index.Missing) > 0 {
				t.Errorf("operation %d: healed to %+v", after, index)
			}
		}
	}
	if !finished {
		t.Error("the disk was never written in full")
	}
	station.byDisk(t.TempDir(), city)
	city.sound()
}

func TestFullDiskTakesWhatFits(t *testing.T) {
	w, city, station := pair(t)
	other := w.sqlite(otherUnit)
	city.admit(other, "")
	station.mustSay(event.To(stationUnit, otherUnit), "small", 1)
	noise := strings.Repeat("not compressible, in truth it is", 10)
	station.mustSay(event.Up(stationUnit), "s", 1, station.blob(noise))
	dir := t.TempDir()
	n := *station.Node
	n.Files = &failing{disk: dir, after: -1, room: 2500}
	report, err := n.WriteDisk(context.Background(), dir)
	must(t, err)
	if len(report.Written) != 1 || report.Left != 1 {
		t.Fatalf("%+v", report)
	}
	report, err = city.ReadDisk(context.Background(), dir)
	must(t, err)
	if len(report.Exceptions) > 0 || report.Fresh == 0 {
		t.Errorf("%+v", report)
	}
	_, err = station.ReadDisk(context.Background(), dir) // receipts, and what is left
	must(t, err)
	if report, err = city.ReadDisk(context.Background(), dir); err != nil || report.Fresh == 0 {
		t.Errorf("%+v %v", report, err)
	}
	city.sound()
}

func TestSpoolFailureLosesNothing(t *testing.T) {
	_, city, station := pair(t)
	station.mustSay(event.Up(stationUnit), "s", 1, station.blob("photo"))
	for after := range 8 {
		n := *station.Node
		n.Files = &failing{disk: station.Dir, after: after, room: -1}
		if _, err := n.Seal(context.Background(), station.neighbour(city)); err != nil && !errors.Is(err, errPulled) {
			t.Fatal(err)
		}
	}
	_, err := city.takeIn(station.only(city, event.Up(stationUnit)))
	must(t, err)
}

func TestAReaderThatFailsIsNoException(t *testing.T) {
	_, city, station := pair(t)
	station.mustSay(event.Up(stationUnit), "s", 1, station.blob("photo"))
	file := station.only(city, event.Up(stationUnit))
	for at := 0; at < len(file); at += 50 {
		_, err := city.TakeIn(context.Background(), io.MultiReader(strings.NewReader(string(file[:at])), brokenReader{}))
		if !errors.Is(err, errPulled) {
			t.Fatalf("a bad sector after %d bytes: %v", at, err)
		}
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errPulled }
