package s3http

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/cofferstore/coffer/auth"
)

// refuse answers the request with an error. It is the only place that does.
func (c *call) refuse(err error) {
	f := explain(err)
	if f.code == "NoSuchVersion" {
		f.detail("VersionId", c.version)
	}
	c.note(f, err)
	c.configureRefusal()
	if c.started {
		// Part of the answer is out. Its Content-Length tells the client that
		// something is missing, and net/http closes the connection.
		return
	}
	a := answers[f.code]
	h := c.w.Header()
	for _, name := range answerHeaders {
		h.Del(name)
	}
	for _, d := range f.headers {
		h[d.Name] = []string{d.Value}
	}
	c.started = true
	if a.status == http.StatusNotModified {
		c.w.WriteHeader(a.status)
		return
	}
	contentType := contentTypeXML
	if c.onSite {
		contentType = "text/html; charset=utf-8"
		c.set("X-Amz-Error-Code", string(f.code))
	}
	if c.r.Method == http.MethodHead {
		c.set("Content-Type", contentType)
		c.w.WriteHeader(a.status)
		return
	}
	x := c.h.newXML()
	defer x.free()
	if c.onSite {
		c.encodePage(x, f)
	} else {
		c.encodeError(x, f)
	}
	lingering := c.mayLinger()
	if lingering {
		c.set("Connection", "close")
	}
	c.set("Content-Type", contentType)
	c.set("Content-Length", strconv.Itoa(len(x.b)))
	c.w.WriteHeader(a.status)
	_, _ = c.w.Write(x.b) // a client that is gone needs no answer
	if lingering {
		c.linger()
	}
}

// note records the error for usage and, where only the operator can act, logs it.
func (c *call) note(f *fault, err error) {
	if c.entry != nil {
		c.entry.ErrorCode = string(f.code)
	}
	c.noteInside(f, err)
}

// noteDenial logs why somebody was turned away; the caller is not told.
func (c *call) noteDenial(err error) {
	var denied *auth.Error
	if !errors.As(err, &denied) || denied.Why == "" {
		return
	}
	c.h.logger.LogAttrs(c.ctx, slog.LevelInfo, "access denied",
		slog.String("request_id", c.requestID), slog.String("operation", c.operation()),
		slog.String("bucket", c.bucketID.String()), slog.String("key", c.key),
		slog.String("user", c.identity.ID), slog.String("action", c.asked.Action), slog.String("reason", denied.Why))
}

// noteInside logs an error that is told inside of a successful answer.
func (c *call) noteInside(f *fault, err error) {
	if f.code == codeAccessDenied {
		c.noteDenial(err)
	}
	if f.code == codeInternalError {
		c.h.logger.LogAttrs(c.ctx, slog.LevelError, "request failed",
			slog.String("request_id", c.requestID), slog.String("operation", c.operation()),
			slog.String("bucket", c.bucketID.String()), slog.String("key", c.key), slog.Any("error", err))
	}
}

func (c *call) encodeError(x *xmlWriter, f *fault) {
	x.declare()
	if c.ofAccount {
		x.open("ErrorResponse")
		defer x.close("ErrorResponse")
	}
	x.open("Error")
	x.text("Code", string(f.code))
	x.text("Message", f.text())
	for _, d := range f.details {
		x.text(d.Name, d.Value)
	}
	x.text("Resource", c.resourcePath())
	x.text("RequestId", c.requestID)
	x.text("HostId", c.h.hostID)
	x.close("Error")
}

// resourcePath names the bucket or object for people.
func (c *call) resourcePath() string {
	switch {
	case c.ofAccount:
		return c.r.URL.Path
	case c.bucketID.Name == "":
		return "/"
	case c.key == "":
		return "/" + c.bucketID.Name
	}
	return "/" + c.bucketID.Name + "/" + c.key
}

const (
	lingerBytes = 64 << 20
	lingerTime  = 5 * time.Second
	lingerPiece = 64 << 10

	// drainedByServer is how much of an unread body net/http discards itself
	// before it answers.
	drainedByServer = 256 << 10
)

// mayLinger tells whether the client is likely to be still sending a body that
// net/http would answer with a reset connection, so that the client may never
// see why it was refused. A client that waits for 100 Continue sends nothing.
func (c *call) mayLinger() bool {
	n := c.wireLength
	switch {
	case c.r.ProtoMajor != 1, c.wire == nil, n >= 0 && n <= drainedByServer:
		return false
	case c.r.Header.Get("Expect") != "" && !c.reading:
		return false
	}
	return http.NewResponseController(c.w).EnableFullDuplex() == nil
}

// linger takes in what is left of the body, within bounds, after the answer
// has been sent; the connection is closed then.
func (c *call) linger() {
	rc := http.NewResponseController(c.w)
	// Deadlines of connections are compared with the real time, whatever clock
	// the server runs by. A middleware may move the deadline on with each read,
	// so the loop looks at the time as well.
	end := time.Now().Add(lingerTime)
	if rc.Flush() != nil || rc.SetReadDeadline(end) != nil {
		return
	}
	for left := int64(lingerBytes); left > 0 && time.Now().Before(end); {
		n, err := io.CopyN(io.Discard, c.wire, min(left, lingerPiece))
		if left -= n; err != nil {
			return
		}
	}
}
