package frontend

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/usage"
)

// Call is one request on its way. Each front end embeds it in a call of its own.
// It is used by one goroutine.
type Call struct {
	W         http.ResponseWriter
	R         *http.Request
	RequestID string

	api   *API
	entry *usage.Entry // nil without a usage middleware
}

// Operation notes what the request is, once that is known.
func (c *Call) Operation(name string) {
	if c.entry != nil {
		c.entry.Operation = name
	}
}

// Identify proves who asks and notes it. The error is an [auth.Error] that the
// caller may be told, or one of the directory of users. A caller who is nobody is
// refused; what a known one may do is for the front end to judge, also by
// Withheld of the identity.
func (c *Call) Identify() (*auth.Identity, error) {
	if c.api.Verifier == nil {
		return nil, denied()
	}
	id, err := c.api.Verifier.Verify(c.R)
	if err != nil {
		return nil, err
	}
	if id == nil || id.Anonymous() {
		return nil, denied()
	}
	if c.entry != nil {
		c.entry.User, c.entry.Subuser = id.ID, id.Subuser
	}
	return id, nil
}

func denied() error { return &auth.Error{Reason: auth.ErrAccessDenied} }

// Error is a constant error of this package.
type Error string

func (e Error) Error() string { return string(e) }

// Errors of [Call.Body].
const (
	ErrBodyTooLarge Error = "the body is too large"
	ErrBodyCut      Error = "the body cannot be read" // the client has gone, or its framing is broken
)

// Body reads the body, of limit bytes at the most, whatever its framing, so that
// what is signed of it is verified also where it means nothing. Errors are an
// [auth.Error], [ErrBodyTooLarge] and [ErrBodyCut].
func (c *Call) Body(limit int64) ([]byte, error) {
	if c.R.Body == nil {
		return nil, nil
	}
	body, err := io.ReadAll(io.LimitReader(c.R.Body, limit+1))
	var proof *auth.Error
	switch {
	case errors.As(err, &proof):
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrBodyCut, err)
	case int64(len(body)) > limit:
		return nil, ErrBodyTooLarge
	}
	return body, nil
}

// Send answers with a body, which may be empty. The header Content-Type is
// contentType, or none.
func (c *Call) Send(status int, contentType string, body []byte) {
	h := c.W.Header()
	if contentType != "" {
		h.Set("Content-Type", contentType)
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	c.W.WriteHeader(status)
	_, _ = c.W.Write(body) // a client that is gone needs no answer
}

// Refused notes the code that a request is refused with. It logs why where only
// the operator can act: an internal error, and a change that may have happened.
// The answer is the front end's.
func (c *Call) Refused(status int, code string, err error) {
	if c.entry != nil {
		c.entry.ErrorCode = code
	}
	if status == http.StatusInternalServerError || errors.Is(err, driver.ErrOutcomeUnknown) {
		c.log(err)
	}
}

// log logs a failure, but not that the client went away.
func (c *Call) log(err error) {
	if c.api.Logger == nil || errors.Is(c.R.Context().Err(), context.Canceled) {
		return
	}
	c.api.Logger.LogAttrs(c.R.Context(), slog.LevelError, "request failed",
		slog.String("protocol", c.api.Protocol), slog.String("request_id", c.RequestID), slog.Any("error", err))
}
