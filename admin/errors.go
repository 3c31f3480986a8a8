package admin

// Code is the meaning of an error of this package; compare with errors.Is. The
// values are the codes of the Ceph Admin Ops API and, for [Ostor], of that one.
// Other errors come wrapped from the directory (iam.Code) and the store
// (objstore.Code).
type Code string

func (c Code) Error() string { return string(c) }

// Codes that the methods of this package return.
const (
	ErrInvalidArgument Code = "InvalidArgument"

	// ErrNotImplemented: the part that would do it is not in [Options].
	ErrNotImplemented Code = "NotImplemented"

	// ErrNoSuchAccessKey: no such key, or not of this user.
	ErrNoSuchAccessKey Code = "InvalidAccessKeyId"

	// ErrHasBuckets: a user who owns buckets is not removed without their data.
	ErrHasBuckets Code = "BucketAlreadyExists"

	ErrKeyLimit      Code = "LimitExceeded" // more than [MaxOstorKeys]
	ErrNoSuchAccount Code = "NoSuchAccount" // of [Ostor]
	ErrAccountExists Code = "AccountExists"
)
