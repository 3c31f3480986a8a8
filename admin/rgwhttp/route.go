package rgwhttp

import (
	"net/http"
	"strings"

	"github.com/cofferstore/coffer/admin/rgwdoc"
	"github.com/cofferstore/coffer/auth/iam"
)

// route is an operation and what it needs. flag is a query parameter that
// selects it; with "=" at its end the parameter must have a value. A resource
// that ends in "/" is everything below.
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
	{"RemoveSubuser", http.MethodDelete, "user", "subuser=", "users", iam.PermWrite, (*call).removeSubuser},
	{"RemoveCaps", http.MethodDelete, "user", "caps", "users", iam.PermWrite, (*call).removeCaps},
	{"RemoveUser", http.MethodDelete, "user", "", "users", iam.PermWrite, (*call).removeUser},

	{"CheckBucketIndex", http.MethodGet, "bucket", "index", "buckets", iam.PermWrite, (*call).checkIndex},
	{"GetPolicy", http.MethodGet, "bucket", "policy", "buckets", iam.PermRead, (*call).bucketPolicy},
	{"GetBucketInfo", http.MethodGet, "bucket", "", "buckets", iam.PermRead, (*call).bucketInfo},
	{"SetBucketQuota", http.MethodPut, "bucket", "quota", "buckets", iam.PermWrite, (*call).setBucketQuota},
	{"LinkBucket", http.MethodPut, "bucket", "", "buckets", iam.PermWrite, (*call).linkBucket},
	{"UnlinkBucket", http.MethodPost, "bucket", "", "buckets", iam.PermWrite, (*call).unlinkBucket},
	{"RemoveObject", http.MethodDelete, "bucket", "object=", "buckets", iam.PermWrite, (*call).removeObject},
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

// match finds the operation of a request.
func match(method, resource string, p params) (*route, error) {
	for i := range routes {
		r := &routes[i]
		below := strings.HasSuffix(r.resource, "/") && strings.HasPrefix(resource, r.resource)
		if r.method != method || r.resource != resource && !below {
			continue
		}
		flag, valued := strings.CutSuffix(r.flag, "=")
		if flag == "" || valued && p.get(flag) != "" || !valued && p.has(flag) {
			return r, nil
		}
	}
	return nil, codeMethodNotAllowed
}
