package rgwhttp

import (
	"errors"
	"net/http"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/admin/internal/frontend"
	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/driver"
)

// code is an error code of the Admin Ops API.
type code string

func (c code) Error() string { return string(c) }

// Codes that this package answers with, beside those that arrive from below.
const (
	codeAccessDenied      code = "AccessDenied"
	codeIncompleteBody    code = "IncompleteBody"
	codeInternalError     code = "InternalError"
	codeInvalidAccessKey  code = "InvalidAccessKeyId"
	codeInvalidArgument   code = "InvalidArgument"
	codeInvalidTenantName code = "InvalidTenantName"
	codeMethodNotAllowed  code = "MethodNotAllowed"
	codeNoSuchBucket      code = "NoSuchBucket"
	codeNoSuchKey         code = "NoSuchKey"
	codeNotImplemented    code = "NotImplemented"
	codeUnavailable       code = "ServiceUnavailable"
)

// statuses are the HTTP statuses of codes.
var statuses = map[code]int{
	codeAccessDenied:           http.StatusForbidden,
	codeIncompleteBody:         http.StatusBadRequest,
	codeInternalError:          http.StatusInternalServerError,
	codeInvalidAccessKey:       http.StatusForbidden,
	codeInvalidArgument:        http.StatusBadRequest,
	codeInvalidTenantName:      http.StatusBadRequest,
	codeMethodNotAllowed:       http.StatusMethodNotAllowed,
	codeNoSuchBucket:           http.StatusNotFound,
	codeNoSuchKey:              http.StatusNotFound,
	codeNotImplemented:         http.StatusNotImplemented,
	codeUnavailable:            http.StatusServiceUnavailable,
	"BucketAlreadyExists":      http.StatusConflict,
	"BucketNotEmpty":           http.StatusConflict,
	"EmailExists":              http.StatusConflict,
	"InvalidBucketName":        http.StatusBadRequest,
	"InvalidCapability":        http.StatusBadRequest,
	"KeyExists":                http.StatusConflict,
	"NoSuchSubUser":            http.StatusNotFound,
	"NoSuchUser":               http.StatusNotFound,
	"RequestTimeTooSkewed":     http.StatusForbidden,
	"SignatureDoesNotMatch":    http.StatusForbidden,
	"TooManyKeys":              http.StatusConflict,
	"UserAlreadyExists":        http.StatusConflict,
	"UserSuspended":            http.StatusForbidden,
	"ExpiredToken":             http.StatusBadRequest,
	"InvalidToken":             http.StatusBadRequest,
	"InvalidRequest":           http.StatusBadRequest,
	"MissingContentLength":     http.StatusLengthRequired,
	"SignatureVersionRequired": http.StatusForbidden,
}

// codeOf translates an error of a layer below. What has no code of its own is
// an internal error, or, when the caller could not prove who they are, a
// refusal.
func codeOf(err error) code {
	var own code
	var mine admin.Code
	var user iam.Code
	var store objstore.Code
	var proof *auth.Error
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &proof):
		if c := code(proof.Reason); statuses[c] != 0 {
			return c
		}
		return codeAccessDenied
	case errors.Is(err, frontend.ErrBodyTooLarge):
		return codeInvalidArgument
	case errors.Is(err, frontend.ErrBodyCut):
		return codeIncompleteBody
	case errors.Is(err, iam.ErrNoSuchKey):
		return codeInvalidAccessKey
	case errors.As(err, &mine):
		own = code(mine)
	case errors.As(err, &user):
		own = code(user)
	case errors.As(err, &store):
		own = code(store)
	case errors.Is(err, driver.ErrOutcomeUnknown):
		return codeUnavailable
	}
	if statuses[own] == 0 {
		return codeInternalError
	}
	return own
}
