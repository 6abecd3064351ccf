package personfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Limits of a table that FoxPro opens.
const (
	dbfMaxFields   = 255
	dbfMaxRecord   = 65000
	dbfExtraWidth  = 254
	dbfMaxInMemory = 256 << 20
)

// dbfSink writes a table of dBase III in GBK. Names are the English names cut at
// ten bytes, in capitals.
type dbfSink struct {
	w      io.Writer
	seek   io.Seeker // nil: everything stays in out until close
	start  int64     // where the table begins in w
	fields []dbfField
	record []byte
	value  []byte // one value in GBK
	out    []byte
	count  uint32
	err    error
}

func newDBFSink(w io.Writer, columns []Column, extra []string) (*dbfSink, error) {
	s := &dbfSink{w: w}
	if seek, ok := w.(io.Seeker); ok {
		if at, err := seek.Seek(0, io.SeekCurrent); err == nil {
			s.seek, s.start = seek, at
		}
	}
	if err := s.addFields(columns, extra); err != nil {
		return nil, err
	}
	return s, s.writeHeader()
}

func (s *dbfSink) addFields(columns []Column, extra []string) error {
	width := 1
	add := func(name string, kind byte, n int) {
		s.fields = append(s.fields, dbfField{name: name, kind: kind, offset: width, width: n})
		width += n
	}
	for _, c := range columns {
		kind := byte('C')
		if columnInfos[c].shape == shapeDate {
			kind = 'D'
		}
		add(strings.ToUpper(cutName(c.English())), kind, columnInfos[c].width)
	}
	for _, name := range extra {
		add(name, 'C', dbfExtraWidth)
	}
	if len(s.fields) > dbfMaxFields || width > dbfMaxRecord {
		return fmt.Errorf("personfile: %d columns of %d bytes are too many for a dbf", len(s.fields), width)
	}
	s.record = make([]byte, width)
	return s.checkNames()
}

// checkNames refuses names of unknown columns that a table cannot carry.
func (s *dbfSink) checkNames() error {
	seen := make(map[string]bool)
	for _, f := range s.fields {
		_, isKnown := dbfNames[foldName(f.name)]
		switch {
		case cutName(f.name) != f.name || beyondGBK(f.name) != 0:
			return fmt.Errorf("personfile: column name %q does not fit the ten bytes of a dbf", f.name)
		case seen[f.name] || isKnown && f.width == dbfExtraWidth:
			return fmt.Errorf("personfile: column name %q is given twice", f.name)
		}
		seen[f.name] = true
	}
	return nil
}

func (s *dbfSink) writeHeader() error {
	head := make([]byte, dbfHeaderBytes)
	head[0] = 0x03
	binary.LittleEndian.PutUint16(head[8:], uint16(dbfHeaderBytes+dbfFieldBytes*len(s.fields)+1))
	binary.LittleEndian.PutUint16(head[10:], uint16(len(s.record)))
	head[29] = dbfDriverGBK
	s.out = append(s.out, head...)
	for _, f := range s.fields {
		b := make([]byte, dbfFieldBytes)
		name, err := EncodeGB18030(nil, f.name)
		if err != nil {
			return err
		}
		copy(b, name)
		b[11], b[16] = f.kind, byte(f.width)
		s.out = append(s.out, b...)
	}
	s.out = append(s.out, dbfHeaderEnd)
	return nil
}

func (s *dbfSink) row(cells []string) *cellFault {
	for i := range s.record {
		s.record[i] = ' '
	}
	for i, v := range cells {
		if f := s.cell(s.fields[i], v); f != nil {
			return &cellFault{i, f}
		}
	}
	s.out = append(s.out, s.record...)
	s.count++
	if s.seek != nil && len(s.out) >= flushBytes {
		s.flush()
	}
	if s.seek == nil && len(s.out) > dbfMaxInMemory && s.err == nil {
		s.err = errors.New("personfile: a dbf of this size needs a writer that can seek")
	}
	return nil
}

// cell puts a value into its field, whole or not at all.
func (s *dbfSink) cell(f dbfField, v string) *fault {
	if f.kind == 'D' {
		v = strings.ReplaceAll(v, "-", "")
	}
	if f.name == expiresField && v == LongTerm {
		v = "长期"
	}
	if r := beyondGBK(v); r != 0 {
		return faultNotInSet(r)
	}
	var err error
	if s.value, err = EncodeGB18030(s.value[:0], v); err != nil {
		return faultBadValue(v)
	}
	if len(s.value) > f.width {
		return faultTooWide(len(s.value), f.width)
	}
	copy(s.record[f.offset:], s.value)
	return nil
}

var expiresField = strings.ToUpper(cutName(CardExpires.English()))

func (s *dbfSink) flush() {
	if s.err == nil && len(s.out) > 0 {
		_, s.err = s.w.Write(s.out)
	}
	s.out = s.out[:0]
}

func (s *dbfSink) flushed() error { return s.err }

// close writes the end mark and the number of records.
func (s *dbfSink) close() error {
	s.out = append(s.out, dbfFileEnd)
	if s.seek == nil && s.err == nil {
		binary.LittleEndian.PutUint32(s.out[4:], s.count)
	}
	s.flush()
	if s.seek == nil || s.err != nil {
		return s.err
	}
	return s.patchCount()
}

func (s *dbfSink) patchCount() error {
	end, err := s.seek.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	if _, err := s.seek.Seek(s.start+4, io.SeekStart); err != nil {
		return err
	}
	if _, err := s.w.Write(binary.LittleEndian.AppendUint32(nil, s.count)); err != nil {
		return err
	}
	_, err = s.seek.Seek(end, io.SeekStart)
	return err
}
