package sse

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
)

// KeySize is the length of every key, in bytes.
const KeySize = 32

// Key is a secret key. It does not show itself in logs or messages.
type Key [KeySize]byte

// NewKey makes a random key.
func NewKey() Key {
	var k Key
	_, _ = rand.Read(k[:]) // never fails (see crypto/rand)
	return k
}

// Format implements [fmt.Formatter]; it hides the key.
func (k Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[secret]") }

// LogValue implements [slog.LogValuer]; it hides the key.
func (k Key) LogValue() slog.Value { return slog.StringValue("[secret]") }

// Equal compares in constant time.
func (k Key) Equal(other Key) bool { return subtle.ConstantTimeCompare(k[:], other[:]) == 1 }

// A wrapped key is
//
//	version  salt:32  AES-256-GCM(HKDF-SHA-256(kek, salt), key, additional):48
//
// The key of the cipher is used once, so that its nonce is zero, and a master
// key may wrap any number of keys.
const (
	wrapVersion = 1
	saltSize    = 32
	nonceSize   = 12
	wrappedSize = 1 + saltSize + KeySize + tagSize

	wrapInfo = "coffer sse v1 wrap"
)

// Wrap encrypts key under k.
func (k Key) Wrap(key Key, additional []byte) []byte {
	out := make([]byte, 1+saltSize, wrappedSize)
	out[0] = wrapVersion
	_, _ = rand.Read(out[1:]) // never fails
	return k.aead(out[1:], wrapInfo).Seal(out, make([]byte, nonceSize), key[:], additional)
}

// Unwrap opens what Wrap made. Another key or other additional bytes, or
// anything that Wrap did not make, is [ErrWrongKey].
func (k Key) Unwrap(wrapped, additional []byte) (Key, error) {
	if len(wrapped) != wrappedSize || wrapped[0] != wrapVersion {
		return Key{}, ErrWrongKey
	}
	var key Key
	aead := k.aead(wrapped[1:1+saltSize], wrapInfo)
	if _, err := aead.Open(key[:0], make([]byte, nonceSize), wrapped[1+saltSize:], additional); err != nil {
		return Key{}, ErrWrongKey
	}
	return key, nil
}

// aead returns AES-256-GCM (NIST SP 800-38D) under a key that is derived from k
// with HKDF-SHA-256 (RFC 5869).
func (k Key) aead(salt []byte, info string) cipher.AEAD {
	derived, err := hkdf.Key(sha256.New, k[:], salt, info, KeySize)
	if err != nil {
		panic("sse: " + err.Error()) // only for impossible lengths
	}
	block, err := aes.NewCipher(derived)
	if err != nil {
		panic("sse: " + err.Error()) // only for impossible lengths
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic("sse: " + err.Error()) // only for other block sizes than AES has
	}
	return aead
}
