package baseline

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
)

// Sink takes uploads: it hashes a body with MD5, writes it to one file that all
// uploads share, and answers with an ETag once the file is synced. One sync
// serves all who wait for it. It is safe for concurrent use.
type Sink struct {
	file    *os.File
	end     atomic.Int64 // bytes given out
	buffers sync.Pool    // *buffer

	syncing sync.Mutex // held by the one who syncs
	mu      sync.Mutex // guards next
	next    *group
}

// group is those whom one sync answers.
type group struct {
	led  bool // somebody is going to sync for it
	done chan struct{}
	err  error
}

type buffer struct {
	bytes []byte
	md5   hash.Hash
}

const (
	bufferSize = 256 << 10

	// fileSize bounds the file: what comes after is written over its beginning.
	fileSize = 4 << 30
)

// NewSink makes a sink with its file in dir.
func NewSink(dir string) (*Sink, error) {
	f, err := os.OpenFile(filepath.Join(dir, "sink"), os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("baseline: %w", err)
	}
	s := &Sink{file: f, next: &group{done: make(chan struct{})}}
	s.buffers.New = func() any { return &buffer{bytes: make([]byte, bufferSize), md5: md5.New()} }
	return s, nil
}

// Close closes the file.
func (s *Sink) Close() error { return s.file.Close() }

// ServeHTTP takes the body of any request.
func (s *Sink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.ContentLength < 0 {
		http.Error(w, "length required", http.StatusLengthRequired)
		return
	}
	b := s.buffers.Get().(*buffer)
	defer s.buffers.Put(b)
	b.md5.Reset()
	if err := s.store(b, r.Body, r.ContentLength); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header()["Etag"] = []string{`"` + hex.EncodeToString(b.md5.Sum(nil)) + `"`}
	w.WriteHeader(http.StatusOK)
}

func (s *Sink) store(b *buffer, body io.Reader, n int64) error {
	at := s.end.Add(n) - n
	for n > 0 {
		m, err := io.ReadFull(body, b.bytes[:min(n, bufferSize)])
		if err != nil {
			return err
		}
		b.md5.Write(b.bytes[:m])
		if _, err := s.file.WriteAt(b.bytes[:m], at%fileSize); err != nil {
			return err
		}
		at, n = at+int64(m), n-int64(m)
	}
	return s.sync()
}

// sync returns when everything that was written before the call is synced.
func (s *Sink) sync() error {
	s.mu.Lock()
	g := s.next
	lead := !g.led
	g.led = true
	s.mu.Unlock()
	if !lead {
		<-g.done
		return g.err
	}
	s.syncing.Lock() // meanwhile others join g
	defer s.syncing.Unlock()
	s.mu.Lock()
	s.next = &group{done: make(chan struct{})}
	s.mu.Unlock()
	g.err = datasync(s.file)
	close(g.done)
	return g.err
}
