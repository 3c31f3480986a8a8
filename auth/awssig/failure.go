package awssig

import (
	"strconv"
	"strings"
	"time"

	"github.com/cofferstore/coffer/auth"
)

// timeDetail is how S3 writes times in its error answers.
const timeDetail = "2006-01-02T15:04:05Z"

func errMissingDate() error {
	return &auth.Error{Reason: auth.ErrMissingDate, Message: "AWS authentication requires a valid Date or x-amz-date header"}
}

func errTwoMechanisms(authorization string) error {
	return &auth.Error{
		Reason:  auth.ErrInvalidArgument,
		Message: "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified",
		Details: []auth.Detail{{Name: "ArgumentName", Value: "Authorization"}, {Name: "ArgumentValue", Value: authorization}},
	}
}

func errUnsupportedScheme(authorization string) error {
	message := "Unsupported Authorization Type"
	if !strings.Contains(authorization, " ") {
		message = "Authorization header is invalid -- one and only one ' ' (space) required"
	}
	return &auth.Error{
		Reason:  auth.ErrInvalidArgument,
		Message: message,
		Details: []auth.Detail{{Name: "ArgumentName", Value: "Authorization"}, {Name: "ArgumentValue", Value: authorization}},
	}
}

func errAsymmetric() error {
	return &auth.Error{Reason: auth.ErrNotImplemented, Message: "Signatures of the form AWS4-ECDSA-P256-SHA256 are not supported; use AWS4-HMAC-SHA256."}
}

func errUnsigned(headers []string) error {
	return &auth.Error{
		Reason:  auth.ErrAccessDenied,
		Message: "There were headers present in the request which were not signed",
		Details: []auth.Detail{{Name: "HeadersNotSigned", Value: strings.Join(headers, ", ")}},
	}
}

func errSkewed(stamp string, now time.Time, limit time.Duration) error {
	return &auth.Error{
		Reason:  auth.ErrRequestTimeTooSkewed,
		Message: "The difference between the request time and the current time is too large.",
		Details: []auth.Detail{
			{Name: "RequestTime", Value: stamp},
			{Name: "ServerTime", Value: now.UTC().Format(timeDetail)},
			{Name: "MaxAllowedSkewMilliseconds", Value: strconv.FormatInt(limit.Milliseconds(), 10)},
		},
	}
}

func errExpired(expires, now time.Time, details ...auth.Detail) error {
	return &auth.Error{
		Reason:  auth.ErrExpiredRequest,
		Message: "Request has expired",
		Details: append(details,
			auth.Detail{Name: "Expires", Value: expires.UTC().Format(timeDetail)},
			auth.Detail{Name: "ServerTime", Value: now.UTC().Format(timeDetail)}),
	}
}

func errUnknownKey(accessKey string) error {
	return &auth.Error{
		Reason:  auth.ErrInvalidAccessKeyID,
		Message: "The AWS Access Key Id you provided does not exist in our records.",
		Details: []auth.Detail{{Name: "AWSAccessKeyId", Value: accessKey}},
	}
}

// errSignature is a signature that does not match. request is the canonical
// request; version 2 has none. Neither text holds a secret: both are made of
// what the client sent.
func errSignature(accessKey, signature string, stringToSign, request []byte) error {
	details := []auth.Detail{
		{Name: "AWSAccessKeyId", Value: accessKey},
		{Name: "StringToSign", Value: string(stringToSign)},
		{Name: "SignatureProvided", Value: signature},
		{Name: "StringToSignBytes", Value: spacedHex(stringToSign)},
	}
	if request != nil {
		details = append(details,
			auth.Detail{Name: "CanonicalRequest", Value: string(request)},
			auth.Detail{Name: "CanonicalRequestBytes", Value: spacedHex(request)})
	}
	return &auth.Error{
		Reason:  auth.ErrSignatureDoesNotMatch,
		Message: "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
		Details: details,
	}
}

func spacedHex(b []byte) string {
	out := make([]byte, 0, 3*len(b))
	for i, c := range b {
		if i > 0 {
			out = append(out, ' ')
		}
		out = append(out, lowerHex[c>>4], lowerHex[c&15])
	}
	return string(out)
}

func errIncomplete() error {
	return &auth.Error{Reason: auth.ErrIncompleteBody, Message: "You did not provide the number of bytes specified by the Content-Length HTTP header"}
}

func errInvalidRequest(message string) error {
	return &auth.Error{Reason: auth.ErrInvalidRequest, Message: message}
}
