package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/internal/datadir"
	"github.com/cofferstore/coffer/quota"
)

func TestProvision(t *testing.T) {
	dir := t.TempDir()
	_, _, err := open(dir)
	require.Error(t, err, "not a directory of the server")
	d, err := datadir.Open(dir, nil) // what the server does first
	require.NoError(t, err)
	require.NoError(t, d.Close())

	s, store, err := open(dir)
	require.NoError(t, err)
	var out strings.Builder
	for _, name := range []string{"alice", "bob"} {
		require.NoError(t, provision(t.Context(), s, &out, iam.UserID{Tenant: "acme", UID: name}))
	}
	require.ErrorIs(t, provision(t.Context(), s, &out, iam.UserID{Tenant: "acme", UID: "bob"}), iam.ErrUserExists)
	require.NoError(t, store.Close())
	told := regexp.MustCompile(`(?m)^acme\$(alice|bob): access key (\S+), secret key (\S+), 10 buckets, 100 GiB, 1000000 objects in each bucket$`).
		FindAllStringSubmatch(out.String(), -1)
	require.Len(t, told, 2, out.String())

	d, err = datadir.Open(dir, &datadir.Options{MustExist: true})
	require.NoError(t, err)
	defer d.Close()
	users, err := iam.Open(d.Index, &iam.Options{Sealer: d.MasterKey})
	require.NoError(t, err)
	quotas, err := quota.Open(d.Index, nil)
	require.NoError(t, err)
	for _, line := range told {
		key, err := users.Key(t.Context(), line[2])
		require.NoError(t, err)
		assert.Equal(t, line[3], key.Secret)
		assert.Equal(t, "acme$"+line[1], key.Principal.ID)
		q, err := quotas.User(t.Context(), key.Principal.ID)
		require.NoError(t, err)
		assert.True(t, q.User.Enabled && q.Bucket.Enabled)
	}
}
