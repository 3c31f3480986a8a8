package checksum_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/checksum"
)

func TestDigests(t *testing.T) {
	body := random(7, 200_001) // more than one stride
	d, err := checksum.NewDigests(append(checksum.Algorithms(), checksum.MD5)...)
	require.NoError(t, err)
	for round := range 2 {
		for _, cut := range [][]byte{body[:1], body[1:150_000], body[150_000:]} {
			n, err := d.Write(cut)
			require.NoError(t, err)
			require.Equal(t, len(cut), n)
		}
		assert.Equal(t, int64(len(body)), d.Size())
		sums := d.Sums()
		assert.Len(t, sums, len(checksum.Algorithms()), "an algorithm that is named twice is computed once")
		for _, a := range checksum.Algorithms() {
			assert.Equal(t, sum(a, body), d.Sum(a), "%s, round %d", a, round)
			assert.Equal(t, d.Sum(a), sums[a])
		}
		d.Reset()
		assert.Zero(t, d.Size())
	}
}

func TestDigestsUnknown(t *testing.T) {
	_, err := checksum.NewDigests(checksum.MD5, "CRC16")
	require.ErrorIs(t, err, checksum.ErrUnknownAlgorithm)
	d, err := checksum.NewDigests()
	require.NoError(t, err, "no algorithms: it counts bytes")
	_, err = d.Write([]byte("abc"))
	require.NoError(t, err)
	assert.Equal(t, int64(3), d.Size())
	assert.Nil(t, d.Sum(checksum.MD5))
	assert.Empty(t, d.Sums())
}

func BenchmarkAlgorithm(b *testing.B) {
	body := random(1, 1<<20)
	for _, a := range checksum.Algorithms() {
		b.Run(string(a), func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			h := a.New()
			for b.Loop() {
				_, _ = h.Write(body)
			}
		})
	}
}

func BenchmarkCombine10000Parts(b *testing.B) {
	parts := make([]checksum.Part, checksum.MaxParts)
	for i := range parts {
		parts[i] = checksum.Part{Sum: sum(checksum.CRC64NVME, []byte{byte(i)}), Size: 8 << 20}
	}
	for b.Loop() {
		_, _ = checksum.Combine(checksum.CRC64NVME, parts)
	}
}
