package objstore

import "github.com/cofferstore/coffer/objstore/driver"

// fix mends one problem in a transaction of its own. It judges again: what the
// snapshot showed may have changed. It tells whether it mended something.
type fix func(txn driver.Txn) (bool, error)

func (c *checker) fix(f fix) {
	if c.o.Repair {
		c.fixes = append(c.fixes, f)
	}
}

// repair applies the fixes.
func (c *checker) repair() error {
	for _, f := range c.fixes {
		var done bool
		err := c.s.mutate(c.ctx, func(txn driver.Txn) (err error) {
			done, err = f(txn)
			return err
		})
		if err != nil {
			return err
		}
		if done {
			c.report.Repaired++
		}
	}
	return nil
}

// counters compares the counters with what was counted.
func (c *checker) counters() error {
	for ref, b := range c.buckets {
		if err := c.compare("bucket "+b.info.String(), bucketScope(ref), b.totals); err != nil {
			return err
		}
		c.owners[b.info.Owner] = c.owners[b.info.Owner].plus(b.totals)
		if !b.owned {
			c.ownerMissing(b)
		}
	}
	for owner, totals := range c.owners {
		if err := c.compare("owner "+owner, ownerScope(owner), totals); err != nil {
			return err
		}
	}
	for id, u := range c.uploads {
		if err := c.compare("upload "+id.String(), uploadScope(id), u.totals); err != nil {
			return err
		}
	}
	return nil
}

func (c *checker) ownerMissing(b *checkedBucket) {
	id := b.info.BucketID
	c.problem("bucket %s: is missing among the buckets of %q, or wrongly marked there", id, b.info.Owner)
	c.fix(func(txn driver.Txn) (bool, error) {
		info, _, err := readBucket(txn, id)
		if err != nil || info.Ref != b.info.Ref || info.Owner != b.info.Owner {
			return false, nil
		}
		return true, txn.Set(ownerRow(info.Owner, id), ownerMark(&info))
	})
}

// compare compares the counters of a scope. They are only mended where they
// still are what the snapshot had: else somebody works on them, and the next
// check may mend them.
func (c *checker) compare(what string, scope []byte, counted Totals) error {
	stored, err := readTotals(c.r, scope)
	if err != nil {
		return err
	}
	if stored == counted {
		return nil
	}
	c.problem("%s: counters are %+v, counted %+v", what, stored, counted)
	c.fix(func(txn driver.Txn) (bool, error) {
		now, err := readTotals(txn, scope)
		if err != nil || now != stored {
			return false, err
		}
		return true, addScope(txn, scope, counted.plus(stored.negated()))
	})
	return nil
}
