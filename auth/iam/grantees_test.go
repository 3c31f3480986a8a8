package iam

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth/acl"
	"github.com/cofferstore/coffer/objstore/memengine"
)

func TestGrantees(t *testing.T) {
	ctx := context.Background()
	d, err := Open(memengine.New().Index, nil)
	require.NoError(t, err)
	_, err = d.CreateUser(ctx, User{UserID: UserID{Tenant: "t", UID: "carol"}, DisplayName: "Carol", Email: "Carol@x.org"})
	require.NoError(t, err)
	carol := acl.Owner{ID: "t$carol", DisplayName: "Carol"}
	for _, tt := range []struct {
		why, id, email string
		want           acl.Owner
	}{
		{"the canonical id is the full name", "t$carol", "", carol},
		{"an e-mail address in any case", "", "carol@X.org", carol},
		{"the same name in another tenant", "carol", "", acl.Owner{}},
		{"what no name can be", "a b$c$d", "", acl.Owner{}},
		{"an unknown address", "", "dave@x.org", acl.Owner{}},
		{"no address", "", "nobody", acl.Owner{}},
	} {
		find, what := d.Grantees().ByEmail, tt.email
		if tt.id != "" {
			find, what = d.Grantees().ByID, tt.id
		}
		got, err := find(ctx, what)
		assert.Equal(t, tt.want, got, tt.why)
		if tt.want.ID == "" {
			assert.ErrorIs(t, err, acl.ErrNoSuchUser, tt.why)
		} else {
			assert.NoError(t, err, tt.why)
		}
	}
}
