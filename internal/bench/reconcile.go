package bench

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"github.com/huzheng/huzheng/internal/node"
	"github.com/huzheng/huzheng/internal/personfile"
	"github.com/huzheng/huzheng/internal/spill"
	"github.com/huzheng/huzheng/internal/synth"
	"github.com/huzheng/huzheng/internal/verify/reconcile"
)

// The size of the city that the plan speaks of, and what its comparison may take (linkage notes 10).
const (
	cityResidents    = 7_300_000
	reconcileSeconds = 20.0
	reconcileMiB     = 4096
	reconcileSample  = 200_000 // residents whose files are compared with the truth
)

// Reconcile measures the comparison of five records: a whole city's packed rows, for three seeds; the same from text, beside reading the files alone; and on a synthetic city how much of
// what was planted is found, explained and rightly proposed. Results are compared between 1, 2 and 4 workers.
func Reconcile(ctx context.Context, o Options) ([]Result, error) {
	residents := int(float64(cityResidents) * float64(o.Rows) / 1e6)
	var results []Result
	for seed := uint64(1); seed <= 3; seed++ {
		packed, err := o.packedCity(ctx, seed, residents)
		if err != nil {
			return nil, err
		}
		results = append(results, packed...)
	}
	text, err := o.textCity(ctx, min(reconcileSample, residents))
	return append(results, text...), err
}

// packedCity joins, compares and counts the rows of a city that are in memory.
func (o *Options) packedCity(ctx context.Context, seed uint64, residents int) ([]Result, error) {
	o.say("packing the rows of %d residents, seed %d", residents, seed)
	rows := packedRows(seed, residents)
	debug.FreeOSMemory()
	resetPeak()
	workers := runtime.GOMAXPROCS(0)
	start, busy := time.Now(), processorTime()
	people, differing, joiner := countCity(rows, workers)
	wall, spent := time.Since(start).Seconds(), (processorTime() - busy).Seconds()
	memory := peak()
	total := 0
	for s := range rows {
		total += len(rows[s])
	}
	o.say("seed %d: %d rows, %d people, %d differing, %d numbers repeated, %d crowded: %.2f s by the clock, %.2f s of processor time, %d MiB", seed, total, people, differing,
		len(joiner.Repeats), joiner.Capped(), wall, spent, memory)
	if people < int64(residents) || float64(people) > 1.01*float64(residents) {
		return nil, fmt.Errorf("%d residents were counted as %d people", residents, people)
	}
	keys := make([]uint64, 0, total)
	for s := range rows {
		for i := range rows[s] {
			keys = append(keys, rows[s][i].Number)
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	busy = processorTime()
	slices.Sort(keys)
	reference := (processorTime() - busy).Seconds()
	limit := reconcileSeconds * float64(residents) / cityResidents
	name := fmt.Sprintf("reconcile: %d packed rows of five sources, seed %d", total, seed)
	return []Result{
		{Name: name, Engine: fmt.Sprintf("%d cores", workers), Ours: wall, Reference: limit, Unit: "s", Ratio: limit / wall, Target: 1, Against: fmt.Sprintf("%.3g s by the clock", limit),
			Memory: memory, Limit: reconcileMiB},
		{Name: name, Engine: "processor time", Ours: spent, Reference: 2 * limit, Unit: "s", Ratio: 2 * limit / spent, Target: 1, Against: fmt.Sprintf("%.3g s on each of two cores", limit)},
		{Name: name, Engine: "processor time", Ours: spent, Reference: reference, Unit: "s", Ratio: reference / spent, Target: 0.15, Against: "slices.Sort of the same numbers, nothing else"},
	}, nil
}

// countCity joins rows and counts the codes of everybody.
func countCity(rows [reconcile.SourceCount][]reconcile.Row, workers int) (people, differing int64, joiner *reconcile.Joiner) {
	states := make([]*reconcile.State, workers)
	counts := make([][2]int64, workers*8) // a cache line for each
	for i := range states {
		states[i] = reconcile.NewState(packedCarries)
	}
	count := func(worker int, c *reconcile.Cluster) {
		var mine [reconcile.SourceCount]*reconcile.Row
		unit := uint16(0)
		for s, i := range c.Rows {
			if i >= 0 {
				mine[s] = &rows[s][i]
				unit = mine[s].Unit
			}
		}
		counts[worker*8][0]++
		if states[worker].Add(unit, &mine) != 0 {
			counts[worker*8][1]++
		}
	}
	joiner = &reconcile.Joiner{Rows: rows, Want: reconcile.AllSources, Workers: workers, Done: count}
	open := joiner.ByNameBirth(joiner.ByHouseholdName(joiner.ByNumber()))
	for i := range open {
		count(0, &open[i])
	}
	tally := make(reconcile.Tally)
	units := make([]string, packedUnits)
	for i := range units {
		units[i] = fmt.Sprintf("2201%05d", i)
	}
	for i, st := range states {
		tally.Add(st, units)
		people, differing = people+counts[i*8][0], differing+counts[i*8][1]
	}
	return people, differing, joiner
}

const packedUnits = 250

// packedCarries are the items of the five records: the card has six, the booklet no relatives' numbers.
var packedCarries = func() [reconcile.SourceCount]reconcile.Items {
	all := reconcile.AllItems
	relatives := reconcile.Items(1<<reconcile.FatherNumber | 1<<reconcile.MotherNumber | 1<<reconcile.SpouseNumber)
	card := reconcile.Items(1<<reconcile.Number | 1<<reconcile.Name | 1<<reconcile.Sex | 1<<reconcile.EthnicGroup | 1<<reconcile.BirthDate | 1<<reconcile.Address)
	return [reconcile.SourceCount]reconcile.Items{all, all &^ relatives, card, all, all}
}()

// packedRows makes the rows of a city: one in five has no card, one in forty does not declare; each source has an order of its own; about three in ten people differ in something.
func packedRows(seed uint64, residents int) (rows [reconcile.SourceCount][]reconcile.Row) {
	strides := [reconcile.SourceCount]int{1, 1, 7_368_787, 5_800_079, 1} // primes: cards and the computer are in other orders
	for s := range rows {
		rows[s] = make([]reconcile.Row, 0, residents)
		for k := range residents {
			i := k * strides[s] % residents
			at := uint64(i)<<3 | uint64(s)
			if s == int(reconcile.Card) && noise(seed, at, 1)%5 == 0 || s == int(reconcile.Citizen) && noise(seed, at, 2)%40 == 0 {
				continue
			}
			rows[s] = append(rows[s], packedRow(seed, i, at, packedCarries[s]))
		}
	}
	return rows
}

func noise(seed, at, salt uint64) uint64 {
	x := at*0x9e3779b97f4a7c15 ^ seed<<40 ^ salt<<56
	x ^= x >> 31
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 29
	x *= 0x94d049bb133111eb
	return x ^ x>>32
}

// packedRow is what one source says of a resident, with the errors of that source.
func packedRow(seed uint64, i int, at uint64, carries reconcile.Items) reconcile.Row {
	person := uint64(i)
	const days = 27_000
	body := uint64(220102)*1e11 + uint64(19300101+i%days*25)*1e3 + uint64(1+i/days) // no calendar: a number that nobody else has
	birth := body / 1e3 % 1e8
	if one := noise(seed, at, 3); one%200 == 0 {
		body += one >> 32 % 900 * 1e3 // a wrong digit or two
	}
	row := reconcile.Row{Number: body<<7 | noise(seed, person, 4)%11, Unit: uint16(i * packedUnits / 7_300_001 % packedUnits)}
	for k := range row.Text {
		item := reconcile.Name + reconcile.Item(k)
		if !carries.Has(item) {
			continue
		}
		v := noise(seed, person, uint64(8+k))
		switch item {
		case reconcile.Name:
			v = v % 2_000_000
		case reconcile.BirthDate:
			v = birth
		case reconcile.HouseholdNo:
			v = noise(seed, person/3, uint64(8+k))
		}
		if noise(seed, at, uint64(40+k))%wrongEvery(item) == 0 {
			v++
		}
		row.Text[k] = max(uint32(v), 1)
	}
	for k := range row.Small {
		if carries.Has(reconcile.Sex + reconcile.Item(k)) {
			row.Small[k] = uint8(1 + noise(seed, person, uint64(30+k))%4)
		}
	}
	return row
}

func wrongEvery(item reconcile.Item) uint64 {
	switch item {
	case reconcile.Address:
		return 25
	case reconcile.Name, reconcile.BirthDate:
		return 150
	}
	return 500
}

// textCity compares five files of a synthetic city with each other and with the truth.
func (o *Options) textCity(ctx context.Context, residents int) ([]Result, error) {
	dir := filepath.Join(o.Dir, "reconcile")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	var results []Result
	for seed := uint64(1); seed <= 3; seed++ {
		o.say("making the files of %d residents, seed %d", residents, seed)
		city, err := synth.NewCity(synth.CityConfig{Seed: seed, Residents: residents, Errors: 1})
		if err != nil {
			return nil, err
		}
		if _, err := city.Write(ctx, func(name string) (io.WriteCloser, error) { return os.Create(filepath.Join(dir, name)) }, synth.WriteOptions{}); err != nil {
			return nil, err
		}
		if seed == 1 {
			speed, err := o.textSpeed(ctx, dir)
			if err != nil {
				return nil, err
			}
			results = append(results, speed)
		}
		quality, err := o.reconcileQuality(ctx, dir, seed)
		if err != nil {
			return nil, err
		}
		results = append(results, quality...)
	}
	return results, nil
}

// textSpeed compares the processor time of the whole comparison with that of reading the same files by the standard library, and the bytes of three numbers of workers.
func (o *Options) textSpeed(ctx context.Context, dir string) (Result, error) {
	var digests []string
	var rows int64
	var spent time.Duration
	debug.FreeOSMemory()
	resetPeak()
	for _, workers := range []int{2, 1, 4} {
		busy := processorTime()
		sum, digest, err := reconcileFolder(ctx, dir, workers, nil)
		if err != nil {
			return Result{}, err
		}
		if workers == 2 {
			spent = processorTime() - busy
			for _, n := range sum.Rows {
				rows += n
			}
		}
		digests = append(digests, digest)
	}
	memory := peak()
	if digests[0] != digests[1] || digests[0] != digests[2] {
		return Result{}, errors.New("reconcile: 1, 2 and 4 workers do not write the same bytes")
	}
	busy := processorTime()
	for s := range reconcile.SourceCount {
		if err := readCSV(filepath.Join(dir, s.String()+".csv")); err != nil {
			return Result{}, err
		}
	}
	reference := (processorTime() - busy).Seconds()
	ours := spent.Seconds()
	return Result{Name: fmt.Sprintf("reconcile: five CSV files, %d rows, to a file of differences", rows), Engine: "processor time", Ours: float64(rows) / ours, Reference: float64(rows) / reference,
		Unit: "rows/s", Ratio: reference / ours, Target: 0.1, Against: "encoding/csv reading the same files, nothing else", Memory: memory, Limit: 2048}, nil
}

func readCSV(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	in := csv.NewReader(bufio.NewReaderSize(file, 1<<20))
	in.ReuseRecord = true
	for {
		if _, err := in.Read(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// reconcileFolder compares a folder's files and returns the digest of what is written.
func reconcileFolder(ctx context.Context, dir string, workers int, truth *reconcile.Truth) (*node.Reconciled, string, error) {
	work := node.Reconcile{Form: node.ReconcileCSV, Workers: workers, Memory: 512 << 20, Truth: truth, Spill: func() (spill.File, error) { return os.CreateTemp(dir, "scratch-") }}
	digest := sha256.New()
	work.Out = digest
	for s := range reconcile.SourceCount {
		in, err := os.Open(filepath.Join(dir, s.String()+".csv"))
		if err != nil {
			return nil, "", err
		}
		defer in.Close()
		info, err := in.Stat()
		if err != nil {
			return nil, "", err
		}
		if work.Files[s], err = personfile.Open(s.String()+".csv", in, info.Size(), personfile.Options{}); err != nil {
			return nil, "", err
		}
		work.Bad[s] = personfile.NewErrorWriter(io.Discard)
	}
	sum, err := node.ReconcileFiles(ctx, work)
	return sum, hexOf(digest), err
}

func hexOf(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

// reconcileQuality prints the table of one seed and gives its sums.
func (o *Options) reconcileQuality(ctx context.Context, dir string, seed uint64) ([]Result, error) {
	text, err := os.ReadFile(filepath.Join(dir, "truth.csv"))
	if err != nil {
		return nil, err
	}
	truth, err := reconcile.ReadTruth(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	sum, _, err := reconcileFolder(ctx, dir, runtime.GOMAXPROCS(0), truth)
	if err != nil {
		return nil, err
	}
	q := sum.Quality
	o.say("seed %d: rows joined rightly %d of %d, of those to join %d of %d, told differences that were planted %d of %d", seed, q.Joined.Part, q.Joined.Whole, q.Joins.Part, q.Joins.Whole,
		q.Findings.Part, q.Findings.Whole)
	o.say("| seed %d | planted | visible | found %% | explained %% | proposals right %% | solved %% |\n| --- | --- | --- | --- | --- | --- | --- |", seed)
	var found, explained, proposed reconcile.Share
	for i, r := range slices.Concat(q.Kinds, q.Groups) {
		o.say("| %s | %d | %d | %s | %s | %s | %s |", r.Name, r.Planted, r.Found.Whole, r.Found, r.Explained, r.Proposed, r.Solved)
		if i < len(q.Kinds) {
			add(&found, r.Found)
			add(&explained, r.Explained)
			add(&proposed, r.Proposed)
		}
	}
	var results []Result
	for _, one := range []struct {
		name  string
		share reconcile.Share
		most  float64 // percent
	}{{"joined rows that are two people", q.Joined, 0.1}, {"rows of one person left apart", q.Joins, 0.1}, {"told differences that nobody planted", q.Findings, 1}, {"visible errors missed", found, 3},
		{"explanations wrong", explained, 5}, {"proposals wrong", proposed, 5}} {
		wrong := 100 - one.share.Percent()
		results = append(results, Result{Name: fmt.Sprintf("reconcile: %s, seed %d", one.name, seed), Engine: fmt.Sprintf("of %d", one.share.Whole), Ours: wrong, Reference: one.most, Unit: "%",
			Ratio: one.most / max(wrong, 0.001), Target: 1, Against: fmt.Sprintf("%g %%", one.most)})
	}
	return results, nil
}

func add(sum *reconcile.Share, more reconcile.Share) {
	sum.Part, sum.Whole = sum.Part+more.Part, sum.Whole+more.Whole
}
