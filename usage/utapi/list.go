package utapi

import (
	"context"

	"github.com/cofferstore/coffer/objstore/driver"
)

// Metric is what one subject has in a range.
type Metric struct {
	// Storage and Objects are bytes and versions (delete markers included) at
	// the start and at the end. Changes of the first interval are in the
	// first of both: it is the last value of that interval.
	Storage, Objects [2]int64

	// Incoming and Outgoing are bytes of objects that came and went.
	Incoming, Outgoing int64

	// Operations are how often each of [Operations] was done.
	Operations []int64
}

// List returns the metrics of a subject in a range, which must be valid; see
// [Range.Valid] and [RangeFrom]. Who was never heard of has zeros. Requests
// that change nothing are in it when they were flushed. A level that there is
// not is [ErrInvalidLevel].
func (m *Metrics) List(ctx context.Context, l Level, name string, r Range) (Metric, error) {
	s, ok := l.subject(name)
	if !ok {
		return Metric{}, wrap("List", ErrInvalidLevel)
	}
	if len(name) > maxName {
		return new(values).since(new(values)), nil
	}
	var before, first, last values
	err := m.index.View(ctx, func(rd driver.Reader) error {
		var keys scratch
		h, found, err := readHead(rd, keys.head(s))
		if err != nil || !found {
			return err
		}
		at := func(i interval) (values, error) {
			if h.at <= i {
				return current(rd, s, h)
			}
			return snapshotAt(rd, s, i)
		}
		start := intervalOf(r.Start)
		if start > 0 {
			if before, err = at(start - 1); err != nil {
				return err
			}
		}
		if first, err = at(start); err != nil {
			return err
		}
		last, err = at(intervalOf(r.End))
		return err
	})
	if err != nil {
		return Metric{}, wrap("List", err)
	}
	metric := last.since(&before)
	metric.Storage[0], metric.Objects[0] = shown(first[fieldStorage]), shown(first[fieldObjects])
	return metric, nil
}

// since returns what v has more than an earlier state, and what is stored.
func (v *values) since(before *values) Metric {
	m := Metric{
		Incoming: shown(v[fieldIn] - before[fieldIn]), Outgoing: shown(v[fieldOut] - before[fieldOut]),
		Operations: make([]int64, len(operations)),
	}
	m.Storage[1], m.Objects[1] = shown(v[fieldStorage]), shown(v[fieldObjects])
	for i := range m.Operations {
		f := firstOperation + field(i)
		m.Operations[i] = shown(v[f] - before[f])
	}
	return m
}

// shown is a number as answers have it: never negative.
func shown(n int64) int64 { return max(n, 0) }
