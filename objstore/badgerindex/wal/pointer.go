package wal

import (
	"encoding/binary"
	"hash/crc32"
)

// PointerLen is the length of an encoded [Pointer], in bytes.
const PointerLen = 16

// Pointer tells where a value is.
type Pointer struct {
	Segment uint32
	Offset  uint32 // in the segment's file
	Length  uint32 // bytes
	Sum     uint32 // CRC-32C of the value
}

// Append appends the encoding of p to b.
func (p Pointer) Append(b []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, p.Segment)
	b = binary.BigEndian.AppendUint32(b, p.Offset)
	b = binary.BigEndian.AppendUint32(b, p.Length)
	return binary.BigEndian.AppendUint32(b, p.Sum)
}

// ParsePointer is the inverse of [Pointer.Append]; ok is false when b has
// another length.
func ParsePointer(b []byte) (p Pointer, ok bool) {
	if len(b) != PointerLen {
		return Pointer{}, false
	}
	return Pointer{
		Segment: binary.BigEndian.Uint32(b),
		Offset:  binary.BigEndian.Uint32(b[4:]),
		Length:  binary.BigEndian.Uint32(b[8:]),
		Sum:     binary.BigEndian.Uint32(b[12:]),
	}, true
}

// sum is the checksum of everything here.
func sum(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }
