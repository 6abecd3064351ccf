package main

import (
	"math"
	"runtime/debug"
)

// besideKept is how many bytes a command takes beside what it is told to keep in memory.
const besideKept = 256 << 20

// boundMemory makes the collector of garbage keep to so many bytes, as far as it can, until the function that it returns is called: else garbage may take as much as what
// is kept. What an administrator has set by GOMEMLIMIT stands.
func boundMemory(bytes int64) (undo func()) {
	before := debug.SetMemoryLimit(-1)
	if before < math.MaxInt64 {
		return func() {}
	}
	debug.SetMemoryLimit(bytes)
	return func() { debug.SetMemoryLimit(before) }
}
