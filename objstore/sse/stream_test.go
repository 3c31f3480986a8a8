package sse

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// pattern is n bytes that differ from package to package.
func pattern(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7 + i>>16)
	}
	return b
}

func fixedKey() Key {
	var k Key
	for i := range k {
		k[i] = byte(i)
	}
	return k
}

var sizes = []int{0, 1, 17, PackageSize - 1, PackageSize, PackageSize + 1, 2 * PackageSize, 5*PackageSize + 3}

func TestStreamRoundTrip(t *testing.T) {
	s := fixedKey().Stream([16]byte{1})
	for _, n := range sizes {
		plain := pattern(n)
		sealed := s.Seal(nil, plain)
		assert.EqualValues(t, SealedSize(int64(n)), len(sealed), "%d bytes", n)
		size, ok := PlainSize(int64(len(sealed)))
		assert.True(t, ok)
		assert.EqualValues(t, n, size)
		got, err := s.Open(sealed)
		require.NoError(t, err)
		assert.True(t, bytes.Equal(plain, got), "%d bytes", n)
		for _, step := range []int{1000, PackageSize, 200_000} {
			var out bytes.Buffer
			w := s.Writer(&out)
			for rest := plain; len(rest) > 0; rest = rest[min(step, len(rest)):] {
				_, err := w.Write(rest[:min(step, len(rest))])
				require.NoError(t, err)
			}
			require.NoError(t, w.Close())
			assert.True(t, bytes.Equal(sealed, out.Bytes()), "%d bytes in steps of %d seal as one", n, step)
		}
	}
}

func TestStreamReadAt(t *testing.T) {
	s := fixedKey().Stream([16]byte{2})
	plain := pattern(3*PackageSize + 100)
	sealed := s.Seal(nil, plain)
	scratch := make([]byte, ScratchSize)
	for _, tt := range []struct {
		off, n int
		why    string
	}{
		{0, len(plain), "everything"},
		{0, 1, "the first byte"},
		{len(plain) - 1, 1, "the last byte"},
		{PackageSize - 1, 2, "over the edge of two packages"},
		{5, 2 * PackageSize, "packages in part at both ends"},
		{PackageSize, PackageSize, "exactly one package"},
		{len(plain) - 10, 100, "beyond the end"},
	} {
		p := make([]byte, tt.n)
		n, err := s.ReadAt(bytes.NewReader(sealed), int64(len(sealed)), p, int64(tt.off), scratch)
		want := plain[tt.off:min(tt.off+tt.n, len(plain))]
		if len(want) < tt.n {
			assert.ErrorIs(t, err, io.EOF, tt.why)
		} else {
			assert.NoError(t, err, tt.why)
		}
		assert.True(t, bytes.Equal(want, p[:n]), tt.why)
	}
	_, err := s.ReadAt(bytes.NewReader(sealed), int64(len(sealed)), make([]byte, 1), int64(len(plain)), scratch)
	assert.ErrorIs(t, err, io.EOF)
}

func TestStreamDetects(t *testing.T) {
	s := fixedKey().Stream([16]byte{3})
	sealed := s.Seal(nil, pattern(3*PackageSize))
	pkg := func(i int) []byte { return sealed[i*sealedPackage : (i+1)*sealedPackage] }
	flipped := bytes.Clone(sealed)
	flipped[sealedPackage+5] ^= 1
	for _, tt := range []struct {
		why  string
		data []byte
	}{
		{"a flipped bit", flipped},
		{"the last package cut off: what is left was not sealed as the last", sealed[:2*sealedPackage]},
		{"cut inside a package", sealed[:2*sealedPackage+100]},
		{"cut inside a tag", sealed[:2*sealedPackage+7]},
		{"packages swapped", bytes.Join([][]byte{pkg(1), pkg(0), pkg(2)}, nil)},
		{"a package twice", bytes.Join([][]byte{pkg(0), pkg(0), pkg(1), pkg(2)}, nil)},
		{"a package left out", bytes.Join([][]byte{pkg(0), pkg(2)}, nil)},
		{"bytes behind the end", append(bytes.Clone(sealed), 1)},
		{"another blob's bytes", fixedKey().Stream([16]byte{4}).Seal(nil, pattern(3*PackageSize))},
	} {
		_, err := s.Open(tt.data)
		assert.ErrorIs(t, err, ErrDamaged, tt.why)
		_, err = io.Copy(io.Discard, io.NewSectionReader(readerAt{s, tt.data}, 0, 1<<40))
		assert.ErrorIs(t, err, ErrDamaged, tt.why)
	}
}

// readerAt reads a sealed body at random.
type readerAt struct {
	s    *Stream
	data []byte
}

func (r readerAt) ReadAt(p []byte, off int64) (int, error) {
	return r.s.ReadAt(bytes.NewReader(r.data), int64(len(r.data)), p, off, make([]byte, ScratchSize))
}

// TestStreamVector keeps the format: data that were written stay readable.
func TestStreamVector(t *testing.T) {
	got := hex.EncodeToString(fixedKey().Stream([16]byte{0xAA}).Seal(nil, []byte("coffer")))
	assert.Equal(t, "6e2a5e360d6ef33351d908196db12a9f028d1dffd441", got)
}

func TestWrap(t *testing.T) {
	kek, key := NewKey(), NewKey()
	wrapped := kek.Wrap(key, []byte("here"))
	got, err := kek.Unwrap(wrapped, []byte("here"))
	require.NoError(t, err)
	assert.True(t, key.Equal(got))
	assert.NotContains(t, string(wrapped), string(key[:]))
	flipped := bytes.Clone(wrapped)
	flipped[len(flipped)-1] ^= 1
	for _, tt := range []struct {
		why        string
		kek        Key
		wrapped    []byte
		additional string
	}{
		{"another key", NewKey(), wrapped, "here"},
		{"another place", kek, wrapped, "there"},
		{"a flipped bit", kek, flipped, "here"},
		{"cut short", kek, wrapped[:20], "here"},
		{"nothing", kek, nil, "here"},
	} {
		_, err := tt.kek.Unwrap(tt.wrapped, []byte(tt.additional))
		assert.ErrorIs(t, err, ErrWrongKey, tt.why)
	}
}

func TestKeyHidesItself(t *testing.T) {
	k := fixedKey()
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "key", k, "pointer", &k)
	for _, text := range []string{fmt.Sprint(k), fmt.Sprintf("%x %v %s %#v %+v %d", k, k, k, k, &k, k), log.String()} {
		assert.Contains(t, text, "[secret]")
		assert.NotContains(t, text, "010203")
		assert.NotContains(t, text, "1 2 3")
		assert.NotContains(t, text, "0x1, 0x2")
	}
}

func TestWriterReportsErrors(t *testing.T) {
	w := fixedKey().Stream([16]byte{}).Writer(failing{})
	_, err := w.Write(pattern(10 * PackageSize))
	assert.ErrorIs(t, err, errFull)
}

var errFull = errors.New("full")

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errFull }

func FuzzOpen(f *testing.F) {
	s := fixedKey().Stream([16]byte{9})
	f.Add(s.Seal(nil, []byte("hello")))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		plain, err := s.Open(data)
		if err == nil {
			assert.True(t, bytes.Equal(data, s.Seal(nil, plain)))
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	s := fixedKey().Stream([16]byte{})
	buf := pattern(256 << 10)
	b.SetBytes(int64(len(buf)))
	w := s.Writer(io.Discard)
	for b.Loop() {
		_, _ = w.Write(buf)
	}
}

func BenchmarkReadAt(b *testing.B) {
	s := fixedKey().Stream([16]byte{})
	sealed := s.Seal(nil, pattern(1<<20))
	p, scratch := make([]byte, 256<<10), make([]byte, ScratchSize)
	b.SetBytes(int64(len(p)))
	for b.Loop() {
		if _, err := s.ReadAt(bytes.NewReader(sealed), int64(len(sealed)), p, 0, scratch); err != nil {
			b.Fatal(err)
		}
	}
}
