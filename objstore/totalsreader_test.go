package objstore

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/memengine"
)

func TestTotalsReader(t *testing.T) {
	e := memengine.New()
	s, err := Open(e, &Options{SweepEvery: -1})
	require.NoError(t, err)
	defer s.Close()
	ids := []BucketID{{Name: "one"}, {Name: "two"}, {Tenant: "t", Name: "one"}}
	for i, id := range ids {
		b, err := s.CreateBucket(t.Context(), id, &CreateBucketOptions{Owner: []string{"alice", "alice", "bob"}[i]})
		require.NoError(t, err)
		_, err = b.Put(t.Context(), "k", strings.NewReader(strings.Repeat("x", 1<<i)), nil)
		require.NoError(t, err)
	}
	require.NoError(t, e.Index.View(t.Context(), func(r driver.Reader) error {
		totals := NewTotalsReader(r)
		for _, tt := range []struct {
			what string
			read func() (Totals, error)
			want int64
		}{
			{"a bucket", func() (Totals, error) { return totals.Bucket(ids[1]) }, 2},
			{"the same name in another tenant", func() (Totals, error) { return totals.Bucket(ids[2]) }, 4},
			{"no bucket", func() (Totals, error) { return totals.Bucket(BucketID{Name: "none"}) }, 0},
			{"no bucket can have the name", func() (Totals, error) { return totals.Bucket(BucketID{Name: strings.Repeat("x", 9<<10)}) }, 0},
			{"an owner", func() (Totals, error) { return totals.Owner("alice") }, 3},
			{"nobody", func() (Totals, error) { return totals.Owner("carol") }, 0},
			{"no owner can have the name", func() (Totals, error) { return totals.Owner(strings.Repeat("x", 9<<10)) }, 0},
			{"all", func() (Totals, error) { return totals.All(t.Context()) }, 7},
		} {
			got, err := tt.read()
			require.NoError(t, err, tt.what)
			assert.Equal(t, tt.want, got.Bytes, tt.what)
		}
		for id, want := range map[BucketID]bool{ids[0]: true, {Name: "none"}: false, {Tenant: "t", Name: "two"}: false} {
			got, err := totals.HasBucket(id)
			require.NoError(t, err)
			assert.Equal(t, want, got, id.String())
		}
		return nil
	}))
}
