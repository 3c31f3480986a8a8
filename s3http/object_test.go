package s3http_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const digitsMD5 = `"781e5e245d69b566979b86e28d23f2c7"` // of 0123456789

func TestPutAndGet(t *testing.T) {
	f := newFixture(t, nil)
	f.run(
		step{why: "a bucket to put into", request: "PUT /bkt", status: 200, answer: []string{"Location: /bkt"}},
		step{why: "a plain object; S3 computes CRC64NVME when nothing else is asked for", request: "PUT /bkt/o", body: "0123456789",
			headers: []string{
				"Content-Type: text/plain", "X-Amz-Meta-Color: Blue", "Cache-Control: max-age=60", "Content-Disposition: attachment",
				"Content-Encoding: identity", "Content-Language: en", "Expires: Wed, 21 Oct 2037 07:28:00 GMT", "X-Amz-Storage-Class: STANDARD_IA",
				"X-Amz-Website-Redirect-Location: /other", "X-Amz-Tagging: a=1&b=2",
			}, status: 200, exact: str(""),
			answer: []string{"ETag: " + digitsMD5, "X-Amz-Checksum-Type: FULL_OBJECT", "X-Amz-Version-Id:"}},
		step{why: "everything that was said comes back", request: "GET /bkt/o", status: 200, exact: str("0123456789"), answer: []string{
			"ETag: " + digitsMD5, "Content-Length: 10", "Content-Type: text/plain", "X-Amz-Meta-Color: Blue", "Cache-Control: max-age=60",
			"Content-Disposition: attachment", "Content-Encoding: identity", "Content-Language: en", "Expires: Wed, 21 Oct 2037 07:28:00 GMT",
			"X-Amz-Storage-Class: STANDARD_IA", "X-Amz-Website-Redirect-Location: /other", "X-Amz-Tagging-Count: 2",
			"Last-Modified: Wed, 04 Mar 2026 05:06:07 GMT", "Date: Wed, 04 Mar 2026 05:06:07 GMT", "Accept-Ranges: bytes", "X-Amz-Version-Id:", "X-Amz-Checksum-Crc64nvme:",
		}},
		step{why: "HEAD says the same without a body", request: "HEAD /bkt/o", status: 200, exact: str(""),
			answer: []string{"ETag: " + digitsMD5, "Content-Length: 10", "X-Amz-Meta-Color: Blue"}},
		step{why: "an empty object without a type is binary/octet-stream", request: "PUT /bkt/empty", status: 200},
		step{why: "an empty object has a length of 0", request: "GET /bkt/empty", status: 200, exact: str(""),
			answer: []string{"Content-Length: 0", "Content-Type: binary/octet-stream", "X-Amz-Storage-Class:"}},
		step{why: "an absent key", request: "GET /bkt/none", status: 404, code: "NoSuchKey", has: []string{"<Key>none</Key>", "<Resource>/bkt/none</Resource>"}},
		step{why: "HEAD tells no code", request: "HEAD /bkt/none", status: 404, exact: str("")},
		step{why: "an absent bucket", request: "GET /nope/none", status: 404, code: "NoSuchBucket", has: []string{"<BucketName>nope</BucketName>"}},
		step{why: "delete", request: "DELETE /bkt/o", status: 204, exact: str(""), answer: []string{"X-Amz-Delete-Marker:"}},
		step{why: "delete of a missing key is no error", request: "DELETE /bkt/o", status: 204},
		step{why: "it is gone", request: "GET /bkt/o", status: 404, code: "NoSuchKey"},
	)
}

func TestPutRefusals(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	f.run(
		step{why: "S3 wants to know the length", request: "PUT /bkt/o", headers: []string{"Content-Length: "}, status: 411, code: "MissingContentLength"},
		step{why: "not base64", request: "PUT /bkt/o", body: "x", headers: []string{"Content-Md5: ?"}, status: 400, code: "InvalidDigest"},
		step{why: "too short for MD5", request: "PUT /bkt/o", body: "x", headers: []string{"Content-Md5: YWJj"}, status: 400, code: "InvalidDigest"},
		step{why: "another body's MD5", request: "PUT /bkt/o", body: "x", headers: []string{"Content-Md5: 1B2M2Y8AsgTpgAmY7PhCfg=="}, status: 400, code: "BadDigest"},
		step{why: "the right MD5", request: "PUT /bkt/o", headers: []string{"Content-Md5: 1B2M2Y8AsgTpgAmY7PhCfg=="}, status: 200},
		step{why: "metadata is bounded", request: "PUT /bkt/o", headers: []string{"X-Amz-Meta-A: " + strings.Repeat("x", 2048)}, status: 400, code: "MetadataTooLarge",
			has: []string{"<Size>2049</Size>", "<MaxSizeAllowed>2048</MaxSizeAllowed>"}},
		step{why: "2048 bytes in all are allowed", request: "PUT /bkt/o", headers: []string{"X-Amz-Meta-A: " + strings.Repeat("x", 2047)}, status: 200},
		step{why: "an unknown class", request: "PUT /bkt/o", headers: []string{"X-Amz-Storage-Class: COLD"}, status: 400, code: "InvalidStorageClass"},
		step{why: "double encryption is not built", request: "PUT /bkt/o", headers: []string{"X-Amz-Server-Side-Encryption: aws:kms:dsse"}, status: 501, code: "NotImplemented",
			has: []string{"x-amz-server-side-encryption"}},
		step{why: "a lock needs a bucket with locks", request: "PUT /bkt/o", headers: []string{"X-Amz-Object-Lock-Mode: GOVERNANCE"}, status: 400, code: "InvalidRequest"},
		step{why: "nobody of that name", request: "PUT /bkt/o", headers: []string{"X-Amz-Grant-Read: id=x"}, status: 400, code: "InvalidArgument"},
		step{why: "a new bucket has no ACLs", request: "PUT /bkt/o", headers: []string{"X-Amz-Acl: public-read"}, status: 400, code: "AccessControlListNotSupported"},
		step{why: "nor appending", request: "PUT /bkt/o", headers: []string{"X-Amz-Write-Offset-Bytes: 3"}, status: 501, code: "NotImplemented"},
		step{why: "no such canned ACL", request: "PUT /bkt/o", headers: []string{"X-Amz-Acl: mine"}, status: 400, code: "InvalidArgument"},
		step{why: "what it is anyway", request: "PUT /bkt/o", headers: []string{"X-Amz-Acl: private"}, status: 200},
		step{why: "what it is anyway", request: "PUT /bkt/o", headers: []string{"X-Amz-Acl: bucket-owner-full-control"}, status: 200},
		step{why: "the owner is as expected", request: "PUT /bkt/o", headers: []string{"X-Amz-Expected-Bucket-Owner: alice"}, status: 200},
		step{why: "the owner is another", request: "PUT /bkt/o", headers: []string{"X-Amz-Expected-Bucket-Owner: bob"}, status: 403, code: "AccessDenied"},
		step{why: "a redirect must lead somewhere", request: "PUT /bkt/o", headers: []string{"X-Amz-Website-Redirect-Location: ftp://x"}, status: 400, code: "InvalidRedirectLocation"},
		step{why: "part numbers belong to uploads", request: "PUT /bkt/o?partNumber=1", status: 400, code: "InvalidArgument"},
		step{why: "somebody else's bucket", request: "PUT /bkt/o", headers: []string{"X-Test-User: bob"}, status: 403, code: "AccessDenied"},
		step{why: "nobody", request: "PUT /bkt/o", headers: []string{"X-Test-User: -"}, status: 403, code: "AccessDenied"},
		step{why: "a bad key", request: "PUT /bkt/o", headers: []string{"X-Test-User: unknown"}, status: 403, code: "InvalidAccessKeyId", has: []string{"<AWSAccessKeyId>AKIA</AWSAccessKeyId>"}},
	)
	r := request("PUT", "/bkt/big", "x")
	r.ContentLength = 5<<30 + 1
	w := f.serve(r)
	assert.Equal(t, 400, w.Code)
	assert.Contains(t, w.Body.String(), "<Code>EntityTooLarge</Code>", "a part or object is at most 5 GiB")
	assert.Contains(t, w.Body.String(), "<ProposedSize>5368709121</ProposedSize>")
}

func TestMetadataThatIsNotASCII(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	f.run(
		step{why: "bytes above ASCII are stored", request: "PUT /bkt/o", headers: []string{"X-Amz-Meta-A: grün", "X-Amz-Meta-B: =?UTF-8?B?Z3LDvG4=?="}, status: 200},
		step{why: "and told by RFC 2047; what was sent so comes back so", request: "HEAD /bkt/o", status: 200,
			answer: []string{"X-Amz-Meta-A: =?UTF-8?b?Z3LDvG4=?=", "X-Amz-Meta-B: =?UTF-8?B?Z3LDvG4=?="}},
		step{why: "lines of one name are joined", request: "PUT /bkt/p", headers: []string{"X-Amz-Meta-A: 1", "X-Amz-Meta-A: 2"}, status: 200},
		step{why: "as one list", request: "HEAD /bkt/p", status: 200, answer: []string{"X-Amz-Meta-A: 1,2"}},
	)
	assert.Contains(t, f.ok("HEAD", "/bkt/p", "").Header(), "x-amz-meta-a", "programs get the name as it is spelled on the wire, which is in lower case with Amazon")
}

func TestRanges(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	f.ok("PUT", "/bkt/o", "0123456789")
	f.ok("PUT", "/bkt/empty", "")
	get := func(why, rg, body, contentRange string, status int) step {
		s := step{why: why, request: "GET /bkt/o", headers: []string{"Range: " + rg}, status: status, exact: str(body)}
		if contentRange != "" {
			s.answer = []string{"Content-Range: " + contentRange}
		} else {
			s.answer = []string{"Content-Range:"}
		}
		return s
	}
	f.run(
		get("from the start", "bytes=0-4", "01234", "bytes 0-4/10", 206),
		get("the end is cut", "bytes=5-99", "56789", "bytes 5-9/10", 206),
		get("open", "bytes=7-", "789", "bytes 7-9/10", 206),
		get("suffix", "bytes=-2", "89", "bytes 8-9/10", 206),
		get("S3 serves the whole object for several ranges", "bytes=0-1,4-5", "0123456789", "", 200),
		get("garbage is ignored", "bytes=x-y", "0123456789", "", 200),
		get("an unknown unit is ignored", "lines=1-2", "0123456789", "", 200),
		step{why: "behind the end", request: "GET /bkt/o", headers: []string{"Range: bytes=10-"}, status: 416, code: "InvalidRange",
			answer: []string{"Content-Range: bytes */10"}, has: []string{"<ActualObjectSize>10</ActualObjectSize>", "<RangeRequested>bytes=10-</RangeRequested>"}},
		step{why: "the last bytes of an empty object are all of it", request: "GET /bkt/empty", headers: []string{"Range: bytes=-10"}, status: 200, exact: str(""), answer: []string{"Content-Length: 0", "Content-Range:"}},
		step{why: "an empty object has no first byte", request: "GET /bkt/empty", headers: []string{"Range: bytes=0-"}, status: 416, code: "InvalidRange"},
		step{why: "HEAD takes ranges too", request: "HEAD /bkt/o", headers: []string{"Range: bytes=1-3"}, status: 206, exact: str(""),
			answer: []string{"Content-Length: 3", "Content-Range: bytes 1-3/10"}},
		step{why: "the checksum of the whole must not be told with a range", request: "GET /bkt/o",
			headers: []string{"Range: bytes=1-3", "X-Amz-Checksum-Mode: ENABLED"}, status: 206, answer: []string{"X-Amz-Checksum-Crc64nvme:"}},
		step{why: "If-Range with the current tag", request: "GET /bkt/o", headers: []string{"Range: bytes=1-3", "If-Range: " + digitsMD5}, status: 206},
		step{why: "If-Range with an old tag", request: "GET /bkt/o", headers: []string{"Range: bytes=1-3", `If-Range: "old"`}, status: 200},
		step{why: "part 1 of an object without parts is all of it", request: "GET /bkt/o?partNumber=1", status: 206, exact: str("0123456789"),
			answer: []string{"Content-Range: bytes 0-9/10", "X-Amz-Mp-Parts-Count:"}},
		step{why: "there is no part 2", request: "GET /bkt/o?partNumber=2", status: 416, code: "InvalidPartNumber", has: []string{"<ActualPartCount>1</ActualPartCount>"}},
		step{why: "no number", request: "GET /bkt/o?partNumber=x", status: 400, code: "InvalidArgument"},
		step{why: "either or", request: "GET /bkt/o?partNumber=1", headers: []string{"Range: bytes=0-1"}, status: 400, code: "InvalidRequest"},
	)
}

func TestConditionalReads(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	f.ok("PUT", "/bkt/o", "0123456789", "Cache-Control: max-age=1")
	const at, before, behind = "Wed, 04 Mar 2026 05:06:07 GMT", "Wed, 04 Mar 2026 05:06:06 GMT", "Wed, 04 Mar 2026 05:06:08 GMT"
	for _, tc := range []struct {
		why     string
		headers []string
		status  int
		code    string
	}{
		{"the right tag", []string{"If-Match: " + digitsMD5}, 200, ""},
		{"tags without quotes are common", []string{"If-Match: " + strings.Trim(digitsMD5, `"`)}, 200, ""},
		{"any", []string{"If-Match: *"}, 200, ""},
		{"one of several", []string{`If-Match: "x", ` + digitsMD5}, 200, ""},
		{"another tag", []string{`If-Match: "x"`}, 412, "PreconditionFailed"},
		{"a weak tag never matches strongly", []string{"If-Match: W/" + digitsMD5}, 412, "PreconditionFailed"},
		{"not another", []string{`If-None-Match: "x"`}, 200, ""},
		{"the one that the client has", []string{"If-None-Match: " + digitsMD5}, 304, ""},
		{"weak is enough to save a transfer", []string{"If-None-Match: W/" + digitsMD5}, 304, ""},
		{"modified at that second is not modified since", []string{"If-Modified-Since: " + at}, 304, ""},
		{"modified later", []string{"If-Modified-Since: " + before}, 200, ""},
		{"unmodified since then", []string{"If-Unmodified-Since: " + at}, 200, ""},
		{"modified meanwhile", []string{"If-Unmodified-Since: " + before}, 412, "PreconditionFailed"},
		{"nor is a date of the future, of which nobody can know", []string{"If-Modified-Since: " + behind}, 200, ""},
		{"a date that nobody can read is ignored", []string{"If-Modified-Since: soon"}, 200, ""},
		{"a matching tag outweighs the date", []string{"If-Match: " + digitsMD5, "If-Unmodified-Since: " + before}, 200, ""},
		{"a matching tag outweighs the date here too", []string{"If-None-Match: " + digitsMD5, "If-Modified-Since: " + before}, 304, ""},
		{"the date does not count beside a tag", []string{`If-None-Match: "x"`, "If-Modified-Since: " + at}, 200, ""},
	} {
		w := f.do("GET", "/bkt/o", "", tc.headers...)
		assert.Equal(t, tc.status, w.Code, "%v: %s", tc.headers, tc.why)
		if tc.status == 304 {
			assert.Empty(t, w.Body.String(), "%v: 304 has no body", tc.headers)
			assert.Equal(t, digitsMD5, w.Header().Get("ETag"), "%v: 304 names the tag", tc.headers)
			assert.Equal(t, "max-age=1", w.Header().Get("Cache-Control"))
			assert.Empty(t, w.Header().Get("Content-Type"))
		}
		if tc.code != "" {
			assert.Contains(t, w.Body.String(), "<Code>"+tc.code+"</Code>", tc.why)
			assert.Contains(t, w.Body.String(), "<Condition>If-", tc.why)
		}
		assert.Equal(t, tc.status, f.do("HEAD", "/bkt/o", "", tc.headers...).Code, "HEAD %v: %s", tc.headers, tc.why)
	}
}

func TestConditionalWrites(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	f.run(
		step{why: "nothing there yet", request: "PUT /bkt/o", body: "1", headers: []string{"If-None-Match: *"}, status: 200},
		step{why: "now there is", request: "PUT /bkt/o", body: "2", headers: []string{"If-None-Match: *"}, status: 412, code: "PreconditionFailed",
			has: []string{"<Condition>If-None-Match</Condition>"}},
		step{why: "S3 knows no tags here", request: "PUT /bkt/o", body: "2", headers: []string{`If-None-Match: "x"`}, status: 501, code: "NotImplemented"},
		step{why: "dates are no conditions of writes", request: "PUT /bkt/o", body: "2", headers: []string{"If-Unmodified-Since: Wed, 04 Mar 2026 05:06:07 GMT"}, status: 501, code: "NotImplemented"},
		step{why: "the wrong tag", request: "PUT /bkt/o", body: "2", headers: []string{`If-Match: "x"`}, status: 412, code: "PreconditionFailed"},
		step{why: "the right tag", request: "PUT /bkt/o", body: "2", headers: []string{`If-Match: "c4ca4238a0b923820dcc509a6f75849b"`}, status: 200},
		step{why: "nothing to match", request: "PUT /bkt/none", body: "2", headers: []string{`If-Match: "x"`}, status: 404, code: "NoSuchKey"},
		step{why: "delete with the wrong tag", request: "DELETE /bkt/o", headers: []string{`If-Match: "x"`}, status: 412, code: "PreconditionFailed"},
		step{why: "delete with the right tag", request: "DELETE /bkt/o", headers: []string{`If-Match: "c81e728d9d4c2f636f067f89cc14862c"`}, status: 204},
	)
}

// Conditions of a multipart upload may be stated when it begins, and are judged
// when it is completed as well.
func TestConditionalUploads(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	f.ok("PUT", "/bkt/there", "1")
	f.run(
		step{why: "the object exists", request: "POST /bkt/there?uploads", headers: []string{"If-None-Match: *"}, status: 412, code: "PreconditionFailed",
			has: []string{"<Condition>If-None-Match</Condition>"}},
		step{why: "it has another tag", request: "POST /bkt/there?uploads", headers: []string{`If-Match: "x"`}, status: 412, code: "PreconditionFailed"},
		step{why: "there is none", request: "POST /bkt/o?uploads", headers: []string{`If-Match: "x"`}, status: 404, code: "NoSuchKey"},
		step{why: "S3 knows no tags here", request: "POST /bkt/o?uploads", headers: []string{`If-None-Match: "x"`}, status: 501, code: "NotImplemented"},
	)
	w := f.ok("POST", "/bkt/o?uploads", "", "If-None-Match: *")
	u := "/bkt/o?uploadId=" + between(t, w, "<UploadId>", "</UploadId>")
	done := completion(f.ok("PUT", u+"&partNumber=1", "parts").Header().Get("ETag"))
	f.ok("PUT", "/bkt/o", "precious")
	f.run(
		step{why: "somebody was faster", request: "POST " + u, body: done, status: 412, code: "PreconditionFailed"},
		step{why: "nothing is lost", request: "GET /bkt/o", status: 200, exact: str("precious")},
	)
	f.ok("DELETE", "/bkt/o", "")
	f.run(step{why: "nor is the upload", request: "POST " + u, body: done, status: 200})
}

// A condition that nobody would judge is refused: who sent it relies on it.
func TestConditionsWhereNoneAre(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	f.ok("PUT", "/bkt/o", "0123456789")
	id := between(t, f.ok("POST", "/bkt/m?uploads", ""), "<UploadId>", "</UploadId>")
	for _, request := range []string{
		"PUT /bkt/m?partNumber=1&uploadId=" + id, "DELETE /bkt/m?uploadId=" + id, "PUT /bkt/o?tagging", "DELETE /bkt/o?tagging",
		"PUT /bkt/o?acl", "POST /bkt?delete", "PUT /bkt?policy", "DELETE /bkt",
	} {
		for _, header := range []string{"If-Match: *", "If-None-Match: *", "If-Unmodified-Since: Wed, 04 Mar 2026 05:06:07 GMT"} {
			f.run(step{why: request + ", " + header, request: request, headers: []string{header}, status: 501, code: "NotImplemented"})
		}
	}
	from := "X-Amz-Copy-Source: /bkt/o"
	f.run(
		step{why: "a whole object is copied", request: "PUT /bkt/p", headers: []string{from, "X-Amz-Copy-Source-Range: bytes=0-1"}, status: 501, code: "NotImplemented"},
		step{why: "nothing is copied", request: "PUT /bkt/p", headers: []string{"X-Amz-Copy-Source-Range: bytes=0-1"}, status: 501, code: "NotImplemented"},
		step{why: "nor judged", request: "PUT /bkt/p", headers: []string{`X-Amz-Copy-Source-If-Match: "x"`}, status: 501, code: "NotImplemented"},
		step{why: "the version is named with the source", request: "PUT /bkt/p", headers: []string{from, "X-Amz-Copy-Source-Version-Id: null"}, status: 501, code: "NotImplemented"},
		step{why: "nothing was done", request: "HEAD /bkt/p", status: 404},
		step{why: "reads ignore what they cannot judge", request: "GET /bkt/o?tagging", headers: []string{"If-None-Match: *"}, status: 200},
	)
}

func TestResponseOverrides(t *testing.T) {
	f := newFixture(t, func(o *optionsT) { o.Authorizer = everything })
	f.ok("PUT", "/bkt", "")
	f.ok("PUT", "/bkt/o", "x", "Content-Type: text/plain")
	q := "?response-content-type=a%2Fb&response-content-language=fr&response-expires=never&response-cache-control=no-cache&" +
		"response-content-disposition=attachment&response-content-encoding=gzip"
	f.run(
		step{why: "a signed request chooses", request: "GET /bkt/o" + q, status: 200, answer: []string{"Content-Type: a/b", "Content-Language: fr",
			"Expires: never", "Cache-Control: no-cache", "Content-Disposition: attachment", "Content-Encoding: gzip"}},
		step{why: "nobody does not", request: "GET /bkt/o" + q, headers: []string{"X-Test-User: -"}, status: 400, code: "InvalidRequest"},
		step{why: "a header is of Latin-1", request: "GET /bkt/o?response-content-disposition=%E2%98%83", status: 400, code: "InvalidArgument"},
		step{why: "no second header can be smuggled in", request: "GET /bkt/o?response-content-type=a%0d%0aX:y", status: 400, code: "InvalidArgument"},
	)
}

// TestKeys proves that the bytes of the path are the key, come what may.
func TestKeys(t *testing.T) {
	keys := []string{
		"plain", "a/b/c", "..", "../x", "a/../b", "./a", "//", "/lead", "a//b", "trail/", "sp ace", "plus+", "per%cent", "%2F", "a%2Fb",
		"nul\x00l", "ctl\x01\x1f\x7f", "tab\t", "cr\rlf\n", "\xff\xfe", "ü", "日本語", "?q", "#f", "&amp;", "<x>", `quote"'`, "a:b", "*", "\\",
		strings.Repeat("k", 1024),
	}
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	for i, key := range keys {
		path := "/bkt/" + strings.ReplaceAll(url.PathEscape(key), "%2F", "/")
		body := strings.Repeat("x", i+1)
		f.ok("PUT", path, body)
		assert.Equal(t, body, f.ok("GET", path, "").Body.String(), "%q", key)
		encoded := "/bkt/" + url.PathEscape(key)
		assert.Equal(t, body, f.ok("GET", encoded, "").Body.String(), "%q: an encoded slash is a slash of the key", key)
	}
	seen := map[string]bool{}
	for _, part := range strings.Split(f.ok("GET", "/bkt?encoding-type=url", "").Body.String(), "<Key>")[1:] {
		encoded, _, _ := strings.Cut(part, "</Key>")
		key, err := url.QueryUnescape(encoded)
		require.NoError(t, err)
		seen[key] = true
	}
	for _, key := range keys {
		assert.True(t, seen[key], "%q is not in the listing", key)
	}
	f.run(step{why: "one byte too many", request: "PUT /bkt/" + strings.Repeat("k", 1025), status: 400, code: "KeyTooLongError",
		has: []string{"<Size>1025</Size>", "<MaxSizeAllowed>1024</MaxSizeAllowed>"}})
}

func TestVersions(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	f.ok("PUT", "/bkt/o", "null")
	f.ok("PUT", "/bkt?versioning", `<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>`)
	v1 := f.ok("PUT", "/bkt/o", "one").Header().Get("X-Amz-Version-Id")
	require.NotEmpty(t, v1)
	marker := f.ok("DELETE", "/bkt/o", "").Header()
	assert.Equal(t, "true", marker.Get("X-Amz-Delete-Marker"))
	m := marker.Get("X-Amz-Version-Id")
	f.run(
		step{why: "deleted", request: "GET /bkt/o", status: 404, code: "NoSuchKey", answer: []string{"X-Amz-Delete-Marker: true", "X-Amz-Version-Id: " + m}},
		step{why: "a marker cannot be read", request: "GET /bkt/o?versionId=" + m, status: 405, code: "MethodNotAllowed",
			has:    []string{"<ResourceType>DeleteMarker</ResourceType>"},
			answer: []string{"X-Amz-Delete-Marker: true", "X-Amz-Version-Id: " + m, "Allow: DELETE", "Last-Modified: Wed, 04 Mar 2026 05:06:07 GMT"}},
		step{why: "nor by HEAD", request: "HEAD /bkt/o?versionId=" + m, status: 405, exact: str(""), answer: []string{"X-Amz-Delete-Marker: true"}},
		step{why: "the version before", request: "GET /bkt/o?versionId=" + v1, status: 200, exact: str("one"), answer: []string{"X-Amz-Version-Id: " + v1}},
		step{why: "the one before versions", request: "GET /bkt/o?versionId=null", status: 200, exact: str("null"), answer: []string{"X-Amz-Version-Id: null"}},
		step{why: "no id that this server makes", request: "GET /bkt/o?versionId=xyz", status: 400, code: "InvalidArgument", has: []string{
			"<Message>Invalid version id specified</Message>", "<ArgumentName>versionId</ArgumentName><ArgumentValue>xyz</ArgumentValue>"}},
		step{why: "nor to list from", request: "GET /bkt?versions&key-marker=o&version-id-marker=xyz", status: 400, code: "InvalidArgument", has: []string{"<ArgumentName>version-id-marker</ArgumentName>"}},
		step{why: "versions are to be removed too", request: "DELETE /bkt", status: 409, code: "BucketNotEmpty", has: []string{"You must delete all versions in the bucket."}},
		step{why: "an empty id", request: "GET /bkt/o?versionId=", status: 400, code: "InvalidArgument"},
		step{why: "the marker goes", request: "DELETE /bkt/o?versionId=" + m, status: 204, answer: []string{"X-Amz-Delete-Marker: true", "X-Amz-Version-Id: " + m}},
		step{why: "the object is back", request: "GET /bkt/o", status: 200, exact: str("one"), answer: []string{"X-Amz-Version-Id: " + v1}},
		step{why: "its version goes", request: "DELETE /bkt/o?versionId=" + v1, status: 204, answer: []string{"X-Amz-Delete-Marker:", "X-Amz-Version-Id: " + v1}},
		step{why: "that version is no more", request: "GET /bkt/o?versionId=" + v1, status: 404, code: "NoSuchVersion", has: []string{"<VersionId>" + v1 + "</VersionId>"}},
		step{why: "state", request: "GET /bkt?versioning", status: 200, has: []string{"<Status>Enabled</Status>"}},
		step{why: "suspend", request: "PUT /bkt?versioning", body: "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>", status: 200},
		step{why: "writes are the null version again", request: "PUT /bkt/o", body: "2", status: 200, answer: []string{"X-Amz-Version-Id: null"}},
		step{why: "MFA Delete", request: "PUT /bkt?versioning", body: "<VersioningConfiguration><Status>Enabled</Status><MfaDelete>Enabled</MfaDelete></VersioningConfiguration>", status: 403, code: "AccessDenied"},
		step{why: "no state", request: "PUT /bkt?versioning", body: "<VersioningConfiguration/>", status: 400, code: "IllegalVersioningConfigurationException", has: []string{"The Versioning element must be specified"}},
		step{why: "a strange state", request: "PUT /bkt?versioning", body: "<VersioningConfiguration><Status>On</Status></VersioningConfiguration>", status: 400, code: "MalformedXML"},
		step{why: "an unknown element", request: "PUT /bkt?versioning", body: "<VersioningConfiguration><Status>Enabled</Status><X/></VersioningConfiguration>", status: 400, code: "MalformedXML"},
	)
	assert.Equal(t, http.StatusOK, f.do("GET", "/bkt?versioning", "").Code)
}
