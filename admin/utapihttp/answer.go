package utapihttp

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/cofferstore/coffer/usage/utapi"
)

// streamAt is how much of an answer is kept before it is sent: shorter ones have
// a Content-Length, longer ones are sent while they are made.
const streamAt = 1 << 20

// resource is one that the caller may see: its name as it was asked for, and as
// the metrics have it.
type resource struct{ asked, name string }

// answer sends the metrics of resources.
func (c *call) answer(resources []resource) error {
	var b bytes.Buffer
	started := false
	known := make(map[string]utapi.Metric)
	for i, res := range resources {
		m, err := c.list(res.name, known)
		if err != nil {
			if started {
				c.log(err)
				panic(http.ErrAbortHandler) // the client must see that it is not whole
			}
			return err
		}
		b.WriteByte("[,"[min(i, 1)])
		c.write(&b, res.asked, &m)
		if b.Len() >= streamAt {
			started = true
			if _, err := c.w.Write(b.Bytes()); err != nil {
				return nil // the client has gone
			}
			b.Reset()
		}
	}
	b.WriteByte(']')
	if !started {
		c.send(http.StatusOK, b.Bytes())
		return nil
	}
	_, _ = c.w.Write(b.Bytes()) // the client may have gone
	return nil
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

// send sends a whole answer.
func (c *call) send(status int, body []byte) {
	c.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	c.w.WriteHeader(status)
	_, _ = c.w.Write(body) // the client may have gone
}

// refuse sends an error.
func (c *call) refuse(err error) {
	f := explain(err)
	if f.status >= http.StatusInternalServerError {
		c.log(err)
	}
	if c.entry != nil {
		c.entry.ErrorCode = f.code
	}
	body := append([]byte(`{"code":`), encoded(f.code)...)
	body = append(append(body, `,"message":`...), encoded(f.message)...)
	c.send(f.status, append(body, '}'))
}

func (c *call) log(err error) {
	var own failure
	if c.ctx.Err() != nil || errors.As(err, &own) && own.status == http.StatusNotImplemented {
		return
	}
	c.h.opt.Logger.ErrorContext(c.ctx, "metrics request failed", "requestId", c.requestID, "error", err)
}
