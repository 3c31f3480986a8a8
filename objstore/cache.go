package objstore

import (
	"sync"
	"time"
)

// cachedRows bounds the number of records that a cache has in memory.
const cachedRows = 10000

// cacheAge is how long a cached record is believed when other processes may
// change it.
const cacheAge = time.Second

// rowCache keeps records of the index in memory. Within the process it is
// exact: a change drops its entry after the commit and before it is
// acknowledged, and a record that was read before a change is not kept after it.
type rowCache[K comparable, V any] struct {
	now       func() time.Time
	exclusive bool

	mu         sync.RWMutex
	generation uint64 // counts changes of any record
	entries    map[K]cachedRow[V]
}

type cachedRow[V any] struct {
	value V
	read  time.Time
}

// cachedBucket is a bucket with its row's value.
type cachedBucket struct {
	info BucketInfo
	raw  []byte
}

func newRowCache[K comparable, V any](now func() time.Time, exclusive bool) *rowCache[K, V] {
	return &rowCache[K, V]{now: now, exclusive: exclusive, entries: make(map[K]cachedRow[V])}
}

// get returns a cached record and, for put, the generation.
func (c *rowCache[K, V]) get(key K) (value V, generation uint64, ok bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	e, ok := c.entries[key]
	if ok && !c.exclusive {
		age := c.now().Sub(e.read)
		ok = age >= 0 && age < cacheAge
	}
	return e.value, c.generation, ok
}

// put keeps a record that was read, at the given time, after get returned
// generation, unless one has changed since.
func (c *rowCache[K, V]) put(key K, value V, read time.Time, generation uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.generation != generation {
		return
	}
	if len(c.entries) >= cachedRows {
		for victim := range c.entries { // any one
			delete(c.entries, victim)
			break
		}
	}
	c.entries[key] = cachedRow[V]{value: value, read: read}
}

// drop forgets a record that has changed, or may have.
func (c *rowCache[K, V]) drop(key K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.generation++
	delete(c.entries, key)
}
