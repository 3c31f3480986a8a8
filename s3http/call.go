package s3http

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/acl"
	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/quota"
	"github.com/cofferstore/coffer/usage"
)

// call is one request on its way.
type call struct {
	h   *Handler
	w   http.ResponseWriter
	r   *http.Request
	ctx context.Context

	// wire is the body as it arrives, before a verifier unwraps it.
	wire       io.ReadCloser
	wireLength int64

	requestID string
	entry     *usage.Entry // nil without a usage middleware

	address  address
	query    query
	route    *route
	identity *auth.Identity
	bucketID objstore.BucketID
	bucket   *objstore.Bucket
	info     objstore.BucketInfo
	access   *access       // of the bucket; nil = nobody but the owner has any
	config   *bucketConfig // nil until the bucket is open
	key      string
	version  string // parameter versionId
	amz      amzHeaders

	// asked and keys are what the authorizer judges by, used anew each time.
	asked auth.Request
	keys  policyKeys
	tag   string // that one object of a DeleteObjects is to have; "" = any

	ofAccount bool       // by the S3 Control API
	onSite    bool       // on a website host: errors are pages
	errorPage *errorPage // one that was not to be had

	data    objectData
	reading bool // the body has been asked for
	started bool // the status is out

	// values backs the one-element slices of response headers.
	values [16]string
	used   int
}

// set sets a response header; name is in canonical spelling.
func (c *call) set(name, value string) {
	if c.used == len(c.values) {
		c.w.Header()[name] = []string{value}
		return
	}
	c.values[c.used] = value
	c.w.Header()[name] = c.values[c.used : c.used+1 : c.used+1]
	c.used++
}

// operation names the operation, for logs.
func (c *call) operation() string {
	if c.route == nil {
		return ""
	}
	return c.route.Name
}

// serve brings the request to its operation.
func (c *call) serve() error {
	if len(c.h.websites) > 0 && c.h.isSite(c.r.Host) {
		return c.serveSite()
	}
	a, scope, err := c.locate()
	if err != nil {
		return err
	}
	c.bucketID, c.key = a.id(""), a.key
	if c.query, err = parseQuery(c.r.URL.RawQuery); err != nil {
		return err
	}
	if c.route, err = c.h.routes.match(c.r, scope, c.query); err != nil {
		return err
	}
	c.describeUsage()
	c.address = a
	if c.route.public || c.route.form {
		return c.route.run(c)
	}
	if err := c.identify(); err != nil {
		return err
	}
	if c.route.Header == "" && len(c.r.Header[hdrCopySource]) > 0 {
		// The header was in the query and selects another row.
		if c.route, err = c.h.routes.match(c.r, c.route.Scope, c.query); err != nil {
			return err
		}
		c.describeUsage()
	}
	if err := c.readAmzHeaders(); err != nil {
		return err
	}
	if err := c.readVersion(); err != nil {
		return err
	}
	missing := c.openBucket()
	if err := c.admit(); err != nil {
		return err
	}
	if missing != nil {
		return missing
	}
	if !c.route.late {
		if err := c.authorize(c.action(), c.resource()); err != nil {
			return err
		}
	}
	return c.route.run(c)
}

// locate tells what the request is about.
func (c *call) locate() (address, Scope, error) {
	if isAccount(c.r) {
		c.ofAccount = true
		a, err := accountAddress(header(c.r.Header, hdrAccountID))
		if arn, found := strings.CutPrefix(c.r.URL.Path, tagsPrefix); found && err == nil {
			a, err = a.resource(arn)
		}
		return a, ScopeAccount, err
	}
	a, err := parseAddress(c.h.domains, c.r.Host, c.r.URL)
	return a, scopeOf(a), err
}

// describeUsage tells the usage middleware what the request is.
func (c *call) describeUsage() {
	if e := c.entry; e != nil {
		e.Operation, e.Category, e.Class = c.route.Name, c.route.Category, string(c.route.Class)
		if e.Counter = c.route.Counter; e.Counter == Uncounted {
			e.Counter = ""
		}
		e.Bucket, e.Key = c.bucketID.String(), c.key
		if c.bucketID.Name == "" {
			e.Bucket = ""
		}
	}
}

func (c *call) identify() error {
	id, err := c.h.verifier.Verify(c.r)
	if err != nil {
		return err
	}
	if err := c.takeIdentity(id); err != nil {
		return err
	}
	return c.hoistQueryHeaders()
}

// takeIdentity takes id for the caller, unless what is asked is withheld from
// them: buckets without a tenant are of theirs.
func (c *call) takeIdentity(id *auth.Identity) error {
	if id == nil {
		id = &auth.Identity{}
	}
	c.identity = id
	if err := c.checkService(); err != nil {
		return err
	}
	_, deletes := c.query.lookup("delete")
	if err := c.permit(auth.OpOf(c.r.Method, deletes)); err != nil {
		return err
	}
	c.bucketID = c.address.id(id.Tenant)
	if c.entry != nil {
		c.entry.User, c.entry.Subuser = id.ID, id.Subuser
		if c.address.bucket != "" {
			c.entry.Bucket = c.bucketID.String()
		}
	}
	return nil
}

// permit refuses a kind of operation that is withheld from the caller.
func (c *call) permit(op auth.Ops) error {
	if c.identity.Withheld.Has(op) {
		return &auth.Error{Reason: auth.ErrAccessDenied}
	}
	return nil
}

func (c *call) readVersion() error {
	v, given := c.query.lookup("versionId")
	if !given || c.key == "" {
		return nil
	}
	if v == "" {
		return badArgument("versionId", "", "Version id cannot be the empty string")
	}
	if c.route.Built && c.route.VersionAction == "" {
		return badArgument("versionId", v, "This operation does not accept a version id.")
	}
	c.version = v
	return nil
}

// admit holds the request to the rate limits of the caller and of the bucket,
// where a middleware of quota is around the handler. Guesses at buckets that
// are not there count for the caller.
func (c *call) admit() error {
	s := quota.Subject{User: c.identity.ID, Class: quota.Class(c.route.Class), Exempt: c.identity.Admin || c.identity.System}
	if c.bucket != nil {
		s.Bucket = string(c.info.Ref[:])
	}
	return quota.FromContext(c.ctx).Admit(c.ctx, s)
}

// openBucket finds the bucket where the operation has one.
func (c *call) openBucket() error {
	if c.bucketID.Name == "" || c.route.creates {
		return nil
	}
	b, err := c.h.store.Bucket(c.ctx, c.bucketID)
	if err != nil {
		return err
	}
	c.bucket, c.info = b, b.Info()
	if c.entry != nil {
		c.entry.Owner, c.entry.Incarnation = c.info.Owner, c.info.Incarnation
	}
	if c.access, err = c.h.accessOf(c.ctx, b, &c.info); err != nil {
		return err
	}
	if err := c.configure(); err != nil {
		return err
	}
	return expectOwner(c.r.Header, "X-Amz-Expected-Bucket-Owner", c.info.Owner)
}

// expectOwner enforces the header that protects against writing to a bucket of
// somebody else.
func expectOwner(h http.Header, name, owner string) error {
	if want := h[name]; len(want) > 0 && want[0] != owner {
		return codeAccessDenied
	}
	return nil
}

// action returns the route's policy action.
func (c *call) action() string {
	if c.version != "" && c.route.VersionAction != "" {
		return c.route.VersionAction
	}
	return c.route.Action
}

// resource is what the request names.
func (c *call) resource() auth.Resource { return c.resourceAt(c.key, c.version) }

// resourceAt is an object of the request's bucket.
func (c *call) resourceAt(key, version string) auth.Resource {
	return auth.Resource{
		Tenant: c.bucketID.Tenant, Bucket: c.bucketID.Name, Key: key, VersionID: version,
		BucketOwner: c.info.Owner, Access: c.access.rules(),
	}
}

// authorize decides whether the caller may do action to res. Everything that
// an answer reveals comes after it.
func (c *call) authorize(action string, res auth.Resource) error { return c.judge(action, res, nil) }

// judge is authorize for an object that was found, which conditions may ask
// about.
func (c *call) judge(action string, res auth.Resource, found *objstore.ObjectInfo) error {
	c.keys.c, c.keys.object = c, found
	c.asked = auth.Request{Identity: c.identity, Action: action, Resource: res, Context: &c.keys}
	return c.h.authorizer.Authorize(c.ctx, &c.asked)
}

// source is an object that an operation reads: that of the request, or one
// that a header names.
type source struct {
	bucket       *objstore.Bucket
	info         objstore.BucketInfo
	access       *access
	key, version string
}

func (c *call) own() source {
	return source{bucket: c.bucket, info: c.info, access: c.access, key: c.key, version: c.version}
}

// resource names the source; found is nil where it is not there.
func (s *source) resource(found *objstore.ObjectInfo) (auth.Resource, error) {
	res := auth.Resource{
		Tenant: s.info.Tenant, Bucket: s.info.Name, Key: s.key, VersionID: s.version,
		BucketOwner: s.info.Owner, Access: s.access.rules(),
	}
	if found == nil {
		return res, nil
	}
	res.ObjectOwner = s.access.owner(s.info.Owner, found.Owner)
	if len(found.ACL) == 0 || !s.access.aclsCount() {
		return res, nil
	}
	var err error
	if res.ObjectACL, err = acl.Decode(found.ACL); err != nil {
		return res, damagedACL(err)
	}
	return res, nil
}

// may decides whether the caller may do action to an object that was found.
func (c *call) may(s *source, action string, found *objstore.ObjectInfo) error {
	res, err := s.resource(found)
	if err != nil {
		return err
	}
	return c.judge(action, res, found)
}

// find opens an object and authorizes action on it. Who may not list the
// bucket does not learn that a key is absent.
func (c *call) find(s source, action string, noBody bool) (*objstore.Object, error) {
	obj, err := s.bucket.Object(c.ctx, s.key, &objstore.GetOptions{Version: s.version, NoBody: noBody})
	if err != nil {
		if denied := c.may(&s, action, nil); denied != nil {
			return nil, denied
		}
		return nil, c.hideAbsence(&s, err)
	}
	if err := c.may(&s, action, obj.Info()); err != nil {
		_ = obj.Close()
		return nil, err
	}
	return obj, nil
}

// checkService refuses credentials that were derived for another service, which
// may be in other hands, for all but the query protocol of those services.
func (c *call) checkService() error {
	service := c.identity.Service
	if service == "" || service == "s3" || c.route.Scope == ScopeService && c.r.Method == http.MethodPost {
		return nil
	}
	return refusal("AuthorizationHeaderMalformed", `The authorization header is malformed; incorrect service "`+service+`". This endpoint belongs to "s3".`)
}

// findDescribed finds the object whose description (tags, access, locks) a request
// is about. Where the current version is a delete marker that is no absence: such
// a request is for what a marker does not have.
func (c *call) findDescribed() (*objstore.Object, error) {
	obj, err := c.find(c.own(), c.action(), true)
	if e := new(objstore.Error); errors.As(err, &e) && e.DeleteMarker {
		marker := *e
		marker.Err = objstore.ErrDeleteMarker
		err = &marker
	}
	return obj, err
}

// hideAbsence turns "there is no such object" into "access denied" for a
// caller who may not list the bucket.
func (c *call) hideAbsence(s *source, err error) error {
	switch objstore.CodeOf(err) {
	case objstore.ErrNoSuchKey, objstore.ErrNoSuchVersion, objstore.ErrDeleteMarker:
	default:
		return err
	}
	in := source{info: s.info, access: s.access}
	if denied := c.may(&in, "s3:ListBucket", nil); denied != nil {
		return denied
	}
	return err
}

// versioned tells whether answers name version ids.
func (c *call) versioned() bool { return c.info.Versioning != objstore.VersioningOff }

// setVersion names the version that was read or made.
func (c *call) setVersion(id string) {
	if id != "" && c.versioned() {
		c.set(hdrVersionID, id)
	}
}

// displayName returns what a user is called.
func (c *call) displayName(id string) string {
	if c.h.users != nil {
		if name := c.h.users.DisplayName(c.ctx, id); name != "" {
			return name
		}
	}
	return id
}

// received counts the object data that is read from body, and marks its errors.
func (c *call) received(body io.Reader) io.Reader {
	c.data = objectData{body, c.entry}
	return &c.data
}

// objectData counts a body for the usage entry, if there is one.
type objectData struct {
	io.Reader
	entry *usage.Entry
}

func (d *objectData) Read(p []byte) (int, error) {
	n, err := d.Reader.Read(p)
	if d.entry != nil {
		d.entry.ObjectReceived += int64(n)
	}
	return n, markBroken(err)
}

// brokenBody is why a body could not be read to its end, which is never the
// server's fault: a reset connection, or framing that is none.
type brokenBody struct{ error }

func (e *brokenBody) Unwrap() error { return e.error }

func markBroken(err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	return &brokenBody{err}
}
