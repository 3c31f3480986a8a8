package bench

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
)

// Workload says what is asked. Do makes request number n, counted from 0 over
// all clients, and returns how many bytes of objects went over the wire. It is
// called by many goroutines, each with a connection and a scratch space of its
// own.
type Workload interface {
	Do(c *Conn, s *Scratch, n int64) (int64, error)
}

// Scratch is what one client keeps from request to request.
type Scratch struct {
	path []byte
	body []byte
	req  Request
}

// Keys names objects: number n is "Prefix" + "pGGGG/NNNNNNN", with a thousand
// objects in each group G.
type Keys struct {
	Bucket, Prefix string

	// Count bounds how many different objects there are; 0 is unbounded.
	Count int64
}

const groupSize = 1000

func (k Keys) number(n int64) int64 {
	if k.Count > 0 {
		return n % k.Count
	}
	return n
}

// random picks an object for request n: any, but the same in each run.
func (k Keys) random(n int64) int64 { return int64(mix(uint64(n)) % uint64(max(1, k.Count))) }

// mix is the finalizer of SplitMix64: it spreads consecutive numbers.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func (k Keys) appendKey(b []byte, n int64) []byte {
	b = append(append(b, k.Prefix...), 'p')
	b = appendPadded(b, n/groupSize, 4)
	return appendPadded(append(b, '/'), n, 7)
}

func appendPadded(b []byte, n int64, width int) []byte {
	for limit := int64(1); width > 1; width-- {
		if limit *= 10; n < limit {
			for range width - 1 {
				b = append(b, '0')
			}
			break
		}
	}
	return strconv.AppendInt(b, n, 10)
}

func (k Keys) path(s *Scratch, n int64) string {
	s.path = append(append(append(s.path[:0], '/'), k.Bucket...), '/')
	s.path = k.appendKey(s.path, n)
	return string(s.path)
}

// Body is what a [Put] uploads: Piece, Repeat times.
type Body struct {
	Piece  []byte
	Repeat int
}

// NewBody makes a body of about size bytes (exactly, up to 1 MiB; above that
// rounded down to a multiple of 1 MiB) that does not compress well.
func NewBody(size int64) Body {
	const piece = 1 << 20
	b := Body{Piece: make([]byte, min(size, piece)), Repeat: int(max(1, size/piece))}
	for i := range b.Piece {
		b.Piece[i] = byte(mix(uint64(i)))
	}
	return b
}

// Size returns the length in bytes.
func (b Body) Size() int64 { return int64(len(b.Piece)) * int64(b.Repeat) }

// Put uploads objects, in order of their numbers (S3: PutObject).
type Put struct {
	Keys Keys
	Body Body
}

// Do implements [Workload].
func (w Put) Do(c *Conn, s *Scratch, n int64) (int64, error) {
	s.req = Request{Method: "PUT", Path: w.Keys.path(s, w.Keys.number(n)), Body: w.Body.Piece, Repeat: w.Body.Repeat}
	_, err := c.Do(&s.req, nil)
	return w.Body.Size(), err
}

// Get downloads objects that exist, in random order (S3: GetObject).
type Get struct{ Keys Keys }

// Do implements [Workload].
func (w Get) Do(c *Conn, s *Scratch, n int64) (int64, error) {
	s.req = Request{Method: "GET", Path: w.Keys.path(s, w.Keys.random(n))}
	return c.Do(&s.req, nil)
}

// GetAll downloads objects that exist, in order of their numbers (S3: GetObject).
type GetAll struct{ Keys Keys }

// Do implements [Workload].
func (w GetAll) Do(c *Conn, s *Scratch, n int64) (int64, error) {
	s.req = Request{Method: "GET", Path: w.Keys.path(s, w.Keys.number(n))}
	return c.Do(&s.req, nil)
}

// Delete removes objects in order of their numbers (S3: DeleteObject).
type Delete struct{ Keys Keys }

// Do implements [Workload].
func (w Delete) Do(c *Conn, s *Scratch, n int64) (int64, error) {
	s.req = Request{Method: "DELETE", Path: w.Keys.path(s, w.Keys.number(n))}
	_, err := c.Do(&s.req, nil)
	return 0, err
}

// Mixed reads, overwrites and deletes among the same objects. What is read may
// have been deleted.
type Mixed struct {
	Keys Keys
	Body Body

	// Puts and Deletes are percentages; the rest are downloads.
	Puts, Deletes int
}

// Do implements [Workload].
func (w Mixed) Do(c *Conn, s *Scratch, n int64) (int64, error) {
	kind := int(mix(uint64(n)^0xa5a5) % 100)
	at := w.Keys.random(n)
	switch {
	case kind < w.Puts:
		return Put{w.Keys, w.Body}.Do(c, s, at)
	case kind < w.Puts+w.Deletes:
		return Delete{w.Keys}.Do(c, s, at)
	}
	s.req = Request{Method: "GET", Path: w.Keys.path(s, at)}
	b, err := c.Do(&s.req, nil)
	var status *StatusError
	if errors.As(err, &status) && status.Status == 404 {
		return 0, nil
	}
	return b, err
}

// DeleteMany removes groups of objects: request n removes First up to First+Len
// of group n (S3: DeleteObjects).
type DeleteMany struct {
	Keys       Keys
	First, Len int64 // at most 1000 together
}

// Do implements [Workload].
func (w DeleteMany) Do(c *Conn, s *Scratch, n int64) (int64, error) {
	b := append(s.body[:0], "<Delete><Quiet>true</Quiet>"...)
	for i := w.First; i < w.First+w.Len; i++ {
		b = w.Keys.appendKey(append(b, "<Object><Key>"...), n*groupSize+i)
		b = append(b, "</Key></Object>"...)
	}
	b = append(b, "</Delete>"...)
	s.body = b
	sum := md5.Sum(b)
	s.req = Request{
		Method: "POST", Path: "/" + w.Keys.Bucket, Query: "delete=", Body: b,
		Headers: "Content-MD5: " + base64.StdEncoding.EncodeToString(sum[:]) + "\r\n",
	}
	var answer []byte
	if _, err := c.Do(&s.req, &answer); err != nil {
		return 0, err
	}
	if bytes.Contains(answer, []byte("<Error>")) {
		return 0, fmt.Errorf("bench: DeleteObjects: %.200s", answer)
	}
	return 0, nil
}

// List asks for pages of at most 1000 entries, each starting at a random place
// (S3: ListObjectsV2).
type List struct {
	Keys Keys

	// Groups lists common prefixes, from the beginning, instead of keys.
	Groups bool

	// Start begins every page at the beginning of the bucket.
	Start bool
}

// Do implements [Workload].
func (w List) Do(c *Conn, s *Scratch, n int64) (int64, error) {
	// Names sort as delimiter, list-type, start-after.
	query := "list-type=2"
	if w.Groups {
		query = "delimiter=%2F&" + query
	} else if !w.Start {
		query += "&start-after=" + string(bytes.ReplaceAll(w.Keys.appendKey(nil, w.Keys.random(n)), []byte("/"), []byte("%2F")))
	}
	s.req = Request{Method: "GET", Path: "/" + w.Keys.Bucket, Query: query}
	s.body = s.body[:0]
	return c.Do(&s.req, &s.body)
}
