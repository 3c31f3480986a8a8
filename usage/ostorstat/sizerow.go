package ostorstat

import (
	"encoding/binary"
	"math"
	"math/bits"
	"time"

	"github.com/cofferstore/coffer/objstore"
)

func sizeRow(id objstore.BucketID) []byte {
	b := make([]byte, 0, len(sizeRows)+len(id.Tenant)+len(endOfText)+len(id.Name))
	return append(appendText(append(b, sizeRows...), id.Tenant), id.Name...)
}

// Size is the size of a bucket and its history. A bucket's size is the bytes of
// all its versions and of the parts of its unfinished uploads.
type Size struct {
	// Current is the size now, in bytes.
	Current int64

	// HourMax is the greatest size during LastHour, in bytes.
	HourMax int64

	// Integral is byte-hours: the sum, over all hours from the bucket's creation
	// up to the present one, which does not count yet, of the greatest size in
	// that hour. It stops at the greatest int64.
	Integral int64

	// LastHour is the hour of the latest change of the size, in hours since
	// 1970; of a bucket that was never written to, of its creation.
	LastHour int64
}

// hourOf returns the hours since 1970, rounded down.
func hourOf(t time.Time) int64 {
	s := t.Unix()
	if s < 0 {
		s -= 3599
	}
	return s / 3600
}

// at returns s with the integral up to hour, which does not count. A clock that
// was set back changes nothing.
func (s Size) at(hour int64) Size {
	if hour > s.LastHour {
		s.Integral = plus(s.Integral, plus(s.HourMax, times(s.Current, hour-s.LastHour-1)))
	}
	return s
}

// changed returns s after a change of the size in an hour. Each hour is charged
// with its greatest size; while a clock is set back, the last hour goes on.
func (s Size) changed(size, hour int64) Size {
	if hour > s.LastHour {
		s = s.at(hour)
		s.HourMax, s.LastHour = s.Current, hour
	}
	s.Current = size
	s.HourMax = max(s.HourMax, size)
	return s
}

// plus and times are of numbers that are not negative, and stop at the greatest.
func plus(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

func times(a, b int64) int64 {
	high, low := bits.Mul64(uint64(a), uint64(b))
	if high != 0 || low > math.MaxInt64 {
		return math.MaxInt64
	}
	return int64(low)
}

// record is the row of a size. The ref tells it from one that was left by a
// bucket of the same name.
//
//	sizeV1  ref:16  current  hour-max  integral  last-hour
type record struct {
	ref [16]byte
	Size
}

const sizeV1 = 1

func (r *record) append(b []byte) []byte {
	b = append(append(b, sizeV1), r.ref[:]...)
	for _, n := range [...]int64{r.Current, r.HourMax, r.Integral} {
		b = binary.AppendUvarint(b, uint64(n))
	}
	return binary.AppendVarint(b, r.LastHour)
}

func decodeRecord(data []byte) (r record, err error) {
	if len(data) == 0 || data[0] != sizeV1 {
		return r, errDamaged
	}
	d := decoder{data: data[1:]}
	r.ref = d.id()
	r.Current, r.HourMax, r.Integral, r.LastHour = d.count(), d.count(), d.count(), d.varint()
	return r, d.err()
}
