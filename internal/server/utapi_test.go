package server_test

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth/awssig"
)

// post sends a document that is signed with the root credentials and its hash.
func post(t *testing.T, url, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "POST", url, strings.NewReader(body))
	require.NoError(t, err)
	sum := sha256.Sum256([]byte(body))
	awssig.SignV4(r, awssig.Credentials{AccessKey: accessKey, Secret: secretKey},
		awssig.Scope{Time: time.Now(), Region: "us-east-1", Service: "s3"}, hex.EncodeToString(sum[:]))
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(answer)
}

func TestUtilizationMetrics(t *testing.T) {
	c := settings(t, withRoot("UTAPI_LISTEN=127.0.0.1:0", "UTAPI_REINDEX=true", "UTAPI_EXPIRE_AFTER=1h")...)
	r := start(t, c)
	require.Equal(t, 200, status(t, "PUT", r.url+"/buckets", ""), "a bucket may be called so")
	require.Equal(t, 200, status(t, "PUT", r.url+"/buckets/a", "hello"))
	require.Equal(t, 200, status(t, "GET", r.url+"/buckets/a", ""))
	const question = `{"buckets":["buckets"]}`
	for _, url := range []string{r.url, r.utapi} {
		code, answer := post(t, url+"/buckets?Action=ListRecentMetrics", question)
		assert.Equal(t, 200, code)
		assert.Contains(t, answer, `"incomingBytes":5,"outgoingBytes":5,`)
		assert.Contains(t, answer, `"s3:PutObject":1,`)
	}
	code, answer := get(t, r.utapi+"/_/healthcheck")
	assert.Equal(t, 200, code)
	assert.Equal(t, "{}", answer)
	code, _ = get(t, r.utapi+"/buckets/a")
	assert.Equal(t, 403, code, "nothing but metrics is served there")
	require.NoError(t, r.wait())

	again := start(t, c)
	_, answer = post(t, again.utapi+"/buckets?Action=ListRecentMetrics", question)
	assert.Contains(t, answer, `"incomingBytes":5,"outgoingBytes":5,`, "a stop loses nothing")
	require.NoError(t, again.wait())
	assert.Contains(t, again.logged(), `"protocol":"utapi"`)
}
