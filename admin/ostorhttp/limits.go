package ostorhttp

import (
	"encoding/json"
	"strings"

	"github.com/cofferstore/coffer/admin"
)

// limitsJSON is an object of all limits in their order; values are strings.
type limitsJSON []admin.Limit

// MarshalJSON implements [json.Marshaler].
func (ls limitsJSON) MarshalJSON() ([]byte, error) {
	members := make([]string, 0, len(ls))
	for _, l := range ls {
		members = append(members, `"`+string(l.Type)+":"+l.Resource+`":"`+l.String()+`"`)
	}
	return []byte("{" + strings.Join(members, ",") + "}"), nil
}

var _ json.Marshaler = limitsJSON(nil)

// limitSubject reads whose limits a request is about. There are no default
// limits to select: with the flag ops, default is one of the values.
func (c *call) limitSubject() (admin.RateSubject, error) {
	s, err := c.params.needSelector(byEmail, byID, byBucket)
	if err == nil && c.params.has(byDefault) && !c.params.has(string(admin.LimitOps)) {
		err = badArgument("either " + s.by + " or " + byDefault)
	}
	if err != nil {
		return admin.RateSubject{}, err
	}
	return c.h.admin.LimitSubject(c.ctx, s.user(), s.bucket())
}

// getLimits: GET ostor-limits
func (c *call) getLimits() (any, error) {
	of, err := c.limitSubject()
	if err != nil {
		return nil, err
	}
	limits, err := c.h.admin.Limits(c.ctx, of)
	return limitsJSON(limits), err
}

// setLimits: PUT ostor-limits
func (c *call) setLimits() (any, error) {
	read := c.legacyLimits
	if c.params.has("limit-type") || c.params.has("limit-resource") || c.params.has("limit-value") {
		read = c.newLimit
	}
	limits, err := read()
	if err != nil {
		return nil, err
	}
	of, err := c.limitSubject()
	if err != nil {
		return nil, err
	}
	_, err = c.h.admin.SetLimits(c.ctx, of, limits...)
	return done{}, err
}

// newLimit reads the one limit that a request sets.
func (c *call) newLimit() ([]admin.Limit, error) {
	var values [3]string
	for i, name := range []string{"limit-type", "limit-resource", "limit-value"} {
		var err error
		if values[i], err = c.params.need(name); err != nil {
			return nil, err
		}
	}
	l, err := admin.ParseLimit(admin.LimitType(values[0]), values[1], values[2])
	return []admin.Limit{l}, err
}

// limitType reads which of the flags ops and bandwidth is set, "" for none.
func (c *call) limitType() (admin.LimitType, error) {
	set, err := c.params.flags(string(admin.LimitOps), string(admin.LimitBandwidth))
	switch {
	case err != nil:
		return "", err
	case len(set) > 1:
		return "", badArgument("either ops or bandwidth")
	case set[string(admin.LimitOps)]:
		return admin.LimitOps, nil
	case set[string(admin.LimitBandwidth)]:
		return admin.LimitBandwidth, nil
	}
	return "", nil
}

// legacyLimits reads the limits of the older form of requests, which names each
// resource, and all of operations at once, by the minute.
func (c *call) legacyLimits() ([]admin.Limit, error) {
	kind, err := c.limitType()
	switch {
	case err != nil:
		return nil, err
	case kind == "":
		return nil, badArgument("limit-type is missing")
	case kind == admin.LimitBandwidth:
		value, err := c.params.need("out")
		if err != nil {
			return nil, err
		}
		l, err := admin.ParseLimit(kind, "out", value)
		return []admin.Limit{l}, err
	}
	values := make(map[string]string)
	for _, name := range []string{"default", "get", "put", "list", "delete"} {
		value, given, err := c.params.lookup(name)
		if err != nil {
			return nil, err
		}
		if given {
			values[name] = value
		}
	}
	if len(values) == 0 {
		return nil, badArgument("no limit is given")
	}
	return admin.PerMinute(values)
}

// deleteLimits: DELETE ostor-limits
func (c *call) deleteLimits() (any, error) {
	kind, err := c.limitType()
	if err != nil {
		return nil, err
	}
	of, err := c.limitSubject()
	if err != nil {
		return nil, err
	}
	_, err = c.h.admin.RemoveLimits(c.ctx, of, kind)
	return removed{}, err
}
