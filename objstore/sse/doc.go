// Package sse is server-side encryption: how bytes are sealed, and where the
// keys come from.
//
//	master key ── KeyProvider ──▶ data key, one per object ──▶ stream key, one per blob
//	(versioned; in a key ring,    (stored beside the object,   (derived with HKDF from the
//	 Vault, Barbican, or the       wrapped under the master     data key and the blob's id)
//	 customer's own with SSE-C)    key)                              │
//	                                                                 ▼
//	plain:   | 64 KiB     | 64 KiB     | rest |      AES-256-GCM, each package with
//	sealed:  | 64 KiB+16  | 64 KiB+16  | +16  |      a nonce of its number and a final flag
//
// The construction is STREAM (Hoang, Reyhanitabar, Rogaway and Vizár, "Online
// Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance", 2015), as
// Tink's streaming AEAD has it: packages that are cut off, reordered, repeated
// or taken from another blob do not open, and any package can be read alone.
//
// The packages below it are key rings; those that speak HTTP are in
// s3http/kms, so that an embedded engine pulls in no HTTP.
package sse
