package website

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/cofferstore/coffer/internal/xmldoc"
)

// Limits of a configuration (S3: PutBucketWebsite).
const (
	MaxRules = 50
	MaxSize  = 128 << 10 // bytes of XML
	maxText  = 1024      // bytes of a member
)

// Config is the configuration of a bucket. It does not change.
type Config struct {
	All   *RedirectAll `xml:"RedirectAllRequestsTo,omitempty"`
	Index *Index       `xml:"IndexDocument,omitempty"`
	Error *ErrorKey    `xml:"ErrorDocument,omitempty"`
	Rules *Rules       `xml:"RoutingRules,omitempty"`
}

// RedirectAll sends every request to another host.
type RedirectAll struct {
	HostName string
	Protocol string `xml:",omitempty"` // "" = that of the request
}

// Index names the object that stands for a directory.
type Index struct{ Suffix string }

// ErrorKey names the object that is shown in the place of an error.
type ErrorKey struct{ Key string }

// Rules are the routing rules in their order.
type Rules struct {
	Rules []Rule `xml:"RoutingRule"`
}

// Rule redirects requests that meet its condition; one without meets all.
type Rule struct {
	Condition *Condition `xml:",omitempty"`
	Redirect  Redirect
}

// Condition is what a request must be; empty members do not matter.
type Condition struct {
	KeyPrefixEquals             *string
	HTTPErrorCodeReturnedEquals string `xml:"HttpErrorCodeReturnedEquals,omitempty"`
}

// Redirect says where to; empty members are those of the request.
type Redirect struct {
	Protocol             string  `xml:",omitempty"`
	HostName             string  `xml:",omitempty"`
	ReplaceKeyPrefixWith *string `xml:",omitempty"`
	ReplaceKeyWith       *string `xml:",omitempty"`
	HTTPRedirectCode     string  `xml:"HttpRedirectCode,omitempty"`
}

// Code is the S3 error code of an [Error].
type Code string

// Codes.
const (
	MalformedXML    Code = "MalformedXML"
	InvalidArgument Code = "InvalidArgument"
	InvalidRequest  Code = "InvalidRequest"
)

func (c Code) Error() string { return string(c) }

// Error is a configuration that is refused.
type Error struct {
	Code    Code
	Message string
}

func (e *Error) Error() string { return string(e.Code) + ": " + e.Message }

func (e *Error) Unwrap() error { return e.Code }

const notValid = "The XML you provided was not well-formed or did not validate against our published schema"

// elements are those of a configuration and the children that each may have.
var elements = map[string]string{
	"WebsiteConfiguration":  " RedirectAllRequestsTo IndexDocument ErrorDocument RoutingRules ",
	"RedirectAllRequestsTo": " HostName Protocol ",
	"IndexDocument":         " Suffix ",
	"ErrorDocument":         " Key ",
	"RoutingRules":          " RoutingRule ",
	"RoutingRule":           " Condition Redirect ",
	"Condition":             " KeyPrefixEquals HttpErrorCodeReturnedEquals ",
	"Redirect":              " Protocol HostName ReplaceKeyPrefixWith ReplaceKeyWith HttpRedirectCode ",
}

// Parse reads a WebsiteConfiguration document.
func Parse(data []byte) (*Config, error) {
	if len(data) > MaxSize {
		return nil, &Error{MalformedXML, "The configuration is longer than 128 KiB."}
	}
	if err := checkElements(data); err != nil {
		return nil, err
	}
	doc := struct {
		XMLName xml.Name `xml:"WebsiteConfiguration"`
		Config
	}{}
	if err := xmldoc.Decode(data, "WebsiteConfiguration", &doc); err != nil {
		return nil, &Error{MalformedXML, notValid}
	}
	c := doc.Config
	return &c, c.check()
}

// checkElements refuses what encoding/xml would pass over: elements that are
// not known or repeated.
func checkElements(data []byte) error {
	d := xml.NewDecoder(bytes.NewReader(data))
	path := []string{}
	seen := map[string]bool{}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) && len(path) == 0 {
			return nil
		}
		if err != nil {
			return &Error{MalformedXML, notValid}
		}
		switch t := token.(type) {
		case xml.EndElement:
			path = path[:len(path)-1]
		case xml.StartElement:
			name := t.Name.Local
			if len(path) > 0 && !strings.Contains(elements[path[len(path)-1]], " "+name+" ") {
				return &Error{MalformedXML, "The element " + name + " is not known here."}
			}
			id := strings.Join(path, "/") + "/" + name
			if name == "RoutingRule" {
				clear(seen)
			} else if seen[id] {
				return &Error{MalformedXML, "The element " + name + " is there twice."}
			}
			seen[id] = true
			path = append(path, name)
		}
	}
}

func (c *Config) check() error {
	if c.All != nil {
		if c.Index != nil || c.Error != nil || c.Rules != nil {
			return &Error{InvalidArgument, "RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules."}
		}
		if c.All.HostName == "" {
			return &Error{MalformedXML, notValid}
		}
		return checkPlace(c.All.Protocol, c.All.HostName)
	}
	switch {
	case c.Index == nil || c.Index.Suffix == "":
		return &Error{InvalidArgument, "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty"}
	case strings.Contains(c.Index.Suffix, "/") || len(c.Index.Suffix) > maxText:
		return &Error{InvalidArgument, "The IndexDocument Suffix is not well formed"}
	case c.Error != nil && (c.Error.Key == "" || len(c.Error.Key) > maxText):
		return &Error{InvalidArgument, "The ErrorDocument Key is not well formed"}
	}
	if c.Rules == nil {
		return nil
	}
	if len(c.Rules.Rules) == 0 {
		return &Error{MalformedXML, notValid}
	}
	if len(c.Rules.Rules) > MaxRules {
		return &Error{InvalidRequest, strconv.Itoa(len(c.Rules.Rules)) + " routing rules provided, the number of routing rules in a website configuration is limited to 50."}
	}
	for i := range c.Rules.Rules {
		if err := c.Rules.Rules[i].check(); err != nil {
			return err
		}
	}
	return nil
}

func checkPlace(protocol, host string) error {
	if protocol != "" && protocol != "http" && protocol != "https" {
		return &Error{InvalidRequest, "Invalid protocol, protocol can be http or https. If not defined the protocol will be selected automatically."}
	}
	if len(host) > maxText || strings.ContainsAny(host, " \t\r\n\\?#@") {
		return &Error{InvalidRequest, "The HostName of a redirect is not well formed."}
	}
	return nil
}

func (r *Rule) check() error {
	if c := r.Condition; c != nil {
		if c.KeyPrefixEquals == nil && c.HTTPErrorCodeReturnedEquals == "" {
			return &Error{InvalidRequest, "Condition cannot be empty. To redirect all requests without a condition, the condition element shouldn't be present."}
		}
		if code := c.HTTPErrorCodeReturnedEquals; code != "" && !isCode(code, 400, 599) {
			return &Error{InvalidRequest, "The provided HTTP error code (" + clip(code) + ") is not valid. Valid codes are 4XX or 5XX."}
		}
	}
	d := &r.Redirect
	switch {
	case *d == (Redirect{}):
		return &Error{MalformedXML, notValid}
	case d.ReplaceKeyPrefixWith != nil && d.ReplaceKeyWith != nil:
		return &Error{InvalidRequest, "You can only define ReplaceKeyPrefix or ReplaceKey but not both."}
	case d.HTTPRedirectCode != "" && !isCode(d.HTTPRedirectCode, 301, 399):
		return &Error{InvalidRequest, "The provided HTTP redirect code (" + clip(d.HTTPRedirectCode) + ") is not valid. Valid codes are 3XX except 300."}
	}
	return checkPlace(d.Protocol, d.HostName)
}

func isCode(s string, low, high int) bool {
	n, err := strconv.Atoi(s)
	return err == nil && len(s) == 3 && n >= low && n <= high
}

func clip(s string) string { return s[:min(len(s), 16)] }

// XML returns the configuration as a document, without the XML declaration.
func (c *Config) XML() ([]byte, error) {
	return xml.Marshal(struct {
		XMLName xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ WebsiteConfiguration"`
		*Config
	}{Config: c})
}
