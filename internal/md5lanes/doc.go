// Package md5lanes computes the MD5s of up to 16 short messages side by side.
//
//	message 0  ─ block ─┐                       ┌─ sum 0
//	message 1  ─ block ─┼─ 16 lanes a register ─┼─ sum 1
//	    ...             │  (AVX-512)            │   ...
//	message 15 ─ block ─┘                       └─ sum 15
//
// One MD5 (RFC 1321) cannot be split: each of its steps needs the one before.
// A processor that can work on 16 words at a time does 16 of them in about one
// and a half times what crypto/md5 takes for one. All of them are in memory as a
// whole, so that there are neither hashers nor goroutines. Where the processor
// cannot ([Available]), they are computed one by one.
//
// Functions may be called from several goroutines at a time.
package md5lanes
