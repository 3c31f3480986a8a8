package s3test_test

import (
	"context"
	"crypto/md5"
	"crypto/tls"
	"encoding/base64"
	"io"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth/awssig"
	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/s3http/s3test"
)

// answer is what came back for a request.
type answer struct {
	status int
	body   string
	err    error // of the body
}

func as(t testing.TB, s *s3test.Server, u s3test.User, method, path, body string) answer {
	t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	r, err := s.Request(t.Context(), method, path, reader)
	require.NoError(t, err)
	resp, err := s.DoAs(u, r)
	require.NoError(t, err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, string(data), err}
}

func do(t testing.TB, s *s3test.Server, method, path, body string) answer {
	t.Helper()
	return as(t, s, s.Root(), method, path, body)
}

// withBucket returns a server with an empty bucket "photos".
func withBucket(t testing.TB, configure ...func(*s3test.Config)) *s3test.Server {
	t.Helper()
	s := s3test.New(t, configure...)
	require.Equal(t, 200, do(t, s, "PUT", "/photos", "").status)
	s.Forget()
	return s
}

func TestRoundTrip(t *testing.T) {
	s := withBucket(t)
	require.Equal(t, 200, do(t, s, "PUT", "/photos/2026/cat.jpg", "meow").status)
	assert.Equal(t, answer{200, "meow", nil}, do(t, s, "GET", "/photos/2026/cat.jpg", ""))

	b, err := s.Store.Bucket(t.Context(), objstore.BucketID{Name: "photos"})
	require.NoError(t, err)
	totals, err := b.Totals(t.Context())
	require.NoError(t, err)
	assert.EqualValues(t, 1, totals.Objects, "the Go API sees what came over HTTP")
}

func TestTLS(t *testing.T) {
	s := withBucket(t, func(c *s3test.Config) { c.TLS = true })
	require.True(t, strings.HasPrefix(s.URL, "https://"))
	require.Equal(t, 200, do(t, s, "PUT", "/photos/a", "b").status)

	own := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: s.CertPool()}}}
	defer own.CloseIdleConnections()
	resp, err := own.Get(s.URL + "/photos/a")
	require.NoError(t, err, "the pool holds the certificate")
	assert.Equal(t, 403, resp.StatusCode)
	require.NoError(t, resp.Body.Close())
}

func TestVirtualHostStyle(t *testing.T) {
	s := withBucket(t)
	require.Equal(t, 200, do(t, s, "PUT", "/photos/a", "b").status)
	r, err := http.NewRequestWithContext(t.Context(), "GET", "http://photos."+s3test.Domain+"/a", nil)
	require.NoError(t, err)
	resp, err := s.Do(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	assert.Equal(t, "b", string(data), "the client finds the server by the bucket's name")
}

func TestUsersAreApart(t *testing.T) {
	s := withBucket(t)
	alice, err := s.AddUser("alice")
	require.NoError(t, err)
	assert.Equal(t, 403, as(t, s, alice, "GET", "/photos", "").status, "not her bucket")
	assert.Equal(t, 200, as(t, s, alice, "PUT", "/hers", "").status)
	assert.Equal(t, 200, do(t, s, "GET", "/hers", "").status, "root may do everything")
	_, err = s.AddUser("alice")
	assert.Error(t, err)

	alice.SecretKey += "x"
	assert.Equal(t, 403, as(t, s, alice, "GET", "/hers", "").status, "signatures are real")
}

func TestGivenCredentials(t *testing.T) {
	s := s3test.New(t, func(c *s3test.Config) { c.AccessKey, c.SecretKey, c.Region = "TEST", "secret", "eu-central-1" })
	assert.Equal(t, s3test.User{ID: "root", AccessKey: "TEST", SecretKey: "secret"}, s.Root())
	assert.Equal(t, 200, do(t, s, "GET", "/", "").status)
	assert.PanicsWithValue(t, "s3test: iam: EnsureRoot root: InvalidArgument: the root user needs both an access key and a secret key, or neither",
		func() { s3test.NewServer(&s3test.Config{AccessKey: "TEST"}) })
}

func TestClock(t *testing.T) {
	start := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	s := withBucket(t, func(c *s3test.Config) { c.Start = start })
	require.Equal(t, 200, do(t, s, "PUT", "/photos/a", "b").status)
	b, err := s.Store.Bucket(t.Context(), objstore.BucketID{Name: "photos"})
	require.NoError(t, err)
	obj, err := b.Object(t.Context(), "a", nil)
	require.NoError(t, err)
	assert.WithinDuration(t, start, obj.Info().ModTime, time.Minute, "objects are as old as the clock says")
	require.NoError(t, obj.Close())

	s.Clock.Advance(48 * time.Hour)
	assert.WithinDuration(t, start.Add(48*time.Hour), s.Clock.Now(), time.Minute)
	entry := s.Usage()[0]
	assert.WithinDuration(t, start, entry.Start, time.Minute, "so are usage entries")
}

// signedAt sends a request that a client signed at the given time.
func signedAt(t testing.TB, s *s3test.Server, at time.Time) int {
	t.Helper()
	r, err := s.Request(t.Context(), "GET", "/photos", nil)
	require.NoError(t, err)
	awssig.SignV4(r, awssig.Credentials{AccessKey: s.AccessKey, Secret: s.SecretKey},
		awssig.Scope{Time: at, Region: s.Region, Service: "s3"}, awssig.UnsignedPayload)
	return send(t, s, r)
}

func send(t testing.TB, s *s3test.Server, r *http.Request) int {
	t.Helper()
	resp, err := s.Client().Do(r)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp.StatusCode
}

func TestLifecycleRunsByTheClock(t *testing.T) {
	s := withBucket(t)
	rules := `<LifecycleConfiguration><Rule><Status>Enabled</Status><Filter/><Expiration><Days>30</Days></Expiration></Rule></LifecycleConfiguration>`
	sum := md5.Sum([]byte(rules))
	r, err := s.Request(t.Context(), "PUT", "/photos?lifecycle", strings.NewReader(rules))
	require.NoError(t, err)
	r.Header.Set("Content-Md5", base64.StdEncoding.EncodeToString(sum[:]))
	resp, err := s.Do(r)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, 200, resp.StatusCode)
	require.Equal(t, 200, do(t, s, "PUT", "/photos/cat", "meow").status)

	s.Clock.Advance(29 * 24 * time.Hour)
	_, err = s.Lifecycle.Run(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 200, do(t, s, "GET", "/photos/cat", "").status)

	s.Clock.Advance(48 * time.Hour)
	report, err := s.Lifecycle.Run(t.Context())
	require.NoError(t, err)
	assert.Equal(t, int64(1), report.Expired)
	assert.Equal(t, 404, do(t, s, "GET", "/photos/cat", "").status)
}

func TestSignaturesAndTheClock(t *testing.T) {
	for _, c := range []struct {
		why    string
		strict bool
		real   int // status of a request signed at the real time
		fake   int // and of one signed at the clock's
	}{
		{"SDKs go on signing with the real time", false, 200, 200},
		{"a test of skew wants the clock alone", true, 403, 200},
	} {
		t.Run(c.why, func(t *testing.T) {
			s := withBucket(t, func(cfg *s3test.Config) { cfg.StrictClock = c.strict })
			s.Clock.Advance(24 * time.Hour)
			assert.Equal(t, c.real, signedAt(t, s, time.Now()))
			assert.Equal(t, c.fake, signedAt(t, s, s.Clock.Now()))
			assert.Equal(t, 403, signedAt(t, s, time.Now().Add(-24*time.Hour)), "neither time")
		})
	}
}

func TestPresignedURLsExpireByTheClock(t *testing.T) {
	s := withBucket(t)
	require.Equal(t, 200, do(t, s, "PUT", "/photos/a", "b").status)
	r, err := s.Request(t.Context(), "GET", "/photos/a", nil)
	require.NoError(t, err)
	u := awssig.PresignV4(r, awssig.Credentials{AccessKey: s.AccessKey, Secret: s.SecretKey},
		awssig.Scope{Time: time.Now(), Region: s.Region, Service: "s3"}, time.Minute, awssig.UnsignedPayload)
	get := func() int {
		r, err := http.NewRequestWithContext(t.Context(), "GET", u.String(), nil)
		require.NoError(t, err)
		return send(t, s, r)
	}
	assert.Equal(t, 200, get())
	s.Clock.Advance(2 * time.Minute)
	assert.Equal(t, 403, get())
}

func TestConcurrentServers(t *testing.T) {
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			s := s3test.NewServer(nil)
			defer s.Close()
			body := strconv.Itoa(i)
			if assert.Equal(t, 200, do(t, s, "PUT", "/same", "").status) {
				assert.Equal(t, 200, do(t, s, "PUT", "/same/key", body).status)
				assert.Equal(t, body, do(t, s, "GET", "/same/key", "").body, "servers share nothing")
			}
		})
	}
	wg.Wait()
}

// TestNothingIsLeft closes servers in the middle of requests.
func TestNothingIsLeft(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 5 {
		s := s3test.NewServer(nil)
		require.Equal(t, 200, do(t, s, "PUT", "/bucket", "").status)
		require.Equal(t, 200, do(t, s, "PUT", "/bucket/k", strings.Repeat("x", 1<<20)).status)
		s.Inject(s3test.Fault{Key: "held", Hold: make(chan struct{})})
		held := make(chan error, 1)
		go func() {
			r, err := s.Request(context.Background(), "GET", "/bucket/held", nil)
			if err != nil {
				held <- err
				return
			}
			resp, err := s.Do(r)
			if err == nil { // the server answered when it let the request go
				err = resp.Body.Close()
			}
			held <- err
		}()
		r, err := s.Request(t.Context(), "GET", "/bucket/k", nil)
		require.NoError(t, err)
		resp, err := s.Do(r)
		require.NoError(t, err)
		s.Close()
		s.Close()
		<-held
		require.NoError(t, resp.Body.Close())
	}
	http.DefaultClient.CloseIdleConnections()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
		if runtime.NumGoroutine() <= before {
			return
		}
		runtime.Gosched() // goroutines that have nothing left to do come to their end
	}
	buf := make([]byte, 1<<20)
	t.Fatalf("%d goroutines before, %d after:\n%s", before, runtime.NumGoroutine(), buf[:runtime.Stack(buf, true)])
}

// BenchmarkStartToFirstPut measures what a test waits for: a server, a bucket
// and the first object.
func BenchmarkStartToFirstPut(b *testing.B) {
	for b.Loop() {
		s := s3test.NewServer(nil)
		if do(b, s, "PUT", "/bucket", "").status != 200 || do(b, s, "PUT", "/bucket/k", "x").status != 200 {
			b.Fatal("refused")
		}
		s.Close()
	}
}

// BenchmarkMemory reports the resident memory of a process with one server.
func BenchmarkMemory(b *testing.B) {
	s := s3test.New(b)
	for b.Loop() {
		do(b, s, "GET", "/", "")
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Skip("no /proc")
	}
	for line := range strings.Lines(string(status)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "VmRSS:" {
			kib, err := strconv.ParseFloat(f[1], 64)
			require.NoError(b, err)
			b.ReportMetric(kib/1024, "MiB-RSS")
		}
	}
}
