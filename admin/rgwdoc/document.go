package rgwdoc

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"strings"
)

// Document is an answer; Root is the name of its XML element.
type Document struct {
	Root string
	Body any // Object, List, string, bool, int or int64
}

// Object is a value with named members, in order.
type Object []Member

// Member is a named value.
type Member struct {
	Name  string
	Value any
}

// Field returns a member, in shorter words than a literal of another package
// takes.
func Field(name string, value any) Member { return Member{Name: name, Value: value} }

// List is a value with items; Item is the name of their XML elements.
type List struct {
	Item  string
	Items []any
}

// ListOf describes each item of a slice.
func ListOf[T any](item string, from []T, each func(T) any) List {
	l := List{Item: item, Items: make([]any, 0, len(from))}
	for _, v := range from {
		l.Items = append(l.Items, each(v))
	}
	return l
}

// Strings is a list of texts.
func Strings(item string, from []string) List {
	return ListOf(item, from, func(s string) any { return s })
}

// JSON writes the document in one line.
func (d *Document) JSON() []byte {
	var b bytes.Buffer
	writeJSON(&b, d.Body)
	return b.Bytes()
}

// XML writes the document in one line, without a declaration.
func (d *Document) XML() []byte {
	var b bytes.Buffer
	writeXML(&b, d.Root, d.Body)
	return b.Bytes()
}

func writeJSON(b *bytes.Buffer, v any) {
	switch v := v.(type) {
	case Object:
		b.WriteByte('{')
		for i, m := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			writeJSON(b, m.Name)
			b.WriteByte(':')
			writeJSON(b, m.Value)
		}
		b.WriteByte('}')
	case List:
		b.WriteByte('[')
		for i, item := range v.Items {
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
	case Object:
		for _, m := range v {
			writeXML(b, m.Name, m.Value)
		}
	case List:
		for _, item := range v.Items {
			writeXML(b, v.Item, item)
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
