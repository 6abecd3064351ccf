//go:build !linux

package main

// machineMemory is how many bytes of memory the machine has; 0 where that is not known.
func machineMemory() int64 { return 0 }
