package auth

import "errors"

// Reason is why a request was refused. Front ends turn it into a code and a
// status of their protocol.
type Reason string

func (r Reason) Error() string { return string(r) }

// Reasons, named after the S3 error codes where there is one.
const (
	ErrNoCredentials            Reason = "NoCredentials" // internal to Chain: try the next verifier
	ErrAccessDenied             Reason = "AccessDenied"
	ErrInvalidAccessKeyID       Reason = "InvalidAccessKeyId"
	ErrSignatureDoesNotMatch    Reason = "SignatureDoesNotMatch"
	ErrRequestTimeTooSkewed     Reason = "RequestTimeTooSkewed"
	ErrExpiredRequest           Reason = "ExpiredRequest" // S3: AccessDenied, "Request has expired"
	ErrMissingDate              Reason = "MissingDate"    // S3: AccessDenied, a date header is required
	ErrMissingSecurityHeader    Reason = "MissingSecurityHeader"
	ErrExpiredToken             Reason = "ExpiredToken"
	ErrInvalidToken             Reason = "InvalidToken"
	ErrUserSuspended            Reason = "UserSuspended"
	ErrUserDisabled             Reason = "UserDisabled" // ostor: AccessDenied, "User is disabled"
	ErrAuthHeaderMalformed      Reason = "AuthorizationHeaderMalformed"
	ErrAuthQueryParameters      Reason = "AuthorizationQueryParametersError"
	ErrInvalidRequest           Reason = "InvalidRequest"
	ErrInvalidArgument          Reason = "InvalidArgument"
	ErrContentSHA256Mismatch    Reason = "XAmzContentSHA256Mismatch"
	ErrMissingContentLength     Reason = "MissingContentLength"
	ErrIncompleteBody           Reason = "IncompleteBody"
	ErrMalformedTrailer         Reason = "MalformedTrailerError"
	ErrInvalidChunkSize         Reason = "InvalidChunkSizeError"
	ErrSignatureVersionRequired Reason = "SignatureVersionRequired"
	ErrNotImplemented           Reason = "NotImplemented"
)

// Error is a refused request. Its text never holds a secret.
type Error struct {
	Reason Reason

	// Message is for the caller; empty means the front end's text for Reason.
	Message string

	// Why is for the log, not for the caller: what decided. Set with denials.
	Why string

	// Details are further members of the protocol's error answer, for example
	// AWSAccessKeyId, StringToSign, CanonicalRequest, ServerTime.
	Details []Detail
}

// Detail is one named member of an error answer.
type Detail struct{ Name, Value string }

func (e *Error) Error() string {
	if e.Message == "" {
		return string(e.Reason)
	}
	return string(e.Reason) + ": " + e.Message
}

func (e *Error) Unwrap() error { return e.Reason }

// Is tells whether err has the given reason.
func Is(err error, r Reason) bool { return errors.Is(err, r) }
