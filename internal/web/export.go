package web

import (
	"mime"
	"strconv"

	"github.com/xuri/excelize/v2"
)

// export sends a result as a workbook, a sheet for each list: what is seen, with numbers as numbers and citizen numbers as text.
func (c *call) export(title string, result shown) error {
	book := excelize.NewFile()
	defer book.Close()
	if len(result.Facts) > 0 {
		result.Tables = append([]table{factTable(title, result.Facts)}, result.Tables...)
	}
	for i := range result.Tables {
		sheet := "Sheet" + strconv.Itoa(i+1)
		if i > 0 {
			if _, err := book.NewSheet(sheet); err != nil {
				return err
			}
		}
		if err := writeSheet(book, sheet, &result.Tables[i]); err != nil {
			return err
		}
	}
	c.w.Header().Set("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	c.w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": title + ".xlsx"}))
	return book.Write(c.w)
}

func factTable(title string, facts []fact) table {
	t := table{Caption: title, Columns: []column{{}, {}}}
	for _, f := range facts {
		t.Rows = append(t.Rows, row{Cells: []cell{{Text: f.Label}, {Text: f.Text}}})
	}
	return t
}

func writeSheet(book *excelize.File, sheet string, t *table) error {
	w, err := book.NewStreamWriter(sheet)
	if err != nil {
		return err
	}
	head := make([]any, len(t.Columns))
	for i, col := range t.Columns {
		head[i] = col.Label
	}
	for i := range t.Columns {
		if err := w.SetColWidth(i+1, i+1, columnWidth(t, i)); err != nil {
			return err
		}
	}
	if err := w.SetPanes(&excelize.Panes{Freeze: true, YSplit: 2, TopLeftCell: "A3", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	bold, err := book.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	if err := w.SetRow("A1", []any{t.Caption}, excelize.RowOpts{StyleID: bold}); err != nil {
		return err
	}
	if err := w.SetRow("A2", head, excelize.RowOpts{StyleID: bold}); err != nil {
		return err
	}
	for i := range t.Rows {
		name, err := excelize.CoordinatesToCellName(1, i+3)
		if err != nil {
			return err
		}
		if err := w.SetRow(name, sheetRow(t.Rows[i].Cells)); err != nil {
			return err
		}
	}
	return w.Flush()
}

// Widths of a workbook's columns, in digits of its font.
const (
	narrowest = 8
	widest    = 60
)

// columnWidth is how wide a column must be for what stands in it: a Chinese character takes two digits' place.
func columnWidth(t *table, column int) float64 {
	wide := textWidth(t.Columns[column].Label)
	for i := range t.Rows {
		if column < len(t.Rows[i].Cells) {
			wide = max(wide, textWidth(t.Rows[i].Cells[column].Text))
		}
	}
	return float64(min(max(wide+2, narrowest), widest))
}

func textWidth(text string) (wide int) {
	for _, r := range text {
		wide++
		if r >= firstWide {
			wide++
		}
	}
	return wide
}

// firstWide is the first character of those that take the place of two: the radicals, signs and characters of Chinese.
const firstWide = 0x2e80

func sheetRow(cells []cell) []any {
	values := make([]any, len(cells))
	for i, one := range cells {
		values[i] = one.Text
		if n, err := strconv.ParseFloat(one.Text, 64); err == nil && one.Num {
			values[i] = n
		}
	}
	return values
}
