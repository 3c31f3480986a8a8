package s3http_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/acl"
)

func aclDocument(owner string, grants ...string) string {
	return `<AccessControlPolicy xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Owner><ID>` + owner + `</ID></Owner><AccessControlList>` +
		strings.Join(grants, "") + `</AccessControlList></AccessControlPolicy>`
}

func grantTo(typ, who, permission string) string {
	return `<Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="` + typ + `">` + who + `</Grantee><Permission>` +
		permission + `</Permission></Grant>`
}

// Who may do what with a bucket and an object in it by their ACLs.
func TestACLsByRole(t *testing.T) {
	type may struct{ list, write, bucketACL, read, objectACL bool }
	tests := []struct {
		bucket, object string // canned
		who            string
		may            may
	}{
		{"private", "private", asBob, may{}},
		{"private", "private", asNobody, may{}},
		{"private", "private", "X-Test-User: alice", may{true, true, true, true, true}},
		{"public-read", "private", asNobody, may{list: true}},
		{"public-read", "public-read", asNobody, may{list: true, read: true}},
		{"private", "public-read", asBob, may{read: true}},
		{"private", "authenticated-read", asNobody, may{}},
		{"private", "authenticated-read", asCarol, may{read: true}},
		{"authenticated-read", "private", asBob, may{list: true}},
		{"public-read-write", "private", asNobody, may{list: true, write: true}},
		{"log-delivery-write", "private", asBob, may{}},
		{"private", "public-read-write", asBob, may{read: true}},
	}
	for _, tt := range tests {
		f := newFixture(t, withPeople)
		f.ok("PUT", "/bkt", "", withACLs, "X-Amz-Acl: "+tt.bucket)
		f.ok("PUT", "/bkt/o", "x", "X-Amz-Acl: "+tt.object)
		got := may{
			list:      f.do("GET", "/:bkt", "", tt.who).Code == 200,
			write:     f.do("PUT", "/:bkt/new", "x", tt.who).Code == 200,
			bucketACL: f.do("GET", "/:bkt?acl", "", tt.who).Code == 200,
			read:      f.do("GET", "/:bkt/o", "", tt.who).Code == 200,
			objectACL: f.do("GET", "/:bkt/o?acl", "", tt.who).Code == 200,
		}
		assert.Equal(t, tt.may, got, "%s/%s for %s", tt.bucket, tt.object, tt.who)
		want := 403
		if tt.may.list {
			want = 404
		}
		assert.Equal(t, want, f.do("GET", "/:bkt/none", "", tt.who).Code, "%s/%s for %s: who may list learns what is absent", tt.bucket, tt.object, tt.who)
	}
}

func TestSetACL(t *testing.T) {
	f := newFixture(t, withPeople)
	f.ok("PUT", "/bkt", "", withACLs)
	f.ok("PUT", "/bkt/o", "x")
	toBob := grantTo("CanonicalUser", "<ID>bob</ID>", "READ")
	byMail := grantTo("AmazonCustomerByEmail", "<EmailAddress>bob@x.org</EmailAddress>", "FULL_CONTROL")
	all := grantTo("Group", "<URI>"+acl.AllUsers+"</URI>", "READ")
	f.run(
		step{why: "neither a list nor a header", request: "PUT /bkt?acl", status: 400, code: "MissingSecurityHeader"},
		step{why: "not XML", request: "PUT /bkt?acl", body: "x", status: 400, code: "MalformedACLError"},
		step{why: "an owner stays", request: "PUT /bkt?acl", body: aclDocument("bob", toBob), status: 400, code: "InvalidArgument"},
		step{why: "a stranger", request: "PUT /bkt?acl", body: aclDocument("alice", grantTo("CanonicalUser", "<ID>eve</ID>", "READ")), status: 400, code: "InvalidArgument", has: []string{"<ArgumentValue>eve</ArgumentValue>"}},
		step{why: "a strange address", request: "PUT /bkt?acl", body: aclDocument("alice", grantTo("AmazonCustomerByEmail", "<EmailAddress>eve@x</EmailAddress>", "READ")), status: 400, code: "UnresolvableGrantByEmailAddress"},
		step{why: "an unknown canned list", request: "PUT /bkt?acl", headers: []string{"X-Amz-Acl: mine"}, status: 400, code: "InvalidArgument"},
		step{why: "canned and grants", request: "PUT /bkt?acl", headers: []string{"X-Amz-Acl: private", "X-Amz-Grant-Read: id=bob"}, status: 400, code: "InvalidArgument"},
		step{why: "nobody else may", request: "PUT /bkt?acl", headers: []string{asBob, "X-Amz-Acl: public-read"}, status: 403, code: "AccessDenied"},

		step{why: "a list", request: "PUT /bkt?acl", body: aclDocument("alice", toBob, all), status: 200},
		step{why: "comes back", request: "GET /bkt?acl", status: 200, has: []string{"<ID>bob</ID>", "<URI>" + acl.AllUsers + "</URI>", `xsi:type="Group"`}},
		step{why: "counts", request: "GET /bkt", headers: []string{asBob}, status: 200},
		step{why: "the owner is not locked out by having no grant", request: "GET /bkt", status: 200},
		step{why: "of an object, by address", request: "PUT /bkt/o?acl", body: aclDocument("alice", byMail), status: 200},
		step{why: "is kept by id", request: "GET /bkt/o?acl", status: 200, has: []string{"<ID>bob</ID>", "FULL_CONTROL"}},
		step{why: "bob reads", request: "GET /bkt/o", headers: []string{asBob}, status: 200},
		step{why: "and shares", request: "PUT /bkt/o?acl", headers: []string{asBob, "X-Amz-Acl: public-read"}, status: 200},
		step{why: "with everybody", request: "GET /bkt/o", headers: []string{asNobody}, status: 200},
		step{why: "a canned list takes the place of the other", request: "GET /bkt/o?acl", headers: []string{asBob}, status: 403},
		step{why: "grants in headers", request: "PUT /bkt/o?acl", headers: []string{`X-Amz-Grant-Read: id="bob", emailAddress="bob@x.org"`, `X-Amz-Grant-Read-Acp: uri="` + acl.AuthenticatedUsers + `"`}, status: 200},
		step{why: "count", request: "GET /bkt/o?acl", headers: []string{asBob}, status: 200},
		step{why: "an absent object", request: "PUT /bkt/none?acl", headers: []string{"X-Amz-Acl: private"}, status: 404, code: "NoSuchKey"},
		step{why: "on the way in", request: "PUT /bkt/p", headers: []string{"X-Amz-Acl: public-read"}, status: 200},
		step{why: "public", request: "GET /bkt/p", headers: []string{asNobody}, status: 200},
		step{why: "a copy is not", request: "PUT /bkt/q", headers: []string{"X-Amz-Copy-Source: /bkt/p"}, status: 200},
		step{why: "private", request: "GET /bkt/q", headers: []string{asNobody}, status: 403},
		step{why: "unless it says so", request: "PUT /bkt/q", headers: []string{"X-Amz-Copy-Source: /bkt/p", "X-Amz-Grant-Read: uri=" + acl.AllUsers}, status: 200},
		step{why: "public", request: "GET /bkt/q", headers: []string{asNobody}, status: 200},
	)
	id := between(t, f.ok("POST", "/bkt/m?uploads", "", "X-Amz-Acl: public-read"), "<UploadId>", "<")
	etag := f.ok("PUT", "/bkt/m?partNumber=1&uploadId="+id, "x").Header().Get("ETag")
	f.ok("POST", "/bkt/m?uploadId="+id, "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>"+etag+"</ETag></Part></CompleteMultipartUpload>")
	assert.Equal(t, 200, f.do("GET", "/bkt/m", "", asNobody).Code, "the list of an upload is the object's")
}

// Each version has a list of its own.
func TestACLOfAVersion(t *testing.T) {
	f := newFixture(t, withPeople)
	f.ok("PUT", "/bkt", "", withACLs)
	f.ok("PUT", "/bkt?versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")
	old := f.ok("PUT", "/bkt/o", "1").Header().Get("X-Amz-Version-Id")
	f.ok("PUT", "/bkt/o", "2")
	w := f.ok("PUT", "/bkt/o?acl&versionId="+old, "", "X-Amz-Acl: public-read")
	assert.Equal(t, old, w.Header().Get("X-Amz-Version-Id"))
	assert.Equal(t, 403, f.do("GET", "/bkt/o", "", asNobody).Code, "the current version is as it was")
	assert.Equal(t, 200, f.do("GET", "/bkt/o?versionId="+old, "", asNobody).Code)
}

func TestOwnershipOfNewBuckets(t *testing.T) {
	f := newFixture(t, func(o *optionsT) { withPeople(o); o.Ownership = auth.ObjectWriter })
	f.run(
		step{why: "lists count from the start", request: "PUT /bkt", headers: []string{"X-Amz-Acl: public-read"}, status: 200},
		step{why: "as the controls tell", request: "GET /bkt?ownershipControls", status: 200, has: []string{"ObjectWriter"}},
		step{why: "who creates it again asks for nothing that it may not have", request: "PUT /bkt", status: 200},
		step{why: "and everybody may list", request: "GET /bkt", headers: []string{asNobody}, status: 200},
		step{why: "who creates it may say otherwise", request: "PUT /own", headers: []string{"X-Amz-Object-Ownership: BucketOwnerEnforced"}, status: 200},
		step{why: "and then they are off", request: "PUT /own?acl", headers: []string{"X-Amz-Acl: public-read"}, status: 400, code: "AccessControlListNotSupported"},
	)
}

func TestOwnership(t *testing.T) {
	controls := func(o string) string {
		return "<OwnershipControls><Rule><ObjectOwnership>" + o + "</ObjectOwnership></Rule></OwnershipControls>"
	}
	f := newFixture(t, withPeople)
	owner := func(id string) []string { return []string{"<Owner><ID>" + id + "</ID>"} }
	full := "X-Amz-Acl: bucket-owner-full-control"
	f.run(
		step{why: "no such ownership", request: "PUT /bkt", headers: []string{"X-Amz-Object-Ownership: Mine"}, status: 400, code: "InvalidArgument"},
		step{why: "a public list where lists are off", request: "PUT /bkt", headers: []string{"X-Amz-Acl: public-read", "X-Amz-Object-Ownership: BucketOwnerEnforced"}, status: 400, code: "InvalidBucketAclWithObjectOwnership"},
		step{why: "nobody owns no bucket", request: "PUT /bkt", headers: []string{asNobody}, status: 403, code: "AccessDenied"},
		step{why: "a shared bucket", request: "PUT /bkt", headers: []string{withACLs, "X-Amz-Grant-Write: id=bob"}, status: 200},
		step{why: "is not made so by asking again", request: "PUT /bkt", headers: []string{withACLs}, status: 409, code: "BucketAlreadyOwnedByYou"},
		step{why: "its controls", request: "GET /bkt?ownershipControls", status: 200, has: []string{"ObjectWriter"}},
		step{why: "bob writes", request: "PUT /bkt/b", headers: []string{asBob}, status: 200},
		step{why: "what is his", request: "GET /bkt/b", headers: []string{asBob}, status: 200},
		step{why: "not alice's", request: "GET /bkt/b", status: 403, code: "AccessDenied"},
		step{why: "as the listing says", request: "GET /bkt", status: 200, has: owner("bob")},
		step{why: "she sees nothing of its list either", request: "GET /bkt/b?acl", status: 403},
		step{why: "he may let her", request: "PUT /bkt/b", headers: []string{asBob, full}, status: 200},
		step{why: "read", request: "GET /bkt/b", status: 200},
		step{why: "it is still his", request: "GET /bkt/b?acl", status: 200, has: owner("bob")},
		step{why: "nobody's objects are hers", request: "PUT /bkt?acl", headers: []string{"X-Amz-Acl: public-read-write"}, status: 200},
		step{why: "written by nobody", request: "PUT /bkt/n", headers: []string{asNobody}, status: 200},
		step{why: "read by her", request: "GET /bkt/n?acl", status: 200, has: owner("alice")},

		step{why: "nonsense", request: "PUT /bkt?ownershipControls", body: controls("Mine"), status: 400, code: "MalformedXML"},
		step{why: "no rule", request: "PUT /bkt?ownershipControls", body: "<OwnershipControls/>", status: 400, code: "MalformedXML"},
		step{why: "nothing", request: "PUT /bkt?ownershipControls", status: 400, code: "MissingRequestBodyError"},
		step{why: "not under a shared bucket", request: "PUT /bkt?ownershipControls", body: controls("BucketOwnerEnforced"), status: 400, code: "InvalidBucketAclWithObjectOwnership"},
		step{why: "preferred", request: "PUT /bkt?ownershipControls", body: controls("BucketOwnerPreferred"), status: 200},
		step{why: "given away with the canned list", request: "PUT /bkt/p", headers: []string{asBob, full}, status: 200},
		step{why: "hers", request: "GET /bkt/p?acl", status: 200, has: owner("alice")},
		step{why: "kept without", request: "PUT /bkt/p", headers: []string{asBob}, status: 200},
		step{why: "his", request: "GET /bkt/p", status: 403},
		step{why: "closed", request: "PUT /bkt?acl", headers: []string{"X-Amz-Acl: private"}, status: 200},
		step{why: "enforced", request: "PUT /bkt?ownershipControls", body: controls("BucketOwnerEnforced"), status: 200},
		step{why: "all is hers", request: "GET /bkt/p", status: 200},
		step{why: "nothing is his", request: "GET /bkt/p", headers: []string{asBob}, status: 403},
		step{why: "says the listing", request: "GET /bkt", status: 200, has: owner("alice"), hasNot: owner("bob")},
		step{why: "lists are off", request: "PUT /bkt/p?acl", headers: []string{"X-Amz-Acl: public-read"}, status: 400, code: "AccessControlListNotSupported"},
		step{why: "for buckets too", request: "PUT /bkt?acl", body: aclDocument("alice", grantTo("CanonicalUser", "<ID>bob</ID>", "READ")), status: 400, code: "AccessControlListNotSupported"},
		step{why: "on the way in", request: "PUT /bkt/x", headers: []string{"X-Amz-Grant-Read: id=bob"}, status: 400, code: "AccessControlListNotSupported"},
		step{why: "what is so anyway is no request", request: "PUT /bkt/x", headers: []string{"X-Amz-Grant-Full-Control: id=alice"}, status: 200},
		step{why: "no controls", request: "DELETE /bkt?ownershipControls", status: 204},
		step{why: "none", request: "GET /bkt?ownershipControls", status: 404, code: "OwnershipControlsNotFoundError"},
		step{why: "lists count again as they were", request: "GET /bkt/p", headers: []string{asBob}, status: 200},
	)
}

// block is a public access block of one setting.
func block(setting string) string {
	return "<PublicAccessBlockConfiguration><" + setting + ">true</" + setting + "></PublicAccessBlockConfiguration>"
}

func TestPublicAccessBlock(t *testing.T) {
	public := statement("Allow", `"*"`, `"s3:GetObject"`, "")
	f := newFixture(t, withPeople)
	f.ok("PUT", "/bkt", "", withACLs, "X-Amz-Acl: public-read")
	f.ok("PUT", "/bkt/o", "x", "X-Amz-Acl: public-read")
	f.ok("PUT", "/bkt/p", "x")
	f.run(
		step{why: "nonsense", request: "PUT /bkt?publicAccessBlock", body: "<PublicAccessBlockConfiguration><All>true</All></PublicAccessBlockConfiguration>", status: 400, code: "MalformedXML"},
		step{why: "no boolean", request: "PUT /bkt?publicAccessBlock", body: "<PublicAccessBlockConfiguration><BlockPublicAcls>maybe</BlockPublicAcls></PublicAccessBlockConfiguration>", status: 400, code: "MalformedXML"},
		step{why: "not by others", request: "PUT /bkt?publicAccessBlock", headers: []string{asBob}, body: block("BlockPublicAcls"), status: 403},
		step{why: "no new public lists", request: "PUT /bkt?publicAccessBlock", body: block("BlockPublicAcls"), status: 200},
		step{why: "comes back", request: "GET /bkt?publicAccessBlock", status: 200, has: []string{"<BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>false</IgnorePublicAcls>"}},
		step{why: "of the bucket", request: "PUT /bkt?acl", headers: []string{"X-Amz-Acl: public-read"}, status: 403, code: "AccessDenied"},
		step{why: "of an object", request: "PUT /bkt/o?acl", headers: []string{"X-Amz-Grant-Read: uri=" + acl.AuthenticatedUsers}, status: 403, code: "AccessDenied"},
		step{why: "of a new one", request: "PUT /bkt/q", headers: []string{"X-Amz-Acl: public-read"}, status: 403, code: "AccessDenied"},
		step{why: "by a copy", request: "PUT /bkt/q", headers: []string{"X-Amz-Copy-Source: /bkt/o", "X-Amz-Acl: public-read"}, status: 403, code: "AccessDenied"},
		step{why: "by an upload", request: "POST /bkt/q?uploads", headers: []string{"X-Amz-Acl: public-read"}, status: 403, code: "AccessDenied"},
		step{why: "other lists are welcome", request: "PUT /bkt/q", headers: []string{"X-Amz-Grant-Read: id=bob"}, status: 200},
		step{why: "those that are there stay", request: "GET /bkt/o", headers: []string{asNobody}, status: 200},
		step{why: "until they are ignored", request: "PUT /bkt?publicAccessBlock", body: block("IgnorePublicAcls"), status: 200},
		step{why: "ignored", request: "GET /bkt/o", headers: []string{asNobody}, status: 403},
		step{why: "of the bucket too", request: "GET /bkt", headers: []string{asBob}, status: 403},
		step{why: "others count", request: "GET /bkt/q", headers: []string{asBob}, status: 200},
		step{why: "no new public policy", request: "PUT /bkt?publicAccessBlock", body: block("BlockPublicPolicy"), status: 200},
		step{why: "none", request: "PUT /bkt?policy", body: public, status: 403, code: "AccessDenied"},
		step{why: "others are welcome", request: "PUT /bkt?policy", body: statement("Allow", `{"AWS":"arn:aws:iam:::user/bob"}`, `"s3:GetObject"`, ""), status: 204},
		step{why: "none at all", request: "DELETE /bkt?publicAccessBlock", status: 204},
		step{why: "gone", request: "GET /bkt?publicAccessBlock", status: 404, code: "NoSuchPublicAccessBlockConfiguration"},
		step{why: "so it is set", request: "PUT /bkt?policy", body: public, status: 204},
		step{why: "public", request: "GET /bkt/p", headers: []string{asNobody}, status: 200},
		step{why: "restricted", request: "PUT /bkt?publicAccessBlock", body: block("RestrictPublicBuckets"), status: 200},
		step{why: "not public", request: "GET /bkt/p", headers: []string{asNobody}, status: 403},
		step{why: "nor for other tenants", request: "GET /:bkt/p", headers: []string{asCarol}, status: 403},
		step{why: "only for the bucket's", request: "GET /bkt/p", headers: []string{asBob}, status: 200},
	)
}
