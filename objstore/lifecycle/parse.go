package lifecycle

import (
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/cofferstore/coffer/internal/xmldoc"
)

// Code is the S3 error code of an [Error].
type Code string

// Codes.
const (
	MalformedXML    Code = "MalformedXML"
	InvalidRequest  Code = "InvalidRequest"
	InvalidArgument Code = "InvalidArgument"
	NotImplemented  Code = "NotImplemented"
)

func (c Code) Error() string { return string(c) }

// Error is a configuration that is refused.
type Error struct {
	Code    Code
	Message string
}

func (e *Error) Error() string { return string(e.Code) + ": " + e.Message }

func (e *Error) Unwrap() error { return e.Code }

func refuse(c Code, message string) error { return &Error{Code: c, Message: message} }

// Parse reads a LifecycleConfiguration document and refuses what S3 refuses.
// Rules without an ID get one, which stays the same for the same document.
func Parse(data []byte) (*Config, error) {
	if len(data) > MaxSize {
		return nil, refuse(MalformedXML, "The configuration is too long.")
	}
	if err := checkElements(data); err != nil {
		return nil, err
	}
	c := &Config{}
	if err := xmldoc.Decode(data, "LifecycleConfiguration", c); err != nil {
		return nil, refuse(MalformedXML, notSchema)
	}
	switch n := len(c.Rules); {
	case n == 0:
		return nil, refuse(MalformedXML, "The configuration has no rule.")
	case n > MaxRules:
		return nil, refuse(InvalidRequest, "The number of lifecycle rules must not exceed the allowed limit of 1000 rules")
	}
	seen := make(map[string]bool, len(c.Rules))
	for i := range c.Rules {
		r := &c.Rules[i]
		if err := r.validate(); err != nil {
			return nil, err
		}
		if seen[r.ID] && r.ID != "" {
			return nil, refuse(InvalidArgument, "Rule ID must be unique. Found same ID for more than one rule")
		}
		seen[r.ID] = true
	}
	c.nameRules(seen)
	return c, nil
}

func (c *Config) nameRules(seen map[string]bool) {
	next := 1
	for i := range c.Rules {
		for r := &c.Rules[i]; r.ID == ""; next++ {
			if id := "rule-" + strconv.Itoa(next); !seen[id] {
				r.ID, seen[id] = id, true
			}
		}
	}
}

func (r *Rule) validate() error {
	switch {
	case utf8.RuneCountInString(r.ID) > maxID:
		return refuse(InvalidArgument, "ID length should not exceed allowed limit of 255")
	case r.Status != "Enabled" && r.Status != "Disabled":
		return refuse(MalformedXML, "Status is Enabled or Disabled.")
	case len(r.Transitions) > 0 || len(r.NoncurrentTransitions) > 0:
		return refuse(NotImplemented, "Transitions between storage classes are not implemented: there is one class of storage.")
	case r.Expiration == nil && r.Noncurrent == nil && r.AbortUpload == nil:
		return refuse(InvalidRequest, "At least one action needs to be specified in a rule")
	case r.Prefix != nil && r.Filter != nil:
		return refuse(MalformedXML, "A rule has a Filter or a Prefix, not both.")
	case r.Prefix == nil && r.Filter == nil:
		return refuse(MalformedXML, "A rule needs a Filter.")
	}
	if err := r.Filter.validate(); err != nil {
		return err
	}
	return r.validateActions()
}

func (r *Rule) validateActions() error {
	f := r.filter()
	if e := r.Expiration; e != nil {
		if err := e.validate(f); err != nil {
			return err
		}
	}
	if n := r.Noncurrent; n != nil {
		if err := checkDays(n.Days); err != nil {
			return err
		}
		if n.Days == nil || *n.Days <= 0 {
			return refuse(InvalidArgument, "'NoncurrentDays' for NoncurrentVersionExpiration action must be a positive integer")
		}
		if n.Newer != nil && (*n.Newer <= 0 || *n.Newer > 100) {
			return refuse(InvalidArgument, "'NewerNoncurrentVersions' must be between 1 and 100")
		}
	}
	if a := r.AbortUpload; a != nil {
		if err := checkDays(a.Days); err != nil {
			return err
		}
		if a.Days == nil || *a.Days <= 0 {
			return refuse(InvalidArgument, "'DaysAfterInitiation' for AbortIncompleteMultipartUpload action must be a positive integer")
		}
		if len(f.tags) > 0 || f.sized {
			return refuse(InvalidRequest, "AbortIncompleteMultipartUpload cannot be specified with Tags or object sizes.")
		}
	}
	return nil
}

// checkDays refuses a number of days that the API cannot have.
func checkDays(days *int) error {
	if days != nil && *days > maxDays {
		return refuse(MalformedXML, "A number of days is at most 2147483647.")
	}
	return nil
}

func (e *Expiration) validate(f filter) error {
	if err := checkDays(e.Days); err != nil {
		return err
	}
	given := 0
	for _, set := range []bool{e.Days != nil, e.Date != nil, e.DeleteMarker != nil} {
		if set {
			given++
		}
	}
	switch {
	case given != 1:
		return refuse(MalformedXML, "Expiration has one of Days, Date and ExpiredObjectDeleteMarker.")
	case e.Days != nil && *e.Days <= 0:
		return refuse(InvalidArgument, "'Days' for Expiration action must be a positive integer")
	case e.Date != nil && !e.Date.UTC().Equal(e.Date.UTC().Truncate(24*time.Hour)):
		return refuse(InvalidArgument, "'Date' must be at midnight GMT")
	case e.DeleteMarker != nil && (len(f.tags) > 0 || f.sized):
		return refuse(InvalidRequest, "ExpiredObjectDeleteMarker cannot be specified with Tags or object sizes.")
	}
	return nil
}

func (f *Filter) validate() error {
	if f == nil {
		return nil
	}
	given := 0
	for _, set := range []bool{f.Prefix != nil, f.Tag != nil, f.GreaterThan != nil, f.LessThan != nil, f.And != nil} {
		if set {
			given++
		}
	}
	if given > 1 {
		return refuse(MalformedXML, "A Filter has one condition; And joins several.")
	}
	parts := compile(nil, f)
	seen := map[string]bool{}
	for _, t := range parts.tags {
		switch {
		case t.Key == "" || utf8.RuneCountInString(t.Key) > 128 || utf8.RuneCountInString(t.Value) > 256:
			return refuse(InvalidArgument, "The TagKey or TagValue you have provided is invalid")
		case seen[t.Key]:
			return refuse(InvalidRequest, "Duplicate Tag Keys are not allowed.")
		}
		seen[t.Key] = true
	}
	negative := f.GreaterThan != nil && *f.GreaterThan < 0 || f.And != nil && f.And.GreaterThan != nil && *f.And.GreaterThan < 0
	if negative || parts.below < 0 || parts.sized && parts.above >= 0 && parts.below <= parts.above+1 {
		return refuse(InvalidRequest, "ObjectSizeGreaterThan must be less than ObjectSizeLessThan, and neither negative.")
	}
	return nil
}
