package utapihttp

import (
	"cmp"
	"errors"
	"net/http"

	"github.com/cofferstore/coffer/admin/internal/frontend"
	"github.com/cofferstore/coffer/auth"
)

// failure is an answer that is an error: code and text are those of
// scality/utapi.
type failure struct {
	status  int
	code    string
	message string
}

func (f failure) Error() string { return f.code + ": " + f.message }

const timeRangeMessage = "Timestamps must be one of the following intervals for any past day/hour (mm:ss:SS) - " +
	"start must be one of [00:00:000, 15:00:000, 30:00:000, 45:00:000], " +
	"end must be one of [14:59:999, 29:59:999, 44:59:999, 59:59:999]. Start must not be greater than end."

// Failures of requests.
var (
	errInvalidURI = failure{http.StatusBadRequest, "InvalidURI", "Couldn't parse the specified URI."}
	errForbidden  = failure{http.StatusForbidden, "AccessForbidden", "Access Forbidden"}
	errParameter  = failure{http.StatusBadRequest, "InvalidParameterValue", "An invalid or out-of-range value was supplied for the input parameter."}
	errTimeRange  = failure{http.StatusBadRequest, "InvalidParameterValue", timeRangeMessage}
	errAction     = failure{http.StatusBadRequest, "InvalidAction",
		"The action or operation requested is invalid. Verify that the action is typed correctly."}
	errNotImplemented = failure{http.StatusNotImplemented, "NotImplemented", "A header you provided implies functionality that is not implemented."}
	errFormat         = failure{http.StatusBadRequest, "WrongFormat", "Data entered by the user has a wrong format."}
	errWantsV4        = failure{http.StatusBadRequest, "InvalidRequest", "Must use Auth V4 for this request."}
	errMissingHeader  = failure{http.StatusBadRequest, "MissingSecurityHeader", "Your request is missing a required header."}
	errArgument       = failure{http.StatusBadRequest, "InvalidArgument", "Invalid Argument"}
	errAccessDenied   = failure{http.StatusForbidden, "AccessDenied", "Access Denied"}
	errNotReady       = failure{http.StatusInternalServerError, "InternalError", "Metric store is not ready"}
	errInternal       = failure{http.StatusInternalServerError, "InternalError", "We encountered an internal error. Please try again."}
)

// proofs are the failures of callers to prove who they are; others are
// errAccessDenied.
var proofs = map[auth.Reason]failure{
	auth.ErrAuthHeaderMalformed: errArgument,
	auth.ErrInvalidArgument:     errArgument,
	auth.ErrAuthQueryParameters: errArgument,
	auth.ErrNotImplemented:      errArgument,
	auth.ErrInvalidRequest:      errArgument,

	auth.ErrRequestTimeTooSkewed: {http.StatusForbidden, "RequestTimeTooSkewed",
		"The difference between the request time and the server's time is too large."},
	auth.ErrInvalidAccessKeyID: {http.StatusForbidden, "InvalidAccessKeyId",
		"The AWS access key Id you provided does not exist in our records."},
	auth.ErrSignatureDoesNotMatch: {http.StatusForbidden, "SignatureDoesNotMatch",
		"The request signature we calculated does not match the signature you provided."},
	auth.ErrContentSHA256Mismatch: {http.StatusBadRequest, "XAmzContentSHA256Mismatch",
		"The provided 'x-amz-content-sha256' header does not match what was computed."},
	auth.ErrInvalidToken: {http.StatusBadRequest, "InvalidToken", "The provided token is malformed or otherwise invalid."},
	auth.ErrExpiredToken: {http.StatusBadRequest, "ExpiredToken", "The provided token has expired."},
}

// explain gives an error the form of an answer.
func explain(err error) failure {
	var own failure
	var proof *auth.Error
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &proof):
		return cmp.Or(proofs[proof.Reason], errAccessDenied)
	case errors.Is(err, frontend.ErrBodyTooLarge), errors.Is(err, frontend.ErrBodyCut):
		return errParameter
	}
	return errInternal
}
