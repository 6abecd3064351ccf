package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/alecthomas/kong"
)

// printHelp prints the help of what was named; of a group with a command of its own, that command's.
func printHelp(options kong.HelpOptions, ctx *kong.Context) error {
	if n := ctx.Selected(); n != nil && n.DefaultCmd != nil {
		ctx.Path = append(ctx.Path, &kong.Path{Parent: n, Command: n.DefaultCmd})
	}
	return kong.DefaultHelpPrinter(options, ctx)
}

// wrongUse says what was wrong with a command line, and which help tells more.
func wrongUse(w io.Writer, err error) {
	fmt.Fprintf(w, "huzheng: %v\n", err)
	var wrong *kong.ParseError
	if !errors.As(err, &wrong) || wrong.Context.Selected() == nil {
		fmt.Fprintln(w, "huzheng --help shows the commands")
		return
	}
	n := wrong.Context.Selected()
	if n.Parent != nil && n.Parent.DefaultCmd == n {
		n = n.Parent
	}
	fmt.Fprintf(w, "%s --help shows how it is used\n", n.FullPath())
}

// Help is the long help of link.
func (*linkCommand) Help() string {
	return `在一个人员文件中查找可能属于同一人的几条登记（双重户口、一人多号），以及两人共用的号码（重号）。不作决定，不改动任何登记。

Compares the registrations of one file and puts forward pairs: those that may be one person registered twice, and those of two persons with one number. It decides and changes nothing. Each pair has a score in points
(one point more: twice as likely), a class (match or review) and an explanation in words; a cluster is all the registrations that pairs tie together.

Identifiers stand in a CSV as they are, for other programs, and a spreadsheet keeps only 15 digits of them: for a spreadsheet, write FILE.xlsx. 用电子表格打开的请写成xlsx，CSV中超过15位的记录编号会丢失末几位。

The file needs the columns name and birth_date or citizen_number, in English or Chinese (姓名, 出生日期, 公民身份号码); record_id, sex, birthplace, address, unit, household_no and the numbers of relatives help where they are there.

Memory: some 101 bytes a registration and 200 MiB. A file that needs more than --memory (half of the machine's) is refused after its first rows, with how much it needs.

Examples:

  huzheng link computer.csv --out pairs.xlsx
  huzheng link computer.csv --explain | less
  huzheng link train computer.csv --out city.model
  huzheng link computer.csv --model city.model --out pairs.csv

Exit codes: 0 nothing found, 1 pairs found or rows put aside, 2 wrong use, 3 the file cannot be read. Of training: huzheng link train --help. How to read a pair: docs/guide/duplicates.md.`
}

// Help is the long help of link train.
func (*linkTrainCommand) Help() string {
	return `从本市的人员文件学习各项目的分量，写出模型，供huzheng link --model使用。不需要知道谁是谁。

Learns how much each item says in this city: how often two persons agree in it by chance, and how often one person's registrations differ. It needs no pairs that people have judged. Worth it from 20,000 registrations on,
which is also the least it takes; it runs about twice as long as huzheng link. Train once and keep the model: scores can be compared under one model only. The model holds no person's data beyond digests of frequent names.

Examples:

  huzheng link train computer.csv --out city.model --name 2006-01
  huzheng link computer.csv --model city.model --out pairs.xlsx

Exit codes: 0 written, 2 wrong use or too few registrations, 3 the file cannot be read. What is printed: docs/formats/linkage-model.md.`
}

// Help is the long help of reconcile.
func (*reconCommand) Help() string {
	return `比对同一批人的五种记录（登记表、户口簿、身份证、微机、本人申报）：哪里不同，为什么，哪个多半是对的。不改动任何记录。

Give at least two of the five files. Their rows are joined person by person: by number, else by household and name, by name and birth date, or by likeness. Without --out and --explain only the counts are printed. In the output the five
digits of a code stand for form, booklet, card, computer, citizen: equal digits, equal values; 0, no such record. A CSV has a byte order mark and keeps the digits of numbers when a spreadsheet opens it.

Examples:

  huzheng reconcile --form form.csv --computer computer.csv --explain
  huzheng reconcile --form f.csv --booklet b.csv --card k.csv --computer c.csv --citizen z.csv --out differences.csv --explain --state state.csv

Exit codes: 0 nothing to look at, 1 differences or rows put aside, 2 wrong use, 3 a file cannot be read. How to read a difference: docs/guide/reconcile.md.`
}

// Help is the long help of check.
func (*checkCommand) Help() string {
	return `对人员文件逐行、逐户核查登记项目，列出疑错。什么也不载入，什么也不改。

Asks the item rules of every row and every household: what cannot be right (error), and what seldom is (warning). A line for each finding: file and row, rule, what is wrong. Rows that cannot be read go to a file beside, with the
reason; mend them there and check that file. Households need household_no, and unit where numbers repeat between stations. A file of any size is checked within --memory (512 MiB) and two bytes a row; scratch files take what is more.

Examples:

  huzheng check old.csv
  huzheng check old.csv --on 2005-08-31 --out found.xlsx
  huzheng check --rules | less

Exit codes: 0 nothing found, 1 findings or rows put aside, 2 wrong use, 3 a file cannot be read. What to do with findings: docs/guide/check-files.md.`
}
