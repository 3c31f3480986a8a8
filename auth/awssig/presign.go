package awssig

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/cofferstore/coffer/auth"
)

// PresignV4 returns the URL of r with a version 4 signature in its query, good
// from scope.Time for expires: at least a second and at most a week. The headers
// of r are signed: whoever uses the URL must send them. r is left as it is.
//
// payloadHash is [UnsignedPayload] for s3, unless the hash of the body is known,
// and [EmptyPayload] for GET requests to other services.
func PresignV4(r *http.Request, cred Credentials, scope Scope, expires time.Duration, payloadHash string) *url.URL {
	signed := strings.Join(headersToSign(r), ";")
	u := *r.URL
	add := func(name, value string) {
		if u.RawQuery != "" {
			u.RawQuery += "&"
		}
		u.RawQuery += name + "=" + string(appendLiteral(nil, value, false))
	}
	add("X-Amz-Algorithm", algorithmV4)
	add("X-Amz-Credential", cred.AccessKey+"/"+scope.String())
	add("X-Amz-Date", scope.stamp())
	add("X-Amz-Expires", seconds(expires))
	add("X-Amz-SignedHeaders", signed)
	if cred.SessionToken != "" {
		add("X-Amz-Security-Token", cred.SessionToken)
	}
	if scope.Service == serviceS3 && payloadHash != UnsignedPayload {
		add(headerSHA256, payloadHash)
	}
	m := outgoing(r)
	m.query = u.RawQuery
	c := canonical{message: m, payload: payloadHash, presigned: true, generic: scope.Service != serviceS3, signedHeaders: signed}
	add("X-Amz-Signature", c.sign(scope, scope.key(cred)))
	return &u
}

// SignV2 signs r in its Authorization header with Signature Version 2, made at
// t. A Date or X-Amz-Date header that r has stays; without one, Date is set.
//
// Of o, the domains and the kinds of sub-resources count.
func SignV2(r *http.Request, cred Credentials, t time.Time, o *Options) {
	r.Header.Del("Authorization")
	if r.Header.Get("Date") == "" && r.Header.Get("X-Amz-Date") == "" {
		r.Header.Set("Date", t.UTC().Format(http.TimeFormat))
	}
	if cred.SessionToken != "" {
		r.Header.Set("X-Amz-Security-Token", cred.SessionToken)
	}
	c := &claimV2{message: outgoing(r)}
	if r.Header.Get("X-Amz-Date") == "" {
		c.date = r.Header.Get("Date")
	}
	r.Header.Set("Authorization", "AWS "+cred.AccessKey+":"+c.sign(cred, o))
}

// PresignV2 returns the URL of r with a version 2 signature in its query, good
// until expires. The headers Content-MD5, Content-Type and x-amz-* of r are
// signed: whoever uses the URL must send them. r is left as it is.
//
// Of o, the domains and the kinds of sub-resources count.
func PresignV2(r *http.Request, cred Credentials, expires time.Time, o *Options) *url.URL {
	q := url.Values{
		"AWSAccessKeyId": {cred.AccessKey},
		"Expires":        {strconv.FormatInt(expires.Unix(), 10)},
	}
	if cred.SessionToken != "" {
		q.Set("x-amz-security-token", cred.SessionToken)
	}
	u := *r.URL
	if u.RawQuery != "" {
		u.RawQuery += "&"
	}
	u.RawQuery += q.Encode()
	m := outgoing(r)
	m.query = u.RawQuery
	c := &claimV2{message: m, date: q.Get("Expires")}
	c.transport = auth.TransportQuery
	u.RawQuery += "&Signature=" + url.QueryEscape(c.sign(cred, o))
	return &u
}

func (c *claimV2) sign(cred Credentials, o *Options) string {
	opt := o.withDefaults()
	text := (&verifierV2{resources: newResourceRules(&opt)}).appendText(nil, c, 0, new(scratch))
	return base64.StdEncoding.EncodeToString(deriveV2(cred.Secret).appendSum(nil, text))
}
