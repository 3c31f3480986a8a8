package s3http

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"

	"github.com/cofferstore/coffer/objstore/checksum"
)

// Bounds, in bytes, of documents in request bodies.
const (
	maxDocument = 1 << 20
	maxKeyList  = 4 << 20 // 1000 keys, or 10 000 parts with checksums
)

// unknown collects child elements that a document must not have; a document
// with any is MalformedXML.
type unknown []struct{ XMLName xml.Name }

// decodeDocument reads the request's body as a document with the given root
// into v, a pointer to a struct for encoding/xml. The name space is not looked
// at. An empty body is io.EOF.
func (c *call) decodeDocument(root string, limit int64, v any) error {
	body, err := c.readBody(limit)
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return io.EOF
	}
	return parseDocument(body, root, v)
}

// parseDocument is strict where a slip could change what is meant: one root of
// the right name, no document type, nothing behind the end.
func parseDocument(body []byte, root string, v any) error {
	d := xml.NewDecoder(bytes.NewReader(body))
	d.CharsetReader = nil
	start, err := rootElement(d)
	if err != nil || start.Name.Local != root {
		return refusal(codeMalformedXML, "")
	}
	if err := d.DecodeElement(v, &start); err != nil {
		return refusal(codeMalformedXML, "")
	}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil || !isMisc(token) {
			return refusal(codeMalformedXML, "")
		}
	}
}

func rootElement(d *xml.Decoder) (xml.StartElement, error) {
	for {
		token, err := d.Token()
		if err != nil {
			return xml.StartElement{}, err
		}
		if start, ok := token.(xml.StartElement); ok {
			return start, nil
		}
		if !isMisc(token) {
			return xml.StartElement{}, codeMalformedXML
		}
	}
}

// isMisc tells whether a token may stand beside the root element.
func isMisc(token xml.Token) bool {
	switch t := token.(type) {
	case xml.CharData:
		return len(bytes.TrimSpace(t)) == 0
	case xml.Comment, xml.ProcInst:
		return true
	}
	return false
}

// readBody reads a document of at most limit bytes and compares it with the
// sums that the client sent.
func (c *call) readBody(limit int64) ([]byte, error) {
	check, err := c.newBodyCheck()
	if err != nil {
		return nil, err
	}
	if c.r.ContentLength > limit {
		return nil, refusal(codeMaxMessageLength, "")
	}
	if c.r.Body == nil {
		return nil, nil
	}
	c.reading = true
	body, err := io.ReadAll(io.LimitReader(c.r.Body, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(body)) > limit {
		return nil, refusal(codeMaxMessageLength, "")
	}
	return body, check.document(body)
}

// checksumElement is <ChecksumCRC32>...</ChecksumCRC32> and the like.
type checksumElement struct {
	XMLName xml.Name
	Value   string `xml:",chardata"`
}

// algorithm returns the algorithm that the element is of, if any.
func (e checksumElement) algorithm() (checksum.Algorithm, bool) {
	const prefix = "Checksum"
	name := e.XMLName.Local
	if len(name) <= len(prefix) || name[:len(prefix)] != prefix {
		return "", false
	}
	a := checksum.Algorithm(name[len(prefix):])
	return a, a.Valid()
}
