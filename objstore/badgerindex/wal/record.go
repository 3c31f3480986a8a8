package wal

import "encoding/binary"

// headerLen is the length of a record's header, in bytes.
const headerLen = 24

// MaxRecord bounds a record, in bytes.
const MaxRecord = 64 << 20

// Kinds of entries.
const (
	kindSet    = 1
	kindDelete = 2
)

// Record is a record that is being made. The zero value is empty and ready; it
// may be used again after Reset.
type Record struct{ buf []byte }

// Reset empties r and keeps its memory, unless that has grown beyond need.
func (r *Record) Reset() {
	const keep = 4 << 20
	if cap(r.buf) > keep {
		r.buf = nil
	}
	r.buf = r.buf[:0]
}

// Len is the size of the record in a segment, in bytes.
func (r *Record) Len() int { return max(len(r.buf), headerLen) }

// Set adds the row of a key. It returns a handle on the value for [Base.Pointer].
func (r *Record) Set(key, value []byte) (handle int) {
	r.begin(kindSet, key)
	r.buf = binary.AppendUvarint(r.buf, uint64(len(value)))
	handle = len(r.buf)
	r.buf = append(r.buf, value...)
	return handle
}

// Delete adds the removal of a key.
func (r *Record) Delete(key []byte) { r.begin(kindDelete, key) }

func (r *Record) begin(kind byte, key []byte) {
	if len(r.buf) == 0 {
		r.buf = append(r.buf, make([]byte, headerLen)...)
	}
	r.buf = binary.AppendUvarint(append(r.buf, kind), uint64(len(key)))
	r.buf = append(r.buf, key...)
}

// seal completes the header.
func (r *Record) seal(version, previous uint64) []byte {
	if len(r.buf) == 0 {
		r.buf = append(r.buf, make([]byte, headerLen)...)
	}
	binary.BigEndian.PutUint32(r.buf[4:], uint32(len(r.buf)-headerLen))
	binary.BigEndian.PutUint64(r.buf[8:], version)
	binary.BigEndian.PutUint64(r.buf[16:], previous)
	binary.BigEndian.PutUint32(r.buf, sum(r.buf[4:]))
	return r.buf
}

// Entry is one change in a record that was read.
type Entry struct {
	Key, Value []byte // valid until the callback returns
	Delete     bool   // the key is removed
	Pointer    Pointer
}

// header is that of a record.
type header struct {
	sum, length       uint32
	version, previous uint64
}

func parseHeader(b []byte) header {
	return header{
		sum: binary.BigEndian.Uint32(b), length: binary.BigEndian.Uint32(b[4:]),
		version: binary.BigEndian.Uint64(b[8:]), previous: binary.BigEndian.Uint64(b[16:]),
	}
}

// parseEntries cuts the entries of a record which begins with its header and is
// at base. ok is false when they are not what Record makes.
func parseEntries(record []byte, base Base) (entries []Entry, ok bool) {
	at := headerLen
	field := func() []byte {
		n, used := binary.Uvarint(record[at:])
		if used <= 0 || n > uint64(len(record)-at-used) {
			ok = false
			return nil
		}
		at += used
		f := record[at : at+int(n) : at+int(n)]
		at += int(n)
		return f
	}
	for ok = true; ok && at < len(record); {
		kind := record[at]
		at++
		e := Entry{Key: field(), Delete: kind == kindDelete}
		if ok && kind == kindSet {
			e.Value = field()
			e.Pointer = Pointer{Segment: base.Segment, Offset: base.offset + uint32(at-len(e.Value)), Length: uint32(len(e.Value))}
		} else if kind != kindDelete {
			ok = false
		}
		entries = append(entries, e)
	}
	return entries, ok
}

// Base is where a record was put.
type Base struct {
	Segment uint32
	offset  uint32
}

// Pointer returns where a value of the record is, of which [Record.Set] has
// returned the handle.
func (b Base) Pointer(handle int, value []byte) Pointer {
	return Pointer{Segment: b.Segment, Offset: b.offset + uint32(handle), Length: uint32(len(value)), Sum: sum(value)}
}
