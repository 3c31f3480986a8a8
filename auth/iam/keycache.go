package iam

import (
	"sync"
	"time"

	"github.com/cofferstore/coffer/auth"
)

// keyCache holds access keys that were read lately.
//
// A fill reads the index without the lock, so a change may be committed and
// invalidated between its read and its put. The generation, which every
// invalidation moves on, tells the fill that its value may be old.
type keyCache struct {
	size     int
	maxStale time.Duration // 0: until invalidated
	now      func() time.Time

	mu         sync.RWMutex // guards the rest
	generation uint64
	entries    map[string]cachedKey
}

type cachedKey struct {
	key   auth.Key
	until time.Time // of no meaning without maxStale
}

// keyFill is a read of the index that is on its way into the cache.
type keyFill struct {
	generation uint64
	until      time.Time
}

func (c *keyCache) init(size int, maxStale time.Duration, now func() time.Time) {
	c.size, c.maxStale, c.now = size, maxStale, now
	c.entries = make(map[string]cachedKey)
}

func (c *keyCache) get(accessKey string) (auth.Key, bool) {
	c.mu.RLock()
	e, ok := c.entries[accessKey]
	c.mu.RUnlock()
	if ok && c.maxStale > 0 && !c.now().Before(e.until) {
		return auth.Key{}, false
	}
	return e.key, ok
}

// begin is called before the index is read: the age counts from there.
func (c *keyCache) begin() keyFill {
	f := keyFill{}
	if c.maxStale > 0 {
		f.until = c.now().Add(c.maxStale)
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	f.generation = c.generation
	return f
}

func (c *keyCache) put(f keyFill, accessKey string, k auth.Key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f.generation != c.generation {
		return
	}
	if _, ok := c.entries[accessKey]; !ok && len(c.entries) >= c.size {
		for victim := range c.entries { // any: map order is random
			delete(c.entries, victim)
			break
		}
	}
	c.entries[accessKey] = cachedKey{key: k, until: f.until}
}

// invalidate is called after a change of these keys was committed, or may have
// been.
func (c *keyCache) invalidate(accessKeys []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.generation++
	for _, k := range accessKeys {
		delete(c.entries, k)
	}
}
