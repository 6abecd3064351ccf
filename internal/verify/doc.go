// Package verify holds the rules of verification and clean-up (plan P3 to P8): the item rules, the comparison of the five records, household visits
// by exception, corrections with approval, and cases from finding to closing. It is pure: state, command and facts in, events or a refusal out.
//
// A visit, a comparison, a correction and a case are each a matter: the set of its steps, each an entry. The state is derived from the steps that
// are known, so it is the same in whatever order they arrive. A matter's steps belong to the station whose side they are; a case between two
// stations has one side at each, and a third at the unit that decides.
package verify
