package admin_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/objstore/memengine"
)

// The seed and the code are those of RFC 6238, appendix B.
func TestMFADevices(t *testing.T) {
	ctx, seed, alice := t.Context(), []byte("12345678901234567890"), iam.UserID{UID: "alice"}
	users, err := iam.Open(memengine.NewIndex(), &iam.Options{Now: func() time.Time { return time.Unix(2000000000, 0) }})
	require.NoError(t, err)
	s := admin.New(users, nil, nil)
	_, err = s.MFADevices(ctx, alice)
	require.ErrorIs(t, err, iam.ErrNoSuchUser, "nobody has no list")
	_, err = s.CreateUser(ctx, iam.Account{User: iam.User{UserID: alice, DisplayName: "Alice"}})
	require.NoError(t, err)

	_, err = s.CreateMFADevice(ctx, alice, iam.MFADevice{Serial: "phone", Window: 2}, nil)
	require.NoError(t, err)
	_, err = s.CreateMFADevice(ctx, alice, iam.MFADevice{Serial: "phone", Base32: true}, seed)
	require.NoError(t, err, "the second one replaces the first")
	m, err := s.MFADevice(ctx, alice, "phone")
	require.NoError(t, err)
	assert.True(t, m.Base32)
	secret, err := s.MFASecret(ctx, alice, "phone")
	require.NoError(t, err)
	assert.Equal(t, seed, secret.Seed)

	require.ErrorIs(t, s.CheckMFA(ctx, alice, "pager", "279037"), iam.ErrNoSuchDevice)
	assert.True(t, auth.Is(s.CheckMFA(ctx, alice, "phone", "000000"), auth.ErrAccessDenied))
	require.NoError(t, s.CheckMFA(ctx, alice, "phone", "279037"))
	assert.True(t, auth.Is(s.CheckMFA(ctx, alice, "phone", "279037"), auth.ErrAccessDenied), "a code is taken once")
	require.ErrorIs(t, s.ResyncMFADevice(ctx, alice, "phone", "111111", "222222"), iam.ErrCodesNotFound)
	require.NoError(t, s.RemoveMFADevice(ctx, alice, "phone"))
	_, err = s.MFADevice(ctx, alice, "phone")
	require.ErrorIs(t, err, iam.ErrNoSuchDevice)
}
