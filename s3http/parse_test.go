package s3http

import (
	"encoding/xml"
	"errors"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/checksum"
)

func TestChecksumHeaderNames(t *testing.T) {
	require.Len(t, checksumHeaders, len(checksum.Algorithms()))
	for _, a := range checksum.Algorithms() {
		assert.Equal(t, a, checksumHeaders[checksumHeader(a)], "%s", a)
		assert.Equal(t, a.Header(), strings.ToLower(checksumHeader(a)))
	}
	assert.Empty(t, checksumHeader(""))
}

func TestParseCopySource(t *testing.T) {
	for _, tc := range []struct {
		header       string
		bucket, key  string
		version, why string
	}{
		{"bkt/k", "bkt", "k", "", "the documented form"},
		{"/bkt/k", "bkt", "k", "", "a slash before it"},
		{"/bkt//k", "bkt", "/k", "", "a key may begin with a slash"},
		{"bkt/a%2Fb%3Fc+d%2Be", "bkt", "a/b?c d+e", "", "decoded, and a plus is a space"},
		{"bkt%2Fk", "bkt", "k", "", "an encoded slash separates as well, as some clients send it"},
		{"bkt/k?versionId=v%2B1", "bkt", "k", "v+1", "a version"},
		{"bkt/%FF", "bkt", "\xff", "", "any bytes"},
	} {
		a, version, err := parseCopySource(tc.header)
		require.NoError(t, err, "%q: %s", tc.header, tc.why)
		assert.Equal(t, []string{tc.bucket, tc.key, tc.version}, []string{a.bucket, a.key, version}, "%q: %s", tc.header, tc.why)
	}
	for _, bad := range []string{"", "/", "bkt", "bkt/", "/bkt/k?versionId=", "bkt/k?x=y", "bkt/%", "arn:aws:s3:::x/y", ":/k", "bkt/" + strings.Repeat("k", 1025)} {
		_, _, err := parseCopySource(bad)
		var f *fault
		assert.True(t, errors.As(err, &f), "%q", bad)
	}
}

func FuzzParseCopySource(f *testing.F) {
	for _, s := range []string{"/bkt/k", "b/%FF?versionId=x", "a:b/c", "?", "arn:x", "//"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, _, err := parseCopySource(s)
		if err == nil {
			require.NotEmpty(t, a.bucket)
			require.True(t, len(a.key) > 0 && len(a.key) <= objstore.MaxKeyLen)
		}
	})
}

func FuzzCopyRange(f *testing.F) {
	for _, s := range []string{"bytes=0-0", "bytes=5-3", "bytes=-1", "x", "bytes=18446744073709551615-9"} {
		f.Add(s, int64(10))
	}
	f.Fuzz(func(t *testing.T, s string, size int64) {
		if size < 0 {
			t.Skip()
		}
		off, n, err := copyRange(s, size)
		if err == nil {
			require.True(t, off >= 0 && n >= 0 && off <= size-n, "%d+%d of %d", off, n, size)
		}
	})
}

func FuzzParseTagging(f *testing.F) {
	for _, s := range []string{"a=1&b=2", "a", "=1", "a=%zz", "a=1&a=1", strings.Repeat("k&", 20), "%FF=1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		tags, err := parseTagging(s)
		if err != nil {
			return
		}
		q := url.Values{}
		for _, tag := range tags {
			require.True(t, tag.Key != "" && utf8.ValidString(tag.Key) && utf8.ValidString(tag.Value))
			require.False(t, q.Has(tag.Key))
			q.Set(tag.Key, tag.Value)
		}
		require.LessOrEqual(t, len(tags), maxObjectTags)
		again, err := parseTagging(q.Encode())
		require.NoError(t, err)
		require.ElementsMatch(t, tags, again)
	})
}

func FuzzResourceARN(f *testing.F) {
	for _, s := range []string{"arn:aws:s3:::b", "arn:aws:s3:r:123456789012:bucket/b", "arn:aws:s3::acme:b", "arn:aws:s3:::b/k", "arn:aws:s3:r:a:bucket/", "::::::", "b"} {
		f.Add(s, "acme")
	}
	f.Fuzz(func(t *testing.T, arn, account string) {
		a, err := accountAddress(account)
		if err != nil {
			return
		}
		got, err := a.resource(arn)
		if err != nil {
			return
		}
		require.True(t, got.bucket != "" && strings.HasSuffix(arn, got.bucket), "%q in %q", got.bucket, arn)
		got.bucket = ""
		require.Equal(t, a, got, "an ARN leads into no other account")
	})
}

func FuzzParseQuery(f *testing.F) {
	for _, s := range []string{"a=1&b", "&&", "a=%41", "%", "=", "a;b", strings.Repeat("a&", 200)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		q, err := parseQuery(s)
		if err != nil {
			return
		}
		require.LessOrEqual(t, len(q), maxParameters)
		std, err := url.ParseQuery(s)
		if err != nil {
			return // it does not know ';'
		}
		for name, values := range std {
			require.Equal(t, values[0], q.get(name))
		}
	})
}

func FuzzParseDocument(f *testing.F) {
	for _, s := range []string{
		"<Delete><Object><Key>a</Key></Object></Delete>", "<Delete/><x/>", "<!DOCTYPE a><Delete/>", "<Delete>", "",
		`<?xml version="1.0" encoding="latin1"?><Delete/>`, strings.Repeat("<Delete>", 1000),
		"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>x</ETag><ChecksumSHA1>y</ChecksumSHA1></Part></CompleteMultipartUpload>",
		"<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var del deleteDocument
		if parseDocument(body, "Delete", &del) == nil && del.check() == nil {
			require.True(t, len(del.Objects) > 0 && len(del.Objects) <= maxDeleteKeys)
		}
		var complete completeDocument
		if parseDocument(body, "CompleteMultipartUpload", &complete) == nil {
			parts, err := complete.parts(objstore.UploadInfo{Checksum: checksum.SHA1, ChecksumType: objstore.ChecksumComposite})
			require.True(t, err != nil || len(parts) > 0)
		}
		var tagging taggingDocument
		if parseDocument(body, "Tagging", &tagging) == nil {
			tags, err := tagging.tags(maxBucketTags, "Bucket")
			require.True(t, err != nil || len(tags) <= maxBucketTags)
		}
	})
}

// FuzzEscape: what XML 1.0 can carry comes back from a strict parser.
func FuzzEscape(f *testing.F) {
	for _, s := range []string{"a", `<&>"'`, "\r\n\t", "ü\x7f", "\x01", "\xff", "\ufffe", "]]>"} {
		f.Add(s)
	}
	h := New(nil, nil)
	f.Fuzz(func(t *testing.T, s string) {
		x := h.newXML()
		defer x.free()
		x.text("K", s)
		require.Equal(t, utf8.ValidString(s), !x.broken)
		var doc struct {
			Text string `xml:",chardata"`
		}
		err := xml.Unmarshal(x.b, &doc)
		if utf8.ValidString(s) && !strings.ContainsFunc(s, notXML) {
			require.NoError(t, err)
			require.Equal(t, s, doc.Text)
		}
		decoded, err := url.QueryUnescape(string(appendURLEncoded(nil, s)))
		require.NoError(t, err)
		require.Equal(t, s, decoded)
	})
}

func notXML(r rune) bool {
	return r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF
}

func TestTokens(t *testing.T) {
	for _, after := range []string{"", "a", "\x00\xff", strings.Repeat("k", 1024)} {
		got, err := parseToken(newToken(after))
		require.NoError(t, err)
		assert.Equal(t, after, got)
	}
	for _, bad := range []string{"", "2YQ", "1*", "1" + strings.Repeat("A", 4000)} {
		_, err := parseToken(bad)
		assert.Error(t, err, "%q", bad)
	}
}
