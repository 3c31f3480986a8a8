package ostorhttp

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/admin/internal/frontend"
	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/internal/vhost"
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
	admin *admin.Ostor
	sizes *ostorstat.Sizes // may be nil
	stats *ostorstat.Log   // may be nil
	api   frontend.API
}

// New returns a Handler that administers by a.
func New(a *admin.Ostor, o *Options) *Handler {
	if o == nil {
		o = &Options{}
	}
	return &Handler{admin: a, sizes: o.Sizes, stats: o.Statistics, api: frontend.API{
		Protocol: "ostor", RequestIDHeader: "X-Amz-Request-Id",
		Verifier: o.Verifier, Domains: vhost.NewDomains(o.Domains), Logger: o.Logger,
	}}
}

// Serves tells whether a request is for this API: its path is the root, the
// name of a service stands in its query without a value, and its host is not
// that of a bucket.
func (h *Handler) Serves(r *http.Request) bool {
	return (r.URL.Path == "/" || r.URL.Path == "") && len(servicesOf(r.URL.RawQuery)) > 0 && h.api.MayServe(r)
}

// Beside returns a handler that serves this API and hands every other request
// to next.
func (h *Handler) Beside(next http.Handler) http.Handler { return frontend.Beside(h, next) }

// ServeHTTP implements [http.Handler].
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call{Call: h.api.Begin(w, r), h: h, ctx: r.Context()}
	w.Header().Set("Cache-Control", "no-store") // answers hold secrets
	answer, err := c.serve()
	if err != nil {
		c.refuse(err)
		return
	}
	c.answer(answer)
}

// call is one request on its way.
type call struct {
	frontend.Call
	h      *Handler
	ctx    context.Context
	caller *auth.Identity
	params params
	body   []byte
}

// serve brings the request to its operation. Who may not ask learns nothing,
// not even what is wrong with the parameters.
func (c *call) serve() (any, error) {
	if err := c.authorize(); err != nil {
		return nil, err
	}
	services := servicesOf(c.R.URL.RawQuery)
	if len(services) != 1 {
		return nil, refusal(codeInvalidRequest, "One service at a time.")
	}
	c.params = parseParams(c.R.URL.RawQuery)
	c.Operation(services[0])
	route, err := match(services[0], c.R.Method, c.params)
	if err != nil {
		return nil, err
	}
	c.Operation(route.name)
	if c.body, err = c.Body(maxBody); err != nil {
		return nil, err
	}
	return route.run(c)
}

// authorize verifies the caller, who must be a user of the system.
func (c *call) authorize() error {
	id, err := c.Identify()
	if err != nil {
		return err
	}
	if !id.System && !id.Admin || id.Subuser != "" || id.Withheld.Has(auth.OpOf(c.R.Method, false)) {
		return codeAccessDenied
	}
	c.caller = id
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
