package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth/awssig"
)

// figures are what the interfaces of administration say of one bucket.
type figures struct {
	Puts, Objects     int64 // UTAPI
	Incoming, Storage int64
	Size              int64 // ostor-buckets
	Bytes, Entries    int64 // Admin Ops
}

// ask sends a request of the root user and decodes the answer.
func (s *server) ask(t *testing.T, method, target, body string, into any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.url+target, strings.NewReader(body))
	require.NoError(t, err)
	signAsRoot(r)
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, resp.StatusCode, "%s %s: %s", method, target, answer)
	require.NoError(t, json.Unmarshal(answer, into), "%s", answer)
}

func signAsRoot(r *http.Request) {
	awssig.SignV4(r, awssig.Credentials{AccessKey: accessKey, Secret: secretKey},
		awssig.Scope{Time: time.Now(), Region: region, Service: "s3"}, awssig.UnsignedPayload)
}

// figures asks all interfaces for a bucket. level and name are of UTAPI.
func (s *server) figures(t *testing.T, bucket, level, name string) (f figures) {
	t.Helper()
	var metrics []struct {
		StorageUtilized, NumberOfObjects [2]int64
		IncomingBytes                    int64
		Operations                       map[string]int64
	}
	s.ask(t, "POST", "/"+level+"?Action=ListMetrics", fmt.Sprintf(`{%q:[%q],"timeRange":[0]}`, level, name), &metrics)
	require.Len(t, metrics, 1)
	m := metrics[0]
	f.Puts, f.Objects, f.Incoming, f.Storage = m.Operations["s3:PutObject"], m.NumberOfObjects[1], m.IncomingBytes, m.StorageUtilized[1]

	var sizes struct {
		Buckets []struct{ Size struct{ Current int64 } }
	}
	s.ask(t, "GET", "/?ostor-buckets&bucket="+bucket, "", &sizes)
	require.Len(t, sizes.Buckets, 1)
	f.Size = sizes.Buckets[0].Size.Current

	var stats struct {
		Usage map[string]struct {
			Size    int64
			Objects int64 `json:"num_objects"`
		}
	}
	s.ask(t, "GET", "/admin/bucket?format=json&stats=true&bucket="+bucket, "", &stats)
	f.Bytes, f.Entries = stats.Usage["rgw.main"].Size, stats.Usage["rgw.main"].Objects
	return f
}

// TestKillFigures kills the server under a load of new objects only. After each
// restart all interfaces must agree on what is there and on what was counted:
// each object was put once, and each byte came in once. What was acknowledged
// is in it, and of what was cut off no more than was sent.
func TestKillFigures(t *testing.T) {
	const rounds, writers = 5, 12
	data, bucket := t.TempDir(), bucketName()
	s := launch(t, data)
	r, err := http.NewRequestWithContext(t.Context(), "PUT", s.url+"/"+bucket, nil)
	require.NoError(t, err)
	signAsRoot(r)
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusOK, resp.StatusCode)

	load := &putLoad{bucket: bucket}
	for round := range rounds {
		load.run(t, s, writers, time.Duration(200+100*round)*time.Millisecond)
		s = launch(t, data)
		for level, name := range map[string]string{"buckets": bucket, "accounts": "root", "service": "s3"} {
			got := s.figures(t, bucket, level, name)
			want := figures{got.Objects, got.Objects, got.Storage, got.Storage, got.Storage, got.Storage, got.Objects}
			assert.Equal(t, want, got, "%s, round %d", level, round)
			acked, sent := load.acked.Load(), load.sent.Load()
			assert.True(t, acked <= got.Puts && got.Puts <= sent, "%d acknowledged, %d counted, %d sent", acked, got.Puts, sent)
			assert.GreaterOrEqual(t, got.Storage, load.bytes.Load(), "all that was acknowledged is stored")
		}
	}
	s.stop(t)
	report := check(t, data, true) // the first sweep behind the last kill may have been stopped
	t.Logf("kills %d, objects sent %d, acknowledged %d\n%s", rounds, load.sent.Load(), load.acked.Load(), strings.TrimSpace(report))
}

// putLoad puts new objects.
type putLoad struct {
	bucket             string
	sent, acked, bytes atomic.Int64 // objects, and bytes of acknowledged ones
}

// run lets writers work for a while and kills the server under them.
func (l *putLoad) run(t *testing.T, s *server, writers int, d time.Duration) {
	t.Helper()
	url := s.url + "/" + l.bucket
	before := l.acked.Load()
	var work sync.WaitGroup
	for range writers {
		work.Go(func() {
			for l.put(t, url) {
			}
		})
	}
	require.Eventually(t, func() bool { return l.acked.Load() > before }, time.Minute, time.Millisecond)
	<-time.After(d) // how far the load has come at the kill is left to chance
	s.kill()
	work.Wait()
}

// put puts one object and tells whether the server is still there.
func (l *putLoad) put(t *testing.T, url string) bool {
	n := l.sent.Add(1)
	size := 1 + n*7919%(12<<10)
	if n%16 == 0 {
		size += 256 << 10 // in a file of its own
	}
	r, err := http.NewRequestWithContext(t.Context(), "PUT", fmt.Sprintf("%s/%d", url, n), strings.NewReader(strings.Repeat("x", int(size))))
	if err != nil {
		return false
	}
	signAsRoot(r)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	if !assert.Equal(t, http.StatusOK, resp.StatusCode) {
		return false
	}
	l.acked.Add(1)
	l.bytes.Add(size)
	return true
}
