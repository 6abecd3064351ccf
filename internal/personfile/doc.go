// Package personfile reads and writes person files: tables with one person a row,
// as CSV in UTF-8 or GB 18030, as XLSX, or as DBF in GBK. The format is described
// in docs/formats/person-files.md.
//
// Words: a file has a header, rows and columns; a known column is one of the 22
// of the format (Column), any other column is kept as Extra and reported by
// Reader.Unknown.
//
// Guarantees:
//
//   - Nothing is lost silently. A row that cannot be read is a *RowError with its
//     raw values, and the rows after it are read; a file that cannot be read is one
//     *FileError. No replacement character is ever put in place of a byte.
//   - Characters of the user-defined zones of GB 18030 (characters made locally,
//     造字) keep their bytes and are named in Record.Notes.
//   - CSV and DBF are read in constant memory; XLSX needs memory for its table of
//     shared strings only.
//
// The package opens no file, reads no clock and holds no state between files: the
// caller gives it an io.ReaderAt or an io.Writer. The one exception is the XLSX
// writer, whose library keeps sheets above 16 MB in a temporary file until Close.
package personfile
