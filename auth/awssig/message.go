package awssig

import (
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
	"sync"
)

// message is a request as its client wrote it. The request line is taken from
// r.RequestURI where there is one, because a middleware may have rewritten
// r.URL; what was signed is what was sent.
type message struct {
	*http.Request
	path, query string // still escaped
}

func messageOf(r *http.Request) message {
	if strings.HasPrefix(r.RequestURI, "/") {
		path, query, _ := strings.Cut(r.RequestURI, "?")
		return message{r, path, query}
	}
	path := r.URL.RawPath
	if path == "" {
		path = r.URL.EscapedPath()
	}
	if path == "" {
		path = "/"
	}
	return message{r, path, r.URL.RawQuery}
}

// host returns the Host of the request; a client's request may have it in its
// URL only.
func (m message) host() string {
	if m.Host == "" && m.URL != nil {
		return m.URL.Host
	}
	return m.Host
}

// otherHost returns host without its default port, or with it when it has none:
// clients disagree on which of the two to sign. It is "" when there is no other
// form.
func (m message) otherHost() string {
	host := m.host()
	colon := strings.LastIndexByte(host, ':')
	if colon < 0 || strings.HasSuffix(host, "]") { // "[::1]" has colons and no port
		if m.TLS != nil {
			return host + ":443"
		}
		return host + ":80"
	}
	if p := host[colon:]; p == ":80" || p == ":443" {
		return host[:colon]
	}
	return ""
}

// values returns the values of a header by its lower-case name. net/http keeps
// a few headers elsewhere; those are put together again.
func (m message) values(name string, s *scratch) []string {
	s.key = appendCanonicalKey(s.key[:0], name)
	if v, ok := m.Header[string(s.key)]; ok {
		return v
	}
	switch name {
	case "content-length":
		if m.ContentLength >= 0 {
			return []string{strconv.FormatInt(m.ContentLength, 10)}
		}
	case "transfer-encoding":
		return m.TransferEncoding
	case "trailer":
		names := make([]string, 0, len(m.Trailer))
		for n := range m.Trailer {
			names = append(names, n)
		}
		return names
	case "expect": // dropped by some proxies; it has but one legal value
		return []string{"100-continue"}
	}
	return nil
}

// appendCanonicalKey is textproto.CanonicalMIMEHeaderKey for a name that is
// already valid, without its allocation.
func appendCanonicalKey(dst []byte, name string) []byte {
	upper := true
	for i := 0; i < len(name); i++ {
		c := name[i]
		switch {
		case upper && 'a' <= c && c <= 'z':
			c -= 'a' - 'A'
		case !upper && 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		}
		dst = append(dst, c)
		upper = c == '-'
	}
	return dst
}

// get returns the single value of a header, "" when there is none.
func (m message) get(canonicalName string) string {
	return textproto.MIMEHeader(m.Header).Get(canonicalName)
}

// scratch is the working memory of one verification.
type scratch struct {
	buf   []byte // canonical request or string to sign
	sts   []byte
	query []byte // escaped query items, in the order of the request
	items []queryItem
	names []string
	key   []byte
	sum   []byte
}

// maxKeptScratch keeps one huge request from pinning its memory in the pool.
const maxKeptScratch = 64 << 10

// scratchPool hands out working memory. The zero value is ready.
type scratchPool struct{ pool sync.Pool }

func (p *scratchPool) get() *scratch {
	if s, ok := p.pool.Get().(*scratch); ok {
		return s
	}
	return &scratch{buf: make([]byte, 0, 2048), sts: make([]byte, 0, 256), key: make([]byte, 0, 64), sum: make([]byte, 0, 64)}
}

func (p *scratchPool) put(s *scratch) {
	if cap(s.buf)+cap(s.query)+24*cap(s.items)+16*cap(s.names) > maxKeptScratch {
		return
	}
	clear(s.names[:cap(s.names)])
	p.pool.Put(s)
}
