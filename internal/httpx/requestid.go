package httpx

import "math/rand/v2"

// NewRequestID returns a fresh request id: 16 hexadecimal digits in upper
// case. It tells requests apart and is no secret.
func NewRequestID() string {
	const digits = "0123456789ABCDEF"
	var b [16]byte
	n := rand.Uint64()
	for i := range b {
		b[i] = digits[n&0xF]
		n >>= 4
	}
	return string(b[:])
}
