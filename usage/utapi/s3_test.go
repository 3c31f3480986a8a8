package utapi_test

import (
	"crypto/md5"
	"encoding/base64"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/s3http/s3test"
	"github.com/cofferstore/coffer/usage/utapi"
)

// ever is a range that all events are in.
func ever() utapi.Range {
	return utapi.Range{Start: time.Unix(0, 0), End: time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC).Add(-time.Millisecond)}
}

// lab is a server with a user and what requests answered last.
type lab struct {
	*s3test.Server
	t                     *testing.T
	alice, bob            s3test.User
	upload, version, etag string
}

func newLab(t *testing.T) *lab {
	l := &lab{t: t, Server: s3test.New(t, func(c *s3test.Config) { c.Store.MinPartSize = 1 })}
	var err error
	l.alice, err = l.AddUser("alice")
	require.NoError(t, err)
	l.bob, err = l.AddUser("bob")
	require.NoError(t, err)
	return l
}

func uploadID() *regexp.Regexp { return regexp.MustCompile(`<UploadId>([^<]*)</UploadId>`) }

// do sends a request of a user, or an unsigned one for the zero User. {upload},
// {version} and {etag} are those of the answers before.
func (l *lab) do(u s3test.User, method, path, body string, header ...string) int {
	l.t.Helper()
	fill := strings.NewReplacer("{upload}", l.upload, "{version}", l.version, "{etag}", l.etag)
	body = fill.Replace(body)
	r, err := l.Request(l.t.Context(), method, fill.Replace(path), strings.NewReader(body))
	require.NoError(l.t, err)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	if method == "POST" || strings.Contains(path, "?") && method == "PUT" {
		sum := md5.Sum([]byte(body))
		r.Header.Set("Content-Md5", base64.StdEncoding.EncodeToString(sum[:]))
	}
	var resp *http.Response
	if u.ID == "" {
		resp, err = l.Client().Do(r)
	} else {
		resp, err = l.DoAs(u, r)
	}
	require.NoError(l.t, err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	require.NoError(l.t, err)
	if m := uploadID().FindSubmatch(answer); m != nil {
		l.upload = string(m[1])
	}
	if v := resp.Header.Get("X-Amz-Version-Id"); v != "" {
		l.version = v
	}
	if v := resp.Header.Get("Etag"); v != "" {
		l.etag = strings.Trim(v, `"`)
	}
	return resp.StatusCode
}

// list returns what there is of a subject when all requests are counted.
func (l *lab) list(level utapi.Level, name string) utapi.Metric {
	l.t.Helper()
	l.Usage() // waits for requests that are being answered
	require.NoError(l.t, l.Metrics.Flush(l.t.Context()))
	m, err := l.Metrics.List(l.t.Context(), level, name, ever())
	require.NoError(l.t, err)
	return m
}

// change is how metrics differ.
type change struct {
	counter                   string // the one that went up by one; "" = none
	storage, objects, in, out int64
}

func changeOf(t *testing.T, before, after utapi.Metric) change {
	t.Helper()
	c := change{
		storage: after.Storage[1] - before.Storage[1], objects: after.Objects[1] - before.Objects[1],
		in: after.Incoming - before.Incoming, out: after.Outgoing - before.Outgoing,
	}
	var names []string
	for i, name := range utapi.Operations() {
		switch n := after.Operations[i] - before.Operations[i]; n {
		case 0:
		case 1:
			names = append(names, name)
		default:
			t.Errorf("%s went up by %d", name, n)
		}
	}
	c.counter = strings.Join(names, " ")
	return c
}

const (
	versioned = `<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>`
	suspended = `<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>`
	completed = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part></CompleteMultipartUpload>`
)

// step is a request and what it counts.
type step struct {
	explanation        string
	method, path, body string
	header             []string
	want               change
}

func copyOf(source string) []string { return []string{"X-Amz-Copy-Source", source} }

// TestOperations goes through what each operation counts, on the levels of
// bucket, account and service alike.
func TestOperations(t *testing.T) {
	for name, steps := range map[string][]step{
		"plain": plainSteps(), "uploads": uploadSteps(), "versions": versionSteps(), "settings": settingSteps(),
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			read := func() [3]utapi.Metric {
				return [3]utapi.Metric{l.list(utapi.Buckets, "photos"), l.list(utapi.Accounts, "alice"), l.list(utapi.Service, utapi.ServiceName)}
			}
			before := read()
			for _, s := range steps {
				status := l.do(l.alice, s.method, s.path, s.body, s.header...)
				after := read()
				for i, level := range []utapi.Level{utapi.Buckets, utapi.Accounts, utapi.Service} {
					assert.Equal(t, s.want, changeOf(t, before[i], after[i]), "%s (%s; status %d)", s.explanation, level, status)
				}
				before = after
			}
			report, err := l.Metrics.Reindex(t.Context(), l.Store, nil)
			require.NoError(t, err)
			assert.Empty(t, report.Differences, "live counters equal a recount")
		})
	}
}

func plainSteps() []step {
	return []step{
		{"a bucket", "PUT", "/photos", "", nil, change{counter: "CreateBucket"}},
		{"again: succeeds in us-east-1, and counts as in the recorded session of the integration note", "PUT", "/photos", "", nil, change{counter: "CreateBucket"}},
		{"new", "PUT", "/photos/a", "12345", nil, change{"PutObject", 5, 1, 5, 0}},
		{"over another one: the old bytes go", "PUT", "/photos/a", "123", nil, change{"PutObject", -2, 0, 3, 0}},
		{"empty", "PUT", "/photos/empty", "", nil, change{"PutObject", 0, 1, 0, 0}},
		{"a copy brings no bytes from outside", "PUT", "/photos/b", "", copyOf("/photos/a"), change{"CopyObject", 3, 1, 0, 0}},
		{"a copy over another one", "PUT", "/photos/b", "", copyOf("/photos/empty"), change{"CopyObject", -3, 0, 0, 0}},
		{"a copy onto itself leaves the size as it is", "PUT", "/photos/a", "", append(copyOf("/photos/a"), "X-Amz-Metadata-Directive", "REPLACE"), change{"CopyObject", 0, 0, 0, 0}},
		{"refused writes do not count", "PUT", "/photos/c", "1", []string{"If-Match", `"x"`}, change{}},
		{"all of it", "GET", "/photos/a", "", nil, change{"GetObject", 0, 0, 0, 3}},
		{"a range: its length", "GET", "/photos/a", "", []string{"Range", "bytes=1-1"}, change{"GetObject", 0, 0, 0, 1}},
		{"not modified is no success", "GET", "/photos/a", "", []string{"If-None-Match", "*"}, change{}},
		{"missing", "GET", "/photos/none", "", nil, change{}},
		{"head sends nothing", "HEAD", "/photos/a", "", nil, change{counter: "HeadObject"}},
		{"head of the bucket", "HEAD", "/photos", "", nil, change{counter: "HeadBucket"}},
		{"list", "GET", "/photos", "", nil, change{counter: "ListBucket"}},
		{"list, version 2", "GET", "/photos?list-type=2", "", nil, change{counter: "ListBucket"}},
		{"list of versions", "GET", "/photos?versions", "", nil, change{counter: "ListBucket"}},
		{"list of buckets is not counted", "GET", "/", "", nil, change{}},
		{"preflight is not counted", "OPTIONS", "/photos/a", "", []string{"Origin", "x", "Access-Control-Request-Method", "GET"}, change{}},
		{"delete", "DELETE", "/photos/b", "", nil, change{"DeleteObject", 0, -1, 0, 0}},
		{"delete what is not there", "DELETE", "/photos/b", "", nil, change{}},
		{"many: one operation, empty objects count", "POST", "/photos?delete",
			`<Delete><Object><Key>a</Key></Object><Object><Key>empty</Key></Object><Object><Key>none</Key></Object></Delete>`, nil,
			change{"MultiObjectDelete", -3, -2, 0, 0}},
		{"the bucket", "DELETE", "/photos", "", nil, change{counter: "DeleteBucket"}},
		{"not there any more", "GET", "/photos", "", nil, change{}},
		{"again: the series goes on", "PUT", "/photos", "", nil, change{counter: "CreateBucket"}},
	}
}

func uploadSteps() []step {
	return []step{
		{"a bucket", "PUT", "/photos", "", nil, change{counter: "CreateBucket"}},
		{"a source", "PUT", "/photos/source", "1234567", nil, change{"PutObject", 7, 1, 7, 0}},
		{"begin", "POST", "/photos/a?uploads", "", nil, change{counter: "InitiateMultipartUpload"}},
		{"a part", "PUT", "/photos/a?uploadId={upload}&partNumber=2", "12", nil, change{"UploadPart", 2, 0, 2, 0}},
		{"a copied part brings bytes, unlike a copy", "PUT", "/photos/a?uploadId={upload}&partNumber=2", "", copyOf("/photos/source"), change{"UploadPartCopy", 5, 0, 7, 0}},
		{"another part", "PUT", "/photos/a?uploadId={upload}&partNumber=1", "123456", nil, change{"UploadPart", 6, 0, 6, 0}},
		{"the same part again: the old bytes go", "PUT", "/photos/a?uploadId={upload}&partNumber=1", "1234", nil, change{"UploadPart", -2, 0, 4, 0}},
		{"parts", "GET", "/photos/a?uploadId={upload}", "", nil, change{counter: "ListMultipartUploadParts"}},
		{"uploads", "GET", "/photos?uploads", "", nil, change{counter: "ListBucketMultipartUploads"}},
		{"complete a new key: parts that are not named go", "POST", "/photos/a?uploadId={upload}", completed, nil, change{"CompleteMultipartUpload", -7, 1, 0, 0}},
		{"begin", "POST", "/photos/a?uploads", "", nil, change{counter: "InitiateMultipartUpload"}},
		{"a part", "PUT", "/photos/a?uploadId={upload}&partNumber=1", "1", nil, change{"UploadPart", 1, 0, 1, 0}},
		{"complete over an existing key: its bytes go", "POST", "/photos/a?uploadId={upload}", completed, nil, change{"CompleteMultipartUpload", -4, 0, 0, 0}},
		{"begin", "POST", "/photos/a?uploads", "", nil, change{counter: "InitiateMultipartUpload"}},
		{"a part", "PUT", "/photos/a?uploadId={upload}&partNumber=1", "123", nil, change{"UploadPart", 3, 0, 3, 0}},
		{"abort", "DELETE", "/photos/a?uploadId={upload}", "", nil, change{"AbortMultipartUpload", -3, 0, 0, 0}},
		{"abort what is not there", "DELETE", "/photos/a?uploadId={upload}", "", nil, change{}},
		{"begin", "POST", "/photos/z?uploads", "", nil, change{counter: "InitiateMultipartUpload"}},
		{"a part", "PUT", "/photos/z?uploadId={upload}&partNumber=1", "123", nil, change{"UploadPart", 3, 0, 3, 0}},
		{"many", "POST", "/photos?delete", `<Delete><Object><Key>a</Key></Object><Object><Key>source</Key></Object></Delete>`, nil,
			change{"MultiObjectDelete", -8, -2, 0, 0}},
		{"the bucket takes its uploads with it", "DELETE", "/photos", "", nil, change{"DeleteBucket AbortMultipartUpload", -3, 0, 0, 0}},
	}
}

func versionSteps() []step {
	return []step{
		{"a bucket", "PUT", "/photos", "", nil, change{counter: "CreateBucket"}},
		{"the null version", "PUT", "/photos/a", "12345", nil, change{"PutObject", 5, 1, 5, 0}},
		{"versioning", "PUT", "/photos?versioning", versioned, nil, change{counter: "PutBucketVersioning"}},
		{"its state", "GET", "/photos?versioning", "", nil, change{counter: "GetBucketVersioning"}},
		{"a version more", "PUT", "/photos/a", "123", nil, change{"PutObject", 3, 1, 3, 0}},
		{"a copy is a version more", "PUT", "/photos/a", "", append(copyOf("/photos/a"), "X-Amz-Metadata-Directive", "REPLACE"), change{"CopyObject", 3, 1, 0, 0}},
		{"a given version", "DELETE", "/photos/a?versionId={version}", "", nil, change{"DeleteObject", -3, -1, 0, 0}},
		{"a given version that is not there any more", "DELETE", "/photos/a?versionId={version}", "", nil, change{}},
		{"a delete marker is an object", "DELETE", "/photos/a", "", nil, change{"DeleteObject", 0, 1, 0, 0}},
		{"a marker by its id", "DELETE", "/photos/a?versionId={version}", "", nil, change{"DeleteObject", 0, -1, 0, 0}},
		{"markers of many", "POST", "/photos?delete", `<Delete><Object><Key>a</Key></Object><Object><Key>b</Key></Object></Delete>`, nil,
			change{"MultiObjectDelete", 0, 2, 0, 0}},
		{"one more key", "PUT", "/photos/m", "12", nil, change{"PutObject", 2, 1, 2, 0}},
		{"a given version, of many", "POST", "/photos?delete", "<Delete><Object><Key>m</Key><VersionId>{version}</VersionId></Object></Delete>", nil,
			change{"MultiObjectDelete", -2, -1, 0, 0}},
		{"a marker of a key that is not there", "DELETE", "/photos/m", "", nil, change{"DeleteObject", 0, 1, 0, 0}},
		{"the marker, of many", "POST", "/photos?delete", "<Delete><Object><Key>m</Key><VersionId>{version}</VersionId></Object></Delete>", nil,
			change{"MultiObjectDelete", 0, -1, 0, 0}},
		{"suspended", "PUT", "/photos?versioning", suspended, nil, change{counter: "PutBucketVersioning"}},
		{"the marker takes the place of the null version", "DELETE", "/photos/a", "", nil, change{"DeleteObject", -5, 0, 0, 0}},
		{"an object takes the place of the null version, a marker", "PUT", "/photos/a", "1", nil, change{"PutObject", 1, 0, 1, 0}},
		{"an object over the null version: the old bytes go", "PUT", "/photos/a", "1234", nil, change{"PutObject", 3, 0, 4, 0}},
		{"a null version beside others", "PUT", "/photos/b", "12", nil, change{"PutObject", 2, 1, 2, 0}},
		{"a copy over the null version", "PUT", "/photos/a", "", copyOf("/photos/b"), change{"CopyObject", -2, 0, 0, 0}},
		{"begin over the null version", "POST", "/photos/a?uploads", "", nil, change{counter: "InitiateMultipartUpload"}},
		{"a part", "PUT", "/photos/a?uploadId={upload}&partNumber=1", "123", nil, change{"UploadPart", 3, 0, 3, 0}},
		{"complete over the null version: its bytes go", "POST", "/photos/a?uploadId={upload}", completed, nil, change{"CompleteMultipartUpload", -2, 0, 0, 0}},
		{"the null version by its id", "DELETE", "/photos/b?versionId=null", "", nil, change{"DeleteObject", -2, -1, 0, 0}},
		{"begin", "POST", "/photos/c?uploads", "", nil, change{counter: "InitiateMultipartUpload"}},
		{"a part", "PUT", "/photos/c?uploadId={upload}&partNumber=1", "1", nil, change{"UploadPart", 1, 0, 1, 0}},
		{"complete", "POST", "/photos/c?uploadId={upload}", completed, nil, change{"CompleteMultipartUpload", 0, 1, 0, 0}},
	}
}

func settingSteps() []step {
	cors := `<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin></CORSRule></CORSConfiguration>`
	site := `<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument></WebsiteConfiguration>`
	tags := `<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>`
	cycle := `<LifecycleConfiguration><Rule><ID>a</ID><Status>Enabled</Status><Filter><Prefix>x</Prefix></Filter><Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>`
	crypt := `<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>`
	retain := `<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>2999-01-01T00:00:00Z</RetainUntilDate></Retention>`
	steps := []step{
		{"a bucket with locks", "PUT", "/photos", "", []string{"X-Amz-Bucket-Object-Lock-Enabled", "true"}, change{counter: "CreateBucket"}},
		{"an object", "PUT", "/photos/a", "1", nil, change{"PutObject", 1, 1, 1, 0}},
	}
	for _, s := range []struct{ method, path, body, counter string }{
		{"PUT", "/photos?cors", cors, "PutBucketCors"}, {"GET", "/photos?cors", "", "GetBucketCors"}, {"DELETE", "/photos?cors", "", "DeleteBucketCors"},
		{"PUT", "/photos?website", site, "PutBucketWebsite"}, {"GET", "/photos?website", "", "GetBucketWebsite"}, {"DELETE", "/photos?website", "", "DeleteBucketWebsite"},
		{"PUT", "/photos?tagging", tags, "PutBucketTagging"}, {"GET", "/photos?tagging", "", "GetBucketTagging"}, {"DELETE", "/photos?tagging", "", "DeleteBucketTagging"},
		{"PUT", "/photos?lifecycle", cycle, "PutBucketLifecycle"}, {"GET", "/photos?lifecycle", "", "GetBucketLifecycle"}, {"DELETE", "/photos?lifecycle", "", "DeleteBucketLifecycle"},
		{"PUT", "/photos?encryption", crypt, "PutBucketEncryption"}, {"GET", "/photos?encryption", "", "GetBucketEncryption"}, {"DELETE", "/photos?encryption", "", "DeleteBucketEncryption"},
		{"GET", "/photos?acl", "", "GetBucketAcl"}, {"GET", "/photos?location", "", "GetBucketLocation"}, {"GET", "/photos?notification", "", "GetBucketNotification"},
		{"GET", "/photos?object-lock", "", "GetBucketObjectLock"}, {"GET", "/photos?replication", "", ""}, {"GET", "/photos?requestPayment", "", ""},
		{"GET", "/photos?logging", "", ""}, {"GET", "/photos/a?acl", "", "GetObjectAcl"},
		{"PUT", "/photos/a?tagging", tags, "PutObjectTagging"}, {"GET", "/photos/a?tagging", "", "GetObjectTagging"}, {"DELETE", "/photos/a?tagging", "", "DeleteObjectTagging"},
		{"PUT", "/photos/a?retention", retain, "PutObjectRetention"}, {"GET", "/photos/a?retention", "", "GetObjectRetention"},
		{"PUT", "/photos/a?legal-hold", "<LegalHold><Status>ON</Status></LegalHold>", "PutObjectLegalHold"}, {"GET", "/photos/a?legal-hold", "", "GetObjectLegalHold"},
	} {
		steps = append(steps, step{s.method + " " + s.path, s.method, s.path, s.body, nil, change{counter: s.counter}})
	}
	acl := []string{"X-Amz-Acl", "private"}
	return append(steps, step{"ACL of the bucket", "PUT", "/photos?acl", "", acl, change{counter: "PutBucketAcl"}},
		step{"ACL of an object", "PUT", "/photos/a?acl", "", acl, change{counter: "PutObjectAcl"}})
}

// TestInternalChanges are those that no client asks for.
func TestInternalChanges(t *testing.T) {
	l := newLab(t)
	require.Equal(t, 200, l.do(l.alice, "PUT", "/photos", ""))
	require.Equal(t, 200, l.do(l.alice, "PUT", "/photos/a", "123"))
	before := l.list(utapi.Buckets, "photos")
	b, err := l.Store.Bucket(t.Context(), objstore.BucketID{Name: "photos"})
	require.NoError(t, err)
	_, err = b.Delete(t.Context(), objstore.DeleteRequest{Key: "a"})
	require.NoError(t, err)
	assert.Equal(t, change{storage: -3, objects: -1}, changeOf(t, before, l.list(utapi.Buckets, "photos")), "lifecycle rules and the like are no operations")
}

// TestFramingIsNotCounted uploads by a form and in signed chunks.
func TestFramingIsNotCounted(t *testing.T) {
	l := newLab(t)
	require.Equal(t, 200, l.do(l.alice, "PUT", "/photos", "", "X-Amz-Object-Ownership", "ObjectWriter", "X-Amz-Acl", "public-read-write"))
	before := l.list(utapi.Buckets, "photos")
	form := "--x\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\na\r\n" +
		"--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n12345\r\n--x--\r\n"
	assert.Equal(t, 204, l.do(s3test.User{}, "POST", "/photos", form, "Content-Type", "multipart/form-data; boundary=x"))
	after := l.list(utapi.Buckets, "photos")
	assert.Equal(t, change{"PutObject", 5, 1, 5, 0}, changeOf(t, before, after), "a form")

	r, err := l.Request(t.Context(), "PUT", "/photos/b", nil)
	require.NoError(t, err)
	r.Body = io.NopCloser(strings.NewReader("5\r\n12345\r\n0\r\n\r\n"))
	r.Header.Set("Content-Encoding", "aws-chunked")
	r.Header.Set("X-Amz-Content-Sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
	r.Header.Set("X-Amz-Decoded-Content-Length", "5")
	resp, err := l.DoAs(l.alice, r)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Equal(t, 200, resp.StatusCode)
	assert.Equal(t, change{"PutObject", 5, 1, 5, 0}, changeOf(t, after, l.list(utapi.Buckets, "photos")), "chunks")
}

// TestInterruptedDownload: what was sent counts, not what would have been.
func TestInterruptedDownload(t *testing.T) {
	const size = 48 << 20 // more than sockets hold
	l := newLab(t)
	require.Equal(t, 200, l.do(l.alice, "PUT", "/photos", ""))
	require.Equal(t, 200, l.do(l.alice, "PUT", "/photos/a", strings.Repeat("x", size)))
	before, answered := l.list(utapi.Buckets, "photos"), len(l.Usage())
	r, err := l.Request(t.Context(), "GET", "/photos/a", nil)
	require.NoError(t, err)
	resp, err := l.DoAs(l.alice, r)
	require.NoError(t, err)
	_, err = io.ReadFull(resp.Body, make([]byte, 1000))
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Eventually(t, func() bool { return len(l.Usage()) > answered }, time.Minute, time.Millisecond, "the server notices")
	got := changeOf(t, before, l.list(utapi.Buckets, "photos"))
	assert.Equal(t, "GetObject", got.counter)
	assert.GreaterOrEqual(t, got.out, int64(1000))
	assert.Less(t, got.out, int64(size))
}
