package rgwdoc

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"iter"
)

// flushAt is how much an encoder keeps, in bytes, between two items of a list.
const flushAt = 4 << 10

// encoder writes values one after the other, until something fails.
type encoder struct {
	bytes.Buffer // what w has not got yet
	w            io.Writer
	err          error
}

// flush hands on what was written.
func (e *encoder) flush() error {
	if e.err == nil {
		_, e.err = e.WriteTo(e.w)
	}
	return e.err
}

func (e *encoder) json(v any) {
	switch v := v.(type) {
	case Object:
		e.WriteByte('{')
		for i, m := range v {
			if i > 0 {
				e.WriteByte(',')
			}
			e.json(m.Name)
			e.WriteByte(':')
			e.json(m.Value)
		}
		e.WriteByte('}')
	case List:
		e.json(v.sequence())
	case Sequence:
		e.WriteByte('[')
		first := true
		for item := range e.each(v) {
			if !first {
				e.WriteByte(',')
			}
			first = false
			e.json(item)
		}
		e.WriteByte(']')
	default:
		j := json.NewEncoder(e)
		j.SetEscapeHTML(false)
		_ = j.Encode(v) // strings and numbers always encode
		e.Truncate(e.Len() - 1)
	}
}

func (e *encoder) xml(name string, v any) {
	name = elementName(name)
	e.WriteString("<" + name + ">")
	if l, ok := v.(List); ok {
		v = l.sequence()
	}
	switch v := v.(type) {
	case Object:
		for _, m := range v {
			e.xml(m.Name, m.Value)
		}
	case Sequence:
		for item := range e.each(v) {
			e.xml(v.Item, item)
		}
	default:
		_ = xml.EscapeText(e, []byte(fmt.Sprint(v))) // a buffer takes everything
	}
	e.WriteString("</" + name + ">")
}

// each gives the items of a sequence until something fails.
func (e *encoder) each(s Sequence) iter.Seq[any] {
	return func(yield func(any) bool) {
		for item, err := range s.Items {
			if e.err == nil && err != nil {
				e.err = err
			}
			if e.err != nil || !yield(item) {
				return
			}
			if e.Len() >= flushAt && e.flush() != nil {
				return
			}
		}
	}
}
