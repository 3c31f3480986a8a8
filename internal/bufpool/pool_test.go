package bufpool_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/cofferstore/coffer/internal/bufpool"
)

func TestGet(t *testing.T) {
	tests := []struct {
		n, capacity int
		why         string
	}{
		{0, bufpool.Small, "nothing still has a class"},
		{1, bufpool.Small, "the smallest class"},
		{bufpool.Small, bufpool.Small, "a full class"},
		{bufpool.Small + 1, bufpool.Medium, "the next class"},
		{bufpool.Medium, bufpool.Medium, "a full class"},
		{bufpool.Large, bufpool.Large, "a full class"},
		{bufpool.Large + 1, bufpool.Large + 1, "allocated, not pooled"},
	}
	var p bufpool.Pool
	for range 3 { // fresh, then reused
		for _, tt := range tests {
			b := p.Get(tt.n)
			assert.Len(t, b, tt.n, tt.why)
			assert.Equal(t, tt.capacity, cap(b), tt.why)
			assert.True(t, bufpool.Aligned(b[:0]), tt.why)
			p.Put(b)
		}
	}
}

func TestPutRefusesForeign(t *testing.T) {
	var p bufpool.Pool
	tests := []struct {
		b   []byte
		why string
	}{
		{nil, "nothing"},
		{make([]byte, 100), "of no class"},
		{p.Get(bufpool.Medium)[1:], "start cut off"},
		{make([]byte, bufpool.Small+1)[1:], "right size, wrong alignment"},
	}
	for _, tt := range tests {
		assert.NotPanics(t, func() { p.Put(tt.b) }, tt.why)
	}
	for _, n := range []int{bufpool.Small, bufpool.Medium, bufpool.Large} {
		b := p.Get(n)
		assert.True(t, bufpool.Aligned(b))
		assert.Len(t, b, n)
	}
}

func TestAligned(t *testing.T) {
	var p bufpool.Pool
	b := p.Get(bufpool.Medium)
	assert.True(t, bufpool.Aligned(b))
	assert.True(t, bufpool.Aligned(b[bufpool.Align:]))
	assert.False(t, bufpool.Aligned(b[1:]), "start")
	assert.False(t, bufpool.Aligned(b[:len(b)-1]), "length")
	assert.False(t, bufpool.Aligned(b[1:bufpool.Align+1]), "start, with a whole length")
}

// TestConcurrent: no buffer is lent twice at a time (the race detector sees it).
func TestConcurrent(t *testing.T) {
	var p bufpool.Pool
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for range 200 {
				b := p.Get(bufpool.Small)
				for i := 0; i < len(b); i += 1024 {
					b[i] = byte(g)
				}
				for i := 0; i < len(b); i += 1024 {
					if b[i] != byte(g) {
						t.Errorf("buffer of %d was changed by %d", g, b[i])
						return
					}
				}
				p.Put(b)
			}
		})
	}
	wg.Wait()
}

func BenchmarkGetPut(b *testing.B) {
	var p bufpool.Pool
	b.ReportAllocs()
	for b.Loop() {
		p.Put(p.Get(bufpool.Large))
	}
}
