package httpx

import "strings"

// Error is a constant error of this package. Compare with errors.Is.
type Error string

func (e Error) Error() string { return string(e) }

// ErrUnsatisfiable says that a well-formed range lies wholly outside of the
// representation (RFC 9110, section 15.5.17).
const ErrUnsatisfiable Error = "range not satisfiable"

// Range is a run of bytes of a representation.
type Range struct{ Start, Length int64 }

// ParseRange reads a Range header (RFC 9110, section 14.2) for a
// representation of size bytes. ok is false when the header is to be ignored:
// it is absent, malformed, of another unit than bytes, asks for several ranges,
// or for the last bytes where there are none. The range is cut to what there is; one with nothing in it is
// [ErrUnsatisfiable].
func ParseRange(header string, size int64) (rg Range, ok bool, err error) {
	const unit = "bytes="
	if len(header) < len(unit) || !strings.EqualFold(header[:len(unit)], unit) {
		return Range{}, false, nil
	}
	first, last, found := strings.Cut(strings.TrimSpace(header[len(unit):]), "-")
	if !found {
		return Range{}, false, nil
	}
	first, last = strings.TrimSpace(first), strings.TrimSpace(last)
	if first == "" {
		return suffixRange(last, size)
	}
	start, ok := parseOffset(first)
	if !ok {
		return Range{}, false, nil
	}
	end := size - 1
	if last != "" {
		e, ok := parseOffset(last)
		if !ok || e < start {
			return Range{}, false, nil
		}
		end = min(e, end)
	}
	if start >= size {
		return Range{}, true, ErrUnsatisfiable
	}
	return Range{Start: start, Length: end - start + 1}, true, nil
}

func suffixRange(last string, size int64) (Range, bool, error) {
	n, ok := parseOffset(last)
	switch {
	case !ok:
		return Range{}, false, nil
	case n == 0:
		return Range{}, true, ErrUnsatisfiable
	case size == 0: // satisfiable, and no Content-Range can tell it: all of it is sent, as S3 does
		return Range{}, false, nil
	}
	n = min(n, size)
	return Range{Start: size - n, Length: n}, true, nil
}

// maxOffset is larger than any size; a number above it is taken for it, since
// a range may end anywhere behind the last byte.
const maxOffset = 1 << 62

func parseOffset(s string) (int64, bool) {
	if s == "" {
		return 0, false
	}
	var n int64
	for i := 0; i < len(s); i++ {
		d := s[i] - '0'
		if d > 9 {
			return 0, false
		}
		if n < maxOffset/10 {
			n = n*10 + int64(d)
		} else {
			n = maxOffset
		}
	}
	return n, true
}
