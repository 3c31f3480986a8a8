package awssig_test

import (
	"bufio"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/awssig"
)

// The credentials and the moment of the examples in Amazon's documentation.
const (
	exampleKey    = "AKIAIOSFODNN7EXAMPLE"
	exampleSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
)

func exampleTime() time.Time { return time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC) }

func exampleKeys() keys {
	return keys{exampleKey: {AccessKey: exampleKey, Secret: exampleSecret, Principal: auth.Principal{ID: "john"}}}
}

// parse reads a request as a server does. Lines end with \n in text.
func parse(t testing.TB, head, body string) *http.Request {
	t.Helper()
	head = strings.ReplaceAll(strings.TrimSpace(head), "\n", "\r\n")
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(head + "\r\n\r\n" + body)))
	require.NoError(t, err)
	return r
}

func TestAmazonExamplesV4(t *testing.T) {
	const (
		start = "Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
		host  = "Host: examplebucket.s3.amazonaws.com\n"
		empty = "x-amz-content-sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n"
		date  = "x-amz-date: 20130524T000000Z\n"
	)
	tests := []struct{ name, why, head, body string }{
		{
			"get object", "headers that are not x-amz-* are signed too",
			"GET /test.txt HTTP/1.1\n" + host + "Range: bytes=0-9\n" + empty + date + start +
				"SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41", "",
		},
		{
			"put object", "the key holds a byte that is escaped, the body has a hash",
			"PUT /test%24file.text HTTP/1.1\n" + host + "Content-Length: 21\nDate: Fri, 24 May 2013 00:00:00 GMT\nx-amz-storage-class: REDUCED_REDUNDANCY\n" +
				"x-amz-content-sha256: 44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072\n" + date + start +
				"SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class,Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
			"Welcome to Amazon S3.",
		},
		{
			"get lifecycle", "a flag in the query is signed with an equals sign",
			"GET /?lifecycle HTTP/1.1\n" + host + empty + date + start +
				"SignedHeaders=host;x-amz-content-sha256;x-amz-date,Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543", "",
		},
		{
			"list objects", "query parameters are sorted",
			"GET /?max-keys=2&prefix=J HTTP/1.1\n" + host + empty + date + start +
				"SignedHeaders=host;x-amz-content-sha256;x-amz-date,Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7", "",
		},
		{
			"presigned get", "the query holds the signature; the payload is not signed",
			"GET /test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request" +
				"&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host" +
				"&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404 HTTP/1.1\n" + host, "",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := parse(t, tt.head, tt.body)
			id, err := awssig.V4(exampleKeys(), &awssig.Options{Now: clock(exampleTime())}).Verify(r)
			require.NoError(t, err, "%s\n%s", tt.why, detail(err, "CanonicalRequest"))
			assert.Equal(t, "john", id.ID)
			assert.Equal(t, "us-east-1", id.Region)
			body, err := io.ReadAll(r.Body)
			require.NoError(t, err)
			assert.Equal(t, tt.body, string(body))
		})
	}
}

// chunkedExample is the upload of 65 KiB of the letter a in Amazon's
// documentation; the variant has a trailer.
func chunkedExample(trailer bool) (head, body string) {
	const start = "PUT /examplebucket/chunkObject.txt HTTP/1.1\nHost: s3.amazonaws.com\nx-amz-date: 20130524T000000Z\n" +
		"x-amz-storage-class: REDUCED_REDUNDANCY\nContent-Encoding: aws-chunked\nx-amz-decoded-content-length: 66560\n" +
		"Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
	a, b := strings.Repeat("a", 65536), strings.Repeat("a", 1024)
	if !trailer {
		return start + "SignedHeaders=content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class," +
				"Signature=4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9\n" +
				"x-amz-content-sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD\nContent-Length: 66824",
			"10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n" + a + "\r\n" +
				"400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n" + b + "\r\n" +
				"0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n"
	}
	return start + "SignedHeaders=content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class;x-amz-trailer," +
			"Signature=106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e\n" +
			"x-amz-content-sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER\nx-amz-trailer: x-amz-checksum-crc32c\nTransfer-Encoding: chunked",
		"10000;chunk-signature=b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2\r\n" + a + "\r\n" +
			"400;chunk-signature=1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7\r\n" + b + "\r\n" +
			"0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n" +
			"x-amz-checksum-crc32c:sOO8/Q==\n\r\n" +
			"x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n"
}

func TestAmazonExampleChunked(t *testing.T) {
	for _, trailer := range []bool{false, true} {
		head, body := chunkedExample(trailer)
		sent := body
		if trailer {
			sent = httpChunk(body)
		}
		r := parse(t, head, sent)
		_, err := awssig.V4(exampleKeys(), &awssig.Options{Now: clock(exampleTime()), MinChunkSize: 8192}).Verify(r)
		require.NoError(t, err, detail(err, "CanonicalRequest"))
		assert.EqualValues(t, 66560, r.ContentLength, "the handler sees the length of the payload")
		got, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		assert.Equal(t, strings.Repeat("a", 66560), string(got))
		assert.NotContains(t, r.Header, "Content-Encoding")
		if trailer {
			assert.Equal(t, "sOO8/Q==", r.Trailer.Get("X-Amz-Checksum-Crc32c"))
		}
	}
}

func TestAmazonExamplesV2(t *testing.T) {
	const host = "Host: johnsmith.s3.amazonaws.com\n"
	tests := []struct{ name, why, head, signature string }{
		{"get", "the host names the bucket", "GET /photos/puppy.jpg HTTP/1.1\n" + host + "Date: Tue, 27 Mar 2007 19:36:42 +0000\n", "bWq2s1WEIj+Ydj0vQ697zp+IXMU="},
		{"put", "Content-Type is a line", "PUT /photos/puppy.jpg HTTP/1.1\n" + host + "Content-Type: image/jpeg\nContent-Length: 94328\nDate: Tue, 27 Mar 2007 21:15:45 +0000\n", "MyyxeRY7whkBe+bq8fHCL/2kKUg="},
		{"list", "parameters that are no sub-resource are not signed", "GET /?prefix=photos&max-keys=50&marker=puppy HTTP/1.1\n" + host + "Date: Tue, 27 Mar 2007 19:42:41 +0000\n", "htDYFYduRNen8P9ZfE/s9SuKy0U="},
		{"acl", "sub-resources are signed", "GET /?acl HTTP/1.1\n" + host + "Date: Tue, 27 Mar 2007 19:44:46 +0000\n", "c2WLPFtWHVgbEmeEG93a4cG37dM="},
		{"upload", "x-amz-* headers in small letters, sorted, joined", "PUT /db-backup.dat.gz HTTP/1.1\nHost: static.johnsmith.net.s3.amazonaws.com:8080\n" +
			"Date: Tue, 27 Mar 2007 21:06:08 +0000\nx-amz-acl: public-read\ncontent-type: application/x-download\nContent-MD5: 4gJE4saaMU4BqNR0kLY+lw==\n" +
			"X-Amz-Meta-ReviewedBy: joe@johnsmith.net\nX-Amz-Meta-ReviewedBy: jane@johnsmith.net\nX-Amz-Meta-FileChecksum: 0x02661779\n" +
			"X-Amz-Meta-ChecksumAlgorithm: crc32\nContent-Disposition: attachment; filename=database.dat\nContent-Encoding: gzip\nContent-Length: 5913339\n", "ilyl83RwaSoYIEdixDQcA4OnAnc="},
		{"buckets", "no bucket at all", "GET / HTTP/1.1\nHost: s3.amazonaws.com\nDate: Wed, 28 Mar 2007 01:29:59 +0000\n", "qGdzdERIC03wnaRNKh6OqZehG9s="},
		{"unicode", "the path is signed as it is sent, escapes in small letters and all", "GET /dictionary/fran%C3%A7ais/pr%c3%a9f%c3%a8re HTTP/1.1\nHost: s3.amazonaws.com\nDate: Wed, 28 Mar 2007 01:49:49 +0000\n", "DNEZGsoieTZ92F3bUfSPQcbGmlM="},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := parse(t, tt.head+"Authorization: AWS "+exampleKey+":"+tt.signature, "")
			sent, err := time.Parse(time.RFC1123Z, r.Header.Get("Date"))
			require.NoError(t, err)
			id, err := awssig.V2(exampleKeys(), &awssig.Options{Now: clock(sent), Domains: []string{"s3.amazonaws.com"}}).Verify(r)
			require.NoError(t, err, "%s\n%s", tt.why, detail(err, "StringToSign"))
			assert.Equal(t, auth.SchemeV2, id.Scheme)
			assert.Equal(t, auth.TransportHeader, id.Transport)
		})
	}
	t.Run("query", func(t *testing.T) {
		r := parse(t, "GET /photos/puppy.jpg?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D&Expires=1175139620 HTTP/1.1\n"+host, "")
		id, err := awssig.V2(exampleKeys(), &awssig.Options{Now: clock(time.Unix(1175139620, 0)), Domains: []string{"s3.amazonaws.com"}}).Verify(r)
		require.NoError(t, err)
		assert.Equal(t, auth.TransportQuery, id.Transport)
	})
}

// TestOstorExamples are the worked examples of the ostor administration API.
func TestOstorExamples(t *testing.T) {
	const (
		key, secret = "a14040e0b2ef8b28FZZ8", "dbwTnQTW602aAAdq8DQVFzB6yrTCFTNiGB8C8RFA"
		utc         = "Date: Sun, 22 Nov 2026 09:31:47 +0000\nx-amz-content-sha256: UNSIGNED-PAYLOAD\n"
	)
	now := time.Date(2026, 11, 22, 9, 31, 47, 0, time.UTC)
	src := keys{key: {AccessKey: key, Secret: secret, Principal: auth.Principal{ID: "system"}}}
	tests := []struct{ why, head, signature string }{
		{"only the flag is signed", "GET /?ostor-users&emailAddress=user@example.com HTTP/1.1\nHost: s3.example.com\n" + utc, "lQBKjZksTuROUDFvwob79LMkQX8="},
		{"the same without the parameter", "GET /?ostor-users HTTP/1.1\nHost: s3.example.com\n" + utc, "lQBKjZksTuROUDFvwob79LMkQX8="},
		{"a parameter that S3 would sign is not", "GET /?ostor-users&delete&policy HTTP/1.1\nHost: s3.example.com\n" + utc, "lQBKjZksTuROUDFvwob79LMkQX8="},
		{"a date with the client's zone", "PUT /?ostor-users&emailAddress=user@example.com HTTP/1.1\nHost: s3.example.com\nDate: Sun, 22 Nov 2026 18:31:47 +0900\n", "ot/Xi4r8bIxIXuzU0Ql2iNOZMtY="},
		{"a bucket path as it is", "DELETE /bucketname HTTP/1.1\nHost: s3.example.com\n" + utc, "bTIbomlXovli6jq+TG3AXGIfKks="},
		{"a content type", "GET /?ostor-usage&limit=1000 HTTP/1.1\nHost: s3.example.com\nContent-Type: application/json\nDate: Sun, 22 Nov 2026 09:31:47 GMT\n", "jW+XpiCik3Z+NC1BtqGikXqcYDg="},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			r := parse(t, tt.head+"Authorization: AWS "+key+":"+tt.signature, "")
			_, err := awssig.V2(src, &awssig.Options{Now: clock(now)}).Verify(r)
			require.NoError(t, err, detail(err, "StringToSign"))
		})
	}
	r := parse(t, "GET /?ostor-users&emailAddress=user%40example.com HTTP/1.1\nHost: s3.example.com\nx-amz-date: 20261122T093147Z\n"+
		"x-amz-content-sha256: "+awssig.EmptyPayload+"\nAuthorization: AWS4-HMAC-SHA256 Credential="+key+"/20261122/us-east-1/s3/aws4_request, "+
		"SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=db85aac93d41771d8cc5cdd19cbe660cdc502e7831c4f1b79d53cd709fb7e0ca", "")
	_, err := awssig.V4(src, &awssig.Options{Now: clock(now)}).Verify(r)
	require.NoError(t, err, "version 4 signs all of the query")
}
