package s3http

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/acl"
	"github.com/cofferstore/coffer/auth/policy"
	"github.com/cofferstore/coffer/internal/httpx"
	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/sse"
	"github.com/cofferstore/coffer/quota"
)

// explain turns any error into one that S3 knows. Those that nobody can act on
// but the operator are InternalError; the caller logs them.
func explain(err error) *fault {
	var f *fault
	var refused *auth.Error
	var reason auth.Reason
	var failed *objstore.Error
	var own code
	var list *acl.Error
	var document *policy.Error
	var keys sse.Error
	var slow *quota.SlowDown
	switch {
	case errors.As(err, &f):
		return f
	case errors.As(err, &refused):
		return explainAuth(refused.Reason, refused)
	case errors.As(err, &reason):
		return explainAuth(reason, &auth.Error{Reason: reason})
	case errors.As(err, &list):
		return explainACL(list)
	case errors.As(err, &document):
		return malformedPolicy(document)
	case errors.As(err, &slow):
		return explainSlowDown(slow)
	case errors.As(err, &own):
		return refusal(own, "")
	case errors.As(err, &keys):
		return explainKeys(keys)
	case errors.As(err, &failed) && objstore.CodeOf(err) != "":
		return explainStore(objstore.CodeOf(err), failed)
	case objstore.CodeOf(err) != "":
		return explainStore(objstore.CodeOf(err), &objstore.Error{})
	}
	return refusal(explainTransport(err), "")
}

func explainSlowDown(e *quota.SlowDown) *fault {
	f := refusal(codeSlowDown, "")
	f.headers = append(f.headers, auth.Detail{Name: "Retry-After", Value: e.RetryAfter()})
	return f
}

// explainAuth maps reasons; most are S3 codes themselves.
func explainAuth(reason auth.Reason, e *auth.Error) *fault {
	f := &fault{code: code(reason), message: e.Message, details: e.Details}
	switch reason {
	case auth.ErrNoCredentials:
		f.code = codeAccessDenied
	case auth.ErrExpiredRequest:
		f.code = codeAccessDenied
		f.defaultMessage("Request has expired")
	case auth.ErrUserDisabled:
		f.code = codeAccessDenied
		f.defaultMessage("User is disabled")
	case auth.ErrMissingDate:
		f.code = codeAccessDenied
		f.defaultMessage("AWS authentication requires a valid Date or x-amz-date header")
	}
	if _, known := answers[f.code]; !known {
		f.code = codeAccessDenied
	}
	return f
}

// explainKeys maps what key providers say. What the media hold that does not
// open is for the operator.
func explainKeys(err sse.Error) *fault {
	switch err {
	case sse.ErrKeyNotFound:
		return refusal(codeKMSNotFound, "")
	case sse.ErrKeyDisabled:
		return refusal(codeKMSDisabled, "")
	case sse.ErrKeyDenied:
		return refusal(codeAccessDenied, "The server is not allowed to use the key.")
	case sse.ErrUnavailable:
		return refusal(codeServiceUnavailable, "The key provider is not available.")
	}
	return refusal(codeInternalError, "")
}

func (f *fault) defaultMessage(m string) {
	if f.message == "" {
		f.message = m
	}
}

// explainACL tells what a request's ACL is refused for.
func explainACL(e *acl.Error) *fault {
	f := refusal(code(e.Code), e.Message)
	if e.Name != "" {
		f.details = []auth.Detail{{Name: "ArgumentName", Value: e.Name}, {Name: "ArgumentValue", Value: e.Value}}
	}
	if _, known := answers[f.code]; !known {
		f.code = codeInvalidArgument
	}
	return f
}

// explainStore maps what the engine says.
func explainStore(c objstore.Code, e *objstore.Error) *fault {
	f := &fault{code: code(c)}
	switch c {
	case objstore.ErrBucketExists:
		if e.Owned {
			f.code = codeBucketOwnedByYou
		}
		f.detail("BucketName", e.Bucket.Name)
	case objstore.ErrNoSuchBucket, objstore.ErrInvalidBucketName, objstore.ErrBucketNotEmpty:
		f.detail("BucketName", e.Bucket.Name)
	case objstore.ErrNoSuchKey, objstore.ErrNoSuchVersion:
		f.detail("Key", e.Key)
	case objstore.ErrPreconditionFailed, objstore.ErrConflict:
		f.detail("Condition", e.Condition)
	case objstore.ErrEntityTooSmall:
		if small := new(objstore.SmallPart); errors.As(e, &small) {
			f.details = append(f.details, detailNumber("ProposedSize", small.Size), detailNumber("MinSizeAllowed", small.Min),
				detailNumber("PartNumber", int64(small.Number)), auth.Detail{Name: "ETag", Value: small.ETag})
		}
	case objstore.ErrEncryptionKeyMissing:
		f.code, f.message = codeInvalidRequest, "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object."
	case objstore.ErrEncryptionKeyWrong:
		f.code = codeAccessDenied
	case objstore.ErrEncryptionKeyMismatch:
		f.code, f.message = codeInvalidRequest, "The provided encryption parameters did not match the ones used originally."
	case objstore.ErrEncryptionKeyUnused:
		f.code, f.message = codeInvalidRequest, "The encryption parameters are not applicable to this object."
	case objstore.ErrEncryptionNotConfigured:
		f.code, f.message = codeNotImplemented, "This server has no key provider for this kind of server-side encryption."
	case objstore.ErrInvalidArgument:
		f.message = "Invalid upload id or other argument specified"
		if errors.Is(e, objstore.ErrInvalidVersion) {
			f.message = "Invalid version id specified"
			f.detail("ArgumentName", "versionId")
			f.detail("ArgumentValue", e.Version)
		}
	case objstore.ErrDeleteMarker:
		f.code = codeMethodNotAllowed
		f.detail("ResourceType", "DeleteMarker")
		f.headers = append(f.headers, auth.Detail{Name: "Allow", Value: "DELETE"},
			auth.Detail{Name: "Last-Modified", Value: httpx.FormatDate(e.ModTime)})
	case objstore.ErrMFARequired:
		f.code, f.message = codeAccessDenied, mfaMissing
	case objstore.ErrObjectLocked:
		f.message = "Access Denied because object protected by object lock."
	case objstore.ErrInvalidStorageStructure, objstore.ErrNoSuchDocument:
		f.code = codeInternalError
	}
	if e.DeleteMarker || c == objstore.ErrDeleteMarker {
		f.headers = append(f.headers, auth.Detail{Name: hdrDeleteMarker, Value: "true"})
		if e.Version != "" {
			f.headers = append(f.headers, auth.Detail{Name: hdrVersionID, Value: e.Version})
		}
	}
	if _, known := answers[f.code]; !known {
		f.code = codeInternalError
	}
	return f
}

func (f *fault) detail(name, value string) {
	if value != "" {
		f.details = append(f.details, auth.Detail{Name: name, Value: value})
	}
}

// explainTransport maps errors of media, connections and contexts.
func explainTransport(err error) code {
	var tooLarge *http.MaxBytesError
	var network net.Error
	var broken *brokenBody
	switch {
	case errors.Is(err, driver.ErrNoSpace):
		return codeInsufficientStorage
	case errors.Is(err, driver.ErrClosed), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return codeServiceUnavailable
	case errors.Is(err, io.ErrUnexpectedEOF):
		return codeIncompleteBody
	case errors.As(err, &tooLarge):
		return codeEntityTooLarge
	case errors.As(err, &network) && network.Timeout():
		return codeRequestTimeout
	case errors.As(err, &broken):
		return codeIncompleteBody
	}
	return codeInternalError
}
