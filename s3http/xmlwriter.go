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

// contentTypeXML is shared by all answers; nobody writes to it.
var contentTypeXML = []string{"application/xml"}

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
}

var xmlWriters = sync.Pool{New: func() any { return &xmlWriter{b: make([]byte, 0, 4<<10)} }}

// keptBuffer is the largest buffer, in bytes, that is kept for the next answer.
const keptBuffer = 1 << 20

func newXML() *xmlWriter {
	x := xmlWriters.Get().(*xmlWriter)
	x.b, x.url, x.broken = x.b[:0], false, false
	return x
}

func (x *xmlWriter) free() {
	if cap(x.b) <= keptBuffer {
		xmlWriters.Put(x)
	}
}

func (x *xmlWriter) declare() {
	x.b = append(x.b, `<?xml version="1.0" encoding="UTF-8"?>`...)
	x.b = append(x.b, '\n')
}

// root opens the document's element in the name space of the S3 API.
func (x *xmlWriter) root(name string) {
	x.declare()
	x.b = append(append(x.b, '<'), name...)
	x.b = append(append(append(x.b, ` xmlns="`...), namespace...), '"', '>')
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

// etag writes an entity tag with quotes around it.
func (x *xmlWriter) etag(name, tag string) {
	x.open(name)
	x.b = append(x.b, "&quot;"...)
	x.escape(tag)
	x.b = append(x.b, "&quot;"...)
	x.close(name)
}

// escape appends character data. Characters that XML 1.0 does not allow become
// numeric references, as in Amazon's answers.
func (x *xmlWriter) escape(s string) {
	from := 0
	for i := 0; i < len(s); {
		ch := s[i]
		if ch < utf8.RuneSelf {
			if ref := asciiReference(ch); ref != "" {
				x.b = append(append(x.b, s[from:i]...), ref...)
				from = i + 1
			} else if ch < 0x20 || ch == 0x7F {
				x.b = appendReference(append(x.b, s[from:i]...), rune(ch))
				from = i + 1
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			x.broken = true
			x.b = append(append(x.b, s[from:i]...), "\uFFFD"...)
			from = i + n
		case r == 0xFFFE || r == 0xFFFF:
			x.b = appendReference(append(x.b, s[from:i]...), r)
			from = i + n
		}
		i += n
	}
	x.b = append(x.b, s[from:]...)
}

func asciiReference(ch byte) string {
	switch ch {
	case '&':
		return "&amp;"
	case '<':
		return "&lt;"
	case '>':
		return "&gt;"
	case '"':
		return "&quot;"
	}
	return ""
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
func (c *call) sendXML(x *xmlWriter) error {
	h := c.w.Header()
	h["Content-Type"] = contentTypeXML
	h["Content-Length"] = []string{strconv.Itoa(len(x.b))}
	c.started = true
	c.w.WriteHeader(http.StatusOK)
	_, _ = c.w.Write(x.b) // a client that is gone needs no answer
	return nil
}

// send answers without a body.
func (c *call) send(status int) error {
	if status != http.StatusNoContent {
		c.w.Header()["Content-Length"] = []string{"0"}
	}
	c.started = true
	c.w.WriteHeader(status)
	return nil
}
