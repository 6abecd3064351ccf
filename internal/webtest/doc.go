// Package webtest tests the pages in a real browser over a small city that was played day by day: all its nodes serve, over the real exchange.
// The city is played once for the package, and the tests run in any order: each works with people, cards, households and days of its own (take), at a post whose
// day it may close. The ten moments of the pages' reference are the tests named TestMoment… (moments_test.go), the days of the eleven roles TestDayOf… (days_test.go).
// TestScreen looks at every page in both languages; make screenshots keeps what it sees.
package webtest
