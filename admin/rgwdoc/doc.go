// Package rgwdoc describes users, buckets and what belongs to them in the
// documents of Ceph's RGW, which the Admin Ops API and radosgw-admin share.
//
//	iam.Account, admin.BucketStats, rgwlog.Report, acl.ACL, ...
//	        |  User, Bucket, Usage, ACL, ...
//	        v
//	   Document: objects with members in order, lists, values
//	        |  JSON, XML
//	        v
//	  admin/rgwhttp     admin/cli/rgwadmin
//
// The order of members and the spelling of values are those of radosgw 16.2.
// Names of buckets and of limits, which both read too, are here as well.
package rgwdoc
