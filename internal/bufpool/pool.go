package bufpool

import (
	"sync"
	"unsafe"
)

// Align is the alignment, in bytes, of every buffer of a [Pool].
const Align = 4096

// Sizes of the classes of buffers, in bytes. A larger buffer is allocated and
// not kept.
const (
	Small  = 64 << 10
	Medium = 256 << 10
	Large  = 1 << 20
)

// Pool lends buffers. The zero value is ready; methods are safe for concurrent
// use; a Pool must not be copied after its first use.
type Pool struct {
	// Each holds pointers to arrays of its class's size: unlike a slice, a
	// pointer goes into a sync.Pool without an allocation.
	small, medium, large sync.Pool
}

// Get returns a buffer of n bytes with what its last user left in it. Its
// capacity is that of its class.
func (p *Pool) Get(n int) []byte {
	switch {
	case n <= Small:
		if a, ok := p.small.Get().(*[Small]byte); ok {
			return a[:n]
		}
		return allocate(Small)[:n]
	case n <= Medium:
		if a, ok := p.medium.Get().(*[Medium]byte); ok {
			return a[:n]
		}
		return allocate(Medium)[:n]
	case n <= Large:
		if a, ok := p.large.Get().(*[Large]byte); ok {
			return a[:n]
		}
		return allocate(Large)[:n]
	}
	return allocate(n)
}

// Put gives a buffer back. The caller must not use it afterwards. A slice that
// did not come from Get, or whose start was cut off, is left to the garbage
// collector.
func (p *Pool) Put(b []byte) {
	if !Aligned(b[:cap(b)]) {
		return
	}
	switch cap(b) {
	case Small:
		p.small.Put((*[Small]byte)(b[:Small]))
	case Medium:
		p.medium.Put((*[Medium]byte)(b[:Medium]))
	case Large:
		p.large.Put((*[Large]byte)(b[:Large]))
	}
}

// Aligned tells whether b starts and ends at a multiple of [Align], so that it
// can be written with O_DIRECT as it is.
func Aligned(b []byte) bool {
	return len(b)%Align == 0 && misalignment(b) == 0
}

func misalignment(b []byte) int {
	return int(uintptr(unsafe.Pointer(unsafe.SliceData(b))) % Align)
}

// allocate returns n aligned bytes whose capacity is n. The runtime aligns
// large blocks to pages of 8 KiB as a rule; that it does not promise it is why
// there is a second way.
func allocate(n int) []byte {
	b := make([]byte, n)
	if misalignment(b) == 0 {
		return b
	}
	b = make([]byte, n+Align)
	skip := (Align - misalignment(b)) % Align
	return b[skip : skip+n : skip+n]
}
