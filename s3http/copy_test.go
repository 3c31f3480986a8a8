package s3http_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestCopy(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	f.ok("PUT", "/dst", "")
	f.ok("PUT", "/bkt/s%20p+c", "0123456789", "Content-Type: text/a", "X-Amz-Meta-A: 1", "X-Amz-Tagging: k=v", "X-Amz-Website-Redirect-Location: /r")
	f.ok("PUT", "/other", "", "X-Test-User: bob")
	f.ok("PUT", "/other/o", "secret", "X-Test-User: bob")
	from := "X-Amz-Copy-Source: /bkt/s%20p%2Bc"
	result := "<CopyObjectResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LastModified>2026-03-04T05:06:07.890Z</LastModified><ETag>&quot;" + strings.Trim(digitsMD5, `"`) + "&quot;</ETag><ChecksumCRC64NVME>"
	f.run(
		step{why: "a copy", request: "PUT /dst/c", headers: []string{from}, status: 200, has: []string{result}},
		step{why: "with all that was said of it but the redirect", request: "GET /dst/c", status: 200, exact: str("0123456789"), answer: []string{
			"Content-Type: text/a", "X-Amz-Meta-A: 1", "X-Amz-Tagging-Count: 1", "X-Amz-Website-Redirect-Location:"}},
		step{why: "without a slash, and a plus is a space", request: "PUT /dst/d", headers: []string{"X-Amz-Copy-Source: bkt/s+p%2Bc"}, status: 200},
		step{why: "other metadata", request: "PUT /dst/c", headers: []string{from, "X-Amz-Metadata-Directive: REPLACE", "X-Amz-Meta-B: 2", "Content-Type: text/b"}, status: 200},
		step{why: "is instead of the old", request: "HEAD /dst/c", status: 200, answer: []string{"Content-Type: text/b", "X-Amz-Meta-A:", "X-Amz-Meta-B: 2", "X-Amz-Tagging-Count: 1"}},
		step{why: "other tags", request: "PUT /dst/c", headers: []string{from, "X-Amz-Tagging-Directive: REPLACE", "X-Amz-Tagging: a=1&b=2&c=3"}, status: 200},
		step{why: "are instead of the old", request: "HEAD /dst/c", status: 200, answer: []string{"X-Amz-Tagging-Count: 3"}},
		step{why: "an unknown directive", request: "PUT /dst/c", headers: []string{from, "X-Amz-Metadata-Directive: MERGE"}, status: 400, code: "InvalidArgument"},
		step{why: "an unknown directive", request: "PUT /dst/c", headers: []string{from, "X-Amz-Tagging-Directive: MERGE"}, status: 400, code: "InvalidArgument"},
		step{why: "no key", request: "PUT /dst/c", headers: []string{"X-Amz-Copy-Source: /bkt"}, status: 400, code: "InvalidArgument"},
		step{why: "no percent-encoding", request: "PUT /dst/c", headers: []string{"X-Amz-Copy-Source: /bkt/%zz"}, status: 400, code: "InvalidArgument"},
		step{why: "something else behind the question mark", request: "PUT /dst/c", headers: []string{"X-Amz-Copy-Source: /bkt/a?b=c"}, status: 400, code: "InvalidArgument"},
		step{why: "access points are not built", request: "PUT /dst/c", headers: []string{"X-Amz-Copy-Source: arn:aws:s3:x:1:accesspoint/a/object/k"}, status: 501, code: "NotImplemented"},
		step{why: "no bucket", request: "PUT /dst/c", headers: []string{"X-Amz-Copy-Source: /nope/k"}, status: 404, code: "NoSuchBucket", has: []string{"<BucketName>nope</BucketName>"}},
		step{why: "no object", request: "PUT /dst/c", headers: []string{"X-Amz-Copy-Source: /bkt/none"}, status: 404, code: "NoSuchKey", has: []string{"<Key>none</Key>"}},
		step{why: "somebody else's object", request: "PUT /dst/c", headers: []string{"X-Amz-Copy-Source: /other/o"}, status: 403, code: "AccessDenied"},
		step{why: "whether somebody else has it is not told", request: "PUT /dst/c", headers: []string{"X-Amz-Copy-Source: /other/none"}, status: 403, code: "AccessDenied"},
		step{why: "to itself", request: "PUT /bkt/s%20p+c", headers: []string{from}, status: 400, code: "InvalidRequest"},
		step{why: "to itself with another redirect is a change", request: "PUT /bkt/s%20p+c", headers: []string{from, "X-Amz-Website-Redirect-Location: /r2"}, status: 200},
		step{why: "to itself with other metadata", request: "PUT /bkt/s%20p+c", headers: []string{from, "X-Amz-Metadata-Directive: REPLACE"}, status: 200},
		step{why: "to itself with another class", request: "PUT /bkt/s%20p+c", headers: []string{from, "X-Amz-Storage-Class: STANDARD_IA"}, status: 200},
		step{why: "to itself with the class that it has: to name one is enough", request: "PUT /bkt/s%20p+c", headers: []string{from, "X-Amz-Storage-Class: STANDARD_IA"}, status: 200},
		step{why: "to itself for another checksum", request: "PUT /bkt/s%20p+c", headers: []string{from, "X-Amz-Checksum-Algorithm: SHA1"}, status: 200, has: []string{"<ChecksumSHA1>"}},
		step{why: "if it matches", request: "PUT /dst/c", headers: []string{from, "X-Amz-Copy-Source-If-Match: " + digitsMD5}, status: 200},
		step{why: "it does not", request: "PUT /dst/c", headers: []string{from, `X-Amz-Copy-Source-If-Match: "x"`}, status: 412, code: "PreconditionFailed", has: []string{"<Condition>x-amz-copy-source-If-Match</Condition>"}},
		step{why: "a copy has no 304", request: "PUT /dst/c", headers: []string{from, "X-Amz-Copy-Source-If-None-Match: " + digitsMD5}, status: 412, code: "PreconditionFailed", has: []string{"<Condition>x-amz-copy-source-If-None-Match</Condition>"}},
		step{why: "nor by date", request: "PUT /dst/c", headers: []string{from, "X-Amz-Copy-Source-If-Modified-Since: Wed, 04 Mar 2026 05:06:07 GMT"}, status: 412, code: "PreconditionFailed", has: []string{"<Condition>x-amz-copy-source-If-Modified-Since</Condition>"}},
		step{why: "a date of the future is none", request: "PUT /dst/c", headers: []string{from, "X-Amz-Copy-Source-If-Modified-Since: Wed, 04 Mar 2026 05:06:08 GMT"}, status: 200},
		step{why: "the destination has conditions too", request: "PUT /dst/c", headers: []string{from, "If-None-Match: *"}, status: 412, code: "PreconditionFailed", has: []string{"<Condition>If-None-Match</Condition>"}},
		step{why: "one of them", request: "PUT /dst/c", headers: []string{from, "If-None-Match: *", "If-Match: " + digitsMD5}, status: 501, code: "NotImplemented"},
		step{why: "the source's owner", request: "PUT /dst/c", headers: []string{from, "X-Amz-Source-Expected-Bucket-Owner: bob"}, status: 403, code: "AccessDenied"},
	)
}

// A subuser who may only write must not read by a copy, and neither may a user
// whose op mask has no reading.
func TestCopyReads(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	f.ok("PUT", "/bkt/o", "secret")
	upload := between(t, f.ok("POST", "/bkt/m?uploads", ""), "<UploadId>", "<")
	writer := "X-Test-Withheld: read"
	f.run(
		step{why: "writing is allowed", request: "PUT /bkt/w", headers: []string{writer}, status: 200},
		step{why: "reading is not", request: "GET /bkt/o", headers: []string{writer}, status: 403, code: "AccessDenied"},
		step{why: "nor by a copy", request: "PUT /bkt/c", headers: []string{writer, "X-Amz-Copy-Source: /bkt/o"}, status: 403, code: "AccessDenied"},
		step{why: "nor of what is not there", request: "PUT /bkt/c", headers: []string{writer, "X-Amz-Copy-Source: /bkt/none"}, status: 403, code: "AccessDenied"},
		step{why: "nor into a part", request: "PUT /bkt/m?partNumber=1&uploadId=" + upload, headers: []string{writer, "X-Amz-Copy-Source: /bkt/o"}, status: 403, code: "AccessDenied"},
		step{why: "everybody else may", request: "PUT /bkt/c", headers: []string{"X-Amz-Copy-Source: /bkt/o"}, status: 200},
	)
}

func TestCopyOfVersions(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	f.ok("PUT", "/bkt?versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")
	v1 := f.ok("PUT", "/bkt/o", "one").Header().Get("X-Amz-Version-Id")
	f.ok("PUT", "/bkt/o", "two")
	w := f.ok("PUT", "/bkt/o", "", "X-Amz-Copy-Source: /bkt/o?versionId="+v1)
	assert.Equal(t, v1, w.Header().Get("X-Amz-Copy-Source-Version-Id"))
	assert.NotEqual(t, v1, w.Header().Get("X-Amz-Version-Id"), "a copy is a version of its own")
	assert.Equal(t, "one", f.ok("GET", "/bkt/o", "").Body.String(), "an old version over the current one brings it back")
	marker := f.ok("DELETE", "/bkt/o", "").Header().Get("X-Amz-Version-Id")
	f.run(
		step{why: "a marker is no source", request: "PUT /bkt/c", headers: []string{"X-Amz-Copy-Source: /bkt/o?versionId=" + marker}, status: 400, code: "InvalidRequest"},
		step{why: "what is deleted is not there", request: "PUT /bkt/c", headers: []string{"X-Amz-Copy-Source: /bkt/o"}, status: 404, code: "NoSuchKey"},
	)
}
