package awssig

import (
	"container/list"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"hash"
	"strings"
	"sync"
)

// keyedMAC computes HMACs with one key. The first blocks of the key are hashed
// once for each pooled instance. Safe for concurrent use.
type keyedMAC struct {
	pool sync.Pool // of *macState
}

type macState struct {
	hash hash.Hash
	sum  []byte
}

func newKeyedMAC(h func() hash.Hash, key []byte) *keyedMAC {
	k := &keyedMAC{}
	k.pool.New = func() any {
		m := hmac.New(h, key)
		return &macState{hash: m, sum: make([]byte, 0, m.Size())}
	}
	return k
}

// appendSum appends the HMAC of text.
func (k *keyedMAC) appendSum(dst, text []byte) []byte {
	m := k.pool.Get().(*macState)
	m.hash.Write(text)
	m.sum = m.hash.Sum(m.sum[:0])
	dst = append(dst, m.sum...)
	m.hash.Reset()
	k.pool.Put(m)
	return dst
}

// appendHexSum appends the HMAC of text in lower-case hexadecimal.
func (k *keyedMAC) appendHexSum(dst, text []byte) []byte {
	var sum [sha256.Size]byte
	return appendHex(dst, k.appendSum(sum[:0], text))
}

// deriveV4 derives the signing key of version 4: secret, day, region, service.
func deriveV4(secret, day, region, service string) *keyedMAC {
	key := append([]byte("AWS4"), secret...)
	for _, part := range [...]string{day, region, service, terminator} {
		m := hmac.New(sha256.New, key)
		m.Write([]byte(part))
		key = m.Sum(nil)
	}
	return newKeyedMAC(sha256.New, key)
}

func deriveV2(secret string) *keyedMAC { return newKeyedMAC(sha1.New, []byte(secret)) }

// cacheKey names a derived key. Version 2 has an access key only.
type cacheKey struct{ accessKey, day, region, service string }

// keyCache remembers the most recently used derived keys. Only keys that proved
// a signature belong in it: strangers can then not push others out.
type keyCache struct {
	max   int
	mu    sync.Mutex
	items map[cacheKey]*list.Element
	order *list.List // of *cachedMAC, most recent first
}

type cachedMAC struct {
	key    cacheKey
	secret string
	mac    *keyedMAC
}

func newKeyCache(size int) *keyCache {
	return &keyCache{max: size, items: make(map[cacheKey]*list.Element), order: list.New()}
}

// get returns nil when k is not known or its secret has changed. Both secrets
// come from the server's own directory, so their comparison tells a caller
// nothing.
func (c *keyCache) get(k cacheKey, secret string) *keyedMAC {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.items[k]
	if !ok {
		return nil
	}
	item := e.Value.(*cachedMAC)
	if item.secret != secret {
		return nil
	}
	c.order.MoveToFront(e)
	return item.mac
}

func (c *keyCache) put(k cacheKey, secret string, mac *keyedMAC) {
	k = cacheKey{strings.Clone(k.accessKey), strings.Clone(k.day), strings.Clone(k.region), strings.Clone(k.service)}
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.items[k]; ok {
		c.order.Remove(e)
	}
	c.items[k] = c.order.PushFront(&cachedMAC{k, secret, mac})
	for len(c.items) > c.max {
		last := c.order.Remove(c.order.Back()).(*cachedMAC)
		delete(c.items, last.key)
	}
}
