package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth/iam"
)

// ostorClient is who uses the management API from outside.
type ostorClient struct {
	t      *testing.T
	script string
	bash   string
	url    string
	style  string
	line   shell // ostor-s3-admin
	key    iam.Credentials
}

// newOstorClient starts a server and makes its first system user, on its command
// line.
func newOstorClient(t *testing.T, style string) *ostorClient {
	t.Helper()
	for _, program := range []string{"curl", "openssl"} {
		tool(t, program)
	}
	o := &ostorClient{t: t, bash: tool(t, "bash"), style: style}
	var err error
	o.script, err = filepath.Abs(filepath.Join("testdata", "ostor_curl.sh"))
	require.NoError(t, err)
	s := serve(t, "--ostor-stat")
	o.url, o.line = s.url, shell{linkTo(t, "ostor-s3-admin"), []string{"COFFER_DATA=" + s.data}}
	made := o.line.run(t, "create-user", "-e", "operator@example.com", "-S", "-V", "0100000000000002")
	found := regexp.MustCompile(`S3AccessKeyId:(\w+)\nKeyPair\[0\]:S3SecretAccessKey:(\w+)\nFlags:system\n`).FindStringSubmatch(made)
	require.Len(t, found, 3, made)
	o.key = iam.Credentials{AccessKey: found[1], Secret: found[2]}
	return o
}

// linkTo is a link to the server's binary by the name of a tool.
func linkTo(t *testing.T, name string) string {
	t.Helper()
	bin, err := program()
	require.NoError(t, err)
	link := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.Symlink(bin, link))
	return link
}

// by sends "METHOD /path" with a key and returns the status and the answer.
func (o *ostorClient) by(key iam.Credentials, request, body string) (status, answer string) {
	o.t.Helper()
	method, path, _ := strings.Cut(request, " ")
	args := []string{o.script, o.style, method, o.url + path}
	if body != "" {
		file := filepath.Join(o.t.TempDir(), "body")
		require.NoError(o.t, os.WriteFile(file, []byte(body), 0o600))
		args[1] = "bash" // no other client sends one
		args = append(args, file)
	}
	out := shell{o.bash, []string{"S3_KEY=" + key.AccessKey, "S3_SECRET=" + key.Secret}}.run(o.t, args...)
	status, answer, _ = strings.Cut(out, "\n")
	return status, strings.TrimSpace(answer)
}

// want sends a request of the operator and returns the answer, whose status must
// be as given.
func (o *ostorClient) want(status, request string) string {
	o.t.Helper()
	got, answer := o.by(o.key, request, "")
	require.Equal(o.t, status, got, "%s: %s", request, answer)
	return answer
}

// keys reads the keys of an answer.
func keysIn(t *testing.T, answer string) (keys []iam.Credentials) {
	t.Helper()
	var doc struct {
		Keys []struct {
			ID     string `json:"AWSAccessKeyId"`
			Secret string `json:"AWSSecretAccessKey"`
		} `json:"AWSAccessKeys"`
	}
	require.NoError(t, json.Unmarshal([]byte(answer), &doc), answer)
	for _, k := range doc.Keys {
		keys = append(keys, iam.Credentials{AccessKey: k.ID, Secret: k.Secret})
	}
	return keys
}

// TestOstor does what the S3 integration guide shows, with each framing that
// clients of the API have.
func TestOstor(t *testing.T) {
	for _, style := range []string{"bash", "old", "php"} {
		t.Run(style, func(t *testing.T) {
			o := newOstorClient(t, style)
			user := o.users()
			o.accounts(user)
			o.buckets(user)
			o.limitsAndQuotas(user)
			o.statistics(user)
			o.want("409", "DELETE /?ostor-users&emailAddress=user@example.com")
			o.want("204", "DELETE /photos")
			o.want("204", "DELETE /?ostor-users&emailAddress=user@example.com")
			o.want("404", "GET /?ostor-users&emailAddress=user@example.com")
		})
	}
}

func (o *ostorClient) users() iam.Credentials {
	const me = "/?ostor-users&emailAddress=user@example.com"
	first := keysIn(o.t, o.want("200", "PUT "+me))[0]
	o.want("409", "PUT "+me)
	assert.Contains(o.t, o.want("200", "GET /?ostor-users"), `"UserEmail":"user@example.com"`)
	second := keysIn(o.t, o.want("200", "POST "+me+"&genKey"))[0]
	o.want("409", "POST "+me+"&genKey")
	assert.Equal(o.t, []iam.Credentials{first, second}, keysIn(o.t, o.want("200", "GET "+me)))
	assert.Empty(o.t, o.want("200", "POST "+me+"&revokeKey="+first.AccessKey))
	status, answer := o.by(first, "GET /", "")
	assert.Equal(o.t, "403", status)
	assert.Contains(o.t, answer, "InvalidAccessKeyId")
	assert.Empty(o.t, o.want("200", "POST "+me+"&disable"))
	status, answer = o.by(second, "GET /", "")
	assert.Equal(o.t, "403", status)
	assert.Contains(o.t, answer, "User is disabled")
	assert.Empty(o.t, o.want("200", "POST "+me+"&enable"))
	status, _ = o.by(second, "GET /", "")
	assert.Equal(o.t, "200", status)
	o.line.run(o.t, "disable-user", "-e", "user@example.com")
	status, _ = o.by(second, "GET /", "")
	assert.Equal(o.t, "403", status, "the command line and the API work on the same state")
	o.line.run(o.t, "enable-user", "-e", "user@example.com")
	assert.Contains(o.t, o.line.run(o.t, "query-users", "-a"), second.AccessKey+"  "+second.Secret+"  user@example.com\n")
	out, err := o.line.try(o.t, "delete-user", "-e", "none@example.com")
	assert.Error(o.t, err)
	assert.Equal(o.t, "ostor-s3-admin: there is no such user\n", out)
	status, _ = o.by(second, "GET /?ostor-users", "")
	assert.Equal(o.t, "403", status, "a customer is no operator")
	return second
}

func (o *ostorClient) accounts(user iam.Credentials) {
	const me = "&emailAddress=user@example.com"
	one := keysIn(o.t, o.want("200", "POST /?ostor-accounts"+me+"&accountName=work"))[0]
	two := keysIn(o.t, o.want("200", "POST /?ostor-users"+me+"&accountName=work&genKey"))[0]
	status, _ := o.by(two, "PUT /photos", "")
	assert.Equal(o.t, "200", status, "the account works for its user")
	status, answer := o.by(user, "GET /", "")
	assert.Equal(o.t, "200", status)
	assert.Contains(o.t, answer, "<Name>photos</Name>")
	assert.Empty(o.t, o.want("200", "POST /?ostor-users"+me+"&accountName=work&revokeKey="+two.AccessKey))
	o.want("204", "DELETE /?ostor-accounts"+me+"&accountName=work")
	status, _ = o.by(one, "GET /", "")
	assert.Equal(o.t, "403", status)
}

func (o *ostorClient) buckets(user iam.Credentials) {
	status, _ := o.by(user, "PUT /photos/a", "12345")
	require.Equal(o.t, "200", status)
	for _, request := range []string{"GET /?ostor-buckets", "GET /?ostor-buckets&emailAddress=user@example.com", "GET /?ostor-buckets&bucket=photos"} {
		answer := o.want("200", request)
		assert.Contains(o.t, answer, `{"Buckets":[{"size":{"current":5,"h_integral":0,"hmax":5,"last_ts":`, request)
		assert.Contains(o.t, answer, `"name":"photos"`, request)
	}
	status, answer := o.by(o.key, "GET /?ostor-buckets&multi", `["none", "photos"]`)
	assert.Equal(o.t, "200", status)
	assert.Equal(o.t, 1, strings.Count(answer, `"name":"photos"`), answer)
	o.want("404", "GET /?ostor-buckets&bucket=none")
	o.want("403", "GET /photos/a")
	o.want("409", "DELETE /photos")
}

func (o *ostorClient) limitsAndQuotas(user iam.Credentials) {
	for _, of := range []string{"&emailAddress=user@example.com", "&bucket=photos"} {
		o.want("200", "PUT /?ostor-limits"+of+"&limit-type=ops&limit-resource=list&limit-value=0.01")
		o.want("200", "PUT /?ostor-limits"+of+"&limit-type=bandwidth&limit-resource=out&limit-value=100")
		assert.Equal(o.t, `{"ops:default":"0.00","ops:get":"0.00","ops:put":"0.00","ops:list":"0.01","ops:delete":"0.00","bandwidth:out":"100"}`,
			o.want("200", "GET /?ostor-limits"+of))
		status, _ := o.by(user, "GET /photos", "")
		assert.Equal(o.t, "200", status)
		status, answer := o.by(user, "GET /photos", "")
		assert.Equal(o.t, "503", status, "one in a hundred seconds")
		assert.Contains(o.t, answer, "SlowDown")
		o.want("204", "DELETE /?ostor-limits"+of)
	}
	for of, kind := range map[string]string{
		"&emailAddress=user@example.com": "user", "&bucket=photos": "bucket", "&default=user": "user", "&default=bucket": "bucket",
	} {
		o.want("200", "PUT /?ostor-quotas"+of+"&quota-size=1024")
		assert.Equal(o.t, `{"version":"1","type":"`+kind+`","size":"1024"}`, o.want("200", "GET /?ostor-quotas"+of))
		o.want("204", "DELETE /?ostor-quotas"+of)
		assert.Equal(o.t, `{"version":"1","type":"`+kind+`","size":"0"}`, o.want("200", "GET /?ostor-quotas"+of))
	}
}

func (o *ostorClient) statistics(user iam.Credentials) {
	status, _ := o.by(user, "DELETE /photos/a", "")
	require.Equal(o.t, "204", status)
	var list struct {
		Count int      `json:"nr_items"`
		Items []string `json:"items"`
	}
	require.NoError(o.t, json.Unmarshal([]byte(o.want("200", "GET /?ostor-usage")), &list))
	require.Equal(o.t, 1, list.Count)
	answer := o.want("200", "GET /?ostor-usage&obj="+list.Items[0])
	assert.Contains(o.t, answer, `"key":{"bucket":"photos","epoch":0,"user_id":"`+user.AccessKey[:16]+`","tag":""}`)
	assert.Contains(o.t, answer, `"net_io":{"uploaded":5,"downloaded":0}`)
	o.want("204", "DELETE /?ostor-usage&obj="+list.Items[0])
	o.want("404", "GET /?ostor-usage&obj="+list.Items[0])
}
