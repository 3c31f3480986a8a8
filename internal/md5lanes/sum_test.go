package md5lanes

import (
	"bytes"
	"crypto/md5"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// random returns a message of n bytes.
func random(rng *rand.ChaCha8, n int) []byte {
	b := make([]byte, n)
	_, _ = rng.Read(b)
	return b
}

// available skips what calls sideBySide.
func available(tb testing.TB) {
	tb.Helper()
	if !Available() {
		tb.Skip("this processor cannot")
	}
}

// check compares lanes, and whatever is cheapest, with the standard library.
func check(tb testing.TB, messages [][]byte) {
	tb.Helper()
	for _, sum := range []func([][]byte, [][16]byte){sideBySide, Sum} {
		sums := make([][16]byte, len(messages))
		sum(messages, sums)
		for i, m := range messages {
			require.Equal(tb, md5.Sum(m), sums[i], "message %d of %d, %d bytes", i, len(messages), len(m))
		}
	}
}

func TestSum(t *testing.T) {
	available(t)
	rng := rand.NewChaCha8([32]byte{1})
	for n := range 300 {
		same := make([][]byte, Lanes)
		for i := range same {
			same[i] = random(rng, n)
		}
		for count := range len(same) + 1 {
			check(t, same[:count])
		}
	}
}

func TestSumOfMixedLengths(t *testing.T) {
	available(t)
	rng := rand.NewChaCha8([32]byte{2})
	lengths := rand.New(rng)
	for range 3000 {
		messages := make([][]byte, lengths.IntN(Lanes+1))
		for i := range messages {
			messages[i] = random(rng, lengths.IntN(1<<lengths.IntN(15)))
		}
		check(t, messages)
	}
}

func BenchmarkSum(b *testing.B) {
	available(b)
	rng := rand.NewChaCha8([32]byte{3})
	messages, sums := make([][]byte, Lanes), make([][16]byte, Lanes)
	for i := range messages {
		messages[i] = random(rng, 4096)
	}
	b.SetBytes(Lanes * 4096)
	for b.Loop() {
		Sum(messages, sums)
	}
}

func BenchmarkStandard(b *testing.B) {
	m := random(rand.NewChaCha8([32]byte{4}), 4096)
	b.SetBytes(4096)
	for b.Loop() {
		md5.Sum(m)
	}
}

func FuzzSum(f *testing.F) {
	available(f)
	f.Add([]byte("abc"), []byte{}, uint8(16))
	f.Add(make([]byte, 130), make([]byte, 55), uint8(3))
	f.Fuzz(func(t *testing.T, a, b []byte, n uint8) {
		messages := make([][]byte, int(n)%(Lanes+1))
		for i := range messages {
			if messages[i] = a; i%2 == 1 {
				messages[i] = b
			}
		}
		check(t, messages)
	})
}

func TestSumLeavesMessages(t *testing.T) {
	available(t)
	rng := rand.NewChaCha8([32]byte{5})
	messages := [][]byte{random(rng, 64), random(rng, 200)}
	was := [][]byte{bytes.Clone(messages[0]), bytes.Clone(messages[1])}
	check(t, messages)
	require.Equal(t, was, messages)
}
