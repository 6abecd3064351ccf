// Package citizen holds the values every other room speaks in: the citizen
// identification number, names, civil dates, administrative divisions, the code
// tables of the register and the dated rules of law.
//
// # Words
//
// Number is the 18-character citizen identification number (公民身份号码,
// GB 11643-1999). Division is the six-digit code of GB/T 2260. Date is a civil
// date without a zone. Table is one code table of a standard or of a system of
// the time. Rule is one limit or condition of law with the days between which
// it holds and the article it stands in.
//
// # Guarantees
//
// Everything here is a pure function of its arguments and of tables compiled
// into the program: no clock, no files, no network. Every table and every
// function is safe for use by several goroutines at once. What no source
// confirms carries Unconfirmed = true and is a default to be set by the office,
// never a fact.
//
// # Sources
//
// GB 11643-1989 and -1999 (number), GB/T 2260 (divisions), GB/T 7408 (dates),
// GB/T 2261.1 (sex), GA 214.8-2004 (age and validity), the Resident Identity
// Card Law in its versions of 2003 and 2011, and the Household Registration
// Regulations of 1958. The data folder names the source of each table.
package citizen
