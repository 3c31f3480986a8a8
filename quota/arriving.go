package quota

import (
	"sync"

	"github.com/cofferstore/coffer/objstore"
)

// arriving is the room that is set aside for bodies that are on their way, by the
// user or bucket whose quota it is of. It ends with the body: from there the
// commit decides, and by then the room must not count twice.
type arriving struct {
	mu    sync.Mutex
	bytes map[name]int64
}

// admit refuses a change that does not fit beside what is there and what
// arrives, and else sets aside what it brings.
func (a *arriving) admit(h holding, m *objstore.Mutation) error {
	all, n, err := h.rules(m)
	if err != nil || n == 0 {
		return err
	}
	d := brings(m)
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := range all[:n] {
		a.count(&all[i], m)
		if err := all[i].admit(d); err != nil {
			return err
		}
	}
	if d.bytes <= 0 || m.Op == objstore.OpCopy {
		return nil // nothing that would have to be sent
	}
	var of []name
	for i := range all[:n] {
		of = append(of, nameOf(all[i].kind, m))
	}
	a.add(of, d.bytes)
	m.AfterBody(func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.add(of, -d.bytes)
	})
	return nil
}

// bound limits a body of unknown size to what fits beside what is there and what
// arrives.
func (a *arriving) bound(h holding, m *objstore.Mutation) error {
	all, n, err := h.rules(m)
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := range all[:n] {
		a.count(&all[i], m)
		if err := all[i].bound(m); err != nil {
			return err
		}
	}
	return nil
}

// count has a rule take what arrives for what is there.
func (a *arriving) count(r *rule, m *objstore.Mutation) { r.have.bytes += a.bytes[nameOf(r.kind, m)] }

// add changes what is set aside.
func (a *arriving) add(of []name, n int64) {
	for _, who := range of {
		if a.bytes[who] += n; a.bytes[who] == 0 {
			delete(a.bytes, who)
		}
	}
}

// nameOf names whose quota it is.
func nameOf(k Kind, m *objstore.Mutation) name {
	if k == KindBucket {
		return name{k, string(m.Bucket.Ref[:])}
	}
	return name{k, m.Bucket.Owner}
}
