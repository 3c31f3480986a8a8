package utapi

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/usage"
)

// Bounds of what waits for a flush.
const (
	flushAt    = 10_000  // tallies: a flush does not wait for its time
	maxPending = 100_000 // tallies: no more subjects are taken in
	perFlush   = 200     // subjects in one transaction
)

// tally is a field of a subject in an interval.
type tally struct {
	subject
	at    interval
	field field
}

// Record implements [usage.Sink]: it counts a request that has succeeded, unless
// its transaction has.
func (m *Metrics) Record(e *usage.Entry) {
	f, ok := fieldsByName[e.Counter]
	if !ok || e.Status < 200 || e.Status > 299 || len(e.Bucket) > maxName || len(e.User)+len(e.Subuser) >= maxName {
		return
	}
	if commits(e.Counter) && !again(e) {
		return
	}
	account, user := e.User, ""
	if e.Subuser != "" {
		user = UserName(e.User, e.Subuser)
	}
	if e.Counter == multiDelete {
		if account = e.Owner; e.User != e.Owner {
			user = ""
		}
	}
	at := intervalOf(m.opt.Now())
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return
	}
	for _, s := range [...]subject{{ofBucket, e.Bucket}, {ofAccount, account}, {ofUser, user}, theService()} {
		if s.id == "" {
			continue
		}
		m.count(tally{s, at, f}, 1)
		if e.ObjectSent != 0 {
			m.count(tally{s, at, fieldOut}, e.ObjectSent)
		}
	}
	if len(m.pending) >= flushAt {
		select {
		case m.full <- struct{}{}:
		default:
		}
	}
}

// again tells whether a request has created a bucket that its owner had
// already: that succeeds (S3: CreateBucket in us-east-1) and commits nothing.
// The entry has no owner then.
func again(e *usage.Entry) bool { return e.Counter == "CreateBucket" && e.Owner == "" }

// count adds n to a tally. m.mu is held.
func (m *Metrics) count(t tally, n int64) {
	if _, known := m.pending[t]; !known {
		if len(m.pending) >= maxPending {
			m.dropped++
			return
		}
		t.id = strings.Clone(t.id) // the request's memory may be larger
	}
	m.pending[t] += n
}

// posting is what waits for one subject and interval.
type posting struct {
	subject
	at      interval
	amounts []amount
}

// Flush makes what was recorded before it was called durable. After an error it
// is tried again with the next Flush, but for what may have been counted: rather
// than twice, it is counted not at all.
func (m *Metrics) Flush(ctx context.Context) error {
	m.flushing.Lock()
	defer m.flushing.Unlock()
	list, dropped := m.take()
	if dropped > 0 {
		m.opt.Logger.WarnContext(ctx, "too many subjects at once: requests were not counted", "tallies", dropped)
	}
	for len(list) > 0 {
		n := min(perFlush, len(list))
		err := m.post(ctx, list[:n])
		if errors.Is(err, driver.ErrOutcomeUnknown) {
			list = list[n:]
		}
		if err != nil {
			m.restore(list)
			return wrap("Flush", err)
		}
		list = list[n:]
	}
	return nil
}

// swap takes what waits out of the way of those who record.
func (m *Metrics) swap() (pending map[tally]int64, dropped int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	dropped, m.dropped = m.dropped, 0
	if len(m.pending) == 0 {
		return nil, dropped // the empty map stays theirs
	}
	pending, m.pending = m.pending, make(map[tally]int64)
	return pending, dropped
}

// take returns what waits, by subject and time.
func (m *Metrics) take() (list []posting, dropped int) {
	pending, dropped := m.swap()
	type key struct {
		subject
		at interval
	}
	places := make(map[key]int)
	for t, n := range pending {
		k := key{t.subject, t.at}
		i, ok := places[k]
		if !ok {
			i = len(list)
			places[k] = i
			list = append(list, posting{subject: t.subject, at: t.at})
		}
		list[i].amounts = append(list[i].amounts, amount{t.field, n})
	}
	slices.SortFunc(list, func(a, b posting) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.level, b.level), cmp.Compare(a.id, b.id))
	})
	return list, dropped
}

// restore puts back what was not flushed.
func (m *Metrics) restore(list []posting) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range list {
		for _, a := range p.amounts {
			m.count(tally{p.subject, p.at, a.field}, a.n)
		}
	}
}

// post counts some postings in one transaction.
func (m *Metrics) post(ctx context.Context, list []posting) error {
	return m.index.Update(ctx, func(txn driver.Txn) error {
		for i := range list {
			b := book{txn: txn, at: list[i].at}
			if err := b.addLate(list[i].subject, list[i].amounts...); err != nil {
				return err
			}
		}
		return nil
	})
}
