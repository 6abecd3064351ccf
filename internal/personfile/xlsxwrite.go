package personfile

import (
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"
)

// xlsxSink writes one sheet through excelize's stream writer. All cells are text,
// so that no spreadsheet rounds a citizen number.
type xlsxSink struct {
	w      io.Writer
	file   *excelize.File
	stream *excelize.StreamWriter
	line   int
	values []any
	err    error
}

// xlsxSheet is the name of the sheet.
const xlsxSheet = "Sheet1"

// xlsxCellChars is the most characters that a cell of a spreadsheet holds.
const xlsxCellChars = excelize.TotalCellChars

func newXLSXSink(w io.Writer, header []string) (*xlsxSink, error) {
	f := excelize.NewFile()
	stream, err := f.NewStreamWriter(xlsxSheet)
	if err != nil {
		return nil, fmt.Errorf("begin sheet: %w", err)
	}
	s := &xlsxSink{w: w, file: f, stream: stream, values: make([]any, len(header))}
	if bad := s.row(header); bad != nil {
		return nil, fmt.Errorf("personfile: header cannot be written: %s", bad.fault.reason)
	}
	return s, s.err
}

func (s *xlsxSink) row(cells []string) *cellFault {
	for i, v := range cells {
		if utf16Length(v) > xlsxCellChars {
			return &cellFault{i, faultTooWide(utf16Length(v), xlsxCellChars)}
		}
		s.values[i] = nil
		if v != "" {
			s.values[i] = v
		}
	}
	s.line++
	if s.line > excelize.TotalRows {
		s.line--
		return &cellFault{-1, faultSheetFull()}
	}
	address, err := excelize.CoordinatesToCellName(1, s.line)
	if err == nil {
		err = s.stream.SetRow(address, s.values)
	}
	if s.err == nil && err != nil {
		s.err = fmt.Errorf("write row %d: %w", s.line, err)
	}
	return nil
}

func utf16Length(v string) int {
	n := 0
	for _, r := range v {
		if n++; r >= 0x10000 {
			n++
		}
	}
	return n
}

func (s *xlsxSink) flushed() error { return s.err }

func (s *xlsxSink) close() error {
	err := s.err
	if err == nil {
		err = s.stream.Flush()
	}
	if err == nil {
		err = s.file.Write(s.w)
	}
	if closed := s.file.Close(); err == nil {
		err = closed
	}
	return err
}

func faultSheetFull() *fault {
	return &fault{ReasonTooLong,
		text("一个工作表最多%d行", "a sheet holds %d rows at most", excelize.TotalRows),
		text("改用CSV格式导出，或分成几个文件", "export as CSV, or as several files")}
}
