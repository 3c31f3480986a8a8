package awssig

import (
	"strings"
	"time"

	"github.com/cofferstore/coffer/auth"
)

const (
	algorithmV4    = "AWS4-HMAC-SHA256"
	algorithmECDSA = "AWS4-ECDSA-" // the start of version 4A
	terminator     = "aws4_request"
	serviceS3      = "s3"

	stampLayout = "20060102T150405Z"
	dayLayout   = "20060102"
)

// credential is the Credential of version 4: AKID/day/region/service/aws4_request.
type credential struct {
	accessKey, day, region, service string
	scope                           string // all but the access key
}

// parseCredential splits a credential from its end: access keys may hold slashes.
func parseCredential(s string) (c credential, problem string) {
	cut := len(s)
	var parts [4]string
	for i := len(parts) - 1; i >= 0; i-- {
		slash := strings.LastIndexByte(s[:cut], '/')
		if slash < 0 {
			return c, `the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".`
		}
		parts[i], cut = s[slash+1:cut], slash
	}
	c = credential{s[:cut], parts[0], parts[1], parts[2], s[cut+1:]}
	switch {
	case c.accessKey == "":
		return c, "a non-empty Access Key (AKID) must be provided in the credential."
	case parts[3] != terminator:
		return c, `incorrect terminal "` + parts[3] + `". This endpoint uses "` + terminator + `".`
	case !isDay(c.day):
		return c, `incorrect date format "` + c.day + `". This date in the credential must be in the format "yyyyMMdd".`
	}
	return c, ""
}

func isDay(s string) bool {
	_, ok := parseStamp(s + "T000000Z")
	return len(s) == len(dayLayout) && ok
}

// parseStamp is time.Parse(stampLayout, s), without its cost.
func parseStamp(s string) (time.Time, bool) {
	if len(s) != len(stampLayout) || s[8] != 'T' || s[15] != 'Z' {
		return time.Time{}, false
	}
	var n [6]int
	at := 0
	for i, width := range [6]int{4, 2, 2, 2, 2, 2} {
		if i == 3 {
			at++
		}
		for range width {
			if s[at] < '0' || s[at] > '9' {
				return time.Time{}, false
			}
			n[i] = n[i]*10 + int(s[at]-'0')
			at++
		}
	}
	t := time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], 0, time.UTC)
	ok := n[1] >= 1 && n[1] <= 12 && n[2] >= 1 && t.Day() == n[2] && n[3] < 24 && n[4] < 60 && n[5] < 60
	return t, ok
}

// claimV4 is what a version 4 request says about itself.
type claimV4 struct {
	canonical
	credential
	transport auth.Transport
	signature string
	stamp     string // X-Amz-Date
	time      time.Time
	token     string
	expires   time.Duration // of a presigned URL
	kind      payloadKind

	reason auth.Reason // of a malformed claim, by transport
	prefix string      // of its message
}

// parseAuthorization reads the three members of a version 4 Authorization
// header, in any order, after its algorithm. Others are refused.
func parseAuthorization(rest string) (cred, signedHeaders, signature string, ok bool) {
	for more := true; more; {
		var item string
		item, rest, more = strings.Cut(rest, ",")
		name, value, found := strings.Cut(strings.TrimSpace(item), "=")
		if !found || value == "" {
			return "", "", "", false
		}
		var dst *string
		switch name {
		case "Credential":
			dst = &cred
		case "SignedHeaders":
			dst = &signedHeaders
		case "Signature":
			dst = &signature
		default:
			return "", "", "", false
		}
		if *dst != "" {
			return "", "", "", false
		}
		*dst = value
	}
	return cred, signedHeaders, signature, cred != "" && signedHeaders != "" && signature != ""
}

// readHeader fills c from the Authorization header.
func (c *claimV4) readHeader(rest string, s *scratch) error {
	c.transport = auth.TransportHeader
	c.reason, c.prefix = auth.ErrAuthHeaderMalformed, "The authorization header is malformed; "
	cred, signed, signature, ok := parseAuthorization(rest)
	if !ok {
		return c.malformed("the authorization header requires three components: Credential, SignedHeaders, and Signature.")
	}
	if err := c.setCredential(cred, signed, s); err != nil {
		return err
	}
	c.signature = signature
	c.token = c.get("X-Amz-Security-Token")
	if err := c.readDate(); err != nil {
		return err
	}
	c.payload = c.get(headerSHA256)
	return nil
}

// requirePayload insists on the header that says how the body is protected;
// services other than s3 hash it without.
func (c *claimV4) requirePayload(optional bool) error {
	switch {
	case c.payload != "" || c.generic:
		return nil
	case optional:
		c.payload = unsignedPayload
		return nil
	}
	return &auth.Error{Reason: auth.ErrInvalidRequest, Message: "Missing required header for this request: x-amz-content-sha256"}
}

// readDate takes the time from X-Amz-Date or else from Date.
func (c *claimV4) readDate() error {
	ok := false
	if c.stamp = c.get("X-Amz-Date"); c.stamp != "" {
		c.time, ok = parseStamp(c.stamp)
	} else if date := c.get("Date"); date != "" {
		if c.time, ok = parseDate(date); ok {
			c.stamp = c.time.UTC().Format(stampLayout)
		}
	}
	if !ok {
		return errMissingDate()
	}
	if !strings.HasPrefix(c.stamp, c.day) {
		return c.malformed(`Invalid credential date "` + c.day + `". This date is not the same as X-Amz-Date: "` + c.stamp[:8] + `".`)
	}
	return nil
}

// setCredential checks what the header and the query form have in common.
func (c *claimV4) setCredential(cred, signedHeaders string, s *scratch) error {
	var problem string
	if c.credential, problem = parseCredential(cred); problem != "" {
		return c.malformed(problem)
	}
	c.generic = c.service != serviceS3
	c.signedHeaders = signedHeaders
	if !parseSignedHeaders(signedHeaders, s) {
		return c.malformed("the SignedHeaders are mal-formed; expecting lower-case header names, sorted and separated by semicolons.")
	}
	return nil
}

func (c *claimV4) malformed(problem string, details ...auth.Detail) error {
	return &auth.Error{Reason: c.reason, Message: c.prefix + problem, Details: details}
}
