// Package webtest tests the pages in a real browser over a small city that was played day by day: all its nodes serve, over the real exchange.
// The city is played once for the package; each test works with people of its own.
package webtest
