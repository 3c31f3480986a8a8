// Package vault uses HashiCorp Vault or OpenBao as key provider.
//
//	NewTransit   data key ──encrypt──▶ Vault (engine transit): the master key never leaves it
//	NewKV        data key ──wrapped here under a secret of Vault (engine kv, version 2)
//
// The server proves itself by a token or an AppRole. Its policy needs update on
// transit/encrypt/KEY and transit/decrypt/KEY (not create, which would make
// every key that a client names), or read on secret/data/PATH.
//
// Keys are rotated in Vault: "vault write -f transit/keys/KEY/rotate", or a new
// version of the secret. Older versions must be kept.
package vault
