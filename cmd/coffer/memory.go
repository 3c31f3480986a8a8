package main

import (
	"os"
	"runtime/debug"
	"strconv"
	"strings"
)

// cgroupLimit is where a container finds the limit of its memory (cgroup v2).
const cgroupLimit = "/sys/fs/cgroup/memory.max"

// heapLimit is what the heap of a server is kept to, in bytes, unless
// GOMEMLIMIT says otherwise. The index builds its tables in bursts of many times
// what lives longer; a heap that may double first, which is Go's default, took
// 348 MiB for a load that ran in 160 at the same speed.
const heapLimit = 128 << 20

// tuneMemory sets the soft limit of the heap: [heapLimit], or four fifths of a
// container's memory where that is less, because the index and the page cache
// need room too. Above it the collector works harder, and nothing fails.
func tuneMemory(lookup func(string) (string, bool)) {
	if _, set := lookup("GOMEMLIMIT"); set {
		return
	}
	limit := int64(heapLimit)
	if text, err := os.ReadFile(cgroupLimit); err == nil {
		if l, ok := memoryLimit(string(text)); ok {
			limit = min(limit, l)
		}
	}
	debug.SetMemoryLimit(limit)
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
