package objstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/cofferstore/coffer/objstore/driver"
)

// ListQuery selects a page of current objects in ascending byte order of keys.
type ListQuery struct {
	Prefix    string
	Delimiter string // any string; keys are rolled up into common prefixes at it

	// After is exclusive: it is a key, or a common prefix of an earlier page,
	// whose keys are then all left out.
	After string

	Limit int // entries (objects and prefixes) in the page; 0 = none

	// Reuse is memory for the Objects of the page, whose contents are
	// overwritten; nil: the page gets memory of its own.
	Reuse []ObjectInfo
}

// ListPage is an answer to a [ListQuery]. Entries in Objects and Prefixes are
// each sorted.
type ListPage struct {
	Objects  []ObjectInfo
	Prefixes []string

	// Truncated says that there is, or may be, more: a page may hold fewer
	// entries than Limit, even none, when many deleted rows were in its way.
	// Next is then the After of the next page.
	Truncated bool
	Next      string
}

// List lists current objects (S3: ListObjectsV2). A negative limit is
// [ErrInvalidArgument].
func (b *Bucket) List(ctx context.Context, q ListQuery) (ListPage, error) {
	var page ListPage
	err := b.listing(ctx, q.Limit, func(r driver.Reader) error {
		l := lister{ctx: ctx, scan: r.Scan, base: refRow(kindCurrent, b.info.Ref, ""), q: q}
		l.page.Objects = q.Reuse[:0]
		if err := l.run(); err != nil {
			return err
		}
		page = l.page
		return nil
	})
	if err != nil {
		return ListPage{}, b.wrap("List", "", err)
	}
	return page, nil
}

// listing runs fn in a snapshot in which the bucket exists. A limit of 0 is
// answered by the empty page that the caller starts from.
func (b *Bucket) listing(ctx context.Context, limit int, fn func(driver.Reader) error) error {
	if limit < 0 {
		return fmt.Errorf("%w: limit is negative", ErrInvalidArgument)
	}
	if err := b.s.gate.enter(); err != nil {
		return err
	}
	defer b.s.gate.leave()
	return b.s.view(ctx, func(r driver.Reader) error {
		if _, err := b.requireBucket(r); err != nil || limit == 0 {
			return err
		}
		return fn(r)
	})
}

// scanFunc is the Scan method of a [driver.Reader].
type scanFunc func(start, end []byte, o driver.ScanOptions) driver.Cursor

// lister makes one page of current objects.
type lister struct {
	ctx  context.Context
	scan scanFunc
	base []byte // what the bucket's rows of current versions begin with
	q    ListQuery

	page    ListPage
	strings stringArena
	skip    groupSkipper
	seen    int
	last    string // the last entry of the page
	isGroup bool   // last is a common prefix
}

func (l *lister) run() error {
	if len(l.q.Prefix) > MaxKeyLen {
		return nil
	}
	start, end := keyRange(l.base, l.q.Prefix, l.q.Delimiter, l.q.After)
	for {
		resume, err := l.walk(start, end)
		if err != nil || resume == "" {
			return err
		}
		l.page.Truncated, l.page.Next = true, resume
		if l.isGroup && len(resume) >= len(l.last) && resume[:len(l.last)] == l.last {
			l.page.Next = l.last
			return nil
		}
		if commonPrefix(resume, l.q.Prefix, l.q.Delimiter) != resume {
			return nil
		}
		// As the After of a further page it would hide the keys below it.
		l.page.Truncated, l.page.Next = false, ""
		start = rowAfter(l.base, resume)
		if err := l.ctx.Err(); err != nil {
			return err
		}
	}
}

// walk fills the page from the rows of a range. When deleted rows stopped it
// before its end it returns the last key that it passed over.
func (l *lister) walk(start, end []byte) (resume string, err error) {
	if string(start) >= string(end) {
		return "", nil
	}
	c := l.scan(start, end, driver.ScanOptions{MaxSkip: maxSkip(l.q.Limit)})
	defer c.Close()
	for ok := c.Next(); ok; {
		if ok, err = l.take(c); err != nil {
			return "", err
		}
	}
	return stoppedAt(c.Close(), l.base)
}

// take adds the cursor's row to the page, moves on, and tells whether there is
// a row for a further take.
func (l *lister) take(c driver.Cursor) (more bool, err error) {
	if l.seen++; l.seen%ctxStride == 0 && l.ctx.Err() != nil {
		return false, l.ctx.Err()
	}
	if len(l.page.Objects)+len(l.page.Prefixes) == l.q.Limit {
		l.page.Truncated, l.page.Next = true, l.last
		return false, nil
	}
	key := c.Key()[len(l.base):]
	if n := groupLen(key, len(l.q.Prefix), l.q.Delimiter); n > 0 {
		l.last, l.isGroup = l.strings.add(key[:n]), true
		l.page.Prefixes = appendEntry(l.page.Prefixes, l.last, l.q.Limit)
		return l.skip.past(c, c.Key()[:len(l.base)+n]), nil
	}
	value, err := c.Value()
	if err != nil {
		return false, err
	}
	l.last, l.isGroup = l.strings.add(key), false
	l.page.Objects = withEntry(l.page.Objects, l.q.Limit)
	info := &l.page.Objects[len(l.page.Objects)-1]
	if l.q.Reuse != nil {
		*info = ObjectInfo{}
	}
	if n := len(l.page.Objects); n > 1 { // the next row is often like the last one
		like := &l.page.Objects[n-2]
		info.Owner, info.StorageClass, info.Checksum = like.Owner, like.StorageClass, like.Checksum
	}
	if err := decodeListed(value, info, &l.strings); err != nil {
		return false, err
	}
	info.Key, info.IsLatest = l.last, true
	return c.Next(), nil
}

// stoppedAt returns the key at which a scan of rows that begin with base gave
// up because of deleted rows; "" when it did not.
func stoppedAt(err error, base []byte) (string, error) {
	var limit *driver.ScanLimitError
	if !errors.As(err, &limit) {
		return "", err
	}
	if len(limit.Resume) <= len(base) {
		return "", ErrInvalidStorageStructure
	}
	return string(limit.Resume[len(base):]), nil
}
