package bench

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"time"
)

// Credentials sign requests; the zero value signs none.
type Credentials struct {
	AccessKey, Secret string
	Region            string
}

const (
	algorithm = "AWS4-HMAC-SHA256"
	unsigned  = "UNSIGNED-PAYLOAD"
	signed    = "host;x-amz-content-sha256;x-amz-date"
	stampForm = "20060102T150405Z"
)

// signer makes the headers of Signature Version 4 for one connection. It keeps
// the derived key of the day.
type signer struct {
	cred          Credentials
	host          string
	now           func() time.Time
	sec           int64  // of stamp
	stamp         string // X-Amz-Date
	scope         string // day/region/s3/aws4_request
	mac           hash.Hash
	sum           hash.Hash
	buf           []byte
	digest, hexed [64]byte
}

func newSigner(c Credentials, host string, now func() time.Time) *signer {
	return &signer{cred: c, host: host, now: now, sum: sha256.New()}
}

// append adds the signature's headers for a request to b. The path and the
// query are in canonical form.
func (s *signer) append(b []byte, method, path, query string) []byte {
	if s.cred.AccessKey == "" {
		return b
	}
	s.tick()
	c := append(s.buf[:0], method...)
	c = append(append(c, '\n'), path...)
	c = append(append(c, '\n'), query...)
	c = append(append(c, "\nhost:"...), s.host...)
	c = append(append(c, "\nx-amz-content-sha256:"+unsigned+"\nx-amz-date:"...), s.stamp...)
	c = append(c, "\n\n"+signed+"\n"+unsigned...)
	request := s.hash(s.sum, c)

	c = append(c[:0], algorithm+"\n"...)
	c = append(append(c, s.stamp...), '\n')
	c = append(append(c, s.scope...), '\n')
	c = append(c, request...)
	s.buf = c
	signature := s.hash(s.mac, c)

	b = append(append(b, "X-Amz-Content-Sha256: "+unsigned+"\r\nX-Amz-Date: "...), s.stamp...)
	b = append(append(b, "\r\nAuthorization: "+algorithm+" Credential="...), s.cred.AccessKey...)
	b = append(append(b, '/'), s.scope...)
	b = append(append(b, ", SignedHeaders="+signed+", Signature="...), signature...)
	return append(b, "\r\n"...)
}

// hash returns the hexadecimal sum of data, valid until the next call.
func (s *signer) hash(h hash.Hash, data []byte) []byte {
	h.Reset()
	h.Write(data)
	n := hex.Encode(s.hexed[:], h.Sum(s.digest[:0]))
	return s.hexed[:n]
}

// tick follows the clock: the date of a request and, once a day, the key.
func (s *signer) tick() {
	now := s.now()
	if now.Unix() == s.sec && s.mac != nil {
		return
	}
	s.sec, s.stamp = now.Unix(), now.UTC().Format(stampForm)
	scope := s.stamp[:8] + "/" + s.cred.Region + "/s3/aws4_request"
	if scope == s.scope {
		return
	}
	s.scope = scope
	key := []byte("AWS4" + s.cred.Secret)
	for _, part := range []string{s.stamp[:8], s.cred.Region, "s3", "aws4_request"} {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(part))
		key = mac.Sum(nil)
	}
	s.mac = hmac.New(sha256.New, key)
}
