package s3http_test

import (
	"encoding/xml"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"

func contents(key, tail string) string {
	return "<Contents><Key>" + key + "</Key><LastModified>2026-03-04T05:06:07.890Z</LastModified><ETag>&quot;9dd4e461268c8034f5c8564e155c67a6&quot;</ETag>" +
		"<ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType><Size>1</Size>" + tail + "<StorageClass>STANDARD</StorageClass></Contents>"
}

const alice = "<Owner><ID>alice</ID><DisplayName>alice</DisplayName></Owner>"

func TestListObjects(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	for _, key := range []string{"a", "b/1", "b/2", "c%20d+e", "%C3%BC"} {
		f.ok("PUT", "/bkt/"+key, "x")
	}
	f.run(
		step{why: "version 1 tells the owner", request: "GET /bkt", status: 200, exact: str(head +
			"<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>bkt</Name><Marker></Marker><Prefix></Prefix><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated>" +
			contents("a", alice) + contents("b/1", alice) + contents("b/2", alice) + contents("c d+e", alice) + contents("ü", alice) + "</ListBucketResult>")},
		step{why: "version 2 does not, and counts", request: "GET /bkt?list-type=2", status: 200, exact: str(head +
			"<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>bkt</Name><Prefix></Prefix><MaxKeys>1000</MaxKeys><KeyCount>5</KeyCount><IsTruncated>false</IsTruncated>" +
			contents("a", "") + contents("b/1", "") + contents("b/2", "") + contents("c d+e", "") + contents("ü", "") + "</ListBucketResult>")},
		step{why: "unless it is asked to", request: "GET /bkt?list-type=2&fetch-owner=true", status: 200, has: []string{contents("a", alice)}},
		step{why: "a common prefix counts as one", request: "GET /bkt?list-type=2&delimiter=/", status: 200,
			has:    []string{"<KeyCount>4</KeyCount>", "<Delimiter>/</Delimiter>", "<CommonPrefixes><Prefix>b/</Prefix></CommonPrefixes>"},
			hasNot: []string{"b/1"}},
		step{why: "clients send empty parameters", request: "GET /bkt?delimiter=&prefix=&marker=&max-keys=&encoding-type=", status: 200, has: []string{"<Key>b/1</Key>"}},
		step{why: "even bare ones", request: "GET /bkt?prefix&delimiter", status: 200, has: []string{"<Key>b/1</Key>"}},
		step{why: "prefix", request: "GET /bkt?prefix=b/", status: 200, has: []string{"<Prefix>b/</Prefix>", "<Key>b/1</Key>", "<Key>b/2</Key>"}, hasNot: []string{"<Key>a"}},
		step{why: "marker", request: "GET /bkt?marker=b/1", status: 200, has: []string{"<Marker>b/1</Marker>", "<Key>b/2</Key>"}, hasNot: []string{"<Key>b/1"}},
		step{why: "start-after", request: "GET /bkt?list-type=2&start-after=b/1", status: 200, has: []string{"<StartAfter>b/1</StartAfter>", "<Key>b/2</Key>"}, hasNot: []string{"<Key>b/1"}},
		step{why: "encoded: a space is a plus, as Amazon encodes", request: "GET /bkt?encoding-type=url&prefix=c%20", status: 200,
			has: []string{"<EncodingType>url</EncodingType>", "<Prefix>c+</Prefix>", "<Key>c+d%2Be</Key>"}},
		step{why: "encoded letters", request: "GET /bkt?encoding-type=url&prefix=%C3", status: 200, has: []string{"<Key>%C3%BC</Key>"}},
		step{why: "no other encoding", request: "GET /bkt?encoding-type=json", status: 400, code: "InvalidArgument", has: []string{"<ArgumentName>encoding-type</ArgumentName>"}},
		step{why: "none", request: "GET /bkt?max-keys=0", status: 200, has: []string{"<MaxKeys>0</MaxKeys>", "<IsTruncated>false</IsTruncated>"}, hasNot: []string{"<Key>"}},
		step{why: "at most 1000", request: "GET /bkt?max-keys=5000", status: 200, has: []string{"<MaxKeys>1000</MaxKeys>"}},
		step{why: "negative", request: "GET /bkt?max-keys=-1", status: 400, code: "InvalidArgument", has: []string{"<ArgumentValue>-1</ArgumentValue>"}},
		step{why: "garbage", request: "GET /bkt?max-keys=many", status: 400, code: "InvalidArgument"},
		step{why: "too large for 32 bits", request: "GET /bkt?max-keys=99999999999", status: 400, code: "InvalidArgument"},
		step{why: "a NextMarker only with a delimiter", request: "GET /bkt?max-keys=1", status: 200, has: []string{"<IsTruncated>true</IsTruncated>"}, hasNot: []string{"NextMarker"}},
		step{why: "a NextMarker may be a prefix", request: "GET /bkt?max-keys=2&delimiter=/", status: 200, has: []string{"<NextMarker>b/</NextMarker>"}},
		step{why: "no such version", request: "GET /bkt?list-type=3", status: 400, code: "InvalidArgument"},
		step{why: "a made-up token", request: "GET /bkt?list-type=2&continuation-token=abc", status: 400, code: "InvalidArgument"},
		step{why: "an empty token continues nothing", request: "GET /bkt?list-type=2&max-keys=1&continuation-token=", status: 200, has: []string{"<ContinuationToken></ContinuationToken>", "<KeyCount>1</KeyCount>"}},
		step{why: "yes or no", request: "GET /bkt?list-type=2&fetch-owner=maybe", status: 400, code: "InvalidArgument"},
		step{why: "nothing is archived", request: "GET /bkt", headers: []string{"X-Amz-Optional-Object-Attributes: RestoreStatus"}, status: 200},
		step{why: "no such attribute", request: "GET /bkt", headers: []string{"X-Amz-Optional-Object-Attributes: Mood"}, status: 400, code: "InvalidArgument"},
		step{why: "not for others", request: "GET /bkt", headers: []string{"X-Test-User: bob"}, status: 403, code: "AccessDenied"},
	)
}

func TestListPages(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	var want []string
	for i := range 25 {
		key := fmt.Sprintf("k%02d", i)
		want = append(want, key)
		f.ok("PUT", "/bkt/"+key, "")
	}
	for _, form := range []struct{ query, parameter, element string }{
		{"list-type=2&max-keys=10", "continuation-token", "NextContinuationToken"},
		{"delimiter=/&max-keys=10", "marker", "NextMarker"},
		{"versions&max-keys=10", "key-marker", "NextKeyMarker"},
	} {
		var got []string
		next := ""
		for page := 0; page < 3; page++ {
			w := f.ok("GET", "/bkt?"+form.query+next, "")
			for _, part := range strings.Split(w.Body.String(), "<Key>")[1:] {
				key, _, _ := strings.Cut(part, "<")
				got = append(got, key)
			}
			if page < 2 {
				require.Contains(t, w.Body.String(), "<IsTruncated>true</IsTruncated>", form.query)
				next = "&" + form.parameter + "=" + url.QueryEscape(between(t, w, "<"+form.element+">", "<"))
			} else {
				assert.Contains(t, w.Body.String(), "<IsTruncated>false</IsTruncated>", form.query)
				assert.NotContains(t, w.Body.String(), form.element)
			}
		}
		assert.Equal(t, want, got, form.query)
	}
}

func TestListingsOfOddKeys(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	f.ok("PUT", "/bkt/ctl%01%0A", "")
	f.run(
		step{why: "what XML does not allow is a numeric reference, as Amazon writes it", request: "GET /bkt", status: 200, has: []string{"<Key>ctl&#x1;&#xa;</Key>"}},
		step{why: "or encoded on demand", request: "GET /bkt?encoding-type=url", status: 200, has: []string{"<Key>ctl%01%0A</Key>"}},
	)
	f.ok("PUT", "/bkt/bad%FF", "")
	f.run(
		step{why: "a key that XML cannot carry is not altered silently", request: "GET /bkt", status: 400, code: "InvalidArgument", has: []string{"encoding-type=url"}},
		step{why: "nor in versions", request: "GET /bkt?versions", status: 400, code: "InvalidArgument"},
		step{why: "encoded it can", request: "GET /bkt?encoding-type=url", status: 200, has: []string{"<Key>bad%FF</Key>"}},
	)
}

func TestListVersions(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	f.ok("PUT", "/bkt?versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")
	v1 := f.ok("PUT", "/bkt/a", "x").Header().Get("X-Amz-Version-Id")
	v2 := f.ok("DELETE", "/bkt/a", "").Header().Get("X-Amz-Version-Id")
	f.ok("PUT", "/bkt/d/1", "x")
	f.run(
		step{why: "newest first, markers among versions", request: "GET /bkt?versions&delimiter=/", status: 200, exact: str(head +
			"<ListVersionsResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>bkt</Name><KeyMarker></KeyMarker><VersionIdMarker></VersionIdMarker><Prefix></Prefix><Delimiter>/</Delimiter><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated>" +
			"<DeleteMarker><Key>a</Key><VersionId>" + v2 + "</VersionId><IsLatest>true</IsLatest><LastModified>2026-03-04T05:06:07.890Z</LastModified>" + alice + "</DeleteMarker>" +
			"<Version><Key>a</Key><VersionId>" + v1 + "</VersionId><IsLatest>false</IsLatest><LastModified>2026-03-04T05:06:07.890Z</LastModified><ETag>&quot;9dd4e461268c8034f5c8564e155c67a6&quot;</ETag><ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType><Size>1</Size>" + alice + "<StorageClass>STANDARD</StorageClass></Version>" +
			"<CommonPrefixes><Prefix>d/</Prefix></CommonPrefixes></ListVersionsResult>")},
		step{why: "the next page starts inside a key", request: "GET /bkt?versions&max-keys=1", status: 200,
			has: []string{"<NextKeyMarker>a</NextKeyMarker><NextVersionIdMarker>" + v2 + "</NextVersionIdMarker>"}},
		step{why: "there it goes on", request: "GET /bkt?versions&key-marker=a&version-id-marker=" + v2, status: 200,
			has: []string{"<VersionId>" + v1 + "</VersionId>"}, hasNot: []string{"<DeleteMarker>"}},
		step{why: "a version of no key", request: "GET /bkt?versions&version-id-marker=" + v2, status: 400, code: "InvalidArgument"},
	)
}

// TestListingsAreXML reads every listing with a strict parser.
func TestListingsAreXML(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	f.ok("PUT", "/bkt/"+url.PathEscape(`<&>"'ü`), "")
	f.ok("POST", "/bkt/"+url.PathEscape(`<&>"'ü`)+"?uploads", "")
	for _, target := range []string{"/", "/bkt", "/bkt?list-type=2", "/bkt?versions", "/bkt?uploads", "/bkt/none%3C"} {
		d := xml.NewDecoder(f.do("GET", target, "").Body)
		var text strings.Builder
		for {
			token, err := d.Token()
			if token == nil {
				require.ErrorContains(t, err, "EOF", target)
				break
			}
			if data, ok := token.(xml.CharData); ok {
				text.Write(data)
			}
		}
		if strings.HasPrefix(target, "/bkt?") {
			assert.Contains(t, text.String(), `<&>"'ü`, target)
		}
	}
}
