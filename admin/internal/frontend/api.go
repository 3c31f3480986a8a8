package frontend

import (
	"log/slog"
	"net/http"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/internal/httpx"
	"github.com/cofferstore/coffer/internal/vhost"
	"github.com/cofferstore/coffer/usage"
)

// API is what the calls of one front end have in common. It must not change
// after the first request.
type API struct {
	// Protocol is its name in usage entries, for example "admin".
	Protocol string

	// RequestIDHeader is the response header that names the request, in
	// canonical spelling.
	RequestIDHeader string

	// Verifier proves who asks. Nil: nobody can prove anything.
	Verifier auth.Verifier

	// Domains are those below which a host names a bucket of S3.
	Domains vhost.Domains

	// Logger gets the errors that only the operator can act on. Nil: discard.
	Logger *slog.Logger
}

// MayServe tells whether the host of a request may be that of an API: what the
// host of a bucket is asked for is for S3, whatever its path.
func (a *API) MayServe(r *http.Request) bool { return a.Domains.Bucket(r.Host) == "" }

// Begin makes a call of a request: it gets an id, which the answer will name,
// and its usage entry is found.
func (a *API) Begin(w http.ResponseWriter, r *http.Request) Call {
	c := Call{W: w, R: r, RequestID: httpx.NewRequestID(), api: a, entry: usage.FromContext(r.Context())}
	w.Header()[a.RequestIDHeader] = []string{c.RequestID}
	if c.entry != nil {
		c.entry.RequestID, c.entry.Protocol = c.RequestID, a.Protocol
	}
	return c
}

// Selector is a handler that knows its requests among those of others.
type Selector interface {
	http.Handler

	// Serves tells whether a request is for this handler. It is asked of every
	// request of the server and must be quick.
	Serves(r *http.Request) bool
}

// Beside returns a handler that gives s its requests and hands every other one
// to next.
func Beside(s Selector, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.Serves(r) {
			s.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}
