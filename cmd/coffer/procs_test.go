package main

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestTuneProcs(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(before)
	set := func(string) (string, bool) { return "1", true }
	unset := func(string) (string, bool) { return "", false }
	runtime.GOMAXPROCS(1)
	tuneProcs(set)
	assert.Equal(t, 1, runtime.GOMAXPROCS(0), "the user's number counts")
	tuneProcs(unset)
	assert.Equal(t, minProcs, runtime.GOMAXPROCS(0), "who waits for the disk must not keep the only place")
	runtime.GOMAXPROCS(5)
	tuneProcs(unset)
	assert.Equal(t, 5, runtime.GOMAXPROCS(0), "with more places there is no need")
}
