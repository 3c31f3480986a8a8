package checksum_test

import (
	"bytes"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/checksum"
)

func sum(a checksum.Algorithm, p []byte) []byte {
	h := a.New()
	_, _ = h.Write(p)
	return h.Sum(nil)
}

func random(seed uint64, n int) []byte {
	r := rand.New(rand.NewPCG(seed, 1))
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(r.Uint32())
	}
	return p
}

func TestCombineEqualsWhole(t *testing.T) {
	tests := []struct {
		sizes []int
		why   string
	}{
		{[]int{0}, "an empty object in one part"},
		{[]int{1}, "one part: its own sum"},
		{[]int{0, 5, 0}, "empty parts change nothing"},
		{[]int{1, 1}, "smallest parts"},
		{[]int{4096, 4095, 4097}, "around a power of two"},
		{[]int{100000, 3, 65536, 77}, "mixed"},
	}
	for _, a := range []checksum.Algorithm{checksum.CRC32, checksum.CRC32C, checksum.CRC64NVME} {
		for _, tt := range tests {
			var whole []byte
			var parts []checksum.Part
			for i, n := range tt.sizes {
				p := random(uint64(i), n)
				whole = append(whole, p...)
				parts = append(parts, checksum.Part{Sum: sum(a, p), Size: int64(n)})
			}
			got, err := checksum.Combine(a, parts)
			require.NoError(t, err)
			assert.Equal(t, sum(a, whole), got, "%s %v: %s", a, tt.sizes, tt.why)
		}
	}
}

func TestCombineLongZeros(t *testing.T) {
	// A CRC of 5 TiB cannot be computed here by reading; joining halves again
	// and again must agree with joining them all at once.
	zeros := make([]byte, 1<<20)
	for _, a := range []checksum.Algorithm{checksum.CRC32, checksum.CRC32C, checksum.CRC64NVME} {
		unit := checksum.Part{Sum: sum(a, zeros), Size: 1 << 20}
		var all []checksum.Part
		for range 64 {
			all = append(all, unit)
		}
		flat, err := checksum.Combine(a, all)
		require.NoError(t, err)
		double := unit
		for range 6 {
			double.Sum, err = checksum.Combine(a, []checksum.Part{double, double})
			require.NoError(t, err)
			double.Size *= 2
		}
		assert.Equal(t, flat, double.Sum, a)
	}
}

func TestCombineRefuses(t *testing.T) {
	ok := sum(checksum.CRC32, nil)
	tests := []struct {
		alg   checksum.Algorithm
		parts []checksum.Part
		want  error
		why   string
	}{
		{checksum.SHA256, []checksum.Part{{Sum: make([]byte, 32)}}, checksum.ErrNotCombinable, "a cryptographic hash"},
		{"", []checksum.Part{{Sum: ok}}, checksum.ErrNotCombinable, "no algorithm"},
		{checksum.CRC32, nil, checksum.ErrInvalidValue, "no parts"},
		{checksum.CRC32, []checksum.Part{{Sum: ok[:3]}}, checksum.ErrInvalidValue, "a short sum"},
		{checksum.CRC32, []checksum.Part{{Sum: ok, Size: -1}}, checksum.ErrInvalidValue, "a negative size"},
	}
	for _, tt := range tests {
		_, err := checksum.Combine(tt.alg, tt.parts)
		require.ErrorIs(t, err, tt.want, tt.why)
	}
}

func TestComposite(t *testing.T) {
	for _, a := range checksum.Algorithms() {
		sums := [][]byte{sum(a, []byte("one")), sum(a, []byte("two")), sum(a, []byte("three"))}
		got, err := checksum.Composite(a, sums)
		if !a.Composite() {
			require.ErrorIs(t, err, checksum.ErrNotCombinable)
			continue
		}
		require.NoError(t, err)
		assert.Equal(t, checksum.Encode(sum(a, bytes.Join(sums, nil)))+"-3", got)

		back, n, err := checksum.ParseComposite(a, got)
		require.NoError(t, err)
		assert.Equal(t, 3, n)
		assert.Equal(t, sum(a, bytes.Join(sums, nil)), back)
	}
}

func TestCompositeRefuses(t *testing.T) {
	_, err := checksum.Composite(checksum.SHA1, nil)
	require.ErrorIs(t, err, checksum.ErrInvalidValue, "no parts")
	_, err = checksum.Composite(checksum.SHA1, [][]byte{make([]byte, 19)})
	require.ErrorIs(t, err, checksum.ErrInvalidValue, "a short sum")
	_, err = checksum.Composite(checksum.SHA1, make([][]byte, checksum.MaxParts+1))
	require.ErrorIs(t, err, checksum.ErrInvalidValue, "too many parts")

	for _, tt := range []struct{ value, why string }{
		{"AAAAAA==", "no number of parts"},
		{"AAAAAA==-", "an empty number"},
		{"AAAAAA==-0", "no parts"},
		{"AAAAAA==-01", "not the shortest form"},
		{"AAAAAA==-+1", "a sign"},
		{"AAAAAA==-10001", "more parts than S3 allows"},
		{"AAAAAA==-1-1", "two numbers"},
		{"AAA=-1", "a short sum"},
	} {
		_, _, err := checksum.ParseComposite(checksum.CRC32, tt.value)
		require.ErrorIs(t, err, checksum.ErrInvalidValue, "%q: %s", tt.value, tt.why)
	}
}

// FuzzParseComposite: what parses is written back the same.
func FuzzParseComposite(f *testing.F) {
	f.Add("AAAAAA==-1")
	f.Add("y/Q5Jg==-10000")
	f.Add("y/Q5Jg==")
	f.Add("-")
	f.Fuzz(func(t *testing.T, value string) {
		got, n, err := checksum.ParseComposite(checksum.CRC32, value)
		if err != nil {
			return
		}
		assert.Len(t, got, 4)
		assert.Equal(t, value, checksum.Encode(got)+"-"+strconv.Itoa(n))
	})
}

// FuzzCombine: a CRC does not depend on where the bytes are cut.
func FuzzCombine(f *testing.F) {
	f.Add([]byte(check), uint(4))
	f.Add([]byte{}, uint(0))
	f.Fuzz(func(t *testing.T, p []byte, cut uint) {
		cut %= uint(len(p) + 1)
		for _, a := range []checksum.Algorithm{checksum.CRC32, checksum.CRC32C, checksum.CRC64NVME} {
			got, err := checksum.Combine(a, []checksum.Part{
				{Sum: sum(a, p[:cut]), Size: int64(cut)},
				{Sum: sum(a, p[cut:]), Size: int64(uint(len(p)) - cut)},
			})
			require.NoError(t, err)
			assert.Equal(t, sum(a, p), got)
		}
	})
}
