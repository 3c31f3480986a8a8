package s3http_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/fileblobs"
	"github.com/cofferstore/coffer/objstore/memengine"
	"github.com/cofferstore/coffer/objstore/sse/keyring"
	"github.com/cofferstore/coffer/s3http"
)

// BenchmarkEncryption moves objects of 64 MiB over a loopback connection to and
// from files, in the clear and encrypted. The rates include the client's part.
func BenchmarkEncryption(b *testing.B) {
	const size = 64 << 20
	blobs, err := fileblobs.Open(b.TempDir(), nil)
	require.NoError(b, err)
	ring := keyring.NewMemory()
	st, err := objstore.Open(driver.Engine{Index: memengine.New().Index, Blobs: blobs}, &objstore.Options{Keys: ring, SweepEvery: -1})
	require.NoError(b, err)
	srv := httptest.NewServer(s3http.New(st, &s3http.Options{Verifier: named{}}))
	b.Cleanup(func() { srv.Close(); require.NoError(b, st.Close()) })
	body, buf := make([]byte, size), make([]byte, 1<<20)
	do := func(method, path, mode string) {
		var rd io.Reader
		if method == http.MethodPut && path != "/bucket" {
			rd = bytes.NewReader(body)
		}
		r, err := http.NewRequestWithContext(b.Context(), method, srv.URL+path, rd)
		require.NoError(b, err)
		if method == http.MethodPut && mode != "" {
			r.Header.Set(sseHeader, mode)
		}
		resp, err := http.DefaultClient.Do(r)
		require.NoError(b, err)
		_, err = io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{resp.Body}, buf)
		require.NoError(b, err)
		require.NoError(b, resp.Body.Close())
		require.Equal(b, http.StatusOK, resp.StatusCode)
	}
	do(http.MethodPut, "/bucket", "")
	for _, method := range []string{http.MethodPut, http.MethodGet} {
		for _, mode := range []string{"", "AES256"} {
			path := "/bucket/o" + mode
			do(http.MethodPut, path, mode)
			b.Run(fmt.Sprintf("%s/mode=%s", method, mode), func(b *testing.B) {
				b.SetBytes(size)
				for b.Loop() {
					do(method, path, mode)
				}
			})
		}
	}
	_, err = st.Sweep(b.Context())
	require.NoError(b, err)
}
