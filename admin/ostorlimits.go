package admin

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/cofferstore/coffer/quota"
)

// LimitType is a type of limits (ostor: limit-type).
type LimitType string

// Types of limits.
const (
	LimitOps       LimitType = "ops"       // operations a second
	LimitBandwidth LimitType = "bandwidth" // KiB a second
)

// Limit is one limit of a user or bucket. 0 is no limit.
type Limit struct {
	Type     LimitType
	Resource string // of ops: default, get, put, list, delete; of bandwidth: out
	Value    float64
}

// String returns the value as answers have it: operations with two decimals,
// bandwidth without.
func (l Limit) String() string {
	if l.Type == LimitOps {
		return strconv.FormatFloat(l.Value, 'f', 2, 64)
	}
	return strconv.FormatFloat(l.Value, 'f', 0, 64)
}

// ParseLimit reads a limit. What is no limit is [ErrInvalidArgument].
func ParseLimit(kind LimitType, resource, value string) (Limit, error) {
	l := Limit{Type: kind, Resource: resource}
	if l.apply(&quota.Limits{}) != nil {
		return l, fmt.Errorf("%w: a limit is of ops (default, get, put, list, delete) or of bandwidth (out)", ErrInvalidArgument)
	}
	digits := strings.Replace(value, ".", "", 1)
	if kind == LimitBandwidth {
		digits = value
	}
	n, err := strconv.ParseFloat(value, 64)
	if err != nil || digits == "" || strings.Trim(digits, "0123456789") != "" {
		return l, fmt.Errorf("%w: the value of a limit of %s", ErrInvalidArgument, kind)
	}
	l.Value = n
	if kind == LimitOps {
		l.Value = hundredths(n)
	}
	return l, nil
}

// hundredths rounds to two decimals; what is not 0, and so a limit, stays one.
func hundredths(n float64) float64 {
	if n == 0 {
		return 0
	}
	return max(math.Round(n*100), 1) / 100
}

// apply sets the limit.
func (l Limit) apply(to *quota.Limits) error {
	switch {
	case l.Type == LimitBandwidth && l.Resource == "out":
		if l.Value > 1<<62 {
			return quota.ErrInvalid
		}
		to.BandwidthOut = int64(l.Value)
		return nil
	case l.Type == LimitOps:
		if field := opsField(&to.Ops, l.Resource); field != nil {
			*field = l.Value
			return nil
		}
	}
	return ErrInvalidArgument
}

// opsResources are the resources of limits of operations, in the order of answers.
var opsResources = []string{"default", "get", "put", "list", "delete"}

func opsField(o *quota.OpsLimits, resource string) *float64 {
	switch resource {
	case "default":
		return &o.Default
	case "get":
		return &o.Get
	case "put":
		return &o.Put
	case "list":
		return &o.List
	case "delete":
		return &o.Delete
	}
	return nil
}

// limitsOf lists all limits in the order of answers.
func limitsOf(l *quota.Limits) []Limit {
	var all []Limit
	for _, r := range opsResources {
		all = append(all, Limit{LimitOps, r, *opsField(&l.Ops, r)})
	}
	return append(all, Limit{LimitBandwidth, "out", float64(l.BandwidthOut)})
}

// PerMinute returns limits of operations a second for those a minute of an older
// form of requests: a resource that is not there takes the default.
func PerMinute(values map[string]string) ([]Limit, error) {
	var all []Limit
	for _, r := range opsResources {
		value, given := values[r]
		if !given {
			value, given = values["default"]
		}
		l := Limit{Type: LimitOps, Resource: r}
		if given {
			var err error
			if l, err = ParseLimit(LimitOps, r, value); err != nil {
				return nil, err
			}
			l.Value = hundredths(l.Value / 60)
		}
		all = append(all, l)
	}
	return all, nil
}

// LimitSubject names the limits of a user or, if that is not "", of a bucket,
// which must exist.
func (o *Ostor) LimitSubject(ctx context.Context, user OstorUser, bucket string) (RateSubject, error) {
	if bucket == "" {
		u, err := o.Find(ctx, user)
		return RateSubject{quota.KindUser, u.String()}, err
	}
	b, err := o.NamedBucket(ctx, bucket)
	return RateSubject{quota.KindBucket, string(b.Ref[:])}, err
}

// Limits returns all limits of a user or bucket, zeros where none was set.
func (o *Ostor) Limits(ctx context.Context, of RateSubject) ([]Limit, error) {
	if o.service.rates == nil {
		return nil, ErrNotImplemented
	}
	l, err := o.service.rates.Limits(ctx, of.Kind, of.id)
	return limitsOf(&l), err
}

// SetLimits sets some limits and returns all; others stay as they are. One that
// is out of bounds is [ErrInvalidArgument].
func (o *Ostor) SetLimits(ctx context.Context, of RateSubject, some ...Limit) ([]Limit, error) {
	if o.service.rates == nil {
		return nil, ErrNotImplemented
	}
	l, err := o.service.rates.UpdateLimits(ctx, of.Kind, of.id, func(l *quota.Limits) error {
		for _, one := range some {
			if err := one.apply(l); err != nil {
				return err
			}
		}
		return nil
	})
	return limitsOf(&l), invalidLimit(err)
}

// RemoveLimits sets all limits of a type to 0, or of both for "", and returns
// all. Limits of the Admin Ops API stay.
func (o *Ostor) RemoveLimits(ctx context.Context, of RateSubject, kind LimitType) ([]Limit, error) {
	var cleared []Limit
	for _, l := range limitsOf(&quota.Limits{}) {
		if kind == "" || l.Type == kind {
			cleared = append(cleared, l)
		}
	}
	return o.SetLimits(ctx, of, cleared...)
}
