package s3http_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/s3http"
	"github.com/cofferstore/coffer/usage"
)

// TestOperations keeps the table complete: each row says what every part of the
// system asks of an operation.
func TestOperations(t *testing.T) {
	ops := s3http.New(nil, nil).Operations()
	require.NotEmpty(t, ops)
	classes := map[s3http.Class]bool{
		s3http.ClassGet: true, s3http.ClassPut: true, s3http.ClassList: true, s3http.ClassDelete: true, s3http.ClassOther: true,
	}
	names := map[string]bool{}
	for _, op := range ops {
		label := fmt.Sprintf("%s %s", op.Scope, op.Name)
		assert.NotEmpty(t, op.Name, label)
		assert.NotEmpty(t, op.Method, label)
		assert.NotEmpty(t, op.Category, label)
		assert.NotEmpty(t, op.Counter, label)
		assert.True(t, classes[op.Class], "%s: class %q", label, op.Class)
		if op.Method == http.MethodOptions {
			assert.Equal(t, s3http.Unsigned, op.Action, label)
		} else {
			service, action, found := strings.Cut(op.Action, ":")
			assert.True(t, found && action != "" && (service == "s3" || service == "sts"), "%s: action %q", label, op.Action)
		}
		assert.False(t, names[label], "%s is there twice", label)
		names[label] = true
	}
	ops[0].Name = "changed"
	assert.NotEqual(t, "changed", s3http.New(nil, nil).Operations()[0].Name, "the table is not shared")
}

// target returns a request line that a row answers to.
func target(op s3http.Operation) string {
	path := map[s3http.Scope]string{s3http.ScopeService: "/", s3http.ScopeBucket: "/bkt", s3http.ScopeObject: "/bkt/o"}[op.Scope]
	if op.Scope == s3http.ScopeAccount {
		path = strings.ReplaceAll(op.Path, "{resourceArn+}", "arn:aws:s3:::bkt")
	}
	if op.Query != "" {
		path += "?" + op.Query
	}
	return path
}

// TestEveryOperationIsAuthorized sends a request of each row by a caller who
// may do nothing. None may be answered, none may tell whether there is an object.
func TestEveryOperationIsAuthorized(t *testing.T) {
	for _, key := range []string{"present", "absent"} {
		t.Run(key, func(t *testing.T) {
			asked := ""
			f := newFixture(t, func(o *optionsT) {
				o.Authorizer = rights(func(r *auth.Request) bool {
					if r.Identity.ID == "bob" && asked == "" {
						asked = r.Action
					}
					return r.Identity.ID != "bob"
				})
			})
			f.ok("PUT", "/bkt", "")
			if key == "present" {
				f.ok("PUT", "/bkt/o", "secret")
			}
			for _, op := range f.h.Operations() {
				if op.Action == s3http.Unsigned || op.Scope == s3http.ScopeSite || op.Name == "DeleteObjects" || op.Name == "PostObject" {
					continue // pages are for nobody; the others answer key by key, and to a form: see delete_test.go, post_test.go
				}
				asked = ""
				headers := []string{"X-Test-User: bob", "X-Amz-Object-Attributes: ETag"}
				if op.Header != "" {
					headers = append(headers, op.Header+": /bkt/o")
				}
				if op.Scope == s3http.ScopeAccount {
					headers = append(headers, "X-Amz-Account-Id: 123456789012")
				}
				w := f.do(op.Method, target(op), "", headers...)
				assert.Equal(t, http.StatusForbidden, w.Code, "%s %s: %s", op.Method, target(op), w.Body)
				assert.Equal(t, op.Action, asked, "%s %s", op.Method, target(op))
			}
		})
	}
}

// TestAbsenceIsHidden has bob read objects without listing them.
func TestAbsenceIsHidden(t *testing.T) {
	mayList := false
	f := newFixture(t, func(o *optionsT) {
		o.Authorizer = rights(func(r *auth.Request) bool {
			return r.Identity.ID != "bob" || mayList || !strings.HasPrefix(r.Action, "s3:List")
		})
	})
	f.ok("PUT", "/bkt", "")
	f.ok("PUT", "/bkt/o", "x")
	absent := []string{"GET /bkt/none", "HEAD /bkt/none", "GET /bkt/none?tagging", "GET /bkt/none?acl", "DELETE /bkt/none?tagging"}
	for _, request := range absent {
		method, target, _ := strings.Cut(request, " ")
		mayList = false
		assert.Equal(t, 403, f.do(method, target, "", "X-Test-User: bob").Code, "%s: who may not list does not learn that it is absent", request)
		mayList = true
		assert.Equal(t, 404, f.do(method, target, "", "X-Test-User: bob").Code, "%s: who may list may know", request)
	}
	mayList = false
	assert.Equal(t, 200, f.do("GET", "/bkt/o", "", "X-Test-User: bob").Code, "what is there can be read")
	assert.Equal(t, 403, f.do("PUT", "/bkt/none", "x", "X-Test-User: bob", `If-Match: "x"`).Code, "a conditional write is no way around")
	assert.Equal(t, 403, f.do("PUT", "/bkt/c", "", "X-Test-User: bob", "X-Amz-Copy-Source: /bkt/none").Code, "nor is a copy")
}

// TestFurtherRights are those that an operation needs beside the row's action.
func TestFurtherRights(t *testing.T) {
	denied := ""
	f := newFixture(t, func(o *optionsT) {
		o.Authorizer = rights(func(r *auth.Request) bool { return r.Identity.ID != "bob" || r.Action != denied })
	})
	f.ok("PUT", "/bkt", "")
	f.ok("PUT", "/bkt?versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")
	v := f.ok("PUT", "/bkt/o", "x", "X-Amz-Tagging: a=1").Header().Get("X-Amz-Version-Id")
	for _, tc := range []struct {
		denied, request, why string
		headers              []string
	}{
		{"s3:PutObjectTagging", "PUT /bkt/p", "whoever tags needs the right to", []string{"X-Amz-Tagging: a=1"}},
		{"s3:PutObjectTagging", "POST /bkt/p?uploads", "at the start of an upload too", []string{"X-Amz-Tagging: a=1"}},
		{"s3:GetObject", "PUT /bkt/o", "If-Match tells of what is stored", []string{`If-Match: "x"`}},
		{"s3:GetObject", "DELETE /bkt/o", "If-Match tells of what is stored", []string{`If-Match: "x"`}},
		{"s3:GetObject", "PUT /bkt/p", "a copy reads", []string{"X-Amz-Copy-Source: /bkt/o"}},
		{"s3:GetObjectVersion", "PUT /bkt/p", "a copy of a version reads a version", []string{"X-Amz-Copy-Source: /bkt/o?versionId=" + v}},
		{"s3:GetObjectTagging", "PUT /bkt/p", "a copy takes the tags along", []string{"X-Amz-Copy-Source: /bkt/o"}},
		{"s3:GetObject", "GET /bkt/o?attributes", "attributes are of what one may read", []string{"X-Amz-Object-Attributes: ETag"}},
		{"s3:GetObjectVersion", "GET /bkt/o?versionId=" + v, "versions have actions of their own", nil},
		{"s3:DeleteObjectVersion", "DELETE /bkt/o?versionId=" + v, "versions have actions of their own", nil},
		{"s3:GetObjectVersionTagging", "GET /bkt/o?tagging&versionId=" + v, "versions have actions of their own", nil},
	} {
		method, target, _ := strings.Cut(tc.request, " ")
		denied = tc.denied
		assert.Equal(t, 403, f.do(method, target, "", append(tc.headers, "X-Test-User: bob")...).Code, "%s without %s: %s", tc.request, tc.denied, tc.why)
	}
	denied = "s3:GetObjectTagging"
	w := f.do("GET", "/bkt/o", "", "X-Test-User: bob")
	assert.Equal(t, 200, w.Code)
	assert.Empty(t, w.Header().Get("X-Amz-Tagging-Count"), "how many tags there are is part of reading them")
}

func TestUnknownAndConflicting(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	f.ok("PUT", "/bkt/o", "x")
	f.run(
		step{why: "no operation known to S3", request: "GET /bkt?mood", status: 501, code: "NotImplemented", has: []string{"mood"}},
		step{why: "nor for objects", request: "PUT /bkt/o?mood", body: "y", status: 501, code: "NotImplemented"},
		step{why: "nor is what pages ask for to pass a cache by", request: "GET /bkt/o?20261129", status: 200},
		step{why: "nor that", request: "HEAD /bkt/o?v", status: 200},
		step{why: "a change is refused all the same", request: "DELETE /bkt/o?v", status: 501, code: "NotImplemented"},
		step{why: "a sub-resource of a time to come", request: "GET /bkt/o?secret", status: 501, code: "NotImplemented"},
		step{why: "a parameter with a value is no sub-resource, as with Amazon", request: "GET /bkt/o?mood=good&x-id=GetObject", status: 200},
		step{why: "known, not built", request: "PUT /bkt?inventory&id=1", status: 501, code: "NotImplemented", has: []string{"PutBucketInventoryConfiguration"}},
		step{why: "what is no form", request: "POST /bkt", body: "x", status: 412, code: "PreconditionFailed"},
		step{why: "STS, IAM and SNS", request: "POST /", body: "Action=GetCallerIdentity", status: 501, code: "NotImplemented"},
		step{why: "the ACL cannot be deleted, and the object must not be", request: "DELETE /bkt/o?acl", status: 405, code: "MethodNotAllowed", answer: []string{"Allow: GET, PUT"}},
		step{why: "it is still there", request: "HEAD /bkt/o", status: 200},
		step{why: "nor the versions of a bucket", request: "DELETE /bkt?versions", status: 405, code: "MethodNotAllowed"},
		step{why: "two at once", request: "GET /bkt?acl&tagging", status: 400, code: "InvalidArgument", has: []string{"Conflicting query string parameters: acl, tagging"}},
		step{why: "two at once", request: "DELETE /bkt/o?tagging&uploadId=x", status: 400, code: "InvalidArgument"},
		step{why: "a method of others", request: "PATCH /bkt/o", status: 405, code: "MethodNotAllowed", answer: []string{"Allow: GET, HEAD, PUT, DELETE, OPTIONS"}},
		step{why: "no object to post to", request: "POST /bkt/o", status: 405, code: "MethodNotAllowed"},
		step{why: "a query that cannot be decoded", request: "GET /bkt?prefix=%zz", status: 400, code: "InvalidURI"},
		step{why: "a query without end", request: "GET /bkt?" + strings.Repeat("a=b&", 129), status: 400, code: "InvalidURI"},
		step{why: "a version cannot be written over", request: "PUT /bkt/o?versionId=null", body: "y", status: 400, code: "InvalidArgument"},
		step{why: "MFA is not built", request: "DELETE /bkt/o?versionId=null", headers: []string{"X-Amz-Mfa: 1 2"}, status: 501, code: "NotImplemented"},
		step{why: "the requester may pay for what costs nothing", request: "GET /bkt/o", headers: []string{"X-Amz-Request-Payer: requester"}, status: 200},
		step{why: "pre-flights come from browsers", request: "OPTIONS /bkt/o", status: 400, code: "BadRequest"},
		step{why: "and name a method", request: "OPTIONS /bkt/o", headers: []string{"Origin: http://x"}, status: 400, code: "BadRequest"},
		step{why: "no bucket has CORS", request: "OPTIONS /bkt/o", headers: []string{"Origin: http://x", "Access-Control-Request-Method: PUT"}, status: 403, code: "AccessForbidden",
			has: []string{"CORSResponse: CORS is not enabled for this bucket."}},
	)
}

// TestNeedsKey: a client that lost the key must not do to the bucket what it meant
// for an object.
func TestNeedsKey(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	refused := func(request string) step {
		return step{why: "no key", request: request, status: 400, code: "InvalidRequest", has: []string{"<Message>A key must be specified</Message>"}}
	}
	f.run(
		refused("DELETE /bkt?uploadId=abc"),
		refused("DELETE /bkt/?uploadId=abc"),
		refused("DELETE /bkt?versionId=null"),
		refused("DELETE /bkt?retention=1"),
		refused("PUT /new?partNumber=1&uploadId=abc"),
		refused("POST /bkt?uploadId=abc"),
		refused("GET /bkt?uploadId=abc"),
		step{why: "the bucket is there", request: "HEAD /bkt", status: 200},
		step{why: "and no other", request: "HEAD /new", status: 404},
		step{why: "sub-resources of both", request: "GET /bkt?acl", status: 200},
		step{why: "what does not matter to who reads", request: "GET /bkt?versionId=null", status: 200},
	)
}

// TestOtherServices: a signing key that was derived for another service is not one
// for S3.
func TestOtherServices(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	f.ok("PUT", "/bkt/o", "x")
	for _, service := range []string{"sts", "iam", "sns"} {
		from := []string{"X-Test-Service: " + service}
		f.run(
			step{why: "an object", request: "GET /bkt/o", headers: from, status: 400, code: "AuthorizationHeaderMalformed", has: []string{`incorrect service &quot;` + service}},
			step{why: "a bucket", request: "DELETE /bkt", headers: from, status: 400, code: "AuthorizationHeaderMalformed"},
			step{why: "all buckets", request: "GET /", headers: from, status: 400, code: "AuthorizationHeaderMalformed"},
			step{why: "the service itself, which is not there yet", request: "POST /", headers: from, status: 501, code: "NotImplemented"},
		)
	}
	f.run(step{why: "its own", request: "GET /bkt/o", headers: []string{"X-Test-Service: s3"}, status: 200})
}

func TestVirtualHosts(t *testing.T) {
	f := newFixture(t, func(o *optionsT) { o.Domains = []string{"s3.test", "eu.S3.test.", ""} })
	f.ok("PUT", "/bkt", "")
	f.ok("PUT", "/bkt/dir/o", "x")
	get := func(why, host, path string, status int) step {
		return step{why: why, request: "GET " + path, headers: []string{"Host: " + host}, status: status}
	}
	f.run(
		get("the label before the domain is the bucket", "bkt.s3.test", "/dir/o", 200),
		get("ports do not count", "bkt.s3.test:9000", "/dir/o", 200),
		get("nor case", "BKT.S3.Test", "/dir/o", 200),
		get("nor the root's dot", "bkt.s3.test.", "/dir/o", 200),
		get("the longest domain wins", "bkt.eu.s3.test", "/dir/o", 200),
		get("the domain itself is path style", "s3.test", "/bkt/dir/o", 200),
		get("another host is path style", "localhost", "/bkt/dir/o", 200),
		get("an address is path style", "127.0.0.1:9000", "/bkt/dir/o", 200),
		get("so is one of version 6", "[::1]:9000", "/bkt/dir/o", 200),
		get("a host that only ends alike is no domain", "bkts3.test", "/bkt/dir/o", 200),
		get("a bucket that is not there", "none.s3.test", "/dir/o", 404),
		get("the root is the bucket", "bkt.s3.test", "/?prefix=dir", 200),
	)
	w := f.do("PUT", "/v/x", "1", "Host: bkt.s3.test")
	require.Equal(t, 200, w.Code)
	assert.Equal(t, "1", f.ok("GET", "/bkt/v/x", "").Body.String())
}

// TestPresignedHeaders: signers move x-amz-* headers into the query, and S3
// takes them from there.
func TestPresignedHeaders(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	signed := "X-Test-Query: yes"
	f.run(
		step{why: "metadata in the query", request: "PUT /bkt/o?X-Amz-Meta-A=1&x-amz-tagging=k%3Dv&X-Amz-Signature=x&X-Amz-Date=", headers: []string{signed}, status: 200},
		step{why: "counts", request: "HEAD /bkt/o", status: 200, answer: []string{"X-Amz-Meta-A: 1", "X-Amz-Tagging-Count: 1"}},
		step{why: "a canned ACL too", request: "PUT /bkt/o?x-amz-acl=public-read", headers: []string{signed}, status: 400, code: "AccessControlListNotSupported"},
		step{why: "a copy by its query is a copy, not an empty object", request: "PUT /bkt/copy?x-amz-copy-source=bkt/o", headers: []string{signed}, status: 200, has: []string{"<CopyObjectResult"}},
		step{why: "a header is a line", request: "PUT /bkt/o?x-amz-meta-a=1%0d%0ab:2", headers: []string{signed}, status: 400, code: "InvalidArgument"},
		step{why: "without a signature there, the query says nothing", request: "PUT /bkt/p?X-Amz-Meta-A=1", status: 200},
		step{why: "nothing", request: "HEAD /bkt/p", status: 200, answer: []string{"X-Amz-Meta-A:"}},
	)
}

func TestUsageEntries(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	f.ok("PUT", "/gone", "")
	f.ok("DELETE", "/gone", "")
	f.ok("PUT", "/gone", "")
	for _, tc := range []struct {
		why, method, target, user, body string
		want                            usage.Entry
	}{
		{"a success", "PUT", "/bkt/o", "", "12345", usage.Entry{Protocol: "s3", Operation: "PutObject", Category: "put_obj", Class: "put", Counter: "PutObject", Bucket: "bkt", Key: "o", Owner: "alice", User: "alice", ObjectReceived: 5}},
		{"data that was sent", "GET", "/bkt/o", "", "", usage.Entry{Protocol: "s3", Operation: "GetObject", Category: "get_obj", Class: "get", Counter: "GetObject", Bucket: "bkt", Key: "o", Owner: "alice", User: "alice", ObjectSent: 5}},
		{"a bucket is made", "PUT", "/new", "", "", usage.Entry{Protocol: "s3", Operation: "CreateBucket", Category: "create_bucket", Class: "put", Counter: "CreateBucket", Bucket: "new", Owner: "alice", User: "alice"}},
		{"a bucket whose name was used before", "PUT", "/gone/o", "", "1", usage.Entry{Protocol: "s3", Operation: "PutObject", Category: "put_obj", Class: "put", Counter: "PutObject", Bucket: "gone", Key: "o", Owner: "alice", User: "alice", Incarnation: 1, ObjectReceived: 1}},
		{"a refusal names owner and caller", "GET", "/bkt/o", "bob", "", usage.Entry{Protocol: "s3", Operation: "GetObject", Category: "get_obj", Class: "get", Counter: "GetObject", Bucket: "bkt", Key: "o", Owner: "alice", User: "bob", ErrorCode: "AccessDenied"}},
		{"no bucket", "GET", "/", "", "", usage.Entry{Protocol: "s3", Operation: "ListBuckets", Category: "list_buckets", Class: "get", User: "alice"}},
		{"a missing bucket has no owner", "GET", "/none", "", "", usage.Entry{Protocol: "s3", Operation: "ListObjects", Category: "list_bucket", Class: "list", Counter: "ListBucket", Bucket: "none", User: "alice", ErrorCode: "NoSuchBucket"}},
		{"a tenant's bucket", "GET", "/none", "acme$carol", "", usage.Entry{Protocol: "s3", Operation: "ListObjects", Category: "list_bucket", Class: "list", Counter: "ListBucket", Bucket: "acme:none", User: "acme$carol", ErrorCode: "NoSuchBucket"}},
		{"a forged signature has no user", "GET", "/bkt/o", "unknown", "", usage.Entry{Protocol: "s3", Operation: "GetObject", Category: "get_obj", Class: "get", Counter: "GetObject", Bucket: "bkt", Key: "o", ErrorCode: "InvalidAccessKeyId"}},
	} {
		e := &usage.Entry{}
		r := request(tc.method, tc.target, tc.body, "X-Test-User: "+tc.user)
		w := f.serve(r.WithContext(usage.WithEntry(context.Background(), e)))
		assert.Equal(t, w.Header().Get("X-Amz-Request-Id"), e.RequestID, tc.why)
		e.RequestID = ""
		assert.Equal(t, tc.want, *e, tc.why)
	}
}
