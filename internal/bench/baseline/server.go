package baseline

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Hashing is the bucket whose uploads go to a [Hasher].
const Hashing = "hashing"

// Server is all baselines in one handler: PUT goes to a [Sink], or to a [Hasher]
// in the bucket [Hashing], and GET of /<size>/.../<number> to [Files] of that
// size. It is safe for concurrent use.
type Server struct {
	sink  *Sink
	files *http.ServeMux
}

// New makes a server that keeps its files in dir. Counts says how many files of
// which size, in bytes, it serves.
func New(dir string, counts map[int64]int) (*Server, error) {
	mux := http.NewServeMux()
	for size, n := range counts {
		name := strconv.FormatInt(size, 10)
		at := filepath.Join(dir, name)
		if err := os.MkdirAll(at, 0o700); err != nil {
			return nil, fmt.Errorf("baseline: %w", err)
		}
		if err := WriteFiles(at, n, size); err != nil {
			return nil, fmt.Errorf("baseline: %w", err)
		}
		mux.Handle("GET /"+name+"/", Files{Dir: at})
	}
	sink, err := NewSink(dir)
	if err != nil {
		return nil, err
	}
	return &Server{sink: sink, files: mux}, nil
}

// Close closes the sink's file.
func (s *Server) Close() error { return s.sink.Close() }

// ServeHTTP answers one upload or download.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPut && strings.HasPrefix(r.URL.Path, "/"+Hashing+"/") {
		Hasher{}.ServeHTTP(w, r)
		return
	}
	if r.Method == http.MethodPut {
		s.sink.ServeHTTP(w, r)
		return
	}
	s.files.ServeHTTP(w, r)
}
