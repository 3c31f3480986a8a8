package admintest_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/admin/internal/admintest"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/quota"
)

// counter is a hook that counts commits.
type counter struct{ commits int }

func (c *counter) Check(context.Context, *objstore.Mutation) error { return nil }

func (c *counter) Commit(context.Context, driver.Txn, *objstore.Mutation) error {
	c.commits++
	return nil
}

func TestPartsBelongTogether(t *testing.T) {
	then, hook := time.Date(2026, 11, 22, 9, 31, 47, 0, time.UTC), new(counter)
	l := admintest.New(t, &admintest.Options{
		Now: func() time.Time { return then }, Store: objstore.Options{Hooks: []objstore.Hook{hook}},
	})
	a := l.AddUser(iam.User{UserID: iam.UserID{Tenant: "acme", UID: "alice"}}, iam.AccountKey{AccessKey: "ALICE", Secret: "s"})
	assert.Equal(t, then, a.Keys[0].Created, "the clock of the lab")
	found, err := l.Service.AccountByKey(t.Context(), "ALICE")
	require.NoError(t, err)
	assert.Equal(t, "acme$alice", found.String(), "the service asks the directory")

	require.NoError(t, l.Service.UpdateUserQuotas(t.Context(), a.UserID, func(q *quota.UserSpecs) error {
		q.User = quota.Spec{Enabled: true, MaxObjects: 1, MaxBytes: quota.Unlimited}
		return nil
	}))
	b := l.AddBucket("acme$alice", "photos")
	info, err := b.Put(t.Context(), "k", strings.NewReader("x"), nil)
	require.NoError(t, err)
	assert.Equal(t, then, info.ModTime)
	_, err = b.Put(t.Context(), "l", strings.NewReader("x"), nil)
	require.Error(t, err, "quotas that the service sets hold in the store")
	assert.Equal(t, 2, hook.commits, "beside the hooks of the test: a bucket and an object")
	stats, err := l.Service.BucketStats(t.Context(), objstore.BucketID{Tenant: "acme", Name: "photos"})
	require.NoError(t, err)
	assert.EqualValues(t, 1, stats.Totals.Objects)
}
