package s3http

import (
	"net/http"
	"strconv"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/cofferstore/coffer/internal/httpx"
)

const namespace = "http://s3.amazonaws.com/doc/2006-03-01/"

const contentTypeXML = "application/xml"

// xmlWriter appends an XML document to a buffer: listings are too large and too
// many for a general encoder. Names are constants of this package and are not
// escaped.
type xmlWriter struct {
	b []byte

	// url makes key and its relatives percent-encode (encoding-type=url).
	url bool

	// broken is set once a text had bytes that are no UTF-8; U+FFFD stands in
	// their place.
	broken bool

	pool *sync.Pool
}

// keptBuffer is the largest buffer, in bytes, that is kept for the next answer.
const keptBuffer = 1 << 20

// newXML returns an empty document; free is due after it has been sent.
func (h *Handler) newXML() *xmlWriter {
	x, ok := h.documents.Get().(*xmlWriter)
	if !ok {
		x = &xmlWriter{b: make([]byte, 0, 4<<10), pool: &h.documents}
	}
	x.b, x.url, x.broken = x.b[:0], false, false
	return x
}

func (x *xmlWriter) free() {
	if cap(x.b) <= keptBuffer {
		x.pool.Put(x)
	}
}

func (x *xmlWriter) declare() {
	x.b = append(x.b, `<?xml version="1.0" encoding="UTF-8"?>`...)
	x.b = append(x.b, '\n')
}

// root opens the document's element in the name space of the S3 API.
func (x *xmlWriter) root(name string) { x.rootIn(name, namespace) }

// rootIn is root for another name space.
func (x *xmlWriter) rootIn(name, space string) {
	x.declare()
	x.b = append(append(x.b, '<'), name...)
	x.b = append(append(append(x.b, ` xmlns="`...), space...), '"', '>')
}

func (x *xmlWriter) open(name string) {
	x.b = append(append(append(x.b, '<'), name...), '>')
}

func (x *xmlWriter) close(name string) {
	x.b = append(append(append(x.b, '<', '/'), name...), '>')
}

func (x *xmlWriter) text(name, value string) {
	x.open(name)
	x.escape(value)
	x.close(name)
}

// name writes an element whose value is a constant of this server, such as an
// algorithm, and needs no escape.
func (x *xmlWriter) name(name, value string) {
	x.b = append(append(append(x.b, '<'), name...), '>')
	x.b = append(x.b, value...)
	x.b = append(append(append(x.b, '<', '/'), name...), '>')
}

// some writes an element unless its value is empty.
func (x *xmlWriter) some(name, value string) {
	if value != "" {
		x.text(name, value)
	}
}

// key writes an object key or a part of one.
func (x *xmlWriter) key(name, value string) {
	x.open(name)
	if x.url {
		x.b = appendURLEncoded(x.b, value)
	} else {
		x.escape(value)
	}
	x.close(name)
}

func (x *xmlWriter) number(name string, n int64) {
	x.open(name)
	x.b = strconv.AppendInt(x.b, n, 10)
	x.close(name)
}

func (x *xmlWriter) flag(name string, v bool) {
	x.open(name)
	x.b = strconv.AppendBool(x.b, v)
	x.close(name)
}

func (x *xmlWriter) time(name string, t time.Time) {
	x.open(name)
	x.b = httpx.AppendTimestamp(x.b, t)
	x.close(name)
}

// etag writes an entity tag, which is hexadecimal digits and a hyphen, with
// quotes around it.
func (x *xmlWriter) etag(tag string) {
	x.b = append(append(append(x.b, "<ETag>&quot;"...), tag...), "&quot;</ETag>"...)
}

// plain tells, a bit for each, which ASCII characters stand for themselves in
// character data.
var plain = [2]uint64{
	0xFFFFFFFF_00000000 &^ (1<<'"' | 1<<'&' | 1<<'<' | 1<<'>'),
	0xFFFFFFFF_FFFFFFFF &^ (1 << (0x7F - 64)),
}

func isPlain(ch byte) bool { return ch < utf8.RuneSelf && plain[ch>>6]&(1<<(ch&63)) != 0 }

// escape appends character data. Characters that XML 1.0 does not allow become
// numeric references, as in Amazon's answers.
func (x *xmlWriter) escape(s string) {
	i := 0
	for i < len(s) && isPlain(s[i]) {
		i++
	}
	x.b = append(x.b, s[:i]...)
	for i < len(s) {
		if isPlain(s[i]) {
			x.b = append(x.b, s[i])
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			x.broken = true
			x.b = append(x.b, "\uFFFD"...)
		case r < utf8.RuneSelf:
			x.b = appendASCII(x.b, byte(r))
		case r == 0xFFFE || r == 0xFFFF:
			x.b = appendReference(x.b, r)
		default:
			x.b = append(x.b, s[i:i+n]...)
		}
		i += n
	}
}

// appendASCII appends one that does not stand for itself.
func appendASCII(b []byte, ch byte) []byte {
	switch ch {
	case '&':
		return append(b, "&amp;"...)
	case '<':
		return append(b, "&lt;"...)
	case '>':
		return append(b, "&gt;"...)
	case '"':
		return append(b, "&quot;"...)
	}
	return appendReference(b, rune(ch))
}

func appendReference(b []byte, r rune) []byte {
	b = append(b, "&#x"...)
	b = strconv.AppendInt(b, int64(r), 16)
	return append(b, ';')
}

// appendURLEncoded encodes as Amazon does for encoding-type=url: a space is a
// plus sign, a slash is left alone.
func appendURLEncoded(b []byte, s string) []byte {
	const digits = "0123456789ABCDEF"
	for i := 0; i < len(s); i++ {
		switch ch := s[i]; {
		case 'a' <= ch && ch <= 'z', 'A' <= ch && ch <= 'Z', '0' <= ch && ch <= '9',
			ch == '-', ch == '_', ch == '.', ch == '*', ch == '/':
			b = append(b, ch)
		case ch == ' ':
			b = append(b, '+')
		default:
			b = append(b, '%', digits[ch>>4], digits[ch&0xF])
		}
	}
	return b
}

// sendXML answers with the document in x.
func (c *call) sendXML(x *xmlWriter) error { return c.sendXMLStatus(http.StatusOK, x) }

func (c *call) sendXMLStatus(status int, x *xmlWriter) error {
	c.set("Content-Type", contentTypeXML)
	c.set("Content-Length", strconv.Itoa(len(x.b)))
	c.started = true
	c.w.WriteHeader(status)
	_, _ = c.w.Write(x.b) // a client that is gone needs no answer
	return nil
}

// send answers without a body.
func (c *call) send(status int) error {
	if status != http.StatusNoContent {
		c.set("Content-Length", "0")
	}
	c.started = true
	c.w.WriteHeader(status)
	return nil
}
