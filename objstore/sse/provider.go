package sse

import "context"

// Mode is a kind of server-side encryption, by the name that S3 has for it
// where there is one.
type Mode string

// Modes.
const (
	ModeNone     Mode = ""        // not encrypted
	ModeCustomer Mode = "SSE-C"   // with a key that the customer sends each time
	ModeS3       Mode = "AES256"  // with a key of the server (SSE-S3)
	ModeKMS      Mode = "aws:kms" // with a named key (SSE-KMS)
)

// Valid tells whether m is one of the modes that encrypt.
func (m Mode) Valid() bool { return m == ModeCustomer || m == ModeS3 || m == ModeKMS }

// PlainETag tells whether the ETag of an object that is so encrypted is the MD5
// of its bytes (S3 API reference, "Object": ETag).
func (m Mode) PlainETag() bool { return m == ModeNone || m == ModeS3 }

// DataKey is a fresh key of one object.
type DataKey struct {
	Key     Key
	KeyID   string // of the master key, never empty
	Wrapped []byte // the key under the master key; names the master key's version
}

// KeyProvider keeps master keys. Safe for concurrent use. Errors wrap
// [ErrKeyNotFound], [ErrKeyDisabled], [ErrKeyDenied], [ErrUnavailable] or
// [ErrWrongKey].
//
// Master keys have versions: a new one is used for new data keys, and older
// ones open what they have wrapped. So a key is rotated without rewriting data.
type KeyProvider interface {
	// DataKey makes a random key and wraps it under the newest version of the
	// master key keyID; "" is the provider's default key. The wrapped key only
	// opens with the same additional bytes.
	DataKey(ctx context.Context, keyID string, additional []byte) (DataKey, error)

	// Unwrap opens what DataKey has wrapped.
	Unwrap(ctx context.Context, keyID string, wrapped, additional []byte) (Key, error)
}
