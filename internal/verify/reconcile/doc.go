// Package reconcile compares the five records of every resident of a city item by item (plan P4, P7): the registration form, the household booklet, the
// identity card, the computer and what the citizen says. It joins the rows of the five, says for each item which of them agree (Code), explains each
// difference (Explain), and proposes what is probably right, with the ground (Propose). Nothing is applied: a person decides.
//
// The comparison of one household at a desk and of five files of a city use the same explanation and the same proposal.
//
// Rows are joined in four passes, each over what the one before has left incomplete: by number; by station, household and name; by name and birth date;
// by a Linker, when one is given. A row's packed form (Row, 64 bytes) decides what joins and what is equal; the text is looked at for differences only.
// Run does this for inputs of any size in bounded memory, by partitions; Join does it for rows that are in memory.
//
// The package is pure: no files, clock or database. Equal inputs give equal results and equal bytes, for any number of workers.
package reconcile
