// Package road plays the road of a card through a small city in separate processes, which it kills: what the short demonstration shows.
package road

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/huzheng/huzheng/internal/event"
)

// site is one node of the demonstration: a folder, and a serve process where it has a line.
type site struct {
	unit    event.Unit
	dir     string
	serving []*exec.Cmd
}

func (s *site) config() string { return filepath.Join(s.dir, "huzheng.toml") }

// passphrase and password of every demonstration node and operator.
const (
	passphrase = "demonstration only"
	password   = "demonstration"
)

// exitError is a command that ended with another code than 0.
type exitError struct {
	args   []string
	code   int
	stderr string
}

func (e *exitError) Error() string {
	return fmt.Sprintf("huzheng %s: exit %d: %s", strings.Join(e.args, " "), e.code, strings.TrimSpace(e.stderr))
}

// command runs huzheng as a process of its own and returns what it printed.
func (d *Demo) command(ctx context.Context, stdin io.Reader, args ...string) ([]byte, error) {
	process := exec.CommandContext(ctx, d.Executable, args...)
	process.Env = d.environment()
	process.Stdin = stdin
	var stdout, stderr bytes.Buffer
	process.Stdout, process.Stderr = &stdout, &stderr
	err := process.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return stdout.Bytes(), &exitError{args: args, code: exit.ExitCode(), stderr: stderr.String()}
	}
	return stdout.Bytes(), err
}

func (d *Demo) environment() []string {
	return append(os.Environ(), "HUZHENG_PASSPHRASE="+passphrase, "HUZHENG_PASSWORD="+password)
}

// query runs a command that prints one JSON document.
func (d *Demo) query(ctx context.Context, v any, args ...string) error {
	out, err := d.command(ctx, nil, args...)
	var exit *exitError
	if err != nil && (!errors.As(err, &exit) || exit.code != 1) { // 1: findings, which the document holds
		return err
	}
	if err := json.Unmarshal(out, v); err != nil {
		return fmt.Errorf("huzheng %s: %w: %s", strings.Join(args, " "), err, out)
	}
	return nil
}

// act is one line of a batch.
type act struct {
	As     string `json:"as"`
	Action string `json:"action"`
	Input  any    `json:"input"`
}

// outcome is what a batch prints for a line.
type outcome struct {
	Result  json.RawMessage `json:"result"`
	Entries []event.Ref     `json:"entries"`
	Refusal *event.Refusal  `json:"refusal"`
}

// acts does a batch at a node in one process. The outcomes stand in the order of the acts.
func (d *Demo) acts(ctx context.Context, s *site, batch ...act) ([]outcome, error) {
	if len(batch) == 0 {
		return nil, nil
	}
	var in bytes.Buffer
	encoder := json.NewEncoder(&in)
	for _, a := range batch {
		if err := encoder.Encode(a); err != nil {
			return nil, err
		}
	}
	out, err := d.command(ctx, &in, "do", "-c", s.config(), "--batch", "-")
	var exit *exitError
	if err != nil && (!errors.As(err, &exit) || exit.code != 1) {
		return nil, err
	}
	outcomes := make([]outcome, 0, len(batch))
	decoder := json.NewDecoder(bytes.NewReader(out))
	for decoder.More() {
		var o outcome
		if err := decoder.Decode(&o); err != nil {
			return nil, fmt.Errorf("batch at %s: %w", s.unit, err)
		}
		outcomes = append(outcomes, o)
	}
	if len(outcomes) != len(batch) {
		return nil, fmt.Errorf("batch at %s: %d outcomes of %d acts: %w", s.unit, len(outcomes), len(batch), err)
	}
	return outcomes, nil
}

// must is acts where no refusal is expected.
func (d *Demo) must(ctx context.Context, s *site, batch ...act) ([]outcome, error) {
	outcomes, err := d.acts(ctx, s, batch...)
	if err != nil {
		return nil, err
	}
	for i, o := range outcomes {
		if o.Refusal != nil {
			return nil, fmt.Errorf("%s at %s was refused: %v", batch[i].Action, s.unit, o.Refusal)
		}
	}
	return outcomes, nil
}

// refused does one act and expects the refusal with the code.
func (d *Demo) refused(ctx context.Context, s *site, a act, code string) error {
	outcomes, err := d.acts(ctx, s, a)
	if err != nil {
		return err
	}
	if outcomes[0].Refusal == nil || outcomes[0].Refusal.Code != code {
		return fmt.Errorf("%s at %s should have been refused with %s: %s %v", a.Action, s.unit, code, outcomes[0].Result, outcomes[0].Refusal)
	}
	return nil
}

// readyTimeout bounds how long a serve process may take to start.
const readyTimeout = 20 * time.Second

// serve starts one more serve process of a node and waits until it is ready.
func (d *Demo) serve(ctx context.Context, s *site, options ...string) error {
	ready := filepath.Join(s.dir, fmt.Sprintf("ready-%d", len(s.serving)))
	_ = os.Remove(ready)
	log, err := os.OpenFile(filepath.Join(s.dir, "serve.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	process := exec.Command(d.Executable, append([]string{"serve", "-c", s.config(), "--ready", ready}, options...)...)
	process.Env = d.environment()
	process.Stdout, process.Stderr = log, log
	process.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := process.Start(); err != nil {
		return err
	}
	s.serving = append(s.serving, process)
	for end := time.Now().Add(readyTimeout); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(ready); err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	text, _ := os.ReadFile(filepath.Join(s.dir, "serve.log"))
	return fmt.Errorf("the node of %s did not start: %s", s.unit, text)
}

// kill ends every serve process of a node as a power cut would.
func (s *site) kill() {
	for _, process := range s.serving {
		_ = process.Process.Kill()
		_ = process.Wait()
	}
	s.serving = nil
}

// Serve leaves the nodes running until the context ends.
func (d *Demo) Serve(ctx context.Context, ready func()) error {
	defer d.stop()
	for _, s := range []*site{d.city, d.county, d.networks} {
		if err := d.serve(ctx, s); err != nil {
			return err
		}
	}
	ready()
	<-ctx.Done()
	return nil
}
