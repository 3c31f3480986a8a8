package awssig

import (
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
	"time"

	"github.com/cofferstore/coffer/auth"
)

// maxExpires is the longest life of a version 4 presigned URL: a week.
const maxExpires = 7 * 24 * time.Hour

// presignParameter numbers the query parameters of version 4 that are no
// headers.
type presignParameter int

const (
	paramAlgorithm presignParameter = iota
	paramCredential
	paramDate
	paramExpires
	paramSignedHeaders
	paramSignature
	paramToken
	paramSHA256
	presignParameterCount
)

// presignParameterOf reports false for a name that is none of them.
func presignParameterOf(name string) (presignParameter, bool) {
	switch name {
	case "X-Amz-Algorithm":
		return paramAlgorithm, true
	case "X-Amz-Credential":
		return paramCredential, true
	case "X-Amz-Date":
		return paramDate, true
	case "X-Amz-Expires":
		return paramExpires, true
	case "X-Amz-SignedHeaders":
		return paramSignedHeaders, true
	case "X-Amz-Signature":
		return paramSignature, true
	case "X-Amz-Security-Token":
		return paramToken, true
	case headerSHA256:
		return paramSHA256, true
	}
	return 0, false
}

func isPresignParameter(name string) bool {
	_, ok := presignParameterOf(name)
	return ok
}

// presignParameters are the unescaped values; a plus sign is a plus, since none
// of them holds a space.
type presignParameters [presignParameterCount]string

// read reports the first parameter that stands in the query twice, or "".
func (p *presignParameters) read(query string) (repeated string) {
	var seen [presignParameterCount]bool
	for q := range parameters(query) {
		if n, ok := presignParameterOf(unescape(q.name)); ok {
			if seen[n] {
				return unescape(q.name)
			}
			p[n], seen[n] = unescapePercent(q.value), true
		}
	}
	return ""
}

// complete tells whether all that a presigned URL must have are there.
func (p *presignParameters) complete() bool {
	for n := paramAlgorithm; n <= paramSignature; n++ {
		if p[n] == "" {
			return false
		}
	}
	return true
}

// readQuery fills c from the query of a presigned URL.
func (c *claimV4) readQuery(s *scratch) error {
	c.transport, c.presigned = auth.TransportQuery, true
	c.reason = auth.ErrAuthQueryParameters
	var p presignParameters
	if name := p.read(c.query); name != "" {
		return c.malformed("The query parameter " + name + " must not be repeated.")
	}
	if !p.complete() {
		return c.malformed("Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.")
	}
	switch algorithm := p[paramAlgorithm]; {
	case strings.HasPrefix(algorithm, algorithmECDSA):
		return errAsymmetric()
	case algorithm != algorithmV4:
		return c.malformed(`X-Amz-Algorithm only supports "` + algorithmV4 + `"`)
	}
	c.prefix = "Error parsing the X-Amz-Credential parameter; "
	if err := c.setCredential(p[paramCredential], p[paramSignedHeaders], s); err != nil {
		return err
	}
	c.prefix = ""
	if err := c.readLifetime(p[paramDate], p[paramExpires]); err != nil {
		return err
	}
	c.signature, c.token = p[paramSignature], p[paramToken]
	if c.token == "" { // then it is an x-amz-* header, and signed
		c.token = c.get("X-Amz-Security-Token")
	}
	switch {
	case c.get(headerSHA256) != "":
		c.payload = c.get(headerSHA256)
	case p[paramSHA256] != "":
		c.payload = p[paramSHA256]
	case !c.generic:
		c.payload = unsignedPayload
	}
	return nil
}

// readLifetime reads X-Amz-Date and X-Amz-Expires.
func (c *claimV4) readLifetime(date, expires string) error {
	var ok bool
	if c.time, ok = parseStamp(date); !ok {
		return c.malformed(`X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'"`)
	}
	c.stamp = date
	if !strings.HasPrefix(date, c.day) {
		return c.malformed(`Invalid credential date "` + c.day + `". This date is not the same as X-Amz-Date: "` + date[:8] + `".`)
	}
	seconds, err := strconv.ParseInt(expires, 10, 64)
	switch {
	case err != nil:
		return c.malformed("X-Amz-Expires should be a number")
	case seconds < 0:
		return c.malformed("X-Amz-Expires must be non-negative")
	case seconds > int64(maxExpires/time.Second):
		return c.malformed("X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds")
	}
	c.expires = time.Duration(seconds) * time.Second
	return nil
}

// hoist copies the x-amz-* parameters of a verified query to the headers, where
// S3 reads them too; headers that are there already stay. skip names the
// parameters that belong to the signature. Checksums of the body are passed over,
// as by S3: who signs a URL before there is a body signs that of an empty one.
func hoist(r *http.Request, query string, skip func(name string) bool) {
	var from map[string]bool
	for p := range parameters(query) {
		name := unescape(p.name)
		if !isAmz(name) || skip(name) || isBodySum(name) || !isToken(name) {
			continue
		}
		name = textproto.CanonicalMIMEHeaderKey(name)
		if _, ok := r.Header[name]; ok && !from[name] {
			continue
		}
		if from == nil {
			from = make(map[string]bool)
		}
		from[name] = true
		if value := unescape(p.value); isFieldValue(value) {
			r.Header[name] = append(r.Header[name], value)
		}
	}
}

func isBodySum(name string) bool {
	switch name = strings.ToLower(name); name {
	case "x-amz-checksum-algorithm", "x-amz-checksum-mode", "x-amz-checksum-type":
		return false
	}
	return name == "x-amz-sdk-checksum-algorithm" || strings.HasPrefix(name, "x-amz-checksum-")
}

// isToken tells whether name may be the name of a header (RFC 9110, section 5.1).
func isToken(name string) bool {
	for i := 0; i < len(name); i++ {
		if c := name[i]; !unreserved[c] && !strings.ContainsRune("!#$%&'*+^`|", rune(c)) {
			return false
		}
	}
	return name != ""
}

// isFieldValue tells whether value may stand in a header (RFC 9110, section 5.5).
func isFieldValue(value string) bool {
	for i := 0; i < len(value); i++ {
		if c := value[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}
