package s3http

import (
	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/objstore"
)

// Configurations that a bucket has any number of, each with an id: this server
// keeps none of them.

// listRoots are the roots of the lists of configurations.
var listRoots = map[string]string{
	"GetBucketAnalyticsConfiguration":          "ListBucketAnalyticsConfigurationResult",
	"GetBucketIntelligentTieringConfiguration": "ListBucketIntelligentTieringConfigurationsOutput",
	"GetBucketInventoryConfiguration":          "ListInventoryConfigurationsResult",
	"GetBucketMetricsConfiguration":            "ListMetricsConfigurationsResult",
}

// getConfiguration serves the reading of one configuration by its id, which is
// not there, and of the list of all, which is empty.
func (c *call) getConfiguration() error {
	if c.query.has("id") {
		return codeNoSuchConfiguration
	}
	x := c.h.newXML()
	defer x.free()
	root := listRoots[c.route.Name]
	x.root(root)
	x.flag("IsTruncated", false)
	x.close(root)
	return c.sendXML(x)
}

// deleteConfiguration serves the removal of one configuration by its id.
func (c *call) deleteConfiguration() error {
	if !c.query.has("id") {
		return badArgument("id", "", "Missing required parameter: id")
	}
	return codeNoSuchConfiguration
}

// getABAC serves GetBucketAbac: tags of a bucket are not judged unless a policy
// does.
func (c *call) getABAC() error {
	x := c.h.newXML()
	defer x.free()
	x.root("AbacStatus")
	x.text("Status", "Disabled")
	x.close("AbacStatus")
	return c.sendXML(x)
}

// Operations that Amazon refuses too, for the objects of this server or for
// everybody who has not used them before.

// restoreObject serves RestoreObject. Storage classes are told, and all objects
// are at hand whatever their class: there is nothing to restore.
func (c *call) restoreObject() error {
	obj, err := c.bucket.Object(c.ctx, c.key, &objstore.GetOptions{Version: c.version, NoBody: true})
	if err != nil {
		return c.absent(err)
	}
	defer obj.Close()
	return refusal("InvalidObjectState", "Restore is not allowed for the object's current storage class",
		auth.Detail{Name: "StorageClass", Value: storageClass(obj.Info().StorageClass)})
}

// refuseObject serves SelectObjectContent and GetObjectTorrent, which Amazon has
// withdrawn.
func (c *call) refuseObject() error {
	obj, err := c.find(c.own(), c.action(), true)
	if err != nil {
		return err
	}
	defer obj.Close()
	f := refusal(codeMethodNotAllowed, "", auth.Detail{Name: "Method", Value: c.r.Method}, auth.Detail{Name: "ResourceType", Value: c.route.Name})
	f.headers = []auth.Detail{{Name: "Allow", Value: ""}} // the sub-resource has no method
	return f
}
