package checksum

import (
	"hash"

	sha256simd "github.com/minio/sha256-simd"
)

// NewSHA256 returns a SHA-256 hash (FIPS 180-4). All of the project takes its
// SHA-256 over object data from here, so that the implementation is chosen in
// one place.
func NewSHA256() hash.Hash { return sha256simd.New() }

// SumSHA256 returns the SHA-256 of p; see [NewSHA256].
func SumSHA256(p []byte) [32]byte { return sha256simd.Sum256(p) }
