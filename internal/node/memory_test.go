package node

import (
	"runtime/debug"
	"testing"
)

func TestCollectLessIsUndoneAndLeavesAnAdministratorsSettingsAlone(t *testing.T) {
	settings := func() (int, int64) {
		percent := debug.SetGCPercent(100)
		debug.SetGCPercent(percent)
		return percent, debug.SetMemoryLimit(-1)
	}
	percent, memory := settings()
	t.Setenv("GOGC", "")
	t.Setenv("GOMEMLIMIT", "")
	undo := CollectLess()
	if p, m := settings(); p != garbagePercent || m != softMemory {
		t.Errorf("%d %d", p, m)
	}
	undo()
	if p, m := settings(); p != percent || m != memory {
		t.Errorf("%d %d after undo, not %d %d", p, m, percent, memory)
	}
	t.Setenv("GOGC", "50")
	t.Setenv("GOMEMLIMIT", "1GiB")
	defer CollectLess()()
	if p, m := settings(); p != percent || m != memory {
		t.Errorf("%d %d against the environment, not %d %d", p, m, percent, memory)
	}
}
