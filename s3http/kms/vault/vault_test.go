package vault

import (
	"encoding/base64"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/sse"
)

func newTransit(t testing.TB, o Options) *Transit {
	t.Helper()
	p, err := NewTransit(o)
	require.NoError(t, err)
	return p
}

// roundTrip makes a data key and opens it again.
func roundTrip(t testing.TB, p sse.KeyProvider, keyID string) sse.DataKey {
	t.Helper()
	d, err := p.DataKey(t.Context(), keyID, []byte("context"))
	require.NoError(t, err)
	key, err := p.Unwrap(t.Context(), d.KeyID, d.Wrapped, []byte("context"))
	require.NoError(t, err)
	assert.True(t, d.Key.Equal(key))
	assert.NotContains(t, string(d.Wrapped), string(d.Key[:]))
	return d
}

func TestTransit(t *testing.T) {
	v := newFakeVault(t)
	v.transit["coffer"] = []sse.Key{sse.NewKey()}
	v.transit["other"] = []sse.Key{sse.NewKey()}
	p := newTransit(t, Options{Address: v.URL + "/", Token: "root", Namespace: "team"})
	ctx := t.Context()
	first := roundTrip(t, p, "")
	assert.Equal(t, "coffer", first.KeyID, "the default has a name")
	assert.Equal(t, "team", v.spaces[0])
	roundTrip(t, p, "other")
	_, err := p.Unwrap(ctx, "coffer", first.Wrapped, []byte("another"))
	assert.ErrorIs(t, err, sse.ErrWrongKey, "the context is authenticated")
	_, err = p.Unwrap(ctx, "other", first.Wrapped, []byte("context"))
	assert.ErrorIs(t, err, sse.ErrWrongKey)

	v.change(func() { v.transit["coffer"] = append(v.transit["coffer"], sse.NewKey()) })
	second := roundTrip(t, p, "coffer")
	assert.Contains(t, string(second.Wrapped), "vault:v2:", "the newest version wraps")
	_, err = p.Unwrap(ctx, "coffer", first.Wrapped, []byte("context"))
	assert.NoError(t, err, "older versions open")
	v.change(func() { v.oldest["coffer"] = 2 })
	_, err = p.Unwrap(ctx, "coffer", first.Wrapped, []byte("context"))
	assert.ErrorIs(t, err, sse.ErrKeyDisabled, "unless Vault is told otherwise")
}

func TestTransitErrors(t *testing.T) {
	v := newFakeVault(t)
	v.transit["coffer"] = []sse.Key{sse.NewKey()}
	p := newTransit(t, Options{Address: v.URL, Token: "root"})
	d := roundTrip(t, p, "")
	for _, id := range []string{"none", "../sys/seal", "a/b", "a b", "%2e%2e"} {
		calls := v.calls
		_, err := p.DataKey(t.Context(), id, nil)
		assert.ErrorIs(t, err, sse.ErrKeyNotFound, id)
		if id != "none" {
			assert.Equal(t, calls, v.calls, "what cannot be a name is not asked for: %s", id)
		}
	}
	_, err := newTransit(t, Options{Address: v.URL, Token: "wrong"}).DataKey(t.Context(), "", nil)
	assert.ErrorIs(t, err, sse.ErrKeyDenied)
	assert.NotContains(t, err.Error(), "wrong", "tokens are not told")
	v.change(func() { v.sealed = true })
	_, err = p.Unwrap(t.Context(), "coffer", d.Wrapped, []byte("context"))
	assert.ErrorIs(t, err, sse.ErrUnavailable)
	v.Close()
	_, err = p.DataKey(t.Context(), "", nil)
	assert.ErrorIs(t, err, sse.ErrUnavailable)
}

func TestAppRole(t *testing.T) {
	v := newFakeVault(t)
	v.transit["coffer"] = []sse.Key{sse.NewKey()}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	o := Options{Address: v.URL, AppRole: &AppRole{RoleID: "role", SecretID: "secret"}, Now: func() time.Time { return now }}
	p := newTransit(t, o)
	roundTrip(t, p, "")
	roundTrip(t, p, "")
	assert.Equal(t, 1, v.logins, "a token serves many calls")
	now = now.Add(15 * time.Minute)
	roundTrip(t, p, "")
	assert.Equal(t, 2, v.logins, "a token is got anew before it ends")
	v.change(func() { clear(v.tokens) })
	roundTrip(t, p, "")
	assert.Equal(t, 3, v.logins, "a revoked token is noticed")
	o.AppRole = &AppRole{RoleID: "role", SecretID: "wrong"}
	_, err := newTransit(t, o).DataKey(t.Context(), "", nil)
	assert.ErrorIs(t, err, sse.ErrKeyDenied)
}

func TestKV(t *testing.T) {
	v := newFakeVault(t)
	secret := func() string { k := sse.NewKey(); return base64.StdEncoding.EncodeToString(k[:]) }
	v.kv["coffer"] = []string{secret()}
	v.kv["team/keys/a"] = []string{secret()}
	v.kv["short"] = []string{base64.StdEncoding.EncodeToString([]byte("x"))}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	p, err := NewKV(Options{Address: v.URL, Token: "root", Now: func() time.Time { return now }})
	require.NoError(t, err)
	ctx := t.Context()
	first := roundTrip(t, p, "")
	roundTrip(t, p, "team/keys/a")
	calls := v.calls
	roundTrip(t, p, "")
	assert.Equal(t, calls, v.calls, "a secret is kept for a while")

	v.change(func() { v.kv["coffer"] = append(v.kv["coffer"], secret()) })
	now = now.Add(5 * time.Minute)
	second := roundTrip(t, p, "")
	assert.Equal(t, byte(2), second.Wrapped[0], "a rotated secret is noticed")
	key, err := p.Unwrap(ctx, "coffer", first.Wrapped, []byte("context"))
	require.NoError(t, err, "older versions open")
	assert.True(t, key.Equal(first.Key))
	v.change(func() { v.kv["coffer"][0] = "" })
	now = now.Add(5 * time.Minute)
	_, err = p.Unwrap(ctx, "coffer", first.Wrapped, []byte("context"))
	assert.ErrorIs(t, err, sse.ErrKeyDisabled, "a deleted version")
	for _, id := range []string{"none", "../sys/x", "a//b", "/a", "a?version=1"} {
		_, err = p.DataKey(ctx, id, nil)
		assert.ErrorIs(t, err, sse.ErrKeyNotFound, id)
	}
	_, err = p.DataKey(ctx, "short", nil)
	assert.ErrorIs(t, err, sse.ErrKeyDisabled, "a secret that is no key")
}

func TestOptions(t *testing.T) {
	for why, o := range map[string]Options{
		"no address":    {Token: "x"},
		"no URL":        {Address: "vault:8200", Token: "x"},
		"nobody":        {Address: "http://vault:8200"},
		"two at a time": {Address: "http://vault:8200", Token: "x", AppRole: &AppRole{}},
	} {
		_, err := NewTransit(o)
		assert.ErrorIs(t, err, ErrOptions, why)
		_, err = NewKV(o)
		assert.ErrorIs(t, err, ErrOptions, why)
	}
}

// TestRealVault runs against a server with a transit key "coffer" and a kv
// secret "coffer" with the field "key":
//
//	VAULT_ADDR=http://127.0.0.1:8200 VAULT_TOKEN=root go test ./s3http/kms/vault
func TestRealVault(t *testing.T) {
	address, token := os.Getenv("VAULT_ADDR"), os.Getenv("VAULT_TOKEN")
	if address == "" || token == "" {
		t.Skip("VAULT_ADDR and VAULT_TOKEN name no server")
	}
	o := Options{Address: address, Token: token}
	p := newTransit(t, o)
	d := roundTrip(t, p, "")
	_, err := p.Unwrap(t.Context(), d.KeyID, d.Wrapped, []byte("another"))
	assert.ErrorIs(t, err, sse.ErrWrongKey)
	_, err = p.Unwrap(t.Context(), "there-is-no-such-key", d.Wrapped, []byte("context"))
	assert.ErrorIs(t, err, sse.ErrKeyNotFound)
	secrets, err := NewKV(o)
	require.NoError(t, err)
	roundTrip(t, secrets, "")
	_, err = secrets.DataKey(t.Context(), "there-is-no-such-key", nil)
	assert.ErrorIs(t, err, sse.ErrKeyNotFound)
}
