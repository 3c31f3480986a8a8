package listmetrics_test

import (
	"bytes"
	"fmt"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/admin/cli"
	"github.com/cofferstore/coffer/admin/cli/listmetrics"
	"github.com/cofferstore/coffer/admin/utapihttp"
	"github.com/cofferstore/coffer/auth/awssig"
	"github.com/cofferstore/coffer/s3http/s3test"
)

// run runs a tool with arguments in one line.
func run(t *testing.T, tool cli.Tool, line string) (exit int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	exit = tool(t.Context(), &cli.Invocation{Args: strings.Fields(line), Stdout: &out, Stderr: &errs})
	return exit, out.String(), errs.String()
}

func TestArguments(t *testing.T) {
	const access = " -a KEY -k SECRET -h 127.0.0.1 -p 1"
	for _, tt := range []struct{ explanation, line, want string }{
		{"no host", "-a KEY -k SECRET -m buckets --buckets b -s 0 -p 1", "missing required option: host"},
		{"no port", "-a KEY -k SECRET -m buckets --buckets b -s 0 -h h", "missing required option: port"},
		{"no key", "-k SECRET -m buckets --buckets b -s 0 -h h -p 1", "missing required option: access-key"},
		{"no secret", "-a KEY -m buckets --buckets b -s 0 -h h -p 1", "missing required option: secret-key"},
		{"no metric", "--buckets b -s 0" + access, "missing required option: metric"},
		{"no such metric", "-m locations -s 0" + access, "metric must be 'buckets', 'accounts', 'users', or 'service'"},
		{"no names", "-m accounts --buckets b -s 0" + access, "missing required option: accounts"},
		{"no start", "-m buckets --buckets b" + access, "missing required option: start"},
		{"a start that is no number", "-m buckets --buckets b -s today" + access, "start must be a number"},
		{"an end that is no number", "-m buckets --buckets b -s 0 -e 1.5" + access, "end must be a number"},
		{"an unknown option", "--color" + access, "unknown flag: --color"},
		{"more than options", "photos" + access, "unexpected argument: photos"},
	} {
		exit, stdout, stderr := run(t, listmetrics.New(nil), tt.line)
		assert.Equal(t, 1, exit, tt.explanation)
		assert.Empty(t, stdout, tt.explanation)
		assert.True(t, strings.HasPrefix(stderr, "list_metrics: "+tt.want+"\n"), "%s: %s", tt.explanation, stderr)
		assert.Contains(t, stderr, "--secret-key", "%s: usage", tt.explanation)
	}
	exit, stdout, stderr := run(t, listmetrics.New(nil), "--help")
	assert.Equal(t, 0, exit, "-h is the host")
	assert.Contains(t, stdout, "Usage: list_metrics")
	assert.Empty(t, stderr)
	exit, _, stderr = run(t, listmetrics.NewForBuckets(nil), "-m buckets -b b -s 0"+access)
	assert.Equal(t, 1, exit)
	assert.Contains(t, stderr, "unknown shorthand flag: 'm'", "the older form has no -m")
	exit, _, stderr = run(t, listmetrics.New(nil), "-m buckets --buckets b -s 0 -a KEY -k SECRET -h 127.0.0.1 -p x/y")
	assert.Equal(t, 1, exit)
	assert.NotContains(t, stderr, "SECRET")
}

// TestAgainstServer lists from a server, over HTTP and HTTPS.
func TestAgainstServer(t *testing.T) {
	s3 := s3test.New(t, func(c *s3test.Config) { c.Start, c.StrictClock = time.Date(2017, 9, 15, 12, 7, 0, 0, time.UTC), true })
	for _, path := range []string{"/photos", "/photos/a"} {
		r, err := s3.Request(t.Context(), "PUT", path, nil)
		require.NoError(t, err)
		resp, err := s3.Do(r)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, 200, resp.StatusCode)
	}
	h := utapihttp.New(s3.Metrics, admin.New(s3.Directory, s3.Store, nil), &utapihttp.Options{
		Verifier: awssig.V4(s3.Directory, &awssig.Options{Now: s3.Clock.Now}), Now: s3.Clock.Now,
	})
	plain, secure := httptest.NewServer(h), httptest.NewTLSServer(h)
	defer plain.Close()
	defer secure.Close()
	access := func(srv *httptest.Server) string {
		u, err := url.Parse(srv.URL)
		require.NoError(t, err)
		return fmt.Sprintf(" -h %s -p %s -a %s -k %s", u.Hostname(), u.Port(), s3.AccessKey, s3.SecretKey)
	}
	o := &listmetrics.Options{Now: s3.Clock.Now}
	for _, tt := range []struct {
		explanation string
		tool        cli.Tool
		line        string
		exit        int
		out, errs   string
	}{
		{"buckets", listmetrics.New(o), "-m buckets --buckets=photos,other -s 1505476800000 -e 1505477699999" + access(plain), 0, `"bucketName": "other"`, ""},
		{"two spaces", listmetrics.New(o), "-m buckets --buckets=photos -s 1505476800000" + access(plain), 0, "[\n  {\n    \"timeRange\": [\n      1505476800000,\n", ""},
		{"accounts", listmetrics.New(o), "-m accounts --accounts root -s 0" + access(plain), 0, `"accountId": "root"`, ""},
		{"users", listmetrics.New(o), "-m users --users root:a -s 0" + access(plain), 0, `"userId": "root:a"`, ""},
		{"service, recent", listmetrics.New(o), "-m service --service s3 -r -s x" + access(plain), 0, `"s3:PutObject": 1`, ""},
		{"HTTPS", listmetrics.New(o), "-m buckets --buckets photos -r --ssl" + access(secure), 0, `"s3:CreateBucket": 1`, ""},
		{"the older form", listmetrics.NewForBuckets(o), "-b photos -r" + access(plain), 0, `"bucketName": "photos"`, ""},
		{"verbose", listmetrics.New(o), "-v -m buckets --buckets photos -r" + access(plain), 0, `"bucketName": "photos"`, "status: 200"},
		{"a refusal", listmetrics.New(o), "-m accounts --accounts nobody -r" + access(plain), 1, "", `request failed with status 403: {"code":"AccessDenied","message":"Access Denied"}`},
		{"a range that is none", listmetrics.New(o), "-m buckets --buckets photos -s 1" + access(plain), 1, "", `status 400: {"code":"InvalidParameterValue"`},
		{"not a server of HTTPS", listmetrics.New(o), "-m buckets --buckets photos -r --ssl" + access(plain), 1, "", "HTTP response to HTTPS client"},
	} {
		exit, stdout, stderr := run(t, tt.tool, tt.line)
		assert.Equal(t, tt.exit, exit, "%s: %s", tt.explanation, stderr)
		assert.Contains(t, stdout, tt.out, tt.explanation)
		assert.Contains(t, stderr, tt.errs, tt.explanation)
		assert.NotContains(t, stderr, s3.SecretKey, tt.explanation)
		if tt.exit == 0 && tt.errs == "" {
			assert.Empty(t, stderr, tt.explanation)
		}
	}
	_, _, stderr := run(t, listmetrics.New(o), "-v -m buckets --buckets photos -r"+access(plain))
	for _, want := range []string{"request header: content-type: application/json\n", "request header: cache-control: no-cache\n", "Signature=REDACTED\n", "response header: x-scal-request-id: "} {
		assert.Contains(t, stderr, want)
	}
}
