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
	"unicode/utf8"

	"github.com/huzheng/huzheng/internal/linkage"
	"github.com/huzheng/huzheng/internal/linkage/hanzi"
	"github.com/huzheng/huzheng/internal/node"
	"github.com/huzheng/huzheng/internal/synth"
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
			if record, ok := resident.Record(synth.Computer); ok {
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

// writeStrings writes the normalised values as text; what is missing, or not relied on by a key, is empty.
func writeStrings(w *bufio.Writer, p *linkage.Population) {
	fmt.Fprintln(w, "id,number,name,surname,given,sound,birth,sure,year,days,birthseq,sex,place,household,address,street,mother,father,spouse")
	for i := range int32(p.Len()) {
		v := p.Parts(i)
		line := strconv.AppendInt(nil, int64(i), 10)
		for _, text := range []string{numberText(v.Number), nameText(v.Name, v.Long), nameText(v.Surname, false), nameText(v.Given, v.Long), hexText(v.Sound), dateText(v.Date), dateText(v.SureDate),
			yearText(v.Date), daysText(v.SureDate), sequenceText(v.BirthSequence), numeral(v.Sex), placeText(v.Place), hexText(v.Household), hexText(v.Address), hexText(v.Street), hexText(v.Mother), hexText(v.Father), hexText(v.Spouse)} {
			line = append(append(line, ','), text...)
		}
		w.Write(append(line, '\n')) // an error comes again with Flush
	}
}

// centuries are the first digits of a year of birth, by their two bits.
var centuries = [4]string{"00", "18", "19", "20"}

func numberText(n uint64) string {
	if n == 0 {
		return ""
	}
	digits := fmt.Sprintf("%015x", n&(1<<60-1))
	return digits[:6] + centuries[n>>60&3] + digits[6:]
}

func sequenceText(n uint64) string {
	if n == 0 {
		return ""
	}
	return centuries[n>>60&3] + fmt.Sprintf("%09x", n&(1<<36-1))
}

// nameText writes characters; a digest, and a number that stands for no one character, in hexadecimal.
func nameText(name uint64, digest bool) (text string) {
	if digest && name != 0 {
		return fmt.Sprintf("%016x", name)
	}
	for ; name != 0; name >>= 16 {
		id := uint16(name)
		if r := hanzi.Load().Rune(id); id >= 0x80 && r != utf8.RuneError {
			text = string(r) + text
		} else if id != 0 {
			text = fmt.Sprintf("#%04x", id) + text
		}
	}
	return text
}

func hexText(v uint32) string {
	if v == 0 {
		return ""
	}
	return fmt.Sprintf("%08x", v)
}

func dateText(d uint32) string {
	if d == 0 {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d>>9, d>>5&15, d&31)
}

func yearText(d uint32) string { return numeral(uint64(d >> 9)) }

// daysText is month and day in either order.
func daysText(d uint32) string {
	if d == 0 {
		return ""
	}
	month, day := d>>5&15, d&31
	return fmt.Sprintf("%02d%02d", min(month, day), max(month, day))
}

func numeral(v uint64) string {
	if v == 0 {
		return ""
	}
	return strconv.FormatUint(v, 10)
}

// placeText has the province first.
func placeText(v uint64) string {
	if v == 0 {
		return ""
	}
	return fmt.Sprintf("%02d%04d", v>>10, v&1023)
}

// writeIntegers writes the packed values, and one integer for each key: empty where the record has none.
func writeIntegers(w *bufio.Writer, p *linkage.Population) {
	fmt.Fprintln(w, "id,number,name,sound,birth,sex,place,mother,father,spouse,address,street,k_number,k_name_year,k_sound_day,k_surname_birth,k_birth_sequence,k_sound_birthplace,"+
		"k_mother,k_given_birth,k_parents,k_spouse,k_household")
	for i := range int32(p.Len()) {
		v := p.Parts(i)
		line := strconv.AppendInt(nil, int64(i), 10)
		for _, n := range []uint64{v.Number, v.Name, uint64(v.Sound), uint64(v.Date), v.Sex, v.Place, uint64(v.Mother), uint64(v.Father), uint64(v.Spouse), uint64(v.Address), uint64(v.Street)} {
			line = strconv.AppendUint(append(line, ','), n, 10)
		}
		month, day := v.SureDate>>5&15, v.SureDate&31
		days := uint64(min(month, day)<<5 | max(month, day))
		for _, key := range []uint64{v.Number, mixed(v.Name, uint64(v.Date>>9)), mixed(uint64(v.Sound), days), mixed(v.Surname, uint64(v.SureDate), v.Sex), v.BirthSequence,
			mixed(uint64(v.Sound), v.Place, v.Sex), uint64(v.Mother), mixed(v.Given, uint64(v.SureDate)), mixed(uint64(v.Father), uint64(v.Mother)), mixed(uint64(v.Spouse), v.Sex),
			mixed(uint64(v.Household), v.Given)} {
			line = append(append(line, ','), numeral(key)...)
		}
		w.Write(append(line, '\n')) // an error comes again with Flush
	}
}

// mixed makes one integer of several; 0 where one is 0.
func mixed(parts ...uint64) (h uint64) {
	for _, part := range parts {
		if part == 0 {
			return 0
		}
		h = (h ^ part) * 0x9E3779B97F4A7C15
		h ^= h >> 32
	}
	return h
}
