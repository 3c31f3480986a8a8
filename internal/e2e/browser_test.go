package e2e

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth/awssig"
)

// step is what the page is to do: a request across origins, with a body or a
// form that has a file.
type step struct {
	Name     string            `json:"name"`
	Method   string            `json:"method"`
	URL      string            `json:"url"`
	Headers  map[string]string `json:"headers,omitempty"`
	Body     string            `json:"body,omitempty"`
	Fields   map[string]string `json:"fields,omitempty"`
	File     string            `json:"file,omitempty"`
	Filename string            `json:"filename,omitempty"`
}

// outcome is what the page saw of a step.
type outcome struct {
	Blocked          bool
	Status           int
	Text             string
	ETag, Colour, ID *string
}

// site serves the page of testdata/browser.html, an origin of its own.
type site struct {
	*httptest.Server
	plan     chan any
	outcomes chan map[string]outcome
	done     chan url.Values // query of the page to which the upload leads
}

func newSite(t *testing.T) *site {
	s := &site{plan: make(chan any, 1), outcomes: make(chan map[string]outcome, 1), done: make(chan url.Values, 1)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, filepath.Join("testdata", "browser.html"))
	})
	mux.HandleFunc("GET /plan", func(w http.ResponseWriter, _ *http.Request) { json.NewEncoder(w).Encode(<-s.plan) })
	mux.HandleFunc("POST /outcomes", func(_ http.ResponseWriter, r *http.Request) {
		var o map[string]outcome
		assert.NoError(t, json.NewDecoder(r.Body).Decode(&o))
		s.outcomes <- o
	})
	mux.HandleFunc("GET /done", func(_ http.ResponseWriter, r *http.Request) { s.done <- r.URL.Query() })
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

// browse opens a page in Chromium until the test ends.
func browse(t *testing.T, page string) *syncBuffer {
	t.Helper()
	program := tool(t, "chromium")
	home, err := os.MkdirTemp("", "chromium")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cmd := exec.CommandContext(ctx, program,
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run", "--no-proxy-server",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps", "--disable-extensions",
		"--user-data-dir="+filepath.Join(home, "profile"), page)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + home, "LANG=C.UTF-8"}
	log := &syncBuffer{}
	cmd.Stdout, cmd.Stderr = log, log
	// It is many processes; they end together.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 10 * time.Second
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		cancel()
		cmd.Wait()
		os.RemoveAll(home)
	})
	return log
}

// await returns what the page sends.
func await[T any](t *testing.T, from <-chan T, log *syncBuffer, what string) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(2 * time.Minute):
		t.Fatalf("the page does not send %s\n%s", what, log)
		panic("unreachable")
	}
}

// TestChromium uploads and reads from a page of another origin: what the
// bucket's CORS rules allow, preflight included, and by a form with a signed
// policy, which needs none.
func TestChromium(t *testing.T) {
	tool(t, "chromium")
	s, page := serve(t), newSite(t)
	c := s.sdk(t)
	bucket, closed := newBucket(t, c), newBucket(t, c)
	put(t, c, closed, "o", []byte("x"))
	_, err := c.PutBucketCors(t.Context(), &s3.PutBucketCorsInput{Bucket: &bucket, CORSConfiguration: &types.CORSConfiguration{CORSRules: []types.CORSRule{{
		AllowedOrigins: []string{page.URL}, AllowedMethods: []string{"GET", "PUT", "POST"}, AllowedHeaders: []string{"content-type", "x-amz-meta-*"},
		ExposeHeaders: []string{"ETag", "x-amz-meta-colour"}, MaxAgeSeconds: aws.Int32(60)}}}})
	require.NoError(t, err)

	key := aws.String("from/a page ü")
	form, fetched := uploadForm(t, s, bucket, page.URL+"/done"), fetchedForm(t, c, bucket)
	evil := fetched
	evil.Name, evil.Fields = "post elsewhere", maps.Clone(fetched.Fields)
	evil.Fields["key"] = "elsewhere"
	p := s3.NewPresignClient(c)
	upload, err := p.PresignPutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: key, ContentType: aws.String("text/x-test"), Metadata: map[string]string{"colour": "blue"}})
	require.NoError(t, err)
	headers := make(map[string]string)
	for name := range upload.SignedHeader {
		if name != "Host" && name != "Content-Length" {
			headers[name] = upload.SignedHeader.Get(name)
		}
	}
	require.NotEmpty(t, headers, "so that the browser asks first")
	download, err := p.PresignGetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: key})
	require.NoError(t, err)
	missing, err := p.PresignGetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: aws.String("missing")})
	require.NoError(t, err)
	remove, err := p.PresignDeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &bucket, Key: key})
	require.NoError(t, err)
	other, err := p.PresignGetObject(t.Context(), &s3.GetObjectInput{Bucket: &closed, Key: aws.String("o")})
	require.NoError(t, err)
	page.plan <- map[string]any{"form": form, "steps": []step{
		{Name: "put", Method: upload.Method, URL: upload.URL, Headers: headers, Body: "from the page"},
		{Name: "get", Method: download.Method, URL: download.URL},
		{Name: "missing", Method: missing.Method, URL: missing.URL},
		{Name: "delete", Method: remove.Method, URL: remove.URL},
		{Name: "header", Method: download.Method, URL: download.URL, Headers: map[string]string{"X-Other": "1"}},
		{Name: "closed", Method: other.Method, URL: other.URL},
		fetched, evil,
	}}

	log := browse(t, page.URL+"/")
	saw := await(t, page.outcomes, log, "outcomes")
	assert.Equal(t, 200, saw["put"].Status, "%+v", saw["put"])
	assert.NotEmpty(t, aws.ToString(saw["put"].ETag), "an exposed header is seen")
	assert.Nil(t, saw["put"].ID, "another is not")
	assert.Equal(t, outcome{Status: 200, Text: "from the page", ETag: saw["put"].ETag, Colour: aws.String("blue")}, saw["get"])
	assert.Equal(t, 404, saw["missing"].Status, "%+v", saw["missing"])
	assert.Contains(t, saw["missing"].Text, "NoSuchKey", "a page can read why it failed")
	assert.True(t, saw["delete"].Blocked, "a method that no rule allows: %+v", saw["delete"])
	assert.True(t, saw["header"].Blocked, "a header that no rule allows: %+v", saw["header"])
	assert.True(t, saw["closed"].Blocked, "a bucket without rules: %+v", saw["closed"])
	assert.Equal(t, 201, saw["post"].Status, "%+v", saw["post"])
	assert.Contains(t, saw["post"].Text, "<Key>up/blob.txt</Key>")
	assert.Equal(t, 403, saw["post elsewhere"].Status, "%+v", saw["post elsewhere"])
	assert.Contains(t, saw["post elsewhere"].Text, "AccessDenied")

	query := await(t, page.done, log, "the answer to the form")
	assert.Equal(t, []string{bucket, "up/form ö.txt"}, []string{query.Get("bucket"), query.Get("key")})
	got, err := c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: aws.String("up/form ö.txt")})
	require.NoError(t, err)
	got.Body.Close()
	assert.Equal(t, query.Get("etag"), *got.ETag)
	assert.Equal(t, "text/x-form", *got.ContentType)
	same(t, []byte(form.File), get(t, c, &s3.GetObjectInput{Bucket: &bucket, Key: aws.String("up/form ö.txt")}), "the form's file")
	list, err := c.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &bucket})
	require.NoError(t, err)
	assert.Len(t, list.Contents, 3, "what was refused is not there, and what was not to be deleted is")
}

// uploadForm is a form with which the page may upload files below up/ as they
// are named. The answer is a redirect.
func uploadForm(t *testing.T, s *server, bucket, redirect string) step {
	t.Helper()
	f := step{URL: s.url + "/" + bucket, File: "the file's bytes", Filename: "form ö.txt"}
	cred := awssig.Credentials{AccessKey: accessKey, Secret: secretKey}
	scope := awssig.Scope{Time: time.Now(), Region: region, Service: "s3"}
	given := map[string]string{"Content-Type": "text/x-form", "success_action_redirect": redirect}
	conditions := []any{map[string]string{"bucket": bucket}, []any{"starts-with", "$key", "up/"}, []any{"content-length-range", 1, 100}, given, awssig.FormConditionsV4(cred, scope)}
	policy, err := json.Marshal(map[string]any{"expiration": time.Now().Add(10 * time.Minute).UTC().Format(time.RFC3339), "conditions": split(conditions)})
	require.NoError(t, err)
	f.Fields = awssig.SignFormV4(policy, cred, scope)
	maps.Copy(f.Fields, given)
	f.Fields["key"] = "up/${filename}"
	return f
}

// split gives each field a condition of its own.
func split(conditions []any) []any {
	var out []any
	for _, c := range conditions {
		fields, ok := c.(map[string]string)
		if !ok {
			out = append(out, c)
			continue
		}
		for name, v := range fields {
			out = append(out, map[string]string{name: v})
		}
	}
	return out
}

// fetchedForm is a form for one key, as aws-sdk-go-v2 signs it. The answer is a
// document.
func fetchedForm(t *testing.T, c *s3.Client, bucket string) step {
	t.Helper()
	signed, err := s3.NewPresignClient(c).PresignPostObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: aws.String("up/blob.txt")},
		func(o *s3.PresignPostOptions) {
			o.Conditions = []any{map[string]string{"success_action_status": "201"}}
		})
	require.NoError(t, err)
	f := step{Name: "post", Method: http.MethodPost, URL: signed.URL, File: "bytes", Filename: "any", Fields: signed.Values}
	f.Fields["key"], f.Fields["success_action_status"] = "up/blob.txt", "201"
	return f
}
