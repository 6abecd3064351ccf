package main

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/huzheng/huzheng/internal/card/chip"
	"github.com/huzheng/huzheng/internal/citizen"
	"golang.org/x/term"
)

type cardCommand struct {
	Encode cardEncodeCommand `cmd:"" help:"JSON records, one a line, to the chip's 256-byte records (docs/formats/chip.md)."`
	Decode cardDecodeCommand `cmd:"" help:"256-byte records to JSON, one a line."`
	Lint   cardLintCommand   `cmd:"" help:"Check records, JSON or 256 bytes, by every rule."`
}

// recordFlags are shared by the commands on chip records.
type recordFlags struct {
	File      string `arg:"" optional:"" default:"-" help:"A file; - reads standard input."`
	JSON      bool   `help:"One JSON object a line."`
	Authority string `help:"The bureau that issues these cards; another one is an error." placeholder:"NAME"`
	Errors    string `help:"Write the records that have errors to this file, with the reasons, one JSON object a line." placeholder:"FILE"`
}

// recordItem is one record of the input.
type recordItem struct {
	Line     int            `json:"line,omitempty"`   // of JSON lines
	Number   int            `json:"record,omitempty"` // of other inputs, from 1
	Findings []chip.Finding `json:"findings"`
	record   chip.Record
	raw      []byte // as it came
	binary   bool   // not JSON
}

func (i *recordItem) place() string {
	if i.Line > 0 {
		return fmt.Sprintf("第%d行 line %d", i.Line, i.Line)
	}
	return fmt.Sprintf("第%d条 record %d", i.Number, i.Number)
}

// maxRecordLine bounds a line of JSON, and maxDocument a document that is not in lines, in bytes.
const (
	maxRecordLine = 1 << 20
	maxDocument   = 64 << 20
)

// each opens the input, calls fn with every record, and keeps those with errors for --errors. It ends with errFindings when there were any.
func (f *recordFlags) each(env *environment, as form, fn func(*recordItem) error) (err error) {
	in := env.stdin
	if f.File != "-" {
		file, err := os.Open(f.File)
		if err != nil {
			return useError{err}
		}
		defer file.Close()
		in = file
	}
	put := io.Discard
	if f.Errors != "" {
		file, createErr := os.Create(f.Errors)
		if createErr != nil {
			return useError{createErr}
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		put = file
	}
	records, bad := 0, false
	err = readRecords(bufio.NewReaderSize(in, 1<<16), as, func(item *recordItem) error {
		records++
		if err := fn(item); err != nil || !chip.Failed(item.Findings) {
			return err
		}
		bad = true
		return writeLine(put, badRecord{item, item.input()})
	})
	switch {
	case err != nil:
		return err
	case records == 0:
		return useError{fmt.Errorf("%s: 文件中没有记录，核对是否选错文件 / holds no record; see whether it is the right file", f.File)}
	case bad:
		return errFindings
	}
	return nil
}

// badRecord is a line of --errors.
type badRecord struct {
	*recordItem
	Input any `json:"input"` // the JSON object, else its text; a record of bytes in hex
}

func (i *recordItem) input() any {
	switch {
	case i.binary:
		return hex.EncodeToString(i.raw)
	case json.Valid(i.raw):
		return json.RawMessage(i.raw)
	}
	return string(i.raw)
}

// form is how records come.
type form int

const (
	asJSON form = iota
	asBytes
	asEither // told by the beginning
)

var utf8Mark = []byte("\xEF\xBB\xBF")

// formOf tells JSON from 256-byte records: a record of bytes has a NUL in every blank and digit, JSON has none and begins with a brace or bracket.
func formOf(start []byte) form {
	trimmed := bytes.TrimSpace(bytes.TrimPrefix(start, utf8Mark))
	if len(trimmed) > 0 && (trimmed[0] == '{' || trimmed[0] == '[') && bytes.IndexByte(start, 0) < 0 {
		return asJSON
	}
	return asBytes
}

// readRecords calls fn with every record of an input.
func readRecords(in *bufio.Reader, as form, fn func(*recordItem) error) error {
	start, err := in.Peek(chip.Size)
	if len(start) == 0 {
		if errors.Is(err, io.EOF) {
			return nil
		}
		return err
	}
	if as == asEither {
		as = formOf(start)
	}
	if as == asJSON {
		if bytes.HasPrefix(start, utf8Mark) {
			_, _ = in.Discard(len(utf8Mark))
		}
		return readJSON(in, fn)
	}
	for n := 1; ; n++ {
		raw := make([]byte, chip.Size)
		got, err := io.ReadFull(in, raw)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			return err
		}
		item := &recordItem{Number: n, raw: raw[:got], binary: true}
		item.record, item.Findings = chip.Decode(item.raw)
		if err := fn(item); err != nil {
			return err
		}
	}
}

// readJSON reads lines of JSON objects; or, where the first line is not one, a single document: an object or an array of objects.
func readJSON(in *bufio.Reader, fn func(*recordItem) error) error {
	n, first, err := 0, []byte(nil), error(nil)
	for len(bytes.TrimSpace(first)) == 0 && err == nil {
		n++
		first, err = readLine(in)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if len(first) <= maxRecordLine && !json.Valid(first) || bytes.HasPrefix(bytes.TrimSpace(first), []byte("[")) {
		return readDocument(n, first, in, fn)
	}
	return readLines(n, first, in, fn)
}

func readDocument(n int, first []byte, in *bufio.Reader, fn func(*recordItem) error) error {
	rest, err := io.ReadAll(io.LimitReader(in, maxDocument))
	if err != nil {
		return err
	}
	whole := bytes.Join([][]byte{first, rest}, []byte("\n"))
	var list []json.RawMessage
	switch {
	case json.Unmarshal(whole, &list) == nil:
		for i, raw := range list {
			if err := fn(fromJSON(&recordItem{Number: i + 1, raw: raw})); err != nil {
				return err
			}
		}
		return nil
	case json.Valid(whole):
		return fn(fromJSON(&recordItem{Number: 1, raw: whole}))
	}
	return readLines(n, first, bufio.NewReader(io.MultiReader(bytes.NewReader(rest), in)), fn)
}

func readLines(n int, line []byte, in *bufio.Reader, fn func(*recordItem) error) error {
	for ; ; n++ {
		if trimmed := bytes.TrimSpace(line); len(trimmed) > 0 {
			if err := fn(fromJSON(&recordItem{Line: n, raw: trimmed})); err != nil {
				return err
			}
		}
		var err error
		if line, err = readLine(in); err != nil && len(line) == 0 {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
}

func fromJSON(item *recordItem) *recordItem {
	item.record, item.Findings = chip.FromJSON(item.raw)
	return item
}

// readLine reads a line without its end. Of one that is too long it keeps the beginning, which is then no JSON.
func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, more, err := in.ReadLine()
		if len(line) <= maxRecordLine {
			line = append(line, part...)
		}
		if err != nil || !more {
			return line, err
		}
	}
}

func writeLine(out io.Writer, v any) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}

// showFindings prints what was found in one record for people.
func showFindings(out io.Writer, item *recordItem) {
	for _, f := range item.Findings {
		fmt.Fprintf(out, "%s\t%s %s\t%s\n\t%s。%s。\n\t%s; %s\n", item.place(), severityWords[f.Severity], f.Code, f.Source, f.Text.ZH, f.Mend.ZH, f.Text.EN, f.Mend.EN)
	}
}

var severityWords = map[chip.Severity]string{chip.Error: "错误 error", chip.Warning: "提醒 warning", chip.Note: "说明 note"}

type cardEncodeCommand struct{ recordFlags }

// encodedRecord is a line of encode --json.
type encodedRecord struct {
	*recordItem
	Hex string `json:"hex,omitempty"` // 256 bytes; absent with an error
}

// Run writes a record for each object that has no error; the others are reported and left out. On a terminal it writes hex.
func (c *cardEncodeCommand) Run(env *environment) error {
	out := bufio.NewWriter(env.stdout)
	defer out.Flush()
	asHex := onTerminal(env.stdout)
	return c.each(env, asJSON, func(item *recordItem) error {
		var raw []byte
		if item.Findings == nil {
			raw, item.Findings = chip.Encode(item.record, chip.Context{Authority: c.Authority})
		}
		if c.JSON {
			if item.Findings == nil {
				item.Findings = []chip.Finding{}
			}
			return writeLine(out, encodedRecord{item, hex.EncodeToString(raw)})
		}
		showFindings(env.stderr, item)
		if asHex && raw != nil {
			raw = hex.AppendEncode(nil, raw)
			raw = append(raw, '\n')
		}
		_, err := out.Write(raw)
		return err
	})
}

func onTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

type cardDecodeCommand struct{ recordFlags }

// decodedRecord is a line of decode: the record, and with --json what was found.
type decodedRecord struct {
	Number int `json:"record,omitempty"` // when something was found
	*chip.Record
	Findings []chip.Finding `json:"findings,omitempty"`
}

// Run prints what each record says, and what is wrong with it.
func (c *cardDecodeCommand) Run(env *environment) error {
	out := bufio.NewWriter(env.stdout)
	defer out.Flush()
	return c.each(env, asBytes, func(item *recordItem) error {
		readable := c.check(item)
		if !c.JSON {
			showFindings(env.stderr, item)
			if readable {
				return writeLine(out, item.record)
			}
			return nil
		}
		line := decodedRecord{Findings: item.Findings}
		if len(item.Findings) > 0 {
			line.Number = max(item.Number, item.Line)
		}
		if readable {
			line.Record = &item.record
		}
		return writeLine(out, line)
	})
}

// check asks the rules of what a record says, where it could be read.
func (f *recordFlags) check(item *recordItem) (readable bool) {
	if item.record == (chip.Record{}) && chip.Failed(item.Findings) {
		return false
	}
	context := chip.Context{Authority: f.Authority}
	if item.binary {
		item.record, item.Findings = chip.Check(item.raw, context)
	} else {
		item.Findings = append(item.Findings, chip.Lint(item.record, context)...)
	}
	return true
}

type cardLintCommand struct{ recordFlags }

// lintedRecord is a line of lint --json.
type lintedRecord struct {
	*recordItem
	OK bool `json:"ok"` // no error
}

// Run checks each record.
func (c *cardLintCommand) Run(env *environment) error {
	out := bufio.NewWriter(env.stdout)
	defer out.Flush()
	return c.each(env, asEither, func(item *recordItem) error {
		c.check(item)
		if c.JSON {
			if item.Findings == nil {
				item.Findings = []chip.Finding{}
			}
			return writeLine(out, lintedRecord{item, !chip.Failed(item.Findings)})
		}
		if len(item.Findings) == 0 {
			fmt.Fprintf(out, "%s\t%s\n", item.place(), passed.In("zh")+" "+passed.In("en"))
		}
		showFindings(out, item)
		return nil
	})
}

var passed = citizen.Text{ZH: "通过", EN: "passed"}
