package recent

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const plenty = 1 << 20

func TestVersions(t *testing.T) {
	key := []byte("key")
	one, two := Row{Value: []byte("one")}, Row{Value: []byte("two"), Meta: 1}
	for _, c := range []struct {
		name    string
		do      func(*Cache)
		version uint64
		want    *Row
		why     string
	}{
		{"found", func(c *Cache) { c.Found(key, 5, one) }, 5, &one, "what a reader has found the next one need not search for"},
		{"found by an old reader", func(c *Cache) { c.Set(6, key, two.Value, 1); c.Delete(7, key); c.Found(key, 6, two) }, 7, nil,
			"the row may have changed since, and here it has"},
		{"found before the last change", func(c *Cache) { c.Delete(6, key); c.Found(key, 6, Row{Absent: true}) }, 6, &Row{Absent: true},
			"a reader at the version of the last change knows it"},
		{"found after a later commit", func(c *Cache) { c.Found(key, 5, one); c.Set(6, key, two.Value, 1); c.Found(key, 6, one) }, 6, &two,
			"what a commit says is not overruled"},
		{"written", func(c *Cache) { c.Found(key, 5, one); c.Set(6, key, two.Value, 1) }, 6, &two, "who reads a row reads it again"},
		{"made", func(c *Cache) { c.Found(key, 5, Row{Absent: true}); c.Set(6, key, two.Value, 1) }, 6, &two,
			"somebody has looked for it"},
		{"written but not read", func(c *Cache) { c.Set(6, key, two.Value, 1) }, 6, nil, "most rows are not read soon"},
		{"written, old reader", func(c *Cache) { c.Found(key, 5, one); c.Set(6, key, two.Value, 1) }, 5, nil,
			"a snapshot must not see what was committed after it"},
		{"deleted", func(c *Cache) { c.Found(key, 5, one); c.Delete(6, key) }, 6, nil, "the row is gone"},
		{"found, old reader", func(c *Cache) { c.Delete(6, key); c.Found(key, 8, one) }, 7, &one,
			"nothing has changed between the last change and the reader"},
		{"found, reader before the change", func(c *Cache) { c.Delete(6, key); c.Found(key, 8, one) }, 5, nil,
			"what was before the last change is not known"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cache := New(5, plenty)
			c.do(cache)
			got, ok := cache.Get(key, c.version)
			require.Equal(t, c.want != nil, ok, c.why)
			if ok {
				assert.Equal(t, *c.want, got, c.why)
			}
		})
	}
}

func TestValuesAreCopied(t *testing.T) {
	cache := New(1, plenty)
	key, value := []byte("a"), []byte("one")
	cache.Found(key, 1, Row{Value: value})
	cache.Found([]byte("b"), 1, Row{Absent: true})
	cache.Set(2, []byte("b"), value, 0)
	copy(value, "xxx")
	key[0] = 'x'
	for _, k := range []string{"a", "b"} {
		got, ok := cache.Get([]byte(k), 2)
		require.True(t, ok)
		assert.Equal(t, "one", string(got.Value))
	}
	kept, _ := cache.Get([]byte("a"), 2)
	cache.Set(3, []byte("a"), []byte("two"), 0)
	assert.Equal(t, "one", string(kept.Value), "a reader keeps what it got")
}

// What is asked for stays while a bulk load comes by, and the bytes stay below
// their bound.
func TestBounds(t *testing.T) {
	const limit = 64 << 10
	cache := New(1, limit)
	hot := []byte("hot")
	cache.Found(hot, 2, Row{Value: []byte("value")})
	for i := range 10_000 {
		_, ok := cache.Get(hot, 3)
		require.True(t, ok, "after %d others", i)
		cold := fmt.Appendf(nil, "cold%d", i)
		cache.Found(cold, 3, Row{Absent: true})
		cache.Set(3, cold, make([]byte, i%300), 0)
	}
	kept, taken := 0, 0
	for i := range cache.shards {
		s := &cache.shards[i]
		sum := 0
		for hash, at := range s.index {
			require.Equal(t, hash, s.slots[at].hash)
			sum += len(s.slots[at].text) + overhead
		}
		assert.Equal(t, sum, s.bytes)
		assert.LessOrEqual(t, s.bytes, s.limit)
		assert.Equal(t, len(s.slots), len(s.index)+len(s.free))
		kept, taken = kept+len(s.index), taken+s.bytes
	}
	assert.Greater(t, taken, limit*8/10, "%d rows", kept)
}

// Of two keys with one hash the cache keeps one, and never tells one's row for
// the other's.
func TestSameHash(t *testing.T) {
	s := &shard{index: map[uint64]int{}, limit: plenty}
	s.put(1, []byte("a"), Row{Value: []byte("one")})
	assert.NotNil(t, s.at(1, []byte("a")))
	assert.Nil(t, s.at(1, []byte("b")))
	assert.Nil(t, s.at(1, []byte("aone")), "which text is not the key")
}

// Rows that grow in place make room for themselves, at worst by going.
func TestReplacedByLarger(t *testing.T) {
	cache := New(1, shards*(overhead+100))
	cache.Found([]byte("k"), 2, Row{})
	cache.Set(3, []byte("k"), make([]byte, 1000), 0)
	_, ok := cache.Get([]byte("k"), 3)
	assert.False(t, ok, "it is larger than all the room")
	cache.Found([]byte("k"), 4, Row{Value: []byte("v")})
	_, ok = cache.Get([]byte("k"), 4)
	assert.True(t, ok)
}

func TestNoRoom(t *testing.T) {
	cache := New(1, 0)
	cache.Found([]byte("k"), 2, Row{})
	cache.Set(2, []byte("k"), nil, 0)
	cache.Found([]byte("l"), 2, Row{Absent: true})
	for _, k := range []string{"k", "l"} {
		_, ok := cache.Get([]byte(k), 2)
		assert.False(t, ok)
	}
}

// A map with versions, one writer and many readers: the cache never tells
// anything but what the map had at the reader's version.
func TestConcurrently(t *testing.T) {
	const keys, versions, readers = 20, 3000, 4
	var history [keys][versions + 1]byte // 0: no row
	var newest, hits atomic.Uint64
	newest.Store(1)
	cache := New(1, shards*3*(overhead+8)) // some three rows a shard: rows come and go
	key := func(i int) []byte { return []byte{'k', byte(i)} }
	var all sync.WaitGroup
	for r := range readers {
		all.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(r)))
			for newest.Load() < versions {
				i, version := random.IntN(keys), newest.Load()
				if random.IntN(4) == 0 && version > 3 {
					version -= 2
				}
				want := Row{Absent: true}
				if v := history[i][version]; v != 0 {
					want = Row{Value: []byte{v}, Meta: v}
				}
				got, ok := cache.Get(key(i), version)
				if !ok {
					cache.Found(key(i), version, want)
					continue
				}
				hits.Add(1)
				if !assert.Equal(t, want, got, "key %d at version %d", i, version) {
					return
				}
			}
		})
	}
	random := rand.New(rand.NewPCG(2, 1))
	for version := uint64(2); version <= versions; version++ {
		changed := map[int]byte{}
		for range random.IntN(4) {
			changed[random.IntN(keys)] = byte(random.IntN(5))
		}
		for i := range keys {
			history[i][version] = history[i][version-1]
			if v, ok := changed[i]; ok {
				history[i][version] = v
			}
		}
		for i, v := range changed {
			if v == 0 {
				cache.Delete(version, key(i))
			} else {
				cache.Set(version, key(i), []byte{v}, v)
			}
		}
		newest.Store(version)
		runtime.Gosched()
	}
	all.Wait()
	assert.NotZero(t, hits.Load())
}

func BenchmarkGet(b *testing.B) {
	cache := New(1, 16<<20)
	for i := range 10_000 {
		cache.Found(fmt.Appendf(nil, "0123456789abcdef0123456789%08d", i), 2, Row{Value: make([]byte, 300)})
	}
	key := fmt.Appendf(nil, "0123456789abcdef0123456789%08d", 77)
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := cache.Get(key, 2); !ok {
			b.Fatal("not there")
		}
	}
}

func BenchmarkFound(b *testing.B) {
	cache := New(1, 1<<20)
	row := Row{Value: make([]byte, 300)}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		cache.Found(fmt.Appendf(nil, "0123456789abcdef0123456789%08d", i), 1, row)
	}
}
