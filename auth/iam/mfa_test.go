package iam_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/objstore/memengine"
)

// rfcSeed and its codes are those of RFC 6238, appendix B (SHA-1, the last six
// of eight digits).
const rfcSeed = "12345678901234567890"

func TestMFACodes(t *testing.T) {
	id := iam.UserID{UID: "alice"}
	for _, tt := range []struct {
		why   string
		at    int64
		code  string
		taken bool
	}{
		{"RFC 6238", 1111111109, "081804", true},
		{"RFC 6238", 1234567890, "005924", true},
		{"RFC 6238", 2000000000, "279037", true},
		{"another code", 2000000000, "279038", false},
		{"of a period ago", 2000000030, "279037", true},
		{"of the next period", 1999999970, "279037", true},
		{"of two periods ago", 2000000060, "279037", false},
		{"no code", 2000000000, "", false},
		{"eight digits", 2000000000, "69279037", false},
	} {
		d := open(t, memengine.NewIndex(), &iam.Options{Now: func() time.Time { return time.Unix(tt.at, 0) }})
		_, err := d.CreateUser(t.Context(), iam.User{UserID: id})
		require.NoError(t, err)
		_, err = d.AddMFADevice(t.Context(), id, iam.MFADevice{Serial: "phone"}, []byte(rfcSeed))
		require.NoError(t, err)
		err = d.VerifyMFA(t.Context(), "alice", "phone", tt.code)
		assert.Equal(t, tt.taken, err == nil, tt.why)
		if !tt.taken {
			assert.ErrorIs(t, err, auth.ErrAccessDenied, tt.why)
		}
	}
}

func TestMFADevices(t *testing.T) {
	ctx, now := t.Context(), time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	ix := memengine.NewIndex()
	master := masterKey(t, 1)
	d := open(t, ix, &iam.Options{Now: func() time.Time { return now }, Sealer: master})
	alice := iam.UserID{Tenant: "acme", UID: "alice"}
	_, err := d.AddMFADevice(ctx, alice, iam.MFADevice{Serial: "a"}, nil)
	assert.ErrorIs(t, err, iam.ErrNoSuchUser)
	_, err = d.CreateUser(ctx, iam.User{UserID: alice})
	require.NoError(t, err)
	secret, err := d.AddMFADevice(ctx, alice, iam.MFADevice{Serial: "arn:aws:iam::1:mfa/alice"}, nil)
	require.NoError(t, err)

	u, err := url.Parse(secret.URL)
	require.NoError(t, err)
	assert.Equal(t, "Coffer:acme$alice", u.Path[1:])
	code, err := totp.GenerateCode(u.Query().Get("secret"), now)
	require.NoError(t, err)
	verify := func(serial, code string) error { return d.VerifyMFA(ctx, "acme$alice", serial, code) }
	require.ErrorIs(t, verify("other", code), auth.ErrAccessDenied)
	require.ErrorIs(t, d.VerifyMFA(ctx, "alice", "arn:aws:iam::1:mfa/alice", code), auth.ErrAccessDenied, "another tenant's alice")
	d = open(t, ix, &iam.Options{Now: func() time.Time { return now }, Sealer: master})
	require.NoError(t, verify("arn:aws:iam::1:mfa/alice", code), "the device survives a restart")
	require.ErrorIs(t, verify("arn:aws:iam::1:mfa/alice", code), auth.ErrAccessDenied, "a code is taken once")
	before, err := totp.GenerateCode(u.Query().Get("secret"), now.Add(-30*time.Second))
	require.NoError(t, err)
	require.ErrorIs(t, verify("arn:aws:iam::1:mfa/alice", before), auth.ErrAccessDenied, "nor one before it")

	devices, err := d.MFADevices(ctx, alice)
	require.NoError(t, err)
	assert.Equal(t, []iam.MFADevice{{Serial: "arn:aws:iam::1:mfa/alice", Period: 30 * time.Second, Window: 1, Created: now}}, devices)
	_, err = d.AddMFADevice(ctx, alice, iam.MFADevice{Serial: "arn:aws:iam::1:mfa/alice"}, nil)
	assert.ErrorIs(t, err, iam.ErrDeviceExists)
	for i := 1; i < iam.MaxMFAPerUser; i++ {
		_, err = d.AddMFADevice(ctx, alice, iam.MFADevice{Serial: string(rune('a' + i))}, nil)
		require.NoError(t, err)
	}
	_, err = d.AddMFADevice(ctx, alice, iam.MFADevice{Serial: "z"}, nil)
	assert.ErrorIs(t, err, iam.ErrTooManyDevices)
	require.NoError(t, d.RemoveMFADevice(ctx, alice, "b"))
	assert.ErrorIs(t, d.RemoveMFADevice(ctx, alice, "b"), iam.ErrNoSuchDevice)

	require.NoError(t, d.RemoveUser(ctx, alice))
	_, err = d.CreateUser(ctx, iam.User{UserID: alice})
	require.NoError(t, err)
	devices, err = d.MFADevices(ctx, alice)
	require.NoError(t, err)
	assert.Empty(t, devices, "who comes to have the name does not inherit the devices")
}

func TestMFAArguments(t *testing.T) {
	d := open(t, memengine.NewIndex(), nil)
	id := iam.UserID{UID: "alice"}
	_, err := d.CreateUser(t.Context(), iam.User{UserID: id})
	require.NoError(t, err)
	for _, tt := range []struct {
		why  string
		m    iam.MFADevice
		seed []byte
	}{
		{"no serial number", iam.MFADevice{}, nil},
		{"a space ends it in a header", iam.MFADevice{Serial: "a b"}, nil},
		{"a zero byte ends it in a row", iam.MFADevice{Serial: "a\x00b"}, nil},
		{"a period of parts of seconds", iam.MFADevice{Serial: "a", Period: 1500 * time.Millisecond}, nil},
		{"a long period", iam.MFADevice{Serial: "a", Period: time.Hour}, nil},
		{"a wide window", iam.MFADevice{Serial: "a", Window: iam.MaxMFAWindow + 1}, nil},
		{"an offset of parts of periods", iam.MFADevice{Serial: "a", Offset: time.Second}, nil},
		{"a clock that is a year off", iam.MFADevice{Serial: "a", Offset: 365 * 24 * time.Hour}, nil},
		{"a short seed", iam.MFADevice{Serial: "a"}, []byte("short")},
	} {
		_, err := d.AddMFADevice(t.Context(), id, tt.m, tt.seed)
		assert.ErrorIs(t, err, iam.ErrInvalidArgument, tt.why)
	}
}

func TestMFAGuessing(t *testing.T) {
	now := time.Unix(2000000000, 0)
	d := open(t, memengine.NewIndex(), &iam.Options{Now: func() time.Time { return now }})
	id := iam.UserID{UID: "alice"}
	_, err := d.CreateUser(t.Context(), iam.User{UserID: id})
	require.NoError(t, err)
	_, err = d.AddMFADevice(t.Context(), id, iam.MFADevice{Serial: "phone"}, []byte(rfcSeed))
	require.NoError(t, err)
	right := func() error {
		code, err := totp.GenerateCode("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", now)
		require.NoError(t, err)
		return d.VerifyMFA(t.Context(), "alice", "phone", code)
	}
	guess := func(n int) {
		for range n {
			require.Error(t, d.VerifyMFA(t.Context(), "alice", "phone", "000000"))
		}
	}
	guess(4)
	require.NoError(t, right(), "some slips are free")
	now = now.Add(time.Minute)
	guess(5)
	require.Error(t, right(), "then the device pauses")
	now = now.Add(30 * time.Second)
	require.NoError(t, right(), "for a while")
	now = now.Add(time.Minute)
	guess(5)
	now = now.Add(30 * time.Second)
	guess(1)
	now = now.Add(30 * time.Second)
	require.Error(t, right(), "that doubles")
	now = now.Add(24 * time.Hour)
	guess(1)
	now = now.Add(time.Hour)
	require.NoError(t, right(), "but is never longer than an hour")

	now = now.Add(time.Minute)
	_, err = d.UpdateUser(t.Context(), id, func(u *iam.User) error { u.Suspended = true; return nil })
	require.NoError(t, err)
	assert.Error(t, right(), "a suspended user proves nothing")
}

func TestMFAResync(t *testing.T) {
	id, base := iam.UserID{UID: "alice"}, time.Unix(2000000000, 0)
	for _, tt := range []struct {
		why    string
		off    time.Duration // of the device's clock
		second time.Duration // from the first code to the second one
		period time.Duration
		want   error
	}{
		{"it is right", 0, 30 * time.Second, 0, nil},
		{"an hour ahead", time.Hour, 30 * time.Second, 0, nil},
		{"six days behind", -6 * 24 * time.Hour, 30 * time.Second, 0, nil},
		{"more than a week is no clock", 8 * 24 * time.Hour, 30 * time.Second, 0, iam.ErrCodesNotFound},
		{"codes that do not follow each other may be guesses", time.Hour, time.Minute, 0, iam.ErrCodesNotFound},
		{"one code twice proves less than two", time.Hour, 0, 0, iam.ErrCodesNotFound},
		{"the search is as long for short periods", 6 * time.Hour, time.Second, time.Second, iam.ErrCodesNotFound},
	} {
		now := base
		d := open(t, memengine.NewIndex(), &iam.Options{Now: func() time.Time { return now }})
		_, err := d.CreateUser(t.Context(), iam.User{UserID: id})
		require.NoError(t, err)
		_, err = d.AddMFADevice(t.Context(), id, iam.MFADevice{Serial: "phone", Period: tt.period}, []byte(rfcSeed))
		require.NoError(t, err)
		shown := func(at time.Time) string {
			opts := totp.ValidateOpts{Period: uint(max(tt.period, time.Second) / time.Second), Digits: 6}
			if tt.period == 0 {
				opts.Period = 30
			}
			code, err := totp.GenerateCodeCustom("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", at.Add(tt.off), opts)
			require.NoError(t, err)
			return code
		}
		first := shown(now)
		now = now.Add(tt.second)
		err = d.ResyncMFADevice(t.Context(), id, "phone", first, shown(now))
		if tt.want != nil {
			assert.ErrorIs(t, err, tt.want, tt.why)
			continue
		}
		require.NoError(t, err, tt.why)
		devices, err := d.MFADevices(t.Context(), id)
		require.NoError(t, err)
		assert.Equal(t, tt.off, devices[0].Offset, tt.why)
		assert.Error(t, d.VerifyMFA(t.Context(), "alice", "phone", shown(now)), "what was told to synchronize proves nothing later")
		now = now.Add(30 * time.Second)
		assert.NoError(t, d.VerifyMFA(t.Context(), "alice", "phone", shown(now)), tt.why)
	}
	d := open(t, memengine.NewIndex(), nil)
	assert.ErrorIs(t, d.ResyncMFADevice(t.Context(), id, "phone", "000000", "000001"), iam.ErrNoSuchDevice)
	assert.ErrorIs(t, d.ResyncMFADevice(t.Context(), id, "", "000000", "000001"), iam.ErrInvalidArgument)
}

func TestMFAReplace(t *testing.T) {
	d := open(t, memengine.NewIndex(), &iam.Options{Now: func() time.Time { return time.Unix(2000000000, 0) }, Sealer: masterKey(t, 1)})
	id := iam.UserID{UID: "alice"}
	_, err := d.CreateUser(t.Context(), iam.User{UserID: id})
	require.NoError(t, err)
	for i := range iam.MaxMFAPerUser {
		_, err := d.SetMFADevice(t.Context(), id, iam.MFADevice{Serial: string(rune('a' + i))}, nil)
		require.NoError(t, err)
	}
	_, err = d.SetMFADevice(t.Context(), id, iam.MFADevice{Serial: "z"}, nil)
	require.ErrorIs(t, err, iam.ErrTooManyDevices, "a new one counts")
	_, err = d.SetMFADevice(t.Context(), id, iam.MFADevice{Serial: "a", Base32: true}, []byte(rfcSeed))
	require.NoError(t, err, "one that is there does not")
	require.NoError(t, d.VerifyMFA(t.Context(), "alice", "a", "279037"))
	secret, err := d.MFASecret(t.Context(), id, "a")
	require.NoError(t, err)
	assert.Equal(t, rfcSeed, string(secret.Seed))
	assert.Contains(t, secret.URL, "secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
	_, err = d.MFASecret(t.Context(), id, "z")
	assert.ErrorIs(t, err, iam.ErrNoSuchDevice)
}
