package ostorstat

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/memengine"
)

// TestRandom compares with the totals after anything that can happen to a store
// whose medium fails now and then, and with a model of the integral.
func TestRandom(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			e := memengine.New()
			f := &failing{Index: e.Index, rand: rand.New(rand.NewPCG(seed, 1))}
			e.Index = f
			r := &randomRun{sized: newSized(t, e, &clock{now: hour(1000)}, true), rand: rand.New(rand.NewPCG(seed, 2))}
			for range 20 {
				f.on = true
				for range 20 {
					r.step()
				}
				f.on = false
				r.compare()
			}
		})
	}
}

// failing refuses some transactions while it is on, all or the nth if so said,
// and leaves the outcome of others unknown.
type failing struct {
	driver.Index
	rand       *rand.Rand
	on, always bool
	nth, calls int
}

func (f *failing) Update(ctx context.Context, fn func(driver.Txn) error) error {
	f.calls++
	switch {
	case !f.on, f.nth > 0 && f.nth != f.calls:
		return f.Index.Update(ctx, fn)
	case f.always, f.nth > 0:
		return driver.ErrNoSpace
	}
	switch f.rand.IntN(12) {
	case 0:
		return driver.ErrNoSpace
	case 1:
		return driver.ErrOutcomeUnknown
	case 2:
		if err := f.Index.Update(ctx, fn); err != nil {
			return err
		}
		return driver.ErrOutcomeUnknown
	}
	return f.Index.Update(ctx, fn)
}

type randomRun struct {
	*sized
	rand *rand.Rand
}

// step does something; that it fails is none of the test's business.
func (r *randomRun) step() {
	ctx := r.t.Context()
	id := objstore.BucketID{Name: fmt.Sprintf("bucket-%d", r.rand.IntN(4))}
	if r.rand.IntN(4) == 0 {
		r.clock.Advance(time.Duration(r.rand.IntN(7000)-1000) * time.Second)
	}
	b, err := r.Store.Bucket(ctx, id)
	if err != nil {
		_, _ = r.CreateBucket(ctx, id, nil)
		return
	}
	key := fmt.Sprint("key-", r.rand.IntN(3))
	body := func() io.Reader { return io.LimitReader(zeros{}, r.rand.Int64N(200)) }
	switch r.rand.IntN(12) {
	case 0:
		_ = b.SetVersioning(ctx, []objstore.Versioning{objstore.VersioningEnabled, objstore.VersioningSuspended}[r.rand.IntN(2)])
	case 1:
		_ = r.MoveBucket(ctx, id, "somebody", &objstore.MoveBucketOptions{Name: fmt.Sprintf("bucket-%d", r.rand.IntN(4))})
	case 2, 3, 4:
		r.empty(b)
		_ = r.DeleteBucket(ctx, id)
	case 5, 6:
		r.upload(b, key, body)
	case 7, 8:
		_, _ = b.Delete(ctx, objstore.DeleteRequest{Key: key})
	default:
		_, _ = b.Put(ctx, key, body(), nil)
	}
}

// empty removes some versions, or all.
func (r *randomRun) empty(b *objstore.Bucket) {
	page, err := b.ListVersions(r.t.Context(), objstore.VersionsQuery{})
	if err != nil {
		return
	}
	for _, v := range page.Versions {
		if r.rand.IntN(8) > 0 {
			_, _ = b.Delete(r.t.Context(), objstore.DeleteRequest{Key: v.Key, Version: v.VersionID})
		}
	}
}

func (r *randomRun) upload(b *objstore.Bucket, key string, body func() io.Reader) {
	ctx := r.t.Context()
	u, err := b.CreateUpload(ctx, key, nil)
	if err != nil {
		return
	}
	var list []objstore.CompletePart
	for range r.rand.IntN(4) {
		p, err := u.PutPart(ctx, 1+r.rand.IntN(2), body(), nil)
		if err == nil {
			list = []objstore.CompletePart{{Number: p.Number, ETag: p.ETag}}
		}
	}
	switch r.rand.IntN(3) {
	case 0:
		_, _ = u.Complete(ctx, list, nil)
	case 1:
		_ = u.Abort(ctx)
	}
}

// compare finds no drift, nor a row of a bucket that is gone.
func (r *randomRun) compare() {
	ctx := r.t.Context()
	report, err := r.Store.Check(ctx, nil)
	require.NoError(r.t, err)
	require.Empty(r.t, report.Problems)
	page, err := r.Buckets(ctx, objstore.BucketsQuery{})
	require.NoError(r.t, err)
	found, err := r.sizes.Drift(ctx, page.Buckets)
	require.NoError(r.t, err)
	assert.Empty(r.t, found)
	sizes, err := r.sizes.Buckets(ctx, page.Buckets)
	require.NoError(r.t, err)
	rows := 0
	for i, b := range page.Buckets {
		bucket, err := r.Store.Bucket(ctx, b.BucketID)
		require.NoError(r.t, err)
		totals, err := bucket.Totals(ctx)
		require.NoError(r.t, err)
		assert.Equal(r.t, sizeOf(totals), sizes[i].Current, "%s", b.BucketID)
		require.NoError(r.t, r.index.View(ctx, func(rd driver.Reader) error {
			_, ok, err := rowOf(rd, sizeRow(b.BucketID), b.Ref)
			if ok {
				rows++
			}
			return err
		}))
	}
	require.NoError(r.t, r.index.View(ctx, func(rd driver.Reader) error {
		c := rd.Scan([]byte(sizeRows), after([]byte(sizeRows)), driver.ScanOptions{})
		for c.Next() {
			rows--
		}
		return c.Close()
	}))
	assert.Zero(r.t, rows, "rows without a bucket")
}
