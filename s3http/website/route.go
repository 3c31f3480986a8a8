package website

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// Request is what a redirect depends on.
type Request struct {
	Scheme string // "http" or "https"
	Host   string // as the client named it
	Key    string // without the slash before it
}

// Target is where a request is sent.
type Target struct {
	Status int
	URL    string
}

// RedirectAll returns where every request is sent, if that is configured.
func (c *Config) RedirectAll(r Request) (Target, bool) {
	if c.All == nil {
		return Target{}, false
	}
	d := Redirect{Protocol: c.All.Protocol, HostName: c.All.HostName}
	return d.target(r, ""), true
}

// Redirect returns where the first routing rule that fits sends a request.
// status is 0 before the object has been looked up, and the error's afterwards:
// rules that want an error do not fit before, nor those that want none after.
func (c *Config) Redirect(r Request, status int) (Target, bool) {
	if c.Rules == nil {
		return Target{}, false
	}
	for i := range c.Rules.Rules {
		rule := &c.Rules.Rules[i]
		prefix, wants := "", ""
		if rule.Condition != nil {
			wants = rule.Condition.HTTPErrorCodeReturnedEquals
			if p := rule.Condition.KeyPrefixEquals; p != nil {
				prefix = *p
			}
		}
		fits := wants == "" && status == 0 || wants != "" && wants == strconv.Itoa(status)
		if fits && strings.HasPrefix(r.Key, prefix) {
			return rule.Redirect.target(r, prefix), true
		}
	}
	return Target{}, false
}

// Document returns the key of the object to serve for a key: the index document
// of a directory, or the key itself.
func (c *Config) Document(key string) string {
	if key == "" || strings.HasSuffix(key, "/") {
		return key + c.Index.Suffix
	}
	return key
}

// target builds the URL; prefix is what the rule's condition matched.
func (d *Redirect) target(r Request, prefix string) Target {
	u := url.URL{Scheme: r.Scheme, Host: r.Host}
	if d.Protocol != "" {
		u.Scheme = d.Protocol
	}
	host, path, _ := strings.Cut(d.HostName, "/") // a path may be part of the "host"
	if host != "" {
		u.Host = host
	}
	key := r.Key
	switch {
	case d.ReplaceKeyWith != nil:
		key = *d.ReplaceKeyWith
	case d.ReplaceKeyPrefixWith != nil:
		key = *d.ReplaceKeyPrefixWith + strings.TrimPrefix(key, prefix)
	}
	if path != "" {
		key = strings.TrimSuffix(path, "/") + "/" + key
	}
	u.Path = "/" + key
	status := http.StatusMovedPermanently
	if d.HTTPRedirectCode != "" {
		status, _ = strconv.Atoi(d.HTTPRedirectCode) // three digits, as checked
	}
	return Target{Status: status, URL: u.String()}
}
