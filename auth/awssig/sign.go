package awssig

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// Credentials sign requests. SessionToken is empty but for temporary ones.
type Credentials struct {
	AccessKey, Secret, SessionToken string
}

// Scope is when, where and for what a version 4 signature is good. Amazon's
// service names are "s3", "sts", "iam" and "sns".
type Scope struct {
	Time            time.Time
	Region, Service string
}

func (s Scope) stamp() string { return s.Time.UTC().Format(stampLayout) }
func (s Scope) day() string   { return s.Time.UTC().Format(dayLayout) }

// String returns day/region/service/aws4_request.
func (s Scope) String() string {
	return s.day() + "/" + s.Region + "/" + s.Service + "/" + terminator
}

func (s Scope) key(cred Credentials) *keyedMAC {
	return deriveV4(cred.Secret, s.day(), s.Region, s.Service)
}

// Payload hashes that are not hashes, for [SignV4] and [PresignV4].
const (
	// UnsignedPayload leaves the body out of the signature.
	UnsignedPayload = unsignedPayload

	// EmptyPayload is the SHA-256 of an empty body.
	EmptyPayload = emptySHA256
)

// SignV4 signs r in its Authorization header with Signature Version 4. It sets
// X-Amz-Date, X-Amz-Security-Token for temporary credentials and, for the
// service s3, X-Amz-Content-Sha256. All headers of r are signed but those that
// proxies and transports change.
//
// payloadHash is the SHA-256 of the body in lower-case hexadecimal,
// [EmptyPayload] or [UnsignedPayload]. Headers and URL must not change
// afterwards. Bodies that stream are for [StreamV4].
func SignV4(r *http.Request, cred Credentials, scope Scope, payloadHash string) {
	signV4(r, cred, scope, payloadHash, scope.key(cred))
}

// signV4 returns the signature, where a chain of chunk signatures starts.
func signV4(r *http.Request, cred Credentials, scope Scope, payloadHash string, mac *keyedMAC) string {
	r.Header.Del("Authorization")
	r.Header.Set("X-Amz-Date", scope.stamp())
	if scope.Service == serviceS3 {
		r.Header.Set(headerSHA256, payloadHash)
	}
	if cred.SessionToken != "" {
		r.Header.Set("X-Amz-Security-Token", cred.SessionToken)
	}
	c := canonical{
		message: outgoing(r), payload: payloadHash, generic: scope.Service != serviceS3,
		signedHeaders: strings.Join(headersToSign(r), ";"),
	}
	signature := c.sign(scope, mac)
	r.Header.Set("Authorization", algorithmV4+" Credential="+cred.AccessKey+"/"+scope.String()+
		", SignedHeaders="+c.signedHeaders+", Signature="+signature)
	return signature
}

func (c *canonical) sign(scope Scope, mac *keyedMAC) string {
	s := new(scratch)
	parseSignedHeaders(c.signedHeaders, s)
	request := c.appendRequest(nil, 0, s)
	return string(mac.appendHexSum(nil, appendStringToSign(nil, scope.stamp(), scope.String(), request)))
}

// outgoing is the message that an http.Client will make of r.
func outgoing(r *http.Request) message {
	m := message{Request: r, path: r.URL.EscapedPath(), query: r.URL.RawQuery}
	if m.path == "" {
		m.path = "/"
	}
	return m
}

// headersToSign returns the headers of r to sign, with host, sorted.
func headersToSign(r *http.Request) []string {
	names := []string{"host"}
	for name := range r.Header {
		switch name = strings.ToLower(name); name {
		case "host", "authorization", "user-agent", "accept-encoding", "connection", "expect", "te",
			"transfer-encoding", "content-length", "x-amzn-trace-id":
		default:
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
