package ostorstat

import (
	"encoding/binary"
	"math"
	"strings"
)

// Rows of this package begin with 'u' and a kind.
//
//	us tenant name                    size of a bucket
//	uo object                         head of a statistics object
//	ui object bucket user epoch       an item of it; epoch is big-endian
//
// A component that is followed by another one is escaped: 0x00 becomes 0x00
// 0xFF, and 0x00 0x01 ends it. So the rows of sizes sort as buckets do.
const (
	sizeRows   = "us"
	objectRows = "uo"
	itemRows   = "ui"

	endOfText = "\x00\x01"
)

func appendText(b []byte, s string) []byte {
	return append(append(b, strings.ReplaceAll(s, "\x00", "\x00\xff")...), endOfText...)
}

func cutText(s string) (text, rest string, ok bool) {
	text, rest, ok = strings.Cut(s, endOfText)
	return strings.ReplaceAll(text, "\x00\xff", "\x00"), rest, ok
}

// after returns the first possible row after all that begin with prefix, whose
// last byte is not 0xFF.
func after(prefix []byte) []byte {
	end := append([]byte(nil), prefix...)
	end[len(end)-1]++
	return end
}

// decoder reads what the append functions of this package wrote.
type decoder struct {
	data   []byte
	failed bool
}

// count reads a number that is not negative.
func (d *decoder) count() int64 {
	v, n := binary.Uvarint(d.data)
	d.skip(n)
	if d.failed || v > math.MaxInt64 {
		d.failed = true
		return 0
	}
	return int64(v)
}

func (d *decoder) varint() int64 {
	v, n := binary.Varint(d.data)
	d.skip(n)
	return v
}

func (d *decoder) id() (id [16]byte) {
	n := copy(id[:], d.data)
	if d.data = d.data[n:]; n < len(id) {
		d.failed = true
	}
	return id
}

func (d *decoder) skip(n int) {
	if n <= 0 {
		d.failed, d.data = true, nil
		return
	}
	d.data = d.data[n:]
}

// err tells whether all was read, and no more was there.
func (d *decoder) err() error {
	if d.failed || len(d.data) > 0 {
		return errDamaged
	}
	return nil
}
