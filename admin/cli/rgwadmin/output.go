package rgwadmin

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"

	"github.com/cofferstore/coffer/admin/rgwdoc"
)

// indent is what a level of JSON is moved by.
const indent = "    "

// show prints a document, in lines unless a format was asked for.
func (c *call) show(root string, body any) error {
	return c.showDocument(&rgwdoc.Document{Root: root, Body: body})
}

func (c *call) showDocument(d *rgwdoc.Document) error {
	text, err := c.encode(d, "")
	if err != nil {
		return err
	}
	return c.print("%s\n", text)
}

// showList prints a list of which each gives the items one after the other: it
// may be too long to be kept.
func (c *call) showList(root, item string, each func(emit func(any) error) error) error {
	open, between, end, prefix := "[", ",", "]\n", ""
	switch {
	case c.get("format") == "xml":
		open, between, end = "<"+root+">", "", "</"+root+">\n"
	case c.pretty():
		open, between, prefix = "[\n"+indent, ",\n"+indent, indent
	}
	first := true
	err := each(func(v any) error {
		text, err := c.encode(&rgwdoc.Document{Root: item, Body: v}, prefix)
		if err != nil {
			return err
		}
		before := between
		if first {
			before = open
		}
		first = false
		return c.print("%s%s", before, text)
	})
	switch {
	case err != nil:
		return err
	case first:
		return c.show(root, list{Item: item})
	case prefix != "":
		end = "\n" + end
	}
	return c.print("%s", end)
}

// pretty tells whether output is spread over lines.
func (c *call) pretty() bool { return c.on("pretty-format", !c.has("format")) }

// encode writes a document in the format that was asked for; prefix begins all
// lines but the first.
func (c *call) encode(d *rgwdoc.Document, prefix string) ([]byte, error) {
	switch {
	case c.get("format") == "xml" && c.pretty():
		return prettyXML(d.XML())
	case c.get("format") == "xml":
		return d.XML(), nil
	case !c.pretty():
		return d.JSON(), nil
	}
	var b bytes.Buffer
	err := json.Indent(&b, d.JSON(), prefix, indent)
	return b.Bytes(), err
}

// prettyXML spreads a document over lines, with a space a level.
func prettyXML(doc []byte) ([]byte, error) {
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

// print prints text as it is.
func (c *call) print(format string, args ...any) error {
	return show(c.out, fmt.Sprintf(format, args...))
}
