package s3http_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/policy"
	"github.com/cofferstore/coffer/s3http"
)

// ranked is named, where root administers and dave has an identity policy.
type ranked struct{ dave *policy.Policy }

func (v ranked) Verify(r *http.Request) (*auth.Identity, error) {
	id, err := named{}.Verify(r)
	if err != nil {
		return nil, err
	}
	switch id.ID {
	case "root":
		id.Admin = true
	case "dave":
		id.Policies = []*policy.Policy{v.dave}
	}
	return id, nil
}

func newRankedFixture(t *testing.T) *fixture {
	dave, err := policy.Parse([]byte(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["s3:GetAccountPublicAccessBlock","s3:PutAccountPublicAccessBlock"],"Resource":"*"}}`),
		policy.ParseOptions{Kind: policy.Identity})
	require.NoError(t, err)
	return newFixture(t, func(o *s3http.Options) { withPeople(o); o.Verifier = ranked{dave} })
}

const (
	accountBlock = "/v20180820/configuration/publicAccessBlock"
	asRoot       = "X-Test-User: root"
	asDave       = "X-Test-User: dave"
	anyAccount   = "X-Amz-Account-Id: 123456789012"
	ofAcme       = "X-Amz-Account-Id: acme"
)

func TestAccountPublicBlock(t *testing.T) {
	f := newRankedFixture(t)
	f.run(
		step{why: "none", request: "GET " + accountBlock, headers: []string{asRoot, anyAccount}, status: 404, code: "NoSuchPublicAccessBlockConfiguration", has: []string{"<ErrorResponse><Error>", "</Error></ErrorResponse>"}},
		step{why: "no body", request: "PUT " + accountBlock, headers: []string{asRoot, anyAccount}, status: 400, code: "MissingRequestBodyError"},
		step{why: "nonsense", request: "PUT " + accountBlock, headers: []string{asRoot, anyAccount}, body: "<PublicAccessBlockConfiguration><All>true</All></PublicAccessBlockConfiguration>", status: 400, code: "MalformedXML"},
		step{why: "not by users", request: "PUT " + accountBlock, headers: []string{anyAccount}, body: block("BlockPublicAcls"), status: 403, code: "AccessDenied"},
		step{why: "who do not see it either", request: "GET " + accountBlock, headers: []string{anyAccount}, status: 403, code: "AccessDenied"},
		step{why: "nor by nobody", request: "DELETE " + accountBlock, headers: []string{asNobody, anyAccount}, status: 403, code: "AccessDenied"},
		step{why: "by an administrator", request: "PUT " + accountBlock, headers: []string{asRoot, anyAccount}, body: block("BlockPublicAcls"), status: 200},
		step{why: "by a user whose policy says so, whatever the host", request: "PUT " + accountBlock, headers: []string{asDave, anyAccount, "Host: 123456789012.s3.test"}, body: block("IgnorePublicAcls"), status: 200},
		step{why: "comes back", request: "GET " + accountBlock, headers: []string{asDave, anyAccount}, status: 200, has: []string{
			`<PublicAccessBlockConfiguration xmlns="http://awss3control.amazonaws.com/doc/2018-08-20/"><BlockPublicAcls>false</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls>`}},
		step{why: "another tenant has its own", request: "GET " + accountBlock, headers: []string{asRoot, ofAcme}, status: 404},
		step{why: "which is not for users of this one", request: "PUT " + accountBlock, headers: []string{asDave, ofAcme}, body: block("BlockPublicAcls"), status: 403},
		step{why: "an administrator names it", request: "PUT " + accountBlock, headers: []string{asRoot, ofAcme}, body: block("BlockPublicPolicy"), status: 200},
		step{why: "and does not touch this one", request: "GET " + accountBlock, headers: []string{asRoot, anyAccount}, status: 200, has: []string{"<BlockPublicPolicy>false"}},
		step{why: "no method of it", request: "POST " + accountBlock, headers: []string{asRoot, anyAccount}, status: 405, code: "MethodNotAllowed", answer: []string{"Allow: GET, PUT, DELETE"}},
		step{why: "what is not there", request: "GET /v20180820/jobs", headers: []string{asRoot, anyAccount}, status: 501, code: "NotImplemented"},
		step{why: "an end", request: "DELETE " + accountBlock, headers: []string{asRoot, anyAccount}, status: 200},
		step{why: "gone", request: "GET " + accountBlock, headers: []string{asRoot, anyAccount}, status: 404},
		step{why: "a second end", request: "DELETE " + accountBlock, headers: []string{asRoot, anyAccount}, status: 200},
		step{why: "a bucket of that name is one", request: "PUT /v20180820", status: 200},
		step{why: "and so are objects in it", request: "PUT " + accountBlock, body: "x", status: 200},
		step{why: "that say nothing of accounts", request: "GET " + accountBlock, headers: []string{asRoot, anyAccount}, status: 404, code: "NoSuchPublicAccessBlockConfiguration"},
	)
}

// The account's block counts with the bucket's, the stricter of each setting.
func TestAccountBlockCounts(t *testing.T) {
	f := newRankedFixture(t)
	readers := statement("Allow", `"*"`, `"s3:GetObject"`, "")
	set := func(setting string) {
		f.ok("PUT", accountBlock, block(setting), asRoot, anyAccount)
	}
	f.ok("PUT", "/bkt", "")
	f.ok("PUT", "/bkt/o", "x")
	f.ok("PUT", "/bkt?policy", readers)
	f.ok("PUT", "/acls", "", withACLs)
	f.ok("PUT", "/acls/o", "x", "X-Amz-Acl: public-read")
	f.ok("GET", "/bkt/o", "", asNobody)
	f.ok("GET", "/acls/o", "", asNobody)

	set("RestrictPublicBuckets")
	f.run(
		step{why: "the policy speaks to the tenant alone", request: "GET /bkt/o", headers: []string{asNobody}, status: 403},
		step{why: "whose users it still reaches", request: "GET /bkt/o", headers: []string{asBob}, status: 200},
		step{why: "the status is that of the policy, not of what a block leaves of it", request: "GET /bkt?policyStatus", status: 200, has: []string{"<IsPublic>true</IsPublic>"}},
		step{why: "lists are another matter", request: "GET /acls/o", headers: []string{asNobody}, status: 200},
		step{why: "the bucket has no block of its own", request: "GET /bkt?publicAccessBlock", status: 404},
		step{why: "one that is laxer", request: "PUT /bkt?publicAccessBlock", body: block("BlockPublicAcls"), status: 200},
		step{why: "changes nothing", request: "GET /bkt/o", headers: []string{asNobody}, status: 403},
		step{why: "and is told as it is", request: "GET /bkt?publicAccessBlock", status: 200, has: []string{"<BlockPublicAcls>true", "<RestrictPublicBuckets>false"}},
	)
	set("IgnorePublicAcls")
	f.run(
		step{why: "the policy counts again", request: "GET /bkt/o", headers: []string{asNobody}, status: 200},
		step{why: "public", request: "GET /bkt?policyStatus", status: 200, has: []string{"<IsPublic>true</IsPublic>"}},
		step{why: "lists do not", request: "GET /acls/o", headers: []string{asNobody}, status: 403},
		step{why: "nor as the source of a copy", request: "PUT /copies", headers: []string{asBob}, status: 200},
		step{why: "nor as the source of a copy", request: "PUT /copies/o", headers: []string{asBob, "X-Amz-Copy-Source: /acls/o"}, status: 403},
	)
	set("BlockPublicAcls")
	f.run(
		step{why: "what is public stays so", request: "GET /acls/o", headers: []string{asNobody}, status: 200},
		step{why: "no new list of a bucket", request: "PUT /acls?acl", headers: []string{"X-Amz-Acl: public-read"}, status: 403, code: "AccessDenied"},
		step{why: "nor of an object", request: "PUT /acls/o?acl", headers: []string{"X-Amz-Acl: public-read"}, status: 403, code: "AccessDenied"},
		step{why: "nor on upload", request: "PUT /acls/p", body: "x", headers: []string{"X-Amz-Acl: public-read"}, status: 403, code: "AccessDenied"},
		step{why: "nor with a bucket", request: "PUT /more", headers: []string{withACLs, "X-Amz-Acl: public-read"}, status: 403, code: "AccessDenied"},
		step{why: "that is not made", request: "GET /more", status: 404, code: "NoSuchBucket"},
		step{why: "another tenant may", request: "PUT /more", headers: []string{asCarol, withACLs, "X-Amz-Acl: public-read"}, status: 200},
	)
	set("BlockPublicPolicy")
	f.run(
		step{why: "no public policy", request: "PUT /bkt?policy", body: readers, status: 403, code: "AccessDenied"},
		step{why: "nor where nothing else is set", request: "PUT /plain", status: 200},
		step{why: "nor where nothing else is set", request: "PUT /plain?policy", body: strings.ReplaceAll(readers, ":::bkt", ":::plain"), status: 403, code: "AccessDenied"},
		step{why: "lists may be", request: "PUT /acls/o?acl", headers: []string{"X-Amz-Acl: public-read"}, status: 200},
	)
	f.ok("DELETE", accountBlock, "", asRoot, anyAccount)
	assert.Equal(t, 204, f.do("PUT", "/bkt?policy", readers).Code, "an end is seen at once")
}
