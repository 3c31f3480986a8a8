package main

import (
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestPacerAdjust(t *testing.T) {
	const mib = 1 << 20
	tests := []struct {
		explanation string
		live        uint64
		percent     int
	}{
		{"nothing was collected yet", 0, 100},
		{"little is in use: up to the floor", 10 * mib, 380},
		{"about the same: left alone", 10*mib + mib/2, 380},
		{"more", 16 * mib, 200},
		{"half the floor: a heap may always double", 24 * mib, 100},
		{"beyond it", 200 * mib, 100},
		{"and back", 12 * mib, 300},
		{"next to nothing", 1, 2000},
	}
	got := 100
	p := &pacer{floor: 48 * mib, percent: 100, set: func(percent int) int { got = percent; return 0 }}
	for _, tt := range tests {
		p.adjust(tt.live)
		assert.Equal(t, tt.percent, got, tt.explanation)
	}
}

// Each collection is followed by an adjustment, not only the first.
func TestPacerFollowsCollections(t *testing.T) {
	calls := make(chan struct{}, 1)
	p := &pacer{floor: 1, percent: 100, live: func() uint64 {
		select {
		case calls <- struct{}{}:
		default:
		}
		return 0
	}}
	p.collected()
	<-calls
	for range 3 {
		for called := false; !called; {
			runtime.GC() // which may come before the object that it is to find
			runtime.Gosched()
			select {
			case <-calls:
				called = true
			default:
			}
		}
	}
}

func TestTunePace(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(77))
	tunePace(func(name string) (string, bool) { return "77", name == "GOGC" })
	assert.Equal(t, 77, debug.SetGCPercent(77), "the user's number counts")
	runtime.GC()
	tunePace(func(string) (string, bool) { return "", false })
	assert.Greater(t, debug.SetGCPercent(77), 100, "a test uses less than the floor")
}
