package objstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"strings"

	"github.com/cofferstore/coffer/objstore/driver"
)

// VersionsQuery selects a page of versions: ascending keys, and for each key
// the newest version first.
type VersionsQuery struct {
	Prefix, Delimiter string

	// AfterKey and AfterVersion are exclusive; AfterVersion "" means after all
	// versions of AfterKey, which may then also be a common prefix of an
	// earlier page, whose keys are all left out.
	AfterKey, AfterVersion string

	Limit int
}

// VersionsPage is an answer to a [VersionsQuery].
type VersionsPage struct {
	Versions []ObjectInfo // objects and delete markers
	Prefixes []string

	// Truncated says that there is, or may be, more: see [ListPage]. NextKey
	// and NextVersion are then the AfterKey and AfterVersion of the next page;
	// NextVersion may name a version that does not exist.
	Truncated            bool
	NextKey, NextVersion string
}

// ListVersions lists all versions and delete markers (S3: ListObjectVersions).
// A negative limit, an AfterVersion without AfterKey, or one that cannot be a
// version id is [ErrInvalidArgument].
func (b *Bucket) ListVersions(ctx context.Context, q VersionsQuery) (VersionsPage, error) {
	var page VersionsPage
	err := b.listing(ctx, q.Limit, func(r driver.Reader) error {
		l := versionLister{ctx: ctx, ref: b.info.Ref, q: q, like: new(ObjectInfo)}
		defer l.close()
		if err := l.run(r); err != nil {
			return err
		}
		page = l.page
		return nil
	})
	if err != nil {
		return VersionsPage{}, b.wrap("ListVersions", "", err)
	}
	return page, nil
}

// versionLister makes one page of versions. It merges the rows of current
// versions with those of the others, by key; the current one is the newest.
type versionLister struct {
	ctx context.Context
	ref [16]byte
	q   VersionsQuery

	current, others versionCursor

	page  VersionsPage
	begun string      // the key of which the newest version has been passed
	group string      // the common prefix that is the last entry of the page
	like  *ObjectInfo // a version that the next ones may be like; see decodeListed
}

func (l *versionLister) run(r driver.Reader) error {
	if len(l.q.Prefix) > MaxKeyLen {
		return nil
	}
	if err := l.open(r); err != nil {
		return err
	}
	for n := 1; ; n++ {
		if n%ctxStride == 0 && l.ctx.Err() != nil {
			return l.ctx.Err()
		}
		c, err := l.next()
		if c == nil || err != nil {
			return err
		}
		if len(l.page.Versions)+len(l.page.Prefixes) == l.q.Limit {
			l.truncate()
			return nil
		}
		if err := l.take(c); err != nil {
			return err
		}
	}
}

// next returns the cursor that is on the next row of the listing. It returns
// nil when there is none, or when what comes next is not known because a cursor
// gave up; the page is then truncated.
func (l *versionLister) next() (*versionCursor, error) {
	c := &l.current
	if !c.ok || l.others.ok && l.others.at.before(c.at) {
		c = &l.others
	}
	stop := l.current.stopped
	if s := l.others.stopped; stop == nil || s != nil && s.before(*stop) {
		stop = s
	}
	if err := errors.Join(l.current.err, l.others.err); err != nil {
		return nil, err
	}
	if stop == nil || c.ok && !stop.before(c.at) {
		if c.ok {
			return c, nil
		}
		return nil, nil
	}
	l.page.Truncated = true
	if l.group != "" && strings.HasPrefix(stop.key, l.group) {
		l.page.NextKey = l.group
		return nil, nil
	}
	l.page.NextKey, l.page.NextVersion = stop.key, versionID(stop.order, [16]byte{})
	return nil, nil
}

// truncate ends a full page behind its last entry.
func (l *versionLister) truncate() {
	l.page.Truncated = true
	if l.group != "" {
		l.page.NextKey = l.group
		return
	}
	if n := len(l.page.Versions); n > 0 {
		v := &l.page.Versions[n-1]
		l.page.NextKey, l.page.NextVersion = v.Key, v.VersionID
	}
}

// take adds the row that c is on to the page, and moves on.
func (l *versionLister) take(c *versionCursor) error {
	key := c.at.key
	if group := commonPrefix(key, l.q.Prefix, l.q.Delimiter); group != "" {
		l.group = strings.Clone(group)
		l.page.Prefixes = appendEntry(l.page.Prefixes, l.group, l.q.Limit)
		l.current.skip(l.group)
		l.others.skip(l.group)
		return nil
	}
	value, err := c.rows.Value()
	if err != nil {
		return err
	}
	l.group = ""
	l.page.Versions = withEntry(l.page.Versions, l.q.Limit)
	info := &l.page.Versions[len(l.page.Versions)-1]
	info.Owner, info.StorageClass, info.Checksum = l.like.Owner, l.like.StorageClass, l.like.Checksum
	if err := decodeListed(value, info, &c.keys); err != nil {
		return err
	}
	info.Key, info.IsLatest, l.like = key, l.begun != key, info
	l.begun = key
	c.move()
	return nil
}

func (l *versionLister) close() {
	for _, c := range []*versionCursor{&l.current, &l.others} {
		if c.rows != nil {
			c.rows.Close()
		}
	}
}

// position is a place in the listing: behind the current version of a key that
// has no order, and behind the others of at least this order.
type position struct {
	key     string
	current bool
	order   uint64
}

func (p position) before(q position) bool {
	if p.key != q.key {
		return p.key < q.key
	}
	if p.current || q.current {
		return p.current && !q.current
	}
	return p.order > q.order
}

// versionCursor walks the rows of current or of other versions.
type versionCursor struct {
	rows    driver.Cursor
	base    []byte // what all rows begin with
	escaped bool   // rows hold an escaped key and an order

	ok      bool // on a row, which is at
	at      position
	stopped *position // the last place known before deleted rows stopped it
	err     error

	raw     []byte // the key of at as it is in the row
	keys    stringArena
	skipper groupSkipper
}

func (c *versionCursor) move() { c.settle(c.rows.Next()) }

// skip moves past the rows of keys that begin with group.
func (c *versionCursor) skip(group string) {
	if !c.ok || !strings.HasPrefix(c.at.key, group) {
		return
	}
	prefix := append([]byte(nil), c.base...)
	if c.escaped {
		prefix = appendEscapedPrefix(prefix, group)
	} else {
		prefix = append(prefix, group...)
	}
	c.settle(c.skipper.past(c.rows, prefix))
}

// settle takes note of the row that rows moved to.
func (c *versionCursor) settle(ok bool) {
	if c.ok = ok; ok {
		c.ok = c.parse(c.rows.Key())
		return
	}
	err := c.rows.Close()
	var limit *driver.ScanLimitError
	if !errors.As(err, &limit) {
		c.err = err
		return
	}
	if c.parse(limit.Resume) {
		// What is behind a current version's row is known for its key, too:
		// the other versions of that key are in rows of the other cursor.
		c.at.current = false
		at := c.at
		c.stopped = &at
	}
}

// parse sets at from a row's key and tells whether it could.
func (c *versionCursor) parse(row []byte) bool {
	if len(row) <= len(c.base) || !bytes.HasPrefix(row, c.base) {
		c.err = ErrInvalidStorageStructure
		return false
	}
	raw := row[len(c.base):]
	if !c.escaped {
		c.at = position{key: c.keys.add(raw), current: true}
		return true
	}
	n := len(raw) - 8
	if n < 0 {
		c.err = ErrInvalidStorageStructure
		return false
	}
	c.at.order = ^binary.BigEndian.Uint64(raw[n:])
	if bytes.Equal(raw[:n], c.raw) {
		return true
	}
	key, rest, ok := cutEscaped(raw[:n])
	if !ok || len(rest) != 0 {
		c.err = ErrInvalidStorageStructure
		return false
	}
	c.raw = append(c.raw[:0], raw[:n]...)
	c.at.key = key
	return true
}

// appendEscapedPrefix appends s as rows of escaped keys that begin with s begin.
func appendEscapedPrefix(b []byte, s string) []byte {
	b = appendEscaped(b, s)
	return b[:len(b)-2]
}
