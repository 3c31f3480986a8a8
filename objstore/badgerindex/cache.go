package badgerindex

// cache holds rows and counters as of the last batch that has landed, those of
// them that functions have asked for: some, such as the row of a bucket, are
// read by almost every function. It needs no protocol to stay right, since
// whoever changes a row is the executor that owns the cache.
type cache struct {
	rows     map[string]cachedRow
	counters map[string]int64
	bytes    int
}

type cachedRow struct {
	value  []byte
	absent bool
}

const (
	maxCachedValue = 4 << 10
	maxCacheBytes  = 1 << 20 // at which all is forgotten
	cacheOverhead  = 100     // about what an entry costs beside its bytes
)

func newCache() *cache {
	return &cache{rows: make(map[string]cachedRow), counters: make(map[string]int64)}
}

func (c *cache) putRow(key []byte, r cachedRow) {
	if len(r.value) > maxCachedValue {
		return
	}
	c.grow(len(key) + len(r.value))
	c.rows[string(key)] = r
}

func (c *cache) putCounter(key []byte, sum int64) {
	c.grow(len(key))
	c.counters[string(key)] = sum
}

func (c *cache) grow(bytes int) {
	c.bytes += bytes + cacheOverhead
	if c.bytes > maxCacheBytes {
		clear(c.rows)
		clear(c.counters)
		c.bytes = 0
	}
}

// land brings the cache up to a batch that is stored now. Values are not
// taken over: they belong to the callers of Update again.
func (c *cache) land(b *batch) {
	for i := range b.rows {
		if b.rows[i].state != undone {
			delete(c.rows, string(b.rows[i].key[1:]))
		}
	}
	for key, i := range b.counterKey {
		if _, found := c.counters[key]; found && b.counters[i].written {
			c.counters[key] = b.counters[i].sum
		}
	}
}
