package s3http

import (
	"bytes"
	"encoding/xml"
	"io"

	"github.com/cofferstore/coffer/internal/xmldoc"
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

// once is an element that a document has once at most: of two, encoding/xml would
// take the last for what was meant.
type once[T any] struct{ value *T }

// UnmarshalXML implements [xml.Unmarshaler].
func (o *once[T]) UnmarshalXML(d *xml.Decoder, start xml.StartElement) error {
	if o.value != nil {
		return codeMalformedXML
	}
	var element struct {
		Value   T       `xml:",chardata"`
		Unknown unknown `xml:",any"`
	}
	if err := d.DecodeElement(&element, &start); err != nil {
		return err
	}
	if len(element.Unknown) > 0 {
		return codeMalformedXML
	}
	o.value = &element.Value
	return nil
}

// get returns the value, the zero value if there is none.
func (o once[T]) get() (v T) {
	if o.value != nil {
		v = *o.value
	}
	return v
}

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

func parseDocument(body []byte, root string, v any) error {
	if xmldoc.Decode(body, root, v) != nil {
		return refusal(codeMalformedXML, "")
	}
	return nil
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
		return nil, markBroken(err)
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
