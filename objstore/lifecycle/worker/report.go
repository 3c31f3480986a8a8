package worker

import (
	"time"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/lifecycle"
)

// Report tells what a pass did. In a dry run it tells what one would do.
type Report struct {
	Started  time.Time
	Finished time.Time // zero while the pass is unfinished
	DryRun   bool

	Buckets  int64 // with rules
	Versions int64 // that were looked at, delete markers among them
	Uploads  int64 // that were looked at

	Expired int64 // current objects deleted or hidden by a delete marker
	Deleted int64 // noncurrent versions
	Markers int64 // delete markers that hid nothing
	Aborted int64 // uploads

	Locked  int64 // versions that object lock kept
	Changed int64 // versions and uploads that were no longer as they had been judged
	Failed  int64 // deeds and buckets that failed; the log says why
}

// count counts what was done.
func (r *Report) count(k lifecycle.Kind) {
	switch k {
	case lifecycle.Expire:
		r.Expired++
	case lifecycle.DeleteVersion:
		r.Deleted++
	case lifecycle.RemoveMarker:
		r.Markers++
	case lifecycle.Abort:
		r.Aborted++
	}
}

// Deed is one thing that a rule wants done.
type Deed struct {
	Bucket  objstore.BucketID
	Key     string
	Version string // "" for uploads
	Upload  string // "" for versions
	Action  lifecycle.Action

	// Err is why it was not done; nil in a dry run.
	Err error
}
