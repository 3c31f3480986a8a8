package rgwhttp

import (
	"net/http"
	"strings"

	"github.com/cofferstore/coffer/admin/rgwdoc"
)

// object and list are what documents are made of.
type (
	object = rgwdoc.Object
	list   = rgwdoc.List
)

func field(name string, value any) rgwdoc.Member { return rgwdoc.Field(name, value) }

func newDocument(root string, body any) *rgwdoc.Document {
	return &rgwdoc.Document{Root: root, Body: body}
}

// xmlWanted tells which format the caller wants: the parameter format, else the
// header Accept.
func (c *call) xmlWanted() bool {
	if f := c.params.get("format"); f != "" {
		return f == "xml"
	}
	accept := c.R.Header.Get("Accept")
	return strings.HasPrefix(accept, "application/xml") || strings.HasPrefix(accept, "text/xml")
}

func (c *call) encode(doc *rgwdoc.Document) (contentType string, body []byte) {
	if c.xmlWanted() {
		return "application/xml", append([]byte(`<?xml version="1.0" encoding="UTF-8"?>`), doc.XML()...)
	}
	return "application/json", doc.JSON()
}

// answer sends a document, or an empty body for nil.
func (c *call) answer(doc *rgwdoc.Document) {
	if doc == nil {
		c.Send(http.StatusOK, "", nil)
		return
	}
	c.send(http.StatusOK, doc)
}

func (c *call) send(status int, doc *rgwdoc.Document) {
	contentType, body := c.encode(doc)
	c.Send(status, contentType, body)
}

// refuse sends an error.
func (c *call) refuse(err error) {
	what := codeOf(err)
	c.Refused(statuses[what], string(what), err)
	message := ""
	if what == codeNotImplemented {
		message = "This operation is not implemented."
	}
	c.send(statuses[what], newDocument("Error", object{
		field("Code", string(what)), field("Message", message), field("RequestId", c.RequestID), field("HostId", "coffer"),
	}))
}
