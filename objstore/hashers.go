package objstore

import (
	"crypto/md5"
	"hash"
	"sync"

	"github.com/cofferstore/coffer/objstore/checksum"
)

// hashers lends the hashes that a body needs.
type hashers struct {
	bodies sync.Pool                         // of *hasher, with an MD5 alone
	late   *lateMD5s                         // of bodies in memory
	lanes  *lanes                            // of further *hasher
	sums   map[checksum.Algorithm]*sync.Pool // of hash.Hash; the map does not change
}

func newHashers() *hashers {
	h := &hashers{late: newLateMD5s(), lanes: newLanes(), sums: make(map[checksum.Algorithm]*sync.Pool)}
	h.bodies.New = func() any { return &hasher{md5: md5.New()} }
	for _, alg := range checksum.Algorithms() {
		h.sums[alg] = &sync.Pool{New: func() any { return alg.New() }}
	}
	return h
}

// hasher computes the MD5 of a body and, unless sum is nil, a checksum.
type hasher struct {
	md5 hash.Hash
	alg checksum.Algorithm
	sum hash.Hash

	shared bool       // it is from getShared
	summed bool       // digests was called
	group  *laneGroup // whose hasher it is; nil: nobody's
}

// get returns a fresh hasher; alg "" is no checksum.
func (h *hashers) get(alg checksum.Algorithm) *hasher {
	b := h.bodies.Get().(*hasher)
	b.shared = false
	return h.fresh(b, alg)
}

// getShared is get for a body of which there may be many at a time: its MD5 may
// be computed together with theirs. That is settled here, as a sum that was
// begun cannot move. Each write but the last is of whole blocks of MD5.
func (h *hashers) getShared(alg checksum.Algorithm) *hasher {
	b := h.lanes.get()
	if b == nil {
		b = h.bodies.Get().(*hasher)
	}
	b.shared = true
	return h.fresh(b, alg)
}

func (h *hashers) fresh(b *hasher, alg checksum.Algorithm) *hasher {
	b.md5.Reset()
	b.alg, b.sum, b.summed = alg, nil, false
	if alg != "" && alg != checksum.MD5 {
		b.sum = h.sums[alg].Get().(hash.Hash)
		b.sum.Reset()
	}
	return b
}

// put takes a hasher back, also in the middle of a body. Its last write has
// returned.
func (h *hashers) put(b *hasher) {
	if b.sum != nil {
		h.sums[b.alg].Put(b.sum)
		b.sum = nil
	}
	if b.shared {
		h.lanes.put(b)
	}
	if b.group == nil {
		h.bodies.Put(b)
	}
}

// close ends what runs for hashers. All were put back, and none is asked for
// later.
func (h *hashers) close() { h.lanes.close() }

// writeMD5 and writeSum may run side by side.
func (b *hasher) writeMD5(p []byte) { b.md5.Write(p) }

func (b *hasher) writeSum(p []byte) {
	if b.sum != nil {
		b.sum.Write(p)
	}
}

// digests returns the sums over the size bytes that were written.
func (b *hasher) digests(size int64) Digests {
	var sum [16]byte
	b.md5.Sum(sum[:0])
	d := Digests{Size: size, md5: knownMD5(sum)}
	b.summed = true
	switch {
	case b.sum != nil:
		d.Checksum = wholeChecksum(b.alg, b.sum.Sum(nil))
	case b.alg == checksum.MD5:
		d.Checksum = wholeChecksum(b.alg, sum[:])
	}
	return d
}

// checksum returns a checksum over p.
func (h *hashers) checksum(alg checksum.Algorithm, p []byte, md5 *bodyMD5) Checksum {
	switch alg {
	case "":
		return Checksum{}
	case checksum.MD5:
		sum := md5.value()
		return wholeChecksum(alg, sum[:])
	}
	pool := h.sums[alg]
	sum := pool.Get().(hash.Hash)
	defer pool.Put(sum)
	sum.Reset()
	sum.Write(p)
	return wholeChecksum(alg, sum.Sum(nil))
}

func wholeChecksum(alg checksum.Algorithm, sum []byte) Checksum {
	return Checksum{Algorithm: alg, Type: ChecksumFullObject, Value: checksum.Encode(sum)}
}
