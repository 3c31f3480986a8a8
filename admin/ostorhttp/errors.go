package ostorhttp

import (
	"errors"
	"net/http"
	"strings"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/admin/internal/frontend"
	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/quota"
	"github.com/cofferstore/coffer/usage/ostorstat"
)

// code is an error code of the API, an S3 code where there is one.
type code string

func (c code) Error() string { return string(c) }

// Codes that this package answers with.
const (
	codeAccessDenied     code = "AccessDenied"
	codeAccountExists    code = "AccountExists"
	codeDeleteConflict   code = "DeleteConflict"
	codeEmailExists      code = "EmailExists"
	codeIncompleteBody   code = "IncompleteBody"
	codeInternalError    code = "InternalError"
	codeInvalidArgument  code = "InvalidArgument"
	codeInvalidRequest   code = "InvalidRequest"
	codeLimitExceeded    code = "LimitExceeded"
	codeMethodNotAllowed code = "MethodNotAllowed"
	codeNoSuchAccessKey  code = "NoSuchAccessKey"
	codeNoSuchAccount    code = "NoSuchAccount"
	codeNoSuchBucket     code = "NoSuchBucket"
	codeNoSuchKey        code = "NoSuchKey"
	codeNoSuchUser       code = "NoSuchUser"
	codeNotImplemented   code = "NotImplemented"
	codeUnavailable      code = "ServiceUnavailable"
)

// answer is how a code is told.
type answer struct {
	status  int
	message string
}

var answers = map[code]answer{
	codeAccessDenied:            {http.StatusForbidden, "Access Denied"},
	codeAccountExists:           {http.StatusConflict, "The user has an account of that name."},
	codeDeleteConflict:          {http.StatusConflict, "The user owns buckets."},
	codeEmailExists:             {http.StatusConflict, "The e-mail address is another user's."},
	codeIncompleteBody:          {http.StatusBadRequest, "You did not provide the number of bytes specified by the Content-Length HTTP header"},
	codeInternalError:           {http.StatusInternalServerError, "We encountered an internal error. Please try again."},
	codeInvalidArgument:         {http.StatusBadRequest, "Invalid Argument"},
	codeInvalidRequest:          {http.StatusBadRequest, "Invalid Request"},
	codeLimitExceeded:           {http.StatusConflict, "There are as many keys or accounts as there may be."},
	codeMethodNotAllowed:        {http.StatusMethodNotAllowed, "The specified method is not allowed against this resource."},
	codeNoSuchAccessKey:         {http.StatusNotFound, "There is no such key."},
	codeNoSuchAccount:           {http.StatusNotFound, "The user has no such account."},
	codeNoSuchBucket:            {http.StatusNotFound, "The specified bucket does not exist"},
	codeNoSuchKey:               {http.StatusNotFound, "The statistics object does not exist."},
	codeNoSuchUser:              {http.StatusNotFound, "The user does not exist."},
	codeNotImplemented:          {http.StatusNotImplemented, "This server does not keep what the request is about."},
	codeUnavailable:             {http.StatusServiceUnavailable, "Service is unable to handle request."},
	"InvalidAccessKeyId":        {http.StatusForbidden, "The AWS Access Key Id you provided does not exist in our records."},
	"SignatureDoesNotMatch":     {http.StatusForbidden, "The request signature we calculated does not match the signature you provided. Check your key and signing method."},
	"RequestTimeTooSkewed":      {http.StatusForbidden, "The difference between the request time and the current time is too large."},
	"ExpiredToken":              {http.StatusBadRequest, "The provided token has expired."},
	"InvalidToken":              {http.StatusBadRequest, "The provided token is malformed or otherwise invalid."},
	"XAmzContentSHA256Mismatch": {http.StatusBadRequest, "The provided 'x-amz-content-sha256' header does not match what was computed."},
}

// fault is an error on its way to the client.
type fault struct {
	code    code
	message string // "" = the table's
	allow   string // methods, of MethodNotAllowed
}

func (f *fault) Error() string { return string(f.code) + ": " + f.text() }
func (f *fault) Unwrap() error { return f.code }

// text is the message for the client.
func (f *fault) text() string {
	if f.message == "" {
		return answers[f.code].message
	}
	return f.message
}

func refusal(c code, message string) *fault { return &fault{code: c, message: message} }

func badArgument(message string) *fault {
	return refusal(codeInvalidArgument, "Invalid Argument: "+message+".")
}

// explain turns any error into one of the API. What has no code of its own is an
// internal error, or, when the caller could not prove who they are, a refusal.
func explain(err error) *fault {
	var f *fault
	var own code
	var proof *auth.Error
	switch {
	case errors.As(err, &f):
		return f
	case errors.As(err, &own):
		return refusal(own, "")
	case errors.As(err, &proof):
		return explainAuth(proof)
	case errors.Is(err, auth.ErrNoCredentials):
		return refusal(codeAccessDenied, "")
	case errors.Is(err, frontend.ErrBodyCut):
		return refusal(codeIncompleteBody, "The body cannot be read.")
	case errors.Is(err, frontend.ErrBodyTooLarge):
		return refusal(codeInvalidRequest, "The body is too large.")
	case errors.Is(err, admin.ErrInvalidArgument), errors.Is(err, iam.ErrInvalidArgument):
		return badArgument(detail(err))
	}
	for _, m := range meanings {
		if errors.Is(err, m.err) {
			return refusal(m.code, "")
		}
	}
	return refusal(codeInternalError, "")
}

// meanings are the errors of the layers below.
var meanings = []struct {
	err  error
	code code
}{
	{admin.ErrAccountExists, codeAccountExists},
	{admin.ErrHasBuckets, codeDeleteConflict},
	{admin.ErrKeyLimit, codeLimitExceeded},
	{admin.ErrNoSuchAccessKey, codeNoSuchAccessKey},
	{admin.ErrNoSuchAccount, codeNoSuchAccount},
	{admin.ErrNotImplemented, codeNotImplemented},
	{iam.ErrEmailExists, codeEmailExists},
	{iam.ErrNoSuchUser, codeNoSuchUser},
	{iam.ErrTooManyKeys, codeLimitExceeded},
	{objstore.ErrNoSuchBucket, codeNoSuchBucket},
	{objstore.ErrInvalidArgument, codeInvalidArgument},
	{quota.ErrInvalid, codeInvalidArgument},
	{ostorstat.ErrNoSuchObject, codeNoSuchKey},
	{ostorstat.ErrClosed, codeUnavailable},
	{driver.ErrOutcomeUnknown, codeUnavailable},
	{driver.ErrClosed, codeUnavailable},
}

// detail is what is wrong with an argument, of an error that ends in it.
func detail(err error) string {
	text := err.Error()
	if i := strings.LastIndex(text, string(admin.ErrInvalidArgument)+": "); i >= 0 {
		return text[i+len(admin.ErrInvalidArgument)+2:]
	}
	return "a value that cannot be"
}

// explainAuth maps reasons, which are codes themselves where the API has them.
func explainAuth(e *auth.Error) *fault {
	f := refusal(code(e.Reason), e.Message)
	switch {
	case e.Reason == auth.ErrUserDisabled || e.Reason == auth.ErrUserSuspended:
		return refusal(codeAccessDenied, "User is disabled")
	case answers[f.code].status == 0:
		f.code = codeAccessDenied
	}
	return f
}
