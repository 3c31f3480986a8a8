package utapihttp

import (
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

func invalidURI() error {
	return failure{http.StatusBadRequest, "InvalidURI", "Couldn't parse the specified URI."}
}

func forbidden() error {
	return failure{http.StatusForbidden, "AccessForbidden", "Access Forbidden"}
}

func invalidParameter() error {
	return failure{http.StatusBadRequest, "InvalidParameterValue", "An invalid or out-of-range value was supplied for the input parameter."}
}

func invalidTimeRange() error {
	return failure{http.StatusBadRequest, "InvalidParameterValue", timeRangeMessage}
}

func invalidAction() error {
	return failure{http.StatusBadRequest, "InvalidAction",
		"The action or operation requested is invalid. Verify that the action is typed correctly."}
}

func notImplemented() error {
	return failure{http.StatusNotImplemented, "NotImplemented", "A header you provided implies functionality that is not implemented."}
}

func wrongFormat() error {
	return failure{http.StatusBadRequest, "WrongFormat", "Data entered by the user has a wrong format."}
}

func wantsV4() error {
	return failure{http.StatusBadRequest, "InvalidRequest", "Must use Auth V4 for this request."}
}

func missingHeader() error {
	return failure{http.StatusBadRequest, "MissingSecurityHeader", "Your request is missing a required header."}
}

func invalidArgument() error {
	return failure{http.StatusBadRequest, "InvalidArgument", "Invalid Argument"}
}

func accessDenied() error {
	return failure{http.StatusForbidden, "AccessDenied", "Access Denied"}
}

func internalError(message string) failure {
	return failure{http.StatusInternalServerError, "InternalError", message}
}

// explain gives an error the form of an answer.
func explain(err error) failure {
	var own failure
	var proof *auth.Error
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &proof):
		return refusal(proof.Reason)
	case errors.Is(err, frontend.ErrBodyTooLarge), errors.Is(err, frontend.ErrBodyCut):
		errors.As(invalidParameter(), &own)
		return own
	}
	return internalError("We encountered an internal error. Please try again.")
}

// refusal is the answer to a caller who could not prove who they are.
func refusal(r auth.Reason) (f failure) {
	switch r {
	case auth.ErrAuthHeaderMalformed, auth.ErrInvalidArgument, auth.ErrAuthQueryParameters, auth.ErrNotImplemented, auth.ErrInvalidRequest:
		errors.As(invalidArgument(), &f)
		return f
	case auth.ErrRequestTimeTooSkewed:
		return failure{http.StatusForbidden, string(r), "The difference between the request time and the server's time is too large."}
	case auth.ErrInvalidAccessKeyID:
		return failure{http.StatusForbidden, string(r), "The AWS access key Id you provided does not exist in our records."}
	case auth.ErrSignatureDoesNotMatch:
		return failure{http.StatusForbidden, string(r), "The request signature we calculated does not match the signature you provided."}
	case auth.ErrContentSHA256Mismatch:
		return failure{http.StatusBadRequest, string(r), "The provided 'x-amz-content-sha256' header does not match what was computed."}
	case auth.ErrInvalidToken:
		return failure{http.StatusBadRequest, string(r), "The provided token is malformed or otherwise invalid."}
	case auth.ErrExpiredToken:
		return failure{http.StatusBadRequest, string(r), "The provided token has expired."}
	}
	errors.As(accessDenied(), &f)
	return f
}
