package s3http

import (
	"net/http"

	"github.com/cofferstore/coffer/auth"
)

// A bucket of this server has none of the configurations below.
// What Amazon answers for such a bucket is answered here, since many clients
// ask for them on the way.

// unsetCodes are the answers to operations on configurations that a bucket does
// not have.
var unsetCodes = map[string]code{
	"GetBucketReplication":                codeReplicationNotFound,
	"GetBucketMetadataConfiguration":      codeNoMetadata,
	"GetBucketMetadataTableConfiguration": codeNoMetadataTable,
}

// getUnset answers that there is no such configuration.
func (c *call) getUnset() error { return c.unset(unsetCodes[c.route.Name]) }

func (c *call) unset(co code) error {
	return refusal(co, "", auth.Detail{Name: "BucketName", Value: c.bucketID.Name})
}

// deleteUnset removes a configuration that is not there, which is no error.
func (c *call) deleteUnset() error { return c.send(http.StatusNoContent) }

// putNotification serves PutBucketNotificationConfiguration: notifications are not
// built, to remove all of them is.
func (c *call) putNotification() error {
	var doc struct {
		Any unknown `xml:",any"`
	}
	if err := c.needDocument("NotificationConfiguration", &doc); err != nil {
		return err
	}
	if len(doc.Any) > 0 {
		return refusal(codeNotImplemented, "Notifications of buckets are not implemented.")
	}
	return c.send(http.StatusOK)
}

// emptyDocuments are the roots of configurations that are there but empty.
var emptyDocuments = map[string]string{
	"GetBucketNotificationConfiguration": "NotificationConfiguration",
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
