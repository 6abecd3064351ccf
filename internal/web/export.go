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
	if err := w.SetRow("A1", []any{t.Caption}); err != nil {
		return err
	}
	if err := w.SetRow("A2", head); err != nil {
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
