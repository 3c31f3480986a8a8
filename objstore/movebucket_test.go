package objstore

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/driver"
)

func TestMoveBucket(t *testing.T) {
	s := newCheckedStore(t)
	ctx := t.Context()
	old := s.b.Info()
	before, err := s.b.Totals(ctx)
	require.NoError(t, err)
	require.NoError(t, s.MoveBucket(ctx, old.BucketID, "carol", &MoveBucketOptions{Documents: map[string][]byte{"acl": []byte("carol's")}}))
	b, err := s.Bucket(ctx, old.BucketID)
	require.NoError(t, err)
	assert.Equal(t, "carol", b.Info().Owner)
	doc, err := b.Document(ctx, "acl")
	require.NoError(t, err)
	assert.Equal(t, "carol's", string(doc))
	totals, err := s.OwnerTotals(ctx, "carol")
	require.NoError(t, err)
	assert.Equal(t, before, totals, "the totals go with the bucket")
	assert.Empty(t, s.report(nil).Problems)

	require.ErrorIs(t, s.MoveBucket(ctx, old.BucketID, "carol", &MoveBucketOptions{Name: "other"}), ErrBucketExists)
	require.ErrorIs(t, s.MoveBucket(ctx, old.BucketID, "carol", &MoveBucketOptions{Name: "A"}), ErrInvalidBucketName)
	require.ErrorIs(t, s.MoveBucket(ctx, old.BucketID, "", nil), ErrInvalidArgument)
	require.NoError(t, s.MoveBucket(ctx, old.BucketID, "dave", &MoveBucketOptions{Name: "renamed"}))
	_, err = s.Bucket(ctx, old.BucketID)
	assert.ErrorIs(t, err, ErrNoSuchBucket)
	_, err = b.Put(ctx, "late", strings.NewReader("x"), nil)
	assert.ErrorIs(t, err, ErrNoSuchBucket, "an open bucket of the old name is gone")
	page, err := s.Buckets(ctx, BucketsQuery{Owner: "dave"})
	require.NoError(t, err)
	require.Len(t, page.Buckets, 1)
	assert.Equal(t, "renamed", page.Buckets[0].Name)
	assert.Empty(t, s.report(nil).Problems)
}

// moves notes the moves of buckets that are committed.
type moves struct{ seen []string }

func (m *moves) Check(context.Context, *Mutation) error { return nil }

func (m *moves) Commit(_ context.Context, _ driver.Txn, c *Mutation) error {
	if c.Op == OpMoveBucket {
		m.seen = append(m.seen, c.Bucket.Owner+" "+c.Bucket.Name+" > "+c.To.Owner+" "+c.To.Name)
	}
	return nil
}

func TestMoveBucketHook(t *testing.T) {
	h := &moves{}
	f := newFixture(t, &Options{Hooks: []Hook{h}})
	_, err := f.CreateBucket(t.Context(), BucketID{Name: "photos"}, &CreateBucketOptions{Owner: "alice"})
	require.NoError(t, err)
	require.NoError(t, f.MoveBucket(t.Context(), BucketID{Name: "photos"}, "bob", &MoveBucketOptions{Name: "films"}))
	assert.Equal(t, []string{"alice photos > bob films"}, h.seen)
}
