package admin_test

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/admin/internal/admintest"
	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/driver"
)

// stubborn is a hook that refuses to delete one key.
type stubborn struct{ key string }

func (s *stubborn) Check(_ context.Context, m *objstore.Mutation) error {
	if m.Key != "" && m.Key == s.key && m.Before != nil {
		return objstore.ErrObjectLocked
	}
	return nil
}

func (s *stubborn) Commit(ctx context.Context, _ driver.Txn, m *objstore.Mutation) error {
	return s.Check(ctx, m)
}

func TestPurgeCanBeRepeated(t *testing.T) {
	ctx := t.Context()
	hook := &stubborn{}
	l := admintest.New(t, &admintest.Options{Store: objstore.Options{Hooks: []objstore.Hook{hook}}})
	s := l.Service
	a := l.AddUser(iam.User{UserID: iam.UserID{UID: "alice"}, DisplayName: "Alice"}, iam.AccountKey{AccessKey: "ALICE"})
	for _, name := range []string{"plain", "versions"} {
		b := l.AddBucket("alice", name)
		if name == "versions" {
			require.NoError(t, b.SetVersioning(ctx, objstore.VersioningEnabled))
		}
		for i := range 7 {
			_, err := b.Put(ctx, "k"+strconv.Itoa(i%4), strings.NewReader("data"), nil)
			require.NoError(t, err)
		}
		_, err := b.Delete(ctx, objstore.DeleteRequest{Key: "k0"})
		require.NoError(t, err)
		_, err = b.CreateUpload(ctx, "unfinished", nil)
		require.NoError(t, err)
	}
	require.ErrorIs(t, s.RemoveUser(ctx, a.UserID, false), admin.ErrHasBuckets)
	k, err := l.Users.Key(ctx, "ALICE")
	require.NoError(t, err)
	assert.False(t, k.Suspended, "a refusal changes nothing")

	hook.key = "k3"
	require.ErrorIs(t, s.RemoveUser(ctx, a.UserID, true), objstore.ErrObjectLocked, "what stays is told")
	k, err = l.Users.Key(ctx, "ALICE")
	require.NoError(t, err)
	assert.True(t, k.Suspended, "nobody adds to what is being removed")

	hook.key = ""
	require.NoError(t, s.RemoveUser(ctx, a.UserID, true))
	_, err = l.Users.Key(ctx, "ALICE")
	assert.True(t, auth.Is(err, auth.ErrInvalidAccessKeyID))
	page, err := l.Store.Buckets(ctx, objstore.BucketsQuery{})
	require.NoError(t, err)
	assert.Empty(t, page.Buckets)
	report, err := l.Store.Check(ctx, nil)
	require.NoError(t, err)
	assert.Empty(t, report.Problems, "the totals are exact")
}

func TestUnlinkedBucketsKeepTheirUser(t *testing.T) {
	ctx := t.Context()
	l := admintest.New(t, nil)
	s := l.Service
	alice, bob := iam.UserID{UID: "alice"}, iam.UserID{UID: "bob"}
	for _, id := range []iam.UserID{alice, bob} {
		l.AddUser(iam.User{UserID: id, DisplayName: id.UID})
	}
	kept, plain := objstore.BucketID{Name: "kept"}, objstore.BucketID{Name: "plain"}
	for _, id := range []objstore.BucketID{kept, plain} {
		_, err := l.AddBucket("alice", id.Name).Put(ctx, "k", strings.NewReader("data"), nil)
		require.NoError(t, err)
	}
	require.ErrorIs(t, s.UnlinkBucket(ctx, kept, iam.UserID{UID: "nobody"}), iam.ErrNoSuchUser)
	require.NoError(t, s.UnlinkBucket(ctx, kept, alice))
	for _, purge := range []bool{false, true} {
		require.ErrorIs(t, s.RemoveUser(ctx, alice, purge), admin.ErrHasBuckets, "the bucket would be lost or be an orphan")
		_, err := l.Store.Bucket(ctx, plain)
		require.NoError(t, err, "nothing is purged before that is settled")
		u, err := l.Users.User(ctx, alice)
		require.NoError(t, err)
		assert.False(t, u.Suspended)
	}
	require.NoError(t, s.LinkBucket(ctx, kept, bob, ""))
	require.NoError(t, s.RemoveUser(ctx, alice, true))
	b, err := l.Store.Bucket(ctx, kept)
	require.NoError(t, err)
	assert.Equal(t, "bob", b.Info().Owner)
	report, err := l.Store.Check(ctx, nil)
	require.NoError(t, err)
	assert.Empty(t, report.Problems)
}
