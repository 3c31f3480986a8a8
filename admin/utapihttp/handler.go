package utapihttp

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/admin/internal/frontend"
	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/internal/vhost"
	"github.com/cofferstore/coffer/usage/utapi"
)

// healthPath is where the health check is.
const healthPath = "/_/healthcheck"

// Options configure a [Handler]. The zero value of each field is its default.
type Options struct {
	// Verifier proves who asks. Whatever else it knows, only Signature Version 4
	// in the header, for the service s3, is taken. Default: nobody can prove
	// anything, so that all requests are refused.
	Verifier auth.Verifier

	// HealthFrom are the addresses that may ask for the health of the metrics
	// (scality/utapi: healthChecks.allowFrom). Default 127.0.0.0/8 and ::1.
	HealthFrom []netip.Prefix

	// Domains are host names below which the first labels name a bucket of S3:
	// for [Handler.Beside], what such a host is asked for is not for this API.
	Domains []string

	Now    func() time.Time // default time.Now
	Logger *slog.Logger     // default: discard
}

// Handler serves metrics. It is an [http.Handler] and safe for concurrent use.
type Handler struct {
	metrics    *utapi.Metrics
	admin      *admin.Service
	healthFrom []netip.Prefix
	now        func() time.Time
	members    []string // of an answer's operations: names with the colon
	api        frontend.API
}

// New returns a Handler of m. s tells who owns what, and what callers may.
func New(m *utapi.Metrics, s *admin.Service, o *Options) *Handler {
	if o == nil {
		o = &Options{}
	}
	h := &Handler{metrics: m, admin: s, healthFrom: o.HealthFrom, now: o.Now, api: frontend.API{
		Protocol: "utapi", RequestIDHeader: "X-Scal-Request-Id",
		Verifier: o.Verifier, Domains: vhost.NewDomains(o.Domains), Logger: o.Logger,
	}}
	for _, name := range utapi.Operations() {
		h.members = append(h.members, `"s3:`+name+`":`)
	}
	if h.healthFrom == nil {
		h.healthFrom = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	}
	if h.now == nil {
		h.now = time.Now
	}
	return h
}

// Serves tells whether a request that may also be for S3 is for this API: a
// POST to one of its paths with its parameter Action. S3 has no such parameter,
// so that a form that is posted to a bucket called "buckets" stays one, and
// the services that share "/" with S3 have no such actions.
func (h *Handler) Serves(r *http.Request) bool {
	if _, ok := levelOf(r.URL.Path); !ok || r.Method != http.MethodPost || !strings.Contains(r.URL.RawQuery, "Action=") {
		return false
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	return err == nil && isAction(query.Get("Action")) && h.api.MayServe(r)
}

// Beside returns a handler that serves this API and hands every other request,
// the health check among them, to next.
func (h *Handler) Beside(next http.Handler) http.Handler { return frontend.Beside(h, next) }

// ServeHTTP implements [http.Handler].
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call{Call: h.api.Begin(w, r), h: h, ctx: r.Context(), now: h.now()}
	if err := c.serve(); err != nil {
		c.refuse(err)
	}
}

// call is one request on its way.
type call struct {
	frontend.Call
	h       *Handler
	ctx     context.Context
	now     time.Time
	request *request
	caller  caller
}

func (c *call) serve() error {
	if c.R.URL.Path == healthPath && c.R.URL.RawQuery == "" && (c.R.Method == http.MethodGet || c.R.Method == http.MethodPost) {
		return c.health()
	}
	var body []byte
	var err error
	if c.R.Method != http.MethodGet {
		if body, err = c.Body(maxBody); err != nil {
			return err
		}
	}
	if c.request, err = parseRequest(c.R.Method, c.R.URL, body, c.now); err != nil {
		return err
	}
	c.Operation(c.request.action)
	if err := c.verify(body); err != nil {
		return err
	}
	names, err := c.allowed()
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return errAccessDenied
	}
	if err := c.h.metrics.Flush(c.ctx); err != nil {
		return err
	}
	return c.answer(names)
}

// verify proves who asks, and that the body is theirs.
func (c *call) verify(body []byte) error {
	if !strings.HasPrefix(c.R.Header.Get("Authorization"), "AWS4") {
		return errWantsV4
	}
	if c.R.Header.Get("X-Amz-Content-Sha256") == "" {
		return errMissingHeader
	}
	c.R.Body = io.NopCloser(bytes.NewReader(body))
	c.R.ContentLength = int64(len(body))
	id, err := c.Identify()
	if err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, c.R.Body); err != nil {
		return err
	}
	if id.Withheld.Has(auth.OpRead) {
		return errAccessDenied
	}
	if id.Scheme != auth.SchemeV4 || id.Transport != auth.TransportHeader || id.Service != "s3" {
		return errArgument
	}
	return c.classify(id)
}

// health answers whether the metrics can be read.
func (c *call) health() error {
	addr, ok := sourceAddr(c.R)
	if !ok || !slices.ContainsFunc(c.h.healthFrom, func(p netip.Prefix) bool { return p.Contains(addr) }) {
		return errAccessDenied
	}
	if err := c.h.metrics.Ready(c.ctx); err != nil {
		return errors.Join(errNotReady, err)
	}
	c.Send(http.StatusOK, contentType, []byte("{}"))
	return nil
}

// sourceAddr is where a request comes from.
func sourceAddr(r *http.Request) (netip.Addr, bool) {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	return from.Addr().Unmap(), err == nil
}
