package flush

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/cofferstore/coffer/objstore/driver"
)

// Loop calls flush at each interval and for each value from wake, until stop is
// closed. A failure is logged under the message failed, and flush is tried again
// with the next turn; an index that is closed already is none.
func Loop(every time.Duration, wake, stop <-chan struct{}, log *slog.Logger, failed string, flush func(context.Context) error) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
		case <-wake:
		}
		if err := flush(context.Background()); err != nil && !errors.Is(err, driver.ErrClosed) {
			log.Error(failed, "error", err)
		}
	}
}
