// Package admin administers users and buckets. It is plain Go: front ends such
// as admin/rgwhttp translate a protocol into its calls.
//
//	rgwhttp (Ceph Admin Ops)      ostorhttp, ostor-s3-admin
//	        \                       |
//	         \                    Ostor: the rules of that API
//	          \                   /
//	         Service: rules across the parts
//	        /                     \
//	iam.Directory             objstore.Store
//	users, keys, caps         buckets, totals
//
// The service does not ask who calls: the front end authorizes.
package admin
