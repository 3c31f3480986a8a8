package acl

// Canned makes the ACL of a canned name (S3: x-amz-acl). bucketOwner matters
// for objects alone; for a bucket it is the owner. The name "" is private.
func Canned(name string, owner, bucketOwner Owner) (*ACL, error) {
	a := &ACL{Owner: owner, Grants: []Grant{{User: owner, Permission: FullControl}}}
	group := func(uri string, ps ...Permission) {
		for _, p := range ps {
			a.Grants = append(a.Grants, Grant{Group: uri, Permission: p})
		}
	}
	toBucketOwner := func(p Permission) {
		if bucketOwner.ID != owner.ID {
			a.Grants = append(a.Grants, Grant{User: bucketOwner, Permission: p})
		}
	}
	switch name {
	case "", "private", "aws-exec-read":
		// aws-exec-read speaks to EC2, which is not here: the grant would reach nobody.
	case "public-read":
		group(AllUsers, Read)
	case "public-read-write":
		group(AllUsers, Read, Write)
	case "authenticated-read":
		group(AuthenticatedUsers, Read)
	case "log-delivery-write":
		group(LogDelivery, Write, ReadACP)
	case "bucket-owner-read":
		toBucketOwner(Read)
	case "bucket-owner-full-control":
		toBucketOwner(FullControl)
	default:
		return nil, &Error{Code: InvalidArgument, Name: "x-amz-acl", Value: name}
	}
	return a, nil
}
