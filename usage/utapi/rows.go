package utapi

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/bits"

	"github.com/cofferstore/coffer/objstore/driver"
)

// Rows of this package begin with "um" and a kind. level is one byte; id is
// escaped where something follows: 0x00 becomes 0x00 0xFF, and 0x00 0x01 ends it.
//
//	umh level id               head: interval of the latest change, fields that were ever counted
//	ums level id ^interval     snapshot: all fields at the end of that interval, latest first
//	umx time id                a deleted bucket whose metrics are to expire
//
// Counters: umc level id field. They grow for ever, and so does what is summed
// of them; only storage and objects fall.
const (
	headRows     = "umh"
	snapshotRows = "ums"
	counterRows  = "umc"
	expiryRows   = "umx"
)

// scratch makes keys in memory that is used again: each is valid until the next.
type scratch struct{ buf []byte }

func (k *scratch) head(s subject) []byte {
	k.buf = append(append(append(k.buf[:0], headRows...), s.level), s.id...)
	return k.buf
}

func (k *scratch) counter(s subject, f field) []byte {
	k.buf = append(append(append(k.buf[:0], counterRows...), s.level), s.id...)
	k.buf = append(k.buf, byte(f))
	return k.buf
}

// snapshotsOf is the prefix of a subject's snapshots.
func snapshotsOf(s subject) []byte {
	b := append(make([]byte, 0, len(snapshotRows)+len(s.id)+12), snapshotRows...)
	b = append(b, s.level)
	b = append(b, bytes.ReplaceAll([]byte(s.id), []byte{0}, []byte{0, 0xFF})...)
	return append(b, 0, 1)
}

func snapshotRow(s subject, at interval) []byte {
	return binary.BigEndian.AppendUint64(snapshotsOf(s), ^uint64(at))
}

// afterSnapshots is the first possible row after those that begin with a prefix
// of [snapshotsOf].
func afterSnapshots(prefix []byte) []byte {
	end := bytes.Clone(prefix)
	end[len(end)-1]++
	return end
}

// head is where a subject stands.
type head struct {
	at  interval // of the latest change
	has uint64   // bit f: field f was counted
}

func readHead(r driver.Reader, key []byte) (h head, found bool, err error) {
	data, err := r.Get(key)
	if errors.Is(err, driver.ErrNotFound) {
		return h, false, nil
	}
	if err != nil {
		return h, false, err
	}
	if len(data) != 16 {
		return h, false, errDamaged
	}
	return head{interval(binary.BigEndian.Uint64(data)), binary.BigEndian.Uint64(data[8:])}, true, nil
}

func (h head) encode() []byte {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, 16), uint64(h.at))
	return binary.BigEndian.AppendUint64(b, h.has)
}

// values are all fields of a subject at one moment.
type values [maxFields]int64

// encode writes which fields are not zero, and these.
func (v *values) encode() []byte {
	var has uint64
	for f, n := range v {
		if n != 0 {
			has |= 1 << f
		}
	}
	b := binary.AppendUvarint(nil, has)
	for rest := has; rest != 0; rest &= rest - 1 {
		b = binary.AppendVarint(b, v[bits.TrailingZeros64(rest)])
	}
	return b
}

func decodeValues(data []byte) (v values, err error) {
	has, n := binary.Uvarint(data)
	if n <= 0 {
		return v, errDamaged
	}
	data = data[n:]
	for ; has != 0; has &= has - 1 {
		x, n := binary.Varint(data)
		if n <= 0 {
			return v, errDamaged
		}
		v[bits.TrailingZeros64(has)] = x
		data = data[n:]
	}
	if len(data) > 0 {
		return v, errDamaged
	}
	return v, nil
}

// current returns the fields of a subject as they are now.
func current(r driver.Reader, s subject, h head) (v values, err error) {
	var keys scratch
	for rest := h.has; rest != 0; rest &= rest - 1 {
		f := bits.TrailingZeros64(rest)
		if v[f], err = r.Counter(keys.counter(s, field(f))); err != nil {
			return v, err
		}
	}
	if s.counted() {
		return v, nil
	}
	t, err := s.totals(r)
	v[fieldStorage], v[fieldObjects] = storage(&t), objects(&t)
	return v, err
}

// snapshotAt returns the latest snapshot of a subject that is not later than at.
func snapshotAt(r driver.Reader, s subject, at interval) (v values, err error) {
	c := r.Scan(snapshotRow(s, at), afterSnapshots(snapshotsOf(s)), driver.ScanOptions{})
	defer c.Close()
	if !c.Next() {
		return v, c.Close()
	}
	data, err := c.Value()
	if err != nil {
		return v, err
	}
	if v, err = decodeValues(data); err != nil {
		return v, err
	}
	return v, c.Close()
}
