package objstore

import (
	"fmt"
	"math"

	"github.com/cofferstore/coffer/objstore/driver"
)

// open places the cursors at the first row of the page.
func (l *versionLister) open(r driver.Reader) error {
	l.current.base = refRow(kindCurrent, l.ref, "")
	l.others.base, l.others.escaped = refRow(kindVersion, l.ref, ""), true
	start, end := keyRange(l.current.base, l.q.Prefix, l.q.Delimiter, l.q.AfterKey)
	otherStart, otherEnd := l.otherRange()
	if l.q.AfterVersion != "" {
		switch {
		case l.q.AfterKey == "":
			return fmt.Errorf("%w: a version marker needs a key marker", ErrInvalidArgument)
		case l.q.AfterKey < l.q.Prefix || len(l.q.AfterKey) > MaxKeyLen:
		default:
			var err error
			if start, otherStart, err = l.within(r); err != nil {
				return err
			}
		}
	}
	o := driver.ScanOptions{MaxSkip: maxSkip(l.q.Limit)}
	for _, c := range []struct {
		*versionCursor
		start, end []byte
	}{{&l.current, start, end}, {&l.others, otherStart, otherEnd}} {
		if string(c.start) < string(c.end) {
			c.rows = r.Scan(c.start, c.end, o)
			c.move()
		}
	}
	return nil
}

// otherRange is [keyRange] for the rows of versions that are not current.
func (l *versionLister) otherRange() (start, end []byte) {
	start = appendEscapedPrefix(append([]byte(nil), l.others.base...), l.q.Prefix)
	end = after(start)
	key := l.q.AfterKey
	switch {
	case key == "" || key < l.q.Prefix:
	case len(key) > MaxKeyLen:
		start = after(versionsOf(l.ref, key[:MaxKeyLen]))
	case commonPrefix(key, l.q.Prefix, l.q.Delimiter) == key:
		start = after(appendEscapedPrefix(append([]byte(nil), l.others.base...), key))
	default:
		start = after(versionsOf(l.ref, key))
	}
	return start, end
}

// within returns the first rows of a page that begins among the versions of
// AfterKey. The newest version that is left may be the latest by now: the one
// that the page comes after may have been deleted since.
func (l *versionLister) within(r driver.Reader) (start, otherStart []byte, err error) {
	key := l.q.AfterKey
	current, _, err := readCurrent(r, l.ref, key)
	if err != nil {
		return nil, nil, err
	}
	limit, err := l.afterOrder(r, current)
	if err != nil {
		return nil, nil, err
	}
	start, otherStart = currentRow(l.ref, key), versionsOf(l.ref, key)
	if current != nil && current.order >= limit {
		start, l.begun = rowAfter(l.current.base, key), key
	}
	switch {
	case limit == 0:
		otherStart = after(otherStart)
	case limit != math.MaxUint64:
		otherStart = versionRow(l.ref, key, limit-1)
	}
	if current == nil {
		first := r.Scan(versionsOf(l.ref, key), otherStart, driver.ScanOptions{KeysOnly: true})
		if first.Next() {
			l.begun = key
		}
		err = first.Close()
	}
	return start, otherStart, err
}

// afterOrder returns the order below which versions of AfterKey come after
// AfterVersion. A null version that is gone has left no trace of its place:
// the page then begins with the key.
func (l *versionLister) afterOrder(r driver.Reader, current *record) (uint64, error) {
	if l.q.AfterVersion != NullVersion {
		return parseVersionID(l.q.AfterVersion)
	}
	if current != nil && current.isNull() {
		return current.order, nil
	}
	at, err := nullOrder(r, l.ref, l.q.AfterKey)
	if err == nil && at == 0 {
		return math.MaxUint64, nil
	}
	return at, err
}
