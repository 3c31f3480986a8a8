package iam_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/objstore/memengine"
)

func TestRootIsGeneratedOnce(t *testing.T) {
	ix := memengine.NewIndex()
	o := &iam.Options{Sealer: masterKey(t, 1)}
	first, err := open(t, ix, o).EnsureRoot(t.Context(), "", "")
	require.NoError(t, err)
	assert.True(t, first.Created)
	assert.NotEmpty(t, first.Secret)

	d := open(t, ix, o)
	second, err := d.EnsureRoot(t.Context(), "", "")
	require.NoError(t, err)
	assert.Equal(t, iam.Root{AccessKey: first.AccessKey}, second, "a restart keeps the key and does not show it")
	k, err := d.Key(t.Context(), first.AccessKey)
	require.NoError(t, err)
	assert.Equal(t, first.Secret, k.Secret)
	assert.True(t, k.Principal.Admin)
}

func TestRootFromGivenCredentials(t *testing.T) {
	d := open(t, memengine.NewIndex(), nil)
	ensure := func(access, secret string) iam.Root {
		t.Helper()
		r, err := d.EnsureRoot(t.Context(), access, secret)
		require.NoError(t, err)
		assert.Empty(t, r.Secret, "a given secret is not repeated")
		k, err := d.Key(t.Context(), access)
		require.NoError(t, err)
		assert.Equal(t, secret, k.Secret)
		return r
	}
	gone := func(access string) {
		t.Helper()
		_, err := d.Key(t.Context(), access)
		assert.True(t, auth.Is(err, auth.ErrInvalidAccessKeyID))
	}
	generated, err := d.EnsureRoot(t.Context(), "", "")
	require.NoError(t, err)

	assert.True(t, ensure("ADMIN", "secret-1").Created)
	gone(generated.AccessKey)
	assert.False(t, ensure("ADMIN", "secret-1").Created, "the same again changes nothing")
	assert.True(t, ensure("ADMIN", "secret-2").Created, "a new secret for the same key")
	assert.True(t, ensure("BOSS", "secret-2").Created, "a new key with the same secret")
	gone("ADMIN")

	kept, err := d.EnsureRoot(t.Context(), "", "")
	require.NoError(t, err)
	assert.Equal(t, iam.Root{AccessKey: "BOSS"}, kept, "without credentials the last key stays")

	extra, err := d.CreateKey(t.Context(), iam.UserID{UID: iam.RootUID}, iam.Credentials{AccessKey: "SECOND"})
	require.NoError(t, err)
	ensure(extra.AccessKey, "secret-3")
	gone("BOSS")
}

func TestRootIsRepaired(t *testing.T) {
	root := iam.UserID{UID: iam.RootUID}
	for _, c := range []struct {
		why   string
		spoil func(*iam.Directory) error
	}{
		{"a suspended root would lock everybody out", func(d *iam.Directory) error {
			_, err := d.UpdateUser(t.Context(), root, func(u *iam.User) error { u.Suspended = true; return nil })
			return err
		}},
		{"root without rights is none", func(d *iam.Directory) error {
			_, err := d.UpdateUser(t.Context(), root, func(u *iam.User) error { u.Admin = false; return nil })
			return err
		}},
		{"an inactive key", func(d *iam.Directory) error { return d.SetKeyActive(t.Context(), "ADMIN", false) }},
		{"a removed key", func(d *iam.Directory) error { return d.RemoveKey(t.Context(), "ADMIN") }},
		{"a removed user", func(d *iam.Directory) error { return d.RemoveUser(t.Context(), root) }},
	} {
		t.Run(c.why, func(t *testing.T) {
			d := open(t, memengine.NewIndex(), nil)
			_, err := d.EnsureRoot(t.Context(), "ADMIN", "secret")
			require.NoError(t, err)
			require.NoError(t, c.spoil(d))
			_, err = d.EnsureRoot(t.Context(), "ADMIN", "secret")
			require.NoError(t, err)
			k, err := d.Key(t.Context(), "ADMIN")
			require.NoError(t, err)
			assert.True(t, k.Principal.Admin)
			assert.False(t, k.Suspended)
		})
	}
}

func TestRootRefusals(t *testing.T) {
	d, id := withUser(t, nil)
	_, err := d.CreateKey(t.Context(), id, iam.Credentials{AccessKey: "ALICE"})
	require.NoError(t, err)
	for _, c := range []struct {
		access, secret string
		want           error
		why            string
	}{
		{"ADMIN", "", iam.ErrInvalidArgument, "both or neither"},
		{"", "secret", iam.ErrInvalidArgument, "both or neither"},
		{"A/B", "secret", iam.ErrInvalidArgument, "not an access key"},
		{"ALICE", "secret", iam.ErrKeyExists, "another user's key is not taken away"},
	} {
		_, err := d.EnsureRoot(t.Context(), c.access, c.secret)
		assert.ErrorIs(t, err, c.want, c.why)
	}
}
