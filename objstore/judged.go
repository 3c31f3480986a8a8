package objstore

import (
	"time"

	"github.com/cofferstore/coffer/objstore/driver"
)

// Judged describes a version as somebody saw it who decided to delete it. Time
// passes between the look and the deed; what has changed meanwhile is not
// deleted.
type Judged struct {
	// VersionID and ModTime are those of the version: together they tell one
	// null version from the next.
	VersionID string
	ModTime   time.Time

	// Latest is whether the version is the latest of its key.
	Latest bool

	// Alone demands that the key has no other version.
	Alone bool
}

// unchanged compares what a request was decided upon with what there is. A
// version by id that is gone is left to the delete, which does nothing then.
func (p *plan) unchanged(r driver.Reader, rq *DeleteRequest, t deleteTarget) error {
	j := rq.Judged
	if j == nil || rq.Version != "" && t.rec == nil {
		return nil
	}
	rec, latest := p.current, true
	if rq.Version != "" {
		rec, latest = t.rec, t.current
		if !latest && p.current == nil {
			newest, err := newestOrder(r, p.bucket.Ref, p.key)
			if err != nil {
				return err
			}
			latest = newest == rec.order
		}
	}
	same := rec != nil && rec.info.VersionID == j.VersionID && rec.info.ModTime.Equal(j.ModTime) && latest == j.Latest
	if same && j.Alone {
		var err error
		if same, err = p.alone(r, rec); err != nil {
			return err
		}
	}
	if !same {
		return failedCondition(ErrPreconditionFailed, "Version")
	}
	return nil
}

// alone tells whether a key has no version but rec.
func (p *plan) alone(r driver.Reader, rec *record) (bool, error) {
	if p.current != nil && p.current.order != rec.order {
		return false, nil
	}
	prefix := versionsOf(p.bucket.Ref, p.key)
	c := r.Scan(prefix, after(prefix), driver.ScanOptions{KeysOnly: true})
	defer c.Close()
	for c.Next() {
		if order, err := orderOf(prefix, c.Key()); err != nil || order != rec.order {
			return false, err
		}
	}
	return true, c.Close()
}
