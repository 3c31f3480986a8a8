package awssig

import (
	"net/textproto"
	"slices"
	"strings"

	"github.com/cofferstore/coffer/auth"
)

// appendAmzHeaders appends the canonical x-amz-* headers of version 2: sorted,
// in small letters, values of one name joined by commas. In a presigned URL they
// may be query parameters; a header of the same name then stands for both.
func appendAmzHeaders(dst []byte, c *claimV2, f formV2, s *scratch) []byte {
	s.names = s.names[:0]
	for name := range c.Header {
		if isAmz(name) {
			s.names = append(s.names, name)
		}
	}
	values := c.Header
	if c.transport == auth.TransportQuery {
		if extra := amzParameters(c); extra != nil {
			values = extra
			s.names = s.names[:0]
			for name := range extra {
				s.names = append(s.names, name)
			}
		}
	}
	slices.SortFunc(s.names, compareFold)
	appendValue := appendTrimmed
	if f&formV2Folded != 0 {
		appendValue = appendFolded
	}
	for _, name := range s.names {
		dst = appendLower(dst, name)
		dst = append(dst, ':')
		dst = appendValues(dst, values[name], appendValue)
		dst = append(dst, '\n')
	}
	return dst
}

// amzParameters returns the x-amz-* headers together with the x-amz-* query
// parameters, nil when there are none of the latter.
func amzParameters(c *claimV2) map[string][]string {
	var all map[string][]string
	for p := range parameters(c.query) {
		name := unescape(p.name)
		if !isAmz(name) {
			continue
		}
		name = textproto.CanonicalMIMEHeaderKey(name)
		if _, ok := c.Header[name]; ok {
			continue
		}
		if all == nil {
			all = make(map[string][]string)
			for h, v := range c.Header {
				if isAmz(h) {
					all[h] = v
				}
			}
		}
		all[name] = append(all[name], unescape(p.value))
	}
	return all
}

// compareFold orders names as their lower-case forms.
func compareFold(a, b string) int {
	for i := 0; i < len(a) && i < len(b); i++ {
		if x, y := lower(a[i]), lower(b[i]); x != y {
			return int(x) - int(y)
		}
	}
	return len(a) - len(b)
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func appendTrimmed(dst []byte, value string) []byte {
	return append(dst, strings.Trim(value, " \t\r\n")...)
}
