package rgwlog_test

import (
	"crypto/md5"
	"encoding/base64"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/s3http/s3test"
	"github.com/cofferstore/coffer/usage/rgwlog"
)

// TestS3 sends what a Ceph gateway was sent and compares categories and counts
// with its record (GET /admin/usage?uid=lab-user).
func TestS3(t *testing.T) {
	srv := s3test.New(t, func(c *s3test.Config) { c.Start, c.StrictClock = hour, true })
	user, err := srv.AddUser("lab-user")
	require.NoError(t, err)
	do := func(u s3test.User, method, path, body, source string) string {
		r, err := srv.Request(t.Context(), method, path, strings.NewReader(body))
		require.NoError(t, err)
		if source != "" {
			r.Header.Set("X-Amz-Copy-Source", source)
		}
		if body != "" {
			sum := md5.Sum([]byte(body))
			r.Header.Set("Content-Md5", base64.StdEncoding.EncodeToString(sum[:]))
		}
		resp, err := srv.DoAs(u, r)
		require.NoError(t, err)
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		return string(text)
	}
	for _, c := range []struct{ method, path, body, source string }{
		{"PUT", "/lab-usage", "", ""},
		{"GET", "/lab-usage?location", "", ""},
		{"HEAD", "/lab-usage", "", ""},
		{"PUT", "/lab-usage/a", strings.Repeat("x", 1000), ""},
		{"PUT", "/lab-usage/b", strings.Repeat("x", 2000), ""},
		{"GET", "/lab-usage/a", "", ""},
		{"HEAD", "/lab-usage/a", "", ""},
		{"GET", "/lab-usage/missing", "", ""},
		{"PUT", "/lab-usage/c", "", "/lab-usage/a"},
		{"GET", "/lab-usage?list-type=2", "", ""},
		{"GET", "/lab-usage", "", ""},
		{"GET", "/lab-usage?acl", "", ""},
		{"GET", "/lab-usage?uploads", "", ""},
		{"POST", "/lab-usage?delete", "<Delete><Object><Key>b</Key></Object></Delete>", ""},
		{"DELETE", "/lab-usage/c", "", ""},
		{"GET", "/", "", ""},
		{"GET", "/lab-nowhere/a", "", ""},
	} {
		do(user, c.method, c.path, c.body, c.source)
	}
	do(srv.Root(), "GET", "/lab-usage/a", "", "")
	require.Len(t, srv.Journal(), 18)
	assert.Equal(t, []string{
		"lab-user//lab-user//list_buckets: 1 1",
		"lab-user/-/lab-user//get_obj: 2 0",
		"lab-user/lab-usage/lab-user//copy_obj: 1 1",
		"lab-user/lab-usage/lab-user//create_bucket: 1 1",
		"lab-user/lab-usage/lab-user//delete_obj: 1 1",
		"lab-user/lab-usage/lab-user//get_acls: 1 1",
		"lab-user/lab-usage/lab-user//get_bucket_location: 1 1",
		"lab-user/lab-usage/lab-user//get_obj: 3 3",
		"lab-user/lab-usage/lab-user//list_bucket: 2 2",
		"lab-user/lab-usage/lab-user//list_bucket_multiparts: 1 1",
		"lab-user/lab-usage/lab-user//multi_object_delete: 1 1",
		"lab-user/lab-usage/lab-user//put_obj: 2 2",
		"lab-user/lab-usage/lab-user//stat_bucket: 1 1",
	}, lines(show(t, srv.UsageLog, rgwlog.Query{User: "lab-user"})))
	sums := show(t, srv.UsageLog, rgwlog.Query{User: "lab-user", Categories: []string{"put_obj", "get_obj"}}).Summary
	require.Len(t, sums, 1)
	assert.EqualValues(t, 3000, sums[0].Total.BytesReceived, "what was put")
	assert.GreaterOrEqual(t, sums[0].Total.BytesSent, int64(2000), "what was got, and the text of errors")
	assert.Equal(t, hour.Unix(), show(t, srv.UsageLog, rgwlog.Query{}).Entries[0].Buckets[0].Epoch, "by the server's clock")
}

// Who pays for requests to a bucket of another is charged, the owner is not; see
// "Using Requester Pays buckets" of S3.
func TestS3Payer(t *testing.T) {
	srv := s3test.New(t, func(c *s3test.Config) { c.Start, c.StrictClock = hour, true })
	alice, err := srv.AddUser("alice")
	require.NoError(t, err)
	bob, err := srv.AddUser("bob")
	require.NoError(t, err)
	do := func(u s3test.User, method, path, body string, headers ...string) int {
		t.Helper()
		r, err := srv.Request(t.Context(), method, path, strings.NewReader(body))
		require.NoError(t, err)
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		resp, err := srv.DoAs(u, r)
		require.NoError(t, err)
		_ = resp.Body.Close()
		return resp.StatusCode
	}
	require.Equal(t, 200, do(alice, "PUT", "/photos", ""))
	require.Equal(t, 204, do(alice, "PUT", "/photos?policy",
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::photos/*"}]}`))
	require.Equal(t, 200, do(alice, "PUT", "/photos/cat", "meow"))
	require.Equal(t, 200, do(bob, "GET", "/photos/cat", ""))
	require.Equal(t, 200, do(alice, "PUT", "/photos?requestPayment",
		`<RequestPaymentConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Payer>Requester</Payer></RequestPaymentConfiguration>`))
	require.Equal(t, 403, do(bob, "GET", "/photos/cat", ""))
	require.Equal(t, 200, do(bob, "GET", "/photos/cat", "", "X-Amz-Request-Payer", "requester"))
	require.Equal(t, 200, do(alice, "GET", "/photos/cat", ""))
	categories := []string{"get_obj"}
	assert.Equal(t, []string{"alice/photos/alice//get_obj: 3 2"}, lines(show(t, srv.UsageLog, rgwlog.Query{User: "alice", Categories: categories})),
		"the owner's own, what was free, and what was refused")
	assert.Equal(t, []string{"bob/photos/alice/bob/get_obj: 1 1"}, lines(show(t, srv.UsageLog, rgwlog.Query{User: "bob", Categories: categories})),
		"the one who pays")
}
