package server_test

import (
	"encoding/json"
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
	return by(t, awssig.Credentials{AccessKey: accessKey, Secret: "secret"}, method, url)
}

func by(t *testing.T, cred awssig.Credentials, method, url string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	require.NoError(t, err)
	awssig.SignV4(r, cred,
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

// The management API of ostor is on the same listener, and its users are the
// same users.
func TestOstor(t *testing.T) {
	r := start(t, settings(t, withRoot()...))
	root := func(method, path string) (int, string) {
		t.Helper()
		resp, err := s3(t, http.DefaultClient, method, r.url+path, nil)
		require.NoError(t, err)
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		return resp.StatusCode, string(body)
	}
	code, body := root("PUT", "/?ostor-users&emailAddress=user@example.com")
	require.Equal(t, 200, code, body)
	var made struct {
		UserID string `json:"UserId"`
		Keys   []struct {
			ID     string `json:"AWSAccessKeyId"`
			Secret string `json:"AWSSecretAccessKey"`
		} `json:"AWSAccessKeys"`
	}
	require.NoError(t, json.Unmarshal([]byte(body), &made))
	require.Len(t, made.Keys, 1)
	code, body = root("GET", "/admin/user?uid="+made.UserID)
	require.Equal(t, 200, code)
	assert.Contains(t, body, `"secret_key":"`+made.Keys[0].Secret+`"`)

	code, _ = root("PUT", "/?ostor-limits&emailAddress=user@example.com&limit-type=ops&limit-resource=get&limit-value=0.01") // one at once, and none for 100 seconds
	assert.Equal(t, 200, code)
	user := awssig.Credentials{AccessKey: made.Keys[0].ID, Secret: made.Keys[0].Secret}
	assert.Equal(t, 200, first(by(t, user, "GET", r.url+"/")))
	assert.Equal(t, 503, first(by(t, user, "GET", r.url+"/")), "the limit holds at once")
	assert.Equal(t, 403, first(by(t, user, "GET", r.url+"/?ostor-users")), "customers are no operators")
	code, _ = root("DELETE", "/?ostor-users&emailAddress=user@example.com")
	assert.Equal(t, 204, code)
	require.NoError(t, r.wait())
}
