package ostorhttp

import (
	"strconv"

	"github.com/cofferstore/coffer/usage/ostorstat"
)

// maxStatistics is the most that a list of statistics objects holds, and what it
// holds unless less is asked for.
const maxStatistics = 1000

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
	if c.h.stats == nil {
		return ostorstat.List{}, nil
	}
	return c.h.stats.List(c.ctx, after, limit)
}

// getStatistics: GET ostor-usage&obj=
func (c *call) getStatistics() (any, error) {
	name, err := c.params.need("obj")
	if err != nil {
		return nil, err
	}
	if c.h.stats == nil {
		return nil, ostorstat.ErrNoSuchObject
	}
	return c.h.stats.Object(c.ctx, name)
}

// deleteStatistics: DELETE ostor-usage&obj=
func (c *call) deleteStatistics() (any, error) {
	name, err := c.params.need("obj")
	if err != nil {
		return nil, err
	}
	if c.h.stats == nil {
		return nil, ostorstat.ErrNoSuchObject
	}
	return removed{}, c.h.stats.Delete(c.ctx, name)
}
