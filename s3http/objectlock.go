package s3http

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/internal/httpx"
	"github.com/cofferstore/coffer/objstore"
)

// Headers of object lock.
const (
	hdrLockMode     = "X-Amz-Object-Lock-Mode"
	hdrLockUntil    = "X-Amz-Object-Lock-Retain-Until-Date"
	hdrLockHold     = "X-Amz-Object-Lock-Legal-Hold"
	hdrBypass       = "X-Amz-Bypass-Governance-Retention"
	hdrBucketLocked = "X-Amz-Bucket-Object-Lock-Enabled"
)

// lockWriters are the operations that take x-amz-object-lock-* headers.
var lockWriters = map[string]bool{"PutObject": true, "PostObject": true, "CopyObject": true, "CreateMultipartUpload": true}

// isMisplacedLock tells whether a header asks an operation for a lock that it
// does not set: who sends it would take for locked what is not.
func (c *call) isMisplacedLock(name string) bool {
	switch {
	case name == hdrLockMode, name == hdrLockUntil, name == hdrLockHold:
		return !lockWriters[c.route.Name]
	case name == hdrBucketLocked:
		return !c.route.creates
	}
	return strings.HasPrefix(name, "X-Amz-Object-Lock-")
}

const (
	noBucketLock = "Bucket is missing Object Lock Configuration"
	mustBeFuture = "The retain until date must be in the future!"
)

// lockHeaders reads x-amz-object-lock-*, with which a writer locks what it
// makes. Each kind of lock needs a right of its own.
func (c *call) lockHeaders() (objstore.Lock, error) {
	h := c.r.Header
	l := objstore.Lock{LegalHold: objstore.LegalHold(header(h, hdrLockHold))}
	mode, until := header(h, hdrLockMode), header(h, hdrLockUntil)
	if mode == "" && until == "" && l.LegalHold == "" {
		return l, nil
	}
	if !c.info.ObjectLock {
		return l, refusal(codeInvalidRequest, noBucketLock)
	}
	if l.LegalHold != "" {
		if !validHold(l.LegalHold) {
			return l, badArgument("x-amz-object-lock-legal-hold", string(l.LegalHold), "Legal Hold must be either of 'ON' or 'OFF'")
		}
		if err := c.authorize("s3:PutObjectLegalHold", c.resource()); err != nil {
			return l, err
		}
	}
	if mode == "" && until == "" {
		return l, nil
	}
	var err error
	if l.Retention, err = c.retentionHeaders(mode, until); err != nil {
		return l, err
	}
	return l, c.authorize("s3:PutObjectRetention", c.resource())
}

func (c *call) retentionHeaders(mode, until string) (objstore.Retention, error) {
	r := objstore.Retention{Mode: objstore.LockMode(mode)}
	switch {
	case mode == "" || until == "":
		return r, badArgument("x-amz-object-lock-mode", mode,
			"x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied")
	case !validMode(r.Mode):
		return r, badArgument("x-amz-object-lock-mode", mode, "Unknown wormMode directive.")
	}
	var err error
	if r.Until, err = time.Parse(time.RFC3339, until); err != nil {
		return r, badArgument("x-amz-object-lock-retain-until-date", until, "The retain until date must be provided in ISO 8601 format")
	}
	return r, c.checkFuture(r)
}

func (c *call) checkFuture(r objstore.Retention) error {
	if !r.Until.After(c.h.now()) {
		return badArgument("x-amz-object-lock-retain-until-date", r.Until.UTC().Format(time.RFC3339), mustBeFuture)
	}
	return nil
}

func validMode(m objstore.LockMode) bool {
	return m == objstore.LockGovernance || m == objstore.LockCompliance
}

func validHold(h objstore.LegalHold) bool { return h == objstore.HoldOn || h == objstore.HoldOff }

// requireSum refuses a body without a sum where S3 insists on one.
func (c *call) requireSum() error {
	check, err := c.newBodyCheck()
	if err == nil && !check.any() {
		return refusal(codeInvalidRequest, "Missing required header for this request: Content-MD5 OR x-amz-checksum-*")
	}
	return err
}

// sumOfLocked refuses the body of an object that is to be locked when it comes
// without a sum: what was damaged on the way could not be replaced.
func sumOfLocked(check *bodyCheck, info *objstore.BucketInfo, l objstore.Lock) error {
	locked := l != (objstore.Lock{}) || info.DefaultRetention.Mode != objstore.LockNone
	if locked && !check.any() {
		return refusal(codeInvalidRequest,
			"Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters")
	}
	return nil
}

// bypasses tells whether the caller asks to bypass governance mode and may. A
// caller who may not is treated as if not asking: what is locked stays so.
func (c *call) bypasses(res auth.Resource) bool {
	return strings.EqualFold(header(c.r.Header, hdrBypass), "true") &&
		c.authorize("s3:BypassGovernanceRetention", res) == nil
}

// announceLock tells a reader of the lock, as far as the reader may know.
func (c *call) announceLock(info *objstore.ObjectInfo) {
	if info.Lock == (objstore.Lock{}) {
		return
	}
	own := c.own()
	if r := info.Lock.Retention; r.Mode != objstore.LockNone && c.may(&own, "s3:GetObjectRetention", info) == nil {
		c.set(hdrLockMode, string(r.Mode))
		c.set(hdrLockUntil, string(httpx.AppendTimestamp(nil, r.Until)))
	}
	if h := info.Lock.LegalHold; h != objstore.HoldUnset && c.may(&own, "s3:GetObjectLegalHold", info) == nil {
		c.set(hdrLockHold, string(h))
	}
}

// lockRequested reads x-amz-bucket-object-lock-enabled of CreateBucket. Who
// makes a bucket with object lock also configures it.
func (c *call) lockRequested(res auth.Resource) (bool, error) {
	v := header(c.r.Header, hdrBucketLocked)
	switch {
	case v == "" || strings.EqualFold(v, "false"):
		return false, nil
	case !strings.EqualFold(v, "true"):
		return false, badArgument("x-amz-bucket-object-lock-enabled", v, "")
	}
	for _, action := range []string{"s3:PutBucketObjectLockConfiguration", "s3:PutBucketVersioning"} {
		if err := c.authorize(action, res); err != nil {
			return false, err
		}
	}
	return true, nil
}

// lockConfiguration is the body of PutObjectLockConfiguration.
type lockConfiguration struct {
	Enabled string `xml:"ObjectLockEnabled"`
	Rule    *struct {
		Default *struct {
			Mode    string  `xml:"Mode"`
			Days    *int    `xml:"Days"`
			Years   *int    `xml:"Years"`
			Unknown unknown `xml:",any"`
		} `xml:"DefaultRetention"`
		Unknown unknown `xml:",any"`
	} `xml:"Rule"`
	Unknown unknown `xml:",any"`
}

func (d *lockConfiguration) retention() (objstore.DefaultRetention, error) {
	var out objstore.DefaultRetention
	if d.Enabled != "Enabled" || len(d.Unknown) > 0 {
		return out, codeMalformedXML
	}
	if d.Rule == nil {
		return out, nil
	}
	def := d.Rule.Default
	if def == nil || len(d.Rule.Unknown) > 0 || len(def.Unknown) > 0 ||
		!validMode(objstore.LockMode(def.Mode)) || (def.Days == nil) == (def.Years == nil) {
		return out, codeMalformedXML
	}
	out.Mode = objstore.LockMode(def.Mode)
	given, limit, into := def.Days, objstore.MaxRetentionDays, &out.Days
	if def.Years != nil {
		given, limit, into = def.Years, objstore.MaxRetentionYears, &out.Years
	}
	switch {
	case *given <= 0:
		return out, refusal(codeInvalidArgument, "Default retention period must be a positive integer value.")
	case *given > limit:
		return out, refusal(codeInvalidArgument, "Default retention period too large.")
	}
	*into = *given
	return out, nil
}

// putLockConfiguration serves PutObjectLockConfiguration.
func (c *call) putLockConfiguration() error {
	var doc lockConfiguration
	if err := c.decodeLock("ObjectLockConfiguration", &doc); err != nil {
		return err
	}
	def, err := doc.retention()
	if err != nil {
		return err
	}
	err = c.bucket.SetObjectLock(c.ctx, def)
	if objstore.CodeOf(err) == objstore.ErrInvalidBucketState {
		return refusal(codeInvalidBucketState, "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration")
	}
	if err != nil {
		return err
	}
	return c.send(http.StatusOK)
}

// decodeLock reads the document of an operation that changes locks.
func (c *call) decodeLock(root string, doc any) error {
	if err := c.requireSum(); err != nil {
		return err
	}
	err := c.decodeDocument(root, maxDocument, doc)
	if errors.Is(err, io.EOF) {
		return codeMalformedXML
	}
	return err
}

// getLockConfiguration serves GetObjectLockConfiguration.
func (c *call) getLockConfiguration() error {
	if !c.info.ObjectLock {
		return c.unset(codeObjectLockNotFound)
	}
	x := c.h.newXML()
	defer x.free()
	x.root("ObjectLockConfiguration")
	x.text("ObjectLockEnabled", "Enabled")
	if d := c.info.DefaultRetention; d.Mode != objstore.LockNone {
		x.open("Rule")
		x.open("DefaultRetention")
		x.text("Mode", string(d.Mode))
		if d.Days > 0 {
			x.number("Days", int64(d.Days))
		} else {
			x.number("Years", int64(d.Years))
		}
		x.close("DefaultRetention")
		x.close("Rule")
	}
	x.close("ObjectLockConfiguration")
	return c.sendXML(x)
}

// retentionDocument is the body of PutObjectRetention; an empty one removes
// the retention.
type retentionDocument struct {
	Mode    string  `xml:"Mode"`
	Until   string  `xml:"RetainUntilDate"`
	Unknown unknown `xml:",any"`
}

func (d *retentionDocument) retention() (objstore.Retention, error) {
	r := objstore.Retention{Mode: objstore.LockMode(d.Mode)}
	if len(d.Unknown) > 0 || (d.Mode == "") != (d.Until == "") || d.Mode != "" && !validMode(r.Mode) {
		return r, codeMalformedXML
	}
	if d.Until == "" {
		return r, nil
	}
	var err error
	if r.Until, err = time.Parse(time.RFC3339, d.Until); err != nil {
		return r, codeMalformedXML
	}
	return r, nil
}

// putRetention serves PutObjectRetention.
func (c *call) putRetention() error {
	var doc retentionDocument
	wrong := c.decodeLock("Retention", &doc)
	var r objstore.Retention
	if wrong == nil {
		r, wrong = doc.retention()
	}
	if wrong == nil && r.Mode != objstore.LockNone {
		wrong = c.checkFuture(r)
	}
	version, err := c.lockable(map[string]string{hdrLockMode: doc.Mode, hdrLockUntil: doc.Until}, wrong)
	if err != nil {
		return err
	}
	if _, err := c.bucket.SetRetention(c.ctx, c.key, version, r, c.bypasses(c.resource())); err != nil {
		return c.absent(err)
	}
	return c.send(http.StatusOK)
}

// lockable finds the version that is to be locked, and authorizes that. Who may
// not does not learn what was wrong with the document.
func (c *call) lockable(asked map[string]string, wrong error) (version string, err error) {
	c.keys.lock = asked
	obj, err := c.findDescribed()
	if err != nil {
		return "", err
	}
	defer obj.Close()
	switch {
	case wrong != nil:
		return "", wrong
	case !c.info.ObjectLock:
		return "", refusal(codeInvalidRequest, noBucketLock)
	}
	return obj.Info().VersionID, nil
}

// locked finds the object whose lock is asked for.
func (c *call) locked() (objstore.Lock, error) {
	obj, err := c.find(c.own(), c.action(), true)
	if err != nil {
		return objstore.Lock{}, err
	}
	defer obj.Close()
	if !c.info.ObjectLock {
		return objstore.Lock{}, refusal(codeInvalidRequest, noBucketLock)
	}
	return obj.Info().Lock, nil
}

// getRetention serves GetObjectRetention.
func (c *call) getRetention() error {
	l, err := c.locked()
	if err != nil {
		return err
	}
	if l.Retention.Mode == objstore.LockNone {
		return codeNoSuchObjectLock
	}
	x := c.h.newXML()
	defer x.free()
	x.root("Retention")
	x.text("Mode", string(l.Retention.Mode))
	x.time("RetainUntilDate", l.Retention.Until)
	x.close("Retention")
	return c.sendXML(x)
}

// legalHoldDocument is the body of PutObjectLegalHold.
type legalHoldDocument struct {
	Status  string  `xml:"Status"`
	Unknown unknown `xml:",any"`
}

// putLegalHold serves PutObjectLegalHold.
func (c *call) putLegalHold() error {
	var doc legalHoldDocument
	wrong := c.decodeLock("LegalHold", &doc)
	hold := objstore.LegalHold(doc.Status)
	if wrong == nil && (len(doc.Unknown) > 0 || !validHold(hold)) {
		wrong = codeMalformedXML
	}
	version, err := c.lockable(map[string]string{hdrLockHold: doc.Status}, wrong)
	if err != nil {
		return err
	}
	if _, err := c.bucket.SetLegalHold(c.ctx, c.key, version, hold); err != nil {
		return c.absent(err)
	}
	return c.send(http.StatusOK)
}

// getLegalHold serves GetObjectLegalHold.
func (c *call) getLegalHold() error {
	l, err := c.locked()
	if err != nil {
		return err
	}
	if l.LegalHold == objstore.HoldUnset {
		return codeNoSuchObjectLock
	}
	x := c.h.newXML()
	defer x.free()
	x.root("LegalHold")
	x.text("Status", string(l.LegalHold))
	x.close("LegalHold")
	return c.sendXML(x)
}
