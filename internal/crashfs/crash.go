package crashfs

import (
	"maps"
	"math/rand/v2"
	"slices"
)

// Crash returns what is found after power loss and a restart: all that was
// synced, and of the rest a choice that depends on the seed alone. Seed 0
// keeps nothing that was not synced. The FS itself goes on unharmed, so that
// many states can be drawn from one.
func (f *FS) Crash(seed uint64) *FS {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := crash{rand: rand.New(rand.NewPCG(seed, seed)), lose: seed == 0, done: map[*node]*node{}}
	return &FS{root: c.node(f.root)}
}

// crash draws one state.
type crash struct {
	rand *rand.Rand
	lose bool
	done map[*node]*node
}

func (c *crash) keep() bool { return !c.lose && c.rand.IntN(2) == 0 }

func (c *crash) node(n *node) *node {
	if made, ok := c.done[n]; ok {
		return made
	}
	made := &node{dir: n.dir, perm: n.perm}
	c.done[n] = made
	if !n.dir {
		made.data = c.data(n)
		made.durable = slices.Clone(made.data)
		return made
	}
	entries := maps.Clone(n.durableEntries)
	for _, change := range n.changes {
		if c.keep() {
			set(entries, change.name, change.node)
		}
	}
	made.entries = make(map[string]*node, len(entries))
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		made.entries[name] = c.node(entries[name])
	}
	made.durableEntries = maps.Clone(made.entries)
	return made
}

// data returns a file's bytes: each unsynced write is kept, lost, torn, or
// leaves its length behind with zeros for data.
func (c *crash) data(n *node) []byte {
	data := slices.Clone(n.durable)
	for _, w := range n.writes {
		if c.lose {
			break
		}
		switch c.rand.IntN(4) {
		case 0:
			data = w.apply(data)
		case 1:
			data = c.tear(data, w)
		case 2:
			if grow := w.off + len(w.data) - len(data); grow > 0 {
				data = append(data, make([]byte, grow)...)
			}
		}
	}
	return data
}

// tear applies some sectors of a write.
func (c *crash) tear(data []byte, w write) []byte {
	sector := 512
	if c.rand.IntN(2) == 0 {
		sector = 4096
	}
	for at := 0; at < len(w.data); {
		end := min((w.off+at)/sector*sector+sector-w.off, len(w.data))
		if c.rand.IntN(2) == 0 {
			data = write{off: w.off + at, data: w.data[at:end]}.apply(data)
		}
		at = end
	}
	return data
}
