package s3http_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth/awssig"
	"github.com/cofferstore/coffer/objstore"
)

// allowBut is a policy that lets everybody read but for what the condition denies.
func allowBut(condition string) string {
	on := `"Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::bkt/*"`
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` + on + `},{"Effect":"Deny",` + on + `,"Condition":` + condition + `}]}`
}

// What is there in every request on Amazon is there in every request here: a
// denial that asks for it must not come to nothing.
func TestKeysOfEveryRequest(t *testing.T) {
	f := newFixture(t, func(o *optionsT) { o.Region, o.Grantees = "eu-west-1", people{} })
	f.ok("PUT", "/bkt", "", asCarol)
	f.ok("PUT", "/bkt/o", "x", asCarol)
	for _, tc := range []struct {
		why, condition     string
		bob, carol, nobody int
	}{
		{"nobody calls for others", `{"Bool":{"aws:ViaAWSService":"false"}}`, 403, 403, 403},
		{"and says so", `{"Bool":{"aws:ViaAWSService":"true"}}`, 200, 200, 200},
		{"no caller is a service", `{"Bool":{"aws:PrincipalIsAWSService":"false"}}`, 403, 403, 403},
		{"nor taken for one", `{"Bool":{"aws:PrincipalIsAWSService":"true"}}`, 200, 200, 200},
		{"the region is the server's", `{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}`, 403, 403, 403},
		{"and no other", `{"StringNotEquals":{"aws:RequestedRegion":"eu-west-1"}}`, 200, 200, 200},
		{"the account is the bucket's tenant", `{"StringEquals":{"aws:ResourceAccount":"acme"}}`, 403, 403, 403},
		{"by the name that S3 has for it too", `{"StringEquals":{"s3:ResourceAccount":"acme"}}`, 403, 403, 403},
		{"and not the caller's", `{"StringNotEquals":{"s3:ResourceAccount":"acme"}}`, 200, 200, 200},
		{"accounts of callers are named alike", `{"StringNotEquals":{"aws:ResourceAccount":"${aws:PrincipalAccount}"}}`, 403, 200, 403},
	} {
		f.ok("PUT", "/bkt?policy", allowBut(tc.condition), asCarol)
		assert.Equal(t, tc.bob, f.do("GET", "/acme:bkt/o", "", asBob).Code, "%s: %s, of another tenant", tc.why, tc.condition)
		assert.Equal(t, tc.carol, f.do("GET", "/bkt/o", "", asCarol).Code, "%s: %s, the owner", tc.why, tc.condition)
		assert.Equal(t, tc.nobody, f.do("GET", "/acme:bkt/o", "", asNobody).Code, "%s: %s, nobody", tc.why, tc.condition)
	}
}

// The tenant without a name has an account without a name.
func TestResourceAccountOfTheDefaultTenant(t *testing.T) {
	f := newFixture(t, withPeople)
	f.ok("PUT", "/bkt", "")
	f.ok("PUT", "/bkt/o", "x")
	f.ok("PUT", "/bkt?policy", allowBut(`{"StringNotEquals":{"aws:ResourceAccount":"${aws:PrincipalAccount}"}}`))
	f.run(
		step{why: "bob is of it", request: "GET /bkt/o", headers: []string{asBob}, status: 200},
		step{why: "carol is not", request: "GET /:bkt/o", headers: []string{asCarol}, status: 403},
	)
	f.ok("PUT", "/bkt?policy", allowBut(`{"Null":{"aws:ResourceAccount":"true"}}`))
	f.run(step{why: "it is there all the same", request: "GET /bkt/o", headers: []string{asBob}, status: 200})
}

// enforced is Amazon's policy that demands a header of every write ("Enforce
// conditional writes on Amazon S3 buckets").
func enforced(key string) string {
	return statement("Deny", `"*"`, `"s3:PutObject"`, `{"Null":{"`+key+`":"true"},"Bool":{"s3:ObjectCreationOperation":"true"}}`)
}

func TestWritesMustBeConditional(t *testing.T) {
	for _, tc := range []struct {
		why, key    string
		good, other string // headers; other is of the key that is not asked for
	}{
		{"only what is not there yet", "s3:if-none-match", "If-None-Match: *", "If-Match: " + digitsMD5},
		{"only what is there as the client knows it", "s3:if-match", "If-Match: " + digitsMD5, "If-None-Match: *"},
	} {
		t.Run(tc.key, func(t *testing.T) {
			f := newFixture(t, func(o *optionsT) { o.Forms = awssig.Form(formKeys{}, nil) })
			f.ok("PUT", "/bkt", "")
			f.ok("PUT", "/bkt/src", "0123456789")
			keys := []string{"o", "c", "m"}
			if tc.key == "s3:if-match" {
				for _, key := range keys {
					f.ok("PUT", "/bkt/"+key, "0123456789")
				}
			}
			f.ok("PUT", "/bkt?policy", enforced(tc.key))
			from := "X-Amz-Copy-Source: /bkt/src"
			f.run(
				step{why: tc.why, request: "PUT /bkt/o", body: "0123456789", status: 403, code: "AccessDenied"},
				step{why: "the other header is none", request: "PUT /bkt/o", headers: []string{tc.other}, status: 403, code: "AccessDenied"},
				step{why: "with the header", request: "PUT /bkt/o", headers: []string{tc.good}, status: 200},
				step{why: "which counts: now it is another object", request: "PUT /bkt/o", headers: []string{tc.good}, status: 412, code: "PreconditionFailed"},
				step{why: "a copy makes an object", request: "PUT /bkt/c", headers: []string{from}, status: 403, code: "AccessDenied"},
				step{why: "on the condition it may", request: "PUT /bkt/c", headers: []string{from, tc.good}, status: 200},
				step{why: "other operations are not concerned", request: "PUT /bkt/src?tagging", body: "<Tagging><TagSet/></Tagging>", status: 200},
			)
			w := f.post("/bkt", multipartBody(signed("ALICE", bucketAndKey, part{name: "key", value: "u/a"}, theFile)))
			assert.Equal(t, 403, w.Code, "a form makes an object: %s", w.Body)

			u := "/bkt/m?uploadId=" + between(t, f.ok("POST", "/bkt/m?uploads", ""), "<UploadId>", "<")
			e1 := f.ok("PUT", u+"&partNumber=1", "01234").Header().Get("ETag")
			w = f.ok("PUT", u+"&partNumber=2", "", from)
			done := completion(e1, between(t, w, "<ETag>", "</ETag>"))
			f.run(
				step{why: "the last step makes an object", request: "POST " + u, body: done, status: 403, code: "AccessDenied"},
				step{why: "on the condition it may", request: "POST " + u, headers: []string{tc.good}, body: done, status: 200},
				step{why: "there it is", request: "GET /bkt/m", status: 200, exact: str("012340123456789")},
			)
		})
	}
}

// Amazon's policy that allows conditional deletes alone ("Enforce conditional
// deletes on Amazon S3 buckets").
func TestDeletesMustBeConditional(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	for _, key := range []string{"a", "b", "c", "d"} {
		f.ok("PUT", "/bkt/"+key, "0123456789")
	}
	f.ok("PUT", "/bkt?policy", statement("Deny", `"*"`, `"s3:DeleteObject"`, `{"Null":{"s3:if-match":"true"}}`))
	f.run(
		step{why: "no condition", request: "DELETE /bkt/a", status: 403, code: "AccessDenied"},
		step{why: "a condition that is of writes alone", request: "DELETE /bkt/a", headers: []string{"If-None-Match: *"}, status: 403, code: "AccessDenied"},
		step{why: "the tag", request: "DELETE /bkt/a", headers: []string{"If-Match: " + digitsMD5}, status: 204},
		step{why: "if it exists", request: "DELETE /bkt/b", headers: []string{"If-Match: *"}, status: 204},
		step{why: "a tag that it has not", request: "DELETE /bkt/c", headers: []string{`If-Match: "x"`}, status: 412, code: "PreconditionFailed"},
	)
	body := "<Delete><Object><Key>c</Key></Object><Object><Key>d</Key><ETag>" + digitsMD5 + "</ETag></Object></Delete>"
	f.run(step{why: "the header is none of many", request: "POST /bkt?delete", body: body, headers: []string{"If-Match: *", contentMD5(body)}, status: 501, code: "NotImplemented"})
	answer := f.ok("POST", "/bkt?delete", body, contentMD5(body)).Body.String()
	assert.Contains(t, answer, "<Error><Key>c</Key><Code>AccessDenied</Code>", "each object has its own condition")
	assert.Contains(t, answer, "<Deleted><Key>d</Key></Deleted>")
	f.ok("PUT", "/bkt?policy", statement("Deny", `"*"`, `"s3:DeleteObject"`, `{"StringNotEquals":{"s3:if-match":"*"}}`))
	f.run(
		step{why: "only whether it exists may be asked", request: "DELETE /bkt/c", headers: []string{"If-Match: " + digitsMD5}, status: 403},
		step{why: "it is", request: "DELETE /bkt/c", headers: []string{"If-Match: *"}, status: 204},
	)
}

// The keys of writes have the headers' values, and are of writes alone.
func TestKeysOfWrites(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	f.ok("PUT", "/bkt/o", "0123456789")
	deny := func(action, condition string) {
		f.ok("PUT", "/bkt?policy", statement("Deny", `"*"`, `"`+action+`"`, condition))
	}
	deny("s3:PutObject", `{"StringNotEquals":{"s3:if-match":"`+`\"781e5e245d69b566979b86e28d23f2c7\"`+`"}}`)
	f.run(
		step{why: "the tag with its quotes", request: "PUT /bkt/o", headers: []string{"If-Match: " + digitsMD5}, body: "0123456789", status: 200},
		step{why: "another tag", request: "PUT /bkt/o", headers: []string{`If-Match: "x"`}, status: 403},
		step{why: "the first of two counts, as for the write", request: "PUT /bkt/o", headers: []string{`If-Match: "x"`, "If-Match: " + digitsMD5}, status: 403},
	)
	deny("s3:PutObject", `{"Bool":{"s3:ObjectCreationOperation":"false"}}`)
	f.run(
		step{why: "an upload of parts", request: "POST /bkt/m?uploads", status: 403},
		step{why: "an object at once", request: "PUT /bkt/o", body: "x", status: 200},
	)
	deny("s3:*", `{"Null":{"s3:ObjectCreationOperation":"false"}}`)
	f.run(
		step{why: "of a write", request: "PUT /bkt/o", status: 403},
		step{why: "of no other operation", request: "DELETE /bkt/o", status: 204},
	)
	f.ok("DELETE", "/bkt?policy", "")
	tag := f.ok("PUT", "/bkt/o", "x").Header().Get("ETag")
	deny("s3:GetObject", `{"Null":{"s3:if-match":"false"}}`)
	f.run(
		step{why: "a reader's header is another thing", request: "GET /bkt/o", headers: []string{"If-Match: " + tag}, status: 200},
		step{why: "also where a write reads", request: "PUT /bkt/o", headers: []string{"If-Match: " + tag}, status: 200},
	)
}

func TestUnknownConditionKeys(t *testing.T) {
	f := newFixture(t, withPeople)
	f.ok("PUT", "/bkt", "")
	f.ok("PUT", "/bkt/o", "x")
	put := func(why, key string, status int) step {
		s := step{why: why, request: "PUT /bkt?policy", body: statement("Allow", `"*"`, `"s3:GetObject"`, `{"StringEquals":{"`+key+`":"x"}}`), status: status}
		if status == 400 {
			s.code, s.has = "MalformedPolicy", []string{"<Message>Policy has an invalid condition key</Message>"}
		}
		return s
	}
	f.run(
		put("a slip of the pen would deny nothing", "s3:if-nonematch", 400),
		put("a header that S3 has no key for", "s3:x-amz-meta-a", 400),
		put("a tag without a key", "s3:ExistingObjectTag/", 400),
		put("what has no tags", "s3:prefix/x", 400),
		put("keys do not mind case", "S3:PREFIX", 204),
		put("a key of a part of S3 that is not here", "s3:DataAccessPointArn", 204),
		put("a tag", "s3:ExistingObjectTag/a/b", 204),
		put("new global keys come all the time", "aws:SomethingNew", 204),
		put("of another service", "ec2:SourceInstanceARN", 204),
	)
	b, err := f.store.Bucket(t.Context(), objstore.BucketID{Name: "bkt"})
	require.NoError(t, err)
	old := statement("Allow", `"*"`, `"s3:GetObject"`, `{"Null":{"s3:unknown":"true"}}`)
	require.NoError(t, b.SetDocument(t.Context(), "policy", []byte(old)))
	f.run(
		step{why: "a policy of earlier still counts", request: "GET /bkt/o", headers: []string{asBob}, status: 200},
		step{why: "and can be read", request: "GET /bkt?policy", status: 200, exact: &old},
		step{why: "not put again", request: "PUT /bkt?policy", body: old, status: 400, code: "MalformedPolicy"},
	)
}
