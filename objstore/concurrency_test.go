package objstore

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOneCreatorWins(t *testing.T) {
	for _, n := range []int{10, 300_000} {
		f := newFixture(t, nil)
		b := f.bucket("photos", VersioningOff)
		var wins atomic.Int64
		var wg sync.WaitGroup
		for range 64 {
			wg.Go(func() {
				_, err := b.Put(t.Context(), "k", zeroes(n), &PutOptions{If: Conditions{IfNoneMatch: []string{"*"}}})
				if err == nil {
					wins.Add(1)
					return
				}
				assert.ErrorIs(t, err, ErrPreconditionFailed)
			})
		}
		wg.Wait()
		assert.Equal(t, int64(1), wins.Load())
		assert.Equal(t, n > 4096, f.blobs() == 1, "losers leave nothing")
		f.audit()
	}
}

func TestCompareAndSwap(t *testing.T) {
	f := newFixture(t, nil)
	b := f.bucket("photos", VersioningOff)
	f.put(b, "counter", "")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for added := 0; added < 10; {
				o, err := b.Object(t.Context(), "counter", nil)
				if !assert.NoError(t, err) {
					return
				}
				body, err := readObject(t.Context(), o)
				if !assert.NoError(t, errors.Join(err, o.Close())) {
					return
				}
				_, err = b.Put(t.Context(), "counter", strings.NewReader(body+"x"), &PutOptions{If: Conditions{IfMatch: []string{o.Info().ETag}}})
				if err == nil {
					added++
					continue
				}
				if !assert.ErrorIs(t, err, ErrPreconditionFailed) {
					return
				}
			}
		})
	}
	wg.Wait()
	body, err := f.get(b, "counter", "")
	require.NoError(t, err)
	assert.Equal(t, strings.Repeat("x", 80), body, "no update is lost")
}

// TestConcurrentChanges runs all kinds of change on few keys at once: readers
// always see whole objects, and the counts are exact afterwards.
func TestConcurrentChanges(t *testing.T) {
	f := newFixture(t, nil)
	for _, v := range []Versioning{VersioningOff, VersioningEnabled, VersioningSuspended} {
		b := f.bucket(strings.ToLower("bucket-"+string(v)+"x"), v)
		var wg sync.WaitGroup
		for w := range 8 {
			wg.Go(func() {
				rnd := rand.New(rand.NewPCG(uint64(w), 7))
				for range 60 {
					f.churn(b, rnd)
				}
			})
		}
		wg.Wait()
		f.audit()
	}
	assert.Zero(t, f.Stats().PendingBlobs)
	assert.Zero(t, f.Stats().OpenReaders)
}

func (f *fixture) churn(b *Bucket, rnd *rand.Rand) {
	ctx := f.t.Context()
	key := fmt.Sprint("k", rnd.IntN(3))
	switch rnd.IntN(5) {
	case 0, 1:
		body := bytes.Repeat([]byte{byte(rnd.IntN(256))}, []int{100, 6000, 400_000}[rnd.IntN(3)])
		_, err := b.Put(ctx, key, bytes.NewReader(body), nil)
		assert.NoError(f.t, err)
	case 2:
		_, err := b.Delete(ctx, DeleteRequest{Key: key})
		assert.NoError(f.t, err)
	case 3:
		_, err := f.Sweep(ctx)
		assert.NoError(f.t, err)
	case 4:
		o, err := b.Object(ctx, key, nil)
		if errors.Is(err, ErrNoSuchKey) {
			return
		}
		if !assert.NoError(f.t, err) {
			return
		}
		defer o.Close()
		body, err := readObject(ctx, o)
		if assert.NoError(f.t, err) && body != "" {
			assert.Equal(f.t, len(body), strings.Count(body, body[:1]), "all of one object")
		}
		_, err = b.Copy(ctx, "copy", o, nil)
		assert.NoError(f.t, err)
	}
}
