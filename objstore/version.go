package objstore

import (
	"encoding/base64"
	"encoding/binary"
)

// versionIDLen is the length of the text of a version id that is not null.
const versionIDLen = 32

// versionID makes the text of a version id: its order, which leads to the row,
// and random bytes, so that ids are never used again and cannot be guessed. It
// needs no escaping in a URL, and begins with a letter since the highest bit of
// an order is 0.
func versionID(order uint64, random [16]byte) string {
	var raw [24]byte
	binary.BigEndian.PutUint64(raw[:], order)
	copy(raw[8:], random[:])
	var text [versionIDLen]byte
	base64.RawURLEncoding.Encode(text[:], raw[:])
	return string(text[:])
}

// parseVersionID returns the order in a version id that is not null, or an
// [ErrInvalidVersion] for a text that versionID cannot have made.
func parseVersionID(id string) (order uint64, err error) {
	var raw [24]byte
	if len(id) != versionIDLen {
		return 0, &Error{Err: ErrInvalidVersion, Version: id}
	}
	if n, err := base64.RawURLEncoding.Strict().Decode(raw[:], []byte(id)); err != nil || n != len(raw) {
		return 0, &Error{Err: ErrInvalidVersion, Version: id}
	}
	if order = binary.BigEndian.Uint64(raw[:]); order>>63 != 0 {
		return 0, &Error{Err: ErrInvalidVersion, Version: id}
	}
	return order, nil
}
