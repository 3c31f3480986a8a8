package ostorstat

import (
	"context"
	"slices"

	"github.com/cofferstore/coffer/objstore/driver"
)

// maxList is how many names List returns at most.
const maxList = 1000

// List returns the names of statistics objects after a name, in their order; at
// most limit, if that is from 1 to 1000, else 1000. The open object is among
// them.
func (l *Log) List(ctx context.Context, after string, limit int) (List, error) {
	page, err := l.list(ctx, after, limit)
	return page, wrap("List", err)
}

func (l *Log) list(ctx context.Context, from string, limit int) (page List, err error) {
	l.flushing.Lock()
	defer l.flushing.Unlock()
	if err := l.flush(ctx); err != nil {
		return page, err
	}
	if limit <= 0 || limit > maxList {
		limit = maxList
	}
	if len(from) > maxName { // longer than any name: what it begins with decides
		from = from[:maxName]
	}
	start := headRow("")
	if from != "" {
		start = append(headRow(from), 0)
	}
	err = l.index.View(ctx, func(r driver.Reader) error {
		page = List{}
		c := r.Scan(start, after([]byte(objectRows)), driver.ScanOptions{KeysOnly: true})
		defer c.Close()
		for c.Next() {
			if len(page.Names) == limit {
				page.Truncated = true
				break
			}
			page.Names = append(page.Names, string(c.Key()[len(objectRows):]))
		}
		return c.Close()
	})
	return page, err
}

// Object returns a statistics object, or [ErrNoSuchObject]. The open one has
// what was counted so far.
func (l *Log) Object(ctx context.Context, name string) (*Object, error) {
	o, err := l.object(ctx, name)
	return o, wrap("Object", err)
}

func (l *Log) object(ctx context.Context, name string) (o *Object, err error) {
	if len(name) > maxName {
		return nil, ErrNoSuchObject
	}
	l.flushing.Lock()
	defer l.flushing.Unlock()
	if err := l.flush(ctx); err != nil {
		return nil, err
	}
	err = l.index.View(ctx, func(r driver.Reader) (err error) {
		o, err = readObject(r, name)
		return err
	})
	return o, err
}

// Delete deletes a statistics object, or returns [ErrNoSuchObject]. With the
// open object its counts are forgotten, and the next request opens a new one.
func (l *Log) Delete(ctx context.Context, name string) error {
	return wrap("Delete", l.delete(ctx, name))
}

func (l *Log) delete(ctx context.Context, name string) error {
	if len(name) > maxName {
		return ErrNoSuchObject
	}
	l.flushing.Lock()
	defer l.flushing.Unlock()
	if err := l.flush(ctx); err != nil {
		return err
	}
	err := l.index.Update(ctx, func(txn driver.Txn) error {
		_, ok, err := readHead(txn, name)
		if err != nil {
			return err
		}
		if !ok {
			return ErrNoSuchObject
		}
		return txn.Delete(headRow(name))
	})
	if err != nil {
		return err
	}
	l.drop(name)
	if err := removeItems(ctx, l.index, name); err != nil {
		l.opt.Logger.WarnContext(ctx, "a deleted statistics object takes space until the next start", "object", name, "error", err)
	}
	return nil
}

// drop forgets an object of this Log that was deleted.
func (l *Log) drop(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range append(slices.Clone(l.waiting), l.open) {
		if s != nil && objectName(l.opt.ServiceID, s.start, l.opt.Period) == name {
			l.forget(s)
		}
	}
}
