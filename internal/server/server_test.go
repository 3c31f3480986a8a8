package server_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth/awssig"
	"github.com/cofferstore/coffer/internal/config"
	"github.com/cofferstore/coffer/internal/datadir"
	"github.com/cofferstore/coffer/internal/server"
)

// running is a server that runs in a test.
type running struct {
	url, metrics string
	utapi        string
	stop         context.CancelFunc
	done         chan error
	logEnded     <-chan struct{}

	mu          sync.Mutex
	log         bytes.Buffer
	credentials bytes.Buffer
}

// settings returns settings for a test, from environment variables without
// their prefix.
func settings(t testing.TB, env ...string) *config.Server {
	t.Helper()
	all := []string{"COFFER_LISTEN=127.0.0.1:0", "COFFER_METRICS_LISTEN=127.0.0.1:0", "COFFER_DATA=" + t.TempDir()}
	for _, e := range env {
		all = append(all, "COFFER_"+e)
	}
	s, c := config.ServerSettings()
	require.NoError(t, config.Load(s, nil, all))
	require.NoError(t, c.Check())
	return c
}

// start runs a server until the end of the test and waits until it listens.
func start(t testing.TB, c *config.Server) *running {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	listening := make(chan struct{})
	r := &running{stop: stop, done: make(chan error, 1), logEnded: listening}
	read, write := io.Pipe()
	go func() {
		defer close(listening)
		lines := bufio.NewScanner(read)
		for open := true; lines.Scan(); {
			if !r.follow(lines.Bytes()) && open {
				open = false
				listening <- struct{}{}
			}
		}
	}()
	go func() {
		err := server.Run(ctx, c, &server.Options{Log: write, Credentials: &r.credentials})
		_ = write.Close()
		r.done <- err
	}()
	t.Cleanup(func() { stop(); <-listening })
	if _, ok := <-listening; !ok {
		require.NoError(t, <-r.done, "the server did not start")
	}
	return r
}

// follow keeps a line of the log; it is false once the server listens.
func (r *running) follow(line []byte) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.log.Write(append(line, '\n'))
	var l struct{ Msg, Protocol, URL string }
	_ = json.Unmarshal(line, &l)
	if l.Msg == "listening" && l.Protocol == "metrics" {
		r.metrics = l.URL
	}
	if l.Msg == "listening" && l.Protocol == "utapi" {
		r.utapi = l.URL
	}
	if l.Msg == "listening" && l.Protocol == "s3" {
		r.url = l.URL
		return false
	}
	return true
}

func (r *running) logged() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.log.String()
}

// wait stops the server and returns what Run returned.
func (r *running) wait() error {
	r.stop()
	err := <-r.done
	r.done <- err
	<-r.logEnded
	return err
}

const (
	accessKey = "ADMIN"
	secretKey = "secret-of-the-admin"
)

// withRoot are the variables of known root credentials.
func withRoot(more ...string) []string {
	return append(more, "ROOT_ACCESS_KEY="+accessKey, "ROOT_SECRET_KEY="+secretKey)
}

// s3 sends a request that is signed with the root credentials.
func s3(t testing.TB, client *http.Client, method, url string, body io.Reader) (*http.Response, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, body)
	require.NoError(t, err)
	awssig.SignV4(r, awssig.Credentials{AccessKey: accessKey, Secret: secretKey},
		awssig.Scope{Time: time.Now(), Region: "us-east-1", Service: "s3"}, awssig.UnsignedPayload)
	return client.Do(r)
}

// untilInFlight waits until the server has begun with a request.
func (r *running) untilInFlight(t testing.TB) {
	t.Helper()
	for {
		if _, text := get(t, r.metrics+"/metrics"); strings.Contains(text, "coffer_requests_in_flight 1\n") {
			return
		}
		require.NoError(t, t.Context().Err())
	}
}

// untilLogged waits for a text in the log.
func (r *running) untilLogged(t testing.TB, text string) {
	t.Helper()
	for !strings.Contains(r.logged(), text) {
		require.NoError(t, t.Context().Err())
		runtime.Gosched()
	}
}

func get(t testing.TB, url string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(data)
}

func status(t testing.TB, method, url, body string) int {
	t.Helper()
	resp, err := s3(t, http.DefaultClient, method, url, strings.NewReader(body))
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp.StatusCode
}

func TestServeAndRestart(t *testing.T) {
	c := settings(t, withRoot()...)
	first := start(t, c)
	require.Equal(t, 200, status(t, "PUT", first.url+"/photos", ""))
	require.Equal(t, 200, status(t, "PUT", first.url+"/photos/a", "hello"))
	require.NoError(t, first.wait())
	assert.Empty(t, first.credentials.String(), "given credentials are not shown")

	second := start(t, c)
	resp, err := s3(t, http.DefaultClient, "GET", second.url+"/photos/a", nil)
	require.NoError(t, err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	assert.Equal(t, "hello", string(data))
	require.NoError(t, second.wait())
}

func TestOperations(t *testing.T) {
	r := start(t, settings(t, withRoot()...))
	require.Equal(t, 200, status(t, "PUT", r.url+"/photos", ""))
	require.LessOrEqual(t, 400, first(get(t, r.url+"/photos?X-Amz-Signature=abcdef&X-Amz-Security-Token=tokentoken")))
	for _, path := range []string{"/healthz", "/readyz", "/debug/pprof/", "/debug/pprof/heap"} {
		assert.Equal(t, 200, first(get(t, r.metrics+path)), path)
	}
	_, metrics := get(t, r.metrics+"/metrics")
	for _, line := range []string{
		`coffer_requests_total{operation="CreateBucket",protocol="s3",status="200"} 1`,
		"coffer_requests_in_flight 0",
		"coffer_store_buckets 1",
		"coffer_index_updates_total",
		`coffer_disk_free_bytes{medium="index"}`,
		`coffer_disk_free_bytes{medium="blobs"}`,
		"process_resident_memory_bytes",
		"go_goroutines",
	} {
		assert.Contains(t, metrics, line)
	}
	require.NoError(t, r.wait())
	log := r.logged()
	assert.Contains(t, log, `"operation":"CreateBucket"`, "the access log is on")
	assert.NotContains(t, log, "abcdef", "signatures are not logged")
	assert.NotContains(t, log, "tokentoken", "nor tokens")
	assert.NotContains(t, log, secretKey)
	assert.Contains(t, log, `"msg":"stopped"`)
}

func first(status int, _ string) int { return status }

func TestGeneratedCredentialsAreNotLogged(t *testing.T) {
	c := settings(t)
	r := start(t, c)
	require.NoError(t, r.wait())
	shown := r.credentials.String()
	require.Contains(t, shown, "AWS_SECRET_ACCESS_KEY=")
	_, secret, _ := strings.Cut(shown, "AWS_SECRET_ACCESS_KEY=")
	secret, _, _ = strings.Cut(secret, "\n")
	assert.Len(t, secret, 40)
	assert.NotContains(t, r.logged(), secret)

	again := start(t, c)
	require.NoError(t, again.wait())
	assert.Empty(t, again.credentials.String(), "they are shown once")
}

func TestDoesNotStart(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer busy.Close()
	taken := t.TempDir()
	dir, err := datadir.Open(taken, nil)
	require.NoError(t, err)
	defer dir.Close()
	for _, c := range []struct {
		why  string
		env  []string
		text string
	}{
		{"the port is occupied", []string{"LISTEN=" + busy.Addr().String()}, "--listen: listen tcp"},
		{"that of the metrics is", []string{"METRICS_LISTEN=" + busy.Addr().String()}, "--metrics-listen: listen tcp"},
		{"that of utilization metrics is", []string{"UTAPI_LISTEN=" + busy.Addr().String()}, "--utapi-listen: listen tcp"},
		{"the data are in use", []string{"DATA=" + taken}, "in use by another process"},
		{"no certificate", []string{"TLS_CERT=/nonexistent", "TLS_KEY=/nonexistent"}, "TLS certificate"},
		{"a bad master key", []string{"MASTER_KEY=short"}, "64 hexadecimal digits"},
		{"a bad root key", []string{"ROOT_ACCESS_KEY=a/b", "ROOT_SECRET_KEY=long-enough"}, "access key"},
	} {
		t.Run(c.why, func(t *testing.T) {
			cfg := settings(t, c.env...)
			err := server.Run(t.Context(), cfg, nil)
			require.ErrorContains(t, err, c.text)
			d, err := datadir.Open(cfg.Data, nil)
			if err == nil {
				err = d.Close()
			}
			if cfg.Data != taken && cfg.MasterKey == "" {
				assert.NoError(t, err, "the directory was let go")
			}
		})
	}
}

func TestStopLetsRequestsFinish(t *testing.T) {
	r := start(t, settings(t, withRoot()...))
	require.Equal(t, 200, status(t, "PUT", r.url+"/photos", ""))
	body, feed := io.Pipe()
	done := make(chan int)
	go func() {
		resp, err := s3(t, http.DefaultClient, "PUT", r.url+"/photos/slow", body)
		if !assert.NoError(t, err) {
			done <- 0
			return
		}
		_ = resp.Body.Close()
		done <- resp.StatusCode
	}()
	_, err := feed.Write([]byte("first half, "))
	require.NoError(t, err)
	r.untilInFlight(t)
	stopped := make(chan error)
	go func() { stopped <- r.wait() }()
	r.untilLogged(t, `"msg":"stopping"`)
	_, err = feed.Write([]byte("second half"))
	require.NoError(t, err)
	require.NoError(t, feed.Close())
	assert.Equal(t, 200, <-done)
	assert.NoError(t, <-stopped)
	assert.NotContains(t, r.logged(), "cut off")
}

func TestStopCutsRequestsThatDoNotFinish(t *testing.T) {
	r := start(t, settings(t, withRoot("SHUTDOWN_TIMEOUT=1ms")...))
	require.Equal(t, 200, status(t, "PUT", r.url+"/photos", ""))
	body, feed := io.Pipe()
	done := make(chan error)
	go func() {
		resp, err := s3(t, http.DefaultClient, "PUT", r.url+"/photos/never", body)
		if err == nil {
			_ = resp.Body.Close()
		}
		done <- err
	}()
	_, err := feed.Write([]byte("first half, "))
	require.NoError(t, err)
	r.untilInFlight(t)
	assert.NoError(t, r.wait())
	require.NoError(t, feed.Close()) // the client notices when it has no more to send
	assert.Error(t, <-done)
	assert.Contains(t, r.logged(), "cut off")
}

func TestWhatCanBeTurnedOff(t *testing.T) {
	r := start(t, settings(t, withRoot("METRICS_LISTEN=", "ACCESS_LOG=false")...))
	assert.Empty(t, r.metrics)
	assert.Equal(t, 200, status(t, "GET", r.url+"/", ""))
	require.NoError(t, r.wait())
	assert.NotContains(t, r.logged(), "ListBuckets")
}

// TestStalledUpload sends half a body and waits to be given up.
func TestStalledUpload(t *testing.T) {
	r := start(t, settings(t, withRoot("STALL_TIMEOUT=50ms")...))
	require.Equal(t, 200, status(t, "PUT", r.url+"/photos", ""))
	body, feed := io.Pipe()
	go func() { _, _ = feed.Write([]byte("half of it")) }()
	resp, err := s3(t, http.DefaultClient, "PUT", r.url+"/photos/a", body)
	require.NoError(t, err)
	assert.Equal(t, 400, resp.StatusCode)
	require.NoError(t, resp.Body.Close())
	require.NoError(t, feed.Close())
	require.NoError(t, r.wait())
	assert.Contains(t, r.logged(), `"error":"RequestTimeout"`)
}

func tlsClient() *http.Client {
	return &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true, // a handshake for each request
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true},
	}}
}
