package config

import "github.com/spf13/pflag"

// Kinds of key providers of SSE-KMS.
const (
	KMSKeyRing      = "keyring"
	KMSVaultTransit = "vault-transit"
	KMSVaultKV      = "vault-kv"
	KMSBarbican     = "barbican"
)

// KMS are the settings of the key provider of SSE-KMS.
type KMS struct {
	Kind      string
	Address   string
	Key       string // default key
	Mount     string // of Vault
	Namespace string // of Vault

	Keystone            string
	User, UserDomain    string
	Project, ProjectDom string

	// Secrets, of which those of one way to prove who asks are set.

	Token                    string
	RoleID, SecretID         string
	Password                 string
	CredentialID, Credential string
}

func (k *KMS) declare(f, secrets *pflag.FlagSet) {
	f.StringVar(&k.Kind, "kms", KMSKeyRing, "`kind` of key provider of SSE-KMS: keyring, vault-transit, vault-kv or barbican")
	f.StringVar(&k.Address, "kms-address", "", "`URL` of Vault, OpenBao or Barbican")
	f.StringVar(&k.Key, "kms-key", "", "`id` of the master key where a request names none")
	f.StringVar(&k.Mount, "kms-mount", "", "`path` at which Vault has the secrets engine (default transit or secret)")
	f.StringVar(&k.Namespace, "kms-namespace", "", "`name` space of Vault")
	f.StringVar(&k.Keystone, "kms-keystone", "", "`URL` of the identity service beside Barbican")
	f.StringVar(&k.User, "kms-user", "", "`name` of the user at the identity service")
	f.StringVar(&k.UserDomain, "kms-user-domain", "Default", "`name` of the user's domain")
	f.StringVar(&k.Project, "kms-project", "", "`name` of the project at the identity service")
	f.StringVar(&k.ProjectDom, "kms-project-domain", "Default", "`name` of the project's domain")
	secrets.StringVar(&k.Token, "kms-token", "", "token for Vault")
	secrets.StringVar(&k.RoleID, "kms-role-id", "", "AppRole for Vault, in place of a token")
	secrets.StringVar(&k.SecretID, "kms-secret-id", "", "secret id of the AppRole")
	secrets.StringVar(&k.Password, "kms-password", "", "password of the user at the identity service")
	secrets.StringVar(&k.CredentialID, "kms-credential-id", "", "application credential, in place of user and password")
	secrets.StringVar(&k.Credential, "kms-credential", "", "secret of the application credential")
}

// check tells what is wrong; what the provider itself judges is left to it.
func (k *KMS) check() error {
	switch k.Kind {
	case KMSKeyRing:
		if k.Address != "" {
			return usage("kms-address needs kms to be vault-transit, vault-kv or barbican")
		}
		return nil
	case KMSVaultTransit, KMSVaultKV, KMSBarbican:
		if k.Address == "" {
			return usage("kms %s needs kms-address", k.Kind)
		}
		return nil
	}
	return usage("kms %q: want keyring, vault-transit, vault-kv or barbican", k.Kind)
}
