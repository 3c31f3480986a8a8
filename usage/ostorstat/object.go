package ostorstat

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// Object is a statistics object: what was asked for in a period. It marshals to
// the JSON of ostor-usage.
type Object struct {
	// ServiceID is 16 hexadecimal digits. In JSON it is a number, or a string if
	// it has letters.
	ServiceID string

	Start  time.Time // in whole seconds
	Period int64     // seconds covered so far

	// Items are sorted by bucket, then user, then epoch.
	Items []Item
}

// Item is what one user asked of one bucket.
type Item struct {
	Key      Key      `json:"key"`
	Counters Counters `json:"counters"`
}

// Key names an item.
type Key struct {
	Bucket string `json:"bucket"`  // "tenant:name" or "name"; "" = requests without a bucket
	Epoch  uint64 `json:"epoch"`   // how many buckets had the name before
	UserID string `json:"user_id"` // full name of the caller; "" is anonymous
}

// MarshalJSON adds the member tag, which is always empty.
func (k Key) MarshalJSON() ([]byte, error) {
	type members Key
	return json.Marshal(struct {
		members
		Tag string `json:"tag"`
	}{members: members(k)})
}

// Counters are the sums of an item.
type Counters struct {
	Ops   Ops   `json:"ops"`
	NetIO NetIO `json:"net_io"`
}

// Ops are requests that were answered with a status below 400, by class.
type Ops struct {
	Put   int64 `json:"put"`
	Get   int64 `json:"get"`
	List  int64 `json:"list"`
	Other int64 `json:"other"` // deletes among them
}

// NetIO are bytes of objects' data: what was received without framing and form
// fields, and what was sent, however the answer ended.
type NetIO struct {
	Uploaded   int64 `json:"uploaded"`
	Downloaded int64 `json:"downloaded"`
}

// fields returns the members of c in the order of their row, which must not
// change.
func (c *Counters) fields() [6]*int64 {
	return [...]*int64{&c.Ops.Put, &c.Ops.Get, &c.Ops.List, &c.Ops.Other, &c.NetIO.Uploaded, &c.NetIO.Downloaded}
}

func (c *Counters) add(d *Counters) {
	to, from := c.fields(), d.fields()
	for i := range to {
		*to[i] = plus(*to[i], *from[i])
	}
}

// MarshalJSON writes the content of ostor-usage&obj.
func (o *Object) MarshalJSON() ([]byte, error) {
	items := o.Items
	if items == nil {
		items = []Item{}
	}
	return json.Marshal(struct {
		Version   int             `json:"fmt_version"`
		ServiceID json.RawMessage `json:"service_id"`
		Start     int64           `json:"start_ts"`
		Period    int64           `json:"period"`
		Count     int             `json:"nr_items"`
		Items     []Item          `json:"items"`
	}{1, serviceJSON(o.ServiceID), o.Start.Unix(), o.Period, len(items), items})
}

// serviceJSON writes the id as a number. Zeros at its beginning, which a number
// cannot have, are left out.
func serviceJSON(id string) json.RawMessage {
	if strings.Trim(id, "0123456789") == "" && id != "" {
		if digits := strings.TrimLeft(id, "0"); digits != "" {
			return json.RawMessage(digits)
		}
		return json.RawMessage("0")
	}
	return json.RawMessage(strconv.Quote(id))
}

// List is a page of names of statistics objects, sorted. It marshals to the
// JSON of ostor-usage.
type List struct {
	Names     []string
	Truncated bool // there are more
}

// MarshalJSON writes the content of ostor-usage.
func (l List) MarshalJSON() ([]byte, error) {
	names := l.Names
	if names == nil {
		names = []string{}
	}
	return json.Marshal(struct {
		Count     int      `json:"nr_items"`
		Truncated bool     `json:"truncated"`
		Items     []string `json:"items"`
	}{len(names), l.Truncated, names})
}

// objectName is the name of the object of a service that starts at a second.
func objectName(service string, start int64, period time.Duration) string {
	return namePrefix + service + "-" + time.Unix(start, 0).UTC().Format(nameTime) + "-" +
		strconv.FormatInt(int64(period/time.Second), 10)
}

const (
	namePrefix = "s3-usage-"
	nameTime   = "2006-01-02T15:04:05.000Z"
	serviceLen = 16
	maxName    = 128 // bytes; more than any name has
)

// validService tells whether an id is 16 lower-case hexadecimal digits.
func validService(id string) bool {
	return len(id) == serviceLen && strings.Trim(id, "0123456789abcdef") == ""
}
