package admin_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/admin/internal/admintest"
	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/quota"
)

// office is an Ostor with all that it administers.
type office struct {
	*admin.Ostor
	*admintest.Lab
}

func newOffice(t testing.TB, o *admin.OstorOptions) *office {
	t.Helper()
	l := admintest.New(t, nil)
	return &office{admin.NewOstor(l.Service, o), l}
}

func byEmail(email string) admin.OstorUser { return admin.OstorUser{Email: email} }

func TestOstorUsers(t *testing.T) {
	ctx := t.Context()
	f := newOffice(t, nil)
	a, err := f.CreateUser(ctx, "user@example.com", false)
	require.NoError(t, err)
	assert.Regexp(t, `^[0-9a-f]{16}$`, a.UID)
	require.Len(t, a.Keys, 1)
	assert.Regexp(t, `^`+a.UID+`[A-Z0-9]{4}$`, a.Keys[0].AccessKey)
	assert.Regexp(t, `^[A-Za-z0-9]{40}$`, a.Keys[0].Secret)
	assert.Equal(t, "user@example.com", f.Users.DisplayName(ctx, a.UID), "lists of S3 show the address")
	_, err = f.CreateUser(ctx, "USER@example.com", false)
	assert.ErrorIs(t, err, iam.ErrEmailExists)
	system, err := f.CreateUser(ctx, "user@example.com", true)
	require.NoError(t, err, "a user of the system may share an address")
	assert.Equal(t, []string{"system"}, admin.OstorFlags(&system.User))

	for _, ref := range []admin.OstorUser{byEmail("User@Example.com"), {ID: a.UID}} {
		got, err := f.User(ctx, ref)
		require.NoError(t, err)
		assert.Equal(t, a, got)
	}
	for ref, want := range map[admin.OstorUser]error{
		{}:                                   admin.ErrInvalidArgument,
		{Email: "user@example.com", ID: "x"}: admin.ErrInvalidArgument,
		{Email: "nobody@example.com"}:        iam.ErrNoSuchUser,
		{ID: "0123456789abcdef"}:             iam.ErrNoSuchUser,
		{ID: "a/b"}:                          iam.ErrNoSuchUser,
	} {
		_, err := f.Find(ctx, ref)
		assert.ErrorIs(t, err, want, "%+v", ref)
	}

	f.AddBucket(a.UID, "mine")
	_, err = f.DeleteUser(ctx, admin.OstorUser{ID: a.UID})
	assert.ErrorIs(t, err, admin.ErrHasBuckets)
	require.NoError(t, f.Store.DeleteBucket(ctx, objstore.BucketID{Name: "mine"}))
	gone, err := f.DeleteUser(ctx, admin.OstorUser{ID: a.UID})
	require.NoError(t, err)
	assert.Equal(t, a.UID, gone.UID)
	b, err := f.CreateUser(ctx, "user@example.com", false)
	require.NoError(t, err)
	assert.NotEqual(t, a.UID, b.UID, "names are not used again")
}

func TestOstorKeysAndAccounts(t *testing.T) {
	ctx := t.Context()
	f := newOffice(t, nil)
	a, err := f.CreateUser(ctx, "user@example.com", false)
	require.NoError(t, err)
	me, first := byEmail("user@example.com"), a.Keys[0].AccessKey
	_, second, err := f.GenerateKey(ctx, me, "")
	require.NoError(t, err)
	_, _, err = f.GenerateKey(ctx, me, "")
	assert.ErrorIs(t, err, admin.ErrKeyLimit)
	_, work, err := f.CreateAccount(ctx, me, "work")
	require.NoError(t, err, "accounts have keys of their own")
	_, _, err = f.CreateAccount(ctx, me, "work")
	assert.ErrorIs(t, err, admin.ErrAccountExists)
	_, _, err = f.GenerateKey(ctx, me, "work")
	require.NoError(t, err)
	_, _, err = f.GenerateKey(ctx, me, "work")
	assert.ErrorIs(t, err, admin.ErrKeyLimit)

	for _, c := range []struct {
		explanation  string
		account, key string
		want         error
	}{
		{"a key of an account is not the user's own", "", work.AccessKey, admin.ErrNoSuchAccessKey},
		{"a key of the user is not an account's", "work", first, admin.ErrNoSuchAccessKey},
		{"an account that is not there", "play", first, admin.ErrNoSuchAccount},
		{"no name of an account", "a/b", first, admin.ErrInvalidArgument},
		{"a key that is not there", "", "none", admin.ErrNoSuchAccessKey},
		{"one's own", "", first, nil},
		{"the account's", "work", work.AccessKey, nil},
		{"twice", "", first, admin.ErrNoSuchAccessKey},
	} {
		err := f.RevokeKey(ctx, me, c.account, c.key)
		if c.want == nil {
			assert.NoError(t, err, c.explanation)
		} else {
			assert.ErrorIs(t, err, c.want, c.explanation)
		}
	}
	_, err = f.Users.Key(ctx, work.AccessKey)
	assert.True(t, auth.Is(err, auth.ErrInvalidAccessKeyID))
	_, account, err := f.RevokeAnyKey(ctx, me, second.AccessKey)
	require.NoError(t, err)
	assert.Empty(t, account)
	got, err := f.OstorAccount(ctx, me, "work")
	require.NoError(t, err)
	left := got.KeysOf("work")
	require.Len(t, left, 1)
	_, account, err = f.RevokeAnyKey(ctx, me, left[0].AccessKey)
	require.NoError(t, err)
	assert.Equal(t, "work", account)
	assert.Empty(t, got.KeysOf(""), "a user may be without keys")

	require.NoError(t, f.DeleteAccount(ctx, me, "work"))
	assert.ErrorIs(t, f.DeleteAccount(ctx, me, "work"), admin.ErrNoSuchAccount)
	for _, name := range []string{"", "a/b", "ü", strings.Repeat("x", 65)} {
		_, _, err := f.CreateAccount(ctx, me, name)
		assert.ErrorIs(t, err, admin.ErrInvalidArgument, name)
	}
}

// Users of the two APIs are the same users.
func TestOstorMeetsRGW(t *testing.T) {
	ctx := t.Context()
	f := newOffice(t, nil)
	made, err := f.CreateUser(ctx, "o@example.com", false)
	require.NoError(t, err)
	_, account, err := f.CreateAccount(ctx, byEmail("o@example.com"), "work")
	require.NoError(t, err)
	seen, err := f.Service.AccountByKey(ctx, account.AccessKey)
	require.NoError(t, err)
	assert.Equal(t, made.UserID, seen.UserID)
	assert.Len(t, seen.Keys, 2, "keys of accounts are among the keys")

	rgw := iam.Account{User: iam.User{UserID: iam.UserID{Tenant: "acme", UID: "bob"}, DisplayName: "Bob", Subusers: []iam.Subuser{{Name: "swift"}}}}
	_, err = rgw.SetKey(iam.AccountKey{AccessKey: "BOB-SWIFT", Subuser: "swift"})
	require.NoError(t, err)
	_, err = f.Service.CreateUser(ctx, rgw)
	require.NoError(t, err)
	bob := admin.OstorUser{ID: "acme$bob"}
	_, k, err := f.GenerateKey(ctx, bob, "")
	require.NoError(t, err)
	assert.Regexp(t, `^[A-Z0-9]{20}$`, k.AccessKey, "only a name of 16 digits begins a key")
	got, err := f.User(ctx, bob)
	require.NoError(t, err)
	assert.Len(t, got.KeysOf(""), 1, "keys of subusers are not the user's own")
	_, _, err = f.RevokeAnyKey(ctx, bob, "BOB-SWIFT")
	assert.ErrorIs(t, err, admin.ErrNoSuchAccessKey)

	users, err := f.AllUsers(ctx)
	require.NoError(t, err)
	require.Len(t, users, 2)
	accounts, err := f.AllAccounts(ctx)
	require.NoError(t, err)
	for i := range users {
		assert.Equal(t, users[i], accounts[i].User)
	}
}

func TestOstorLimits(t *testing.T) {
	ctx := t.Context()
	f := newOffice(t, nil)
	a, err := f.CreateUser(ctx, "user@example.com", false)
	require.NoError(t, err)
	of, err := f.LimitSubject(ctx, byEmail("user@example.com"), "")
	require.NoError(t, err)
	require.NoError(t, f.Service.UpdateRates(ctx, of, func(r *quota.RateSpec) { r.Enabled, r.MaxReadOps = true, 7 }))
	show := func(limits []admin.Limit, err error) string {
		require.NoError(t, err)
		var words []string
		for _, l := range limits {
			words = append(words, l.String())
		}
		return strings.Join(words, " ")
	}
	set := func(kind admin.LimitType, resource, value string) string {
		l, err := admin.ParseLimit(kind, resource, value)
		require.NoError(t, err)
		return show(f.SetLimits(ctx, of, l))
	}
	assert.Equal(t, "0.00 0.00 0.00 0.00 0.00 0", show(f.Limits(ctx, of)), "none was ever set")
	assert.Equal(t, "0.00 3600.00 0.00 0.00 0.00 0", set("ops", "get", "3600"))
	assert.Equal(t, "0.00 3600.00 0.00 0.00 0.00 100", set("bandwidth", "out", "100"), "others keep their value")
	assert.Equal(t, "0.50 3600.00 0.00 0.00 0.00 100", set("ops", "default", ".5"))
	assert.Equal(t, "0.50 3600.00 1.24 0.00 0.00 100", set("ops", "put", "1.235"), "two decimals are kept")
	assert.Equal(t, "0.50 3600.00 0.01 0.00 0.00 100", set("ops", "put", "0.0001"), "a limit does not vanish by rounding")
	assert.Equal(t, "0.00 0.00 0.00 0.00 0.00 100", show(f.RemoveLimits(ctx, of, admin.LimitOps)))
	assert.Equal(t, "0.00 0.00 0.00 0.00 0.00 0", show(f.RemoveLimits(ctx, of, "")))
	rate, err := f.Service.Rates(ctx, of)
	require.NoError(t, err)
	assert.EqualValues(t, 7, rate.MaxReadOps, "the other API's limits are apart")

	for _, bad := range [][3]string{
		{"ops", "get", ""}, {"ops", "get", "-1"}, {"ops", "get", "1e3"}, {"ops", "get", "1.2.3"}, {"ops", "get", "."}, {"ops", "get", "NaN"},
		{"ops", "get", "+1"}, {"ops", "get", strings.Repeat("9", 400)}, {"ops", "out", "1"}, {"ops", "", "1"}, {"ops", "GET", "1"},
		{"bandwidth", "out", "1.5"}, {"bandwidth", "get", "1"}, {"bandwidth", "in", "1"}, {"", "get", "1"}, {"rate", "get", "1"},
	} {
		_, err := admin.ParseLimit(admin.LimitType(bad[0]), bad[1], bad[2])
		assert.ErrorIs(t, err, admin.ErrInvalidArgument, "%q", bad)
	}
	for _, huge := range [][2]string{{"ops", "get"}, {"bandwidth", "out"}} {
		l, err := admin.ParseLimit(admin.LimitType(huge[0]), huge[1], "9999999999999999999999")
		require.NoError(t, err)
		_, err = f.SetLimits(ctx, of, l)
		assert.ErrorIs(t, err, admin.ErrInvalidArgument, "out of bounds")
	}
	legacy, err := admin.PerMinute(map[string]string{"default": "60", "put": "3600", "list": "30"})
	assert.Equal(t, "1.00 1.00 60.00 0.50 1.00", show(legacy, err))
	legacy, err = admin.PerMinute(map[string]string{"put": "3600"})
	assert.Equal(t, "0.00 0.00 60.00 0.00 0.00", show(legacy, err))

	_, err = f.SetLimits(ctx, of, legacy...)
	require.NoError(t, err)
	_, err = f.DeleteUser(ctx, admin.OstorUser{ID: a.UID})
	require.NoError(t, err)
	assert.Equal(t, "0.00 0.00 0.00 0.00 0.00 0", show(f.Limits(ctx, of)), "limits go with the user")
	_, err = f.LimitSubject(ctx, admin.OstorUser{}, "none")
	assert.ErrorIs(t, err, objstore.ErrNoSuchBucket)
}

func TestOstorQuotas(t *testing.T) {
	ctx := t.Context()
	f := newOffice(t, &admin.OstorOptions{Gigabyte: 10})
	a, err := f.CreateUser(ctx, "user@example.com", false)
	require.NoError(t, err)
	f.AddBucket(a.UID, "bkt")
	put := func(size int) error {
		b, err := f.Store.Bucket(ctx, objstore.BucketID{Name: "bkt"})
		require.NoError(t, err)
		_, err = b.Put(ctx, "k", strings.NewReader(strings.Repeat("x", size)), nil)
		return err
	}
	subject := func(s admin.QuotaSubject, err error) admin.QuotaSubject {
		require.NoError(t, err)
		return s
	}
	user := subject(f.QuotaSubject(ctx, byEmail("user@example.com"), ""))
	bucket := subject(f.QuotaSubject(ctx, admin.OstorUser{}, "bkt"))
	users, buckets := subject(admin.DefaultQuota("user")), subject(admin.DefaultQuota("bucket"))
	for _, pair := range [][2]admin.QuotaSubject{{user, users}, {bucket, buckets}} {
		own, general := pair[0], pair[1]
		show := func(of admin.QuotaSubject) int64 {
			n, err := f.Quota(ctx, of)
			require.NoError(t, err)
			return n
		}
		assert.Zero(t, show(own), "none was set")
		require.NoError(t, f.SetQuota(ctx, general, 1))
		assert.EqualValues(t, 1, show(general))
		assert.Zero(t, show(own), "the own quota is shown, not the one that holds")
		assert.ErrorIs(t, put(11), quota.ErrExceeded, "the default holds")
		require.NoError(t, f.SetQuota(ctx, own, 2))
		assert.EqualValues(t, 2, show(own))
		assert.NoError(t, put(20), "the own quota holds, up to its last byte")
		assert.ErrorIs(t, put(21), quota.ErrExceeded)
		require.NoError(t, f.SetQuota(ctx, own, 0))
		assert.NoError(t, put(1000), "an explicit 0 is without bounds, whatever the default")
		assert.NoError(t, put(999), "what shrinks is let through")
		require.NoError(t, f.RemoveQuota(ctx, own))
		assert.ErrorIs(t, put(1001), quota.ErrExceeded, "the default holds again")
		assert.NoError(t, put(5))
		require.NoError(t, f.RemoveQuota(ctx, general))
		require.NoError(t, f.RemoveQuota(ctx, general), "twice is no error")
		assert.NoError(t, put(50))
		assert.NoError(t, put(1))
		assert.ErrorIs(t, f.SetQuota(ctx, own, -1), admin.ErrInvalidArgument)
		assert.ErrorIs(t, f.SetQuota(ctx, own, 1<<62), admin.ErrInvalidArgument, "more bytes than can be counted")
	}
	_, err = admin.DefaultQuota("anonymous")
	assert.ErrorIs(t, err, admin.ErrInvalidArgument)

	require.NoError(t, f.Service.UpdateUserQuotas(ctx, a.UserID, func(q *quota.UserSpecs) error {
		q.User = quota.Spec{Enabled: true, MaxBytes: 15, MaxObjects: 3}
		return nil
	}))
	n, err := f.Quota(ctx, user)
	require.NoError(t, err)
	assert.EqualValues(t, 2, n, "a quota of the other API is rounded up")
	require.NoError(t, f.SetQuota(ctx, user, 7))
	q, err := f.Service.UserQuotas(ctx, a.UserID)
	require.NoError(t, err)
	assert.Equal(t, quota.Spec{Enabled: true, MaxBytes: 70, MaxObjects: 3}, q.User, "a bound on objects that holds stays")
}

func TestOstorBuckets(t *testing.T) {
	ctx := t.Context()
	f := newOffice(t, nil)
	for i, name := range []string{"ccc", "aaa", "bbb"} {
		f.AddBucket(fmt.Sprint("user", i%2), name)
	}
	_, err := f.Store.CreateBucket(ctx, objstore.BucketID{Tenant: "acme", Name: "aaa"}, &objstore.CreateBucketOptions{Owner: "acme$x"})
	require.NoError(t, err)
	names := func(found []objstore.BucketInfo, err error) (names []string) {
		require.NoError(t, err)
		for _, b := range found {
			names = append(names, b.String())
		}
		return names
	}
	assert.Equal(t, []string{"aaa", "bbb", "ccc", "acme:aaa"}, names(f.AllBuckets(ctx, "")))
	assert.Equal(t, []string{"bbb", "ccc"}, names(f.AllBuckets(ctx, "user0")))
	assert.Empty(t, names(f.AllBuckets(ctx, "nobody")))
	assert.Equal(t, []string{"aaa", "ccc", "acme:aaa"}, names(f.NamedBuckets(ctx, []string{"ccc", "none", "", "acme:aaa", "a/b", "ccc", "aaa"})))
}

// Listing costs a pass over rows, not a read for each user or bucket.
func BenchmarkOstorListings(b *testing.B) {
	const n = 10000
	f := newOffice(b, nil)
	for i := range n {
		a, err := f.CreateUser(b.Context(), fmt.Sprintf("user%05d@example.com", i), false)
		require.NoError(b, err)
		f.AddBucket(a.UID, fmt.Sprintf("bucket%05d", i))
	}
	for name, list := range map[string]func() (int, error){
		"users":    func() (int, error) { l, err := f.AllUsers(b.Context()); return len(l), err },
		"accounts": func() (int, error) { l, err := f.AllAccounts(b.Context()); return len(l), err },
		"buckets":  func() (int, error) { l, err := f.AllBuckets(b.Context(), ""); return len(l), err },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				got, err := list()
				if err != nil || got != n {
					b.Fatal(got, err)
				}
			}
		})
	}
}
