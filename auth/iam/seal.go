package iam

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
)

// Sealer encrypts secrets that are stored. Both methods are safe for concurrent
// use. What was sealed opens only with the same place, the key of the row that
// it is stored in.
type Sealer interface {
	Seal(plain, place []byte) ([]byte, error)

	// Open returns [ErrWrongMasterKey] for what another key has sealed and
	// [ErrDamaged] for what was changed or moved.
	Open(sealed, place []byte) ([]byte, error)
}

// MasterKeySize is the length of a master key in bytes.
const MasterKeySize = 32

// MasterKey is a [Sealer] with one key: AES-256-GCM (NIST SP 800-38D) under a
// key that is derived from the master key with HKDF-SHA-256 (RFC 5869), so that
// the master key can serve other purposes beside it.
type MasterKey struct {
	id   [keyIDLen]byte
	aead cipher.AEAD
}

// A sealed secret is: version, key id, nonce, cipher text with its tag. The key
// id is a public name of the key; it tells a wrong key from a damaged row.
const (
	sealVersion = 1
	keyIDLen    = 8
	nonceLen    = 12
	sealHeader  = 1 + keyIDLen + nonceLen
)

// NewMasterKey makes a Sealer of [MasterKeySize] random bytes.
func NewMasterKey(key []byte) (*MasterKey, error) {
	if len(key) != MasterKeySize {
		return nil, wrap("NewMasterKey", "", invalid("a master key has 32 bytes"))
	}
	derive := func(purpose string, n int) ([]byte, error) {
		return hkdf.Key(sha256.New, key, nil, "coffer auth/iam v1 "+purpose, n)
	}
	secret, err := derive("secrets", 32)
	if err != nil {
		return nil, wrap("NewMasterKey", "", err)
	}
	id, err := derive("key id", keyIDLen)
	if err != nil {
		return nil, wrap("NewMasterKey", "", err)
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, wrap("NewMasterKey", "", err)
	}
	m := &MasterKey{}
	copy(m.id[:], id)
	if m.aead, err = cipher.NewGCM(block); err != nil {
		return nil, wrap("NewMasterKey", "", err)
	}
	return m, nil
}

// Seal implements [Sealer]. The nonce is random: one key may seal 2^32 secrets.
func (m *MasterKey) Seal(plain, place []byte) ([]byte, error) {
	out := make([]byte, sealHeader, sealHeader+len(plain)+m.aead.Overhead())
	out[0] = sealVersion
	copy(out[1:], m.id[:])
	nonce := out[1+keyIDLen:]
	if _, err := rand.Read(nonce); err != nil {
		return nil, err
	}
	return m.aead.Seal(out, nonce, plain, place), nil
}

// Open implements [Sealer].
func (m *MasterKey) Open(sealed, place []byte) ([]byte, error) {
	if len(sealed) < sealHeader+m.aead.Overhead() || sealed[0] != sealVersion {
		return nil, ErrDamaged
	}
	if subtle.ConstantTimeCompare(sealed[1:1+keyIDLen], m.id[:]) != 1 {
		return nil, ErrWrongMasterKey
	}
	plain, err := m.aead.Open(nil, sealed[1+keyIDLen:sealHeader], sealed[sealHeader:], place)
	if err != nil {
		return nil, ErrDamaged
	}
	return plain, nil
}
