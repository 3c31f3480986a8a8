package s3http_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
)

const tagsOfBucket = "/v20180820/tags/arn%3Aaws%3As3%3A%3A%3Abkt"

// tagRequest is the body of TagResource.
func tagRequest(tags ...string) string {
	return "<TagResourceRequest xmlns=\"http://awss3control.amazonaws.com/doc/2018-08-20/\"><Tags>" + tagsOf(tags...) + "</Tags></TagResourceRequest>"
}

func TestTagResource(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	account := []string{anyAccount}
	list := func(why string, tags ...string) step {
		return step{why: why, request: "GET " + tagsOfBucket, headers: account, status: 200, has: []string{"<Tags>" + tagsOf(tags...) + "</Tags>"}}
	}
	f.run(
		step{why: "no tags are an empty list", request: "GET " + tagsOfBucket, headers: account, status: 200,
			exact: str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListTagsForResourceResult xmlns=\"http://awss3control.amazonaws.com/doc/2018-08-20/\"><Tags></Tags></ListTagsForResourceResult>")},
		step{why: "nothing to remove", request: "DELETE " + tagsOfBucket + "?tagKeys=a", headers: account, status: 204, exact: str("")},
		step{why: "first tags", request: "POST " + tagsOfBucket, headers: account, body: tagRequest("a=1", "b=x y"), status: 204, exact: str("")},
		list("are listed", "a=1", "b=x y"),
		step{why: "the other API has the same", request: "GET /bkt?tagging", status: 200, has: []string{"<TagSet>" + tagsOf("a=1", "b=x y") + "</TagSet>"}},
		step{why: "a new value and a new key", request: "POST " + tagsOfBucket, headers: account, body: tagRequest("a=2", "c="), status: 204},
		list("are merged", "a=2", "b=x y", "c="),
		step{why: "none to add", request: "POST " + tagsOfBucket, headers: account, body: tagRequest(), status: 204},
		step{why: "some go, one was never there", request: "DELETE " + tagsOfBucket + "?tagKeys=a&tagKeys=c&tagKeys=z", headers: account, status: 204},
		list("the rest stays", "b=x y"),
		step{why: "49 more", request: "POST " + tagsOfBucket, headers: account, body: tagRequest(manyTags(49)...), status: 204},
		step{why: "50 in sum", request: "POST " + tagsOfBucket, headers: account, body: tagRequest("more=1"), status: 400, code: "BadRequest"},
		step{why: "a new value is no further tag", request: "POST " + tagsOfBucket, headers: account, body: tagRequest("k1=new"), status: 204},
		step{why: "all go", request: "PUT /bkt?tagging", body: "<Tagging><TagSet>" + tagsOf("a=1") + "</TagSet></Tagging>", status: 204},
		step{why: "all go", request: "DELETE " + tagsOfBucket + "?tagKeys=a", headers: account, status: 204},
		step{why: "and leave a bucket without", request: "GET /bkt?tagging", status: 404, code: "NoSuchTagSet"},
	)
}

func TestTagResourceRefusals(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	f.ok("POST", tagsOfBucket, tagRequest("a=1"), anyAccount)
	account := []string{anyAccount}
	post := func(why, body, code string) step {
		return step{why: why, request: "POST " + tagsOfBucket, headers: account, body: body, status: 400, code: code, has: []string{"<ErrorResponse><Error>"}}
	}
	f.run(
		post("no body", "", "MissingRequestBodyError"),
		post("another document", "<Tagging/>", "MalformedXML"),
		post("no tags", "<TagResourceRequest/>", "MalformedXML"),
		post("more than tags", "<TagResourceRequest><Tags/><Mood/></TagResourceRequest>", "MalformedXML"),
		post("one value a key", tagRequest("b=1", "b=2"), "InvalidTag"),
		post("reserved", tagRequest("aws:x=1"), "InvalidTag"),
		post("51", tagRequest(manyTags(51)...), "BadRequest"),
		step{why: "removed is what is named", request: "DELETE " + tagsOfBucket, headers: account, status: 405, code: "MethodNotAllowed", answer: []string{"Allow: GET, POST"}},
		step{why: "not by reading", request: "GET " + tagsOfBucket + "?tagKeys=a", headers: account, status: 405, code: "MethodNotAllowed"},
		step{why: "no bucket", request: "GET " + tagsOfBucket + "2", headers: account, status: 404, code: "NoSuchBucket", has: []string{"<ErrorResponse><Error>"}},
		step{why: "no bucket", request: "POST " + tagsOfBucket + "2", headers: account, body: tagRequest("a=1"), status: 404, code: "NoSuchBucket"},
		step{why: "no bucket", request: "DELETE " + tagsOfBucket + "2?tagKeys=a", headers: account, status: 404, code: "NoSuchBucket"},
		step{why: "without an account it is an object", request: "GET " + tagsOfBucket, status: 404, code: "NoSuchBucket", hasNot: []string{"<ErrorResponse>"}},
		step{why: "nothing was changed", request: "GET " + tagsOfBucket, headers: account, status: 200, has: []string{"<Tags>" + tagsOf("a=1") + "</Tags>"}},
	)
}

// A resource is named by its ARN, its account by a header.
func TestResourceARN(t *testing.T) {
	f := newRankedFixture(t)
	f.ok("PUT", "/bkt", "")
	f.ok("PUT", "/bkt?tagging", "<Tagging><TagSet>"+tagsOf("of=alice")+"</TagSet></Tagging>")
	f.ok("PUT", "/bkt", "", asCarol)
	f.ok("PUT", "/bkt?tagging", "<Tagging><TagSet>"+tagsOf("of=carol")+"</TagSet></Tagging>", asCarol)
	for _, tt := range []struct {
		explanation, arn, account, user string
		status                          int
		has                             string
	}{
		{"plain", "arn:aws:s3:::bkt", anyAccount, "", 200, "alice"},
		{"of another partition", "arn:aws-cn:s3:::bkt", anyAccount, "", 200, "alice"},
		{"with region and account", "arn:aws:s3:us-east-1:123456789012:bucket/bkt", anyAccount, "", 200, "alice"},
		{"in percent-encoding", "arn%3Aaws%3As3%3Aus-east-1%3A123456789012%3Abucket%2Fbkt", anyAccount, "", 200, "alice"},
		{"digits are the caller's own tenant", "arn:aws:s3:us-east-1:123456789012:bucket/bkt", anyAccount, asCarol, 200, "carol"},
		{"a tenant by name", "arn:aws:s3:::bkt", ofAcme, asCarol, 200, "carol"},
		{"in both places", "arn:aws:s3:us-east-1:acme:bucket/bkt", ofAcme, asCarol, 200, "carol"},
		{"as policies name it", "arn:aws:s3::acme:bkt", ofAcme, asRoot, 200, "carol"},
		{"not for users of another", "arn:aws:s3:::bkt", ofAcme, "", 403, "AccessDenied"},
		{"two accounts", "arn:aws:s3:us-east-1:other:bucket/bkt", ofAcme, asCarol, 400, "InvalidArgument"},
		{"one that the header does not name", "arn:aws:s3:us-east-1:acme:bucket/bkt", anyAccount, asCarol, 400, "InvalidArgument"},
		{"an object", "arn:aws:s3:::bkt/o", anyAccount, "", 400, "InvalidArgument"},
		{"an access point", "arn:aws:s3:us-east-1:123456789012:accesspoint/p", anyAccount, "", 501, "NotImplemented"},
		{"a directory bucket", "arn:aws:s3express:us-east-1:123456789012:bucket/bkt", anyAccount, "", 501, "NotImplemented"},
		{"another service", "arn:aws:sns:us-east-1:123456789012:topic", anyAccount, "", 400, "InvalidArgument"},
		{"no name", "arn:aws:s3:::", anyAccount, "", 400, "InvalidArgument"},
		{"no name", "arn:aws:s3:us-east-1:123456789012:bucket/", anyAccount, "", 400, "InvalidArgument"},
		{"a name alone", "bkt", anyAccount, "", 400, "InvalidArgument"},
		{"nothing", "", anyAccount, "", 400, "InvalidArgument"},
		{"no name of a bucket", "arn:aws:s3:::No_Such", anyAccount, "", 404, "NoSuchBucket"},
	} {
		headers := []string{tt.account}
		if tt.user != "" {
			headers = append(headers, tt.user)
		}
		f.run(step{why: tt.explanation, request: "GET /v20180820/tags/" + tt.arn, headers: headers, status: tt.status, has: []string{tt.has}})
	}
}

// Tags have actions of their own here, which those of the S3 API do not stand for.
func TestTagResourceRights(t *testing.T) {
	f := newFixture(t, withPeople)
	f.ok("PUT", "/bkt", "")
	f.ok("PUT", "/bkt?tagging", "<Tagging><TagSet>"+tagsOf("team=x")+"</TagSet></Tagging>")
	list, untag := "GET "+tagsOfBucket, "DELETE "+tagsOfBucket+"?tagKeys=team"
	for _, tt := range []struct {
		explanation, action, condition string
		request, body                  string
		status                         int
	}{
		{"a right to list", `"s3:ListTagsForResource"`, "", list, "", 200},
		{"is none to tag", `"s3:ListTagsForResource"`, "", "POST " + tagsOfBucket, tagRequest("a=1"), 403},
		{"a right to tag", `"s3:TagResource"`, "", "POST " + tagsOfBucket, tagRequest("a=1"), 204},
		{"is none to remove", `"s3:TagResource"`, "", untag, "", 403},
		{"nor to list", `"s3:TagResource"`, "", list, "", 403},
		{"a right to remove", `"s3:UntagResource"`, "", "DELETE " + tagsOfBucket + "?tagKeys=a", "", 204},
		{"those of the other API list nothing", `["s3:GetBucketTagging","s3:PutBucketTagging"]`, "", list, "", 403},
		{"nor tag", `["s3:GetBucketTagging","s3:PutBucketTagging"]`, "", "POST " + tagsOfBucket, tagRequest("a=1"), 403},
		{"nor remove", `["s3:GetBucketTagging","s3:PutBucketTagging"]`, "", untag, "", 403},
		{"who has no right does not learn what is wrong", `"s3:UntagResource"`, "", "POST " + tagsOfBucket, "<x/>", 403},
		{"a tag that is let in", `"s3:TagResource"`, `{"StringEquals":{"aws:RequestTag/team":"x"}}`, "POST " + tagsOfBucket, tagRequest("team=x"), 204},
		{"one that is not", `"s3:TagResource"`, `{"StringEquals":{"aws:RequestTag/team":"x"}}`, "POST " + tagsOfBucket, tagRequest("team=y"), 403},
		{"keys that may go", `"s3:UntagResource"`, `{"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}}`, "DELETE " + tagsOfBucket + "?tagKeys=b&tagKeys=a", "", 204},
		{"one that may not", `"s3:UntagResource"`, `{"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}}`, "DELETE " + tagsOfBucket + "?tagKeys=a&tagKeys=team", "", 403},
		{"what is removed gives no value", `"s3:UntagResource"`, `{"Null":{"aws:RequestTag/team":"false"}}`, untag, "", 403},
		{"the tags that it has", `"s3:ListTagsForResource"`, `{"StringEquals":{"aws:ResourceTag/team":"x"}}`, list, "", 200},
	} {
		f.ok("PUT", "/bkt?policy", statement("Allow", `{"AWS":"arn:aws:iam:::user/bob"}`, tt.action, tt.condition))
		f.run(step{why: tt.explanation, request: tt.request, headers: []string{anyAccount, asBob}, body: tt.body, status: tt.status})
	}
	f.ok("PUT", "/bkt?policy", statement("Deny", `"*"`, `"s3:TagResource"`, ""))
	f.run(
		step{why: "the owner may be denied it", request: "POST " + tagsOfBucket, headers: []string{anyAccount}, body: tagRequest("a=1"), status: 403, code: "AccessDenied"},
		step{why: "and has the rest", request: untag, headers: []string{anyAccount}, status: 204},
		step{why: "nobody has anything", request: list, headers: []string{anyAccount, asNobody}, status: 403, code: "AccessDenied"},
	)
}

// Of tags that are given at the same time none is lost.
func TestTagResourceAtOnce(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	const writers = 16
	var all sync.WaitGroup
	for _, tag := range manyTags(writers) {
		all.Go(func() {
			assert.Equal(t, 204, f.serve(request("POST", tagsOfBucket, tagRequest(tag), anyAccount)).Code)
		})
	}
	all.Wait()
	w := f.ok("GET", tagsOfBucket, "", anyAccount)
	assert.Equal(t, writers, strings.Count(w.Body.String(), "<Tag>"), w.Body)
}
