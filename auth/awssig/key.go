package awssig

import (
	"crypto/subtle"
	"fmt"
	"net/http"
	"time"

	"github.com/cofferstore/coffer/auth"
)

// noSecret stands in for the secret of an access key that does not exist, so
// that a request with such a key costs what a wrong signature costs.
const noSecret = "an access key that does not exist has no secret"

// findKey looks an access key up. An unknown one is known=false and a key that
// proves nothing.
func findKey(src auth.KeySource, r *http.Request, accessKey string) (key auth.Key, known bool, err error) {
	key, err = src.Key(r.Context(), accessKey)
	switch {
	case err == nil:
		return key, true, nil
	case auth.Is(err, auth.ErrInvalidAccessKeyID):
		return auth.Key{Secret: noSecret}, false, nil
	}
	return auth.Key{}, false, fmt.Errorf("awssig: look up access key: %w", err)
}

// checkKey judges a key that has proved its signature: its session token, its
// end and whether it is suspended.
func checkKey(key auth.Key, token string, now time.Time) error {
	switch {
	case key.SessionToken != "" && token == "":
		return errUnknownKey(key.AccessKey)
	case subtle.ConstantTimeCompare([]byte(key.SessionToken), []byte(token)) != 1:
		return &auth.Error{
			Reason:  auth.ErrInvalidToken,
			Message: "The provided token is malformed or otherwise invalid.",
			Details: []auth.Detail{{Name: "Token-0", Value: token}},
		}
	case !key.Expires.IsZero() && !now.Before(key.Expires):
		return &auth.Error{
			Reason:  auth.ErrExpiredToken,
			Message: "The provided token has expired.",
			Details: []auth.Detail{{Name: "Token-0", Value: token}},
		}
	case key.Suspended:
		reason := key.SuspendedAs
		if reason == "" {
			reason = auth.ErrUserSuspended
		}
		return &auth.Error{Reason: reason}
	}
	return nil
}
