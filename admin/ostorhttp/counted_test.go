package ostorhttp_test

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth/awssig"
	"github.com/cofferstore/coffer/usage/ostorstat"
)

// counted returns the sums of all statistics objects by bucket and user.
func (l *lab) counted() map[string]ostorstat.Counters {
	l.t.Helper()
	var list struct{ Items []string }
	require.NoError(l.t, json.Unmarshal([]byte(l.ok("GET /?ostor-usage")), &list))
	sums := make(map[string]ostorstat.Counters)
	for _, name := range list.Items {
		var o struct{ Items []ostorstat.Item }
		require.NoError(l.t, json.Unmarshal([]byte(l.ok("GET /?ostor-usage&obj="+name)), &o))
		for _, it := range o.Items {
			key := it.Key.Bucket + " " + it.Key.UserID
			sums[key] = sum(sums[key], it.Counters)
		}
	}
	return sums
}

func sum(a, b ostorstat.Counters) ostorstat.Counters {
	return ostorstat.Counters{
		Ops:   ostorstat.Ops{Put: a.Ops.Put + b.Ops.Put, Get: a.Ops.Get + b.Ops.Get, List: a.Ops.List + b.Ops.List, Other: a.Ops.Other + b.Ops.Other},
		NetIO: ostorstat.NetIO{Uploaded: a.NetIO.Uploaded + b.NetIO.Uploaded, Downloaded: a.NetIO.Downloaded + b.NetIO.Downloaded},
	}
}

// TestWhatStatisticsCount goes through requests and what each adds.
func TestWhatStatisticsCount(t *testing.T) {
	l, cred := limitedLab(t) // has "data" in bkt/k
	uid := cred.AccessKey[:16]
	upload := uploadID(t, l.as(cred, "POST /bkt/mp?uploads", ""))
	put := func(size int64) ostorstat.Counters {
		return ostorstat.Counters{Ops: ostorstat.Ops{Put: 1}, NetIO: ostorstat.NetIO{Uploaded: size}}
	}
	get := func(size int64) ostorstat.Counters {
		return ostorstat.Counters{Ops: ostorstat.Ops{Get: 1}, NetIO: ostorstat.NetIO{Downloaded: size}}
	}
	other := ostorstat.Counters{Ops: ostorstat.Ops{Other: 1}}
	list := ostorstat.Counters{Ops: ostorstat.Ops{List: 1}}
	for _, c := range []struct {
		explanation, bucket, request, body string
		headers                            []string
		want                               ostorstat.Counters
	}{
		{"what an object has", "bkt", "PUT /bkt/a", "12345", nil, put(5)},
		{"without the framing of chunks", "bkt", "PUT /bkt/b", "5\r\n12345\r\n0\r\n\r\n",
			[]string{"Content-Encoding: aws-chunked", "X-Amz-Content-Sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER", "X-Amz-Decoded-Content-Length: 5"}, put(5)},
		{"a copy brings nothing", "bkt", "PUT /bkt/c", "", []string{"X-Amz-Copy-Source: /bkt/a"}, put(0)},
		{"a part does", "bkt", "PUT /bkt/mp?partNumber=1&uploadId=" + upload, "123", nil, put(3)},
		{"a copied part does not", "bkt", "PUT /bkt/mp?partNumber=2&uploadId=" + upload, "", []string{"X-Amz-Copy-Source: /bkt/a"}, put(0)},
		{"a document is no data", "bkt", "PUT /bkt/a?tagging", "<Tagging><TagSet/></Tagging>", nil, put(0)},
		{"parts are listed", "bkt", "GET /bkt/mp?uploadId=" + upload, "", nil, list},
		{"an abort is a delete, which has no counter", "bkt", "DELETE /bkt/mp?uploadId=" + upload, "", nil, other},
		{"what is sent", "bkt", "GET /bkt/a", "", nil, get(5)},
		{"of a range its bytes", "bkt", "GET /bkt/a", "", []string{"Range: bytes=1-2"}, get(2)},
		{"nothing where nothing is sent", "bkt", "HEAD /bkt/a", "", nil, get(0)},
		{"not modified is an operation", "bkt", "GET /bkt/a", "", []string{"If-None-Match: *"}, get(0)},
		{"a list is no data", "bkt", "GET /bkt", "", nil, list},
		{"many deletes are one operation", "bkt", "POST /bkt?delete", "<Delete><Object><Key>c</Key></Object><Object><Key>b</Key></Object></Delete>",
			[]string{"Content-Md5: pFHzp99pUVQn956/flI51g=="}, other},
		{"settings of a bucket", "bkt", "GET /bkt?location", "", nil, other},
		{"head of a bucket", "bkt", "HEAD /bkt", "", nil, other},
		{"what is not there is no operation", "bkt", "GET /bkt/none", "", nil, ostorstat.Counters{}},
		{"the list of buckets is of none of them", "", "GET /", "", nil, get(0)},
	} {
		before := l.counted()[c.bucket+" "+uid]
		w := l.as(cred, c.request, c.body, c.headers...)
		got := l.counted()[c.bucket+" "+uid]
		assert.Equal(t, sum(before, c.want), got, "%s (status %d)", c.explanation, w.Code)
	}
}

// Anonymous requests and forms are counted like others.
func TestStatisticsOfForms(t *testing.T) {
	l, cred := limitedLab(t)
	uid := cred.AccessKey[:16]
	before := l.counted()["bkt "+uid]
	require.Equal(t, 204, l.send(form(t, cred)).Code)
	after := l.counted()["bkt "+uid]
	assert.Equal(t, [2]int64{before.Ops.Put + 1, before.NetIO.Uploaded + int64(len("content"))}, [2]int64{after.Ops.Put, after.NetIO.Uploaded}, "the file alone")

	require.Equal(t, 200, l.as(cred, "PUT /open", "", "X-Amz-Object-Ownership: ObjectWriter", "X-Amz-Acl: public-read").Code)
	require.Equal(t, 200, l.as(cred, "PUT /open/k", "data", "X-Amz-Acl: public-read").Code)
	require.Equal(t, 200, l.send(httptest.NewRequest("GET", "http://s3.example.com/open/k", strings.NewReader(""))).Code)
	assert.Equal(t, ostorstat.Counters{Ops: ostorstat.Ops{Get: 1}, NetIO: ostorstat.NetIO{Downloaded: 4}}, l.counted()["open "])
	assert.Equal(t, 403, l.as(awssig.Credentials{}, "GET /bkt/k", "").Code)
	assert.NotContains(t, l.counted(), "bkt ", "a refusal is no item")
}
