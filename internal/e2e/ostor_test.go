package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/internal/datadir"
	"github.com/cofferstore/coffer/objstore"
)

// operator is who uses the management API from outside.
type operator struct {
	t      *testing.T
	script string
	bash   string
	url    string
	style  string
	key    iam.Credentials
}

// newOperator starts a server with a system user.
func newOperator(t *testing.T, style string) *operator {
	t.Helper()
	for _, program := range []string{"curl", "openssl"} {
		tool(t, program)
	}
	o := &operator{t: t, bash: tool(t, "bash"), style: style}
	var err error
	o.script, err = filepath.Abs(filepath.Join("testdata", "ostor_curl.sh"))
	require.NoError(t, err)
	data := filepath.Join(t.TempDir(), "data")
	d, err := datadir.Open(data, nil)
	require.NoError(t, err)
	users, err := iam.Open(d.Index, &iam.Options{Sealer: d.MasterKey})
	require.NoError(t, err)
	store, err := objstore.Open(d.Engine(), nil)
	require.NoError(t, err)
	a, err := admin.NewOstor(admin.New(users, store, nil), nil).CreateUser(t.Context(), "operator@example.com", true)
	require.NoError(t, err)
	o.key = iam.Credentials{AccessKey: a.Keys[0].AccessKey, Secret: a.Keys[0].Secret}
	require.NoError(t, store.Close())
	require.NoError(t, d.Close())
	s := launch(t, data, "--ostor-stat")
	t.Cleanup(func() { s.stop(t) })
	o.url = s.url
	return o
}

// by sends "METHOD /path" with a key and returns the status and the answer.
func (o *operator) by(key iam.Credentials, request, body string) (status, answer string) {
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
func (o *operator) want(status, request string) string {
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
			o := newOperator(t, style)
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

func (o *operator) users() iam.Credentials {
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
	status, _ = o.by(second, "GET /?ostor-users", "")
	assert.Equal(o.t, "403", status, "a customer is no operator")
	return second
}

func (o *operator) accounts(user iam.Credentials) {
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

func (o *operator) buckets(user iam.Credentials) {
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

func (o *operator) limitsAndQuotas(user iam.Credentials) {
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

func (o *operator) statistics(user iam.Credentials) {
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
