package bench

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Target is a server and how to speak to it.
type Target struct {
	// Endpoint is "http://host:port" or "https://host:port"; buckets are
	// addressed by path.
	Endpoint    string
	Credentials Credentials

	// TLS is used for https; nil is the default configuration.
	TLS *tls.Config

	// Now is the clock of signatures; nil is time.Now.
	Now func() time.Time
}

// Request is one request of a [Conn]. Path and Query are escaped and, for a
// signature, in canonical form: no needless escapes, query sorted by name.
type Request struct {
	Method, Path, Query string

	// Headers are further lines, each with its "\r\n"; they are not signed.
	Headers string

	// Body is sent Repeat times (0 counts as once), so that a big body needs
	// little memory.
	Body   []byte
	Repeat int
}

func (r *Request) size() int64 { return int64(len(r.Body)) * int64(max(1, r.Repeat)) }

// StatusError is an answer that is not 2xx.
type StatusError struct {
	Status int
	Body   string // its beginning
}

func (e *StatusError) Error() string { return fmt.Sprintf("status %d: %s", e.Status, e.Body) }

// Conn is a kept-alive HTTP/1.1 connection. It is used by one goroutine.
type Conn struct {
	net    net.Conn
	in     *bufio.Reader
	signer *signer
	host   string
	out    []byte
	skim   []byte // where bodies go that nobody wants
	close  bool   // the server ends the connection after this answer
}

const (
	maxBody     = 8 << 20  // of an answer that is kept
	maxErrorLen = 512      // of an error's body that is kept
	oneWrite    = 64 << 10 // bodies up to this go out together with the headers
)

// Dial connects to a target.
func Dial(ctx context.Context, t Target) (*Conn, error) {
	u, err := url.Parse(t.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("bench: endpoint: %w", err)
	}
	var d net.Dialer
	address := u.Host
	if u.Port() == "" {
		address = net.JoinHostPort(u.Hostname(), map[string]string{"http": "80", "https": "443"}[u.Scheme])
	}
	nc, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	if u.Scheme == "https" {
		cfg := &tls.Config{MinVersion: tls.VersionTLS12}
		if t.TLS != nil {
			cfg = t.TLS.Clone()
		}
		if cfg.ServerName == "" {
			cfg.ServerName = u.Hostname()
		}
		nc = tls.Client(nc, cfg)
	}
	now := t.Now
	if now == nil {
		now = time.Now
	}
	return &Conn{net: nc, in: bufio.NewReaderSize(nc, 16<<10), signer: newSigner(t.Credentials, u.Host, now), host: u.Host}, nil
}

// Close ends the connection.
func (c *Conn) Close() error { return c.net.Close() }

// Do sends r and reads the answer. The answer's body is appended to keep when
// that is not nil (at most 8 MiB), and else skipped. It returns the body's length, and
// a [*StatusError] for a status that is not 2xx: the connection is still good
// after that, and is not after any other error.
func (c *Conn) Do(r *Request, keep *[]byte) (int64, error) {
	if err := c.send(r); err != nil {
		return 0, err
	}
	status, length, err := c.head()
	if err != nil {
		return 0, err
	}
	if status/100 != 2 {
		var text []byte
		if r.Method != "HEAD" {
			if _, err := c.body(length, &text); err != nil {
				return 0, err
			}
		}
		return 0, c.closed(&StatusError{Status: status, Body: string(text[:min(len(text), maxErrorLen)])})
	}
	if r.Method == "HEAD" || status == 204 {
		return 0, c.closed(nil)
	}
	n, err := c.body(length, keep)
	if err != nil {
		return n, err
	}
	return n, c.closed(nil)
}

// closed turns err into one that ends the connection's use when the server has
// announced that it closes it.
func (c *Conn) closed(err error) error {
	if !c.close {
		return err
	}
	if err == nil {
		return io.EOF
	}
	return fmt.Errorf("connection closed after %s", err.Error())
}

func (c *Conn) send(r *Request) error {
	b := append(c.out[:0], r.Method...)
	b = append(append(b, ' '), r.Path...)
	if r.Query != "" {
		b = append(append(b, '?'), r.Query...)
	}
	b = append(append(b, " HTTP/1.1\r\nHost: "...), c.host...)
	b = append(b, "\r\n"...)
	if r.Body != nil || r.Method == "PUT" || r.Method == "POST" {
		b = strconv.AppendInt(append(b, "Content-Length: "...), r.size(), 10)
		b = append(b, "\r\n"...)
	}
	b = append(b, r.Headers...)
	b = c.signer.append(b, r.Method, r.Path, r.Query)
	b = append(b, "\r\n"...)
	small := r.size() <= oneWrite
	for range max(1, r.Repeat) {
		if small {
			b = append(b, r.Body...)
		}
	}
	c.out = b
	if _, err := c.net.Write(b); err != nil || small {
		return err
	}
	for range max(1, r.Repeat) {
		if _, err := c.net.Write(r.Body); err != nil {
			return err
		}
	}
	return nil
}

var errProtocol = errors.New("bench: malformed answer")

// head reads the status line and headers. The length is -1 for a chunked body.
func (c *Conn) head() (status int, length int64, err error) {
	for {
		line, err := c.line()
		if err != nil {
			return 0, 0, err
		}
		if len(line) < 12 || !bytes.HasPrefix(line, []byte("HTTP/1.")) {
			return 0, 0, errProtocol
		}
		if status, err = strconv.Atoi(string(line[9:12])); err != nil {
			return 0, 0, errProtocol
		}
		if length, err = c.headers(); err != nil || status != 100 {
			return status, length, err
		}
	}
}

func (c *Conn) headers() (length int64, err error) {
	for {
		line, err := c.line()
		if err != nil || len(line) == 0 {
			return length, err
		}
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok {
			return 0, errProtocol
		}
		value = bytes.TrimSpace(value)
		switch len(name) {
		case len("Content-Length"):
			if strings.EqualFold(string(name), "Content-Length") {
				if length, err = strconv.ParseInt(string(value), 10, 64); err != nil {
					return 0, errProtocol
				}
			}
		case len("Transfer-Encoding"):
			if strings.EqualFold(string(name), "Transfer-Encoding") && string(value) == "chunked" {
				length = -1
			}
		case len("Connection"):
			if strings.EqualFold(string(name), "Connection") && strings.EqualFold(string(value), "close") {
				c.close = true
			}
		}
	}
}

// line returns the next line without its end, valid until the next read.
func (c *Conn) line() ([]byte, error) {
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	return bytes.TrimRight(line, "\r\n"), nil
}

func (c *Conn) body(length int64, keep *[]byte) (int64, error) {
	if length >= 0 {
		return length, c.take(length, keep)
	}
	var total int64
	for {
		line, err := c.line()
		if err != nil {
			return total, err
		}
		n, err := strconv.ParseInt(string(line), 16, 64)
		if err != nil {
			return total, errProtocol
		}
		if n == 0 {
			_, err := c.headers() // trailers
			return total, err
		}
		if err := c.take(n, keep); err != nil {
			return total, err
		}
		total += n
		if _, err := c.in.Discard(2); err != nil {
			return total, err
		}
	}
}

// take reads n bytes of a body.
func (c *Conn) take(n int64, keep *[]byte) error {
	if keep != nil {
		if int64(len(*keep))+n > maxBody {
			return errProtocol
		}
		at := len(*keep)
		*keep = append(*keep, make([]byte, n)...)
		_, err := io.ReadFull(c.in, (*keep)[at:])
		return err
	}
	buffered, err := c.in.Discard(int(min(n, int64(c.in.Buffered()))))
	if err != nil {
		return err
	}
	n -= int64(buffered)
	if n > 0 && c.skim == nil {
		c.skim = make([]byte, 256<<10)
	}
	for n > 0 {
		m, err := c.net.Read(c.skim[:min(n, int64(len(c.skim)))])
		if n -= int64(m); err != nil && n > 0 {
			return err
		}
	}
	return nil
}
