package ostorhttp

import (
	"net/url"
	"strings"

	"github.com/cofferstore/coffer/admin"
)

// param is one item of a query.
type param struct{ name, value string }

// params are the items of a query in their order.
type params []param

// parseParams reads a query as the clients of this API write it: values are
// escaped or not, a plus sign is a plus sign, and what is no escape stands for
// itself.
func parseParams(query string) params {
	var ps params
	for item := range strings.SplitSeq(query, "&") {
		if item != "" {
			name, value, _ := strings.Cut(item, "=")
			ps = append(ps, param{unescape(name), unescape(value)})
		}
	}
	return ps
}

func unescape(s string) string {
	if plain, err := url.PathUnescape(s); err == nil {
		return plain
	}
	return s
}

func (ps params) has(name string) bool {
	for _, p := range ps {
		if p.name == name {
			return true
		}
	}
	return false
}

// flag tells whether there is a parameter, which must have no value.
func (ps params) flag(name string) (bool, error) {
	found := false
	for _, p := range ps {
		if p.name != name {
			continue
		}
		if p.value != "" {
			return false, badArgument(name + " has no value")
		}
		found = true
	}
	return found, nil
}

// flags reads several flags.
func (ps params) flags(names ...string) (map[string]bool, error) {
	set := make(map[string]bool, len(names))
	for _, name := range names {
		given, err := ps.flag(name)
		if err != nil {
			return nil, err
		}
		if given {
			set[name] = true
		}
	}
	return set, nil
}

// lookup returns the value of a parameter, which must not stand there twice.
func (ps params) lookup(name string) (value string, given bool, err error) {
	for _, p := range ps {
		if p.name != name {
			continue
		}
		if given {
			return "", false, badArgument(name + " is given twice")
		}
		value, given = p.value, true
	}
	return value, given, nil
}

// need returns the value of a parameter that must be there.
func (ps params) need(name string) (string, error) {
	value, _, err := ps.lookup(name)
	if err == nil && value == "" {
		err = badArgument(name + " is missing")
	}
	return value, err
}

// Parameters that select whom or what a request is about.
const (
	byEmail   = "emailAddress"
	byID      = "id"
	byBucket  = "bucket"
	byDefault = "default"
)

// selector is the one that a request has, "" for none.
type selector struct{ by, value string }

func (s selector) user() admin.OstorUser {
	switch s.by {
	case byEmail:
		return admin.OstorUser{Email: s.value}
	case byID:
		return admin.OstorUser{ID: s.value}
	}
	return admin.OstorUser{}
}

// bucket returns the name of the bucket, "" for another selector.
func (s selector) bucket() string {
	if s.by == byBucket {
		return s.value
	}
	return ""
}

// selector returns which of the names is given: one at the most, and with a
// value.
func (ps params) selector(names ...string) (selector, error) {
	var found selector
	for _, name := range names {
		value, given, err := ps.lookup(name)
		switch {
		case err != nil:
			return selector{}, err
		case !given:
			continue
		case found.by != "":
			return selector{}, badArgument("either " + found.by + " or " + name)
		case value == "":
			return selector{}, badArgument(name + " is empty")
		}
		found = selector{name, value}
	}
	return found, nil
}

// needSelector is selector where one must be given.
func (ps params) needSelector(names ...string) (selector, error) {
	s, err := ps.selector(names...)
	if err == nil && s.by == "" {
		err = badArgument("one of " + strings.Join(names, ", ") + " is needed")
	}
	return s, err
}

// needUser reads whom a request is about. Who names a bucket beside the user, or
// a default, may mean that, and not the user.
func (ps params) needUser() (admin.OstorUser, error) {
	s, err := ps.needSelector(byEmail, byID, byBucket, byDefault)
	if err == nil && s.by != byEmail && s.by != byID {
		err = badArgument("one of " + byEmail + ", " + byID + " is needed")
	}
	return s.user(), err
}
