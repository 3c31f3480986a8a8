package md5lanes

import "github.com/klauspost/cpuid/v2"

// Available tells whether this processor can: AVX-512 rotates, and has three-operand logic.
func Available() bool { return cpuid.CPU.Supports(cpuid.AVX512F) }

// blocks advances state, one MD5 a lane, by n > 0 blocks of 64 bytes of the
// messages at at. Each pointer has n blocks behind it.
//
//go:noescape
func blocks(state *[4][Lanes]uint32, at *[Lanes]*byte, n int)
