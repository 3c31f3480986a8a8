package s3test

import (
	"bytes"
	"context"
	"encoding/xml"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/usage"
)

// Fault is something that goes wrong with requests of one kind. Parts that are
// set happen in this order: Hold, Delay, Status, CutAfter.
type Fault struct {
	// Operation, Bucket and Key select requests; "" selects all.
	Operation, Bucket, Key string

	// Skip lets so many requests of the kind pass first; then Times of them are
	// met, 0 meaning all.
	Skip, Times int

	// Hold makes the request wait until the channel is closed.
	Hold <-chan struct{}

	// Delay makes the request wait so long by the server's Clock: real time,
	// unless the Clock is advanced.
	Delay time.Duration

	// Status is answered instead of serving the request, with an S3 error of
	// Code and Message. Code defaults to "InternalError" and "SlowDown" is the
	// usual one for 503.
	Status        int
	Code, Message string

	// CutAfter breaks the connection when so many bytes of the answer's body
	// were sent; negative: before the status. 0 does not.
	CutAfter int64
}

// Inject adds a fault and returns a function that removes it. Where several
// select a request, the first that was added and is not used up meets it.
//
// A fault meets a request when its signature was found good, before anything is
// looked up or stored. Preflight requests (OPTIONS) are not met.
func (s *Server) Inject(f Fault) (remove func()) { return s.faults.add(f) }

// faults is the list of faults of a server.
type faults struct {
	ctx   context.Context // ends with the server
	clock *Clock

	mu   sync.Mutex
	list []*activeFault
}

type activeFault struct {
	Fault
	seen int // requests of the kind so far
}

func (fs *faults) init(ctx context.Context, c *Clock) { fs.ctx, fs.clock = ctx, c }

func (fs *faults) add(f Fault) func() {
	a := &activeFault{Fault: f}
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.list = append(fs.list, a)
	return func() {
		fs.mu.Lock()
		defer fs.mu.Unlock()
		fs.list = slices.DeleteFunc(fs.list, func(x *activeFault) bool { return x == a })
	}
}

// meet returns the fault of a request, or nil.
func (fs *faults) meet(e *usage.Entry) *Fault {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for _, a := range fs.list {
		if !selects(a.Operation, e.Operation) || !selects(a.Bucket, e.Bucket) || !selects(a.Key, e.Key) {
			continue
		}
		a.seen++
		if n := a.seen - a.Skip; n > 0 && (a.Times == 0 || n <= a.Times) {
			f := a.Fault
			return &f
		}
	}
	return nil
}

func selects(pattern, value string) bool { return pattern == "" || pattern == value }

type faultKey struct{}

// handler gives each request a writer in which its fault can take effect.
func (fs *faults) handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fw := &faultWriter{w: w}
		next.ServeHTTP(fw, r.WithContext(context.WithValue(r.Context(), faultKey{}, fw)))
		if e := usage.FromContext(r.Context()); fw.code != "" && e != nil {
			e.ErrorCode = fw.code
		}
	})
}

// verifier goes around v: where it is called, the front end has already named
// the operation in the usage entry, and done nothing else.
func (fs *faults) verifier(v auth.Verifier) auth.Verifier { return &faultVerifier{fs, v} }

type faultVerifier struct {
	faults *faults
	next   auth.Verifier
}

func (v *faultVerifier) Verify(r *http.Request) (*auth.Identity, error) {
	id, err := v.next.Verify(r)
	if err != nil {
		return nil, err
	}
	f := v.faults.meet(usage.FromContext(r.Context()))
	if f == nil {
		return id, nil
	}
	if err := v.faults.wait(r.Context(), f); err != nil {
		return nil, err
	}
	w, _ := r.Context().Value(faultKey{}).(*faultWriter)
	w.cut, w.cutAfter = f.CutAfter != 0, max(f.CutAfter, 0)
	if f.CutAfter < 0 {
		panic(http.ErrAbortHandler)
	}
	if f.Status != 0 {
		w.answer(f)
		return nil, &auth.Error{Reason: auth.ErrAccessDenied} // ends the request; its answer is not sent
	}
	return id, nil
}

// wait holds a request until the fault lets it go, its client or the server does.
func (fs *faults) wait(ctx context.Context, f *Fault) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(fs.ctx, cancel)()
	if f.Hold != nil {
		select {
		case <-f.Hold:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return fs.clock.wait(ctx, f.Delay)
}

// faultWriter is an answer that a fault may replace or cut.
type faultWriter struct {
	w        http.ResponseWriter
	header   http.Header // not nil: what the handler writes is not sent
	code     string
	cut      bool
	cutAfter int64
}

func (w *faultWriter) Header() http.Header {
	if w.header != nil {
		return w.header
	}
	return w.w.Header()
}

func (w *faultWriter) Unwrap() http.ResponseWriter { return w.w }

func (w *faultWriter) WriteHeader(status int) {
	if w.header == nil {
		w.w.WriteHeader(status)
	}
}

func (w *faultWriter) Write(p []byte) (int, error) {
	if w.header != nil {
		return len(p), nil
	}
	if w.cut && int64(len(p)) >= w.cutAfter {
		_, _ = w.w.Write(p[:w.cutAfter])
		_ = http.NewResponseController(w.w).Flush() // what comes before the cut arrives
		panic(http.ErrAbortHandler)
	}
	n, err := w.w.Write(p)
	w.cutAfter -= int64(n)
	return n, err
}

// answer sends the fault's error and turns off the writer for the handler.
func (w *faultWriter) answer(f *Fault) {
	w.code = f.Code
	if w.code == "" {
		w.code = "InternalError"
	}
	body := bytes.NewBufferString(xml.Header)
	_ = xml.NewEncoder(body).Encode(struct { // strings always encode
		XMLName xml.Name `xml:"Error"`
		Code    string
		Message string
	}{Code: w.code, Message: f.Message})
	w.w.Header().Set("Content-Type", "application/xml")
	w.w.WriteHeader(f.Status)
	_, _ = w.Write(body.Bytes())
	w.header = http.Header{}
}
