package server

import (
	"github.com/cofferstore/coffer/internal/config"
	"github.com/cofferstore/coffer/objstore/sse"
	"github.com/cofferstore/coffer/objstore/sse/keyring"
	"github.com/cofferstore/coffer/s3http/kms/barbican"
	"github.com/cofferstore/coffer/s3http/kms/vault"
)

// keyProvider returns the provider of SSE-KMS that the settings name.
func keyProvider(k *config.KMS, ring *keyring.Ring) (sse.KeyProvider, error) {
	switch k.Kind {
	case config.KMSVaultTransit:
		return vault.NewTransit(vaultOptions(k))
	case config.KMSVaultKV:
		return vault.NewKV(vaultOptions(k))
	case config.KMSBarbican:
		return barbican.New(barbican.Options{
			Address: k.Address, Keystone: k.Keystone, DefaultKey: k.Key,
			User: k.User, UserDomain: k.UserDomain, Password: k.Password,
			Project: k.Project, ProjectDomain: k.ProjectDom,
			CredentialID: k.CredentialID, Credential: k.Credential,
		})
	}
	if k.Key != "" {
		return ring.WithDefault(k.Key), nil
	}
	return ring, nil
}

func vaultOptions(k *config.KMS) vault.Options {
	o := vault.Options{Address: k.Address, Namespace: k.Namespace, Mount: k.Mount, DefaultKey: k.Key, Token: k.Token}
	if k.RoleID != "" {
		o.AppRole = &vault.AppRole{RoleID: k.RoleID, SecretID: k.SecretID}
	}
	return o
}
