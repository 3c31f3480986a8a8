package auth

import "net/http"

// FormVerifier proves who signed the policy of a form that a browser uploads
// (S3: POST Object). field returns the value of a form field by its name in
// lower case, "" when the form does not have it.
//
// It returns an error that wraps [ErrNoCredentials] when the form has neither a
// policy nor credentials. The text of the policy is the caller's to judge. Safe
// for concurrent use.
type FormVerifier interface {
	VerifyForm(r *http.Request, field func(name string) string) (*Identity, error)
}
