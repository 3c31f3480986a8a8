package usage

import (
	"net/http"
	"time"
)

// Starter is an optional ability of a [Sink]: Start is called when a request
// begins, before its handler. Exactly one Record follows each Start.
type Starter interface{ Start() }

// Options configure a middleware. The zero value of each field is its default.
type Options struct {
	Now func() time.Time // default time.Now
}

// Middleware wraps a handler so that every request is recorded to the sinks,
// in their order, when its handler is through. See [Options.Middleware].
func Middleware(sinks ...Sink) func(http.Handler) http.Handler {
	return new(Options).Middleware(sinks...)
}

// Middleware wraps a handler so that every request is recorded to the sinks.
//
// The handler finds the entry with [FromContext] and may fill the members of
// the front end. Its http.ResponseWriter supports what the server's does
// through [http.ResponseController], and keeps sendfile: io.Copy to it ends in
// the ReadFrom of the server's.
//
// A handler that panics is recorded, with status 500 if it has not sent one,
// and the panic goes on to the server.
func (o *Options) Middleware(sinks ...Sink) func(http.Handler) http.Handler {
	now := time.Now
	if o != nil && o.Now != nil {
		now = o.Now
	}
	var starters []Starter
	for _, s := range sinks {
		if st, ok := s.(Starter); ok {
			starters = append(starters, st)
		}
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for _, s := range starters {
				s.Start()
			}
			x := &exchange{now: now}
			x.begin(w, r)
			defer func() {
				x.end()
				for _, s := range sinks {
					s.Record(&x.entry)
				}
			}()
			r = r.WithContext(WithEntry(r.Context(), &x.entry))
			if r.Body != nil && r.Body != http.NoBody {
				x.body.body = r.Body
				r.Body = &x.body
			}
			next.ServeHTTP(&x.writer, r)
			x.returned = true
		})
	}
}

// exchange is all that the middleware keeps of one request, in one allocation.
type exchange struct {
	entry    Entry
	writer   countingWriter
	body     countingBody
	now      func() time.Time
	returned bool // the handler came to its end and did not panic
}

func (x *exchange) begin(w http.ResponseWriter, r *http.Request) {
	x.entry = Entry{
		Start:      x.now(),
		Method:     r.Method,
		Host:       r.Host,
		Path:       r.RequestURI,
		RemoteAddr: r.RemoteAddr,
		UserAgent:  r.UserAgent(),
	}
	if x.entry.Path == "" { // a request that no server has parsed
		x.entry.Path = r.URL.RequestURI()
	}
	x.writer = countingWriter{w: w, exchange: x}
}

func (x *exchange) end() {
	e := &x.entry
	e.Duration = x.now().Sub(e.Start)
	e.BytesReceived = x.body.n.Load()
	e.BytesSent = x.writer.n
	e.Status = x.writer.status
	switch {
	case !x.returned:
		if e.Status == 0 {
			e.Status = http.StatusInternalServerError
		}
		if e.ErrorCode == "" {
			e.ErrorCode = "InternalError"
		}
	case e.Status == 0: // net/http answers for a handler that has written nothing
		e.Status = http.StatusOK
		e.FirstByte = e.Duration
	}
}
