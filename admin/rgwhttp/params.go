package rgwhttp

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/cofferstore/coffer/auth/iam"
)

// params are the query parameters of a request.
type params struct{ values url.Values }

// maxParams bounds the parameters of a request.
const maxParams = 256

// parseParams reads a query. Unlike url.ParseQuery it takes a semicolon for what
// it is: the guide of Ceph writes capabilities so, "users=read;usage=*".
func parseParams(raw string) (params, error) {
	v := make(url.Values)
	n := 0
	for item := range strings.SplitSeq(raw, "&") {
		if item == "" {
			continue
		}
		name, value, _ := strings.Cut(item, "=")
		name, err := url.QueryUnescape(name)
		if err != nil {
			return params{}, codeInvalidArgument
		}
		if value, err = url.QueryUnescape(value); err != nil {
			return params{}, codeInvalidArgument
		}
		if n++; n > maxParams {
			return params{}, codeInvalidArgument
		}
		v.Add(name, value)
	}
	return params{v}, nil
}

func (p params) has(name string) bool { return p.values.Has(name) }

// get returns the last value that is not empty: clients send a flag and a
// value of one name ("?subuser&subuser=x").
func (p params) get(name string) string {
	for i := len(p.values[name]) - 1; i >= 0; i-- {
		if v := p.values[name][i]; v != "" {
			return v
		}
	}
	return ""
}

// flag reads a boolean as RGW does: true, True and 1 are true, everything else
// is false. A parameter that is not there is def.
func (p params) flag(name string, def bool) bool {
	if !p.has(name) {
		return def
	}
	switch p.get(name) {
	case "true", "True", "1":
		return true
	}
	return false
}

// number reads a number; a parameter that is not there is def.
func (p params) number(name string, def int64) (int64, error) {
	if !p.has(name) {
		return def, nil
	}
	n, err := strconv.ParseInt(p.get(name), 10, 64)
	if err != nil {
		return 0, codeInvalidArgument
	}
	return n, nil
}

// uid returns the user that the parameter uid names, and whether there is one.
func (p params) uid() (iam.UserID, bool) {
	s := p.get("uid")
	return iam.ParseUserID(s), s != ""
}
