package checksum_test

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/checksum"
)

// check is the input of the check values in catalogues of CRCs.
const check = "123456789"

func TestKnownAnswers(t *testing.T) {
	tests := []struct {
		alg    checksum.Algorithm
		input  string
		want   string
		source string
	}{
		{checksum.CRC32, check, "cbf43926", "CRC catalogue: CRC-32/ISO-HDLC"},
		{checksum.CRC32, "", "00000000", "CRC of nothing"},
		{checksum.CRC32C, check, "e3069283", "CRC catalogue: CRC-32/ISCSI"},
		{checksum.CRC32C, strings.Repeat("\x00", 32), "8a9136aa", "RFC 3720, B.4 (there least significant byte first)"},
		{checksum.CRC64NVME, check, "ae8b14860a799888", "CRC catalogue: CRC-64/NVME"},
		{checksum.CRC64NVME, strings.Repeat("\x00", 4096), "6482d367eb22b64e", "NVM Command Set specification, 4 KiB of zeros"},
		{checksum.SHA1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d", "FIPS 180-2, A.1"},
		{checksum.SHA256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "FIPS 180-2, B.1"},
		{checksum.SHA256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "hash of nothing"},
		{checksum.SHA512, "abc", "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a" +
			"2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f", "FIPS 180-2, C.1"},
		{checksum.MD5, "abc", "900150983cd24fb0d6963f7d28e17f72", "RFC 1321, A.5"},
		{checksum.MD5, "", "d41d8cd98f00b204e9800998ecf8427e", "RFC 1321, A.5"},
		{checksum.XXHASH64, "", "ef46db3751d8e999", "xxHash specification, seed 0"},
		{checksum.XXHASH64, "Hello world", "c500b0c912b376d8", "byte order of the AWS C library"},
		{checksum.XXHASH3, "", "2d06800538d394c2", "xxHash, XXH3 of nothing, seed 0"},
		{checksum.XXHASH3, "Hello world", "b6acb9d84a38ff74", "byte order of the AWS C library"},
		{checksum.XXHASH128, "", "99aa06d3014798d86001c324468d497f", "xxHash, XXH128 of nothing, seed 0"},
		{checksum.XXHASH128, "Hello world", "7351f89812f97382b91d05b31e04dd7f", "byte order of the AWS C library"},
	}
	for _, tt := range tests {
		h := tt.alg.New()
		half := len(tt.input) / 2
		_, _ = h.Write([]byte(tt.input[:half]))
		_, _ = h.Write([]byte(tt.input[half:]))
		sum := h.Sum([]byte("prefix"))
		assert.Equal(t, "prefix", string(sum[:6]), "%s: Sum appends", tt.alg)
		assert.Equal(t, tt.want, hex.EncodeToString(sum[6:]), "%s of %q: %s", tt.alg, tt.input, tt.source)
		assert.Equal(t, tt.alg.Size(), h.Size(), "%s: one size", tt.alg)

		h.Reset()
		_, _ = h.Write([]byte(tt.input))
		assert.Equal(t, tt.want, hex.EncodeToString(h.Sum(nil)), "%s: Reset starts anew", tt.alg)
	}
}

func TestSumSHA256(t *testing.T) {
	sum := checksum.SumSHA256([]byte("abc"))
	h := checksum.NewSHA256()
	_, _ = h.Write([]byte("abc"))
	assert.Equal(t, h.Sum(nil), sum[:])
}

func TestEveryAlgorithm(t *testing.T) {
	headers := map[checksum.Algorithm]string{
		checksum.CRC32: "x-amz-checksum-crc32", checksum.CRC32C: "x-amz-checksum-crc32c",
		checksum.CRC64NVME: "x-amz-checksum-crc64nvme", checksum.SHA1: "x-amz-checksum-sha1",
		checksum.SHA256: "x-amz-checksum-sha256", checksum.SHA512: "x-amz-checksum-sha512",
		checksum.MD5: "x-amz-checksum-md5", checksum.XXHASH64: "x-amz-checksum-xxhash64",
		checksum.XXHASH3: "x-amz-checksum-xxhash3", checksum.XXHASH128: "x-amz-checksum-xxhash128",
	}
	require.Len(t, checksum.Algorithms(), len(headers))
	for _, a := range checksum.Algorithms() {
		assert.True(t, a.Valid(), a)
		assert.Equal(t, headers[a], a.Header())

		got, err := checksum.Parse(strings.ToLower(string(a)))
		require.NoError(t, err)
		assert.Equal(t, a, got)

		got, ok := checksum.ParseHeader(strings.ToUpper(a.Header()))
		assert.True(t, ok)
		assert.Equal(t, a, got)

		sum := a.New().Sum(nil)
		back, err := a.Decode(checksum.Encode(sum))
		require.NoError(t, err)
		assert.Equal(t, sum, back)
		assert.True(t, a.FullObject() || a.Composite(), "%s has a multipart form", a)
	}
}

func TestUnknownAlgorithm(t *testing.T) {
	for _, name := range []string{"", "CRC16", "SHA-256", "md5 ", "CRC32\x00"} {
		_, err := checksum.Parse(name)
		require.ErrorIs(t, err, checksum.ErrUnknownAlgorithm, "%q", name)
		a := checksum.Algorithm(name)
		assert.False(t, a.Valid())
		assert.Nil(t, a.New())
		assert.Empty(t, a.Header())
		assert.Zero(t, a.Size())
		_, err = a.Decode("")
		require.ErrorIs(t, err, checksum.ErrInvalidValue)
	}
	for _, name := range []string{"", "x-amz-checksum-", "x-amz-checksum-type", "x-amz-sha256", "content-md5"} {
		_, ok := checksum.ParseHeader(name)
		assert.False(t, ok, "%q", name)
	}
}

func TestMultipartForms(t *testing.T) {
	tests := []struct {
		alg             checksum.Algorithm
		full, composite bool
		why             string
	}{
		{checksum.CRC32, true, true, "S3 documents both"},
		{checksum.CRC32C, true, true, "S3 documents both"},
		{checksum.CRC64NVME, true, false, "S3 documents full object only"},
		{checksum.SHA1, false, true, "S3 documents composite only"},
		{checksum.SHA256, false, true, "S3 documents composite only"},
		{checksum.SHA512, false, true, "not a CRC: parts cannot be joined"},
		{checksum.MD5, false, true, "not a CRC: parts cannot be joined"},
		{checksum.XXHASH64, false, true, "not a CRC: parts cannot be joined"},
		{checksum.XXHASH3, false, true, "not a CRC: parts cannot be joined"},
		{checksum.XXHASH128, false, true, "not a CRC: parts cannot be joined"},
	}
	for _, tt := range tests {
		assert.Equal(t, tt.full, tt.alg.FullObject(), "%s: %s", tt.alg, tt.why)
		assert.Equal(t, tt.composite, tt.alg.Composite(), "%s: %s", tt.alg, tt.why)
	}
}

func TestDecodeRefuses(t *testing.T) {
	tests := []struct{ value, why string }{
		{"", "nothing"},
		{"AAAA", "three bytes where four are due"},
		{"AAAAAAA=", "five bytes where four are due"},
		{"AAAAAA", "no padding"},
		{"AAAAAB==", "bits behind the end are set"},
		{"AAAA\nAA=", "a line break inside"},
		{"AAAA_-==", "the URL alphabet"},
		{"AAAAAA==\n", "a line break at the end"},
		{"AAAAAA==-1", "a composite value"},
	}
	for _, tt := range tests {
		_, err := checksum.CRC32.Decode(tt.value)
		require.ErrorIs(t, err, checksum.ErrInvalidValue, "%q: %s", tt.value, tt.why)
	}
	sum, err := checksum.CRC32.Decode("y/Q5Jg==")
	require.NoError(t, err)
	assert.Equal(t, "cbf43926", hex.EncodeToString(sum))
}
