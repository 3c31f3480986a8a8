package s3test

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"

	"github.com/cofferstore/coffer/usage"
)

// maxJournal bounds how many requests are remembered, the latest ones.
const maxJournal = 100_000

// Record is what a test wants to know of a request that the server answered.
type Record struct {
	Operation   string // for example "PutObject"; "" if it was none
	Bucket, Key string
	User        string // full name; "" = anonymous
	Status      int
	Code        string // of the error answer; "" = success
}

// String returns, for example, "PutObject photos/cat.jpg 200".
func (r Record) String() string {
	s := r.Operation + " " + r.Bucket
	if r.Key != "" {
		s += "/" + r.Key
	}
	s = fmt.Sprint(s, " ", r.Status)
	if r.Code != "" {
		s += " " + r.Code
	}
	return s
}

// Journal returns what requests the server has answered, in the order in which
// their answers ended. A request whose answer a client has received completely
// is there. The latest 100 000 are kept.
func (s *Server) Journal() []Record {
	entries := s.Usage()
	out := make([]Record, len(entries))
	for i, e := range entries {
		out[i] = Record{Operation: e.Operation, Bucket: e.Bucket, Key: e.Key, User: e.User, Status: e.Status, Code: e.ErrorCode}
	}
	return out
}

// Usage returns the usage entries of the same requests as [Server.Journal].
func (s *Server) Usage() []usage.Entry { return s.journal.entriesNow() }

// Forget empties the journal.
func (s *Server) Forget() { s.journal.forget() }

// journal is a usage.Sink that remembers.
//
// An answer with a Content-Length is complete at the client before its handler
// has returned. So that a test finds it in the journal all the same, such
// requests are counted from just before their last byte, and readers of the
// journal wait for them. That wait ends by itself: the handler needs nothing
// more from the client.
type journal struct {
	mu       sync.Mutex
	entries  []usage.Entry
	complete int           // answered to the last byte, not recorded yet
	settled  chan struct{} // not nil while somebody waits for complete == 0
}

// Record implements [usage.Sink].
func (j *journal) Record(e *usage.Entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.entries) == maxJournal {
		j.entries = append(j.entries[:0], j.entries[maxJournal/2:]...)
	}
	j.entries = append(j.entries, *e)
}

func (j *journal) entriesNow() []usage.Entry {
	j.mu.Lock()
	for j.complete > 0 {
		if j.settled == nil {
			j.settled = make(chan struct{})
		}
		settled := j.settled
		j.mu.Unlock()
		<-settled
		j.mu.Lock()
	}
	defer j.mu.Unlock()
	return append([]usage.Entry(nil), j.entries...)
}

func (j *journal) forget() {
	_ = j.entriesNow() // what the caller knows to be over shall not turn up later
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = nil
}

func (j *journal) count(n int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.complete += n
	if j.complete == 0 && j.settled != nil {
		close(j.settled)
		j.settled = nil
	}
}

// handler goes around the usage middleware: when next has returned, the
// request is in the journal.
func (j *journal) handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		jw := &journalWriter{w: w, journal: j, left: -1}
		defer jw.recorded()
		next.ServeHTTP(jw, r)
	})
}

// journalWriter watches for the last byte of an answer of known length. It has
// no ReadFrom: all bytes must pass Write.
type journalWriter struct {
	w       http.ResponseWriter
	journal *journal
	left    int64 // bytes of Content-Length to come; -1 = not known
	begun   bool
	counted bool
}

func (w *journalWriter) Header() http.Header         { return w.w.Header() }
func (w *journalWriter) Unwrap() http.ResponseWriter { return w.w }

func (w *journalWriter) WriteHeader(status int) {
	if status >= 200 {
		w.begin()
	}
	w.w.WriteHeader(status)
}

func (w *journalWriter) begin() {
	if w.begun {
		return
	}
	w.begun = true
	if n, err := strconv.ParseInt(w.Header().Get("Content-Length"), 10, 64); err == nil {
		w.left = n
	}
}

func (w *journalWriter) Write(p []byte) (int, error) {
	w.begin()
	if w.left <= 0 || int64(len(p)) < w.left {
		n, err := w.w.Write(p)
		if w.left > 0 {
			w.left -= int64(n)
		}
		return n, err
	}
	last := int(w.left) - 1
	w.left = 0
	n, err := w.w.Write(p[:last])
	if err != nil {
		return n, err
	}
	w.counted = true
	w.journal.count(1)
	m, err := w.w.Write(p[last:])
	return n + m, err
}

func (w *journalWriter) recorded() {
	if w.counted {
		w.journal.count(-1)
	}
}
