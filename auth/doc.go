// Package auth says who makes a request and whether they may.
//
//	*http.Request
//	    |  Chain: the first Verifier that finds its credentials answers
//	Verifier (awssig.V4, awssig.V2, awssig.Anonymous, swiftauth, ...)
//	    |  *Identity
//	front end: which action on which resource
//	    |  *Request
//	Authorizer (Standard: ownership, policies, ACLs)  ->  nil, or an *Error with Reason ErrAccessDenied
//
// Verification needs the HTTP request; authorization is a pure function of its
// argument and knows nothing of HTTP.
package auth
