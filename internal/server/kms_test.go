package server

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/internal/config"
	"github.com/cofferstore/coffer/objstore/sse/keyring"
	"github.com/cofferstore/coffer/s3http/kms"
	"github.com/cofferstore/coffer/s3http/kms/vault"
)

func TestKeyProvider(t *testing.T) {
	ring := keyring.NewMemory()
	require.NoError(t, ring.Create("mine"))
	for _, c := range []struct {
		why      string
		settings config.KMS
		want     any
	}{
		{"the default", config.KMS{Kind: config.KMSKeyRing}, ring},
		{"transit", config.KMS{Kind: config.KMSVaultTransit, Address: "http://v", Token: "t"}, &vault.Transit{}},
		{"kv", config.KMS{Kind: config.KMSVaultKV, Address: "http://v", RoleID: "r", SecretID: "s"}, &kms.Secrets{}},
		{"Barbican", config.KMS{Kind: config.KMSBarbican, Address: "http://b", Keystone: "http://k", User: "u", Password: "p", Project: "s"}, &kms.Secrets{}},
	} {
		p, err := keyProvider(&c.settings, ring)
		require.NoError(t, err, c.why)
		assert.IsType(t, c.want, p, c.why)
	}
	p, err := keyProvider(&config.KMS{Kind: config.KMSKeyRing, Key: "mine"}, ring)
	require.NoError(t, err)
	d, err := p.DataKey(t.Context(), "", nil)
	require.NoError(t, err)
	assert.Equal(t, "mine", d.KeyID)
	_, err = keyProvider(&config.KMS{Kind: config.KMSVaultTransit, Address: "http://v"}, ring)
	assert.ErrorIs(t, err, vault.ErrOptions, "nobody to be")
}
