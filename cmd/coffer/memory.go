package main

import (
	"os"
	"runtime/debug"
	"strconv"
	"strings"
)

// cgroupLimit is where a container finds the limit of its memory (cgroup v2).
const cgroupLimit = "/sys/fs/cgroup/memory.max"

// tuneMemory keeps the heap of a server in a container below four fifths of the
// container's limit, because the index and the page cache need room too, unless
// GOMEMLIMIT says otherwise. GOGC is left at Go's default: larger values were
// measured to cost memory and to save no time that could be seen.
func tuneMemory(lookup func(string) (string, bool)) {
	if _, set := lookup("GOMEMLIMIT"); set {
		return
	}
	text, err := os.ReadFile(cgroupLimit)
	if err != nil {
		return // not in a container, or not one of version 2
	}
	if limit, ok := memoryLimit(string(text)); ok {
		debug.SetMemoryLimit(limit)
	}
}

// memoryLimit returns the limit of the heap, in bytes, in a container with the
// given memory.max: a number or "max".
func memoryLimit(text string) (int64, bool) {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil || n <= 0 {
		return 0, false
	}
	return n / 5 * 4, true
}
