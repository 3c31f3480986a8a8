package utapi

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// FuzzSnapshot reads snapshots that are damaged, and writes again what it has
// understood.
func FuzzSnapshot(f *testing.F) {
	v := values{fieldIn: 5, fieldStorage: -3, maxFields - 1: 1 << 60}
	f.Add(v.encode())
	f.Add([]byte{})
	f.Add([]byte{0})
	f.Add([]byte{0xFF, 0xFF})
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := decodeValues(data)
		if err != nil {
			return
		}
		again, err := decodeValues(v.encode())
		assert.NoError(t, err)
		assert.Equal(t, v, again)
	})
}
