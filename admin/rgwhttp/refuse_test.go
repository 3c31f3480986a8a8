package rgwhttp_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/admin/rgwhttp"
	"github.com/cofferstore/coffer/auth/awssig"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/usage"
)

// A name that a script forgot to fill in must not remove what it was a part of.
func TestRemovalOfNothing(t *testing.T) {
	l := newLab(t)
	l.bucket("lab-user", "photos", "private")
	for _, c := range []struct {
		target      string
		status      int
		explanation string
	}{
		{"bucket?bucket=photos&object=", 400, "not the bucket"},
		{"bucket?bucket=photos&object=&purge-objects=true", 400, "nor with all that is in it"},
		{"bucket?object&bucket=photos", 400, "the flag of Ceph's guide alone"},
		{"user?uid=lab-other&subuser=", 404, "not the user"},
		{"user?uid=lab-user&subuser=&purge-data=true", 404, "nor with the user's buckets"},
		{"user?subuser&uid=lab-other", 404, "the flag alone"},
	} {
		status, body := l.admin("DELETE", "/admin/"+c.target)
		assert.Equal(t, c.status, status, "%s: %s", c.explanation, body)
	}
	for _, target := range []string{"bucket?bucket=photos", "user?uid=lab-user", "user?uid=lab-other"} {
		status, _ := l.admin("GET", "/admin/"+target)
		assert.Equal(t, 200, status, "%s is still there", target)
	}
}

func TestLinkUnderABadName(t *testing.T) {
	l := newLab(t)
	l.bucket("lab-user", "photos", "private")
	for name, explanation := range map[string]string{"B%20AD": "a space", "a%2Fb": "no tenant", "x": "too short"} {
		status, body := l.admin("PUT", "/admin/bucket?bucket=photos&uid=lab-other&new-bucket-name="+name)
		assert.Equal(t, 400, status, explanation)
		assert.Contains(t, body, "InvalidArgument", explanation)
	}
	_, body := l.admin("GET", "/admin/bucket?bucket=photos")
	assert.Contains(t, body, `"owner":"lab-user"`, "nothing has changed")
}

func TestUsageIsTrimmedOnDemand(t *testing.T) {
	l := newLab(t)
	l.Usage.Record(&usage.Entry{Start: time.Now(), Method: "GET", Status: 200, Category: "get_obj", User: "lab-user", Owner: "lab-user"})
	for query, explanation := range map[string]string{
		"":                               "everybody's is asked for by name",
		"uid=":                           "nobody is not everybody",
		"uid=&end=2100-01-01":            "nor within bounds",
		"remove-all=yes":                 "what is no boolean is false",
		"remove-all=true&start=tomorrow": "a date that cannot be read bounds nothing",
		"uid=lab-user&start=":            "nor does one that is empty",
		"uid=lab-user&end=":              "on either side",
		"uid=lab-user&bucket=":           "a bucket without a name is not all buckets",
	} {
		status, body := l.admin("DELETE", "/admin/usage?"+query)
		assert.Equal(t, 400, status, "%s: %s", explanation, body)
	}
	has := func() bool {
		_, body := l.admin("GET", "/admin/usage?uid=lab-user")
		return strings.Contains(body, "get_obj")
	}
	assert.True(t, has())
	status, _ := l.admin("DELETE", "/admin/usage?uid=lab-user")
	assert.Equal(t, 200, status)
	assert.False(t, has())
}

func TestMethodsOfAResource(t *testing.T) {
	l := newLab(t)
	for target, want := range map[string]string{
		"user?uid=lab-user":            "GET, PUT, POST, DELETE",
		"usage":                        "GET, DELETE",
		"info":                         "GET",
		"metadata/user":                "GET, PUT, DELETE, POST",
		"metadata?key=user%3Alab-user": "GET, PUT, DELETE, POST",
		"zone":                         "", // which does not exist
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPatch, l.url+"/admin/"+target, nil)
		require.NoError(t, err)
		resp, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		_ = resp.Body.Close()
		assert.Equal(t, http.StatusMethodNotAllowed, resp.StatusCode, target)
		assert.Equal(t, []string{want}, resp.Header["Allow"], target)
	}
}

func TestBodyOfAQuota(t *testing.T) {
	l := newLab(t)
	h := rgwhttp.New(l.Service, &rgwhttp.Options{Verifier: awssig.V4(l.Users, nil)})
	before, err := l.Service.UserQuotas(t.Context(), iam.UserID{UID: "lab-user"})
	require.NoError(t, err)
	for _, c := range []struct {
		explanation, code string
		body              io.Reader
	}{
		{"a client that goes away is no failure of the server", "IncompleteBody", iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("{}")))},
		{"a quota is short", "InvalidArgument", strings.NewReader(strings.Repeat(" ", 1<<16) + "{}")},
	} {
		r := httptest.NewRequest("PUT", "/admin/user?quota&uid=lab-user&quota-type=user", c.body)
		awssig.SignV4(r, l.credentials("lab-admin"), awssig.Scope{Time: time.Now(), Region: "us-east-1", Service: "s3"}, awssig.UnsignedPayload)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		assert.Equal(t, http.StatusBadRequest, w.Code, c.explanation)
		assert.Contains(t, w.Body.String(), `"Code":"`+c.code+`"`, c.explanation)
	}
	after, err := l.Service.UserQuotas(t.Context(), iam.UserID{UID: "lab-user"})
	require.NoError(t, err)
	assert.Equal(t, before, after)
}
