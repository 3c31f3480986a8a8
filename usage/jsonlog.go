package usage

import (
	"io"
	"strconv"
	"sync"
	"time"
	"unicode/utf8"
)

// JSONAccessLog returns a Sink that writes to w the lines, byte for byte, that
// [AccessLog] writes with a Logger on [log/slog.NewJSONHandler] without options. It
// takes a fifth of the time, which is some percent of what a small request
// costs. Each line is one call of w.Write, which may come from many goroutines at
// once and must not keep the bytes; its errors are passed over, as there is nobody
// to tell.
func JSONAccessLog(w io.Writer) Sink { return &jsonAccessLog{w: w} }

type jsonAccessLog struct {
	w     io.Writer
	lines sync.Pool // of *jsonLine
}

// maxKeptLine is the longest line, in bytes, whose memory is used again.
const maxKeptLine = 4 << 10

func (a *jsonAccessLog) Record(e *Entry) {
	l, _ := a.lines.Get().(*jsonLine)
	if l == nil {
		l = new(jsonLine)
	}
	l.b = append(l.b[:0], '{')
	l.time("time", e.ended())
	l.text("level", "INFO")
	l.text("msg", logMessage)
	e.describe(l)
	l.b[len(l.b)-1] = '}' // in place of the last comma
	l.b = append(l.b, '\n')
	_, _ = a.w.Write(l.b)
	if cap(l.b) <= maxKeptLine {
		a.lines.Put(l)
	}
}

// jsonLine appends each field with a comma behind it.
type jsonLine struct{ b []byte }

// name is that of a field, which needs no escapes.
func (l *jsonLine) name(name string) {
	l.b = append(append(append(l.b, '"'), name...), `":`...)
}

func (l *jsonLine) time(name string, t time.Time) {
	l.name(name)
	l.b = append(t.AppendFormat(append(l.b, '"'), time.RFC3339Nano), `",`...)
}

func (l *jsonLine) text(name, value string) {
	l.name(name)
	l.b = append(appendEscaped(append(l.b, '"'), value), `",`...)
}

func (l *jsonLine) number(name string, n int64) {
	l.name(name)
	l.b = append(strconv.AppendInt(l.b, n, 10), ',')
}

func (l *jsonLine) milliseconds(name string, d time.Duration) {
	l.name(name)
	l.b = append(strconv.AppendFloat(l.b, inMilliseconds(d), 'f', -1, 64), ',')
}

// appendEscaped appends s as it stands in a JSON string (RFC 8259, section 7).
// Bytes that are not UTF-8 become U+FFFD; what JavaScript takes for the end of a
// line is escaped.
func appendEscaped(b []byte, s string) []byte {
	plain := 0 // s up to here is in b
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			switch {
			case r == utf8.RuneError && n == 1:
				b = append(append(b, s[plain:i]...), `\ufffd`...)
				plain = i + n
			case r == '\u2028' || r == '\u2029':
				b = appendUnicode(append(b, s[plain:i]...), r)
				plain = i + n
			}
			i += n
			continue
		}
		if c < ' ' || c == '"' || c == '\\' {
			b = appendControl(append(b, s[plain:i]...), c)
			plain = i + 1
		}
		i++
	}
	return append(b, s[plain:]...)
}

// appendControl appends the escape of a byte that cannot stand for itself.
func appendControl(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\n':
		return append(b, `\n`...)
	case '\r':
		return append(b, `\r`...)
	case '\t':
		return append(b, `\t`...)
	}
	return appendUnicode(b, rune(c))
}

func appendUnicode(b []byte, r rune) []byte {
	const hex = "0123456789abcdef"
	return append(b, '\\', 'u', hex[r>>12&0xf], hex[r>>8&0xf], hex[r>>4&0xf], hex[r&0xf])
}
