package quota

import (
	"fmt"
	"math"
)

// Class is the class of an operation, by which it is limited.
type Class string

// Classes (ostor-limits).
const (
	ClassGet    Class = "get"
	ClassPut    Class = "put"
	ClassList   Class = "list"
	ClassDelete Class = "delete"
	ClassOther  Class = "other"
)

// RateSpec are limits a minute as the Ceph Object Gateway has them (its
// "ratelimit"). 0 is no limit. Operations are reads (GET, HEAD) or writes (all
// others). Bytes are counted when a request is over: one that goes beyond the
// limit is finished, and the next ones are refused until the debt is paid,
// which is bounded by one minute's worth.
type RateSpec struct {
	Enabled       bool  `json:"enabled"`
	MaxReadOps    int64 `json:"max_read_ops"`
	MaxWriteOps   int64 `json:"max_write_ops"`
	MaxReadBytes  int64 `json:"max_read_bytes"`  // bytes of answers to reads
	MaxWriteBytes int64 `json:"max_write_bytes"` // bytes of bodies of writes
}

// OpsLimits are operations a second, by class (ostor-limits: ops). 0 is no
// limit of the class's own: Default holds for it, shared by all such classes.
type OpsLimits struct {
	Default float64 `json:"default"`
	Get     float64 `json:"get"`
	Put     float64 `json:"put"`
	List    float64 `json:"list"`
	Delete  float64 `json:"delete"`
}

// Limits are the limits of one user or one bucket; all hold. The zero value
// limits nothing.
type Limits struct {
	Rate RateSpec  `json:"rate"`
	Ops  OpsLimits `json:"ops"`

	// BandwidthOut is the rate of the bodies of answers, in KiB (1024 bytes) a
	// second, shared by all of the subject's answers; 0 = no limit
	// (ostor-limits: bandwidth). Answers are not refused but paced.
	BandwidthOut int64 `json:"bandwidth_out"`
}

// maxRate bounds limits: sums of tokens must stay exact.
const maxRate = 1 << 50

func (l *Limits) check() error {
	for _, n := range [...]int64{l.Rate.MaxReadOps, l.Rate.MaxWriteOps, l.Rate.MaxReadBytes, l.Rate.MaxWriteBytes, l.BandwidthOut} {
		if n < 0 || n > maxRate {
			return fmt.Errorf("%w: limits are 0 to 2^50", ErrInvalid)
		}
	}
	for _, n := range [...]float64{l.Ops.Default, l.Ops.Get, l.Ops.Put, l.Ops.List, l.Ops.Delete} {
		if math.IsNaN(n) || n < 0 || n > maxRate {
			return fmt.Errorf("%w: limits are 0 to 2^50", ErrInvalid)
		}
	}
	return nil
}

// Kind is what the subject of a limit is.
type Kind string

// Kinds of subjects. Anonymous callers have limits only by default, as one
// subject.
const (
	KindUser      Kind = "user"
	KindBucket    Kind = "bucket"
	KindAnonymous Kind = "anonymous"
)
