package crashfs

import (
	"io/fs"
	"maps"
	"slices"
)

// node is a file or a directory: what programs see, what is on stable storage,
// and the changes between the two.
type node struct {
	dir  bool
	perm fs.FileMode

	// Of a file.
	data    []byte
	durable []byte
	writes  []write

	// Of a directory.
	entries        map[string]*node
	durableEntries map[string]*node
	changes        []change
}

// write is a change of a file's data.
type write struct {
	off      int
	data     []byte
	truncate bool // the file becomes empty; the other members are not used
	lost     bool // a sync failed: no later one makes it durable
}

// change gives a name to a node, or takes it away when node is nil.
type change struct {
	name string
	node *node
	lost bool
}

func newDir() *node {
	return &node{dir: true, perm: 0o700, entries: map[string]*node{}, durableEntries: map[string]*node{}}
}

func (n *node) link(name string, to *node) {
	set(n.entries, name, to)
	n.changes = append(n.changes, change{name: name, node: to})
}

func set(entries map[string]*node, name string, to *node) {
	if to == nil {
		delete(entries, name)
	} else {
		entries[name] = to
	}
}

// syncEntries makes the changes durable, but for those that a failed sync lost:
// these stay in memory only, and stay uncertain.
func (n *node) syncEntries() {
	kept := n.changes[:0]
	for _, c := range n.changes {
		if c.lost {
			kept = append(kept, c)
			continue
		}
		set(n.durableEntries, c.name, c.node)
		kept = slices.DeleteFunc(kept, func(old change) bool { return old.name == c.name })
	}
	n.changes = kept
}

// loseChanges notes that a sync failed: the system takes what it could not
// write for clean.
func (n *node) loseChanges() {
	for i := range n.changes {
		n.changes[i].lost = true
	}
	for i := range n.writes {
		n.writes[i].lost = true
	}
}

func (n *node) truncate() {
	n.data = nil
	n.writes = append(n.writes, write{truncate: true})
}

func (n *node) writeAt(p []byte, off int) {
	w := write{off: off, data: append([]byte(nil), p...)}
	n.data = w.apply(n.data)
	n.writes = append(n.writes, w)
}

// syncData makes the writes durable, but for those that a failed sync lost:
// these stay in memory only, and stay uncertain where nothing was written since.
func (n *node) syncData() {
	kept := n.writes[:0]
	for _, w := range n.writes {
		if w.lost {
			kept = append(kept, w)
			continue
		}
		n.durable = w.apply(n.durable)
		kept = w.cover(kept)
	}
	n.writes = kept
}

// cover returns what is left of older writes beside w.
func (w write) cover(older []write) []write {
	if w.truncate {
		return nil
	}
	end := w.off + len(w.data)
	var left []write
	for _, o := range older {
		oEnd := o.off + len(o.data)
		if o.truncate || oEnd <= w.off || end <= o.off {
			left = append(left, o)
			continue
		}
		if o.off < w.off {
			left = append(left, write{off: o.off, data: o.data[:w.off-o.off], lost: true})
		}
		if end < oEnd {
			left = append(left, write{off: end, data: o.data[end-o.off:], lost: true})
		}
	}
	return left
}

// apply returns data after the write.
func (w write) apply(data []byte) []byte {
	if w.truncate {
		return nil
	}
	if end := w.off + len(w.data); end > len(data) {
		data = append(data, make([]byte, end-len(data))...)
	}
	copy(data[w.off:], w.data)
	return data
}

// used returns how many bytes the files under n hold.
func (n *node) used() int64 {
	sum := int64(len(n.data))
	for e := range maps.Values(n.entries) {
		sum += e.used()
	}
	return sum
}
