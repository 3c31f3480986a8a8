package e2e

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/internal/datadir"
)

// operator is a user of the system, who may use the ostor API.
func operator() user {
	return user{iam.UserID{UID: "a14040e0b2ef8b28"}, "operator@example.com", "a14040e0b2ef8b28FZZ8", "dbwTnQTW602aAAdq8DQVFzB6yrTCFTNiGB8C8RFA"}
}

// serveOperator starts a server with a user of its system.
func serveOperator(t *testing.T, start func(*testing.T, string) *server) *server {
	t.Helper()
	data := filepath.Join(t.TempDir(), "data")
	d, err := datadir.Open(data, nil)
	require.NoError(t, err)
	dir, err := iam.Open(d.Index, &iam.Options{Sealer: d.MasterKey})
	require.NoError(t, err)
	u := operator()
	_, err = dir.CreateAccount(t.Context(), iam.Account{
		User: iam.User{UserID: u.UserID, Email: u.email, System: true},
		Keys: []iam.AccountKey{{AccessKey: u.accessKey, Secret: u.secret}},
	})
	require.NoError(t, err)
	require.NoError(t, d.Close())
	s := start(t, data)
	t.Cleanup(func() { s.stop(t) })
	return s
}

// php finds PHP with curl.
func php(t *testing.T) string {
	t.Helper()
	program := tool(t, "php")
	if out, err := (shell{program, nil}).try(t, "-r", "exit(function_exists('curl_init') ? 0 : 1);"); err != nil {
		missing(t, "PHP's curl is not installed: "+out)
	}
	return program
}

// TestWHMCSModule runs the tests of the module in examples/whmcs.
func TestWHMCSModule(t *testing.T) {
	program := php(t)
	root, err := filepath.Abs(filepath.Join("..", "..", "examples", "whmcs"))
	require.NoError(t, err)
	phpLint(t, program, root)
	cert, key := certificate(t)
	for _, tt := range []struct {
		name, tls string
		flags     []string
		php       []string
	}{
		{"plain", "", nil, nil},
		{"TLS", "1", []string{"--tls-cert", cert, "--tls-key", key}, []string{"-d", "curl.cainfo=" + cert}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serveOperator(t, func(t *testing.T, data string) *server { return launch(t, data, tt.flags...) })
			at, err := url.Parse(s.url)
			require.NoError(t, err)
			env := []string{"COFFER_TEST_HOST=" + at.Hostname(), "COFFER_TEST_PORT=" + at.Port(), "COFFER_TEST_TLS=" + tt.tls,
				"COFFER_TEST_ACCESS_KEY=" + operator().accessKey, "COFFER_TEST_SECRET_KEY=" + operator().secret, "COFFER_TEST_SYSTEM=" + operator().UID}
			out := shell{program, env}.run(t, append(tt.php, filepath.Join(root, "tests", "run.php"))...)
			assert.Contains(t, out, "good")
			t.Log(out)
		})
	}
}

// phpLint checks the syntax of all PHP files below a directory.
func phpLint(t *testing.T, program, dir string) {
	t.Helper()
	n := 0
	require.NoError(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".php") {
			n++
			shell{program, nil}.run(t, "-l", path)
		}
		return err
	}))
	require.NotZero(t, n)
}

// whmcs is an installation of WHMCS as far as the published scripts see it.
type whmcs struct {
	program, root, sessions string
	gateway                 *wiretap
}

// page is what a script leaves behind.
type page struct {
	Session map[string]json.RawMessage
	Calls   []struct {
		Command, SQL string
		Values       map[string]string
	}
	Status int
}

// run runs a script as WHMCS does, in its folder, and checks which requests it
// sent: "PUT /?ostor-users&...: 200".
func (w *whmcs) run(t *testing.T, script string, get map[string]string, requests ...string) page {
	t.Helper()
	input, err := json.Marshal(get)
	require.NoError(t, err)
	code := fmt.Sprintf(`chdir('admin/staas_scripts'); $_SERVER['HTTP_REFERER'] = 'x'; $_GET = json_decode(%s, true); require 'S3_%s.php';`,
		"'"+strings.ReplaceAll(string(input), "'", `\'`)+"'", script)
	sh := shell{program: w.program, env: []string{"S3_KEY=" + operator().accessKey, "S3_SECRET=" + operator().secret, "S3_GATEWAY=" + w.gateway.url}}
	out := sh.run(t, "-d", "date.timezone=Asia/Tokyo", "-d", "session.save_path="+w.sessions, "-r", "chdir('"+w.root+"'); "+code)
	_, document, found := strings.Cut(out, `{"session":`)
	require.True(t, found, out)
	var p page
	require.NoError(t, json.Unmarshal([]byte(`{"session":`+document), &p), out)
	assert.Equal(t, 302, p.Status, "back to the page that it came from")
	var sent []string
	for _, x := range w.gateway.take(t) {
		sent = append(sent, fmt.Sprintf("%s %s: %d", x.request.Method, x.request.RequestURI, x.status))
		checkFraming(t, x)
	}
	assert.Equal(t, requests, sent, script)
	return p
}

// checkFraming makes sure that the requests are as peculiar as published ones.
func checkFraming(t *testing.T, x exchange) {
	t.Helper()
	assert.Equal(t, "127.0.0.1", x.request.Host, "the host without its port")
	assert.NotContains(t, x.request.Header, "Content-Type")
	assert.Contains(t, x.request.Header.Get("Date"), "+0900", "the client's zone")
	if m := x.request.Method; m == "PUT" || m == "POST" {
		assert.Equal(t, []string{"chunked"}, x.request.TransferEncoding)
		if x.status < 400 {
			assert.True(t, strings.HasSuffix(x.raw, "\r\n\r\n0\r\n\r\n"), "an empty body: %q", x.raw)
		}
		assert.NotContains(t, x.request.Header, "Expect")
	}
}

// note returns the keys in the note that a script has added.
func (p page) note(t *testing.T) user {
	t.Helper()
	for _, c := range p.Calls {
		if c.Command == "AddClientNote" {
			var u user
			_, err := fmt.Sscanf(c.Values["notes"], "UserId: %s\nAWSAccessKeyId: %s\nAWSSecretAccessKey: %s", &u.UID, &u.accessKey, &u.secret)
			require.NoError(t, err)
			return u
		}
	}
	t.Fatal("no note")
	return user{}
}

// hook renders one of the hooks with what is in the session.
func (w *whmcs) hook(t *testing.T, name string) string {
	t.Helper()
	code := fmt.Sprintf(`require '%[1]s/init.php'; require '%[1]s/includes/hooks/S3_a%[2]s.php'; $out = $hooks['A%[2]s'](['userid' => 7]); echo is_array($out) ? implode("\n", $out) : $out;`, w.root, name)
	out := shell{program: w.program}.run(t, "-d", "session.save_path="+w.sessions, "-r", code)
	html, _, _ := strings.Cut(out, `{"session":`)
	return html
}

// TestWHMCSScripts runs scripts that send what the scripts printed in the
// integration guide of Virtuozzo's object storage send.
func TestWHMCSScripts(t *testing.T) {
	program := php(t)
	root, err := filepath.Abs(filepath.Join("testdata", "whmcs"))
	require.NoError(t, err)
	phpLint(t, program, root)
	s := serveOperator(t, func(t *testing.T, data string) *server { return launch(t, data, "--ostor-stat") })
	w := &whmcs{program: program, root: root, sessions: t.TempDir(), gateway: tap(t, s)}
	t.Run("users", func(t *testing.T) { whmcsUsers(t, w, s) })
	t.Run("limits", func(t *testing.T) { whmcsLimits(t, w, s) })
	t.Run("statistics", func(t *testing.T) { whmcsStatistics(t, w, s) })
	t.Run("links", func(t *testing.T) {
		assert.Contains(t, w.hook(t, "dminAreaClientSummaryActionLinks"), "S3_createUser.php?userid=7")
	})
}

// works tells whether a key can sign requests for S3.
func works(t *testing.T, s *server, u user) bool {
	t.Helper()
	_, err := s.sdk(t, as(u)).ListBuckets(t.Context(), &s3.ListBucketsInput{})
	if err != nil {
		assert.Contains(t, []string{"AccessDenied", "InvalidAccessKeyId"}, code(err))
	}
	return err == nil
}

func whmcsUsers(t *testing.T, w *whmcs, s *server) {
	client := map[string]string{"userid": "7"}
	const of = "/?ostor-users&emailAddress=client+7@example.com"
	first := w.run(t, "createUser", client, "PUT "+of+": 200").note(t)
	assert.True(t, works(t, s, first), "the key that was made")

	p := w.run(t, "queryUser", client, "GET "+of+": 200")
	assert.Contains(t, string(p.Session["S3_queryUser"]), first.secret)
	w.run(t, "listUsers", nil, "GET /?ostor-users: 200")
	html := w.hook(t, "dminAreaClientSummaryPage")
	assert.Contains(t, html, "<td>user</td><td>"+first.UID+"</td><td>client+7@example.com</td>")
	assert.Contains(t, html, "<td>key</td><td>"+first.accessKey+"</td><td>"+first.secret+"</td>")
	w.run(t, "queryUser", client) // hides it
	w.run(t, "listUsers", nil)
	assert.NotContains(t, w.hook(t, "dminAreaClientSummaryPage"), first.UID)

	second := w.run(t, "generateAccessKey", client, "POST "+of+"&genKey: 200").note(t)
	assert.NotEqual(t, first.accessKey, second.accessKey)
	assert.True(t, works(t, s, second), "a second key")
	w.run(t, "generateAccessKey", client, "POST "+of+"&genKey: 409")
	p = w.run(t, "revokeAccessKey", client, "GET "+of+": 200", "POST "+of+"&revokeKey="+first.accessKey+": 200")
	assert.Contains(t, p.Calls[len(p.Calls)-1].SQL, first.accessKey, "the note of the oldest key goes")
	assert.False(t, works(t, s, first), "revoked")
	assert.True(t, works(t, s, second))

	w.run(t, "disableUser", client, "POST "+of+"&disable: 200")
	assert.False(t, works(t, s, second), "disabled")
	w.run(t, "enableUser", client, "POST "+of+"&enable: 200")
	assert.True(t, works(t, s, second), "enabled")
	p = w.run(t, "deleteUser", client, "GET "+of+": 200", "DELETE "+of+": 204")
	assert.Contains(t, p.Calls[len(p.Calls)-1].SQL, first.UID)
	assert.False(t, works(t, s, second), "deleted")
	p = w.run(t, "queryUser", client, "GET "+of+": 404")
	assert.JSONEq(t, "null", string(p.Session["S3_queryUser"]), "an answer in XML is nothing for the scripts")
	w.hook(t, "dminAreaClientSummaryPage")
}

func whmcsLimits(t *testing.T, w *whmcs, s *server) {
	client := w.run(t, "createUser", map[string]string{"userid": "8"}, "PUT /?ostor-users&emailAddress=client+8@example.com: 200").note(t)
	bucket := newBucket(t, s.sdk(t, as(client)))
	for _, tt := range []struct {
		kind, of string
		get      map[string]string
	}{
		{"User", "/?ostor-limits&emailAddress=client+8@example.com", map[string]string{"userid": "8"}},
		{"Bucket", "/?ostor-limits&bucket=" + bucket, map[string]string{"bucket": bucket}},
	} {
		form := map[string]string{"ops-name": "get", "ops-value": "3600", "bandwidth-name": "out", "bandwidth-value": "100"}
		for k, v := range tt.get {
			form[k] = v
		}
		w.run(t, "setLimitsFor"+tt.kind, form, "PUT "+tt.of+"&limit-type=ops&limit-resource=get&limit-value=3600: 200",
			"PUT "+tt.of+"&limit-type=bandwidth&limit-resource=out&limit-value=100: 200")
		form["ops-value"] = "0"
		w.run(t, "setLimitsFor"+tt.kind, form, "PUT "+tt.of+"&limit-type=bandwidth&limit-resource=out&limit-value=100: 200")
		p := w.run(t, "getLimitsFor"+tt.kind, tt.get, "GET "+tt.of+": 200")
		assert.JSONEq(t, `{"ops:default":"0.00","ops:get":"3600.00","ops:put":"0.00","ops:list":"0.00","ops:delete":"0.00","bandwidth:out":"100"}`,
			string(p.Session["S3_getLimitsFor"+tt.kind]))
		assert.Contains(t, w.hook(t, "dminAreaClientSummaryPage"), "<td>limit of "+tt.kind+"</td><td>ops</td><td>get</td><td>3600.00</td>")
		w.run(t, "deleteLimitsFor"+tt.kind, tt.get, "DELETE "+tt.of+": 204")
		p = w.run(t, "getLimitsFor"+tt.kind, tt.get, "GET "+tt.of+": 200")
		assert.JSONEq(t, `{"ops:default":"0.00","ops:get":"0.00","ops:put":"0.00","ops:list":"0.00","ops:delete":"0.00","bandwidth:out":"0"}`,
			string(p.Session["S3_getLimitsFor"+tt.kind]))
	}
}

func whmcsStatistics(t *testing.T, w *whmcs, s *server) {
	client := w.run(t, "createUser", map[string]string{"userid": "9"}, "PUT /?ostor-users&emailAddress=client+9@example.com: 200").note(t)
	bucket := newBucket(t, s.sdk(t, as(client)))
	p := w.run(t, "listStatsObjects", nil, "GET /?ostor-usage: 200")
	var list struct{ Items []string }
	require.NoError(t, json.Unmarshal(p.Session["S3_listStatsObjects"], &list))
	require.NotEmpty(t, list.Items)
	name := list.Items[len(list.Items)-1]
	assert.Contains(t, w.hook(t, "dminAreaClientSummaryPage"), "<td>object</td><td>"+name+"</td>")
	object := map[string]string{"object": name}
	p = w.run(t, "getStatsForObject", object, "GET /?ostor-usage&obj="+name+": 200")
	assert.Contains(t, string(p.Session["S3_getStatsForObject"]), client.UID)
	assert.Contains(t, w.hook(t, "dminAreaClientSummaryPage"), "<td>statistics</td><td>"+bucket+"</td><td>0</td><td></td><td></td><td>1</td>",
		"one request that makes a bucket; the scripts look for the user under another name")
	w.run(t, "deleteStatsForObject", object, "DELETE /?ostor-usage&obj="+name+": 204")
	w.run(t, "getStatsForObject", object, "GET /?ostor-usage&obj="+name+": 404")
	w.run(t, "listStatsObjects", nil) // hides the list
	p = w.run(t, "listStatsObjects", nil, "GET /?ostor-usage: 200")
	assert.NotContains(t, string(p.Session["S3_listStatsObjects"]), name)
}
