package s3test

import (
	"context"
	"io"
	"net/http"

	"github.com/cofferstore/coffer/auth/awssig"
)

// Root returns the root user.
func (s *Server) Root() User {
	return User{ID: "root", AccessKey: s.AccessKey, SecretKey: s.SecretKey}
}

// Request makes an unsigned request; path is escaped and begins with a slash,
// for example "/bucket/key?versionId=1".
func (s *Server) Request(ctx context.Context, method, path string, body io.Reader) (*http.Request, error) {
	return http.NewRequestWithContext(ctx, method, s.URL+path, body)
}

// Do signs a request as the root user, with Signature Version 4 and the
// server's time, and sends it.
func (s *Server) Do(r *http.Request) (*http.Response, error) { return s.DoAs(s.Root(), r) }

// DoAs signs a request as u and sends it. Headers of r are signed as they are;
// the payload is not, unless X-Amz-Content-Sha256 names its hash.
func (s *Server) DoAs(u User, r *http.Request) (*http.Response, error) {
	payload := r.Header.Get("X-Amz-Content-Sha256")
	if payload == "" {
		payload = awssig.UnsignedPayload
	}
	awssig.SignV4(r, awssig.Credentials{AccessKey: u.AccessKey, Secret: u.SecretKey},
		awssig.Scope{Time: s.Clock.Now(), Region: s.Region, Service: "s3"}, payload)
	return s.Client().Do(r)
}
