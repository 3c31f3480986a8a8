package rgwhttp

import (
	"net/http"
	"slices"
	"strings"

	"github.com/cofferstore/coffer/admin/rgwdoc"
	"github.com/cofferstore/coffer/auth/iam"
)

// route is an operation and what it needs. flag is a query parameter that
// selects it; with "=" at its end the parameter must have a value (a removal
// never has that: an empty name must not turn it into that of something larger).
// A resource that ends in "/" is everything below.
type route struct {
	name             string
	method, resource string
	flag             string
	cap              string
	perm             iam.Perm
	run              func(*call) (*rgwdoc.Document, error)
}

// routes is searched from the top.
var routes = []route{
	{"GetUserQuota", http.MethodGet, "user", "quota", "users", iam.PermRead, (*call).userQuota},
	{"ListUsers", http.MethodGet, "user", "list", "users", iam.PermRead, (*call).listUsers},
	{"GetUserInfo", http.MethodGet, "user", "", "users", iam.PermRead, (*call).userInfo},
	{"SetUserQuota", http.MethodPut, "user", "quota", "users", iam.PermWrite, (*call).setUserQuota},
	{"CreateKey", http.MethodPut, "user", "key", "users", iam.PermWrite, (*call).createKey},
	{"CreateSubuser", http.MethodPut, "user", "subuser=", "users", iam.PermWrite, (*call).createSubuser},
	{"AddCaps", http.MethodPut, "user", "caps", "users", iam.PermWrite, (*call).addCaps},
	{"CreateUser", http.MethodPut, "user", "", "users", iam.PermWrite, (*call).createUser},
	{"ModifySubuser", http.MethodPost, "user", "subuser=", "users", iam.PermWrite, (*call).modifySubuser},
	{"ModifyUser", http.MethodPost, "user", "", "users", iam.PermWrite, (*call).modifyUser},
	{"RemoveKey", http.MethodDelete, "user", "key", "users", iam.PermWrite, (*call).removeKey},
	{"RemoveSubuser", http.MethodDelete, "user", "subuser", "users", iam.PermWrite, (*call).removeSubuser},
	{"RemoveCaps", http.MethodDelete, "user", "caps", "users", iam.PermWrite, (*call).removeCaps},
	{"RemoveUser", http.MethodDelete, "user", "", "users", iam.PermWrite, (*call).removeUser},

	{"CheckBucketIndex", http.MethodGet, "bucket", "index", "buckets", iam.PermWrite, (*call).checkIndex},
	{"GetPolicy", http.MethodGet, "bucket", "policy", "buckets", iam.PermRead, (*call).bucketPolicy},
	{"GetBucketInfo", http.MethodGet, "bucket", "", "buckets", iam.PermRead, (*call).bucketInfo},
	{"SetBucketQuota", http.MethodPut, "bucket", "quota", "buckets", iam.PermWrite, (*call).setBucketQuota},
	{"LinkBucket", http.MethodPut, "bucket", "", "buckets", iam.PermWrite, (*call).linkBucket},
	{"UnlinkBucket", http.MethodPost, "bucket", "", "buckets", iam.PermWrite, (*call).unlinkBucket},
	{"RemoveObject", http.MethodDelete, "bucket", "object", "buckets", iam.PermWrite, (*call).removeObject},
	{"RemoveBucket", http.MethodDelete, "bucket", "", "buckets", iam.PermWrite, (*call).removeBucket},

	{"GetUsage", http.MethodGet, "usage", "", "usage", iam.PermRead, (*call).getUsage},
	{"TrimUsage", http.MethodDelete, "usage", "", "usage", iam.PermWrite, (*call).trimUsage},

	{"GetRateLimit", http.MethodGet, "ratelimit", "", "ratelimit", iam.PermRead, (*call).getRates},
	{"SetRateLimit", http.MethodPost, "ratelimit", "", "ratelimit", iam.PermWrite, (*call).setRates},

	{"GetInfo", http.MethodGet, "info", "", "info", iam.PermRead, (*call).info},

	{"ListMetadataSections", http.MethodGet, "metadata", "", "metadata", iam.PermRead, (*call).metadataSections},
	{"GetUserMetadata", http.MethodGet, "metadata/user", "", "metadata", iam.PermRead, (*call).userMetadata},
	{"GetBucketMetadata", http.MethodGet, "metadata/bucket", "", "metadata", iam.PermRead, (*call).bucketMetadata},
	{"GetBucketInstanceMetadata", http.MethodGet, "metadata/bucket.instance", "", "metadata", iam.PermRead, (*call).instanceMetadata},
	{"PutMetadata", http.MethodPut, "metadata/", "", "metadata", iam.PermWrite, (*call).rawMetadata},
	{"RemoveMetadata", http.MethodDelete, "metadata/", "", "metadata", iam.PermWrite, (*call).rawMetadata},
	{"LockMetadata", http.MethodPost, "metadata/", "", "metadata", iam.PermWrite, (*call).rawMetadata},
	{"GetMetadata", http.MethodGet, "metadata/", "", "metadata", iam.PermRead, (*call).noMetadata},
}

// holds tells whether the route is one of a resource.
func (r *route) holds(resource string) bool {
	return r.resource == resource || strings.HasSuffix(r.resource, "/") && strings.HasPrefix(resource, r.resource)
}

// allowed lists the methods of a resource, for the header Allow (RFC 9110, 15.5.6).
func allowed(resource string) string {
	var methods []string
	for i := range routes {
		if r := &routes[i]; r.holds(resource) && !slices.Contains(methods, r.method) {
			methods = append(methods, r.method)
		}
	}
	return strings.Join(methods, ", ")
}

// match finds the operation of a request.
func match(method, resource string, p params) (*route, error) {
	for i := range routes {
		r := &routes[i]
		if r.method != method || !r.holds(resource) {
			continue
		}
		flag, valued := strings.CutSuffix(r.flag, "=")
		if flag == "" || valued && p.get(flag) != "" || !valued && p.has(flag) {
			return r, nil
		}
	}
	return nil, codeMethodNotAllowed
}
