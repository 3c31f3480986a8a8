package frontend

import (
	"bytes"
	"io"
	"net/http"
)

// streamAt is how much of an answer is kept, in bytes, before it is sent while the
// rest is made.
const streamAt = 1 << 20

// Stream answers with status 200 and what write writes. A short answer is sent as
// a whole, with its Content-Length, and an error of write is then returned, so
// that it can be told. Once a part of a longer one is out, an error ends the
// connection: the client must see that something is missing.
func (c *Call) Stream(contentType string, write func(io.Writer) error) error {
	s := &stream{call: c, contentType: contentType}
	err := write(s)
	switch {
	case s.gone != nil:
		return nil // nobody is left to be told
	case err != nil && s.started:
		c.log(err)
		panic(http.ErrAbortHandler)
	case err != nil:
		return err
	case !s.started:
		c.Send(http.StatusOK, contentType, s.kept.Bytes())
		return nil
	}
	_ = s.send() // a client that is gone needs no answer
	return nil
}

// stream is an answer that is being made.
type stream struct {
	call        *Call
	contentType string
	kept        bytes.Buffer
	started     bool  // a part is out
	gone        error // that the client is
}

// Write implements [io.Writer]. It fails when the client has gone.
func (s *stream) Write(p []byte) (int, error) {
	if s.gone != nil {
		return 0, s.gone
	}
	n, _ := s.kept.Write(p) // a buffer takes everything
	if s.kept.Len() < streamAt {
		return n, nil
	}
	return n, s.send()
}

// send sends what is kept.
func (s *stream) send() error {
	if !s.started {
		s.started = true
		s.call.W.Header().Set("Content-Type", s.contentType)
	}
	_, s.gone = s.call.W.Write(s.kept.Bytes())
	s.kept.Reset()
	return s.gone
}
