package rgwhttp

import (
	"net/http"
	"strings"

	"github.com/cofferstore/coffer/auth/iam"
)

// route is an operation and what it needs. flag is a query parameter that
// selects it; with "=" at its end the parameter must have a value.
type route struct {
	name             string
	method, resource string
	flag             string
	cap              string
	perm             iam.Perm
	run              func(*call) (*document, error)
}

// routes is searched from the top.
var routes = []route{
	{"GetUserQuota", http.MethodGet, "user", "quota", "users", iam.PermRead, (*call).notYet},
	{"ListUsers", http.MethodGet, "user", "list", "users", iam.PermRead, (*call).listUsers},
	{"GetUserInfo", http.MethodGet, "user", "", "users", iam.PermRead, (*call).userInfo},
	{"SetUserQuota", http.MethodPut, "user", "quota", "users", iam.PermWrite, (*call).notYet},
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
}

// match finds the operation of a request.
func match(method, resource string, p params) (*route, error) {
	for i := range routes {
		r := &routes[i]
		if r.method != method || r.resource != resource {
			continue
		}
		flag, valued := strings.CutSuffix(r.flag, "=")
		if flag == "" || valued && p.get(flag) != "" || !valued && p.has(flag) {
			return r, nil
		}
	}
	return nil, codeMethodNotAllowed
}
