package admin_test

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/memengine"
)

// busy is an index on which something happens just before a change.
type busy struct {
	driver.Index
	before func()
}

func (b *busy) Update(ctx context.Context, fn func(driver.Txn) error) error {
	if before := b.before; before != nil {
		b.before = nil
		before()
	}
	return b.Index.Update(ctx, fn)
}

// ownedStore is a service whose store asks for its owners. The directory changes
// through ix.
func ownedStore(t *testing.T) (s *admin.Service, store *objstore.Store, ix *busy) {
	t.Helper()
	plain := memengine.NewIndex()
	ix = &busy{Index: plain}
	users, err := iam.Open(ix, nil)
	require.NoError(t, err)
	store, err = objstore.Open(driver.Engine{Index: plain, Blobs: memengine.NewBlobs()},
		&objstore.Options{Hooks: []objstore.Hook{admin.NewOwners(users)}, SweepEvery: -1})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, store.Close()) })
	return admin.New(users, store, nil), store, ix
}

func create(t *testing.T, s *admin.Service, id iam.UserID) {
	t.Helper()
	_, err := s.CreateUser(t.Context(), iam.Account{User: iam.User{UserID: id, DisplayName: id.UID}})
	require.NoError(t, err)
}

func createBucket(t *testing.T, store *objstore.Store, owner string) error {
	t.Helper()
	_, err := store.CreateBucket(t.Context(), objstore.BucketID{Name: "photos"}, &objstore.CreateBucketOptions{Owner: owner})
	return err
}

func TestOwners(t *testing.T) {
	s, store, _ := ownedStore(t)
	alice := iam.UserID{Tenant: "acme", UID: "alice"}
	create(t, s, alice)
	suspend := func(on bool) {
		t.Helper()
		_, err := s.UpdateUser(t.Context(), alice, func(a *iam.Account) error { a.Suspended = on; return nil })
		require.NoError(t, err)
	}
	suspend(true)
	for owner, reason := range map[string]auth.Reason{
		"acme$alice":  auth.ErrUserSuspended,
		"alice":       auth.ErrInvalidAccessKeyID, // of another tenant
		"no such one": auth.ErrInvalidAccessKeyID, // nobody can have that name
	} {
		err := createBucket(t, store, owner)
		assert.True(t, auth.Is(err, reason), "%s: %v", owner, err)
	}
	suspend(false)
	require.NoError(t, createBucket(t, store, "acme$alice"))
	id := objstore.BucketID{Name: "photos"}
	err := store.MoveBucket(t.Context(), id, "bob", nil)
	assert.True(t, auth.Is(err, auth.ErrInvalidAccessKeyID), "a bucket is not given to nobody: %v", err)
	suspend(true)
	assert.NoError(t, store.MoveBucket(t.Context(), id, "acme$alice", nil), "administrators may give to the suspended")
}

// A bucket that is made while its owner is being removed keeps the owner, who
// was not to be purged, in full possession.
func TestRemoveUserMeetsANewBucket(t *testing.T) {
	for _, c := range []struct {
		purge       bool
		want        error
		explanation string
	}{
		{false, admin.ErrHasBuckets, "the user has a bucket now"},
		{true, nil, "it goes with the others"},
	} {
		s, store, ix := ownedStore(t)
		alice := iam.UserID{UID: "alice"}
		create(t, s, alice)
		ix.before = func() { require.NoError(t, createBucket(t, store, "alice")) }
		assert.ErrorIs(t, s.RemoveUser(t.Context(), alice, c.purge), c.want, c.explanation)
		_, err := store.Bucket(t.Context(), objstore.BucketID{Name: "photos"})
		if c.purge {
			assert.ErrorIs(t, err, objstore.ErrNoSuchBucket, c.explanation)
			continue
		}
		require.NoError(t, err)
		a, err := s.Account(t.Context(), alice)
		require.NoError(t, err)
		assert.False(t, a.Suspended, "a refusal changes nothing")
	}
}

// However removal and creation meet, no bucket is left of a user who is gone.
func TestNoOrphans(t *testing.T) {
	s, store, _ := ownedStore(t)
	alice := iam.UserID{UID: "alice"}
	for round := range 50 {
		create(t, s, alice)
		var work sync.WaitGroup
		work.Go(func() { _ = createBucket(t, store, "alice") })
		err := s.RemoveUser(t.Context(), alice, round%2 == 0)
		work.Wait()
		page, listErr := store.Buckets(t.Context(), objstore.BucketsQuery{})
		require.NoError(t, listErr)
		if err == nil {
			require.Empty(t, page.Buckets, "round %d: an orphan", round)
			continue
		}
		require.ErrorIs(t, err, admin.ErrHasBuckets)
		require.NoError(t, s.RemoveUser(t.Context(), alice, true))
	}
}
