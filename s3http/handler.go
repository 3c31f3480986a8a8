package s3http

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/acl"
	"github.com/cofferstore/coffer/internal/httpx"
	"github.com/cofferstore/coffer/internal/vhost"
	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/lifecycle"
	"github.com/cofferstore/coffer/usage"
)

// Users tells how users are called in answers (the member DisplayName). Safe
// for concurrent use.
type Users interface {
	// DisplayName returns the name for people of the user with the given full
	// name, or "" when there is none.
	DisplayName(ctx context.Context, id string) string
}

// BucketLimits tells how many buckets users may own. Safe for concurrent use.
type BucketLimits interface {
	// MaxBuckets returns the limit of the user with the given full name: 0 is
	// no limit, negative is that the user may create none (as Ceph has it).
	MaxBuckets(ctx context.Context, id string) (int, error)
}

// Options configure a [Handler]. The zero value of each field is its default.
type Options struct {
	// Verifier proves who asks. Default: nobody can prove anything, so that
	// all requests are anonymous.
	Verifier auth.Verifier

	// Forms proves who signed a browser's upload. Default: signed forms are
	// refused, those of nobody are anonymous.
	Forms auth.FormVerifier

	// Authorizer decides what they may do. Default [auth.Standard].
	Authorizer auth.Authorizer

	// Grantees finds the users that requests name in ACLs. Default: nobody is
	// known, and ACLs can name groups alone.
	Grantees acl.Resolver

	// Domains are host names below which the first labels name a bucket
	// (virtual-host style): with "s3.example.com", the host
	// "photos.s3.example.com" is the bucket "photos". Ports are ignored. Under
	// any other host, and under addresses, the path names the bucket.
	Domains []string

	// WebsiteDomains are host names below which the first labels name a bucket
	// of the default tenant that is served as a website: with
	// "web.example.com", the host "photos.web.example.com" shows the bucket
	// "photos" to browsers, with index and error documents. Default: none.
	WebsiteDomains []string

	// Region is the region that the server says it is. Default "us-east-1".
	Region string

	// Users gives display names. Default: the user's full name.
	Users Users

	// LifecycleDay is the length of a day as lifecycle rules count it, for
	// x-amz-expiration. Default a real day; see lifecycle.Calendar.
	LifecycleDay time.Duration

	// InsecureCustomerKeys accepts keys of customers (SSE-C) over connections
	// without TLS, for servers behind a proxy that ends TLS.
	InsecureCustomerKeys bool

	// Ownership is that of new buckets whose creator names none
	// (x-amz-object-ownership). Default [auth.BucketOwnerEnforced], as on
	// Amazon; with [auth.ObjectWriter] ACLs count from the start, as in Ceph.
	Ownership auth.Ownership

	// BucketLimits bounds the buckets of users. Default: no bounds.
	BucketLimits BucketLimits

	// Now is the clock of the header Date, by which clients mend their own.
	// Default time.Now.
	Now func() time.Time

	// SecondFactor checks x-amz-mfa. Default: none, and the header is
	// NotImplemented.
	SecondFactor auth.SecondFactor

	Logger *slog.Logger // default: discard
}

// Handler serves the S3 API. It is an [http.Handler] and safe for concurrent use.
type Handler struct {
	store        *objstore.Store
	verifier     auth.Verifier
	mfa          auth.SecondFactor // may be nil
	forms        auth.FormVerifier
	authorizer   auth.Authorizer
	domains      vhost.Domains
	websites     vhost.Domains
	region       string
	users        Users
	limits       BucketLimits
	ownership    auth.Ownership // of new buckets; "" is BucketOwnerEnforced
	insecureKeys bool

	now       func() time.Time
	logger    *slog.Logger
	routes    *router
	grantees  acl.Resolver
	hostID    string    // x-amz-id-2
	documents sync.Pool // of *xmlWriter
	entries   sync.Pool // of *[]objstore.ObjectInfo, for pages

	access     documentCache[*access]
	lifecycles documentCache[*lifecycle.Config]
	calendar   lifecycle.Calendar

	configs      documentCache[*bucketConfig]
	unconfigured bucketConfig // of buckets without documents
}

// New returns a Handler of the store.
func New(st *objstore.Store, o *Options) *Handler {
	h := &Handler{store: st, routes: newRouter(), hostID: newHostID()}
	if o != nil {
		h.mfa = o.SecondFactor
		h.calendar.Day = o.LifecycleDay
		h.forms, h.websites = o.Forms, vhost.NewDomains(o.WebsiteDomains)
		h.verifier, h.authorizer, h.users, h.grantees = o.Verifier, o.Authorizer, o.Users, o.Grantees
		h.insecureKeys = o.InsecureCustomerKeys
		h.limits = o.BucketLimits
		if o.Ownership.ACLs() {
			h.ownership = o.Ownership
		}
		h.domains, h.region, h.now, h.logger = vhost.NewDomains(o.Domains), o.Region, o.Now, o.Logger
	}
	if h.verifier == nil {
		h.verifier = anonymous{}
	}
	if h.forms == nil {
		h.forms = anonymousForms{}
	}
	if h.authorizer == nil {
		h.authorizer = auth.Standard{}
	}
	if h.grantees == nil {
		h.grantees = nobodyKnown{}
	}
	if h.region == "" {
		h.region = defaultRegion
	}
	if h.now == nil {
		h.now = time.Now
	}
	if h.logger == nil {
		h.logger = slog.New(slog.DiscardHandler)
	}
	return h
}

// Operations returns what the handler knows, in the order of its route table.
// The caller may change the slice.
func (h *Handler) Operations() []Operation { return h.routes.operations() }

// ServeHTTP implements [http.Handler].
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.ContentLength == 0 && strings.EqualFold(r.Header.Get("Expect"), "100-continue") {
		// net/http says so when the body is read, which an empty one never is;
		// botocore then takes the next answer for the one that it waits for.
		w.WriteHeader(http.StatusContinue)
	}
	c := &call{
		h: h, w: w, r: r, ctx: r.Context(),
		wire: r.Body, wireLength: r.ContentLength,
		requestID: httpx.NewRequestID(),
		entry:     usage.FromContext(r.Context()),
	}
	c.set(hdrRequestID, c.requestID)
	c.set(hdrID2, h.hostID)
	c.set("Date", httpx.FormatDate(h.now()))
	if c.entry != nil {
		c.entry.RequestID, c.entry.Protocol = c.requestID, "s3"
	}
	if err := c.serve(); err != nil {
		c.refuse(err)
	}
}

// anonymous takes everybody for nobody.
type anonymous struct{}

func (anonymous) Verify(*http.Request) (*auth.Identity, error) { return &auth.Identity{}, nil }

// anonymousForms knows no signature of a form.
type anonymousForms struct{}

func (anonymousForms) VerifyForm(_ *http.Request, field func(string) string) (*auth.Identity, error) {
	if field("policy") == "" {
		return nil, auth.ErrNoCredentials
	}
	return nil, &auth.Error{Reason: auth.ErrAccessDenied, Message: "Signed forms are not accepted."}
}

func newHostID() string {
	b := make([]byte, 36)
	_, _ = rand.Read(b) // never fails
	return base64.StdEncoding.EncodeToString(b)
}
