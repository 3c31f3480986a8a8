package config

import (
	"time"

	"github.com/spf13/pflag"
)

// Statistics are the settings of statistics objects (ostor-usage).
type Statistics struct {
	Collect   bool
	Period    time.Duration // that an object covers
	Flush     time.Duration // between two writes of what was counted
	ServiceID string        // in names of objects

	GWConf string // file of the vendor's gateway that has the first three; "" = none
}

const (
	statPeriod = 30 * time.Minute
	statFlush  = 30 * time.Second
)

func (s *Statistics) declare(f *pflag.FlagSet) {
	f.BoolVar(&s.Collect, "ostor-stat", false, "collect statistics of requests (ostor-usage)")
	f.DurationVar(&s.Period, "ostor-stat-period", statPeriod, "how long a statistics object takes in requests")
	f.DurationVar(&s.Flush, "ostor-stat-flush", statFlush, "time between two writes of the open statistics object")
	f.StringVar(&s.ServiceID, "ostor-service-id", "8000000000000001", "`id` in the names of statistics objects: 16 lower-case hexadecimal digits")
	f.StringVar(&s.GWConf, "gw-conf", "", "`file` with S3_GW_COLLECT_STAT, S3_GW_USAGE_PERIOD and S3_GW_USAGE_CACHE_TIMEOUT, in place of --ostor-stat, -period and -flush")
}

// check tells what is wrong; what package ostorstat judges is left to it.
func (s *Statistics) check() error {
	if s.Flush <= 0 {
		return usage("ostor-stat-flush must be positive")
	}
	if s.GWConf != "" && (s.Collect || s.Period != statPeriod || s.Flush != statFlush) {
		return usage("gw-conf and ostor-stat, ostor-stat-period, ostor-stat-flush say the same: set one or the other")
	}
	return nil
}
