package rgwhttp

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// document is an answer; root is the name of its XML element.
type document struct {
	root string
	body any // object, list, string, bool, int or int64
}

// object is a value with named members, in order.
type object []member

type member struct {
	name  string
	value any
}

// list is a value with items; item is the name of their XML elements.
type list struct {
	item  string
	items []any
}

func listOf[T any](item string, from []T, each func(T) any) list {
	l := list{item: item, items: make([]any, 0, len(from))}
	for _, v := range from {
		l.items = append(l.items, each(v))
	}
	return l
}

func writeJSON(b *bytes.Buffer, v any) {
	switch v := v.(type) {
	case object:
		b.WriteByte('{')
		for i, m := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			writeJSON(b, m.name)
			b.WriteByte(':')
			writeJSON(b, m.value)
		}
		b.WriteByte('}')
	case list:
		b.WriteByte('[')
		for i, item := range v.items {
			if i > 0 {
				b.WriteByte(',')
			}
			writeJSON(b, item)
		}
		b.WriteByte(']')
	default:
		e := json.NewEncoder(b)
		e.SetEscapeHTML(false)
		_ = e.Encode(v) // strings and numbers always encode
		b.Truncate(b.Len() - 1)
	}
}

func writeXML(b *bytes.Buffer, name string, v any) {
	name = elementName(name)
	b.WriteString("<" + name + ">")
	switch v := v.(type) {
	case object:
		for _, m := range v {
			writeXML(b, m.name, m.value)
		}
	case list:
		for _, item := range v.items {
			writeXML(b, v.item, item)
		}
	default:
		_ = xml.EscapeText(b, []byte(fmt.Sprint(v))) // a buffer takes everything
	}
	b.WriteString("</" + name + ">")
}

// elementName makes a name fit for an element: those of tags are the users'.
func elementName(name string) string {
	fit := func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_', r == '-', r == '.':
			return r
		}
		return '_'
	}
	name = strings.Map(fit, name)
	if name == "" || strings.ContainsRune("0123456789-.", rune(name[0])) {
		return "_" + name
	}
	return name
}

// xmlWanted tells which format the caller wants: the parameter format, else the
// header Accept.
func (c *call) xmlWanted() bool {
	if f := c.params.get("format"); f != "" {
		return f == "xml"
	}
	accept := c.r.Header.Get("Accept")
	return strings.HasPrefix(accept, "application/xml") || strings.HasPrefix(accept, "text/xml")
}

func (c *call) encode(doc *document) (contentType string, body []byte) {
	var b bytes.Buffer
	if c.xmlWanted() {
		b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>`)
		writeXML(&b, doc.root, doc.body)
		return "application/xml", b.Bytes()
	}
	writeJSON(&b, doc.body)
	return "application/json", b.Bytes()
}

// answer sends a document, or an empty body for nil.
func (c *call) answer(doc *document) {
	if doc == nil {
		c.w.Header().Set("Content-Length", "0")
		c.w.WriteHeader(http.StatusOK)
		return
	}
	c.send(http.StatusOK, doc)
}

func (c *call) send(status int, doc *document) {
	contentType, body := c.encode(doc)
	c.w.Header().Set("Content-Type", contentType)
	c.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	c.w.WriteHeader(status)
	_, _ = c.w.Write(body) // a caller who is gone needs no answer
}

// refuse sends an error.
func (c *call) refuse(err error) {
	what := codeOf(err)
	if c.entry != nil {
		c.entry.ErrorCode = string(what)
	}
	if statuses[what] >= http.StatusInternalServerError {
		c.h.logger.Error("administration failed", "request", c.requestID, "error", err)
	}
	message := ""
	if what == codeNotImplemented {
		message = "This operation is not implemented."
	}
	c.send(statuses[what], &document{"Error", object{
		{"Code", string(what)}, {"Message", message}, {"RequestId", c.requestID}, {"HostId", "coffer"},
	}})
}
