package checksum

import "encoding/binary"

// polynomial is the generator of a CRC in reflected form: the coefficient of
// x^0 is the highest of width bits. Elements of its ring, the sums among them,
// are written the same way.
type polynomial struct {
	bits  uint64
	width uint
}

var polynomials = map[Algorithm]polynomial{
	CRC32:     {0xedb88320, 32},
	CRC32C:    {0x82f63b78, 32},
	CRC64NVME: {0x9a6c9329ac4bc9b5, 64},
}

// Combine returns the checksum of the parts' bytes one after another, from
// their sums and sizes alone, in time that grows with the logarithm of the
// sizes. It returns [ErrNotCombinable] when a has no full-object form, and
// [ErrInvalidValue] when there are no parts, a sum is of the wrong length or a
// size is negative.
func Combine(a Algorithm, parts []Part) ([]byte, error) {
	poly, ok := polynomials[a]
	if !ok {
		return nil, ErrNotCombinable
	}
	if len(parts) == 0 {
		return nil, ErrInvalidValue
	}
	var whole uint64 // the CRC of nothing
	size, factor := int64(-1), uint64(0)
	for _, p := range parts {
		if len(p.Sum) != a.Size() || p.Size < 0 {
			return nil, ErrInvalidValue
		}
		if p.Size != size { // parts are mostly of one size
			size, factor = p.Size, poly.shift(uint64(p.Size))
		}
		whole = poly.multiply(whole, factor) ^ bigEndian(p.Sum)
	}
	sum := binary.BigEndian.AppendUint64(nil, whole)
	return sum[len(sum)-a.Size():], nil
}

func bigEndian(b []byte) uint64 {
	var v uint64
	for _, c := range b {
		v = v<<8 | uint64(c)
	}
	return v
}

// shift returns x^(8n), by which a CRC is multiplied when n bytes follow.
// The inversions at start and end of a CRC cancel out in the sum of the two.
func (p polynomial) shift(n uint64) uint64 {
	one := uint64(1) << (p.width - 1)
	square := one >> 8 // x^8
	power := one
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			power = p.multiply(power, square)
		}
		square = p.multiply(square, square)
	}
	return power
}

// multiply returns the product of a and b modulo the polynomial.
func (p polynomial) multiply(a, b uint64) uint64 {
	var product uint64
	for bit := uint64(1) << (p.width - 1); bit != 0 && a != 0; bit >>= 1 {
		if a&bit != 0 {
			product ^= b
			a ^= bit
		}
		carry := b & 1
		b >>= 1
		if carry == 1 {
			b ^= p.bits
		}
	}
	return product
}
