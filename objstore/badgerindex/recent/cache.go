package recent

import (
	"hash/maphash"
	"sync"
)

// Row is what a map has under a key.
type Row struct {
	Value  []byte // nobody may change it
	Meta   byte   // what the map keeps beside the value
	Absent bool   // there is no row
}

// Cache keeps rows. Its methods are safe for concurrent use; commits come one
// after another, in the order of their versions.
type Cache struct {
	seed   maphash.Seed
	shards [shards]shard
}

const (
	shards = 16

	// overhead is about what a row costs beside its key and value.
	overhead = 100
)

// shard keeps the rows of some keys. A row is found by the hash of its key, so that
// of two keys with one hash only one is kept, and waits for its end in slots.
type shard struct {
	mu      sync.Mutex
	changed uint64         // the newest version that has changed a row
	index   map[uint64]int // into slots, by hash
	slots   []slot
	free    []int // slots without a row
	hand    int   // of the clock: the slot that is looked at next
	bytes   int
	limit   int
}

type slot struct {
	hash   uint64
	text   []byte // the key, then the value; nil: there is no row here
	key    int    // its length
	since  uint64 // the row was the same at all versions from here on
	meta   byte
	absent bool
	used   bool // since the hand came by
}

func (s *slot) row() Row {
	if s.absent {
		return Row{Absent: true}
	}
	return Row{Value: s.text[s.key:len(s.text):len(s.text)], Meta: s.meta}
}

// set gives the slot a row. Values that were given out stay as they are.
func (s *slot) set(key []byte, r Row, since uint64) {
	s.text = append(append(make([]byte, 0, len(key)+len(r.Value)), key...), r.Value...)
	s.key, s.since, s.meta, s.absent = len(key), since, r.Meta, r.Absent
}

// New makes a cache for a map that is at version. It takes some maxBytes of
// memory; with 0 or less it keeps nothing.
func New(version uint64, maxBytes int) *Cache {
	c := &Cache{seed: maphash.MakeSeed()}
	for i := range c.shards {
		c.shards[i] = shard{changed: version, index: map[uint64]int{}, limit: maxBytes / shards}
	}
	return c
}

// shard returns where a key belongs, and its hash.
func (c *Cache) shard(key []byte) (*shard, uint64) {
	hash := maphash.Bytes(c.seed, key)
	return &c.shards[hash%shards], hash
}

// at returns the slot of a row, or nil.
func (s *shard) at(hash uint64, key []byte) *slot {
	i, found := s.index[hash]
	if !found {
		return nil
	}
	at := &s.slots[i]
	if string(at.text[:at.key]) != string(key) {
		return nil
	}
	return at
}

// Get returns what a snapshot at version has under key, if that is known.
func (c *Cache) Get(key []byte, version uint64) (Row, bool) {
	s, hash := c.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.at(hash, key)
	if at == nil || at.since > version {
		return Row{}, false
	}
	at.used = true
	return at.row(), true
}

// Found says what a snapshot at version has under key. The value is copied.
func (c *Cache) Found(key []byte, version uint64, r Row) {
	s, hash := c.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if version < s.changed {
		return
	}
	if _, found := s.index[hash]; !found {
		s.put(hash, key, r)
	}
}

// Set says that the commit of version sets a row. Whether that is kept is told by
// whether the row was: most rows that are made are not read soon. The value is
// copied.
func (c *Cache) Set(version uint64, key, value []byte, meta byte) {
	s, hash := c.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changed = version
	if at := s.at(hash, key); at != nil {
		s.bytes += len(value) - (len(at.text) - at.key)
		at.set(key, Row{Value: value, Meta: meta}, version)
		for s.bytes > s.limit {
			s.evict()
		}
	}
}

// Delete says that the commit of version deletes a row.
func (c *Cache) Delete(version uint64, key []byte) {
	s, hash := c.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changed = version
	if s.at(hash, key) != nil {
		s.drop(s.index[hash])
	}
}

// put keeps a row that was the same since the last change.
func (s *shard) put(hash uint64, key []byte, r Row) {
	cost := len(key) + len(r.Value) + overhead
	if cost > s.limit {
		return
	}
	for s.bytes+cost > s.limit {
		s.evict()
	}
	i := len(s.slots)
	if n := len(s.free); n > 0 {
		i, s.free = s.free[n-1], s.free[:n-1]
	} else {
		s.slots = append(s.slots, slot{})
	}
	s.slots[i].hash = hash
	s.slots[i].set(key, r, s.changed)
	s.index[hash] = i
	s.bytes += cost
}

// evict drops the next row that was not used since the hand came by. There is
// one after two rounds at the most.
func (s *shard) evict() {
	for {
		at := &s.slots[s.hand]
		i := s.hand
		s.hand = (s.hand + 1) % len(s.slots)
		if at.text != nil && !at.used {
			s.drop(i)
			return
		}
		at.used = false
	}
}

func (s *shard) drop(i int) {
	at := &s.slots[i]
	delete(s.index, at.hash)
	s.bytes -= len(at.text) + overhead
	*at = slot{}
	s.free = append(s.free, i)
}
