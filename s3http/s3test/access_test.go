package s3test_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/s3http/s3test"
)

// Users of the directory share a bucket, with signatures.
func TestSharedBucket(t *testing.T) {
	srv := s3test.New(t)
	users := map[string]s3test.User{}
	for _, name := range []string{"alice", "bob", "eve"} {
		u, err := srv.AddUser(name)
		require.NoError(t, err)
		users[name] = u
	}
	_, err := srv.Directory.UpdateUser(context.Background(), iam.UserID{UID: "bob"}, func(u *iam.User) error {
		u.Email = "bob@x.org"
		return nil
	})
	require.NoError(t, err)
	do := func(who, method, path, body string, headers ...string) (int, string) {
		r, err := srv.Request(t.Context(), method, path, strings.NewReader(body))
		require.NoError(t, err)
		for _, h := range headers {
			name, value, _ := strings.Cut(h, ": ")
			r.Header.Set(name, value)
		}
		send := srv.Client().Do
		if u, ok := users[who]; ok {
			send = func(r *http.Request) (*http.Response, error) { return srv.DoAs(u, r) }
		}
		resp, err := send(r)
		require.NoError(t, err)
		defer resp.Body.Close()
		answer, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		return resp.StatusCode, string(answer)
	}
	for _, tt := range []struct {
		why, who, request, body string
		headers                 []string
		status                  int
		has                     string
	}{
		{"alice makes a bucket", "alice", "PUT /shared", "", []string{"X-Amz-Object-Ownership: ObjectWriter"}, 200, ""},
		{"for bob, whom she knows by address", "alice", "PUT /shared?acl", "", []string{`X-Amz-Grant-Full-Control: emailAddress="bob@x.org"`}, 200, ""},
		{"nobody has that address", "alice", "PUT /shared?acl", "", []string{`X-Amz-Grant-Read: emailAddress="zoe@x.org"`}, 400, "UnresolvableGrantByEmailAddress"},
		{"bob writes", "bob", "PUT /shared/o", "hello", nil, 200, ""},
		{"his object", "alice", "GET /shared/o", "", nil, 403, "AccessDenied"},
		{"which he opens", "bob", "PUT /shared/o?acl", "", []string{"X-Amz-Acl: public-read"}, 200, ""},
		{"to everybody", "", "GET /shared/o", "", nil, 200, "hello"},
		{"eve may not list", "eve", "GET /shared", "", nil, 403, "AccessDenied"},
		{"alice lets her", "alice", "PUT /shared?policy", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam:::user/eve"},"Action":"s3:ListBucket","Resource":"arn:aws:s3:::shared"}}`, nil, 204, ""},
		{"list", "eve", "GET /shared", "", nil, 200, "<Key>o</Key>"},
		{"not write", "eve", "PUT /shared/o", "", nil, 403, "AccessDenied"},
	} {
		method, path, _ := strings.Cut(tt.request, " ")
		status, answer := do(tt.who, method, path, tt.body, tt.headers...)
		assert.Equal(t, tt.status, status, "%s: %s", tt.why, answer)
		assert.Contains(t, answer, tt.has, tt.why)
	}
}
