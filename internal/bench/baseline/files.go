package baseline

import (
	"io"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strconv"
)

// Files serves the files of a directory, with sendfile where the system has it.
// It is safe for concurrent use.
type Files struct {
	// Dir holds the files, named by [WriteFiles].
	Dir string
}

// ServeHTTP answers with the file that the last element of the path names.
func (s Files) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n, err := strconv.ParseUint(path.Base(r.URL.Path), 10, 32)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	f, err := os.Open(fileName(s.Dir, int(n)))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h["Content-Length"] = []string{strconv.FormatInt(info.Size(), 10)}
	h["Content-Type"] = []string{"application/octet-stream"}
	if _, err := io.Copy(w, f); err != nil {
		return // the client has gone; there is nobody to tell
	}
}

func fileName(dir string, n int) string { return filepath.Join(dir, strconv.Itoa(n)) }

// WriteFiles makes files of size bytes in dir, with the numbers 0 to n-1.
func WriteFiles(dir string, n int, size int64) error {
	piece := make([]byte, min(size, 1<<20))
	for i := range piece {
		piece[i] = byte(i * 7)
	}
	for i := range n {
		if err := writeFile(fileName(dir, i), piece, size); err != nil {
			return err
		}
	}
	return nil
}

func writeFile(name string, piece []byte, size int64) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	for size > 0 && err == nil {
		var n int
		n, err = f.Write(piece[:min(size, int64(len(piece)))])
		size -= int64(n)
	}
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}
