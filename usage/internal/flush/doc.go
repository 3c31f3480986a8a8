// Package flush is the background work of what counts in memory and keeps its
// counts in an index: it flushes at an interval, and sooner when there is much.
//
//	Record ── full ──▶ Loop ── every, or when woken ──▶ Flush ──▶ index
package flush
