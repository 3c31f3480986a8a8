package s3http_test

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/acl"
	"github.com/cofferstore/coffer/auth/policy"
	"github.com/cofferstore/coffer/s3http"
)

// people are the users that ACLs can name.
type people struct{}

func (people) ByID(_ context.Context, id string) (acl.Owner, error) {
	switch id {
	case "alice", "bob", "acme$carol":
		return acl.Owner{ID: id, DisplayName: id}, nil
	}
	return acl.Owner{}, acl.ErrNoSuchUser
}

func (people) ByEmail(_ context.Context, email string) (acl.Owner, error) {
	if email == "bob@x.org" {
		return acl.Owner{ID: "bob", DisplayName: "bob"}, nil
	}
	return acl.Owner{}, acl.ErrNoSuchUser
}

func withPeople(o *optionsT) { o.Grantees = people{} }

const (
	asBob    = "X-Test-User: bob"
	asCarol  = "X-Test-User: acme$carol"
	asNobody = "X-Test-User: -"
	withACLs = "X-Amz-Object-Ownership: ObjectWriter"
)

// statement is a policy of one statement on the bucket bkt and all in it.
func statement(effect, principal, action, condition string) string {
	if condition != "" {
		condition = `,"Condition":` + condition
	}
	return `{"Version":"2012-10-17","Statement":[{"Sid":"s1","Effect":"` + effect + `","Principal":` + principal + `,"Action":` + action +
		`,"Resource":["arn:aws:s3:::bkt","arn:aws:s3:::bkt/*"]` + condition + `}]}`
}

func TestBucketPolicy(t *testing.T) {
	f := newFixture(t, withPeople)
	f.ok("PUT", "/bkt", "")
	f.ok("PUT", "/bkt/o", "x")
	readers := statement("Allow", `"*"`, `["s3:GetObject","s3:ListBucket"]`, "")
	f.run(
		step{why: "not yet", request: "GET /bkt/o", headers: []string{asNobody}, status: 403, code: "AccessDenied", has: []string{"<Message>Access Denied</Message>"}},
		step{why: "an owner cannot lock himself out, so there is nothing to confirm", request: "PUT /bkt?policy", headers: []string{"X-Amz-Confirm-Remove-Self-Bucket-Access: true"}, body: readers, status: 204},
		step{why: "no body", request: "PUT /bkt?policy", status: 400, code: "MissingRequestBodyError"},
		step{why: "no JSON", request: "PUT /bkt?policy", body: "{", status: 400, code: "MalformedPolicy"},
		step{why: "too long", request: "PUT /bkt?policy", body: `{"Id":"` + strings.Repeat("x", 20<<10) + `"}`, status: 400, code: "MalformedPolicy"},
		step{why: "another bucket", request: "PUT /bkt?policy", body: strings.ReplaceAll(readers, ":::bkt", ":::other"), status: 400, code: "MalformedPolicy", has: []string{"Policy has invalid resource"}},
		step{why: "nobody else may set it", request: "PUT /bkt?policy", headers: []string{asBob}, body: readers, status: 403, code: "AccessDenied"},
		step{why: "a policy", request: "PUT /bkt?policy", body: readers, status: 204},
		step{why: "comes back as it was put", request: "GET /bkt?policy", status: 200, exact: &readers, answer: []string{"Content-Type: application/json"}},
		step{why: "it is public", request: "GET /bkt?policyStatus", status: 200, has: []string{"<IsPublic>true</IsPublic>"}},
		step{why: "nobody reads", request: "GET /bkt/o", headers: []string{asNobody}, status: 200},
		step{why: "another tenant too", request: "GET /:bkt/o", headers: []string{asCarol}, status: 200},
		step{why: "who may list learns what is absent", request: "GET /bkt/none", headers: []string{asNobody}, status: 404, code: "NoSuchKey"},
		step{why: "no version is named in it", request: "GET /bkt/o?versionId=null", headers: []string{asNobody}, status: 403, code: "AccessDenied"},
		step{why: "nobody writes", request: "PUT /bkt/o", headers: []string{asNobody}, status: 403, code: "AccessDenied"},
		step{why: "of some readers", request: "PUT /bkt?policy", body: statement("Allow", `"*"`, `"s3:GetObject"`, ""), status: 204},
		step{why: "who may not list does not learn what is absent", request: "GET /bkt/none", headers: []string{asNobody}, status: 403, code: "AccessDenied"},
		step{why: "a denial", request: "PUT /bkt?policy", body: statement("Deny", `"*"`, `"s3:*"`, ""), status: 204},
		step{why: "is told to the owner", request: "GET /bkt/o", status: 403, code: "AccessDenied", has: []string{`User alice is not authorized to perform s3:GetObject on &quot;bkt/o&quot;: statement &quot;s1&quot; of the bucket policy denies it`}},
		step{why: "not to others", request: "GET /bkt/o", headers: []string{asBob}, status: 403, has: []string{"<Message>Access Denied</Message>"}},
		step{why: "the owner may still read the policy", request: "GET /bkt?policy", status: 200},
		step{why: "not private: nobody is public", request: "GET /bkt?policyStatus", status: 403, code: "AccessDenied"},
		step{why: "and end it", request: "DELETE /bkt?policy", status: 204},
		step{why: "gone", request: "GET /bkt?policy", status: 404, code: "NoSuchBucketPolicy"},
		step{why: "with what it denied", request: "GET /bkt/o", status: 200},
	)
}

// Tenants are accounts of policies.
func TestPolicyOfATenant(t *testing.T) {
	f := newFixture(t, withPeople)
	f.ok("PUT", "/bkt", "", asCarol)
	f.ok("PUT", "/bkt/o", "x", asCarol)
	for _, tt := range []struct{ why, document string }{
		{"a resource without a tenant is the bucket's own", statement("Allow", `{"AWS":"arn:aws:iam:::user/bob"}`, `"s3:GetObject"`, "")},
		{"it may be named", strings.ReplaceAll(statement("Allow", `{"AWS":["arn:aws:iam:::user/bob"]}`, `"s3:GetObject"`, ""), "s3:::", "s3::acme:")},
		{"by canonical id", statement("Allow", `{"CanonicalUser":"bob"}`, `"s3:GetObject"`, "")},
		{"all but alice", statement("Allow", `{"AWS":"*"}`, `"s3:GetObject"`, `{"StringNotEquals":{"aws:username":"alice"}}`)},
	} {
		f.ok("PUT", "/bkt?policy", tt.document, asCarol)
		assert.Equal(t, 200, f.do("GET", "/acme:bkt/o", "", asBob).Code, tt.why)
		assert.Equal(t, 403, f.do("GET", "/acme:bkt/o", "").Code, tt.why+": alice is not named")
	}
	f.ok("PUT", "/bkt?policy", strings.ReplaceAll(statement("Allow", `"*"`, `"s3:GetObject"`, ""), "s3:::", "s3::other:"), asCarol)
	assert.Equal(t, 403, f.do("GET", "/acme:bkt/o", "", asBob).Code, "of another tenant's bucket")
}

func TestConditionKeys(t *testing.T) {
	f := newFixture(t, withPeople)
	f.ok("PUT", "/bkt", "")
	f.ok("PUT", "/bkt/o", "x", "X-Amz-Tagging: level=low&Level=high")
	f.ok("PUT", "/bkt/other", "x")
	f.ok("PUT", "/bkt/p2", "x")
	tags := func(tags string) string {
		k, v, _ := strings.Cut(tags, "=")
		return "<Tagging><TagSet><Tag><Key>" + k + "</Key><Value>" + v + "</Value></Tag></TagSet></Tagging>"
	}
	// Bob may do what the condition lets him.
	tests := []struct {
		condition string
		action    string
		yes, no   string // requests
		yesHdr    []string
		noHdr     []string
		yesBody   string
		noBody    string
	}{
		{condition: `{"StringLike":{"s3:prefix":"home/${aws:username}/*"}}`, action: "s3:ListBucket", yes: "GET /bkt?prefix=home/bob/x", no: "GET /bkt?prefix=home/eve/"},
		{condition: `{"StringEquals":{"s3:prefix":"a","s3:delimiter":"/"}}`, action: "s3:ListBucket", yes: "GET /bkt?prefix=a&delimiter=/", no: "GET /bkt?prefix=a"},
		{condition: `{"NumericLessThanEquals":{"s3:max-keys":"10"}}`, action: "s3:ListBucket", yes: "GET /bkt?max-keys=10", no: "GET /bkt?max-keys=11"},
		{condition: `{"NumericLessThanEquals":{"s3:max-keys":"10"}}`, action: "s3:ListBucket", yes: "GET /bkt?max-keys=10", no: "GET /bkt"},
		{condition: `{"StringEquals":{"s3:ExistingObjectTag/level":"low"}}`, action: "s3:GetObject", yes: "GET /bkt/o", no: "GET /bkt/other"},
		{condition: `{"StringEquals":{"s3:ExistingObjectTag/Level":"high"}}`, action: "s3:GetObjectTagging", yes: "GET /bkt/o?tagging", no: "GET /bkt/other?tagging"},
		{condition: `{"StringEquals":{"s3:ResourceTag/level":"low"}}`, action: "s3:GetObject", yes: "GET /bkt/o", no: "GET /bkt/other"},
		{condition: `{"StringEquals":{"s3:RequestObjectTag/a":"1"}}`, action: "s3:PutObjectTagging", yes: "PUT /bkt/other?tagging", yesBody: tags("a=1"), no: "PUT /bkt/other?tagging", noBody: tags("a=2")},
		{condition: `{"ForAllValues:StringEquals":{"s3:RequestObjectTagKeys":["a","b"]}}`, action: "s3:PutObjectTagging", yes: "PUT /bkt/other?tagging", yesBody: tags("b=1"), no: "PUT /bkt/other?tagging", noBody: tags("c=2")},
		{condition: `{"StringEquals":{"s3:ExistingObjectTag/level":"low"}}`, action: "s3:DeleteObjectTagging", yes: "DELETE /bkt/p?tagging", no: "DELETE /bkt/other?tagging"},
		{condition: `{"StringEqualsIfExists":{"s3:x-amz-acl":"bucket-owner-full-control"}}`, action: "s3:PutObject", yes: "PUT /bkt/p", yesHdr: []string{"X-Amz-Acl: bucket-owner-full-control"}, no: "PUT /bkt/p", noHdr: []string{"X-Amz-Acl: private"}},
		{condition: `{"StringEquals":{"s3:RequestObjectTag/a":"1"}}`, action: "s3:PutObject*", yes: "PUT /bkt/p", yesHdr: []string{"X-Amz-Tagging: a=1"}, no: "PUT /bkt/p", noHdr: []string{"X-Amz-Tagging: a=2"}},
		{condition: `{"Null":{"s3:x-amz-storage-class":"true"}}`, action: "s3:PutObject", yes: "PUT /bkt/p", no: "PUT /bkt/p", noHdr: []string{"X-Amz-Storage-Class: GLACIER_IR"}},
		{condition: `{"StringLike":{"s3:x-amz-copy-source":"bkt/o*"}}`, action: "s3:*", yes: "PUT /bkt/p", yesHdr: []string{"X-Amz-Copy-Source: bkt/o"}, no: "PUT /bkt/p", noHdr: []string{"X-Amz-Copy-Source: bkt/p"}},
		{condition: `{"StringNotLike":{"s3:x-amz-copy-source":"bkt/o*"}}`, action: "s3:*", yes: "PUT /bkt/p", yesHdr: []string{"X-Amz-Copy-Source: bkt/p2"}, no: "PUT /bkt/p", noHdr: []string{"X-Amz-Copy-Source: /:bkt/%6f"}},
		{condition: `{"StringEquals":{"s3:VersionId":"null"}}`, action: "s3:GetObjectVersion", yes: "GET /bkt/o?versionId=null", no: "GET /bkt/o"},
		{condition: `{"StringEquals":{"aws:Referer":"http://x.org/"}}`, action: "s3:GetObject", yes: "GET /bkt/o", yesHdr: []string{"Referer: http://x.org/"}, no: "GET /bkt/o", noHdr: []string{"Referer: http://y.org/"}},
		{condition: `{"StringLike":{"aws:UserAgent":"good*"}}`, action: "s3:GetObject", yes: "GET /bkt/o", yesHdr: []string{"User-Agent: goodbot"}, no: "GET /bkt/o"},
		{condition: `{"StringEquals":{"s3:authType":"REST-HEADER"}}`, action: "s3:GetObject", yes: "GET /bkt/o", no: "GET /bkt/o", noHdr: []string{"X-Test-Query: 1"}},
		{condition: `{"StringEquals":{"aws:PrincipalType":"User","aws:userid":"bob"}}`, action: "s3:GetObject", yes: "GET /bkt/o", no: "GET /bkt/o", noHdr: []string{asNobody}},
		{condition: `{"Bool":{"aws:SecureTransport":"false"}}`, action: "s3:GetObject", yes: "GET /bkt/o", no: "GET /bkt/none"},
		{condition: `{"DateGreaterThan":{"aws:CurrentTime":"2026-03-04T05:00:00Z"},"NumericLessThan":{"aws:EpochTime":"1800000000"}}`, action: "s3:GetObject", yes: "GET /bkt/o", no: "GET /bkt/none"},
		{condition: `{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`, action: "s3:GetObject", yes: "GET /bkt/o", no: "GET /bkt/none"},
		{condition: `{"StringNotEquals":{"s3:object-lock-mode":"COMPLIANCE"}}`, action: "s3:PutObject", yes: "PUT /bkt/p", no: "DELETE /bkt/p"},
		{condition: `{"StringEquals":{"s3:x-amz-content-sha256":"UNSIGNED-PAYLOAD"}}`, action: "s3:PutObject", yes: "PUT /bkt/p", yesHdr: []string{"X-Amz-Content-Sha256: UNSIGNED-PAYLOAD"}, no: "PUT /bkt/p", noHdr: []string{"X-Amz-Content-Sha256: abc"}},
		{condition: `{"StringEquals":{"aws:RequestTag/team":"x"}}`, action: "s3:PutBucketTagging", yes: "PUT /bkt?tagging", yesBody: tags("team=x"), no: "PUT /bkt?tagging", noBody: tags("team=y")},
		{condition: `{"StringEquals":{"aws:ResourceTag/team":"x"}}`, action: "s3:ListBucket", yes: "GET /bkt", no: "GET /bkt?tagging"},
	}
	f.ok("PUT", "/bkt/p", "x", "X-Amz-Tagging: level=low")
	for _, tt := range tests {
		f.ok("PUT", "/bkt?policy", statement("Allow", `"*"`, `"`+tt.action+`"`, tt.condition))
		method, target, _ := strings.Cut(tt.yes, " ")
		w := f.do(method, target, tt.yesBody, append([]string{asBob}, tt.yesHdr...)...)
		assert.Less(t, w.Code, 300, "%s: %s %s", tt.condition, tt.yes, w.Body)
		who := asBob
		for _, h := range tt.noHdr {
			if strings.HasPrefix(h, "X-Test-User") {
				who = h
			}
		}
		method, target, _ = strings.Cut(tt.no, " ")
		w = f.do(method, target, tt.noBody, append([]string{who}, tt.noHdr...)...)
		assert.Equal(t, 403, w.Code, "%s: %s %s", tt.condition, tt.no, w.Body)
	}
}

// TLS is of the connection, the age of a signature of the clock.
func TestConditionsOfTheConnection(t *testing.T) {
	f := newFixture(t, withPeople)
	f.ok("PUT", "/bkt", "")
	f.ok("PUT", "/bkt/o", "x")
	f.ok("PUT", "/bkt?policy", statement("Allow", `"*"`, `"s3:GetObject"`, `{"NumericGreaterThanEquals":{"s3:TlsVersion":"1.3"},"Bool":{"aws:SecureTransport":"true"}}`))
	for version, want := range map[uint16]int{tls.VersionTLS12: 403, tls.VersionTLS13: 200, 0: 403} {
		r := request("GET", "/bkt/o", "", asBob)
		if version != 0 {
			r.TLS = &tls.ConnectionState{Version: version}
		}
		assert.Equal(t, want, f.serve(r).Code, "%x", version)
	}
	f.ok("PUT", "/bkt?policy", statement("Allow", `"*"`, `"s3:GetObject"`, `{"NumericLessThan":{"s3:signatureAge":"600000"}}`))
	signed := "X-Amz-Date: " + start.UTC().Format("20060102T150405Z")
	assert.Equal(t, 200, f.do("GET", "/bkt/o", "", asBob, signed).Code)
	f.now = f.now.Add(11 * time.Minute)
	assert.Equal(t, 403, f.do("GET", "/bkt/o", "", asBob, signed).Code, "too old")
	assert.Equal(t, 403, f.do("GET", "/bkt/o", "", asNobody, signed).Code, "nobody signs nothing")
}

// Every resource that a request touches is judged.
func TestAllResourcesAreJudged(t *testing.T) {
	f := newFixture(t, withPeople)
	f.ok("PUT", "/bkt", "")
	f.ok("PUT", "/bkt/mine/a", "x", "X-Amz-Tagging: k=v")
	f.ok("PUT", "/bkt/yours/b", "x")
	f.ok("PUT", "/dst", "")
	allow := func(bucket, resources, actions string) {
		f.ok("PUT", "/"+bucket+"?policy", `{"Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam:::user/bob"},"Action":`+actions+`,"Resource":`+resources+`}}`)
	}
	from := "X-Amz-Copy-Source: /bkt/mine/a"
	allow("dst", `"arn:aws:s3:::dst/*"`, `"s3:PutObject"`)
	f.run(
		step{why: "the source is not his", request: "PUT /dst/c", headers: []string{asBob, from}, status: 403},
	)
	allow("bkt", `"arn:aws:s3:::bkt/mine/*"`, `["s3:GetObject","s3:DeleteObject"]`)
	f.run(
		step{why: "nor its tags", request: "PUT /dst/c", headers: []string{asBob, from}, status: 403},
		step{why: "other tags need the right to tag", request: "PUT /dst/c", headers: []string{asBob, from, "X-Amz-Tagging-Directive: REPLACE", "X-Amz-Tagging: a=b"}, status: 403},
		step{why: "without tags", request: "PUT /dst/c", headers: []string{asBob, from, "X-Amz-Tagging-Directive: REPLACE"}, status: 200},
		step{why: "another source", request: "PUT /dst/c", headers: []string{asBob, "X-Amz-Copy-Source: /bkt/yours/b"}, status: 403},
		step{why: "a version of the source", request: "PUT /dst/c", headers: []string{asBob, from + "?versionId=null", "X-Amz-Tagging-Directive: REPLACE"}, status: 403},
		step{why: "tags of a new object", request: "PUT /dst/t", headers: []string{asBob, "X-Amz-Tagging: a=b"}, status: 403},
		step{why: "key by key", request: "POST /bkt?delete", headers: []string{asBob, contentMD5(deleteBoth)}, body: deleteBoth, status: 200,
			has: []string{"<Deleted><Key>mine/a</Key></Deleted>", "<Error><Key>yours/b</Key><Code>AccessDenied</Code>"}},
	)
	w := f.ok("POST", "/dst/m?uploads", "", asBob)
	id := between(t, w, "<UploadId>", "<")
	f.ok("PUT", "/bkt/mine/a", "x")
	assert.Equal(t, 200, f.do("PUT", "/dst/m?partNumber=1&uploadId="+id, "", asBob, from).Code)
	assert.Equal(t, 403, f.do("PUT", "/dst/m?partNumber=1&uploadId="+id, "", asBob, "X-Amz-Copy-Source: /bkt/yours/b").Code, "parts are copied from what one may read")

	assert.Equal(t, 200, f.do("GET", "/dst/m?uploadId="+id, "", asBob).Code, "who started an upload sees its parts")
	assert.Contains(t, f.ok("GET", "/dst/m?uploadId="+id, "").Body.String(), "<Initiator><ID>bob</ID><DisplayName>bob</DisplayName></Initiator><Owner><ID>alice</ID>")
	assert.Equal(t, 403, f.do("GET", "/:dst/m?uploadId="+id, "", asCarol).Code, "others do not")
	assert.Equal(t, 403, f.do("DELETE", "/:dst/m?uploadId="+id, "", asCarol).Code, "nor abort it")
	assert.Equal(t, 204, f.do("DELETE", "/dst/m?uploadId="+id, "", asBob).Code, "who started it may")

	f.ok("PUT", "/bkt?policy", `{"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:DeleteObject","Resource":"arn:aws:s3:::bkt/mine/*"}}`)
	f.run(step{why: "nobody may delete what a policy lets everybody", request: "POST /bkt?delete", headers: []string{asNobody, contentMD5(deleteBoth)}, body: deleteBoth, status: 200,
		has: []string{"<Deleted><Key>mine/a</Key></Deleted>", "<Error><Key>yours/b</Key><Code>AccessDenied</Code>"}})
}

const deleteBoth = "<Delete><Object><Key>mine/a</Key></Object><Object><Key>yours/b</Key></Object></Delete>"

func TestDenialsAreLogged(t *testing.T) {
	var log strings.Builder
	f := newFixture(t, func(o *optionsT) { o.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	f.ok("PUT", "/bkt", "")
	f.ok("PUT", "/bkt?policy", statement("Deny", `"*"`, `"s3:GetObject"`, ""))
	require.Equal(t, 403, f.do("GET", "/bkt/o", "", asBob).Code)
	assert.Contains(t, log.String(), `msg="access denied"`)
	for _, part := range []string{"user=bob", "action=s3:GetObject", "bucket=bkt", "key=o", `reason="statement \"s1\" of the bucket policy denies it"`} {
		assert.Contains(t, log.String(), part)
	}
}

// asPrincipal is a Verifier that takes everybody for one user.
type asPrincipal auth.Principal

func (p asPrincipal) Verify(*http.Request) (*auth.Identity, error) {
	return &auth.Identity{Principal: auth.Principal(p)}, nil
}

// Identity policies come with the verified user.
func TestIdentityPolicies(t *testing.T) {
	f := newFixture(t, withPeople)
	f.ok("PUT", "/bkt", "")
	f.ok("PUT", "/bkt/o", "x")
	mine, err := policy.Parse([]byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"*"},
		{"Effect":"Deny","Action":["s3:CreateBucket","s3:ListAllMyBuckets"],"Resource":"*","Condition":{"StringNotEqualsIfExists":{"s3:LocationConstraint":"us-east-1"}}}]}`),
		policy.ParseOptions{Kind: policy.Identity})
	require.NoError(t, err)
	in := func(p auth.Principal) *fixture {
		return &fixture{t: t, store: f.store, h: s3http.New(f.store, &optionsT{Verifier: asPrincipal(p)})}
	}
	bob := in(auth.Principal{ID: "bob", Policies: []*policy.Policy{mine}})
	here := "<CreateBucketConfiguration><LocationConstraint>us-east-1</LocationConstraint></CreateBucketConfiguration>"
	bob.run(
		step{why: "allowed", request: "GET /bkt/o", status: 200},
		step{why: "not allowed", request: "PUT /bkt/o", status: 403},
		step{why: "a region need not be named", request: "PUT /two", status: 403},
		step{why: "where it is, it is judged", request: "PUT /two", body: here, status: 200},
		step{why: "of no bucket", request: "GET /", status: 403},
	)
	carol := in(auth.Principal{ID: "acme$carol", Tenant: "acme", Policies: []*policy.Policy{mine}})
	carol.run(step{why: "not in another tenant", request: "GET /:bkt/o", status: 403})
	root := in(auth.Principal{ID: "root", Admin: true})
	root.run(
		step{why: "an administrator", request: "PUT /bkt/r", status: 200},
		step{why: "what he writes is the owner's", request: "GET /bkt?prefix=r", status: 200, has: []string{"<Owner><ID>alice</ID>"}},
	)
}

// A policy counts from the moment at which its change is answered, also while
// others make the server compile it.
func TestPolicyCountsAtOnce(t *testing.T) {
	f := newFixture(t, withPeople)
	f.ok("PUT", "/bkt", "")
	f.ok("PUT", "/bkt/o", "x")
	public := statement("Allow", `"*"`, `"s3:GetObject"`, "")
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					f.serve(request("GET", "/bkt/o", "", asNobody))
				}
			}
		})
	}
	for i := range 100 {
		f.ok("PUT", "/bkt?policy", public)
		assert.Equal(t, 200, f.do("GET", "/bkt/o", "", asNobody).Code, "round %d: allowed", i)
		f.ok("DELETE", "/bkt?policy", "")
		assert.Equal(t, 403, f.do("GET", "/bkt/o", "", asNobody).Code, "round %d: no longer", i)
	}
	close(stop)
	readers.Wait()
}

// What was compiled of a bucket is not taken for that of another of its name.
func TestPolicyOfABucketMadeAnew(t *testing.T) {
	f := newFixture(t, withPeople)
	for range 2 {
		f.ok("PUT", "/bkt", "")
		f.ok("PUT", "/bkt/o", "x")
		assert.Equal(t, 403, f.do("GET", "/bkt/o", "", asNobody).Code)
		f.ok("PUT", "/bkt?policy", statement("Allow", `"*"`, `"s3:GetObject"`, ""))
		assert.Equal(t, 200, f.do("GET", "/bkt/o", "", asNobody).Code)
		f.ok("DELETE", "/bkt/o", "")
		f.ok("DELETE", "/bkt", "")
	}
}
