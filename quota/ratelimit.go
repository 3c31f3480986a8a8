package quota

import (
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"
)

// Subject tells by which limits a request is judged.
type Subject struct {
	User   string // full name of the caller; "" is anonymous
	Bucket string // names the bucket; "" = there is none
	Class  Class  // "" is [ClassOther]
	Exempt bool   // no limit holds, for example for administrators
}

// SlowDown refuses a request. errors.Is finds [ErrSlowDown] in it.
type SlowDown struct {
	// After is when it makes sense to ask again.
	After time.Duration
}

func (e *SlowDown) Error() string { return string(ErrSlowDown) }

// Unwrap returns [ErrSlowDown].
func (e *SlowDown) Unwrap() error { return ErrSlowDown }

// RetryAfter returns After as the value of the header Retry-After: whole
// seconds, rounded up.
func (e *SlowDown) RetryAfter() string {
	return strconv.FormatInt(max(1, int64(math.Ceil(e.After.Seconds()))), 10)
}

// RateLimit returns a middleware that holds requests to the limits of l. A
// request for which there is no token of its user or of its bucket is answered
// 503 with Retry-After, its body unread; answers are paced to the bandwidths of
// both.
//
// describe tells by which limits a request is judged; it must not trust what
// the request says of itself. Where only the handler knows, describe is nil,
// and the handler calls [Request.Admit] of [FromContext], and answers itself.
func RateLimit(l *RateLimiter, describe func(*http.Request) Subject) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			q := &Request{limiter: l, ctx: r.Context(), write: r.Method != http.MethodGet && r.Method != http.MethodHead}
			q.writer = limitedWriter{w: w, request: q}
			if describe != nil {
				if err := q.Admit(r.Context(), describe(r)); err != nil {
					refuse(w, err)
					return
				}
			}
			defer q.end()
			r = r.WithContext(context.WithValue(r.Context(), requestKey{}, q))
			if r.Body != nil && r.Body != http.NoBody {
				q.body.body = r.Body
				r.Body = &q.body
			}
			next.ServeHTTP(&q.writer, r)
		})
	}
}

// refuse answers in place of a handler that knows nothing of limits.
func refuse(w http.ResponseWriter, err error) {
	var slow *SlowDown
	if !errors.As(err, &slow) {
		http.Error(w, "the limits cannot be read", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Retry-After", slow.RetryAfter())
	http.Error(w, "Please reduce your request rate.", http.StatusServiceUnavailable)
}

type requestKey struct{}

// Request is a request that passes a [RateLimit].
type Request struct {
	limiter  *RateLimiter
	ctx      context.Context
	write    bool // as Ceph tells writes from reads
	subjects [2]*subject
	n        int // of subjects
	paced    bool
	writer   limitedWriter
	body     countedBody
}

// FromContext returns the request that ctx belongs to, or nil when no
// [RateLimit] is there.
func FromContext(ctx context.Context) *Request {
	q, _ := ctx.Value(requestKey{}).(*Request)
	return q
}

// Admit takes a token of each limit that holds for s, or none and returns a
// [*SlowDown]. It is called once, before anything of the answer is written. A
// nil Request admits everything.
func (q *Request) Admit(ctx context.Context, s Subject) error {
	if q == nil || s.Exempt {
		return nil
	}
	user := name{KindUser, s.User}
	if s.User == "" {
		user.kind = KindAnonymous
	}
	names := [2]name{user, {KindBucket, s.Bucket}}
	for _, n := range names {
		if n.kind == KindBucket && n.id == "" {
			continue
		}
		found, err := q.limiter.subject(ctx, n)
		if err != nil {
			return err
		}
		q.subjects[q.n] = found
		q.n++
	}
	return q.charge(s.Class)
}

func (q *Request) charge(c Class) error {
	l := q.limiter
	now := l.opt.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	var wait time.Duration
	for _, s := range q.subjects[:q.n] {
		wait = max(wait, s.lack(c, q.write, now))
	}
	if wait > 0 {
		q.n = 0
		return &SlowDown{After: wait}
	}
	for _, s := range q.subjects[:q.n] {
		s.charge(c, q.write, now)
		q.paced = q.paced || s.out.rate > 0
	}
	return nil
}

// end counts the bytes of the request.
func (q *Request) end() {
	moved := q.writer.n
	if q.write {
		moved = q.body.n.Load()
	}
	if q.n == 0 || moved == 0 {
		return
	}
	now := q.limiter.opt.Now()
	q.limiter.mu.Lock()
	defer q.limiter.mu.Unlock()
	for _, s := range q.subjects[:q.n] {
		s.chargeBytes(q.write, moved, now)
	}
}

// maxPiece is how many bytes of a paced answer go out at once.
const maxPiece = 16 << 10

// piece returns how many bytes of an answer may go out at once: no more than in
// a second.
func (q *Request) piece() int {
	n := float64(maxPiece)
	q.limiter.mu.Lock()
	defer q.limiter.mu.Unlock()
	for _, s := range q.subjects[:q.n] {
		if s.out.rate > 0 {
			n = min(n, s.out.rate)
		}
	}
	return int(max(n, 1))
}

// pace waits until n bytes may go out.
func (q *Request) pace(n int) error {
	l := q.limiter
	now := l.opt.Now()
	var wait time.Duration
	l.mu.Lock()
	for _, s := range q.subjects[:q.n] {
		s.out.take(float64(n), math.MaxFloat64, now)
		wait = max(wait, s.out.lack(0, now))
	}
	l.mu.Unlock()
	if wait == 0 {
		return nil
	}
	return l.opt.Wait(q.ctx, wait)
}

// countedBody counts a request's body, which another goroutine may still read
// when the handler has returned.
type countedBody struct {
	body io.ReadCloser
	n    atomic.Int64
}

func (b *countedBody) Read(p []byte) (int, error) {
	n, err := b.body.Read(p)
	b.n.Add(int64(n))
	return n, err
}

func (b *countedBody) Close() error { return b.body.Close() }

// limitedWriter counts the bytes of an answer, and paces them where there is a
// bandwidth to keep.
type limitedWriter struct {
	w       http.ResponseWriter
	request *Request
	n       int64
}

func (w *limitedWriter) Header() http.Header { return w.w.Header() }

func (w *limitedWriter) WriteHeader(status int) { w.w.WriteHeader(status) }

func (w *limitedWriter) Write(p []byte) (int, error) {
	if !w.request.paced {
		n, err := w.w.Write(p)
		w.n += int64(n)
		return n, err
	}
	size, done := w.request.piece(), 0
	for {
		piece := p[done:min(len(p), done+size)]
		if err := w.request.pace(len(piece)); err != nil {
			return done, err
		}
		n, err := w.w.Write(piece)
		done, w.n = done+n, w.n+int64(n)
		if err != nil || done == len(p) {
			return done, err
		}
	}
}

// ReadFrom hands src to the server's own ReadFrom, which may use sendfile,
// unless the answer is paced.
func (w *limitedWriter) ReadFrom(src io.Reader) (int64, error) {
	to, direct := w.w.(io.ReaderFrom)
	if w.request.paced || !direct {
		return io.Copy(struct{ io.Writer }{w}, src)
	}
	n, err := to.ReadFrom(src)
	w.n += n
	return n, err
}

// Flush implements [http.Flusher].
func (w *limitedWriter) Flush() { _ = w.FlushError() }

// FlushError is what [http.ResponseController.Flush] calls.
func (w *limitedWriter) FlushError() error { return http.NewResponseController(w.w).Flush() }

// Unwrap gives [http.ResponseController] the server's writer.
func (w *limitedWriter) Unwrap() http.ResponseWriter { return w.w }
