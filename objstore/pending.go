package objstore

import (
	"crypto/rand"
	"sync"
	"time"

	"github.com/cofferstore/coffer/objstore/driver"
)

// newID makes a UUIDv7 (RFC 9562, section 5.7) by the store's clock, so that
// the age of a blob is told by its id also where the clock is a test's.
func (s *Store) newID() [16]byte { return newID(s.opt.Now()) }

// newID is the time, in milliseconds, the version, the variant, and 74 random bits.
func newID(now time.Time) (id [16]byte) {
	_, _ = rand.Read(id[6:]) // never fails
	ms := now.UnixMilli()
	for i := range 6 {
		id[i] = byte(ms >> (40 - 8*i))
	}
	id[6] = id[6]&0x0F | 7<<4
	id[8] = id[8]&0x3F | 2<<6
	return id
}

// pendingSet holds the ids of blobs that are being written or wait for the
// commit that names them: no sweep may take them for orphans.
type pendingSet struct {
	mu  sync.Mutex
	ids map[driver.BlobID]struct{}
}

func newPendingSet() *pendingSet {
	return &pendingSet{ids: make(map[driver.BlobID]struct{})}
}

func (p *pendingSet) add(id driver.BlobID) {
	p.mu.Lock()
	p.ids[id] = struct{}{}
	p.mu.Unlock()
}

func (p *pendingSet) drop(id driver.BlobID) {
	p.mu.Lock()
	delete(p.ids, id)
	p.mu.Unlock()
}

func (p *pendingSet) len() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.ids)
}

// snapshot returns a copy of the set.
func (p *pendingSet) snapshot() map[driver.BlobID]struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	ids := make(map[driver.BlobID]struct{}, len(p.ids))
	for id := range p.ids {
		ids[id] = struct{}{}
	}
	return ids
}
