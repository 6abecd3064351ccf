package reconcile

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
)

// ChangesHeader is the first line of a file of recorded legal changes.
const ChangesHeader = "citizen_number,item,before,after,date"

// ChangesError says what is wrong with a file of changes.
type ChangesError struct {
	Line int // 0: the whole file
	Text citizen.Text
}

func (e *ChangesError) Error() string {
	if e.Line == 0 {
		return e.Text.EN
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.Text.EN)
}

// ReadChanges reads recorded legal changes, by the person's number: CSV in UTF-8 with the line ChangesHeader, items by their names, dates as YYYY-MM-DD or
// YYYYMMDD. The error is a *ChangesError, or one of r. All of it is kept in memory.
func ReadChanges(r io.Reader) (map[string][]Change, error) {
	in := csv.NewReader(r)
	in.FieldsPerRecord = -1
	header, err := in.Read()
	if err != nil && err != io.EOF && !errors.As(err, new(*csv.ParseError)) {
		return nil, err
	}
	if strings.TrimPrefix(strings.Join(header, ","), "\ufeff") != ChangesHeader {
		return nil, &ChangesError{Text: t("变更记录文件第一行应为 "+ChangesHeader, "the first line of a file of changes is "+ChangesHeader)}
	}
	all := make(map[string][]Change)
	for {
		row, err := in.Read()
		if err == io.EOF {
			return all, nil
		}
		var parse *csv.ParseError
		if errors.As(err, &parse) {
			return nil, &ChangesError{parse.StartLine, t("引号不成对或多余", "quotation marks do not match")}
		}
		if err != nil {
			return nil, err
		}
		line, _ := in.FieldPos(0)
		if err := addChange(all, row); err != nil {
			err.Line = line
			return nil, err
		}
	}
}

func addChange(all map[string][]Change, row []string) *ChangesError {
	if len(row) != 5 {
		return &ChangesError{Text: t("应有 5 列："+ChangesHeader, "there are 5 columns: "+ChangesHeader)}
	}
	item, ok := ItemNamed(row[1])
	if !ok {
		return &ChangesError{Text: t("没有项目“"+row[1]+"”", "there is no item “"+row[1]+"”")}
	}
	on, err := citizen.ParseDate(row[4])
	if err != nil {
		return &ChangesError{Text: t("日期应为 YYYY-MM-DD", "a date is YYYY-MM-DD")}
	}
	number := plainNumber(row[0])
	if number == "" {
		return &ChangesError{Text: t("未填公民身份号码", "the citizen number is missing")}
	}
	all[number] = append(all[number], Change{item, row[2], row[3], on})
	return nil
}
