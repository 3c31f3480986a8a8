package rgwreplay

import (
	"bufio"
	"errors"
	"fmt"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
	"time"

	"github.com/cofferstore/coffer/auth/awssig"
)

// ErrFormat is a text that is no recording.
var ErrFormat = errors.New("rgwreplay: not a recording")

// Exchange is a recorded request with its answer.
type Exchange struct {
	Auth           string // how the request was signed, and as whom
	Method, Target string
	Header         http.Header
	Body           string

	Status       int
	AnswerHeader http.Header
	Answer       string
}

const dashes = "------------------------------------------------------------------------"

// Parse reads a recording.
func Parse(text string) (*Exchange, error) {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	request, answer, ok := strings.Cut(text, dashes+"\n")
	if !ok {
		return nil, fmt.Errorf("%w: no line of dashes", ErrFormat)
	}
	e := &Exchange{}
	for strings.HasPrefix(request, "#") || strings.HasPrefix(request, "\n") {
		var line string
		line, request, _ = strings.Cut(request, "\n")
		if auth, ok := strings.CutPrefix(line, "# auth: "); ok {
			e.Auth = auth
		}
	}
	first, header, body, err := message(request)
	if err != nil {
		return nil, err
	}
	words := strings.Fields(first)
	if len(words) != 3 {
		return nil, fmt.Errorf("%w: request line %q", ErrFormat, first)
	}
	e.Method, e.Target, e.Header, e.Body = words[0], words[1], header, strings.TrimRight(body, "\n")
	if first, e.AnswerHeader, e.Answer, err = message(answer); err != nil {
		return nil, err
	}
	words = strings.Fields(first)
	if len(words) < 2 {
		return nil, fmt.Errorf("%w: status line %q", ErrFormat, first)
	}
	e.Status, err = strconv.Atoi(words[1])
	return e, err
}

// message cuts a message into its first line, header and body.
func message(s string) (first string, h http.Header, body string, err error) {
	first, rest, _ := strings.Cut(s, "\n")
	head, body, _ := strings.Cut(rest, "\n\n")
	r := textproto.NewReader(bufio.NewReader(strings.NewReader(strings.Trim(head, "\n") + "\n\n")))
	mime, err := r.ReadMIMEHeader()
	if err != nil {
		return "", nil, "", fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return first, http.Header(mime), body, nil
}

// Credentials finds the credentials of a recorded user.
type Credentials func(name string) awssig.Credentials

// Request makes the request anew, signed at t as the recorded one was.
func (e *Exchange) Request(base string, creds Credentials, t time.Time) (*http.Request, error) {
	target := e.Target
	if i := strings.Index(target, "&X-Amz-Algorithm="); i >= 0 {
		target = target[:i]
	}
	r, err := http.NewRequest(e.Method, base+target, strings.NewReader(e.Body))
	if err != nil {
		return nil, err
	}
	for name, values := range e.Header {
		if name != "Host" && name != "Content-Length" {
			r.Header[name] = values
		}
	}
	if e.Auth == "none" {
		return r, nil
	}
	c := e.credentials(creds)
	scope := awssig.Scope{Time: t, Region: "us-east-1", Service: "s3"}
	switch {
	case strings.HasPrefix(e.Auth, "presigned URL (version 4)"):
		r.URL = awssig.PresignV4(r, c, scope, 10*time.Minute, awssig.UnsignedPayload)
	case strings.HasPrefix(e.Auth, "AWS (version 2)"):
		awssig.SignV2(r, c, t, nil)
	case strings.HasPrefix(e.Auth, "AWS4-HMAC-SHA256"):
		awssig.SignV4(r, c, scope, awssig.UnsignedPayload)
	default:
		return nil, fmt.Errorf("%w: signed by %q", ErrFormat, e.Auth)
	}
	return r, nil
}

func (e *Exchange) credentials(creds Credentials) awssig.Credentials {
	_, who, _ := strings.Cut(e.Auth, ", as ")
	who, _, wrong := strings.Cut(who, ", with a wrong secret")
	who, _, _ = strings.Cut(who, " (")
	if who == "an unknown access key" {
		return awssig.Credentials{AccessKey: "UNKNOWN", Secret: "unknown"}
	}
	c := creds(who)
	if wrong {
		c.Secret += "x"
	}
	return c
}
