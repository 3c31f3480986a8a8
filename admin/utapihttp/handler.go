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
	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/internal/httpx"
	"github.com/cofferstore/coffer/usage"
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
	metrics *utapi.Metrics
	admin   *admin.Service
	opt     Options
	domains httpx.Domains
	members []string // of an answer's operations: names with the colon
}

// New returns a Handler of m. s tells who owns what, and what callers may.
func New(m *utapi.Metrics, s *admin.Service, o *Options) *Handler {
	h := &Handler{metrics: m, admin: s}
	if o != nil {
		h.opt, h.domains = *o, httpx.NewDomains(o.Domains)
	}
	for _, name := range utapi.Operations() {
		h.members = append(h.members, `"s3:`+name+`":`)
	}
	if h.opt.HealthFrom == nil {
		h.opt.HealthFrom = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	}
	if h.opt.Now == nil {
		h.opt.Now = time.Now
	}
	if h.opt.Logger == nil {
		h.opt.Logger = slog.New(slog.DiscardHandler)
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
	return err == nil && isAction(query.Get("Action")) && h.domains.Bucket(r.Host) == ""
}

// Beside returns a handler that serves this API and hands every other request,
// the health check among them, to next.
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
	c := &call{h: h, w: w, r: r, ctx: r.Context(), now: h.opt.Now(), requestID: httpx.NewRequestID(), entry: usage.FromContext(r.Context())}
	w.Header().Set("X-Scal-Request-Id", c.requestID)
	w.Header().Set("Content-Type", "application/json")
	if c.entry != nil {
		c.entry.RequestID, c.entry.Protocol = c.requestID, "utapi"
	}
	if err := c.serve(); err != nil {
		c.refuse(err)
	}
}

// call is one request on its way.
type call struct {
	h         *Handler
	w         http.ResponseWriter
	r         *http.Request
	ctx       context.Context
	now       time.Time
	requestID string
	entry     *usage.Entry // nil without a usage middleware

	request *request
	caller  caller
}

func (c *call) serve() error {
	if c.r.URL.Path == healthPath && c.r.URL.RawQuery == "" && (c.r.Method == http.MethodGet || c.r.Method == http.MethodPost) {
		return c.health()
	}
	body, err := readBody(c.r)
	if err != nil {
		return err
	}
	if c.request, err = parseRequest(c.r.Method, c.r.URL, body, c.now); err != nil {
		return err
	}
	if c.entry != nil {
		c.entry.Operation = c.request.action
	}
	if err := c.verify(body); err != nil {
		return err
	}
	names, err := c.allowed()
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return accessDenied()
	}
	if err := c.h.metrics.Flush(c.ctx); err != nil {
		return err
	}
	return c.answer(names)
}

// readBody reads the body of a request that may be anybody's. What is too
// long is cut, and then no JSON.
func readBody(r *http.Request) ([]byte, error) {
	if r.Method == http.MethodGet || r.Body == nil {
		return nil, nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil || len(body) > maxBody {
		return nil, invalidParameter()
	}
	return body, nil
}

// verify proves who asks, and that the body is theirs.
func (c *call) verify(body []byte) error {
	if !strings.HasPrefix(c.r.Header.Get("Authorization"), "AWS4") {
		return wantsV4()
	}
	if c.r.Header.Get("X-Amz-Content-Sha256") == "" {
		return missingHeader()
	}
	if c.h.opt.Verifier == nil {
		return accessDenied()
	}
	c.r.Body = io.NopCloser(bytes.NewReader(body))
	c.r.ContentLength = int64(len(body))
	id, err := c.h.opt.Verifier.Verify(c.r)
	if err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, c.r.Body); err != nil {
		return err
	}
	if id == nil || id.Anonymous() || id.Withheld.Has(auth.OpRead) {
		return accessDenied()
	}
	if id.Scheme != auth.SchemeV4 || id.Transport != auth.TransportHeader || id.Service != "s3" {
		return invalidArgument()
	}
	if c.entry != nil {
		c.entry.User, c.entry.Subuser = id.ID, id.Subuser
	}
	return c.identify(id)
}

// health answers whether the metrics can be read.
func (c *call) health() error {
	addr, ok := sourceAddr(c.r)
	if !ok || !slices.ContainsFunc(c.h.opt.HealthFrom, func(p netip.Prefix) bool { return p.Contains(addr) }) {
		return accessDenied()
	}
	if err := c.h.metrics.Ready(c.ctx); err != nil {
		return errors.Join(internalError("Metric store is not ready"), err)
	}
	c.send(http.StatusOK, []byte("{}"))
	return nil
}

// sourceAddr is where a request comes from.
func sourceAddr(r *http.Request) (netip.Addr, bool) {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	return from.Addr().Unmap(), err == nil
}
