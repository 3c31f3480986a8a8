package main

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestTuneProcs(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(before)
	tuneProcs(func(string) (string, bool) { return "4", true })
	assert.Equal(t, before, runtime.GOMAXPROCS(0), "the user's number counts")
	tuneProcs(func(string) (string, bool) { return "", false })
	assert.Equal(t, before+spareProcs, runtime.GOMAXPROCS(0))
}
