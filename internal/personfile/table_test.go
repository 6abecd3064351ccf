package personfile

import (
	"bytes"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// What a table of findings holds comes out of a spreadsheet as it went in.
func TestTable(t *testing.T) {
	rows := [][]string{{"id", "text"}, {"220102197007039468", "=1+1"}, {"01", `章"路",伟`}}
	write := func(kind Kind, bare bool) []byte {
		var b bytes.Buffer
		table, err := NewTable(&b, kind, rows[0])
		if err != nil {
			t.Fatal(err)
		}
		table.Bare = bare
		for _, row := range rows[1:] {
			if err := table.Write(row); err != nil {
				t.Fatal(err)
			}
		}
		if err := table.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	kept := "\uFEFFid,text\n\"=\"\"220102197007039468\"\"\",'=1+1\n\"=\"\"01\"\"\",\"章\"\"路\"\",伟\"\n"
	if got := string(write(CSV, false)); got != kept {
		t.Errorf("CSV: got\n%swant\n%s", got, kept)
	}
	bare := "\uFEFFid,text\n220102197007039468,'=1+1\n01,\"章\"\"路\"\",伟\"\n"
	if got := string(write(CSV, true)); got != bare {
		t.Errorf("bare CSV: got\n%swant\n%s", got, bare)
	}
	book, err := excelize.OpenReader(bytes.NewReader(write(XLSX, false)))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	for i, row := range rows {
		for j, want := range row {
			cell, _ := excelize.CoordinatesToCellName(j+1, i+1)
			value, _ := book.GetCellValue(xlsxSheet, cell)
			kind, _ := book.GetCellType(xlsxSheet, cell)
			if value != want || kind != excelize.CellTypeInlineString {
				t.Errorf("%s: %q as %v, want the text %q", cell, value, kind, want)
			}
		}
	}
	if _, err := NewTable(new(bytes.Buffer), DBF, rows[0]); err == nil || !strings.Contains(err.Error(), "dbf") {
		t.Errorf("a DBF: %v", err)
	}
}
