package s3http_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/cofferstore/coffer/s3http"
)

// TestDefaultsLetNobodyIn: a handler without options fails closed.
func TestDefaultsLetNobodyIn(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	f.ok("PUT", "/bkt/o", "secret")
	f.h = s3http.New(f.store, nil)
	for _, request := range []string{"GET /", "PUT /new", "GET /bkt", "GET /bkt/o", "PUT /bkt/o", "DELETE /bkt/o", "DELETE /bkt"} {
		method, target, _ := strings.Cut(request, " ")
		assert.Equal(t, http.StatusForbidden, f.do(method, target, "").Code, request)
	}
}

type names map[string]string

func (n names) DisplayName(_ context.Context, id string) string { return n[id] }

func TestDisplayNames(t *testing.T) {
	f := newFixture(t, func(o *optionsT) { o.Users = names{"alice": "Alice & Co"} })
	f.ok("PUT", "/bkt", "")
	f.run(
		step{why: "users have names", request: "GET /", status: 200, has: []string{"<ID>alice</ID><DisplayName>Alice &amp; Co</DisplayName>"}},
		step{why: "one without is called by its id", request: "GET /", headers: []string{"X-Test-User: bob"}, status: 200, has: []string{"<ID>bob</ID><DisplayName>bob</DisplayName>"}},
	)
}

// TestManyHeaders answers with more headers than a call has room for.
func TestManyHeaders(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	f.ok("PUT", "/bkt?versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")
	sent := []string{
		"Content-Type: a/a", "Content-Encoding: b", "Content-Language: c", "Content-Disposition: d", "Cache-Control: e", "Expires: f",
		"X-Amz-Storage-Class: GLACIER_IR", "X-Amz-Website-Redirect-Location: /g", "X-Amz-Checksum-Sha1: " + sumOf("SHA1", "0123456789"),
	}
	want := append([]string{"X-Amz-Checksum-Type: FULL_OBJECT", "X-Amz-Tagging-Count: 1", "Content-Range: bytes 0-9/10", "Content-Length: 10", "ETag: " + digitsMD5}, sent...)
	for i := range 5 {
		h := fmt.Sprintf("X-Amz-Meta-%c: %d", 'a'+i, i)
		sent, want = append(sent, h), append(want, h)
	}
	f.ok("PUT", "/bkt/o", "0123456789", append(sent, "X-Amz-Tagging: k=v")...)
	f.run(step{why: "each is told", request: "GET /bkt/o?partNumber=1", headers: []string{"X-Amz-Checksum-Mode: enabled"}, status: 206, answer: want})
}

func TestLocationOfATLSServer(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	id := between(t, f.ok("POST", "/bkt/a%20b?uploads", ""), "<UploadId>", "</UploadId>")
	etag := f.ok("PUT", "/bkt/a%20b?partNumber=1&uploadId="+id, "x").Header().Get("ETag")
	r := request("POST", "/bkt/a%20b?uploadId="+id, completion(etag))
	r.TLS = &tls.ConnectionState{}
	assert.Contains(t, f.serve(r).Body.String(), "<Location>https://s3.test/bkt/a%20b</Location>")
}

// TestDocumentsAreXML: what XML allows around a document is allowed.
func TestDocumentsAreXML(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	const doc = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
	put := func(why, body string, status int, code string) step {
		return step{why: why, request: "PUT /bkt?versioning", body: body, status: status, code: code}
	}
	f.run(
		put("a declaration", `<?xml version="1.0" encoding="UTF-8"?>`+doc, 200, ""),
		put("comments and white space", "\n<!-- a -->"+doc+"<!-- b -->\n", 200, ""),
		put("a prefix for the name space", `<s:VersioningConfiguration xmlns:s="http://s3.amazonaws.com/doc/2006-03-01/"><s:Status>Enabled</s:Status></s:VersioningConfiguration>`, 200, ""),
		put("another encoding", `<?xml version="1.0" encoding="ISO-8859-1"?>`+doc, 400, "MalformedXML"),
		put("text behind it", doc+"x", 400, "MalformedXML"),
		put("text before it", "x"+doc, 400, "MalformedXML"),
		put("no end", "<VersioningConfiguration><Status>Enabled</Status>", 400, "MalformedXML"),
		put("white space alone", " \n", 400, "MalformedXML"),
	)
}

// Files that are sent as they are begin with a byte order mark on Windows, and end
// with a newline everywhere.
func TestDocumentsAreFiles(t *testing.T) {
	f := newFixture(t, insecureKeys)
	f.ok("PUT", "/bkt", "")
	f.ok("PUT", "/logs", "")
	const head = `<?xml version="1.0" encoding="utf-8"?>` + "\n"
	for _, tt := range []struct{ query, doc string }{
		{"versioning", "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>"},
		{"tagging", "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>"},
		{"cors", "<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin></CORSRule></CORSConfiguration>"},
		{"lifecycle", lifecycleOf(logsRule)},
		{"website", "<WebsiteConfiguration><IndexDocument><Suffix>i</Suffix></IndexDocument></WebsiteConfiguration>"},
		{"encryption", encryptionXML("<ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault>")},
		{"logging", loggingTo("logs", "")},
		{"requestPayment", "<RequestPaymentConfiguration><Payer>BucketOwner</Payer></RequestPaymentConfiguration>"},
		{"publicAccessBlock", "<PublicAccessBlockConfiguration><BlockPublicAcls>false</BlockPublicAcls></PublicAccessBlockConfiguration>"},
		{"ownershipControls", "<OwnershipControls><Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule></OwnershipControls>"},
		{"acl", "<AccessControlPolicy><Owner><ID>alice</ID></Owner><AccessControlList></AccessControlList></AccessControlPolicy>"},
	} {
		body := "\ufeff" + head + tt.doc + "\r\n"
		w := f.do("PUT", "/bkt?"+tt.query, body, contentMD5(body))
		assert.Less(t, w.Code, 300, "%s: %s", tt.query, w.Body)
		got := f.ok("GET", "/bkt?"+tt.query, "").Body.String()
		assert.True(t, strings.HasPrefix(got, "<?xml"), "%s: %q", tt.query, got)
		body = tt.doc + tt.doc
		assert.Equal(t, 400, f.do("PUT", "/bkt?"+tt.query, body, contentMD5(body)).Code, "%s: only one", tt.query)
	}
}
