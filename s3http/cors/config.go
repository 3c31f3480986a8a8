package cors

import (
	"encoding/xml"
	"strings"

	"github.com/cofferstore/coffer/internal/xmldoc"
)

// Limits of a configuration (S3: PutBucketCors).
const (
	MaxRules = 100
	MaxSize  = 64 << 10 // bytes of XML
	maxID    = 255
)

// Rule says which requests of other origins a browser may make.
type Rule struct {
	ID             string   `xml:"ID,omitempty"`
	AllowedHeaders []string `xml:"AllowedHeader"`
	AllowedMethods []string `xml:"AllowedMethod"`
	AllowedOrigins []string `xml:"AllowedOrigin"`
	ExposeHeaders  []string `xml:"ExposeHeader"`
	MaxAgeSeconds  *int     `xml:"MaxAgeSeconds"`
}

// Config is the rules of a bucket in their order. It does not change.
type Config struct {
	XMLName xml.Name `xml:"CORSConfiguration"`
	Rules   []Rule   `xml:"CORSRule"`
}

// Code is the S3 error code of an [Error].
type Code string

// Codes.
const (
	MalformedXML   Code = "MalformedXML"
	InvalidRequest Code = "InvalidRequest"
)

func (c Code) Error() string { return string(c) }

// Error is a configuration that is refused.
type Error struct {
	Code    Code
	Message string
}

func (e *Error) Error() string { return string(e.Code) + ": " + e.Message }

func (e *Error) Unwrap() error { return e.Code }

// document is a configuration as it is read: what it does not know is refused.
type document struct {
	XMLName xml.Name `xml:"CORSConfiguration"`
	Rules   []struct {
		Rule
		Unknown []element `xml:",any"`
	} `xml:"CORSRule"`
	Unknown []element `xml:",any"`
}

type element struct{ XMLName xml.Name }

// Parse reads a CORSConfiguration document.
func Parse(data []byte) (*Config, error) {
	if len(data) > MaxSize {
		return nil, &Error{MalformedXML, "The configuration is longer than 64 KiB."}
	}
	var doc document
	if err := xmldoc.Decode(data, "CORSConfiguration", &doc); err != nil {
		return nil, &Error{MalformedXML, "The XML you provided was not well-formed or did not validate against our published schema"}
	}
	if len(doc.Unknown) > 0 {
		return nil, unknownElement(doc.Unknown[0])
	}
	return doc.config()
}

func unknownElement(e element) error {
	return &Error{MalformedXML, "The element " + e.XMLName.Local + " is not known."}
}

func (doc *document) config() (*Config, error) {
	c := &Config{XMLName: doc.XMLName, Rules: make([]Rule, 0, len(doc.Rules))}
	for _, r := range doc.Rules {
		if len(r.Unknown) > 0 {
			return nil, unknownElement(r.Unknown[0])
		}
		c.Rules = append(c.Rules, r.Rule)
	}
	if len(c.Rules) == 0 {
		return nil, &Error{MalformedXML, "The configuration has no rule."}
	}
	if len(c.Rules) > MaxRules {
		return nil, &Error{InvalidRequest, "The number of CORS rules should not exceed allowed limit of 100 rules."}
	}
	for i := range c.Rules {
		if err := c.Rules[i].validate(); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// IsMethod tells whether a rule may allow a method.
func IsMethod(m string) bool {
	switch m {
	case "GET", "PUT", "POST", "DELETE", "HEAD":
		return true
	}
	return false
}

func (r *Rule) validate() error {
	if len(r.AllowedMethods) == 0 || len(r.AllowedOrigins) == 0 {
		return &Error{MalformedXML, "A rule needs at least one AllowedMethod and one AllowedOrigin."}
	}
	if len(r.ID) > maxID {
		return &Error{InvalidRequest, "The ID of a rule should not exceed 255 characters."}
	}
	for _, m := range r.AllowedMethods {
		if !IsMethod(m) {
			return &Error{InvalidRequest, "Found unsupported HTTP method in CORS config. Unsupported method is " + m}
		}
	}
	for _, o := range r.AllowedOrigins {
		if strings.Count(o, "*") > 1 {
			return &Error{InvalidRequest, `AllowedOrigin "` + o + `" can not have more than one wildcard.`}
		}
	}
	for _, h := range r.AllowedHeaders {
		if strings.Count(h, "*") > 1 {
			return &Error{InvalidRequest, `AllowedHeader "` + h + `" can not have more than one wildcard.`}
		}
	}
	for _, h := range r.ExposeHeaders {
		if strings.Contains(h, "*") {
			return &Error{InvalidRequest, `ExposeHeader "` + h + `" contains wildcard. We currently do not support wildcard for ExposeHeader.`}
		}
		if strings.ContainsAny(h, " \t\r\n:") {
			return &Error{InvalidRequest, "ExposeHeader is not the name of a header."}
		}
	}
	return nil
}

// XML returns the configuration as a document, without the XML declaration.
func (c *Config) XML() ([]byte, error) {
	out := struct {
		XMLName xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ CORSConfiguration"`
		Rules   []Rule   `xml:"CORSRule"`
	}{Rules: c.Rules}
	return xml.Marshal(out)
}
