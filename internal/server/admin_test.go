package server_test

import (
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth/awssig"
)

// as sends a request without a body, signed with other credentials than root's.
func as(t *testing.T, accessKey, method, url string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	require.NoError(t, err)
	awssig.SignV4(r, awssig.Credentials{AccessKey: accessKey, Secret: "secret"},
		awssig.Scope{Time: time.Now(), Region: "us-east-1", Service: "s3"}, awssig.UnsignedPayload)
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(body)
}

func TestAdministration(t *testing.T) {
	r := start(t, settings(t, withRoot()...))
	root := func(method, path string) int { t.Helper(); return status(t, method, r.url+path, "") }
	alice := func(method, path string) int { t.Helper(); return first(as(t, "ALICE", method, r.url+path)) }
	reader := func(method, path string) int { t.Helper(); return first(as(t, "READER", method, r.url+path)) }

	require.Equal(t, 200, root("PUT", "/admin/user?uid=alice&display-name=Alice&access-key=ALICE&secret-key=secret&max-buckets=1"))
	assert.Equal(t, 200, alice("PUT", "/photos"))
	assert.Equal(t, 400, alice("PUT", "/more"), "max-buckets")
	assert.Equal(t, 403, alice("GET", "/admin/user?uid=alice"), "no capability")

	require.Equal(t, 200, root("PUT", "/admin/user?uid=alice&subuser=reader&access=read&key-type=s3&access-key=READER&secret-key=secret"))
	assert.Equal(t, 200, reader("GET", "/photos"))
	assert.Equal(t, 403, reader("PUT", "/photos/a"), "a subuser who may read does not write")
	require.Equal(t, 200, root("POST", "/admin/user?uid=alice&op-mask=read,write"))
	assert.Equal(t, 200, alice("PUT", "/photos/a"))
	assert.Equal(t, 403, alice("DELETE", "/photos/a"), "the mask of the user")

	require.Equal(t, 200, root("PUT", "/admin/user?quota&uid=alice&quota-type=user&max-objects=1&enabled=true"))
	assert.Equal(t, 403, alice("PUT", "/photos/b"), "the quota holds at once")

	require.Equal(t, 200, root("POST", "/admin/user?uid=alice&suspended=true"))
	assert.Equal(t, 403, alice("GET", "/photos"), "cut off with the next request")
	assert.Equal(t, 403, reader("GET", "/photos"), "with all subusers")
	require.Equal(t, 200, root("POST", "/admin/user?uid=alice&suspended=false"))
	assert.Equal(t, 200, alice("GET", "/photos"))

	assert.Equal(t, 409, root("DELETE", "/admin/user?uid=alice"), "she owns a bucket")
	assert.Equal(t, 200, root("DELETE", "/admin/user?uid=alice&purge-data=true"))
	assert.Equal(t, 404, root("GET", "/photos"))
	assert.Equal(t, 403, alice("GET", "/"))
	require.NoError(t, r.wait())
	assert.NotContains(t, r.logged(), "secret-key=secret", "the access log has no secrets")
}
