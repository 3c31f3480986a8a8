package iam_test

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/objstore/memengine"
)

func withUser(t testing.TB, o *iam.Options) (*iam.Directory, iam.UserID) {
	t.Helper()
	d := open(t, memengine.NewIndex(), o)
	id := iam.UserID{Tenant: "acme", UID: "alice"}
	_, err := d.CreateUser(t.Context(), iam.User{UserID: id, DisplayName: "Alice"})
	require.NoError(t, err)
	return d, id
}

func TestGeneratedKeys(t *testing.T) {
	d, id := withUser(t, nil)
	c, err := d.CreateKey(t.Context(), id, iam.Credentials{})
	require.NoError(t, err)
	assert.Regexp(t, regexp.MustCompile(`^[A-Z0-9]{20}$`), c.AccessKey)
	assert.Regexp(t, regexp.MustCompile(`^[A-Za-z0-9]{40}$`), c.Secret)

	k, err := d.Key(t.Context(), c.AccessKey)
	require.NoError(t, err)
	assert.Equal(t, auth.Key{AccessKey: c.AccessKey, Secret: c.Secret, Principal: auth.Principal{
		ID: "acme$alice", Tenant: "acme", DisplayName: "Alice",
	}}, k)
	again, err := d.Key(t.Context(), c.AccessKey)
	require.NoError(t, err)
	assert.Equal(t, k, again, "the cache tells the same")
}

func TestKeyArguments(t *testing.T) {
	d, id := withUser(t, nil)
	for _, c := range []struct {
		given iam.Credentials
		ok    bool
		why   string
	}{
		{iam.Credentials{AccessKey: "minio", Secret: "s"}, true, "short keys exist in the world"},
		{iam.Credentials{AccessKey: "a/b"}, false, "the slash separates the credential scope"},
		{iam.Credentials{AccessKey: "a:b"}, false, "the colon separates the signature of version 2"},
		{iam.Credentials{AccessKey: "a b"}, false, "no spaces"},
		{iam.Credentials{AccessKey: strings.Repeat("a", iam.MaxAccessKeyLen+1)}, false, "access key too long"},
		{iam.Credentials{AccessKey: "long", Secret: strings.Repeat("a", iam.MaxSecretLen+1)}, false, "secret too long"},
		{iam.Credentials{AccessKey: "odd", Secret: "a\nb"}, false, "secrets are printable ASCII"},
	} {
		t.Run(c.why, func(t *testing.T) {
			_, err := d.CreateKey(t.Context(), id, c.given)
			if c.ok {
				assert.NoError(t, err)
				return
			}
			assert.ErrorIs(t, err, iam.ErrInvalidArgument)
		})
	}
	_, err := d.CreateKey(t.Context(), id, iam.Credentials{AccessKey: "minio"})
	assert.ErrorIs(t, err, iam.ErrKeyExists)
	_, err = d.CreateKey(t.Context(), iam.UserID{UID: "nobody"}, iam.Credentials{})
	assert.ErrorIs(t, err, iam.ErrNoSuchUser)
	_, err = d.Key(t.Context(), "no\x00such\xffkey")
	assert.True(t, auth.Is(err, auth.ErrInvalidAccessKeyID), "what cannot be a key is an unknown key")
}

func TestKeysPerUserAreBounded(t *testing.T) {
	d, id := withUser(t, nil)
	for i := range iam.MaxKeysPerUser {
		_, err := d.CreateKey(t.Context(), id, iam.Credentials{AccessKey: "k" + strconv.Itoa(i)})
		require.NoError(t, err)
	}
	_, err := d.CreateKey(t.Context(), id, iam.Credentials{})
	assert.ErrorIs(t, err, iam.ErrTooManyKeys)
	require.NoError(t, d.RemoveUser(t.Context(), id), "the fullest user can be removed")
	_, err = d.Key(t.Context(), "k0")
	assert.True(t, auth.Is(err, auth.ErrInvalidAccessKeyID), "keys go with their user")
}

// TestChangesShowAtOnce walks every change that a cached key depends on.
func TestChangesShowAtOnce(t *testing.T) {
	for _, c := range []struct {
		why    string
		change func(*iam.Directory, iam.UserID, string) error
		check  func(*testing.T, auth.Key, error)
	}{
		{"suspending a user cuts off the keys", func(d *iam.Directory, id iam.UserID, _ string) error {
			_, err := d.UpdateUser(t.Context(), id, func(u *iam.User) error { u.Suspended = true; return nil })
			return err
		}, func(t *testing.T, k auth.Key, err error) { assert.NoError(t, err); assert.True(t, k.Suspended) }},
		{"a key can be switched off alone", func(d *iam.Directory, _ iam.UserID, key string) error {
			return d.SetKeyActive(t.Context(), key, false)
		}, func(t *testing.T, k auth.Key, err error) { assert.NoError(t, err); assert.True(t, k.Suspended) }},
		{"a removed key is unknown", func(d *iam.Directory, _ iam.UserID, key string) error {
			return d.RemoveKey(t.Context(), key)
		}, func(t *testing.T, _ auth.Key, err error) { assert.True(t, auth.Is(err, auth.ErrInvalidAccessKeyID)) }},
		{"a removed user's key is unknown", func(d *iam.Directory, id iam.UserID, _ string) error {
			return d.RemoveUser(t.Context(), id)
		}, func(t *testing.T, _ auth.Key, err error) { assert.True(t, auth.Is(err, auth.ErrInvalidAccessKeyID)) }},
		{"a new name is told", func(d *iam.Directory, id iam.UserID, _ string) error {
			_, err := d.UpdateUser(t.Context(), id, func(u *iam.User) error { u.DisplayName = "A."; return nil })
			return err
		}, func(t *testing.T, k auth.Key, err error) {
			assert.NoError(t, err)
			assert.Equal(t, "A.", k.Principal.DisplayName)
		}},
	} {
		t.Run(c.why, func(t *testing.T) {
			d, id := withUser(t, nil)
			cred, err := d.CreateKey(t.Context(), id, iam.Credentials{})
			require.NoError(t, err)
			_, err = d.Key(t.Context(), cred.AccessKey)
			require.NoError(t, err)
			require.NoError(t, c.change(d, id, cred.AccessKey))
			k, err := d.Key(t.Context(), cred.AccessKey)
			c.check(t, k, err)
		})
	}
}

// TestCacheUnderChange lets readers fill the cache while a writer changes the
// user: a value that the writer has already replaced must not stay.
func TestCacheUnderChange(t *testing.T) {
	d, id := withUser(t, nil)
	cred, err := d.CreateKey(t.Context(), id, iam.Credentials{})
	require.NoError(t, err)
	var done atomic.Bool
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for !done.Load() {
				_, err := d.Key(t.Context(), cred.AccessKey)
				assert.NoError(t, err)
			}
		})
	}
	for i := range 500 {
		name := strconv.Itoa(i)
		_, err := d.UpdateUser(t.Context(), id, func(u *iam.User) error { u.DisplayName = name; return nil })
		require.NoError(t, err)
		k, err := d.Key(t.Context(), cred.AccessKey)
		require.NoError(t, err)
		require.Equal(t, name, k.Principal.DisplayName)
	}
	done.Store(true)
	wg.Wait()
}

func TestSharedIndexIsReadAgain(t *testing.T) {
	ix := memengine.NewIndex()
	now := time.Unix(1e9, 0)
	o := &iam.Options{Sealer: masterKey(t, 1), MaxStale: time.Second, Now: func() time.Time { return now }}
	here, there := open(t, ix, o), open(t, ix, o)
	root, err := there.EnsureRoot(t.Context(), "", "")
	require.NoError(t, err)
	_, err = here.Key(t.Context(), root.AccessKey)
	require.NoError(t, err)
	require.NoError(t, there.RemoveKey(t.Context(), root.AccessKey))

	now = now.Add(time.Second - 1)
	_, err = here.Key(t.Context(), root.AccessKey)
	assert.NoError(t, err, "younger than the bound: from the cache")
	now = now.Add(1)
	_, err = here.Key(t.Context(), root.AccessKey)
	assert.True(t, auth.Is(err, auth.ErrInvalidAccessKeyID), "at the bound the index is asked")
}

func TestCacheIsBounded(t *testing.T) {
	d, id := withUser(t, &iam.Options{CacheSize: 2})
	for _, name := range []string{"a", "b", "c", "a", "b", "c"} {
		_, err := d.CreateKey(t.Context(), id, iam.Credentials{AccessKey: name, Secret: name})
		if err != nil {
			require.ErrorIs(t, err, iam.ErrKeyExists)
		}
		k, err := d.Key(t.Context(), name)
		require.NoError(t, err)
		assert.Equal(t, name, k.Secret)
	}
}

func BenchmarkKey(b *testing.B) {
	d, id := withUser(b, nil)
	cred, err := d.CreateKey(b.Context(), id, iam.Credentials{})
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.Key(b.Context(), cred.AccessKey); err != nil {
			b.Fatal(err)
		}
	}
}
