package personfile

import (
	"strings"
	"unicode"

	"github.com/huzheng/huzheng/internal/citizen"
)

// Column is one of the known columns of a person file, in the order in which
// files are written.
type Column int

// The known columns.
const (
	RecordID Column = iota
	CitizenNumber
	Name
	FormerName
	Sex
	EthnicGroup
	BirthDate
	Birthplace
	NativePlace
	Address
	Unit
	HouseholdNo
	Relation
	MaritalStatus
	Education
	Occupation
	Workplace
	FatherNumber
	MotherNumber
	SpouseNumber
	CardIssued
	CardExpires
	ColumnCount // the number of known columns, not a column
)

// LongTerm is the value of CardExpires for a card without an end (长期).
const LongTerm = "long-term"

// shape says how the values of a column are read.
type shape int

const (
	shapeText   shape = iota // any text
	shapeNumber              // digits that a spreadsheet must not have touched
	shapeCode                // a code of a table, or its word
	shapeDate                // YYYYMMDD or YYYY-MM-DD
	shapeExpiry              // a date or long-term
)

type columnInfo struct {
	english, chinese string
	shape            shape
	width            int // bytes of GBK in a DBF
	table            *citizen.Table
}

var columnInfos = [ColumnCount]columnInfo{
	RecordID:      {"record_id", "记录编号", shapeNumber, 40, nil},
	CitizenNumber: {"citizen_number", "公民身份号码", shapeNumber, 20, nil},
	Name:          {"name", "姓名", shapeText, 60, nil},
	FormerName:    {"former_name", "曾用名", shapeText, 60, nil},
	Sex:           {"sex", "性别", shapeCode, 1, citizen.Sexes},
	EthnicGroup:   {"ethnic_group", "民族", shapeCode, 2, citizen.EthnicGroups},
	BirthDate:     {"birth_date", "出生日期", shapeDate, 8, nil},
	Birthplace:    {"birthplace", "出生地", shapeText, 80, nil},
	NativePlace:   {"native_place", "籍贯", shapeText, 80, nil},
	Address:       {"address", "住址", shapeText, 160, nil},
	Unit:          {"unit", "派出所", shapeText, 60, nil},
	HouseholdNo:   {"household_no", "户号", shapeNumber, 30, nil},
	Relation:      {"relation", "与户主关系", shapeCode, 2, citizen.Relations},
	MaritalStatus: {"marital_status", "婚姻状况", shapeCode, 2, citizen.MaritalStatuses},
	Education:     {"education", "文化程度", shapeCode, 2, citizen.Educations},
	Occupation:    {"occupation", "职业", shapeText, 60, nil},
	Workplace:     {"workplace", "服务处所", shapeText, 120, nil},
	FatherNumber:  {"father_number", "父亲证号", shapeNumber, 20, nil},
	MotherNumber:  {"mother_number", "母亲证号", shapeNumber, 20, nil},
	SpouseNumber:  {"spouse_number", "配偶证号", shapeNumber, 20, nil},
	CardIssued:    {"card_issued", "签发日期", shapeDate, 8, nil},
	CardExpires:   {"card_expires", "有效期限", shapeExpiry, 10, nil},
}

// English returns the column's English name, for example "birth_date". It is ""
// for a value that is no column.
func (c Column) English() string { return c.info().english }

// Chinese returns the column's Chinese name, for example "出生日期".
func (c Column) Chinese() string { return c.info().chinese }

// String returns the English name.
func (c Column) String() string { return c.English() }

func (c Column) info() columnInfo {
	if c < 0 || c >= ColumnCount {
		return columnInfo{}
	}
	return columnInfos[c]
}

// Columns returns all known columns in the order of the format.
func Columns() []Column {
	all := make([]Column, ColumnCount)
	for i := range all {
		all[i] = Column(i)
	}
	return all
}

// ColumnByName finds a column by its English or Chinese name. Case, spaces and
// the choice between "_", "-" and a space do not matter.
func ColumnByName(name string) (Column, bool) {
	c, ok := columnNames[foldName(name)]
	return c, ok
}

var columnNames = foldedNames(func(s string) string { return s })

// dbfNames finds columns by names cut at the ten bytes that a DBF has room for.
var dbfNames = foldedNames(cutName)

func foldedNames(cut func(string) string) map[string]Column {
	m := make(map[string]Column, 2*ColumnCount)
	for i, info := range columnInfos {
		m[foldName(cut(info.english))] = Column(i)
		m[foldName(cut(info.chinese))] = Column(i)
	}
	return m
}

// cutName cuts a name to the room of a DBF field name, ten bytes of GBK, between
// two characters.
func cutName(name string) string {
	n := 0
	for i, r := range name {
		if n++; r >= 0x80 {
			n++
		}
		if n > dbfNameBytes {
			return name[:i]
		}
	}
	return name
}

// foldName is the form under which names are compared.
func foldName(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r) || r == '_' || r == '-' || r == '\uFEFF' || r == '\u200B':
			return -1
		case r >= '！' && r <= '～': // full-width forms of ASCII
			r -= '！' - '!'
		}
		return unicode.ToLower(r)
	}, name)
}
