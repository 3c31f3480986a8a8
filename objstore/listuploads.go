package objstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/cofferstore/coffer/objstore/driver"
)

// UploadsQuery selects a page of uploads, by key and then by time of initiation.
type UploadsQuery struct {
	Prefix, Delimiter string

	// AfterKey and AfterID are exclusive; AfterID "" means after all uploads to
	// AfterKey, which may then also be a common prefix of an earlier page, whose
	// keys are all left out.
	AfterKey, AfterID string

	Limit int
}

// UploadsPage is an answer to an [UploadsQuery].
type UploadsPage struct {
	Uploads  []UploadInfo
	Prefixes []string

	// Truncated says that there is, or may be, more: see [ListPage]. NextKey
	// and NextID are then the AfterKey and AfterID of the next page.
	Truncated       bool
	NextKey, NextID string
}

// ListUploads lists unfinished uploads (S3: ListMultipartUploads). A negative
// limit, an AfterID without AfterKey, or one that cannot be an upload id is
// [ErrInvalidArgument].
func (b *Bucket) ListUploads(ctx context.Context, q UploadsQuery) (UploadsPage, error) {
	var page UploadsPage
	start, err := uploadsStart(b.info.Ref, q)
	if err != nil {
		return page, b.wrap("ListUploads", "", err)
	}
	err = b.listing(ctx, q.Limit, func(r driver.Reader) error {
		l := uploadLister{ctx: ctx, base: refRow(kindUpload, b.info.Ref, ""), q: q}
		if err := l.run(r, start); err != nil {
			return err
		}
		page = l.page
		return nil
	})
	if err != nil {
		return UploadsPage{}, b.wrap("ListUploads", "", err)
	}
	return page, nil
}

// uploadsStart returns the first possible row of a page.
func uploadsStart(ref [16]byte, q UploadsQuery) ([]byte, error) {
	base := refRow(kindUpload, ref, "")
	key := q.AfterKey
	if q.AfterID != "" {
		id, err := parseUploadID(q.AfterID)
		if err != nil {
			return nil, fmt.Errorf("%w: upload id marker", ErrInvalidArgument)
		}
		if key == "" {
			return nil, fmt.Errorf("%w: an upload id marker needs a key marker", ErrInvalidArgument)
		}
		if key >= q.Prefix && len(key) <= MaxKeyLen {
			return append(uploadRow(ref, key, id), 0), nil
		}
	}
	switch {
	case key == "" || key < q.Prefix:
		return appendEscapedPrefix(base, q.Prefix[:min(len(q.Prefix), MaxKeyLen)]), nil
	case len(key) > MaxKeyLen:
		return after(uploadsOf(ref, key[:MaxKeyLen])), nil
	case commonPrefix(key, q.Prefix, q.Delimiter) == key:
		return after(appendEscapedPrefix(base, key)), nil
	}
	return after(uploadsOf(ref, key)), nil
}

// uploadLister makes one page of uploads.
type uploadLister struct {
	ctx  context.Context
	base []byte
	q    UploadsQuery

	page  UploadsPage
	last  uploadName
	group string // the common prefix that is the last entry of the page
	skip  groupSkipper
	seen  int
}

func (l *uploadLister) run(r driver.Reader, start []byte) error {
	if len(l.q.Prefix) > MaxKeyLen {
		return nil
	}
	end := after(appendEscapedPrefix(append([]byte(nil), l.base...), l.q.Prefix))
	if string(start) >= string(end) {
		return nil
	}
	c := r.Scan(start, end, driver.ScanOptions{MaxSkip: maxSkip(l.q.Limit)})
	defer c.Close()
	for ok := c.Next(); ok; {
		var err error
		if ok, err = l.take(c); err != nil {
			return err
		}
	}
	var limit *driver.ScanLimitError
	err := c.Close()
	if !errors.As(err, &limit) {
		return err
	}
	if len(limit.Resume) <= len(l.base) {
		return ErrInvalidStorageStructure
	}
	name, ok := cutUploadName(limit.Resume[len(l.base):])
	if !ok {
		return ErrInvalidStorageStructure
	}
	if l.group != "" && commonPrefix(name.key, l.q.Prefix, l.q.Delimiter) == l.group {
		l.truncate()
		return nil
	}
	l.last, l.group = name, ""
	l.truncate()
	return nil
}

// take adds the cursor's row to the page, moves on, and tells whether there is
// a row for a further take.
func (l *uploadLister) take(c driver.Cursor) (more bool, err error) {
	if l.seen++; l.seen%ctxStride == 0 && l.ctx.Err() != nil {
		return false, l.ctx.Err()
	}
	if len(l.page.Uploads)+len(l.page.Prefixes) == l.q.Limit {
		l.truncate()
		return false, nil
	}
	name, ok := cutUploadName(c.Key()[len(l.base):])
	if !ok {
		return false, ErrInvalidStorageStructure
	}
	if group := commonPrefix(name.key, l.q.Prefix, l.q.Delimiter); group != "" {
		l.group = group
		l.page.Prefixes = appendEntry(l.page.Prefixes, group, l.q.Limit)
		return l.skip.past(c, appendEscapedPrefix(append([]byte(nil), l.base...), group)), nil
	}
	value, err := c.Value()
	if err != nil {
		return false, err
	}
	l.last, l.group = name, ""
	l.page.Uploads = appendEntry(l.page.Uploads, UploadInfo{Key: name.key, ID: name.id.String()}, l.q.Limit)
	if err := decodeListedUpload(value, &l.page.Uploads[len(l.page.Uploads)-1]); err != nil {
		return false, err
	}
	return c.Next(), nil
}

// truncate ends the page behind its last entry.
func (l *uploadLister) truncate() {
	l.page.Truncated = true
	if l.group != "" {
		l.page.NextKey = l.group
		return
	}
	l.page.NextKey, l.page.NextID = l.last.key, l.last.id.String()
}
