package personfile_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/huzheng/huzheng/internal/personfile"
)

// A file is read to its end; rows that cannot be read go to the error file.
func Example() {
	file := strings.NewReader("姓名,性别,出生日期,备注\n李明,男,19550607,\n王芳,甲,19600101,\n赵强,男,1960/1/2,左利手\n")
	r, err := personfile.Open("people.csv", file, file.Size(), personfile.Options{})
	if err != nil {
		fmt.Println(err) // one message about the whole file
		return
	}
	defer r.Close()
	bad := personfile.NewErrorWriter(io.Discard)
	for {
		rec, err := r.Next()
		if err == io.EOF {
			break
		}
		var row *personfile.RowError
		if errors.As(err, &row) {
			fmt.Println(row)
			if err := bad.Write(row); err != nil {
				fmt.Println(err)
				return
			}
			continue
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(rec.Line, rec.Value[personfile.Sex], rec.Value[personfile.BirthDate], rec.Extra)
	}
	fmt.Println(r.Unknown())
	// Output:
	// 2 1 1955-06-07 []
	// people.csv:3: column 性别: unknown-code
	// 4 1 1960-01-02 [{备注 左利手}]
	// [备注]
}

func ExampleNewWriter() {
	columns := []personfile.Column{personfile.Name, personfile.CardExpires}
	w, err := personfile.NewWriter(os.Stdout, personfile.CSV, personfile.UTF8, columns, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	var rec personfile.Record
	rec.Value[personfile.Name] = "李明"
	rec.Value[personfile.CardExpires] = personfile.LongTerm
	if err := w.Write(rec); err != nil {
		fmt.Println(err)
	}
	if err := w.Close(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// name,card_expires
	// 李明,long-term
}
