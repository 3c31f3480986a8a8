package rgwdoc

import (
	"bytes"
	"io"
	"iter"
	"strings"
)

// Document is an answer; Root is the name of its XML element.
type Document struct {
	Root string
	Body any // Object, List, Sequence, string, bool, int or int64
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

// sequence is the list as one whose items are there already.
func (l List) sequence() Sequence {
	return Sequence{Item: l.Item, Items: func(yield func(any, error) bool) {
		for _, item := range l.Items {
			if !yield(item, nil) {
				return
			}
		}
	}}
}

// Strings is a list of texts.
func Strings(item string, from []string) List {
	return ListOf(item, from, func(s string) any { return s })
}

// Sequence is a List whose items are made while they are written. It ends with
// the first error.
type Sequence struct {
	Item  string
	Items iter.Seq2[any, error]
}

// JSON returns the document in one line. It must hold no Sequence, which may
// fail.
func (d *Document) JSON() []byte {
	var b bytes.Buffer
	_ = d.WriteJSON(&b) // a buffer takes everything
	return b.Bytes()
}

// XML is [Document.JSON] in XML, without a declaration.
func (d *Document) XML() []byte {
	var b bytes.Buffer
	_ = d.WriteXML(&b) // a buffer takes everything
	return b.Bytes()
}

// WriteJSON writes the document in one line. Errors are those of w and of a
// Sequence.
func (d *Document) WriteJSON(w io.Writer) error {
	e := encoder{w: w}
	e.json(d.Body)
	return e.flush()
}

// WriteXML is [Document.WriteJSON] in XML, without a declaration.
func (d *Document) WriteXML(w io.Writer) error {
	e := encoder{w: w}
	e.xml(d.Root, d.Body)
	return e.flush()
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
