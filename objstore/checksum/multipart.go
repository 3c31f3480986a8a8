package checksum

import (
	"strconv"
	"strings"
)

// MaxParts bounds the number of parts in a composite value, as S3 bounds the
// parts of an upload.
const MaxParts = 10000

// Part is one part of a multipart object.
type Part struct {
	Sum  []byte
	Size int64 // bytes
}

// Composite returns the value of a composite checksum: the base64 form of the
// hash of the parts' sums one after another, a hyphen, and the number of parts.
// It returns [ErrNotCombinable] when a has none, and [ErrInvalidValue] when
// there are no parts, more than [MaxParts], or a sum is of the wrong length.
func Composite(a Algorithm, sums [][]byte) (string, error) {
	if !a.Composite() {
		return "", ErrNotCombinable
	}
	if len(sums) == 0 || len(sums) > MaxParts {
		return "", ErrInvalidValue
	}
	h := a.New()
	for _, sum := range sums {
		if len(sum) != a.Size() {
			return "", ErrInvalidValue
		}
		h.Write(sum)
	}
	return Encode(h.Sum(nil)) + "-" + strconv.Itoa(len(sums)), nil
}

// ParseComposite is the inverse of [Composite]: it returns the hash and the
// number of parts, or [ErrInvalidValue].
func ParseComposite(a Algorithm, value string) (sum []byte, parts int, err error) {
	encoded, count, found := strings.Cut(value, "-")
	if !found {
		return nil, 0, ErrInvalidValue
	}
	parts, err = strconv.Atoi(count)
	if err != nil || parts < 1 || parts > MaxParts || strconv.Itoa(parts) != count {
		return nil, 0, ErrInvalidValue
	}
	if sum, err = a.Decode(encoded); err != nil {
		return nil, 0, err
	}
	return sum, parts, nil
}
