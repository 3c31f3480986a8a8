package s3http

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/cofferstore/coffer/objstore"
)

func TestDocumentCacheIsBounded(t *testing.T) {
	var c documentCache[string]
	ref := func(i int) [16]byte { return [16]byte{byte(i), byte(i >> 8)} }
	for i := range 100 {
		c.put(ref(i), compiled[string]{version: 1, size: cachedDocuments / 10})
	}
	assert.LessOrEqual(t, c.size, cachedDocuments)
	assert.Len(t, c.entries, 10)
	for r := range c.entries {
		c.put(r, compiled[string]{version: 2, size: 1})
	}
	assert.Equal(t, 10, c.size, "an entry takes the place of the older")
	for r := range c.entries {
		c.put(r, compiled[string]{version: 1, size: 1})
		_, ok := c.get(&objstore.BucketInfo{Ref: r, Documents: 2})
		assert.True(t, ok, "an older one does not")
	}
}
