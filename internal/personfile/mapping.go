package personfile

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
)

// Mapping gives the column names of another system in the names of this format.
// The nil Mapping is empty.
type Mapping struct {
	columns map[string]Column // by foldName
	names   []string          // in the order of the file
}

// maxMappingBytes bounds a mapping file.
const maxMappingBytes = 1 << 20

// find returns the column that a name of the other system stands for.
func (m *Mapping) find(name string) (Column, bool) {
	if m == nil {
		return 0, false
	}
	c, ok := m.columns[foldName(name)]
	return c, ok
}

// Names returns the names of the other system, in the order of the file.
func (m *Mapping) Names() []string {
	if m == nil {
		return nil
	}
	return append([]string(nil), m.names...)
}

// Column returns the column that a name of the other system stands for.
func (m *Mapping) Column(name string) (Column, bool) { return m.find(name) }

// ParseMapping reads a mapping file: CSV in UTF-8 or GB 18030 with two columns,
// the other system's name and ours in either language. A first row "theirs,ours"
// is left out, as are empty lines and lines that begin with "#". The error is a
// *FileError with the line, or an error of r.
func ParseMapping(r io.Reader) (*Mapping, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxMappingBytes+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxMappingBytes {
		return nil, mappingError(0, text("列名对照文件过大", "the mapping file is too large"))
	}
	in := bytes.NewReader(data)
	enc, mark, err := findEncoding(in, in.Size(), "")
	if err != nil {
		return nil, err
	}
	c := &csvSource{in: newLineBuffer(bytes.NewReader(data[mark:]), int64(mark)), enc: enc, sep: ','}
	return readMapping(c)
}

func readMapping(c *csvSource) (*Mapping, error) {
	m := &Mapping{columns: make(map[string]Column)}
	var row rawRow
	for {
		err := c.next(&row)
		var bad *RowError
		switch {
		case err == io.EOF && len(m.names) == 0:
			return nil, mappingError(0, text("列名对照文件中没有列名", "the mapping file names no column"))
		case err == io.EOF:
			return m, nil
		case errors.As(err, &bad):
			return nil, mappingError(bad.Line, bad.Text)
		case err != nil:
			return nil, err
		}
		if err := m.add(row); err != nil {
			return nil, err
		}
	}
}

func (m *Mapping) add(row rawRow) error {
	theirs, ours := trim(row.cells[0]), ""
	if len(row.cells) > 1 {
		ours = trim(row.cells[1])
	}
	switch {
	case theirs == "" && ours == "", strings.HasPrefix(theirs, "#"), isMappingHeader(theirs, ours):
		return nil
	case len(row.cells) != 2 || theirs == "":
		return mappingError(row.line, text("应有两列：对方列名，本系统列名", "two columns are wanted: their name, our name"))
	}
	if _, _, f := checkText(theirs, false); f != nil {
		return mappingError(row.line, f.text)
	}
	c, ok := ColumnByName(ours)
	if !ok {
		return mappingError(row.line, text("“%s”不是本系统的列名", "\"%s\" is none of our column names", shown(ours)))
	}
	key := foldName(theirs)
	if _, taken := m.columns[key]; taken || key == "" {
		return mappingError(row.line, text("“%s”写了两次或不是列名", "\"%s\" is given twice or is no name", shown(theirs)))
	}
	m.columns[key] = c
	m.names = append(m.names, strings.Clone(theirs))
	return nil
}

func isMappingHeader(theirs, ours string) bool {
	return foldName(theirs) == "theirs" && foldName(ours) == "ours" ||
		theirs == "对方列名" && ours == "本系统列名"
}

func mappingError(line int, what citizen.Text) *FileError {
	e := fileError(ReasonMapping, what,
		text("每行写“对方列名,本系统列名”，例如“XM,姓名”；本系统列名见person-files.md",
			"write one \"their name,our name\" a line, for example \"XM,name\"; our names are in person-files.md"))
	e.File, e.Line = "mapping", line
	return e
}
