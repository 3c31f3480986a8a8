package rgwhttp

import (
	"bytes"
	"io"
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

// encoding returns how the caller gets a document.
func (c *call) encoding(doc *rgwdoc.Document) (contentType string, write func(io.Writer) error) {
	if !c.xmlWanted() {
		return "application/json", doc.WriteJSON
	}
	return "application/xml", func(w io.Writer) error {
		if _, err := io.WriteString(w, `<?xml version="1.0" encoding="UTF-8"?>`); err != nil {
			return err
		}
		return doc.WriteXML(w)
	}
}

// answer sends a document, or an empty body for nil.
func (c *call) answer(doc *rgwdoc.Document) error {
	if doc == nil {
		c.Send(http.StatusOK, "", nil)
		return nil
	}
	return c.Stream(c.encoding(doc))
}

// refuse sends an error.
func (c *call) refuse(err error) {
	what := codeOf(err)
	c.Refused(statuses[what], string(what), err)
	message := ""
	if what == codeNotImplemented {
		message = "This operation is not implemented."
	}
	contentType, write := c.encoding(newDocument("Error", object{
		field("Code", string(what)), field("Message", message), field("RequestId", c.RequestID), field("HostId", "coffer"),
	}))
	var body bytes.Buffer
	_ = write(&body) // a buffer takes everything
	c.Send(statuses[what], contentType, body.Bytes())
}
