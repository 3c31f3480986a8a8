// Package barbican takes master keys from OpenStack's key manager.
//
//	Keystone  POST /v3/auth/tokens           password or application credential ──▶ token
//	Barbican  GET  /v1/secrets/UUID/payload  ──▶ 32 bytes ──▶ kms.Secrets wraps data keys
//
// A key is named by the UUID of its secret, an AES-256 key. Secrets do not
// change: to rotate, make another secret and let it be the default.
package barbican
