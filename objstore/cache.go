package objstore

import (
	"sync"
	"time"
)

// cachedBuckets bounds the number of bucket records in memory.
const cachedBuckets = 10000

// cacheAge is how long a cached bucket is believed when other processes may
// change it.
const cacheAge = time.Second

// bucketCache keeps bucket records in memory. Within the process it is exact:
// a change drops its entry after the commit and before it is acknowledged, and
// a record that was read before a change is not kept after it.
type bucketCache struct {
	now       func() time.Time
	exclusive bool

	mu         sync.RWMutex
	generation uint64 // counts changes of any bucket
	entries    map[BucketID]cachedBucket
}

type cachedBucket struct {
	info BucketInfo
	raw  []byte // the row's value
	read time.Time
}

func newBucketCache(now func() time.Time, exclusive bool) *bucketCache {
	return &bucketCache{now: now, exclusive: exclusive, entries: make(map[BucketID]cachedBucket)}
}

// get returns a cached bucket and, for put, the generation.
func (c *bucketCache) get(id BucketID) (e cachedBucket, generation uint64, ok bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	e, ok = c.entries[id]
	if ok && !c.exclusive {
		age := c.now().Sub(e.read)
		ok = age >= 0 && age < cacheAge
	}
	return e, c.generation, ok
}

// put keeps a bucket that was read after get returned generation, unless a
// bucket has changed since.
func (c *bucketCache) put(e cachedBucket, generation uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.generation != generation {
		return
	}
	if len(c.entries) >= cachedBuckets {
		for id := range c.entries { // any one
			delete(c.entries, id)
			break
		}
	}
	c.entries[e.info.BucketID] = e
}

// drop forgets a bucket that has changed, or may have.
func (c *bucketCache) drop(id BucketID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.generation++
	delete(c.entries, id)
}
