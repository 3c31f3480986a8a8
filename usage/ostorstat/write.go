package ostorstat

import (
	"context"
	"slices"
	"time"

	"github.com/cofferstore/coffer/objstore/driver"
)

// flush writes all objects that are not written as they are.
func (l *Log) flush(ctx context.Context) error {
	l.mu.Lock()
	l.roll(l.opt.Now())
	list := slices.Clone(l.waiting)
	if l.open != nil {
		list = append(list, l.open)
	}
	lost := l.lost
	l.lost = 0
	l.mu.Unlock()
	if lost > 0 {
		l.opt.Logger.ErrorContext(ctx, "requests are not in the statistics: there was no room for them", "requests", lost)
	}
	for _, s := range list {
		if err := l.write(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// write brings the rows of an object up to date.
func (l *Log) write(ctx context.Context, s *sums) error {
	w := l.writeOf(s)
	if w == nil {
		return nil
	}
	err := w.run(ctx, l.index)
	l.mu.Lock()
	defer l.mu.Unlock()
	s.shift(w.head.start)
	s.written = w.written
	l.last = max(l.last, s.start)
	switch {
	case err != nil:
		for _, it := range w.items {
			s.soil(it)
		}
	case w.gone:
		l.forget(s)
	default:
		s.told = w.head.period
		if w.final {
			l.forget(s)
		}
	}
	return err
}

// forget ends an object: it is written to its end, or deleted.
func (l *Log) forget(s *sums) {
	if l.open == s {
		l.open = nil
	}
	if i := slices.Index(l.waiting, s); i >= 0 {
		l.waiting = slices.Delete(l.waiting, i, i+1)
		l.held -= len(s.items)
	}
}

// write is one writing of an object. Rows are replaced, so that it may be done
// again, be it that the outcome is unknown.
type write struct {
	head    head
	service string
	length  time.Duration // of the period in the name
	written bool          // the head was there, or is by now
	final   bool          // the object was closed before
	items   []*sum        // what is dirty
	values  []Item        // the same, as of the beginning

	gone bool // somebody has deleted the object
}

// writeOf takes what is to be written; nil is nothing.
func (l *Log) writeOf(s *sums) *write {
	l.mu.Lock()
	defer l.mu.Unlock()
	period := s.covers(l.opt.Now())
	if s.written && !s.closed && len(s.dirty) == 0 && period == s.told {
		return nil
	}
	w := &write{
		head:    head{start: s.start, period: period, writer: l.writer, seq: s.seq},
		service: l.opt.ServiceID, length: l.opt.Period,
		written: s.written, final: s.closed, items: s.dirty,
	}
	w.values = make([]Item, len(w.items))
	for i, it := range w.items {
		w.values[i] = it.Item
		it.dirty = false
	}
	s.dirty = nil
	return w
}

// run writes in steps; the first has the head.
func (w *write) run(ctx context.Context, ix driver.Index) error {
	values := w.values
	for first := true; first || len(values) > 0 && !w.gone; first = false {
		step := values[:min(len(values), rowsPerStep)]
		values = values[len(step):]
		from := w.head
		err := ix.Update(ctx, func(txn driver.Txn) error {
			w.gone, w.head = false, from
			return w.step(txn, step)
		})
		if err != nil {
			return err
		}
		w.written = true
	}
	return nil
}

func (w *write) step(txn driver.Txn, items []Item) error {
	if err := w.find(txn); err != nil || w.gone {
		return err
	}
	object := objectName(w.service, w.head.start, w.length)
	if err := txn.Set(headRow(object), w.head.append(nil)); err != nil {
		return err
	}
	for i := range items {
		if err := txn.Set(itemRow(object, items[i].Key), items[i].Counters.append(nil)); err != nil {
			return err
		}
	}
	return nil
}

// find makes sure that the head is the object's own. An object that was not
// written yet takes the first name that is free, or its own if an earlier
// attempt has come so far.
func (w *write) find(txn driver.Txn) error {
	for {
		h, ok, err := readHead(txn, objectName(w.service, w.head.start, w.length))
		mine := ok && h.writer == w.head.writer && h.seq == w.head.seq
		if err != nil || mine {
			return err
		}
		if w.written {
			w.gone = true
			return nil
		}
		if !ok {
			return nil
		}
		w.head.start, w.head.period = w.head.start+1, max(w.head.period-1, 0)
	}
}
