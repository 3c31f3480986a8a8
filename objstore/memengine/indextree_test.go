package memengine

import (
	"fmt"
	"hash/maphash"
	"testing"

	"github.com/stretchr/testify/assert"
)

// Keys in ascending order are what makes a plain search tree a list.
func TestTreeStaysShallow(t *testing.T) {
	const n = 1 << 14
	seed := maphash.MakeSeed()
	var root *node[int]
	for i := range n {
		key := fmt.Appendf(nil, "%06d", i)
		root = root.with(&node[int]{key: key, value: i, priority: maphash.Bytes(seed, key)})
	}
	assert.Less(t, depth(root), 80, "about 2.9 ln n, that is 28 to 45, is what random priorities give")
	for i := 0; i < n; i += 2 {
		root = root.without(fmt.Appendf(nil, "%06d", i))
	}
	assert.True(t, isTreap(root))
	assert.Equal(t, n/2, count(root))
}

// A root is a snapshot: no write may change what hangs on it.
func TestTreeIsPersistent(t *testing.T) {
	seed := maphash.MakeSeed()
	leaf := func(i, v int) *node[int] {
		key := fmt.Appendf(nil, "%03d", i)
		return &node[int]{key: key, value: v, priority: maphash.Bytes(seed, key)}
	}
	var root *node[int]
	for i := range 200 {
		root = root.with(leaf(i, 1))
	}
	next := root
	for i := range 200 {
		next = next.with(leaf(i, 2)).with(leaf(i+500, 2))
		if i%3 == 0 {
			next = next.without(fmt.Appendf(nil, "%03d", i))
		}
	}
	assert.Equal(t, 200, count(root))
	for i := range 200 {
		n := root.find(fmt.Appendf(nil, "%03d", i))
		if assert.NotNil(t, n) {
			assert.Equal(t, 1, n.value)
		}
	}
	assert.Same(t, next, next.without([]byte("absent")), "removing nothing copies nothing")
}

func depth[V any](n *node[V]) int {
	if n == nil {
		return 0
	}
	return 1 + max(depth(n.left), depth(n.right))
}

func count[V any](n *node[V]) int {
	if n == nil {
		return 0
	}
	return 1 + count(n.left) + count(n.right)
}

// isTreap tells whether no node has a child of higher priority.
func isTreap[V any](n *node[V]) bool {
	if n == nil {
		return true
	}
	for _, child := range []*node[V]{n.left, n.right} {
		if child != nil && child.priority > n.priority {
			return false
		}
	}
	return isTreap(n.left) && isTreap(n.right)
}
