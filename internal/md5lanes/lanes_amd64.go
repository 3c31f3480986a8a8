package md5lanes

import (
	"encoding/binary"
	"math"

	"github.com/klauspost/cpuid/v2"
)

const (
	blockSize = 64
	tailSize  = 2 * blockSize // at most, of a message with its padding
)

// Available tells whether this processor works on several messages at a time:
// AVX-512 rotates, and has three-operand logic.
func Available() bool { return cpuid.CPU.Supports(cpuid.AVX512F) }

// state is where the messages of all lanes are: a, b, c and d of each.
type state [4][Lanes]uint32

// blocks advances s by n > 0 blocks of 64 bytes of the messages at at. Each
// pointer has n blocks behind it.
//
//go:noescape
func blocks(s *state, at *[Lanes]*byte, n int)

// sideBySide is Sum with a lane for each message.
func sideBySide(messages [][]byte, sums [][16]byte) {
	s := newState()
	ends := s // of a message: the state behind its whole blocks
	for done := 0; ; {
		next := nextEnd(messages, done)
		if next == done {
			break
		}
		at := pointers(messages, done, next)
		blocks(&s, &at, next-done)
		for i, m := range messages {
			if len(m)/blockSize == next {
				ends.copyLane(i, &s)
			}
		}
		done = next
	}
	ends.finish(messages, sums)
}

// newState is that of empty messages (RFC 1321, 3.3).
func newState() (s state) {
	for i, word := range [4]uint32{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476} {
		for lane := range s[i] {
			s[i][lane] = word
		}
	}
	return s
}

func (s *state) copyLane(i int, from *state) {
	for word := range s {
		s[word][i] = from[word][i]
	}
}

// nextEnd returns where, in whole blocks, the next message ends; done if none
// goes on.
func nextEnd(messages [][]byte, done int) int {
	next := math.MaxInt
	for _, m := range messages {
		if n := len(m) / blockSize; n > done {
			next = min(next, n)
		}
	}
	if next == math.MaxInt {
		return done
	}
	return next
}

// pointers returns where each message goes on from block done. Lanes whose
// message has ended, or that have none, repeat another's.
func pointers(messages [][]byte, done, next int) (at [Lanes]*byte) {
	var some *byte
	for i, m := range messages {
		if len(m)/blockSize >= next {
			at[i] = &m[done*blockSize]
			some = at[i]
		}
	}
	for i := range at {
		if at[i] == nil {
			at[i] = some
		}
	}
	return at
}

// finish hashes what is left of the messages, with their padding (RFC 1321,
// 3.1 and 3.2).
func (s *state) finish(messages [][]byte, sums [][16]byte) {
	var tails [Lanes][tailSize]byte
	var at [Lanes]*byte
	for i := range at {
		at[i] = &tails[i][0]
	}
	var two [Lanes]bool
	for i, m := range messages {
		n := copy(tails[i][:], m[len(m)/blockSize*blockSize:])
		tails[i][n] = 0x80
		two[i] = n+1+8 > blockSize
		end := blockSize
		if two[i] {
			end = tailSize
		}
		binary.LittleEndian.PutUint64(tails[i][end-8:], uint64(len(m))*8)
	}
	for _, second := range []bool{false, true} {
		blocks(s, &at, 1)
		for i := range messages {
			if two[i] == second {
				s.sum(i, &sums[i])
			}
		}
		for i := range at {
			at[i] = &tails[i][blockSize]
		}
	}
}

// sum puts a lane into the form of a digest.
func (s *state) sum(lane int, to *[16]byte) {
	for word := range s {
		binary.LittleEndian.PutUint32(to[4*word:], s[word][lane])
	}
}
