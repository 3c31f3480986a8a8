package s3http

import (
	"net/http"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/objstore"
)

// A bucket of this server is private and has none of the configurations below.
// What Amazon answers for such a bucket is answered here, since many clients
// ask for them on the way.

// unsetCodes are the answers to operations on configurations that a bucket does
// not have.
var unsetCodes = map[string]code{
	"GetBucketPolicy":                 codeNoSuchBucketPolicy,
	"GetBucketPolicyStatus":           codeNoSuchBucketPolicy,
	"GetPublicAccessBlock":            codeNoSuchPublicBlock,
	"GetBucketCors":                   codeNoSuchCORS,
	"GetBucketLifecycleConfiguration": codeNoSuchLifecycle,
	"GetBucketEncryption":             codeEncryptionNotFound,
	"GetBucketWebsite":                codeNoSuchWebsite,
	"GetBucketReplication":            codeReplicationNotFound,
	"GetObjectLockConfiguration":      codeObjectLockNotFound,
}

// getUnset answers that there is no such configuration.
func (c *call) getUnset() error { return c.unset(unsetCodes[c.route.Name]) }

func (c *call) unset(co code) error {
	return refusal(co, "", auth.Detail{Name: "BucketName", Value: c.bucketID.Name})
}

// deleteUnset removes a configuration that is not there, which is no error.
func (c *call) deleteUnset() error { return c.send(http.StatusNoContent) }

// emptyDocuments are the roots of configurations that are there but empty.
var emptyDocuments = map[string]string{
	"GetBucketNotificationConfiguration": "NotificationConfiguration",
	"GetBucketLogging":                   "BucketLoggingStatus",
	"GetBucketAccelerateConfiguration":   "AccelerateConfiguration",
}

func (c *call) getEmptyDocument() error {
	x := c.h.newXML()
	defer x.free()
	root := emptyDocuments[c.route.Name]
	x.root(root)
	x.close(root)
	return c.sendXML(x)
}

// getRequestPayment serves GetBucketRequestPayment.
func (c *call) getRequestPayment() error {
	x := c.h.newXML()
	defer x.free()
	x.root("RequestPaymentConfiguration")
	x.text("Payer", "BucketOwner")
	x.close("RequestPaymentConfiguration")
	return c.sendXML(x)
}

// getOwnershipControls serves GetBucketOwnershipControls: all objects are the
// bucket owner's, as ACLs cannot be set.
func (c *call) getOwnershipControls() error {
	x := c.h.newXML()
	defer x.free()
	x.root("OwnershipControls")
	x.open("Rule")
	x.text("ObjectOwnership", "BucketOwnerEnforced")
	x.close("Rule")
	x.close("OwnershipControls")
	return c.sendXML(x)
}

// getBucketACL serves GetBucketAcl.
func (c *call) getBucketACL() error { return c.sendACL(c.info.Owner) }

// getObjectACL serves GetObjectAcl.
func (c *call) getObjectACL() error {
	obj, err := c.find(c.own(), c.action(), true)
	if err != nil {
		return err
	}
	defer obj.Close()
	c.setVersion(obj.Info().VersionID)
	return c.sendACL(c.info.Owner)
}

// sendACL answers with the ACL of a private resource.
func (c *call) sendACL(owner string) error {
	x := c.h.newXML()
	defer x.free()
	x.root("AccessControlPolicy")
	c.userXML(x, "Owner", owner)
	x.open("AccessControlList")
	x.open("Grant")
	x.b = append(x.b, `<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser">`...)
	x.text("ID", owner)
	x.text("DisplayName", c.displayName(owner))
	x.close("Grantee")
	x.text("Permission", "FULL_CONTROL")
	x.close("Grant")
	x.close("AccessControlList")
	x.close("AccessControlPolicy")
	return c.sendXML(x)
}

// putACL serves PutBucketAcl as far as it changes nothing: with a canned ACL
// that leaves the resource private.
func (c *call) putACL() error {
	if header(c.r.Header, hdrACL) == "" {
		return refusal(codeNotImplemented, "Access control lists other than private are not implemented.")
	}
	body, err := c.readBody(maxDocument)
	if err != nil {
		return err
	}
	if len(body) > 0 {
		return refusal("UnexpectedContent", "")
	}
	return c.send(http.StatusOK)
}

// putObjectACL serves PutObjectAcl likewise.
func (c *call) putObjectACL() error {
	obj, err := c.bucket.Object(c.ctx, c.key, &objstore.GetOptions{Version: c.version, NoBody: true})
	if err != nil {
		return c.absent(err)
	}
	defer obj.Close()
	c.setVersion(obj.Info().VersionID)
	return c.putACL()
}
