package rgwlog

import (
	"encoding/binary"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/cofferstore/coffer/objstore/driver"
)

// Rows of this package begin with 'u' and a kind.
//
//	ul user bucket hour owner writer     counts by category; hour is big-endian
//	uw writer                            the segment that was applied last
//
// user, bucket and owner are escaped: 0x00 becomes 0x00 0xFF, and 0x00 0x01
// ends the component.
const (
	logRows    = "ul"
	writerRows = "uw"

	writerLen = 32
	hourLen   = 8
	endOfText = "\x00\x01"
)

func appendText(b []byte, s string) []byte {
	return append(append(b, strings.ReplaceAll(s, "\x00", "\x00\xff")...), endOfText...)
}

func cutText(s string) (text, rest string, ok bool) {
	text, rest, ok = strings.Cut(s, endOfText)
	return strings.ReplaceAll(text, "\x00\xff", "\x00"), rest, ok
}

// userRows and bucketRows are the prefixes of rows of a user, and of one of the
// user's buckets.
func userRows(user string) []byte { return appendText([]byte(logRows), user) }

func bucketRows(user, bucket string) []byte { return appendText(userRows(user), bucket) }

// hourRows is the prefix of the rows of an hour.
func hourRows(user, bucket string, hour int64) []byte {
	return binary.BigEndian.AppendUint64(bucketRows(user, bucket), uint64(max(hour, 0)))
}

func (p place) row(writer string) []byte {
	return append(appendText(hourRows(p.user, p.bucket, p.hour), p.owner), writer...)
}

func cutRow(key []byte) (p place, ok bool) {
	rest, ok := strings.CutPrefix(string(key), logRows)
	if !ok {
		return p, false
	}
	if p.user, rest, ok = cutText(rest); !ok {
		return p, false
	}
	if p.bucket, rest, ok = cutText(rest); !ok || len(rest) < hourLen {
		return p, false
	}
	p.hour = int64(binary.BigEndian.Uint64([]byte(rest[:hourLen])))
	p.owner, _, ok = cutText(rest[hourLen:])
	return p, ok
}

// after returns the first possible row after all that begin with prefix, whose
// last byte is not 0xFF.
func after(prefix []byte) []byte {
	end := slices.Clone(prefix)
	end[len(end)-1]++
	return end
}

// categories are the counts of a row.
type categories map[string]Counts

func (c categories) add(d categories) {
	for name, n := range d {
		sum := c[name]
		sum.add(n)
		c[name] = sum
	}
}

func (c categories) encode() []byte {
	var b []byte
	for _, name := range slices.Sorted(maps.Keys(c)) {
		n := c[name]
		b = append(binary.AppendUvarint(b, uint64(len(name))), name...)
		for _, v := range [...]int64{n.BytesSent, n.BytesReceived, n.Ops, n.SuccessfulOps} {
			b = binary.AppendVarint(b, v)
		}
	}
	return b
}

// decode adds the counts of a row's value to c.
func (c categories) decode(value []byte) error {
	d := decoder{b: value}
	for len(d.b) > 0 {
		name := d.text()
		n := Counts{BytesSent: d.varint(), BytesReceived: d.varint(), Ops: d.varint(), SuccessfulOps: d.varint()}
		if d.failed {
			return errDamaged
		}
		c.add(categories{name: n})
	}
	return nil
}

// mark is how far a writer's segments have been applied: all before seq, and
// of seq the first rows.
type mark struct{ seq, rows uint64 }

func readMark(r driver.Reader, writer string) (m mark, err error) {
	data, err := r.Get([]byte(writerRows + writer))
	if errors.Is(err, driver.ErrNotFound) {
		return m, nil
	}
	if err != nil {
		return m, err
	}
	if len(data) != 16 {
		return m, errDamaged
	}
	return mark{binary.BigEndian.Uint64(data), binary.BigEndian.Uint64(data[8:])}, nil
}

func (m mark) write(txn driver.Txn, writer string) error {
	b := binary.BigEndian.AppendUint64(nil, m.seq)
	return txn.Set([]byte(writerRows+writer), binary.BigEndian.AppendUint64(b, m.rows))
}
