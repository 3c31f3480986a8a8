package checksum

import "hash"

// Digests computes several checksums of one stream in one pass. It is an
// io.Writer whose Write never fails; it is used by one goroutine.
type Digests struct {
	algorithms []Algorithm
	hashes     []hash.Hash
	size       int64
}

// NewDigests returns Digests of the given algorithms; one that is named twice
// is computed once. It returns [ErrUnknownAlgorithm] for one that is not valid.
func NewDigests(algorithms ...Algorithm) (*Digests, error) {
	d := &Digests{
		algorithms: make([]Algorithm, 0, len(algorithms)),
		hashes:     make([]hash.Hash, 0, len(algorithms)),
	}
	for _, a := range algorithms {
		if d.index(a) >= 0 {
			continue
		}
		h := a.New()
		if h == nil {
			return nil, ErrUnknownAlgorithm
		}
		d.algorithms, d.hashes = append(d.algorithms, a), append(d.hashes, h)
	}
	return d, nil
}

// hashStride is how much one hash takes before the next: small enough to be
// still in the processor's cache for all of them.
const hashStride = 64 << 10

// Write adds p to every checksum.
func (d *Digests) Write(p []byte) (int, error) {
	n := len(p)
	d.size += int64(n)
	for len(p) > 0 {
		stride := p[:min(len(p), hashStride)]
		for _, h := range d.hashes {
			h.Write(stride)
		}
		p = p[len(stride):]
	}
	return n, nil
}

// Size returns how many bytes were written since the start or Reset.
func (d *Digests) Size() int64 { return d.size }

// Sum returns the checksum of what was written so far, or nil when a is not
// among the algorithms.
func (d *Digests) Sum(a Algorithm) []byte {
	i := d.index(a)
	if i < 0 {
		return nil
	}
	return d.hashes[i].Sum(nil)
}

// Sums returns all checksums of what was written so far.
func (d *Digests) Sums() map[Algorithm][]byte {
	sums := make(map[Algorithm][]byte, len(d.algorithms))
	for i, a := range d.algorithms {
		sums[a] = d.hashes[i].Sum(nil)
	}
	return sums
}

// Reset starts anew with the same algorithms.
func (d *Digests) Reset() {
	d.size = 0
	for _, h := range d.hashes {
		h.Reset()
	}
}

func (d *Digests) index(a Algorithm) int {
	for i, have := range d.algorithms {
		if have == a {
			return i
		}
	}
	return -1
}
