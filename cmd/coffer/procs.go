package main

import "runtime"

// minProcs is the least GOMAXPROCS. A goroutine that waits for the disk keeps its
// place among those that run until the runtime takes notice, which takes up to
// some milliseconds. With one place nothing else runs meanwhile; on two processors,
// a third place costs more than it brings (docs/performance.md).
const minProcs = 2

// tuneProcs raises GOMAXPROCS, unless the environment sets it.
func tuneProcs(lookup func(string) (string, bool)) {
	if _, set := lookup("GOMAXPROCS"); !set && runtime.GOMAXPROCS(0) < minProcs {
		runtime.GOMAXPROCS(minProcs)
	}
}
