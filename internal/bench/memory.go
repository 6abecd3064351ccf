package bench

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// resetPeak starts the measuring of this process's peak memory anew. Where the system cannot (it is not Linux), the peak is that of the whole life.
func resetPeak() { _ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) }

// peak is the most memory that this process has held since resetPeak, in MiB; 0 where the system does not tell.
func peak() int64 { return status("self", "VmHWM") }

// status reads one of a process's sizes, in MiB; 0 where the system does not tell.
func status(process, name string) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%s/status", process))
	if err != nil {
		return 0
	}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		if fields := strings.Fields(lines.Text()); len(fields) == 3 && fields[0] == name+":" {
			kib, _ := strconv.ParseInt(fields[1], 10, 64)
			return kib >> 10
		}
	}
	return 0
}
