package personfile

// The texts for the clerk: what is wrong with a row, and what to do about it.

func faultColumnCount(have, want int) *fault {
	return &fault{ReasonColumnCount,
		text("本行有%d列，表头有%d列", "the row has %d cells, the header has %d", have, want),
		text("检查本行是否多了或少了分隔符，含分隔符的内容要用双引号括起来",
			"look for a separator too many or too few; put a value that contains one in double quotes")}
}

func faultUnclosedQuote(line int) *fault {
	return &fault{ReasonUnclosedQuote,
		text("第%d行开始的双引号没有结束", "the double quote that opens on line %d is never closed", line),
		text("在该内容末尾补上双引号，或删去开头的双引号；其后各行已照常读取",
			"close the quote after the value or delete the opening one; the lines after it were read as usual")}
}

// mendCut is what to do about a file that seems to end too early.
var mendCut = text("向来源单位重新取得完整的文件，并核对行数；其前各行已照常读取。本行不是人员的（例如合计），删去即可",
	"get the whole file again from where it comes from and compare the number of lines; the lines before were read as usual. If this line is no person, such as a sum, delete it")

func faultCutCells(line, have, want int) *fault {
	return &fault{ReasonCut,
		text("文件似乎被截断：最后一行（第%d行）有%d列，表头有%d列", "the file seems to be cut: its last line (%d) has %d cells, the header has %d", line, have, want), mendCut}
}

func faultCutQuote(line int) *fault {
	return &fault{ReasonCut,
		text("文件似乎被截断：最后一行（第%d行）的双引号没有结束", "the file seems to be cut: the double quote on its last line (%d) is never closed", line), mendCut}
}

func faultCutCharacter(line int) *fault {
	return &fault{ReasonCut,
		text("文件似乎被截断：最后一行（第%d行）在一个字的中间结束", "the file seems to be cut: its last line (%d) ends inside a character", line), mendCut}
}

func faultCutTable(want, have int) *fault {
	return &fault{ReasonCut,
		text("文件似乎被截断：表头说有%d条记录，文件里完整的只有%d条，缺%d条", "the file seems to be cut: its header says %d records, it holds %d whole ones; %d are missing", want, have, want-have),
		text("向来源单位重新取得完整的文件；其前各条已照常读取。原系统没有正常关闭该表时表头也会不符：在原系统中重新索引后导出",
			"get the whole file again from where it comes from; the records before were read as usual. A table that its program did not close has a wrong count too: reindex it there and export it again")}
}

// noteOpenEnd is about a last line that has all its cells and no line end.
func noteOpenEnd(line int) *Cut {
	return &Cut{line,
		text("最后一行（第%d行）末尾没有换行，文件可能在此被截断", "the last line (%d) has no line end: the file may be cut there", line),
		text("对照来源核对这一行和总行数；都完整的，不必处理", "compare this line and the number of lines with the source; if both are whole, nothing is to be done")}
}

func faultStrayQuote() *fault {
	return &fault{ReasonStrayQuote,
		text("内容中间有单独的双引号", "a double quote stands inside a value"),
		text("删去该双引号，或把整个内容用双引号括起来并把其中的双引号写两遍",
			"delete the quote, or put the whole value in quotes and double the one inside")}
}

func faultUndecodable(enc Encoding, hex string, offset int64) *fault {
	return &fault{ReasonUndecodable,
		text("有不属于编码%s的字节%s（文件第%d字节起，从0计）", "bytes that are not %s: %s (at byte %d of the file, from 0)",
			encodingShown(enc), hex, offset),
		text("对照原始表格，把标为“�”的字重新录入", "enter the characters shown as \"�\" again from the paper record")}
}

func faultLostCharacter() *fault {
	return &fault{ReasonLostCharacter,
		text("有替代符“�”，原来的字已被别的程序丢失", "a replacement character \"�\": another program has lost a character"),
		text("对照原始表格，把该字重新录入", "enter the character again from the paper record")}
}

func faultControl(r rune) *fault {
	return &fault{ReasonControl,
		text("有控制字符U+%04X", "a control character U+%04X", r),
		text("删去该字符，核对前后内容是否完整", "delete it and check that the value around it is complete")}
}

func faultTooLong(limit int) *fault {
	return &fault{ReasonTooLong,
		text("内容超过%d个字节", "the value is longer than %d bytes", limit),
		text("核对是否缺少换行或分隔符，缩短后再导入", "look for a missing line end or separator, shorten the value and import again")}
}

func faultUnknownCode(c Column, v string) *fault {
	return &fault{ReasonUnknownCode,
		text("%[1]s“%[3]s”不在代码表中", "%[2]s: \"%[3]s\" is not in the code table", c.Chinese(), c.English(), shown(v)),
		text("改为标准代码或标准名称", "write the standard code or its word")}
}

func faultBadDate(v string) *fault {
	return &fault{ReasonBadDate,
		text("“%s”不是存在的日期", "\"%s\" is not a date that exists", shown(v)),
		text("按YYYYMMDD或YYYY-MM-DD填写，例如20050901", "write YYYYMMDD or YYYY-MM-DD, for example 20050901")}
}

func faultScientific(v string) *fault {
	return &fault{ReasonScientific,
		text("号码被电子表格改成了科学记数法“%s”，后几位已丢失", "a spreadsheet has turned the number into \"%s\"; its last digits are lost", shown(v)),
		text("从原始资料重新录入号码，录入前把该列设为文本格式", "enter the number again from its source, after setting the column to text format")}
}

func faultLostDigits() *fault {
	return &fault{ReasonLostDigits,
		text("号码存成了数值，超过15位的部分已丢失", "the number is stored as a numeric cell, which keeps 15 digits only"),
		text("从原始资料重新录入号码，录入前把该列设为文本格式", "enter the number again from its source, after setting the column to text format")}
}

func faultCellError(v string) *fault {
	return &fault{ReasonCellError,
		text("单元格是错误值“%s”", "the cell holds the error value \"%s\"", shown(v)),
		text("改正公式，或直接填写内容", "correct the formula or type the value")}
}

func faultBadFlag(b byte) *fault {
	return &fault{ReasonBadFlag,
		text("记录的删除标志是%02X，应为空格或“*”", "the record's deletion flag is %02X, not a space or \"*\"", b),
		text("在原系统中重新索引并导出此表", "reindex the table in the program it comes from and export it again")}
}

func faultNotMended() *fault {
	return &fault{ReasonNotMended,
		text("本行尚未改正：“rest”列还有内容", "the row is not mended yet: there is still something in the column \"rest\""),
		text("把内容移到相应的列，然后清空“rest”列", "move the content to its columns, then empty the column \"rest\"")}
}

func faultNotInSet(v rune) *fault {
	return &fault{ReasonNotInSet,
		text("GBK没有“%[1]c”（%[1]U）这个字", "GBK has no \"%[1]c\" (%[1]U)", v),
		text("改用CSV或XLSX格式导出", "export as CSV or XLSX instead")}
}

func faultTooWide(have, width int) *fault {
	return &fault{ReasonTooLong,
		text("内容有%d个字节，该列只能容纳%d个", "the value has %d bytes, the column holds %d", have, width),
		text("改用CSV或XLSX格式导出", "export as CSV or XLSX instead")}
}

func faultBadValue(v string) *fault {
	return &fault{ReasonBadValue,
		text("“%s”不能写入此列", "\"%s\" cannot be written to this column", shown(v)),
		text("核对该项登记内容", "check this item of the registration")}
}

func notePrivateUse(column, codes string) RowNote {
	return RowNote{column, NotePrivateUse,
		text("“%s”列有自造字：%s", "column \"%s\" holds characters made locally: %s", column, codes),
		text("由户籍员对照原始表格确认该字；未确认前不能制证", "a clerk confirms the character against the paper record; no card can be made before that")}
}

func noteLineBreak(column string) RowNote {
	return RowNote{column, NoteLineBreak,
		text("“%s”列的内容有换行", "the value in column \"%s\" runs over more than one line", column),
		text("核对是否两行并成了一行", "check that two rows have not become one")}
}

func encodingShown(enc Encoding) string {
	if enc == UTF8 {
		return "UTF-8"
	}
	return "GB 18030"
}
