package s3http

import (
	"strings"

	"github.com/cofferstore/coffer/objstore"
)

const hdrMFA = "X-Amz-Mfa"

// mfaTakers are the operations that take x-amz-mfa.
var mfaTakers = map[string]bool{"PutBucketVersioning": true, "DeleteObject": true, "DeleteObjects": true}

const (
	mfaMissing = "Mfa Authentication must be used for this request"
	mfaForm    = "The x-amz-mfa header is the serial number of the device, a space, and the code that it shows."
)

// secondFactor checks x-amz-mfa, which names a device of the caller and the
// code that it shows. Without the header nothing is proved, which is no error.
func (c *call) secondFactor() (proved bool, err error) {
	v := header(c.r.Header, hdrMFA)
	if v == "" {
		return false, nil
	}
	if c.h.mfa == nil {
		return false, notImplemented("x-amz-mfa")
	}
	serial, code, ok := strings.Cut(strings.TrimSpace(v), " ")
	if !ok || c.identity.Anonymous() {
		return false, refusal(codeAccessDenied, mfaForm)
	}
	if err := c.h.mfa.VerifyMFA(c.ctx, c.identity.ID, serial, strings.TrimSpace(code)); err != nil {
		return false, err
	}
	return true, nil
}

// mfaToDelete checks the second factor of a delete; by tells that it is by
// version id. In a bucket with MFA Delete such a request fails as a whole
// without it, also when it deletes other keys.
func (c *call) mfaToDelete(by bool) (proved bool, err error) {
	proved, err = c.secondFactor()
	if err == nil && !proved && by && c.info.MFADelete {
		return false, refusal(codeAccessDenied, mfaMissing)
	}
	return proved, err
}

// putMFADelete changes a versioning state where MFA Delete is on or is to be
// changed. Only the bucket's owner may.
func (c *call) putMFADelete(state objstore.Versioning, on bool) error {
	proved, err := c.secondFactor()
	switch {
	case err != nil:
		return err
	case c.identity.ID != c.info.Owner:
		return refusal(codeAccessDenied, "Only the owner of the bucket can change a bucket with MFA Delete.")
	case !proved:
		return refusal(codeAccessDenied, mfaMissing)
	}
	if on && !c.info.MFADelete {
		if err := c.requireNoLifecycle(); err != nil {
			return err
		}
	}
	return c.bucket.SetMFADelete(c.ctx, state, on)
}

// requireNoLifecycle keeps MFA Delete and lifecycle rules apart: nobody would
// prove a second factor when a rule deletes.
func (c *call) requireNoLifecycle() error {
	if c.lifecycle() != nil {
		return refusal(codeInvalidBucketState, "MFA Delete cannot be enabled on a bucket with a lifecycle configuration.")
	}
	return nil
}
