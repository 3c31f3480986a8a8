package ostorhttp

import (
	"net/http"
	"slices"
	"strings"
)

// Names of the services.
const (
	serviceUsers    = "ostor-users"
	serviceAccounts = "ostor-accounts"
	serviceBuckets  = "ostor-buckets"
	serviceLimits   = "ostor-limits"
	serviceQuotas   = "ostor-quotas"
	serviceUsage    = "ostor-usage"
)

var services = []string{serviceUsers, serviceAccounts, serviceBuckets, serviceLimits, serviceQuotas, serviceUsage}

// servicesOf returns the services that a query names, each once.
func servicesOf(query string) []string {
	if !strings.Contains(query, "ostor") && !strings.Contains(query, "%") {
		return nil // as nearly all requests are
	}
	var found []string
	for _, p := range parseParams(query) {
		if p.value == "" && slices.Contains(services, p.name) && !slices.Contains(found, p.name) {
			found = append(found, p.name)
		}
	}
	return found
}

// route is an operation. when is a parameter that selects it; empty is none.
type route struct {
	name            string
	service, method string
	when            string
	run             func(*call) (any, error)
}

// routes is searched from the top.
var routes = []route{
	{"GetUsers", serviceUsers, http.MethodGet, "", (*call).getUsers},
	{"GenerateKey", serviceUsers, http.MethodPut, "genKey", (*call).generateKey}, // as releases before had it
	{"RevokeKey", serviceUsers, http.MethodPut, "revokeKey", (*call).revokeKey},
	{"CreateUser", serviceUsers, http.MethodPut, "", (*call).createUser},
	{"DisableUser", serviceUsers, http.MethodPost, "disable", (*call).disableUser},
	{"EnableUser", serviceUsers, http.MethodPost, "enable", (*call).enableUser},
	{"GenerateKey", serviceUsers, http.MethodPost, "genKey", (*call).generateKey},
	{"RevokeKey", serviceUsers, http.MethodPost, "revokeKey", (*call).revokeKey},
	{"ChangeUser", serviceUsers, http.MethodPost, "", (*call).noChange},
	{"DeleteUser", serviceUsers, http.MethodDelete, "", (*call).deleteUser},

	{"CreateAccount", serviceAccounts, http.MethodPost, "", (*call).createAccount},
	{"CreateAccount", serviceAccounts, http.MethodPut, "", (*call).createAccount},
	{"DeleteAccount", serviceAccounts, http.MethodDelete, "", (*call).deleteAccount},

	{"GetBuckets", serviceBuckets, http.MethodGet, "", (*call).getBuckets},

	{"SetLimits", serviceLimits, http.MethodPut, "", (*call).setLimits},
	{"GetLimits", serviceLimits, http.MethodGet, "", (*call).getLimits},
	{"DeleteLimits", serviceLimits, http.MethodDelete, "", (*call).deleteLimits},

	{"SetQuota", serviceQuotas, http.MethodPut, "", (*call).setQuota},
	{"GetQuota", serviceQuotas, http.MethodGet, "", (*call).getQuota},
	{"DeleteQuota", serviceQuotas, http.MethodDelete, "", (*call).deleteQuota},

	{"GetStatistics", serviceUsage, http.MethodGet, "obj", (*call).getStatistics},
	{"ListStatistics", serviceUsage, http.MethodGet, "", (*call).listStatistics},
	{"DeleteStatistics", serviceUsage, http.MethodDelete, "", (*call).deleteStatistics},
}

// match finds the operation of a request.
func match(service, method string, p params) (*route, error) {
	var allowed []string
	for i := range routes {
		r := &routes[i]
		if r.service != service {
			continue
		}
		if r.method == method && (r.when == "" || p.has(r.when)) {
			return r, nil
		}
		if !slices.Contains(allowed, r.method) {
			allowed = append(allowed, r.method)
		}
	}
	f := refusal(codeMethodNotAllowed, "")
	f.allow = strings.Join(allowed, ", ")
	return nil, f
}
