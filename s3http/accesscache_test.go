package s3http

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/cofferstore/coffer/objstore"
)

func TestAccessCacheIsBounded(t *testing.T) {
	var c accessCache
	ref := func(i int) [16]byte { return [16]byte{byte(i), byte(i >> 8)} }
	for i := range 100 {
		c.put(ref(i), accessEntry{version: 1, access: &access{}, size: cachedAccess / 10})
	}
	assert.LessOrEqual(t, c.size, cachedAccess)
	assert.Len(t, c.entries, 10)
	for r := range c.entries {
		c.put(r, accessEntry{version: 2, access: &access{}, size: 1})
	}
	assert.Equal(t, 10, c.size, "an entry takes the place of the older")
	for r := range c.entries {
		c.put(r, accessEntry{version: 1, access: &access{}, size: 1})
		_, ok := c.get(&objstore.BucketInfo{Ref: r, Documents: 2})
		assert.True(t, ok, "an older one does not")
	}
}
