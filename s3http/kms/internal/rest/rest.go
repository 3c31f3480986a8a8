package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/cofferstore/coffer/objstore/sse"
)

// maxAnswer bounds an answer, in bytes.
const maxAnswer = 1 << 20

// Timeout bounds a call of [DefaultClient].
const Timeout = 10 * time.Second

// DefaultClient returns a client whose calls end after [Timeout].
func DefaultClient() *http.Client { return &http.Client{Timeout: Timeout} }

// Call is a request. Body, unless it is nil, is sent as JSON.
type Call struct {
	Method, URL string
	Header      http.Header
	Body        any
}

// Answer is what came back.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Do sends a call. An error is one of the transport and wraps
// [sse.ErrUnavailable], and so is a status of 5xx or 429.
func Do(ctx context.Context, client *http.Client, c Call) (Answer, error) {
	var body io.Reader = http.NoBody
	if c.Body != nil {
		data, err := json.Marshal(c.Body)
		if err != nil {
			return Answer{}, err
		}
		body = bytes.NewReader(data)
	}
	r, err := http.NewRequestWithContext(ctx, c.Method, c.URL, body)
	if err != nil {
		return Answer{}, fmt.Errorf("%w: %w", sse.ErrUnavailable, err)
	}
	for name, values := range c.Header {
		r.Header[name] = values
	}
	if c.Body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	resp, err := client.Do(r)
	if err != nil {
		return Answer{}, fmt.Errorf("%w: %w", sse.ErrUnavailable, err)
	}
	defer resp.Body.Close()
	a := Answer{Status: resp.StatusCode, Header: resp.Header}
	if a.Body, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer)); err != nil {
		return Answer{}, fmt.Errorf("%w: %w", sse.ErrUnavailable, err)
	}
	if a.Status >= 500 || a.Status == http.StatusTooManyRequests {
		return Answer{}, fmt.Errorf("%w: status %d", sse.ErrUnavailable, a.Status)
	}
	return a, nil
}

// Decode reads the answer's JSON.
func (a Answer) Decode(v any) error {
	if err := json.Unmarshal(a.Body, v); err != nil {
		return fmt.Errorf("%w: the answer cannot be read", sse.ErrUnavailable)
	}
	return nil
}
