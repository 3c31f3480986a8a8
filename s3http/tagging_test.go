package s3http_test

import (
	"strings"
	"testing"
)

func TestObjectTagging(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	doc := func(tags string) string { return "<Tagging><TagSet>" + tags + "</TagSet></Tagging>" }
	tag := func(k, v string) string { return "<Tag><Key>" + k + "</Key><Value>" + v + "</Value></Tag>" }
	var eleven strings.Builder
	for _, k := range strings.Split("a b c d e f g h i j k", " ") {
		eleven.WriteString(tag(k, ""))
	}
	long := strings.Repeat("ü", 128)
	f.run(
		step{why: "tags in a header", request: "PUT /bkt/o", headers: []string{"X-Amz-Tagging: a=1&b=x%20y&c"}, status: 200},
		step{why: "come back", request: "GET /bkt/o?tagging", status: 200, has: []string{"<TagSet>" + tag("a", "1") + tag("b", "x y") + tag("c", "") + "</TagSet>"}},
		step{why: "twice the same key", request: "PUT /bkt/o", headers: []string{"X-Amz-Tagging: a=1&a=2"}, status: 400, code: "InvalidArgument"},
		step{why: "no percent-encoding", request: "PUT /bkt/o", headers: []string{"X-Amz-Tagging: a=%zz"}, status: 400, code: "InvalidArgument"},
		step{why: "no key", request: "PUT /bkt/o", headers: []string{"X-Amz-Tagging: =1"}, status: 400, code: "InvalidArgument"},
		step{why: "at most 10", request: "PUT /bkt/o", headers: []string{"X-Amz-Tagging: a&b&c&d&e&f&g&h&i&j&k"}, status: 400, code: "BadRequest"},
		step{why: "replace", request: "PUT /bkt/o?tagging", body: doc(tag("z", "9")), status: 200},
		step{why: "replaced", request: "GET /bkt/o?tagging", status: 200, has: []string{"<TagSet>" + tag("z", "9") + "</TagSet>"}},
		step{why: "128 characters, not bytes", request: "PUT /bkt/o?tagging", body: doc(tag(long, long+long)), status: 200},
		step{why: "129 characters", request: "PUT /bkt/o?tagging", body: doc(tag(long+"x", "")), status: 400, code: "InvalidTag"},
		step{why: "a value of 257", request: "PUT /bkt/o?tagging", body: doc(tag("a", long+long+"x")), status: 400, code: "InvalidTag"},
		step{why: "11 tags", request: "PUT /bkt/o?tagging", body: doc(eleven.String()), status: 400, code: "BadRequest"},
		step{why: "twice the same key", request: "PUT /bkt/o?tagging", body: doc(tag("a", "1") + tag("a", "1")), status: 400, code: "InvalidTag"},
		step{why: "a tag has a value", request: "PUT /bkt/o?tagging", body: doc("<Tag><Key>a</Key></Tag>"), status: 400, code: "MalformedXML"},
		step{why: "none", request: "DELETE /bkt/o?tagging", status: 204},
		step{why: "an object without tags has an empty set", request: "GET /bkt/o?tagging", status: 200, has: []string{"<TagSet></TagSet>"}},
		step{why: "no object", request: "GET /bkt/none?tagging", status: 404, code: "NoSuchKey"},
		step{why: "no object", request: "PUT /bkt/none?tagging", body: doc(tag("a", "1")), status: 404, code: "NoSuchKey"},
		step{why: "no object", request: "DELETE /bkt/none?tagging", status: 404, code: "NoSuchKey"},
	)
}

// TestDescribedMarker: a request for what describes an object finds a delete
// marker, which has nothing of the kind; that is another thing than no key.
func TestDescribedMarker(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "", "X-Amz-Object-Ownership: ObjectWriter")
	f.ok("PUT", "/bkt?versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")
	f.ok("PUT", "/bkt/o", "x")
	f.ok("DELETE", "/bkt/o", "")
	marker := []string{"X-Amz-Delete-Marker: true"}
	f.run(
		step{why: "its tags", request: "GET /bkt/o?tagging", status: 405, code: "MethodNotAllowed", has: []string{"<ResourceType>DeleteMarker</ResourceType>"}, answer: marker},
		step{why: "new tags", request: "PUT /bkt/o?tagging", body: "<Tagging><TagSet/></Tagging>", status: 405, code: "MethodNotAllowed", answer: marker},
		step{why: "no tags", request: "DELETE /bkt/o?tagging", status: 405, code: "MethodNotAllowed", answer: marker},
		step{why: "access", request: "PUT /bkt/o?acl", headers: []string{"X-Amz-Acl: private"}, status: 405, code: "MethodNotAllowed", answer: marker},
		step{why: "to who reads an object, there is none", request: "GET /bkt/o", status: 404, code: "NoSuchKey", answer: marker},
	)
}

func TestAttributes(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	f.ok("PUT", "/bkt/o", "0123456789")
	f.run(
		step{why: "the tag has no quotes here", request: "GET /bkt/o?attributes", headers: []string{"X-Amz-Object-Attributes: ETag", "X-Amz-Object-Attributes: ObjectSize"}, status: 200,
			exact: str(head + "<GetObjectAttributesResponse xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><ETag>" + strings.Trim(digitsMD5, `"`) + "</ETag><ObjectSize>10</ObjectSize></GetObjectAttributesResponse>")},
		step{why: "an object without parts has none", request: "GET /bkt/o?attributes", headers: []string{"X-Amz-Object-Attributes: ObjectParts,StorageClass"}, status: 200,
			has: []string{"<StorageClass>STANDARD</StorageClass>"}, hasNot: []string{"ObjectParts"}},
		step{why: "ask for something", request: "GET /bkt/o?attributes", status: 400, code: "InvalidArgument"},
		step{why: "that exists", request: "GET /bkt/o?attributes", headers: []string{"X-Amz-Object-Attributes: Mood"}, status: 400, code: "InvalidArgument"},
		step{why: "numbers", request: "GET /bkt/o?attributes", headers: []string{"X-Amz-Object-Attributes: ETag", "X-Amz-Max-Parts: x"}, status: 400, code: "InvalidArgument"},
		step{why: "no object", request: "GET /bkt/none?attributes", headers: []string{"X-Amz-Object-Attributes: ETag"}, status: 404, code: "NoSuchKey"},
	)
}
