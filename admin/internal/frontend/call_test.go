package frontend

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/internal/vhost"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/usage"
)

// answers is a verifier that says the same of everybody.
type answers struct {
	id  *auth.Identity
	err error
}

func (a answers) Verify(*http.Request) (*auth.Identity, error) { return a.id, a.err }

// begin makes a call of an API with the usage entry that it is noted in.
func begin(a *API, body io.Reader) (*Call, *httptest.ResponseRecorder, *usage.Entry) {
	var e usage.Entry
	r := httptest.NewRequest("POST", "/", body)
	w := httptest.NewRecorder()
	c := a.Begin(w, r.WithContext(usage.WithEntry(r.Context(), &e)))
	return &c, w, &e
}

func TestBeginNamesTheRequest(t *testing.T) {
	a := &API{Protocol: "metrics", RequestIDHeader: "X-Scal-Request-Id"}
	c, w, e := begin(a, nil)
	assert.NotEmpty(t, c.RequestID)
	assert.Equal(t, c.RequestID, w.Header().Get("X-Scal-Request-Id"))
	assert.Equal(t, usage.Entry{RequestID: c.RequestID, Protocol: "metrics"}, *e)
	plain := a.Begin(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	plain.Operation("without a middleware there is nothing to note in")
	plain.Refused(http.StatusForbidden, "AccessDenied", nil)
}

func TestMayServe(t *testing.T) {
	a := &API{Domains: vhost.NewDomains([]string{"s3.example.com"})}
	for host, explanation := range map[string]string{
		"s3.example.com":   "the endpoint",
		"127.0.0.1:8080":   "an address",
		"admin.example.de": "a name that is no domain of buckets",
	} {
		assert.True(t, a.MayServe(&http.Request{Host: host}), explanation)
	}
	assert.False(t, a.MayServe(&http.Request{Host: "photos.s3.example.com"}), "what is asked of a bucket is an object's key")
}

func TestIdentify(t *testing.T) {
	known := &auth.Identity{Principal: auth.Principal{ID: "alice", Subuser: "phone"}}
	forged := &auth.Error{Reason: auth.ErrSignatureDoesNotMatch}
	for _, c := range []struct {
		explanation string
		verifier    auth.Verifier
		want        error
	}{
		{"a known user", answers{id: known}, nil},
		{"nobody can prove anything", nil, auth.ErrAccessDenied},
		{"who says nothing is nobody", answers{id: &auth.Identity{}}, auth.ErrAccessDenied},
		{"nor is a verifier's silence a proof", answers{}, auth.ErrAccessDenied},
		{"a refusal is told as it is", answers{err: forged}, auth.ErrSignatureDoesNotMatch},
		{"an identity beside an error does not count", answers{id: known, err: forged}, auth.ErrSignatureDoesNotMatch},
	} {
		call, _, e := begin(&API{Verifier: c.verifier}, nil)
		id, err := call.Identify()
		if c.want != nil {
			require.ErrorIs(t, err, c.want, c.explanation)
			assert.Nil(t, id, c.explanation)
			assert.Empty(t, e.User, c.explanation)
			continue
		}
		require.NoError(t, err, c.explanation)
		assert.Same(t, known, id, c.explanation)
		assert.Equal(t, "alice phone", e.User+" "+e.Subuser, c.explanation)
	}
}

func TestBody(t *testing.T) {
	tampered := &auth.Error{Reason: auth.ErrContentSHA256Mismatch}
	for _, c := range []struct {
		explanation string
		body        io.Reader
		want        string
		err         error
	}{
		{"as long as it may be", strings.NewReader("12345678"), "12345678", nil},
		{"one byte more", strings.NewReader("123456789"), "", ErrBodyTooLarge},
		{"none", nil, "", nil},
		{"cut off", io.MultiReader(strings.NewReader("123"), iotest.ErrReader(io.ErrUnexpectedEOF)), "", ErrBodyCut},
		{"not what was signed", io.MultiReader(strings.NewReader("123"), iotest.ErrReader(tampered)), "", auth.ErrContentSHA256Mismatch},
	} {
		call, _, _ := begin(new(API), c.body)
		body, err := call.Body(8)
		require.ErrorIs(t, err, c.err, c.explanation)
		assert.Equal(t, c.want, string(body), c.explanation)
	}
	call := Call{R: new(http.Request)}
	body, err := call.Body(8)
	assert.Empty(t, body, "a request that no server made may have no body at all")
	assert.NoError(t, err)
}

func TestRefused(t *testing.T) {
	for _, c := range []struct {
		explanation string
		status      int
		err         error
		logged      bool
	}{
		{"a defect", 500, errors.New("disk on fire"), true},
		{"the operator may have to look whether it was done", 503, fmt.Errorf("disk on fire: %w", driver.ErrOutcomeUnknown), true},
		{"a stop of the server is no failure", 503, errors.New("disk on fire"), false},
		{"nor is what was never there", 501, errors.New("disk on fire"), false},
		{"the client's own fault", 400, errors.New("disk on fire"), false},
	} {
		var log bytes.Buffer
		call, w, e := begin(&API{Protocol: "admin", Logger: slog.New(slog.NewTextHandler(&log, nil))}, nil)
		call.Refused(c.status, "Code", c.err)
		assert.Equal(t, "Code", e.ErrorCode, c.explanation)
		assert.Equal(t, c.logged, strings.Contains(log.String(), "protocol=admin request_id="+call.RequestID+` error="disk on fire`), "%s: %s", c.explanation, &log)
		assert.Equal(t, c.logged, log.Len() > 0, c.explanation)
		assert.Zero(t, w.Body.Len(), "%s: the answer is the front end's", c.explanation)
	}
	var log bytes.Buffer
	call, _, _ := begin(&API{Logger: slog.New(slog.NewTextHandler(&log, nil))}, nil)
	ctx, cancel := context.WithCancel(call.R.Context())
	cancel()
	call.R = call.R.WithContext(ctx)
	call.Refused(500, "InternalError", ctx.Err())
	assert.Empty(t, log.String(), "clients that go away are no failure")
}

// serve answers one request with a stream, over a connection.
func serve(t *testing.T, write func(io.Writer) error) (*http.Response, *bytes.Buffer, error) {
	t.Helper()
	var log bytes.Buffer
	a := &API{Logger: slog.New(slog.NewTextHandler(&log, nil))}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := a.Begin(w, r)
		if err := c.Stream("text/plain", write); err != nil {
			c.Send(http.StatusTeapot, "", []byte(err.Error()))
		}
	}))
	defer server.Close()
	resp, err := server.Client().Get(server.URL)
	require.NoError(t, err)
	defer resp.Body.Close()
	var body bytes.Buffer
	_, err = body.ReadFrom(resp.Body)
	resp.Body = io.NopCloser(&body)
	server.Close() // so that the handler is through
	return resp, &log, err
}

func TestStream(t *testing.T) {
	line := bytes.Repeat([]byte("0123456789abcde\n"), 1<<10)
	lines := func(n int, end error) func(io.Writer) error {
		return func(w io.Writer) error {
			for range n {
				if _, err := w.Write(line); err != nil {
					return err
				}
			}
			return end
		}
	}
	for _, c := range []struct {
		explanation string
		n           int
		length      int64
	}{
		{"nothing has a length too", 0, 0},
		{"a short answer tells its length", 1, 16 << 10},
		{"a long one is sent while it is made", 200, -1},
		{"the last part may be empty", streamAt / (16 << 10), -1},
	} {
		resp, log, err := serve(t, lines(c.n, nil))
		require.NoError(t, err, c.explanation)
		assert.Equal(t, 200, resp.StatusCode, c.explanation)
		assert.Equal(t, "text/plain", resp.Header.Get("Content-Type"), c.explanation)
		assert.Equal(t, c.length, resp.ContentLength, c.explanation)
		body, _ := io.ReadAll(resp.Body)
		assert.True(t, bytes.Equal(bytes.Repeat(line, c.n), body), c.explanation)
		assert.Empty(t, log.String(), c.explanation)
	}

	resp, log, err := serve(t, lines(1, errors.New("disk on fire")))
	require.NoError(t, err)
	assert.Equal(t, http.StatusTeapot, resp.StatusCode, "nothing is out, so that the front end can answer")
	assert.Empty(t, log.String(), "which logs it too")

	resp, log, err = serve(t, lines(200, errors.New("disk on fire")))
	assert.Equal(t, 200, resp.StatusCode)
	require.Error(t, err, "the client sees that it has not got everything")
	assert.Contains(t, log.String(), "disk on fire")
}

// gone is a client that is no longer there.
type gone struct {
	*httptest.ResponseRecorder
	writes int
}

func (g *gone) Write([]byte) (int, error) { g.writes++; return 0, io.ErrClosedPipe }

func TestStreamToNobody(t *testing.T) {
	var log bytes.Buffer
	w := &gone{ResponseRecorder: httptest.NewRecorder()}
	a := &API{Logger: slog.New(slog.NewTextHandler(&log, nil))}
	c := a.Begin(w, httptest.NewRequest("GET", "/", nil))
	err := c.Stream("text/plain", func(to io.Writer) error {
		_, err := to.Write(make([]byte, streamAt))
		require.ErrorIs(t, err, io.ErrClosedPipe, "so that the rest need not be made")
		_, err = to.Write([]byte("x"))
		require.ErrorIs(t, err, io.ErrClosedPipe)
		return err
	})
	require.NoError(t, err)
	assert.Equal(t, 1, w.writes)
	assert.Empty(t, log.String())
}
