package s3http_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore"
)

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
