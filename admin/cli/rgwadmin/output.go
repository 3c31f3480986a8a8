package rgwadmin

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
)

// prettyXML spreads a document over lines, with a space a level.
func prettyXML(doc []byte, pretty bool) ([]byte, error) {
	if !pretty {
		return doc, nil
	}
	var b bytes.Buffer
	d, e := xml.NewDecoder(bytes.NewReader(doc)), xml.NewEncoder(&b)
	e.Indent("", " ")
	for {
		t, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			err = e.Close() // which flushes
			return b.Bytes(), err
		}
		if err == nil {
			err = e.EncodeToken(t)
		}
		if err != nil {
			return nil, err
		}
	}
}
