package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// heapFloor is what the heap may grow to, in bytes, before it is collected. In a
// server that hands out small objects 10 MiB are in use; a heap that may only
// double, which is Go's default, was collected fifteen times a second under
// load, for a seventh of the processor time of a small GET.
const heapFloor = 48 << 20

// The percentages by which the heap may grow over what is in use.
const (
	defaultPercent = 100
	maxPercent     = 2000 // of next to nothing
)

// pacer lets the heap grow to a floor, and beyond it as usual.
type pacer struct {
	floor   uint64
	percent int           // as set
	set     func(int) int // debug.SetGCPercent
	live    func() uint64 // bytes in use, as the last collection has found them
}

// tunePace starts a pacer, unless GOGC is set. It lives as long as the process.
func tunePace(lookup func(string) (string, bool)) {
	if _, set := lookup("GOGC"); set {
		return
	}
	p := &pacer{floor: heapFloor, percent: defaultPercent, set: debug.SetGCPercent, live: liveHeap}
	p.collected()
}

// liveHeap asks the runtime for what the last collection has found in use.
func liveHeap() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// collected runs after each collection: the next one finds an object that
// nothing refers to.
func (p *pacer) collected() {
	p.adjust(p.live())
	runtime.AddCleanup(new([16]byte), (*pacer).collected, p)
}

// adjust sets the percentage for a heap of which live bytes are in use. That
// stops the world for a moment, so small steps are left out.
func (p *pacer) adjust(live uint64) {
	percent := defaultPercent
	if live > 0 && live < p.floor/2 {
		percent = int(min((p.floor-live)*100/live, maxPercent))
	}
	if p.percent*7 <= percent*8 && percent*7 <= p.percent*8 {
		return
	}
	p.percent = percent
	p.set(percent)
}
