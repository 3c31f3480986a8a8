// Package worker carries out the lifecycle rules of all buckets of a store.
//
//	lease row ── one process at a time
//	   │
//	buckets with rules ─► pages of versions, then of uploads
//	   │                      │  package lifecycle: what is due
//	   │                      ▼
//	   │                  objstore.DeleteMany, Upload.Abort: what is still as it was judged
//	   ▼
//	progress row after each page ── a pass that broke off goes on there
//	report row at the end
//
// A pass is made of bounded steps at a bounded rate, so that requests are not
// held up. Deletes are the engine's ordinary ones, with hooks and totals; they
// remove nothing that is locked and nothing that has changed since it was
// judged. Time is that of the given clock.
package worker
