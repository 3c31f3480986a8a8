package badgerindex

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestEpochs(t *testing.T) {
	var discarded []uint64
	e := newEpochs(5, func(v uint64) { discarded = append(discarded, v) })
	a := e.acquire()
	e.advance(6)
	e.advance(7) // nobody reads 6
	b, c := e.acquire(), e.acquire()
	e.advance(8)
	assert.Equal(t, []uint64{5, 7, 7}, []uint64{a, b, c})
	assert.Equal(t, []uint64{5}, discarded, "5 is being read")
	e.release(b)
	e.release(a)
	assert.Equal(t, []uint64{5, 7}, discarded, "7 is being read")
	e.release(c)
	e.advance(9)
	assert.Equal(t, []uint64{5, 7, 8, 9}, discarded)
	assert.Len(t, e.list, 1)
}
