package s3http_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/awssig"
)

// formKeys is a directory of two users, one of them of a tenant.
type formKeys struct{}

func (formKeys) Key(_ context.Context, accessKey string) (auth.Key, error) {
	switch accessKey {
	case "ALICE":
		return auth.Key{AccessKey: accessKey, Secret: "s", Principal: auth.Principal{ID: "alice"}}, nil
	case "CAROL":
		return auth.Key{AccessKey: accessKey, Secret: "s", Principal: auth.Principal{ID: "acme$carol", Tenant: "acme"}}, nil
	}
	return auth.Key{}, &auth.Error{Reason: auth.ErrInvalidAccessKeyID}
}

func postFixture(t testing.TB) *fixture {
	f := newFixture(t, func(o *optionsT) { o.Forms = awssig.Form(formKeys{}, nil) })
	f.ok("PUT", "/bkt", "")
	return f
}

// part is a field of a form, or with a file name, the file.
type part struct{ name, value, file string }

const boundary = "----WebKitFormBoundary7MA4YWxkTrZu0gW"

// multipartBody writes a form as browsers do.
func multipartBody(parts []part) string {
	var b strings.Builder
	for _, p := range parts {
		fmt.Fprintf(&b, "--%s\r\nContent-Disposition: form-data; name=%q", boundary, p.name)
		if p.file != "" {
			fmt.Fprintf(&b, "; filename=\"%s\"\r\nContent-Type: text/plain", p.file)
		}
		fmt.Fprintf(&b, "\r\n\r\n%s\r\n", p.value)
	}
	return b.String() + "--" + boundary + "--\r\n"
}

// conditions of a policy that is good for a second.
func policyJSON(conditions string) []byte {
	return []byte(`{"expiration": "2026-03-04T05:06:08.890Z", "conditions": [` + conditions + `]}`)
}

// signed returns the fields of a form with a policy, signed by version 4.
func signed(accessKey, conditions string, fields ...part) []part {
	cred, scope := awssig.Credentials{AccessKey: accessKey, Secret: "s"}, awssig.Scope{Time: start, Region: "us-east-1", Service: "s3"}
	for name, value := range awssig.FormConditionsV4(cred, scope) {
		conditions += fmt.Sprintf(`,{%q: %q}`, name, value)
	}
	var out []part
	for name, value := range awssig.SignFormV4(policyJSON(strings.TrimPrefix(conditions, ",")), cred, scope) {
		out = append(out, part{name: name, value: value})
	}
	return append(out, fields...)
}

func signedV2(conditions string, fields ...part) []part {
	var out []part
	for name, value := range awssig.SignFormV2(policyJSON(conditions), awssig.Credentials{AccessKey: "ALICE", Secret: "s"}) {
		out = append(out, part{name: name, value: value})
	}
	return append(out, fields...)
}

func (f *fixture) post(target, body string, headers ...string) *httptest.ResponseRecorder {
	f.t.Helper()
	return f.do("POST", target, body, append(headers, "Content-Type: multipart/form-data; boundary="+boundary)...) // the first counts
}

var theFile = part{"file", "hello", "a.txt"}

const bucketAndKey = `{"bucket": "bkt"}, ["starts-with", "$key", "u/"]`

func TestPostObject(t *testing.T) {
	f := postFixture(t)
	key := part{name: "key", value: "u/${filename}"}
	for _, tc := range []struct {
		why    string
		parts  []part
		status int
		answer []string // headers
		body   string   // part of
		get    string   // target to read back; "" = /bkt/u/a.txt
		stored []string // headers
	}{
		{why: "signed by version 4; the file's name is put in", parts: signed("ALICE", bucketAndKey, key, theFile), status: 204,
			answer: []string{"Location: http://s3.test/bkt/u/a.txt", `Etag: "5d41402abc4b2a76b9719d911017c592"`}, stored: []string{"Content-Type: binary/octet-stream"}},
		{why: "signed by version 2", parts: signedV2(bucketAndKey, key, theFile), status: 204},
		{why: "200 is empty", parts: signed("ALICE", bucketAndKey+`,{"success_action_status": "200"}`, key, part{name: "success_action_status", value: "200"}, theFile), status: 200},
		{why: "201 has a document", parts: signed("ALICE", bucketAndKey+`,{"success_action_status": "201"}`, key, part{name: "success_action_status", value: "201"}, theFile), status: 201,
			body: "<PostResponse><Location>http://s3.test/bkt/u/a.txt</Location><Bucket>bkt</Bucket><Key>u/a.txt</Key><ETag>&quot;5d41402abc4b2a76b9719d911017c592&quot;</ETag></PostResponse>"},
		{why: "other statuses are 204", parts: signed("ALICE", bucketAndKey+`,{"success_action_status": "404"}`, key, part{name: "success_action_status", value: "404"}, theFile), status: 204},
		{why: "a redirect names what was stored", parts: signed("ALICE", bucketAndKey+`,["starts-with", "$success_action_redirect", "http"]`, key, part{name: "success_action_redirect", value: "https://app.test/done?x=1"}, theFile), status: 303,
			answer: []string{"Location: https://app.test/done?x=1&bucket=bkt&key=u%2Fa.txt&etag=%225d41402abc4b2a76b9719d911017c592%22"}},
		{why: "the old name of the field", parts: signed("ALICE", bucketAndKey+`,["starts-with", "$redirect", ""]`, key, part{name: "redirect", value: "http://app.test"}, theFile), status: 303},
		{why: "what is no URL is no redirect", parts: signed("ALICE", bucketAndKey+`,["starts-with", "$redirect", ""]`, key, part{name: "redirect", value: "javascript:x"}, theFile), status: 204},
		{why: "metadata, tags and class", parts: signed("ALICE", bucketAndKey+`,["starts-with", "$Content-Type", "image/"],["eq", "$x-amz-meta-a", "1"],["starts-with", "$tagging", ""],["starts-with", "$x-amz-storage-class", ""],["eq","$Cache-Control","no-store"],["eq","$acl","private"]`,
			key, part{name: "Content-Type", value: "image/png"}, part{name: "X-Amz-Meta-A", value: "1"}, part{name: "x-amz-storage-class", value: "STANDARD_IA"}, part{name: "Cache-Control", value: "no-store"}, part{name: "acl", value: "private"},
			part{name: "tagging", value: "<Tagging><TagSet><Tag><Key>k &amp;</Key><Value>v</Value></Tag></TagSet></Tagging>"}, theFile), status: 400, body: "InvalidTag"},
		{why: "metadata, tags and class", parts: signed("ALICE", bucketAndKey+`,["starts-with", "$Content-Type", "image/"],["eq", "$x-amz-meta-a", "1"],["starts-with", "$tagging", ""],["starts-with", "$x-amz-storage-class", ""],["eq","$Cache-Control","no-store"],["eq","$acl","private"]`,
			key, part{name: "Content-Type", value: "image/png"}, part{name: "X-Amz-Meta-A", value: "1"}, part{name: "x-amz-storage-class", value: "STANDARD_IA"}, part{name: "Cache-Control", value: "no-store"}, part{name: "acl", value: "private"},
			part{name: "tagging", value: "<Tagging><TagSet><Tag><Key>k =</Key><Value>v</Value></Tag></TagSet></Tagging>"}, theFile), status: 204,
			stored: []string{"Content-Type: image/png", "X-Amz-Meta-A: 1", "X-Amz-Storage-Class: STANDARD_IA", "Cache-Control: no-store", "X-Amz-Tagging-Count: 1"}},
		{why: "fields to be ignored are", parts: signed("ALICE", bucketAndKey, key, part{name: "x-ignore-it", value: "1"}, theFile), status: 204},
		{why: "of a path that a client sends along only the name counts", parts: signed("ALICE", bucketAndKey, key, part{"file", "hello", `C:\dir\b.txt`}), status: 204, get: "/bkt/u/b.txt"},
		{why: "fields behind the file are not looked at", parts: signed("ALICE", bucketAndKey, key, theFile, part{name: "key", value: "evil"}), status: 204},
		{why: "a length in the range", parts: signed("ALICE", bucketAndKey+`,["content-length-range", 5, 5]`, key, theFile), status: 204},
		{why: "a checksum that fits", parts: signed("ALICE", bucketAndKey+`,["starts-with", "$x-amz-checksum-crc32", ""]`, key, part{name: "x-amz-checksum-crc32", value: "NhCmhg=="}, theFile), status: 204},
	} {
		w := f.post("/bkt", multipartBody(tc.parts))
		require.Equal(t, tc.status, w.Code, "%s: %s", tc.why, w.Body)
		assert.Contains(t, w.Body.String(), tc.body, tc.why)
		for _, h := range tc.answer {
			name, value, _ := strings.Cut(h, ": ")
			assert.Equal(t, value, w.Header().Get(name), tc.why)
		}
		if tc.status >= 400 {
			continue
		}
		if tc.get == "" {
			tc.get = "/bkt/u/a.txt"
		}
		f.run(step{why: tc.why, request: "GET " + tc.get, status: 200, exact: str("hello"), answer: tc.stored},
			step{why: "and removed", request: "DELETE " + tc.get, status: 204})
	}
}

func TestPostRefused(t *testing.T) {
	f := postFixture(t)
	f.ok("PUT", "/other", "", "X-Test-User: bob")
	key := part{name: "key", value: "u/a"}
	big := strings.Repeat("x", 21<<10)
	for _, tc := range []struct {
		why          string
		target, body string
		headers      []string
		status       int
		code         string
		has          string
	}{
		{why: "nobody may not", body: multipartBody([]part{key, theFile}), status: 403, code: "AccessDenied"},
		{why: "a signer who may not", target: "/other", body: multipartBody(signed("ALICE", `{"bucket": "other"}, {"key": "u/a"}`, key, theFile)), status: 403, code: "AccessDenied"},
		{why: "a policy for another bucket", body: multipartBody(signed("ALICE", `{"bucket": "other"}, {"key": "u/a"}`, key, theFile)), status: 403, code: "AccessDenied", has: "Policy Condition failed"},
		{why: "a policy for any bucket", body: multipartBody(signed("ALICE", `{"key": "u/a"}`, key, theFile)), status: 403, code: "AccessDenied", has: "Extra input fields: bucket"},
		{why: "a bucket in the form that is another", body: multipartBody(signed("ALICE", `["starts-with", "$bucket", ""], {"key": "u/a"}`, key, part{name: "bucket", value: "other"}, theFile)), status: 403, code: "AccessDenied"},
		{why: "another key", body: multipartBody(signed("ALICE", bucketAndKey, part{name: "key", value: "v/a"}, theFile)), status: 403, code: "AccessDenied", has: "Policy Condition failed: [&quot;starts-with&quot;"},
		{why: "the key is judged with the file's name in it", body: multipartBody(signed("ALICE", bucketAndKey, part{name: "key", value: "${filename}"}, theFile)), status: 403, code: "AccessDenied"},
		{why: "a field that the policy does not name", body: multipartBody(signed("ALICE", bucketAndKey, key, part{name: "acl", value: "public-read"}, theFile)), status: 403, code: "AccessDenied", has: "Extra input fields: acl"},
		{why: "a longer file", body: multipartBody(signed("ALICE", bucketAndKey+`,["content-length-range", 0, 4]`, key, theFile)), status: 400, code: "EntityTooLarge", has: "<MaxSizeAllowed>4</MaxSizeAllowed>"},
		{why: "a shorter file", body: multipartBody(signed("ALICE", bucketAndKey+`,["content-length-range", 6, 9]`, key, theFile)), status: 400, code: "EntityTooSmall", has: "<MinSizeAllowed>6</MinSizeAllowed>"},
		{why: "a policy that is none", body: multipartBody(signed("ALICE", `1,2`, key, theFile)), status: 400, code: "InvalidPolicyDocument"},
		{why: "a key that does not exist", body: multipartBody(signed("NOBODY", bucketAndKey, key, theFile)), status: 403, code: "InvalidAccessKeyId"},
		{why: "a policy that nobody signed", body: multipartBody([]part{{name: "policy", value: "e30="}, key, theFile}), status: 400, code: "InvalidArgument", has: "&apos;AWSAccessKeyId&apos;"},
		{why: "two ways to sign", body: multipartBody(signed("ALICE", bucketAndKey, key, theFile)), headers: []string{"Authorization: AWS a:b"}, status: 400, code: "InvalidRequest"},
		{why: "no bucket", target: "/none", body: multipartBody(signed("ALICE", `{"bucket": "none"}, {"key": "u/a"}`, key, theFile)), status: 404, code: "NoSuchBucket"},
		{why: "no key", body: multipartBody(signed("ALICE", `{"bucket": "bkt"}`, theFile)), status: 400, code: "InvalidArgument", has: "<ArgumentName>key</ArgumentName>"},
		{why: "a key behind the file", body: multipartBody(signed("ALICE", bucketAndKey, theFile, key)), status: 400, code: "InvalidArgument", has: "check the order"},
		{why: "an empty key", body: multipartBody(signed("ALICE", bucketAndKey, part{name: "key"}, theFile)), status: 400, code: "UserKeyMustBeSpecified"},
		{why: "a long key", body: multipartBody(signed("ALICE", bucketAndKey, part{name: "key", value: "u/" + strings.Repeat("x", 1024)}, theFile)), status: 400, code: "KeyTooLongError"},
		{why: "no file", body: multipartBody(signed("ALICE", bucketAndKey, key)), status: 400, code: "InvalidArgument", has: "<ArgumentName>file</ArgumentName>"},
		{why: "two keys", body: multipartBody(signed("ALICE", bucketAndKey, key, part{name: "Key", value: "u/b"}, theFile)), status: 400, code: "InvalidArgument", has: "more than once"},
		{why: "too much before the file", body: multipartBody([]part{key, {name: "x-ignore-a", value: big}, theFile}), status: 400, code: "MaxPostPreDataLengthExceededError"},
		{why: "too much that is no field", body: "--" + boundary + "\r\nX-A: " + strings.Repeat(big, 4) + "\r\n\r\n", status: 400, code: "MaxPostPreDataLengthExceededError"},
		{why: "too much before the first part", body: strings.Repeat("x\r\n", 30<<10) + multipartBody([]part{key, theFile}), status: 400, code: "MaxPostPreDataLengthExceededError"},
		{why: "no form", body: "x=1", headers: []string{"Content-Type: application/x-www-form-urlencoded"}, status: 412, code: "PreconditionFailed", has: "multipart/form-data"},
		{why: "no boundary", body: "x", headers: []string{"Content-Type: multipart/form-data"}, status: 412, code: "PreconditionFailed"},
		{why: "no parts", body: "x", status: 400, code: "MalformedPOSTRequest"},
		{why: "a part without a name", body: "--" + boundary + "\r\nContent-Type: text/plain\r\n\r\nx\r\n--" + boundary + "--\r\n", status: 400, code: "MalformedPOSTRequest"},
		{why: "an encoded part", body: "--" + boundary + "\r\nContent-Disposition: form-data; name=\"key\"\r\nContent-Transfer-Encoding: base64\r\n\r\neA==\r\n--" + boundary + "--\r\n", status: 400, code: "MalformedPOSTRequest"},
		{why: "a file without an end", body: strings.TrimSuffix(multipartBody(signed("ALICE", bucketAndKey, key, theFile)), "\r\n--"+boundary+"--\r\n"), status: 400, code: "IncompleteBody"},
		{why: "a damaged file", body: multipartBody(signed("ALICE", bucketAndKey+`,["starts-with", "$Content-MD5", ""]`, key, part{name: "Content-MD5", value: "1B2M2Y8AsgTpgAmY7PhCfg=="}, theFile)), status: 400, code: "BadDigest"},
		{why: "a header that is not built", body: multipartBody(signed("ALICE", bucketAndKey+`,["starts-with", "$x-amz-copy-source", ""]`, key, part{name: "x-amz-copy-source", value: "/b/k"}, theFile)), status: 501, code: "NotImplemented"},
		{why: "a value that would break an answer", body: multipartBody(signed("ALICE", bucketAndKey+`,["starts-with", "$x-amz-meta-a", ""]`, key, part{name: "x-amz-meta-a", value: "1\r\nX: y"}, theFile)), status: 400, code: "InvalidArgument"},
		{why: "to an object", target: "/bkt/o", body: multipartBody(signed("ALICE", bucketAndKey, key, theFile)), status: 405, code: "MethodNotAllowed"},
	} {
		if tc.target == "" {
			tc.target = "/bkt"
		}
		w := f.post(tc.target, tc.body, tc.headers...)
		assert.Equal(t, tc.status, w.Code, "%s: %s", tc.why, w.Body)
		assert.Contains(t, w.Body.String(), "<Error><Code>"+tc.code+"</Code>", tc.why)
		assert.Contains(t, strings.ReplaceAll(w.Body.String(), "'", "&apos;"), tc.has, tc.why)
	}
	f.run(step{why: "nothing of it is there", request: "GET /bkt", status: 200, hasNot: []string{"<Key>"}})
	f.now = f.now.Add(2e9)
	w := f.post("/bkt", multipartBody(signed("ALICE", bucketAndKey, key, theFile)))
	assert.Equal(t, http.StatusForbidden, w.Code)
	assert.Contains(t, w.Body.String(), "Policy expired.")
}

func TestPostByNobody(t *testing.T) {
	f := newFixture(t, func(o *optionsT) { o.Authorizer = everything })
	f.ok("PUT", "/bkt", "")
	w := f.post("/bkt", multipartBody([]part{{name: "key", value: "k"}, {name: "acl", value: "private"}, theFile}))
	assert.Equal(t, http.StatusNoContent, w.Code, w.Body)
	w = f.post("/bkt", multipartBody(signed("ALICE", bucketAndKey, part{name: "key", value: "u/k"}, theFile)))
	assert.Equal(t, http.StatusForbidden, w.Code, "a server that cannot verify a form must not take it for one of nobody")
}

func TestPostToTenant(t *testing.T) {
	f := postFixture(t)
	f.ok("PUT", "/bkt", "", "X-Test-User: acme$carol")
	key := part{name: "key", value: "u/a"}
	w := f.post("/bkt", multipartBody(signed("CAROL", bucketAndKey, key, theFile)))
	require.Equal(t, http.StatusNoContent, w.Code, w.Body)
	f.run(step{why: "it is in the signer's tenant", request: "GET /bkt/u/a", headers: []string{"X-Test-User: acme$carol"}, status: 200, exact: str("hello")},
		step{why: "and in no other", request: "GET /bkt/u/a", status: 404, code: "NoSuchKey"})
	w = f.post("/:bkt", multipartBody(signed("CAROL", bucketAndKey, key, theFile)))
	assert.Equal(t, http.StatusForbidden, w.Code, "a policy for the signer's bucket is not one for another tenant's of that name")
}

// FuzzForm: no form, however broken, is stored without a valid policy.
func FuzzForm(f *testing.F) {
	f.Add(multipartBody([]part{{name: "key", value: "k"}, {name: "policy", value: "e30="}, theFile}), boundary)
	f.Add(multipartBody([]part{{name: "policy", value: base64.StdEncoding.EncodeToString(policyJSON(""))}, {name: "AWSAccessKeyId", value: "ALICE"}}), boundary)
	fx := postFixture(f)
	f.Fuzz(func(t *testing.T, body, boundary string) {
		r := request("POST", "/bkt", body)
		r.Header.Set("Content-Type", "multipart/form-data; boundary="+boundary)
		assert.GreaterOrEqual(t, fx.serve(r).Code, 400)
	})
}

// endless is the body of a form whose file has no end; it counts what is read.
type endless struct {
	head string
	read int
}

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, e.head)
	e.head = e.head[n:]
	for i := n; i < len(p); i++ {
		p[i] = 'x'
	}
	e.read += len(p)
	return len(p), nil
}

// TestPostIsNotBuffered: a file that is too long is refused when that is known,
// so it cannot have been taken in before.
func TestPostIsNotBuffered(t *testing.T) {
	f := postFixture(t)
	const limit = 1 << 20
	body := multipartBody(signed("ALICE", bucketAndKey+fmt.Sprintf(`,["content-length-range", 0, %d]`, limit), part{name: "key", value: "u/a"}, part{"file", "", "a"}))
	e := &endless{head: strings.TrimSuffix(body, "\r\n--"+boundary+"--\r\n")}
	r := request("POST", "/bkt", "", "Content-Type: multipart/form-data; boundary="+boundary)
	r.Body, r.ContentLength = io.NopCloser(e), -1
	r.ProtoMajor = 2 // whose refusals do not wait for the rest of the body
	w := f.serve(r)
	assert.Equal(t, http.StatusBadRequest, w.Code)
	assert.Contains(t, w.Body.String(), "<Code>EntityTooLarge</Code>")
	assert.Less(t, e.read, 8*limit)
}

// TestPostLocks: a form can lock what it uploads, as PutObject can.
func TestPostLocks(t *testing.T) {
	f := postFixture(t)
	f.ok("PUT", "/locked", "", "X-Amz-Bucket-Object-Lock-Enabled: true")
	const conditions = `{"bucket": "locked"}, {"key": "a"}, {"x-amz-object-lock-legal-hold": "ON"}, ["starts-with", "$x-amz-checksum-crc32", ""]`
	parts := []part{{name: "key", value: "a"}, {name: "x-amz-object-lock-legal-hold", value: "ON"}, {name: "x-amz-checksum-crc32", value: "NhCmhg=="}, theFile}
	w := f.post("/locked", multipartBody(signed("ALICE", conditions, parts...)))
	require.Equal(t, http.StatusNoContent, w.Code, w.Body)
	version := w.Header().Get("X-Amz-Version-Id")
	f.run(step{why: "the hold holds", request: "DELETE /locked/a?versionId=" + version, status: 403, code: "AccessDenied"})
}
