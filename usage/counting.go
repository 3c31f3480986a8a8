package usage

import (
	"io"
	"net/http"
	"sync/atomic"
)

// countingBody counts a request's body. A reverse proxy may still read it on
// another goroutine when its handler has returned.
type countingBody struct {
	body io.ReadCloser
	n    atomic.Int64
}

func (b *countingBody) Read(p []byte) (int, error) {
	n, err := b.body.Read(p)
	b.n.Add(int64(n))
	return n, err
}

func (b *countingBody) Close() error { return b.body.Close() }

// countingWriter notes the status and counts the bytes of an answer.
type countingWriter struct {
	w        http.ResponseWriter
	exchange *exchange
	n        int64
	status   int
}

func (w *countingWriter) Header() http.Header { return w.w.Header() }

func (w *countingWriter) WriteHeader(status int) {
	w.note(status)
	w.w.WriteHeader(status)
}

// note keeps the first status that is final: 1xx go before one, except 101,
// after which HTTP ends.
func (w *countingWriter) note(status int) {
	if w.status != 0 || status < 200 && status != http.StatusSwitchingProtocols {
		return
	}
	w.status = status
	e := &w.exchange.entry
	e.FirstByte = w.exchange.now().Sub(e.Start)
}

func (w *countingWriter) Write(p []byte) (int, error) {
	w.note(http.StatusOK)
	n, err := w.w.Write(p)
	w.n += int64(n)
	return n, err
}

func (w *countingWriter) WriteString(s string) (int, error) {
	w.note(http.StatusOK)
	n, err := io.WriteString(w.w, s)
	w.n += int64(n)
	return n, err
}

// ReadFrom hands src to the server's own ReadFrom, which may use sendfile.
// Without one, io.Copy copies; the writer must then not show a ReadFrom again.
func (w *countingWriter) ReadFrom(src io.Reader) (int64, error) {
	w.note(http.StatusOK)
	var n int64
	var err error
	if rf, ok := w.w.(io.ReaderFrom); ok {
		n, err = rf.ReadFrom(src)
	} else {
		n, err = io.Copy(struct{ io.Writer }{w.w}, src)
	}
	w.n += n
	return n, err
}

// Flush implements [http.Flusher].
func (w *countingWriter) Flush() { _ = w.FlushError() }

// FlushError is what [http.ResponseController.Flush] calls.
func (w *countingWriter) FlushError() error {
	w.note(http.StatusOK)
	return http.NewResponseController(w.w).Flush()
}

// Unwrap gives [http.ResponseController] the server's writer.
func (w *countingWriter) Unwrap() http.ResponseWriter { return w.w }
