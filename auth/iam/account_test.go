package iam_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/memengine"
)

func account(t *testing.T, d *iam.Directory) iam.Account {
	t.Helper()
	a := iam.Account{User: iam.User{
		UserID: iam.UserID{Tenant: "acme", UID: "alice"}, Email: "a@example.com",
		Subusers: []iam.Subuser{{Name: "swift", Access: iam.AccessFull}, {Name: "reader", Access: iam.AccessRead}},
		Caps:     iam.Caps{{Type: "users", Perm: iam.PermRead}},
	}}
	_, err := a.SetKey(iam.AccountKey{AccessKey: "ALICE", Secret: "alice-secret"})
	require.NoError(t, err)
	_, err = a.SetKey(iam.AccountKey{AccessKey: "READER", Secret: "reader-secret", Subuser: "reader"})
	require.NoError(t, err)
	require.NoError(t, a.SetSwiftKey(iam.SwiftKey{Subuser: "swift", Secret: "swift-secret"}))
	a, err = d.CreateAccount(t.Context(), a)
	require.NoError(t, err)
	return a
}

func TestAccountLifeCycle(t *testing.T) {
	ctx, ix := t.Context(), memengine.NewIndex()
	d := open(t, ix, nil)
	a := account(t, d)
	got, err := d.Account(ctx, a.UserID)
	require.NoError(t, err)
	assert.Equal(t, a, got)
	owner, err := d.KeyOwner(ctx, "READER")
	require.NoError(t, err)
	assert.Equal(t, a.UserID, owner)

	require.NoError(t, ix.View(ctx, func(r driver.Reader) error {
		c := r.Scan(nil, nil, driver.ScanOptions{})
		defer c.Close()
		for c.Next() {
			v, err := c.Value()
			require.NoError(t, err)
			for _, secret := range []string{"alice-secret", "reader-secret", "swift-secret"} {
				assert.NotContains(t, string(v), secret, "row %q", c.Key())
			}
		}
		return c.Close()
	}))

	_, err = d.Key(ctx, "ALICE") // into the cache
	require.NoError(t, err)
	_, err = d.UpdateAccount(ctx, a.UserID, func(a *iam.Account) error {
		_, err := a.SetKey(iam.AccountKey{AccessKey: "ALICE", Secret: "changed"})
		a.Suspended = true
		return err
	})
	require.NoError(t, err)
	k, err := d.Key(ctx, "ALICE")
	require.NoError(t, err)
	assert.Equal(t, "changed", k.Secret, "a changed secret holds at once")
	assert.True(t, k.Suspended, "so does a suspension")

	require.NoError(t, d.RemoveUser(ctx, a.UserID))
	_, err = d.Key(ctx, "READER")
	assert.True(t, auth.Is(err, auth.ErrInvalidAccessKeyID))
	again, err := d.CreateAccount(ctx, iam.Account{User: iam.User{UserID: a.UserID}})
	require.NoError(t, err)
	assert.Empty(t, again.SwiftKeys)
	again, err = d.Account(ctx, a.UserID)
	require.NoError(t, err)
	assert.Empty(t, again.SwiftKeys, "a new user of an old name inherits no secret")
}

func TestAccountRefusals(t *testing.T) {
	ctx := t.Context()
	d := open(t, memengine.NewIndex(), nil)
	a := account(t, d)
	other, err := d.CreateAccount(ctx, iam.Account{User: iam.User{UserID: iam.UserID{UID: "bob"}}})
	require.NoError(t, err)
	mine := errors.New("changed my mind")
	for _, c := range []struct {
		why    string
		change func(*iam.Account) error
		want   error
	}{
		{"another user's key", func(a *iam.Account) error {
			_, err := a.SetKey(iam.AccountKey{AccessKey: "ALICE"})
			return err
		}, iam.ErrKeyExists},
		{"another user's address", func(a *iam.Account) error { a.Email = "A@example.com"; return nil }, iam.ErrEmailExists},
		{"a key of nobody", func(a *iam.Account) error {
			_, err := a.SetKey(iam.AccountKey{AccessKey: "NEW", Subuser: "none"})
			return err
		}, iam.ErrNoSuchSubuser},
		{"a Swift key of nobody", func(a *iam.Account) error { return a.SetSwiftKey(iam.SwiftKey{Subuser: "none"}) }, iam.ErrNoSuchSubuser},
		{"a subuser that reads like another user's", func(a *iam.Account) error {
			a.Subusers = []iam.Subuser{{Name: "x:y"}}
			return nil
		}, iam.ErrInvalidArgument},
		{"one name twice", func(a *iam.Account) error { a.Subusers = []iam.Subuser{{Name: "x"}, {Name: "x"}}; return nil }, iam.ErrInvalidArgument},
		{"another name", func(a *iam.Account) error { a.UID = "robert"; return nil }, iam.ErrInvalidArgument},
		{"the caller's own reason", func(a *iam.Account) error { a.Admin = true; return mine }, mine},
	} {
		_, err := d.UpdateAccount(ctx, other.UserID, c.change)
		assert.ErrorIs(t, err, c.want, c.why)
		got, err := d.Account(ctx, other.UserID)
		require.NoError(t, err)
		assert.Equal(t, other, got, "%s: a refused change leaves nothing behind", c.why)
	}
	_, err = d.CreateAccount(ctx, iam.Account{User: iam.User{UserID: a.UserID}})
	assert.ErrorIs(t, err, iam.ErrUserExists)
}

func TestKeysOfSubusers(t *testing.T) {
	ctx := t.Context()
	d := open(t, memengine.NewIndex(), nil)
	a := account(t, d)
	k, err := d.Key(ctx, "READER")
	require.NoError(t, err)
	assert.Equal(t, "acme$alice", k.Principal.ID, "a subuser acts as its user")
	assert.Equal(t, auth.OpWrite|auth.OpDelete, k.Principal.Withheld)
	_, err = d.UpdateAccount(ctx, a.UserID, func(a *iam.Account) error {
		a.Subuser("reader").Access, a.Withheld = iam.AccessFull, auth.OpDelete
		return nil
	})
	require.NoError(t, err)
	k, err = d.Key(ctx, "READER")
	require.NoError(t, err)
	assert.Equal(t, auth.OpDelete, k.Principal.Withheld, "the mask of the user holds for subusers too")
	got, err := d.UpdateAccount(ctx, a.UserID, func(a *iam.Account) error { assert.True(t, a.RemoveSubuser("reader")); return nil })
	require.NoError(t, err)
	assert.Len(t, got.Keys, 1, "keys go with their subuser")
	_, err = d.Key(ctx, "READER")
	assert.True(t, auth.Is(err, auth.ErrInvalidAccessKeyID))
}

func TestCaps(t *testing.T) {
	for _, c := range []struct{ in, want, why string }{
		{"users=read", "users=read", "one"},
		{" usage = read , write ; zone = * ", "usage=* zone=*", "spaces do not count"},
		{"users=read;buckets=*;users=write", "buckets=* users=*", "sorted, and united"},
		{"users=fly", "users=<none>", "an unknown permission is none"},
		{"users", "error", "no permission at all"},
		{"nonsense=read", "error", "an unknown type"},
		{"", "error", "nothing"},
		{";", "error", "nothing twice"},
	} {
		caps, err := iam.ParseCaps(c.in)
		got := ""
		for _, have := range caps {
			got += " " + have.Type + "=" + have.Perm.String()
		}
		if err != nil {
			assert.ErrorIs(t, err, iam.ErrInvalidCapability)
			got = " error"
		}
		assert.Equal(t, " "+c.want, got, c.why)
	}
	caps := iam.Caps{{"buckets", iam.PermRead}, {"users", iam.PermRead | iam.PermWrite}}
	assert.True(t, caps.Allow("users", iam.PermWrite))
	assert.False(t, caps.Allow("buckets", iam.PermWrite))
	assert.False(t, caps.Allow("usage", iam.PermRead))
	assert.Equal(t, iam.Caps{{"users", iam.PermWrite}}, caps.Remove(iam.Caps{{"users", iam.PermRead}, {"buckets", iam.PermRead}, {"zone", iam.PermRead}}))
}

func FuzzParseCaps(f *testing.F) {
	f.Add("users=read,write;buckets=*")
	f.Add("=;,=*")
	f.Fuzz(func(t *testing.T, s string) {
		caps, err := iam.ParseCaps(s)
		if err == nil {
			assert.NotEmpty(t, caps)
			assert.Equal(t, caps, iam.Caps(nil).Add(caps), "parsed capabilities are sorted and each is there once")
		}
	})
}

func TestOps(t *testing.T) {
	for _, c := range []struct {
		in, want string
		ops      auth.Ops
	}{
		{"read", "read", auth.OpRead},
		{"delete,read", "read, delete", auth.OpRead | auth.OpDelete},
		{"*", "read, write, delete", auth.OpsAll},
		{"fly", "<none>", 0},
	} {
		assert.Equal(t, c.ops, iam.ParseOps(c.in))
		assert.Equal(t, c.want, iam.FormatOps(c.ops))
	}
}
