package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/huzheng/huzheng/internal/personfile"
)

// fileFlags say how person files are read.
type fileFlags struct {
	Mapping  string `help:"A CSV file with two columns, theirs,ours: names that the file has for columns, and ours for them." placeholder:"FILE"`
	Encoding string `help:"Of CSV and DBF: utf-8 or gb18030. Default: found out from the file." placeholder:"NAME"`
}

func (f *fileFlags) options() (personfile.Options, error) {
	options := personfile.Options{Encoding: personfile.Encoding(f.Encoding)}
	if f.Mapping == "" {
		return options, nil
	}
	file, err := os.Open(f.Mapping)
	if err != nil {
		return options, useError{err}
	}
	defer file.Close()
	options.Mapping, err = personfile.ParseMapping(file)
	return options, err
}

// errorsPath is where the rows of a file go that cannot be read; given is what a flag says, or empty.
func errorsPath(given, path string) string {
	if given != "" {
		return given
	}
	return path + ".errors.csv"
}

// lateFile makes its file at the first write, so that a clean file leaves no error file.
type lateFile struct {
	path string
	file *os.File
}

func (l *lateFile) Write(p []byte) (int, error) {
	if l.file == nil {
		file, err := os.OpenFile(l.path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
		if err != nil {
			return 0, err
		}
		l.file = file
	}
	return l.file.Write(p)
}

func (l *lateFile) close() error {
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}

// tellCut says on the standard error that a file seems to end too early.
func (env *environment) tellCut(file string, cut *personfile.Cut) {
	if cut != nil {
		fmt.Fprintf(env.stderr, "%s：%s\n  %s\n%s: %s\n  %s\n", file, cut.Text.ZH, cut.Mend.ZH, file, cut.Text.EN, cut.Mend.EN)
	}
}

// unknownColumns names the columns of a file that nothing reads.
func unknownColumns(names []string) string {
	return fmt.Sprintf("不认识的列，未读取；应读取的用--mapping说明 unknown columns, not read; name by --mapping what should be: %s", strings.Join(names, ", "))
}

// tableFile is a table in a file of its own, which only its owner may read.
type tableFile struct {
	*personfile.Table
	file *os.File
}

// tableKind is the kind of table that a file's name asks for.
func tableKind(path string) personfile.Kind {
	if strings.EqualFold(filepath.Ext(path), ".xlsx") {
		return personfile.XLSX
	}
	return personfile.CSV
}

func createTable(path string, header []string) (*tableFile, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, useError{err}
	}
	table, err := personfile.NewTable(file, tableKind(path), header)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &tableFile{table, file}, nil
}

// Close ends the table and closes its file.
func (t *tableFile) Close() error { return errors.Join(t.Table.Close(), t.file.Close()) }
