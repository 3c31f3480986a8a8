package server_test

import (
	"crypto/md5"
	"encoding/base64"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth/awssig"
	"github.com/cofferstore/coffer/internal/datadir"
	"github.com/cofferstore/coffer/objstore/sse/keyring"
)

// TestEncryptionOfAServer stores with a key of the data directory, which is
// rotated while the server runs, and with a customer's key without TLS.
func TestEncryptionOfAServer(t *testing.T) {
	c := settings(t, "ROOT_ACCESS_KEY=root", "ROOT_SECRET_KEY=rootsecret", "SSE_C_WITHOUT_TLS=true")
	s := start(t, c)
	do := func(method, path, body string, headers ...string) (int, string) {
		r, err := http.NewRequestWithContext(t.Context(), method, s.url+path, strings.NewReader(body))
		require.NoError(t, err)
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		awssig.SignV4(r, awssig.Credentials{AccessKey: "root", Secret: "rootsecret"},
			awssig.Scope{Time: time.Now(), Region: "us-east-1", Service: "s3"}, awssig.UnsignedPayload)
		resp, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		return resp.StatusCode, string(text)
	}
	const prefix = "X-Amz-Server-Side-Encryption"
	status, text := do("PUT", "/bucket", "")
	require.Equal(t, 200, status, text)
	status, text = do("PUT", "/bucket/before", "one", prefix, "AES256")
	require.Equal(t, 200, status, text)
	ring, err := datadir.OpenKeyRing(c.Data, nil)
	require.NoError(t, err)
	require.NoError(t, ring.Rotate(keyring.DefaultKey))
	status, text = do("PUT", "/bucket/after", "two", prefix, "aws:kms")
	require.Equal(t, 200, status, text)
	for path, want := range map[string]string{"/bucket/before": "one", "/bucket/after": "two"} {
		status, text = do("GET", path, "")
		assert.Equal(t, 200, status)
		assert.Equal(t, want, text)
	}
	key := strings.Repeat("k", 32)
	sum := md5.Sum([]byte(key))
	status, text = do("PUT", "/bucket/customer", "three", prefix+"-Customer-Algorithm", "AES256",
		prefix+"-Customer-Key", base64.StdEncoding.EncodeToString([]byte(key)), prefix+"-Customer-Key-Md5", base64.StdEncoding.EncodeToString(sum[:]))
	assert.Equal(t, 200, status, text)
	s.stop()
	assert.NoError(t, <-s.done)
	s.mu.Lock()
	defer s.mu.Unlock()
	assert.NotContains(t, s.log.String(), base64.StdEncoding.EncodeToString([]byte(key)), "keys are not logged")
}
