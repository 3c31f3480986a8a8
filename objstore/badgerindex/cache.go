package badgerindex

// cache holds counters as of the last batch that has landed, those of them that
// functions have asked for. It needs no protocol to stay right, since whoever
// changes a counter is the executor that owns the cache.
type cache struct {
	counters map[string]int64
	bytes    int
}

const (
	maxCacheBytes = 1 << 20 // at which all is forgotten
	cacheOverhead = 100     // about what an entry costs beside its bytes
)

func newCache() *cache { return &cache{counters: make(map[string]int64)} }

func (c *cache) putCounter(key []byte, sum int64) {
	c.bytes += len(key) + cacheOverhead
	if c.bytes > maxCacheBytes {
		clear(c.counters)
		c.bytes = 0
	}
	c.counters[string(key)] = sum
}

// land brings the cache up to a batch that is stored now.
func (c *cache) land(b *batch) {
	for key, i := range b.counterKey {
		if _, found := c.counters[key]; found && b.counters[i].written {
			c.counters[key] = b.counters[i].sum
		}
	}
}
