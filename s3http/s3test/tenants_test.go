package s3test_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth/awssig"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/s3http/s3test"
)

// tenantUser creates a user of a tenant with a key.
func tenantUser(t *testing.T, s *s3test.Server, tenant, uid string) s3test.User {
	t.Helper()
	u, err := s.Directory.CreateUser(t.Context(), iam.User{UserID: iam.UserID{Tenant: tenant, UID: uid}})
	require.NoError(t, err)
	c, err := s.Directory.CreateKey(t.Context(), u.UserID, iam.Credentials{})
	require.NoError(t, err)
	return s3test.User{ID: u.String(), AccessKey: c.AccessKey, SecretKey: c.Secret}
}

// TestTenants has two tenants, each with a user of the same name, that own a
// bucket of the same name with an object of the same name.
func TestTenants(t *testing.T) {
	s := s3test.New(t)
	users := map[string]s3test.User{"acme": tenantUser(t, s, "acme", "ann"), "umbrella": tenantUser(t, s, "umbrella", "ann")}
	for tenant, u := range users {
		require.Equal(t, 200, as(t, s, u, "PUT", "/photos", "").status)
		require.Equal(t, 200, as(t, s, u, "PUT", "/photos/cat", tenant).status)
	}
	acme := users["acme"]
	for _, tc := range []struct {
		why, method, path string
		status            int
		body              string // part of the answer
	}{
		{"without a tenant it is the caller's", "GET", "/photos/cat", 200, "acme"},
		{"by name", "GET", "/acme:photos/cat", 200, "acme"},
		{"percent-encoded, as many clients send it", "GET", "/acme%3Aphotos/cat", 200, "acme"},
		{"in small letters too", "GET", "/acme%3aphotos/cat", 200, "acme"},
		{"a listing", "GET", "/acme:photos?list-type=2", 200, "<Key>cat</Key>"},
		{"another's is there, and not for the caller", "GET", "/umbrella:photos/cat", 403, "AccessDenied"},
		{"nor to be written", "PUT", "/umbrella%3Aphotos/cat", 403, "AccessDenied"},
		{"nor to be removed", "DELETE", "/umbrella:photos", 403, "AccessDenied"},
		{"nor to be made in", "PUT", "/umbrella:mine", 403, "AccessDenied"},
		{"the default tenant has none", "GET", "/:photos/cat", 404, "NoSuchBucket"},
		{"a tenant that nobody has", "GET", "/nobody:photos/cat", 404, "NoSuchBucket"},
		{"the caller's buckets are the caller's alone", "GET", "/", 200, "<ID>acme$ann</ID>"},
	} {
		got := as(t, s, acme, tc.method, tc.path, "")
		assert.Equal(t, tc.status, got.status, "%s: %s", tc.why, got.body)
		assert.Contains(t, got.body, tc.body, tc.why)
	}
	assert.Equal(t, 1, strings.Count(as(t, s, acme, "GET", "/", "").body, "<Bucket>"))
	assert.Equal(t, "umbrella", as(t, s, s.Root(), "GET", "/umbrella:photos/cat", "").body, "an administrator reads all by name")
	assert.Equal(t, 204, as(t, s, acme, "DELETE", "/photos/cat", "").status)
	assert.Equal(t, "umbrella", as(t, s, users["umbrella"], "GET", "/photos/cat", "").body, "what one removes the other keeps")
}

// TestTenantsOtherSignatures reads a tenant's object with each kind of
// signature, in each spelling of the path.
func TestTenantsOtherSignatures(t *testing.T) {
	s := s3test.New(t)
	u := tenantUser(t, s, "acme", "ann")
	require.Equal(t, 200, as(t, s, u, "PUT", "/photos", "").status)
	require.Equal(t, 200, as(t, s, u, "PUT", "/photos/cat", "meow").status)
	cred := awssig.Credentials{AccessKey: u.AccessKey, Secret: u.SecretKey}
	scope := awssig.Scope{Time: s.Clock.Now(), Region: s.Region, Service: "s3"}
	for name, sign := range map[string]func(*http.Request){
		"V2":           func(r *http.Request) { awssig.SignV2(r, cred, scope.Time, nil) },
		"V2 presigned": func(r *http.Request) { r.URL = awssig.PresignV2(r, cred, scope.Time.Add(time.Minute), nil) },
		"V4 presigned": func(r *http.Request) {
			r.URL = awssig.PresignV4(r, cred, scope, time.Minute, awssig.UnsignedPayload)
		},
	} {
		for _, path := range []string{"/photos/cat", "/acme:photos/cat", "/acme%3Aphotos/cat"} {
			t.Run(fmt.Sprint(name, path), func(t *testing.T) {
				r, err := s.Request(t.Context(), "GET", path, nil)
				require.NoError(t, err)
				sign(r)
				resp, err := s.Client().Do(r)
				require.NoError(t, err)
				defer resp.Body.Close()
				body, err := io.ReadAll(resp.Body)
				require.NoError(t, err)
				assert.Equal(t, "meow", string(body))
			})
		}
	}
}

// TestTenantsCopy copies within a tenant and from another's bucket.
func TestTenantsCopy(t *testing.T) {
	s := s3test.New(t)
	acme, other := tenantUser(t, s, "acme", "ann"), tenantUser(t, s, "umbrella", "ann")
	for _, u := range []s3test.User{acme, other} {
		require.Equal(t, 200, as(t, s, u, "PUT", "/photos", "").status)
		require.Equal(t, 200, as(t, s, u, "PUT", "/photos/cat", u.ID).status)
	}
	for _, tc := range []struct {
		why, source string
		status      int
	}{
		{"the caller's tenant", "/photos/cat", 200},
		{"by name", "/acme:photos/cat", 200},
		{"percent-encoded", "acme%3Aphotos/cat", 200},
		{"another's", "/umbrella:photos/cat", 403},
	} {
		r, err := s.Request(t.Context(), "PUT", "/photos/copy", nil)
		require.NoError(t, err)
		r.Header.Set("X-Amz-Copy-Source", tc.source)
		resp, err := s.DoAs(acme, r)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		assert.Equal(t, tc.status, resp.StatusCode, tc.why)
	}
	assert.Equal(t, acme.ID, as(t, s, acme, "GET", "/photos/copy", "").body)
}
