package s3http_test

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	sseHeader      = "X-Amz-Server-Side-Encryption"
	customerHeader = sseHeader + "-Customer-"
	sourceHeader   = "X-Amz-Copy-Source-Server-Side-Encryption-Customer-"
)

// customerHeaders are those of a customer's key of 32 equal letters.
func customerHeaders(prefix, letter string) []string {
	key := strings.Repeat(letter, 32)
	sum := md5.Sum([]byte(key))
	return []string{
		prefix + "Algorithm: AES256",
		prefix + "Key: " + base64.StdEncoding.EncodeToString([]byte(key)),
		prefix + "Key-Md5: " + base64.StdEncoding.EncodeToString(sum[:]),
	}
}

func insecureKeys(o *optionsT) { o.InsecureCustomerKeys = true }

// sseMode is a way to store an object: what a writer sends, what a reader must
// send, and what both are told.
type sseMode struct {
	name          string
	write, read   []string
	asSource      []string
	told          []string
	md5           bool
	part          []string // of UploadPart
	contextAnswer []string
}

func sseModes() []sseMode {
	context := base64.StdEncoding.EncodeToString([]byte(`{"project":"x"}`))
	a, b := customerHeaders(customerHeader, "a"), customerHeaders(customerHeader, "b")
	return []sseMode{
		{name: "clear", told: []string{sseHeader + ":", customerHeader + "Algorithm:"}, md5: true},
		{name: "AES256", write: []string{sseHeader + ": AES256"}, told: []string{sseHeader + ": AES256", sseHeader + "-Aws-Kms-Key-Id:"}, md5: true},
		{name: "KMS", write: []string{sseHeader + ": aws:kms"}, told: []string{sseHeader + ": aws:kms", sseHeader + "-Aws-Kms-Key-Id: default"}},
		{
			name: "KMS with everything",
			write: []string{sseHeader + ": aws:kms", sseHeader + "-Aws-Kms-Key-Id: arn:aws:kms:us-east-1:1234:key/other",
				sseHeader + "-Context: " + context, sseHeader + "-Bucket-Key-Enabled: true"},
			told:          []string{sseHeader + ": aws:kms", sseHeader + "-Aws-Kms-Key-Id: other", sseHeader + "-Bucket-Key-Enabled: true"},
			contextAnswer: []string{sseHeader + "-Context: " + context},
		},
		{name: "customer a", write: a, read: a, part: a, asSource: customerHeaders(sourceHeader, "a"),
			told: []string{sseHeader + ":", customerHeader + "Algorithm: AES256", a[2]}},
		{name: "customer b", write: b, read: b, part: b, asSource: customerHeaders(sourceHeader, "b"),
			told: []string{sseHeader + ":", customerHeader + "Algorithm: AES256", b[2]}},
	}
}

func join(lists ...[]string) []string {
	var all []string
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

func TestEncryptedObjects(t *testing.T) {
	f := newFixture(t, insecureKeys)
	f.ok("PUT", "/bucket", "")
	for _, size := range []int{0, 11, 200_000} {
		body := strings.Repeat("0123456789!", size/11+1)[:size]
		sum := md5.Sum([]byte(body))
		for _, m := range sseModes() {
			w := f.ok("PUT", "/bucket/k", body, m.write...)
			etag := w.Header().Get("Etag")
			assert.Len(t, etag, 34)
			assert.Equal(t, m.md5, etag == `"`+hex.EncodeToString(sum[:])+`"`, "%s: whether the ETag is the MD5", m.name)
			f.run(
				step{why: m.name + ": put tells", request: "PUT /bucket/k", body: body, headers: m.write, status: 200, answer: join(m.told, m.contextAnswer)},
				step{why: m.name + ": get", request: "GET /bucket/k", headers: m.read, status: 200, exact: &body, answer: m.told},
				step{why: m.name + ": head", request: "HEAD /bucket/k", headers: m.read, status: 200, answer: m.told},
				step{why: m.name + ": attributes", request: "GET /bucket/k?attributes", headers: join(m.read, []string{"X-Amz-Object-Attributes: ObjectSize"}), status: 200},
			)
			if size > 100_000 {
				part := body[70_000:140_001]
				f.run(step{why: m.name + ": range", request: "GET /bucket/k", headers: join(m.read, []string{"Range: bytes=70000-140000"}), status: 206, exact: &part, answer: m.told})
			}
		}
	}
}

func TestEncryptedCopiesBetweenModes(t *testing.T) {
	f := newFixture(t, insecureKeys)
	f.ok("PUT", "/bucket", "")
	body := strings.Repeat("copy me ", 20_000)
	for _, from := range sseModes() {
		f.ok("PUT", "/bucket/source", body, from.write...)
		for _, to := range sseModes() {
			why := from.name + " to " + to.name
			source := join([]string{"X-Amz-Copy-Source: bucket/source"}, from.asSource)
			f.run(
				step{why: why, request: "PUT /bucket/copy", headers: join(source, to.write), status: 200, answer: join(to.told, to.contextAnswer), has: []string{"<ETag>"}},
				step{why: why, request: "GET /bucket/copy", headers: to.read, status: 200, exact: &body, answer: to.told},
			)
			w := f.ok("POST", "/bucket/parts?uploads", "", to.write...)
			id := between(t, w, "<UploadId>", "<")
			w = f.ok("PUT", "/bucket/parts?partNumber=1&uploadId="+id, "", join(source, to.part, []string{"X-Amz-Copy-Source-Range: bytes=8-79999"})...)
			one := between(t, w, "<ETag>", "</ETag>")
			w = f.ok("PUT", "/bucket/parts?partNumber=2&uploadId="+id, "the end", to.part...)
			two := w.Header().Get("Etag")
			for _, told := range to.told {
				name, value, present := strings.Cut(told, ": ")
				if present && !strings.Contains(name, "Bucket-Key") {
					assert.Equal(t, value, w.Header().Get(name), why)
				}
			}
			f.ok("POST", "/bucket/parts?uploadId="+id, "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>"+one+
				"</ETag></Part><Part><PartNumber>2</PartNumber><ETag>"+two+"</ETag></Part></CompleteMultipartUpload>")
			f.run(step{why: why, request: "GET /bucket/parts", headers: to.read, status: 200, exact: str(body[8:80_000] + "the end"), answer: to.told})
		}
	}
}

func TestCustomerKeyRefusals(t *testing.T) {
	f := newFixture(t, insecureKeys)
	f.ok("PUT", "/bucket", "")
	a, b := customerHeaders(customerHeader, "a"), customerHeaders(customerHeader, "b")
	f.ok("PUT", "/bucket/a", "secret", a...)
	f.ok("PUT", "/bucket/clear", "plain")
	up := between(t, f.ok("POST", "/bucket/up?uploads", "", a...), "<UploadId>", "<")
	short := base64.StdEncoding.EncodeToString([]byte("too short"))
	source := func(key string, more ...string) []string { return append(more, "X-Amz-Copy-Source: bucket/"+key) }
	f.run(
		step{why: "no key", request: "GET /bucket/a", status: 400, code: "InvalidRequest", has: []string{"The correct parameters must be provided"}},
		step{why: "no key", request: "HEAD /bucket/a", status: 400},
		step{why: "another key", request: "GET /bucket/a", headers: b, status: 403, code: "AccessDenied", hasNot: []string{"secret"}},
		step{why: "another key", request: "HEAD /bucket/a", headers: b, status: 403},
		step{why: "a key for an object without", request: "GET /bucket/clear", headers: a, status: 400, code: "InvalidRequest", has: []string{"not applicable"}},
		step{why: "a condition does not come before the key", request: "GET /bucket/a", headers: []string{"If-None-Match: *"}, status: 400, code: "InvalidRequest"},
		step{why: "attributes need the key", request: "GET /bucket/a?attributes", headers: []string{"X-Amz-Object-Attributes: ObjectSize"}, status: 400, code: "InvalidRequest"},
		step{why: "copy without the source's key", request: "PUT /bucket/c", headers: source("a"), status: 400, code: "InvalidRequest"},
		step{why: "copy with the wrong key", request: "PUT /bucket/c", headers: source("a", customerHeaders(sourceHeader, "b")...), status: 403, code: "AccessDenied"},
		step{why: "a source's key where nothing is copied", request: "PUT /bucket/c", headers: customerHeaders(sourceHeader, "a"), status: 400, code: "InvalidArgument"},
		step{why: "a part without the key", request: "PUT /bucket/up?partNumber=1&uploadId=" + up, body: "x", status: 400, code: "InvalidRequest", has: []string{"Subsequent part requests"}},
		step{why: "a part with another key", request: "PUT /bucket/up?partNumber=1&uploadId=" + up, body: "x", headers: b, status: 400, code: "InvalidRequest"},
		step{why: "algorithm", request: "PUT /bucket/k", headers: []string{customerHeader + "Algorithm: AES128", a[1], a[2]}, status: 400, code: "InvalidEncryptionAlgorithmError"},
		step{why: "no algorithm", request: "PUT /bucket/k", headers: a[1:], status: 400, code: "InvalidArgument"},
		step{why: "no secret", request: "PUT /bucket/k", headers: []string{a[0], a[2]}, status: 400, code: "InvalidArgument", has: []string{"appropriate secret key"}},
		step{why: "no MD5", request: "PUT /bucket/k", headers: a[:2], status: 400, code: "InvalidArgument", has: []string{"MD5 of the secret key"}},
		step{why: "another MD5", request: "PUT /bucket/k", headers: []string{a[0], a[1], b[2]}, status: 400, code: "InvalidArgument", has: []string{"did not match the hash"}},
		step{why: "key of 9 bytes; it is not repeated", request: "PUT /bucket/k", headers: []string{a[0], customerHeader + "Key: " + short, a[2]}, status: 400, code: "InvalidArgument", has: []string{"secret key was invalid"}, hasNot: []string{short}},
		step{why: "two kinds at once", request: "PUT /bucket/k", headers: join(a, []string{sseHeader + ": AES256"}), status: 400, code: "InvalidArgument"},
		step{why: "an operation that takes none", request: "DELETE /bucket/a", headers: a, status: 400, code: "InvalidArgument"},
	)
}

func TestCustomerKeysNeedTLS(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bucket", "")
	f.run(
		step{why: "in the clear", request: "PUT /bucket/k", headers: customerHeaders(customerHeader, "a"), status: 400, code: "InvalidRequest", has: []string{"secure connection"}},
		step{why: "copy", request: "PUT /bucket/k", headers: join(customerHeaders(sourceHeader, "a"), []string{"X-Amz-Copy-Source: bucket/k"}), status: 404, code: "NoSuchKey"},
		step{why: "the server's own keys do not travel", request: "PUT /bucket/k", headers: []string{sseHeader + ": AES256"}, status: 200},
	)
	r := request(http.MethodPut, "/bucket/k", "x", customerHeaders(customerHeader, "a")...)
	r.TLS = tlsState()
	assert.Equal(t, 200, f.serve(r).Code)
}

func TestEncryptionHeaderRefusals(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bucket", "")
	f.ok("PUT", "/bucket/k", "x")
	kms := sseHeader + ": aws:kms"
	text := func(s string) string {
		return sseHeader + "-Context: " + base64.StdEncoding.EncodeToString([]byte(s))
	}
	put := func(why string, status int, code string, headers ...string) step {
		return step{why: why, request: "PUT /bucket/k", headers: headers, status: status, code: code}
	}
	f.run(
		put("unknown method", 400, "InvalidArgument", sseHeader+": rot13"),
		put("double encryption is not there, and says so", 501, "NotImplemented", sseHeader+": aws:kms:dsse"),
		put("a key without KMS", 400, "InvalidArgument", sseHeader+": AES256", sseHeader+"-Aws-Kms-Key-Id: default"),
		put("a key without a method", 400, "InvalidArgument", sseHeader+"-Aws-Kms-Key-Id: default"),
		put("a context without KMS", 400, "InvalidArgument", sseHeader+": AES256", text(`{}`)),
		put("unknown key", 400, "KMS.NotFoundException", kms, sseHeader+"-Aws-Kms-Key-Id: nobody"),
		put("context is not base64", 400, "InvalidArgument", kms, sseHeader+"-Context: {}"),
		put("context is not an object", 400, "InvalidArgument", kms, text(`[1]`)),
		put("context of numbers", 400, "InvalidArgument", kms, text(`{"a":1}`)),
		put("huge context", 400, "InvalidArgument", kms, text(`{"a":"`+strings.Repeat("x", 9000)+`"}`)),
		put("bucket key is no boolean", 400, "InvalidArgument", kms, sseHeader+"-Bucket-Key-Enabled: 1"),
		put("bucket key without KMS", 400, "InvalidArgument", sseHeader+": AES256", sseHeader+"-Bucket-Key-Enabled: true"),
		put("a header that nobody knows", 501, "NotImplemented", sseHeader+"-Whatever: 1"),
		step{why: "readers do not ask for encryption", request: "GET /bucket/k", headers: []string{sseHeader + ": AES256"}, status: 400, code: "InvalidArgument"},
		step{why: "nor head", request: "HEAD /bucket/k", headers: []string{kms}, status: 400},
		step{why: "an object may be copied onto itself to encrypt it", request: "PUT /bucket/k", headers: []string{"X-Amz-Copy-Source: bucket/k", sseHeader + ": AES256"}, status: 200, answer: []string{sseHeader + ": AES256"}},
		step{why: "it is", request: "GET /bucket/k", status: 200, exact: str("x"), answer: []string{sseHeader + ": AES256"}},
	)
}

func encryptionXML(rule string) string {
	return `<ServerSideEncryptionConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Rule>` + rule + `</Rule></ServerSideEncryptionConfiguration>`
}

func TestBucketEncryption(t *testing.T) {
	f := newFixture(t, insecureKeys)
	f.ok("PUT", "/bucket", "")
	def := func(s string) string {
		return "<ApplyServerSideEncryptionByDefault>" + s + "</ApplyServerSideEncryptionByDefault>"
	}
	aes, kms := def("<SSEAlgorithm>AES256</SSEAlgorithm>"), def("<SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>other</KMSMasterKeyID>")
	put := func(why, doc string, status int, code string) step {
		return step{why: why, request: "PUT /bucket?encryption", body: doc, status: status, code: code}
	}
	mine := customerHeaders(customerHeader, "a")
	f.run(
		step{why: "none", request: "GET /bucket?encryption", status: 404, code: "ServerSideEncryptionConfigurationNotFoundError"},
		step{why: "removing none is no error", request: "DELETE /bucket?encryption", status: 204},
		step{why: "before there is a rule", request: "PUT /bucket/old", body: "x", status: 200},
		step{why: "a copy onto itself would change nothing", request: "PUT /bucket/old", headers: []string{"X-Amz-Copy-Source: bucket/old"}, status: 400, code: "InvalidRequest"},
		put("AES256", encryptionXML(aes), 200, ""),
		step{why: "with a rule it encrypts", request: "PUT /bucket/old", headers: []string{"X-Amz-Copy-Source: bucket/old"}, status: 200, answer: []string{sseHeader + ": AES256"}},
		step{why: "as it was put", request: "GET /bucket?encryption", status: 200, has: []string{aes, "<BucketKeyEnabled>false</BucketKeyEnabled>"}},
		step{why: "applies", request: "PUT /bucket/aes", body: "x", status: 200, answer: []string{sseHeader + ": AES256"}},
		step{why: "to uploads", request: "POST /bucket/up?uploads", status: 200, answer: []string{sseHeader + ": AES256"}},
		step{why: "to copies", request: "PUT /bucket/copy", headers: []string{"X-Amz-Copy-Source: bucket/aes"}, status: 200, answer: []string{sseHeader + ": AES256"}},
		step{why: "a request may choose otherwise", request: "PUT /bucket/k", headers: mine, status: 200, answer: []string{sseHeader + ":", mine[2]}},
		put("KMS", encryptionXML(kms+"<BucketKeyEnabled>true</BucketKeyEnabled>"), 200, ""),
		step{why: "as it was put", request: "GET /bucket?encryption", status: 200, has: []string{kms, "<BucketKeyEnabled>true</BucketKeyEnabled>"}},
		step{why: "with key and bucket key", request: "PUT /bucket/kms", body: "x", status: 200, answer: []string{sseHeader + ": aws:kms", sseHeader + "-Aws-Kms-Key-Id: other", sseHeader + "-Bucket-Key-Enabled: true"}},
		step{why: "a request may do without the bucket key", request: "PUT /bucket/kms", body: "x", headers: []string{sseHeader + "-Bucket-Key-Enabled: false"}, status: 200, answer: []string{sseHeader + ": aws:kms", sseHeader + "-Bucket-Key-Enabled:"}},
		step{why: "what is there stays as it is", request: "GET /bucket/aes", status: 200, exact: str("x"), answer: []string{sseHeader + ": AES256"}},
		put("customers' keys can be blocked", encryptionXML(aes+"<BlockedEncryptionTypes><EncryptionType>SSE-C</EncryptionType></BlockedEncryptionTypes>"), 200, ""),
		step{why: "blocked", request: "PUT /bucket/k", headers: mine, status: 403, code: "AccessDenied"},
		step{why: "what is there stays readable", request: "GET /bucket/k", headers: mine, status: 200},
		step{why: "told", request: "GET /bucket?encryption", status: 200, has: []string{"<EncryptionType>SSE-C</EncryptionType>"}},
		step{why: "removed", request: "DELETE /bucket?encryption", status: 204},
		step{why: "none again", request: "PUT /bucket/clear", body: "x", status: 200, answer: []string{sseHeader + ":"}},
		put("nothing", "", 400, "MalformedXML"),
		put("no rule", "<ServerSideEncryptionConfiguration/>", 400, "MalformedXML"),
		put("an empty rule", encryptionXML(""), 400, "MalformedXML"),
		put("two rules", strings.Replace(encryptionXML(aes), "</Rule>", "</Rule><Rule>"+aes+"</Rule>", 1), 400, "MalformedXML"),
		put("unknown algorithm", encryptionXML(def("<SSEAlgorithm>DES</SSEAlgorithm>")), 400, "MalformedXML"),
		put("unknown element", encryptionXML(aes+"<X/>"), 400, "MalformedXML"),
		put("a key for AES256", encryptionXML(def("<SSEAlgorithm>AES256</SSEAlgorithm><KMSMasterKeyID>other</KMSMasterKeyID>")), 400, "InvalidArgument"),
		put("a key that is too long", encryptionXML(def("<SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>"+strings.Repeat("k", 3000)+"</KMSMasterKeyID>")), 400, "InvalidArgument"),
		put("no boolean", encryptionXML(aes+"<BucketKeyEnabled>maybe</BucketKeyEnabled>"), 400, "MalformedXML"),
		put("blocked what is not known", encryptionXML(aes+"<BlockedEncryptionTypes><EncryptionType>X</EncryptionType></BlockedEncryptionTypes>"), 400, "MalformedXML"),
		put("double encryption", encryptionXML(def("<SSEAlgorithm>aws:kms:dsse</SSEAlgorithm>")), 501, "NotImplemented"),
	)
}

func TestPartsMayRepeatHeaders(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bucket", "")
	clear := "/bucket/k?partNumber=1&uploadId=" + between(t, f.ok("POST", "/bucket/k?uploads", ""), "<UploadId>", "<")
	kms := "/bucket/k?partNumber=1&uploadId=" + between(t, f.ok("POST", "/bucket/k?uploads", "", sseHeader+": aws:kms"), "<UploadId>", "<")
	f.run(
		step{why: "as the upload has it", request: "PUT " + kms, body: "x", headers: []string{sseHeader + ": aws:kms", sseHeader + "-Aws-Kms-Key-Id: default"}, status: 200},
		step{why: "another method", request: "PUT " + kms, body: "x", headers: []string{sseHeader + ": AES256"}, status: 400, code: "InvalidRequest"},
		step{why: "another key", request: "PUT " + kms, body: "x", headers: []string{sseHeader + ": aws:kms", sseHeader + "-Aws-Kms-Key-Id: other"}, status: 400, code: "InvalidRequest"},
		step{why: "of an upload in the clear", request: "PUT " + clear, body: "x", headers: []string{sseHeader + ": AES256"}, status: 400, code: "InvalidRequest"},
	)
}

func TestEncryptedListPartsAndComplete(t *testing.T) {
	f := newFixture(t, insecureKeys)
	f.ok("PUT", "/bucket", "")
	a, b := customerHeaders(customerHeader, "a"), customerHeaders(customerHeader, "b")
	id := between(t, f.ok("POST", "/bucket/k?uploads", "", a...), "<UploadId>", "<")
	etag := f.ok("PUT", "/bucket/k?partNumber=1&uploadId="+id, "hello", a...).Header().Get("Etag")
	require.NotEmpty(t, etag)
	list := "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>" + etag + "</ETag></Part></CompleteMultipartUpload>"
	f.run(
		step{why: "needs no key", request: "GET /bucket/k?uploadId=" + id, status: 200, has: []string{"<Size>5</Size>"}},
		step{why: "a wrong one is told", request: "GET /bucket/k?uploadId=" + id, headers: b, status: 400, code: "InvalidRequest"},
		step{why: "a wrong one is told", request: "POST /bucket/k?uploadId=" + id, body: list, headers: b, status: 400, code: "InvalidRequest"},
		step{why: "completed", request: "POST /bucket/k?uploadId=" + id, body: list, headers: a, status: 200, answer: []string{a[2]}},
		step{why: "and again", request: "POST /bucket/k?uploadId=" + id, body: list, headers: a, status: 200, answer: []string{a[2]}},
		step{why: "a part of it", request: "GET /bucket/k?partNumber=1", headers: a, status: 206, exact: str("hello")},
	)
}

// TestPoliciesOnEncryption are the examples of Amazon's documentation: uploads
// must be encrypted with KMS, and not with customers' keys.
func TestPoliciesOnEncryption(t *testing.T) {
	f := newFixture(t, func(o *optionsT) { o.InsecureCustomerKeys, o.Grantees = true, people{} })
	f.ok("PUT", "/bkt", "")
	kms := sseHeader + ": aws:kms"
	f.ok("PUT", "/bkt?policy", statement("Deny", `"*"`, `"s3:PutObject"`, `{"StringNotEquals":{"s3:x-amz-server-side-encryption":"aws:kms"}}`))
	f.run(
		step{why: "without", request: "PUT /bkt/o", body: "x", status: 403, code: "AccessDenied"},
		step{why: "otherwise", request: "PUT /bkt/o", body: "x", headers: []string{sseHeader + ": AES256"}, status: 403, code: "AccessDenied"},
		step{why: "as demanded", request: "PUT /bkt/o", body: "x", headers: []string{kms}, status: 200},
		step{why: "uploads too", request: "POST /bkt/o?uploads", status: 403, code: "AccessDenied"},
		step{why: "uploads too", request: "POST /bkt/o?uploads", headers: []string{kms}, status: 200},
	)
	f.ok("PUT", "/bkt?policy", statement("Deny", `"*"`, `"s3:PutObject"`, `{"Null":{"s3:x-amz-server-side-encryption-customer-algorithm":"false"}}`))
	f.run(
		step{why: "a customer's key", request: "PUT /bkt/o", body: "x", headers: customerHeaders(customerHeader, "a"), status: 403, code: "AccessDenied"},
		step{why: "no such key", request: "PUT /bkt/o", body: "x", status: 200},
	)
	f.ok("PUT", "/bkt?policy", statement("Deny", `"*"`, `"s3:PutObject"`, `{"StringNotLikeIfExists":{"s3:x-amz-server-side-encryption-aws-kms-key-id":"*:key/other"}}`))
	f.run(
		step{why: "another key", request: "PUT /bkt/o", body: "x", headers: []string{kms, sseHeader + "-Aws-Kms-Key-Id: default"}, status: 403, code: "AccessDenied"},
		step{why: "the key", request: "PUT /bkt/o", body: "x", headers: []string{kms, sseHeader + "-Aws-Kms-Key-Id: arn:aws:kms:us-east-1:1:key/other"}, status: 200},
	)
}
