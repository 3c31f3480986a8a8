package awssig

import (
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/cofferstore/coffer/auth"
)

// V2 returns a Verifier of Signature Version 2, in the Authorization header and
// in the query. Safe for concurrent use. Requests without such credentials are
// [auth.ErrNoCredentials].
//
// Version 2 signs no more of the query than the sub-resources among it, and no
// payload; it is for old clients. An x-amz-content-sha256 header is honoured.
func V2(src auth.KeySource, o *Options) auth.Verifier {
	v := &verifierV2{keys: src, opt: o.withDefaults()}
	v.cache = newKeyCache(v.opt.CachedKeys)
	v.guard = payloadGuard{buffers: &bufferPool{}, minChunkSize: v.opt.MinChunkSize}
	v.resources = newResourceRules(&v.opt)
	return v
}

type verifierV2 struct {
	keys      auth.KeySource
	opt       Options
	cache     *keyCache
	scratch   scratchPool
	guard     payloadGuard
	resources *resourceRules
}

// claimV2 is what a version 2 request says about itself.
type claimV2 struct {
	message
	transport            auth.Transport
	accessKey, signature string
	token                string
	date                 string // fourth line of the string to sign
}

// Verify implements [auth.Verifier].
func (v *verifierV2) Verify(r *http.Request) (*auth.Identity, error) {
	m := messageOf(r)
	header := r.Header["Authorization"]
	in := queryMechanisms(m.query)
	inHeader := len(header) > 0 && strings.HasPrefix(header[0], "AWS ")
	if !inHeader && !in.v2 {
		return nil, auth.ErrNoCredentials
	}
	if len(header) > 1 || len(header) == 1 && (in.v4 || in.v2) || in.v4 && in.v2 {
		return nil, errTwoMechanisms(strings.Join(header, ", "))
	}
	c := &claimV2{message: m}
	var err error
	switch {
	case inHeader:
		err = c.readHeader(header[0], &v.opt)
	case v.opt.NoPresignedV2:
		err = &auth.Error{Reason: auth.ErrAccessDenied, Message: "Presigned URLs of version 2 are not accepted here."}
	default:
		err = c.readQuery(&v.opt)
	}
	if err != nil {
		return nil, err
	}
	key, err := v.prove(c)
	if err != nil {
		return nil, err
	}
	if c.transport == auth.TransportQuery {
		hoist(r, m.query, func(name string) bool { return strings.EqualFold(name, "x-amz-security-token") })
	}
	if err := v.guard.attachUnsigned(r); err != nil {
		return nil, err
	}
	return &auth.Identity{Principal: key.Principal, AccessKey: c.accessKey, Scheme: auth.SchemeV2, Transport: c.transport}, nil
}

// readHeader reads "AWS <access key>:<signature>" and judges the date.
func (c *claimV2) readHeader(header string, o *Options) error {
	c.transport = auth.TransportHeader
	text := strings.TrimSpace(strings.TrimPrefix(header, "AWS "))
	colon := strings.LastIndexByte(text, ':')
	if colon <= 0 || colon == len(text)-1 {
		return &auth.Error{
			Reason:  auth.ErrInvalidArgument,
			Message: "AWS authorization header is invalid.  Expected AwsAccessKeyId:signature",
			Details: []auth.Detail{{Name: "ArgumentName", Value: "Authorization"}, {Name: "ArgumentValue", Value: header}},
		}
	}
	c.accessKey, c.signature = text[:colon], text[colon+1:]
	c.token = c.get("X-Amz-Security-Token")
	date := c.get("X-Amz-Date")
	if date == "" {
		date = c.get("Date")
		c.date = date
	}
	t, ok := parseDate(date)
	if !ok {
		return errMissingDate()
	}
	if now := o.Now(); now.Sub(t).Abs() > o.MaxSkew {
		return errSkewed(date, now, o.MaxSkew)
	}
	return nil
}

// readQuery reads the three parameters of query authentication and judges the
// end of the URL.
func (c *claimV2) readQuery(o *Options) error {
	c.transport = auth.TransportQuery
	var found [3]int
	for p := range parameters(c.query) {
		value := unescapePercent(p.value)
		switch name := unescape(p.name); {
		case name == "AWSAccessKeyId":
			c.accessKey, found[0] = value, found[0]+1
		case name == "Signature":
			c.signature, found[1] = value, found[1]+1
		case name == "Expires":
			c.date, found[2] = value, found[2]+1
		case strings.EqualFold(name, "x-amz-security-token"):
			c.token = value
		}
	}
	if found != [3]int{1, 1, 1} {
		return &auth.Error{
			Reason:  auth.ErrAccessDenied,
			Message: "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters",
		}
	}
	if c.token == "" {
		c.token = c.get("X-Amz-Security-Token")
	}
	end, err := strconv.ParseInt(c.date, 10, 64)
	if err != nil {
		return &auth.Error{Reason: auth.ErrAccessDenied, Message: "Invalid date (should be seconds since epoch): " + c.date}
	}
	if now := o.Now(); now.Unix() > end {
		return errExpired(time.Unix(end, 0), now)
	}
	return nil
}

// prove checks the signature and then the key.
func (v *verifierV2) prove(c *claimV2) (auth.Key, error) {
	key, known, err := findKey(v.keys, c.Request, c.accessKey)
	if err != nil {
		return key, err
	}
	id := cacheKey{accessKey: c.accessKey}
	mac := v.cache.get(id, key.Secret)
	cached := mac != nil
	if !cached {
		mac = deriveV2(key.Secret)
	}
	s := v.scratch.get()
	defer v.scratch.put(s)
	matched := v.match(c, mac, s)
	switch {
	case !known:
		return key, errUnknownKey(c.accessKey)
	case !matched:
		return key, errSignature(c.accessKey, c.signature, v.appendText(nil, c, 0, s), nil)
	}
	if !cached {
		v.cache.put(id, key.Secret, mac)
	}
	return key, checkKey(key, c.token, v.opt.Now())
}

// match compares the signature with that of each form of the request.
func (v *verifierV2) match(c *claimV2, mac *keyedMAC, s *scratch) bool {
	if v.matches(c, 0, mac, s) {
		return true
	}
	if len(s.buf) > maxRetried {
		return false
	}
	all := v.resources.forms(c, s)
	for f := all & -all; f != 0; f = (f - all) & all {
		if v.matches(c, f, mac, s) {
			return true
		}
	}
	return false
}

func (v *verifierV2) matches(c *claimV2, f formV2, mac *keyedMAC, s *scratch) bool {
	s.buf = v.appendText(s.buf[:0], c, f, s)
	s.sum = mac.appendSum(s.sum[:0], s.buf)
	s.key = base64.StdEncoding.AppendEncode(s.key[:0], s.sum)
	s.sts = append(s.sts[:0], c.signature...)
	return subtle.ConstantTimeCompare(s.key, s.sts) == 1
}

// appendText appends the string to sign.
func (v *verifierV2) appendText(dst []byte, c *claimV2, f formV2, s *scratch) []byte {
	dst = append(dst, c.Method...)
	for _, line := range [...]string{c.line("Content-Md5", "content-md5"), c.line("Content-Type", "content-type"), c.date} {
		dst = append(dst, '\n')
		dst = append(dst, line...)
	}
	dst = append(dst, '\n')
	dst = appendAmzHeaders(dst, c, f, s)
	return v.resources.appendResource(dst, c.message, f, s)
}

// line returns a header that is a line of its own. In a presigned URL it may be
// a query parameter in small letters, as botocore writes it.
func (c *claimV2) line(header, parameter string) string {
	if v, ok := c.Header[header]; ok || c.transport != auth.TransportQuery {
		return strings.Join(v, ",")
	}
	for p := range parameters(c.query) {
		if p.name == parameter {
			return unescape(p.value)
		}
	}
	return ""
}
