package ostorhttp

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/internal/httpx"
	"github.com/cofferstore/coffer/usage"
	"github.com/cofferstore/coffer/usage/ostorstat"
)

// maxBody bounds the body of a request, in bytes: more than 15 000 names of
// buckets.
const maxBody = 1 << 20

// Options configure a [Handler]. The zero value of each field is its default.
type Options struct {
	// Verifier proves who asks. Default: nobody can prove anything, so that all
	// requests are refused.
	Verifier auth.Verifier

	// Domains are host names below which the first labels name a bucket of S3:
	// what such a host is asked for is never for this API.
	Domains []string

	// Sizes has the sizes of buckets; it must be a hook of the store. Default:
	// requests about them are not implemented.
	Sizes *ostorstat.Sizes

	// Statistics has the statistics objects. Default: there are none.
	Statistics *ostorstat.Log

	Logger *slog.Logger // default: discard
}

// Handler serves the API. It is an [http.Handler] and safe for concurrent use.
type Handler struct {
	admin    *admin.Ostor
	verifier auth.Verifier
	domains  httpx.Domains
	sizes    *ostorstat.Sizes // may be nil
	stats    *ostorstat.Log   // may be nil
	logger   *slog.Logger
}

// New returns a Handler that administers by a.
func New(a *admin.Ostor, o *Options) *Handler {
	h := &Handler{admin: a}
	if o != nil {
		h.verifier, h.sizes, h.stats, h.logger = o.Verifier, o.Sizes, o.Statistics, o.Logger
		h.domains = httpx.NewDomains(o.Domains)
	}
	if h.logger == nil {
		h.logger = slog.New(slog.DiscardHandler)
	}
	return h
}

// Serves tells whether a request is for this API: its path is the root, the
// name of a service stands in its query without a value, and its host is not
// that of a bucket.
func (h *Handler) Serves(r *http.Request) bool {
	if r.URL.Path != "/" && r.URL.Path != "" || len(servicesOf(r.URL.RawQuery)) == 0 {
		return false
	}
	return h.domains.Bucket(r.Host) == ""
}

// Beside returns a handler that serves this API and hands every other request
// to next.
func (h *Handler) Beside(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h.Serves(r) {
			h.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// ServeHTTP implements [http.Handler].
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call{h: h, w: w, r: r, ctx: r.Context(), requestID: httpx.NewRequestID(), entry: usage.FromContext(r.Context())}
	w.Header().Set("X-Amz-Request-Id", c.requestID)
	w.Header().Set("Cache-Control", "no-store") // answers hold secrets
	if c.entry != nil {
		c.entry.RequestID, c.entry.Protocol = c.requestID, "ostor"
	}
	answer, err := c.serve()
	if err != nil {
		c.refuse(err)
		return
	}
	c.send(answer)
}

// call is one request on its way.
type call struct {
	h         *Handler
	w         http.ResponseWriter
	r         *http.Request
	ctx       context.Context
	requestID string
	entry     *usage.Entry // nil without a usage middleware
	caller    *auth.Identity
	params    params
	body      []byte
}

// serve brings the request to its operation. Who may not ask learns nothing,
// not even what is wrong with the parameters.
func (c *call) serve() (any, error) {
	if err := c.authorize(); err != nil {
		return nil, err
	}
	services := servicesOf(c.r.URL.RawQuery)
	if len(services) != 1 {
		return nil, refusal(codeInvalidRequest, "One service at a time.")
	}
	c.params = parseParams(c.r.URL.RawQuery)
	if c.entry != nil {
		c.entry.Operation = services[0]
	}
	route, err := match(services[0], c.r.Method, c.params)
	if err != nil {
		return nil, err
	}
	if c.entry != nil {
		c.entry.Operation = route.name
	}
	if err := c.readBody(); err != nil {
		return nil, err
	}
	return route.run(c)
}

// authorize verifies the caller, who must be a user of the system.
func (c *call) authorize() error {
	if c.h.verifier == nil {
		return codeAccessDenied
	}
	id, err := c.h.verifier.Verify(c.r)
	if err != nil {
		return err
	}
	if id == nil || id.Anonymous() {
		return codeAccessDenied
	}
	if c.entry != nil {
		c.entry.User, c.entry.Subuser = id.ID, id.Subuser
	}
	if !id.System && !id.Admin || id.Subuser != "" || id.Withheld.Has(auth.OpOf(c.r.Method, false)) {
		return codeAccessDenied
	}
	c.caller = id
	return nil
}

// readBody reads the body, whatever its framing, so that what is signed of it is
// verified also where it means nothing.
func (c *call) readBody() error {
	if c.r.Body == nil {
		return nil
	}
	var err error
	c.body, err = io.ReadAll(io.LimitReader(c.r.Body, maxBody+1))
	var proof *auth.Error
	switch {
	case errors.As(err, &proof):
		return err
	case err != nil: // the client has gone, or its framing is broken
		return refusal(codeIncompleteBody, "The body cannot be read.")
	case len(c.body) > maxBody:
		return refusal(codeInvalidRequest, "The body is too large.")
	}
	return nil
}

// find returns the user that a request names. Administrators, whose keys would
// give more, are kept from those who are but users of the system.
func (c *call) find(ref admin.OstorUser) (iam.User, error) {
	u, err := c.h.admin.Find(c.ctx, ref)
	if err == nil && u.Admin && !c.caller.Admin {
		return iam.User{}, refusal(codeAccessDenied, "The user is an administrator.")
	}
	return u, err
}
