// Package rest makes the calls of key servers: small JSON requests and answers.
//
//	Call{Method, URL, Header, Body} ── Do ──▶ Answer{Status, Header, Body}
//
// Answers are bounded, and whatever fails on the way is sse.ErrUnavailable.
package rest
