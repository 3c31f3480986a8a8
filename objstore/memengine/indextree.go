package memengine

import "bytes"

// node is the root of a persistent treap: a search tree by key that is also a
// heap by priority. Nodes never change once they are published, so that
// keeping a root is keeping a snapshot; a write copies the path from the root
// to the place that it changes.
//
// The priority is a keyed hash of the key: the shape depends on the set of
// keys alone, and nobody who does not know the seed can choose keys that make
// the tree deep.
type node[V any] struct {
	key         []byte
	value       V
	priority    uint64
	left, right *node[V]
}

// find returns the node of key, or nil.
func (n *node[V]) find(key []byte) *node[V] {
	for n != nil {
		switch order := bytes.Compare(key, n.key); {
		case order < 0:
			n = n.left
		case order > 0:
			n = n.right
		default:
			return n
		}
	}
	return nil
}

// with returns a tree that has leaf in the place of the node of its key.
func (n *node[V]) with(leaf *node[V]) *node[V] {
	if n == nil {
		return leaf
	}
	c := *n
	switch order := bytes.Compare(leaf.key, n.key); {
	case order < 0:
		c.left = n.left.with(leaf)
		if l := c.left; l.priority > c.priority { // l is a fresh copy: it may change
			c.left, l.right = l.right, &c
			return l
		}
	case order > 0:
		c.right = n.right.with(leaf)
		if r := c.right; r.priority > c.priority {
			c.right, r.left = r.left, &c
			return r
		}
	default:
		c.value = leaf.value
	}
	return &c
}

// without returns a tree that lacks key: n itself when it has no such node.
func (n *node[V]) without(key []byte) *node[V] {
	if n == nil {
		return nil
	}
	switch order := bytes.Compare(key, n.key); {
	case order < 0:
		if l := n.left.without(key); l != n.left {
			c := *n
			c.left = l
			return &c
		}
	case order > 0:
		if r := n.right.without(key); r != n.right {
			c := *n
			c.right = r
			return &c
		}
	default:
		return join(n.left, n.right)
	}
	return n
}

// join makes one tree of two, all keys of l being less than those of r.
func join[V any](l, r *node[V]) *node[V] {
	switch {
	case l == nil:
		return r
	case r == nil:
		return l
	case l.priority > r.priority:
		c := *l
		c.right = join(l.right, r)
		return &c
	default:
		c := *r
		c.left = join(l, r.left)
		return &c
	}
}

// path is the way to a node: the nodes whose right-hand side is yet to come,
// nearest last.
type path[V any] []*node[V]

// seek makes p lead to the first node of root whose key is >= key.
func (p path[V]) seek(root *node[V], key []byte) path[V] {
	p = p[:0]
	for n := root; n != nil; {
		if bytes.Compare(n.key, key) < 0 {
			n = n.right
			continue
		}
		p = append(p, n)
		n = n.left
	}
	return p
}

// next makes p lead to the node that follows.
func (p path[V]) next() path[V] {
	last := len(p) - 1
	n := p[last].right
	p = p[:last]
	for ; n != nil; n = n.left {
		p = append(p, n)
	}
	return p
}
