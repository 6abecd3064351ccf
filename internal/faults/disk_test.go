package faults

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/store"
)

// times is how many times as much the tests of this package do: HUZHENG_FAULTS is a number of killed processes, of which 300 are usual.
func times() int {
	if n, err := strconv.Atoi(os.Getenv("HUZHENG_FAULTS")); err == nil && n > usualKills {
		return (n + usualKills - 1) / usualKills
	}
	return 1
}

const usualKills = 300

func newDisk(t testing.TB, root string, seed uint64) *Disk {
	t.Helper()
	disk, err := NewDisk(root, seed)
	if err != nil {
		t.Fatal(err)
	}
	return disk
}

func put(t testing.TB, files store.FileSystem, path, content string, sync bool) {
	t.Helper()
	f, err := files.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if sync {
		if err := f.Sync(); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// The model itself: what was synced survives every crash, what was not is lost in some and torn in some.
func TestDiskForgetsWhatWasNotSynced(t *testing.T) {
	outcomes := make(map[string]int)
	for seed := range uint64(200) {
		disk := newDisk(t, t.TempDir(), seed)
		files := disk.Files()
		at := func(name string) string { return filepath.Join(disk.Root(), name) }
		if err := files.MkdirAll(at("made")); err != nil {
			t.Fatal(err)
		}
		if err := files.MkdirAll(at("forgotten")); err != nil {
			t.Fatal(err)
		}
		put(t, files, at("made/synced"), "content", true)
		put(t, files, at("made/torn"), "content", false)
		put(t, files, at("forgotten/file"), "content", true)
		for _, folder := range []string{"made", "forgotten"} {
			if err := files.SyncDir(at(folder)); err != nil {
				t.Fatal(err)
			}
		}
		if seed%2 == 0 { // otherwise the folders' own names are not synced
			if err := files.SyncDir(disk.Root()); err != nil {
				t.Fatal(err)
			}
		}
		after := t.TempDir()
		if err := disk.Crash(after); err != nil {
			t.Fatal(err)
		}
		if _, err := files.Stat(at("made")); !errors.Is(err, ErrPowerCut) {
			t.Fatalf("a dead disk answers: %v", err)
		}
		for _, name := range []string{"made/synced", "made/torn", "forgotten/file"} {
			content, err := os.ReadFile(filepath.Join(after, name))
			outcomes[fmt.Sprintf("%t %s %q %t", seed%2 == 0, name, content, errors.Is(err, fs.ErrNotExist))]++
		}
	}
	if n := outcomes[`true made/synced "content" false`]; n != 100 {
		t.Errorf("what was synced survived %d times of 100", n)
	}
	for _, want := range []string{`true made/torn "" false`, `true made/torn "con" false`, `true made/torn "content" false`,
		`false made/synced "" true`, `false forgotten/file "" true`, `false made/synced "content" false`} {
		if outcomes[want] == 0 {
			t.Errorf("never: %s", want)
		}
	}
}

func TestDiskRenamesWholeOrNotAtAll(t *testing.T) {
	outcomes := make(map[string]int)
	for seed := range uint64(100) {
		disk := newDisk(t, t.TempDir(), seed)
		files := disk.Files()
		at := func(name string) string { return filepath.Join(disk.Root(), name) }
		put(t, files, at("file"), "old", true)
		if err := files.SyncDir(disk.Root()); err != nil {
			t.Fatal(err)
		}
		put(t, files, at("new"), "new", true)
		if err := files.Rename(at("new"), at("file")); err != nil {
			t.Fatal(err)
		}
		after := t.TempDir()
		if err := disk.Crash(after); err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(filepath.Join(after, "file"))
		if err != nil {
			t.Fatal(err)
		}
		outcomes[string(content)]++
	}
	if len(outcomes) != 2 || outcomes["old"] == 0 || outcomes["new"] == 0 {
		t.Fatalf("%v", outcomes)
	}
}

// A failed sync loses its writes although a later sync succeeds.
func TestDiskLosesWhatAFailedSyncHeld(t *testing.T) {
	lost := 0
	for seed := range uint64(50) {
		disk := newDisk(t, t.TempDir(), seed)
		files := disk.Files()
		path := filepath.Join(disk.Root(), "file")
		f, err := files.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, "content"); err != nil {
			t.Fatal(err)
		}
		disk.FailAt(0, syscall.EIO)
		if err := f.Sync(); !errors.Is(err, syscall.EIO) {
			t.Fatal(err)
		}
		if err := errors.Join(f.Sync(), f.Close(), files.SyncDir(disk.Root())); err != nil {
			t.Fatal(err)
		}
		after := t.TempDir()
		if err := disk.Crash(after); err != nil {
			t.Fatal(err)
		}
		if content, err := os.ReadFile(filepath.Join(after, "file")); err != nil {
			t.Fatal(err)
		} else if len(content) == 0 {
			lost++
		}
	}
	if lost == 0 || lost == 50 {
		t.Fatalf("lost %d of 50", lost)
	}
}

// run is one scenario over a disk: a node opens, works, closes.
type run struct {
	acknowledged []event.Ref
	unknown      int // actions that ended with an error
	failures     []error
}

// work opens the station's node on a disk and acts some times, with attachments in between.
func work(disk *Disk, actions int) (r run, err error) {
	ctx := context.Background()
	name, remove := disk.VFS()
	defer remove()
	config := sqliteConfig(disk.Root())
	config.VFS = name
	o, err := openToy(ctx, config, disk.Files(), filepath.Join(disk.Root(), "blobs"))
	if err != nil {
		return r, err
	}
	defer o.DB.Close()
	// Fold the log into the file every few actions, and begin it anew, so that this is cut and failed too.
	if err := o.DB.Write(ctx, func(tx *store.Tx) error { _, err := tx.Exec(ctx, "pragma wal_autocheckpoint = 24"); return err }); err != nil {
		return r, err
	}
	for i := range actions {
		var blob []byte
		if i%2 == 1 {
			blob = fmt.Appendf(nil, "attachment %d", i)
		}
		refs, err := act(ctx, o, station, "s"+strconv.Itoa(i%3), 200*(i%4), blob)
		if err != nil {
			r.unknown++
			r.failures = append(r.failures, err)
			continue
		}
		r.acknowledged = append(r.acknowledged, refs...)
	}
	return r, nil
}

// check opens what is left after a restart on a healthy disk and judges it; replay says whether it replays the journal too.
func check(dir string, r run, replay bool) error {
	ctx := context.Background()
	o, err := openToy(ctx, sqliteConfig(dir), store.OS{}, filepath.Join(dir, "blobs"))
	if err != nil {
		return err
	}
	defer o.DB.Close()
	if err := judge(ctx, o, station, r.acknowledged, r.unknown); err != nil {
		return err
	}
	if replay {
		if err := replays(ctx, o); err != nil {
			return err
		}
	}
	_, err = extends(ctx, o, station)
	return err
}

// prepared is the folder of a node that has its tables and a few entries, made once.
func prepared(t *testing.T) (dir string, acknowledged []event.Ref) {
	t.Helper()
	dir = t.TempDir()
	ctx := context.Background()
	o, err := openToy(ctx, sqliteConfig(dir), store.OS{}, filepath.Join(dir, "blobs"))
	if err != nil {
		t.Fatal(err)
	}
	defer o.DB.Close()
	for i := range 3 {
		refs, err := act(ctx, o, station, "s"+strconv.Itoa(i), 100, []byte("before"))
		if err != nil {
			t.Fatal(err)
		}
		acknowledged = append(acknowledged, refs...)
	}
	return dir, acknowledged
}

func copied(t *testing.T, from string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "disk")
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}

const actions = 5

// countCalls runs the scenario without a fault and lists its calls.
func countCalls(t *testing.T, template string) []Call {
	t.Helper()
	disk := newDisk(t, copied(t, template), 0)
	r, err := work(disk, actions)
	if err != nil || r.unknown > 0 {
		t.Fatalf("without a fault: %v %v", err, r.failures)
	}
	return disk.Calls()
}

// sampled are the kinds of which a scenario has hundreds of calls alike: a run takes every n-th of them, from a random one on, and make faults takes all.
var sampled = map[Call]int{DBRead: 6, DBWrite: 3}

// atEveryCall runs a test for each call of the scenario, several at a time: most of their time they wait for the real disk.
func atEveryCall(t *testing.T, template string, wanted func(Call) bool, test func(t *testing.T, n int, call Call, disk *Disk)) {
	calls := countCalls(t, template)
	kinds, tested := make(map[Call]int), make(map[Call]int)
	offset := rand.IntN(1000)
	var chosen []int
	for n, call := range calls {
		if !wanted(call) {
			continue
		}
		kinds[call]++
		if every := sampled[call]; every == 0 || times() > 1 || (kinds[call]+offset)%every == 0 {
			tested[call]++
			chosen = append(chosen, n)
		}
	}
	t.Logf("%v of %v", tested, kinds)
	lanes(len(chosen)*times(), 8, func(i int) {
		n := chosen[i%len(chosen)]
		test(t, n, calls[n], newDisk(t, copied(t, template), uint64(i)))
	})
}

// restarted cuts the power of a disk and gives back the folder that a restart finds, with the leavings of shared memory in it.
func restarted(t *testing.T, disk *Disk) string {
	after := t.TempDir()
	if err := disk.Crash(after); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(filepath.Join(after, "node.db-shm"), bytes.Repeat([]byte{0xa5}, 32<<10), 0o600); err != nil {
		t.Error(err)
	}
	return after
}

// A cut in a call that only reads is the same as one in the next that writes.
func TestPowerCutAtEveryWrite(t *testing.T) {
	template, before := prepared(t)
	atEveryCall(t, template, Call.Writes, func(t *testing.T, n int, call Call, disk *Disk) {
		disk.CutAt(n)
		r, _ := work(disk, actions) // an error is what it should end with
		r.acknowledged = append(r.acknowledged, before...)
		if err := check(restarted(t, disk), r, call.Writes()); err != nil {
			t.Errorf("power cut in call %d (%s): %v", n, call, err)
		}
	})
}

// The power is cut while a new node makes its tables; the next start makes what is missing.
func TestPowerCutWhileTablesAreMade(t *testing.T) {
	probe := newDisk(t, t.TempDir(), 0)
	if _, err := work(probe, 0); err != nil {
		t.Fatal(err)
	}
	calls := len(probe.Calls())
	lanes(20*times(), 8, func(seed int) {
		n := rand.New(rand.NewPCG(uint64(seed), 2)).IntN(calls)
		disk := newDisk(t, t.TempDir(), uint64(seed))
		disk.CutAt(n)
		_, _ = work(disk, 0)
		if err := check(restarted(t, disk), run{}, true); err != nil {
			t.Errorf("power cut in call %d of %d: %v", n, calls, err)
		}
	})
}

// Each call fails once: the node goes on without a restart, and after a power cut everything acknowledged is there.
func TestEachCallFailsOnce(t *testing.T) {
	template, before := prepared(t)
	for _, fault := range []error{syscall.EIO, syscall.ENOSPC} {
		t.Run(fault.Error(), func(t *testing.T) {
			wanted := func(call Call) bool { return fault == syscall.EIO || call.Writes() }
			atEveryCall(t, template, wanted, func(t *testing.T, n int, call Call, disk *Disk) {
				disk.FailAt(n, fault)
				r, err := work(disk, actions)
				if err == nil && len(r.failures) > 1 {
					t.Errorf("call %d (%s) failed once, and %d actions failed: %v", n, call, len(r.failures), r.failures)
				}
				r.acknowledged = append(r.acknowledged, before...)
				if err := check(restarted(t, disk), r, call.Writes()); err != nil {
					t.Errorf("call %d (%s) failed: %v", n, call, err)
				}
			})
		})
	}
}
