package baseline_test

import (
	"crypto/md5"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/internal/bench/baseline"
)

func put(t *testing.T, url string, body io.Reader) *http.Response {
	req, err := http.NewRequestWithContext(t.Context(), "PUT", url, body)
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	res.Body.Close()
	return res
}

func TestSinkAnswersWithMD5(t *testing.T) {
	sink, err := baseline.NewSink(t.TempDir())
	require.NoError(t, err)
	srv := httptest.NewServer(sink)
	defer func() { srv.Close(); sink.Close() }()

	var wg sync.WaitGroup
	for i := range 20 { // together, so that some share a sync
		wg.Go(func() {
			body := strings.Repeat(fmt.Sprint(i), i*40_000)
			res := put(t, srv.URL+"/x", strings.NewReader(body))
			assert.Equal(t, 200, res.StatusCode)
			assert.Equal(t, fmt.Sprintf(`"%x"`, md5.Sum([]byte(body))), res.Header.Get("ETag"))
		})
	}
	wg.Wait()
	res := put(t, srv.URL+"/x", struct{ io.Reader }{strings.NewReader("no length")})
	assert.Equal(t, http.StatusLengthRequired, res.StatusCode)
}

func TestHasherAnswersWithMD5(t *testing.T) {
	srv := httptest.NewServer(baseline.Hasher{})
	defer srv.Close()
	for _, size := range []int{0, 1, 1 << 20, 6<<20 + 1} {
		body := strings.Repeat("x", size)
		res := put(t, srv.URL+"/x", strings.NewReader(body))
		assert.Equal(t, 200, res.StatusCode)
		assert.Equal(t, fmt.Sprintf(`"%x"`, md5.Sum([]byte(body))), res.Header.Get("ETag"), "%d bytes", size)
	}
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, baseline.WriteFiles(dir, 3, 3<<20+5))
	srv := httptest.NewServer(baseline.Files{Dir: dir})
	defer srv.Close()
	tests := []struct {
		explanation, path string
		status            int
		size              int64
	}{
		{"a file by its number", "/2", 200, 3<<20 + 5},
		{"the directories and zeros of a workload's key do not matter", "/bench/p0000/0000001", 200, 3<<20 + 5},
		{"no such number", "/3", 404, 0},
		{"not a number", "/../x", 404, 0},
	}
	for _, tt := range tests {
		t.Run(tt.explanation, func(t *testing.T) {
			res, err := http.Get(srv.URL + tt.path)
			require.NoError(t, err)
			defer res.Body.Close()
			n, err := io.Copy(io.Discard, res.Body)
			require.NoError(t, err)
			assert.Equal(t, tt.status, res.StatusCode)
			if tt.size > 0 {
				assert.Equal(t, tt.size, n)
			}
		})
	}
}

func TestServer(t *testing.T) {
	s, err := baseline.New(t.TempDir(), map[int64]int{10: 2})
	require.NoError(t, err)
	srv := httptest.NewServer(s)
	defer func() { srv.Close(); s.Close() }()
	for _, path := range []string{"/bucket/key", "/" + baseline.Hashing + "/key"} {
		res := put(t, srv.URL+path, strings.NewReader("x"))
		assert.Equal(t, 200, res.StatusCode)
		assert.Equal(t, `"9dd4e461268c8034f5c8564e155c67a6"`, res.Header.Get("ETag"), path)
	}
	for path, status := range map[string]int{"/10/p0000/0000001": 200, "/10/p0000/0000002": 404, "/11/p0000/0000001": 404} {
		res, err := http.Get(srv.URL + path)
		require.NoError(t, err)
		res.Body.Close()
		assert.Equal(t, status, res.StatusCode, path)
	}
}
