package rgwhttp_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/admin/rgwhttp"
	"github.com/cofferstore/coffer/auth/iam"
)

// requests has one request for each operation, with the capability that Ceph's
// guide names.
const requests = `
	GetUserQuota               GET    user?quota&uid=lab-user            users=read
	ListUsers                  GET    user?list                          users=read
	GetUserInfo                GET    user?uid=lab-user                  users=read
	SetUserQuota               PUT    user?quota&uid=lab-user            users=write
	CreateKey                  PUT    user?key&uid=lab-user              users=write
	CreateSubuser              PUT    user?uid=lab-user&subuser=s        users=write
	AddCaps                    PUT    user?caps&uid=lab-user             users=write
	CreateUser                 PUT    user?uid=fresh                     users=write
	ModifySubuser              POST   user?uid=lab-user&subuser=s        users=write
	ModifyUser                 POST   user?uid=lab-user                  users=write
	RemoveKey                  DELETE user?key&access-key=none           users=write
	RemoveSubuser              DELETE user?uid=lab-user&subuser=none     users=write
	RemoveCaps                 DELETE user?caps&uid=lab-user             users=write
	RemoveUser                 DELETE user?uid=nobody                    users=write
	CheckBucketIndex           GET    bucket?index&bucket=box            buckets=write
	GetPolicy                  GET    bucket?policy&bucket=box           buckets=read
	GetBucketInfo              GET    bucket?bucket=box                  buckets=read
	SetBucketQuota             PUT    bucket?quota&bucket=box            buckets=write
	LinkBucket                 PUT    bucket?bucket=box                  buckets=write
	UnlinkBucket               POST   bucket?bucket=box                  buckets=write
	RemoveObject               DELETE bucket?bucket=box&object=none      buckets=write
	RemoveBucket               DELETE bucket?bucket=none                 buckets=write
	GetUsage                   GET    usage                              usage=read
	TrimUsage                  DELETE usage?uid=nobody                   usage=write
	GetRateLimit               GET    ratelimit?global=true              ratelimit=read
	SetRateLimit               POST   ratelimit?global=true              ratelimit=write
	GetInfo                    GET    info                               info=read
	ListMetadataSections       GET    metadata                           metadata=read
	GetUserMetadata            GET    metadata/user                      metadata=read
	GetBucketMetadata          GET    metadata/bucket                    metadata=read
	GetBucketInstanceMetadata  GET    metadata/bucket.instance           metadata=read
	GetMetadata                GET    metadata/otp                       metadata=read
	PutMetadata                PUT    metadata/user?key=lab-user         metadata=write
	RemoveMetadata             DELETE metadata/user?key=lab-user         metadata=write
	LockMetadata               POST   metadata/user?lock&key=lab-user    metadata=write`

func TestCapabilities(t *testing.T) {
	l := newLab(t)
	l.bucket("lab-user", "box", "private")
	kinds := strings.Fields("users buckets usage ratelimit info metadata zone roles user-policy oidc-provider")
	for _, kind := range kinds {
		l.user(kind+"-read", kind, kind+"=read")
		l.user(kind+"-write", kind, kind+"=write")
		var caps []string
		for _, other := range kinds {
			if other != kind {
				caps = append(caps, other+"=*")
			}
		}
		l.user("all-but-"+kind, kind, strings.Join(caps, ";"))
	}
	var seen []string
	for line := range strings.Lines(strings.TrimSpace(requests)) {
		f := strings.Fields(line)
		name, method, target := f[0], f[1], "/admin/"+f[2]
		kind, perm, _ := strings.Cut(f[3], "=")
		seen = append(seen, name)
		other := map[string]string{"read": "write", "write": "read"}[perm]
		for user, want := range map[string]bool{
			kind + "-" + perm: true, kind + "-" + other: false, "all-but-" + kind: false, "lab-user": false,
		} {
			status, body := l.as(user, method, target, "")
			assert.Equal(t, want, status != 403 || strings.Contains(body, "InvalidAccessKeyId"), "%s of %s: %d", name, user, status)
		}
	}
	assert.ElementsMatch(t, rgwhttp.Operations(), seen, "each operation has its request here")
}

func TestOddNames(t *testing.T) {
	l := newLab(t)
	_, err := l.Users.EnsureRoot(t.Context(), "ROOT", "root-secret")
	require.NoError(t, err)
	before, err := l.Service.Users(t.Context(), iam.UsersQuery{})
	require.NoError(t, err)
	for _, odd := range []string{
		"a%24b%24c", "%24", "a%24", "%24a", "a%3Ab", "%3A", "%00", "a%0Ab", "%FF%FE", "%E2%80%8B", "..%2F..", "%2F", "%2Fa%2Fb", "%20", "",
		strings.Repeat("x", 5000), strings.Repeat("%24", 300), "acme%2F" + strings.Repeat("y", 300),
	} {
		for line := range strings.Lines(strings.TrimSpace(requests)) {
			f := strings.Fields(line)
			if f[0] == "CreateUser" && odd == "" {
				continue // the request without a uid is recorded
			}
			target := strings.NewReplacer("lab-user", odd, "=box", "="+odd, "=nobody", "="+odd, "=fresh", "="+odd, "=none", "="+odd).Replace(f[2])
			status, body := l.as("root", f[1], "/admin/"+target, "")
			assert.True(t, status < 500 || status == 501, "%s %.80s: %d %s", f[1], target, status, body)
		}
	}
	after, err := l.Service.Users(t.Context(), iam.UsersQuery{})
	require.NoError(t, err)
	assert.Equal(t, before, after, "none of them is a name")
}
