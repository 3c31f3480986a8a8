package checksum

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha512"
	"encoding/base64"
	"hash"
	"hash/crc32"
	"strings"

	"github.com/cespare/xxhash/v2"
	"github.com/minio/crc64nvme"
	"github.com/zeebo/xxh3"
)

// Algorithm names a checksum algorithm as the S3 API does (the type
// ChecksumAlgorithm). The zero value is no algorithm.
type Algorithm string

// Algorithms of the S3 API. Sums are big-endian; the XXHASH family is used
// with seed 0 and in its canonical byte order.
const (
	CRC32     Algorithm = "CRC32"
	CRC32C    Algorithm = "CRC32C"
	CRC64NVME Algorithm = "CRC64NVME"
	SHA1      Algorithm = "SHA1"
	SHA256    Algorithm = "SHA256"
	SHA512    Algorithm = "SHA512"
	MD5       Algorithm = "MD5"
	XXHASH64  Algorithm = "XXHASH64"
	XXHASH3   Algorithm = "XXHASH3" // the 64-bit form of XXH3
	XXHASH128 Algorithm = "XXHASH128"
)

// HeaderPrefix begins the name of a header or trailer that carries a checksum.
const HeaderPrefix = "x-amz-checksum-"

// Error is a constant error of this package. Compare with errors.Is.
type Error string

func (e Error) Error() string { return string(e) }

// Errors of this package.
const (
	// ErrUnknownAlgorithm: the name is none of the S3 API.
	ErrUnknownAlgorithm Error = "unknown checksum algorithm"

	// ErrInvalidValue: a value has the wrong length or is not base64.
	ErrInvalidValue Error = "invalid checksum value"

	// ErrNotCombinable: the algorithm has no such multipart checksum.
	ErrNotCombinable Error = "checksum algorithm does not combine this way"
)

// traits are the facts about an algorithm.
type traits struct {
	header     string // behind HeaderPrefix
	size       int    // of a sum, in bytes
	fullObject bool
	composite  bool
	new        func() hash.Hash
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// table is in the order in which the S3 API came to know the algorithms. The
// multipart forms of the first five are documented; S3 derives a full-object
// checksum of a multipart upload from CRCs only, so that the later ones, which
// are no CRCs, are composite only here.
var table = map[Algorithm]traits{
	CRC32:     {"crc32", 4, true, true, func() hash.Hash { return crc32.NewIEEE() }},
	CRC32C:    {"crc32c", 4, true, true, func() hash.Hash { return crc32.New(castagnoli) }},
	SHA1:      {"sha1", sha1.Size, false, true, sha1.New},
	SHA256:    {"sha256", 32, false, true, NewSHA256},
	CRC64NVME: {"crc64nvme", 8, true, false, func() hash.Hash { return crc64nvme.New() }},
	SHA512:    {"sha512", sha512.Size, false, true, sha512.New},
	MD5:       {"md5", md5.Size, false, true, md5.New},
	XXHASH64:  {"xxhash64", 8, false, true, func() hash.Hash { return xxhash.New() }},
	XXHASH3:   {"xxhash3", 8, false, true, func() hash.Hash { return xxh3.New() }},
	XXHASH128: {"xxhash128", 16, false, true, func() hash.Hash { return &xxh128{h: xxh3.New()} }},
}

// Algorithms returns all algorithms, in a fixed order.
func Algorithms() []Algorithm {
	return []Algorithm{CRC32, CRC32C, CRC64NVME, SHA1, SHA256, SHA512, MD5, XXHASH64, XXHASH3, XXHASH128}
}

// Parse finds an algorithm by its S3 name, in upper or lower case. It returns
// [ErrUnknownAlgorithm] for another name, the empty one included.
func Parse(name string) (Algorithm, error) {
	a := Algorithm(strings.ToUpper(name))
	if !a.Valid() {
		return "", ErrUnknownAlgorithm
	}
	return a, nil
}

// ParseHeader finds the algorithm whose checksum travels in a header or
// trailer of the given name, in any case.
func ParseHeader(name string) (Algorithm, bool) {
	if len(name) <= len(HeaderPrefix) || !strings.EqualFold(name[:len(HeaderPrefix)], HeaderPrefix) {
		return "", false
	}
	a, err := Parse(name[len(HeaderPrefix):])
	return a, err == nil
}

// Valid tells whether a is one of the algorithms.
func (a Algorithm) Valid() bool {
	_, ok := table[a]
	return ok
}

// Header returns the name of the header that carries a's checksum, in lower
// case; "" when a is not valid.
func (a Algorithm) Header() string {
	t, ok := table[a]
	if !ok {
		return ""
	}
	return HeaderPrefix + t.header
}

// Size returns the length of a sum in bytes; 0 when a is not valid.
func (a Algorithm) Size() int { return table[a].size }

// New returns a hash, or nil when a is not valid.
func (a Algorithm) New() hash.Hash {
	t, ok := table[a]
	if !ok {
		return nil
	}
	return t.new()
}

// FullObject tells whether a multipart object may have a checksum of this
// algorithm over all of its bytes (S3: checksum type FULL_OBJECT).
func (a Algorithm) FullObject() bool { return table[a].fullObject }

// Composite tells whether a multipart object may have a checksum of this
// algorithm over the sums of its parts (S3: checksum type COMPOSITE). Where
// both types are allowed, S3 takes this one unless told otherwise.
func (a Algorithm) Composite() bool { return table[a].composite }

// Encode returns the base64 form of a sum.
func Encode(sum []byte) string { return base64.StdEncoding.EncodeToString(sum) }

// Decode reads the base64 form of a sum. It returns [ErrInvalidValue] unless
// the value is strict, padded base64 of exactly a.Size bytes.
func (a Algorithm) Decode(value string) ([]byte, error) {
	size := a.Size()
	if size == 0 || len(value) != base64.StdEncoding.EncodedLen(size) || strings.ContainsAny(value, "\r\n") {
		return nil, ErrInvalidValue
	}
	sum, err := base64.StdEncoding.Strict().DecodeString(value)
	if err != nil || len(sum) != size {
		return nil, ErrInvalidValue
	}
	return sum, nil
}
