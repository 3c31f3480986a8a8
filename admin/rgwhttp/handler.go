package rgwhttp

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/admin/internal/frontend"
	"github.com/cofferstore/coffer/admin/rgwdoc"
	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/internal/vhost"
)

// DefaultPrefix is the path that RGW serves the API at.
const DefaultPrefix = "/admin"

// Options configure a [Handler]. The zero value of each field is its default.
type Options struct {
	// Verifier proves who asks. Default: nobody can prove anything, so that all
	// requests are refused. Clients such as go-ceph send no hash of the payload;
	// see PayloadHashOptional of awssig.Options.
	Verifier auth.Verifier

	// Prefix is the path below which the API is, without a slash at the end.
	// Default [DefaultPrefix].
	Prefix string

	// Domains are host names below which the first labels name a bucket of S3:
	// what such a host is asked for is never for this API.
	Domains []string

	Logger *slog.Logger // default: discard
}

// Handler serves the Admin Ops API. It is an [http.Handler] and safe for
// concurrent use.
type Handler struct {
	admin  *admin.Service
	prefix string
	api    frontend.API
}

// New returns a Handler that administers by s.
func New(s *admin.Service, o *Options) *Handler {
	if o == nil {
		o = &Options{}
	}
	return &Handler{admin: s, prefix: cmp.Or(o.Prefix, DefaultPrefix), api: frontend.API{
		Protocol: "admin", RequestIDHeader: "X-Amz-Request-Id",
		Verifier: o.Verifier, Domains: vhost.NewDomains(o.Domains), Logger: o.Logger,
	}}
}

// Serves tells whether a request is for this API: its path is the prefix, or
// below it, and its host is not that of a bucket.
func (h *Handler) Serves(r *http.Request) bool {
	rest, ok := strings.CutPrefix(r.URL.Path, h.prefix)
	return ok && (rest == "" || rest[0] == '/') && h.api.MayServe(r)
}

// Beside returns a handler that serves this API and hands every other request
// to next.
func (h *Handler) Beside(next http.Handler) http.Handler { return frontend.Beside(h, next) }

// ServeHTTP implements [http.Handler].
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call{Call: h.api.Begin(w, r), h: h, ctx: r.Context()}
	doc, err := c.serve()
	if err == nil {
		err = c.answer(doc)
	}
	if err != nil {
		c.refuse(err)
	}
}

// call is one request on its way.
type call struct {
	frontend.Call
	h      *Handler
	ctx    context.Context
	params params
	route  *route
	caller iam.User
}

// serve brings the request to its operation.
func (c *call) serve() (*rgwdoc.Document, error) {
	var err error
	if c.params, err = parseParams(c.R.URL.RawQuery); err != nil {
		return nil, err
	}
	resource := c.metadataSection(strings.Trim(strings.TrimPrefix(c.R.URL.Path, c.h.prefix), "/"))
	if c.route, err = match(c.R.Method, resource, c.params); err != nil {
		c.W.Header().Set("Allow", allowed(resource))
		return nil, err
	}
	c.Operation(c.route.name)
	if err := c.authorize(); err != nil {
		return nil, err
	}
	return c.route.run(c)
}

// authorize verifies the caller and asks for the capability of the route.
func (c *call) authorize() error {
	id, err := c.Identify()
	if err != nil {
		return err
	}
	if id.Withheld.Has(auth.OpOf(c.R.Method, false)) {
		return codeAccessDenied
	}
	a, err := c.h.admin.Account(c.ctx, iam.ParseUserID(id.ID))
	if err != nil {
		return err
	}
	c.caller = a.User
	c.caller.Admin = id.Admin
	if id.Admin {
		return nil
	}
	if !a.Caps.Allow(c.route.cap, c.route.perm) {
		return codeAccessDenied
	}
	return c.spareAdministrators()
}

// spareAdministrators keeps those who have but capabilities away from the
// accounts of administrators and of users of the system, whose secrets would give
// them more.
func (c *call) spareAdministrators() error {
	var ids []iam.UserID
	switch c.route.resource {
	case "user":
		id, _ := c.params.uid()
		owner, _ := iam.SplitSubuser(c.params.get("subuser"))
		ids = append(ids, id, iam.UserID{Tenant: c.params.get("tenant"), UID: id.UID}, owner)
		if key := c.params.get("access-key"); key != "" {
			a, err := c.h.admin.AccountByKey(c.ctx, key)
			if err != nil && !errors.Is(err, iam.ErrNoSuchKey) && !errors.Is(err, iam.ErrInvalidArgument) {
				return err
			}
			ids = append(ids, a.UserID)
		}
	case "metadata/user":
		ids = append(ids, iam.ParseUserID(c.params.get("key")))
	}
	for _, id := range ids {
		a, err := c.h.admin.Account(c.ctx, id)
		if err != nil && !errors.Is(err, iam.ErrNoSuchUser) && !errors.Is(err, iam.ErrInvalidArgument) {
			return err
		}
		if a.Admin || a.System && !c.caller.System {
			return codeAccessDenied
		}
	}
	return nil
}
