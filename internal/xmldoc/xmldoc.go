package xmldoc

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
)

// Decode reads a document in UTF-8 with the given root element into v, a pointer
// to a struct for [encoding/xml]. The name space is not looked at. What is wrong
// with a document is an error that nobody needs to tell apart. The caller bounds
// the size of data.
func Decode(data []byte, root string, v any) error {
	d := xml.NewDecoder(bytes.NewReader(trimMark(data)))
	start, err := rootElement(d)
	if err != nil {
		return err
	}
	if start.Name.Local != root {
		return fmt.Errorf("xmldoc: the root is %.100q and not %s", start.Name.Local, root)
	}
	if err := d.DecodeElement(v, &start); err != nil {
		return fmt.Errorf("xmldoc: %w", err)
	}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("xmldoc: behind the document: %w", err)
		}
		if !misc(token) {
			return errors.New("xmldoc: something is behind the document")
		}
	}
}

// trimMark removes a byte order mark (XML 1.0, section 4.3.3).
func trimMark(data []byte) []byte { return bytes.TrimPrefix(data, []byte("\ufeff")) }

func rootElement(d *xml.Decoder) (xml.StartElement, error) {
	for {
		token, err := d.Token()
		if err != nil {
			return xml.StartElement{}, fmt.Errorf("xmldoc: %w", err)
		}
		if start, ok := token.(xml.StartElement); ok {
			return start, nil
		}
		if !misc(token) {
			return xml.StartElement{}, errors.New("xmldoc: something is in front of the document")
		}
	}
}

// misc tells whether a token may stand beside the root element.
func misc(token xml.Token) bool {
	switch t := token.(type) {
	case xml.CharData:
		return len(bytes.TrimSpace(t)) == 0
	case xml.Comment, xml.ProcInst:
		return true
	}
	return false
}
