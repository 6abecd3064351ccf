package bench

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/node"
	"github.com/huzheng/huzheng/internal/personfile"
	"github.com/huzheng/huzheng/internal/synth"
)

// checkTarget is the part of the reader's own speed that the item rules must leave; a file is read twice, so there is no more than a half. checkMemory
// is in MiB.
const (
	checkTarget = 0.10
	checkMemory = 1000
)

// Check measures the item rules over a person file on disk, the computer's records of a synthetic city with its errors, against reading the same file and
// doing nothing with it. Both in processor time.
func Check(ctx context.Context, o Options) ([]Result, error) {
	o.say("writing a city of %d", o.Rows)
	file, err := cityFile(ctx, o)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	open := func() (*personfile.Reader, error) {
		return personfile.Open(file.Name(), file, info.Size(), personfile.Options{})
	}
	o.say("checking")
	debug.FreeOSMemory() // what the city took
	resetPeak()
	rows := 0
	ours, err := o.busy(ctx, func() error {
		out, err := node.CheckFile(ctx, file.Name(), node.FileCheck{On: citizen.MustDate("2005-08-31"), Open: open, Bad: func(*personfile.RowError) error { return nil },
			Found: func(node.CheckedFinding) error { return nil }})
		if err == nil {
			rows = out.Rows
		}
		return err
	})
	memory := peak()
	if err != nil {
		return nil, err
	}
	alone, err := o.busy(ctx, func() error { return readAlone(open) })
	if err != nil {
		return nil, err
	}
	n := float64(rows)
	return []Result{{Name: "check: item rules over a person file", Engine: "files", Ours: n / ours, Reference: n / alone, Unit: "rows/s", Ratio: alone / ours, Target: checkTarget,
		Against: "our reader alone, the same file, in processor time", Memory: memory, Limit: checkMemory}}, nil
}

// cityFile writes the computer's records of a city.
func cityFile(ctx context.Context, o Options) (*os.File, error) {
	city, err := synth.NewCity(synth.CityConfig{Seed: 7, Residents: o.Rows, Errors: 1})
	if err != nil {
		return nil, err
	}
	path := filepath.Join(o.Dir, "computer.csv")
	_, err = city.Write(ctx, func(name string) (io.WriteCloser, error) {
		if name == filepath.Base(path) {
			return os.Create(path)
		}
		return discard{io.Discard}, nil
	}, synth.WriteOptions{})
	if err != nil {
		return nil, err
	}
	return os.Open(path)
}

type discard struct{ io.Writer }

func (discard) Close() error { return nil }

func readAlone(open func() (*personfile.Reader, error)) error {
	r, err := open()
	if err != nil {
		return err
	}
	defer r.Close()
	for {
		_, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if _, bad := errors.AsType[*personfile.RowError](err); err != nil && !bad {
			return err
		}
	}
}
