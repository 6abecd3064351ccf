package personfile

import (
	"slices"
	"strconv"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
)

// reportColumns are the columns that an error file has before the file's own.
var reportColumns = []string{"file", "line", "column", "reason", "text_zh", "text_en", "mend_zh", "mend_en"}

// restColumn is the last column of an error file.
const restColumn = "rest"

// setHeader makes the plan from the header row. DBF names may be cut at ten bytes.
func (r *Reader) setHeader(cells []string, m *Mapping) error {
	cells = trimHeader(cells)
	r.header = make([]string, len(cells))
	r.plan = make([]target, len(cells))
	for i, name := range cells {
		name = unwrap(name, true)
		if name == "" {
			name = "column_" + strconv.Itoa(i+1)
		}
		if _, _, f := checkText(name, false); f != nil {
			return fileError(ReasonDamaged,
				citizen.Text{ZH: "表头读不出：" + f.text.ZH, EN: "the header cannot be read: " + f.text.EN}, f.mend)
		}
		r.header[i] = strings.Clone(name)
		r.plan[i] = target{use: useExtra, name: r.header[i]}
		if c, ok := findColumn(name, m, r.kind); ok {
			r.plan[i] = target{use: useColumn, col: c, name: r.header[i]}
		}
	}
	markReport(r.header, r.plan)
	return checkPlan(r.plan)
}

// trimHeader leaves out empty cells at the end.
func trimHeader(cells []string) []string {
	for len(cells) > 0 && trim(cells[len(cells)-1]) == "" {
		cells = cells[:len(cells)-1]
	}
	return cells
}

func findColumn(name string, m *Mapping, kind Kind) (Column, bool) {
	if c, ok := m.find(name); ok {
		return c, true
	}
	if c, ok := ColumnByName(name); ok || kind != DBF {
		return c, ok
	}
	c, ok := dbfNames[foldName(name)]
	return c, ok
}

// markReport recognises an error file by its first eight columns.
func markReport(header []string, plan []target) {
	n := len(reportColumns)
	if len(header) < n || !slices.Equal(header[:n], reportColumns) {
		return
	}
	for i := range n {
		plan[i].use = useReport
	}
	if last := len(header) - 1; header[last] == restColumn {
		plan[last].use = useRest
	}
}

func checkPlan(plan []target) error {
	var seen [ColumnCount]string
	known := 0
	names := make(map[string]bool)
	for _, t := range plan {
		if t.use == useExtra && names[t.name] {
			return fileTwice(t.name, t.name)
		}
		if t.use == useExtra {
			names[t.name] = true
		}
		if t.use != useColumn {
			continue
		}
		if seen[t.col] != "" {
			return fileTwice(seen[t.col], t.name)
		}
		seen[t.col] = t.name
		known++
	}
	if known == 0 {
		return fileNoColumn(plan)
	}
	return nil
}

// knownColumns counts the known columns of a header row, to choose between
// separators and between sheets.
func knownColumns(cells []string, m *Mapping, kind Kind) int {
	n := 0
	for _, name := range cells {
		if _, ok := findColumn(unwrap(name, true), m, kind); ok {
			n++
		}
	}
	return n
}

func fileTwice(first, second string) *FileError {
	return fileError(ReasonTwice,
		text("表头中“%s”和“%s”是同一项", "the header has two columns with one meaning, \"%s\" and \"%s\"", shown(first), shown(second)),
		text("删去其中一列，或给它另起列名", "delete one of them or give it another name"))
}

func fileNoColumn(plan []target) *FileError {
	var names []string
	for _, t := range plan[:min(len(plan), 5)] {
		names = append(names, shown(t.name))
	}
	return fileError(ReasonNoColumn,
		text("第一行不是表头，没有一个认识的列名（读到：%s）", "the first row is no header: none of its column names is known (it reads: %s)",
			strings.Join(names, ", ")),
		text("第一行写列名，如“公民身份号码，姓名，性别”，或用列名对照文件说明", "put the column names in the first row, such as citizen_number,name,sex, or give a mapping file"))
}
