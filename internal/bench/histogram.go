package bench

import (
	"math/bits"
	"time"
)

// Histogram counts durations in buckets that are at most 1.6 % wide. The zero
// value is empty. It is not safe for concurrent use; keep one a goroutine and
// Merge them.
type Histogram struct {
	counts   [buckets]int64
	total    int64
	sum, max time.Duration
}

const (
	subBits = 6 // a power of two is divided into 1<<subBits buckets
	buckets = (63 - subBits + 1) << subBits
)

// bucket maps a duration to its bucket: exact below 64 ns, then the position of
// the highest bit and the six bits behind it.
func bucket(d time.Duration) int {
	v := uint64(max(d, 0))
	if v < 1<<subBits {
		return int(v)
	}
	shift := bits.Len64(v) - 1 - subBits
	return shift<<subBits + int(v>>shift)
}

// upper is the largest duration of a bucket.
func upper(b int) time.Duration {
	if b < 1<<subBits {
		return time.Duration(b)
	}
	shift := b>>subBits - 1
	return time.Duration((uint64(b&(1<<subBits-1)|1<<subBits)+1)<<shift - 1)
}

// Add counts one duration.
func (h *Histogram) Add(d time.Duration) {
	h.counts[bucket(d)]++
	h.total++
	h.sum += d
	h.max = max(h.max, d)
}

// Merge adds the counts of o.
func (h *Histogram) Merge(o *Histogram) {
	for i, n := range o.counts {
		h.counts[i] += n
	}
	h.total += o.total
	h.sum += o.sum
	h.max = max(h.max, o.max)
}

// Count returns how many durations were counted.
func (h *Histogram) Count() int64 { return h.total }

// Mean returns the mean; 0 of none.
func (h *Histogram) Mean() time.Duration {
	if h.total == 0 {
		return 0
	}
	return h.sum / time.Duration(h.total)
}

// Max returns the longest duration.
func (h *Histogram) Max() time.Duration { return h.max }

// Quantile returns a duration that the share q (0 to 1) of all do not exceed,
// up to the width of a bucket; 0 of none.
func (h *Histogram) Quantile(q float64) time.Duration {
	rank := int64(q * float64(h.total))
	var seen int64
	for i, n := range h.counts {
		if seen += n; n > 0 && seen > min(rank, h.total-1) {
			return min(upper(i), h.max)
		}
	}
	return h.max
}
