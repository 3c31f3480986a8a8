package s3http_test

import (
	"crypto/md5"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/cofferstore/coffer/auth"
)

func contentMD5(body string) string {
	sum := md5.Sum([]byte(body))
	return "Content-Md5: " + base64.StdEncoding.EncodeToString(sum[:])
}

func TestDeleteObjects(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	for _, key := range []string{"a", "b", "c", "d"} {
		f.ok("PUT", "/bkt/"+key, key)
	}
	del := func(why, inner string, s step) step {
		s.why, s.request, s.body = why, "POST /bkt?delete", "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"+inner+"</Delete>"
		s.headers = append(s.headers, contentMD5(s.body))
		return s
	}
	object := func(key string) string { return "<Object><Key>" + key + "</Key></Object>" }
	f.run(
		del("in the order of the request, missing ones too", object("b")+object("none")+object("a"), step{status: 200, exact: str(head +
			"<DeleteResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Deleted><Key>b</Key></Deleted><Deleted><Key>none</Key></Deleted><Deleted><Key>a</Key></Deleted></DeleteResult>")}),
		del("quiet tells failures alone", "<Quiet>true</Quiet>"+object("c"), step{status: 200, exact: str(head + "<DeleteResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"></DeleteResult>")}),
		del("a condition", "<Object><Key>d</Key><ETag>\"x\"</ETag></Object>", step{status: 200, has: []string{"<Error><Key>d</Key><Code>PreconditionFailed</Code>"}}),
		del("a condition of directory buckets", "<Object><Key>d</Key><Size>1</Size></Object>", step{status: 501, code: "NotImplemented"}),
		del("a key that is too long fails alone", object(strings.Repeat("k", 1025))+object("d"), step{status: 200, has: []string{"<Code>KeyTooLongError</Code>", "<Deleted><Key>d</Key></Deleted>"}}),
		del("nothing", "", step{status: 400, code: "MalformedXML"}),
		del("an empty key", object(""), step{status: 400, code: "MalformedXML"}),
		del("an unknown element", object("a")+"<Loud/>", step{status: 400, code: "MalformedXML"}),
		del("one of two keys would be passed over", "<Object><Key>a</Key><Key>b</Key></Object>", step{status: 400, code: "MalformedXML"}),
		del("one of two versions", "<Object><Key>a</Key><VersionId>null</VersionId><VersionId>null</VersionId></Object>", step{status: 400, code: "MalformedXML"}),
		del("a key is text", "<Object><Key>no<x>zzz</x>key</Key></Object>", step{status: 400, code: "MalformedXML"}),
		del("quiet or not", "<Quiet>true</Quiet><Quiet>false</Quiet>"+object("a"), step{status: 400, code: "MalformedXML"}),
		del("1000 keys", strings.Repeat(object("x"), 1000), step{status: 200}),
		del("1001 keys", strings.Repeat(object("x"), 1001), step{status: 400, code: "MalformedXML"}),
		del("a list without end", strings.Repeat(object(strings.Repeat("k", 1000)), 5000), step{status: 400, code: "MaxMessageLengthExceeded"}),
		step{why: "a list is proved by a sum", request: "POST /bkt?delete", body: "<Delete><Object><Key>a</Key></Object></Delete>", status: 400, code: "InvalidRequest"},
		step{why: "the right one", request: "POST /bkt?delete", body: "<Delete><Object><Key>a</Key></Object></Delete>", headers: []string{contentMD5("x")}, status: 400, code: "BadDigest"},
		step{why: "nobody sends lists", request: "POST /bkt?delete", body: "<Delete><Object><Key>a</Key></Object></Delete>", headers: []string{"X-Test-User: -"}, status: 403, code: "AccessDenied"},
	)
	f.run(del("others may delete nothing", object("a")+object("b"), step{headers: []string{"X-Test-User: bob"}, status: 200,
		has: []string{"<Error><Key>a</Key><Code>AccessDenied</Code><Message>Access Denied</Message></Error><Error><Key>b</Key>"}}))
}

func TestDeleteObjectsOfVersions(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	f.ok("PUT", "/bkt?versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")
	v := f.ok("PUT", "/bkt/o", "one").Header().Get("X-Amz-Version-Id")
	body := "<Delete><Object><Key>o</Key></Object></Delete>"
	w := f.ok("POST", "/bkt?delete", body, contentMD5(body))
	marker := between(t, w, "<DeleteMarker>true</DeleteMarker><DeleteMarkerVersionId>", "<")
	body = "<Delete><Object><Key>o</Key><VersionId>" + v + "</VersionId></Object><Object><Key>o</Key><VersionId>" + marker + "</VersionId></Object></Delete>"
	w = f.ok("POST", "/bkt?delete", body, contentMD5(body))
	assert.Contains(t, w.Body.String(), "<Deleted><Key>o</Key><VersionId>"+v+"</VersionId></Deleted>")
	assert.Contains(t, w.Body.String(), "<Deleted><Key>o</Key><VersionId>"+marker+"</VersionId><DeleteMarker>true</DeleteMarker><DeleteMarkerVersionId>"+marker+"</DeleteMarkerVersionId></Deleted>")
	assert.NotContains(t, f.ok("GET", "/bkt?versions", "").Body.String(), "<Key>")
	f.run(step{why: "what was asked for is gone, also when it was before", request: "DELETE /bkt/o?versionId=" + v, status: 204, answer: []string{"X-Amz-Version-Id: " + v}})
}

// TestDeleteObjectsAuthorizesEachKey has a caller who may delete below "mine/"
// only, and no versions.
func TestDeleteObjectsAuthorizesEachKey(t *testing.T) {
	f := newFixture(t, func(o *optionsT) {
		o.Authorizer = rights(func(r *auth.Request) bool {
			return r.Identity.ID != "bob" || r.Action == "s3:DeleteObject" && strings.HasPrefix(r.Resource.Key, "mine/")
		})
	})
	f.ok("PUT", "/bkt", "")
	f.ok("PUT", "/bkt/mine/1", "")
	f.ok("PUT", "/bkt/yours", "")
	body := "<Delete><Object><Key>yours</Key></Object><Object><Key>mine/1</Key></Object><Object><Key>mine/2</Key><VersionId>null</VersionId></Object></Delete>"
	f.run(
		step{why: "each key by itself", request: "POST /bkt?delete", body: body, headers: []string{"X-Test-User: bob", contentMD5(body)}, status: 200,
			has: []string{"<Error><Key>yours</Key><Code>AccessDenied</Code>", "<Deleted><Key>mine/1</Key></Deleted>", "<Error><Key>mine/2</Key><VersionId>null</VersionId><Code>AccessDenied</Code>"}},
		step{why: "not his", request: "GET /bkt/yours", status: 200},
		step{why: "his", request: "GET /bkt/mine/1", status: 404, code: "NoSuchKey"},
	)
}
