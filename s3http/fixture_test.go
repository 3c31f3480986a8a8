package s3http_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/memengine"
	"github.com/cofferstore/coffer/objstore/sse/keyring"
	"github.com/cofferstore/coffer/s3http"
)

var start = time.Date(2026, 3, 4, 5, 6, 7, 890_000_000, time.UTC)

// named takes the header X-Test-User for a proof; "-" is nobody, none is alice.
// A user "acme$carol" is of the tenant acme. X-Test-Query makes the request one
// that was signed in its query, X-Test-Service one that was signed for another
// service, X-Test-Withheld ("read") takes reading away.
type named struct{}

func (named) Verify(r *http.Request) (*auth.Identity, error) {
	name := r.Header.Get("X-Test-User")
	switch name {
	case "":
		name = "alice"
	case "-":
		return &auth.Identity{}, nil
	case "unknown":
		return nil, &auth.Error{Reason: auth.ErrInvalidAccessKeyID, Details: []auth.Detail{{Name: "AWSAccessKeyId", Value: "AKIA"}}}
	}
	tenant, _, found := strings.Cut(name, "$")
	if !found {
		tenant = ""
	}
	id := &auth.Identity{Principal: auth.Principal{ID: name, Tenant: tenant}, Transport: auth.TransportHeader, Service: r.Header.Get("X-Test-Service")}
	if r.Header.Get("X-Test-Query") != "" {
		id.Transport = auth.TransportQuery
	}
	if r.Header.Get("X-Test-Withheld") != "" {
		id.Withheld = auth.OpRead
	}
	return id, nil
}

// rights is an Authorizer by a function; refused actions are AccessDenied.
type rights func(*auth.Request) bool

func (f rights) Authorize(_ context.Context, r *auth.Request) error {
	if f(r) {
		return nil
	}
	return &auth.Error{Reason: auth.ErrAccessDenied}
}

type fixture struct {
	t     testing.TB
	store *objstore.Store
	h     *s3http.Handler
	now   time.Time
}

func newFixture(t testing.TB, change func(*s3http.Options)) *fixture {
	t.Helper()
	f := &fixture{t: t, now: start}
	clock := func() time.Time { return f.now }
	ring := keyring.NewMemory()
	require.NoError(t, ring.Create("other"))
	st, err := objstore.Open(memengine.New(), &objstore.Options{Now: clock, SweepEvery: -1, MinPartSize: 4, Keys: ring, KMS: ring})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, st.Close()) })
	o := &s3http.Options{Verifier: named{}, Now: clock}
	if change != nil {
		change(o)
	}
	f.store, f.h = st, s3http.New(st, o)
	return f
}

// request makes a request as net/http would hand it on. headers are "Name: value".
func request(method, target, body string, headers ...string) *http.Request {
	r := httptest.NewRequest(method, "http://s3.test"+target, strings.NewReader(body))
	if method == http.MethodPut || method == http.MethodPost {
		r.Header.Set("Content-Length", fmt.Sprint(len(body)))
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		switch {
		case name == "Host":
			r.Host = value
		case value == "":
			r.Header.Del(name)
		default:
			r.Header.Add(name, value)
		}
	}
	return r
}

func (f *fixture) do(method, target, body string, headers ...string) *httptest.ResponseRecorder {
	f.t.Helper()
	w := httptest.NewRecorder()
	f.h.ServeHTTP(w, request(method, target, body, headers...))
	return w
}

// ok does a request of preparation that must succeed and returns its answer.
func (f *fixture) ok(method, target, body string, headers ...string) *httptest.ResponseRecorder {
	f.t.Helper()
	w := f.do(method, target, body, headers...)
	require.Less(f.t, w.Code, 300, "%s %s: %s", method, target, w.Body)
	return w
}

// step is one exchange of a table and what must come back.
type step struct {
	why     string
	request string // "METHOD target"
	headers []string
	body    string

	status int
	code   string   // of the error document
	has    []string // parts of the answer's body
	hasNot []string
	answer []string // headers of the answer, "Name: value"; "Name:" = must be absent
	exact  *string  // the whole body
}

func str(s string) *string { return &s }

func (f *fixture) run(steps ...step) {
	f.t.Helper()
	for _, s := range steps {
		method, target, _ := strings.Cut(s.request, " ")
		w := f.do(method, target, s.body, s.headers...)
		label := s.request + ": " + s.why
		body := w.Body.String()
		assert.Equal(f.t, s.status, w.Code, "%s\n%s", label, body)
		if s.code != "" {
			assert.Contains(f.t, body, "<Error><Code>"+s.code+"</Code>", label)
			assert.Equal(f.t, "application/xml", w.Header().Get("Content-Type"), label)
		}
		for _, part := range s.has {
			assert.Contains(f.t, body, part, label)
		}
		for _, part := range s.hasNot {
			assert.NotContains(f.t, body, part, label)
		}
		for _, h := range s.answer {
			name, value, present := strings.Cut(h, ": ")
			name = strings.TrimSuffix(name, ":")
			if present {
				assert.Equal(f.t, value, headerOf(w, name), "%s: %s", label, name)
			} else {
				assert.Empty(f.t, headerOf(w, name), "%s: %s", label, name)
			}
		}
		if s.exact != nil {
			assert.Equal(f.t, *s.exact, body, label)
		}
	}
}

// headerOf returns a header of an answer in whatever case its name is written.
func headerOf(w *httptest.ResponseRecorder, name string) string {
	for k, v := range w.Header() {
		if strings.EqualFold(k, name) {
			return strings.Join(v, "|")
		}
	}
	return ""
}

// between cuts what stands between two marks out of an answer.
func between(t testing.TB, w *httptest.ResponseRecorder, from, to string) string {
	t.Helper()
	_, rest, ok := strings.Cut(w.Body.String(), from)
	require.True(t, ok, "no %s in %s", from, w.Body)
	v, _, ok := strings.Cut(rest, to)
	require.True(t, ok, "no %s in %s", to, w.Body)
	return v
}

func readAll(t testing.TB, r io.Reader) string {
	t.Helper()
	b, err := io.ReadAll(r)
	require.NoError(t, err)
	return string(b)
}

type optionsT = s3http.Options

// everything lets everybody do everything.
var everything = rights(func(*auth.Request) bool { return true })

func (f *fixture) serve(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	f.h.ServeHTTP(w, r)
	return w
}

// tlsState is the mark of a request that came over TLS.
func tlsState() *tls.ConnectionState { return &tls.ConnectionState{} }
