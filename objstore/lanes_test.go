package objstore

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/klauspost/cpuid/v2"
	md5simd "github.com/minio/md5-simd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/internal/bufpool"
	"github.com/cofferstore/coffer/objstore/memengine"
)

// newLaneHashers hashes every shared body in lanes, on any machine.
func newLaneHashers(t testing.TB) *hashers {
	h := newHashers()
	h.lanes.from, h.lanes.maxGroups = 1, 2
	t.Cleanup(h.close)
	return h
}

// seeded returns n bytes that differ from one seed to the next.
func seeded(n int, seed uint64) []byte {
	p := make([]byte, n)
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], seed)
	_, _ = rand.NewChaCha8(key).Read(p)
	return p
}

// writePieces gives p to b as a pipeline does.
func writePieces(b *hasher, p []byte) {
	for len(p) > bufpool.Medium {
		b.writeMD5(p[:bufpool.Medium])
		p = p[bufpool.Medium:]
	}
	b.writeMD5(p)
}

func TestLanesComputeMD5(t *testing.T) {
	// Borders: an MD5 block, its padding, a buffer of md5simd, one of a pipeline.
	var sizes []int
	for _, at := range []int{0, 56, 64, 32 << 10, bufpool.Medium, 2 * bufpool.Medium} {
		for _, d := range []int{-64, -1, 0, 1, 63, 64} {
			sizes = append(sizes, max(at+d, 0))
		}
	}
	for _, together := range []int{1, 2, 64, 300} { // 300: more than md5simd has buffers
		t.Run(fmt.Sprint(together), func(t *testing.T) {
			h := newLaneHashers(t)
			var wg sync.WaitGroup
			for i := range together {
				wg.Go(func() {
					for j := range 6 {
						p := seeded(sizes[(i*7+j)%len(sizes)], uint64(i*100+j))
						b := h.getShared("")
						writePieces(b, p)
						d := b.digests(int64(len(p)))
						h.put(b)
						assert.Equal(t, md5.Sum(p), d.MD5(), "%d bytes", len(p))
					}
				})
			}
			wg.Wait()
			assert.Zero(t, h.lanes.bodies)
		})
	}
}

// TestLanesBrokenBody puts hashers back in the middle of a body, while some of
// its blocks are not hashed yet.
func TestLanesBrokenBody(t *testing.T) {
	h := newLaneHashers(t)
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			for j := range 20 {
				broken := h.getShared("")
				broken.writeMD5(seeded((j+1)*10_000, uint64(i)))
				h.put(broken)
				p := seeded(70_000+i, uint64(j))
				b := h.getShared("")
				writePieces(b, p)
				assert.Equal(t, md5.Sum(p), b.digests(0).MD5())
				h.put(b)
			}
		})
	}
	wg.Wait()
}

// TestLanesBrokenPut: whatever ends a body early, its hasher serves the next.
func TestLanesBrokenPut(t *testing.T) {
	f := newFixture(t, nil)
	f.hashers.lanes.from, f.hashers.lanes.maxGroups = 1, 1
	b := f.bucket("photos", VersioningOff)
	broken := errors.New("broken")
	begin := func() io.Reader { return bytes.NewReader(seeded(3*bufpool.Medium+17, 1)) }
	tests := []struct {
		explanation string
		put         func(ctx context.Context, cancel func()) error
	}{
		{"the connection breaks", func(ctx context.Context, _ func()) error {
			_, err := b.Put(ctx, "k", io.MultiReader(begin(), iotest.ErrReader(broken)), nil)
			return err
		}},
		{"the body is shorter than declared", func(ctx context.Context, _ func()) error {
			_, err := b.Put(ctx, "k", begin(), &PutOptions{Size: ptr(int64(10 * bufpool.Medium))})
			return err
		}},
		{"the client goes", func(ctx context.Context, cancel func()) error {
			gone := readerFunc(func([]byte) (int, error) { cancel(); return 0, nil })
			_, err := b.Put(ctx, "k", io.MultiReader(begin(), gone), nil)
			return err
		}},
		{"a front end's reader panics", func(ctx context.Context, _ func()) (err error) {
			defer func() { err, _ = recover().(error) }()
			_, _ = b.Put(ctx, "k", io.MultiReader(begin(), readerFunc(func([]byte) (int, error) { panic(broken) })), nil)
			return nil
		}},
		{"the sums are refused", func(ctx context.Context, _ func()) error {
			_, err := b.Put(ctx, "k", begin(), &PutOptions{Verify: func(Digests) error { return broken }})
			return err
		}},
	}
	for _, tt := range tests {
		t.Run(tt.explanation, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			require.Error(t, tt.put(ctx, cancel))
			p := seeded(2*bufpool.Medium+5, 2)
			info, err := b.Put(t.Context(), "k", bytes.NewReader(p), nil)
			require.NoError(t, err)
			sum := md5.Sum(p)
			assert.Equal(t, hex.EncodeToString(sum[:]), info.ETag)
			assert.Equal(t, 1, f.hashers.lanes.groups[0].made, "the hasher was used again")
			assert.Zero(t, f.hashers.lanes.bodies)
		})
	}
}

func TestLanesChoice(t *testing.T) {
	tests := []struct {
		explanation  string
		from, groups int
		bodies       int
		want         []int // hashers of each group
	}{
		{"few bodies leave most lanes empty", 4, 2, 3, nil},
		{"those that have begun with an MD5 of their own keep it", 4, 2, 5, []int{2}},
		{"a full group is better than two that are half full", 1, 2, 16, []int{16}},
		{"more than a group has lanes", 1, 2, 17, []int{16, 1}},
		{"no empty lane: spread evenly", 1, 2, 40, []int{20, 20}},
		{"the groups are bounded, and so are their hashers", 1, 1, maxGroupHashers + 50, []int{maxGroupHashers}},
		{"no vector instructions", 1, 0, 40, nil},
	}
	for _, tt := range tests {
		t.Run(tt.explanation, func(t *testing.T) {
			l := &lanes{from: tt.from, maxGroups: tt.groups}
			defer l.close()
			for range tt.bodies {
				l.get()
			}
			var made []int
			for _, g := range l.groups {
				made = append(made, g.made)
			}
			assert.Equal(t, tt.want, made)
		})
	}
}

// TestLanesSuitMachine: on one core and on many, groups have bodies to fill
// them when the first is made.
func TestLanesSuitMachine(t *testing.T) {
	l := newLanes()
	assert.GreaterOrEqual(t, l.from, minLaneBodies)
	assert.LessOrEqual(t, l.maxGroups, runtime.GOMAXPROCS(0))
}

// TestLanesBound: md5simd keeps what it has made, so little is made. Bodies that
// end before a block of MD5 is full are the ones that it hears least of.
func TestLanesBound(t *testing.T) {
	h := newLaneHashers(t)
	const workers, bodies = 20, 10_000
	var next atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for n := next.Add(1); n <= bodies; n = next.Add(1) {
				b := h.getShared("")
				b.writeMD5([]byte("body"))
				if n%2 == 0 {
					b.digests(4)
				}
				h.put(b)
				if n%1000 == 0 {
					runtime.GC() // which empties a sync.Pool
				}
			}
		})
	}
	wg.Wait()
	made := 0
	for _, g := range h.lanes.groups {
		made += g.made
		assert.Len(t, g.free, g.made, "all are back")
	}
	assert.LessOrEqual(t, made, workers)
}

// requireLaneGoroutines waits until n goroutines of md5simd are left.
func requireLaneGoroutines(t *testing.T, n int) {
	t.Helper()
	buf := make([]byte, 1<<20)
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
		stacks := buf[:runtime.Stack(buf, true)]
		if bytes.Count(stacks, []byte("md5-simd.(*md5Server).process(")) == n {
			return
		}
		runtime.Gosched() // those that have nothing left to do come to their end
	}
	t.Fatalf("not %d goroutines:\n%s", n, buf[:runtime.Stack(buf, true)])
}

func TestCloseEndsLanes(t *testing.T) {
	s, err := Open(memengine.New(), &Options{SweepEvery: -1})
	require.NoError(t, err)
	s.hashers.lanes.from, s.hashers.lanes.maxGroups = 1, 2
	var lent []*hasher
	for range 20 {
		lent = append(lent, s.hashers.getShared(""))
	}
	for _, b := range lent {
		b.writeMD5(make([]byte, 100)) // no sum is asked for
		s.hashers.put(b)
	}
	if cpuid.CPU.Supports(cpuid.AVX2) {
		requireLaneGoroutines(t, 2)
	}
	require.NoError(t, s.Close())
	requireLaneGoroutines(t, 0)
	assert.Nil(t, s.hashers.getShared("").group, "nothing is begun after Close")
}

// pieces is an MD5 that notes the sizes of writes.
type pieces struct {
	hash.Hash
	sizes []int
}

func (p *pieces) Write(b []byte) (int, error) {
	p.sizes = append(p.sizes, len(b))
	return p.Hash.Write(b)
}

// TestPipelineHashesWholeBlocks: lanes depend on it, whatever the pieces that a
// client sends.
func TestPipelineHashesWholeBlocks(t *testing.T) {
	f := newFixture(t, nil)
	data := seeded(5*bufpool.Medium+13, 3)
	odd := 0
	body := bytes.NewReader(data)
	in, err := newIntake(t.Context(), readerFunc(func(p []byte) (int, error) {
		odd = odd%5000 + 777
		return body.Read(p[:min(len(p), odd)])
	}), nil)
	require.NoError(t, err)
	first := f.buffers.Get(bufpool.Medium)
	n, err := in.fill(first)
	require.NoError(t, err)
	sum := &pieces{Hash: md5.New()}
	require.NoError(t, newPipeline(f.Store, &hasher{md5: sum}, io.Discard).run(in, first[:n]))
	require.NotEmpty(t, sum.sizes)
	for _, n := range sum.sizes[:len(sum.sizes)-1] {
		assert.Zero(t, n%md5simd.BlockSize)
	}
	want := md5.Sum(data)
	assert.Equal(t, want[:], sum.Sum(nil))
}

// BenchmarkHashers compares MD5s of their own with lanes, for bodies of 1 MiB
// that come together.
func BenchmarkHashers(b *testing.B) {
	for name, from := range map[string]int{"own": 1 << 30, "lanes": 1} {
		for _, together := range []int{1, 4, 8, 16} {
			b.Run(fmt.Sprintf("%s/%d", name, together), func(b *testing.B) {
				h := newLaneHashers(b)
				h.lanes.from = from
				p := seeded(1<<20, 0)
				b.SetBytes(int64(together) << 20)
				b.ReportAllocs()
				for b.Loop() {
					var wg sync.WaitGroup
					for range together {
						wg.Go(func() {
							s := h.getShared("")
							writePieces(s, p)
							s.digests(1 << 20)
							h.put(s)
						})
					}
					wg.Wait()
				}
			})
		}
	}
}
