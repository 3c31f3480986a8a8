package ostorhttp

import (
	"context"
	"strconv"
)

// maxStatistics is the most that a list of statistics objects holds, and what it
// holds unless less is asked for.
const maxStatistics = 1000

// Error is the meaning of an error of a [Log]; compare with errors.Is.
type Error string

func (e Error) Error() string { return string(e) }

// ErrNoSuchObject says that there is no statistics object of that name.
const ErrNoSuchObject Error = "ostorhttp: no such statistics object"

// Log holds statistics objects: who has asked how often and for how much, a
// period each. Safe for concurrent use.
type Log interface {
	// List returns names greater than after in ascending order, limit at the
	// most, and whether there are more.
	List(ctx context.Context, after string, limit int) (names []string, truncated bool, err error)

	// Object returns the JSON of an object, or [ErrNoSuchObject].
	Object(ctx context.Context, name string) ([]byte, error)

	// Delete removes an object, or returns [ErrNoSuchObject].
	Delete(ctx context.Context, name string) error
}

// noLog is a log without objects.
type noLog struct{}

func (noLog) List(context.Context, string, int) ([]string, bool, error) { return nil, false, nil }
func (noLog) Object(context.Context, string) ([]byte, error)            { return nil, ErrNoSuchObject }
func (noLog) Delete(context.Context, string) error                      { return ErrNoSuchObject }

type statisticsJSON struct {
	Count     int      `json:"nr_items"`
	Truncated bool     `json:"truncated"`
	Items     []string `json:"items"`
}

// listStatistics: GET ostor-usage
func (c *call) listStatistics() (any, error) {
	after, _, err := c.params.lookup("after")
	if err != nil {
		return nil, err
	}
	value, given, err := c.params.lookup("limit")
	if err != nil {
		return nil, err
	}
	limit := maxStatistics
	if given {
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 {
			return nil, badArgument("limit is a number from 1")
		}
		limit = min(n, maxStatistics)
	}
	names, truncated, err := c.h.log.List(c.ctx, after, limit)
	if names == nil {
		names = []string{}
	}
	return statisticsJSON{len(names), truncated, names}, err
}

// getStatistics: GET ostor-usage&obj=
func (c *call) getStatistics() (any, error) {
	name, err := c.params.need("obj")
	if err != nil {
		return nil, err
	}
	return c.h.log.Object(c.ctx, name)
}

// deleteStatistics: DELETE ostor-usage&obj=
func (c *call) deleteStatistics() (any, error) {
	name, err := c.params.need("obj")
	if err != nil {
		return nil, err
	}
	return removed{}, c.h.log.Delete(c.ctx, name)
}
