package s3http

import (
	"net/http"
	"strings"

	"github.com/cofferstore/coffer/auth"
)

// Scope is what an operation is done to.
type Scope string

// Scopes.
const (
	ScopeService Scope = "service"
	ScopeBucket  Scope = "bucket"
	ScopeObject  Scope = "object"
	ScopeSite    Scope = "website" // a page on a website host
	ScopeAccount Scope = "account" // all buckets of a tenant, or a bucket by its ARN; see the S3 Control API
)

// Class is ostor's class of an operation, by which it is limited and counted.
type Class string

// Classes.
const (
	ClassGet    Class = "get"
	ClassPut    Class = "put"
	ClassList   Class = "list"
	ClassDelete Class = "delete"
	ClassOther  Class = "other"
)

// Uncounted is the Counter of an operation that UTAPI does not count, and
// Unsigned the Action of one that nobody needs a right for.
const (
	Uncounted = "-"
	Unsigned  = "-"
)

// Operation describes one operation of the S3 API as the handler knows it.
type Operation struct {
	// Name is that of the S3 API, for example "GetObject".
	Name   string
	Method string
	Scope  Scope

	// Path is the whole path of an operation on an account; else empty. It may
	// end in "{name+}", which stands for all that follows.
	Path string

	// Query is what selects the operation among those of its method and scope:
	// parameters, joined by '&', that must be present, with a value where one
	// is given. Header is a request header that must be present. Empty: none.
	Query, Header string

	// Action is the policy action that the caller needs; VersionAction is the
	// one in its place when a version is named, "" = the same.
	Action, VersionAction string

	Category string // of RGW's usage log
	Class    Class
	Counter  string // of UTAPI, without "s3:"; or [Uncounted]

	// Built is false for operations that are answered NotImplemented.
	Built bool
}

// route is a row of the table: an operation and how it is done.
type route struct {
	Operation
	run func(*call) error

	public  bool // nobody is asked who they are
	creates bool // the bucket need not exist
	form    bool // the caller is proved by the form in the body; the operation asks
	late    bool // the operation calls authorize itself, for what it learns first

	selectors []selector
}

type selector struct{ name, value string }

// router finds rows.
type router struct {
	routes []*route

	// byMethod has the rows of a scope and method, in the order of the table.
	byMethod map[Scope]map[string][]*route

	// resources are the parameters that select rows: the sub-resources of a scope.
	resources map[Scope]map[string]bool
}

// methods are those that the API has, in the order in which operations are listed.
var methods = []string{
	http.MethodGet, http.MethodHead, http.MethodPut, http.MethodPost, http.MethodDelete, http.MethodOptions,
}

func newRouter() *router {
	rt := &router{byMethod: map[Scope]map[string][]*route{}, resources: map[Scope]map[string]bool{}}
	rt.add(ScopeService, serviceRoutes)
	rt.add(ScopeBucket, bucketRoutes)
	rt.add(ScopeObject, objectRoutes)
	rt.add(ScopeSite, siteRoutes)
	rt.add(ScopeAccount, accountRoutes)
	return rt
}

func (rt *router) add(scope Scope, table []route) {
	byMethod, resources := map[string][]*route{}, map[string]bool{}
	for _, r := range table {
		r.Scope, r.Built = scope, r.run != nil
		if r.run == nil {
			r.run = (*call).notBuilt
		}
		if r.Query != "" {
			for _, term := range strings.Split(r.Query, "&") {
				name, value, _ := strings.Cut(term, "=")
				r.selectors = append(r.selectors, selector{name, value})
				if value == "" {
					resources[name] = true
				}
			}
		}
		byMethod[r.Method] = append(byMethod[r.Method], &r)
	}
	rt.byMethod[scope], rt.resources[scope] = byMethod, resources
	for _, m := range methods {
		rt.routes = append(rt.routes, byMethod[m]...)
	}
}

func (rt *router) operations() []Operation {
	ops := make([]Operation, len(rt.routes))
	for i, r := range rt.routes {
		ops[i] = r.Operation
	}
	return ops
}

func scopeOf(a address) Scope {
	switch {
	case a.bucket == "":
		return ScopeService
	case a.key == "":
		return ScopeBucket
	}
	return ScopeObject
}

// match finds the row of a request. A sub-resource that no row of the method
// asks for is an error: else it would be left out silently, and DELETE ?acl
// would delete the object.
func (rt *router) match(r *http.Request, scope Scope, q query) (*route, error) {
	if rows := rt.byMethod[scope][r.Method]; r.Method == http.MethodOptions && len(rows) > 0 {
		return rows[0], nil // a preflight is about the path, whatever the query
	}
	if scope == ScopeAccount && !rt.serves(r.URL.Path) {
		return nil, refusal(codeNotImplemented, "The operation is not implemented.")
	}
	var named []string
	for _, p := range q {
		switch {
		case scope == ScopeBucket && rt.needsKey(r.Method, p.name):
			return nil, refusal(codeInvalidRequest, "A key must be specified")
		case rt.resources[scope][p.name]:
			named = append(named, p.name)
		case p.bare && !isParameter(p.name) && (!isRead(r.Method) || isResourceName(p.name)):
			return nil, refusal(codeNotImplemented, "The sub-resource "+p.name+" is not implemented.",
				auth.Detail{Name: "ResourceType", Value: p.name})
		}
	}
	for _, row := range rt.byMethod[scope][r.Method] {
		if row.matches(r, q, named) {
			return row, row.conflict(named)
		}
	}
	return nil, rt.notAllowed(scope, r, named)
}

// needsKey tells whether a parameter makes sense for objects only. The request of
// a client that lost the key is not one for the bucket: DELETE ?uploadId would
// delete it.
func (rt *router) needsKey(method, name string) bool {
	if isRead(method) || method == http.MethodOptions {
		return name == "uploadId"
	}
	return name == "versionId" || name == "partNumber" || rt.resources[ScopeObject][name] && !rt.resources[ScopeBucket][name]
}

// serves tells whether there is an operation on accounts with the path.
func (rt *router) serves(path string) bool {
	for _, row := range rt.routes {
		if row.Scope == ScopeAccount && row.isAt(path) {
			return true
		}
	}
	return false
}

// isAt tells whether the row is about the path. All paths are those of a row
// without one.
func (row *route) isAt(path string) bool {
	if row.Path == "" {
		return true
	}
	head, _, open := strings.Cut(row.Path, "{")
	return path == head || open && strings.HasPrefix(path, head)
}

func (row *route) matches(r *http.Request, q query, named []string) bool {
	if !row.isAt(r.URL.Path) {
		return false
	}
	if row.Header != "" {
		if _, ok := r.Header[row.Header]; !ok {
			return false
		}
	}
	for _, s := range row.selectors {
		v, ok := q.lookup(s.name)
		if !ok || s.value != "" && v != s.value {
			return false
		}
	}
	return len(row.selectors) > 0 || len(named) == 0
}

func (row *route) selectedBy(name string) bool {
	for _, s := range row.selectors {
		if s.name == name {
			return true
		}
	}
	return false
}

// conflict refuses a request that names more sub-resources than its row.
func (row *route) conflict(named []string) error {
	for _, name := range named {
		if !row.selectedBy(name) {
			return badArgument("ResourceType", name, "Conflicting query string parameters: "+strings.Join(named, ", "))
		}
	}
	return nil
}

// notAllowed tells which methods the resource has.
func (rt *router) notAllowed(scope Scope, r *http.Request, named []string) error {
	kind, allowed := string(scope), []string(nil)
	if len(named) > 0 {
		kind = named[0]
	}
	for _, m := range methods {
		for _, row := range rt.byMethod[scope][m] {
			if !row.isAt(r.URL.Path) {
				continue
			}
			if len(named) == 0 && len(row.selectors) == 0 || len(named) > 0 && row.selectedBy(named[0]) {
				allowed = append(allowed, m)
				break
			}
		}
	}
	f := refusal(codeMethodNotAllowed, "", auth.Detail{Name: "Method", Value: r.Method},
		auth.Detail{Name: "ResourceType", Value: strings.ToUpper(kind)})
	f.headers = []auth.Detail{{Name: "Allow", Value: strings.Join(allowed, ", ")}}
	return f
}

// isParameter tells whether a parameter may stand without a value: it tunes an
// operation or is part of a signature, and is no sub-resource.
func isParameter(name string) bool {
	return parameters[name] || strings.HasPrefix(strings.ToLower(name), "x-amz-")
}

func isRead(method string) bool { return method == http.MethodGet || method == http.MethodHead }

// isResourceName tells whether a sub-resource of S3, also of a time to come, may
// have that name: three letters or hyphens and more. Pages ask for what is newer
// than in a cache with others, such as ?20261129.
func isResourceName(name string) bool {
	for _, r := range name {
		if r != '-' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			return false
		}
	}
	return len(name) > 2
}

var parameters = map[string]bool{
	"allow-unordered": true, "AWSAccessKeyId": true, "bucket-region": true, "continuation-token": true,
	"delimiter": true, "encoding-type": true, "Expires": true, "fetch-owner": true, "format": true, "id": true,
	"key-marker": true, "list-type": true, "marker": true, "max-buckets": true, "max-keys": true, "max-parts": true,
	"max-uploads": true, "part-number-marker": true, "partNumber": true, "prefix": true,
	"response-cache-control": true, "response-content-disposition": true, "response-content-encoding": true,
	"response-content-language": true, "response-content-type": true, "response-expires": true,
	"select-type": true, "Signature": true, "start-after": true, "upload-id-marker": true, "version-id-marker": true,
	"versionId": true, "x-id": true,
}

// notBuilt answers operations of the S3 API that this server does not have.
func (c *call) notBuilt() error {
	return refusal(codeNotImplemented, "The operation "+c.route.Name+" is not implemented.")
}
