package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/huzheng/huzheng/internal/event"
)

// What a node's start and a station at rest may cost.
const (
	startTarget = time.Second
	idleTarget  = 100 // MiB
)

// starts is how often a start is measured; the median counts.
const starts = 7

const stationUnit event.Unit = "220102001"

// Start measures real processes: how long a station's node that has joined and holds its residents takes from the start of the program
// until it says that it is ready, with its key unlocked; and how much memory it holds after some seconds of serving with nothing to do.
func Start(ctx context.Context, o Options) ([]Result, error) {
	p := &program{executable: o.Executable, dir: o.Dir}
	residents := min(o.Rows, perStation)
	o.say("a city and a station of %d residents", residents)
	station, err := p.found(ctx, residents)
	if err != nil {
		return nil, err
	}
	o.say("starting the station's node")
	var took []time.Duration
	for range starts {
		one, err := p.start(ctx, station, func(*exec.Cmd) error { return nil })
		if err != nil {
			return nil, err
		}
		took = append(took, one)
	}
	slices.Sort(took)
	var idle int64
	if _, err := p.start(ctx, station, func(serving *exec.Cmd) error {
		select {
		case <-time.After(time.Duration(o.Seconds) * time.Second):
		case <-ctx.Done():
			return ctx.Err()
		}
		idle = status(strconv.Itoa(serving.Process.Pid), "VmRSS")
		return nil
	}); err != nil {
		return nil, err
	}
	ready := took[len(took)/2].Seconds()
	results := []Result{{Name: "start: until a station is ready", Engine: "sqlite", Ours: ready, Reference: startTarget.Seconds(), Unit: "s",
		Ratio: startTarget.Seconds() / ready, Target: 1, Against: "1 s"}}
	if idle > 0 { // 0: the system does not tell
		results = append(results, Result{Name: "start: memory of a station at rest", Engine: "sqlite", Ours: float64(idle), Reference: idleTarget, Unit: "MiB",
			Ratio: float64(idleTarget) / float64(idle), Target: 1, Against: "100 MiB"})
	}
	return results, nil
}

// program runs huzheng.
type program struct {
	executable, dir string
}

func (p *program) command(ctx context.Context, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, p.executable, args...)
	command.Dir = p.dir
	command.Env = append(os.Environ(), "HUZHENG_PASSPHRASE=benchmark only", "HUZHENG_PASSWORD=benchmark only")
	return command
}

func (p *program) run(ctx context.Context, args ...string) error {
	if out, err := p.command(ctx, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("huzheng %s: %w: %s", strings.Join(args, " "), err, bytes.TrimSpace(out))
	}
	return nil
}

// found makes a city, imports the residents of one station, and lets that station's node join over the network. It returns the
// station's configuration.
func (p *program) found(ctx context.Context, residents int) (station string, err error) {
	if err := writePeople(filepath.Join(p.dir, "people.csv"), residents, perStation); err != nil {
		return "", err
	}
	address, err := freeAddress()
	if err != nil {
		return "", err
	}
	const parent = "city/huzheng.toml"
	station = "station/huzheng.toml"
	for _, args := range [][]string{
		{"node", "init", "city", "--unit", "220100", "--root", "--admin", "admin", "--listen", address},
		{"operator", "set-password", "admin", "-c", parent},
		{"do", "site.found_unit", "--input", `{"unit":"220102","name":"南关区公安分局","kind":"bureau"}`, "--as", "admin", "-c", parent},
		{"do", "site.found_unit", "--input", `{"unit":"220102001","name":"第一派出所","kind":"station"}`, "--as", "admin", "-c", parent},
		{"import", "people.csv", "--as", "admin", "-c", parent},
		{"node", "init", "station", "--unit", string(stationUnit), "--parent", "network"},
		{"node", "admit", "station/request.note", "--out", "admission.note", "--as", "admin", "-c", parent},
		{"node", "join", "admission.note", "-c", station},
	} {
		if err := p.run(ctx, args...); err != nil {
			return "", err
		}
	}
	_, err = p.start(ctx, parent, func(*exec.Cmd) error { return p.run(ctx, "node", "sync", "-c", station) })
	return station, err
}

func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}

// startLimit bounds how long a start may take at all.
const startLimit = 30 * time.Second

// start starts a node's process, waits until it says that it is ready, runs fn, and stops it.
func (p *program) start(ctx context.Context, config string, fn func(*exec.Cmd) error) (took time.Duration, err error) {
	ready := filepath.Join(p.dir, "ready")
	if err := os.Remove(ready); err != nil && !errors.Is(err, os.ErrNotExist) {
		return 0, err
	}
	serving := p.command(ctx, "serve", "-c", config, "--ready", ready)
	var out bytes.Buffer
	serving.Stdout, serving.Stderr = &out, &out
	begin := time.Now()
	if err := serving.Start(); err != nil {
		return 0, err
	}
	for {
		if _, err := os.Stat(ready); err == nil {
			break
		}
		if took = time.Since(begin); took > startLimit || ctx.Err() != nil {
			break
		}
		time.Sleep(time.Millisecond)
	}
	took = time.Since(begin)
	if took < startLimit {
		err = fn(serving)
	} else {
		err = errors.New("the node did not start")
	}
	stopped := errors.Join(serving.Process.Signal(os.Interrupt), serving.Wait())
	if err = errors.Join(err, ctx.Err(), stopped); err != nil {
		err = fmt.Errorf("huzheng serve: %w: %s", err, bytes.TrimSpace(out.Bytes()))
	}
	return took, err
}
