// Package keyring keeps master keys in a file, for SSE-S3 and SSE-KMS without
// a key server.
//
//	file:  sealed under the server's master key
//	         └─ "default"  v1 v2 v3   ← the newest wraps, older ones still open
//	         └─ "archive"  v1
//
// A key is created, rotated, enabled and disabled while servers run: each looks
// at the file before it uses a key. Versions are never removed, since data may
// still need them.
package keyring
