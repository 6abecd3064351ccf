package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/huzheng/huzheng/internal/linkage"
	"github.com/huzheng/huzheng/internal/linkage/hanzi"
	"github.com/huzheng/huzheng/internal/node"
)

// anchorRows is how many records the comparison with DuckDB has at most.
const anchorRows = 5_000_000

// The floors of the ratios.
const (
	anchorStrings  = 15
	anchorIntegers = 3
)

// anchorKeys are the rules of tools/duckdb: all whose value a record has at most one of.
const anchorKeys = 1<<linkage.KeyNumber | 1<<linkage.KeyNameYear | 1<<linkage.KeySoundDay | 1<<linkage.KeySurnameBirth | 1<<linkage.KeyBirthSequence |
	1<<linkage.KeySoundBirthplace | 1<<linkage.KeyMother | 1<<linkage.KeyGivenBirth | 1<<linkage.KeyParents | 1<<linkage.KeySpouse | 1<<linkage.KeyHousehold

// anchorAnswer is what tools/duckdb prints.
type anchorAnswer struct {
	Version string  `json:"version"`
	Pairs   int64   `json:"pairs"`
	Kept    int64   `json:"kept"`
	Seconds float64 `json:"seconds"`
	CPU     float64 `json:"cpu_seconds"`
	Memory  int64   `json:"memory_mib"`
}

// linkAnchor lets DuckDB find and compare the same pairs by the same rules, from the same normalised values: once as text, once as integers.
func linkAnchor(ctx context.Context, o *Options) ([]Result, error) {
	if o.DuckDB == "" {
		o.say("linkage: no --duckdb: its rows are left out")
		return nil, nil
	}
	p, err := linkPopulation(ctx, linkFirstSeed, min(o.Rows, anchorRows))
	if err != nil {
		return nil, err
	}
	model := *linkage.StartModel(p.Len())
	model.Keys = anchorKeys
	var found *linkage.Result
	ours, err := measure(func() error {
		found, err = linkage.Link(ctx, p, &model, linkage.LinkOptions{Workers: linkWorkers})
		return err
	})
	if err != nil {
		return nil, err
	}
	o.say("linkage: %d records, %d keys, %d pairs: %v", p.Len(), len(model.Keys.Keys()), found.Compared, ours)
	if len(found.Capped) > 0 {
		return nil, fmt.Errorf("linkage: %d blocks are capped, which DuckDB does not do", len(found.Capped))
	}
	var all []Result
	for _, way := range []struct {
		name   string
		target float64
		write  func(*bufio.Writer, *linkage.Population)
	}{{"strings", anchorStrings, writeStrings}, {"integers", anchorIntegers, writeIntegers}} {
		answer, err := anchorRun(ctx, o, p, way.name, way.write)
		if err != nil {
			return nil, err
		}
		if answer.Pairs != found.Compared {
			return nil, fmt.Errorf("linkage: DuckDB found %d pairs on %s, we %d", answer.Pairs, way.name, found.Compared)
		}
		o.say("linkage: DuckDB %s, %s: %d pairs, %.1f s, processor time %.1f s, peak %d MiB", answer.Version, way.name, answer.Pairs, answer.Seconds, answer.CPU, answer.Memory)
		n := float64(p.Len())
		all = append(all, Result{Name: fmt.Sprintf("linkage: %d records, %d pairs, processor time", p.Len(), found.Compared), Engine: "memory", Ours: n / ours.cpu.Seconds(),
			Reference: n / answer.CPU, Unit: "records/s", Ratio: answer.CPU / ours.cpu.Seconds(), Target: way.target, Memory: ours.peak,
			Against: "DuckDB " + answer.Version + " on " + way.name + ", same rules, equal pairs"})
	}
	return all, nil
}

// linkPopulation packs a city without a file between.
func linkPopulation(ctx context.Context, seed uint64, residents int) (*linkage.Population, error) {
	city, err := linkCity(seed, residents)
	if err != nil {
		return nil, err
	}
	p := linkage.NewPopulation(residents)
	for _, unit := range city.Stations() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var texts []linkage.Text
		for resident := range city.Residents(unit.Code) {
			if record, ok := resident.Record(computer); ok {
				texts = append(texts, node.LinkText(&record))
			}
		}
		p.AddAll(texts, linkWorkers)
	}
	return p, nil
}

// anchorRun writes the table and runs the program of tools/duckdb on it.
func anchorRun(ctx context.Context, o *Options, p *linkage.Population, name string, write func(*bufio.Writer, *linkage.Population)) (*anchorAnswer, error) {
	path := filepath.Join(o.Dir, name+".csv")
	file, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	defer os.Remove(path)
	defer file.Close()
	w := bufio.NewWriterSize(file, 1<<20)
	write(w, p)
	if err := w.Flush(); err != nil {
		return nil, err
	}
	command := exec.CommandContext(ctx, o.DuckDB, name, path)
	command.Stderr, command.WaitDelay = os.Stderr, time.Minute
	out, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.DuckDB, err)
	}
	answer := new(anchorAnswer)
	return answer, json.Unmarshal(out, answer)
}
