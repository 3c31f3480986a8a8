// Package rgwhttp serves the Admin Ops API of the Ceph Object Gateway: users,
// subusers, keys, capabilities, buckets and metadata below /admin.
//
//	request  /admin/user?uid=alice&format=json
//	   |  route table: method, resource, flag -> capability, operation
//	   |  Verifier: who asks         (auth)
//	   |  authorize: may they        (capabilities of the user, one call)
//	   v
//	operation -> admin.Service -> document -> JSON or XML
//	                 \-> error -> one encoder
//
// Paths, parameters, statuses, codes and members are those of RGW 16 as
// recorded (see testdata), and of RGW 17 where that added something. Where RGW
// takes nonsense for something, for example a max-buckets that is no number,
// this is InvalidArgument.
package rgwhttp
