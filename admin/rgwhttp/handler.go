package rgwhttp

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/admin/rgwdoc"
	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/internal/httpx"
	"github.com/cofferstore/coffer/usage"
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
	admin    *admin.Service
	verifier auth.Verifier
	prefix   string
	domains  httpx.Domains
	logger   *slog.Logger
}

// New returns a Handler that administers by s.
func New(s *admin.Service, o *Options) *Handler {
	h := &Handler{admin: s, prefix: DefaultPrefix}
	if o != nil {
		h.verifier, h.domains, h.logger = o.Verifier, httpx.NewDomains(o.Domains), o.Logger
		if o.Prefix != "" {
			h.prefix = o.Prefix
		}
	}
	if h.logger == nil {
		h.logger = slog.New(slog.DiscardHandler)
	}
	return h
}

// Serves tells whether a request is for this API: its path is the prefix, or
// below it, and its host is not that of a bucket.
func (h *Handler) Serves(r *http.Request) bool {
	rest, ok := strings.CutPrefix(r.URL.Path, h.prefix)
	if !ok || rest != "" && rest[0] != '/' {
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
	if c.entry != nil {
		c.entry.RequestID, c.entry.Protocol = c.requestID, "admin"
	}
	doc, err := c.serve()
	if err != nil {
		c.refuse(err)
		return
	}
	c.answer(doc)
}

// call is one request on its way.
type call struct {
	h         *Handler
	w         http.ResponseWriter
	r         *http.Request
	ctx       context.Context
	requestID string
	entry     *usage.Entry // nil without a usage middleware
	params    params
	route     *route
	caller    iam.User
}

// serve brings the request to its operation.
func (c *call) serve() (*rgwdoc.Document, error) {
	var err error
	if c.params, err = parseParams(c.r.URL.RawQuery); err != nil {
		return nil, err
	}
	resource := c.metadataSection(strings.Trim(strings.TrimPrefix(c.r.URL.Path, c.h.prefix), "/"))
	if c.route, err = match(c.r.Method, resource, c.params); err != nil {
		c.w.Header().Set("Allow", allowed(resource))
		return nil, err
	}
	if c.entry != nil {
		c.entry.Operation = c.route.name
	}
	if err := c.authorize(); err != nil {
		return nil, err
	}
	return c.route.run(c)
}

// authorize verifies the caller and asks for the capability of the route.
func (c *call) authorize() error {
	if c.h.verifier == nil {
		return codeAccessDenied
	}
	id, err := c.h.verifier.Verify(c.r)
	if err != nil {
		return err
	}
	if id == nil || id.Anonymous() || id.Withheld.Has(auth.OpOf(c.r.Method, false)) {
		return codeAccessDenied
	}
	if c.entry != nil {
		c.entry.User = id.ID
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
