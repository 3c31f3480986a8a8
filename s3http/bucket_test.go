package s3http_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/policy"
	"github.com/cofferstore/coffer/objstore"
)

func TestBuckets(t *testing.T) {
	f := newFixture(t, nil)
	location := func(s string) string {
		return "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>" + s + "</LocationConstraint></CreateBucketConfiguration>"
	}
	f.run(
		step{why: "nothing yet", request: "GET /", status: 200,
			exact: str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListAllMyBucketsResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Owner><ID>alice</ID><DisplayName>alice</DisplayName></Owner><Buckets></Buckets></ListAllMyBucketsResult>")},
		step{why: "create", request: "PUT /one", status: 200, exact: str(""), answer: []string{"Location: /one"}},
		step{why: "a trailing slash is no key", request: "PUT /two/", status: 200},
		step{why: "us-east-1 takes a second creation for the first", request: "PUT /one", status: 200},
		step{why: "another user's name", request: "PUT /one", headers: []string{"X-Test-User: bob"}, status: 409, code: "BucketAlreadyExists", has: []string{"<BucketName>one</BucketName>"}},
		step{why: "nobody creates buckets", request: "PUT /three", headers: []string{"X-Test-User: -"}, status: 403, code: "AccessDenied"},
		step{why: "names have rules", request: "PUT /No", status: 400, code: "InvalidBucketName"},
		step{why: "our region by name", request: "PUT /three", body: location("us-east-1"), status: 200},
		step{why: "another region", request: "PUT /four", body: location("mars-1"), status: 400, code: "InvalidLocationConstraint"},
		step{why: "not XML", request: "PUT /four", body: "<x", status: 400, code: "MalformedXML"},
		step{why: "another document", request: "PUT /four", body: "<x/>", status: 400, code: "MalformedXML"},
		step{why: "more behind the end", request: "PUT /four", body: location("us-east-1") + "<x/>", status: 400, code: "MalformedXML"},
		step{why: "document types are no part of it", request: "PUT /four", body: `<!DOCTYPE x [<!ENTITY a "b">]>` + location("&a;"), status: 400, code: "MalformedXML"},
		step{why: "directory buckets", request: "PUT /four", body: "<CreateBucketConfiguration><Bucket><Type>Directory</Type></Bucket></CreateBucketConfiguration>", status: 501, code: "NotImplemented"},
		step{why: "an odd value", request: "PUT /four", headers: []string{"X-Amz-Bucket-Object-Lock-Enabled: yes"}, status: 400, code: "InvalidArgument"},
		step{why: "public buckets need ACLs", request: "PUT /four", headers: []string{"X-Amz-Acl: public-read"}, status: 400, code: "InvalidBucketAclWithObjectOwnership"},
		step{why: "documents are bounded", request: "PUT /four", body: "<x>" + strings.Repeat(" ", 1<<20), status: 400, code: "MaxMessageLengthExceeded"},
		step{why: "all of one's own, by name", request: "GET /", status: 200, has: []string{
			"<Bucket><Name>one</Name><CreationDate>2026-03-04T05:06:07.890Z</CreationDate><BucketRegion>us-east-1</BucketRegion></Bucket><Bucket><Name>three</Name>"}},
		step{why: "none of others", request: "GET /", headers: []string{"X-Test-User: bob"}, status: 200, hasNot: []string{"<Bucket>"}},
		step{why: "nobody has none", request: "GET /", headers: []string{"X-Test-User: -"}, status: 403, code: "AccessDenied"},
		step{why: "by prefix", request: "GET /?prefix=t", status: 200, has: []string{"<Name>two</Name>", "<Prefix>t</Prefix>"}, hasNot: []string{"<Name>one</Name>"}},
		step{why: "of another region", request: "GET /?bucket-region=eu-1", status: 200, hasNot: []string{"<Bucket>"}},
		step{why: "at least one a page", request: "GET /?max-buckets=0", status: 400, code: "InvalidArgument"},
		step{why: "an empty token continues nothing", request: "GET /?continuation-token=", status: 200},
		step{why: "a made-up token", request: "GET /?continuation-token=zzz", status: 400, code: "InvalidArgument"},
		step{why: "head", request: "HEAD /one", status: 200, answer: []string{"X-Amz-Bucket-Region: us-east-1"}},
		step{why: "head of another's", request: "HEAD /one", headers: []string{"X-Test-User: bob"}, status: 403, exact: str("")},
		step{why: "head of none", request: "HEAD /nope", status: 404, exact: str("")},
		step{why: "us-east-1 is the empty location", request: "GET /one?location", status: 200,
			exact: str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<LocationConstraint xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"></LocationConstraint>")},
		step{why: "an object keeps its bucket", request: "PUT /one/o", status: 200},
		step{why: "so it stays", request: "DELETE /one", status: 409, code: "BucketNotEmpty"},
		step{why: "without it", request: "DELETE /one/o", status: 204},
		step{why: "it goes, for its owner", request: "DELETE /one", headers: []string{"X-Test-User: bob"}, status: 403, code: "AccessDenied"},
		step{why: "it goes", request: "DELETE /one", status: 204},
		step{why: "gone", request: "DELETE /one", status: 404, code: "NoSuchBucket"},
	)
}

func TestBucketsOfAnotherRegion(t *testing.T) {
	f := newFixture(t, func(o *optionsT) { o.Region = "eu-west-1" })
	f.run(
		step{why: "create", request: "PUT /one", status: 200},
		step{why: "outside of us-east-1 a second creation is an error", request: "PUT /one", status: 409, code: "BucketAlreadyOwnedByYou"},
		step{why: "the old name of eu-west-1", request: "PUT /two", body: "<CreateBucketConfiguration><LocationConstraint>EU</LocationConstraint></CreateBucketConfiguration>", status: 200},
		step{why: "the location", request: "GET /one?location", status: 200, has: []string{">eu-west-1<"}},
		step{why: "the region", request: "HEAD /one", status: 200, answer: []string{"X-Amz-Bucket-Region: eu-west-1"}},
	)
}

func TestHeadBucketTellsOwnersWhatIsInIt(t *testing.T) {
	f := newFixture(t, func(o *optionsT) { o.Authorizer = rights(func(*auth.Request) bool { return true }) })
	f.ok("PUT", "/bkt", "")
	f.run(
		step{why: "nothing", request: "HEAD /bkt", status: 200, exact: str(""), answer: []string{"X-Rgw-Object-Count: 0", "X-Rgw-Bytes-Used: 0"}},
		step{why: "five bytes", request: "PUT /bkt/a", body: "12345", status: 200},
		step{why: "an object", request: "HEAD /bkt", status: 200, answer: []string{"X-Rgw-Object-Count: 1", "X-Rgw-Bytes-Used: 5"}},
		step{why: "versions are kept from now on", request: "PUT /bkt?versioning", body: "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>", status: 200},
		step{why: "three bytes", request: "PUT /bkt/a", body: "123", status: 200},
		step{why: "both versions", request: "HEAD /bkt", status: 200, answer: []string{"X-Rgw-Object-Count: 2", "X-Rgw-Bytes-Used: 8"}},
		step{why: "who may list it is not told", request: "HEAD /bkt", headers: []string{"X-Test-User: bob"}, status: 200, answer: []string{"X-Rgw-Object-Count:", "X-Rgw-Bytes-Used:"}},
		step{why: "nor is nobody", request: "HEAD /bkt", headers: []string{"X-Test-User: -"}, status: 200, answer: []string{"X-Rgw-Object-Count:", "X-Rgw-Bytes-Used:"}},
	)
}

func TestBucketPages(t *testing.T) {
	f := newFixture(t, nil)
	for i := range 5 {
		f.ok("PUT", fmt.Sprintf("/bkt-%d", i), "")
	}
	var names []string
	token := ""
	for page := 0; page < 3; page++ {
		w := f.ok("GET", "/?max-buckets=2"+token, "")
		for _, part := range strings.Split(w.Body.String(), "<Name>")[1:] {
			name, _, _ := strings.Cut(part, "<")
			names = append(names, name)
		}
		if page < 2 {
			token = "&continuation-token=" + between(t, w, "<ContinuationToken>", "<")
		} else {
			assert.NotContains(t, w.Body.String(), "ContinuationToken")
		}
	}
	assert.Equal(t, []string{"bkt-0", "bkt-1", "bkt-2", "bkt-3", "bkt-4"}, names)
}

func TestTenants(t *testing.T) {
	f := newFixture(t, nil)
	carol := "X-Test-User: acme$carol"
	f.run(
		step{why: "carol's buckets are in her tenant", request: "PUT /bkt", headers: []string{carol}, status: 200},
		step{why: "alice's are not", request: "PUT /bkt", status: 200},
		step{why: "carol writes to hers", request: "PUT /bkt/o", body: "carol", headers: []string{carol}, status: 200},
		step{why: "alice to hers", request: "PUT /bkt/o", body: "alice", status: 200},
		step{why: "a tenant can be named", request: "GET /acme:bkt/o", headers: []string{carol}, status: 200, exact: str("carol")},
		step{why: "in percent-encoding too, as signers write it", request: "GET /acme%3Abkt/o", headers: []string{carol}, status: 200, exact: str("carol")},
		step{why: "rights are another matter", request: "GET /acme:bkt/o", status: 403, code: "AccessDenied"},
		step{why: "the empty tenant", request: "GET /:bkt/o", status: 200, exact: str("alice")},
		step{why: "no bucket in another's tenant", request: "PUT /acme:mine", status: 403, code: "AccessDenied"},
		step{why: "a tenant is no bucket", request: "GET /acme:/o", status: 400, code: "InvalidBucketName"},
	)
	b, err := f.store.Bucket(context.Background(), objstore.BucketID{Tenant: "acme", Name: "bkt"})
	require.NoError(t, err)
	assert.Equal(t, "acme$carol", b.Info().Owner)
}

// TestPrivateBucket is what Amazon answers for a bucket on which nothing was set.
func TestPrivateBucket(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	f.ok("PUT", "/bkt/o", "x")
	acl := "<AccessControlPolicy xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Owner><ID>alice</ID><DisplayName>alice</DisplayName></Owner>" +
		"<AccessControlList><Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"CanonicalUser\"><ID>alice</ID>" +
		"<DisplayName>alice</DisplayName></Grantee><Permission>FULL_CONTROL</Permission></Grant></AccessControlList></AccessControlPolicy>"
	f.run(
		step{why: "the owner has full control", request: "GET /bkt?acl", status: 200, has: []string{acl}},
		step{why: "of objects too", request: "GET /bkt/o?acl", status: 200, has: []string{acl}},
		step{why: "an equals sign changes nothing", request: "GET /bkt?acl=", status: 200, has: []string{acl}},
		step{why: "private is what it is", request: "PUT /bkt?acl", headers: []string{"X-Amz-Acl: private"}, status: 200},
		step{why: "of objects too", request: "PUT /bkt/o?acl", headers: []string{"X-Amz-Acl: private"}, status: 200},
		step{why: "of objects that are there", request: "PUT /bkt/none?acl", headers: []string{"X-Amz-Acl: private"}, status: 404, code: "NoSuchKey"},
		step{why: "no list", request: "PUT /bkt?acl", body: "<AccessControlPolicy/>", status: 400, code: "MalformedACLError"},
		step{why: "not both", request: "PUT /bkt?acl", body: "<AccessControlPolicy/>", headers: []string{"X-Amz-Acl: private"}, status: 400, code: "UnexpectedContent"},
		step{why: "none", request: "GET /bkt?policy", status: 404, code: "NoSuchBucketPolicy", has: []string{"<BucketName>bkt</BucketName>"}},
		step{why: "none", request: "GET /bkt?policyStatus", status: 404, code: "NoSuchBucketPolicy"},
		step{why: "none", request: "GET /bkt?lifecycle", status: 404, code: "NoSuchLifecycleConfiguration"},
		step{why: "none", request: "GET /bkt?cors", status: 404, code: "NoSuchCORSConfiguration"},
		step{why: "none", request: "GET /bkt?website", status: 404, code: "NoSuchWebsiteConfiguration"},
		step{why: "none", request: "GET /bkt?encryption", status: 404, code: "ServerSideEncryptionConfigurationNotFoundError"},
		step{why: "none", request: "GET /bkt?object-lock", status: 404, code: "ObjectLockConfigurationNotFoundError"},
		step{why: "none", request: "GET /bkt?replication", status: 404, code: "ReplicationConfigurationNotFoundError"},
		step{why: "none", request: "GET /bkt?publicAccessBlock", status: 404, code: "NoSuchPublicAccessBlockConfiguration"},
		step{why: "none", request: "GET /bkt?tagging", status: 404, code: "NoSuchTagSet"},
		step{why: "never on", request: "GET /bkt?versioning", status: 200, has: []string{"<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"></VersioningConfiguration>"}},
		step{why: "the owner pays", request: "GET /bkt?requestPayment", status: 200, has: []string{"<Payer>BucketOwner</Payer>"}},
		step{why: "empty", request: "GET /bkt?accelerate", status: 200, has: []string{"<AccelerateConfiguration"}},
		step{why: "empty", request: "GET /bkt?logging", status: 200, has: []string{"<BucketLoggingStatus"}},
		step{why: "empty", request: "GET /bkt?notification", status: 200, has: []string{"<NotificationConfiguration"}},
		step{why: "ACLs are off", request: "GET /bkt?ownershipControls", status: 200, has: []string{"<ObjectOwnership>BucketOwnerEnforced</ObjectOwnership>"}},
		step{why: "nothing to remove", request: "DELETE /bkt?policy", status: 204},
		step{why: "no policy", request: "PUT /bkt?policy", body: "{}", status: 400, code: "MalformedPolicy"},
		step{why: "others do not even learn that", request: "PUT /bkt?policy", body: "{}", headers: []string{"X-Test-User: bob"}, status: 403, code: "AccessDenied"},
		step{why: "others do not see the ACL", request: "GET /bkt?acl", headers: []string{"X-Test-User: bob"}, status: 403, code: "AccessDenied"},
	)
}

// tagsOf are elements Tag of "key=value".
func tagsOf(tags ...string) string {
	var b strings.Builder
	for _, tag := range tags {
		k, v, _ := strings.Cut(tag, "=")
		fmt.Fprintf(&b, "<Tag><Key>%s</Key><Value>%s</Value></Tag>", k, v)
	}
	return b.String()
}

func manyTags(n int) []string {
	var many []string
	for i := range n {
		many = append(many, fmt.Sprintf("k%d=v", i))
	}
	return many
}

func TestBucketTagging(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	tagging := func(tags ...string) string { return "<Tagging><TagSet>" + tagsOf(tags...) + "</TagSet></Tagging>" }
	many := manyTags(51)
	f.run(
		step{why: "set", request: "PUT /bkt?tagging", body: tagging("a=1", "b=x y"), status: 204},
		step{why: "read", request: "GET /bkt?tagging", status: 200, exact: str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Tagging xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><TagSet><Tag><Key>a</Key><Value>1</Value></Tag><Tag><Key>b</Key><Value>x y</Value></Tag></TagSet></Tagging>")},
		step{why: "50 are allowed", request: "PUT /bkt?tagging", body: tagging(many[:50]...), status: 204},
		step{why: "51 are not", request: "PUT /bkt?tagging", body: tagging(many...), status: 400, code: "BadRequest"},
		step{why: "one value a key", request: "PUT /bkt?tagging", body: tagging("a=1", "a=2"), status: 400, code: "InvalidTag"},
		step{why: "reserved", request: "PUT /bkt?tagging", body: tagging("aws:x=1"), status: 400, code: "InvalidTag"},
		step{why: "signs that tags do not have", request: "PUT /bkt?tagging", body: tagging("a!=1"), status: 400, code: "InvalidTag"},
		step{why: "no body", request: "PUT /bkt?tagging", status: 400, code: "MalformedXML"},
		step{why: "no set", request: "PUT /bkt?tagging", body: "<Tagging/>", status: 400, code: "MalformedXML"},
		step{why: "the sum is compared", request: "PUT /bkt?tagging", body: tagging("a=1"), headers: []string{"Content-Md5: 1B2M2Y8AsgTpgAmY7PhCfg=="}, status: 400, code: "BadDigest"},
		step{why: "remove", request: "DELETE /bkt?tagging", status: 204},
		step{why: "none", request: "GET /bkt?tagging", status: 404, code: "NoSuchTagSet"},
	)
}

func TestCreateBucketWithTags(t *testing.T) {
	f := newFixture(t, nil)
	with := func(tags ...string) string {
		return "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Tags>" + tagsOf(tags...) + "</Tags></CreateBucketConfiguration>"
	}
	f.run(
		step{why: "with tags", request: "PUT /one", body: with("a=1", "b=x y"), status: 200, answer: []string{"Location: /one"}},
		step{why: "they are its tags", request: "GET /one?tagging", status: 200, has: []string{"<TagSet>" + tagsOf("a=1", "b=x y") + "</TagSet>"}},
		step{why: "a bucket that is there may have others", request: "PUT /one", body: with("a=2"), status: 409, code: "BucketAlreadyOwnedByYou"},
		step{why: "and keeps them", request: "GET /one?tagging", status: 200, has: []string{"<TagSet>" + tagsOf("a=1", "b=x y") + "</TagSet>"}},
		step{why: "without tags it is there as before", request: "PUT /one", body: with(), status: 200},
		step{why: "another's name", request: "PUT /one", headers: []string{asBob}, body: with("a=1"), status: 409, code: "BucketAlreadyExists"},
		step{why: "an empty set", request: "PUT /two", body: with(), status: 200},
		step{why: "is none", request: "GET /two?tagging", status: 404, code: "NoSuchTagSet"},
		step{why: "50 are allowed", request: "PUT /three", body: with(manyTags(50)...), status: 200},
		step{why: "51 are not", request: "PUT /four", body: with(manyTags(51)...), status: 400, code: "BadRequest"},
		step{why: "one value a key", request: "PUT /four", body: with("a=1", "a=2"), status: 400, code: "InvalidTag"},
		step{why: "reserved", request: "PUT /four", body: with("aws:x=1"), status: 400, code: "InvalidTag"},
		step{why: "signs that tags do not have", request: "PUT /four", body: with("a!=1"), status: 400, code: "InvalidTag"},
		step{why: "a tag has a value", request: "PUT /four", body: "<CreateBucketConfiguration><Tags><Tag><Key>a</Key></Tag></Tags></CreateBucketConfiguration>", status: 400, code: "MalformedXML"},
		step{why: "tags are all that is in it", request: "PUT /four", body: "<CreateBucketConfiguration><Tags><Mood/></Tags></CreateBucketConfiguration>", status: 400, code: "MalformedXML"},
		step{why: "nobody learns what is wrong", request: "PUT /four", headers: []string{asNobody}, body: with("a!=1"), status: 403, code: "AccessDenied"},
		step{why: "bad tags make no bucket", request: "GET /four?tagging", status: 404, code: "NoSuchBucket"},
	)
}

// Who makes a bucket may tag it, unless a policy says otherwise.
func TestRightsToCreateWithTags(t *testing.T) {
	dave, err := policy.Parse([]byte(`{"Version":"2012-10-17","Statement":[
		{"Effect":"Deny","Action":"s3:CreateBucket","Resource":"*","Condition":{"ForAnyValue:StringEquals":{"aws:TagKeys":["secret"]}}},
		{"Effect":"Deny","Action":"s3:TagResource","Resource":"*","Condition":{"StringNotEquals":{"aws:RequestTag/team":"x"}}}]}`),
		policy.ParseOptions{Kind: policy.Identity})
	require.NoError(t, err)
	f := newFixture(t, func(o *optionsT) { o.Verifier = ranked{dave} })
	with := func(tags ...string) string {
		return "<CreateBucketConfiguration><Tags>" + tagsOf(tags...) + "</Tags></CreateBucketConfiguration>"
	}
	by := []string{asDave}
	f.run(
		step{why: "a key that keeps buckets from being made", request: "PUT /one", headers: by, body: with("secret=1", "team=x"), status: 403, code: "AccessDenied"},
		step{why: "a tag that is withheld", request: "PUT /one", headers: by, body: with("team=y"), status: 403, code: "AccessDenied"},
		step{why: "a header tags no bucket", request: "PUT /one", headers: append([]string{"X-Amz-Tagging: team=x"}, by...), body: with("team=y"), status: 403, code: "AccessDenied"},
		step{why: "nothing was made", request: "HEAD /one", headers: by, status: 404},
		step{why: "a tag that is not", request: "PUT /one", headers: by, body: with("team=x"), status: 200},
		step{why: "none needs no right", request: "PUT /two", headers: by, status: 200},
	)
}
