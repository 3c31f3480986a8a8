package awssig

import (
	"bytes"
	"crypto/sha256"
	"path"
	"slices"
	"strings"
)

// form picks one of the spellings of a canonical request that real clients sign
// for the same request. The zero form is the documented one; the others are
// tried only when it does not match.
type form uint8

const (
	formRawPath   form = 1 << iota // the path as it was sent, instead of re-encoded
	formPlus                       // '+' in the query is a plus, not a space
	formOtherHost                  // the host without, or with, its default port
	formSlashes                    // two slashes, of which the second was sent as %2F
)

// maxRetried is the longest text, in bytes, that is tried in other forms than the
// documented one, so that a huge request costs its sender as much as the server.
const maxRetried = 16 << 10

// canonical is everything about a version 4 signature that goes into the
// canonical request.
type canonical struct {
	message
	signedHeaders string // as the client lists them
	payload       string // last line
	presigned     bool   // X-Amz-Signature is left out of the query
	generic       bool   // a service other than s3: its path is encoded twice and normalised
}

// forms returns the spellings that differ from the documented one for this
// request.
func (c *canonical) forms(s *scratch) form {
	var f form
	if s.buf = appendEscaped(s.buf[:0], c.path, escapePath); string(s.buf) != c.path {
		f |= formRawPath
	}
	if strings.IndexByte(c.query, '+') >= 0 {
		f |= formPlus
	}
	if c.otherHost() != "" {
		f |= formOtherHost
	}
	if !c.generic && strings.Contains(c.path, sentSlashes) {
		f |= formSlashes
	}
	return f
}

// sentSlashes is what the SDK for Java sends for two slashes of a key, and does not
// sign: the HTTP client below it would make one of them.
const sentSlashes = "/%2F"

// appendRequest appends the canonical request.
func (c *canonical) appendRequest(dst []byte, f form, s *scratch) []byte {
	dst = append(dst, c.Method...)
	dst = append(dst, '\n')
	dst = c.appendPath(dst, f)
	dst = append(dst, '\n')
	mode := escapeForm
	if f&formPlus != 0 {
		mode = escapeQuery
	}
	dst = appendQuery(dst, c.query, mode, c.presigned, s)
	dst = append(dst, '\n')
	host := c.host()
	if f&formOtherHost != 0 {
		host = c.otherHost()
	}
	dst = c.appendHeaders(dst, host, s)
	dst = append(dst, '\n')
	dst = append(dst, c.signedHeaders...)
	dst = append(dst, '\n')
	return append(dst, c.payload...)
}

func (c *canonical) appendPath(dst []byte, f form) []byte {
	sent := c.path
	if f&formSlashes != 0 {
		sent = strings.ReplaceAll(sent, sentSlashes, "//")
	}
	if f&formRawPath != 0 {
		return append(dst, sent...)
	}
	if !c.generic {
		return appendEscaped(dst, sent, escapePath)
	}
	p := path.Clean("/" + c.path)
	if strings.HasSuffix(c.path, "/") && p != "/" {
		p += "/"
	}
	return appendLiteral(dst, string(appendEscaped(nil, p, escapePath)), true)
}

// queryItem is one parameter as spans of scratch.query: [name, value) is the
// name, [value, end) the value.
type queryItem struct{ name, value, end int }

func (s *scratch) compareNames(a, b queryItem) int {
	return bytes.Compare(s.query[a.name:a.value], s.query[b.name:b.value])
}

func (s *scratch) compare(a, b queryItem) int {
	if n := s.compareNames(a, b); n != 0 {
		return n
	}
	return bytes.Compare(s.query[a.value:a.end], s.query[b.value:b.end])
}

// appendQuery appends the canonical query: escaped, sorted by name, then value.
func appendQuery(dst []byte, query string, mode escapeMode, presigned bool, s *scratch) []byte {
	if query == "" {
		return dst
	}
	s.query, s.items = s.query[:0], s.items[:0]
	for p := range parameters(query) {
		it := queryItem{name: len(s.query)}
		s.query = appendEscaped(s.query, p.name, mode)
		if presigned && string(s.query[it.name:]) == "X-Amz-Signature" {
			s.query = s.query[:it.name]
			continue
		}
		it.value = len(s.query)
		s.query = appendEscaped(s.query, p.value, mode)
		it.end = len(s.query)
		s.items = append(s.items, it)
	}
	slices.SortFunc(s.items, s.compare)
	for i, it := range s.items {
		if i > 0 {
			dst = append(dst, '&')
		}
		dst = append(dst, s.query[it.name:it.value]...)
		dst = append(dst, '=')
		dst = append(dst, s.query[it.value:it.end]...)
	}
	return dst
}

// appendHeaders appends "name:value\n" for each signed header.
func (c *canonical) appendHeaders(dst []byte, host string, s *scratch) []byte {
	for _, name := range s.names {
		dst = append(dst, name...)
		dst = append(dst, ':')
		if name == "host" {
			dst = appendFolded(dst, host)
		} else {
			dst = appendValues(dst, c.values(name, s), appendFolded)
		}
		dst = append(dst, '\n')
	}
	return dst
}

func appendValues(dst []byte, values []string, appendValue func([]byte, string) []byte) []byte {
	for i, v := range values {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendValue(dst, v)
	}
	return dst
}

// appendFolded appends value without white space at its ends and with each run
// of it inside as one space.
func appendFolded(dst []byte, value string) []byte {
	start, gap := len(dst), false
	for i := 0; i < len(value); i++ {
		c := value[i]
		if isSpace(c) {
			gap = len(dst) > start
			continue
		}
		if gap {
			dst, gap = append(dst, ' '), false
		}
		dst = append(dst, c)
	}
	return dst
}

func isSpace(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }

// parseSignedHeaders splits a SignedHeaders list into s.names in the order in
// which the headers are signed. It reports false for an empty list, an empty
// name and a name that stands in it twice.
func parseSignedHeaders(list string, s *scratch) bool {
	s.names = s.names[:0]
	if len(list) > maxSignedHeaders {
		return false
	}
	sorted := true
	for rest, more := list, true; more; {
		var name string
		name, rest, more = strings.Cut(rest, ";")
		if name == "" {
			return false
		}
		if n := len(s.names); n > 0 && s.names[n-1] >= name {
			sorted = false
		}
		s.names = append(s.names, name)
	}
	if !sorted {
		slices.Sort(s.names)
		return len(slices.Compact(s.names)) == len(s.names)
	}
	return true
}

// maxSignedHeaders bounds the list of signed headers, in bytes, and with it the
// work that an attacker can ask for.
const maxSignedHeaders = 8 << 10

// unsignedHeaders returns the headers, in lower case and order, that must be
// signed and are not: the host and all x-amz-* but x-amz-content-sha256, whose
// value is a line of the canonical request anyway. It stops at maxUnsigned.
func (c *canonical) unsignedHeaders(s *scratch) []string {
	var missing []string
	if _, ok := slices.BinarySearch(s.names, "host"); !ok {
		missing = append(missing, "host")
	}
	for name := range c.Header {
		if len(missing) == maxUnsigned {
			break
		}
		if !isAmz(name) || strings.EqualFold(name, "X-Amz-Content-Sha256") {
			continue
		}
		s.key = appendLower(s.key[:0], name)
		if _, ok := slices.BinarySearchFunc(s.names, s.key, compareName); !ok {
			missing = append(missing, string(s.key))
		}
	}
	slices.Sort(missing)
	return missing
}

const (
	amzPrefix   = "x-amz-"
	maxUnsigned = 16
)

// isAmz tells whether name is that of an x-amz-* header.
func isAmz(name string) bool {
	return len(name) > len(amzPrefix) && strings.EqualFold(name[:len(amzPrefix)], amzPrefix)
}

func compareName(name string, key []byte) int {
	switch {
	case name < string(key):
		return -1
	case name > string(key):
		return 1
	}
	return 0
}

func appendLower(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}

// appendStringToSign appends the version 4 string to sign for a canonical
// request.
func appendStringToSign(dst []byte, stamp, scope string, request []byte) []byte {
	dst = append(dst, algorithmV4+"\n"...)
	dst = append(dst, stamp...)
	dst = append(dst, '\n')
	dst = append(dst, scope...)
	dst = append(dst, '\n')
	sum := sha256.Sum256(request)
	return appendHex(dst, sum[:])
}
