package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/cofferstore/coffer/internal/config"
	"github.com/cofferstore/coffer/usage/ostorstat"
)

// openStatistics opens the sizes of buckets, and the statistics of requests.
func (p *parts) openStatistics(ctx context.Context, c *config.Statistics, log *slog.Logger) error {
	var err error
	if p.sizes, err = ostorstat.OpenSizes(p.data.Index, nil); err != nil {
		return err
	}
	o := &ostorstat.LogOptions{Collect: c.Collect, Period: c.Period, FlushEvery: c.Flush, ServiceID: c.ServiceID, Logger: log}
	if c.GWConf != "" {
		if err := readGWConf(o, c.GWConf); err != nil {
			return fmt.Errorf("%w: %w", config.ErrUsage, err)
		}
	}
	p.statistics, err = ostorstat.OpenLog(ctx, p.data.Index, o)
	if errors.Is(err, ostorstat.ErrInvalid) {
		return fmt.Errorf("%w: statistics: %w", config.ErrUsage, err)
	}
	return err
}

func readGWConf(o *ostorstat.LogOptions, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return o.ReadConf(f)
}
