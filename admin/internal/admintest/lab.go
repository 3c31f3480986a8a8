package admintest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/lifecycle/worker"
	"github.com/cofferstore/coffer/objstore/memengine"
	"github.com/cofferstore/coffer/quota"
	"github.com/cofferstore/coffer/usage/rgwlog"
)

// Lab is a store with all that is administered.
type Lab struct {
	Index   driver.Index
	Users   *iam.Directory
	Store   *objstore.Store
	Quotas  *quota.Enforcer    // a hook of the store
	Rates   *quota.RateLimiter // of no handler, unless the test has one
	Usage   *rgwlog.Log        // flushed by nobody
	Service *admin.Service

	t testing.TB
}

// Options configure a [Lab]. The zero value of each field is its default.
type Options struct {
	Index driver.Index // default: a new one in memory

	Now  func() time.Time                           // default time.Now
	Wait func(context.Context, time.Duration) error // of rate limits; default: real time

	// Store tunes the store. Its hooks come after the quotas; Now is the lab's,
	// and there is no sweep unless SweepEvery is set.
	Store objstore.Options
}

// New makes a lab; nil means the defaults. It is closed when the test is over.
func New(t testing.TB, o *Options) *Lab {
	t.Helper()
	if o == nil {
		o = &Options{}
	}
	l := &Lab{t: t, Index: o.Index}
	if l.Index == nil {
		l.Index = memengine.NewIndex()
	}
	var err error
	l.Users, err = iam.Open(l.Index, &iam.Options{Now: o.Now})
	require.NoError(t, err)
	l.Quotas, err = quota.Open(l.Index, nil)
	require.NoError(t, err)
	l.Rates, err = quota.OpenLimiter(l.Index, &quota.LimiterOptions{Now: o.Now, Wait: o.Wait})
	require.NoError(t, err)
	l.Usage, err = rgwlog.Open(t.Context(), l.Index, &rgwlog.Options{FlushEvery: -1})
	require.NoError(t, err)
	store := o.Store
	store.Now, store.Hooks = o.Now, append([]objstore.Hook{l.Quotas}, store.Hooks...)
	if store.SweepEvery == 0 {
		store.SweepEvery = -1
	}
	l.Store, err = objstore.Open(driver.Engine{Index: l.Index, Blobs: memengine.NewBlobs()}, &store)
	require.NoError(t, err)
	t.Cleanup(func() {
		assert.NoError(t, l.Usage.Close(context.Background()))
		assert.NoError(t, l.Store.Close())
	})
	l.Service = admin.New(l.Users, l.Store, &admin.Options{
		Quotas: l.Quotas, Rates: l.Rates, Usage: l.Usage, Lifecycle: worker.New(l.Store, l.Index, &worker.Options{Now: o.Now}),
	})
	return l
}

// AddUser makes a user with keys, and returns the account as it is stored.
func (l *Lab) AddUser(u iam.User, keys ...iam.AccountKey) iam.Account {
	l.t.Helper()
	a := iam.Account{User: u}
	for _, k := range keys {
		_, err := a.SetKey(k)
		require.NoError(l.t, err)
	}
	a, err := l.Users.CreateAccount(l.t.Context(), a)
	require.NoError(l.t, err)
	return a
}

// AddBucket makes a bucket of the tenant of its owner, who need not be there.
func (l *Lab) AddBucket(owner, name string) *objstore.Bucket {
	l.t.Helper()
	id := objstore.BucketID{Tenant: iam.ParseUserID(owner).Tenant, Name: name}
	b, err := l.Store.CreateBucket(l.t.Context(), id, &objstore.CreateBucketOptions{Owner: owner})
	require.NoError(l.t, err)
	return b
}
