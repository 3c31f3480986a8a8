package objstore

import (
	"encoding/binary"
	"encoding/hex"
)

// appendBytes appends s behind its length.
func appendBytes[T ~string | ~[]byte](b []byte, s T) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

// parser takes a row value apart. The first value that is not there sets bad,
// and from then on it yields zeroes; what it returns points into the row.
type parser struct {
	data    []byte
	bad     bool
	strings *stringArena // takes the strings; nil: each has memory of its own
}

func (p *parser) fail() {
	p.bad, p.data = true, nil
}

// take returns the next n bytes.
func (p *parser) take(n uint64) []byte {
	if n > uint64(len(p.data)) {
		p.fail()
		return nil
	}
	b := p.data[:n:n]
	p.data = p.data[n:]
	return b
}

func (p *parser) octet() byte {
	if len(p.data) == 0 {
		p.fail()
		return 0
	}
	c := p.data[0]
	p.data = p.data[1:]
	return c
}

func (p *parser) uint64() uint64 {
	b := p.take(8)
	if b == nil {
		return 0
	}
	return binary.BigEndian.Uint64(b)
}

func (p *parser) uvarint() uint64 {
	v, n := binary.Uvarint(p.data)
	if n <= 0 {
		p.fail()
		return 0
	}
	p.data = p.data[n:]
	return v
}

// size returns a uvarint that is a length or an offset.
func (p *parser) size() int64 {
	v := p.uvarint()
	if v > 1<<62 {
		p.fail()
		return 0
	}
	return int64(v)
}

// count returns a number of items of at least width bytes each, so that a
// damaged row cannot ask for more memory than it has bytes.
func (p *parser) count(width int) int {
	v := p.uvarint()
	if v > uint64(len(p.data)/width) {
		p.fail()
		return 0
	}
	return int(v)
}

// bytes is the inverse of appendBytes.
func (p *parser) bytes() []byte { return p.take(p.uvarint()) }

func (p *parser) text() string { return p.string(p.bytes()) }

func (p *parser) string(b []byte) string {
	if p.strings != nil {
		return p.strings.add(b)
	}
	return string(b)
}

// hex returns 16 bytes in hexadecimal digits.
func (p *parser) hex() string {
	var digits [32]byte
	hex.Encode(digits[:], p.take(16))
	return p.string(digits[:])
}

// textLike is text, but keeps like when that is the same: most rows of a
// listing have the same owner.
func (p *parser) textLike(like string) string {
	b := p.bytes()
	if string(b) == like {
		return like
	}
	return p.string(b)
}

func (p *parser) id() (id [16]byte) {
	copy(id[:], p.take(16))
	return id
}

// err reports a row that could not be read to its end.
func (p *parser) err() error {
	if p.bad || len(p.data) != 0 {
		return ErrInvalidStorageStructure
	}
	return nil
}
