package utapihttp

import (
	"bytes"
	"encoding/json"
	"io"
	"strconv"

	"github.com/cofferstore/coffer/usage/utapi"
)

const contentType = "application/json"

// resource is one that the caller may see: its name as it was asked for, and as
// the metrics have it.
type resource struct{ asked, name string }

// answer sends the metrics of resources.
func (c *call) answer(resources []resource) error {
	return c.Stream(contentType, func(w io.Writer) error {
		var b bytes.Buffer
		known := make(map[string]utapi.Metric)
		for i, res := range resources {
			m, err := c.list(res.name, known)
			if err != nil {
				return err
			}
			b.WriteByte("[,"[min(i, 1)])
			c.write(&b, res.asked, &m)
			if _, err := b.WriteTo(w); err != nil {
				return err
			}
		}
		_, err := io.WriteString(w, "]")
		return err
	})
}

// maxKnown bounds how many metrics of one request are remembered.
const maxKnown = 1000

// list returns the metrics of a resource; one that is asked for again costs
// nothing.
func (c *call) list(name string, known map[string]utapi.Metric) (utapi.Metric, error) {
	if m, ok := known[name]; ok {
		return m, nil
	}
	m, err := c.h.metrics.List(c.ctx, c.request.level, name, c.request.times)
	if err == nil && len(known) < maxKnown {
		known[name] = m
	}
	return m, err
}

// write appends the metrics of one resource, members in the order of
// scality/utapi.
func (c *call) write(b *bytes.Buffer, name string, m *utapi.Metric) {
	number := func(n int64) { b.Write(strconv.AppendInt(b.AvailableBuffer(), n, 10)) }
	pair := func(member string, x, y int64) {
		b.WriteString(member)
		number(x)
		b.WriteByte(',')
		number(y)
		b.WriteByte(']')
	}
	pair(`{"timeRange":[`, c.request.times.Start.UnixMilli(), c.request.times.End.UnixMilli())
	pair(`,"storageUtilized":[`, m.Storage[0], m.Storage[1])
	b.WriteString(`,"incomingBytes":`)
	number(m.Incoming)
	b.WriteString(`,"outgoingBytes":`)
	number(m.Outgoing)
	pair(`,"numberOfObjects":[`, m.Objects[0], m.Objects[1])
	b.WriteString(`,"operations":`)
	for i, member := range c.h.members {
		b.WriteByte("{,"[min(i, 1)])
		b.WriteString(member)
		number(m.Operations[i])
	}
	b.WriteString(`},"` + nameMember(c.request.level) + `":`)
	b.Write(encoded(name))
	b.WriteByte('}')
}

// nameMember is the member that names a resource.
func nameMember(l utapi.Level) string {
	switch l {
	case utapi.Buckets:
		return "bucketName"
	case utapi.Accounts:
		return "accountId"
	case utapi.Users:
		return "userId"
	}
	return "serviceName"
}

// encoded is a string in JSON.
func encoded(s string) []byte {
	data, err := json.Marshal(s)
	if err != nil {
		return []byte(`""`) // a string has always an encoding
	}
	return data
}

// refuse sends an error.
func (c *call) refuse(err error) {
	f := explain(err)
	c.Refused(f.status, f.code, err)
	body := append([]byte(`{"code":`), encoded(f.code)...)
	body = append(append(body, `,"message":`...), encoded(f.message)...)
	c.Send(f.status, contentType, append(body, '}'))
}
