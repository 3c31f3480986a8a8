package iam_test

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/memengine"
)

func masterKey(t testing.TB, fill byte) *iam.MasterKey {
	t.Helper()
	m, err := iam.NewMasterKey(bytes.Repeat([]byte{fill}, iam.MasterKeySize))
	require.NoError(t, err)
	return m
}

func open(t testing.TB, ix driver.Index, o *iam.Options) *iam.Directory {
	t.Helper()
	d, err := iam.Open(ix, o)
	require.NoError(t, err)
	return d
}

func TestUserLifeCycle(t *testing.T) {
	ctx := t.Context()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	d := open(t, memengine.NewIndex(), &iam.Options{Now: func() time.Time { return now }})
	alice := iam.UserID{Tenant: "acme", UID: "alice"}

	made, err := d.CreateUser(ctx, iam.User{UserID: alice, DisplayName: "Alice", Email: "Alice@example.com", MaxBuckets: 7})
	require.NoError(t, err)
	assert.Equal(t, now, made.Created)

	got, err := d.User(ctx, alice)
	require.NoError(t, err)
	assert.Equal(t, made, got)
	assert.Equal(t, "Alice", d.DisplayName(ctx, "acme$alice"))
	assert.Equal(t, "acme$bob", d.DisplayName(ctx, "acme$bob"), "an unknown user is shown as it is named")

	got, err = d.UpdateUser(ctx, alice, func(u *iam.User) error { u.Email, u.Suspended = "new@example.com", true; return nil })
	require.NoError(t, err)
	assert.True(t, got.Suspended)
	_, err = d.UserByEmail(ctx, "alice@example.com")
	assert.ErrorIs(t, err, iam.ErrNoSuchUser, "an old address must not find the user")
	got, err = d.UserByEmail(ctx, "NEW@example.com")
	require.NoError(t, err, "addresses are found in upper and lower case")
	assert.Equal(t, alice, got.UserID)

	require.NoError(t, d.RemoveUser(ctx, alice))
	_, err = d.User(ctx, alice)
	assert.ErrorIs(t, err, iam.ErrNoSuchUser)
	_, err = d.CreateUser(ctx, iam.User{UserID: iam.UserID{UID: "bob"}, Email: "new@example.com"})
	assert.NoError(t, err, "a removed user's address is free again")
}

func TestUserConflicts(t *testing.T) {
	ctx := t.Context()
	d := open(t, memengine.NewIndex(), nil)
	_, err := d.CreateUser(ctx, iam.User{UserID: iam.UserID{UID: "alice"}, Email: "a@example.com"})
	require.NoError(t, err)
	_, err = d.CreateUser(ctx, iam.User{UserID: iam.UserID{UID: "bob"}})
	require.NoError(t, err)

	_, err = d.CreateUser(ctx, iam.User{UserID: iam.UserID{UID: "alice"}})
	assert.ErrorIs(t, err, iam.ErrUserExists)
	_, err = d.CreateUser(ctx, iam.User{UserID: iam.UserID{UID: "carol"}, Email: "A@EXAMPLE.com"})
	assert.ErrorIs(t, err, iam.ErrEmailExists)
	_, err = d.User(ctx, iam.UserID{UID: "carol"})
	assert.ErrorIs(t, err, iam.ErrNoSuchUser, "a refused user leaves nothing behind")
	_, err = d.UpdateUser(ctx, iam.UserID{UID: "bob"}, func(u *iam.User) error { u.Email = "a@example.com"; return nil })
	assert.ErrorIs(t, err, iam.ErrEmailExists)
	_, err = d.UpdateUser(ctx, iam.UserID{UID: "bob"}, func(u *iam.User) error { u.UID = "robert"; return nil })
	assert.ErrorIs(t, err, iam.ErrInvalidArgument)
	assert.ErrorIs(t, d.RemoveUser(ctx, iam.UserID{UID: "nobody"}), iam.ErrNoSuchUser)

	mine := errors.New("changed my mind")
	_, err = d.UpdateUser(ctx, iam.UserID{UID: "bob"}, func(u *iam.User) error { u.Admin = true; return mine })
	assert.ErrorIs(t, err, mine)
	bob, err := d.User(ctx, iam.UserID{UID: "bob"})
	require.NoError(t, err)
	assert.False(t, bob.Admin, "an error of the function changes nothing")
}

func TestNames(t *testing.T) {
	for _, c := range []struct {
		user iam.User
		ok   bool
		why  string
	}{
		{iam.User{UserID: iam.UserID{UID: "alice"}}, true, "plain"},
		{iam.User{UserID: iam.UserID{UID: "alice@example.com"}}, true, "mail addresses are common uids"},
		{iam.User{UserID: iam.UserID{UID: "žofie", Tenant: "acme_1"}}, true, "letters of any script"},
		{iam.User{UserID: iam.UserID{}}, false, "no uid"},
		{iam.User{UserID: iam.UserID{UID: "a$b"}}, false, "the dollar separates the tenant"},
		{iam.User{UserID: iam.UserID{UID: "a:b"}}, false, "the colon separates a subuser"},
		{iam.User{UserID: iam.UserID{UID: "a/b"}}, false, "the slash separates parts of an ARN"},
		{iam.User{UserID: iam.UserID{UID: "a\x00b"}}, false, "a zero byte would end the component of a row"},
		{iam.User{UserID: iam.UserID{UID: "a\xff"}}, false, "not UTF-8"},
		{iam.User{UserID: iam.UserID{UID: strings.Repeat("a", iam.MaxUIDLen+1)}}, false, "too long"},
		{iam.User{UserID: iam.UserID{UID: "a", Tenant: "a b"}}, false, "tenants are words"},
		{iam.User{UserID: iam.UserID{UID: "a", Tenant: strings.Repeat("a", iam.MaxTenantLen+1)}}, false, "tenant too long"},
		{iam.User{UserID: iam.UserID{UID: "a"}, DisplayName: "a\nb"}, false, "a line break could forge a log line"},
		{iam.User{UserID: iam.UserID{UID: "a"}, Email: "nobody"}, false, "not an address"},
		{iam.User{UserID: iam.UserID{UID: "a"}, Email: "a@" + strings.Repeat("b", 300)}, false, "address too long"},
	} {
		t.Run(c.why, func(t *testing.T) {
			_, err := open(t, memengine.NewIndex(), nil).CreateUser(t.Context(), c.user)
			if c.ok {
				require.NoError(t, err)
				assert.Equal(t, c.user.UserID, iam.ParseUserID(c.user.String()), "the full name reads back")
				return
			}
			assert.ErrorIs(t, err, iam.ErrInvalidArgument)
		})
	}
}

func TestUsersArePaged(t *testing.T) {
	ctx := t.Context()
	d := open(t, memengine.NewIndex(), nil)
	var want []iam.UserID
	for _, tenant := range []string{"", "acme", "acme2"} {
		for i := range 5 {
			id := iam.UserID{Tenant: tenant, UID: "u" + strconv.Itoa(i)}
			_, err := d.CreateUser(ctx, iam.User{UserID: id})
			require.NoError(t, err)
			want = append(want, id)
		}
	}
	list := func(q iam.UsersQuery) (ids []iam.UserID) {
		for {
			page, err := d.Users(ctx, q)
			require.NoError(t, err)
			for _, u := range page.Users {
				ids = append(ids, u.UserID)
			}
			if !page.Truncated {
				return ids
			}
			q.After = ids[len(ids)-1]
		}
	}
	for _, limit := range []int{0, 1, 4, 5, 15, 100000} {
		assert.Equal(t, want, list(iam.UsersQuery{Limit: limit}), "pages of %d", limit)
	}
	for i, tenant := range []string{"", "acme", "acme2"} {
		assert.Equal(t, want[5*i:5*i+5], list(iam.UsersQuery{Tenant: &tenant, Limit: 2}), "tenant %q", tenant)
	}
	none := "other"
	assert.Empty(t, list(iam.UsersQuery{Tenant: &none}))
}

func TestSecretsAreSealed(t *testing.T) {
	ctx := t.Context()
	ix := memengine.NewIndex()
	d := open(t, ix, &iam.Options{Sealer: masterKey(t, 1)})
	_, err := d.CreateUser(ctx, iam.User{UserID: iam.UserID{UID: "alice"}})
	require.NoError(t, err)
	c, err := d.CreateKey(ctx, iam.UserID{UID: "alice"}, iam.Credentials{Secret: "a-very-secret-secret"})
	require.NoError(t, err)

	moved := []byte("ikSTOLEN")
	require.NoError(t, ix.Update(ctx, func(txn driver.Txn) error {
		cur := txn.Scan(nil, nil, driver.ScanOptions{})
		for cur.Next() {
			value, err := cur.Value()
			require.NoError(t, err)
			assert.NotContains(t, string(value), c.Secret, "row %q", cur.Key())
		}
		require.NoError(t, cur.Close())
		value, err := txn.Get([]byte("ik" + c.AccessKey))
		require.NoError(t, err)
		return txn.Set(moved, value)
	}))
	_, err = d.Key(ctx, "STOLEN")
	assert.ErrorIs(t, err, iam.ErrDamaged, "a sealed secret opens only in its own row")

	_, err = iam.Open(ix, &iam.Options{Sealer: masterKey(t, 2)})
	assert.ErrorIs(t, err, iam.ErrWrongMasterKey, "a wrong key shows at the start")
	k, err := open(t, ix, &iam.Options{Sealer: masterKey(t, 1)}).Key(ctx, c.AccessKey)
	require.NoError(t, err)
	assert.Equal(t, c.Secret, k.Secret)
}

func TestConcurrentChanges(t *testing.T) {
	ctx := t.Context()
	d := open(t, memengine.NewIndex(), nil)
	id := iam.UserID{UID: "alice"}
	var wg sync.WaitGroup
	var mu sync.Mutex
	created := 0
	for range 8 {
		wg.Go(func() {
			if _, err := d.CreateUser(ctx, iam.User{UserID: id}); err == nil {
				mu.Lock()
				created++
				mu.Unlock()
			}
			_, err := d.UpdateUser(ctx, id, func(u *iam.User) error { u.MaxBuckets++; return nil })
			assert.NoError(t, err)
			_, err = d.CreateKey(ctx, id, iam.Credentials{})
			assert.NoError(t, err)
		})
	}
	wg.Wait()
	assert.Equal(t, 1, created, "one of several creators wins")
	u, err := d.User(ctx, id)
	require.NoError(t, err)
	assert.Equal(t, 8, u.MaxBuckets, "no update is lost")
	keys, err := d.Keys(ctx, id)
	require.NoError(t, err)
	assert.Len(t, keys, 8)
}

// failing is an index whose Updates fail once they are broken.
type failing struct {
	driver.Index
	err error
}

func (f *failing) Update(ctx context.Context, fn func(driver.Txn) error) error {
	if err := f.Index.Update(ctx, fn); err != nil {
		return err
	}
	return f.err
}

func TestUnknownOutcomeIsNotCached(t *testing.T) {
	ctx := t.Context()
	ix := &failing{Index: memengine.NewIndex()}
	d := open(t, ix, nil)
	root, err := d.EnsureRoot(ctx, "", "")
	require.NoError(t, err)
	_, err = d.Key(ctx, root.AccessKey)
	require.NoError(t, err)

	ix.err = driver.ErrOutcomeUnknown
	err = d.RemoveKey(ctx, root.AccessKey)
	assert.ErrorIs(t, err, driver.ErrOutcomeUnknown)
	_, err = d.Key(ctx, root.AccessKey)
	assert.True(t, auth.Is(err, auth.ErrInvalidAccessKeyID), "the commit happened: the cache must not hide it")
}
