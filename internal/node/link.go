package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/linkage"
	"github.com/huzheng/huzheng/internal/personfile"
)

// LinkedFile counts what was read of a person file to be linked.
type LinkedFile struct {
	File string `json:"file"`
	Rows int    `json:"rows"`
	Bad  int    `json:"bad"` // rows that cannot be read
	// Cut is set where the file seems to end too early.
	Cut *personfile.Cut `json:"cut,omitempty"`
	// Missing are the columns that comparing would use and that the file has not.
	Missing []string `json:"missing,omitempty"`
	// Unknown are columns whose names are not known: they are not compared.
	Unknown []string `json:"unknown_columns,omitempty"`
}

// ReasonMissingColumn is the reason of a FileError: a person cannot be recognised by the columns that there are.
const ReasonMissingColumn = "missing-column"

// linkBatch is how many rows are packed at a time.
const linkBatch = 8192

// LinkText is a row of a person file as linkage reads it. A row without an identifier is known by its line.
func LinkText(r *personfile.Record) linkage.Text {
	v := &r.Value
	t := linkage.Text{ID: v[personfile.RecordID], Number: v[personfile.CitizenNumber], Name: v[personfile.Name], FormerName: v[personfile.FormerName], Sex: v[personfile.Sex],
		Birth: v[personfile.BirthDate], Birthplace: v[personfile.Birthplace], Address: v[personfile.Address], Mother: v[personfile.MotherNumber],
		Father: v[personfile.FatherNumber], Spouse: v[personfile.SpouseNumber], EthnicGroup: v[personfile.EthnicGroup]}
	if t.ID == "" {
		t.ID = "line-" + strconv.Itoa(r.Line)
	}
	if h := v[personfile.HouseholdNo]; h != "" {
		t.Household = v[personfile.Unit] + "/" + h
	}
	return t
}

// Packing says how a person file is packed.
type Packing struct {
	Workers  int
	Memory   int64 // bytes that packing, and linking what was packed, may take; 0: no limit
	Progress func(int64)
	Bad      func(*personfile.RowError) error // called with each row that cannot be read
}

// linkBase is how many bytes linking takes whatever the file: tables of characters, batches of rows.
const linkBase = 192 << 20

// PackFile packs the rows of a person file in their order. Its memory is that of the population and of a few batches of rows. A file without names, or with neither
// birth dates nor numbers, is a *personfile.FileError; so is one that does not fit into the memory, as soon as that is known: mostly after the first rows.
func PackFile(ctx context.Context, name string, file *personfile.Reader, o Packing) (*linkage.Population, *LinkedFile, error) {
	out := &LinkedFile{File: name, Unknown: file.Unknown()}
	var err error
	if out.Missing, err = linkColumns(name, file.Known()); err != nil {
		return nil, nil, err
	}
	p := linkage.NewPopulation(linkBatch)
	batches, packed := make(chan []linkage.Text, 1), make(chan struct{})
	go func() { // packing goes on while the next rows are read
		defer close(packed)
		for batch := range batches {
			p.AddAll(batch, o.Workers)
		}
	}()
	first, good := true, int64(0)
	err = eachText(ctx, file, func(batch []linkage.Text, bad *personfile.RowError) error {
		if bad != nil {
			out.Rows, out.Bad = out.Rows+1, out.Bad+1
			return o.Bad(bad)
		}
		if out.Rows += len(batch); o.Progress != nil {
			o.Progress(int64(out.Rows))
		}
		good += int64(len(batch))
		expected := good
		if share := file.Share(); first && share > 0 {
			expected = int64(float64(good) / share)
		}
		if !o.fits(expected) {
			return tooLarge(name, expected, o.Memory)
		}
		if first {
			p.Grow(int(expected + expected/50)) // nothing is packed yet
		}
		first = false
		batches <- batch
		return nil
	})
	close(batches)
	<-packed
	out.Cut = file.Cut()
	return p, out, err
}

func (o *Packing) fits(registrations int64) bool {
	return o.Memory == 0 || linkBase+linkage.NeedBytes(registrations) <= o.Memory
}

func tooLarge(name string, registrations, memory int64) error {
	need := (linkBase+linkage.NeedBytes(registrations))>>20 + 1
	return &personfile.FileError{File: name, Reason: personfile.ReasonTooLarge,
		Text: citizen.Text{ZH: fmt.Sprintf("约有%d条记录，比对约需内存%d MiB，限额是%d MiB", registrations, need, memory>>20),
			EN: fmt.Sprintf("it has some %d records; comparing them takes about %d MiB of memory, and the limit is %d MiB", registrations, need, memory>>20)},
		Mend: citizen.Text{ZH: "内存够的，用 --memory 提高限额，或换内存更大的机器；也可把文件按性别分成两个，分别比对（登记性别不同的重复登记这样查不出）",
			EN: "where the machine has more, raise the limit by --memory, or take a larger machine; or split the file by sex and link both parts (people registered under both sexes are not found then)"}}
}

// LinkPacked finds the pairs of what was packed, within the memory. A file that holds its people several times over, so that its pairs do not fit, is a
// *personfile.FileError.
func LinkPacked(ctx context.Context, name string, p *linkage.Population, m *linkage.Model, o Packing, progress linkage.Progress) (*linkage.Result, error) {
	options := linkage.LinkOptions{Workers: o.Workers, Progress: progress}
	if o.Memory > 0 {
		options.MaxPairs = max((o.Memory-linkBase-p.Bytes()-p.LinkBytes())/linkedPair, leastPairs)
	}
	result, err := linkage.Link(ctx, p, m, options)
	if many, ok := errors.AsType[*linkage.TooManyPairsError](err); ok {
		return nil, &personfile.FileError{File: name, Reason: personfile.ReasonTooLarge,
			Text: citizen.Text{ZH: fmt.Sprintf("疑似重复的超过%d对，内存限额%d MiB容纳不下：多半是同一批人在文件中出现多次，或者一个代用的号码由上千行共用", many.Max, o.Memory>>20),
				EN: fmt.Sprintf("more than %d pairs look like one person, and the memory limit of %d MiB has no room for more: most likely the file holds its people several times over, or a placeholder of a number stands in thousands of rows", many.Max, o.Memory>>20)},
			Mend: citizen.Text{ZH: "核对文件是否由几份名单拼接而成，去掉重复的行；用 huzheng check 找出代用的号码并清空，然后再比对。确需比对的，用 --memory 提高限额",
				EN: "see whether the file was put together from several lists, and take out the rows that repeat; find placeholders with huzheng check, and empty them; then link again. Where all is right, raise the limit by --memory"}}
	}
	return result, err
}

const (
	linkedPair = linkage.PairBytes + 1200 // with the texts of both
	leastPairs = 10_000
)

// eachText reads a file in batches of rows, which belong to the callee, and row by row what cannot be read.
func eachText(ctx context.Context, file *personfile.Reader, each func([]linkage.Text, *personfile.RowError) error) error {
	batch := make([]linkage.Text, 0, linkBatch)
	for {
		record, err := file.Next()
		var bad *personfile.RowError
		switch {
		case errors.Is(err, io.EOF):
			return each(batch, nil)
		case errors.As(err, &bad):
			if err := each(nil, bad); err != nil {
				return err
			}
			continue
		case err != nil:
			return err
		}
		if batch = append(batch, LinkText(&record)); len(batch) < linkBatch {
			continue
		}
		if err := errors.Join(ctx.Err(), each(batch, nil)); err != nil {
			return err
		}
		batch = make([]linkage.Text, 0, linkBatch)
	}
}

// PickTexts reads a file again and returns those of its readable rows that are wanted, by their number in a population packed from it.
func PickTexts(ctx context.Context, file *personfile.Reader, wanted []int32) (map[int32]*linkage.Text, error) {
	slices.Sort(wanted)
	wanted = slices.Compact(wanted)
	found := make(map[int32]*linkage.Text, len(wanted))
	next := 0 // of wanted
	at := 0   // rows read
	err := eachText(ctx, file, func(batch []linkage.Text, _ *personfile.RowError) error {
		for ; next < len(wanted) && int(wanted[next]) < at+len(batch); next++ {
			t := batch[int(wanted[next])-at]
			found[wanted[next]] = &t
		}
		at += len(batch)
		return nil
	})
	return found, err
}

// linkColumns says which of the columns that linkage uses are not there.
func linkColumns(name string, known []personfile.Column) (missing []string, err error) {
	has := func(c personfile.Column) bool { return slices.Contains(known, c) }
	if !has(personfile.Name) || !has(personfile.BirthDate) && !has(personfile.CitizenNumber) {
		return nil, &personfile.FileError{File: name, Reason: ReasonMissingColumn,
			Text: citizen.Text{ZH: "缺少姓名列，或者出生日期和公民身份号码两列都没有，认不出人", EN: "there is no column name, or neither birth_date nor citizen_number, so that nobody can be recognised"},
			Mend: citizen.Text{ZH: "在表头写明这些列，或用列名对照文件（--mapping）说明哪一列是什么", EN: "name these columns in the header, or say by a mapping file (--mapping) which column is which"}}
	}
	for _, c := range []personfile.Column{personfile.RecordID, personfile.CitizenNumber, personfile.Sex, personfile.BirthDate, personfile.Birthplace, personfile.Address,
		personfile.HouseholdNo, personfile.FatherNumber, personfile.MotherNumber, personfile.SpouseNumber} {
		if !has(c) {
			missing = append(missing, c.English())
		}
	}
	return missing, nil
}

// LinkGroups are the groups by which the quality of linkage is counted, so that it is seen when one group is found less well than another: ethnic group, characters of
// the name, and age on a day in steps of twenty years.
func LinkGroups(t *linkage.Text, on citizen.Date) []string {
	ethnic := t.EthnicGroup
	if code, ok := citizen.EthnicGroups.ByCode(ethnic); ok {
		ethnic = code.ZH
	}
	all := []string{"ethnic_group=" + ethnic, "name_length=" + strconv.Itoa(utf8.RuneCountInString(t.Name))}
	if born, err := citizen.ParseDate(t.Birth); err == nil {
		all = append(all, fmt.Sprintf("age=%02d", max(born.AgeOn(on), 0)/20*20))
	}
	return all
}
