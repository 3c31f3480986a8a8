package policy

import (
	"slices"
	"strings"
)

// known tells whether a condition key, in the form of [Context], may be named
// where only known keys of S3 are. Those of other services are for them to know.
func known(key string) bool {
	if !strings.HasPrefix(key, "s3:") {
		return true
	}
	if name, tag, ok := strings.Cut(key, "/"); ok {
		return tag != "" && slices.Contains(strings.Fields(s3TagKeys), name)
	}
	return slices.Contains(strings.Fields(s3Keys), key)
}

// s3Keys are the condition keys of S3 ("Actions, resources, and condition keys
// for Amazon S3"; event holds: user guide, "Managing Object Lock"). Many are
// never there in a request to this server.
const s3Keys = `
s3:accessgrantscope s3:accessgrantsinstancearn s3:accessgrantslocationscope s3:accesspointnetworkorigin
s3:annotation-prefix s3:authtype s3:dataaccesspointaccount s3:dataaccesspointarn s3:delimiter
s3:deliverysourcearn s3:destinationregion s3:existingjoboperation s3:existingjobpriority s3:if-match
s3:if-none-match s3:inventoryaccessibleoptionalfields s3:isreplicationpauserequest s3:jobsuspendedcause
s3:locationconstraint s3:logtype s3:max-annotation-results s3:max-keys s3:object-lock-event-hold
s3:object-lock-event-hold-duration-days s3:object-lock-legal-hold s3:object-lock-mode
s3:object-lock-remaining-retention-days s3:object-lock-retain-until-date s3:objectcreationoperation s3:prefix
s3:requestjoboperation s3:requestjobpriority s3:requestobjecttagkeys s3:resourceaccount
s3:resourcearnbeingauthorized s3:signatureage s3:signatureversion s3:tlsversion s3:versionid s3:x-amz-acl
s3:x-amz-bucket-namespace s3:x-amz-content-sha256 s3:x-amz-copy-source s3:x-amz-grant-full-control
s3:x-amz-grant-read s3:x-amz-grant-read-acp s3:x-amz-grant-write s3:x-amz-grant-write-acp
s3:x-amz-metadata-directive s3:x-amz-object-annotation-directive s3:x-amz-object-if-match
s3:x-amz-object-ownership s3:x-amz-server-side-encryption s3:x-amz-server-side-encryption-aws-kms-key-id
s3:x-amz-server-side-encryption-customer-algorithm s3:x-amz-storage-class s3:x-amz-website-redirect-location
`

// s3TagKeys end in a slash and the key of a tag. s3:ResourceTag is RGW's.
const s3TagKeys = `
s3:accesspointtag s3:buckettag s3:existingobjecttag s3:requestobjecttag s3:resourcetag
`
