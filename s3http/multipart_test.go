package s3http_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/checksum"
)

func sumOf(a checksum.Algorithm, s string) string {
	h := a.New()
	h.Write([]byte(s))
	return checksum.Encode(h.Sum(nil))
}

func completion(parts ...string) string {
	var b strings.Builder
	b.WriteString("<CompleteMultipartUpload>")
	for i, etag := range parts {
		fmt.Fprintf(&b, "<Part><PartNumber>%d</PartNumber><ETag>%s</ETag></Part>", i+1, etag)
	}
	return b.String() + "</CompleteMultipartUpload>"
}

func TestMultipart(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	w := f.ok("POST", "/bkt/dir/o?uploads", "", "Content-Type: text/plain", "X-Amz-Meta-A: b", "X-Amz-Tagging: k=v", "X-Amz-Storage-Class: GLACIER_IR")
	id := between(t, w, "<UploadId>", "</UploadId>")
	assert.Equal(t, head+"<InitiateMultipartUploadResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Bucket>bkt</Bucket><Key>dir/o</Key><UploadId>"+id+"</UploadId></InitiateMultipartUploadResult>", w.Body.String())
	assert.Empty(t, w.Header().Get("X-Amz-Checksum-Algorithm"), "none was asked for")
	u := "/bkt/dir/o?uploadId=" + id
	e1 := f.ok("PUT", u+"&partNumber=1", "01234").Header().Get("ETag")
	e2 := f.ok("PUT", u+"&partNumber=2", "56").Header().Get("ETag")
	e3 := f.ok("PUT", u+"&partNumber=3", "789").Header().Get("ETag")
	f.run(
		step{why: "part numbers start at 1", request: "PUT " + u + "&partNumber=0", status: 400, code: "InvalidArgument", has: []string{"<ArgumentName>partNumber</ArgumentName>"}},
		step{why: "and end at 10000", request: "PUT " + u + "&partNumber=10001", status: 400, code: "InvalidArgument"},
		step{why: "a part has a number", request: "PUT " + u, status: 400, code: "InvalidArgument"},
		step{why: "an unknown upload", request: "PUT /bkt/dir/o?partNumber=1&uploadId=" + strings.Repeat("0", len(id)), status: 404, code: "NoSuchUpload", has: []string{"<UploadId>00"}},
		step{why: "an upload is of one key", request: "PUT /bkt/other?partNumber=1&uploadId=" + id, status: 404, code: "NoSuchUpload"},
		step{why: "an id that no upload has", request: "GET /bkt/dir/o?uploadId=x", status: 404, code: "NoSuchUpload"},
		step{why: "a length is due here too", request: "PUT " + u + "&partNumber=4", headers: []string{"Content-Length: "}, status: 411, code: "MissingContentLength"},
		step{why: "parts", request: "GET " + u, status: 200, has: []string{
			"<ListPartsResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Bucket>bkt</Bucket><Key>dir/o</Key><UploadId>" + id + "</UploadId><Initiator><ID>alice</ID>",
			"<StorageClass>GLACIER_IR</StorageClass><PartNumberMarker>0</PartNumberMarker><NextPartNumberMarker>3</NextPartNumberMarker><MaxParts>1000</MaxParts><IsTruncated>false</IsTruncated>",
			"<Part><PartNumber>1</PartNumber><LastModified>2026-03-04T05:06:07.890Z</LastModified><ETag>&quot;" + strings.Trim(e1, `"`) + "&quot;</ETag><Size>5</Size>"}},
		step{why: "a page of parts", request: "GET " + u + "&max-parts=1&part-number-marker=1", status: 200,
			has: []string{"<NextPartNumberMarker>2</NextPartNumberMarker><MaxParts>1</MaxParts><IsTruncated>true</IsTruncated>", "<PartNumber>2</PartNumber>"}, hasNot: []string{"<PartNumber>3</PartNumber>"}},
		step{why: "a bad marker", request: "GET " + u + "&part-number-marker=-1", status: 400, code: "InvalidArgument"},
		step{why: "uploads", request: "GET /bkt?uploads", status: 200, has: []string{
			"<Upload><Key>dir/o</Key><UploadId>" + id + "</UploadId><Initiator><ID>alice</ID><DisplayName>alice</DisplayName></Initiator>" + alice + "<StorageClass>GLACIER_IR</StorageClass><Initiated>2026-03-04T05:06:07.890Z</Initiated>"}},
		step{why: "uploads by prefix", request: "GET /bkt?uploads&delimiter=/", status: 200, has: []string{"<CommonPrefixes><Prefix>dir/</Prefix></CommonPrefixes>"}, hasNot: []string{"<Upload>"}},
		step{why: "uploads behind a marker", request: "GET /bkt?uploads&key-marker=dir/o", status: 200, hasNot: []string{"<Upload>"}},
		step{why: "a marker of an upload of no key is left out of account", request: "GET /bkt?uploads&upload-id-marker=" + id, status: 200, has: []string{"<Upload>"}},
		step{why: "no parts", request: "POST " + u, body: "<CompleteMultipartUpload/>", status: 400, code: "MalformedXML"},
		step{why: "no list", request: "POST " + u, status: 400, code: "InvalidRequest"},
		step{why: "a part has a tag", request: "POST " + u, body: "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber></Part></CompleteMultipartUpload>", status: 400, code: "MalformedXML"},
		step{why: "a part has one number", request: "POST " + u, body: "<CompleteMultipartUpload><Part><PartNumber>9</PartNumber><PartNumber>1</PartNumber><ETag>" + e1 + "</ETag></Part></CompleteMultipartUpload>", status: 400, code: "MalformedXML"},
		step{why: "another tag", request: "POST " + u, body: completion(e2), status: 400, code: "InvalidPart"},
		step{why: "a small part before another", request: "POST " + u, body: completion(e1, e2, e3), status: 400, code: "EntityTooSmall", has: []string{
			"<PartNumber>2</PartNumber><ETag>" + strings.Trim(e2, `"`) + "</ETag>", "<ProposedSize>", "<MinSizeAllowed>"}},
		step{why: "descending", request: "POST " + u, body: "<CompleteMultipartUpload><Part><PartNumber>3</PartNumber><ETag>" + e3 + "</ETag></Part><Part><PartNumber>1</PartNumber><ETag>" + e1 + "</ETag></Part></CompleteMultipartUpload>", status: 400, code: "InvalidPartOrder"},
		step{why: "the size is not as announced", request: "POST " + u, body: completion(e1, e2), headers: []string{"X-Amz-Mp-Object-Size: 8"}, status: 400, code: "InvalidRequest"},
		step{why: "a size is a number", request: "POST " + u, body: completion(e1, e2), headers: []string{"X-Amz-Mp-Object-Size: x"}, status: 400, code: "InvalidArgument"},
	)
	done := f.ok("POST", u, completion(e1, e2), "X-Amz-Mp-Object-Size: 7")
	assert.Contains(t, done.Body.String(), "<Location>http://s3.test/bkt/dir/o</Location><Bucket>bkt</Bucket><Key>dir/o</Key><ETag>&quot;")
	assert.Contains(t, done.Body.String(), "-2&quot;</ETag><ChecksumCRC64NVME>"+sumOf(checksum.CRC64NVME, "0123456")+"</ChecksumCRC64NVME><ChecksumType>FULL_OBJECT</ChecksumType>")
	f.run(
		step{why: "a retry gets the same answer", request: "POST " + u, body: completion(e1, e2), status: 200, exact: str(done.Body.String())},
		step{why: "nor do sums that are empty", request: "POST " + u, body: strings.Replace(completion(e1, e2), "</Part>",
			"<ChecksumCRC64NVME>"+sumOf(checksum.CRC64NVME, "01234")+"</ChecksumCRC64NVME><ChecksumCRC32></ChecksumCRC32><ChecksumSHA1/></Part>", 1), status: 200},
		step{why: "one sum and another", request: "POST " + u, body: strings.Replace(completion(e1, e2), "</Part>",
			"<ChecksumCRC64NVME>"+sumOf(checksum.CRC64NVME, "01234")+"</ChecksumCRC64NVME><ChecksumCRC64NVME>"+sumOf(checksum.CRC64NVME, "0")+"</ChecksumCRC64NVME></Part>", 1), status: 400, code: "MalformedXML"},
		step{why: "white space counts for nothing", request: "POST " + u, body: completion("\n"+e1+"\n", e2), status: 200, exact: str(done.Body.String())},
		step{why: "it is an upload no more", request: "DELETE " + u, status: 404, code: "NoSuchUpload"},
		step{why: "the object", request: "GET /bkt/dir/o", status: 200, exact: str("0123456"), answer: []string{
			"Content-Type: text/plain", "X-Amz-Meta-A: b", "X-Amz-Tagging-Count: 1", "X-Amz-Storage-Class: GLACIER_IR", "X-Amz-Mp-Parts-Count:"}},
		step{why: "its second part", request: "GET /bkt/dir/o?partNumber=2", status: 206, exact: str("56"), answer: []string{"Content-Range: bytes 5-6/7", "X-Amz-Mp-Parts-Count: 2"}},
		step{why: "HEAD of a part", request: "HEAD /bkt/dir/o?partNumber=1", status: 206, answer: []string{"Content-Length: 5", "X-Amz-Mp-Parts-Count: 2"}},
		step{why: "no third part", request: "GET /bkt/dir/o?partNumber=3", status: 416, code: "InvalidPartNumber", has: []string{"<ActualPartCount>2</ActualPartCount>"}},
		step{why: "the parts as attributes", request: "GET /bkt/dir/o?attributes", headers: []string{"X-Amz-Object-Attributes: ObjectParts,ObjectSize,StorageClass", "X-Amz-Max-Parts: 1"}, status: 200, has: []string{
			"<GetObjectAttributesResponse xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><ObjectParts><PartsCount>2</PartsCount></ObjectParts><StorageClass>GLACIER_IR</StorageClass><ObjectSize>7</ObjectSize>"}},
	)
	id = between(t, f.ok("POST", "/bkt/x?uploads", ""), "<UploadId>", "</UploadId>")
	f.run(
		step{why: "abort", request: "DELETE /bkt/x?uploadId=" + id, status: 204},
		step{why: "gone", request: "GET /bkt/x?uploadId=" + id, status: 404, code: "NoSuchUpload"},
	)
}

func TestMultipartChecksums(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	f.run(
		step{why: "SHA-256 does not combine", request: "POST /bkt/o?uploads", headers: []string{"X-Amz-Checksum-Algorithm: SHA256", "X-Amz-Checksum-Type: FULL_OBJECT"}, status: 400, code: "InvalidRequest"},
		step{why: "CRC64NVME has no composite form", request: "POST /bkt/o?uploads", headers: []string{"X-Amz-Checksum-Algorithm: CRC64NVME", "X-Amz-Checksum-Type: COMPOSITE"}, status: 400, code: "InvalidRequest"},
		step{why: "a type is of an algorithm", request: "POST /bkt/o?uploads", headers: []string{"X-Amz-Checksum-Type: COMPOSITE"}, status: 400, code: "InvalidRequest"},
		step{why: "an unknown type", request: "POST /bkt/o?uploads", headers: []string{"X-Amz-Checksum-Algorithm: CRC32", "X-Amz-Checksum-Type: X"}, status: 400, code: "InvalidRequest"},
		step{why: "an unknown algorithm", request: "POST /bkt/o?uploads", headers: []string{"X-Amz-Checksum-Algorithm: ROT13"}, status: 400, code: "InvalidRequest"},
	)
	w := f.ok("POST", "/bkt/o?uploads", "", "X-Amz-Checksum-Algorithm: SHA256")
	assert.Equal(t, "SHA256", w.Header().Get("X-Amz-Checksum-Algorithm"))
	assert.Equal(t, "COMPOSITE", w.Header().Get("X-Amz-Checksum-Type"), "the default where it can")
	u := "/bkt/o?uploadId=" + between(t, w, "<UploadId>", "</UploadId>")
	s1, s2 := sumOf(checksum.SHA256, "01234"), sumOf(checksum.SHA256, "567")
	p1 := f.ok("PUT", u+"&partNumber=1", "01234", "X-Amz-Checksum-Sha256: "+s1)
	assert.Equal(t, s1, p1.Header().Get("X-Amz-Checksum-Sha256"))
	f.run(
		step{why: "the sum of the parts is made of theirs", request: "PUT " + u + "&partNumber=2", body: "567", status: 400, code: "InvalidRequest", has: []string{"expected checksum Type: sha256, actual checksum Type: null"}},
		step{why: "which are of one kind", request: "PUT " + u + "&partNumber=2", body: "567", headers: []string{"X-Amz-Checksum-Crc32: " + sumOf(checksum.CRC32, "567")}, status: 400, code: "InvalidRequest", has: []string{"actual checksum Type: crc32"}},
	)
	p2 := f.ok("PUT", u+"&partNumber=2", "567", "X-Amz-Checksum-Sha256: "+s2)
	doc := func(a, b string) string {
		return "<CompleteMultipartUpload><Part><ETag>" + p1.Header().Get("ETag") + "</ETag><PartNumber>1</PartNumber>" + a + "</Part><Part><ETag>" + p2.Header().Get("ETag") + "</ETag><PartNumber>2</PartNumber>" + b + "</Part></CompleteMultipartUpload>"
	}
	sum1, sum2 := "<ChecksumSHA256>"+s1+"</ChecksumSHA256>", "<ChecksumSHA256>"+s2+"</ChecksumSHA256>"
	raw1, _ := checksum.SHA256.Decode(s1)
	raw2, _ := checksum.SHA256.Decode(s2)
	whole, err := checksum.Composite(checksum.SHA256, [][]byte{raw1, raw2})
	require.NoError(t, err)
	bare, _, _ := strings.Cut(whole, "-")
	f.run(
		step{why: "a part proved wrongly is not stored", request: "PUT " + u + "&partNumber=3", body: "x", headers: []string{"X-Amz-Checksum-Sha256: " + sumOf(checksum.SHA256, "y")}, status: 400, code: "BadDigest"},
		step{why: "parts list their sums", request: "GET " + u, status: 200, has: []string{"<ChecksumAlgorithm>SHA256</ChecksumAlgorithm><ChecksumType>COMPOSITE</ChecksumType>", sum1}},
		step{why: "the wrong sum of a part", request: "POST " + u, body: doc(sum1, sum1), status: 400, code: "InvalidPart"},
		step{why: "a sum of another kind", request: "POST " + u, body: doc("<ChecksumCRC32>AAAAAA==</ChecksumCRC32>", sum2), status: 400, code: "InvalidRequest"},
		step{why: "each part is named by its sum", request: "POST " + u, body: doc(sum1, ""), status: 400, code: "InvalidRequest", has: []string{"It was missing for part 2 in the request."}},
		step{why: "an unknown element", request: "POST " + u, body: doc(sum1, "<Mood>good</Mood>"), status: 400, code: "MalformedXML"},
		step{why: "the wrong sum of the whole", request: "POST " + u, body: doc(sum1, sum2), headers: []string{"X-Amz-Checksum-Sha256: " + s1}, status: 400, code: "BadDigest"},
		step{why: "a sum of the whole of another kind", request: "POST " + u, body: doc(sum1, sum2), headers: []string{"X-Amz-Checksum-Crc32: AAAAAA=="}, status: 400, code: "InvalidRequest"},
		step{why: "not a sum", request: "POST " + u, body: doc(sum1, sum2), headers: []string{"X-Amz-Checksum-Sha256: x"}, status: 400, code: "InvalidRequest"},
		step{why: "the right one, without the count", request: "POST " + u, body: doc(sum1, sum2), headers: []string{"X-Amz-Checksum-Sha256: " + bare, "X-Amz-Checksum-Type: COMPOSITE"}, status: 200,
			has: []string{"<ChecksumSHA256>" + whole + "</ChecksumSHA256><ChecksumType>COMPOSITE</ChecksumType>"}},
		step{why: "told on demand", request: "HEAD /bkt/o", headers: []string{"X-Amz-Checksum-Mode: ENABLED"}, status: 200, answer: []string{"X-Amz-Checksum-Sha256: " + whole, "X-Amz-Checksum-Type: COMPOSITE"}},
		step{why: "of a part it is the part's", request: "GET /bkt/o?partNumber=2", headers: []string{"X-Amz-Checksum-Mode: ENABLED"}, status: 206, answer: []string{"X-Amz-Checksum-Sha256: " + s2}},
		step{why: "as attributes", request: "GET /bkt/o?attributes", headers: []string{"X-Amz-Object-Attributes: Checksum, ETag"}, status: 200,
			has: []string{"<Checksum><ChecksumSHA256>" + bare + "</ChecksumSHA256><ChecksumType>COMPOSITE</ChecksumType></Checksum>", "-2</ETag>"}},
		step{why: "with the parts that it is made of", request: "GET /bkt/o?attributes", headers: []string{"X-Amz-Object-Attributes: ObjectParts", "X-Amz-Max-Parts: 1"}, status: 200, has: []string{
			"<ObjectParts><PartsCount>2</PartsCount><PartNumberMarker>0</PartNumberMarker><NextPartNumberMarker>1</NextPartNumberMarker><MaxParts>1</MaxParts><IsTruncated>true</IsTruncated><Part>" + sum1,
			"<PartNumber>1</PartNumber><Size>5</Size></Part></ObjectParts>"}},
	)
}

func TestMultipartFullObjectChecksums(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	crc := func(s string) string { return "X-Amz-Checksum-Crc32: " + sumOf(checksum.CRC32, s) }
	begin := func(headers ...string) string {
		return "PUT /bkt/o?partNumber=1&uploadId=" + between(t, f.ok("POST", "/bkt/o?uploads", "", headers...), "<UploadId>", "</UploadId>")
	}
	whole := begin("X-Amz-Checksum-Algorithm: CRC32", "X-Amz-Checksum-Type: FULL_OBJECT")
	f.run(
		step{why: "a sum of the whole needs none of the parts", request: whole, body: "x", status: 200},
		step{why: "which may be proved by it", request: whole, body: "x", headers: []string{crc("x")}, status: 200},
		step{why: "and by no other", request: whole, body: "x", headers: []string{"X-Amz-Checksum-Sha1: " + sumOf(checksum.SHA1, "x")}, status: 400, code: "InvalidRequest"},
		step{why: "an upload that named none takes any", request: begin(), body: "x", headers: []string{crc("x")}, status: 200},
		step{why: "if it is right", request: begin(), body: "x", headers: []string{crc("y")}, status: 400, code: "BadDigest"},
	)
}

func TestPartCopies(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	f.ok("PUT", "/bkt/src", "0123456789")
	u := "/bkt/o?uploadId=" + between(t, f.ok("POST", "/bkt/o?uploads", ""), "<UploadId>", "</UploadId>")
	from := "X-Amz-Copy-Source: /bkt/src"
	f.run(
		step{why: "the whole", request: "PUT " + u + "&partNumber=1", headers: []string{from}, status: 200,
			has: []string{"<CopyPartResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LastModified>2026-03-04T05:06:07.890Z</LastModified><ETag>&quot;" + strings.Trim(digitsMD5, `"`) + "&quot;</ETag>"}},
		step{why: "a range", request: "PUT " + u + "&partNumber=2", headers: []string{from, "X-Amz-Copy-Source-Range: bytes=2-4"}, status: 200},
		step{why: "a range has two ends", request: "PUT " + u + "&partNumber=3", headers: []string{from, "X-Amz-Copy-Source-Range: bytes=2-"}, status: 400, code: "InvalidArgument"},
		step{why: "in this order", request: "PUT " + u + "&partNumber=3", headers: []string{from, "X-Amz-Copy-Source-Range: bytes=4-2"}, status: 400, code: "InvalidArgument"},
		step{why: "both in the source", request: "PUT " + u + "&partNumber=3", headers: []string{from, "X-Amz-Copy-Source-Range: bytes=4-10"}, status: 400, code: "InvalidArgument"},
		step{why: "conditions", request: "PUT " + u + "&partNumber=3", headers: []string{from, `X-Amz-Copy-Source-If-Match: "x"`}, status: 412, code: "PreconditionFailed"},
		step{why: "no source", request: "PUT " + u + "&partNumber=3", headers: []string{"X-Amz-Copy-Source: /bkt/none"}, status: 404, code: "NoSuchKey"},
	)
	list := f.ok("GET", u, "").Body.String()
	var etags []string
	for _, part := range strings.Split(list, "<ETag>&quot;")[1:] {
		etag, _, _ := strings.Cut(part, "&")
		etags = append(etags, etag)
	}
	f.ok("POST", u, completion(etags...))
	assert.Equal(t, "0123456789234", f.ok("GET", "/bkt/o", "").Body.String())
}
