package rgwadmin

import (
	"errors"
	"fmt"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/objstore"
)

// Exit statuses: numbers of Linux errors, and of RGW errors modulo 256, as
// recorded.
const (
	exitOK              = 0
	exitFailure         = 1
	exitNotThere        = 2  // ENOENT
	exitIO              = 5  // EIO
	exitDenied          = 13 // EACCES
	exitBusy            = 16 // EBUSY
	exitExists          = 17 // EEXIST
	exitInvalid         = 22 // EINVAL
	exitNotSupported    = 95 // EOPNOTSUPP
	exitDeleteConflict  = 158
	exitNoBucket        = 210
	exitInvalidDocument = 234
	exitNoKey           = 236
	exitEmailExists     = 240
	exitKeyExists       = 241
	exitInvalidCap      = 244
	exitNoSubuser       = 251
)

// failure is how a command ends that cannot do what it should.
type failure struct {
	status int
	text   string // for people; may be empty
}

func (f *failure) Error() string { return f.text }

func fail(status int, format string, args ...any) error {
	return &failure{status, fmt.Sprintf(format, args...)}
}

// statuses are the exit statuses of errors from below. The first that fits
// counts.
var statuses = []struct {
	err    error
	status int
}{
	{iam.ErrNoSuchUser, exitNotThere},
	{iam.ErrUserExists, exitExists},
	{iam.ErrEmailExists, exitEmailExists},
	{iam.ErrKeyExists, exitKeyExists},
	{iam.ErrNoSuchSubuser, exitNoSubuser},
	{iam.ErrInvalidCapability, exitInvalidCap},
	{iam.ErrNoSuchKey, exitNoKey},
	{iam.ErrNoSuchDevice, exitNotThere},
	{iam.ErrInvalidArgument, exitInvalid},
	{admin.ErrNoSuchAccessKey, exitNoKey},
	{admin.ErrHasBuckets, exitExists},
	{admin.ErrInvalidArgument, exitInvalid},
	{admin.ErrNotImplemented, exitNotSupported},
	{objstore.ErrNoSuchBucket, exitNotThere},
	{objstore.ErrNoSuchKey, exitNotThere},
	{objstore.ErrInvalidBucketName, exitInvalid},
	{auth.ErrAccessDenied, exitDenied},
}

// statusOf returns the exit status of an error from below.
func statusOf(err error) int {
	for _, s := range statuses {
		if errors.Is(err, s.err) {
			return s.status
		}
	}
	return exitIO
}

// explained is a failure with the status and the text of err.
func explained(err error, format string, args ...any) error {
	return fail(statusOf(err), "%s: %v", fmt.Sprintf(format, args...), err)
}

// errno writes a status as the C library does.
func errno(status int) string {
	names := map[int]string{
		exitNotThere: "No such file or directory", exitIO: "Input/output error", exitDenied: "Permission denied",
		exitExists: "File exists", exitInvalid: "Invalid argument", exitNotSupported: "Operation not supported",
	}
	if name, ok := names[status]; ok {
		return fmt.Sprintf("(%d) %s", status, name)
	}
	return fmt.Sprintf("(%d) Unknown error %d", status, status)
}
